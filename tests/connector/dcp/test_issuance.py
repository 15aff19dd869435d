"""Issuance messages: each is read as it was written, and refused where a member is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from connector.dcp import issuance
from connector.dcp.presentations import CONTEXT
from connector.notation.problems import Invalid

REFERENCE = Path(__file__).resolve().parents[3] / "../shared/reference/dcp-1.0/issuance"
JWT = "a.b.c"


def test_each_message_is_read_as_it_was_written() -> None:
    assert issuance.read_request(issuance.request("h1", ["c1", "c2"])) == issuance.Request("h1", ("c1", "c2"))
    assert issuance.read_offer(issuance.offer("did:web:i", ["c1"])) == issuance.Offer("did:web:i", ("c1",))
    delivered = issuance.read_delivery(issuance.delivery("i1", "h1", [("MembershipCredential", JWT)]))
    assert delivered == issuance.Delivery("i1", "h1", "ISSUED", (("MembershipCredential", JWT),), None)
    rejected = issuance.read_delivery(issuance.delivery("i1", "h1", [], rejection_reason="no"))
    assert rejected == issuance.Delivery("i1", "h1", "REJECTED", (), "no")


def test_a_delivery_as_bytes_is_read() -> None:
    body = json.dumps(issuance.delivery("i1", "h1", [("MembershipCredential", JWT)])).encode()
    assert issuance.read_delivery(body).credentials == (("MembershipCredential", JWT),)


def test_a_delivery_names_the_profile_as_format() -> None:
    assert issuance.delivery("i", "h", [("M", JWT)])["credentials"][0]["format"] == "vc11-sl2021/jwt"


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"status": "DONE"}, "dcp/message", "/status"),
        ({"status": None}, "dcp/message", "/status"),
        ({"status": ["ISSUED"]}, "dcp/message", "/status"),
        ({"credentials": []}, "dcp/message", "/credentials"),
        ({"credentials": ["a"]}, "dcp/message", "/credentials"),
        ({"credentials": [{}] * 65}, "dcp/message", "/credentials"),
        ({"holderPid": None}, "dcp/message", "/holderPid"),
        ({"holderPid": ""}, "dcp/message", "/holderPid"),
        ({"issuerPid": 7}, "dcp/message", "/issuerPid"),
        ({"issuerPid": "a b"}, "dcp/message", "/issuerPid"),
        ({"type": "CredentialRequestMessage"}, "dcp/message", "/type"),
        ({"@context": []}, "dcp/message", "/@context"),
        (
            {"credentials": [{"payload": JWT, "credentialType": "M", "format": "json-ld"}]},
            "dcp/credential-format",
            None,
        ),
        ({"credentials": [{"payload": {}, "credentialType": "M", "format": "jwt"}]}, "dcp/message", "/credentials/0"),
        ({"credentials": [{"payload": JWT, "format": "jwt"}]}, "dcp/message", "/credentials/0"),
    ],
)
def test_each_wrong_delivery_has_its_reason(changes: dict[str, Any], code: str, pointer: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        issuance.read_delivery(issuance.delivery("i1", "h1", [("M", JWT)]) | changes)
    assert caught.value.code == code
    if pointer is not None:
        assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    "changes",
    [{"issuer": None}, {"issuer": ""}, {"credentials": []}, {"credentials": [{}]}, {"credentials": [{"id": 7}]}],
)
def test_each_wrong_offer_is_refused(refused: Any, changes: dict[str, Any]) -> None:
    with refused("dcp/message"):
        issuance.read_offer(issuance.offer("did:web:i", ["c1"]) | changes)


@pytest.mark.parametrize("changes", [{"holderPid": None}, {"credentials": None}, {"credentials": [{"id": ""}]}])
def test_each_wrong_request_is_refused(refused: Any, changes: dict[str, Any]) -> None:
    with refused("dcp/message"):
        issuance.read_request(issuance.request("h1", ["c1"]) | changes)


def test_metadata_names_type_profile_and_id() -> None:
    metadata = issuance.issuer_metadata("did:web:i", {"c1": "MembershipCredential"})
    assert metadata["@context"] == [CONTEXT]
    assert metadata["issuer"] == "did:web:i"
    one = metadata["credentialsSupported"][0]
    assert (one["id"], one["credentialType"], one["profile"]) == ("c1", "MembershipCredential", "vc11-sl2021/jwt")


@pytest.mark.skipif(not REFERENCE.exists(), reason="the DCP reference schemas are not here")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("credential-message", issuance.delivery("i", "h", [("M", JWT)])),
        ("credential-message", issuance.delivery("i", "h", [], rejection_reason="no")),
        ("credential-request-message", issuance.request("h", ["c1"])),
        ("credential-status", issuance.request_status("i", "h", "RECEIVED")),
    ],
)
def test_our_messages_satisfy_the_reference_schemas(name: str, message: dict[str, Any]) -> None:
    schema = json.loads((REFERENCE / f"{name}-schema.json").read_text())
    context = json.loads((REFERENCE / "../common/context-schema.json").read_text())
    schema["definitions"]["Context"] = context["definitions"]["ContextSchema"]
    text = json.dumps(schema)
    text = text.replace("https://w3id.org/dspace-dcp/v1.0/common/context-schema.json", "#/definitions/Context")
    text = text.replace("https://w3id.org/dspace-dcp/v1.0/presentation/credential-message-schema.json#", "#")
    jsonschema_rs.validator_for(json.loads(text)).validate(message)
