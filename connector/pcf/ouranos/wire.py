"""What a member of an Ouranos model may hold: lengths, patterns, five decimals, units."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connector.pcf import amounts
from connector.pcf.units import OURANOS_UNITS

UNITS: tuple[str, ...] = tuple(OURANOS_UNITS.values())
LARGEST = Decimal("99999.99999")
DECIMALS = 5
TOO_MANY_DECIMALS = "must be a value up to the 5th decimal place"

OPEN_PLANT_ID = re.compile(r"(?s:.{0,20})[0-9]{6}", re.ASCII)
_HEX = "[0-9a-fA-F]"
_UUID = re.compile(rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def _same(value: Any) -> Any:
    return value


def _never(value: Any) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """`complain` says what is wrong with a value that is not null; `model` is the struct of a nested object or list."""

    complain: Callable[[Any], str | None] = _never
    load: Callable[[Any], Any] = _same
    nullable: bool = False
    required: bool = True
    model: Any = None
    longest: int | None = None


def text(shortest: int, longest: int, *, nullable: bool = False, required: bool = True) -> Rule:
    """A string with a length between the two."""

    def complain(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be a text"
        return None if shortest <= len(value) <= longest else f"must have {shortest} to {longest} characters"

    return Rule(complain, nullable=nullable, required=required)


def pattern(expression: re.Pattern[str], what: str) -> Rule:
    """A string that matches `expression` from end to end."""

    def complain(value: Any) -> str | None:
        return None if isinstance(value, str) and expression.fullmatch(value) else f"must be {what}"

    return Rule(complain)


def choice(*values: str, nullable: bool = False, required: bool = True) -> Rule:
    """One of `values`."""

    def complain(value: Any) -> str | None:
        return None if isinstance(value, str) and value in values else f"must be one of {', '.join(values)}"

    return Rule(complain, nullable=nullable, required=required)


def uuid(*, nullable: bool = False) -> Rule:
    """A UUID; kept in lower case, so that two spellings are one."""

    def complain(value: Any) -> str | None:
        return None if isinstance(value, str) and _UUID.fullmatch(value) else "must be a UUID"

    return Rule(complain, str.lower, nullable=nullable)


def amount(*, nullable: bool = False) -> Rule:
    """A number from 0 to 99999.99999 with at most five decimals."""
    return Rule(complain_amount, Decimal, nullable=nullable)


def complain_amount(value: Any) -> str | None:
    """What is wrong with `value` as an amount of the region, or None."""
    reason = amounts.complaint(value)
    if reason is not None:
        return reason
    if not 0 <= value <= LARGEST:
        return f"must lie between 0 and {LARGEST}"
    return TOO_MANY_DECIMALS if amounts.decimals(Decimal(value)) > DECIMALS else None


def count() -> Rule:
    """A whole number that is not negative; may be null or absent."""

    def complain(value: Any) -> str | None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return None if whole and 0 <= value <= 2**31 else "must be a whole number, not negative"

    return Rule(complain, nullable=True, required=False)


def day(*, nullable: bool) -> Rule:
    """A calendar day, `2026-12-31`."""

    def complain(value: Any) -> str | None:
        return None if isinstance(value, str) and _DAY.fullmatch(value) and _exists(value) else "must be a date"

    return Rule(complain, nullable=nullable)


def moment() -> Rule:
    """A date and time with zone (RFC 3339); may be null or absent."""

    def complain(value: Any) -> str | None:
        matches = isinstance(value, str) and _MOMENT.fullmatch(value) and _exists_moment(value)
        return None if matches else "must be a date and time with zone"

    return Rule(complain, nullable=True, required=False)


def model(struct: type) -> Rule:
    """A nested object."""
    return Rule(model=struct)


def models(struct: type, longest: int) -> Rule:
    """A list of at most `longest` nested objects."""
    return Rule(model=struct, longest=longest)


def _complain_flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _exists(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _exists_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


FLAG = Rule(_complain_flag)
