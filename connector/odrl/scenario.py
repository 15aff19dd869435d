"""What-if: a policy decided for a participant as one describes it, now and at the moments when the answer changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from connector.notation.problems import Invalid
from connector.odrl import decision as deciding
from connector.odrl.decision import Decision, Plan
from connector.odrl.facts import Fact, Facts, Recipient
from connector.odrl.instants import spelled
from connector.odrl.operands import Phase
from connector.odrl.policy import Policy, Profile
from connector.odrl.right_operands import instant, span
from connector.odrl.terms import ends_of

_TICK: Final = timedelta(microseconds=1)
MEMBERS: Final = (
    "at",
    "did",
    "bpn",
    "membership",
    "frameworkAgreements",
    "dismantler",
    "groups",
    "purposes",
    "signedAt",
    "deliveries",
    "versionChange",
    "otherHolders",
    "termsAccepted",
    "uses",
    "recipient",
)
"""What a scenario may say; what it leaves out is not known, and a policy that asks for it refuses."""


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on the answer is another."""

    at: datetime
    decision: Decision

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"at": spelled(self.at), **self.decision.as_dict()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a policy says in one phase at the scenario's moment, and how that changes later."""

    phase: Phase
    decision: Decision
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "phase": self.phase.value,
            **self.decision.as_dict(),
            "changes": [each.as_dict() for each in self.changes],
        }


def simulate(
    policy: Policy, facts: Facts, phases: tuple[Phase, ...] = tuple(Phase), *, profile: Profile = "catena-x"
) -> list[Answer]:
    """The decision of `policy` for `facts` in each phase, now and at every later moment when it becomes another."""
    plan = deciding.compile(policy, profile=profile)
    moments = sorted({moment for moment in _moments(policy, facts, profile) if moment >= facts.now})
    return [_answer(plan, facts, phase, moments) for phase in phases]


def read_facts(document: Mapping[str, Any], now: datetime) -> Facts:
    """The facts that a scenario in JSON describes (MEMBERS), at its `at` or `now`. Raises Invalid (`scenario/...`).

    A credential is its value, or `{"value": ..., "validUntil": ...}`; `frameworkAgreements` are texts as
    `DataExchangeGovernance:1.0`; `recipient` is a BPNL or `{"bpn": ..., "region": ..., "relation": ...}`.
    """
    strange = sorted(set(document) - set(MEMBERS))
    if strange:
        raise Invalid("scenario/member", f"a scenario has no {strange[0]!r}; it has {', '.join(MEMBERS)}")
    deliveries = document.get("deliveries")
    if deliveries is not None and (isinstance(deliveries, bool) or not isinstance(deliveries, int) or deliveries < 0):
        raise Invalid("scenario/value", "deliveries is a whole number", pointer="/deliveries")
    holders = document.get("otherHolders")
    return Facts(
        now=_moment(document, "at") or now,
        participant_id=_text(document, "did"),
        bpn=_fact(document, "bpn"),
        membership=_fact(document, "membership"),
        framework_agreements=_agreements(document),
        dismantler=_fact(document, "dismantler"),
        groups=_set(document, "groups"),
        purposes=_set(document, "purposes") if "purposes" in document else None,
        agreement_signed_at=_moment(document, "signedAt"),
        deliveries=deliveries,
        version_change=_text(document, "versionChange") or None,
        other_holders=None if holders is None else _set(document, "otherHolders"),
        terms_accepted=document.get("termsAccepted") is True,
        uses=_set(document, "uses"),
        recipient=_recipient(document.get("recipient")),
    )


def _answer(plan: Plan, facts: Facts, phase: Phase, moments: list[datetime]) -> Answer:
    first = last = plan.decide(facts, phase)
    changes = []
    for moment in moments:
        for at in (moment, moment + _TICK if moment < datetime.max.replace(tzinfo=moment.tzinfo) - _TICK else moment):
            found = plan.decide(replace(facts, now=at), phase)
            if (found.permitted, found.code) != (last.permitted, last.code):
                changes.append(Change(at, found))
                last = found
    return Answer(phase, first, tuple(changes))


def _moments(policy: Policy, facts: Facts, profile: Profile) -> Iterator[datetime]:
    """When anything that the policy reads changes: credentials, the contract's ends, fixed dates."""
    held = (facts.bpn, facts.membership, facts.dismantler, *facts.framework_agreements.values())
    yield from (fact.valid_until for fact in held if fact is not None and fact.valid_until is not None)
    signed = facts.agreement_signed_at
    if signed is not None:
        ends = ends_of(policy, signed, profile)
        yield from (end for end in (ends.usage, ends.provisioning) if end is not None)
    for rule in policy.rules:
        for constraint in rule.atoms():
            counted, fixed = span(constraint.value), instant(constraint.value)
            if counted is not None and signed is not None:
                yield signed + counted
            if fixed is not None:
                yield fixed


def _agreements(document: Mapping[str, Any]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    listed = document.get("frameworkAgreements", [])
    for number, each in enumerate(listed if isinstance(listed, list) else [listed]):
        fact = _read(each, f"/frameworkAgreements/{number}")
        name, _, version = str(fact.value).partition(":")
        known = found.get(name)
        found[name] = replace(fact, value=frozenset({version, *(known.value if known else ())}))
    return found


def _fact(document: Mapping[str, Any], name: str) -> Fact | None:
    value = document.get(name)
    return None if value is None else _read(value, f"/{name}")


def _read(value: Any, pointer: str) -> Fact:
    if not (isinstance(value, Mapping) and "value" in value):
        return Fact(value)
    return Fact(value["value"], _moment(value, "validUntil", pointer), str(value.get("source", "")))


def _moment(document: Mapping[str, Any], name: str, within: str = "") -> datetime | None:
    value = document.get(name)
    if value is None:
        return None
    found = instant(value)
    if found is None:
        detail = f"{name} is a date and time with zone, as 2027-12-31T23:59:59Z"
        raise Invalid("scenario/value", detail, pointer=f"{within}/{name}")
    return found


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name, "")
    if not isinstance(value, str):
        raise Invalid("scenario/value", f"{name} is text", pointer=f"/{name}")
    return value


def _set(document: Mapping[str, Any], name: str) -> frozenset[str]:
    value = document.get(name) or []
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in several):
        raise Invalid("scenario/value", f"{name} is a list of texts", pointer=f"/{name}")
    return frozenset(several)


def _recipient(value: Any) -> Recipient | None:
    if value in (None, ""):
        return None
    if isinstance(value, str):
        return Recipient(value)
    if not isinstance(value, Mapping) or not isinstance(value.get("bpn"), str):
        raise Invalid(
            "scenario/value", "a recipient is a BPNL, or an object with bpn, region, relation", pointer="/recipient"
        )
    return Recipient(value["bpn"], str(value.get("region", "")), str(value.get("relation", "")))
