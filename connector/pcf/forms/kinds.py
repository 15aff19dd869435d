"""What a field of the aspect model may hold: one small value per kind, with its complaint and its two conversions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connector.pcf import amounts

Complaint = tuple[str, str] | None
"""Finding code and what is wrong, the subject left out; None when nothing is."""

_MOMENT = re.compile(
    r"-?(?:[1-9][0-9]{3,}|0[0-9]{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
    r"(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?",
    re.ASCII,
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", re.ASCII)
_HEX = "[0-9a-fA-F]"
UUID = re.compile(rf"(?:urn:uuid:)?{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}", re.ASCII)


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """`complain` looks at a JSON value; `load` turns it into the canonical value, `dump` back."""

    complain: Callable[[Any], Complaint]
    load: Callable[[Any], Any] = _same
    dump: Callable[[Any], Any] = _same


def text(*, minimum: int = 0) -> Kind:
    """A string of at least `minimum` characters."""

    def complain(value: Any) -> Complaint:
        if not isinstance(value, str):
            return "pcf/type", "must be a text"
        return None if len(value) >= minimum else ("pcf/value", "must not be empty")

    return Kind(complain)


def choice(*values: str) -> Kind:
    """One of `values`."""

    def complain(value: Any) -> Complaint:
        if not isinstance(value, str):
            return "pcf/type", "must be a text"
        return None if value in values else ("pcf/value", f"is {value!r}, allowed are {', '.join(values)}")

    return Kind(complain)


def pattern(expression: re.Pattern[str], what: str) -> Kind:
    """A string that matches `expression` from end to end."""

    def complain(value: Any) -> Complaint:
        if not isinstance(value, str):
            return "pcf/type", "must be a text"
        return None if expression.fullmatch(value) else ("pcf/value", f"is {value!r}, {what} is needed")

    return Kind(complain)


def number(*, minimum: int | None = None, maximum: int | None = None, above: int | None = None) -> Kind:
    """A finite number in a range; `above` excludes its bound."""

    def complain(value: Any) -> Complaint:
        reason = amounts.complaint(value)
        if reason is not None:
            return "pcf/amount", reason
        if minimum is not None and value < minimum:
            return "pcf/range", f"is {value}, at least {minimum} is needed"
        if maximum is not None and value > maximum:
            return "pcf/range", f"is {value}, at most {maximum} is allowed"
        if above is not None and value <= above:
            return "pcf/range", f"is {value}, more than {above} is needed"
        return None

    return Kind(complain, Decimal)


_DECIMAL = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


def text_number(*, minimum: int | None = None, maximum: int | None = None, above: int | None = None) -> Kind:
    """A decimal number in a text, as PACT writes them; matched from end to end, whatever the published patterns say."""
    inner = number(minimum=minimum, maximum=maximum, above=above)

    def complain(value: Any) -> Complaint:
        if not isinstance(value, str):
            return "pcf/type", "must be a text that holds a decimal number"
        if not _DECIMAL.fullmatch(value):
            return "pcf/value", f"is {value[:80]!r}, a decimal number without exponent is needed"
        return inner.complain(Decimal(value))

    return Kind(complain, Decimal, spelled)


def spelled(value: Any) -> Any:
    """An amount as a text without exponent, every digit kept."""
    return format(value, "f") if isinstance(value, Decimal) else value


def texts(*, uri: bool = False, unique: bool = True, minimum: int = 0) -> Kind:
    """A list of strings, of URIs where `uri`."""

    def complain(value: Any) -> Complaint:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            return "pcf/type", "must be a list of texts"
        if len(value) < minimum:
            return "pcf/value", f"needs at least {minimum} entry"
        if unique and len(set(value)) != len(value):
            return "pcf/value", "names an entry twice"
        wrong = [entry for entry in value if uri and not _URI.fullmatch(entry)]
        return ("pcf/value", f"holds {wrong[0]!r}, which is no URI") if wrong else None

    return Kind(complain, tuple, list)


def uuids(*, minimum: int = 0, plain: bool = False) -> Kind:
    """A list of UUIDs; `plain` ones have no `urn:uuid:`."""

    def complain(value: Any) -> Complaint:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            return "pcf/type", "must be a list of texts"
        if len(value) < minimum:
            return "pcf/value", f"needs at least {minimum} entry"
        if len({entry.lower() for entry in value}) != len(value):
            return "pcf/value", "names an entry twice"
        wrong = [entry for entry in value if not _is_uuid(entry) or (plain and entry.startswith("urn:"))]
        return ("pcf/value", f"holds {wrong[0]!r}, a UUID is needed") if wrong else None

    return Kind(complain, tuple, list)


def one_of(*values: str) -> Kind:
    """One of `values`, canonically a list with that one."""
    single = choice(*values)
    return Kind(single.complain, lambda value: (value,), lambda value: value[0] if len(value) == 1 else list(value))


def listed(member: str, entry: Kind, *, minimum: int = 0) -> Kind:
    """A list of objects with one `member` each, canonically a list of its values."""

    def complain(value: Any) -> Complaint:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            return "pcf/type", "must be a list of objects"
        if len(value) < minimum:
            return "pcf/value", f"needs at least {minimum} entry"
        for one in value:
            if member not in one:
                return "pcf/required", f"holds an entry without {member}"
            complaint = entry.complain(one[member])
            if complaint is not None:
                return complaint
        return None

    return Kind(
        complain,
        lambda value: tuple(entry.load(one[member]) for one in value),
        lambda values: [{member: entry.dump(one)} for one in values],
    )


def _complain_flag(value: Any) -> Complaint:
    return None if isinstance(value, bool) else ("pcf/type", "must be true or false")


def _complain_moment(value: Any) -> Complaint:
    if not isinstance(value, str):
        return "pcf/type", "must be a text"
    found = _MOMENT.fullmatch(value)
    if found is None:
        return "pcf/value", f"is {value!r}, a date and time (xsd:dateTime) is needed"
    if not _is_calendar_day(value.partition("T")[0]):
        return "pcf/value", f"is {value!r}, a day that does not exist"
    return None if found["zone"] else ("pcf/zone", f"is {value!r}, which has no time zone (add Z or an offset)")


def _is_calendar_day(text: str) -> bool:
    """Whether the day exists; years that Python has no date for are taken as they are."""
    if len(text) != len("2026-01-01"):
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _complain_preceding(value: Any) -> Complaint:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return "pcf/type", "must be a list of objects"
    wrong = [entry["id"] for entry in value if "id" in entry and not _is_uuid(entry["id"])]
    return ("pcf/value", f"holds {wrong[0]!r}, a UUID is needed") if wrong else None


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


FLAG = Kind(_complain_flag)
FLAG_AS_TEXT = Kind(
    _complain_flag,
    lambda value: "true" if value else "false",
    lambda text: {"true": True, "false": False}.get(text, text),
)
"""true or false, canonically a text because another version knows a third answer."""
MOMENT = Kind(_complain_moment)
PRECEDING = Kind(
    _complain_preceding,
    lambda entries: tuple(entry["id"] for entry in entries if "id" in entry),
    lambda ids: [{"id": one} for one in ids],
)
"""9.0.0 lists objects without members for preceding footprints; 7.0.0 had `id` there, which is read and written."""
TEXT = text()
NAME = text(minimum=1)
FOOTPRINT_ID = pattern(UUID, "a UUID, with or without urn:uuid:")
COUNTRY = pattern(re.compile("[A-Z]{2}"), "a country code of two capitals")
SUBDIVISION = pattern(re.compile("(?:[A-Z]{2}-[A-Z0-9]{1,3})?"), "an ISO 3166-2 code")
PERCENT = number(minimum=0, maximum=100)
RATING = number(minimum=1, maximum=5)
POSITIVE = number(minimum=0)
NEGATIVE = number(maximum=0)
SIGNED = number()


def _complain_whole(value: Any) -> Complaint:
    complaint = POSITIVE.complain(value)
    if complaint is not None:
        return complaint
    return None if value == int(value) else ("pcf/value", f"is {value}, a whole number is needed")


WHOLE = Kind(_complain_whole, Decimal)
ANYTHING = Kind(lambda value: None)
"""A value whose shape nobody published; it is kept as it is."""
