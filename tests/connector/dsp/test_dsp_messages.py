"""Messages built are the protocol's exact form, are valid, and are read back as they were meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connector.dsp import messages, reading, schemas
from connector.dsp.addresses import DataAddress
from connector.dsp.errors import ERROR_TYPES, ERRORS, error_body, status
from connector.dsp.vocabulary import CONTEXT, DSPACE_CONTEXT, EDC, HTTP_ENDPOINT
from connector.notation import problems
from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Invalid, Problem, Unknown

TIME = datetime(2026, 11, 21, 7, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))
RULES: dict[str, Any] = {"permission": [{"action": "use"}], "prohibition": [], "obligation": []}
OFFER = messages.offer("o", RULES, target="d", assigner="did:web:a")
AGREEMENT = messages.agreement("a", RULES, target="d", assigner="did:web:a", assignee="did:web:b", timestamp=TIME)
ADDRESS = messages.data_address("https://a.example/data", "token", {"flag": "x"})
FAULT: dict[str, Any] = {"code": "dsp/x", "reasons": ["because"]}

BUILT = {
    "ContractRequestMessage": messages.contract_request("m", "c", OFFER, callback_address="https://c.example"),
    "ContractOfferMessage": messages.contract_offer("m", "p", OFFER, consumer_pid="c"),
    "ContractAgreementMessage": messages.contract_agreement("m", "p", "c", AGREEMENT),
    "ContractAgreementVerificationMessage": messages.verification("m", "p", "c"),
    "ContractNegotiationEventMessage": messages.negotiation_event("m", "p", "c", "FINALIZED"),
    "ContractNegotiationTerminationMessage": messages.negotiation_termination("m", "p", "c", **FAULT),
    "ContractNegotiation": messages.contract_negotiation("p", "c", "AGREED"),
    "ContractNegotiationError": messages.negotiation_error(None, "c", **FAULT),
    "TransferRequestMessage": messages.transfer_request("m", "c", "a", "HttpData-PULL", "https://c.example"),
    "TransferStartMessage": messages.transfer_start("m", "p", "c", data_address=ADDRESS),
    "TransferCompletionMessage": messages.transfer_completion("m", "p", "c"),
    "TransferSuspensionMessage": messages.transfer_suspension("m", "p", "c", **FAULT),
    "TransferTerminationMessage": messages.transfer_termination("m", "p", "c"),
    "TransferProcess": messages.transfer_process("p", "c", "SUSPENDED"),
    "TransferError": messages.transfer_error("p", None, **FAULT),
    "CatalogRequestMessage": messages.catalog_request([{"a": 1}]),
    "CatalogError": messages.catalog_error(**FAULT),
}


@pytest.mark.parametrize("type_", BUILT)
def test_every_message_is_valid_and_read_back(type_: str, contexts: dict[str, Any]) -> None:
    body = BUILT[type_]
    assert body["@context"] == [DSPACE_CONTEXT]
    assert body["@type"] == type_
    assert schemas.check(body, type_) == []
    message = reading.read(body, type_)
    assert message.body == body
    assert (message.provider_pid, message.consumer_pid) == (body.get("providerPid"), body.get("consumerPid"))
    assert message.message_id == ("m" if type_ not in NAMELESS else None)
    other = reading.read({**body, "@context": DSPACE_CONTEXT}, type_, contexts=contexts)
    if type_ not in {"CatalogRequestMessage", "ContractNegotiationError", "TransferError"}:
        assert other == message


NAMELESS = {type_ for type_ in BUILT if type_.endswith("Error")} | {
    *("ContractNegotiation", "TransferProcess", "CatalogRequestMessage"),
}


def test_exact_form_of_a_request() -> None:
    assert BUILT["ContractRequestMessage"] == {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": "ContractRequestMessage",
        "@id": "m",
        "consumerPid": "c",
        "callbackAddress": "https://c.example",
        "offer": {
            **{"@id": "o", "@type": "Offer", "assigner": "did:web:a", "target": "d"},
            "permission": [{"action": "use"}],
        },
    }


def test_the_agreement_carries_utc_to_the_second() -> None:
    assert AGREEMENT["timestamp"] == "2026-11-21T06:00:00Z"
    assert (
        reading.read(BUILT["ContractAgreementMessage"], "ContractAgreementMessage").timestamp == AGREEMENT["timestamp"]
    )
    with pytest.raises(Invalid, match="has no zone"):
        messages.instant(datetime(2026, 11, 21))  # noqa: DTZ001 - the naive time is the test
    assert messages.instant(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize("ids", [{}, {"callback_address": "https://c.example", "provider_pid": "p"}])
def test_a_request_opens_or_counters(ids: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        messages.contract_request("m", "c", OFFER, **ids)
    assert refusal.value.code == "dsp/message"


def test_an_offer_without_rules_permits_use() -> None:
    assert messages.offer("o", {})["permission"] == [{"action": "use"}]
    assert "permission" not in messages.offer("o", {"prohibition": [{"action": "use"}]})


def test_builders_do_not_share_the_context() -> None:
    body = messages.verification("m", "p", "c")
    body["@context"].append("https://x.example")
    assert messages.verification("m", "p", "c")["@context"] == CONTEXT == [DSPACE_CONTEXT]


def test_an_address_has_both_forms() -> None:
    names = {entry["name"]: entry["value"] for entry in ADDRESS["endpointProperties"]}
    assert ADDRESS["endpoint"] == names[EDC + "endpoint"] == "https://a.example/data"
    assert ADDRESS["endpointType"] == names[EDC + "endpointType"] == HTTP_ENDPOINT
    assert names["authorization"] == names[EDC + "authorization"] == "token"
    assert names["authType"] == names[EDC + "authType"] == "bearer"
    read = reading.read(BUILT["TransferStartMessage"], "TransferStartMessage").data_address
    assert read == DataAddress("https://a.example/data", "token", HTTP_ENDPOINT, {"authType": "bearer", "flag": "x"})


def test_an_address_without_token_or_endpoint() -> None:
    assert messages.data_address(None, None) == {"@type": "DataAddress", "endpointType": HTTP_ENDPOINT}
    push = messages.data_address(None, None, {EDC + "baseUrl": "https://c.example"}, endpoint_type="HttpData")
    body = messages.transfer_request("m", "c", "a", "HttpData-PUSH", "https://c.example", data_address=push)
    address = reading.read(body, "TransferRequestMessage").data_address
    assert address == DataAddress("https://c.example", None, "HttpData", {"baseUrl": "https://c.example"})


def test_a_catalog_is_valid_and_needs_no_context_but_the_protocols() -> None:
    service = messages.data_service("urn:s", "https://a.example/dsp/2025-1")
    semantic = {"@id": "urn:samm:io.catenax.pcf:9.0.0#Pcf"}
    entry = messages.dataset(
        "d",
        offers=[OFFER],
        distributions=[messages.distribution("HttpData-PULL", service)],
        properties={
            "dct:type": {"@id": "cx-taxo:BatteryPass"},
            "cx-common:version": "1.0",
            "aas-semantics:semanticId": semantic,
        },
    )
    body = messages.catalog("urn:c", "did:web:a", datasets=[entry], services=[service])
    assert schemas.check(body, "Catalog") == []
    assert schemas.check(messages.dataset_answer(entry), "Dataset") == []
    assert "target" not in entry["hasPolicy"][0]
    assert entry["dct:type"] == {"@id": "https://w3id.org/catenax/taxonomy#BatteryPass"}
    assert entry["https://w3id.org/catenax/ontology/common#version"] == "1.0"
    assert entry["https://admin-shell.io/aas/3/0/HasSemantics/semanticId"] == semantic


def test_the_version_document() -> None:
    body = messages.version_document("/2025-1", identifierType="did:web", auth={"protocol": "DCP", "version": "1.0"})
    assert schemas.check(body, "VersionResponse") == []
    (version,) = reading.read_versions(body)
    assert (version.version, version.path, version.binding) == ("2025-1", "/2025-1", "HTTPS")
    assert version.identifier_type == "did:web"
    assert version.auth == ("DCP", "1.0", ())


# --- errors


def test_every_kind_of_problem_has_a_status() -> None:
    kinds = {kind for kind in vars(problems).values() if isinstance(kind, type) and issubclass(kind, Problem)}
    assert set(ERRORS) == kinds - {Problem}
    assert not {401, 403, 409, 500, 501, 502} & set(ERRORS.values())
    for kind, code in ERRORS.items():
        assert status(kind("x/y", "z")) == code
    assert status(type("Own", (Unknown,), {})("x/y", "z")) == 404
    assert status(Problem("x/y", "z")) == 400


@pytest.mark.parametrize("protocol", ["catalog", "negotiation", "transfer"])
def test_the_error_body_is_the_protocols(protocol: Any) -> None:
    problem = Conflict("dsp/transition", "not now", findings=[Finding("dsp/x", "here", "/a")])
    body = error_body(protocol, problem, consumer_pid="c")
    assert body["@type"] == ERROR_TYPES[protocol]
    assert schemas.check(body, ERROR_TYPES[protocol]) == []
    assert reading.read_error(body) == ("dsp/transition", ("not now", "/a: here [dsp/x]"))


def test_kinds_of_events() -> None:
    for event, kind in (("ACCEPTED", "accepted"), ("FINALIZED", "finalized")):
        body = messages.negotiation_event("m", "p", "c", event)  # type: ignore[arg-type]
        assert reading.read(body, "ContractNegotiationEventMessage").kind == kind
    assert reading.read(BUILT["TransferSuspensionMessage"], "TransferSuspensionMessage").kind == "suspension"
    assert reading.read(BUILT["CatalogError"], "CatalogError").kind == ""
