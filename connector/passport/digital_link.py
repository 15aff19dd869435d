"""GS1 Digital Link: a product's identifiers in a URL, their check digit, and the granularity that they say.

`https://host/01/{GTIN-14}` names a model, with `/10/{batch}` a batch, with `/21/{serial}` one item; `/22/{variant}` may
stand between. The granularity follows from the identifiers (EN 18219) and must be that of the record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit

from connector.notation.problems import Invalid

Granularity = Literal["model", "batch", "item"]

_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)
_VALUE: Final = re.compile(r"[!%-?A-Z_a-z\x22]{1,20}", re.ASCII)
"""The characters that GS1 allows in a batch, variant or serial (AI encodable character set 82)."""
_QUALIFIERS: Final = ("22", "10", "21")
"""Key qualifiers of a GTIN in the order in which they stand."""


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """`host` with the scheme; `gtin` has 14 digits; the others are empty where the URL has none."""

    host: str
    gtin: str
    variant: str = ""
    batch: str = ""
    serial: str = ""

    @property
    def granularity(self) -> Granularity:
        """What the identifiers name."""
        return "item" if self.serial else "batch" if self.batch else "model"

    @property
    def url(self) -> str:
        """The canonical URL: GTIN with 14 digits, qualifiers in their order."""
        parts = (("22", self.variant), ("10", self.batch), ("21", self.serial))
        path = "".join(f"/{key}/{quote(value, safe='')}" for key, value in parts if value)
        return f"{self.host}/01/{self.gtin}{path}"


def check_digit(digits: str) -> str:
    """The last digit of a GS1 key, of those before it (GS1 General Specifications, 7.9)."""
    weighted = (int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-sum(weighted) % 10)


def gtin_14(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits with 14. Raises Invalid (`passport/gtin`)."""
    if _GTIN.fullmatch(text) is None:
        raise Invalid("passport/gtin", f"a GTIN has 8, 12, 13 or 14 digits, not {text[:20]!r}")
    if check_digit(text[:-1]) != text[-1]:
        raise Invalid("passport/gtin", f"the check digit of {text} is {check_digit(text[:-1])}, not {text[-1]}")
    return text.zfill(14)


def link(
    host: str,
    gtin: str,
    *,
    variant: str = "",
    batch: str = "",
    serial: str = "",
    granularity: Granularity | None = None,
) -> DigitalLink:
    """A link of its parts; `granularity` is what the record is. Raises Invalid (`passport/gtin`, `/digital-link`)."""
    for name, value in (("variant", variant), ("batch", batch), ("serial", serial)):
        if value and _VALUE.fullmatch(value) is None:
            raise Invalid("passport/digital-link", f"a {name} has 1 to 20 characters of GS1's set, not {value[:30]!r}")
    made = DigitalLink(host.rstrip("/"), gtin_14(gtin), variant, batch, serial)
    if granularity is not None and made.granularity != granularity:
        raise Invalid(
            "passport/digital-link", f"{made.url} names a {made.granularity}, the record is of a {granularity}"
        )
    return made


def parse(url: str, *, granularity: Granularity | None = None) -> DigitalLink:
    """The parts of a URL. Raises Invalid (`passport/gtin`, `/digital-link`) for anything else than such a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Invalid("passport/digital-link", f"{url[:80]!r} is no URL") from None
    steps = parts.path.split("/")[1:]
    if parts.scheme not in ("https", "http") or not parts.netloc or len(steps) % 2 or steps[:1] != ["01"]:
        raise Invalid(
            "passport/digital-link", f"{url[:80]!r} is no GS1 Digital Link: https://host/01/<GTIN>/21/<serial>"
        )
    found = dict(zip(steps[2::2], map(unquote, steps[3::2]), strict=True))
    order = [key for key in _QUALIFIERS if key in found]
    if parts.query or parts.fragment or list(found) != order or len(found) != len(steps) // 2 - 1:
        raise Invalid(
            "passport/digital-link", "behind the GTIN stand 22, 10 and 21, each once, in this order, nothing else"
        )
    host = f"{parts.scheme}://{parts.netloc}"
    values = {"variant": found.get("22", ""), "batch": found.get("10", ""), "serial": found.get("21", "")}
    if any(key in found and not found[key] for key in _QUALIFIERS):
        raise Invalid("passport/digital-link", "an identifier is empty")
    return link(host, steps[1], **values, granularity=granularity)
