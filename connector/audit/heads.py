"""A head: what a log's owner signs and hands out, so that nothing before it can change or vanish unseen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from connector.audit import merkle
from connector.audit.entries import FIRST, GENESIS_HASH, Entry
from connector.notation.findings import Finding
from connector.notation.problems import Invalid

_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def head(entries: Iterable[Entry], *, log: str, now: datetime) -> dict[str, Any]:
    """The claims to sign over a whole log from its first entry: `iss`, `iat`, `size`, `root`, `last`.

    `iss` is `log`, the DID of its owner; `root` the Merkle root over the stored hashes; `last` the last entry's hash.
    """
    chain = list(entries)
    return {
        "iss": log,
        "iat": int(now.astimezone(UTC).timestamp()),
        "size": len(chain),
        "root": spell(merkle.root([one.leaf for one in chain])),
        "last": chain[-1].hash if chain else GENESIS_HASH,
    }


def check(claims: Mapping[str, Any], entries: Iterable[Entry]) -> list[Finding]:
    """Whether the log still begins with what was signed; the head's signature must have been verified.

    Codes: `audit/truncated` (entries of the head are gone), `audit/head-differs` (others stand there now).
    Raises Invalid `audit/head` where the claims are no head.
    """
    size, root_hash, last = _read(claims)
    signed = [one for one in entries if one.sequence < FIRST + size]
    if len(signed) < size:
        message = f"the signed head counts {size} entries, {len(signed)} of them are left"
        return [Finding("audit/truncated", message, wanted=size, found=len(signed))]
    found = spell(merkle.root([one.leaf for one in signed]))
    if found != root_hash or (signed[-1].hash if signed else GENESIS_HASH) != last:
        message = f"the first {size} entries are not those that were signed"
        return [Finding("audit/head-differs", message, wanted=root_hash, found=found)]
    return []


def spell(raw: bytes) -> str:
    """A hash as the log writes it."""
    return "sha256:" + raw.hex()


def _read(claims: Mapping[str, Any]) -> tuple[int, str, str]:
    size, root_hash, last = claims.get("size"), claims.get("root"), claims.get("last")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise Invalid("audit/head", "size of a head must be a count", pointer="/size")
    for name, value in (("root", root_hash), ("last", last)):
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise Invalid("audit/head", f"{name} of a head must be sha256:<64 hex digits>", pointer=f"/{name}")
    return size, str(root_hash), str(last)
