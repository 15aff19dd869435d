"""XSD lexical forms: from plain values to the text that a Property carries, and back to typed JSON.

AAS Part 1 V3.0, DataTypeDefXsd. Amounts go from Decimal to text and back without a float in between.
"""

from __future__ import annotations

import datetime
import math
import re
import struct
from decimal import Decimal, InvalidOperation

Plain = str | int | bool | Decimal

_SIGNED = frozenset({"xs:integer", "xs:long", "xs:int", "xs:short", "xs:byte"})
_HALF = frozenset({"xs:nonNegativeInteger", "xs:positiveInteger", "xs:nonPositiveInteger", "xs:negativeInteger"})
_UNSIGNED = frozenset({"xs:unsignedLong", "xs:unsignedInt", "xs:unsignedShort", "xs:unsignedByte"})
INTEGER_TYPES = _SIGNED | _HALF | _UNSIGNED
FRACTION_TYPES = frozenset({"xs:decimal", "xs:double", "xs:float"})
# Smallest and largest value of the integer types that IDTA 02035 uses.
INTEGER_RANGES: dict[str, tuple[int | None, int | None]] = {
    "xs:integer": (None, None),
    "xs:unsignedInt": (0, 2**32 - 1),
}
PACKING = {"xs:float": "<f", "xs:double": "<d"}
# A number of more digits is no measurement, and writing 1e999999 out in full would fill the memory.
MAX_EXPONENT = 400

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(?P<zone>Z|[+-](?:14:00|(?:0[0-9]|1[0-3]):[0-5][0-9]))?",
    re.ASCII,
)
# RFC 2396, since File.value and xs:anyURI are held to it: no IPv6 host, every % followed by two hex digits.
_CHARACTER = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})"
_LINK = re.compile(
    rf"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/{_CHARACTER}*)?(?:\?(?:{_CHARACTER}|\?)*)?(?:#(?:{_CHARACTER}|\?)*)?",
    re.ASCII,
)
_URN = re.compile(rf"urn:[A-Za-z0-9][A-Za-z0-9-]{{0,31}}:{_CHARACTER}+", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}", re.ASCII)
_FRACTION = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,6})?", re.ASCII)
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotLexical(ValueError):
    """The value has no form in this type; the text says why."""


def is_xml_text(text: str) -> bool:
    """Whether XML 1.0 can carry every character of `text`."""
    return _NO_XML.search(text) is None


def is_link(text: str) -> bool:
    """Whether `text` is an absolute web address (http, https) of characters that every reader takes."""
    return _LINK.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """Whether `text` is such an address or a URN."""
    return is_link(text) or _URN.fullmatch(text) is not None


def lexical(value: Plain, value_type: str) -> str:
    """`value` as text of `value_type` (`xs:...`). Raises NotLexical where it has none; never rounds."""
    if value_type in FRACTION_TYPES:
        return _fraction(value, value_type)
    if value_type in INTEGER_TYPES:
        return _integer(value, value_type)
    if value_type == "xs:boolean":
        return _boolean(value)
    text = _text(value)
    if value_type == "xs:date":
        _check_date(text)
    elif value_type == "xs:dateTime":
        _check_date_time(text)
    elif value_type == "xs:anyURI" and not is_uri(text):
        raise NotLexical("an absolute web address or a URN was wanted")
    return text


def typed(text: str, value_type: str) -> Plain:
    """The JSON value of a Property's `text` (Part 2, ValueOnly): number, boolean, or the text where it is neither."""
    if value_type in INTEGER_TYPES and _INTEGER.fullmatch(text):
        return int(text)
    if value_type in FRACTION_TYPES and _FRACTION.fullmatch(text):
        return _whole_or_decimal(text)
    if value_type == "xs:boolean" and text in BOOLEANS:
        return BOOLEANS[text]
    return text


BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def has_zone(date_time: str) -> bool:
    """Whether an xs:dateTime names its offset from UTC."""
    match = _DATE_TIME.fullmatch(date_time)
    return bool(match and match["zone"])


def _whole_or_decimal(text: str) -> Plain:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _text(value: Plain) -> str:
    if not isinstance(value, str):
        raise NotLexical(f"a text was wanted, {type(value).__name__} was found")
    if not is_xml_text(value):
        raise NotLexical("it contains a character that XML 1.0 forbids")
    return value


def _boolean(value: Plain) -> str:
    if not isinstance(value, bool):
        raise NotLexical(f"true or false was wanted, {type(value).__name__} was found")
    return "true" if value else "false"


def number(value: object) -> Decimal:
    """`value` as Decimal, digits kept. Raises NotLexical for anything but a finite number of a sane exponent."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise NotLexical(f"a number was wanted, {type(value).__name__} was found")
    amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not amount.is_finite() or (amount and abs(amount.adjusted()) > MAX_EXPONENT):
        raise NotLexical("the number is not finite, or beyond any measurement")
    return amount


def _fraction(value: Plain, value_type: str) -> str:
    amount = number(value)
    if value_type == "xs:decimal":
        return format(amount, "f")
    if not _fits(float(amount), PACKING[value_type]):
        raise NotLexical(f"the number is beyond the range of {value_type}")
    return str(amount)


def _fits(approximate: float, packing: str) -> bool:
    try:
        struct.pack(packing, approximate)
    except OverflowError:
        return False
    return math.isfinite(approximate)


def _integer(value: Plain, value_type: str) -> str:
    amount = number(value)
    if amount != amount.to_integral_value():
        raise NotLexical(f"a whole number was wanted, {amount} was found")
    low, high = INTEGER_RANGES.get(value_type, (None, None))
    if (low is not None and amount < low) or (high is not None and amount > high):
        raise NotLexical(f"{amount} is beyond the range of {value_type}")
    return str(int(amount))


def _check_date(text: str) -> None:
    if not _DATE.fullmatch(text):
        raise NotLexical("a date YYYY-MM-DD was wanted")
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise NotLexical(f"{text} is no day of the calendar") from None


def _check_date_time(text: str) -> None:
    if not _DATE_TIME.fullmatch(text):
        raise NotLexical("a date and time YYYY-MM-DDThh:mm:ss with an optional zone was wanted")
    try:
        datetime.datetime.fromisoformat(re.sub(r"\.[0-9]+", "", text))
    except ValueError:
        raise NotLexical(f"{text} is no moment of the calendar") from None
