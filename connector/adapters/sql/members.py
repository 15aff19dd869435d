"""Looking into the JSON bodies of records: the same questions in the words of SQLite and of PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from connector.adapters.sql.values import is_storable
from connector.ports import Like, Member, Present

Condition = sa.ColumnElement[bool]
_GLOB: Final[Mapping[str, str]] = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


class Members(Protocol):
    """Questions on one body column."""

    def __init__(self, body: sa.ColumnElement[Any]) -> None: ...

    def text(self, member: Member) -> sa.ColumnElement[Any]:
        """The member's value as what it is sorted by."""
        ...

    def condition(self, member: Member, wanted: Any) -> Condition:
        """Whether the member is as wanted; see ports.Member."""
        ...


class SqliteMembers:
    """`json_extract` and `json_type`."""

    def __init__(self, body: sa.ColumnElement[Any]) -> None:
        self._body = body

    def text(self, member: Member) -> sa.ColumnElement[Any]:
        """See Members.text."""
        return sa.func.coalesce(*(sa.func.json_extract(self._body, _path(path)) for path in _paths(member)), None)

    def condition(self, member: Member, wanted: Any) -> Condition:
        """See Members.condition."""
        return sa.or_(*(self._at(_path(path), wanted) for path in _paths(member)))

    def _at(self, path: str, wanted: Any) -> Condition:
        kind = sa.func.json_type(self._body, path)
        if isinstance(wanted, Present):
            return sa.and_(kind.is_not(None), kind != "null")
        value: sa.ColumnElement[Any] = sa.func.json_extract(self._body, path)
        if isinstance(wanted, Like):
            glob = "".join(_GLOB.get(letter, letter) for letter in wanted.pattern)
            return sa.and_(kind == "text", value.op("GLOB", is_comparison=True)(glob))
        return sa.and_(kind == "text", value.in_(_texts(wanted)))


class PostgresMembers:
    """`jsonb_extract_path`. NUL, which JSON can write and jsonb cannot hold, is looked at as U+FFFD."""

    def __init__(self, body: sa.ColumnElement[Any]) -> None:
        self._body = sa.cast(sa.func.replace(body, "\\u0000", "\\ufffd"), JSONB)

    def text(self, member: Member) -> sa.ColumnElement[Any]:
        """See Members.text."""
        values = [sa.func.jsonb_extract_path_text(self._body, *path) for path in _paths(member)]
        return sa.collate(sa.func.coalesce(*values), "C")

    def condition(self, member: Member, wanted: Any) -> Condition:
        """See Members.condition."""
        return sa.or_(*(self._at(path, wanted) for path in _paths(member)))

    def _at(self, path: tuple[str, ...], wanted: Any) -> Condition:
        kind = sa.func.jsonb_typeof(sa.func.jsonb_extract_path(self._body, *path))
        if isinstance(wanted, Present):
            return sa.and_(kind.is_not(None), kind != "null")
        value: sa.ColumnElement[str] = sa.func.jsonb_extract_path_text(self._body, *path, type_=sa.Text())
        if isinstance(wanted, Like):
            return sa.and_(kind == "string", value.like(wanted.pattern.replace("\\", "\\\\")))
        return sa.and_(kind == "string", value.in_(_texts(wanted)))


MEMBERS: Final[Mapping[str, type[Members]]] = {"sqlite": SqliteMembers, "postgresql": PostgresMembers}
"""By the dialect's name."""


def _paths(member: Member) -> list[tuple[str, ...]]:
    return [path for path in (member.path, member.other) if path]


def _path(names: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{name}"' for name in names)


def _texts(wanted: Any) -> list[str]:
    """The texts that are wanted; one that no database can hold is found nowhere."""
    return [text for text in (wanted if isinstance(wanted, tuple) else (wanted,)) if is_storable(text)]
