"""What verified credentials say about their holder: the facts that a policy is decided on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector.dcp.credentials import SUBJECTS, Credential, is_bpnl
from connector.dcp.validity import iso
from connector.notation.problems import Refused

BPN_SOURCES = ("BpnCredential", *SUBJECTS)
"""Where the BPNL is taken from: the first of these types that is there."""

_NO_END = datetime.max.replace(tzinfo=UTC)
_BPN_MEMBERS = ("bpn", "holderIdentifier")


@dataclass(frozen=True, slots=True)
class Fact:
    """What a credential says, until `valid_until` (None: no end); `source` is the credential's id."""

    value: Any
    valid_until: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class VerifiedFacts:
    """What is known about `did`.

    `bpn.value` is the BPNL; `membership.value` is "active"; `framework_agreements` by name (credential type without
    "Credential"), value the frozenset of versions; `dismantler.value` is {"activityType", "allowedVehicleBrands"}.
    """

    did: str
    bpn: Fact | None
    membership: Fact | None
    framework_agreements: dict[str, Fact]
    dismantler: Fact | None

    def as_dict(self) -> dict[str, Any]:
        """The facts as JSON values, for a record of a decision."""
        return {
            "did": self.did,
            "bpn": _plain(self.bpn),
            "membership": _plain(self.membership),
            "frameworkAgreements": {name: _plain(fact) for name, fact in self.framework_agreements.items()},
            "dismantler": _plain(self.dismantler),
        }


def facts_of(credentials: Iterable[Credential]) -> VerifiedFacts:
    """The facts in `credentials`, each verified before, all about one holder.

    Raises Refused: `dcp/holder-mismatch` (none, or several holders), `dcp/bpn-conflict`, `dcp/bpn-malformed`.
    """
    held = list(credentials)
    holders = sorted({one.holder for one in held})
    if len(holders) != 1:
        raise Refused(
            "dcp/holder-mismatch", f"the credentials are about {', '.join(holders) or 'nobody'}, not about one"
        )
    return VerifiedFacts(
        did=holders[0],
        bpn=_bpn(held, holders[0]),
        membership=_membership(held),
        framework_agreements=_framework_agreements(held),
        dismantler=_dismantler(held),
    )


def _bpn(held: Sequence[Credential], holder: str) -> Fact | None:
    """The one BPNL in all credentials: somebody with two numbers could choose the one that a policy likes."""
    sources = [one for name in BPN_SOURCES for one in _of_type(held, name)]
    found = [(one.subject[name], one) for one in sources for name in _BPN_MEMBERS if name in one.subject]
    for number, _ in found:
        if not is_bpnl(number):
            raise Refused("dcp/bpn-malformed", f"a credential of {holder} has the number {number!r:.40}, no BPNL")
    numbers = sorted({number for number, _ in found})
    if len(numbers) > 1:
        raise Refused("dcp/bpn-conflict", f"the credentials of {holder} name several BPNL: {', '.join(numbers)}")
    return _fact(*found[0]) if found else None


def _membership(held: Sequence[Credential]) -> Fact | None:
    memberships = _of_type(held, "MembershipCredential")
    return _fact("active", memberships[0]) if memberships else None


def _framework_agreements(held: Sequence[Credential]) -> dict[str, Fact]:
    """Every credential with a contract version is one (CX-0018 2.4); of several of a name the end is the earliest."""
    agreements: dict[str, Fact] = {}
    for one in held:
        version = one.subject.get("contractVersion")
        for name in one.types if isinstance(version, str) else ():
            agreement = name.removesuffix("Credential")
            fact = _fact(frozenset({version}), one)
            known = agreements.get(agreement)
            agreements[agreement] = fact if known is None else _joined(known, fact)
    return agreements


def _joined(one: Fact, other: Fact) -> Fact:
    ends = [fact.valid_until for fact in (one, other) if fact.valid_until is not None]
    return Fact(one.value | other.value, min(ends, default=None), one.source)


def _dismantler(held: Sequence[Credential]) -> Fact | None:
    permits = _of_type(held, "DismantlerCredential")
    if not permits:
        return None
    subject = permits[0].subject
    return _fact({name: subject.get(name) for name in ("activityType", "allowedVehicleBrands")}, permits[0])


def _of_type(held: Iterable[Credential], name: str) -> list[Credential]:
    """The credentials of a type, the one that lasts longest first."""
    found = [one for one in held if name in one.types]
    return sorted(found, key=lambda one: one.expires_at or _NO_END, reverse=True)


def _fact(value: Any, credential: Credential) -> Fact:
    return Fact(value, credential.expires_at, credential.id or credential.issuer)


def _plain(fact: Fact | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    value = sorted(fact.value) if isinstance(fact.value, frozenset) else fact.value
    return {"value": value, "validUntil": iso(fact.valid_until) if fact.valid_until else None, "source": fact.source}
