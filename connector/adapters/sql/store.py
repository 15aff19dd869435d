"""The store on SQLAlchemy Core: one writer thread that gathers waiting transactions into one commit."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from connector.adapters.sql.rows import Rows
from connector.adapters.sql.schema import AUDIT, migrate
from connector.adapters.sql.transaction import SqlTransaction
from connector.notation.problems import Conflict, Unavailable
from connector.ports import Clock, Reader, Transaction

T = TypeVar("T")
_Job = tuple[Callable[[Transaction], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]

_PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "busy_timeout=5000",
    "cache_size=-65536",
)
_BATCH = 256


class SqlStore:
    """A store at a SQLAlchemy URL. SQLite serves one process: a lock file beside the database says so."""

    def __init__(self, url: str, clock: Clock, *, on_commit: Callable[[str], None] | None = None) -> None:
        self._clock = clock
        self._on_commit = on_commit
        self._lock = _lock_file(url)
        self._is_sqlite = url.startswith("sqlite")
        self._engine = _engine(url)
        with self._engine.begin() as connection:
            if not self._is_sqlite:
                connection.execute(sa.text("select pg_advisory_xact_lock(727001)"))
            migrate(connection)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._writer = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._writer.start()

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """See ports.Store.write."""
        if self._closed:
            raise Unavailable("store/closed", "the store is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put((change, done, loop))
        return await done

    async def read(self, look: Callable[[Reader], T]) -> T:
        """See ports.Store.read. SQLite answers in place (microseconds), a server in a thread."""
        return self._read(look) if self._is_sqlite else await asyncio.to_thread(self._read, look)

    def _read(self, look: Callable[[Reader], T]) -> T:
        with self._engine.connect() as connection:
            return look(Rows(connection))

    def close(self) -> None:
        """See ports.Store.close."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._writer.join()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()

    def _write_loop(self) -> None:
        with self._engine.connect() as connection:
            while (batch := self._next_batch()) is not None:
                self._commit(connection, batch)

    def _next_batch(self) -> list[_Job] | None:
        first = self._jobs.get()
        if first is None:
            return None
        batch = [first]
        with contextlib.suppress(queue.Empty):
            while len(batch) < _BATCH:
                job = self._jobs.get_nowait()
                if job is None:
                    self._jobs.put(None)
                    break
                batch.append(job)
        return batch

    def _commit(self, connection: sa.Connection, batch: list[_Job]) -> None:
        """Run every job in its own savepoint, commit once, then tell those who wait."""
        results: list[tuple[_Job, Any, BaseException | None]] = []
        labels: list[str] = []
        try:
            with connection.begin():
                if not self._is_sqlite:
                    connection.execute(sa.text(f"lock table {AUDIT.name} in exclusive mode"))
                for job in batch:
                    results.append((job, *self._run(connection, job[0], labels)))
        except Exception as error:
            results = [(job, None, error) for job in batch]
            labels = []
        if self._on_commit is not None:
            for label in labels:
                self._on_commit(label)
        for (_, done, loop), value, failure in results:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, done, value, failure)

    def _run(
        self, connection: sa.Connection, change: Callable[[Transaction], Any], labels: list[str]
    ) -> tuple[Any, BaseException | None]:
        transaction = SqlTransaction(connection, self._clock.now())
        savepoint = connection.begin_nested()
        try:
            value = change(transaction)
            savepoint.commit()
        except Exception as error:
            savepoint.rollback()
            return None, error
        labels.extend(transaction.labels)
        return value, None


def _settle(done: asyncio.Future[Any], value: Any, failure: BaseException | None) -> None:
    if done.done():
        return
    if failure is not None:
        done.set_exception(failure)
    else:
        done.set_result(value)


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=8)
    engine = sa.create_engine(url, connect_args={"check_same_thread": False, "isolation_level": None})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        is_writer = threading.current_thread().name == "store-writer"
        connection.exec_driver_sql("begin immediate" if is_writer else "begin")

    return engine


def _lock_file(url: str) -> Any:
    path = sa.make_url(url).database if url.startswith("sqlite") else None
    if not path or path == ":memory:":
        return None
    lock = Path(path + ".lock").open("w")  # noqa: SIM115 - held as long as the store
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Conflict(
            "store/locked", f"{path} is in use by another process; SQLite serves one: stop it, or use PostgreSQL"
        ) from None
    return lock
