"""Searches that look into the bodies of records: rare, and put into words by SQLAlchemy for either database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from connector.adapters.sql.asking import Asking
from connector.adapters.sql.members import MEMBERS, Members
from connector.adapters.sql.schema import TABLES
from connector.adapters.sql.values import column_value, is_storable
from connector.ports import Above, Below, Member, Where


def find(
    asking: Asking, name: str, where: Where, order: str | Member, descending: bool, window: tuple[int, int]
) -> Sequence[Any]:
    """Bodies of a collection's records; `window` is limit and offset."""
    table, (limit, offset) = TABLES[name], window
    query = sa.select(table.c.body).where(*_conditions(asking, table, where))
    keys = (_sorted(key, descending) for key in _keys(asking, table, order))
    return asking.rows(*_text(query.order_by(*keys).limit(limit).offset(offset), asking))


def count(asking: Asking, name: str, where: Where) -> int:
    """How many records `find` would give without a window."""
    table = TABLES[name]
    query = sa.select(sa.func.count()).select_from(table).where(*_conditions(asking, table, where))
    return int(asking.rows(*_text(query, asking))[0][0])


def _members(asking: Asking, table: sa.Table) -> Members:
    return MEMBERS[asking.dialect.name](table.c.body)


def _keys(asking: Asking, table: sa.Table, order: str | Member) -> list[sa.ColumnElement[Any]]:
    if isinstance(order, Member):
        return [_members(asking, table).text(order), table.c.id]
    return [table.c[order]] if order == "id" else [table.c[order], table.c.id]


def _conditions(asking: Asking, table: sa.Table, where: Where) -> list[sa.ColumnElement[bool]]:
    return [
        _members(asking, table).condition(name, wanted)
        if isinstance(name, Member)
        else _condition(table.c[name], wanted)
        for name, wanted in where.items()
    ]


def _sorted(key: sa.ColumnElement[Any], descending: bool) -> sa.ColumnElement[Any]:
    """What is not there comes first, or last where the order is turned round, in both databases."""
    return key.desc().nulls_last() if descending else key.asc().nulls_first()


def _condition(column: sa.Column[Any], wanted: Any) -> sa.ColumnElement[bool]:
    """A value that no column can hold is found nowhere."""
    if isinstance(wanted, tuple):
        return column.in_([column_value(value) for value in wanted if is_storable(value)])
    bound = wanted.value if isinstance(wanted, Above | Below) else wanted
    if not is_storable(bound):
        return sa.false()
    compare = {Above: column.__gt__, Below: column.__lt__}.get(type(wanted), column.__eq__)
    found: sa.ColumnElement[bool] = compare(column_value(bound))
    return found


def _text(query: sa.Executable, asking: Asking) -> tuple[str, list[Any]]:
    """A statement that SQLAlchemy put together, as text with its values in their places."""
    compiled: Any = query.compile(dialect=asking.dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]
