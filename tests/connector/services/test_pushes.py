"""Pushes between real nodes: into the receiving end, by the contract, over troubles, into a clear end."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodes
import pytest
import pytest_asyncio
from aiohttp import web
from nodes import Space

from connector.dsp.addresses import data_address
from connector.notation.exact_json import decode
from connector.records.contracts import INVENTORY
from connector.records.exchange import TRANSFERS, Transfer
from connector.services.exchange import pushes
from connector.services.usage.content_digests import content_digest_header

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUSH = "HttpData-PUSH"
CONTENT = b"the whole dataset " * 20_000


@dataclass
class End:
    """A web server: the source of the bytes, and a receiving end that answers as it is told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    took: list[tuple[str, str, bytes]] = field(default_factory=list)
    seen: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(body=CONTENT, content_type="application/x-pack")
        body = await request.read()
        self.seen.set()
        status = self.answers.pop(0) if self.answers else 200
        if status < 300:
            self.took.append((request.method, request.headers.get("X-Key", ""), body))
        return web.Response(status=status, text="said by the receiving end")


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[End]:
    end, app = End(), web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", end.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    port = nodes.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    end.url = f"http://127.0.0.1:{port}/x"
    try:
        yield end
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source() -> AsyncIterator[End]:
    async with listening() as end:
        yield end


@pytest_asyncio.fixture(loop_scope="module")
async def end() -> AsyncIterator[End]:
    async with listening() as end:
        yield end


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory, source: End) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("pushes"))
    await nodes.offer_asset(space.maker, "pack", data_address={"type": "HttpData", "baseUrl": source.url})
    yield space
    await space.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def contract(space: Space) -> str:
    return (await nodes.agree(space.peer, space.maker, "pack")).agreement_id


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushes, "PAUSES", (0.02,) * 4)


async def pushed(space: Space, contract: str, destination: dict[str, str] | None = None) -> Transfer:
    return await space.peer.transfers.request(
        agreement_id=contract,
        counterparty_address=nodes.protocol(space.maker),
        format_=PUSH,
        destination=destination,
    )


async def over(space: Space, record: Transfer, state: str) -> list[Transfer]:
    """The transfer at both ends, once it is in this state there."""
    ours = await nodes.transferred(space.peer, record.id, state)
    return [ours, await nodes.transferred(space.maker, ours.provider_pid, state)]


async def received(space: Space, transfer_id: str) -> list[Any]:
    found = await space.peer.store.read(lambda reader: reader.find(INVENTORY))
    return [item for item in found if item.transfer_id == transfer_id]


async def test_a_push_arrives_in_the_inventory_under_its_digest(space: Space, contract: str) -> None:
    record = await pushed(space, contract)
    await over(space, record, "COMPLETED")
    [item] = await received(space, record.id)
    digest = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    assert (item.digest, item.size, item.media_type) == (digest, len(CONTENT), "application/x-pack")
    assert (await space.peer.inventory.open(item.id))[1] == CONTENT
    assert digest in [sent["digest"] for sent in await nodes.audited(space.maker, "push.sent", contract)]


async def test_the_catalog_offers_a_push_of_what_lies_at_one_address(space: Space) -> None:
    _, entry = await space.peer.partners.dataset(space.maker.settings.node.did, nodes.protocol(space.maker), "pack")
    assert [name for name, _ in entry.distributions] == ["HttpData-PULL", PUSH]


async def test_a_push_goes_where_the_consumer_says_with_the_header_that_it_names(
    space: Space, contract: str, end: End
) -> None:
    destination = {"baseUrl": end.url, "authKey": "X-Key", "authCode": "open", "method": "PUT"}
    await over(space, await pushed(space, contract, destination), "COMPLETED")
    assert end.took == [("PUT", "open", CONTENT)]


async def test_a_receiving_end_at_fault_is_asked_again(space: Space, contract: str, end: End) -> None:
    end.answers = [503, 500, 429]
    await over(space, await pushed(space, contract, {"baseUrl": end.url}), "COMPLETED")
    assert [body for _, _, body in end.took] == [CONTENT]


@pytest.mark.parametrize(("answers", "code"), [([403], "push/refused"), ([500] * 99, "push/failed")])
async def test_a_receiving_end_that_will_not_take_it_ends_the_transfer_with_the_cause(
    space: Space, contract: str, end: End, answers: list[int], code: str
) -> None:
    end.answers = list(answers)
    for record in await over(space, await pushed(space, contract, {"baseUrl": end.url}), "TERMINATED"):
        assert record.code == code
        assert f"answered {answers[0]}: said by the receiving end" in record.reasons[0]


async def test_a_suspended_push_stops_and_goes_on_when_it_is_resumed(
    space: Space, contract: str, end: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "PAUSES", (60.0,))
    end.answers = [503]
    record = await pushed(space, contract, {"baseUrl": end.url})
    await over(space, record, "STARTED")
    await asyncio.wait_for(end.seen.wait(), 10)
    await space.peer.transfers.suspend(record.id, "a pause")
    await over(space, record, "SUSPENDED")
    assert end.took == []
    await space.peer.transfers.resume(record.id)
    await over(space, record, "COMPLETED")
    assert [body for _, _, body in end.took] == [CONTENT]


async def test_a_push_that_a_crash_cut_short_is_sent_in_the_next_life(tmp_path: Path, source: End, end: End) -> None:
    space = await nodes.open_space(tmp_path)
    try:
        await nodes.offer_asset(space.maker, "pack", data_address={"type": "HttpData", "baseUrl": source.url})
        contract = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
        end.answers = [503]
        record = await pushed(space, contract, {"baseUrl": end.url})
        await over(space, record, "STARTED")
        await asyncio.wait_for(end.seen.wait(), 10)
        await space.maker.stop()
        space.maker = await nodes.restarted(space.maker)
        await over(space, record, "COMPLETED")
        assert [body for _, _, body in end.took] == [CONTENT]
    finally:
        await space.close()


def address(endpoint: str, **more: Any) -> dict[str, Any]:
    return data_address(endpoint, None, endpoint_type="HttpData", **more)


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        (None, "transfer/destination"),
        (address("ftp://example.com/x"), "egress/scheme"),
        (address("http://10.0.0.1/x"), "egress/address"),
        (
            {"@type": "DataAddress", "endpointType": "AmazonS3", "endpoint": "http://localhost:1"},
            "transfer/destination",
        ),
        (address("http://localhost:1", properties={"method": "DELETE"}), "transfer/destination"),
        (address("http://localhost:1", properties={"authKey": "X\r\nY", "authCode": "1"}), "transfer/destination"),
    ],
)
async def test_a_destination_that_cannot_be_pushed_to_opens_nothing(
    space: Space, contract: str, destination: Any, code: str
) -> None:
    before = await space.maker.store.read(lambda reader: reader.count(TRANSFERS))
    body = nodes.message(
        "TransferRequestMessage",
        consumerPid="bad",
        agreementId=contract,
        format=PUSH,
        callbackAddress=nodes.protocol(space.peer),
        **({"dataAddress": destination} if destination else {}),
    )
    answer = await nodes.say(space.peer, space.maker, "transfers/request", body)
    assert (answer.status, decode(answer.body)["code"]) == (400, code)
    assert await space.maker.store.read(lambda reader: reader.count(TRANSFERS)) == before


async def bring(space: Space, transfer_id: str, token: str, body: bytes, **headers: str) -> Any:
    return await space.maker.transport.send(
        "POST",
        f"{space.peer.settings.public.url}/data/received/{transfer_id}/part",
        headers={"Authorization": token, "Content-Type": "text/plain", **headers},
        body=body,
    )


@pytest_asyncio.fixture(loop_scope="module")
async def waiting(space: Space, monkeypatch: pytest.MonkeyPatch) -> tuple[Transfer, str]:
    """A push into the inventory whose source is silent for now, and the token of its receiving end."""
    monkeypatch.setattr(pushes, "PAUSES", (600.0,))
    silent = {"type": "HttpData", "baseUrl": f"http://127.0.0.1:{nodes.free_port()}/"}
    name = f"silent {nodes.free_port()}"
    await nodes.offer_asset(space.maker, name, data_address=silent)
    contract = (await nodes.agree(space.peer, space.maker, name)).agreement_id
    record, theirs = await over(space, await pushed(space, contract), "STARTED")
    return record, theirs.data_address["authCode"]


async def test_nobody_brings_bytes_without_the_token_or_after_the_end(
    space: Space, waiting: tuple[Transfer, str]
) -> None:
    record, token = waiting
    for wrong in ("", "guessed", token[:-1]):
        assert (await bring(space, record.id, wrong, b"x")).status == 401
    assert (await bring(space, "another transfer", token, b"x")).status == 401
    await space.peer.transfers.suspend(record.id, "a pause")
    await over(space, record, "SUSPENDED")
    paused = await bring(space, record.id, token, b"x")
    assert (paused.status, decode(paused.body)["code"]) == (403, "push/closed")
    await space.peer.transfers.terminate(record.id, "enough")
    await over(space, record, "TERMINATED")
    assert (await bring(space, record.id, token, b"x")).status in (401, 403)
    assert await received(space, record.id) == []


async def test_what_arrives_twice_is_one_item_and_what_is_not_what_it_says_is_none(
    space: Space, waiting: tuple[Transfer, str]
) -> None:
    record, token = waiting
    answers = [await bring(space, record.id, token, b"pack") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    other = content_digest_header(b"other bytes")
    wrong = await bring(space, record.id, token, b"pack", **{"Content-Digest": other})
    assert (wrong.status, decode(wrong.body)["code"]) == (400, "push/digest")
    [item] = await received(space, record.id)
    assert (item.path, item.digest) == ("part", "sha256:" + hashlib.sha256(b"pack").hexdigest())
