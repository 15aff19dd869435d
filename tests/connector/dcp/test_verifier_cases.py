"""The compatibility kit's cases for a verifier, each with the reason of its refusal, and attacks beyond them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.dcp import credentials, did, jws, status_list, tokens, verification
from connector.dcp.status_entries import entry

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
BPN = "BPNL00000007RXRT"
STATUS_URL = "https://issuer.example/statuslist/1"
SCHEMA_URL = "https://issuer.example/schema/membership-schema.json"
SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": {"score": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
    "required": ["score"],
}
STAMP = int(NOW.timestamp())

# --- section 4: the ID token ------------------------------------------------------------------------------------------


def test_missing_bearer_prefix(space: Any, refused: Any) -> None:
    token = space.holder.token(space.id_token_claims())
    with refused("dcp/bearer-missing"):
        tokens.bearer(token)
    assert tokens.bearer(f"Bearer {token}") == token


@pytest.mark.parametrize(
    ("case", "spoiled", "code"),
    [
        ("idTokenInvalidIssuerSub", {"iss": "did:web:localhost%3A8101:thirdparty"}, "dcp/iss-sub"),
        ("idTokenInvalidSub", {"sub": "did:web:localhost%3A8101:thirdparty"}, "dcp/iss-sub"),
        ("idTokenIncorrectAud", {"aud": "did:web:localhost%3A8101:thirdparty"}, "dcp/audience"),
        ("idTokenNbfInFuture", {"nbf": STAMP + 60}, "dcp/not-yet"),
        ("idTokenExpired", {"exp": STAMP - 60}, "dcp/expired"),
        ("idTokenNoTokenClaim", {"token": None}, "dcp/access-token-missing"),
        ("issuedInTheFuture", {"iat": STAMP + 60}, "dcp/iat-future"),
    ],
)
def test_id_token(space: Any, refused: Any, case: str, spoiled: dict[str, Any], code: str) -> None:
    with refused(code):
        space.accept(space.holder.token(space.id_token_claims(**spoiled)))


def test_id_token_whose_sub_is_not_the_did_that_signed(space: Any, refused: Any) -> None:
    """idTokenIncorrectSub: both iss and sub name the holder, the key is the third party's."""
    with refused("dcp/kid-foreign"):
        space.accept(space.third.token(space.id_token_claims()))
    with refused("dcp/signature"):
        space.accept(space.third.token(space.id_token_claims(), kid=f"{space.holder.did}#key-1"))


def test_id_token_jti_used_twice(space: Any, refused: Any) -> None:
    guard, token = tokens.ReplayGuard(), space.holder.token(space.id_token_claims())
    assert space.accept(token, guard).jti == "token-1"
    with refused("dcp/replayed"):
        space.accept(token, guard)


def test_id_token_key_without_capability_invocation(space: Any, refused: Any) -> None:
    document = space.holder.document
    document["capabilityInvocation"] = []
    token = space.holder.token(space.id_token_claims())
    with refused("dcp/key-purpose"):
        verification.verify_id_token(
            token, document=did.read_did_document(document, space.holder.did), own_did=space.verifier.did, now=NOW
        )


def test_endpoint_discovery(space: Any, refused: Any) -> None:
    own = space.verifier.read_document
    assert did.service_of(own, "CredentialService") == "https://verifier.example/dcp"
    bare = did.did_document(space.verifier.did, public_jwk=space.verifier.jwk, key_id="k", services={})
    with refused("dcp/service-missing"):
        did.service_of(did.read_did_document(bare, space.verifier.did), "CredentialService")


# --- section 5: presentations and credentials -------------------------------------------------------------------------


def test_success(space: Any) -> None:
    found = space.verify(space.presentation(space.credential()))
    assert [one.types for one in found] == [("MembershipCredential",)]


def test_success_over_several_presentations(space: Any) -> None:
    scopes = tuple(f"org.eclipse.tractusx.vc.type:{kind}:read" for kind in ("MembershipCredential", "BpnCredential"))
    vps = [space.presentation(space.credential(kind)) for kind in ("BpnCredential", "MembershipCredential")]
    assert len(space.verify(*vps, scopes=scopes)) == 2


def test_too_few_credentials(space: Any, refused: Any) -> None:
    scopes = tuple(f"org.eclipse.tractusx.vc.type:{kind}:read" for kind in ("MembershipCredential", "BpnCredential"))
    with refused("dcp/credential-missing") as caught:
        space.verify(space.presentation(space.credential()), scopes=scopes)
    assert "BpnCredential" in caught.value.detail
    assert "MembershipCredential" not in caught.value.detail


def test_too_many_credentials_are_accepted(space: Any) -> None:
    extra = space.credential("SensitiveDataCredential", signer=space.third)
    found = space.verify(space.presentation(extra, space.credential()))
    assert [one.types for one in found] == [("MembershipCredential",)]


def test_empty_presentations(space: Any, refused: Any) -> None:
    with refused("dcp/presentation-none"):
        space.verify()


def test_empty_credentials(space: Any, refused: Any) -> None:
    with refused("dcp/presentation-empty"):
        space.verify(space.presentation())


def test_holder_not_equal_subject_id(space: Any, refused: Any) -> None:
    with refused("dcp/holder-mismatch"):
        space.verify(space.presentation(space.credential(holder=space.third.did)))


def test_expired_credential(space: Any, refused: Any) -> None:
    with refused("dcp/credential-expired"):
        space.verify(space.presentation(space.credential(valid_for=timedelta(hours=1))))


def test_not_yet_valid_credential(space: Any, refused: Any) -> None:
    with refused("dcp/credential-not-yet-valid"):
        space.verify(space.presentation(space.credential(now=NOW + timedelta(days=1))))


def test_credential_revoked(space: Any, refused: Any) -> None:
    vp = space.presentation(space.credential())
    space.verify(vp)
    space.revoked.add(7)
    with refused("dcp/credential-revoked"):
        space.verify(vp)


def test_credential_revoked_by_an_unsigned_list(space: Any, refused: Any) -> None:
    bits = bytes([1]) + bytes(2047)
    listed = replace(space.status_list(), bits=bits, raw=None, key_id=None)
    with refused("dcp/credential-revoked"):
        space.verify(space.presentation(space.credential()), lists={STATUS_URL: listed})


def with_schema(space: Any, subject: dict[str, Any], **schema: Any) -> str:
    document = {
        "type": ["MembershipCredential"],
        "credentialSubject": {"id": space.holder.did, **subject},
        "credentialSchema": {"id": SCHEMA_URL, "type": "JsonSchemaValidator2018"} | schema,
    }
    return space.issuer.token({"iss": space.issuer.did, "sub": space.holder.did, "vc": document})


def test_credential_schema_is_applied(space: Any, refused: Any) -> None:
    schemas = {SCHEMA_URL: SCHEMA}
    assert verification.schema_urls([credentials.read_credential(with_schema(space, {}))]) == [SCHEMA_URL]
    space.verify(space.presentation(with_schema(space, {"score": 1})), schemas=schemas)
    for wrong in ({}, {"score": "text"}, {"score": 0}):
        with refused("dcp/schema-violated"):
            space.verify(space.presentation(with_schema(space, wrong)), schemas=schemas)


@pytest.mark.parametrize(
    ("schema", "schemas", "code"),
    [
        ({}, {}, "dcp/schema-unknown"),
        ({"type": "ZkpExampleSchema2018"}, {}, "dcp/schema-type"),
        ({"type": ["JsonSchemaValidator2018"]}, {}, "dcp/schema-type"),
        ({"id": "file:///etc/passwd"}, {}, "dcp/schema-type"),
        ({}, {SCHEMA_URL: {"type": "no such type"}}, "dcp/schema-malformed"),
        ({}, {SCHEMA_URL: {"$ref": "http://127.0.0.1:9/other.json"}}, "dcp/schema-malformed"),
        ({}, {SCHEMA_URL: "text"}, "dcp/schema-malformed"),
    ],
)
def test_a_schema_that_cannot_be_applied_refuses(
    space: Any, refused: Any, schema: dict[str, Any], schemas: dict[str, Any], code: str
) -> None:
    with refused(code):
        space.verify(space.presentation(with_schema(space, {"score": 1}, **schema)), schemas=schemas)


# --- beyond the kit ---------------------------------------------------------------------------------------------------


def test_untrusted_issuer(space: Any, refused: Any) -> None:
    with refused("dcp/issuer-untrusted"):
        space.verify(space.presentation(space.credential(signer=space.third)))


def test_a_third_party_that_claims_to_be_the_issuer(space: Any, refused: Any) -> None:
    forged = space.credential(sign=space.third.sign)
    with refused("dcp/signature"):
        space.verify(space.presentation(forged))
    with refused("dcp/kid-foreign"):
        space.verify(space.presentation(space.credential(sign=space.third.sign, key_id=f"{space.third.did}#key-1")))


def test_a_holder_that_issues_to_itself(space: Any, refused: Any) -> None:
    with refused("dcp/issuer-untrusted"):
        space.verify(space.presentation(space.credential(signer=space.holder)))


def test_a_credential_with_a_changed_subject(space: Any, refused: Any) -> None:
    header, payload, signature = space.credential().split(".")
    claims = jws.peek(f"{header}.{payload}.{signature}")[1]
    claims["vc"]["credentialSubject"]["holderIdentifier"] = "BPNL00000000EVIL"
    other = space.third.token(claims).split(".")[1]
    with refused("dcp/signature"):
        space.verify(space.presentation(f"{header}.{other}.{signature}"))


def test_an_id_token_is_no_presentation(space: Any, refused: Any) -> None:
    with refused("dcp/presentation-malformed"):
        space.verify(space.holder.token(space.id_token_claims()))


def test_a_presentation_is_no_credential(space: Any, refused: Any) -> None:
    with refused("dcp/credential-malformed"):
        space.verify(space.presentation(space.presentation(space.credential())))


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        ({"audience": "did:web:localhost%3A8101:thirdparty"}, "dcp/presentation-audience"),
        ({"now": NOW - timedelta(seconds=305)}, "dcp/presentation-expired"),
        ({"now": NOW + timedelta(seconds=6)}, "dcp/presentation-not-yet"),
        ({"holder": "did:web:localhost%3A8101:thirdparty"}, "dcp/presentation-holder"),
        ({"jti": ""}, "dcp/jti-missing"),
        ({"lifetime": timedelta(days=2)}, "dcp/lifetime"),
    ],
)
def test_each_wrong_presentation_has_its_reason(space: Any, refused: Any, spoiled: dict[str, Any], code: str) -> None:
    with refused(code):
        space.verify(space.presentation(space.credential(), **spoiled))


def test_a_stolen_presentation_of_somebody_else(space: Any, refused: Any) -> None:
    with refused("dcp/kid-foreign"):
        space.verify(space.presentation(space.credential(), signer=space.third))


def test_the_key_of_a_presentation_must_be_for_authentication(space: Any, refused: Any) -> None:
    document = space.holder.document
    document["authentication"] = []
    with refused("dcp/key-purpose"):
        verification.open_presentations(
            [space.presentation(space.credential())],
            document=did.read_did_document(document, space.holder.did),
            audience=space.verifier.did,
            scopes=[],
            now=NOW,
        )


def test_a_status_list_that_cannot_be_had_refuses(space: Any, refused: Any) -> None:
    with refused("dcp/status-unknown"):
        space.verify(space.presentation(space.credential()), lists={})


def test_a_forged_status_list_refuses(space: Any, refused: Any) -> None:
    forged = space.status_list(sign=space.third.sign)
    with refused("dcp/signature"):
        space.verify(space.presentation(space.credential()), lists={STATUS_URL: forged})


def test_a_status_list_of_a_third_party_refuses(space: Any, refused: Any) -> None:
    foreign = space.status_list(issuer=space.third.did, sign=space.third.sign)
    with refused("dcp/kid-foreign"):
        space.verify(space.presentation(space.credential()), lists={STATUS_URL: foreign})


def test_a_status_index_outside_the_list_refuses(space: Any, refused: Any) -> None:
    beyond = space.credential(status=entry(STATUS_URL, status_list.MIN_BITS))
    with refused("dcp/status-index"):
        space.verify(space.presentation(beyond))


def test_a_credential_without_status_needs_no_list(space: Any) -> None:
    found = space.verify(space.presentation(space.credential(status=None)), lists={})
    assert verification.status_urls(found) == []
    with_status = credentials.read_credential(space.credential())
    assert verification.status_urls([with_status, with_status]) == [STATUS_URL]


def test_the_document_handed_in_must_be_the_issuers(space: Any, refused: Any) -> None:
    with refused("dcp/issuer-mismatch"):
        verification.verify_credential(
            credentials.read_credential(space.credential()),
            document=space.third.read_document,
            holder=space.holder.did,
            trusted_issuers={space.issuer.did},
            now=NOW,
        )
