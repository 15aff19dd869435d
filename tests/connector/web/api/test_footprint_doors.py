"""Footprints, links and the region over the management API: what a client sees, and what it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.node import Node
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from tests.connector.footprint_nodes import Parties, add_policies, parties
from tests.connector.nodes import MAKER_BPN, PEER_BPN, free_port, settings_of
from tests.connector.region_rig import (
    ASSUMPTIONS,
    BUYER,
    FOREIGN,
    PASSWORD,
    SUPPLIER,
    SUPPLIER_BPN,
    Client,
    cfp_body,
    operator,
    part_body,
)

OFFER = {"accessPolicyId": "partners", "usagePolicyId": "footprint-use"}


@dataclass
class Api:
    """A management key of a node at work."""

    http: httpx.AsyncClient

    async def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.http.request(method, path, content=None if body is None else encode(body))
        assert answer.status_code == status, answer.text
        return decode(answer.content) if answer.content else None


async def api_of(node: Any, role: str = "admin") -> Api:
    key = await node.keys.create(f"test-{role}", role, actor="test")
    headers = {"X-Api-Key": key}
    return Api(httpx.AsyncClient(base_url=node.settings.management.url, headers=headers, trust_env=False, timeout=30))


@dataclass
class Scene:
    parties: Parties
    maker: Api
    peer: Api
    region: str

    @property
    def maker_did(self) -> str:
        return str(self.parties.maker.settings.node.did)

    @property
    def peer_did(self) -> str:
        return str(self.parties.peer.settings.node.did)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    tables = {"node": {"profile": "ouranos"}, "region_listener": {"port": free_port()}, "region": {}}
    async with parties(tmp_path, peer=tables) as made:
        await add_policies(made.maker, PEER_BPN)
        await add_policies(made.peer, MAKER_BPN)
        maker, peer = await api_of(made.maker), await api_of(made.peer)
        async with maker.http, peer.http:
            for api in (maker, peer):
                offered = await api.call("POST", "/api/footprints/offer", OFFER)
                assert offered == {"assetId": "footprint-exchange", "contractDefinitionId": "footprint-exchange"}
            yield Scene(made, maker, peer, made.peer.settings.region_listener.url)


async def account(api: Api, name: str, operator_id: str, number: int, bpn: str | None, **more: Any) -> Any:
    shape = operator(operator_id, number, bpn)
    body = {
        "operatorAccountId": name,
        "password": PASSWORD,
        "operator": {
            "operatorId": shape.operator_id,
            "operatorName": shape.operator_name,
            "operatorAddress": shape.operator_address,
            "openOperatorId": shape.open_operator_id,
            "operatorAttribute": {"globalOperatorId": bpn},
        },
        **more,
    }
    return await api.call("POST", "/api/region/accounts", body, 201)


async def test_from_links_to_a_batterys_footprint(scene: Scene) -> None:
    """Step 6 and 8 of the demo, by the management API and the region's API alone."""
    made = await account(scene.peer, "s@cell", SUPPLIER, 1, SUPPLIER_BPN)
    await account(scene.peer, "m@bridge", FOREIGN, 2, MAKER_BPN, forBridge=True)
    link = {"kind": "operator", "left": scene.maker_did, "right": FOREIGN, "attributes": {"account": "m@bridge"}}
    await scene.peer.call("POST", "/api/links", link, 201)
    part = {
        "kind": "part",
        "left": "CELL-1",
        "right": SUPPLIER,
        "attributes": {"assumptions": ASSUMPTIONS, "source": "s"},
    }
    await scene.peer.call("POST", "/api/links", part, 201)
    wanted = {"counterparty": scene.peer_did, "manufacturerPartId": "CELL-1"}
    asked = await scene.maker.call("POST", "/api/footprints/requests", wanted, 201)
    assert (asked["state"], asked["purpose"]) == ("asking", "cx.pcf.base:1")
    path = f"/api/footprints/requests/{asked['requestId']}"
    waiting = asyncio.create_task(scene.maker.call("GET", f"{path}?wait=20"))
    async with Client(scene.region, made["apiKey"], "s@cell") as supplier:
        await supplier.login()
        plant_id = await supplier.plant(SUPPLIER)
        for _ in range(200):
            received = await supplier.get("tradeResponse")
            if received:
                break
            await asyncio.sleep(0.05)
        await supplier.answer(received[0]["tradeModel"]["tradeId"], SUPPLIER, plant_id, ["3", "1.00001", "0", "0"])
    answered = await waiting
    assert answered["state"] == "answered"
    raw = (await scene.maker.http.get(f"{path}/document")).content
    assert digest_bytes(raw) == answered["documentDigest"]
    body = {
        "components": [
            {
                "requestId": asked["requestId"],
                "quantity": 100,
                "split": {"rawMaterialShare": Decimal("0.75"), "source": "sector average"},
            }
        ],
        "ownStages": {"main-production": Decimal("100"), "distribution": 40, "end-of-life": -20},
        "energy": {"usableKwh": 80, "fullCyclesPerYear": 60, "years": 10},
        "plant": "BPNA00000003AYRE",
        "declaration": "EU-DoC-1",
        "rulebook": "draft method",
    }
    rolled = await scene.maker.call("POST", "/api/footprints/roll-up", body)
    assert rolled["lifetimeEnergyKwh"] == 48000
    assert rolled["perBattery"]["raw-material"] == Decimal("300.00075")
    assert rolled["perKwh"]["raw-material"] == Decimal("0.006250016")
    assert rolled["perBattery"]["main-production"] == Decimal("200.00025")
    assert len(rolled["carbonFootprint"]) == 4
    assert rolled["isProvisional"] is True
    assert any(finding.get("source") == "sector average" for finding in rolled["assumptions"])
    unsplit = {**body, "components": [{"requestId": asked["requestId"], "quantity": 100}]}
    refused = await scene.maker.call("POST", "/api/footprints/roll-up", unsplit, 422)
    assert refused["code"] == "pcf/not-derivable"
    listed = await scene.maker.call("GET", "/api/footprints/requests?direction=outgoing&state=answered")
    assert [one["requestId"] for one in listed] == [asked["requestId"]]
    assert await scene.maker.call("GET", "/api/footprints/requests?direction=incoming") == []


async def test_own_footprints_are_kept_shown_and_forgotten(scene: Scene) -> None:
    rows = cfp_body("00000000-0000-4000-8000-000000000009", ["3", "1", "0", "0"])
    part = {**part_body(SUPPLIER, "00000000-0000-4000-8000-000000000008", "P"), "traceId": rows[0]["traceId"]}
    shape = {
        "operatorId": SUPPLIER,
        "operatorName": "S",
        "operatorAddress": "x",
        "openOperatorId": "1",
        "operatorAttribute": {"globalOperatorId": SUPPLIER_BPN},
    }
    body = {"to": "catena-x", "rows": rows, "part": part, "operator": shape, "assumptions": ASSUMPTIONS, "source": "me"}
    converted = await scene.maker.call("POST", "/api/footprints/convert", body)
    assert {finding["code"] for finding in converted["findings"]} >= {"pcf/assumed", "pcf/lost"}
    document = converted["document"]
    own = "/api/footprints/own/PACK/7 é"
    stored = await scene.maker.call("PUT", own, {"document": document})
    assert stored["manufacturerPartId"] == "PACK/7 é"
    assert (await scene.maker.call("GET", own))["document"] == document
    assert [one["manufacturerPartId"] for one in await scene.maker.call("GET", "/api/footprints/own")] == ["PACK/7 é"]
    share = {"rawMaterialShare": Decimal("0.5"), "source": "me"}
    back = await scene.maker.call(
        "POST", "/api/footprints/convert", {"to": "ouranos", "document": document, "split": share}
    )
    assert [row["ghgEmission"] for row in back["rows"]] == [2, 2, 0, 0]
    await scene.maker.call("DELETE", own, status=204)
    assert (await scene.maker.call("GET", own, status=404))["code"] == "footprint/none-stored"
    assert (await scene.maker.call("DELETE", own, status=404))["code"] == "footprint/none-stored"
    broken = {**document, "scopeOfPcfForm": []}
    refused = await scene.maker.call("PUT", own, {"document": broken}, 400)
    assert refused["code"] == "footprint/document"
    assert refused["findings"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"counterparty": "acme", "manufacturerPartId": "X"}, "footprint/counterparty"),
        ({"counterparty": "did:web:a"}, "pcf/part-id"),
        ({"counterparty": "did:web:a", "manufacturerPartId": "X", "message": "m" * 251}, "http/body"),
        ({"counterparty": "did:web:a", "manufacturerPartId": "X", "colour": 1}, "http/body"),
        ({"manufacturerPartId": "X"}, "http/body"),
        ([], "http/body"),
    ],
)
async def test_wishes_that_cannot_be_asked_are_refused(tmp_path: Path, body: Any, code: str) -> None:
    node = Node(settings_of("lone", tmp_path, bpn=MAKER_BPN))
    await node.start()
    try:
        api = await api_of(node)
        async with api.http:
            assert (await api.call("POST", "/api/footprints/requests", body, 400))["code"] == code
            assert await api.call("GET", "/api/footprints/requests") == []
    finally:
        await node.stop()


async def test_what_is_not_there_and_what_may_not_be(scene: Scene) -> None:
    for method, path in (
        ("GET", ""),
        ("GET", "/document"),
        ("POST", "/update"),
        ("POST", "/cancel"),
        ("POST", "/retry"),
    ):
        answer = await scene.maker.call(method, f"/api/footprints/requests/none{path}", status=404)
        assert answer["code"] == "footprint/request-unknown"
    missing = {**OFFER, "usagePolicyId": "none"}
    assert (await scene.maker.call("POST", "/api/footprints/offer", missing, 404))["code"] == "store/unknown"
    reader = await api_of(scene.parties.maker, "reader")
    async with reader.http:
        assert (await reader.call("POST", "/api/footprints/offer", OFFER, 403))["code"] == "key/role"
    assert (await scene.maker.http.get("/api/links")).status_code == 404
    assert (await scene.maker.http.post("/api/region/look")).status_code == 404


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ({"kind": "operator", "left": "acme", "right": SUPPLIER}, "link/left"),
        ({"kind": "operator", "left": "did:web:a", "right": "acme"}, "link/right"),
        ({"kind": "part", "left": "P" * 51, "right": SUPPLIER}, "link/left"),
        ({"kind": "product", "left": "PACK", "right": "P"}, "link/left"),
        ({"kind": "part", "left": "P", "right": SUPPLIER, "attributes": {"colour": 1}}, "link/attribute"),
        ({"kind": "part", "left": "P", "right": SUPPLIER, "attributes": {"unit": 1}}, "link/attribute"),
        (
            {"kind": "product", "left": f"{SUPPLIER} P", "right": "X", "attributes": {"rawMaterialShare": 2}},
            "link/attribute",
        ),
        (
            {"kind": "product", "left": f"{SUPPLIER} P", "right": "X", "attributes": {"rawMaterial": 2}},
            "link/attribute",
        ),
        ({"kind": "friend", "left": "a", "right": "b"}, "http/body"),
    ],
)
async def test_links_are_checked(scene: Scene, link: Any, code: str) -> None:
    assert (await scene.peer.call("POST", "/api/links", link, 400))["code"] == code
    assert await scene.peer.call("GET", "/api/links") == []


async def test_links_are_put_changed_and_forgotten(scene: Scene) -> None:
    link = {"kind": "product", "left": f"{FOREIGN} PACK / 7", "right": "P-7", "attributes": {}}
    path = f"/api/links/product/{FOREIGN} PACK / 7"
    assert await scene.peer.call("POST", "/api/links", link, 201) == link
    await scene.peer.call("POST", "/api/links", {**link, "right": "P-8"}, 201)
    assert (await scene.peer.call("GET", path))["right"] == "P-8"
    assert len(await scene.peer.call("GET", "/api/links?kind=product")) == 1
    assert await scene.peer.call("GET", "/api/links?kind=part") == []
    await scene.peer.call("DELETE", path, status=204)
    assert (await scene.peer.call("GET", path, status=404))["code"] == "link/unknown"


async def test_accounts_are_shown_without_their_secrets(scene: Scene) -> None:
    made = await account(scene.peer, "b@buyer", BUYER, 3, None)
    assert len(made["apiKey"]) == 48
    listed = await scene.peer.call("GET", "/api/region/accounts")
    assert listed == [{"operatorAccountId": "b@buyer", "operatorId": BUYER}]
    taken = await scene.peer.call(
        "POST", "/api/region/accounts", {"operatorAccountId": "b@buyer", "password": PASSWORD, "operator": {}}, 400
    )
    assert taken["code"] == "pcf/ouranos"
    assert await scene.peer.call("GET", "/api/region/unlinked") == []
    assert await scene.peer.call("POST", "/api/region/look") == {"looking": True}
