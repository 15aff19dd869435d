"""What decisions read: the one written table of facts, the interface between identity and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connector.notation.problems import Invalid


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact: its member of `Facts`, its type, where it comes from, how long it holds, and which operands read it."""

    name: str
    type: str
    source: str
    valid_until: str
    operands: tuple[str, ...]


FACTS: Final = (
    FactRow("participant_id", "DID", "verified self-issued ID token (sub)", "this request", ()),
    FactRow("bpn", "BPNL", "BpnCredential", "end of the credential", ("BusinessPartnerNumber",)),
    FactRow("membership", '"active"', "MembershipCredential", "end of the credential", ("Membership",)),
    FactRow(
        "framework_agreements",
        "agreement name -> set of versions",
        "<name>Credential (contractVersion)",
        "end of the credential",
        ("FrameworkAgreement",),
    ),
    FactRow(
        "groups",
        "set of group names",
        "groups of partners kept here, with history",
        "as the bpn",
        ("BusinessPartnerGroup",),
    ),
    FactRow(
        "dismantler",
        "{activityType, allowedVehicleBrands}",
        "DismantlerCredential",
        "end of the credential",
        ("Dismantler", "Dismantler.activityType", "Dismantler.allowedBrands"),
    ),
    FactRow(
        "purposes",
        "set of purposes",
        "policy of the ContractRequestMessage; later the purposes stated with the request",
        "this request",
        ("UsagePurpose",),
    ),
    FactRow(
        "agreement_signed_at",
        "UTC instant",
        "agreement in force (timestamp)",
        "end of the agreement",
        ("DataUsageEndDurationDays", "DataProvisioningEndDurationDays", "inForceDate"),
    ),
    FactRow(
        "deliveries",
        "number",
        "counter of the agreement, raised in the transaction that decides",
        "this request",
        ("DataFrequency", "count"),
    ),
    FactRow(
        "version_change",
        "none, minor or major",
        "the dataset now, beside what was agreed on",
        "this request",
        ("VersionChanges",),
    ),
    FactRow(
        "other_holders",
        "set of DIDs",
        "agreements in force on the same dataset with others",
        "this request",
        ("ExclusiveUsage",),
    ),
    FactRow(
        "terms_accepted",
        "truth value",
        "acceptance by a person, kept with who and when",
        "end of the agreement",
        (
            "ContractReference",
            "ContractTermination",
            "ConfidentialInformationMeasures",
            "ConfidentialInformationSharing",
            "Warranty",
            "WarrantyDurationMonths",
            "WarrantyDefinition",
            "Liability",
            "JurisdictionLocation",
            "JurisdictionLocationReference",
            "Precedence",
        ),
    ),
    FactRow("uses", "set of USES", "what is asked of the data", "this request", ("UsageRestriction",)),
    FactRow(
        "recipient",
        "Recipient",
        "what is asked of the data; region and relation from the registry of affiliates",
        "this request",
        ("AffiliatesBpnl", "AffiliatesRegion", "ConfidentialInformationSharing", "UsageRestriction"),
    ),
)

USES: Final = ("share", "manipulate", "derive", "analyse", "remove-provider")
"""What can be asked of data beyond reading them for a purpose: each is what one UsageRestriction forbids."""

VERSION_CHANGES: Final = ("none", "minor", "major")
"""From the smallest to the greatest."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A company that the data are to reach; `region` (as `europe`) and `relation` are what our registry knows of it.

    `relation` is `affiliate`, `managedLegalEntity` or empty where nothing is known.
    """

    bpn: str
    region: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a verified credential says: `value` as the table above has it, `source` the credential's id.

    After `valid_until` (None: no end) the fact counts as absent, and the reason of a refusal says so.
    """

    value: Any
    valid_until: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one decision may know about the participant who asks; `now` is the moment of the decision, with zone.

    What is None is not known, and what needs it is refused. Raises Invalid (`odrl/time-without-zone`,
    `odrl/use-unknown`, `odrl/version-change`).
    """

    now: datetime
    participant_id: str = ""
    bpn: Fact | None = None
    membership: Fact | None = None
    framework_agreements: Mapping[str, Fact] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    dismantler: Fact | None = None
    purposes: frozenset[str] | None = None
    agreement_signed_at: datetime | None = None
    deliveries: int | None = None
    version_change: str | None = None
    other_holders: frozenset[str] | None = None
    terms_accepted: bool = False
    uses: frozenset[str] = frozenset()
    recipient: Recipient | None = None

    def __post_init__(self) -> None:
        unknown = self.uses.difference(USES)
        if unknown:
            raise Invalid("odrl/use-unknown", f"{sorted(unknown)[0]!r} is no use; known: {', '.join(USES)}")
        if self.version_change not in (None, *VERSION_CHANGES):
            raise Invalid("odrl/version-change", f"a version change is one of {', '.join(VERSION_CHANGES)}")
        credentials = (self.bpn, self.membership, self.dismantler, *self.framework_agreements.values())
        ends = (fact.valid_until for fact in credentials if fact is not None)
        for moment in (self.now, self.agreement_signed_at, *ends):
            if moment is not None and moment.utcoffset() is None:
                raise Invalid("odrl/time-without-zone", f"the time {moment.isoformat()} has no zone: give UTC")

    def holds(self, fact: Fact | None) -> bool:
        """Whether `fact` is there and not ended at `now`."""
        return fact is not None and (fact.valid_until is None or self.now < fact.valid_until)
