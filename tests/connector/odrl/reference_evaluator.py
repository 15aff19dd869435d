"""A second reading of CX-0152, as plain as it can be: one `if` a sentence, nothing shared with the product's tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Scenario = dict[str, Any]
"""What is known of who asks, by the names of `connector.odrl.scenario.MEMBERS`; credentials as {value, validUntil}."""


def permits(policy: dict[str, Any], known: Scenario, phase: str) -> bool:
    """Whether a policy in the compact form permits; a policy that this reading does not know is not permitted."""
    rules = [(kind, rule) for kind in ("permission", "prohibition", "obligation") for rule in policy.get(kind, [])]
    atoms = [(kind, atom) for kind, rule in rules for joint in rule["constraint"] for atom in joint["and"]]
    named = {atom["leftOperand"] for _, atom in atoms}
    is_access = rules[0][1]["action"] == "access"
    if not all(_holds(kind, atom, known, phase, named) for kind, atom in atoms):
        return False
    return is_access or _defaults(named, known, phase)


def _defaults(named: set[str], known: Scenario, phase: str) -> bool:
    signed, now = known.get("signedAt"), known["at"]
    year = None if signed is None else signed.replace(year=signed.year + 1)
    has_end = any(name.startswith("DataUsageEnd") for name in named)
    if phase in ("transfer", "request", "after") and not has_end and (year is None or now > year):
        return False
    if phase in ("transfer", "request"):
        if not any(name.startswith("DataProvisioningEnd") for name in named) and (year is None or now > year):
            return False
        if "VersionChanges" not in named and known.get("versionChange") != "none":
            return False
    return True


def _holds(kind: str, atom: dict[str, Any], known: Scenario, phase: str, named: set[str]) -> bool:
    operand, operator, right = atom["leftOperand"], atom["operator"], atom["rightOperand"]
    now, signed = known["at"], known.get("signedAt")
    delivered, used = phase in ("transfer", "request"), phase in ("request", "after")
    recipient = known.get("recipient")
    if kind == "prohibition":
        return not used or _not_forbidden(operand, right, known, named)
    match operand:
        case "Membership":
            return _credential(known, "membership") == right
        case "FrameworkAgreement":
            return right in [each["value"] for each in known.get("frameworkAgreements", []) if _lives(each, now)]
        case "BusinessPartnerNumber":
            bpn = _credential(known, "bpn")
            return bpn is not None and ((bpn in right) == (operator == "isAnyOf"))
        case "BusinessPartnerGroup":
            is_in = bool(set(right) & set(known.get("groups", [])))
            return _credential(known, "bpn") is not None and is_in == (operator == "isAnyOf")
        case "UsagePurpose":
            asked = set(known.get("purposes") or [])
            return phase == "catalog" or (bool(asked) and asked <= set(right))
        case "DataUsageEndDate":
            return now <= _time(right)
        case "DataUsageEndDurationDays":
            return not (delivered or used) or (signed is not None and now <= signed + timedelta(days=int(right)))
        case "DataProvisioningEndDate":
            return phase in ("catalog", "after") or now <= _time(right)
        case "DataProvisioningEndDurationDays":
            return not delivered or (signed is not None and now <= signed + timedelta(days=int(right)))
        case "DataUsageEndDefinition":
            return True
        case "DataFrequency":
            if not delivered or right.startswith("cx.dataFrequency.unlimited"):
                return True
            return known.get("deliveries") == 0
        case "VersionChanges":
            allowed = {"none", "minor"} if right == "cx.versionChanges.minor:1" else {"none", "minor", "major"}
            return not delivered or known.get("versionChange") in allowed
        case "ExclusiveUsage":
            return phase not in ("offer", "agreement") or known.get("otherHolders") == []
        case "AffiliatesBpnl":
            return not used or (recipient["bpn"] in right if recipient else "share" not in known.get("uses", []))
        case "AffiliatesRegion":
            return not used or _reaches_region(recipient, right, known)
        case "ConfidentialInformationSharing":
            if phase == "agreement":
                return known.get("termsAccepted") is True
            if not used:
                return True
            if recipient is None:
                return "share" not in known.get("uses", [])
            return (
                f"cx.sharing.{'affiliates' if recipient['relation'] == 'affiliate' else recipient['relation']}:1"
                in right
            )
        case "ContractTermination":
            return phase != "agreement" or known.get("termsAccepted") is True
        case "ContractReference" | "Liability" | "Precedence" | "JurisdictionLocation" | "Warranty":
            return phase in ("catalog", "offer") or known.get("termsAccepted") is True
    return False


def _not_forbidden(operand: str, right: list[str], known: Scenario, named: set[str]) -> bool:
    uses, recipient = set(known.get("uses", [])), known.get("recipient")
    if operand == "UsageRestriction":
        if recipient is not None:
            is_affiliate_named = bool(named & {"AffiliatesBpnl", "AffiliatesRegion"})
            uses = uses - {"share"} if is_affiliate_named else uses | {"share"}
        words = {
            "share": "thirdParty",
            "manipulate": "manipulation",
            "derive": "derivations",
            "analyse": "extraordinaryAnalytics",
            "remove-provider": "dataProviderRemoval",
        }
        return not any(f"cx.{words[use]}.forbidden:1" in right for use in uses)
    if recipient is None:
        return "share" not in uses
    return operand == "AffiliatesBpnl" and recipient["bpn"] not in right


def _reaches_region(recipient: Any, right: list[str], known: Scenario) -> bool:
    if recipient is None:
        return "share" not in known.get("uses", [])
    if recipient["relation"] != "affiliate":
        return False
    return "cx.region.all:1" in right or f"cx.region.{recipient['region']}:1" in right


def _credential(known: Scenario, name: str) -> Any:
    held = known.get(name)
    return held["value"] if held is not None and _lives(held, known["at"]) else None


def _lives(held: dict[str, Any], now: datetime) -> bool:
    return held.get("validUntil") is None or now < held["validUntil"]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
