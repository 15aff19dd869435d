"""One at a time for each process: a lock by key, forgotten when nobody holds it, among all nodes on one store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from connector.ports import Neighbours

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.25
"""Seconds between two tries for a lock that another process holds, at first and at most."""


class _Here:
    """Holds the lock of a key within one process; written out, since every message takes some."""

    __slots__ = ("_key", "_lock", "_locks")

    def __init__(self, locks: dict[str, tuple[asyncio.Lock, int]], key: str) -> None:
        self._locks = locks
        self._key = key

    async def __aenter__(self) -> None:
        self._lock, users = self._locks.get(self._key) or (asyncio.Lock(), 0)
        self._locks[self._key] = (self._lock, users + 1)
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        lock, users = self._locks[self._key]
        if users == 1:
            del self._locks[self._key]
        else:
            self._locks[self._key] = (lock, users - 1)


class Locks:
    """Keyed locks of bounded life; with `neighbours` they hold against other processes too."""

    def __init__(self, neighbours: Neighbours | None = None) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}
        self._neighbours = neighbours

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the lock of `key`."""
        return self.here(key) if self._neighbours is None else self._everywhere(key)

    @asynccontextmanager
    async def _everywhere(self, key: str) -> AsyncIterator[None]:
        async with self.here(key), self.across(key):
            yield

    def here(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the lock of `key` against this process alone: for what no other one sees."""
        return _Here(self._locks, key)

    @asynccontextmanager
    async def across(self, key: str, *, is_patient: bool = True) -> AsyncIterator[bool]:
        """Hold the lock of `key` against other processes alone; False where one has it and we are not patient."""
        if self._neighbours is None:
            yield True
            return
        is_ours = await self._taken(key, is_patient)
        try:
            yield is_ours
        finally:
            if is_ours:
                self._neighbours.give_back(key)

    async def _taken(self, key: str, is_patient: bool) -> bool:
        assert self._neighbours is not None
        pauses = _pauses()
        while not await self._neighbours.take(key):
            if not is_patient:
                return False
            await asyncio.sleep(next(pauses))
        return True


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)
