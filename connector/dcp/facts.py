"""What verified credentials say about their holder, as plain values for the policy to decide on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.dcp.credentials import SUBJECTS, Credential, is_bpnl
from connector.dcp.validity import iso
from connector.notation.problems import Refused

FRAMEWORK_GROUP = "UseCaseFramework"


def facts_of(credentials: Sequence[Credential], *, holder: str) -> dict[str, Any]:
    """The facts about `holder`; every credential must have been verified, and be about `holder`.

    * `did`: the holder; `bpn`: the BPNL all credentials agree on, or None
    * `membership`: "active" or None; `member_of`: list of data spaces
    * `framework_agreements`: list of "Name:version", the form that a policy's right operand has (CX-0018 2.4)
    * `active`: list of the names that a policy may ask to be "active": each credential type without "Credential"
    * `dismantler`: None or {"activity_type", "allowed_vehicle_brands"}
    * `valid_until`: the end of the credential that ends first (ISO 8601, UTC), or None
    * `credentials`: list of {"type", "issuer", "id", "valid_until"}: what each fact rests on

    Raises Refused `dcp/bpn-conflict`, `dcp/bpn-malformed`, or `dcp/holder-mismatch`.
    """
    facts: dict[str, Any] = {
        "did": holder,
        "bpn": _bpn(credentials, holder),
        "membership": None,
        "member_of": [],
        "framework_agreements": [],
        "active": sorted({name.removesuffix("Credential") for one in credentials for name in one.types}),
        "dismantler": None,
        "valid_until": _iso(min((one.expires_at for one in credentials if one.expires_at), default=None)),
        "credentials": [_source(one) for one in credentials],
    }
    for credential in credentials:
        for name in credential.types:
            if name in _READERS:
                _READERS[name](credential.subject, facts)
    return facts


def _bpn(credentials: Sequence[Credential], holder: str) -> str | None:
    """The one BPNL in all credentials: somebody with two numbers could choose the one that a policy likes."""
    numbers = set()
    for credential in credentials:
        if credential.holder != holder:
            raise Refused("dcp/holder-mismatch", f"a credential is about {credential.holder:.100}, not about {holder}")
        if not any(name in SUBJECTS for name in credential.types):
            continue
        found = [credential.subject[name] for name in ("holderIdentifier", "bpn") if name in credential.subject]
        for number in found:
            if not is_bpnl(number):
                raise Refused("dcp/bpn-malformed", f"a credential of {holder} has the number {number!r:.40}, no BPNL")
        numbers.update(found)
    if len(numbers) > 1:
        raise Refused(
            "dcp/bpn-conflict", f"the credentials of {holder} name several BPNL: {', '.join(sorted(numbers))}"
        )
    return numbers.pop() if numbers else None


def _membership(subject: Mapping[str, Any], facts: dict[str, Any]) -> None:
    facts["membership"] = "active"
    data_space = subject.get("memberOf")
    if isinstance(data_space, str) and data_space not in facts["member_of"]:
        facts["member_of"].append(data_space)


def _framework(subject: Mapping[str, Any], facts: dict[str, Any]) -> None:
    """Named after the credential's type: the operand table asks for type and version, not for `useCase`."""
    version = subject.get("contractVersion")
    if subject.get("group", FRAMEWORK_GROUP) == FRAMEWORK_GROUP and isinstance(version, str):
        facts["framework_agreements"].append(f"DataExchangeGovernance:{version}")


def _dismantler(subject: Mapping[str, Any], facts: dict[str, Any]) -> None:
    brands = subject.get("allowedVehicleBrands")
    facts["dismantler"] = {
        "activity_type": subject.get("activityType"),
        "allowed_vehicle_brands": brands if isinstance(brands, list) else [],
    }


_READERS: dict[str, Callable[[Mapping[str, Any], dict[str, Any]], None]] = {
    "MembershipCredential": _membership,
    "DataExchangeGovernanceCredential": _framework,
    "DismantlerCredential": _dismantler,
}


def _source(credential: Credential) -> dict[str, Any]:
    return {
        "type": credential.types[0] if credential.types else None,
        "issuer": credential.issuer,
        "id": credential.id,
        "valid_until": _iso(credential.expires_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment is not None else None
