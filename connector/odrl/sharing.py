"""Uses that a contract restricts: giving data on, changing them, deriving from them.

A prohibition of the profile never asks whether something is true of the partner: it forbids a *requested use*. A use
that is not asked for breaks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from connector.odrl.facts import Facts
from connector.odrl.instants import Miss, Test, listed, values
from connector.odrl.policy.rules import Constraint

RESTRICTED: Final = {
    "cx.thirdParty.forbidden:1": "share",
    "cx.manipulation.forbidden:1": "manipulate",
    "cx.derivations.forbidden:1": "derive",
    "cx.extraordinaryAnalytics.forbidden:1": "analyse",
    "cx.dataProviderRemoval.forbidden:1": "remove-provider",
}
"""Restriction of the profile -> the use that it forbids."""

_RELATIONS: Final = {"cx.sharing.affiliates:1": "affiliate", "cx.sharing.managedLegalEntity:1": "managedLegalEntity"}


def usage_restriction(constraint: Constraint, *, is_sublicensed: bool = False) -> Test:
    """None of the uses asked for is one that a restriction forbids.

    With `is_sublicensed` the contract names affiliated companies that may have the data: whoever that constraint admits
    is no third party, and whoever it does not is refused by it.
    """
    forbidden = {RESTRICTED[str(value)]: str(value) for value in values(constraint) if str(value) in RESTRICTED}

    def test(facts: Facts) -> Miss | None:
        asked = facts.uses
        if facts.recipient is not None:
            asked = asked - {"share"} if is_sublicensed else asked | {"share"}
        for use in sorted(asked & forbidden.keys()):
            return Miss("use-forbidden", use, f"{forbidden[use]} is agreed, and the use asked for is {use!r}")
        return None

    return test


def affiliates_bpnl(constraint: Constraint) -> Test:
    """The company that the data are to reach is one of those listed; the contract partner itself needs no listing."""
    admitted = frozenset(values(constraint))

    def test(facts: Facts) -> Miss | None:
        if facts.recipient is None:
            return _unnamed(facts)
        if facts.recipient.bpn in admitted:
            return None
        return _outside(facts.recipient.bpn, "not among the affiliated companies listed")

    return test


def affiliates_region(constraint: Constraint) -> Test:
    """The company is an affiliate that our registry knows in one of the regions; nothing is assumed of others."""
    regions = frozenset(_region(value) for value in values(constraint))

    def test(facts: Facts) -> Miss | None:
        recipient = facts.recipient
        if recipient is None:
            return _unnamed(facts)
        if recipient.relation != "affiliate":
            return Miss(
                "recipient-unknown", recipient.bpn, f"{recipient.bpn} is not known here as an affiliated company"
            )
        if "all" in regions or recipient.region in regions:
            return None
        return _outside(
            recipient.bpn, f"in {recipient.region or 'an unknown region'}, not in {listed(sorted(regions))}"
        )

    return test


def confidential_sharing(constraint: Constraint) -> Test:
    """Confidential data reach only companies of the relations listed, as our registry knows them."""
    relations = frozenset(_RELATIONS[str(value)] for value in values(constraint) if str(value) in _RELATIONS)

    def test(facts: Facts) -> Miss | None:
        recipient = facts.recipient
        if recipient is None:
            return _unnamed(facts)
        if recipient.relation in relations:
            return None
        if not recipient.relation:
            return Miss(
                "recipient-unknown", recipient.bpn, f"{recipient.bpn} is not known here as {_either(relations)}"
            )
        return _outside(recipient.bpn, f"a {recipient.relation}, not {_either(relations)}")

    return test


def affiliates_bpnl_prohibited(constraint: Constraint) -> Test:
    """The company is none of those listed."""
    excluded = frozenset(values(constraint))

    def test(facts: Facts) -> Miss | None:
        if facts.recipient is None:
            return _unnamed(facts)
        if facts.recipient.bpn not in excluded:
            return None
        return _outside(facts.recipient.bpn, "among the affiliated companies excluded")

    return test


def affiliates_region_prohibited(constraint: Constraint) -> Test:
    """The company is known, and in none of the regions: where nothing is known of it, it could be in one."""
    regions = frozenset(_region(value) for value in values(constraint))

    def test(facts: Facts) -> Miss | None:
        recipient = facts.recipient
        if recipient is None:
            return _unnamed(facts)
        if not recipient.region:
            return Miss("recipient-unknown", recipient.bpn, f"the region of {recipient.bpn} is not known here")
        if "all" not in regions and recipient.region not in regions:
            return None
        return _outside(recipient.bpn, f"in {recipient.region}, which is excluded")

    return test


SHARING: Final[dict[str, Callable[[Constraint], Test]]] = {
    "AffiliatesBpnl": affiliates_bpnl,
    "AffiliatesRegion": affiliates_region,
    "ConfidentialInformationSharing": confidential_sharing,
}
"""As they are in a permission."""

PROHIBITIONS: Final[dict[str, Callable[[Constraint], Test]]] = {
    "UsageRestriction": usage_restriction,
    "AffiliatesBpnl": affiliates_bpnl_prohibited,
    "AffiliatesRegion": affiliates_region_prohibited,
}
"""As they are in a prohibition."""


def _region(value: object) -> str:
    """`cx.region.europe:1` -> `europe`."""
    return str(value).removeprefix("cx.region.").partition(":")[0]


def _unnamed(facts: Facts) -> Miss | None:
    if "share" in facts.uses:
        return Miss("recipient-not-stated", None, "the data are to be shared, and with whom is not said")
    return None


def _outside(bpn: str, why: str) -> Miss:
    return Miss("recipient-not-admitted", bpn, f"{bpn} is {why}")


def _either(relations: frozenset[str]) -> str:
    return " or ".join(sorted(relations))
