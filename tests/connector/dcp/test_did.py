"""did:web identifiers and DID documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.dcp import did
from connector.notation.problems import Invalid

DID = "did:web:localhost%3A8101:manufacturer"


@pytest.mark.parametrize(
    ("identifier", "url"),
    [
        ("did:web:example.com", "https://example.com/.well-known/did.json"),
        ("did:web:example.com:a:b", "https://example.com/a/b/did.json"),
        (DID, "https://localhost:8101/manufacturer/did.json"),
        ("did:web:localhost%3a8101:x", "https://localhost:8101/x/did.json"),
        ("did:web:Example.COM%3A443", "https://example.com:443/.well-known/did.json"),
        ("did:web:example.com:caf%C3%A9", "https://example.com/caf%C3%A9/did.json"),
        ("did:web:example.com:8101", "https://example.com/8101/did.json"),
    ],
)
def test_a_did_leads_to_its_document(identifier: str, url: str) -> None:
    assert did.did_web_url(identifier) == url


def test_http_only_where_it_is_asked_for() -> None:
    assert did.did_web_url(DID, insecure_http=True) == "http://localhost:8101/manufacturer/did.json"


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ("", "dcp/did-syntax"),
        ("did:key:z6Mk", "dcp/did-syntax"),
        ("did:web:", "dcp/did-syntax"),
        ("did:web:user@example.com", "dcp/did-syntax"),
        ("did:web:example.com/path", "dcp/did-syntax"),
        ("did:web:example.com#key", "dcp/did-syntax"),
        ("did:web:example.com\n", "dcp/did-syntax"),
        ("did:web:example.com:a::b", "dcp/did-syntax"),
        ("did:web:example.com:", "dcp/did-syntax"),
        ("did:web:exämple.com", "dcp/did-syntax"),
        ("did:web:example.com%3A0", "dcp/did-syntax"),
        ("did:web:example.com%3A070", "dcp/did-syntax"),
        ("did:web:example.com%3A80%3A90", "dcp/did-syntax"),
        ("did:web:example.com%2Fevil", "dcp/did-syntax"),
        ("did:web:example.com%3A65536", "dcp/did-port"),
        ("did:web:127.0.0.1", "dcp/did-host"),
        ("did:web:2130706433", "dcp/did-host"),
        ("did:web:0x7f000001", "dcp/did-host"),
        ("did:web:10.0.0x1", "dcp/did-host"),
        ("did:web:-example.com", "dcp/did-host"),
        ("did:web:example..com", "dcp/did-host"),
        ("did:web:example.com.", "dcp/did-host"),
        ("did:web:example.com:..:secret", "dcp/did-path"),
        ("did:web:example.com:%2e%2e:secret", "dcp/did-path"),
        ("did:web:example.com:a%2Fb", "dcp/did-path"),
        ("did:web:example.com:a%5Cb", "dcp/did-path"),
        ("did:web:example.com:a%3Fb", "dcp/did-path"),
        ("did:web:example.com:a%23b", "dcp/did-path"),
        ("did:web:example.com:a%00b", "dcp/did-path"),
        ("did:web:example.com:a%0d%0ab", "dcp/did-path"),
        ("did:web:example.com:%252e%252e", "dcp/did-path"),
        ("did:web:example.com:a%FF", "dcp/did-path"),
        ("did:web:example.com:a%4", "dcp/did-path"),
        ("did:web:example.com:" + "a" * 512, "dcp/did-syntax"),
    ],
)
def test_a_hostile_did_is_refused(identifier: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        did.did_web_url(identifier)
    assert caught.value.code == code, caught.value.detail


@given(st.text(max_size=60))
def test_whatever_follows_the_host_stays_on_the_host(tail: str) -> None:
    try:
        url = did.did_web_url("did:web:example.com" + tail)
    except Invalid:
        return
    assert url.startswith(("https://example.com/", "https://example.com:")) or tail[:1].isalnum() or tail[:1] in ".-"
    assert url.isascii()
    assert url.endswith("/did.json")
    assert not {"..", "."} & set(url.split("/")[3:])


def test_the_document_has_what_cx_0049_demands(space: Any) -> None:
    document = space.holder.document
    assert document["@context"] == list(did.CONTEXTS)
    assert len(set(did.CONTEXTS)) == 4
    method = document["verificationMethod"][0]
    assert method["id"] == f"{space.holder.did}#key-1"
    assert set(method["publicKeyJwk"]) == {"kty", "crv", "x", "y"}
    for purpose in ("authentication", "capabilityInvocation", "assertionMethod"):
        assert document[purpose] == [method["id"]]
    assert document["service"][0]["type"] == "CredentialService"


def test_a_private_member_never_gets_into_the_document(space: Any) -> None:
    document = did.did_document(DID, public_jwk={**space.holder.jwk, "d": "secret"}, key_id="k", services={})
    assert "secret" not in json.dumps(document)


def test_services_are_found_by_type_and_strange_ones_are_not(space: Any, refused: Any) -> None:
    document = space.holder.document
    document["service"] += [
        {"type": ["A", "DataService"], "serviceEndpoint": "https://h.example/x/"},
        {"type": "DataService", "serviceEndpoint": "https://second.example"},
        {"type": "File", "serviceEndpoint": "file:///etc/passwd"},
        {"type": "User", "serviceEndpoint": "https://user:word@h.example/"},
        {"type": "Object", "serviceEndpoint": {"uri": "https://h.example"}},
        "not an object",
    ]
    read = did.read_did_document(json.dumps(document), space.holder.did)
    assert did.service_of(read, "DataService") == "https://h.example/x"
    for kind in ("File", "User", "Object", "IssuerService"):
        with refused("dcp/service-missing"):
            did.service_of(read, kind)


def test_a_document_of_another_did_is_refused(space: Any, refused: Any) -> None:
    with refused("dcp/did-mismatch"):
        did.read_did_document(space.holder.document, space.third.did)


@pytest.mark.parametrize(
    "changes",
    [
        {"verificationMethod": [{"type": "JsonWebKey2020"}]},
        {"verificationMethod": ["text"]},
        {"authentication": [7]},
        {"authentication": [{"type": "JsonWebKey2020"}]},
        {"verificationMethod": [{"id": "#a"}] * 65},
    ],
)
def test_a_malformed_document_is_refused(space: Any, refused: Any, changes: dict[str, Any]) -> None:
    with refused("dcp/did-document"):
        did.read_did_document(space.holder.document | changes, space.holder.did)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null"])
def test_what_is_no_object_is_no_document(refused: Any, body: bytes) -> None:
    with refused("dcp/did-document"):
        did.read_did_document(body, DID)


def test_two_keys_under_one_id_are_refused(space: Any, refused: Any) -> None:
    document = space.holder.document
    document["verificationMethod"].append({"id": "#key-1", "publicKeyJwk": space.third.jwk})
    with refused("dcp/did-document"):
        did.read_did_document(document, space.holder.did)


@pytest.mark.parametrize("written", ["absolute", "#key-1", "key-1"])
@pytest.mark.parametrize("kid", ["absolute", "#key-1", "key-1"])
def test_method_ids_may_be_absolute_or_relative(space: Any, written: str, kid: str) -> None:
    absolute = f"{space.holder.did}#key-1"
    document = space.holder.document
    document["verificationMethod"][0]["id"] = absolute if written == "absolute" else written
    document["authentication"] = [absolute if written == "absolute" else written]
    read = did.read_did_document(document, space.holder.did)
    assert did.key_for(read, absolute if kid == "absolute" else kid, "authentication") == space.holder.jwk


def test_a_key_embedded_under_its_purpose_serves_that_purpose_alone(space: Any, refused: Any) -> None:
    document = space.holder.document
    document["capabilityInvocation"].append({"id": "#inner", "publicKeyJwk": space.third.jwk})
    read = did.read_did_document(document, space.holder.did)
    assert did.key_for(read, "#inner", "capabilityInvocation") == space.third.jwk
    with refused("dcp/key-purpose"):
        did.key_for(read, "#inner", "authentication")


@pytest.mark.parametrize("kid", [None, "", 7])
def test_a_missing_kid_is_refused(space: Any, refused: Any, kid: Any) -> None:
    with refused("dcp/kid-missing"):
        did.key_for(space.holder.read_document, kid, "authentication")


def test_a_kid_of_another_did_is_refused_even_where_the_document_lists_it(space: Any, refused: Any) -> None:
    foreign = f"{space.third.did}#key-1"
    document = space.holder.document
    document["verificationMethod"].append({"id": foreign, "publicKeyJwk": space.third.jwk})
    document["authentication"].append(foreign)
    read = did.read_did_document(document, space.holder.did)
    with refused("dcp/kid-foreign"):
        did.key_for(read, foreign, "authentication")
    with refused("dcp/kid-foreign"):
        did.key_for(read, f"{space.holder.did}.evil#key-1", "authentication")


def test_a_key_under_foreign_control_is_not_ours(space: Any, refused: Any) -> None:
    document = space.holder.document
    document["verificationMethod"][0]["controller"] = space.third.did
    read = did.read_did_document(document, space.holder.did)
    with refused("dcp/key-unknown"):
        did.key_for(read, "#key-1", "authentication")


def test_an_unknown_key_is_refused(space: Any, refused: Any) -> None:
    with refused("dcp/key-unknown"):
        did.key_for(space.holder.read_document, "#other", "authentication")


@pytest.mark.parametrize("purpose", ["authentication", "capabilityInvocation"])
def test_a_purpose_that_the_document_leaves_out_is_not_guessed(space: Any, refused: Any, purpose: Any) -> None:
    document = space.holder.document
    del document[purpose]
    with refused("dcp/key-purpose"):
        did.key_for(did.read_did_document(document, space.holder.did), "#key-1", purpose)


def test_assertion_method_may_be_left_out_but_not_contradicted(space: Any, refused: Any) -> None:
    document = space.issuer.document
    del document["assertionMethod"]
    read = did.read_did_document(document, space.issuer.did)
    assert did.key_for(read, "#key-1", "assertionMethod") == space.issuer.jwk
    document["assertionMethod"] = []
    with refused("dcp/key-purpose"):
        did.key_for(did.read_did_document(document, space.issuer.did), "#key-1", "assertionMethod")
