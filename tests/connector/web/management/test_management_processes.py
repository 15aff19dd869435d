"""Negotiations, transfers, EDRs and discovery through EDC's management API, against a partner that plays along."""

from __future__ import annotations

from typing import Any

import pytest

from connector.adapters.library import FolderLibrary
from connector.dsp import messages
from connector.notation.exact_json import encode
from connector.notation.jsonld import expand
from connector.ports import Answer
from connector.records.exchange import NEGOTIATIONS, OUTGOING, TRANSFERS
from connector.records.footprints import LINKS

EDC = "https://w3id.org/edc/v0.0.1/ns/"
ODRL = "http://www.w3.org/ns/odrl/2/"
CTX = {"@vocab": EDC}
OWN = "did:web:own.example"
PEER = "did:web:peer.example"
PEER_URL = "http://peer.example/dsp/2025-1"
AUTH = "https://w3id.org/tractusx/auth/"


def request_of(policy: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A ContractRequest as EDC's documentation has it."""
    offer = {**policy, "@id": "offer:1:2", "@type": "Offer", "assigner": PEER, "target": "asset-1"}
    return {
        "@context": CTX,
        "@type": "ContractRequest",
        "counterPartyId": PEER,
        "counterPartyAddress": PEER_URL,
        "protocol": "dataspace-protocol-http:2025-1",
        "policy": offer,
        **more,
    }


async def finalized(rig: Any, usage_policy: Any, path: str = "/v3/contractnegotiations") -> tuple[str, str]:
    """A negotiation that the partner agrees to and finalizes: (negotiation id, agreement id)."""
    own_pid = (await rig.ok("POST", path, request_of(usage_policy)))["@id"]
    await rig.until(f"/v3/contractnegotiations/{own_pid}", "REQUESTED")
    rules = {"permission": rig.peer.requests[-1][2]["offer"]["permission"]}
    agreement = {
        "@id": "agreement-1",
        "@type": "Agreement",
        "target": "asset-1",
        "assigner": PEER,
        "assignee": OWN,
        "timestamp": "2026-01-01T00:00:00Z",
        **rules,
        "profile": rig.peer.requests[-1][2]["offer"]["profile"],
    }
    message = messages.contract_agreement("m1", "pp-1", own_pid, agreement)
    await rig.receive(rig.negotiations, own_pid, "agreement", "ContractAgreementMessage", message)
    await rig.until(f"/v3/contractnegotiations/{own_pid}", "VERIFIED")
    event = messages.negotiation_event("m2", "pp-1", own_pid, "FINALIZED")
    await rig.receive(rig.negotiations, own_pid, "finalized", "ContractNegotiationEventMessage", event)
    return own_pid, "agreement-1"


async def started(rig: Any, agreement_id: str) -> str:
    """A transfer that the partner starts."""
    body = {
        "@context": CTX,
        "@type": "TransferRequest",
        "connectorId": PEER,
        "counterPartyAddress": PEER_URL,
        "contractId": agreement_id,
        "protocol": "dataspace-protocol-http:2025-1",
        "transferType": "HttpData-PULL",
        "dataDestination": {"type": "HttpProxy"},
        "callbackAddresses": [],
    }
    own_pid = (await rig.ok("POST", "/v3/transferprocesses", body))["@id"]
    await start(rig, own_pid)
    return str(own_pid)


async def start(rig: Any, own_pid: str, token: str = "token-1", message_id: str = "t1") -> None:
    """The partner's start message."""
    await rig.until(f"/v3/transferprocesses/{own_pid}", "REQUESTED")
    address = messages.data_address(
        "http://peer.example/data",
        token,
        {
            f"{AUTH}expiresIn": "300",
            f"{AUTH}refreshToken": "refresh-1",
            f"{AUTH}refreshEndpoint": "http://peer.example/refresh",
        },
    )
    message = messages.transfer_start(message_id, "tp-1", own_pid, data_address=address)
    await rig.receive(rig.transfers, own_pid, "start", "TransferStartMessage", message)


async def test_negotiation_to_agreement(rig: Any, usage_policy: Any) -> None:
    own_pid, agreement_id = await finalized(rig, usage_policy)
    view = await rig.ok("GET", f"/v3/contractnegotiations/{own_pid}")
    assert (view["type"], view["state"], view["contractAgreementId"]) == ("CONSUMER", "FINALIZED", agreement_id)
    assert (view["counterPartyId"], view["counterPartyAddress"]) == (PEER, PEER_URL)
    assert "errorDetail" not in view
    state = await rig.ok("GET", f"/v3/contractnegotiations/{own_pid}/state")
    assert (state["@type"], state["state"]) == ("NegotiationState", "FINALIZED")
    agreement = await rig.ok("GET", f"/v3/contractnegotiations/{own_pid}/agreement", role="reader")
    assert agreement == await rig.ok("GET", f"/v3/contractagreements/{agreement_id}")
    assert (agreement["consumerId"], agreement["providerId"], agreement["assetId"]) == (OWN, PEER, "asset-1")
    [node] = expand(agreement, FolderLibrary().contexts())
    assert node[EDC + "policy"][0][ODRL + "assigner"] == [{"@id": PEER}]
    assert (await rig.ok("GET", f"/v3/contractagreements/{agreement_id}/negotiation"))["@id"] == own_pid
    [found] = await rig.ok("POST", "/v3/contractagreements/request", {"@context": CTX})
    assert found["@id"] == agreement_id


async def test_offer_goes_out_as_it_was_meant_in_any_spelling(rig: Any, usage_policy: Any) -> None:
    """Terms, an object as assigner and target (saturn), and an expanded offer (the npm client's)."""
    sent = []
    contexts = FolderLibrary().contexts()
    for number, spelling in enumerate(("terms", "saturn", "expanded")):
        body = request_of(usage_policy)
        if spelling == "saturn":
            body["policy"] |= {"assigner": {"@id": PEER}, "target": {"@id": "asset-1"}}
            body |= {"querySpec": {}, "additionalScopes": []}
        if spelling == "expanded":
            body["policy"] = {**expand(body["policy"], contexts)[0], "@context": "http://www.w3.org/ns/odrl.jsonld"}
        own_pid = (await rig.ok("POST", "/v3/contractnegotiations", body))["@id"]
        await rig.until(f"/v3/contractnegotiations/{own_pid}", "REQUESTED")
        sent.append(rig.peer.requests[-1][2]["offer"])
        assert len(sent) == number + 1
    assert sent[0] == sent[1] == sent[2]
    assert (sent[0]["@id"], sent[0]["target"], sent[0]["assigner"]) == ("offer:1:2", "asset-1", PEER)


async def test_address_is_looked_up_and_assigner_names_the_partner(rig: Any, usage_policy: Any) -> None:
    body = request_of(usage_policy)
    del body["counterPartyAddress"], body["counterPartyId"]
    own_pid = (await rig.ok("POST", "/v3/contractnegotiations", body))["@id"]
    view = await rig.until(f"/v3/contractnegotiations/{own_pid}", "REQUESTED")
    assert (view["counterPartyId"], view["counterPartyAddress"]) == (PEER, PEER_URL)


async def test_a_bpn_of_the_partners_table_names_the_partner(rig: Any, usage_policy: Any) -> None:
    body = request_of(usage_policy, counterPartyId="BPNL00000000PEER")
    own_pid = (await rig.ok("POST", "/v3/contractnegotiations", body))["@id"]
    assert (await rig.ok("GET", f"/v3/contractnegotiations/{own_pid}"))["counterPartyId"] == PEER


async def test_the_partners_reason_is_visible(rig: Any, usage_policy: Any) -> None:
    own_pid = (await rig.ok("POST", "/v3/contractnegotiations", request_of(usage_policy)))["@id"]
    await rig.until(f"/v3/contractnegotiations/{own_pid}", "REQUESTED")
    said = ["your purpose is not the offer's", "ask again"]
    message = messages.negotiation_termination("m9", "pp-1", own_pid, "odrl/purpose", said)
    await rig.receive(rig.negotiations, own_pid, "termination", "ContractNegotiationTerminationMessage", message)
    view = await rig.ok("GET", f"/v3/contractnegotiations/{own_pid}")
    assert view["state"] == "TERMINATED"
    assert view["errorDetail"] == "odrl/purpose: your purpose is not the offer's; ask again"
    assert (view["errorCode"], view["errorReasons"]) == ("odrl/purpose", said)


async def test_a_refused_request_ends_with_the_partners_answer(rig: Any, usage_policy: Any) -> None:
    error = messages.negotiation_error(None, None, "dcp/no-membership", ["no membership credential"])
    rig.peer.answers["/dsp/2025-1/negotiations/request"] = Answer(404, encode(error))
    own_pid = (await rig.ok("POST", "/v3/contractnegotiations", request_of(usage_policy)))["@id"]
    view = await rig.until(f"/v3/contractnegotiations/{own_pid}", "TERMINATED")
    assert "no membership credential" in view["errorDetail"]


async def test_negotiations_are_found_by_state_partner_and_agreement(rig: Any, usage_policy: Any) -> None:
    first, agreement_id = await finalized(rig, usage_policy)
    second = (await rig.ok("POST", "/v3/contractnegotiations", request_of(usage_policy)))["@id"]
    await rig.until(f"/v3/contractnegotiations/{second}", "REQUESTED")

    async def found(left: str, right: Any, operator: str = "=") -> list[str]:
        criterion = {"operandLeft": left, "operator": operator, "operandRight": right}
        views = await rig.ok("POST", "/v3/contractnegotiations/request", {"filterExpression": [criterion]})
        return [view["@id"] for view in views]

    assert await found("state", "FINALIZED") == [first]
    assert await found("contractAgreementId", agreement_id) == [first]
    assert await found("counterPartyId", "did:web:nobody") == []
    assert await found("type", "CONSUMER") == [first, second]
    assert await found("assetId", "asset-%", "like") == [first, second]
    assert await found("state", "FINALIZED", "!=") == [second]


async def test_terminate_names_its_actor_and_happens_once(rig: Any, usage_policy: Any) -> None:
    own_pid = (await rig.ok("POST", "/v3/contractnegotiations", request_of(usage_policy)))["@id"]
    await rig.until(f"/v3/contractnegotiations/{own_pid}", "REQUESTED")
    body = {"@context": CTX, "@type": "TerminateNegotiation", "@id": own_pid, "reason": "changed our mind"}
    status, said = await rig.call("POST", f"/v3/contractnegotiations/{own_pid}/terminate", body, role="admin")
    assert (status, said) == (204, None)
    view = await rig.until(f"/v3/contractnegotiations/{own_pid}", "TERMINATED")
    assert "changed our mind" in view["errorDetail"]
    actors = {entry.event: entry.actor for entry in await rig.log.entries(limit=100, subject=own_pid)}
    assert actors["negotiation.request.decided"] == "operator"
    assert actors["negotiation.termination.decided"] == "admin"
    before = await rig.snapshot()
    status, errors = await rig.call("POST", f"/v3/contractnegotiations/{own_pid}/terminate", body)
    assert (status, errors[0]["type"], errors[0]["code"]) == (409, "ObjectConflict", "negotiation/over")
    assert await rig.snapshot() == before


async def test_transfer_edr_and_back(rig: Any, usage_policy: Any) -> None:
    own_pid, agreement_id = await finalized(rig, usage_policy)
    transfer_id = await started(rig, agreement_id)
    view = await rig.ok("GET", f"/v3/transferprocesses/{transfer_id}")
    assert (view["state"], view["type"], view["contractId"]) == ("STARTED", "CONSUMER", agreement_id)
    assert "token-1" not in str(view)
    entries = await rig.ok(
        "POST",
        "/v3/edrs/request",
        {"filterExpression": [{"operandLeft": "contractNegotiationId", "operator": "=", "operandRight": own_pid}]},
    )
    assert [(entry["transferProcessId"], entry["contractNegotiationId"]) for entry in entries] == [
        (transfer_id, own_pid)
    ]
    assert await rig.ok("POST", "/v3/edrs/request", {"filterExpression": [_is("agreementId", "other")]}) == []
    address = await rig.ok("GET", f"/v3/edrs/{transfer_id}/dataaddress?auto_refresh=True")
    assert (address["endpoint"], address["authorization"]) == ("http://peer.example/data", "token-1")
    assert address[f"{AUTH}expiresIn"] == "300"
    assert "refresh-1" not in str(address)
    log = await rig.log.entries(limit=100, subject=transfer_id)
    assert [(entry.event, entry.actor) for entry in log][-1] == ("edr.handed-out", "operator")

    await rig.ok("POST", f"/v3/transferprocesses/{transfer_id}/suspend", {"@type": "SuspendTransfer", "reason": "wait"})
    await rig.until(f"/v3/transferprocesses/{transfer_id}", "SUSPENDED")
    status, errors = await rig.call("GET", f"/v3/edrs/{transfer_id}/dataaddress")
    assert (status, errors[0]["code"]) == (404, "edr/none")
    assert await rig.ok("POST", "/v3/edrs/request") == []
    await rig.ok("POST", f"/v3/transferprocesses/{transfer_id}/resume")
    await rig.ok("POST", f"/v3/transferprocesses/{transfer_id}/terminate", {"reason": "done"})
    view = await rig.until(f"/v3/transferprocesses/{transfer_id}", "TERMINATED")
    assert "done" in view["errorDetail"]


def _is(left: str, right: str) -> dict[str, str]:
    return {"operandLeft": left, "operator": "=", "operandRight": right}


async def test_an_old_token_is_refreshed_on_demand(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    transfer_id = await started(rig, agreement_id)

    def age(tx: Any) -> None:
        record = tx.need(TRANSFERS, transfer_id)
        record.updated_at = record.updated_at.replace(year=record.updated_at.year - 1)
        tx.put(TRANSFERS, record)

    await rig.store.write(age)
    rig.peer.answers["/refresh"] = Answer(200, encode({"access_token": "token-2", "refresh_token": "refresh-2"}))
    path = f"/v3/edrs/{transfer_id}/dataaddress"
    assert (await rig.ok("GET", path))["authorization"] == "token-1"
    assert (await rig.ok("GET", f"{path}?auto_refresh=true"))["authorization"] == "token-2"
    asked = len(rig.peer.requests)
    assert (await rig.ok("GET", f"{path}?auto_refresh=true"))["authorization"] == "token-2"
    assert len(rig.peer.requests) == asked
    await rig.store.write(age)
    rig.peer.answers["/refresh"] = Answer(401, b"{}")
    status, errors = await rig.call("GET", f"{path}?auto_refresh=true")
    assert (status, errors[0]["code"]) == (403, "pull/refresh")


async def test_a_forgotten_edr_is_gone(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    transfer_id = await started(rig, agreement_id)
    await rig.ok("DELETE", f"/v3/edrs/{transfer_id}")
    status, errors = await rig.call("GET", f"/v3/edrs/{transfer_id}/dataaddress")
    assert (status, errors[0]["code"]) == (404, "edr/none")
    assert await rig.ok("POST", "/v3/edrs/request") == []
    assert (await rig.call("DELETE", f"/v3/edrs/{transfer_id}"))[0] == 404


async def test_edrs_negotiates_and_transfers_in_one(rig: Any, usage_policy: Any) -> None:
    own_pid, agreement_id = await finalized(rig, usage_policy, "/v3/edrs")
    await rig.events.settle()
    [view] = await rig.ok(
        "POST", "/v3/transferprocesses/request", {"filterExpression": [_is("contractAgreementId", agreement_id)]}
    )
    await start(rig, view["@id"])
    [entry] = await rig.ok("POST", "/v3/edrs/request", {"filterExpression": [_is("contractNegotiationId", own_pid)]})
    assert entry["transferProcessId"] == view["@id"]


async def test_the_owed_transfer_survives_a_restart_and_is_asked_for_once(rig: Any, usage_policy: Any) -> None:
    own_pid, agreement_id = await finalized(rig, usage_policy, "/v3/edrs")
    await rig.events.settle()

    def forget(tx: Any) -> None:
        for record in tx.find(TRANSFERS):
            tx.remove(TRANSFERS, record.id)
        link = tx.need(LINKS, f"edr {own_pid}")
        link.right = ""
        tx.put(LINKS, link)

    await rig.store.write(forget)
    for _ in range(2):
        await rig.edrs.start()
        found = await rig.store.read(lambda reader: reader.find(TRANSFERS, {"agreement_id": agreement_id}))
        assert len(found) == 1


async def test_catalog_is_passed_on_as_the_partner_wrote_it(rig: Any) -> None:
    catalog = messages.catalog("urn:c", PEER, datasets=[], services=[messages.data_service("s", PEER_URL)])
    rig.peer.answers["/dsp/2025-1/catalog/request"] = Answer(200, encode(catalog))
    spec = {"offset": 1, "limit": 2, "filterExpression": [_is(EDC + "id", "asset-1")]}
    body = {"@context": CTX, "counterPartyId": PEER, "counterPartyAddress": PEER_URL, "querySpec": spec}
    assert await rig.ok("POST", "/v3/catalog/request?", body) == catalog
    [sent] = rig.peer.requests[-1][2]["filter"]
    assert (sent[EDC + "offset"], sent[EDC + "limit"]) == (1, 2)
    assert sent[EDC + "filterExpression"][0][EDC + "operandLeft"] == EDC + "id"
    body |= {"querySpec": {}, "additionalScopes": []}
    await rig.ok("POST", "/v3/catalog/request", body)
    assert "filter" not in rig.peer.requests[-1][2]


async def test_older_clients_read_a_catalog_with_prefixes_and_can_ask_for_its_offers(
    rig: Any, usage_policy: Any
) -> None:
    rules = {"permission": usage_policy["permission"]}
    dataset = messages.dataset(
        "asset-1",
        offers=[messages.offer("offer:1:2", rules)],
        distributions=[messages.distribution("HttpData-PULL", messages.data_service("s", PEER_URL))],
        properties={EDC + "name": "one"},
    )
    catalog = messages.catalog("urn:c", PEER, datasets=[dataset], services=[messages.data_service("s", PEER_URL)])
    rig.peer.answers["/dsp/2025-1/catalog/request"] = Answer(200, encode(catalog))
    rig.peer.answers["/dsp/2025-1/catalog/datasets/asset-1"] = Answer(200, encode(messages.dataset_answer(dataset)))
    body = {"counterPartyId": PEER, "counterPartyAddress": PEER_URL, "protocol": "dataspace-protocol-http"}
    said = await rig.ok("POST", "/v3/catalog/request", body)
    assert said["@type"] == "dcat:Catalog"
    assert said["dspace:participantId"] == {"@id": PEER}
    found = said["dcat:dataset"]
    assert (found["@id"], found["name"]) == ("asset-1", "one")
    assert found["dcat:distribution"]["dct:format"] == {"@id": "HttpData-PULL"}
    alone = await rig.ok("POST", "/v3/catalog/dataset/request", {**body, "@id": "asset-1"})
    assert {**alone, "@context": None} == {**found, "@context": None}
    offer = found["odrl:hasPolicy"]
    assert "odrl:permission" in offer
    asked = {**request_of(usage_policy), "protocol": "dataspace-protocol-http"}
    asked["@context"] = said["@context"]
    asked["policy"] = {**offer, "odrl:target": {"@id": "asset-1"}, "odrl:assigner": {"@id": PEER}}
    own_pid = (await rig.ok("POST", "/v3/contractnegotiations", asked))["@id"]
    await rig.until(f"/v3/contractnegotiations/{own_pid}", "REQUESTED")
    sent = rig.peer.requests[-1][2]["offer"]
    assert sent["@id"] == "offer:1:2"
    assert "cx.circular.dpp:1" in str(sent)


async def test_a_partner_that_refuses_the_catalog_is_quoted(rig: Any) -> None:
    error = messages.catalog_error("dcp/no-membership", ["no membership"])
    rig.peer.answers["/dsp/2025-1/catalog/request"] = Answer(404, encode(error))
    status, errors = await rig.call("POST", "/v3/catalog/request", {"counterPartyId": PEER})
    assert (status, errors[0]["code"]) == (403, "dcp/no-membership")
    assert "no membership" in errors[0]["message"]


async def test_versions_and_connector_discovery(rig: Any) -> None:
    said = await rig.ok("POST", "/v4alpha/protocol-versions/request", {"counterPartyId": PEER})
    assert said["protocolVersions"] == [{"version": "2025-1", "path": "/2025-1", "binding": "HTTPS"}]
    body = {
        "@context": {"edc": EDC, "tx": "https://w3id.org/tractusx/v0.0.1/ns/"},
        "tx:bpnl": "BPNL00000000PEER",
        "edc:counterPartyAddress": "http://peer.example/dsp",
    }
    said = await rig.ok("POST", "/v4alpha/connectordiscovery/dspversionparams", body)
    assert (said["counterPartyId"], said["counterPartyAddress"]) == (PEER, PEER_URL)
    assert said["protocol"] == "dataspace-protocol-http:2025-1"


NEGOTIATE, TRANSFER = "/v3/contractnegotiations", "/v3/transferprocesses"
WRONG: list[tuple[str, dict[str, Any], str, int]] = [
    (NEGOTIATE, {"policy": None}, "management/missing", 400),
    (NEGOTIATE, {"policy": [1]}, "management/type", 400),
    (NEGOTIATE, {"protocol": "dataspace-protocol-http:2024/1"}, "management/protocol", 400),
    (NEGOTIATE, {"counterPartyAddress": "ftp://x"}, "management/address", 400),
    (NEGOTIATE, {"counterPartyAddress": "http://[::1"}, "management/address", 400),
    (NEGOTIATE, {"counterPartyAddress": {"a": 1}}, "management/type", 400),
    (NEGOTIATE, {"counterPartyId": "BPNL000000UNKNOWN"}, "management/counterparty", 400),
    (NEGOTIATE, {"counterPartyId": "did:web:somebody.else"}, "management/counterparty", 400),
    (NEGOTIATE, {"callbackAddresses": [{"uri": "http://x", "authCodeId": "s"}]}, "management/unsupported", 400),
    (NEGOTIATE, {"callbackAddresses": [{"uri": "ftp://x", "events": ["a"]}]}, "management/address", 400),
    (NEGOTIATE, {"callbackAddresses": [{"events": ["a"]}]}, "management/missing", 400),
    (NEGOTIATE, {"callbackAddresses": [{"uri": "http://x", "events": [{"a": 1}]}]}, "management/type", 400),
    (TRANSFER, {"contractId": "nope", "transferType": "HttpData-PULL"}, "agreement/unknown", 404),
    (TRANSFER, {"transferType": "HttpData-PULL"}, "management/missing", 400),
    (TRANSFER, {"contractId": ["a", "b"], "transferType": "HttpData-PULL"}, "management/type", 400),
    ("/v3/edrs", {"policy": None}, "management/missing", 400),
    ("/v3/catalog/request", {"counterPartyId": None}, "management/missing", 400),
    ("/v3/catalog/request", {"querySpec": {"limit": -5}}, "management/type", 400),
    ("/v3/catalog/request", {"additionalScopes": ["x"]}, "management/unsupported", 400),
    ("/v3/catalog/dataset/request", {}, "management/missing", 400),
    ("/v4alpha/protocol-versions/request", {"counterPartyId": None}, "management/missing", 400),
    ("/v4alpha/connectordiscovery/dspversionparams", {"counterPartyId": 7}, "management/type", 400),
]


@pytest.mark.parametrize(("path", "change", "code", "status"), WRONG)
async def test_wrong_requests_start_nothing(
    rig: Any, usage_policy: Any, path: str, change: dict[str, Any], code: str, status: int
) -> None:
    body = request_of(usage_policy) if path in (NEGOTIATE, "/v3/edrs") else {"counterPartyId": PEER}
    before = await rig.snapshot()
    said, errors = await rig.call("POST", path, {**body, **change})
    assert (said, errors[0]["code"]) == (status, code), errors
    assert await rig.snapshot() == before
    assert rig.peer.requests == []
    for collection in (NEGOTIATIONS, TRANSFERS, OUTGOING):
        assert await rig.store.read(lambda reader, held=collection: reader.count(held)) == 0


@pytest.mark.parametrize("member", ["@id", "target"])
async def test_an_offer_needs_its_id_and_target(rig: Any, usage_policy: Any, member: str) -> None:
    body = request_of(usage_policy)
    del body["policy"][member]
    status, errors = await rig.call("POST", NEGOTIATE, body)
    assert (status, errors[0]["path"]) == (400, f"/policy/{member}")


@pytest.mark.parametrize("raw", [b"{", b"", b"[]", b'"x"', b"\x00"])
@pytest.mark.parametrize(
    "path",
    [
        NEGOTIATE,
        TRANSFER,
        "/v3/edrs",
        "/v3/catalog/request",
        "/v3/catalog/dataset/request",
        "/v4alpha/protocol-versions/request",
        "/v4alpha/connectordiscovery/dspversionparams",
    ],
)
async def test_malformed_bodies(rig: Any, path: str, raw: bytes) -> None:
    status, errors = await rig.call("POST", path, raw)
    assert status == 400
    assert errors[0]["type"] == "ValidationFailure"
    assert rig.peer.requests == []


async def test_unknown_ids_and_wrong_states(rig: Any, usage_policy: Any) -> None:
    for method, path in [
        ("GET", "/v3/contractnegotiations/no"),
        ("GET", "/v3/contractnegotiations/no/state"),
        ("GET", "/v3/contractnegotiations/no/agreement"),
        ("POST", "/v3/contractnegotiations/no/terminate"),
        ("GET", "/v3/contractagreements/no"),
        ("GET", "/v3/contractagreements/no/negotiation"),
        ("GET", "/v3/transferprocesses/no"),
        ("GET", "/v3/transferprocesses/no/state"),
        ("POST", "/v3/transferprocesses/no/suspend"),
        ("POST", "/v3/transferprocesses/no/resume"),
        ("POST", "/v3/transferprocesses/no/terminate"),
        ("GET", "/v3/edrs/no/dataaddress"),
        ("DELETE", "/v3/edrs/no"),
    ]:
        status, errors = await rig.call(method, path)
        assert (status, errors[0]["type"]) == (404, "ObjectNotFound"), path
    own_pid = (await rig.ok("POST", NEGOTIATE, request_of(usage_policy)))["@id"]
    await rig.until(f"{NEGOTIATE}/{own_pid}", "REQUESTED")
    status, errors = await rig.call("GET", f"{NEGOTIATE}/{own_pid}/agreement")
    assert (status, errors[0]["code"]) == (404, "negotiation/no-agreement")


async def test_transfers_refuse_wrong_states_formats_and_partners(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    body = {"contractId": agreement_id, "transferType": "AmazonS3-PUSH"}
    status, errors = await rig.call("POST", TRANSFER, body)
    assert (status, errors[0]["code"]) == (400, "transfer/format-absent")
    body = {"contractId": agreement_id, "transferType": "HttpData-PULL", "connectorId": "did:web:somebody.else"}
    status, errors = await rig.call("POST", TRANSFER, body)
    assert (status, errors[0]["code"]) == (400, "management/counterparty")
    transfer_id = await started(rig, agreement_id)
    before = await rig.snapshot()
    status, errors = await rig.call("POST", f"{TRANSFER}/{transfer_id}/resume")
    assert (status, errors[0]["code"]) == (409, "transfer/not-suspended")
    status, errors = await rig.call("POST", f"{TRANSFER}/{transfer_id}/suspend", b'{"reason": 7}')
    assert (status, errors[0]["code"]) == (400, "management/type")
    status, errors = await rig.call("GET", f"/v3/edrs/{transfer_id}/dataaddress?auto_refresh=maybe")
    assert (status, errors[0]["code"]) == (400, "management/flag")
    assert await rig.snapshot() == before


async def test_checks_and_metrics(rig: Any, usage_policy: Any) -> None:
    await finalized(rig, usage_policy)
    for path in ("/check/health", "/check/readiness", "/api/check/health"):
        said = await rig.ok("GET", path, role="reader")
        assert said["isSystemHealthy"] is True
        assert [part["component"] for part in said["componentResults"]] == ["store", "outbox"]
    assert (await rig.call("GET", "/check/health", role=None))[0] == 401
    assert (await rig.call("GET", "/check/liveness", role=None))[0] == 200
    status, raw = await rig.call("GET", "/metrics", role="reader")
    text = raw.decode()
    assert status == 200
    assert 'ionport_processes{kind="negotiation",state="FINALIZED"} 1.0' in text
    assert 'ionport_audit_entries_total{event="negotiation.finalized"} 1.0' in text
    assert "ionport_outbox_messages 0.0" in text
    _, again = await rig.call("GET", "/metrics", role="reader")
    assert 'ionport_audit_entries_total{event="negotiation.finalized"} 1.0' in again.decode()
