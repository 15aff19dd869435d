"""What a clearing house keeps of others' logs, and how far this node has told its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.records.collection import Collection, Record


class ClearedEntry(Record, kw_only=True):
    """An entry of a participant's audit log; `id` is `<log> <sequence>`, `jws` what the participant signed it in."""

    log: str
    sequence: int
    agreement_id: str
    entry: dict[str, Any]
    jws: str
    received_at: datetime


class ClearingCursor(Record, kw_only=True):
    """How far our log was told to a clearing house; `id` is its DID."""

    sequence: int


CLEARED_ENTRIES = Collection("cleared_entry", ClearedEntry, index=("agreement_id", "log", "received_at"))
CLEARING_CURSORS = Collection("clearing_cursor", ClearingCursor)
