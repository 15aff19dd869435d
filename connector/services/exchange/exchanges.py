"""Looking at what is exchanged: negotiations, agreements and transfers of this node, for its own people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from connector.dsp import negotiation, transfer
from connector.notation.problems import Conflict, Unknown
from connector.ports import Reader, Store
from connector.records.collection import R
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Agreement, Negotiation, Transfer
from connector.services.catalog.search import Search, Searchable, find
from connector.services.events import Events
from connector.services.exchange import states

P = TypeVar("P", Negotiation, Transfer)

_LOWER: Final[Mapping[str, Callable[[Any], Any]]] = {"type": lambda value: str(value).lower()}

NEGOTIATION_SEARCH: Final = Searchable(
    {
        "id": "id",
        "type": "role",
        "state": "state",
        "counterPartyId": "counterparty",
        "contractAgreementId": "agreement_id",
        "agreementId": "agreement_id",
        "createdAt": "created_at",
    },
    "created_at",
    frozenset({"correlationId", "protocol"}),
    {
        "assetId": "dataset_id",
        "counterPartyAddress": "counterparty_address",
        "errorCode": "code",
        "updatedAt": "updated_at",
    },
    translate=_LOWER,
    meaning={"state": states.named(states.NEGOTIATION)},
)
TRANSFER_SEARCH: Final = Searchable(
    {
        "id": "id",
        "type": "role",
        "state": "state",
        "counterPartyId": "counterparty",
        "contractId": "agreement_id",
        "contractAgreementId": "agreement_id",
        "agreementId": "agreement_id",
    },
    "created_at",
    frozenset({"correlationId", "protocol"}),
    {
        "assetId": "dataset_id",
        "transferType": "format",
        "counterPartyAddress": "counterparty_address",
        "errorCode": "code",
        "stateTimestamp": "updated_at",
    },
    translate=_LOWER,
    meaning={"state": states.named(states.TRANSFER)},
)
AGREEMENT_SEARCH: Final = Searchable(
    {
        "id": "id",
        "agreementId": "id",
        "assetId": "dataset_id",
        "consumerId": "consumer",
        "providerId": "provider",
    },
    "signed_at",
    frozenset({"contractSigningDate"}),
    {"negotiationId": "negotiation_id"},
)

SETTLED_TRANSFER: Final = frozenset({"STARTED", "SUSPENDED", *transfer.FINAL_STATES})
"""States in which nothing more happens to a transfer by itself."""


class Exchanges:
    """The processes and contracts of this node; nothing here changes them."""

    def __init__(self, *, store: Store, events: Events) -> None:
        self._store = store
        self._events = events

    async def negotiation(self, own_pid: str) -> Negotiation:
        """Raises Unknown `negotiation/unknown`."""
        return await self._store.read(lambda reader: _found(reader.get(NEGOTIATIONS, own_pid), "negotiation", own_pid))

    async def find_negotiations(
        self, search: Search, values: Callable[[Negotiation], Mapping[str, Any]]
    ) -> list[Negotiation]:
        """Negotiations by criteria."""
        return await find(self._store, NEGOTIATIONS, search, NEGOTIATION_SEARCH, values)

    async def agreement(self, agreement_id: str) -> Agreement:
        """Raises Unknown `agreement/unknown`."""
        return await self._store.read(
            lambda reader: _found(reader.get(AGREEMENTS, agreement_id), "agreement", agreement_id)
        )

    async def agreement_of(self, own_pid: str) -> Agreement:
        """The agreement that a negotiation led to. Raises Unknown, Conflict (`negotiation/no-agreement`)."""

        def look(reader: Reader) -> Agreement:
            record = _found(reader.get(NEGOTIATIONS, own_pid), "negotiation", own_pid)
            agreement = reader.get(AGREEMENTS, record.agreement_id) if record.agreement_id else None
            if agreement is None:
                raise Unknown("negotiation/no-agreement", f"the negotiation is {record.state}: it has no agreement")
            return agreement

        return await self._store.read(look)

    async def negotiation_of(self, agreement_id: str) -> Negotiation:
        """The negotiation that led to an agreement. Raises Unknown."""

        def look(reader: Reader) -> Negotiation:
            agreement = _found(reader.get(AGREEMENTS, agreement_id), "agreement", agreement_id)
            return _found(reader.get(NEGOTIATIONS, agreement.negotiation_id), "negotiation", agreement.negotiation_id)

        return await self._store.read(look)

    async def find_agreements(
        self, search: Search, values: Callable[[Agreement], Mapping[str, Any]]
    ) -> list[Agreement]:
        """Agreements by criteria."""
        return await find(self._store, AGREEMENTS, search, AGREEMENT_SEARCH, values)

    async def transfer(self, own_pid: str) -> Transfer:
        """Raises Unknown `transfer/unknown`."""
        return await self._store.read(lambda reader: _found(reader.get(TRANSFERS, own_pid), "transfer", own_pid))

    async def find_transfers(self, search: Search, values: Callable[[Transfer], Mapping[str, Any]]) -> list[Transfer]:
        """Transfers by criteria."""
        return await find(self._store, TRANSFERS, search, TRANSFER_SEARCH, values)

    async def partner_of(self, agreement_id: str) -> tuple[str, str]:
        """Provider and its address, for a transfer under an agreement that we consume. Raises Unknown, Conflict."""

        def look(reader: Reader) -> tuple[str, str]:
            agreement = _found(reader.get(AGREEMENTS, agreement_id), "agreement", agreement_id)
            if agreement.role != "consumer":
                raise Conflict(
                    "transfer/role", "we are the provider of this agreement: its consumer asks for transfers"
                )
            if agreement.ended_at is not None:
                raise Conflict("agreement/retired", f"the agreement has ended: {agreement.ended_reason}")
            record = reader.get(NEGOTIATIONS, agreement.negotiation_id)
            return agreement.provider, record.counterparty_address if record else ""

        return await self._store.read(look)

    async def settled_negotiation(self, own_pid: str, wait: float) -> Negotiation:
        """The negotiation, once it is FINALIZED or TERMINATED or `wait` seconds have passed."""
        return await self._settled(own_pid, wait, self.negotiation, negotiation.FINAL_STATES)

    async def settled_transfer(self, own_pid: str, wait: float) -> Transfer:
        """The transfer, once it is in a state of SETTLED_TRANSFER or `wait` seconds have passed."""
        return await self._settled(own_pid, wait, self.transfer, SETTLED_TRANSFER)

    async def _settled(
        self, own_pid: str, wait: float, get: Callable[[str], Awaitable[P]], states: frozenset[str]
    ) -> P:
        async def holds() -> bool:
            return (await get(own_pid)).state in states

        if wait > 0:
            await self._events.wait_until(own_pid, holds, wait)
        return await get(own_pid)


def _found(record: R | None, noun: str, record_id: str) -> R:
    if record is None:
        raise Unknown(f"{noun}/unknown", f"there is no {noun} {record_id!r}")
    return record
