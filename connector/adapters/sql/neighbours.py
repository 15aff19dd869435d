"""Processes on one PostgreSQL: advisory locks, LISTEN and NOTIFY, on one connection that lives as long as its process.

The server frees the locks of a connection when it ends, however it ends: nothing expires, no clocks are compared. Each
process holds one lock that says that it is there; the list of these is looked at twice a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import queue
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import structlog

from connector.adapters.sql.schema import server_engine

CHANNEL: Final = "ionport"
PRESENCE: Final = 727002
"""First half of the key of the locks that say who is there."""
LOOK_EVERY: Final = 0.5
"""Seconds between two looks at who is there."""
LONGEST: Final = 7000
"""Letters that a word to the others may have; the driver reads ASCII, so that all others are escaped."""
_AGAIN: Final = 0.2
_BATCH: Final = 100
_ALIVE: Final = (
    "select objid from pg_locks where locktype = 'advisory' and granted and objsubid = 2"
    f" and classid = {PRESENCE} and database = (select oid from pg_database where datname = current_database())"
)
_LOG = structlog.get_logger("neighbours")


@dataclass(slots=True)
class _Order:
    """One function to be called on the connection; `done` waits for what it gives."""

    function: str
    arguments: tuple[Any, ...]
    done: Callable[[Any], None] | None = None


class PostgresNeighbours:
    """See ports.Neighbours; `url` is the store's."""

    def __init__(self, url: str) -> None:
        self._engine = server_engine(url, poolclass=sa.NullPool)
        self._number = int.from_bytes(os.urandom(4)) >> 1
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._held: set[str] = set()
        self._alive: set[int] = set()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._is_stopped = False
        self._thread = threading.Thread(target=self._live, name="neighbours", daemon=True)

    async def start(self, told: Callable[[str], None], lost: Callable[[], None]) -> None:
        """See ports.Neighbours.start."""
        self._loop = asyncio.get_running_loop()
        self._told, self._lost = told, lost
        self._thread.start()
        await self._asked("pg_backend_pid")

    async def take(self, key: str) -> bool:
        """See ports.Neighbours.take."""
        try:
            is_ours = bool(await self._asked("pg_try_advisory_lock", _number(key)))
        except asyncio.CancelledError:
            self._order(_Order("pg_advisory_unlock", (_number(key),)))
            raise
        if is_ours:
            self._held.add(key)
        return is_ours

    def give_back(self, key: str) -> None:
        """See ports.Neighbours.give_back."""
        self._held.discard(key)
        self._order(_Order("pg_advisory_unlock", (_number(key),)))

    def tell(self, text: str) -> None:
        """See ports.Neighbours.tell."""
        plain = text.encode("unicode_escape").decode("ascii")
        if len(plain) <= LONGEST:
            self._order(_Order("pg_notify", (CHANNEL, f"{self._number} {plain}")))

    async def stop(self) -> None:
        """See ports.Neighbours.stop."""
        if self._is_stopped:
            return
        self._is_stopped = True
        os.eventfd_write(self._wake, 1)
        await asyncio.to_thread(self._thread.join)
        os.close(self._wake)
        self._engine.dispose()

    async def _asked(self, function: str, *arguments: Any) -> Any:
        answer: asyncio.Future[Any] = self._loop.create_future()

        def settle(value: Any) -> None:
            if not answer.done():
                answer.set_result(value)

        self._order(_Order(function, arguments, lambda value: self._call(settle, value)))
        return await answer

    def _order(self, order: _Order) -> None:
        if not self._is_stopped:
            self._orders.put(order)
            os.eventfd_write(self._wake, 1)

    # --- in the thread

    def _live(self) -> None:
        while not self._is_stopped:
            try:
                with self._connected() as connection:
                    self._serve(connection)
            except Exception as error:
                _LOG.warning("the connection to the neighbours broke and is made again", cause=str(error)[:300])
                time.sleep(_AGAIN)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        try:
            yield connection
        finally:
            with contextlib.suppress(Exception):
                connection.close()

    def _serve(self, connection: Any) -> None:
        connection.autocommit = True
        connection.notifications = deque()
        connection.run(f"listen {CHANNEL}")
        self._claim(connection)
        looked = 0.0
        while not self._is_stopped:
            for batch in self._batches():
                _perform(connection, batch)
            if time.monotonic() - looked >= LOOK_EVERY:
                self._look(connection)
                looked = time.monotonic()
            elif self._is_readable(connection, looked):
                connection.run("select 1")
            self._pass_on(connection)

    def _claim(self, connection: Any) -> None:
        """Say that we are here; after a break, what was held is ours again, where nobody took it meanwhile."""
        keys = [_number(key) for key in list(self._held)]
        _perform(connection, [_Order("pg_advisory_lock", (PRESENCE, self._number))])
        for start in range(0, len(keys), _BATCH):
            _perform(connection, [_Order("pg_try_advisory_lock", (key,)) for key in keys[start : start + _BATCH]])

    def _batches(self) -> Iterator[list[_Order]]:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        while True:
            batch: list[_Order] = []
            with contextlib.suppress(queue.Empty):
                while len(batch) < _BATCH:
                    batch.append(self._orders.get_nowait())
            if not batch:
                return
            yield batch

    def _is_readable(self, connection: Any, looked: float) -> bool:
        """Wait for an order, a word of another, or the time of the next look."""
        left = max(0.0, looked + LOOK_EVERY - time.monotonic())
        ready, _, _ = select.select([connection._usock, self._wake], [], [], left)
        return connection._usock in ready

    def _look(self, connection: Any) -> None:
        alive = {int(row[0]) for row in connection.run(_ALIVE)}
        if self._alive - alive - {self._number}:
            self._call(self._lost)
        self._alive = alive

    def _pass_on(self, connection: Any) -> None:
        while connection.notifications:
            _, _, payload = connection.notifications.popleft()
            sender, _, text = payload.partition(" ")
            if sender != str(self._number):
                self._call(self._told, text.encode("ascii").decode("unicode_escape"))

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)


def _perform(connection: Any, batch: list[_Order]) -> None:
    """Call the functions in their order, in one round trip; each answer goes to who waits for it."""
    calls: list[str] = []
    arguments: dict[str, Any] = {}
    for place, order in enumerate(batch):
        names = [f"a{place}_{number}" for number in range(len(order.arguments))]
        calls.append(f"{order.function}({', '.join(f':{name}' for name in names)})")
        arguments |= dict(zip(names, order.arguments, strict=True))
    [row] = connection.run(f"select {', '.join(calls)}", **arguments)
    for order, value in zip(batch, row, strict=True):
        if order.done is not None:
            order.done(value)


def _number(key: str) -> int:
    """The lock's number: 64 bits of the key's hash."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], signed=True)
