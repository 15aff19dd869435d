"""Everything that a store holds, as pieces of rows in one consistent look, and back into an empty database.

A piece is a JSON list of rows, cut where a row's key says so: rows that come or go between two looks change the pieces
around them only, and the others are the same bytes again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from connector.adapters.sql.schema import METADATA, STEPS, VERSION, migrate
from connector.notation.problems import Conflict, Invalid, Unavailable

Pieces = Iterator[bytes]
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(list[list[Any]]).decode
_PIECE: Final = 512 * 1024
"""Bytes after which a piece ends whatever its rows say."""
_CUT: Final = 64
"""One row in so many ends a piece."""


class Look:
    """What one consistent look sees; tables are asked in any order."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        found = connection.execute(sa.select(sa.func.max(VERSION.c.version))).scalar()
        self.schema = int(found or 0)

    def tables(self) -> list[str]:
        """Names of the tables that hold records."""
        return [table.name for table in METADATA.sorted_tables if table is not VERSION]

    def pieces(self, name: str) -> Pieces:
        """The rows of a table, ordered by their key."""
        table = METADATA.tables[name]
        key = list(table.primary_key.columns)
        places = [list(table.columns).index(column) for column in key]
        rows: list[list[Any]] = []
        size = 0
        result = self._connection.execution_options(stream_results=True).execute(sa.select(table).order_by(*key))
        for row in result:
            rows.append(list(row))
            size += sum(len(cell) if isinstance(cell, str) else 8 for cell in row)
            if size > _PIECE or zlib.crc32("\0".join(str(row[place]) for place in places).encode()) % _CUT == 0:
                yield _ENCODE(rows)
                rows, size = [], 0
        if rows:
            yield _ENCODE(rows)

    def last(self, name: str) -> dict[str, Any] | None:
        """The row with the highest key, None in an empty table."""
        table = METADATA.tables[name]
        key = [column.desc() for column in table.primary_key.columns]
        row = self._connection.execute(sa.select(table).order_by(*key).limit(1)).mappings().first()
        return dict(row) if row is not None else None


@contextmanager
def looking(url: str) -> Iterator[Look]:
    """A look at a database that others may write to meanwhile. Raises Unavailable, Conflict (`store/newer`)."""
    engine = _engine(url, read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            look = Look(connection)
            if look.schema != len(STEPS):
                raise Conflict(
                    "backup/schema",
                    f"the database has schema version {look.schema}, this program {len(STEPS)}: start the node once",
                )
            yield look
    except sa.exc.DBAPIError as error:
        raise Unavailable("store/unreachable", f"the database cannot be read: {error.orig}") from error
    finally:
        engine.dispose()


def restore(url: str, schema: int, tables: Iterable[tuple[str, Iterable[bytes]]], told: Callable[[int], None]) -> int:
    """Fill an empty database in one transaction; how many rows. Raises Conflict where it holds something."""
    if schema > len(STEPS):
        raise Conflict("store/newer", f"the backup has schema version {schema}, this program knows {len(STEPS)}")
    engine = _engine(url, read_only=False)
    count = 0
    try:
        with engine.begin() as connection:
            migrate(connection)
            _must_be_empty(connection)
            for name, pieces in tables:
                for piece in pieces:
                    count += _insert(connection, name, piece)
                    told(count)
    except sa.exc.DBAPIError as error:
        raise Unavailable("store/failed", f"the database cannot take the backup: {error.orig}") from error
    finally:
        engine.dispose()
    return count


def _insert(connection: sa.Connection, name: str, piece: bytes) -> int:
    table = METADATA.tables.get(name)
    try:
        rows = _DECODE(piece)
        if table is None or any(len(row) != len(table.columns) for row in rows):
            raise ValueError(f"{name} is no table of this program")
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid("backup/damaged", f"the rows of {name} cannot be read: {error}") from None
    names = [column.name for column in table.columns]
    connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
    return len(rows)


def _must_be_empty(connection: sa.Connection) -> None:
    for table in METADATA.sorted_tables:
        if table is not VERSION and connection.execute(sa.select(table).limit(1)).first() is not None:
            raise Conflict(
                "backup/not-empty", f"the database already holds records ({table.name}): restore into an empty one"
            )


def _engine(url: str, *, read_only: bool) -> sa.Engine:
    if not url.startswith("sqlite"):
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if read_only else {}
        return sa.create_engine(url, **options)
    path = Path(sa.make_url(url).database or "")
    if read_only and not path.is_file():
        raise Unavailable("store/unreachable", f"there is no database {path}")
    engine = sa.create_engine(url, connect_args={"isolation_level": None})

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("begin" if read_only else "begin immediate")

    return engine
