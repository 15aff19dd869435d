"""Literals of a model as JSON values: numbers keep every digit they have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from submodels.samm.datatypes import INTEGERS, NUMBERS
from submodels.samm.model import LANG_STRING, XSD
from submodels.samm.turtle import Literal

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
