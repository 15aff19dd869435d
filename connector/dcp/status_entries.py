"""The status entry of a credential: which bit of which list tells whether it was revoked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from connector.notation.jsonld import as_list
from connector.notation.problems import Refused

STATUS_LIST_2021 = "StatusList2021"
BITSTRING = "BitstringStatusList"
KINDS: dict[str, tuple[str, str, str]] = {
    STATUS_LIST_2021: ("StatusList2021Credential", "StatusList2021Entry", "https://w3id.org/vc/status-list/2021/v1"),
    BITSTRING: ("BitstringStatusListCredential", "BitstringStatusListEntry", "https://www.w3.org/ns/credentials/v2"),
}
"""For each kind of list: type of the credential, type of an entry, JSON-LD context."""

PURPOSES = frozenset({"revocation", "suspension"})
_TYPES = frozenset(entry_type for _, entry_type, _ in KINDS.values())
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """Where the status of one credential stands: bit `index` of the list at `list_url`."""

    list_url: str
    index: int
    purpose: str


def entry(url: str, index: int, *, kind: str = STATUS_LIST_2021, purpose: str = "revocation") -> dict[str, Any]:
    """The credentialStatus of a credential that has bit `index` of the list at `url`."""
    return {
        "id": f"{url}#{index}",
        "type": KINDS[kind][1],
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": url,
    }


def read_entry(status: Any) -> StatusEntry | None:
    """The entry in a credentialStatus; None where there is none.

    Raises Refused: `dcp/status-type`, `dcp/status-purpose`, `dcp/status-entry`, `dcp/status-bits`,
    `dcp/status-several`: what is not known here is never skipped.
    """
    entries = as_list(status)
    if not entries:
        return None
    if len(entries) > 1:
        raise Refused("dcp/status-several", f"the credential has {len(entries)} status entries, one is read here")
    return _read(entries[0])


def read_purpose(members: Mapping[str, Any]) -> str:
    """The statusPurpose of an entry or a list. Raises Refused `dcp/status-purpose` for one not known here."""
    purpose = members.get("statusPurpose", "revocation")
    if not is_one_of(purpose, PURPOSES):
        raise Refused("dcp/status-purpose", f"the status purpose {purpose!r:.60} is not known here")
    return str(purpose)


def check_size(members: Mapping[str, Any]) -> None:
    """Raise Refused `dcp/status-bits` where each credential has more than one bit."""
    if members.get("statusSize", 1) != 1:
        raise Refused("dcp/status-bits", "the status has more than one bit for each credential, one is read here")


def is_one_of(value: Any, names: Collection[str]) -> bool:
    """Whether `value` is one of `names`; a list or an object, which no set can be asked for, is not."""
    return isinstance(value, str) and value in names


def _read(status: Any) -> StatusEntry:
    if not isinstance(status, Mapping) or not is_one_of(status.get("type"), _TYPES):
        kind = status.get("type") if isinstance(status, Mapping) else status
        raise Refused("dcp/status-type", f"the credential's status is of an unknown type: {kind!r:.60}")
    url, index = status.get("statusListCredential"), str(status.get("statusListIndex"))
    if not isinstance(url, str) or not url.startswith(("https://", "http://")) or not _INDEX.fullmatch(index):
        raise Refused("dcp/status-entry", "the credential's status names no list and index")
    check_size(status)
    return StatusEntry(url, int(index), read_purpose(status))
