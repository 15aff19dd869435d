"""Identifiers of companies and parts as URNs, as far as footprints need them."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from connector.notation.problems import Invalid

_BPNL = re.compile(r"BPNL[0-9A-Z]{12}", re.ASCII)
_COMPANY_PREFIXES = ("urn:bpn:id:", "urn:bpn:", "urn:")
_PART = re.compile(r"urn:(?P<bpnl>bpnl[0-9a-z]{12}):product-id:(?P<part>[!-~]+)", re.ASCII | re.IGNORECASE)


def is_bpnl(text: str) -> bool:
    """Whether `text` is a business partner number of a legal entity."""
    return _BPNL.fullmatch(text) is not None


def company_urn(bpnl: str) -> str:
    """`urn:bpn:id:BPNL...`. Raises Invalid `pcf/bpnl`."""
    if not is_bpnl(bpnl):
        raise Invalid("pcf/bpnl", f"{bpnl!r} is not a BPNL")
    return "urn:bpn:id:" + bpnl


def bpnl_of(text: str) -> str | None:
    """The BPNL in `BPNL...` or one of its URN spellings, or None."""
    for prefix in ("", *_COMPANY_PREFIXES):
        if text.startswith(prefix) and is_bpnl(text[len(prefix) :]):
            return text[len(prefix) :]
    return None


def part_urn(bpnl: str, part_id: str) -> str:
    """A manufacturer's part number as a URN, `urn:<bpnl>:product-id:<part>`, with reserved characters escaped."""
    if not is_bpnl(bpnl) or not part_id:
        raise Invalid("pcf/part-id", "a part id needs a BPNL and a part number")
    return f"urn:{bpnl.lower()}:product-id:{quote(part_id, safe='')}"


def part_of(urn: str) -> tuple[str, str] | None:
    """BPNL and part number of a URN that `part_urn` made, or None."""
    found = _PART.fullmatch(urn)
    return (found["bpnl"].upper(), unquote(found["part"])) if found else None
