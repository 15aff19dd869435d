"""Operations of /api: declared once, checked, described truly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import Field

from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.exact_json import decode
from connector.notation.limits import Limits
from connector.notation.problems import Unknown
from connector.services.identity.keys import Keys
from connector.web.api import openapi
from connector.web.api.operations import Amount, Call, Form, Instant, Operation, PageQuery, routes
from connector.web.bodies import LIMITS
from connector.web.guards import RateLimit, guard
from connector.web.management.access import access


class ThingForm(Form):
    unit_id: str = Field(min_length=1)
    capacity: Amount
    count: int = 0
    since: Instant | None = None


class Things:
    def __init__(self) -> None:
        self.calls: list[Call] = []

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/things", self.show_all, "List things", query=PageQuery),
            Operation("GET", "/api/things/{id:.+}", self.show, "Show a thing", answers=ThingForm),
            Operation(
                "POST", "/api/things", self.add, "Add", needs="operate", body=ThingForm, answers=ThingForm, status=201
            ),
            Operation("DELETE", "/api/things/{id}", self.drop, "Drop", needs="administer", status=204),
        ]

    async def show_all(self, call: Call) -> Any:
        self.calls.append(call)
        return {"limit": call.query.limit}

    async def show(self, call: Call) -> ThingForm:
        raise Unknown("thing/unknown", f"there is no thing {call.path['id']!r}")

    async def add(self, call: Call) -> ThingForm:
        self.calls.append(call)
        form: ThingForm = call.body
        return form

    async def drop(self, call: Call) -> None:
        self.calls.append(call)


class Rig:
    def __init__(self, client: TestClient[Any, Any], keys: Keys, things: Things) -> None:
        self.client, self.keys, self.things = client, keys, things

    async def call(self, method: str, path: str, key: str | None, **more: Any) -> tuple[int, Any]:
        headers = {"X-Api-Key": key} if key else {}
        async with self.client.request(method, path, headers=headers, **more) as answer:
            raw = await answer.read()
            return answer.status, decode(raw) if raw else None


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    store = SqlStore(f"sqlite:///{tmp_path}/node.sqlite", SystemClock())
    keys, things = Keys(store=store, clock=SystemClock()), Things()
    app = web.Application(middlewares=[guard(RateLimit(1000, 1000)), access(keys)])
    app[LIMITS] = Limits(size=4096, depth=16)
    app.add_routes([*routes(things.operations()), openapi.route(things.operations(), version="0")])
    client = TestClient(TestServer(app))
    await client.start_server()
    yield Rig(client, keys, things)
    await client.close()
    store.close()


async def test_body_reaches_handler_exactly(rig: Rig) -> None:
    key = await rig.keys.create("ops", "operator", actor="test")
    body = b'{"unitId": "u", "capacity": 0.10000000000000000555, "since": "2026-01-31T12:00:00Z"}'
    status, answer = await rig.call("POST", "/api/things", key, data=body)
    assert status == 201
    assert answer["capacity"] == Decimal("0.10000000000000000555")
    assert rig.things.calls[0].actor == "ops"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"{", "json/syntax", None),
        (b"", "json/syntax", None),
        (b"[]", "http/body", ""),
        (b'{"unitId": 1, "capacity": 1}', "http/body", "/unitId"),
        (b'{"unitId": "u", "capacity": "1"}', "http/body", "/capacity"),
        (b'{"unitId": "u", "capacity": true}', "http/body", "/capacity"),
        (b'{"unitId": "u", "capacity": 1, "count": "3"}', "http/body", "/count"),
        (b'{"unitId": "u", "capacity": 1, "since": "2026-01-31T12:00:00"}', "http/body", "/since"),
        (b'{"unitId": "u", "capacity": 1, "other": 1}', "http/body", "/other"),
        (b'{"unit_id": "u", "capacity": 1}', "http/body", "/unitId"),
        (b"[" * 20 + b"]" * 20, "json/depth", None),
    ],
)
async def test_wrong_body_is_refused_at_its_place(rig: Rig, body: bytes, code: str, pointer: str | None) -> None:
    key = await rig.keys.create("ops", "operator", actor="test")
    status, answer = await rig.call("POST", "/api/things", key, data=body)
    assert (status, answer["code"]) == (400, code)
    assert pointer is None or pointer in [finding.get("pointer", "") for finding in answer["findings"]]
    assert rig.things.calls == []


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1&limit=2", "limmit=1", "offset=-1"])
async def test_wrong_query_is_refused(rig: Rig, query: str) -> None:
    key = await rig.keys.create("r", "reader", actor="test")
    status, answer = await rig.call("GET", f"/api/things?{query}", key)
    assert (status, answer["code"]) == (400, "http/query")
    assert rig.things.calls == []


async def test_size_is_limited(rig: Rig) -> None:
    key = await rig.keys.create("ops", "operator", actor="test")
    status, answer = await rig.call("POST", "/api/things", key, data=b" " * 5000)
    assert (status, answer["code"]) == (413, "http/size")


@pytest.mark.parametrize(
    ("method", "path", "role", "allowed"),
    [
        ("GET", "/api/things", "reader", True),
        ("GET", "/api/openapi.json", "reader", True),
        ("POST", "/api/things", "reader", False),
        ("POST", "/api/things", "auditor", False),
        ("DELETE", "/api/things/x", "operator", False),
        ("DELETE", "/api/things/x", "admin", True),
    ],
)
async def test_role_decides(rig: Rig, method: str, path: str, role: str, allowed: bool) -> None:
    key = await rig.keys.create("k", role, actor="test")
    status, answer = await rig.call(method, path, key)
    if allowed:
        assert status in (200, 204)
    else:
        assert (status, answer["code"]) == (403, "key/role")
        assert rig.things.calls == []


async def test_without_key_even_unknown_paths_are_closed(rig: Rig) -> None:
    for path in ("/api/things", "/api/openapi.json", "/nowhere"):
        status, answer = await rig.call("GET", path, None)
        assert (status, answer["code"]) == (401, "key/missing")


async def test_document_describes_every_operation(rig: Rig) -> None:
    key = await rig.keys.create("r", "reader", actor="test")
    status, document = await rig.call("GET", "/api/openapi.json", key)
    assert status == 200
    described = {(method, path) for path, members in document["paths"].items() for method in members}
    declared = {(one.method.lower(), one.path.replace(":.+", "")) for one in rig.things.operations()}
    assert described == declared
    post = document["paths"]["/api/things"]["post"]
    reference = post["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][reference]
    assert schema["required"] == ["unitId", "capacity"]
    assert schema["additionalProperties"] is False
    assert set(post["responses"]) >= {"201", "400", "401", "403", "413", "429"}
