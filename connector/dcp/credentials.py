"""Verifiable credentials as JWT (VC Data Model 1.1, DCP profile vc11-sl2021/jwt): issue, read, judge."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.dcp.did import method_id
from connector.dcp.jws import Sign, peek, sign_jwt
from connector.dcp.status_entries import StatusEntry, read_entry
from connector.dcp.tokens import issuer_of
from connector.dcp.validity import LEEWAY, Codes, check_window, iso, period, seconds
from connector.notation.jsonld import as_list
from connector.notation.problems import Invalid, Refused, Unauthenticated

PROFILE = "vc11-sl2021/jwt"

CONTEXTS = ("https://www.w3.org/2018/credentials/v1", "https://w3id.org/catenax/credentials/v1.0.0")
BASE_TYPE = "VerifiableCredential"

SUBJECTS: dict[str, tuple[str, ...]] = {
    "MembershipCredential": ("holderIdentifier", "memberOf"),
    "BpnCredential": ("holderIdentifier", "bpn"),
    "DataExchangeGovernanceCredential": (
        "holderIdentifier",
        "group",
        "useCase",
        "contractTemplate",
        "contractVersion",
    ),
    "DismantlerCredential": ("holderIdentifier", "activityType", "allowedVehicleBrands"),
}
"""What the subject of each Catena-X credential must say besides its id (CX-0050 2.2.1)."""

SUBJECT_DEFAULTS: dict[str, dict[str, Any]] = {
    "MembershipCredential": {"memberOf": "Catena-X"},
    "DataExchangeGovernanceCredential": {
        "group": "UseCaseFramework",
        "useCase": "DataExchangeGovernance",
        "contractTemplate": "https://catenax.io/contracts/dataexchangegovernance",
        "contractVersion": "1.0",
    },
    "DismantlerCredential": {"activityType": "vehicleDismantle"},
}

_BPNL = re.compile(r"BPNL[0-9A-Z]{12}")
_CODES = Codes(
    "credential",
    "dcp/credential-expired",
    "dcp/credential-not-yet-valid",
    "dcp/credential-issued-later",
    "dcp/credential-date",
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential as its JWT says it; reading proves nothing, `jws.verify(raw, key of issuer)` does.

    `types` without VerifiableCredential; `holder` is the subject's id; `schema` is the raw member
    credentialSchema (object, list or None); `key_id` is the `kid` of the JWT;
    `document` is the credential's own JSON.
    """

    types: tuple[str, ...]
    issuer: str
    subject: Mapping[str, Any]
    holder: str
    issued_at: datetime | None
    expires_at: datetime | None
    status: StatusEntry | None
    id: str | None
    raw: str
    key_id: str | None
    schema: Any
    document: Mapping[str, Any]


def subject_of(credential_type: str, *, bpn: str, **members: Any) -> dict[str, Any]:
    """The subject of a Catena-X credential for the holder of `bpn`, the usual values filled in, `members` on top."""
    subject = {"holderIdentifier": bpn, **SUBJECT_DEFAULTS.get(credential_type, {})}
    if "bpn" in SUBJECTS.get(credential_type, ()):
        subject["bpn"] = bpn
    return subject | members


def issue_credential(
    credential_type: str,
    subject: Mapping[str, Any],
    *,
    issuer: str,
    holder: str,
    key_id: str,
    sign: Sign,
    now: datetime,
    valid_for: timedelta,
    status: Mapping[str, Any] | None,
    id: str,  # noqa: A002
) -> str:
    """A credential about `holder` as JWT; `status` is that of `status_entries.entry` (None: cannot be revoked).

    Raises Invalid `dcp/credential-subject` where a Catena-X type lacks a member, `dcp/bpn` for a malformed BPNL.
    """
    _check_subject(credential_type, subject)
    ends = now + valid_for
    document: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": id,
        "type": [BASE_TYPE, credential_type],
        "issuer": issuer,
        "issuanceDate": iso(now),
        "expirationDate": iso(ends),
        "credentialSubject": {**subject, "id": holder},
    }
    if status is not None:
        document["credentialStatus"] = dict(status)
    claims = {"iss": issuer, "sub": holder, "jti": id, "iat": seconds(now), "nbf": seconds(now), "exp": seconds(ends)}
    return sign_jwt({"kid": method_id(issuer, key_id)}, {**claims, "vc": document}, sign)


def read_credential(jwt: str) -> Credential:
    """What the JWT `jwt` says, not verified.

    Raises Unauthenticated: what `jws.peek` raises, `dcp/credential-malformed` with the member that is wrong,
    `dcp/issuer-mismatch`, `dcp/subject-mismatch` where JWT and credential contradict each other; Refused: what
    `status_entries.read_entry` raises.
    """
    header, claims = peek(jwt)
    document = claims.get("vc")
    if not isinstance(document, Mapping):
        raise _malformed("it has no vc claim")
    issuer, subject = issuer_of(claims), _subject(document)
    holder = _holder(claims, subject)
    _check_issuer(issuer, document)
    issued_at, expires_at = period(claims, document, _CODES)
    return Credential(
        types=_types(document),
        issuer=issuer,
        subject=subject,
        holder=holder,
        issued_at=issued_at,
        expires_at=expires_at,
        status=read_entry(document.get("credentialStatus")),
        id=_text(document.get("id", claims.get("jti"))),
        raw=jwt,
        key_id=_text(header.get("kid")),
        schema=document.get("credentialSchema"),
        document=document,
    )


def check_credential(
    credential: Credential,
    *,
    holder: str,
    trusted_issuers: Collection[str],
    now: datetime,
    leeway: timedelta = LEEWAY,
) -> None:
    """Judge a credential whose signature holds (DCP 5.4.3); the status list is judged apart.

    Raises Refused: `dcp/issuer-untrusted`, `dcp/holder-mismatch`, `dcp/credential-expired`,
    `dcp/credential-not-yet-valid`.
    """
    if credential.issuer not in trusted_issuers:
        raise Refused(
            "dcp/issuer-untrusted", f"{_name(credential)} was issued by {credential.issuer}, not trusted here"
        )
    if credential.holder != holder:
        raise Refused(
            "dcp/holder-mismatch", f"{_name(credential)} is about {credential.holder}, but {holder} presents it"
        )
    check_window(
        _CODES,
        starts=credential.issued_at,
        ends=credential.expires_at,
        issued=None,
        now=now,
        leeway=leeway,
        kind=Refused,
    )


def _name(credential: Credential) -> str:
    return "the " + ("/".join(credential.types) or "credential")


def _check_subject(credential_type: str, subject: Mapping[str, Any]) -> None:
    missing = [member for member in SUBJECTS.get(credential_type, ()) if not subject.get(member)]
    if missing:
        raise Invalid("dcp/credential-subject", f"the subject of a {credential_type} needs {', '.join(missing)}")
    for member in ("holderIdentifier", "bpn"):
        value = subject.get(member)
        if credential_type in SUBJECTS and value is not None and not is_bpnl(value):
            raise Invalid("dcp/bpn", f"{member} is {value!r:.40}: a BPNL is BPNL and twelve digits or capitals")


def is_bpnl(value: Any) -> bool:
    """Whether `value` has the form of a legal entity's business partner number."""
    return isinstance(value, str) and _BPNL.fullmatch(value) is not None


def _types(document: Mapping[str, Any]) -> tuple[str, ...]:
    types = as_list(document.get("type"))
    if not types or not all(isinstance(name, str) for name in types):
        raise _malformed("its type is missing or not text")
    return tuple(name for name in types if name != BASE_TYPE)


def _subject(document: Mapping[str, Any]) -> Mapping[str, Any]:
    subjects = as_list(document.get("credentialSubject"))
    if len(subjects) != 1 or not isinstance(subjects[0], Mapping):
        raise _malformed("it must have exactly one credentialSubject, an object")
    return subjects[0]


def _holder(claims: Mapping[str, Any], subject: Mapping[str, Any]) -> str:
    holder = subject.get("id")
    if not isinstance(holder, str) or not holder:
        raise _malformed("its credentialSubject has no id")
    if claims.get("sub", holder) != holder:
        raise Unauthenticated(
            "dcp/subject-mismatch", f"the JWT is about {claims['sub']!r:.100}, the credential in it about {holder:.100}"
        )
    return holder


def _check_issuer(issuer: str, document: Mapping[str, Any]) -> None:
    named = document.get("issuer", issuer)
    named = named.get("id") if isinstance(named, Mapping) else named
    if named != issuer:
        raise Unauthenticated(
            "dcp/issuer-mismatch", f"the JWT was issued by {issuer:.100}, the credential in it names {named!r:.100}"
        )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _malformed(why: str) -> Unauthenticated:
    return Unauthenticated("dcp/credential-malformed", f"not a credential: {why}")
