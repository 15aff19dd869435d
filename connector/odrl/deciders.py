"""How each operand that this node decides is decided: one small function a row, built once from its constraint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from connector.odrl.facts import VERSION_CHANGES, Fact, Facts
from connector.odrl.instants import COMPARED, Miss, Test, absent, listed, provisioning_over, spelled, usage_over, values
from connector.odrl.instants import later as later_by_days
from connector.odrl.policy.rules import Constraint
from connector.odrl.right_operands import count, instant, span
from connector.odrl.sharing import PROHIBITIONS, SHARING

__all__ = [
    "DECIDERS",
    "PROHIBITIONS",
    "Miss",
    "Test",
    "decider",
    "listed",
    "terms_accepted",
    "version_test",
    "year_after",
]


def membership(_constraint: Constraint) -> Test:
    """An active membership credential that has not ended."""

    def test(facts: Facts) -> Miss | None:
        fact = facts.membership
        if fact is None or not facts.holds(fact):
            return absent("membership credential", fact)
        if fact.value != "active":
            return Miss("credential-differs", fact.value, f"an active membership is wanted, it is {fact.value}")
        return None

    return test


def framework_agreement(constraint: Constraint) -> Test:
    """A credential of the agreement's name with exactly the version wanted (CX-0018 2.4)."""
    name, _, version = str(constraint.value).partition(":")

    def test(facts: Facts) -> Miss | None:
        fact = facts.framework_agreements.get(name)
        if fact is None or not facts.holds(fact):
            return absent(f"{name} credential", fact)
        if version not in fact.value:
            found = sorted(fact.value)
            return Miss("credential-differs", found, f"version {version} of {name} is wanted, found {listed(found)}")
        return None

    return test


def business_partner_number(constraint: Constraint) -> Test:
    """A BPN credential whose number is among (isAnyOf) or not among (isNoneOf) those listed; without one: no."""
    numbers, is_wanted = frozenset(values(constraint)), constraint.operator == "isAnyOf"

    def test(facts: Facts) -> Miss | None:
        fact = facts.bpn
        if fact is None or not facts.holds(fact):
            return absent("business partner number credential", fact)
        if (fact.value in numbers) is is_wanted:
            return None
        where = "not among the numbers admitted" if is_wanted else "among the numbers excluded"
        return Miss("partner-not-admitted", fact.value, f"the business partner number {fact.value} is {where}")

    return test


def business_partner_group(constraint: Constraint) -> Test:
    """A partner of a known number that is in one (isAnyOf) or in none (isNoneOf) of the groups, now."""
    groups, is_wanted = frozenset(values(constraint)), constraint.operator == "isAnyOf"

    def test(facts: Facts) -> Miss | None:
        if facts.bpn is None or not facts.holds(facts.bpn):
            return absent("business partner number credential", facts.bpn)
        if groups.isdisjoint(facts.groups) is not is_wanted:
            return None
        where = "in none of the groups admitted" if is_wanted else "in a group that is excluded"
        return Miss("partner-not-admitted", sorted(facts.groups), f"the partner {facts.bpn.value} is {where}")

    return test


def dismantler(_constraint: Constraint) -> Test:
    """A dismantler credential that has not ended."""

    def test(facts: Facts) -> Miss | None:
        fact = facts.dismantler
        return None if fact is not None and facts.holds(fact) else absent("dismantler credential", fact)

    return test


def _permit(member: str, noun: str) -> Callable[[Constraint], Test]:
    """One member of the dismantler credential (a text or a list) against the values wanted."""

    def build(constraint: Constraint) -> Test:
        wanted, operator = frozenset(values(constraint)), constraint.operator

        def test(facts: Facts) -> Miss | None:
            fact = facts.dismantler
            if fact is None or not facts.holds(fact):
                return absent("dismantler credential", fact)
            found = _members(fact, member)
            if _COMPARED_SETS[operator](found, wanted):
                return None
            return Miss(
                "credential-differs", sorted(found), f"the permit's {noun} are {listed(sorted(found)) or 'none'}"
            )

        return test

    return build


_COMPARED_SETS: Final[dict[str, Callable[[frozenset[str], frozenset[Any]], bool]]] = {
    "eq": lambda found, wanted: found == wanted,
    "isAnyOf": lambda found, wanted: not found.isdisjoint(wanted),
    "isAllOf": lambda found, wanted: wanted <= found,
    "isNoneOf": lambda found, wanted: found.isdisjoint(wanted),
}


def usage_purpose(constraint: Constraint) -> Test:
    """Every purpose asked for is one that is granted; asking for none is refused."""
    granted = frozenset(values(constraint))
    grants = listed(sorted(granted))

    def test(facts: Facts) -> Miss | None:
        asked = facts.purposes
        if not asked:
            return Miss("purpose-not-stated", None, f"a purpose must be stated; granted is {grants}")
        if asked <= granted:
            return None
        beyond = sorted(asked - granted)
        return Miss("purpose-not-granted", beyond, f"granted is {grants}, asked for is {listed(beyond)}")

    return test


def data_usage_end_date(constraint: Constraint) -> Test:
    """Now is not after the date."""
    end = instant(constraint.value)

    def test(facts: Facts) -> Miss | None:
        return None if end is not None and facts.now <= end else usage_over(facts.now, end)

    return test


def data_usage_end_duration_days(constraint: Constraint) -> Test:
    """Now is not after the signing of the agreement plus the days."""
    days = count(constraint.value) or 0

    def test(facts: Facts) -> Miss | None:
        signed = facts.agreement_signed_at
        if signed is None:
            return _unsigned()
        end = later_by_days(signed, days)
        return None if facts.now <= end else usage_over(facts.now, end)

    return test


def data_usage_end_definition(_constraint: Constraint) -> Test:
    """Its one value says that there is no end."""
    return lambda _facts: None


def data_provisioning_end_date(constraint: Constraint) -> Test:
    """The provider has to provide until the date, and does so no longer."""
    end = instant(constraint.value)

    def test(facts: Facts) -> Miss | None:
        return None if end is not None and facts.now <= end else provisioning_over(facts.now, end)

    return test


def data_provisioning_end_duration_days(constraint: Constraint) -> Test:
    """As the date, counted from the signing of the agreement."""
    days = count(constraint.value) or 0

    def test(facts: Facts) -> Miss | None:
        signed = facts.agreement_signed_at
        if signed is None:
            return _unsigned()
        end = later_by_days(signed, days)
        return None if facts.now <= end else provisioning_over(facts.now, end)

    return test


def in_force_date(constraint: Constraint) -> Test:
    """Now against an instant, or one counted from the agreement; before there is one, an agreement made now counts."""
    fixed, counted, compared = instant(constraint.value), span(constraint.value), COMPARED[constraint.operator]

    def test(facts: Facts) -> Miss | None:
        bound = fixed
        if counted is not None:
            bound = later_by_days(facts.agreement_signed_at or facts.now, counted)
        if bound is not None and compared(facts.now, bound):
            return None
        said = f"{constraint.operator} {spelled(bound) if bound else constraint.value}"
        return Miss("not-in-force", spelled(facts.now), f"the moment must be {said}, it is {spelled(facts.now)}")

    return test


def data_frequency(constraint: Constraint) -> Test:
    """Once: nothing was delivered yet. Unlimited: always."""
    if str(constraint.value).startswith("cx.dataFrequency.unlimited"):
        return lambda _facts: None
    return _delivered(1)


def delivery_count(constraint: Constraint) -> Test:
    """ODRL's count: the deliveries so far and this one stay within the number."""
    number = count(constraint.value) or 0
    return _delivered(number - 1 if constraint.operator == "lt" else number)


def _delivered(limit: int) -> Test:
    def test(facts: Facts) -> Miss | None:
        made = facts.deliveries
        if made is None:
            return Miss("count-unknown", None, "the number of deliveries is limited, and how many were made is unknown")
        if made < limit:
            return None
        return Miss("count-used-up", made, f"{limit} deliveries are agreed, {made} were made")

    return test


def version_changes(constraint: Constraint) -> Test:
    """The dataset is of the version agreed on, or of one that changed no more than is allowed."""
    allowed = "major" if "major" in str(constraint.value) else "minor"
    return version_test(allowed)


def version_test(allowed: str) -> Test:
    """The dataset changed no more than `allowed` since the agreement (VERSION_CHANGES)."""
    most = VERSION_CHANGES.index(allowed)

    def test(facts: Facts) -> Miss | None:
        change = facts.version_change
        if change is not None and VERSION_CHANGES.index(change) <= most:
            return None
        said = "no change" if allowed == "none" else f"{allowed} changes"
        found = f"a {change} change" if change else "an unknown version"
        return Miss("version-changed", change, f"the contract covers {said} of version, the dataset has {found}")

    return test


def exclusive_usage(_constraint: Constraint) -> Test:
    """Nobody else holds a contract in force on the dataset."""

    def test(facts: Facts) -> Miss | None:
        if facts.other_holders is None:
            return Miss("holders-unknown", None, "exclusive use is asked for, and who else holds a contract is unknown")
        if not facts.other_holders:
            return None
        number = len(facts.other_holders)
        return Miss(
            "not-exclusive", number, f"exclusive use is asked for, and {number} contracts with others are in force"
        )

    return test


DECIDERS: Final[dict[str, Callable[[Constraint], Test]]] = {
    "Membership": membership,
    "FrameworkAgreement": framework_agreement,
    "BusinessPartnerNumber": business_partner_number,
    "BusinessPartnerGroup": business_partner_group,
    "Dismantler": dismantler,
    "Dismantler.activityType": _permit("activityType", "activities"),
    "Dismantler.allowedBrands": _permit("allowedVehicleBrands", "brands"),
    "UsagePurpose": usage_purpose,
    "DataUsageEndDate": data_usage_end_date,
    "DataUsageEndDurationDays": data_usage_end_duration_days,
    "DataUsageEndDefinition": data_usage_end_definition,
    "DataProvisioningEndDate": data_provisioning_end_date,
    "DataProvisioningEndDurationDays": data_provisioning_end_duration_days,
    "inForceDate": in_force_date,
    "DataFrequency": data_frequency,
    "count": delivery_count,
    "VersionChanges": version_changes,
    "ExclusiveUsage": exclusive_usage,
    **SHARING,
}
"""One for each row of the operand table whose handling is `decided` in some phase, as it is in a permission."""


def decider(constraint: Constraint, kind: str) -> Test:
    """The test of `constraint` in a rule of `kind`: a prohibition forbids a requested use, all others must hold."""
    return (PROHIBITIONS if kind == "prohibition" else DECIDERS)[constraint.operand](constraint)


def terms_accepted(_constraint: Constraint) -> Test:
    """A person accepted the legal terms of this contract."""
    missing = Miss("terms-not-accepted", None, "the contract has legal terms, and nobody accepted them here yet")
    return lambda facts: None if facts.terms_accepted else missing


def _members(fact: Fact, member: str) -> frozenset[str]:
    value = fact.value.get(member) if isinstance(fact.value, dict) else None
    several = value if isinstance(value, list | tuple | frozenset | set) else (value,)
    return frozenset(each for each in several if isinstance(each, str))


def _unsigned() -> Miss:
    return Miss("agreement-not-signed", None, "the days count from an agreement, and none is known")


def year_after(signed: datetime) -> datetime:
    """One year on: what CX-0152 lets a contract last where nothing else is agreed."""
    try:
        return signed.replace(year=signed.year + 1)
    except ValueError:  # the 29th of February, or the last year that there is
        return later_by_days(signed, 365)
