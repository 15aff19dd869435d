"""Work that goes on in the background: one task for each key, repeated with back-off until it is done.

Nothing here outlives a restart; whoever starts work keeps its state in the store and starts it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import structlog

from connector.notation.problems import Problem

_LOG = structlog.get_logger("workers")

Step = Callable[[], Awaitable[bool]]
"""One try: True when there is nothing left to do."""

FIRST_PAUSE = 0.05
GROWTH = 1.5
LONGEST_PAUSE = 30.0


class Workers:
    """The background work of a service. `longest` is the longest pause between two tries, in seconds."""

    def __init__(self, *, longest: float = LONGEST_PAUSE) -> None:
        self._longest = longest
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._nudges: dict[str, asyncio.Event] = {}
        self._is_stopped = False

    def start(self, key: str, step: Step) -> None:
        """Repeat `step` until it says that it is done; work under way for this key is hurried instead."""
        if self._is_stopped:
            return
        if key in self._tasks:
            self._nudges[key].set()
            return
        self._nudges[key] = asyncio.Event()
        task = asyncio.get_running_loop().create_task(self._repeat(key, step))
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._forget(key))

    def nudge(self, key: str) -> bool:
        """Try at once, and quickly for a while; False where no work is under way for this key."""
        nudge = self._nudges.get(key)
        if nudge is not None:
            nudge.set()
        return nudge is not None

    def nudge_all(self) -> None:
        """Nudge everything that is under way."""
        for nudge in self._nudges.values():
            nudge.set()

    async def stop(self) -> None:
        """Stop everything, and begin nothing any more."""
        self._is_stopped = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, key: str) -> None:
        self._tasks.pop(key, None)
        self._nudges.pop(key, None)

    async def _repeat(self, key: str, step: Step) -> None:
        nudge = self._nudges[key]
        pauses = _pauses(self._longest)
        while True:
            nudge.clear()
            if await _tried(key, step) and not nudge.is_set():
                return
            if await _waited(nudge, next(pauses)):
                pauses = _pauses(self._longest)


def _pauses(longest: float) -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield min(pause, longest)
        pause = min(pause * GROWTH, longest)


async def _tried(key: str, step: Step) -> bool:
    try:
        return await step()
    except Problem as problem:
        _LOG.warning("work is tried again", key=key, code=problem.code, reason=problem.detail)
    except Exception:
        _LOG.exception("work failed and is tried again", key=key)
    return False


async def _waited(nudge: asyncio.Event, pause: float) -> bool:
    """Wait; True where a nudge ended the waiting."""
    try:
        await asyncio.wait_for(nudge.wait(), pause)
    except TimeoutError:
        return False
    return True
