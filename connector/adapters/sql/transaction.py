"""Changing records: the Transaction port on a connection."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from connector.adapters.sql.rows import Rows, to_body
from connector.adapters.sql.schema import AUDIT, MAX_TEXT, TABLES, column_value, is_storable
from connector.audit.entries import GENESIS_HASH, Entry, as_dict, entry
from connector.notation.exact_json import encode
from connector.notation.problems import Conflict, Invalid
from connector.records import Collection, R


class SqlTransaction(Rows):
    """See ports.Transaction; `labels` holds what was marked."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        super().__init__(connection)
        self._now = now
        self.labels: list[str] = []

    @property
    def now(self) -> datetime:
        """See ports.Transaction.now."""
        return self._now

    def put(self, collection: Collection[R], record: R) -> None:
        """See ports.Transaction.put."""
        table, row = TABLES[collection.name], _row(collection, record)
        update = table.update().where(table.c.id == record.id).values(row)
        if self._within(collection, record, update, guarded=bool(collection.unique)).rowcount == 0:
            self.add(collection, record)

    def add(self, collection: Collection[R], record: R) -> None:
        """See ports.Transaction.add."""
        self._within(collection, record, TABLES[collection.name].insert().values(_row(collection, record)))

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
        return self._connection.execute(table.delete().where(table.c.id == record_id)).rowcount > 0

    def audit(self, event: str, subject: str, detail: Mapping[str, Any], *, actor: str = "node") -> Entry:
        """See ports.Transaction.audit."""
        _check("the subject of an audit entry", subject)
        last = self._connection.execute(
            sa.select(AUDIT.c.sequence, AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
        ).first()
        appended = entry(
            sequence=last.sequence + 1 if last else 1,
            previous_hash=last.hash if last else GENESIS_HASH,
            time=self._now,
            actor=actor,
            event=event,
            subject=subject,
            detail=dict(detail),
        )
        self._connection.execute(
            AUDIT.insert().values(
                sequence=appended.sequence,
                time=column_value(self._now),
                event=event,
                subject=subject,
                hash=appended.hash,
                body=encode(as_dict(appended)).decode(),
            )
        )
        return appended

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
