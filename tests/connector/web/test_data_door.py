"""The data plane: a decision for each request, bytes as they come, and what a back end is never shown."""

import asyncio
import gzip
import hashlib
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import nodes
import pytest
import pytest_asyncio
from aiohttp import ClientPayloadError, ClientSession, web
from nodes import Space

from connector.notation.exact_json import decode
from connector.notation.problems import PeerFailed, Refused
from connector.records.contracts import INVENTORY
from connector.records.exchange import Transfer
from connector.records.offers import ASSETS
from connector.services.usage.content_digests import content_digest_header

pytestmark = pytest.mark.asyncio(loop_scope="module")
BLOCK = b"0123456789abcdef" * 16_384
BLOCKS = 200
OPEN = {"proxyPath": "true", "proxyQueryParams": "true", "proxyMethod": "true", "proxyBody": "true"}


class BackEnd:
    """A server behind a data address; it tells what it was asked."""

    def __init__(self) -> None:
        self.port = nodes.free_port()
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen = {"method": request.method, "path": request.raw_path, "headers": dict(request.headers), "body": body}
        self.asked.append(seen)
        match request.path.split("/")[1]:
            case "large":
                return await self._large(request, BLOCKS)
            case "broken":
                return await self._large(request, 4, is_broken=True)
            case "status":
                return web.Response(status=int(request.path.split("/")[2]), text="so it is")
            case "zipped":
                headers = {"Content-Encoding": "gzip", "Content-Digest": "sha-256=:eA==:"}
                return web.Response(body=gzip.compress(b"plain text"), headers=headers, content_type="text/plain")
            case "digest":
                return web.Response(body=b"bytes", headers={"content-digest": content_digest_header(b"bytes")})
            case "false-digest":
                return web.Response(body=b"bytes", headers={"Content-Digest": content_digest_header(b"other")})
            case "cookies":
                return web.Response(body=b"x", headers={"Set-Cookie": "a=b", "Server": "secret/1", "X-Inner": "y"})
        return web.json_response({"method": request.method, "path": request.raw_path, "body": body.decode()})

    async def _large(self, request: web.Request, blocks: int, *, is_broken: bool = False) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(BLOCK) * BLOCKS
        await response.prepare(request)
        for _ in range(blocks):
            await response.write(BLOCK)
        if is_broken and request.transport is not None:
            request.transport.abort()
        return response


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def back_end() -> AsyncIterator[BackEnd]:
    back_end = BackEnd()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", back_end.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", back_end.port).start()
    yield back_end
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("data"))
    yield space
    await space.close()


async def transfer(space: Space, asset_id: str, url: str, **flags: str) -> Transfer:
    """A started transfer of an asset whose back end is at `url`."""
    address = {"type": "HttpData", "baseUrl": url, **flags}
    if await space.maker.store.read(lambda reader: reader.get(ASSETS, asset_id)) is None:
        await nodes.offer_asset(space.maker, asset_id, data_address=address)
    done = await nodes.agree(space.peer, space.maker, asset_id)
    return await nodes.start_transfer(space.peer, space.maker, done.agreement_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(space: Space, back_end: BackEnd) -> Transfer:
    """A transfer with all proxy flags on."""
    return await transfer(space, "opened", back_end.url, **OPEN)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(space: Space, back_end: BackEnd) -> Transfer:
    """A transfer with no proxy flag."""
    return await transfer(space, "closed", f"{back_end.url}/fixed?view=whole")


async def call(
    space: Space, record: Transfer, path: str = "", *, method: str = "GET", body: bytes | None = None, **headers: str
) -> Any:
    return await space.peer.transport.send(
        method,
        f"{space.maker.settings.public.url}/data{path}",
        headers={"Authorization": str(record.data_address["authorization"]), **headers},
        body=body,
        limit=64 * 1024 * 1024,
    )


def code(answer: Any) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = decode(answer.body)
    assert problem["status"] == answer.status
    return str(problem["code"])


# --- who may


@pytest.mark.parametrize(
    ("token", "wanted"),
    [(None, "token-missing"), ("", "token-missing"), ("Bearer", "token-missing"), ("Bearer ", "token-missing"),
     ("x", "token-unknown"), ("Bearer x y", "token-unknown"), ("x" * 8000, "token-unknown")],
)  # fmt: skip
async def test_without_a_token_in_force_there_is_no_data(
    space: Space, back_end: BackEnd, token: str | None, wanted: str
) -> None:
    before = len(back_end.asked)
    headers = {} if token is None else {"Authorization": token}
    answer = await space.peer.transport.send("GET", f"{space.maker.settings.public.url}/data/x", headers=headers)
    assert answer.status == 401
    assert code(answer) == f"usage/{wanted}"
    assert len(back_end.asked) == before


async def test_another_purpose_than_the_contracts_is_refused_and_audited(space: Space, opened: Transfer) -> None:
    allowed = await call(space, opened, **{"Ionport-Usage-Purpose": nodes.PURPOSE})
    assert allowed.status == 200
    refused = await call(space, opened, **{"Ionport-Usage-Purpose": "cx.pcf.base:1"})
    assert refused.status == 403
    assert "cx.pcf.base:1" in decode(refused.body)["detail"]
    noted = (await nodes.audited(space.maker, "usage.refused", opened.agreement_id))[-1]
    assert noted["code"] == code(refused)
    assert noted["transfer"] == opened.provider_pid


async def test_the_policy_is_decided_again_at_each_pull(space: Space, back_end: BackEnd) -> None:
    end = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    usage = nodes.rule("use", *nodes.USAGE_CONSTRAINTS, nodes.constraint("DataUsageEndDate", "eq", end))
    address = {"type": "HttpData", "baseUrl": back_end.url}
    await nodes.offer_asset(space.maker, "ending", usage=usage, data_address=address)
    record = await transfer(space, "ending", back_end.url)
    pulled = await space.peer.inventory.pull(record.id)
    assert (await space.peer.inventory.open(pulled.item.id))[0].digest == pulled.item.digest
    left = datetime.fromisoformat(end) - datetime.now(UTC)
    await asyncio.sleep(max(0.0, left.total_seconds()) + 0.05)
    with pytest.raises(Refused) as caught:
        await space.peer.inventory.pull(record.id)
    assert "DataUsageEndDate" in caught.value.detail
    with pytest.raises(Refused) as own_gate:
        await space.peer.inventory.open(pulled.item.id)
    assert own_gate.value.code == caught.value.code
    for node, event in (
        (space.maker, "agreement.ended"),
        (space.peer, "pull.refused"),
        (space.peer, "inventory.refused"),
    ):
        noted = await nodes.audited(node, event, record.agreement_id)
        assert noted[-1]["code"] == caught.value.code, event


async def test_a_revoked_credential_is_refused_at_the_next_pull(space: Space, back_end: BackEnd) -> None:
    leaver = await space.join("leaver", bpn=nodes.PEER_BPN)
    await nodes.offer_asset(space.maker, "left", data_address={"type": "HttpData", "baseUrl": back_end.url})
    done = await nodes.agree(leaver, space.maker, "left")
    record = await nodes.start_transfer(leaver, space.maker, done.agreement_id)
    await leaver.inventory.pull(record.id)
    assert space.anchor.issuer is not None
    for issued in await space.anchor.issuer.issued(holder=leaver.settings.node.did):
        if issued.type == "MembershipCredential":
            await space.anchor.issuer.revoke(issued.id, actor="test")
    with pytest.raises(Refused) as caught:
        await leaver.inventory.pull(record.id)
    assert caught.value.code == "dcp/credential-revoked"
    assert (await nodes.audited(space.maker, "usage.refused", record.agreement_id))[-1]["code"] == caught.value.code
    refused = await nodes.audited(space.maker, "identity.refused", leaver.settings.node.did)
    assert caught.value.code in [entry["code"] for entry in refused]


async def test_an_asset_that_is_gone_or_cannot_be_served_says_so(space: Space, back_end: BackEnd) -> None:
    record = await transfer(space, "going", back_end.url)
    asset = await space.maker.store.read(lambda reader: reader.need(ASSETS, "going"))
    for address, wanted in (
        ({"type": "AmazonS3"}, (409, "data/address")),
        ({}, (409, "data/address")),
        ({"type": "HttpData", "baseUrl": "file:///etc/passwd"}, (409, "data/base-url")),
        ({"type": "HttpData"}, (409, "data/base-url")),
        ({"type": "HttpData", "baseUrl": f"http://127.0.0.1:{nodes.free_port()}/"}, (503, "peer/unreachable")),
    ):
        asset.data_address = address
        await space.maker.store.write(lambda tx: tx.put(ASSETS, asset))
        answer = await call(space, record)
        assert (answer.status, code(answer)) == wanted
    await space.maker.store.write(lambda tx: tx.remove(ASSETS, "going"))
    answer = await call(space, record)
    assert (answer.status, code(answer)) == (404, "data/asset")


# --- what is let through


async def test_without_flags_only_the_address_itself_is_read(space: Space, back_end: BackEnd, closed: Transfer) -> None:
    answer = await call(space, closed)
    assert decode(answer.body)["path"] == "/fixed?view=whole"
    for path, method, wanted in (
        ("/below", "GET", "data/path"),
        ("?a=1", "GET", "data/query"),
        ("", "PUT", "data/method"),
    ):
        before = len(back_end.asked)
        refused = await call(space, closed, path, method=method, body=b"x" if method == "PUT" else None)
        assert (refused.status, code(refused)) == (400, wanted)
        assert len(back_end.asked) == before
    ignored = await call(space, closed, body=b"a body on a GET")
    assert decode(ignored.body)["body"] == ""


async def test_with_flags_path_query_method_and_body_go_through(space: Space, opened: Transfer) -> None:
    answer = await call(space, opened, "/a%20b/%C3%A9?x=1&x=2&y=%26%3D", method="PUT", body=b"payload")
    assert decode(answer.body) == {"method": "PUT", "path": "/a%20b/%C3%A9?x=1&x=2&y=%26%3D", "body": "payload"}


async def test_the_back_end_learns_who_asks_and_not_the_token(
    space: Space, back_end: BackEnd, opened: Transfer
) -> None:
    await call(space, opened, "/who", Cookie="secret=1", **{"X-Own": "1"})
    headers = back_end.asked[-1]["headers"]
    assert headers["Edc-Bpn"] == nodes.PEER_BPN
    assert headers["Edc-Contract-Agreement-Id"] == opened.agreement_id
    assert not {"Authorization", "Cookie", "X-Own"} & set(headers)
    assert str(opened.data_address["authorization"]) not in str(back_end.asked[-1])


async def test_an_address_with_a_key_sends_it_to_its_back_end_alone(space: Space, back_end: BackEnd) -> None:
    record = await transfer(space, "keyed", back_end.url, authKey="X-Api-Key", authCode="s3cret")
    answer = await call(space, record)
    assert back_end.asked[-1]["headers"]["X-Api-Key"] == "s3cret"
    assert "s3cret" not in str(answer.headers)


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/a%3Fadmin=1", "/a%3Fadmin=1"),
        ("/a%23b", "/a%23b"),
        ("/%252e%252e/x", "/%252e%252e/x"),
        ("/a;b=c", "/a;b=c"),
        ("/%40x:y", "/@x:y"),
        ("//evil.example/x", "//evil.example/x"),
        ("/http://evil.example/", "/http://evil.example/"),
        ("/a%0dX-Evil:1", "/a%0DX-Evil:1"),
        ("/%00", "/%00"),
        ("/a%25b", "/a%25b"),
    ],
)
async def test_a_hostile_path_stays_a_path_of_the_back_end(
    space: Space, back_end: BackEnd, opened: Transfer, path: str, seen: str
) -> None:
    answer = await raw_get(space, opened, path)
    assert answer == 200
    assert back_end.asked[-1]["path"] == seen
    assert "X-Evil" not in back_end.asked[-1]["headers"]


@pytest.mark.parametrize(
    "path", ["/../x", "/a/../../x", "/%2e%2e/x", "/a%2f..%2fb", "/..", "/./x", "/..%5cx", "/a/%2E%2E"]
)
async def test_a_path_may_not_climb(space: Space, back_end: BackEnd, opened: Transfer, path: str) -> None:
    before = len(back_end.asked)
    assert await raw_get(space, opened, path) == 400
    assert len(back_end.asked) == before


async def raw_get(space: Space, record: Transfer, path: str) -> int:
    """The status of a request whose path no client has tidied up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", space.maker.settings.public.port)
    token = record.data_address["authorization"]
    writer.write(f"GET /data{path} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


# --- what comes back


@pytest.mark.parametrize("status", [204, 400, 404, 409, 418, 500, 503])
async def test_the_back_ends_status_is_passed_on(space: Space, opened: Transfer, status: int) -> None:
    answer = await call(space, opened, f"/status/{status}")
    assert answer.status == status
    assert answer.body == (b"" if status == 204 else b"so it is")
    if status >= 400:
        with pytest.raises(PeerFailed if status >= 500 else Refused) as caught:
            await space.peer.inventory.pull(opened.id, f"status/{status}")
        assert str(status) in caught.value.detail
        assert "so it is" in caught.value.detail


async def test_only_headers_about_the_bytes_are_passed_on(space: Space, opened: Transfer) -> None:
    answer = await call(space, opened, "/cookies")
    assert not {"Set-Cookie", "X-Inner"} & set(answer.headers)
    assert "secret" not in answer.headers.get("Server", "")


async def test_digests_are_compared_at_the_consumers(space: Space, opened: Transfer) -> None:
    assert (await space.peer.inventory.pull(opened.id, "digest")).matches_source is True
    assert (await space.peer.inventory.pull(opened.id, "false-digest")).matches_source is False
    plain = await space.peer.inventory.pull(opened.id, "plain")
    assert plain.matches_source is None
    item, raw = await space.peer.inventory.open(plain.item.id)
    assert item.digest == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert item.agreement_id == opened.agreement_id
    received = await nodes.audited(space.peer, "inventory.received", opened.agreement_id)
    assert received[-1]["digest"] == item.digest


async def test_packed_bytes_arrive_unpacked_and_described_as_such(space: Space, opened: Transfer) -> None:
    answer = await call(space, opened, "/zipped")
    assert answer.body == b"plain text"
    assert "Content-Encoding" not in answer.headers
    pulled = await space.peer.inventory.pull(opened.id, "zipped")
    assert (await space.peer.inventory.open(pulled.item.id))[1] == b"plain text"
    assert pulled.matches_source is None


async def test_fifty_megabytes_stream_through_flat_memory(space: Space, opened: Transfer) -> None:
    await space.peer.inventory.pull(opened.id, "plain")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pulled = await space.peer.inventory.pull(opened.id, "large")
    assert pulled.item.size == len(BLOCK) * BLOCKS == 52_428_800
    assert pulled.item.digest == "sha256:" + hashlib.sha256(BLOCK * BLOCKS).hexdigest()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 80 * 1024, f"{grown} KiB more than before; the digest above takes 51200 of them"


async def test_an_answer_that_breaks_off_is_not_taken_for_whole(space: Space, opened: Transfer) -> None:
    before = await space.peer.store.read(lambda reader: reader.count(INVENTORY))
    with pytest.raises(PeerFailed):
        await space.peer.inventory.pull(opened.id, "broken")
    assert await space.peer.store.read(lambda reader: reader.count(INVENTORY)) == before
    folder = space.peer.settings.path("content")
    assert [file.name for file in folder.iterdir() if file.name.startswith(".arriving")] == []
    async with ClientSession() as session:
        headers = {"Authorization": str(opened.data_address["authorization"])}
        async with session.get(f"{space.maker.settings.public.url}/data/broken", headers=headers) as answer:
            with pytest.raises(ClientPayloadError):
                await answer.read()


async def test_a_caller_that_leaves_stops_the_stream_and_harms_nobody(space: Space, opened: Transfer) -> None:
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", space.maker.settings.public.port)
        token = opened.data_address["authorization"]
        writer.write(f"GET /data/large HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
        await reader.readexactly(1000)
        writer.transport.abort()
    answer = await call(space, opened, "/after")
    assert answer.status == 200


async def test_many_pulls_at_once(space: Space, opened: Transfer) -> None:
    answers = await asyncio.gather(*(call(space, opened, f"/n{number}") for number in range(60)))
    assert [decode(answer.body)["path"] for answer in answers] == [f"/n{number}" for number in range(60)]


async def test_permitted_pulls_are_audited(space: Space, opened: Transfer) -> None:
    await call(space, opened, "/audited/here")
    noted = (await nodes.audited(space.maker, "usage.permitted", opened.agreement_id))[-1]
    served = {"transfer": opened.provider_pid, "method": "GET", "path": "audited/here", "status": 200}
    assert noted.items() >= served.items()
    assert (noted["agreementId"], noted["outcome"], noted["phase"]) == (opened.agreement_id, "permitted", "request")
    assert noted["policy"].startswith("sha256:")
    assert noted["credentials"]
    assert noted["purposes"] == ["cx.circular.dpp:1"]
