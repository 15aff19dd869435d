"""The integrity hash of a WIA record: SHA-256 over its canonical JSON (RFC 8785), without its `verification`.

The hash stands in `verification.dataIntegrity`, so that member cannot be under it. `blockchainHash` and the status of a
verification by others are opaque: kept as they are, shown as claims, never as verified.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from connector.notation.findings import Finding
from connector.notation.problems import Invalid
from connector.passport.formats.wia.members import Record, object_at, text_at
from connector.passport.formats.wia.rules import finding

_HASH = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_LINKS: Final = ("qrCode", "publicUrl")
_AT: Final = "/verification/dataIntegrity"


def integrity(record: Record) -> str:
    """`sha256:<hex>` of the record. Raises Invalid (`wia/number`) for a number that no double holds."""
    content = {name: value for name, value in record.items() if name != "verification"}
    return "sha256:" + hashlib.sha256(canonical(content)).hexdigest()


def canonical(value: Any) -> bytes:
    """RFC 8785: keys by UTF-16 units, numbers as ECMAScript writes a double, no white space."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_string(name)}:{_text(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _number(value)
    return _string(value)


def _string(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _number(value: int | float | Decimal) -> str:
    """The shortest digits that give the same double, laid out as ECMAScript's Number.prototype.toString does."""
    try:
        double = float(value)
    except OverflowError:
        double = float("inf")
    if double in (float("inf"), float("-inf")) or double != double:
        raise Invalid("wia/number", f"{value} is beyond what RFC 8785 can write")
    if double == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(double)).normalize().as_tuple()
    figures, point = "".join(map(str, digits)), len(digits) + int(exponent)
    return ("-" if sign else "") + _laid_out(figures, point)


def _laid_out(figures: str, point: int) -> str:
    """`0.figures` times ten to the `point`, as ECMAScript lays a number out."""
    if len(figures) <= point <= 21:
        return figures + "0" * (point - len(figures))
    if 0 < point <= 21:
        return f"{figures[:point]}.{figures[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{figures}"
    power = f"e{point - 1:+d}"
    return figures + power if len(figures) == 1 else f"{figures[0]}.{figures[1:]}{power}"


def digital(record: Record) -> Iterable[Finding]:
    """DIG: the hash is well formed and that of the record, links are https, claims of others are named as such."""
    stated = object_at(record, "verification").get("dataIntegrity")
    if isinstance(stated, str) and stated:
        yield from _hash(record, stated)
    if object_at(record, "verification").get("blockchainHash"):
        message = "a hash on a chain is kept as it is; nothing here verifies it"
        yield finding("DIG", message, "/verification/blockchainHash", severity="info")
    for name in _LINKS:
        link = text_at(record, "digitalAccess", name)
        if link and not _is_https(link):
            yield finding("DIG", f"{name} must be an https URL", f"/digitalAccess/{name}", found=link)


def _hash(record: Record, stated: str) -> Iterable[Finding]:
    if not _HASH.fullmatch(stated):
        message = "the integrity hash must be sha256: and 64 hexadecimal digits"
        yield finding("DIG", message, _AT, wanted="sha256:<64 hex digits>", found=stated)
        return
    try:
        wanted = integrity(record)
    except Invalid as problem:
        yield finding("DIG", problem.detail, _AT, found=stated)
        return
    if stated != wanted:
        message = "the record is not the one that was hashed: it was changed, or the hash is another record's"
        yield finding("DIG", message, _AT, wanted=wanted, found=stated)


def _is_https(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
