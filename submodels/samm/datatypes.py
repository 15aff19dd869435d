"""XSD data types in JSON: which JSON type they are written as, what their lexical form demands, literals as values.

The mapping is that of the schemas published for Catena-X aspects (any number is `number`, text is searched for a
pattern); the `STRICT_` tables hold what XML Schema Part 2 demands beyond it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from submodels.samm.model import CURIE, LANG_STRING, XSD
from submodels.samm.turtle import Literal

_INTEGER_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "byte": (-(2**7), 2**7 - 1),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "positiveInteger": (1, None),
    "nonNegativeInteger": (0, None),
    "negativeInteger": (None, -1),
    "nonPositiveInteger": (None, 0),
}

INTEGERS = frozenset(XSD + name for name in _INTEGER_BOUNDS)
EXACT = INTEGERS | {XSD + "decimal"}
NUMBERS = EXACT | {XSD + "double", XSD + "float"}
INFINITE = frozenset({"INF", "+INF", "-INF"})
"""Values of xsd:double and xsd:float that no JSON number is."""

_YEAR = r"-?([1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = r"(0[1-9]|1[0-2])"
_DAY = r"(0[1-9]|[12][0-9]|3[01])"
_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_CLOCK = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_FIGURES = r"[0-9]+"
_TIME_PART = r"T([0-9]+H([0-9]+M)?([0-9]+(\.[0-9]+)?S)?|[0-9]+M([0-9]+(\.[0-9]+)?S)?|[0-9]+(\.[0-9]+)?S)"
_DAYS_PART = f"([0-9]+D({_TIME_PART})?|{_TIME_PART})"

PATTERNS: dict[str, str] = {
    XSD + "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE}",
    XSD + "gYear": f"{_YEAR}{_ZONE}",
    XSD + "gMonth": f"--{_MONTH}{_ZONE}",
    XSD + "gDay": f"---{_DAY}{_ZONE}",
    XSD + "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}",
    XSD + "yearMonthDuration": f"-?P({_FIGURES}Y({_FIGURES}M)?|{_FIGURES}M)",
    XSD + "dayTimeDuration": r"[^YM]*[DT]",
    XSD + "hexBinary": r"[0-9a-fA-F]+",
    CURIE: r"[a-zA-Z]*:[a-zA-Z]+",
}
"""Searched for anywhere in the text."""

FORMATS: dict[str, str] = {
    XSD + "date": "date",
    XSD + "time": "time",
    XSD + "dateTimeStamp": "date-time",
    XSD + "duration": "duration",
    XSD + "anyURI": "uri",
}
"""JSON Schema's formats; those of times and durations (RFC 3339) refuse some of what XSD allows, see `XSD_FORMATS`."""

XSD_FORMATS: dict[str, str] = {
    "time": f"{_CLOCK}{_ZONE}",
    "duration": f"-?P([0-9]+Y([0-9]+M)?{_DAYS_PART}?|[0-9]+M{_DAYS_PART}?|{_DAYS_PART})",
}
"""Format -> what XML Schema lets a value of it be, matched in full."""

STRICT_PATTERNS: dict[str, str] = {
    **{name: f"^(?:{pattern})$" for name, pattern in PATTERNS.items()},
    **{XSD + name: f"^(?:{pattern})$" for name, pattern in XSD_FORMATS.items()},
    XSD + "gMonthDay": f"^--{_MONTH}-{_DAY}{_ZONE}$",
    XSD + "dayTimeDuration": f"^-?P{_DAYS_PART}$",
    XSD + "hexBinary": r"^([0-9a-fA-F]{2})*$",
    XSD + "base64Binary": r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    CURIE: r"^[A-Za-z_][A-Za-z0-9_.-]*:[A-Za-z0-9_.-]+$",
}
"""Matched in full."""

LANGUAGE_TAG = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"

_OTHERS = ("string", "boolean", "gMonthDay", "decimal", "double", "float", "base64Binary")
SCALARS = frozenset({LANG_STRING, *INTEGERS, *PATTERNS, *FORMATS, *(XSD + name for name in _OTHERS)})
"""Every scalar data type that the meta-model knows."""


def scalar_schema(data_type: str, *, strict: bool = False) -> dict[str, Any]:
    """The JSON Schema of a scalar `data_type` (IRI)."""
    if data_type == LANG_STRING:
        return _language_map(strict)
    if data_type in NUMBERS:
        return _number_schema(data_type, strict)
    if data_type == XSD + "boolean":
        return {"type": "boolean"}
    return {"type": "string"} | _facets(data_type, strict)


def _language_map(strict: bool) -> dict[str, Any]:
    """Texts by language tag."""
    schema: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
    return schema | {"propertyNames": {"pattern": LANGUAGE_TAG}} if strict else schema


def integer_bounds(data_type: str) -> tuple[int | None, int | None]:
    """The least and the greatest number of an integer `data_type`; None where there is none."""
    return _INTEGER_BOUNDS.get(data_type.removeprefix(XSD), (None, None))


def _number_schema(data_type: str, strict: bool) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if strict and data_type in INTEGERS else "number"}
    least, most = integer_bounds(data_type)
    if least is not None:
        schema["minimum"] = least
    if most is not None:
        schema["maximum"] = most
    return schema


def _facets(data_type: str, strict: bool) -> dict[str, Any]:
    pattern = (STRICT_PATTERNS if strict else PATTERNS).get(data_type)
    if pattern is not None:
        return {"pattern": pattern}
    return {"format": FORMATS[data_type]} if data_type in FORMATS else {}


# -- literals as JSON values: numbers keep every digit they have -----------------------------------------------------

_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def to_json(literal: Literal, data_type: str) -> Any:
    """`literal` read as `data_type` (IRI): int, Decimal, bool, str, or {language: text}; ValueError if it is none."""
    if data_type == LANG_STRING:
        return {literal.language or "en": literal.text}
    if data_type == XSD + "boolean":
        if literal.text.strip() not in _TRUTH:
            raise ValueError(f"{literal.text!r} is no xsd:boolean")
        return _TRUTH[literal.text.strip()]
    return number(literal.text, data_type) if data_type in NUMBERS else literal.text


def number(text: str, data_type: str) -> int | Decimal:
    """`text` as a number of `data_type`. ValueError if it is none, or has no JSON form (NaN, INF)."""
    try:
        value = Decimal(text.strip())
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite() or not text.isascii() or "_" in text:
        raise ValueError(f"{text!r} is no {data_type.replace(XSD, 'xsd:')}")
    if data_type not in INTEGERS:
        return value
    if abs(value.adjusted()) > 1000 or value != value.to_integral_value():
        raise ValueError(f"{text!r} is no whole number")
    return int(value)


def natural(text: str) -> int:
    """`text` as a count: a whole number that is not negative. ValueError otherwise."""
    value = int(number(text, XSD + "nonNegativeInteger"))
    if value < 0:
        raise ValueError(f"{text!r} is negative")
    return value
