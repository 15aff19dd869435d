"""The region's client against platforms that misbehave, and where it finds its secrets."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connector.adapters.ouranos import OuranosRegion
from connector.adapters.region_secrets import RegionSecret, RegionSecrets
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, PeerFailed, Problem, Refused, Unauthenticated, Unavailable, Unknown
from connector.pcf.ouranos.models import validate_cfp_rows
from tests.connector.region_rig import cfp_body

TRACE = "00000000-0000-4000-8000-000000000001"
SECRET = RegionSecret("the-key", "the-password")
Handler = Callable[[web.Request], Awaitable[web.Response]]


def answer(body: Any, status: int = 200, **headers: str) -> web.Response:
    return web.Response(body=encode(body), status=status, content_type="application/json", headers=headers)


@asynccontextmanager
async def platform(handle: Handler, login: Handler | None = None) -> AsyncIterator[tuple[OuranosRegion, list[Any]]]:
    """A client of a platform that answers by `handle`; beside it the bodies of the logins."""
    logins: list[Any] = []

    async def let_in(request: web.Request) -> web.Response:
        logins.append((request.headers.get("apiKey"), decode(await request.read())))
        return await login(request) if login else answer({"accessToken": f"token-{len(logins)}"}, 201)

    app = web.Application()
    app.router.add_post("/auth/login", let_in)
    app.router.add_route("*", "/api/v1/{resource}", handle)
    async with TestServer(app) as server:
        client = OuranosRegion(str(server.make_url("/")), lambda _: SECRET)
        try:
            yield client, logins
        finally:
            await client.close()


async def test_one_login_serves_many_requests_and_is_renewed_when_it_ends() -> None:
    ended = {"Bearer token-1"}
    seen: list[tuple[str, str]] = []

    async def handle(request: web.Request) -> web.Response:
        token = request.headers["Authorization"]
        seen.append((token, request.headers["apiKey"]))
        if len(seen) > 2 and token in ended:
            return answer({"code": "[auth] Unauthorized", "message": "Invalid or expired token", "detail": ""}, 401)
        return answer([])

    async with platform(handle) as (client, logins):
        for _ in range(3):
            assert await client.plants("a@b") == []
        assert seen == [("Bearer token-1", "the-key")] * 3 + [("Bearer token-2", "the-key")]
        assert logins == [("the-key", {"operatorAccountId": "a@b", "accountPassword": "the-password"})] * 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Invalid), (401, Unauthenticated), (403, Refused), (404, Unknown), (500, PeerFailed), (504, PeerFailed)],
)
async def test_refusals_carry_the_platforms_words(status: int, kind: type[Problem]) -> None:
    async def handle(_: web.Request) -> web.Response:
        return answer({"code": "[dataspace] X", "message": "the words", "detail": "id: 1"}, status)

    async with platform(handle) as (client, _):
        with pytest.raises(kind) as caught:
            await client.part("a@b", TRACE)
        assert "[dataspace] X the words (id: 1)" in caught.value.detail


async def test_a_refused_login_and_one_without_a_token() -> None:
    async def handle(_: web.Request) -> web.Response:
        return answer([])

    async def refuse(_: web.Request) -> web.Response:
        return answer({"code": "[auth] Unauthorized", "message": "no", "detail": ""}, 401)

    async def forget(_: web.Request) -> web.Response:
        return answer({"refreshToken": "x"}, 201)

    async with platform(handle, refuse) as (client, _):
        with pytest.raises(Unauthenticated):
            await client.plants("a@b")
    async with platform(handle, forget) as (client, _):
        with pytest.raises(PeerFailed) as caught:
            await client.plants("a@b")
        assert caught.value.code == "region/login"


async def test_lists_are_read_to_their_end() -> None:
    async def handle(request: web.Request) -> web.Response:
        trade = {
            "tradeId": TRACE,
            "downstreamOperatorId": TRACE,
            "downstreamTraceId": request.query.get("after", TRACE),
            "upstreamOperatorId": TRACE,
            "upstreamTraceId": None,
        }
        if "after" in request.query:
            return answer([trade])
        last = "00000000-0000-4000-8000-000000000002"
        return answer([trade], link=f"<http://x/api/v1/datatransport?dataTarget=tradeRequest&limit=1&after={last}>;")

    async with platform(handle) as (client, _):
        found = await client.trades("a@b", TRACE)
        assert [one.downstream_trace_id[-1] for one in found] == ["1", "2"]


async def test_amounts_keep_every_digit_both_ways() -> None:
    bodies: list[bytes] = []

    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        bodies.append(raw)
        return web.Response(body=raw, status=201, content_type="application/json")

    rows = validate_cfp_rows(cfp_body(TRACE, ["99999.99999", "0.00001", "0.10", "0"]))
    async with platform(handle) as (client, _):
        back = await client.put_cfp("a@b", rows)
    assert [row.ghg_emission for row in back] == [Decimal("99999.99999"), Decimal("0.00001"), Decimal("0.1"), 0]
    assert b'"ghgEmission":0.10,' in bodies[0]


@pytest.mark.parametrize("raw", [b"<html>", b'{"a": 1}', b"[7]", b'[{"traceId": 1}]'])
async def test_answers_that_are_none_are_refused(raw: bytes) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=raw, content_type="application/json")

    async with platform(handle) as (client, _):
        with pytest.raises(Problem):
            await client.cfp("a@b", TRACE)


async def test_a_silent_platform_is_told_apart() -> None:
    client = OuranosRegion("http://127.0.0.1:9", lambda _: SECRET)
    try:
        with pytest.raises(PeerFailed) as caught:
            await client.plants("a@b")
        assert caught.value.code == "region/unreachable"
    finally:
        await client.close()


def test_secrets_come_from_the_environment_then_from_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "region.secrets"
    secrets = RegionSecrets(file, account="main", api_key_env="T_KEY", password_env="T_PASSWORD")
    with pytest.raises(Unavailable) as caught:
        secrets.of("main")
    assert caught.value.code == "region/secrets"
    secrets.keep("main", "k1", "p1")
    secrets.keep("other", "k2", "p2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (secrets.of("main"), secrets.of("other")) == (RegionSecret("k1", "p1"), RegionSecret("k2", "p2"))
    monkeypatch.setenv("T_KEY", "ke")
    assert secrets.of("main") == RegionSecret("k1", "p1")
    monkeypatch.setenv("T_PASSWORD", "pe")
    assert secrets.of("main") == RegionSecret("ke", "pe")
    assert secrets.of("other") == RegionSecret("k2", "p2")
    monkeypatch.delenv("T_KEY")
    for mode in (0o640, 0o604):
        file.chmod(mode)
        with pytest.raises(Unavailable) as caught:
            secrets.of("main")
        assert caught.value.code == "region/secrets-mode"
        assert "chmod 600" in caught.value.detail
    file.chmod(0o600)
    file.write_text('{"main": 7}')
    with pytest.raises(Unavailable):
        secrets.of("main")
