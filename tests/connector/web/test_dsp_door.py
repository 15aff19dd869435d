"""The protocol's door: version document, routes, error documents, limits; whatever comes in, a 4xx with a reason."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Space, message, reasons, say

from connector.notation.exact_json import decode
from connector.records.exchange import NEGOTIATIONS, TRANSFERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERRORS = {"catalog": "CatalogError", "negotiations": "ContractNegotiationError", "transfers": "TransferError"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    limits = {"limits": {"body_bytes": 20_000, "depth": 20, "requests_per_second": 100_000.0, "burst": 100_000}}
    space = await nodes.open_space(tmp_path_factory.mktemp("dsp"), maker=limits)
    await nodes.offer_asset(space.maker, "pack")
    yield space
    await space.close()


async def plain(space: Space, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    url = f"{space.maker.settings.public.url}{path}"
    return await space.peer.transport.send(method, url, headers=headers, body=body)


async def test_the_version_document_is_open(space: Space) -> None:
    for path in ("/dsp/.well-known/dspace-version", "/dsp"):
        answer = await plain(space, "GET", path)
        assert answer.status == 200
        assert decode(answer.body)["protocolVersions"][0]["version"] == "2025-1"
        assert decode(answer.body)["protocolVersions"][0]["path"] == "/2025-1"
    did = space.maker.settings.node.did
    assert await space.peer.partners.address_of(did) == nodes.protocol(space.maker)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/dsp/2025-1/none", 404),
        ("POST", "/dsp/2025-1/negotiations", 404),
        ("PUT", "/dsp/2025-1/negotiations/request", 405),
        ("GET", "/dsp/2025-1/catalog/request", 405),
        ("DELETE", "/dsp/2025-1/transfers/x", 405),
        ("POST", "/dsp/2024-1/catalog/request", 404),
        ("POST", "/dsp/2025-1/transfers/x/start/y", 404),
    ],
)
async def test_routes_that_are_not_there(space: Space, method: str, path: str, status: int) -> None:
    answer = await plain(space, method, path, b"{}")
    assert answer.status == status
    body = decode(answer.body)
    assert body["@type"] == next((name for part, name in ERRORS.items() if part in path), "CatalogError")
    assert body["code"] == "http/route"


MESSAGES = [
    ("catalog/request", "CatalogRequestMessage"),
    ("negotiations/request", "ContractRequestMessage"),
    ("negotiations/p/request", "ContractRequestMessage"),
    ("negotiations/p/offers", "ContractOfferMessage"),
    ("negotiations/p/events", "ContractNegotiationEventMessage"),
    ("negotiations/p/agreement", "ContractAgreementMessage"),
    ("negotiations/p/agreement/verification", "ContractAgreementVerificationMessage"),
    ("negotiations/p/termination", "ContractNegotiationTerminationMessage"),
    ("transfers/request", "TransferRequestMessage"),
    ("transfers/p/start", "TransferStartMessage"),
    ("transfers/p/completion", "TransferCompletionMessage"),
    ("transfers/p/suspension", "TransferSuspensionMessage"),
    ("transfers/p/termination", "TransferTerminationMessage"),
]
HOSTILE: list[Any] = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\x00",
    b'"\\ud800"',
    b"{}",
    {"@context": nodes.CONTEXT},
    {"@context": nodes.CONTEXT[0]},
    {"@context": "http://unknown.example/"},
    {"@context": [{"@import": nodes.CONTEXT[0]}]},
    {"@context": {"@vocab": 7}},
    {"@context": [[[]]]},
    {"@context": nodes.CONTEXT, "@type": 7},
    {"@context": nodes.CONTEXT, "@type": []},
    {"@graph": []},
    {"@context": nodes.CONTEXT, "@graph": [{"@type": "x"}, 7]},
    {"@id": {"@id": {}}},
    {"@reverse": {"a": "b"}, "@included": 7, "@context": nodes.CONTEXT},
]


@pytest.mark.parametrize(("path", "type_"), MESSAGES)
async def test_every_endpoint_answers_rubbish_with_its_own_error_and_changes_nothing(
    space: Space, path: str, type_: str
) -> None:
    before = await space.maker.store.read(lambda reader: len(reader.audit_entries(limit=1_000_000)))
    rubbish = [*HOSTILE, *({**each, "@type": type_} for each in HOSTILE if isinstance(each, dict))]
    for body in rubbish:
        answer = await nodes.say(space.peer, space.maker, path, body)
        if type_ == "CatalogRequestMessage" and answer.is_ok:
            before += 1
            continue
        assert 400 <= answer.status < 500, (body, answer)
        error = decode(answer.body)
        assert error["@type"] == ERRORS[path.partition("/")[0]], body
        assert "/" in error["code"], error
        assert error["reason"], error
    assert await space.maker.store.read(lambda reader: len(reader.audit_entries(limit=1_000_000))) == before


@pytest.mark.parametrize(("path", "type_"), MESSAGES)
async def test_the_right_message_of_the_wrong_members_is_malformed(space: Space, path: str, type_: str) -> None:
    values: list[Any] = [None, 7, True, "", [], {}, [[]], {"@id": 7}, {"@value": {}}, "\u0000", "x" * 3000]
    members = ("consumerPid", "providerPid", "offer", "agreement", "callbackAddress", "dataAddress", "eventType",
               "agreementId", "format", "filter", "code", "reason", "@id")  # fmt: skip
    for member in members:
        for value in values:
            answer = await nodes.say(space.peer, space.maker, path, nodes.message(type_, **{member: value}))
            assert answer.status < 500, (member, value, answer.body)
            if type_ != "CatalogRequestMessage":
                assert answer.status >= 400, (member, value, answer.body)


async def test_bodies_are_bounded_in_size_and_depth(space: Space) -> None:
    large = await nodes.say(space.peer, space.maker, "negotiations/request", b'{"a":"' + b"x" * 20_000 + b'"}')
    assert large.status == 413
    assert decode(large.body)["@type"] == "ContractNegotiationError"
    assert decode(large.body)["code"] == "http/size"
    deep = await nodes.say(space.peer, space.maker, "catalog/request", b"[" * 21 + b"]" * 21)
    assert (deep.status, decode(deep.body)["code"]) == (400, "json/depth")


async def raw(space: Space, head: str, body: bytes) -> bytes:
    """The answer to a request that no client would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", space.maker.settings.public.port)
    token = await space.peer.identity.authorization(space.maker.settings.node.did)
    writer.write(f"{head}\r\nHost: x\r\nAuthorization: {token}\r\n".encode() + body)
    await writer.drain()
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


async def test_a_body_without_length_is_bounded_too(space: Space) -> None:
    head = "POST /dsp/2025-1/catalog/request HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked"
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    answer = await raw(space, head, b"\r\n" + chunk * 6 + b"0\r\n\r\n")
    assert b" 413 " in answer.split(b"\r\n")[0]


async def test_a_packed_body_is_bounded_by_what_it_unpacks_to(space: Space) -> None:
    for packed, status in ((gzip.compress(b"x" * 5_000_000), b" 413 "), (b"not gzip at all", b" 400 ")):
        head = (
            "POST /dsp/2025-1/catalog/request HTTP/1.1\r\nConnection: close\r\nContent-Encoding: gzip\r\n"
            f"Content-Length: {len(packed)}"
        )
        answer = await raw(space, head, b"\r\n" + packed)
        assert status in answer.split(b"\r\n")[0], answer[:300]


@pytest.mark.parametrize(
    "line",
    ["GET /dsp/2025-1/negotiations/%zz HTTP/1.1", "GET /dsp/\x01 HTTP/1.1", "GET  HTTP/1.1", "BREW /dsp HTTP/1.1",
     "GET http://evil.example/dsp HTTP/1.1", "POST /dsp/2025-1/catalog/request HTTP/1.1\r\nContent-Length: -1"],
)  # fmt: skip
async def test_requests_that_are_hardly_http(space: Space, line: str) -> None:
    answer = await raw(space, f"{line}\r\nConnection: close", b"\r\n")
    status = int(answer.split(b" ", 2)[1])
    assert 200 <= status < 500, answer[:300]
    alive = await plain(space, "GET", "/dsp")
    assert alive.status == 200


async def test_a_later_message_answers_with_an_empty_body_and_the_first_with_the_process(space: Space) -> None:
    done = await nodes.agree(space.peer, space.maker, "pack")
    shown = await nodes.say(space.peer, space.maker, f"negotiations/{done.provider_pid}", method="GET")
    body = decode(shown.body)
    assert shown.headers["Content-Type"].startswith("application/json")
    assert (body["@type"], body["state"]) == ("ContractNegotiation", "FINALIZED")
    assert (body["providerPid"], body["consumerPid"]) == (done.provider_pid, done.id)
    assert body["@context"] == nodes.CONTEXT


@pytest.mark.parametrize("address", ["http://169.254.169.254/latest", "http://[::ffff:10.0.0.8]/dsp"])
async def test_a_callback_address_inside_our_network_opens_nothing(space: Space, address: str) -> None:
    """SSRF by callbackAddress: refused at the door, with nothing kept and nothing sent."""
    before = await space.maker.store.read(lambda reader: reader.count(NEGOTIATIONS) + reader.count(TRANSFERS))
    pid = "urn:uuid:6b1f5d0e-7c53-4a5c-9d0d-1f6a4c9e0001"
    offer = {"@id": "a:b:c", "@type": "Offer", "target": "a", "permission": [{"action": "use"}]}
    for path, body in {
        "negotiations/request": message(
            "ContractRequestMessage", consumerPid=pid, callbackAddress=address, offer=offer
        ),
        "negotiations/offers": message("ContractOfferMessage", providerPid=pid, callbackAddress=address, offer=offer),
        "transfers/request": message(
            "TransferRequestMessage", consumerPid=pid, callbackAddress=address, agreementId="x", format="HttpData-PULL"
        ),
    }.items():
        answer = await say(space.peer, space.maker, path, body)
        assert answer.status == 400, answer.body
        assert "egress/" in reasons(answer)
    after = await space.maker.store.read(lambda reader: reader.count(NEGOTIATIONS) + reader.count(TRANSFERS))
    assert after == before
