"""What a real EDC does that the protocol does not say, and what it wants of us: each as a partner that does just that.

The table in docs/conformance.md names for each of them the test; those of reading alone stand beside the reading.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nodes
import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from connector.node import Node
from connector.notation.exact_json import decode
from connector.records.exchange import NEGOTIATIONS, TRANSFERS, Agreement
from connector.services import outbox
from connector.settings import read

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWN, EDC = "ionport", "edc"
CONTEXTS = ["https://w3id.org/dspace/2025/1/context.jsonld", "https://w3id.org/edc/dspace/v0.0.1"]
RULES: dict[str, Any] = {"permission": [{"action": "use"}]}
NAMES = "https://w3id.org/edc/v0.0.1/ns/"


class Partner:
    """An EDC as it is seen on the wire; `refuses` says how often it is not done with its own books yet."""

    def __init__(self) -> None:
        self.port = nodes.free_port()
        self.refuses = 0
        self.first_status = 200
        self.refusal: web.Response | None = None
        self.told: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/2025-1"

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        said = json.loads(body) if body else {}
        self.told.append((request.path, said, dict(request.headers)))
        if self.refuses:
            self.refuses -= 1
            return web.Response(status=409, body=b"<html>conflict</html>", content_type="text/html")
        if self.refusal is not None:
            status, text, kind = self.refusal.status, self.refusal.body, self.refusal.content_type
            return web.Response(status=status, body=text, content_type=kind)
        if request.path.endswith("/request"):
            type_ = "TransferProcess" if "/transfers/" in request.path else "ContractNegotiation"
            ack = {"@type": type_, "@id": "p", "providerPid": f"p-{said['consumerPid']}", "state": "REQUESTED"}
            whole = {**ack, "consumerPid": said["consumerPid"], "@context": CONTEXTS}
            return web.json_response(whole, status=self.first_status)
        return web.Response(content_type="application/json")

    def said(self, end: str) -> list[dict[str, Any]]:
        return [body for path, body, _ in self.told if path.endswith(end)]

    async def reached(self, end: str, count: int = 1) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while len(self.said(end)) < count:  # noqa: ASYNC110 - a request fills it
                await asyncio.sleep(0.005)
        return self.said(end)[-1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    document = {
        "node": {"name": "node", "did": OWN},
        "public": {"port": nodes.free_port()},
        "management": {"port": nodes.free_port()},
        "identity": {"unsafe_mock_identity": True},
        "egress": nodes.LOCAL,
        "folder": tmp_path_factory.mktemp("edc"),
    }
    node = Node(read(document))
    await node.start()
    await nodes.offer_asset(node, "asset", usage={"@type": "Set", **RULES}, access={"@type": "Set", **RULES})
    yield node
    await node.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def partner(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Partner]:
    monkeypatch.setattr(outbox, "CONFLICT_PAUSES", (0.02,) * 5)
    partner = Partner()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", partner.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", partner.port).start()
    yield partner
    await runner.cleanup()


def message(type_: str, **members: Any) -> dict[str, Any]:
    """As EDC writes it: `@context` last, two entries, a bare UUID as `@id`."""
    said = {"@type": type_, **members}
    return {**said, "@context": CONTEXTS}


async def say(node: Node, path: str, body: Any, *, who: str = EDC, **headers: str) -> tuple[int, str, Any]:
    """(status, content type, body) of a message of EDC: raw JSON as authorization, gzip, no Accept."""
    authorization = json.dumps({"region": "eu", "audience": OWN, "clientId": who})
    told = {"Authorization": authorization, "Content-Type": "application/json", "Accept-Encoding": "gzip", **headers}
    async with ClientSession(skip_auto_headers=("Accept", "User-Agent")) as session:
        url = f"{node.settings.dsp_url}/{path}"
        async with session.post(url, data=json.dumps(body), headers=told) as answer:
            raw = await answer.read()
            return answer.status, answer.content_type, decode(raw) if raw else None


async def requested(node: Node, partner: Partner) -> str:
    offer = {"@id": "x:asset:y", "@type": "Offer", "target": "asset", "assigner": EDC, **RULES}
    record = await node.negotiations.request(counterparty=EDC, counterparty_address=partner.url, offer=offer)
    return (await nodes.negotiated(node, record.id, "REQUESTED")).id


def agreement(own_pid: str, **changes: Any) -> dict[str, Any]:
    """EDC's contract: no prohibition, no obligation, no profile; assigner and assignee."""
    said = {"@id": f"a-{own_pid}", "@type": "Agreement", "target": "asset", "assigner": EDC, "assignee": OWN, **RULES}
    return message(
        "ContractAgreementMessage",
        **{"@id": f"m-{own_pid}", "consumerPid": own_pid, "providerPid": f"p-{own_pid}"},
        agreement={**said, "timestamp": "2026-01-01T00:00:00Z", **changes},
    )


# --- what it answers


@pytest.mark.parametrize("status", [200, 201])
async def test_200_for_201_and_empty_acknowledgements_after_it(node: Node, partner: Partner, status: int) -> None:
    partner.first_status = status
    own_pid = await requested(node, partner)
    answered, media_type, body = await say(node, f"negotiations/{own_pid}/agreement", agreement(own_pid))
    assert (answered, body) == (200, None), media_type
    await partner.reached("/verification")
    assert (await nodes.negotiated(node, own_pid, "VERIFIED")).provider_pid == f"p-{own_pid}"


async def test_a_409_is_answered_by_the_same_body_until_it_is_taken(node: Node, partner: Partner) -> None:
    own_pid = await requested(node, partner)
    partner.refuses = 3
    await say(node, f"negotiations/{own_pid}/agreement", agreement(own_pid))
    await nodes.negotiated(node, own_pid, "VERIFIED")
    sent = partner.said("/verification")
    assert len(sent) == 4
    assert all(body == sent[0] for body in sent)


async def test_a_409_that_stays_is_the_end_and_is_quoted(node: Node, partner: Partner) -> None:
    own_pid = await requested(node, partner)
    partner.refuses = 1000
    await say(node, f"negotiations/{own_pid}/agreement", agreement(own_pid))
    ended = await nodes.negotiated(node, own_pid, "TERMINATED")
    assert ended.code == "negotiation/undelivered"
    assert "409" in ended.reasons[0]
    assert "conflict" in ended.reasons[0]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b"Unrecognized token", "text/plain"),
        (400, b"<html><h1>HTTP ERROR 400</h1></html>", "text/html"),
        (404, b'[{"message":"not found","type":"ObjectNotFound"}]', "application/json"),
        (401, b'{"@type":"ContractNegotiationError","code":"401","reason":["Unauthorized"]}', "application/json"),
    ],
    ids=["text", "page", "list", "typed without pids"],
)
async def test_errors_that_are_no_json_or_have_no_pids_end_it_with_what_they_say(
    node: Node, partner: Partner, status: int, body: bytes, kind: str
) -> None:
    partner.refusal = web.Response(status=status, body=body, content_type=kind)
    offer = {"@id": "x:asset:y", "@type": "Offer", "target": "asset", **RULES}
    record = await node.negotiations.request(counterparty=EDC, counterparty_address=partner.url, offer=offer)
    ended = await nodes.negotiated(node, record.id, "TERMINATED")
    said = f"{ended.code} {' '.join(ended.reasons)}"
    assert any(word in said for word in ("Unrecognized", "HTTP ERROR", "ObjectNotFound", "Unauthorized")), said
    assert str(status) in said


# --- what it sends


async def test_a_provider_that_goes_on_before_its_answer_is_out_is_believed(node: Node, partner: Partner) -> None:
    """EDC's agreement may come while our request is not answered yet: it waits for our own books, and is taken."""
    offer = {"@id": "x:asset:y", "@type": "Offer", "target": "asset", **RULES}
    gate = asyncio.Event()
    answer = partner.handle

    async def late(request: web.Request) -> web.Response:
        found = await answer(request)
        if request.path.endswith("/negotiations/request"):
            await asyncio.wait_for(gate.wait(), 10)
        return found

    partner.late = late  # type: ignore[attr-defined]
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", late)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    port = nodes.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url = f"http://127.0.0.1:{port}/2025-1"
    record = await node.negotiations.request(counterparty=EDC, counterparty_address=url, offer=offer)
    await partner.reached("/negotiations/request")
    taking = asyncio.create_task(say(node, f"negotiations/{record.id}/agreement", agreement(record.id)))
    await asyncio.sleep(0.1)
    assert not taking.done()
    gate.set()
    assert (await taking)[0] == 200
    await nodes.negotiated(node, record.id, "VERIFIED")
    await runner.cleanup()


async def test_contracts_without_empty_arrays_and_reasons_without_codes_are_read(node: Node, partner: Partner) -> None:
    own_pid = await requested(node, partner)
    pids = {"@id": "e", "consumerPid": own_pid, "providerPid": f"p-{own_pid}"}
    body = message("ContractNegotiationTerminationMessage", **pids, reason=["Not today"])
    assert (await say(node, f"negotiations/{own_pid}/termination", body))[0] == 200
    ended = await nodes.negotiated(node, own_pid, "TERMINATED")
    assert (ended.code, ended.reasons, ended.terminated_by) == ("", ["Not today"], EDC)


@pytest.mark.parametrize(
    "changes",
    [
        {
            "permission": [
                {"action": "use", "constraint": [nodes.constraint("inForceDate", "lt", "2126-01-01T00:00:00Z")]}
            ]
        },
        {"assigner": "somebody else"},
        {"target": "another"},
    ],
    ids=["terms", "assigner", "target"],
)
async def test_a_providers_own_idea_of_the_contract_is_refused_with_400(
    node: Node, partner: Partner, changes: dict[str, Any]
) -> None:
    own_pid = await requested(node, partner)
    status, _, body = await say(node, f"negotiations/{own_pid}/agreement", agreement(own_pid, **changes))
    assert status == 400
    assert body["@type"] == "ContractNegotiationError"
    assert (await nodes.negotiated(node, own_pid, "REQUESTED")).agreement_id == ""


@pytest.mark.parametrize("order", ["as agreed", "other spelling"])
async def test_the_same_terms_in_another_spelling_are_the_same(node: Node, partner: Partner, order: str) -> None:
    own_pid = await requested(node, partner)
    spelled = {"permission": {"odrl:action": {"@id": "odrl:use"}}} if order == "other spelling" else {}
    body = agreement(own_pid, **spelled)
    assert (await say(node, f"negotiations/{own_pid}/agreement", body))[0] == 200
    await nodes.negotiated(node, own_pid, "VERIFIED")


async def started(node: Node, partner: Partner, address: dict[str, Any] | None) -> Any:
    """A transfer that EDC starts with this address."""
    own_pid = await requested(node, partner)
    await say(node, f"negotiations/{own_pid}/agreement", agreement(own_pid))
    pids = {"@id": f"f-{own_pid}", "consumerPid": own_pid, "providerPid": f"p-{own_pid}"}
    await nodes.negotiated(node, own_pid, "VERIFIED")
    body = message("ContractNegotiationEventMessage", **pids, eventType="FINALIZED")
    assert (await say(node, f"negotiations/{own_pid}/events", body))[0] == 200
    record = await node.transfers.request(agreement_id=f"a-{own_pid}", counterparty_address=partner.url)
    await nodes.transferred(node, record.id, "REQUESTED")
    status, _, _ = await say(node, f"transfers/{record.id}/start", start(record.id, "s", address))
    return record.id, status


def start(own_pid: str, message_id: str, address: dict[str, Any] | None) -> dict[str, Any]:
    pids = {"@id": f"{message_id}-{own_pid}", "consumerPid": own_pid, "providerPid": f"p-{own_pid}"}
    return message("TransferStartMessage", **pids, **({"dataAddress": address} if address else {}))


def by_edc(token: str) -> dict[str, Any]:
    """EDC's data address: all stands in properties, under its own IRIs."""
    members = {"endpoint": "http://127.0.0.1:9/public", "authorization": token, "authType": "bearer"}
    properties = [
        {"@type": "EndpointProperty", "name": NAMES + name, "value": value}
        for name, value in {**members, "endpointType": "https://w3id.org/idsa/v4.1/HTTP"}.items()
    ]
    return {
        "@type": "DataAddress",
        "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpointProperties": properties,
    }


async def test_addresses_named_by_edcs_iris_alone_are_used_and_a_resumption_brings_a_new_token(
    node: Node, partner: Partner
) -> None:
    own_pid, status = await started(node, partner, by_edc("first"))
    assert status == 200
    record = await nodes.transferred(node, own_pid, "STARTED")
    assert (record.data_address["endpoint"], record.data_address["authorization"]) == (
        "http://127.0.0.1:9/public",
        "first",
    )
    await node.transfers.suspend(own_pid, "a pause")
    suspension = await partner.reached("/suspension")
    assert suspension["reason"] == ["a pause"]
    await nodes.transferred(node, own_pid, "SUSPENDED")
    await node.transfers.resume(own_pid)
    assert "dataAddress" not in await partner.reached("/start")
    assert (await say(node, f"transfers/{own_pid}/start", start(own_pid, "again", by_edc("second"))))[0] == 200
    record = await nodes.transferred(node, own_pid, "STARTED")
    assert record.data_address["authorization"] == "second"


async def test_a_transfer_that_is_answered_200_and_then_terminated_ends_with_its_reason(
    node: Node, partner: Partner
) -> None:
    own_pid, _ = await started(node, partner, by_edc("x"))
    pids = {"@id": f"t-{own_pid}", "consumerPid": own_pid, "providerPid": f"p-{own_pid}"}
    body = message("TransferTerminationMessage", **pids, reason=["No dataplane found"])
    assert (await say(node, f"transfers/{own_pid}/termination", body))[0] == 200
    ended = await nodes.transferred(node, own_pid, "TERMINATED")
    assert ended.reasons == ["No dataplane found"]
    assert ended.data_address == {}


# --- what it wants


async def opened(node: Node, partner: Partner, consumer_pid: str) -> str:
    """EDC asks for our asset, with rules copied from the catalog."""
    query = {"@type": NAMES + "QuerySpec", NAMES + "offset": 0, NAMES + "limit": 50, NAMES + "filterExpression": []}
    catalog = message("CatalogRequestMessage", filter=[query])
    status, _, shown = await say(node, "catalog/request", catalog)
    assert status == 200
    offer = shown["dataset"][0]["hasPolicy"][0]
    assert len(offer["@id"].split(":")) == 3
    body = message(
        "ContractRequestMessage",
        **{"@id": f"o-{consumer_pid}"},
        consumerPid=consumer_pid,
        callbackAddress=f"{partner.url}/",
        offer={**offer, "target": "asset", "assigner": OWN},
    )
    status, media_type, ack = await say(node, "negotiations/request", body)
    assert (status, media_type, ack["@type"], ack["state"]) == (
        201,
        "application/json",
        "ContractNegotiation",
        "REQUESTED",
    )
    return str(ack["providerPid"])


async def test_our_contract_is_one_that_edc_takes(node: Node, partner: Partner) -> None:
    own_pid = await opened(node, partner, "c1")
    sent = (await partner.reached("/agreement"))["agreement"]
    assert (sent["assigner"], sent["assignee"], sent["target"]) == (OWN, EDC, "asset")
    assert sent["permission"] == [{"action": "use"}]
    assert sent["timestamp"].endswith("Z")
    assert "prohibition" not in sent
    paths = [path for path, _, _ in partner.told]
    assert paths == ["/2025-1/negotiations/c1/agreement"], "a trailing slash of the callback address is no second one"
    await node.negotiations.terminate(own_pid, "enough")


async def test_our_address_has_both_forms_and_each_message_an_id_of_its_own(node: Node, partner: Partner) -> None:
    own_pid = await opened(node, partner, "c2")
    await partner.reached("/agreement")
    pids = {"consumerPid": "c2", "providerPid": own_pid}
    await say(
        node,
        f"negotiations/{own_pid}/agreement/verification",
        message("ContractAgreementVerificationMessage", **{"@id": "v2"}, **pids),
    )
    finalized = await nodes.negotiated(node, own_pid, "FINALIZED")
    body = message(
        "TransferRequestMessage",
        **{"@id": "tr2", "consumerPid": "t2", "callbackAddress": partner.url},
        agreementId=finalized.agreement_id,
        format="HttpData-PULL",
    )
    assert (await say(node, "transfers/request", body))[0] == 201
    address = (await partner.reached("/transfers/t2/start"))["dataAddress"]
    properties = {one["name"]: one["value"] for one in address["endpointProperties"]}
    assert address["endpoint"] == properties[NAMES + "endpoint"]
    assert properties["authorization"] == properties[NAMES + "authorization"]
    assert properties["authType"] == properties[NAMES + "authType"] == "bearer"
    assert properties[NAMES + "endpointType"] == address["endpointType"] == "https://w3id.org/idsa/v4.1/HTTP"
    ids = [body["@id"] for _, body, _ in partner.told]
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"@context": CONTEXTS[0]}, 200),
        ({"@context": [CONTEXTS[0]]}, 200),
        ({"@context": None}, 400),
        ({"@context": [CONTEXTS[0], "https://example.com/unknown.jsonld"]}, 400),
        ({"filter": [{"@type": "SomethingElse"}]}, 400),
        ({"filter": [{"@type": NAMES + "QuerySpec", NAMES + "limit": 1}]}, 200),
    ],
    ids=["a text", "one", "none", "unknown", "another filter", "a limit by IRI"],
)
async def test_contexts_and_filters_of_a_catalog_request(node: Node, changes: dict[str, Any], status: int) -> None:
    body = {"@type": "CatalogRequestMessage", "@context": CONTEXTS, **changes}
    body = {name: value for name, value in body.items() if value is not None}
    told, _, answer = await say(node, "catalog/request", body)
    assert told == status, answer
    assert answer["@type"] == ("Catalog" if status == 200 else "CatalogError")


async def test_messages_of_another_participant_find_nothing(node: Node, partner: Partner) -> None:
    own_pid = await requested(node, partner)
    assert (await say(node, f"negotiations/{own_pid}/agreement", agreement(own_pid), who="stranger"))[0] == 404


async def test_two_nodes_of_ours_never_meet_a_409(tmp_path: Path) -> None:
    space = await nodes.open_space(tmp_path)
    await nodes.offer_asset(space.maker, "asset")
    seen: list[int] = []
    for each in (space.peer, space.maker):
        send = each.transport.send

        async def noted(*arguments: Any, send: Any = send, **named: Any) -> Any:
            answer = await send(*arguments, **named)
            seen.append(answer.status)
            return answer

        each.transport.send = noted  # type: ignore[method-assign]
    done = await asyncio.gather(*(nodes.agree(space.peer, space.maker, "asset") for _ in range(25)))
    await asyncio.gather(*(nodes.start_transfer(space.peer, space.maker, one.agreement_id) for one in done))
    assert len(seen) > 25 * 6
    assert {status for status in seen if status >= 400} == set()
    for node, collection in ((space.maker, NEGOTIATIONS), (space.maker, TRANSFERS)):
        assert await node.store.read(lambda reader, one=collection: reader.count(one)) == 25  # type: ignore[misc]
    assert isinstance(await nodes.agreement_of(space.maker, done[0].agreement_id), Agreement)
    await space.close()
