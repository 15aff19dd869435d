"""How each operand that this node enforces is decided: one small function a row, built once from its constraint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connector.odrl.facts import Fact, Facts
from connector.odrl.policy.rules import Constraint
from connector.odrl.right_operands import count, instant

LISTED: Final = 10
"""How many values of a list a sentence or a decision shows."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a constraint does not hold: reason code (without room), what was found, a sentence."""

    code: str
    found: Any
    sentence: str


Test = Callable[[Facts], Miss | None]
"""None: the constraint holds."""


def membership(_constraint: Constraint) -> Test:
    """An active membership credential that has not ended."""

    def test(facts: Facts) -> Miss | None:
        if facts.membership is None or not facts.holds(facts.membership):
            return _absent("membership credential", facts.membership)
        if facts.membership.value != "active":
            found = facts.membership.value
            return Miss("credential-differs", found, f"an active membership is wanted, it is {found}")
        return None

    return test


def framework_agreement(constraint: Constraint) -> Test:
    """A credential of the agreement's name with exactly the version wanted (CX-0018 2.4)."""
    name, _, version = str(constraint.value).partition(":")

    def test(facts: Facts) -> Miss | None:
        fact = facts.framework_agreements.get(name)
        if fact is None or not facts.holds(fact):
            return _absent(f"{name} credential", fact)
        if version not in fact.value:
            found = sorted(fact.value)
            return Miss("credential-differs", found, f"version {version} of {name} is wanted, found {listed(found)}")
        return None

    return test


def business_partner_number(constraint: Constraint) -> Test:
    """A BPN credential whose number is among (isAnyOf) or not among (isNoneOf) those listed; without one: no."""
    numbers, is_wanted = frozenset(_values(constraint)), constraint.operator == "isAnyOf"

    def test(facts: Facts) -> Miss | None:
        if facts.bpn is None or not facts.holds(facts.bpn):
            return _absent("business partner number credential", facts.bpn)
        found = facts.bpn.value
        if (found in numbers) is is_wanted:
            return None
        where = "not among the numbers admitted" if is_wanted else "among the numbers excluded"
        return Miss("partner-not-admitted", found, f"the business partner number {found} is {where}")

    return test


def usage_purpose(constraint: Constraint) -> Test:
    """Every purpose asked for is one that is granted; asking for none is refused."""
    granted = frozenset(_values(constraint))
    grants = listed(sorted(granted))

    def test(facts: Facts) -> Miss | None:
        if not facts.purposes:
            return Miss("purpose-not-stated", None, f"a purpose must be stated; granted is {grants}")
        beyond = sorted(facts.purposes - granted)
        if beyond:
            return Miss("purpose-not-granted", beyond, f"granted is {grants}, asked for is {listed(beyond)}")
        return None

    return test


def data_usage_end_date(constraint: Constraint) -> Test:
    """Now is not after the date."""
    end = instant(constraint.value)

    def test(facts: Facts) -> Miss | None:
        return _ended(facts.now, end)

    return test


def data_usage_end_duration_days(constraint: Constraint) -> Test:
    """Now is not after the signing of the agreement plus the days."""
    days = timedelta(days=count(constraint.value) or 0)

    def test(facts: Facts) -> Miss | None:
        signed = facts.agreement_signed_at
        if signed is None:
            return Miss("agreement-not-signed", None, "the days count from an agreement, and none is known")
        return _ended(facts.now, _later(signed, days))

    return test


DECIDERS: Final[dict[str, Callable[[Constraint], Test]]] = {
    "Membership": membership,
    "FrameworkAgreement": framework_agreement,
    "BusinessPartnerNumber": business_partner_number,
    "UsagePurpose": usage_purpose,
    "DataUsageEndDate": data_usage_end_date,
    "DataUsageEndDurationDays": data_usage_end_duration_days,
}
"""One for each row of the operand table whose handling is `decided` in some phase."""


def listed(values: list[Any]) -> str:
    """`values` in one line, cut after ten."""
    more = f" and {len(values) - LISTED} more" if len(values) > LISTED else ""
    return ", ".join(str(value) for value in values[:LISTED]) + more


def spelled(moment: datetime) -> str:
    """A time as every answer of the node writes it: UTC, with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _values(constraint: Constraint) -> tuple[Any, ...]:
    return constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)


def _absent(what: str, fact: Fact | None) -> Miss:
    if fact is None or fact.valid_until is None:
        return Miss("credential-missing", None, f"a {what} is wanted, none was presented")
    ended = spelled(fact.valid_until)
    return Miss("credential-expired", ended, f"a {what} is wanted, the one presented ended at {ended}")


def _ended(now: datetime, end: datetime | None) -> Miss | None:
    if end is not None and now <= end:
        return None
    when = spelled(end) if end else "an unknown time"
    return Miss("usage-ended", spelled(now), f"the use of the data ended at {when}, it is {spelled(now)}")


def _later(start: datetime, span: timedelta) -> datetime:
    try:
        return start + span
    except OverflowError:
        return datetime.max.replace(tzinfo=start.tzinfo)
