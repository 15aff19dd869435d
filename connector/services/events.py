"""What happened, told inside the process after it was committed: callbacks for services, waiting for doors."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

_LOG = structlog.get_logger("events")


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is past tense with its noun first (`negotiation.finalized`), `subject` the id of what changed."""

    name: str
    subject: str
    record: Any = None
    is_elsewhere: bool = False
    """Another process of this node published it: what has to be done about it is done there."""


Tap = Callable[[Event], Awaitable[None] | None]
"""Sees every event as it is told: must be quick, must not fail, and may give back work to be done."""


class Events:
    """One bus for a node; nothing here outlives a restart (the store does)."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callable[[Event], Awaitable[None]]]] = defaultdict(list)
        self._taps: list[Tap] = []
        self._changed: dict[str, list[asyncio.Future[None]]] = defaultdict(list)
        self._tasks: set[asyncio.Task[None]] = set()

    def subscribe(self, name: str, callback: Callable[[Event], Awaitable[None]]) -> None:
        """Call `callback` after each event of this name (`negotiation.*`: of this noun)."""
        self._callbacks[name].append(callback)

    def tap(self, tap: Tap) -> None:
        """Show every event to `tap` at once; what it gives back runs as a task. For who wants few of many events."""
        self._taps.append(tap)

    def publish(self, name: str, subject: str, record: Any = None) -> None:
        """Tell everyone. Callbacks run as tasks of their own; a failing one is logged."""
        event = Event(name, subject, record)
        self._wake(subject)
        noun = name.partition(".")[0] + ".*"
        for callback in (*self._callbacks.get(name, ()), *self._callbacks.get(noun, ())):
            self._run(callback(event), event)
        self._show(event)

    def publish_elsewhere(self, name: str, subject: str, record: Any = None) -> None:
        """Pass on what another process published: to those who wait, and to the taps."""
        self._wake(subject)
        self._show(Event(name, subject, record, is_elsewhere=True))

    def wake_all(self) -> None:
        """Let everyone who waits look again: what they wait for may have been told to nobody."""
        for subject in list(self._changed):
            self._wake(subject)

    def _wake(self, subject: str) -> None:
        for waiting in self._changed.pop(subject, ()):
            if not waiting.done():
                waiting.set_result(None)

    def _show(self, event: Event) -> None:
        for tap in self._taps:
            work = tap(event)
            if work is not None:
                self._run(work, event)

    def _run(self, work: Awaitable[None], event: Event) -> None:
        task = asyncio.get_running_loop().create_task(self._call(work, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _call(work: Awaitable[None], event: Event) -> None:
        try:
            await work
        except Exception:
            _LOG.exception("event callback failed", event_name=event.name, subject=event.subject)

    async def wait_until(self, subject: str, holds: Callable[[], Awaitable[bool]], timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until `holds()` after a change of `subject`, at most `timeout` seconds; whether it holds at the end."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._changed[subject].append(changed)
            try:
                if await holds():
                    return True
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    return False
                await asyncio.wait_for(changed, left)
            except TimeoutError:
                return await holds()
            finally:
                self._forget(subject, changed)

    def _forget(self, subject: str, changed: asyncio.Future[None]) -> None:
        waiting = self._changed.get(subject)
        if waiting and changed in waiting:
            waiting.remove(changed)
            if not waiting:
                del self._changed[subject]

    async def settle(self) -> None:
        """Wait for the callbacks under way (at shutdown)."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
