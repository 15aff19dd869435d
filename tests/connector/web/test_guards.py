"""What stands before every door: rates, error forms, and no traceback outside."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from nodes import Space

from connector.notation.exact_json import decode
from connector.notation.limits import Limits
from connector.notation.problems import (
    Conflict,
    Invalid,
    PeerFailed,
    Problem,
    Refused,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unknown,
    Unprocessable,
)
from connector.web import answers, bodies, guards
from connector.web.guards import RateLimit


def test_a_caller_has_a_burst_and_then_a_rate() -> None:
    limit = RateLimit(per_second=2.0, burst=3)
    for _ in range(3):
        limit.take("a", 0.0)
    with pytest.raises(TooMany) as caught:
        limit.take("a", 0.1)
    assert caught.value.code == "http/rate"
    limit.take("b", 0.1)
    limit.take("a", 0.5)
    with pytest.raises(TooMany):
        limit.take("a", 0.6)
    for _ in range(3):
        limit.take("a", 100.0)
    with pytest.raises(TooMany):
        limit.take("a", 100.0)


def test_a_refused_request_does_not_make_the_wait_longer() -> None:
    limit = RateLimit(per_second=1.0, burst=1)
    limit.take("a", 0.0)
    for tenth in range(1, 10):
        with pytest.raises(TooMany):
            limit.take("a", tenth / 10)
    limit.take("a", 1.01)


def test_callers_are_forgotten_and_not_collected() -> None:
    limit = RateLimit(per_second=1.0, burst=1)
    for number in range(guards._CALLERS + 50):
        limit.take(f"caller {number}", 0.0)
    assert len(limit._callers) == guards._CALLERS
    with pytest.raises(TooMany):
        limit.take(f"caller {guards._CALLERS + 49}", 0.0)


KINDS = {
    Invalid: 400, Unauthenticated: 401, Refused: 403, Unknown: 404, Conflict: 409, TooLarge: 413, Unprocessable: 422,
    TooMany: 429, Unavailable: 503, PeerFailed: 503,
}  # fmt: skip


async def raising(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    for kind in KINDS:
        if kind.__name__ == name:
            raise kind("room/reason", "so it is", pointer="/p")
    if name == "unexpected":
        raise RuntimeError("secret detail")
    if name == "body":
        return answers.json({"size": len(await bodies.read_bytes(request))})
    if name == "object":
        return answers.json(await bodies.read_object(request, may_be_empty=True))
    raise web.HTTPFound("/elsewhere")


@pytest_asyncio.fixture
async def client() -> AsyncIterator[TestClient[Any, Any]]:
    def protocol_form(_: web.Request, problem: Problem) -> web.Response:
        return answers.json({"own": problem.code}, 418)

    app = web.Application(middlewares=[guards.guard(RateLimit(1000, 1000), (("/own", protocol_form),))])
    app[bodies.LIMITS] = Limits(size=1000, depth=8)
    app.router.add_route("*", "/do/{name}", raising)
    app.router.add_route("POST", "/own/{name}", raising)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_each_kind_of_problem_has_its_status_and_form(client: Any, kind: type[Problem]) -> None:
    answer = await client.get(f"/do/{kind.__name__}")
    assert answer.status == KINDS[kind]
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = await answer.json(content_type=None)
    assert body["code"] == "room/reason"
    assert body["status"] == answer.status
    assert body["detail"] == "so it is"
    assert body["pointer"] == "/p"
    assert ("Retry-After" in answer.headers) == (answer.status in (429, 503))
    assert ("WWW-Authenticate" in answer.headers) == (answer.status == 401)
    own = await client.post(f"/own/{kind.__name__}")
    assert (own.status, await own.json()) == (418, {"own": "room/reason"})


async def test_every_kind_of_problem_is_in_the_table() -> None:
    assert set(answers.STATUS) == set(KINDS) == set(Problem.__subclasses__()) - {guards._Routing}
    assert set(answers.STATUS.values()) <= set(answers.TITLES)


async def test_nothing_of_an_unexpected_error_leaves(client: Any) -> None:
    answer = await client.get("/do/unexpected")
    assert answer.status == 500
    assert "secret" not in await answer.text()


async def test_routes_and_redirects(client: Any) -> None:
    missing = await client.get("/none")
    assert missing.status == 404
    assert (await missing.json(content_type=None))["code"] == "http/route"
    assert (await missing.json(content_type=None))["status"] == 404
    wrong = await client.get("/own/x")
    assert wrong.status == 418
    moved = await client.get("/do/moved", allow_redirects=False)
    assert (moved.status, moved.headers["Location"]) == (302, "/elsewhere")


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 200), (b" \n", 200), (b"{}", 200), (b"[]", 400), (b"7", 400), (b"{", 400), (b"[" * 9 + b"]" * 9, 400),
     (b'"' + b"x" * 999 + b'"', 413), (b"\xff", 400)],
)  # fmt: skip
async def test_bodies_are_objects_within_limits(client: Any, data: bytes, status: int) -> None:
    assert (await client.post("/do/object", data=data)).status == status


async def test_a_body_of_exactly_the_limit_is_taken(client: Any) -> None:
    assert decode(await (await client.post("/do/body", data=b"x" * 1000)).read()) == {"size": 1000}
    assert (await client.post("/do/body", data=b"x" * 1001)).status == 413


async def test_a_node_slows_down_a_caller_that_asks_too_much(tmp_path: Any) -> None:
    limits = {"limits": {"requests_per_second": 1.0, "burst": 30}}
    space: Space = await nodes.open_space(tmp_path, maker=limits)
    url = space.maker.settings.public.url
    paths = ["/dsp"] * 25 + ["/maker/did.json"] * 25
    found = await asyncio.gather(*(space.peer.transport.send("GET", url + path) for path in paths))
    refused = [answer for answer in found if answer.status == 429]
    assert len(refused) >= 15
    assert {answer.status for answer in found} == {200, 429}
    assert all(answer.headers["Retry-After"] for answer in refused)
    assert {decode(answer.body)["code"] for answer in refused} == {"http/rate"}
    await space.close()
