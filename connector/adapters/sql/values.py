"""What can stand in a column, and how: the rules that both databases share."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

MAX_TEXT: Final = 2048
"""Bytes that an id or an indexed text may have: what PostgreSQL's index takes on every page size."""
SCHEMA_VERSION: Final = 14
"""How many steps `schema.STEPS` has: a file of this version is opened without looking at its tables."""
AUDIT_TABLE: Final = "audit_entry"


def column_value(value: Any) -> Any:
    """How an indexed field stands in its column: times as fixed-width UTC text, so that they sort."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return value


def is_storable(value: Any) -> bool:
    """Whether an id or indexed value can stand in its column: what both databases take, nothing that only one does."""
    if isinstance(value, str):
        if value.isascii():
            return len(value) <= MAX_TEXT and "\0" not in value
        try:
            return "\0" not in value and len(value.encode()) <= MAX_TEXT
        except UnicodeEncodeError:
            return False
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def terms_of(collection: str) -> str:
    """The table of the words by which a collection's records are found."""
    return f"{collection}_term"


def term_number(term: str) -> int:
    """How a word stands in its table."""
    hashed = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(hashed, "big", signed=True)
