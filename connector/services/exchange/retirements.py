"""Contracts that a participant ends before their time (Tractus-X: agreement retirement), and takes up again.

A retired agreement permits nothing: no new transfer, no pull. Its transfers are terminated with the reason, which the
counterparty reads in the termination. What is under way at that moment is ended as soon as its state lets it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog

from connector.dsp import transfer
from connector.notation.problems import Conflict, Problem, Unknown
from connector.ports import Member, Present, Reader, Store, Transaction
from connector.records.contracts import CONTRACT_ENDS
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Agreement, Transfer
from connector.services.catalog.search import Search, Searchable, find
from connector.services.events import Event, Events
from connector.services.exchange.ending.notices import REACTIVATION, Notices
from connector.services.exchange.terms import Terms
from connector.services.exchange.transfers import Transfers
from connector.services.usage import holding

_LOG = structlog.get_logger("retirements")

CODE: Final = "transfer/agreement-retired"
_ALL: Final = 1_000_000
_OPEN: Final = tuple({*transfer.WIRE_STATES, *transfer.SETTLED} - transfer.FINAL_STATES - {"TERMINATING"})
_WAITING: Final = frozenset({"REQUESTING", "COMPLETING"})
"""States in which a transfer cannot be ended yet: its next event can."""

SEARCH: Final = Searchable(
    {"id": "id", "agreementId": "id", "assetId": "dataset_id", "consumerId": "consumer", "providerId": "provider"},
    "signed_at",
    frozenset({"agreementRetirementDate"}),
    {"reason": "ended_reason"},
)


class Retirements:
    """Ends agreements of this node and takes them up again; every step is one audit entry of its `actor`."""

    def __init__(self, *, store: Store, transfers: Transfers, events: Events, terms: Terms, notices: Notices) -> None:
        self._store = store
        self._notices = notices
        self._terms = terms
        self._transfers = transfers
        self._events = events
        self._retired: set[str] = set()
        events.tap(self._seen)

    async def start(self) -> None:
        """End what a former life of this node left open under agreements that it had retired."""
        for record in await self._store.read(_open_transfers):
            if await self._is_retired(record.agreement_id):
                self._retired.add(record.agreement_id)
                await self._end(record)

    async def retire(self, agreement_id: str, reason: str, *, actor: str) -> Agreement:
        """End an agreement and its transfers. Raises Unknown, Conflict (`agreement/retired`, `agreement/open`)."""

        def change(tx: Transaction) -> tuple[Agreement, list[Transfer]]:
            agreement = _agreement(tx, agreement_id)
            if agreement.ended_at is not None:
                raise Conflict("agreement/retired", f"the agreement has ended already: {agreement.ended_reason}")
            negotiation = tx.get(NEGOTIATIONS, agreement.negotiation_id)
            if negotiation is not None and negotiation.state not in ("FINALIZING", "FINALIZED"):
                raise Conflict("agreement/open", f"its negotiation is {negotiation.state}: terminate that instead")
            agreement.ended_at, agreement.ended_reason = tx.now, reason or "retired by the participant"
            tx.put(AGREEMENTS, agreement)
            holding.release(tx, agreement_id)
            holding.due_now(tx, agreement_id, is_to_tell=True)
            tx.audit("agreement.retired", agreement_id, {"reason": agreement.ended_reason}, actor=actor)
            return agreement, _open_transfers(tx, agreement_id)

        agreement, transfers = await self._store.write(change)
        self._retired.add(agreement_id)
        self._events.publish("agreement.retired", agreement_id, agreement)
        for record in transfers:
            await self._end(record, agreement.ended_reason, actor)
        return agreement

    async def end_transfers(self, agreement: Agreement) -> None:
        """End what is open under a contract that has ended, and what is opened under it yet."""
        self._retired.add(agreement.id)
        for record in await self._store.read(lambda reader: _open_transfers(reader, agreement.id)):
            await self._end(record, agreement.ended_reason, code=agreement.ended_code or CODE)

    async def reactivate(self, agreement_id: str, *, actor: str) -> None:
        """Take an agreement up again; ended transfers stay ended. Raises Unknown, Conflict (`agreement/in-force`)."""

        def change(tx: Transaction) -> Agreement:
            agreement = _agreement(tx, agreement_id)
            if agreement.ended_at is None:
                raise Conflict("agreement/in-force", "the agreement is in force: there is nothing to take back")
            agreement.ended_at, agreement.ended_reason, agreement.ended_code = None, "", ""
            tx.remove(CONTRACT_ENDS, agreement_id)
            self._terms.take(tx, agreement)
            tx.put(AGREEMENTS, agreement)
            tx.audit("agreement.reactivated", agreement_id, {}, actor=actor)
            return agreement

        agreement = await self._store.write(change)
        self._retired.discard(agreement_id)
        self._events.publish("agreement.reactivated", agreement_id)
        try:
            await self._notices.tell(agreement, REACTIVATION, {})
        except Problem as problem:
            _LOG.warning("the partner was not told", agreement_id=agreement_id, reason=problem.detail)

    async def find(self, search: Search, values: Callable[[Agreement], Mapping[str, Any]]) -> list[Agreement]:
        """Retired agreements by criteria."""
        return await find(self._store, AGREEMENTS, search, SEARCH, values, {Member(("ended_at",)): Present()})

    def _seen(self, event: Event) -> Awaitable[None] | None:
        """A transfer that could not be ended at once, or that was opened meanwhile."""
        if event.name == "agreement.reactivated":
            self._retired.discard(event.subject)
        record = event.record
        if event.is_elsewhere or not isinstance(record, Transfer):
            return None
        if record.agreement_id not in self._retired and not self._store.is_shared:
            return None
        return self._end_if_retired(record) if record.state in _OPEN else None

    async def _end_if_retired(self, record: Transfer) -> None:
        if await self._is_retired(record.agreement_id):
            await self._end(record)

    async def _end(self, record: Transfer, reason: str = "", actor: str = "node", code: str = CODE) -> None:
        if record.state in _WAITING:
            return
        if not reason:
            agreement = await self._store.read(lambda reader: reader.get(AGREEMENTS, record.agreement_id))
            reason = agreement.ended_reason if agreement else ""
        try:
            said = f"the agreement was retired: {reason}" if code == CODE else reason
            await self._transfers.terminate(record.id, said, code, actor=actor)
        except Problem as problem:
            _LOG.info("a transfer ended by itself", process_id=record.id, code=problem.code)

    async def _is_retired(self, agreement_id: str) -> bool:
        agreement = await self._store.read(lambda reader: reader.get(AGREEMENTS, agreement_id))
        return agreement is not None and agreement.ended_at is not None


def _agreement(reader: Reader, agreement_id: str) -> Agreement:
    agreement = reader.get(AGREEMENTS, agreement_id)
    if agreement is None:
        raise Unknown("agreement/unknown", f"there is no agreement {agreement_id!r}")
    return agreement


def _open_transfers(reader: Reader, agreement_id: str = "") -> list[Transfer]:
    where: dict[str, Any] = {"state": _OPEN, **({"agreement_id": agreement_id} if agreement_id else {})}
    return reader.find(TRANSFERS, where, limit=_ALL)
