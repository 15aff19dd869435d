"""JSON that keeps amounts as they were written: a number with a fraction is a Decimal, from wire to wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar, overload

import msgspec

from connector.notation.limits import DEFAULT_LIMITS, Limits
from connector.notation.problems import Invalid

Json = Any
T = TypeVar("T")

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SORTED = msgspec.json.Encoder(decimal_format="number", order="sorted")
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def encode(value: Json) -> bytes:
    """`value` as compact UTF-8 JSON; Decimals are written as numbers with every digit they have."""
    return _ENCODER.encode(value)


def canonical(value: Json) -> bytes:
    """The one form of `value` that is digested and signed: keys sorted, no white space, numbers as written.

    The layout follows RFC 8785 but for numbers, which keep their own digits (0.10 is not 0.1), and for the order of
    keys, which is that of their code points (RFC 8785 compares UTF-16 units: other only beyond the basic plane).
    """
    return _SORTED.encode(value)


def pretty(value: Json) -> str:
    """`value` indented for people."""
    return msgspec.json.format(_ENCODER.encode(value), indent=2).decode()


@overload
def decode(raw: bytes | str, *, limits: Limits = ...) -> Any: ...
@overload
def decode(raw: bytes | str, type_: type[T], *, limits: Limits = ...) -> T: ...
def decode(raw: bytes | str, type_: Any = Any, *, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Read JSON; floats become Decimal. Raises Invalid (code `json/...`) for bad syntax, size, depth or shape."""
    try:
        raw_bytes = raw.encode() if isinstance(raw, str) else raw
        limits.check(raw_bytes)
        value = decoder(type_).decode(raw_bytes)
    except msgspec.ValidationError as error:
        raise Invalid("json/shape", str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, ArithmeticError) as error:
        raise Invalid("json/syntax", f"not valid JSON: {error}") from None
    return value


def decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    """What reads JSON that this node wrote itself, without limits; its errors are msgspec's."""
    found = _DECODERS.get(type_)
    if found is None:
        found = _DECODERS[type_] = msgspec.json.Decoder(type_, float_hook=Decimal)
    return found
