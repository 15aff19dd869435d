"""Queries and responses: the credential service's cases, scopes, and messages that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from connector.dcp import credentials, jws, presentations, scopes
from connector.notation.problems import Unprocessable

REFERENCE = Path(__file__).resolve().parents[3] / "../shared/reference/dcp-1.0"
TYPE = "org.eclipse.tractusx.vc.type:MembershipCredential:read"
DSPACE = "org.eclipse.dspace.dcp.vc.type:MembershipCredential:read"


def query(**members: Any) -> dict[str, Any]:
    return {"@context": [presentations.CONTEXT], "type": "PresentationQueryMessage", **members}


def response(**members: Any) -> dict[str, Any]:
    return {"@context": [presentations.CONTEXT], "type": "PresentationResponseMessage", **members}


def test_a_query_is_read_as_it_was_written() -> None:
    assert presentations.read_query(presentations.query([TYPE, DSPACE])) == [TYPE, DSPACE]
    assert presentations.read_query(json.dumps(query(scope=TYPE)).encode()) == [TYPE]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (query(scope=[TYPE], presentationDefinition={"id": "x"}), "dcp/query-ambiguous"),
        (query(scope=[]), "dcp/scope-empty"),
        (query(), "dcp/scope-empty"),
        (query(scope=None), "dcp/scope-empty"),
        (query(scope=[7]), "dcp/scope-malformed"),
        (query(scope={"a": 1}), "dcp/scope-malformed"),
        (query(scope=[TYPE] * 65), "dcp/scope-malformed"),
        (query(scope=["MembershipCredential"]), "dcp/scope-alias"),
        (query(scope=["org.example:MembershipCredential:read"]), "dcp/scope-alias"),
        (query(scope=["org.eclipse.tractusx.vc.type:MembershipCredential:write"]), "dcp/scope-operation"),
        (query(scope=["org.eclipse.tractusx.vc.type:MembershipCredential:*"]), "dcp/scope-operation"),
        (query(scope=["org.eclipse.tractusx.vc.type:"]), "dcp/scope-malformed"),
        (query(scope=["org.eclipse.tractusx.vc.type:read"]), "dcp/scope-malformed"),
        (query(scope=[TYPE]) | {"type": "PresentationResponseMessage"}, "dcp/message"),
        (query(scope=[TYPE]) | {"@context": ["https://example.org"]}, "dcp/message"),
        ({"scope": [TYPE]}, "dcp/message"),
        ([], "dcp/message"),
        (None, "dcp/message"),
        (b"{", "json/syntax"),
        (b"\xff", "json/syntax"),
    ],
)
def test_each_wrong_query_has_its_reason(refused: Any, body: Any, code: str) -> None:
    with refused(code):
        presentations.read_query(body)


def test_a_presentation_definition_is_not_supported_and_says_so() -> None:
    with pytest.raises(Unprocessable) as caught:
        presentations.read_query(query(presentationDefinition={"id": "x"}))
    assert caught.value.code == "dcp/presentation-definition"


@pytest.mark.parametrize(
    ("text", "by", "wanted"),
    [
        (TYPE, "type", "MembershipCredential"),
        (DSPACE, "type", "MembershipCredential"),
        ("org.eclipse.dspace.dcp.vc.type:MembershipCredential", "type", "MembershipCredential"),
        ("org.eclipse.dspace.dcp.vc.id:urn:uuid:1:read", "id", "urn:uuid:1"),
        ("org.eclipse.dspace.dcp.vc.id:urn:uuid:1", "id", "urn:uuid:1"),
    ],
)
def test_both_spellings_of_a_scope_are_understood(text: str, by: str, wanted: str) -> None:
    read = scopes.read_scope(text)
    assert (read.by, read.wanted, read.text) == (by, wanted, text)


def test_more_scopes_than_granted_give_the_granted_ones() -> None:
    other = "org.eclipse.tractusx.vc.type:BpnCredential:read"
    assert scopes.granted([DSPACE, other], [TYPE]) == [DSPACE]
    assert scopes.granted([other], [TYPE]) == []


def test_credentials_are_chosen_by_type_and_by_id(space: Any) -> None:
    held = [credentials.read_credential(space.credential(kind)) for kind in ("MembershipCredential", "BpnCredential")]
    assert scopes.select(held, [DSPACE]) == held[:1]
    assert scopes.select(held, ["org.eclipse.dspace.dcp.vc.id:urn:uuid:BpnCredential:read"]) == held[1:]
    assert scopes.select(held, []) == []


def test_covers_says_whether_a_query_asks_for_a_credential() -> None:
    assert presentations.covers([DSPACE], "MembershipCredential")
    assert not presentations.covers([DSPACE], "BpnCredential")
    assert presentations.covers(["org.eclipse.dspace.dcp.vc.id:urn:1"], "BpnCredential", "urn:1")
    assert not presentations.covers(["org.eclipse.dspace.dcp.vc.id:urn:1"], "BpnCredential")


def test_a_response_with_what_is_missing_is_refused_by_name(space: Any, refused: Any) -> None:
    held = [credentials.read_credential(space.credential())]
    presentations.check_complete(held, ["MembershipCredential"])
    with refused("dcp/credential-missing") as caught:
        presentations.check_complete(held, ["MembershipCredential", "BpnCredential", "OtherCredential"])
    assert "BpnCredential, OtherCredential" in caught.value.detail


def test_the_catena_x_scopes() -> None:
    assert set(scopes.CATENA_X_SCOPES) == {
        "org.eclipse.tractusx.vc.type:MembershipCredential:read",
        "org.eclipse.tractusx.vc.type:DataExchangeGovernanceCredential:read",
        "org.eclipse.tractusx.vc.type:BpnCredential:read",
    }
    assert presentations.scopes_of(scopes.CATENA_X_TYPES) == list(scopes.CATENA_X_SCOPES)


def test_a_response_is_read_as_it_was_written() -> None:
    assert presentations.read_response(presentations.response(["a", "b"])) == ["a", "b"]
    assert presentations.read_response(response(presentation="a")) == ["a"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (response(presentation=[]), "dcp/presentation-none"),
        (response(), "dcp/presentation-none"),
        (response(presentation=[{"proof": 1}]), "dcp/presentation-format"),
        (response(presentation=["a"] * 65), "dcp/presentation-format"),
        (query(scope=[TYPE]), "dcp/message"),
        ("text", "json/syntax"),
    ],
)
def test_each_wrong_response_has_its_reason(refused: Any, body: Any, code: str) -> None:
    with refused(code):
        presentations.read_response(body)


def test_a_presentation_is_for_the_verifier_alone(space: Any) -> None:
    header, claims = jws.peek(space.presentation(space.credential()))
    assert header["kid"] == f"{space.holder.did}#key-1"
    assert claims["aud"] == space.verifier.did
    assert claims["iss"] == claims["sub"] == claims["vp"]["holder"] == space.holder.did
    assert claims["vp"]["type"] == ["VerifiablePresentation"]
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize(
    ("vp", "code"),
    [
        (None, "dcp/presentation-malformed"),
        ({"type": "Other"}, "dcp/presentation-malformed"),
        ({"type": "VerifiablePresentation", "holder": "did:web:somebody"}, "dcp/presentation-holder"),
        ({"type": "VerifiablePresentation"}, "dcp/presentation-empty"),
        ({"type": "VerifiablePresentation", "verifiableCredential": [{"proof": 1}]}, "dcp/credential-format"),
        ({"type": "VerifiablePresentation", "verifiableCredential": ["a"] * 65}, "dcp/credential-format"),
    ],
)
def test_each_wrong_vp_claim_has_its_reason(space: Any, refused: Any, vp: Any, code: str) -> None:
    claims = jws.peek(space.presentation(space.credential()))[1] | {"vp": vp}
    now = datetime.fromtimestamp(claims["iat"], UTC)
    with refused(code):
        presentations.check_presentation(claims, holder=space.holder.did, audience=space.verifier.did, now=now)


def test_a_presentation_of_the_kits_form_is_read(space: Any) -> None:
    """One credential as bare text, type as text, no holder."""
    claims = jws.peek(space.presentation(space.credential()))[1]
    claims["vp"] = {"type": "VerifiablePresentation", "verifiableCredential": "a.b.c"}
    now = datetime.fromtimestamp(claims["iat"], UTC)
    assert presentations.check_presentation(claims, holder=space.holder.did, audience=space.verifier.did, now=now) == [
        "a.b.c"
    ]


@pytest.mark.skipif(not REFERENCE.exists(), reason="the DCP reference schemas are not here")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("presentation-query-message", presentations.query([TYPE])),
        ("presentation-response-message", presentations.response(["a.b.c"])),
    ],
)
def test_our_messages_satisfy_the_reference_schemas(name: str, message: dict[str, Any]) -> None:
    schema = json.loads((REFERENCE / "presentation" / f"{name}-schema.json").read_text())
    context = json.loads((REFERENCE / "common/context-schema.json").read_text())
    schema["definitions"]["Context"] = context["definitions"]["ContextSchema"]
    text = json.dumps(schema).replace(
        "https://w3id.org/dspace-dcp/v1.0/common/context-schema.json", "#/definitions/Context"
    )
    plain = json.loads(text)
    for properties in (definition.get("properties", {}) for definition in plain["definitions"].values()):
        properties.pop("presentationSubmission", None)
        properties.pop("presentationDefinition", None)
    jsonschema_rs.validator_for(plain).validate(message)
