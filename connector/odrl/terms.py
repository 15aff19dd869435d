"""What a contract says as a whole: when it ends, what a person must accept, what must be done at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.odrl.deciders import year_after
from connector.odrl.defaults import PROVISIONING_END, USAGE_END, groups_of
from connector.odrl.instants import later, spelled
from connector.odrl.operands import OPERANDS
from connector.odrl.policy import Policy, Profile
from connector.odrl.policy.rules import Constraint
from connector.odrl.right_operands import count, instant, span


@dataclass(frozen=True, slots=True)
class Ends:
    """When use and provision end; None: never."""

    usage: datetime | None
    provisioning: datetime | None


def ends_of(policy: Policy, signed_at: datetime, profile: Profile = "catena-x") -> Ends:
    """The ends of a contract on `policy` signed at `signed_at`, the profile's year where nothing is agreed."""
    groups = groups_of(policy)
    has_defaults = profile == "catena-x" and policy.kind == "usage"
    usage = [_end(each, signed_at) for each in _atoms(policy, USAGE_END)] + list(_bounds(policy, signed_at))
    provisioning = [_end(each, signed_at) for each in _atoms(policy, PROVISIONING_END)]
    if has_defaults and USAGE_END not in groups:
        usage.append(year_after(signed_at))
    if has_defaults and PROVISIONING_END not in groups:
        provisioning.append(year_after(signed_at))
    return Ends(_earliest(usage), _earliest(provisioning))


def usage_end_sentence(policy: Policy, end: datetime) -> str:
    """Why a contract is over at `end`, with the operand that says so."""
    named = next((each.operand for each in _atoms(policy, USAGE_END)), "")
    bounded = named or next((each.operand for each in _named(policy, "inForceDate")), "DataUsageEndDurationDays")
    return f"{bounded}: the use of the data ended at {spelled(end)}"


def legal_terms(policy: Policy) -> list[Constraint]:
    """The constraints that nobody decides but a person: recorded, shown, accepted."""
    return [
        constraint
        for rule in policy.rules
        for constraint in rule.atoms()
        if constraint.operand in OPERANDS and OPERANDS[constraint.operand].is_legal_term
    ]


def deletes(policy: Policy, profile: Profile = "catena-x") -> bool:
    """Whether the consumer must delete the data at the end: as agreed, or by the profile where nothing is said."""
    said = [str(constraint.value) for constraint in _named(policy, "ContractTermination")]
    if said:
        return any(value.startswith("cx.data.deletion") for value in said)
    return profile == "catena-x" and policy.kind == "usage"


def is_exclusive(policy: Policy) -> bool:
    """Whether the consumer alone may use the data."""
    return any(_named(policy, "ExclusiveUsage"))


def counts_deliveries(policy: Policy) -> bool:
    """Whether the number of deliveries is limited."""
    limited = (str(each.value) == "cx.dataFrequency.once:1" for each in _named(policy, "DataFrequency"))
    return any(limited) or any(_named(policy, "count"))


def _named(policy: Policy, operand: str) -> Iterator[Constraint]:
    return (each for rule in policy.rules for each in rule.atoms() if each.operand == operand)


def _atoms(policy: Policy, group: str) -> Iterator[Constraint]:
    atoms = (each for rule in policy.rules for each in rule.atoms())
    return (each for each in atoms if each.operand in OPERANDS and OPERANDS[each.operand].group == group)


def _end(constraint: Constraint, signed_at: datetime) -> datetime | None:
    days = count(constraint.value)
    return later(signed_at, days) if days is not None else instant(constraint.value)


def _bounds(policy: Policy, signed_at: datetime) -> Iterator[datetime | None]:
    """Upper bounds that EDC's inForceDate sets."""
    for each in _named(policy, "inForceDate"):
        if each.operator in ("lt", "lteq"):
            counted = span(each.value)
            yield instant(each.value) if counted is None else later(signed_at, counted)


def _earliest(found: list[datetime | None]) -> datetime | None:
    return min((each for each in found if each is not None), default=None)
