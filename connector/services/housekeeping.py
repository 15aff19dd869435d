"""What a node forgets: records whose time is over, a few at a time, so that nobody waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from connector.notation.problems import Problem
from connector.ports import Below, Clock, Store, Transaction
from connector.records.exchange import ACCESS_TOKENS, RECEIVED

_LOG = structlog.get_logger("housekeeping")

KEPT_FOR: Final = timedelta(days=30)
"""How long after its time a record stays: a message's id (peers repeat for hours at most), a token that expired."""
EVERY: Final = 3600.0
"""Seconds between two rounds."""
_BATCH: Final = 500


class Housekeeping:
    """Purges ids of messages that were taken, and tokens that ended."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, and go on every hour; once."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._go_on())

    async def stop(self) -> None:
        """Stop; the next life goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.purge()
            except Problem as problem:
                _LOG.error("nothing could be purged", code=problem.code, reason=problem.detail)

    async def purge(self) -> int:
        """Forget everything whose time is over; how many records that were."""
        total = 0
        while gone := await self._store.write(self._some):
            total += gone
        return total

    def _some(self, tx: Transaction) -> int:
        before = Below(self._clock.now() - KEPT_FOR)
        messages = tx.find(RECEIVED, {"received_at": before}, order="received_at", limit=_BATCH)
        tokens = tx.find(ACCESS_TOKENS, {"expires_at": before}, order="expires_at", limit=_BATCH)
        for message in messages:
            tx.remove(RECEIVED, message.id)
        for token in tokens:
            tx.remove(ACCESS_TOKENS, token.id)
        return len(messages) + len(tokens)
