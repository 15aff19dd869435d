"""Reading records: the Reader port on a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from connector.adapters.sql import statements
from connector.adapters.sql.asking import Asking
from connector.adapters.sql.values import AUDIT_TABLE, is_storable, term_number, terms_of
from connector.audit.entries import Entry, read_entry
from connector.notation.exact_json import decoder, encode
from connector.notation.problems import Unknown
from connector.ports import Member, Where
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
            from connector.adapters.sql import searching

            found = searching.find(self._asking, collection.name, where or {}, order, descending, (limit, offset))
        return [from_body(collection, row[0]) for row in found]

    def one(self, collection: Collection[R], where: Where) -> R | None:
        """See ports.Reader.one."""
        return next(iter(self.find(collection, where, limit=1)), None)

    def count(self, collection: Collection[R], where: Where | None = None) -> int:
        """See ports.Reader.count."""
        if _is_plain(where):
            shape, values = statements.shape_of(where or {})
            return int(self._asking.rows(statements.count(collection.name, shape, self._asking.mark), values)[0][0])
        from connector.adapters.sql import searching

        return searching.count(self._asking, collection.name, where or {})

    def with_terms(self, collection: Collection[R], terms: Sequence[str], *, after: str = "", limit: int) -> list[str]:
        """See ports.Reader.with_terms: the rarest word leads, the others are looked up."""
        table, mark = terms_of(collection.name), self._asking.mark
        rarity = statements.rarity(table, mark)
        numbers = sorted(
            {term_number(term) for term in terms}, key=lambda number: int(self._asking.rows(rarity, (number,))[0][0])
        )
        text = statements.with_terms(table, len(numbers) - 1, mark)
        return [row[0] for row in self._asking.rows(text, (numbers[0], after, *numbers[1:], limit))]

    def audit_entries(self, *, after: int = 0, limit: int = 1000, subject: str | None = None) -> list[Entry]:
        """See ports.Reader.audit_entries."""
        if subject is not None and not is_storable(subject):
            return []
        text = statements.entries(AUDIT_TABLE, subject is not None, self._asking.mark)
        values: list[Any] = [after, limit] if subject is None else [after, subject, limit]
        return [read_entry(row[0]) for row in self._asking.rows(text, values)]


def _is_plain(where: Where | None, order: str | Member = "id") -> bool:
    """Whether only columns are asked for, none of what a body holds."""
    return not isinstance(order, Member) and not any(isinstance(name, Member) for name in where or ())
