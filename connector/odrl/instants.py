"""What deciders answer with, and the moments that they compare."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connector.odrl.facts import Fact, Facts
from connector.odrl.policy.rules import Constraint

LISTED: Final = 10
"""How many values of a list a sentence or a decision shows."""

COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
}


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a constraint does not hold: reason code (without room), what was found, a sentence."""

    code: str
    found: Any
    sentence: str


Test = Callable[[Facts], Miss | None]
"""None: the constraint holds."""


def listed(values: list[Any]) -> str:
    """`values` in one line, cut after ten."""
    more = f" and {len(values) - LISTED} more" if len(values) > LISTED else ""
    return ", ".join(str(value) for value in values[:LISTED]) + more


def spelled(moment: datetime) -> str:
    """A time as every answer of the node writes it: UTC, with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def values(constraint: Constraint) -> tuple[Any, ...]:
    """The values of a constraint, one or many."""
    return constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)


def absent(what: str, fact: Fact | None) -> Miss:
    """No credential in force."""
    if fact is None or fact.valid_until is None:
        return Miss("credential-missing", None, f"a {what} is wanted, none was presented")
    ended = spelled(fact.valid_until)
    return Miss("credential-expired", ended, f"a {what} is wanted, the one presented ended at {ended}")


def usage_over(now: datetime, end: datetime | None) -> Miss:
    """The consumer may use the data no longer."""
    return Miss("usage-ended", spelled(now), f"the use of the data ended at {_when(end)}, it is {spelled(now)}")


def provisioning_over(now: datetime, end: datetime | None) -> Miss:
    """The provider provides no longer."""
    sentence = f"the data were provided until {_when(end)}, it is {spelled(now)}"
    return Miss("provisioning-ended", spelled(now), sentence)


def later(start: datetime, span: int | timedelta) -> datetime:
    """`start` plus days or a span; the last moment that there is where that is beyond it."""
    try:
        return start + (span if isinstance(span, timedelta) else timedelta(days=span))
    except OverflowError:
        return datetime.max.replace(tzinfo=start.tzinfo)


def _when(end: datetime | None) -> str:
    return spelled(end) if end else "an unknown time"
