"""Versions of a passport: every change is a new record that names who, when, why, what, and on what evidence.

Records form a chain: each holds the digest of its predecessor, so that one taken out, put in or edited is noticed.
The fields are those that seed 001 asks of an audit log (actor with role, time, delta, reason from a controlled list,
evidence); nothing reads a last-modified column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from connector.notation.digests import digest
from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Invalid
from connector.passport.delta import apply, delta, same

__all__ = ["REASONS", "Evidence", "PassportVersion", "apply", "delta", "new_version", "read_version", "verify"]

Json = Any

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "issued": "the passport was issued for the battery",
        "corrected": "a value was wrong and has been put right",
        "supplemented": "data or documents that were missing have been added",
        "footprint-updated": "the carbon footprint was calculated or declared anew",
        "reading": "a reading of the battery was folded in",
        "event": "an accident, deep discharge or other event was recorded",
        "maintained": "the battery was serviced or repaired",
        "status-changed": "the battery was re-used, repurposed, remanufactured or became waste",
        "responsibility-transferred": "another economic operator answers for the passport",
        "ceased": "the battery was recycled and its passport ended",
    }
)
FIRST_REASON: Final = "issued"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that supports a change: where it is, and the digest of its bytes (`sha256:...`)."""

    href: str
    digest: str

    def as_dict(self) -> dict[str, str]:
        return {"href": self.href, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class PassportVersion:
    """One version; `payload` is what held from `time` on, `delta` the RFC 6902 operations since the version before."""

    number: int
    time: datetime
    actor: str
    role: str
    reason: str
    notes: str
    evidence: tuple[Evidence, ...]
    payload: Json
    payload_digest: str
    delta: tuple[dict[str, Any], ...]
    predecessor_digest: str

    def as_dict(self) -> dict[str, Any]:
        """The record without the payload (its digest stands for it): what is stored, digested and shown."""
        return {
            "number": self.number,
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "actor": self.actor,
            "role": self.role,
            "reason": self.reason,
            "notes": self.notes,
            "evidence": [evidence.as_dict() for evidence in self.evidence],
            "payloadDigest": self.payload_digest,
            "delta": list(self.delta),
            "predecessorDigest": self.predecessor_digest,
        }

    @property
    def digest(self) -> str:
        """The digest of the record: the `predecessor_digest` of the next one."""
        return digest(self.as_dict())


def new_version(
    previous: PassportVersion | None,
    payload: Json,
    *,
    actor: str,
    role: str,
    time: datetime,
    reason: str,
    notes: str = "",
    evidence: Iterable[Evidence] = (),
) -> PassportVersion:
    """The version that follows `previous` (None: the first one, number 1, reason `issued`, no delta).

    `time` is aware UTC and not before the previous version's. Raises Invalid (`passport/reason`, `/time`, `/actor`,
    `/evidence`) and Conflict (`passport/older-than-version`, `passport/unchanged`).
    """
    proofs = tuple(evidence)
    _check_actor(actor, role)
    _check_reason(reason, is_first=previous is None)
    _check_evidence(proofs)
    _check_time(time, previous)
    operations = () if previous is None else tuple(delta(previous.payload, payload))
    if previous is not None and not operations and not proofs:
        raise Conflict("passport/unchanged", f"nothing differs from version {previous.number} and no evidence is added")
    return PassportVersion(
        number=1 if previous is None else previous.number + 1,
        time=time,
        actor=actor,
        role=role,
        reason=reason,
        notes=notes,
        evidence=proofs,
        payload=payload,
        payload_digest=digest(payload),
        delta=operations,
        predecessor_digest="" if previous is None else previous.digest,
    )


def _check_actor(actor: str, role: str) -> None:
    if not actor.strip() or not role.strip():
        raise Invalid("passport/actor", "a version names its actor and the role in which the actor made it")


def _check_reason(reason: str, *, is_first: bool) -> None:
    if reason not in REASONS:
        raise Invalid("passport/reason", f"{reason!r} is no reason for a version; known are {', '.join(REASONS)}")
    if is_first != (reason == FIRST_REASON):
        raise Invalid("passport/reason", f"the first version, and only that, has the reason {FIRST_REASON!r}")


def _check_evidence(evidence: tuple[Evidence, ...]) -> None:
    for proof in evidence:
        if not proof.href or _DIGEST.fullmatch(proof.digest) is None:
            raise Invalid("passport/evidence", f"evidence {proof.href!r} needs an address and a digest sha256:<64 hex>")


def _check_time(time: datetime, previous: PassportVersion | None) -> None:
    if time.utcoffset() != timedelta(0):
        raise Invalid("passport/time", "the time of a version is given in UTC, with its zone")
    if previous is not None and time < previous.time:
        raise Conflict("passport/older-than-version", f"{time} lies before version {previous.number} ({previous.time})")


def read_version(record: Mapping[str, Any], payload: Json) -> PassportVersion:
    """The version of a stored record (`as_dict`) and its payload; Invalid `passport/version-record` if malformed."""
    try:
        return PassportVersion(
            number=int(record["number"]),
            time=_read_time(record["time"]),
            actor=record["actor"],
            role=record["role"],
            reason=record["reason"],
            notes=record["notes"],
            evidence=tuple(Evidence(item["href"], item["digest"]) for item in record["evidence"]),
            payload=payload,
            payload_digest=record["payloadDigest"],
            delta=tuple(record["delta"]),
            predecessor_digest=record["predecessorDigest"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("passport/version-record", f"not the record of a passport version: {error!r}") from None


def _read_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return time.astimezone(UTC)


def verify(versions: Sequence[PassportVersion]) -> list[Finding]:
    """What does not fit in a whole history, oldest first: numbers, digests, the chain, the deltas, the times."""
    findings: list[Finding] = []
    previous: PassportVersion | None = None
    for version in versions:
        findings += [
            Finding(f"passport/{rule}", f"version {version.number}: {message}", f"/{version.number}")
            for rule, message in _mismatches(previous, version)
        ]
        previous = version
    return findings


def _mismatches(previous: PassportVersion | None, version: PassportVersion) -> list[tuple[str, str]]:
    expected = 1 if previous is None else previous.number + 1
    checks = [
        (version.number == expected, "version-number", f"number {expected} was expected here"),
        (digest(version.payload) == version.payload_digest, "payload-digest", "the payload is not the one recorded"),
        (
            version.predecessor_digest == ("" if previous is None else previous.digest),
            "predecessor-digest",
            "the version before it is not the one recorded",
        ),
        (previous is None or version.time >= previous.time, "version-time", "it is older than the version before it"),
        (
            _delta_leads_here(previous, version),
            "version-delta",
            "its changes do not lead from the version before to it",
        ),
    ]
    return [(rule, message) for holds, rule, message in checks if not holds]


def _delta_leads_here(previous: PassportVersion | None, version: PassportVersion) -> bool:
    if previous is None:
        return not version.delta
    try:
        return same(apply(previous.payload, version.delta), version.payload)
    except Invalid:
        return False
