"""Credentials as JWT: what is issued, what is read, what is refused and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.dcp import credentials, jws
from connector.dcp.status_entries import StatusEntry
from connector.notation.problems import Invalid

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
BPN = "BPNL00000007RXRT"

EXPECTED_SUBJECTS = {
    "MembershipCredential": {"memberOf": "Catena-X"},
    "BpnCredential": {"bpn": BPN},
    "DataExchangeGovernanceCredential": {
        "group": "UseCaseFramework",
        "useCase": "DataExchangeGovernance",
        "contractVersion": "1.0",
    },
    "DismantlerCredential": {"activityType": "vehicleDismantle", "allowedVehicleBrands": ["A", "B"]},
}


def minimal(space: Any, **members: Any) -> dict[str, Any]:
    """The claims of the leanest credential there is: a type, a subject, no context."""
    document = {"type": ["MembershipCredential"], "credentialSubject": {"id": space.holder.did}}
    return {"iss": space.issuer.did, "sub": space.holder.did, "vc": document} | members


def read(space: Any, claims: dict[str, Any]) -> credentials.Credential:
    return credentials.read_credential(space.issuer.token(claims))


def check(space: Any, jwt: str, **changes: Any) -> None:
    arguments = {"holder": space.holder.did, "trusted_issuers": {space.issuer.did}, "now": NOW} | changes
    credentials.check_credential(credentials.read_credential(jwt), **arguments)


@pytest.mark.parametrize("kind", sorted(credentials.SUBJECTS))
def test_the_four_catena_x_credentials_are_issued_and_read(space: Any, kind: str) -> None:
    brands = {"allowedVehicleBrands": ["A", "B"]} if kind == "DismantlerCredential" else {}
    jwt = space.credential(kind, subject=credentials.subject_of(kind, bpn=BPN, **brands))
    assert jws.verify(jwt, space.issuer.jwk)["sub"] == space.holder.did
    credential = credentials.read_credential(jwt)
    assert credential.types == (kind,)
    assert (credential.issuer, credential.holder) == (space.issuer.did, space.holder.did)
    expected = {"id": space.holder.did, "holderIdentifier": BPN, **EXPECTED_SUBJECTS[kind]}
    assert expected.items() <= dict(credential.subject).items()
    assert set(credentials.SUBJECTS[kind]) <= credential.subject.keys()
    assert credential.issued_at == NOW - timedelta(days=1)
    assert credential.expires_at == NOW + timedelta(days=29)
    assert credential.status == StatusEntry("https://issuer.example/statuslist/1", 7, "revocation")
    assert credential.id == f"urn:uuid:{kind}"
    assert credential.key_id == f"{space.issuer.did}#key-1"
    assert credential.raw == jwt
    check(space, jwt)


def test_the_document_has_what_cx_0050_demands(space: Any) -> None:
    document = jws.peek(space.credential())[1]["vc"]
    assert document["@context"][0] == "https://www.w3.org/2018/credentials/v1"
    assert document["type"] == ["VerifiableCredential", "MembershipCredential"]
    assert document["issuanceDate"] == "2026-11-20T06:00:00Z"
    assert document["expirationDate"] == "2026-12-20T06:00:00Z"
    assert set(document["credentialStatus"]) == {
        "id",
        "type",
        "statusPurpose",
        "statusListIndex",
        "statusListCredential",
    }


@pytest.mark.parametrize("kind", sorted(credentials.SUBJECTS))
def test_a_subject_that_lacks_a_member_is_not_issued(space: Any, kind: str) -> None:
    whole = credentials.subject_of(kind, bpn=BPN, **({"allowedVehicleBrands": ["A"]} if "Dis" in kind else {}))
    for member in credentials.SUBJECTS[kind]:
        lacking = {name: value for name, value in whole.items() if name != member}
        with pytest.raises(Invalid) as caught:
            space.credential(kind, subject=lacking)
        assert caught.value.code == "dcp/credential-subject"
        assert member in caught.value.detail


@pytest.mark.parametrize("bpn", ["BPNL0000", "BPNS00000007RXRT", "bpnl00000007rxrt", "BPNL00000007RXRT\n", 7])
def test_a_malformed_bpn_is_not_issued(space: Any, refused: Any, bpn: Any) -> None:
    with refused("dcp/bpn"):
        space.credential("BpnCredential", subject=credentials.subject_of("BpnCredential", bpn=bpn))


def test_the_subject_cannot_name_another_holder(space: Any) -> None:
    subject = {**credentials.subject_of("MembershipCredential", bpn=BPN), "id": space.third.did}
    assert credentials.read_credential(space.credential(subject=subject)).holder == space.holder.did


def test_the_leanest_credential_is_read(space: Any) -> None:
    credential = read(space, minimal(space))
    assert credential.types == ("MembershipCredential",)
    assert (credential.issued_at, credential.expires_at, credential.status, credential.id) == (None,) * 4


def test_the_narrower_period_counts(space: Any) -> None:
    claims = minimal(space, nbf=int(NOW.timestamp()), exp=int(NOW.timestamp()) + 100)
    claims["vc"] |= {"issuanceDate": "2026-11-21T07:00:10+01:00", "expirationDate": "2027-01-01T00:00:00Z"}
    credential = read(space, claims)
    assert credential.issued_at == NOW + timedelta(seconds=10)
    assert credential.expires_at == NOW + timedelta(seconds=100)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"vc": None}, "dcp/credential-malformed"),
        ({"vc": "text"}, "dcp/credential-malformed"),
        ({"vc": {"type": "M"}}, "dcp/credential-malformed"),
        ({"vc": {"type": [], "credentialSubject": {"id": "HOLDER"}}}, "dcp/credential-malformed"),
        ({"vc": {"type": [7], "credentialSubject": {"id": "HOLDER"}}}, "dcp/credential-malformed"),
        ({"vc": {"type": ["M"], "credentialSubject": {}}}, "dcp/credential-malformed"),
        ({"vc": {"type": ["M"], "credentialSubject": {"id": ["HOLDER"]}}}, "dcp/credential-malformed"),
        ({"vc": {"type": ["M"], "credentialSubject": [{"id": "HOLDER"}, {"id": "x"}]}}, "dcp/credential-malformed"),
        ({"iss": None}, "dcp/iss"),
        ({"sub": "did:web:somebody"}, "dcp/subject-mismatch"),
        ({"issuer": "did:web:somebody"}, "dcp/issuer-mismatch"),
        ({"issuer": {"id": "did:web:somebody"}}, "dcp/issuer-mismatch"),
        ({"issuer": {"name": "no id"}}, "dcp/issuer-mismatch"),
        ({"issuanceDate": "yesterday"}, "dcp/credential-date"),
        ({"expirationDate": "2027-01-01T00:00:00"}, "dcp/credential-date"),
        ({"expirationDate": 7}, "dcp/credential-date"),
        ({"exp": "soon"}, "dcp/credential-date"),
        ({"credentialStatus": {"type": "Other"}}, "dcp/status-type"),
        ({"credentialStatus": {"type": ["BitstringStatusListEntry"]}}, "dcp/status-type"),
        ({"credentialStatus": "text"}, "dcp/status-type"),
    ],
)
def test_each_malformed_credential_has_its_reason(space: Any, refused: Any, members: dict[str, Any], code: str) -> None:
    claims = minimal(space)
    for name, value in members.items():
        (claims if name in claims or name == "exp" else claims["vc"])[name] = value
    subject = claims["vc"].get("credentialSubject") if isinstance(claims["vc"], dict) else None
    for one in subject if isinstance(subject, list) else [subject or {}]:
        one |= {"id": space.holder.did} if one.get("id") == "HOLDER" else {}
    with refused(code):
        read(space, claims)


def test_an_issuer_object_and_a_list_of_one_subject_are_read(space: Any) -> None:
    claims = minimal(space)
    claims["vc"] |= {"issuer": {"id": space.issuer.did}, "credentialSubject": [{"id": space.holder.did, "a": 1}]}
    assert read(space, claims).subject["a"] == 1


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({}, None),
        ({"statusListIndex": 7}, None),
        ({"type": "StatusList2021Entry"}, None),
        ({"statusPurpose": "suspension"}, None),
        ({"statusPurpose": "message"}, "dcp/status-purpose"),
        ({"statusPurpose": ["revocation"]}, "dcp/status-purpose"),
        ({"statusListIndex": "-1"}, "dcp/status-entry"),
        ({"statusListIndex": "07"}, "dcp/status-entry"),
        ({"statusListIndex": "٣"}, "dcp/status-entry"),
        ({"statusListIndex": None}, "dcp/status-entry"),
        ({"statusListCredential": "file:///etc/passwd"}, "dcp/status-entry"),
        ({"statusListCredential": None}, "dcp/status-entry"),
        ({"statusSize": 2}, "dcp/status-bits"),
    ],
)
def test_the_status_entry_is_read_or_refused_by_name(
    space: Any, refused: Any, entry: dict[str, Any], code: str | None
) -> None:
    claims = minimal(space)
    whole = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "http://localhost:1/statuslist/1",
    }
    claims["vc"]["credentialStatus"] = whole | entry
    if code is None:
        status = read(space, claims).status
        assert status is not None
        assert (status.list_url, status.index) == ("http://localhost:1/statuslist/1", 7)
    else:
        with refused(code):
            read(space, claims)


def test_a_second_status_entry_is_not_overlooked(space: Any, refused: Any) -> None:
    claims = minimal(space)
    claims["vc"]["credentialStatus"] = [{"type": "StatusList2021Entry"}, {"type": "StatusList2021Entry"}]
    with refused("dcp/status-several"):
        read(space, claims)


def test_an_untrusted_issuer_is_refused(space: Any, refused: Any) -> None:
    with refused("dcp/issuer-untrusted"):
        check(space, space.credential(signer=space.third))


def test_a_credential_about_another_holder_is_refused(space: Any, refused: Any) -> None:
    with refused("dcp/holder-mismatch"):
        check(space, space.credential(holder=space.third.did))


@pytest.mark.parametrize(("late", "code"), [(4, None), (5, "dcp/credential-expired")])
def test_an_expired_credential_is_refused_after_the_leeway(
    space: Any, refused: Any, late: int, code: str | None
) -> None:
    jwt = space.credential(now=NOW - timedelta(days=1), valid_for=timedelta(days=1) - timedelta(seconds=late))
    if code is None:
        check(space, jwt)
        return
    with refused(code):
        check(space, jwt)


def test_a_credential_of_tomorrow_is_refused(space: Any, refused: Any) -> None:
    jwt = space.credential(now=NOW + timedelta(seconds=6))
    with refused("dcp/credential-not-yet-valid"):
        check(space, jwt)
    check(space, jwt, leeway=timedelta(seconds=6))
