"""Every left operand of the Catena-X profile (CX-0152 1.0.0 to 1.2.0), as one table, and EDC's inForceDate.

The table is a literal here, not a file under `policies/`: operators, values, places and handling are read by name in
checking, deciding and explaining, and a type checker sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from connector.odrl.vocabulary import CX_POLICY, EDC, ODRL

Place = Literal["access-permission", "usage-permission", "prohibition", "obligation"]
Handling = Literal["decided", "no-question", "legal-term", "duty"]
"""decided: from facts; no-question: nothing can be asked of it in this phase; legal-term: recorded and shown, a person
accepted it, and until then nothing goes on; duty: something that the consumer's node must do."""
Form = Literal["one-of", "bpnl", "text", "purpose", "instant", "count", "edc-instant"]
Origin = Literal["CX-0152", "Tractus-X", "EDC", "ODRL"]


class Phase(StrEnum):
    """The moments of a decision.

    `offer` is a request or counter-offer in a negotiation, `agreement` the moment when it is signed, `transfer` the
    request for a transfer, `request` each pull of data, `after` every use of data that the consumer holds.
    """

    CATALOG = "catalog"
    OFFER = "offer"
    AGREEMENT = "agreement"
    TRANSFER = "transfer"
    REQUEST = "request"
    AFTER = "after"


PURPOSES: Final = (
    "cx.core.legalRequirementForThirdparty:1",
    "cx.core.industrycore:1",
    "cx.core.qualityNotifications:1",
    "cx.core.digitalTwinRegistry:1",
    "cx.pcf.base:1",
    "cx.quality.base:1",
    "cx.dcm.base:1",
    "cx.puris.base:1",
    "cx.circular.dpp:1",
    "cx.circular.smc:1",
    "cx.circular.marketplace:1",
    "cx.circular.materialaccounting:1",
    "cx.bpdm.gate.upload:1",
    "cx.bpdm.gate.download:1",
    "cx.bpdm.pool:1",
    "cx.bpdm.poolAll:1",
    "cx.bpdm.vas.countryrisk:1",
    "cx.bpdm.vas.dataquality.upload:1",
    "cx.bpdm.vas.dataquality.download:1",
    "cx.bpdm.vas.bdv.upload:1",
    "cx.bpdm.vas.bdv.download:1",
    "cx.bpdm.vas.fpd.upload:1",
    "cx.bpdm.vas.fpd.download:1",
    "cx.bpdm.vas.swd.upload:1",
    "cx.bpdm.vas.swd.download:1",
    "cx.bpdm.vas.nps.upload:1",
    "cx.bpdm.vas.nps.download:1",
    "cx.ccm.base:1",
    "cx.logistics.base:1",
    "cx.engineering.base:1",
    "cx.materialaccounting.base:1",
    "cx.esdscom.base:1",
    "cx.ecu.base:1",
)
"""The purposes that the profile lists; any individually agreed string is allowed beside them."""

_REGIONS: Final = tuple(
    f"cx.region.{name}:1"
    for name in ("all", "europe", "northAmerica", "southAmerica", "africa", "asia", "oceania", "antarctica")
)
_RESTRICTIONS: Final = tuple(
    f"cx.{name}.forbidden:1"
    for name in ("thirdParty", "manipulation", "derivations", "extraordinaryAnalytics", "dataProviderRemoval")
)

Phases = Mapping[Phase, Handling]


def _phases(**handled: Handling) -> Phases:
    """The row of a table by phase; what is not named asks nothing."""
    return {phase: handled.get(phase.value, "no-question") for phase in Phase}


_D: Final = "decided"
_ALWAYS: Final[Phases] = dict.fromkeys(Phase, "decided")
_ONCE_AGREED: Final = _phases(transfer=_D, request=_D, after=_D)
_ONCE_REQUESTED: Final = _phases(offer=_D, agreement=_D, transfer=_D, request=_D, after=_D)
_AT_SIGNING: Final = _phases(offer=_D, agreement=_D)
_AT_DELIVERY: Final = _phases(transfer=_D, request=_D)
_PROVISION: Final = _phases(offer=_D, agreement=_D, transfer=_D, request=_D)
_PER_USE: Final = _phases(request=_D, after=_D)
_SHARING: Final = _phases(agreement="legal-term", request=_D, after=_D)
_TERM: Final = _phases(agreement="legal-term", transfer="legal-term", request="legal-term", after="legal-term")
_DUTY: Final = _phases(agreement="legal-term", after="duty")


@dataclass(frozen=True, slots=True)
class Operand:
    """One row: what a constraint on this operand may say, where it may stand, how each phase treats it.

    `group` names a set of operands of which a rule has at most one; `says` is a sentence with `{value}`; `origin` is
    who defines it: what ODRL and EDC define beside CX-0152 has its own rules of place.
    """

    name: str
    operators: tuple[str, ...]
    form: Form
    places: tuple[Place, ...]
    says: str
    values: tuple[str, ...] = ()
    group: str = ""
    phases: Phases = field(default_factory=lambda: _TERM)
    namespace: str = CX_POLICY
    origin: Origin = "CX-0152"

    @property
    def iri(self) -> str:
        """The full IRI, as it is written on the wire."""
        return self.namespace + self.name

    @property
    def is_legal_term(self) -> bool:
        """Whether a person must have accepted it before the contract is used."""
        return "legal-term" in self.phases.values()

    def is_of(self, profile: str) -> bool:
        """Whether policies of `profile` may name it: ODRL's own operands are for spaces without Catena-X's rules."""
        return self.origin != "ODRL" or profile == "open"


_EQ: Final = ("eq",)
_ANY: Final = ("isAnyOf",)
_ALL: Final = ("isAllOf",)
_ANY_NONE: Final = ("isAnyOf", "isNoneOf")
_ACCESS: Final[tuple[Place, ...]] = ("access-permission",)
_USAGE: Final[tuple[Place, ...]] = ("usage-permission",)
_BOTH: Final[tuple[Place, ...]] = ("access-permission", "usage-permission")
_USAGE_OR_NOT: Final[tuple[Place, ...]] = ("usage-permission", "prohibition")
_WARRANTY: Final = "warranty term"
_USAGE_END: Final = "end of usage"
_PROVISIONING_END: Final = "end of provisioning"
_COMPARISONS: Final = ("eq", "neq", "gt", "gteq", "lt", "lteq")

_ROWS: Final = (
    Operand(
        "Membership",
        _EQ,
        "one-of",
        _BOTH,
        "the other side is a member of the data space ({value})",
        ("active",),
        phases=_ALWAYS,
    ),
    Operand(
        "FrameworkAgreement",
        _EQ,
        "one-of",
        _BOTH,
        "the other side has signed the framework agreement {value}",
        ("DataExchangeGovernance:1.0",),
        phases=_ALWAYS,
    ),
    Operand(
        "BusinessPartnerNumber",
        _ANY_NONE,
        "bpnl",
        _ACCESS,
        "the other side's business partner number is {operator} {value}",
        phases=_ALWAYS,
    ),
    Operand(
        "BusinessPartnerGroup",
        _ANY_NONE,
        "text",
        _ACCESS,
        "the other side's business partner group is {operator} {value}",
        phases=_ALWAYS,
    ),
    Operand(
        "UsagePurpose",
        _ANY,
        "purpose",
        _USAGE,
        "the data are used for {value} and nothing else",
        PURPOSES,
        phases=_ONCE_REQUESTED,
    ),
    Operand("ContractReference", _ALL, "text", _USAGE, "the contracts {value} apply as well", phases=_TERM),
    Operand(
        "AffiliatesBpnl",
        _ANY,
        "bpnl",
        _USAGE_OR_NOT,
        "the data reach the affiliated companies {value}",
        phases=_PER_USE,
    ),
    Operand(
        "AffiliatesRegion",
        _ANY,
        "one-of",
        _USAGE_OR_NOT,
        "the data reach affiliated companies in {value}",
        _REGIONS,
        phases=_PER_USE,
    ),
    Operand(
        "DataFrequency",
        _EQ,
        "one-of",
        _USAGE,
        "the data are provided as often as {value} says",
        ("cx.dataFrequency.once:1", "cx.dataFrequency.unlimited:1"),
        phases=_AT_DELIVERY,
    ),
    Operand(
        "VersionChanges",
        _EQ,
        "one-of",
        _USAGE,
        "the contract covers version changes as {value} says",
        ("cx.versionChanges.minor:1", "cx.versionChanges.major:1"),
        phases=_AT_DELIVERY,
    ),
    Operand(
        "ContractTermination",
        _EQ,
        "one-of",
        _USAGE,
        "at the end of the contract {value} applies to the data",
        ("cx.data.deletion:1", "cx.data.keeping:1"),
        phases=_DUTY,
    ),
    Operand(
        "ConfidentialInformationMeasures",
        _EQ,
        "one-of",
        _USAGE,
        "the data are protected by {value}",
        ("cx.confidentiality.measures:1",),
        phases=_TERM,
    ),
    Operand(
        "ConfidentialInformationSharing",
        _ANY,
        "one-of",
        _USAGE,
        "confidential data are shared only as {value} says",
        ("cx.sharing.affiliates:1", "cx.sharing.managedLegalEntity:1"),
        phases=_SHARING,
    ),
    Operand(
        "ExclusiveUsage",
        _EQ,
        "one-of",
        _USAGE,
        "the data are used exclusively as {value} says",
        ("cx.exclusiveUsage.dataConsumer:1",),
        phases=_AT_SIGNING,
    ),
    Operand(
        "Warranty",
        _EQ,
        "one-of",
        _USAGE,
        "the warranty is {value}",
        ("cx.warranty.none:1", "cx.warranty.contractReference:1", "cx.warranty.dataQualityIssues:1"),
        phases=_TERM,
    ),
    Operand(
        "WarrantyDurationMonths",
        _EQ,
        "count",
        _USAGE,
        "the warranty lasts {value} months",
        group=_WARRANTY,
        phases=_TERM,
    ),
    Operand(
        "WarrantyDefinition",
        _EQ,
        "one-of",
        _USAGE,
        "the warranty lasts as {value} says",
        ("cx.warranty.contractEndDate:1",),
        group=_WARRANTY,
        phases=_TERM,
    ),
    Operand(
        "Liability",
        _EQ,
        "one-of",
        _USAGE,
        "liability is limited to {value}",
        ("cx.grossNegligence:1", "cx.slightNegligence:1"),
        phases=_TERM,
    ),
    Operand("JurisdictionLocation", _EQ, "text", _USAGE, "the place of jurisdiction is {value}", phases=_TERM),
    Operand(
        "JurisdictionLocationReference",
        _EQ,
        "one-of",
        _USAGE,
        "the place of jurisdiction follows {value}",
        ("cx.location.dataConsumer:1", "cx.location.contractReference:1"),
        phases=_TERM,
    ),
    Operand(
        "Precedence",
        _EQ,
        "one-of",
        _USAGE,
        "where contracts contradict each other, {value} decides",
        ("cx.precedence.contractReference:1", "cx.precedence.rcAgreement:1"),
        phases=_TERM,
    ),
    Operand(
        "DataUsageEndDate",
        _EQ,
        "instant",
        _USAGE,
        "the data are used until {value} and not after",
        group=_USAGE_END,
        phases=_ALWAYS,
    ),
    Operand(
        "DataUsageEndDurationDays",
        _EQ,
        "count",
        _USAGE,
        "the data are used for {value} days from the agreement and not after",
        group=_USAGE_END,
        phases=_ONCE_AGREED,
    ),
    Operand(
        "DataUsageEndDefinition",
        _EQ,
        "one-of",
        _USAGE,
        "the use of the data ends as {value} says",
        ("cx.dataUsageEnd.unlimited:1",),
        group=_USAGE_END,
        phases=_ONCE_AGREED,
    ),
    Operand("UsageRestriction", _ALL, "one-of", ("prohibition",), "{value} apply", _RESTRICTIONS, phases=_PER_USE),
    Operand(
        "DataProvisioningEndDate",
        _EQ,
        "instant",
        ("obligation",),
        "the data are provided until {value}",
        group=_PROVISIONING_END,
        phases=_PROVISION,
    ),
    Operand(
        "DataProvisioningEndDurationDays",
        _EQ,
        "count",
        ("obligation",),
        "the data are provided for {value} days from the agreement",
        group=_PROVISIONING_END,
        phases=_AT_DELIVERY,
    ),
    Operand(
        "inForceDate",
        _COMPARISONS,
        "edc-instant",
        _ACCESS,
        "the moment of the request is {operator} {value}",
        namespace=EDC,
        origin="EDC",
        phases=_ALWAYS,
    ),
    Operand(
        "Dismantler",
        _EQ,
        "one-of",
        _BOTH,
        "the other side is a certified dismantler ({value})",
        ("active",),
        phases=_ALWAYS,
        origin="Tractus-X",
    ),
    Operand(
        "Dismantler.activityType",
        ("eq", "isAnyOf", "isNoneOf"),
        "text",
        _BOTH,
        "the other side is certified for the dismantling activity {operator} {value}",
        phases=_ALWAYS,
        origin="Tractus-X",
    ),
    Operand(
        "Dismantler.allowedBrands",
        ("isAnyOf", "isAllOf", "isNoneOf"),
        "text",
        _BOTH,
        "the other side is certified to dismantle {operator} the brands {value}",
        phases=_ALWAYS,
        origin="Tractus-X",
    ),
    Operand(
        "count",
        ("lt", "lteq", "eq"),
        "count",
        _BOTH,
        "the number of deliveries is {operator} {value}",
        phases=_AT_DELIVERY,
        namespace=ODRL,
        origin="ODRL",
    ),
)

OPERANDS: Final[Mapping[str, Operand]] = {row.name: row for row in _ROWS}
"""By local name."""

MANDATORY: Final = ("FrameworkAgreement", "UsagePurpose")
"""What every permission of an offered usage policy must contain."""

WITHDRAWN: Final = ("ManagedLegalEntityBpnl", "ManagedLegalEntityRegion")
"""In a draft of the profile once, in no version of CX-0152."""

OPERAND_IRIS: Final = {row.name: row.iri for row in _ROWS}
