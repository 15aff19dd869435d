"""Policies, good and bad, in the compact form: what a rule of the profile says of each, and every spelling of some."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from connector.odrl.vocabulary import CX_POLICY, ODRL

BPNL = "BPNL00000000ABCD"
DATE = "2027-01-31T12:00:00Z"

VALUES: dict[str, tuple[str, list[Any], list[Any]]] = {
    # operand: operator, values that the profile takes, values that it does not
    "Membership": ("eq", ["active"], ["inactive", "Active", "active ", "", 1, True]),
    "BusinessPartnerNumber": ("isAnyOf", [[BPNL], [BPNL, "BPNL000000000001"]], [["BPNS00000000ABCD"], ["BPNL1"], []]),
    "BusinessPartnerGroup": ("isNoneOf", [["gold"], ["gold", "silver"]], [[""], [7], []]),
    "UsagePurpose": ("isAnyOf", [["cx.pcf.base:1"], ["ours"], ["cx.dcm.base:1", "ours"]], [[""], [1], []]),
    "ContractReference": ("isAllOf", [["ID 7/2026"], ["a", "b"]], [[""], []]),
    "AffiliatesBpnl": ("isAnyOf", [[BPNL]], [["BPNL00000000abcd"], []]),
    "AffiliatesRegion": (
        "isAnyOf",
        [["cx.region.all:1"], ["cx.region.europe:1", "cx.region.asia:1"]],
        [["cx.region.mars:1"], ["europe"]],
    ),
    "DataFrequency": ("eq", ["cx.dataFrequency.once:1", "cx.dataFrequency.unlimited:1"], ["once", 3]),
    "VersionChanges": ("eq", ["cx.versionChanges.minor:1", "cx.versionChanges.major:1"], ["minor"]),
    "ContractTermination": ("eq", ["cx.data.deletion:1", "cx.data.keeping:1"], ["cx.data.deletion", "delete"]),
    "ConfidentialInformationMeasures": ("eq", ["cx.confidentiality.measures:1"], ["measures"]),
    "ConfidentialInformationSharing": (
        "isAnyOf",
        [["cx.sharing.affiliates:1"], ["cx.sharing.affiliates:1", "cx.sharing.managedLegalEntity:1"]],
        [["cx.sharing.all:1"]],
    ),
    "ExclusiveUsage": ("eq", ["cx.exclusiveUsage.dataConsumer:1"], ["true", True]),
    "Warranty": ("eq", ["cx.warranty.none:1", "cx.warranty.contractReference:1"], ["none"]),
    "WarrantyDurationMonths": ("eq", [6, "6", "0"], ["six", "6.5", True]),
    "WarrantyDefinition": ("eq", ["cx.warranty.contractEndDate:1"], ["forever"]),
    "Liability": ("eq", ["cx.grossNegligence:1", "cx.slightNegligence:1"], ["none"]),
    "JurisdictionLocation": ("eq", ["Berlin"], ["", 7]),
    "JurisdictionLocationReference": ("eq", ["cx.location.dataConsumer:1"], ["Berlin"]),
    "Precedence": ("eq", ["cx.precedence.contractReference:1", "cx.precedence.rcAgreement:1"], ["mine"]),
    "DataUsageEndDate": ("eq", [DATE, "2027-01-31T12:00:00+01:00"], ["2027-01-31", "2027-01-31T12:00:00", 7]),
    "DataUsageEndDurationDays": ("eq", [30, "30", "365"], ["30d", "", True, "3.0"]),
    "DataUsageEndDefinition": ("eq", ["cx.dataUsageEnd.unlimited:1"], ["cx.dataUsageEnd.unlimited", "unlimited"]),
    "UsageRestriction": (
        "isAllOf",
        [["cx.thirdParty.forbidden:1"], ["cx.manipulation.forbidden:1", "cx.derivations.forbidden:1"]],
        [["ExtraordinaryAnalyticsForbiddenRightOperand"], []],
    ),
    "DataProvisioningEndDate": ("eq", [DATE], ["tomorrow", "2027-01-31"]),
    "DataProvisioningEndDurationDays": ("eq", [30, "30"], ["a month", True]),
}
ACCESS_ONLY = ("BusinessPartnerNumber", "BusinessPartnerGroup")
OBLIGATIONS = ("DataProvisioningEndDate", "DataProvisioningEndDurationDays")
FRAME = ("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0")
PURPOSE = ("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1"])
OPERATORS = ("eq", "neq", "gt", "lteq", "isAnyOf", "isAllOf", "isNoneOf", "hasPart")

Policy = dict[str, Any]


def atom(operand: str, operator: str, value: Any) -> dict[str, Any]:
    """One constraint."""
    return {"leftOperand": operand, "operator": operator, "rightOperand": value}


def rule(action: str, *atoms: tuple[str, str, Any]) -> dict[str, Any]:
    """One rule with its constraints in a single `and`."""
    return {"action": action, "constraint": [{"and": [atom(*each) for each in atoms]}]}


def policy(**kinds: dict[str, Any]) -> Policy:
    """A Set of the profile."""
    return {"@type": "Set", "profile": CX_POLICY, **{kind: [each] for kind, each in kinds.items()}}


def holding(operand: str, operator: str, value: Any) -> Policy:
    """A policy that is sound but for the constraint given, which stands where its operand belongs."""
    one = (operand, operator, value)
    if operand in ACCESS_ONLY:
        return policy(permission=rule("access", ("Membership", "eq", "active"), one))
    base = tuple(each for each in (FRAME, PURPOSE) if each[0] != operand)
    if operand == "UsageRestriction":
        return policy(permission=rule("use", *base), prohibition=rule("use", one))
    if operand in OBLIGATIONS:
        return policy(permission=rule("use", *base), obligation=rule("use", one))
    return policy(permission=rule("use", *base, one))


def by_value() -> Iterator[tuple[str, Policy, set[str]]]:
    """Every operand with every value listed above: name, policy, rules that it breaks."""
    for operand, (operator, good, bad) in VALUES.items():
        for number, value in enumerate(good):
            yield f"{operand} {number}", holding(operand, operator, value), set()
        for number, value in enumerate(bad):
            yield f"{operand} bad {number}", holding(operand, operator, value), {"value"}


def by_operator() -> Iterator[tuple[str, Policy, set[str]]]:
    """Every operand under operators of ODRL that it does not take, and one that is none."""
    for operand, (own, good, _) in VALUES.items():
        taken = ("isAnyOf", "isNoneOf") if operand in ACCESS_ONLY else (own,)
        for operator in OPERATORS:
            if operator not in taken:
                value = good[0] if operator.startswith("is") == isinstance(good[0], list) else _turned(good[0])
                yield f"{operand} {operator}", holding(operand, operator, value), {"operator"}


def by_place() -> Iterator[tuple[str, Policy, set[str]]]:
    """Every operand in a rule where it does not belong."""
    for operand, (operator, good, _) in VALUES.items():
        one = (operand, operator, good[0])
        if operand in ACCESS_ONLY:
            yield f"{operand} in usage", policy(permission=rule("use", FRAME, PURPOSE, one)), {"operand-place"}
        if operand not in ("UsageRestriction", "AffiliatesBpnl", "AffiliatesRegion"):
            yield (
                f"{operand} prohibited",
                policy(permission=rule("use", FRAME, PURPOSE), prohibition=rule("use", one)),
                {"operand-place"},
            )
        if operand not in OBLIGATIONS:
            yield (
                f"{operand} obliged",
                policy(permission=rule("use", FRAME, PURPOSE), obligation=rule("use", one)),
                {"operand-place"},
            )
        if operand not in (*ACCESS_ONLY, "Membership"):
            yield f"{operand} in access", policy(permission=rule("access", one)), {"operand-place"}


def corpus() -> dict[str, tuple[Policy, set[str]]]:
    """All of them by name."""
    return {
        name: (document, rules) for source in (by_value, by_operator, by_place) for name, document, rules in source()
    }


# --- spellings


def prefixed(node: Any, odrl: str, operands: str) -> Any:
    """Every word of ODRL under one prefix, every operand under another, as EDC's clients write them."""
    if isinstance(node, list):
        return [prefixed(each, odrl, operands) for each in node]
    if not isinstance(node, dict):
        return node
    written: dict[str, Any] = {}
    for key, value in node.items():
        if key == "operator":
            value = {"@id": odrl + value}
        elif key == "leftOperand":
            value = {"@id": operands + value}
        elif key == "action":
            value = {"@id": (operands if value == "access" else odrl) + value}
        elif key == "profile":
            value = {"@id": value}
        elif key == "@type":
            value = odrl + value
        else:
            value = prefixed(value, odrl, operands)
        written[key if key.startswith("@") else odrl + key] = value
    return written


def valued(node: Any) -> Any:
    """Scalars and lists as expanded JSON-LD has them."""
    if isinstance(node, list):
        return [valued(each) for each in node]
    if isinstance(node, dict):
        if set(node) == {"@id"}:
            return [node]
        return {key: value if key.startswith("@") else _listed(valued(value)) for key, value in node.items()}
    return {"@value": node}


def single(node: Any) -> Any:
    """Lists of one as the one, but for the values of a set operator."""
    if isinstance(node, list):
        return single(node[0]) if len(node) == 1 and isinstance(node[0], dict) else [single(each) for each in node]
    return {key: single(value) for key, value in node.items()} if isinstance(node, dict) else node


def spellings(document: Policy) -> dict[str, Policy]:
    """One policy as connectors and clients write it."""
    full = prefixed(document, ODRL, CX_POLICY)
    contexts = ["https://w3id.org/dspace/2025/1/odrl-profile.jsonld", CX_POLICY + "context.jsonld"]
    return {
        "compact": document,
        "context": {**document, "@context": contexts},
        "W3C context": {**document, "@context": ["http://www.w3.org/ns/odrl.jsonld", {"cx-policy": CX_POLICY}]},
        "EDC's vocab": {**document, "@context": {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}},
        "prefixed": prefixed(document, "odrl:", "cx-policy:"),
        "own prefixes": {**prefixed(document, "o:", "c:"), "@context": {"o": ODRL, "c": CX_POLICY}},
        "full": full,
        "expanded": {**valued(full), "@type": [ODRL + document["@type"]]},
        "single": single(copy.deepcopy(document)),
        "legacy": prefixed(document, "odrl:", "https://w3id.org/catenax/policy/"),
        "offer": {**document, "@type": "Offer", "@id": "o", "assigner": {"@id": "did:web:a"}, "target": "asset"},
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _turned(value: Any) -> Any:
    return value[0] if isinstance(value, list) else [value]
