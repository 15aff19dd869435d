"""Changing records: the Transaction port on a connection."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from connector.adapters.sql.rows import Rows, to_body
from connector.adapters.sql.schema import AUDIT, MAX_TEXT, TABLES, TERMS, column_value, is_storable, term_number
from connector.audit.entries import GENESIS_HASH, Entry, as_dict, entry
from connector.notation.exact_json import encode
from connector.notation.problems import Conflict, Invalid
from connector.records.collection import Collection, R


class SqlTransaction(Rows):
    """See ports.Transaction; `labels` holds what was marked, `changed` the collections that were written to."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        super().__init__(connection)
        self._now = now
        self.labels: list[str] = []
        self.changed: set[str] = set()
        self._entries: list[dict[str, Any]] = []
        self._head: tuple[int, str] | None = None

    @property
    def now(self) -> datetime:
        """See ports.Transaction.now."""
        return self._now

    def put(self, collection: Collection[R], record: R) -> None:
        """See ports.Transaction.put."""
        table, row = TABLES[collection.name], _row(collection, record)
        self._note(collection, record.id, record)
        update = table.update().where(table.c.id == record.id).values(row)
        if self._within(collection, record, update, guarded=bool(collection.unique)).rowcount == 0:
            self._within(collection, record, table.insert().values(row))

    def add(self, collection: Collection[R], record: R) -> None:
        """See ports.Transaction.add."""
        self._within(collection, record, TABLES[collection.name].insert().values(_row(collection, record)))
        self._note(collection, record.id, record, is_new=True)

    def _note(self, collection: Collection[R], record_id: str, record: R | None, *, is_new: bool = False) -> None:
        """Remember that the collection changes, and exchange the record's words for those of `record`."""
        self.changed.add(collection.name)
        if collection.terms is None:
            return
        table, old = TERMS[collection.name], None if is_new else self.get(collection, record_id)
        before = set() if old is None else {term_number(term) for term in collection.terms(old)}
        after = set() if record is None else {term_number(term) for term in collection.terms(record)}
        if before - after:
            gone = table.c.term.in_(before - after)
            self._connection.execute(table.delete().where(table.c.id == record_id, gone))
        if after - before:
            self._connection.execute(table.insert(), [{"term": term, "id": record_id} for term in after - before])

    def _within(
        self, collection: Collection[R], record: R, statement: sa.Executable, *, guarded: bool = True
    ) -> sa.CursorResult[Any]:
        """Run `statement` in a savepoint of its own where it can meet a value that is taken."""
        try:
            with self._connection.begin_nested() if guarded else contextlib.nullcontext():
                return self._connection.execute(statement)
        except IntegrityError:
            name = collection.name.replace("_", " ")
            raise Conflict(
                "store/exists", f"there is a {name} {record.id!r} (or with its unique fields) already"
            ) from None

    def remove(self, collection: Collection[R], record_id: str) -> bool:
        """See ports.Transaction.remove."""
        if not is_storable(record_id):
            return False
        table = TABLES[collection.name]
        self._note(collection, record_id, None)
        return self._connection.execute(table.delete().where(table.c.id == record_id)).rowcount > 0

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
        self._entries.append(
            {
                "sequence": appended.sequence,
                "time": column_value(self._now),
                "event": event,
                "subject": subject,
                "hash": appended.hash,
                "body": encode(as_dict(appended)).decode(),
            }
        )
        self._head = (appended.sequence, appended.hash)
        return appended

    def _last(self) -> tuple[int, str]:
        """Sequence and hash of the entry that the next one follows."""
        query = sa.select(AUDIT.c.sequence, AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
        last = self._connection.execute(query).first()
        return (last.sequence, last.hash) if last else (0, GENESIS_HASH)

    def flush(self) -> None:
        """Write the audit entries of this transaction, all at once."""
        if self._entries:
            self._connection.execute(AUDIT.insert(), self._entries)
            self._entries = []

    def audit_entries(self, *, after: int = 0, limit: int = 1000, subject: str | None = None) -> list[Entry]:
        """See ports.Reader.audit_entries; those of this transaction too."""
        self.flush()
        return super().audit_entries(after=after, limit=limit, subject=subject)

    def mark(self, label: str) -> None:
        """See ports.Transaction.mark."""
        self.labels.append(label)


def _row(collection: Collection[R], record: R) -> dict[str, Any]:
    """The row of a record. Raises Invalid (`store/text`, `store/value`) for what no database here can hold."""
    kind = collection.name.replace("_", " ")
    for name in ("id", *collection.index):
        _check(f"{name} of the {kind}", getattr(record, name))
    try:
        body = to_body(record)
    except UnicodeEncodeError:
        raise Invalid("store/text", f"the {kind} holds text that is not Unicode (half of a surrogate pair)") from None
    row = {name: column_value(getattr(record, name)) for name in collection.index}
    return {"id": record.id, "body": body, **row}


def _check(what: str, value: Any) -> None:
    if isinstance(value, str) and not is_storable(value):
        raise Invalid("store/text", f"{what} may have {MAX_TEXT} bytes of Unicode text, without NUL")
    if not is_storable(value):
        raise Invalid("store/value", f"{what} must be a whole number of 64 bits")
