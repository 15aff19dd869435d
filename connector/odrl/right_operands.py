"""The values that constraints compare with: which ones a row of the operand table allows, and what they amount to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connector.odrl.operands import Form, Operand
from connector.odrl.vocabulary import SET_OPERATORS

_BPNL: Final = re.compile(r"BPNL[0-9A-Z]{12}", re.ASCII)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_COUNT: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_FROM_AGREEMENT: Final = re.compile(r"contractAgreement\+[0-9]{1,9}[smhd]", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TEXT_LENGTH: Final = 2048
_COUNT_LIMIT: Final = 10**6
_SHOWN: Final = 120


def instant(value: object) -> datetime | None:
    """The UTC instant of `2026-01-31T12:00:00Z` or `...+01:00` (seconds, with zone), or None where it is none."""
    if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def count(value: object) -> int | None:
    """A number of days or months below a million: an integer (CX-0152 1.0.0) or its digits (1.2.0), else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < _COUNT_LIMIT else None
    return int(value) if isinstance(value, str) and _COUNT.fullmatch(value) else None


def span(value: object) -> timedelta | None:
    """The time after the agreement in `contractAgreement+30d` (s, m, h, d), or None where it is none."""
    if not (isinstance(value, str) and _FROM_AGREEMENT.fullmatch(value)):
        return None
    number, unit = int(value[len("contractAgreement+") : -1]), value[-1]
    return timedelta(seconds=number * _SECONDS[unit])


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _TEXT_LENGTH and value.isprintable() and value.strip() == value


def _is_bpnl(value: object) -> bool:
    return isinstance(value, str) and _BPNL.fullmatch(value) is not None


def _is_edc_instant(value: object) -> bool:
    return instant(value) is not None or (isinstance(value, str) and _FROM_AGREEMENT.fullmatch(value) is not None)


_FORMS: Final[dict[Form, tuple[Callable[[object], bool], str]]] = {
    "bpnl": (_is_bpnl, "a business partner number: BPNL and 12 capital letters or digits"),
    "text": (_is_text, f"printable text of 1 to {_TEXT_LENGTH} characters"),
    "purpose": (_is_text, f"a purpose of the profile or printable text of 1 to {_TEXT_LENGTH} characters"),
    "instant": (lambda value: instant(value) is not None, "a date and time with zone, like 2027-12-31T23:59:59Z"),
    "count": (lambda value: count(value) is not None, "a whole number of at most six digits"),
    "edc-instant": (_is_edc_instant, "a date and time with zone, or contractAgreement+<n>(s|m|h|d)"),
}


def wanted(row: Operand) -> str:
    """What one value of `row` must be, in words."""
    return "one of " + ", ".join(row.values) if row.form == "one-of" else _FORMS[row.form][1]


def unsuitable(row: Operand, operator: str, value: object) -> list[Any]:
    """Those values (shortened) that `row` does not allow; an empty list, or a list in place of one value, too."""
    if isinstance(value, tuple) != (operator in SET_OPERATORS) or value == ():
        return [list(value) if isinstance(value, tuple) else value]
    values = value if isinstance(value, tuple) else (value,)
    allowed = frozenset(row.values)
    fits = allowed.__contains__ if row.form == "one-of" else _FORMS[row.form][0]
    return [shown(each) for each in values if not fits(each)][:10]


def settled(row: Operand | None, value: object) -> object:
    """`value` in the one form that equal values share: counts as integers, instants in UTC, sets sorted."""
    if isinstance(value, tuple):
        return sorted(set(value), key=str)
    if row is not None and row.form == "count" and (number := count(value)) is not None:
        return number
    if row is not None and row.form == "instant" and (moment := instant(value)) is not None:
        return moment.replace(tzinfo=None).isoformat() + "Z"
    return value


def shown(value: object) -> Any:
    """`value` for a sentence or finding: text from outside is cut."""
    if isinstance(value, str) and len(value) > _SHOWN:
        return value[:_SHOWN] + "..."
    return value
