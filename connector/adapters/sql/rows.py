"""Reading records: the Reader port on a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from connector.adapters.sql import statements
from connector.adapters.sql.asking import Asking, text_of
from connector.adapters.sql.members import MEMBERS, Members
from connector.adapters.sql.schema import AUDIT, TABLES, TERMS, column_value, is_storable, term_number
from connector.audit.entries import Entry, read_entry
from connector.notation.exact_json import decoder, encode
from connector.notation.problems import Unknown
from connector.ports import Above, Below, Member, Where
from connector.records.collection import Collection, R


def to_body(record: msgspec.Struct) -> str:
    """A record's JSON text."""
    return encode(record).decode()


def from_body(collection: Collection[R], body: str) -> R:
    """The record that `to_body` wrote; it was bounded when it came in, so that nothing is looked at again."""
    found: R = decoder(collection.type).decode(body)
    return found


class Rows:
    """See ports.Reader."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def get(self, collection: Collection[R], record_id: str) -> R | None:
        """See ports.Reader.get."""
        if not is_storable(record_id):
            return None
        found = self._asking.rows(statements.by_id(collection.name, self._asking.mark), (record_id,))
        return from_body(collection, found[0][0]) if found else None

    def need(self, collection: Collection[R], record_id: str) -> R:
        """See ports.Reader.need."""
        record = self.get(collection, record_id)
        if record is None:
            raise Unknown("store/unknown", f"there is no {collection.name.replace('_', ' ')} {record_id!r}")
        return record

    def find(
        self,
        collection: Collection[R],
        where: Where | None = None,
        *,
        order: str | Member = "id",
        descending: bool = False,
        limit: int = 1000,
        offset: int = 0,
    ) -> list[R]:
        """See ports.Reader.find."""
        if _is_plain(where, order):
            shape, values = statements.shape_of(where or {})
            text = statements.find(collection.name, shape, str(order), descending, self._asking.mark)
            found = self._asking.rows(text, (*values, limit, offset))
        else:
            table = TABLES[collection.name]
            query = sa.select(table.c.body).where(*self._conditions(table, where or {}))
            keys = self._keys(table, order)
            found = self._rows(query.order_by(*(_sorted(key, descending) for key in keys)).limit(limit).offset(offset))
        return [from_body(collection, row[0]) for row in found]

    def one(self, collection: Collection[R], where: Where) -> R | None:
        """See ports.Reader.one."""
        return next(iter(self.find(collection, where, limit=1)), None)

    def count(self, collection: Collection[R], where: Where | None = None) -> int:
        """See ports.Reader.count."""
        if _is_plain(where):
            shape, values = statements.shape_of(where or {})
            return int(self._asking.rows(statements.count(collection.name, shape, self._asking.mark), values)[0][0])
        table = TABLES[collection.name]
        query = sa.select(sa.func.count()).select_from(table).where(*self._conditions(table, where or {}))
        return int(self._rows(query)[0][0])

    def _rows(self, query: sa.Executable) -> Sequence[Any]:
        """What a rare question finds."""
        return self._asking.rows(*text_of(query, self._asking))

    def with_terms(self, collection: Collection[R], terms: Sequence[str], *, after: str = "", limit: int) -> list[str]:
        """See ports.Reader.with_terms: the rarest word leads, the others are looked up."""
        table = TERMS[collection.name]
        numbers = sorted({term_number(term) for term in terms}, key=lambda number: self._rarity(table, number))
        first, *others = [(table.alias(), number) for number in numbers]
        query = sa.select(first[0].c.id).where(first[0].c.term == first[1], first[0].c.id > after)
        for alias, number in others:
            query = query.where(
                sa.exists(sa.select(sa.literal(1)).where(alias.c.term == number, alias.c.id == first[0].c.id))
            )
        return [row[0] for row in self._rows(query.order_by(first[0].c.id).limit(limit))]

    def _rarity(self, table: sa.Table, number: int) -> int:
        """How many records have a word, counted to a thousand."""
        some = sa.select(sa.literal(1)).select_from(table).where(table.c.term == number).limit(1000).subquery()
        return int(self._rows(sa.select(sa.func.count()).select_from(some))[0][0])

    def _members(self, table: sa.Table) -> Members:
        return MEMBERS[self._asking.dialect.name](table.c.body)

    def _keys(self, table: sa.Table, order: str | Member) -> list[sa.ColumnElement[Any]]:
        if isinstance(order, Member):
            return [self._members(table).text(order), table.c.id]
        return [table.c[order]] if order == "id" else [table.c[order], table.c.id]

    def _conditions(self, table: sa.Table, where: Where) -> list[sa.ColumnElement[bool]]:
        return [
            self._members(table).condition(name, wanted)
            if isinstance(name, Member)
            else _condition(table.c[name], wanted)
            for name, wanted in where.items()
        ]

    def audit_entries(self, *, after: int = 0, limit: int = 1000, subject: str | None = None) -> list[Entry]:
        """See ports.Reader.audit_entries."""
        if subject is not None and not is_storable(subject):
            return []
        query = sa.select(AUDIT.c.body).where(AUDIT.c.sequence > after).order_by(AUDIT.c.sequence).limit(limit)
        if subject is not None:
            query = query.where(AUDIT.c.subject == subject)
        return [read_entry(row[0]) for row in self._rows(query)]


def _is_plain(where: Where | None, order: str | Member = "id") -> bool:
    """Whether only columns are asked for, none of what a body holds."""
    return not isinstance(order, Member) and not any(isinstance(name, Member) for name in where or ())


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
