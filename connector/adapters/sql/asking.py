"""Statements as text to a database: SQLite's own connection, or a server's through SQLAlchemy (`server.py`).

SQLAlchemy makes the tables and puts rare questions into words. What is asked many times for each message is text that
was put together once: SQLite answers such a question in less time than it takes to build it. A node on SQLite that is
asked nothing rare never loads SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Any, Final, Protocol

PRAGMAS: Final = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "busy_timeout=5000",
    "cache_size=-65536",
)
_STATEMENTS: Final = 512
"""Prepared statements that a connection to SQLite keeps."""


class Asking(Protocol):
    """A connection within a transaction; `mark` stands for a value in its texts."""

    mark: str
    errors: tuple[type[Exception], ...]
    """What the database raises."""
    fatal: tuple[type[Exception], ...]
    """Those of them after which nothing of a transaction can be kept."""
    taken: tuple[type[Exception], ...]
    """An id or unique value is taken."""

    @property
    def dialect(self) -> Any:
        """SQLAlchemy's name for the words that the database understands."""
        ...

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
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    fatal: tuple[type[Exception], ...] = (sqlite3.OperationalError, sqlite3.InterfaceError)
    taken: tuple[type[Exception], ...] = (sqlite3.IntegrityError,)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Any:
        """See Asking.dialect."""
        from sqlalchemy.dialects import sqlite

        return sqlite.dialect()

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


def connect(path: str) -> sqlite3.Connection:
    """A connection to a SQLite file whose transactions are begun and ended by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS)
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")
    return connection
