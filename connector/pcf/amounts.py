"""Amounts: finite Decimals of a sane size, added without loss and rounded only where a caller says so."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import Any

from connector.notation.problems import Invalid

MOST_DIGITS = 64
LARGEST_EXPONENT = 30
"""An amount has at most 64 significant digits and lies below 10**31; more is an attack or a mistake."""

_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])


def complaint(value: Any) -> str | None:
    """Why `value` is no amount, or None when it is one. Floats and strings are none: they may have lost digits."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return f"is {_kind(value)}, a number is needed"
    if isinstance(value, int):
        return None if abs(value) < 10 ** (LARGEST_EXPONENT + 1) else "is too large for an amount"
    if not value.is_finite():
        return "is not a finite number"
    if value and value.adjusted() > LARGEST_EXPONENT:
        return "is too large for an amount"
    exponent = value.as_tuple().exponent
    if len(value.as_tuple().digits) > MOST_DIGITS or not (isinstance(exponent, int) and abs(exponent) <= MOST_DIGITS):
        return f"has more than {MOST_DIGITS} digits"
    return None


def amount(value: Any, name: str) -> Decimal:
    """`value` as an exact Decimal. Raises Invalid `pcf/amount` naming `name`."""
    reason = complaint(value)
    if reason is not None:
        raise Invalid("pcf/amount", f"{name} {reason}")
    return Decimal(value)


def total(values: Iterable[Decimal]) -> Decimal:
    """The exact sum, independent of the order."""
    result = Decimal(0)
    for value in values:
        result = _EXACT.add(result, value)
    return result


def ceiling(value: Fraction | Decimal, places: int) -> Decimal:
    """`value` rounded up to `places` decimals, never down, whatever its length."""
    scaled = Fraction(value) * 10**places
    return _scaled(-((-scaled.numerator) // scaled.denominator), places)


def half_even(value: Fraction | Decimal, places: int) -> Decimal:
    """`value` rounded to `places` decimals, ties to the even digit."""
    return _scaled(round(Fraction(value) * 10**places), places)


def exact(value: Fraction, places: int = 30) -> Decimal | None:
    """`value` as a Decimal when it ends within `places` decimals, otherwise None."""
    scaled = value * 10**places
    return _scaled(scaled.numerator, places) if scaled.denominator == 1 else None


def decimals(value: Decimal) -> int:
    """How many decimals `value` needs: 1.50 needs one."""
    exponent = plain(value).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(value: Decimal) -> Decimal:
    """`value` without trailing zeros and without an exponent."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(0) if text in ("-0", "") else Decimal(text)


def _scaled(digits: int, places: int) -> Decimal:
    return plain(Decimal(f"{digits}E-{places}"))


def _kind(value: Any) -> str:
    return {bool: "a boolean", str: "a text", float: "a binary float", type(None): "null"}.get(
        type(value), f"a {type(value).__name__}"
    )
