"""Statements as text to a database: SQLite's own connection, or a server's through SQLAlchemy.

SQLAlchemy makes the tables and puts rare questions into words. What is asked many times for each message is text that
was put together once: SQLite answers such a question in less time than it takes to build it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

PRAGMAS: Final = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "busy_timeout=5000",
    "cache_size=-65536",
)
_SQLITE: Final = sqlite.dialect()
_STATEMENTS: Final = 512
"""Prepared statements that a connection to SQLite keeps."""


class Asking(Protocol):
    """A connection within a transaction; `mark` stands for a value in its texts."""

    mark: str
    dialect: Any

    def rows(self, text: str, values: Sequence[Any] = ()) -> Sequence[Any]:
        """What a question finds."""
        ...

    def change(self, text: str, values: Sequence[Any] = ()) -> int:
        """How many rows a statement changed."""
        ...

    def many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """One statement for many rows."""
        ...

    def guarded(self) -> contextlib.AbstractContextManager[Any]:
        """Within, a statement may fail and the transaction goes on."""
        ...


class Lite:
    """SQLite; a statement that fails there undoes itself alone."""

    mark = "?"
    dialect = _SQLITE

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, text: str, values: Sequence[Any] = ()) -> Sequence[Any]:
        """See Asking.rows."""
        return self._connection.execute(text, values).fetchall()

    def change(self, text: str, values: Sequence[Any] = ()) -> int:
        """See Asking.change."""
        return self._connection.execute(text, values).rowcount

    def many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """See Asking.many."""
        self._connection.executemany(text, rows)

    def guarded(self) -> contextlib.AbstractContextManager[Any]:
        """See Asking.guarded."""
        return contextlib.nullcontext()


class Server:
    """PostgreSQL through SQLAlchemy's connection."""

    mark = "%s"

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    def rows(self, text: str, values: Sequence[Any] = ()) -> Sequence[Any]:
        """See Asking.rows."""
        return self._connection.exec_driver_sql(text, tuple(values)).all()

    def change(self, text: str, values: Sequence[Any] = ()) -> int:
        """See Asking.change."""
        return self._connection.exec_driver_sql(text, tuple(values)).rowcount

    def many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """See Asking.many."""
        self._connection.exec_driver_sql(text, [tuple(row) for row in rows])

    def guarded(self) -> contextlib.AbstractContextManager[Any]:
        """See Asking.guarded."""
        return self._connection.begin_nested()


def text_of(query: sa.Executable, asking: Asking) -> tuple[str, list[Any]]:
    """A statement that SQLAlchemy put together, as text with its values in their places."""
    compiled: Any = query.compile(dialect=asking.dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]


def connect(path: str) -> sqlite3.Connection:
    """A connection to a SQLite file whose transactions are begun and ended by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS)
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")
    return connection
