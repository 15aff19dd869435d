"""The store on SQLite's own connections, or on a server through SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from connector.adapters.sql.asking import PRAGMAS, Lite, Server, connect
from connector.adapters.sql.batches import ERRORS, Batch, Job, Writer, failure
from connector.adapters.sql.rows import Rows
from connector.adapters.sql.schema import migrate, server_engine
from connector.adapters.sql.writing import InPlace, InThread
from connector.notation.problems import Conflict, Invalid, Unavailable
from connector.ports import Clock, Reader, Transaction
from connector.records.collection import Collection

T = TypeVar("T")

_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""A look at a server sees one state, however many questions it asks; SQLite's transactions are that by nature."""


class SqlStore:
    """A store at a SQLAlchemy URL. SQLite serves one process: a lock file beside the database says so.

    `on_commit` hears each mark of what was committed, an empty one where there is none.
    """

    def __init__(self, url: str, clock: Clock, *, on_commit: Callable[[str], None] | None = None) -> None:
        self._on_commit = on_commit
        self._lock = _lock_file(url)
        self._is_sqlite = url.startswith("sqlite")
        self._engine = _engine(url)
        self._path = sa.make_url(url).database or ""
        self._idle: list[tuple[sqlite3.Connection, Rows]] = []
        self._closed = False
        self._changes: dict[str, int] = {}
        try:
            self._migrate()
            self._writer: Writer = (
                InPlace(connect(self._path), clock, self._committed)
                if self._is_sqlite
                else InThread(self._engine, clock, self._committed)
            )
        except BaseException:
            self._let_go()
            raise
        self._looks = self._engine if self._is_sqlite else self._engine.execution_options(**_SNAPSHOT)

    def _migrate(self) -> None:
        try:
            with self._engine.begin() as connection:
                if not self._is_sqlite:
                    connection.execute(sa.text("select pg_advisory_xact_lock(727001)"))
                migrate(connection)
        except sa.exc.DBAPIError as error:
            raise Unavailable("store/unreachable", f"the database cannot be used: {_said(error.orig)}") from error

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
        except ERRORS as error:
            raise failure(error) from error

    def _opened(self) -> tuple[sqlite3.Connection, Rows]:
        connection = connect(self._path)
        return connection, Rows(Lite(connection))

    def _ask(self, look: Callable[[Reader], T]) -> T:
        try:
            with self._looks.connect() as connection:
                return look(Rows(Server(connection)))
        except ERRORS as error:
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


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return server_engine(url, pool_size=8, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"isolation_level": None}, poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("begin")

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
