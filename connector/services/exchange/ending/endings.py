"""The end of contracts: fired by timers that stand in the store, also after a restart; what follows is done once.

A contract ends at its time, by our own retirement or by the partner's. Then its transfers are terminated, the partner
is told what it cannot know, the consumer deletes what it must and sends a signed receipt, the provider waits for one.
Every step may be done again: the timer goes only when all of them are through.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

import structlog

from connector.notation.problems import Problem
from connector.odrl.instants import spelled
from connector.odrl.terms import deletes, ends_of, usage_end_sentence
from connector.ports import Clock, ContentStore, Reader, Store, Transaction, Transport
from connector.records.contracts import (
    CONTRACT_ENDS,
    DELETION_RECEIPTS,
    INVENTORY,
    ContractEnd,
    DeletionReceipt,
    InventoryItem,
)
from connector.records.exchange import AGREEMENTS, Agreement
from connector.services.events import Event, Events
from connector.services.exchange.ending.notices import AWAITED, RECEIPT, RETIREMENT, Notices, partner_of
from connector.services.exchange.retirements import Retirements
from connector.services.exchange.terms import Terms
from connector.services.exchange.transfers import Transfers
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity
from connector.services.usage import holding
from connector.services.usage.usage import Policies

_LOG = structlog.get_logger("endings")

_ALL: Final = 1_000_000
_PAUSES: Final = tuple(timedelta(seconds=pause) for pause in (5, 30, 120, 600, 3600))
_GIVE_UP_AFTER: Final = 48
"""Attempts to tell a partner; with the pauses above, two days."""
RECEIPT_WITHIN: Final = timedelta(days=1)
"""How long a partner has for its deletion receipt; then its absence is a finding (`agreement/receipt-missing`)."""


class Endings:
    """Ends contracts in time, and does what is owed then."""

    def __init__(
        self,
        *,
        store: Store,
        content: ContentStore,
        policies: Policies,
        retirements: Retirements,
        notices: Notices,
        events: Events,
        clock: Clock,
        receipt_within: timedelta = RECEIPT_WITHIN,
    ) -> None:
        self._receipt_within = receipt_within
        self._store = store
        self._content = content
        self._policies = policies
        self._retirements = retirements
        self._notices = notices
        self._clock = clock
        self._events = events
        self._woken = asyncio.Event()
        self._changes: int | None = None
        self._task: asyncio.Task[None] | None = None
        events.tap(self._seen)

    async def start(self) -> None:
        """Take up the timers that the store holds; called again, look at them again."""
        if self._task is not None and not self._task.done():
            self._woken.set()
            return
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Let go; what is due stays stored."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _seen(self, event: Event) -> None:
        if not event.name.startswith(("agreement.", "negotiation.")):
            return
        changes = self._store.changes(CONTRACT_ENDS)
        if changes is None or changes != self._changes:
            self._changes = changes
            self._woken.set()

    async def _run(self) -> None:
        """Sleep until the earliest timer, or until a new one may have come."""
        while True:
            self._woken.clear()
            try:
                first = await self._store.read(_first)
                wait = None if first is None else (first.due - self._clock.now()).total_seconds()
                if first is not None and wait is not None and wait <= 0:
                    await self._fire(first)
                    continue
            except Problem as problem:
                _LOG.warning("the timers wait", reason=problem.detail)
                wait = 5.0
            except Exception:
                _LOG.exception("the end of a contract failed")
                wait = 5.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), wait)

    async def _fire(self, timer: ContractEnd) -> None:
        if timer.awaits_receipt:
            await self._store.write(lambda tx: _missed(tx, timer))
            return
        agreement = await self._store.write(lambda tx: self._ended(tx, timer.id))
        if agreement is None:
            return
        self._events.publish("agreement.ended", agreement.id, agreement)
        await self._retirements.end_transfers(agreement)
        policy = self._policies.policy(agreement.policy)
        is_owed = deletes(policy, self._policies.profile)
        if is_owed and agreement.role == "consumer":
            await self._delete(agreement)
        try:
            await self._tell(timer, agreement, is_owed=is_owed)
        except Problem as problem:
            await self._later(timer, problem)
            return
        await self._store.write(lambda tx: tx.remove(CONTRACT_ENDS, timer.id))

    def _ended(self, tx: Transaction, agreement_id: str) -> Agreement | None:
        """The agreement, ended now where it was in force; None where it never came to be."""
        agreement = tx.get(AGREEMENTS, agreement_id)
        if agreement is None:
            tx.remove(CONTRACT_ENDS, agreement_id)
            return None
        if agreement.ended_at is None:
            policy = self._policies.policy(agreement.policy)
            end = ends_of(policy, agreement.signed_at, self._policies.profile).usage
            agreement.ended_at, agreement.ended_code = tx.now, "odrl/usage-ended"
            agreement.ended_reason = usage_end_sentence(policy, end or tx.now)
            tx.put(AGREEMENTS, agreement)
            holding.release(tx, agreement_id)
            detail = {"code": agreement.ended_code, "reason": agreement.ended_reason}
            tx.audit("agreement.ended", agreement_id, detail)
            tx.mark("ENDED")
        return agreement

    async def _delete(self, agreement: Agreement) -> None:
        """Bytes first, then the note that they are gone: a receipt never says what is not so.

        Bytes that are held under another contract in force too stay for that one.
        """
        items = await self._store.read(
            lambda reader: reader.find(INVENTORY, {"agreement_id": agreement.id}, limit=_ALL)
        )
        kept = await self._store.read(lambda reader: _held_elsewhere(reader, agreement, items))
        for item in items:
            if item.digest not in kept:
                self._content.delete(item.digest)

        def note(tx: Transaction) -> None:
            if tx.get(DELETION_RECEIPTS, agreement.id) is not None:
                return
            for item in tx.find(INVENTORY, {"agreement_id": agreement.id}, limit=_ALL):
                item.deleted_at = item.deleted_at or tx.now
                tx.put(INVENTORY, item)
            digests = sorted({item.digest for item in items})
            jwt = self._notices.receipt(agreement, digests, spelled(tx.now))
            tx.put(
                DELETION_RECEIPTS,
                DeletionReceipt(id=agreement.id, role="made", jwt=jwt, digests=digests, since=tx.now),
            )
            tx.audit("inventory.deleted", agreement.id, {"agreementId": agreement.id, "digests": digests})
            tx.mark("DELETED")

        await self._store.write(note)

    async def _tell(self, timer: ContractEnd, agreement: Agreement, *, is_owed: bool) -> None:
        """The partner learns of our retirement, and gets the receipt; as the provider we expect one."""
        if timer.is_to_tell:
            said = {"reason": agreement.ended_reason}
            await self._note(agreement, RETIREMENT, await self._notices.tell(agreement, RETIREMENT, said))
        made = await self._store.read(lambda reader: reader.get(DELETION_RECEIPTS, agreement.id))
        if is_owed and agreement.role == "provider" and made is None:
            await self._store.write(lambda tx: _expect(tx, agreement.id, self._receipt_within))
        if made is not None and made.role == "made" and made.told_at is None:
            await self._note(agreement, RECEIPT, await self._notices.tell(agreement, RECEIPT, {"receipt": made.jwt}))
            await self._store.write(lambda tx: _told(tx, agreement.id))

    async def _note(self, agreement: Agreement, kind: str, is_told: bool) -> None:
        partner = partner_of(agreement)
        event = "notice.sent" if is_told else "notice.unsupported"
        detail = {"agreementId": agreement.id, "notice": kind, "partner": partner}
        if not is_told:
            detail["code"] = "agreement/unsupported-by-peer"
        await self._store.write(lambda tx: tx.audit(event, agreement.id, detail))

    async def _later(self, timer: ContractEnd, problem: Problem) -> None:
        """Again after a pause, which grows; after days the partner is taken as one that cannot be told."""

        def plan(tx: Transaction) -> None:
            attempts = timer.attempts + 1
            if attempts >= _GIVE_UP_AFTER:
                tx.remove(CONTRACT_ENDS, timer.id)
                tx.audit("notice.failed", timer.id, {"code": problem.code, "reason": problem.detail})
                return
            pause = _PAUSES[min(attempts, len(_PAUSES)) - 1]
            tx.put(
                CONTRACT_ENDS,
                ContractEnd(id=timer.id, due=tx.now + pause, attempts=attempts, is_to_tell=timer.is_to_tell),
            )

        await self._store.write(plan)


def open_endings(
    *,
    identity: Identity,
    counterparties: Counterparties,
    store: Store,
    content: ContentStore,
    transport: Transport,
    policies: Policies,
    transfers: Transfers,
    events: Events,
    clock: Clock,
    receipt_within: timedelta = RECEIPT_WITHIN,
) -> tuple[Notices, Retirements, Endings]:
    """The three that belong together, joined."""
    terms = Terms(policies, identity.own.did)
    notices = Notices(
        identity=identity,
        counterparties=counterparties,
        store=store,
        transport=transport,
        events=events,
        terms=terms,
    )
    retirements = Retirements(store=store, transfers=transfers, events=events, terms=terms, notices=notices)
    endings = Endings(
        store=store,
        content=content,
        policies=policies,
        retirements=retirements,
        notices=notices,
        events=events,
        clock=clock,
        receipt_within=receipt_within,
    )
    return notices, retirements, endings


def _first(reader: Reader) -> ContractEnd | None:
    found = reader.find(CONTRACT_ENDS, order="due", limit=1)
    return found[0] if found else None


def _held_elsewhere(reader: Reader, agreement: Agreement, items: list[InventoryItem]) -> frozenset[str]:
    """Digests that another contract in force holds too."""
    wanted = {item.digest for item in items}
    others = reader.find(INVENTORY, {"dataset_id": agreement.dataset_id}, limit=_ALL)
    kept = set()
    for item in others:
        if item.digest in wanted and item.agreement_id != agreement.id and item.deleted_at is None:
            other = reader.get(AGREEMENTS, item.agreement_id)
            if other is not None and other.ended_at is None:
                kept.add(item.digest)
    return frozenset(kept)


def _expect(tx: Transaction, agreement_id: str, within: timedelta) -> None:
    if tx.get(DELETION_RECEIPTS, agreement_id) is None:
        tx.put(DELETION_RECEIPTS, DeletionReceipt(id=agreement_id, role="received", since=tx.now))
        timer = ContractEnd(id=f"{AWAITED}{agreement_id}", due=tx.now + within, awaits_receipt=True)
        tx.put(CONTRACT_ENDS, timer)


def _missed(tx: Transaction, timer: ContractEnd) -> None:
    """The time for a receipt is over: without one, that is a finding of ours."""
    tx.remove(CONTRACT_ENDS, timer.id)
    agreement_id = timer.id.removeprefix(AWAITED)
    expected = tx.get(DELETION_RECEIPTS, agreement_id)
    if expected is None or expected.jwt or expected.missing_since is not None:
        return
    expected.missing_since = tx.now
    tx.put(DELETION_RECEIPTS, expected)
    reason = "the contract has ended, its data were to be deleted, and the partner sent no receipt in time"
    tx.audit("receipt.missing", agreement_id, {"code": "agreement/receipt-missing", "reason": reason})


def _told(tx: Transaction, agreement_id: str) -> None:
    made = tx.need(DELETION_RECEIPTS, agreement_id)
    made.told_at = tx.now
    tx.put(DELETION_RECEIPTS, made)
