"""How the node is: its parts, what waits, and what happened so far, told from its own books."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connector.dsp import negotiation, transfer
from connector.notation.problems import Problem
from connector.ports import Clock, Reader, Store
from connector.records.collection import Collection
from connector.records.exchange import NEGOTIATIONS, OUTGOING, TRANSFERS

_BATCH: Final = 1000
STALE_AFTER: Final = 120.0
"""Seconds after which a message that was not taken means trouble."""

PROCESSES: Final[Mapping[str, tuple[Collection[Any], tuple[str, ...]]]] = {
    "negotiation": (NEGOTIATIONS, tuple(sorted({*negotiation.SHOWN, *negotiation.WIRE_STATES}))),
    "transfer": (TRANSFERS, tuple(sorted({*transfer.SHOWN, *transfer.WIRE_STATES}))),
}
"""Kind of process -> its records and all its states."""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the node; `failure` is empty while it works."""

    name: str
    failure: str = ""

    @property
    def is_healthy(self) -> bool:
        """Whether the part works."""
        return not self.failure


@dataclass(frozen=True, slots=True)
class Backlog:
    """Messages that were decided and not acknowledged yet; `age` of the oldest in seconds."""

    count: int
    age: float


class Monitor:
    """Watches the node; never changes it."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._told: Counter[tuple[str, str]] = Counter()
        self._read_to = 0
        self._reading = asyncio.Lock()

    async def health(self) -> list[Component]:
        """Store and outbox."""
        try:
            backlog = await self.backlog()
        except Problem as problem:
            return [Component("store", problem.detail), Component("outbox", "the store does not answer")]
        except Exception as error:  # whatever the database throws, the answer is that it does not work
            return [Component("store", type(error).__name__), Component("outbox", "the store does not answer")]
        late = f"{backlog.count} messages wait, the oldest for {backlog.age:.0f} s" if backlog.age > STALE_AFTER else ""
        return [Component("store"), Component("outbox", late)]

    async def backlog(self) -> Backlog:
        """What waits in the outbox."""

        def look(reader: Reader) -> Backlog:
            oldest = reader.find(OUTGOING, order="created_at", limit=1)
            age = (self._clock.now() - oldest[0].created_at).total_seconds() if oldest else 0.0
            return Backlog(reader.count(OUTGOING), max(0.0, age))

        return await self._store.read(look)

    async def processes(self) -> dict[tuple[str, str], int]:
        """How many processes of each kind are in each state."""

        def look(reader: Reader) -> dict[tuple[str, str], int]:
            return {
                (kind, state): reader.count(records, {"state": state})
                for kind, (records, states) in PROCESSES.items()
                for state in states
            }

        return await self._store.read(look)

    async def told(self) -> Mapping[tuple[str, str], int]:
        """How often the audit log tells of an event, by (event, reason code or empty); each entry is read once."""
        async with self._reading:
            while entries := await self._store.read(
                lambda reader: reader.audit_entries(after=self._read_to, limit=_BATCH)
            ):
                for entry in entries:
                    code = entry.detail.get("code", "")
                    self._told[(entry.event, code if isinstance(code, str) else "")] += 1
                self._read_to = entries[-1].sequence
                await asyncio.sleep(0)
        return self._told
