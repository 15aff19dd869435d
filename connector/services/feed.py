"""What happens in this node, for those who listen: each event once, numbered, the latest kept for who comes back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connector.ports import Clock
from connector.services.events import Event, Events

KEPT: Final = 1000
"""Events that who was away for a while still gets."""
BEHIND: Final = 1000
"""Events that a listener may be behind before it is let go."""
LISTENERS: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """One event. `id` is `<life of the node>-<number>`; `is_gap`: events before it are lost, look at the states."""

    id: str
    number: int
    name: str
    subject: str
    time: datetime
    record: Any = None
    is_gap: bool = False


class Feed:
    """Listens to the node's events and tells them to everyone who listens here."""

    def __init__(self, events: Events, clock: Clock) -> None:
        self._clock = clock
        self._life = f"{int(clock.now().timestamp() * 1000):x}"
        self._number = 0
        self._kept: deque[Told] = deque(maxlen=KEPT)
        self._listeners: set[asyncio.Queue[Told | None]] = set()
        self._is_stopped = False
        events.tap(self._tell)

    @property
    def is_full(self) -> bool:
        """Whether nobody else may listen."""
        return len(self._listeners) >= LISTENERS

    def _tell(self, event: Event) -> None:
        self._number += 1
        told = Told(self._id(), self._number, event.name, event.subject, self._clock.now(), event.record)
        self._kept.append(told)
        for listener in list(self._listeners):
            try:
                listener.put_nowait(told)
            except asyncio.QueueFull:
                self._let_go(listener)

    def _id(self) -> str:
        return f"{self._life}-{self._number}"

    def stop(self) -> None:
        """Let everyone go."""
        self._is_stopped = True
        for listener in list(self._listeners):
            self._let_go(listener)

    def _let_go(self, listener: asyncio.Queue[Told | None]) -> None:
        self._listeners.discard(listener)
        while listener.full():
            listener.get_nowait()
        listener.put_nowait(None)

    async def listen(self, after: str = "", *, quiet: float = 15.0) -> AsyncIterator[Told | None]:
        """Events as they happen, None where nothing did for `quiet` seconds; ends when the listener is let go.

        `after` is the id of the last event that is known: what followed it comes first, or a gap is told.
        """
        listener: asyncio.Queue[Told | None] = asyncio.Queue(BEHIND)
        missed = self._since(after)
        self._listeners.add(listener)
        try:
            for told in missed:
                yield told
            while not self._is_stopped:
                told_now: Told | None = None
                with suppress(TimeoutError):
                    told_now = await asyncio.wait_for(listener.get(), quiet)
                    if told_now is None:
                        return
                yield told_now
        finally:
            self._listeners.discard(listener)

    def _since(self, after: str) -> list[Told]:
        if not after:
            return []
        life, _, number = after.rpartition("-")
        first = self._kept[0].number if self._kept else self._number + 1
        is_known = life == self._life and number.isascii() and number.isdigit() and len(number) < 16
        if is_known and first - 1 <= int(number) <= self._number:
            return [told for told in self._kept if told.number > int(number)]
        return [Told(self._id(), self._number, "feed.gap", "", self._clock.now(), is_gap=True)]
