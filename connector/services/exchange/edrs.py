"""Data addresses that leave this node (EDC's EDRs): found, refreshed, handed to foreign clients on record, forgotten.

`negotiate` does in one what EDC's EDR API does: the wish is stored, and the transfer is asked for when the negotiation
is final, also after a restart in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import structlog

from connector.dsp.negotiation import FINAL_STATES
from connector.notation.jsonld import as_list
from connector.notation.problems import Problem, Unknown
from connector.ports import Clock, Member, Present, Reader, Store, Transaction, Where
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Negotiation, Transfer
from connector.records.footprints import LINKS, Link
from connector.services.catalog.criteria import Criterion
from connector.services.catalog.search import Search, Searchable, find
from connector.services.events import Event, Events
from connector.services.exchange.callbacks import Callbacks
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.transfers import Transfers
from connector.services.locks import Locks
from connector.services.usage.inventory import Inventory

_LOG = structlog.get_logger("edrs")

AUTH: Final = "https://w3id.org/tractusx/auth/"
WISH: Final = "edr"
"""The kind of link that joins a negotiation to the transfer that shall follow it (right: empty until it does)."""
NONE: Final = "-"
"""Right of such a link where no transfer could follow."""
_REFRESH_BEFORE: Final = timedelta(seconds=30)

SEARCH: Final = Searchable(
    {
        "id": "id",
        "transferProcessId": "id",
        "agreementId": "agreement_id",
        "contractId": "agreement_id",
        "providerId": "counterparty",
    },
    "created_at",
    members={"assetId": "dataset_id"},
)
_OURS: Final[Where] = {"role": "consumer", "state": "STARTED", Member(("data_address", "endpoint")): Present()}
"""Transfers that have a data address in force."""


class Edrs:
    """The data addresses of started transfers that we consume."""

    def __init__(
        self,
        *,
        store: Store,
        negotiations: Negotiations,
        transfers: Transfers,
        inventory: Inventory,
        callbacks: Callbacks,
        events: Events,
        locks: Locks,
        clock: Clock,
    ) -> None:
        self._store = store
        self._negotiations = negotiations
        self._transfers = transfers
        self._inventory = inventory
        self._callbacks = callbacks
        self._locks = locks
        self._clock = clock
        events.subscribe("negotiation.finalized", self._finalized)

    async def start(self) -> None:
        """Ask for the transfers that a former life of this node owes."""
        owed = await self._store.read(lambda reader: reader.find(LINKS, {"kind": WISH, "right": ""}, limit=100_000))
        for link in owed:
            await self._follow(link.left)

    async def negotiate(
        self,
        *,
        counterparty: str,
        counterparty_address: str,
        offer: Mapping[str, Any],
        actor: str,
        callbacks: Sequence[Mapping[str, Any]] = (),
    ) -> Negotiation:
        """Ask for a contract; the transfer follows by itself. `callbacks` are told of both."""

        def also(tx: Transaction, own_pid: str) -> None:
            tx.put(LINKS, Link(id=f"{WISH} {own_pid}", kind=WISH, left=own_pid, right=""))
            self._callbacks.keep(tx, own_pid, "negotiation", callbacks)

        return await self._negotiations.request(
            counterparty=counterparty, counterparty_address=counterparty_address, offer=offer, actor=actor, also=also
        )

    async def find(self, search: Search, values: Callable[[Transfer], Mapping[str, Any]]) -> list[tuple[Transfer, str]]:
        """Started transfers with a data address, each with the id of its negotiation."""
        criteria = [await self._by_agreement(criterion) for criterion in search.criteria]
        found = await find(self._store, TRANSFERS, replace(search, criteria=criteria), SEARCH, values, _OURS)
        return [(record, await self._negotiation_of(record.agreement_id)) for record in found]

    async def _by_agreement(self, criterion: Criterion) -> Criterion:
        """A criterion on the negotiation's id as one on the agreement's."""
        if criterion.left != "contractNegotiationId":
            return criterion
        ids = tuple(value for value in as_list(criterion.right) if isinstance(value, str))
        agreements = await self._store.read(lambda reader: reader.find(AGREEMENTS, {"negotiation_id": ids}))
        return Criterion("agreementId", "in", [agreement.id for agreement in agreements])

    async def _negotiation_of(self, agreement_id: str) -> str:
        agreement = await self._store.read(lambda reader: reader.get(AGREEMENTS, agreement_id))
        return agreement.negotiation_id if agreement else ""

    async def hand_out(self, transfer_id: str, *, auto_refresh: bool, actor: str) -> Transfer:
        """The transfer with its token, for a client outside this node; the log says that its pulls are not seen here.

        With `auto_refresh` a token that ends within 30 s is refreshed first. Raises Unknown (`edr/unknown`), Refused.
        """
        record = await self._store.read(lambda reader: _address_of(reader, transfer_id))
        if record.state != "STARTED":
            raise Unknown("edr/none", f"the transfer is {record.state}: its data address is no longer in force")
        if auto_refresh and self._ends_soon(record):
            record = await self._inventory.renew(transfer_id)
        detail = {"agreementId": record.agreement_id, "outside": True}
        await self._store.write(lambda tx: tx.audit("edr.handed-out", transfer_id, detail, actor=actor))
        return record

    async def refresh(self, transfer_id: str, *, actor: str) -> Transfer:
        """A fresh token for a started transfer, handed out as `hand_out` does. Raises Unknown, Refused, PeerFailed."""
        await self._inventory.renew((await self._store.read(lambda reader: _address_of(reader, transfer_id))).id)
        return await self.hand_out(transfer_id, auto_refresh=False, actor=actor)

    async def forget(self, transfer_id: str, *, actor: str) -> None:
        """Delete the data address from our books; the contract goes on. Raises Unknown."""

        def change(tx: Transaction) -> None:
            record = _address_of(tx, transfer_id)
            record.data_address = {}
            tx.put(TRANSFERS, record)
            tx.audit("edr.forgotten", transfer_id, {"agreementId": record.agreement_id}, actor=actor)

        await self._store.write(change)

    def _ends_soon(self, record: Transfer) -> bool:
        said = str(record.data_address.get("properties", {}).get(f"{AUTH}expiresIn", ""))
        if not (said.isascii() and said.isdigit()):
            return False
        return record.updated_at + timedelta(seconds=min(int(said), 10**9)) - _REFRESH_BEFORE <= self._clock.now()

    async def _finalized(self, event: Event) -> None:
        if isinstance(event.record, Negotiation) and event.record.role == "consumer":
            await self._follow(event.subject)

    async def _follow(self, negotiation_id: str) -> None:
        """Ask for the transfer that is owed to a negotiation, once it is final; never for two."""
        async with self._locks.hold(f"{WISH} {negotiation_id}"):
            record, link = await self._store.read(
                lambda reader: (reader.get(NEGOTIATIONS, negotiation_id), reader.get(LINKS, f"{WISH} {negotiation_id}"))
            )
            if record is None or link is None or link.right or record.state not in FINAL_STATES:
                return
            link.right = await self._transfer(record) if record.state == "FINALIZED" else NONE
            await self._store.write(lambda tx: tx.put(LINKS, link))

    async def _transfer(self, record: Negotiation) -> str:
        same = {"agreement_id": record.agreement_id, "role": "consumer"}
        known = await self._store.read(lambda reader: reader.one(TRANSFERS, same))
        if known is not None:
            return known.id
        callbacks = (await self._callbacks.of([record.id])).get(record.id, [])
        try:
            transfer = await self._transfers.request(
                agreement_id=record.agreement_id,
                counterparty_address=record.counterparty_address,
                also=lambda tx, own_pid: self._callbacks.keep(tx, own_pid, "transfer", callbacks),
            )
        except Problem as problem:
            _LOG.warning("no transfer after negotiation", process_id=record.id, code=problem.code, cause=problem.detail)
            return NONE
        return transfer.id


def _address_of(reader: Reader, transfer_id: str) -> Transfer:
    record = reader.get(TRANSFERS, transfer_id)
    if record is None or record.role != "consumer":
        raise Unknown("edr/unknown", f"there is no data address of a transfer {transfer_id!r}")
    if not record.data_address:
        reason = f": {'; '.join(record.reasons)}" if record.reasons else ""
        raise Unknown("edr/none", f"the transfer is {record.state} and has no data address{reason}")
    return record
