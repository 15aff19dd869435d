"""The store on SQLAlchemy Core: one writer thread that gathers waiting transactions into one commit."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from connector.adapters.sql.rows import Rows
from connector.adapters.sql.schema import AUDIT, migrate, server_engine
from connector.adapters.sql.transaction import SqlTransaction
from connector.notation.problems import Conflict, Invalid, Unavailable
from connector.ports import Clock, Reader, Transaction
from connector.records.collection import Collection

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
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""A look at a server sees one state, however many questions it asks; SQLite's transactions are that by nature."""

_LOG = structlog.get_logger("store")


class SqlStore:
    """A store at a SQLAlchemy URL. SQLite serves one process: a lock file beside the database says so.

    `on_commit` hears each mark of what was committed, an empty one where there is none.
    """

    def __init__(self, url: str, clock: Clock, *, on_commit: Callable[[str], None] | None = None) -> None:
        self._clock = clock
        self._on_commit = on_commit
        self._lock = _lock_file(url)
        self._is_sqlite = url.startswith("sqlite")
        self._engine = _engine(url)
        try:
            self._migrate()
        except BaseException:
            self._let_go()
            raise
        self._looks = self._engine if self._is_sqlite else self._engine.execution_options(**_SNAPSHOT)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._changes: dict[str, int] = {}
        self._writer = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._writer.start()

    def _migrate(self) -> None:
        try:
            with self._engine.begin() as connection:
                if not self._is_sqlite:
                    connection.execute(sa.text("select pg_advisory_xact_lock(727001)"))
                migrate(connection)
        except sa.exc.DBAPIError as error:
            raise Unavailable("store/unreachable", f"the database cannot be used: {error.orig}") from error

    @property
    def is_shared(self) -> bool:
        """See ports.Store.is_shared."""
        return not self._is_sqlite

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """See ports.Store.write. A caller that is cancelled while it waits does not undo what it asked for."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        with self._door:
            if self._closed:
                raise Unavailable("store/closed", "the store is closed")
            self._jobs.put((change, done, loop))
        return await done

    async def read(self, look: Callable[[Reader], T]) -> T:
        """See ports.Store.read. SQLite answers in place (microseconds), a server in a thread."""
        return self._read(look) if self._is_sqlite else await asyncio.to_thread(self._read, look)

    def _read(self, look: Callable[[Reader], T]) -> T:
        try:
            with self._looks.connect() as connection:
                return look(Rows(connection))
        except sa.exc.DBAPIError as error:
            raise _failed(error) from error

    def changes(self, *collections: Collection[Any]) -> int | None:
        """See ports.Store.changes: SQLite has one writer, a server may have others."""
        return sum(self._changes.get(one.name, 0) for one in collections) if self._is_sqlite else None

    def close(self) -> None:
        """See ports.Store.close."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._writer.join()
        self._let_go()

    def _let_go(self) -> None:
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()

    def _write_loop(self) -> None:
        while (batch := self._next_batch()) is not None:
            self._commit(batch)

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

    def _commit(self, batch: list[_Job]) -> None:
        """Run every job in its own savepoint, commit once, then tell those who wait."""
        results: list[tuple[_Job, Any, BaseException | None]] = []
        labels: list[str] = []
        changed: set[str] = set()
        try:
            with self._engine.begin() as connection:
                if not self._is_sqlite:
                    connection.execute(sa.text(f"lock table {AUDIT.name} in exclusive mode"))
                for job in batch:
                    results.append((job, *self._run(connection, job[0], labels, changed)))
        except BaseException as error:
            results = [(job, None, _failed(error)) for job in batch]
        else:
            self._tell(labels)
        for name in changed:
            self._changes[name] = self._changes.get(name, 0) + 1
        for (_, done, loop), value, failure in results:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, done, value, failure)

    def _tell(self, labels: list[str]) -> None:
        """Say what was marked, or nothing, to the fault hook: before anybody else hears of the commit."""
        if self._on_commit is not None:
            for label in labels or [""]:
                self._on_commit(label)

    def _run(
        self, connection: sa.Connection, change: Callable[[Transaction], Any], labels: list[str], changed: set[str]
    ) -> tuple[Any, BaseException | None]:
        transaction = SqlTransaction(connection, self._clock.now())
        savepoint = connection.begin_nested()
        try:
            value = change(transaction)
            transaction.flush()
            savepoint.commit()
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise
        except BaseException as error:
            savepoint.rollback()
            return None, _failed(error) if isinstance(error, sa.exc.DBAPIError) else error
        labels.extend(transaction.labels)
        changed |= transaction.changed
        return value, None


def _failed(error: BaseException) -> Unavailable:
    """What those who wait are told when nothing could be kept: the disk is full, the server is away."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    _LOG.error("the store failed", cause=str(cause)[:500])
    failure = Unavailable("store/failed", "the store cannot keep or give anything now: try again")
    failure.__cause__ = error
    return failure


def _settle(done: asyncio.Future[Any], value: Any, failure: BaseException | None) -> None:
    if done.done():
        return
    if failure is not None:
        done.set_exception(failure)
    else:
        done.set_result(value)


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return server_engine(url, pool_size=8, pool_pre_ping=True)
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


def _close_to_others(path: str, lock: Any) -> None:
    """The file holds tokens and credentials: mode 0600, which SQLite gives to its journals too."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)
        os.close(descriptor)
        for journal in (f"{path}-wal", f"{path}-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(journal).chmod(0o600)
    except OSError as error:
        lock.close()
        raise Unavailable("store/unreachable", f"{path} cannot be used: {error.strerror}") from None


def _lock_file(url: str) -> Any:
    if not url.startswith("sqlite"):
        return None
    path = sa.make_url(url).database
    if not path or path == ":memory:":
        raise Invalid("store/url", "SQLite in memory keeps nothing: give a file, as sqlite:///ionport.sqlite")
    try:
        lock = Path(path + ".lock").open("w")  # noqa: SIM115 - held as long as the store
    except OSError as error:
        raise Unavailable("store/unreachable", f"{path}.lock cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Conflict(
            "store/locked", f"{path} is in use by another process; SQLite serves one: stop it, or use PostgreSQL"
        ) from None
    _close_to_others(path, lock)
    return lock
