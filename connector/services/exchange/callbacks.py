"""EDC's callbackAddresses: who asked for a contract or data is told what becomes of it, by HTTP, until it was taken.

Whom to tell is kept with the process in one transaction, each event before it is sent. A delivery is repeated with
back-off (PAUSES) and then given up, which the audit log says. An event may come twice, never two in the wrong order at
one address; after a crash the state that a process is in by then is told, with those that must lie before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

import structlog

from connector.dsp import negotiation, transfer
from connector.notation.exact_json import encode
from connector.notation.problems import PeerFailed
from connector.ports import Clock, Store, Transaction, Transport
from connector.records.exchange import (
    NEGOTIATIONS,
    SUBSCRIPTIONS,
    TRANSFERS,
    Delivery,
    Negotiation,
    Subscription,
    Transfer,
)
from connector.services.events import Event, Events
from connector.services.exchange.callback_events import CHAINS, event_of, payload, type_of, with_address
from connector.services.locks import Locks

_LOG = structlog.get_logger("callbacks")

Kind = Literal["negotiation", "transfer"]
PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 120.0)
"""Seconds before a delivery that failed is tried again; after the last of them it is given up."""
_ALL: Final = 1_000_000
_FINAL: Final[Mapping[Kind, frozenset[str]]] = {
    "negotiation": frozenset(negotiation.FINAL_STATES),
    "transfer": frozenset(transfer.FINAL_STATES),
}


class Callbacks:
    """Tells callback addresses about the processes that they were given with."""

    def __init__(
        self,
        *,
        store: Store,
        transport: Transport,
        events: Events,
        locks: Locks,
        clock: Clock,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._store = store
        self._transport = transport
        self._locks = locks
        self._clock = clock
        self._pauses = pauses
        self._open: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_stopped = False
        events.tap(self._seen)

    async def start(self) -> None:
        """Take up what a former life of this node left untold."""
        where = {"state": "open"}
        left = await self._store.read(lambda reader: reader.find(SUBSCRIPTIONS, where, limit=_ALL))
        self._open |= {subscription.id for subscription in left}
        for subscription in left:
            record = await self._process(subscription)
            if record is not None:
                await self._tell(record, record.state)

    async def stop(self) -> None:
        """Stop sending; what was not taken stays stored."""
        self._is_stopped = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def keep(self, tx: Transaction, process_id: str, kind: Kind, addresses: Sequence[Mapping[str, Any]]) -> None:
        """Remember whom to tell about a new process, in the transaction that opens it."""
        if addresses:
            kept = [dict(address) for address in addresses]
            tx.put(SUBSCRIPTIONS, Subscription(id=process_id, kind=kind, addresses=kept, created_at=tx.now))
            self._open.add(process_id)

    async def of(self, process_ids: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
        """The callback addresses of those of these processes that have any."""
        where = {"id": tuple(process_ids)}
        found = await self._store.read(lambda reader: reader.find(SUBSCRIPTIONS, where, limit=_ALL))
        return {subscription.id: subscription.addresses for subscription in found}

    async def _process(self, subscription: Subscription) -> Negotiation | Transfer | None:
        if subscription.kind == "negotiation":
            return await self._store.read(lambda reader: reader.get(NEGOTIATIONS, subscription.id))
        return await self._store.read(lambda reader: reader.get(TRANSFERS, subscription.id))

    def _seen(self, event: Event) -> Awaitable[None] | None:
        record = event.record
        if event.is_elsewhere or not isinstance(record, Negotiation | Transfer):
            return None
        if event.subject not in self._open and not self._store.is_shared:
            return None
        return self._tell(record, event.name.partition(".")[2].upper())

    async def _tell(self, record: Negotiation | Transfer, state: str) -> None:
        """Store what `state` brings about for each address that wants to know, then send it."""

        is_kept: list[bool] = []

        def change(tx: Transaction) -> None:
            subscription = tx.get(SUBSCRIPTIONS, record.id)
            if subscription is None or subscription.state == "done":
                return
            is_kept.append(True)
            for event in _untold(subscription, state):
                subscription.waiting += self._deliveries(tx, subscription, record, event)
                subscription.told = [*(name for name in subscription.told if name != event), event]
            if state in _FINAL[subscription.kind] and not subscription.waiting:
                subscription.state = "done"
            tx.put(SUBSCRIPTIONS, subscription)

        async with self._locks.hold(f"callbacks {record.id}"):
            await self._store.write(change)
        if is_kept:
            self._send(record.id)

    def _deliveries(
        self, tx: Transaction, subscription: Subscription, record: Negotiation | Transfer, event: str
    ) -> Iterator[Delivery]:
        for address in subscription.addresses:
            wanted = address.get("events") or [""]
            if any(event.startswith(name) for name in wanted):
                delivery_id = self._clock.new_id()
                body = {
                    "id": delivery_id,
                    "at": int(tx.now.timestamp() * 1000),
                    "type": type_of(event),
                    "payload": payload(record, subscription.addresses),
                }
                yield Delivery(id=delivery_id, uri=str(address["uri"]), event=event, body=body, due=tx.now)

    # --- sending

    def _send(self, process_id: str) -> None:
        if process_id in self._tasks or self._is_stopped:
            return
        task = asyncio.get_running_loop().create_task(self._drain(process_id))
        self._tasks[process_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(process_id, None))

    async def _drain(self, process_id: str) -> None:
        async with self._locks.across(f"callbacks of {process_id}"):
            await self._send_all(process_id)

    async def _send_all(self, process_id: str) -> None:
        while (delivery := await self._next(process_id)) is not None:
            pause = (delivery.due - self._clock.now()).total_seconds()
            if pause > 0:
                await asyncio.sleep(min(pause, 1.0))
                continue
            cause = await self._attempt(process_id, delivery)
            await self._note(process_id, delivery, cause)

    async def _next(self, process_id: str) -> Delivery | None:
        """The delivery that is due first, of those that are the first at their address."""
        subscription = await self._store.read(lambda reader: reader.get(SUBSCRIPTIONS, process_id))
        if subscription is None or subscription.state == "done":
            self._open.discard(process_id)
            return None
        heads: dict[str, Delivery] = {}
        for delivery in subscription.waiting:
            heads.setdefault(delivery.uri, delivery)
        return min(heads.values(), key=lambda one: one.due, default=None)

    async def _attempt(self, process_id: str, delivery: Delivery) -> str:
        """Send once; why it was not taken, or nothing."""
        body = delivery.body
        if delivery.event == "transfer.process.started":
            record = await self._store.read(lambda reader: reader.get(TRANSFERS, process_id))
            body = with_address(body, record)
        headers = {"Content-Type": "application/json"}
        try:
            answer = await self._transport.send("POST", delivery.uri, headers=headers, body=encode(body))
        except PeerFailed as problem:
            return problem.detail
        return "" if answer.is_ok else f"the callback address answered {answer.status}"

    async def _note(self, process_id: str, delivery: Delivery, cause: str) -> None:
        """What an attempt changes: the delivery is over (taken, or given up), or due again."""

        def change(tx: Transaction) -> None:
            subscription = tx.get(SUBSCRIPTIONS, process_id)
            if subscription is None:
                return
            kept = next((one for one in subscription.waiting if one.id == delivery.id), None)
            if kept is None:
                return
            is_last = kept.attempts >= len(self._pauses)
            if cause and not is_last:
                kept.due = tx.now + timedelta(seconds=self._pauses[kept.attempts])
                kept.attempts += 1
            else:
                subscription.waiting.remove(kept)
                _audit(tx, process_id, kept, cause)
            if not subscription.waiting and _is_over(subscription):
                subscription.state = "done"
            tx.put(SUBSCRIPTIONS, subscription)

        await self._store.write(change)
        if cause:
            _LOG.info("callback not taken", process_id=process_id, callback=delivery.event, cause=cause)


def _untold(subscription: Subscription, state: str) -> list[str]:
    """The events that a state brings about: its own, and those before it that nobody has told yet."""
    event = event_of(subscription.kind, state)
    if event is None or subscription.told[-1:] == [event]:
        return []
    chain = CHAINS[subscription.kind]
    before = chain[: chain.index(event)] if event in chain else chain[:1]
    return [*(one for one in before if one not in subscription.told), event]


def _is_over(subscription: Subscription) -> bool:
    final = {event_of(subscription.kind, state) for state in _FINAL[subscription.kind]}
    return bool(subscription.told) and subscription.told[-1] in final


def _audit(tx: Transaction, process_id: str, delivery: Delivery, cause: str) -> None:
    """Data addresses that leave this node and events that nobody took are on record."""
    if cause:
        detail = {"event": delivery.event, "attempts": delivery.attempts + 1, "reason": cause}
        tx.audit("callback.given-up", process_id, {**detail, "address": delivery.uri})
    elif delivery.event == "transfer.process.started":
        tx.audit("edr.handed-out", process_id, {"outside": True, "address": delivery.uri}, actor="callback")
