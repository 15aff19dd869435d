"""Looking at a WIA record that may hold anything: objects, rows, numbers, times and dates, or nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Record = dict[str, Any]


def object_at(record: Any, *path: str) -> Record:
    """The object at `path`, an empty one where there is none."""
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record if isinstance(record, dict) else {}


def number(value: Any) -> Decimal | None:
    """A finite number, exact; None for anything else (a boolean is no number)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    found = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return found if found.is_finite() else None


def number_at(record: Any, *path: str) -> Decimal | None:
    """The number at `path`, None where there is none."""
    return number(object_at(record, *path[:-1]).get(path[-1]))


def text_at(record: Any, *path: str) -> str:
    """The text at `path`, empty where there is none."""
    value = object_at(record, *path[:-1]).get(path[-1])
    return value if isinstance(value, str) else ""


def rows(value: Any) -> list[tuple[int, Record]]:
    """The objects of a list with their places in it."""
    return [(at, row) for at, row in enumerate(value) if isinstance(row, dict)] if isinstance(value, list) else []


def events(record: Any) -> list[tuple[int, Record]]:
    """The life-cycle events with their places, as they stand."""
    return rows(object_at(record, "lifecycle").get("events"))


def moment(text: Any) -> datetime | None:
    """An aware time, in UTC; a time without zone and anything else is None."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError):
        return None


def day(text: Any) -> date | None:
    """A day, of a date or of a time with its zone."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        time = moment(text)
        return time.date() if time is not None else None


def is_filled(value: Any) -> bool:
    """Whether a member says anything: null, empty texts, lists and objects do not."""
    return value is not None and value not in ("", [], {})
