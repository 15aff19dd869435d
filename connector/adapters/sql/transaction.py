"""Changing records: the Transaction port on a connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from connector.adapters.sql import statements
from connector.adapters.sql.asking import Asking
from connector.adapters.sql.rows import Rows, to_body
from connector.adapters.sql.values import AUDIT_TABLE, MAX_TEXT, column_value, is_storable, term_number, terms_of
from connector.audit.entries import GENESIS_HASH, Entry, as_dict, entry
from connector.notation.exact_json import encode
from connector.notation.problems import Conflict, Invalid
from connector.records.collection import Collection, R

_ENTRY: Final = ("sequence", "time", "event", "subject", "hash", "body")
_LAST: Final = f'select sequence, hash from "{AUDIT_TABLE}" order by sequence desc limit 1'


class SqlTransaction(Rows):
    """See ports.Transaction; `labels` holds what was marked, `changed` the collections that were written to."""

    def __init__(self, asking: Asking, now: datetime) -> None:
        super().__init__(asking)
        self._now = now
        self.labels: list[str] = []
        self.changed: set[str] = set()
        self._entries: list[tuple[Any, ...]] = []
        self._head: tuple[int, str] | None = None

    @property
    def now(self) -> datetime:
        """See ports.Transaction.now."""
        return self._now

    def put(self, collection: Collection[R], record: R) -> None:
        """See ports.Transaction.put."""
        columns, values = _row(collection, record)
        self._note(collection, record.id, record)
        text = statements.put(collection.name, columns, self._asking.mark)
        if collection.unique:
            self._within(collection, record, text, values)
        else:
            self._asking.change(text, values)

    def add(self, collection: Collection[R], record: R) -> None:
        """See ports.Transaction.add."""
        columns, values = _row(collection, record)
        self._within(collection, record, statements.insert(collection.name, columns, self._asking.mark), values)
        self._note(collection, record.id, record, is_new=True)

    def _note(self, collection: Collection[R], record_id: str, record: R | None, *, is_new: bool = False) -> None:
        """Remember that the collection changes, and exchange the record's words for those of `record`."""
        self.changed.add(collection.name)
        if collection.terms is None:
            return
        table, old = terms_of(collection.name), None if is_new else self.get(collection, record_id)
        before = set() if old is None else {term_number(term) for term in collection.terms(old)}
        after = set() if record is None else {term_number(term) for term in collection.terms(record)}
        if before - after:
            gone = sorted(before - after)
            self._asking.change(statements.without_terms(table, len(gone), self._asking.mark), (record_id, *gone))
        if after - before:
            text = statements.insert(table, ("term", "id"), self._asking.mark)
            self._asking.many(text, [(term, record_id) for term in after - before])

    def _within(self, collection: Collection[R], record: R, text: str, values: list[Any]) -> None:
        """Run a statement that can meet a value that is taken. Raises Conflict, and the transaction goes on."""
        try:
            with self._asking.guarded():
                self._asking.change(text, values)
        except self._asking.taken:
            name = collection.name.replace("_", " ")
            raise Conflict(
                "store/exists", f"there is a {name} {record.id!r} (or with its unique fields) already"
            ) from None

    def remove(self, collection: Collection[R], record_id: str) -> bool:
        """See ports.Transaction.remove."""
        if not is_storable(record_id):
            return False
        self._note(collection, record_id, None)
        return self._asking.change(statements.remove(collection.name, self._asking.mark), (record_id,)) > 0

    def audit(self, event: str, subject: str, detail: Mapping[str, Any], *, actor: str = "node") -> Entry:
        """See ports.Transaction.audit."""
        _check("the subject of an audit entry", subject)
        sequence, previous = self._head or self._last()
        appended = entry(
            sequence=sequence + 1,
            previous_hash=previous,
            time=self._now,
            actor=actor,
            event=event,
            subject=subject,
            detail=dict(detail),
        )
        body = encode(as_dict(appended)).decode()
        time = column_value(self._now)
        self._entries.append((appended.sequence, time, event, subject, appended.hash, body))
        self._head = (appended.sequence, appended.hash)
        return appended

    def _last(self) -> tuple[int, str]:
        """Sequence and hash of the entry that the next one follows."""
        found = self._asking.rows(_LAST)
        return (found[0][0], found[0][1]) if found else (0, GENESIS_HASH)

    def flush(self) -> None:
        """Write the audit entries of this transaction, all at once."""
        if self._entries:
            self._asking.many(statements.insert(AUDIT_TABLE, _ENTRY, self._asking.mark), self._entries)
            self._entries = []

    def audit_entries(self, *, after: int = 0, limit: int = 1000, subject: str | None = None) -> list[Entry]:
        """See ports.Reader.audit_entries; those of this transaction too."""
        self.flush()
        return super().audit_entries(after=after, limit=limit, subject=subject)

    def mark(self, label: str) -> None:
        """See ports.Transaction.mark."""
        self.labels.append(label)


def _row(collection: Collection[R], record: R) -> tuple[tuple[str, ...], list[Any]]:
    """Columns and values of a record. Raises Invalid (`store/text`, `store/value`) for what no database can hold."""
    columns, names = _shape(collection.name, collection.index)
    values = [getattr(record, name) for name in names]
    if not all(map(is_storable, values)):
        for name, value in zip(names, values, strict=True):
            _check(f"{name} of the {collection.name.replace('_', ' ')}", value)
    try:
        values.insert(1, to_body(record))
    except UnicodeEncodeError:
        kind = collection.name.replace("_", " ")
        raise Invalid("store/text", f"the {kind} holds text that is not Unicode (half of a surrogate pair)") from None
    return columns, [value if type(value) is str else column_value(value) for value in values]


@lru_cache(maxsize=256)
def _shape(_: str, index: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of a collection, and the members that stand in all but its body."""
    return ("id", "body", *index), ("id", *index)


def _check(what: str, value: Any) -> None:
    if isinstance(value, str) and not is_storable(value):
        raise Invalid("store/text", f"{what} may have {MAX_TEXT} bytes of Unicode text, without NUL")
    if not is_storable(value):
        raise Invalid("store/value", f"{what} must be a whole number of 64 bits")
