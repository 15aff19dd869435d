"""Several processes of one node on one store: what happens in one is told to the others, who take over when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import structlog

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Problem
from connector.ports import Neighbours, Store
from connector.records.collection import Collection
from connector.records.exchange import NEGOTIATIONS, TRANSFERS
from connector.services.events import Event, Events

_LOG = structlog.get_logger("together")

_RECORDS: Final[Mapping[str, Collection[Any]]] = {"negotiation": NEGOTIATIONS, "transfer": TRANSFERS}
"""By the noun of an event: the records that those who listen need with it."""


class Together:
    """Joins this process with its neighbours; `resume` takes up what one of them left, and is free of effect else."""

    def __init__(
        self, neighbours: Neighbours, *, store: Store, events: Events, resume: Sequence[Callable[[], Awaitable[None]]]
    ) -> None:
        self._neighbours = neighbours
        self._store = store
        self._events = events
        self._resume = resume
        self._tasks: set[asyncio.Task[None]] = set()
        events.tap(self._tell)

    async def start(self) -> None:
        """Begin to listen."""
        await self._neighbours.start(self._told, self._lost)

    async def stop(self) -> None:
        """Leave; the others take over at once."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._neighbours.stop()

    def _tell(self, event: Event) -> None:
        if not event.is_elsewhere:
            self._neighbours.tell(encode([event.name, event.subject]).decode())

    def _told(self, text: str) -> None:
        name, subject = decode(text)
        self._run(self._pass_on(name, subject))

    async def _pass_on(self, name: str, subject: str) -> None:
        collection = _RECORDS.get(name.partition(".")[0])
        record = None
        if collection is not None:
            record = await self._store.read(lambda reader: reader.get(collection, subject))
        self._events.publish_elsewhere(name, subject, record)

    def _lost(self) -> None:
        _LOG.info("a neighbour is gone: what it left is taken up")
        self._run(self._take_over())

    async def _take_over(self) -> None:
        self._events.wake_all()
        for resume in self._resume:
            try:
                await resume()
            except Problem as problem:
                _LOG.warning("not all could be taken up", code=problem.code, reason=problem.detail)

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
