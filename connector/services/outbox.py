"""Messages that were decided and not yet acknowledged: sent at once after the commit, and again after a crash.

A message is stored with the state that decided it, in one transaction. Each process (negotiation or transfer) sends its
messages one after the other. The first one (its answer names the peer's process id) goes out under the process's lock,
so that nothing the peer says next overtakes our own books; later ones do not: two that cross would wait for each other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from connector.dsp.reading import read_error
from connector.notation.exact_json import decode, encode
from connector.notation.problems import PeerFailed, Problem
from connector.ports import Answer, Reader, Store, Transaction, Transport
from connector.records.collection import Record
from connector.records.exchange import OUTGOING, Outgoing
from connector.services.locks import Locks

_LOG = structlog.get_logger("outbox")

CONFLICT_PAUSES = (0.1, 0.1, 0.2, 0.2, 0.4, 0.4, 0.8, 0.8, 1.6, 3.2, 6.4, 12.8)
"""Seconds before the same body is sent again after a 409: the peer has not finished its own books yet.

An EDC under load takes seconds for it: of 200 exchanges at once on two busy cores, 4 were lost with 3 seconds in all.
"""

FAILURE_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before a retry after 5xx, 429, a broken connection or an unreadable answer."""

PATIENT_PAUSES = (15.0,) * 240
"""Further ones for every message but the one that opens a process: a peer that agreed may be down for an hour."""

FAULT_PAUSE = 30.0
"""Seconds before the next try after a fault of our own, such as a full disk."""


class Authorizer(Protocol):
    """Gives the Authorization header for a counterparty."""

    async def authorization(self, audience: str) -> str:
        """A fresh header value."""
        ...


MOST_REASONS = 20
LONGEST_REASON = 2000
"""How much of a peer's reasons is kept."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Why a message was not taken: the peer's own code and reasons where it answered with a typed error.

    `cause` is a sentence in any case; `code` and `reasons` are empty where there was no such answer.
    """

    cause: str
    code: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """What a kind of process does around its messages; `acknowledged` and `failed` run in a transaction."""

    prepare: Callable[[Outgoing], dict[str, Any]]
    acknowledged: Callable[[Transaction, Outgoing, Answer], Record | None]
    failed: Callable[[Transaction, Outgoing, Undelivered], Record | None]
    changed: Callable[[Record], None]


class Outbox:
    """The durable outbox of a node."""

    def __init__(
        self,
        *,
        store: Store,
        transport: Transport,
        authorizer: Authorizer,
        locks: Locks,
        explain: Callable[[str], Awaitable[Problem | None]] | None = None,
    ) -> None:
        """`explain` looks for why an address does not take what opens a process, where the peer does not say it."""
        self._store = store
        self._transport = transport
        self._authorizer = authorizer
        self._locks = locks
        self._explain = explain
        self._senders: dict[str, Sender] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._is_stopped = False

    def register(self, kind: str, sender: Sender) -> None:
        """Say who answers for messages of `kind`."""
        self._senders[kind] = sender

    async def start(self) -> None:
        """Take up what a former life of this node, or a neighbour that died, left unacknowledged."""
        waiting = await self._store.read(lambda reader: reader.find(OUTGOING, order="created_at", limit=100_000))
        for process_id in dict.fromkeys(outgoing.process_id for outgoing in waiting):
            self._start(process_id, is_patient=False)

    async def stop(self) -> None:
        """Stop sending; what is not acknowledged stays stored."""
        self._is_stopped = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def kick(self, process_id: str) -> None:
        """Send what waits for this process now."""
        if process_id in self._tasks:
            self._again.add(process_id)
        else:
            self._start(process_id, is_patient=True)

    def _start(self, process_id: str, *, is_patient: bool) -> None:
        """Send in a task of its own; where we are not patient, leave it to another process that is at it."""
        if self._is_stopped or process_id in self._tasks:
            return
        task = asyncio.get_running_loop().create_task(self._drain(process_id, is_patient))
        self._tasks[process_id] = task
        task.add_done_callback(lambda _: self._ended(process_id))

    def _ended(self, process_id: str) -> None:
        del self._tasks[process_id]
        if process_id in self._again:
            self._again.discard(process_id)
            self.kick(process_id)

    async def _drain(self, process_id: str, is_patient: bool) -> None:
        async with self._locks.across(f"outbox {process_id}", is_patient=is_patient) as is_ours:
            if is_ours:
                await self._send_all(process_id)

    async def _send_all(self, process_id: str) -> None:
        outgoing = await self._store.read(lambda reader: _next(reader, process_id))
        while outgoing is not None:
            current = outgoing
            try:
                outgoing = await self._deliver(current)
            except Exception:
                _LOG.exception("message could not be delivered", process_id=process_id, message_id=current.id)
                await asyncio.sleep(FAULT_PAUSE)
                outgoing = await self._store.read(lambda reader: _next(reader, process_id))

    async def _deliver(self, outgoing: Outgoing) -> Outgoing | None:
        """Send until it is taken or given up; the message that waits behind it.

        That it waits still is looked at again whenever time went by: the peer's own message may have made it void.
        """
        sender = self._senders[outgoing.kind]
        refusals = iter(CONFLICT_PAUSES)
        failures = iter(FAILURE_PAUSES if _opens(outgoing) else (*FAILURE_PAUSES, *PATIENT_PAUSES))
        is_fresh = not _opens(outgoing)
        while True:
            async with self._locks.hold(outgoing.process_id) if _opens(outgoing) else contextlib.nullcontext():
                if not is_fresh and not await self._is_waiting(outgoing):
                    return await self._store.read(lambda reader: _next(reader, outgoing.process_id))
                is_fresh = False
                verdict, pause, answer, cause = await self._attempt(outgoing, sender, refusals, failures)
                if verdict != "again":
                    return await self._finish(outgoing, sender, answer, cause)
            _LOG.info("retrying", process_id=outgoing.process_id, message=outgoing.message, cause=cause, pause=pause)
            await asyncio.sleep(pause)

    async def _is_waiting(self, outgoing: Outgoing) -> bool:
        return await self._store.read(lambda reader: reader.get(OUTGOING, outgoing.id)) is not None

    async def _attempt(
        self, outgoing: Outgoing, sender: Sender, refusals: Any, failures: Any
    ) -> tuple[str, float, Answer | None, str]:
        """One try: (`done` | `failed` | `again`, pause in seconds, answer, cause)."""
        try:
            answer = await self._send(outgoing, sender)
        except PeerFailed as error:
            return _again_or_failed(failures, str(error))
        if answer.is_ok:
            return "done", 0.0, answer, ""
        cause = f"the peer answered {answer.status}: {_excerpt(answer)}"
        if answer.status == 409:
            return _again_or_failed(refusals, cause, answer)
        if answer.status >= 500 or answer.status == 429:
            return _again_or_failed(failures, cause, answer)
        return "failed", 0.0, answer, cause

    async def _send(self, outgoing: Outgoing, sender: Sender) -> Answer:
        headers = {
            "Content-Type": "application/json",
            "Authorization": await self._authorizer.authorization(outgoing.counterparty),
        }
        return await self._transport.send("POST", outgoing.url, headers=headers, body=encode(sender.prepare(outgoing)))

    async def _why(self, outgoing: Outgoing, answer: Answer | None, cause: str) -> Undelivered:
        """Why a message was not taken; one that opens a process may have come to a partner of other versions.

        A peer that gives a code of its own has understood the message; EDC's are the status again.
        """
        why = _undelivered(answer, cause)
        is_clear = answer is None or answer.status >= 500 or not (why.code.isdigit() or not why.code)
        if is_clear or self._explain is None or not _opens(outgoing):
            return why
        problem = await self._explain(outgoing.url)
        return why if problem is None else Undelivered(cause, problem.code, (problem.detail, cause))

    async def _finish(self, outgoing: Outgoing, sender: Sender, answer: Answer | None, cause: str) -> Outgoing | None:
        is_taken = answer is not None and answer.is_ok
        why = Undelivered("") if is_taken else await self._why(outgoing, answer, cause)

        def change(tx: Transaction) -> Record | None:
            if not tx.remove(OUTGOING, outgoing.id):
                return None
            if answer is None or not is_taken:
                return sender.failed(tx, outgoing, why)
            try:
                return sender.acknowledged(tx, outgoing, answer)
            except Problem as problem:
                sentence = f"the peer's answer cannot be used: {problem.detail}"
                return sender.failed(tx, outgoing, Undelivered(sentence))

        record, following = await self._store.write(lambda tx: (change(tx), _next(tx, outgoing.process_id)))
        if record is not None:
            sender.changed(record)
        return following


def _next(reader: Reader, process_id: str) -> Outgoing | None:
    """The message of a process that is to be sent first."""
    return next(iter(reader.find(OUTGOING, {"process_id": process_id}, order="created_at", limit=1)), None)


def _opens(outgoing: Outgoing) -> bool:
    """Whether the message opens its process at the peer."""
    return outgoing.message in ("request", "offer") and "callbackAddress" in outgoing.body


def _again_or_failed(pauses: Any, cause: str, answer: Answer | None = None) -> tuple[str, float, Answer | None, str]:
    pause = next(pauses, None)
    return ("failed", 0.0, answer, cause) if pause is None else ("again", pause, answer, cause)


def _undelivered(answer: Answer | None, cause: str) -> Undelivered:
    """What the peer says itself, where it refused and its answer can be read as an error of the protocol."""
    if answer is None or answer.status >= 500 or answer.status == 429:
        return Undelivered(cause)
    try:
        code, reasons = read_error(decode(answer.body))
    except Problem:
        return Undelivered(cause)
    kept = tuple(reason[:LONGEST_REASON] for reason in reasons[:MOST_REASONS])
    return Undelivered(cause, (code or "")[:LONGEST_REASON], kept) if code else Undelivered(cause)


def _excerpt(answer: Answer) -> str:
    return answer.body[:300].decode("utf-8", "replace") or "(no body)"
