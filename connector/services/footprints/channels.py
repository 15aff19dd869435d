"""A way to a partner's dataset: its contract and started transfer, those in force used again, new ones made else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.dsp.reading import DatasetEntry
from connector.notation.problems import PeerFailed, Problem, Refused, Unknown
from connector.odrl.comparison import purposes_of
from connector.ports import Reader, Store
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Agreement, Negotiation, Transfer
from connector.services.catalog.partners import Partners
from connector.services.contracts.reuse import in_force
from connector.services.events import Events
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.transfers import Transfers
from connector.services.locks import Locks
from connector.services.usage.usage import Policies, Usage

PATIENCE = 30.0
"""Seconds that a partner has for a negotiation, and again for a transfer."""

_ENDED = ("TERMINATED", "TERMINATING")
_WAITING = ("REQUESTING", "REQUESTED", "OFFERED", "ACCEPTING", "ACCEPTED", "AGREED", "VERIFYING", "VERIFIED")


@dataclass(frozen=True, slots=True)
class Channel:
    """A started transfer under a contract in force."""

    transfer_id: str
    agreement_id: str
    dataset_id: str


class Channels:
    """Opens channels to partners' datasets for a purpose."""

    def __init__(
        self,
        *,
        store: Store,
        events: Events,
        locks: Locks,
        partners: Partners,
        policies: Policies,
        usage: Usage,
        negotiations: Negotiations,
        transfers: Transfers,
    ) -> None:
        self._store = store
        self._events = events
        self._locks = locks
        self._partners = partners
        self._policies = policies
        self._usage = usage
        self._negotiations = negotiations
        self._transfers = transfers
        self._known: dict[tuple[str, str, str], Channel] = {}

    async def open(
        self,
        counterparty: str,
        kind: str,
        is_wanted: Callable[[DatasetEntry], bool],
        purpose: str,
        *,
        fresh: bool = False,
    ) -> Channel:
        """The channel to the first dataset of `counterparty` that `is_wanted`, for `purpose`; `kind` names the wish.

        With `fresh` a new contract is made. Raises Unknown (`channel/no-dataset`), Refused with the partner's reason
        (or `channel/purpose`), PeerFailed where it does not answer in time.
        """
        key = (counterparty, kind, purpose)
        async with self._locks.hold(f"channel {' '.join(key)}"):
            known = None if fresh else await self._usable(key)
            if known is None:
                known = self._known[key] = await self._opened(counterparty, kind, is_wanted, purpose, fresh)
            return known

    async def _usable(self, key: tuple[str, str, str]) -> Channel | None:
        known = self._known.get(key)
        if known is None:
            return None
        transfer, agreement = await self._store.read(
            lambda reader: (reader.get(TRANSFERS, known.transfer_id), reader.get(AGREEMENTS, known.agreement_id))
        )
        is_open = transfer is not None and transfer.state == "STARTED"
        return known if is_open and agreement is not None and agreement.ended_at is None else None

    async def _opened(
        self, counterparty: str, kind: str, is_wanted: Callable[[DatasetEntry], bool], purpose: str, fresh: bool
    ) -> Channel:
        address = await self._partners.address_of(counterparty)
        catalog = await self._partners.read_catalog(counterparty, address)
        dataset = next((entry for entry in catalog.datasets if is_wanted(entry)), None)
        if dataset is None:
            raise Unknown("channel/no-dataset", f"the catalog of {counterparty} shows us no {kind}")
        agreement = (
            None
            if fresh
            else await self._store.read(lambda reader: self._in_force(reader, counterparty, dataset, purpose))
        )
        agreement_id = agreement.id if agreement else await self._agreed(counterparty, address, dataset, purpose)
        transfer = await self._started(agreement_id, address, purpose)
        return Channel(transfer.id, agreement_id, dataset.id)

    def _in_force(self, reader: Reader, counterparty: str, dataset: DatasetEntry, purpose: str) -> Agreement | None:
        """The newest contract in force on the dataset for the purpose."""
        wanted = frozenset({purpose})
        return in_force(
            reader, self._policies, self._usage, provider=counterparty, dataset_id=dataset.id, purposes=wanted
        )

    def _serves(self, policy: Any, purpose: str) -> bool:
        try:
            return purpose in (purposes_of(self._policies.policy(policy)) or ())
        except Problem:
            return False

    async def _agreed(self, counterparty: str, address: str, dataset: DatasetEntry, purpose: str) -> str:
        """The id of a new contract, or of one that is being negotiated already."""
        record = await self._store.read(lambda reader: _under_way(reader, counterparty, dataset.id))
        if record is None:
            offer = next((one for one in dataset.offers if self._serves(one, purpose)), None)
            if offer is None:
                raise Refused("channel/purpose", f"no offer of {dataset.id!r} by {counterparty} is for {purpose}")
            record = await self._negotiations.request(
                counterparty=counterparty, counterparty_address=address, offer={**offer, "target": dataset.id}
            )
        ended = await self._negotiated(record.id)
        if ended.state != "FINALIZED":
            reasons = "; ".join(ended.reasons) or "without a reason"
            raise Refused(ended.code or "channel/contract", f"{counterparty} made no contract: {reasons}")
        return ended.agreement_id

    async def _negotiated(self, own_pid: str) -> Negotiation:
        async def current() -> Negotiation:
            return await self._store.read(lambda reader: reader.need(NEGOTIATIONS, own_pid))

        async def is_over() -> bool:
            return (await current()).state in ("FINALIZED", *_ENDED)

        if not await self._events.wait_until(own_pid, is_over, PATIENCE):
            raise PeerFailed("channel/negotiation", f"the negotiation {own_pid} is not finished after {PATIENCE:g} s")
        return await current()

    async def _started(self, agreement_id: str, address: str, purpose: str) -> Transfer:
        where = {"agreement_id": agreement_id, "role": "consumer"}
        open_ = await self._store.read(
            lambda reader: reader.find(TRANSFERS, {**where, "state": ("STARTED", "REQUESTING", "REQUESTED")})
        )
        record = next((one for one in open_ if purpose in one.purposes), None)
        if record is None:
            record = await self._transfers.request(
                agreement_id=agreement_id, counterparty_address=address, purposes=(purpose,)
            )
        transfer = await self._transferring(record.id)
        if transfer.state != "STARTED":
            reasons = "; ".join(transfer.reasons) or "without a reason"
            raise Refused(transfer.code or "channel/transfer", f"the transfer was not started: {reasons}")
        return transfer

    async def _transferring(self, own_pid: str) -> Transfer:
        async def current() -> Transfer:
            return await self._store.read(lambda reader: reader.need(TRANSFERS, own_pid))

        async def is_decided() -> bool:
            return (await current()).state in ("STARTED", *_ENDED)

        if not await self._events.wait_until(own_pid, is_decided, PATIENCE):
            raise PeerFailed("channel/transfer", f"the transfer {own_pid} is not started after {PATIENCE:g} s")
        return await current()


def _under_way(reader: Reader, counterparty: str, dataset_id: str) -> Negotiation | None:
    """A negotiation on the dataset that a former life of this node began."""
    where = {"counterparty": counterparty, "role": "consumer", "state": _WAITING}
    return next((one for one in reader.find(NEGOTIATIONS, where) if one.dataset_id == dataset_id), None)
