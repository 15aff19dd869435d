"""Opaque identifiers of battery units and the URL that a data carrier holds.

A unit id is 80 random bits and one check character in an alphabet without I, L, O and U; it says nothing about the
battery, its maker or its date. The check character is a weighted sum over GF(32) in which every position has a
weight of its own: any one wrong character is noticed, and any two exchanged ones. The URL has at most 50 characters
in total (user guide of the product passport registry) and neither path nor query before `/p/` (a label names no
environment). Uniqueness and immutability are the store's: it refuses an id that it has seen.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import Final

from connector.notation.problems import Invalid

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BYTES: Final = 10
ID_LENGTH: Final = 17
URL_LIMIT: Final = 50
PATH: Final = "/p/"

_UNIT_ID = re.compile(rf"[{ALPHABET}]{{{ID_LENGTH}}}", re.ASCII)
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])"
_BASE = re.compile(rf"https?://{_HOST}(?::[1-9][0-9]{{0,4}})?", re.ASCII)
_URL = re.compile(rf"({_BASE.pattern}){PATH}([^/?#]*)", re.ASCII)
_TYPED = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})
_FIELD_POLYNOMIAL = 0b100101


def _powers() -> tuple[int, ...]:
    """The 31 powers of x in GF(32) with x^5 = x^2 + 1: all different, none zero."""
    powers = [1]
    while len(powers) < 31:
        step = powers[-1] << 1
        powers.append(step ^ _FIELD_POLYNOMIAL if step & 0b100000 else step)
    return tuple(powers)


_POWERS = _powers()
_LOGARITHM = {power: exponent for exponent, power in enumerate(_POWERS)}


def _weighted(value: int, position: int) -> int:
    """`value` times the weight of `position`, in GF(32)."""
    return _POWERS[(_LOGARITHM[value] + position) % 31] if value else 0


def check_character(body: str) -> str:
    """The character that follows `body` (letters of ALPHABET, at most 30 of them)."""
    if len(body) > 30 or any(letter not in ALPHABET for letter in body):
        raise Invalid("passport/unit-id", f"not the body of a unit id: {body!r}")
    weighted = (_weighted(ALPHABET.index(letter), place) for place, letter in enumerate(body, start=1))
    return ALPHABET[reduce(xor, weighted, 0)]


def new_unit_id(random_bytes: bytes) -> str:
    """The unit id made of exactly 10 bytes from a cryptographic random source: 17 characters."""
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a unit id is made of {RANDOM_BYTES} random bytes, not {len(random_bytes)}")
    number = int.from_bytes(random_bytes, "big")
    body = "".join(ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))
    return body + check_character(body)


def is_unit_id(text: str) -> bool:
    """Whether `text` is a unit id as printed: 17 letters of ALPHABET, the last of them right."""
    return _UNIT_ID.fullmatch(text) is not None and check_character(text[:-1]) == text[-1]


def read_typed_id(text: str) -> str:
    """The unit id that a person typed from a label: case, hyphens and I/L/O for 1/0 are forgiven, nothing else."""
    candidate = text.strip().upper().translate(_TYPED)
    if not is_unit_id(candidate):
        raise Invalid(
            "passport/unit-id", f"{text[:64]!r} is not a unit id: 17 letters and digits, the last one a check"
        )
    return candidate


def unit_url(base: str, unit_id: str) -> str:
    """The URL on the label, `<base>/p/<unit id>`; `base` is the public address, scheme and host (and port) only.

    Raises Invalid `passport/base-url`, `passport/url-too-long` (over 50 characters in total) or `passport/unit-id`.
    """
    if _BASE.fullmatch(base) is None:
        raise Invalid(
            "passport/base-url",
            f"{base[:80]!r} cannot be printed on a label: give http(s)://host[:port] in lower case, without a path",
        )
    if not is_unit_id(unit_id):
        raise Invalid("passport/unit-id", f"{unit_id[:64]!r} is not a unit id, or its check character is wrong")
    url = base + PATH + unit_id
    if len(url) > URL_LIMIT:
        room = URL_LIMIT - len(PATH) - ID_LENGTH
        raise Invalid(
            "passport/url-too-long",
            f"{url} has {len(url)} characters, {URL_LIMIT} are allowed: use a public address of at most {room}",
        )
    return url


def parse_unit_url(url: str) -> tuple[str, str]:
    """The base and the unit id of a URL read from a label; Invalid `passport/unit-url` or `passport/unit-id`."""
    match = _URL.fullmatch(url) if len(url) <= URL_LIMIT else None
    if match is None:
        raise Invalid(
            "passport/unit-url", f"{url[:80]!r} is not the URL of a battery unit (http(s)://host/p/<unit id>)"
        )
    base, unit_id = match.groups()
    if not is_unit_id(unit_id):
        raise Invalid("passport/unit-id", f"{unit_id!r} is not a unit id, or its check character is wrong")
    return base, unit_id
