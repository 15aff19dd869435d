"""The store on SQLite's own connections, or on a server through SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from connector.adapters.sql.asking import Lite, connect
from connector.adapters.sql.batches import Batch, Job, Writer, failure
from connector.adapters.sql.rows import Rows
from connector.adapters.sql.values import SCHEMA_VERSION
from connector.adapters.sql.writing import InPlace
from connector.notation.problems import Conflict, Invalid, Unavailable
from connector.ports import Clock, Neighbours, Reader, Transaction
from connector.records.collection import Collection

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")

_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""A look at a server sees one state, however many questions it asks; SQLite's transactions are that by nature."""


class SqlStore:
    """A store at a SQLAlchemy URL. SQLite serves one process: a lock file beside the database says so.

    `on_commit` hears each mark of what was committed, an empty one where there is none.
    """

    def __init__(self, url: str, clock: Clock, *, on_commit: Callable[[str], None] | None = None) -> None:
        self._on_commit = on_commit
        self._url = url
        self._is_sqlite = url.startswith("sqlite")
        self._path = _path(url) if self._is_sqlite else ""
        self._lock = _lock_file(self._path) if self._is_sqlite else None
        self._idle: list[tuple[sqlite3.Connection, Rows]] = []
        self._closed = False
        self._changes: dict[str, int] = {}
        try:
            if not (self._is_sqlite and _is_current(self._path)):
                _migrate(self._engine, is_shared=self.is_shared)
            self._writer = self._open_writer(clock)
        except BaseException:
            self._let_go()
            raise

    @cached_property
    def _engine(self) -> sa.Engine:
        """SQLAlchemy's way to the database: a server's only one, SQLite's for its migrations."""
        from connector.adapters.sql.schema import lite_engine, server_engine

        return lite_engine(self._url) if self._is_sqlite else server_engine(self._url, pool_size=8, pool_pre_ping=True)

    @cached_property
    def _looks(self) -> sa.Engine:
        return self._engine.execution_options(**_SNAPSHOT)

    def _open_writer(self, clock: Clock) -> Writer:
        if self._is_sqlite:
            return InPlace(connect(self._path), clock, self._committed)
        from connector.adapters.sql.server import InThread

        return InThread(self._engine, clock, self._committed)

    @property
    def is_shared(self) -> bool:
        """See ports.Store.is_shared."""
        return not self._is_sqlite

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """See ports.Store.write. A caller that is cancelled while it waits does not undo what it asked for."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._writer.put(Job(change, done, loop))
        return await done

    async def read(self, look: Callable[[Reader], T]) -> T:
        """See ports.Store.read. SQLite answers in place (microseconds), a server in a thread."""
        return self._look(look) if self._is_sqlite else await asyncio.to_thread(self._ask, look)

    def _look(self, look: Callable[[Reader], T]) -> T:
        try:
            connection, rows = self._idle.pop() if self._idle else self._opened()
            connection.execute("begin")
            try:
                return look(rows)
            finally:
                connection.execute("commit")
                self._idle.append((connection, rows))
        except sqlite3.Error as error:
            raise failure(error) from error

    def _opened(self) -> tuple[sqlite3.Connection, Rows]:
        connection = connect(self._path)
        return connection, Rows(Lite(connection))

    def _ask(self, look: Callable[[Reader], T]) -> T:
        from connector.adapters.sql.server import Server

        try:
            with self._looks.connect() as connection:
                return look(Rows(Server(connection)))
        except Server.errors as error:
            raise failure(error) from error

    def changes(self, *collections: Collection[Any]) -> int | None:
        """See ports.Store.changes: SQLite has one writer, a server may have others."""
        return sum(self._changes.get(one.name, 0) for one in collections) if self._is_sqlite else None

    def close(self) -> None:
        """See ports.Store.close."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        self._let_go()

    def _let_go(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()
        if "_engine" in self.__dict__:
            self._engine.dispose()
        if self._lock is not None:
            self._lock.close()

    def _committed(self, batch: Batch) -> None:
        """Say what was marked, or nothing, to the fault hook: before anybody else hears of the commit."""
        if self._on_commit is not None:
            for label in batch.labels or [""]:
                self._on_commit(label)
        for name in batch.changed:
            self._changes[name] = self._changes.get(name, 0) + 1


def _said(error: BaseException | None) -> str:
    """What a driver's error says to a person: PostgreSQL's comes as a table of which one member is the sentence."""
    told = error.args[0] if error is not None and error.args else error
    return str(told.get("M", told)) if isinstance(told, dict) else str(told)


def neighbours_of(url: str) -> Neighbours | None:
    """The other processes on the same server; SQLite serves one, which loads nothing of it."""
    if url.startswith("sqlite"):
        return None
    from connector.adapters.sql.neighbours import PostgresNeighbours

    return PostgresNeighbours(url)


def _is_current(path: str) -> bool:
    """Whether the tables of a SQLite file are those of this program."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("select max(version) from schema_version").fetchone() == (SCHEMA_VERSION,))
    except sqlite3.Error:
        return False


def _migrate(engine: sa.Engine, *, is_shared: bool) -> None:
    import sqlalchemy as sa

    from connector.adapters.sql.schema import migrate

    try:
        with engine.begin() as connection:
            if is_shared:
                connection.execute(sa.text("select pg_advisory_xact_lock(727001)"))
            migrate(connection)
    except sa.exc.DBAPIError as error:
        raise Unavailable("store/unreachable", f"the database cannot be used: {error.orig}") from error


def _path(url: str) -> str:
    """The file of a SQLite store. Raises Invalid (`store/url`)."""
    path = url.partition(":///")[2].partition("?")[0]
    if not path or path == ":memory:":
        raise Invalid("store/url", "SQLite in memory keeps nothing: give a file, as sqlite:///ionport.sqlite")
    return path


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


def _lock_file(path: str) -> Any:
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
