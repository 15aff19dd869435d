"""What CX-0152 says where a usage policy says nothing: a year of provision and of use, no change of version."""

from __future__ import annotations

from typing import Final

from connector.odrl.deciders import version_test, year_after
from connector.odrl.facts import Facts
from connector.odrl.instants import Miss, Test, provisioning_over, usage_over
from connector.odrl.operands import OPERANDS, Phase
from connector.odrl.policy.rules import Constraint, Policy

USAGE_END: Final = "end of usage"
PROVISIONING_END: Final = "end of provisioning"

_AGREED: Final = frozenset({Phase.TRANSFER, Phase.REQUEST, Phase.AFTER})
_DELIVERED: Final = frozenset({Phase.TRANSFER, Phase.REQUEST})

Default = tuple[tuple[Test, Constraint], frozenset[Phase]]


def groups_of(policy: Policy) -> frozenset[str]:
    """The groups of operands (`end of usage`, ...) of which `policy` names one."""
    named = (constraint.operand for rule in policy.rules for constraint in rule.atoms())
    return frozenset(OPERANDS[name].group for name in named if name in OPERANDS)


def defaults_of(policy: Policy) -> tuple[Default, ...]:
    """The steps that stand in for what `policy` leaves open, each with the phases in which it is asked."""
    if policy.kind != "usage":
        return ()
    groups = groups_of(policy)
    operands = {constraint.operand for rule in policy.rules for constraint in rule.atoms()}
    found: list[Default] = []
    if USAGE_END not in groups:
        found.append(((_usage_year, _stand_in("DataUsageEndDurationDays", "one year")), _AGREED))
    if PROVISIONING_END not in groups:
        found.append(((_provisioning_year, _stand_in("DataProvisioningEndDurationDays", "one year")), _DELIVERED))
    if "VersionChanges" not in operands:
        found.append(((version_test("none"), _stand_in("VersionChanges", "no change")), _DELIVERED))
    return tuple(found)


def _stand_in(operand: str, value: str) -> Constraint:
    """A constraint that nobody wrote: it has no place in the document."""
    return Constraint(operand, "eq", value)


def _usage_year(facts: Facts) -> Miss | None:
    signed = facts.agreement_signed_at
    if signed is None:
        return _UNSIGNED
    end = year_after(signed)
    return None if facts.now <= end else usage_over(facts.now, end)


def _provisioning_year(facts: Facts) -> Miss | None:
    signed = facts.agreement_signed_at
    if signed is None:
        return _UNSIGNED
    end = year_after(signed)
    return None if facts.now <= end else provisioning_over(facts.now, end)


_UNSIGNED: Final = Miss(
    "agreement-not-signed", None, "nothing is agreed on the end, so a year counts from an agreement, and none is known"
)
