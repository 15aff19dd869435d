"""One audit entry in its final form: canonical JSON whose digest is the link of the chain and a leaf of the tree."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from connector.notation import exact_json
from connector.notation.limits import Limits
from connector.notation.problems import Invalid

GENESIS_HASH = "sha256:" + "0" * 64
"""The previous hash of the first entry."""
FIRST = 1
"""The sequence of the first entry; the entry with sequence n is leaf n - 1 of the tree."""

_LEAF = b"\x00"
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_LIMITS = Limits(size=1024 * 1024, depth=32)


class Entry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Who (`actor`) did what (`event`) to what (`subject`), when; `detail` is plain JSON, amounts as Decimal.

    `time` is ISO 8601 in UTC with microseconds. `hash` is what the log stored; `digest_of(entry)` is what it should be.
    Encoded as JSON (`exact_json.encode`, members in camelCase) it is the form that is stored, shown and exported.
    """

    sequence: int
    previous_hash: str
    time: str
    actor: str
    event: str
    subject: str
    detail: dict[str, Any]
    hash: str

    @property
    def leaf(self) -> bytes:
        """The 32 bytes of `hash`, as the Merkle tree takes them."""
        return bytes.fromhex(self.hash.removeprefix("sha256:"))


def entry(
    *,
    sequence: int,
    previous_hash: str,
    time: datetime,
    actor: str,
    event: str,
    subject: str,
    detail: Mapping[str, Any],
) -> Entry:
    """The entry that follows the one with `previous_hash` (`GENESIS_HASH` for the first, with sequence 1).

    Raises ValueError for a time without zone or a sequence below 1, Invalid for a detail that JSON cannot hold.
    """
    if time.tzinfo is None:
        raise ValueError("an audit entry needs a time with a zone")
    if sequence < FIRST or not _HASH.fullmatch(previous_hash):
        raise ValueError(f"no place in the chain: sequence {sequence}, previous hash {previous_hash!r}")
    plain = exact_json.decode(_canonical(detail), limits=_LIMITS)
    stamp = time.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    unhashed = Entry(sequence, previous_hash, stamp, actor, event, subject, plain, "")
    return Entry(sequence, previous_hash, stamp, actor, event, subject, plain, digest_of(unhashed))


def content(one: Entry) -> bytes:
    """What is hashed: the entry without its hash, in canonical JSON."""
    return exact_json.canonical(_members(one))


def digest_of(one: Entry) -> str:
    """SHA-256 over 0x00 and the content: the leaf hash of RFC 9162 2.1.1, spelled `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(_LEAF + content(one)).hexdigest()


def as_dict(one: Entry) -> dict[str, Any]:
    """The entry as JSON values, its hash included."""
    return {**_members(one), "hash": one.hash}


def read_entry(document: Mapping[str, Any] | bytes | str) -> Entry:
    """The entry in `document`, with the hash that stands there, right or wrong (`chain.verify` tells).

    Raises Invalid: `json/...` for a missing, unknown or mistyped member, `audit/entry` for one that is spelled wrong.
    """
    raw = document if isinstance(document, bytes | str) else exact_json.encode(document)
    one = exact_json.decode(raw, Entry, limits=_LIMITS)
    spellings = (("previousHash", _HASH, one.previous_hash), ("hash", _HASH, one.hash), ("time", _TIME, one.time))
    for member, pattern, value in spellings:
        if not pattern.fullmatch(value):
            raise Invalid("audit/entry", f"{member} of an audit entry is {value!r:.80}", pointer=f"/{member}")
    if one.sequence < FIRST:
        raise Invalid("audit/entry", f"an audit log starts at sequence {FIRST}", pointer="/sequence")
    return one


def _members(one: Entry) -> dict[str, Any]:
    return {
        "sequence": one.sequence,
        "previousHash": one.previous_hash,
        "time": one.time,
        "actor": one.actor,
        "event": one.event,
        "subject": one.subject,
        "detail": one.detail,
    }


def _canonical(detail: Mapping[str, Any]) -> bytes:
    try:
        return exact_json.canonical(dict(detail))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid("audit/detail", f"the detail of an audit entry is not JSON: {error}") from None
