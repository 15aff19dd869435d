"""Our schemas judge as the published ones do: every mutant of every valid example gets the same verdict."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.dsp import schemas
from connector.dsp.vocabulary import DSPACE_CONTEXT
from connector.notation import pointers

REFERENCE = Path(__file__).resolve().parents[3] / "../shared/reference/dsp-2025-1"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference files of DSP 2025-1 are not here")

FILES = {
    "CatalogRequestMessage": "catalog/catalog-request-message",
    "DatasetRequestMessage": "catalog/dataset-request-message",
    "CatalogError": "catalog/catalog-error",
    "Catalog": "catalog/catalog",
    "Dataset": "catalog/dataset",
    "ContractRequestMessage": "negotiation/contract-request-message",
    "ContractOfferMessage": "negotiation/contract-offer-message",
    "ContractAgreementMessage": "negotiation/contract-agreement-message",
    "ContractAgreementVerificationMessage": "negotiation/contract-agreement-verification-message",
    "ContractNegotiationEventMessage": "negotiation/contract-negotiation-event-message",
    "ContractNegotiationTerminationMessage": "negotiation/contract-negotiation-termination-message",
    "ContractNegotiation": "negotiation/contract-negotiation",
    "ContractNegotiationError": "negotiation/contract-negotiation-error",
    "TransferRequestMessage": "transfer/transfer-request-message",
    "TransferStartMessage": "transfer/transfer-start-message",
    "TransferCompletionMessage": "transfer/transfer-completion-message",
    "TransferSuspensionMessage": "transfer/transfer-suspension-message",
    "TransferTerminationMessage": "transfer/transfer-termination-message",
    "TransferProcess": "transfer/transfer-process",
    "TransferError": "transfer/transfer-error",
    "DataAddress": "transfer/data-address",
    "VersionResponse": "common/protocol-version",
}

JUSTIFIED = {
    "timestamp with something before or after it": "the published pattern has no anchors",
}
"""The only differences; a mutant that falls under one of them is told by `_is_justified`."""


def _is_justified(mutant: Any, place: str) -> bool:
    return place.endswith("/timestamp") and isinstance(pointers.resolve(mutant, place), str)


# --- valid examples, our own


def _message(type_: str, **members: Any) -> dict[str, Any]:
    return {"@context": [DSPACE_CONTEXT], "@type": type_, **members}


PIDS = {"providerPid": "urn:uuid:p", "consumerPid": "urn:uuid:c"}
ATOM = {"leftOperand": "https://example.org/colour", "operator": "eq", "rightOperand": "blue"}
RULE = {"action": "use", "constraint": [ATOM, {"and": [ATOM, {"or": [ATOM, {**ATOM, "rightOperand": ["a", "b"]}]}]}]}
DUTY = {"action": "https://example.org/report", "constraint": [{**ATOM, "rightOperand": {"@id": "urn:x"}}]}
RULES = {"permission": [RULE], "prohibition": [{"action": "use"}], "obligation": [DUTY], "profile": "urn:profile"}
OFFER = {"@id": "urn:offer", "@type": "Offer", **RULES, "profile": ["urn:profile"]}
MESSAGE_OFFER = {**OFFER, "target": "urn:dataset"}
AGREEMENT = {
    **{"@id": "urn:agreement", "@type": "Agreement", "target": "urn:dataset", "assigner": "did:web:a"},
    **{"assignee": "did:web:b", "timestamp": "2026-11-21T06:00:00Z", **RULES},
}
SERVICE = {"@id": "urn:service", "@type": "DataService", "endpointURL": "https://a.example/dsp"}
DISTRIBUTION = {"@type": "Distribution", "format": "HttpData-PULL", "accessService": SERVICE}
DATASET = {
    **{"@id": "urn:dataset", "@type": "Dataset", "hasPolicy": [OFFER]},
    "distribution": [DISTRIBUTION, {"format": "HttpData-PUSH", "accessService": "urn:service", "hasPolicy": [OFFER]}],
}
PART = {"@id": "urn:sub", "@type": "Catalog", "service": [SERVICE], "distribution": [DISTRIBUTION]}
ADDRESS = {
    **{"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": "https://a.example"},
    "endpointProperties": [{"@type": "EndpointProperty", "name": "authorization", "value": "secret"}],
}
VERSION = {"version": "2025-1", "path": "/2025-1", "binding": "HTTPS", "identifierType": "did:web", "serviceId": "s"}
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "CatalogRequestMessage": [_message("CatalogRequestMessage", filter=[{"a": 1}])],
    "DatasetRequestMessage": [_message("DatasetRequestMessage", dataset="urn:dataset")],
    "CatalogError": [_message("CatalogError", code="a", reason=["b"])],
    "Catalog": [
        {
            **_message("Catalog", participantId="did:web:a", dataset=[DATASET], service=[SERVICE], catalog=[PART]),
            "@id": "urn:catalog",
        }
    ],
    "Dataset": [{"@context": [DSPACE_CONTEXT], **DATASET}],
    "ContractRequestMessage": [
        _message("ContractRequestMessage", consumerPid="c", offer=MESSAGE_OFFER, callbackAddress="https://c.example"),
        _message("ContractRequestMessage", **PIDS, offer=MESSAGE_OFFER),
    ],
    "ContractOfferMessage": [
        _message("ContractOfferMessage", providerPid="p", offer=MESSAGE_OFFER, callbackAddress="https://p.example"),
        _message("ContractOfferMessage", **PIDS, offer=MESSAGE_OFFER),
    ],
    "ContractAgreementMessage": [_message("ContractAgreementMessage", **PIDS, agreement=AGREEMENT)],
    "ContractAgreementVerificationMessage": [_message("ContractAgreementVerificationMessage", **PIDS)],
    "ContractNegotiationEventMessage": [
        _message("ContractNegotiationEventMessage", **PIDS, eventType=event) for event in schemas.EVENTS
    ],
    "ContractNegotiation": [_message("ContractNegotiation", **PIDS, state=s) for s in schemas.NEGOTIATION_STATES],
    "TransferRequestMessage": [
        _message(
            "TransferRequestMessage",
            **{"consumerPid": "c", "agreementId": "a", "format": "HttpData-PUSH", "dataAddress": ADDRESS},
            callbackAddress="https://c.example",
        )
    ],
    "TransferStartMessage": [_message("TransferStartMessage", **PIDS, dataAddress=ADDRESS)],
    "TransferCompletionMessage": [_message("TransferCompletionMessage", **PIDS)],
    "TransferProcess": [_message("TransferProcess", **PIDS, state=state) for state in schemas.TRANSFER_STATES],
    "DataAddress": [ADDRESS],
    "VersionResponse": [
        {"protocolVersions": [VERSION, {**VERSION, "auth": {"protocol": "DCP", "version": "1.0", "profile": ["x"]}}]}
    ],
    **{
        type_: [_message(type_, **PIDS, code="1", reason=["no", {"de": "nein"}])]
        for type_ in (
            *("ContractNegotiationTerminationMessage", "ContractNegotiationError"),
            *("TransferSuspensionMessage", "TransferTerminationMessage", "TransferError"),
        )
    },
}
CASES = [(type_, example) for type_, examples in EXAMPLES.items() for example in examples]


# --- mutants

OTHER_VALUES: list[Any] = [None, True, 7, "", "other", [], [5], ["x"], {}, {"@id": "x"}]


def _places(value: Any, at: str = "") -> Iterator[str]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in items:
        yield from _places(member, pointers.join(at, step))


def _changed(document: Any, place: str, change: Callable[[Any, Any], None]) -> Any:
    mutant = copy.deepcopy(document)
    steps = pointers.split(place)
    parent = pointers.resolve(mutant, pointers.join("", *steps[:-1]))
    change(parent, int(steps[-1]) if isinstance(parent, list) else steps[-1])
    return mutant


def _mutants(document: Any) -> Iterator[tuple[str, str, Any]]:
    for place in _places(document):
        value = pointers.resolve(document, place)
        if isinstance(value, dict):
            for name in ("extra", "target", "hasPolicy", "and", "providerPid", "callbackAddress"):
                if name not in value:
                    mutant = copy.deepcopy(document)
                    pointers.resolve(mutant, place)[name] = "x"
                    yield "added " + name, place, mutant
        if isinstance(value, list) and value:
            mutant = copy.deepcopy(document)
            pointers.resolve(mutant, place).append(value[0])
            yield "repeated", place, mutant
        if not place:
            continue
        yield "dropped", place, _changed(document, place, lambda parent, step: parent.pop(step))
        for other in OTHER_VALUES:
            yield f"became {other!r}", place, _changed(document, place, lambda p, s, o=other: p.__setitem__(s, o))
        if isinstance(value, str):
            for other in (value + "x", "x" + value, value.lower(), value.upper()):
                yield f"became {other!r}", place, _changed(document, place, lambda p, s, o=other: p.__setitem__(s, o))


# --- the published schemas


def _published() -> dict[str, Any]:
    registry: dict[str, Any] = {}
    for path in REFERENCE.glob("*/*-schema.json"):
        # Three published references lack the slash of a JSON pointer and would lead nowhere.
        text = path.read_text(encoding="utf-8").replace("schema.json#definitions/", "schema.json#/definitions/")
        document = json.loads(text)
        registry[document["$id"]] = document
    return registry


@pytest.fixture(scope="module")
def published() -> Callable[[str], jsonschema_rs.Draft201909Validator]:
    documents = _published()
    registry = jsonschema_rs.Registry(documents.items())
    cache: dict[str, jsonschema_rs.Draft201909Validator] = {}

    def validator(type_: str) -> jsonschema_rs.Draft201909Validator:
        if type_ not in cache:
            document = documents[f"https://w3id.org/dspace/2025/1/{FILES[type_]}-schema.json"]
            cache[type_] = jsonschema_rs.Draft201909Validator(document, registry=registry)
        return cache[type_]

    return validator


def test_every_document_has_an_example_and_a_published_counterpart() -> None:
    assert set(EXAMPLES) == set(schemas.DOCUMENTS) == set(FILES)


@pytest.mark.parametrize(("type_", "example"), CASES)
@pytest.mark.parametrize("mode", ["strict", "lenient"])
def test_examples_are_valid(type_: str, example: dict[str, Any], mode: schemas.Mode) -> None:
    assert schemas.check(example, type_, mode) == []


@needs_reference
def test_published_examples_are_valid() -> None:
    seen = 0
    for path in sorted(REFERENCE.glob("*/example/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        type_ = document.get("@type", "VersionResponse" if "protocolVersions" in document else None)
        if type_ is not None:
            assert schemas.check(document, type_) == [], path.name
            assert schemas.check(document, type_, "lenient") == [], path.name
            seen += 1
    assert seen >= 20


@needs_reference
def test_mutants_are_judged_as_by_the_published_schemas(
    published: Callable[[str], jsonschema_rs.Draft201909Validator],
) -> None:
    judged = refused = 0
    differences: list[str] = []
    for type_, example in CASES:
        theirs, ours = published(type_), schemas.validator(type_)
        assert theirs.is_valid(example), type_
        for what, place, mutant in _mutants(example):
            verdict = theirs.is_valid(mutant)
            judged += 1
            refused += not verdict
            if verdict != ours.is_valid(mutant) and not (what.startswith("became") and _is_justified(mutant, place)):
                differences.append(f"{type_}{place} {what}: published {verdict}")
    assert differences == []
    assert judged >= 1000
    assert refused >= 400
    assert judged - refused >= 400


@needs_reference
def test_the_justified_difference_is_one(published: Callable[[str], jsonschema_rs.Draft201909Validator]) -> None:
    assert len(JUSTIFIED) == 1
    message = _message(
        "ContractAgreementMessage", **PIDS, agreement={**AGREEMENT, "timestamp": "x2026-11-21T06:00:00Z"}
    )
    assert published("ContractAgreementMessage").is_valid(message)
    assert not schemas.is_valid(message, "ContractAgreementMessage")


# --- our own verdicts, with or without the published files


@pytest.mark.parametrize(
    ("type_", "change", "pointer"),
    [
        ("ContractNegotiation", {"state": "AGREEING"}, "/state"),
        ("ContractNegotiation", {"@type": "TransferProcess"}, "/@type"),
        ("ContractNegotiation", {"@context": ["https://example.org"]}, "/@context"),
        ("ContractNegotiation", {"@context": DSPACE_CONTEXT}, "/@context"),
        ("ContractNegotiation", {"providerPid": 5}, "/providerPid"),
        ("TransferProcess", {"state": "RESUMING"}, "/state"),
        ("ContractNegotiationEventMessage", {"eventType": "AGREED"}, "/eventType"),
        ("TransferError", {"reason": []}, "/reason"),
        ("VersionResponse", {"protocolVersions": []}, "/protocolVersions"),
        ("DataAddress", {"endpointProperties": []}, "/endpointProperties"),
    ],
)
def test_a_wrong_member_is_named(type_: str, change: dict[str, Any], pointer: str) -> None:
    findings = schemas.check({**EXAMPLES[type_][0], **change}, type_)
    assert [finding.pointer for finding in findings] == [pointer]
    assert {finding.code for finding in findings} == {"dsp/schema"}


def test_request_names_either_callback_or_process() -> None:
    initial, counter = EXAMPLES["ContractRequestMessage"]
    both = {**counter, "callbackAddress": initial["callbackAddress"]}
    neither = {name: value for name, value in initial.items() if name != "callbackAddress"}
    assert not schemas.is_valid(both, "ContractRequestMessage")
    assert schemas.is_valid(both, "ContractRequestMessage", "lenient")
    assert not schemas.is_valid(neither, "ContractRequestMessage", "lenient")


@pytest.mark.parametrize("address", ["", "ftp://x", "javascript:alert(1)", "https://", "https://a b", " https://a"])
def test_a_callback_must_be_a_web_address(address: str) -> None:
    message = {**EXAMPLES["ContractRequestMessage"][0], "callbackAddress": address}
    assert [f.pointer for f in schemas.check(message, "ContractRequestMessage", "lenient")] == ["/callbackAddress"]


def test_lenient_reads_what_peers_leave_out() -> None:
    bare = _message("ContractNegotiationError", code="404", reason=["Not found"])
    assert schemas.is_valid(bare, "ContractNegotiationError", "lenient")
    assert not schemas.is_valid(bare, "ContractNegotiationError")
    offer = {"@id": "o", "@type": "Offer", "target": "d"}
    request = _message("ContractRequestMessage", consumerPid="c", offer=offer, callbackAddress="https://c.example")
    assert schemas.is_valid(request, "ContractRequestMessage", "lenient")
    assert not schemas.is_valid(request, "ContractRequestMessage")


@pytest.mark.parametrize("missing", ["target", "@id", "@type"])
def test_lenient_still_wants_what_an_offer_needs(missing: str) -> None:
    message = copy.deepcopy(EXAMPLES["ContractRequestMessage"][0])
    del message["offer"][missing]
    assert {f.pointer for f in schemas.check(message, "ContractRequestMessage", "lenient")} == {"/offer"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_gets_a_verdict(document: Any) -> None:
    for type_ in ("ContractRequestMessage", "Catalog", "VersionResponse"):
        assert schemas.check(document, type_, "lenient") != []
