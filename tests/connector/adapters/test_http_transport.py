"""HTTP to peers: every trouble is PeerFailed, nothing is followed, nothing grows without bound."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from connector.adapters.did_web import DidWeb
from connector.adapters.egress import Egress
from connector.adapters.http import HttpTransport
from connector.notation.problems import PeerFailed, Problem

LOCAL = Egress(schemes=("http",), private=("127.0.0.0/8", "::1/128"))


async def answer(request: web.Request) -> web.StreamResponse:
    match request.match_info["what"].partition("/")[0]:
        case "moved":
            raise web.HTTPFound("/large")
        case "large":
            return web.Response(body=b"x" * 2000)
        case "bomb":
            return web.Response(body=gzip.compress(b"x" * 2_000_000), headers={"Content-Encoding": "gzip"})
        case "slow":
            await asyncio.sleep(5)
        case "cut":
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b"half")
            assert request.transport is not None
            request.transport.abort()
            return response
        case "links":
            response = web.Response()
            response.headers.add("link", '<a>; rel="previous"')
            response.headers.add("link", '<b>; rel="next"')
            return response
    return web.Response(text=request.headers.get("Accept-Encoding", ""), headers={"Set-Cookie": "a=b"})


@pytest_asyncio.fixture
async def server() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{what:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest_asyncio.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(LOCAL, timeout=0.5)
    yield transport
    await transport.close()


async def test_redirects_are_shown_and_not_followed(transport: HttpTransport, server: str) -> None:
    assert (await transport.send("GET", f"{server}/moved")).status == 302
    assert (await transport.stream("GET", f"{server}/moved")).status == 302


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("large", "peer/too-large"),
        ("bomb", "peer/too-large"),
        ("slow", "peer/unreachable"),
        ("cut", "peer/unreachable"),
    ],
)
async def test_trouble_has_a_code(transport: HttpTransport, server: str, path: str, code: str) -> None:
    with pytest.raises(PeerFailed) as caught:
        await transport.send("GET", f"{server}/{path}", limit=1000)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "http://",
        "ftp://x/",
        "http://127.0.0.1:1/",
        "http://[::bad/",
        "http://a b/",
        "http://x\n/",
        "http://" + "a" * 300,
    ],
)
async def test_no_address_is_an_error_of_the_peer_and_never_a_crash(transport: HttpTransport, url: str) -> None:
    for act in (transport.send, transport.stream):
        with pytest.raises(PeerFailed) as caught:
            await act("GET", url)
        assert caught.value.code in ("peer/unreachable", "egress/url", "egress/scheme")


async def test_headers_are_found_in_any_case_and_repeated_ones_joined(transport: HttpTransport, server: str) -> None:
    found = (await transport.send("GET", f"{server}/links")).headers
    assert found.get("Link") == found.get("link") == '<a>; rel="previous", <b>; rel="next"'


async def test_a_stream_that_breaks_off_says_so(transport: HttpTransport, server: str) -> None:
    content = await transport.stream("GET", f"{server}/cut")
    with pytest.raises(PeerFailed) as caught:
        async for _ in content.pieces:
            pass
    assert caught.value.code == "peer/broken-off"


async def test_streams_ask_for_bytes_as_they_are_and_keep_no_cookies(transport: HttpTransport, server: str) -> None:
    content = await transport.stream("GET", f"{server}/x")
    assert [piece async for piece in content.pieces] == [b"identity"]
    assert transport._session is not None
    assert not list(transport._session.cookie_jar)


async def test_a_did_is_resolved_over_the_transport_or_refused(transport: HttpTransport, server: str) -> None:
    host = server.removeprefix("http://").replace("127.0.0.1:", "localhost%3A")
    resolver = DidWeb(transport, insecure_http=True)
    assert b"gzip" in await resolver.resolve(f"did:web:{host}:x")
    with pytest.raises(PeerFailed) as caught:
        await resolver.resolve(f"did:web:{host}:moved")
    assert caught.value.code == "did/unresolved"
    for wrong in ("did:key:z6", "did:web:", "did:web:a/b", "did:web:..", "x"):
        with pytest.raises(Problem):
            await resolver.resolve(wrong)


async def test_https_is_asked_unless_told_otherwise(transport: HttpTransport, server: str) -> None:
    host = server.removeprefix("http://").replace("127.0.0.1:", "localhost%3A")
    with pytest.raises(PeerFailed):
        await DidWeb(transport, insecure_http=False).resolve(f"did:web:{host}:x")
    asked: list[str] = []

    class Recorder:
        async def send(self, method: str, url: str, **_: Any) -> Any:
            asked.append(url)
            raise PeerFailed("x/y", "z")

    with pytest.raises(PeerFailed):
        await DidWeb(Recorder(), insecure_http=False).resolve("did:web:example.com:maker")  # type: ignore[arg-type]
    assert asked == ["https://example.com/maker/did.json"]
