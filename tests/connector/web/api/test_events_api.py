"""Server-sent events and timelines of two real nodes: what a client sees that never polls."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.services.events import Events
from connector.services.feed import KEPT, Feed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("events"))
    await nodes.offer_asset(space.maker, "pack")
    yield space
    await space.close()


class Client:
    """A client of the peer's management listener."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self.session, self.url, self.headers = session, url, {"X-Api-Key": key}

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(self.url + path, headers=self.headers) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest_asyncio.fixture(loop_scope="module")
async def client(space: Space) -> AsyncIterator[Client]:
    key = await space.peer.keys.create(f"reader-{space.peer.clock.new_id()[:8]}", "reader", actor="test")
    async with aiohttp.ClientSession() as session:
        yield Client(session, space.peer.settings.management.url, key)


async def listened(answer: aiohttp.ClientResponse, last: str) -> list[tuple[str, str, Any]]:
    """(id, event, data) of what comes, up to the event named `last`."""
    found: list[tuple[str, str, Any]] = []
    block: dict[str, str] = {}
    async with asyncio.timeout(10):
        async for raw in answer.content:
            line = raw.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if line:
                block[name] = value
            elif "event" in block:
                found.append((block["id"], block["event"], json.loads(block["data"])))
                block = {}
                if found[-1][1] == last:
                    return found
            else:
                block = {}
    raise AssertionError(found)


async def test_a_negotiation_is_told_as_it_goes_and_again_to_who_comes_back(space: Space, client: Client) -> None:
    async with client.session.get(f"{client.url}/api/events?name=negotiation", headers=client.headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        done = await nodes.agree(space.peer, space.maker, "pack")
        told = await listened(answer, "negotiation.finalized")
    names = [name for _, name, _ in told]
    assert [name for name in names if name != "negotiation.requesting"][:1] == ["negotiation.requested"]
    assert names[-1] == "negotiation.finalized"
    assert {data["subject"] for _, _, data in told} == {done.id}
    assert told[-1][2]["agreementId"] == done.agreement_id
    headers = {**client.headers, "Last-Event-ID": told[0][0]}
    async with client.session.get(f"{client.url}/api/events?subject={done.id}", headers=headers) as answer:
        assert await listened(answer, "negotiation.finalized") == told[1:]


async def test_who_was_away_too_long_is_told_so(client: Client) -> None:
    for known in ("0-1", "nonsense", "\u00e9-\u0663"):
        headers = {**client.headers, "Last-Event-ID": known.encode().decode("latin-1")}
        async with client.session.get(f"{client.url}/api/events?name=transfer", headers=headers) as answer:
            told = await listened(answer, "feed.gap")
        assert len(told) == 1


async def test_no_key_no_events_and_no_unknown_filters(client: Client) -> None:
    async with client.session.get(f"{client.url}/api/events") as answer:
        assert answer.status == 401
    assert (await client.get("/api/events?colour=red"))[0] == 400


async def test_no_token_is_told(space: Space, client: Client) -> None:
    done = await nodes.agree(space.peer, space.maker, "pack")
    async with client.session.get(f"{client.url}/api/events?name=transfer", headers=client.headers) as answer:
        await space.peer.transfers.request(
            agreement_id=done.agreement_id, counterparty_address=nodes.protocol(space.maker)
        )
        told = await listened(answer, "transfer.started")
    assert "authorization" not in json.dumps(told)
    transfer_id = told[-1][2]["subject"]
    status, timeline = await client.get(f"/api/transfers/{transfer_id}/timeline")
    assert status == 200
    assert timeline["state"] == "STARTED"
    assert [(step["what"], step["message"], step["state"]) for step in timeline["steps"]] == [
        ("sent", "request", "REQUESTING"),
        ("received", "", "STARTED"),
    ]
    assert timeline["waiting"] == []


async def test_a_timeline_holds_messages_decisions_and_the_peers_reasons(space: Space, client: Client) -> None:
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    offer["permission"][0]["constraint"][0]["and"][1]["rightOperand"] = ["cx.pcf.base:1"]
    record = await nodes.ask(space.peer, space.maker, offer)
    ended = await nodes.negotiated(space.peer, record.id, "TERMINATED")
    status, timeline = await client.get(f"/api/negotiations/{record.id}/timeline")
    assert status == 200
    assert [step["what"] for step in timeline["steps"]] == ["sent", "received"]
    last = timeline["steps"][-1]
    assert last["actor"] == space.maker.settings.node.did
    assert last["code"] == "odrl/operand-differs"
    assert last["reasons"] == ended.reasons
    assert last["reasons"][0] in last["sentence"]
    assert (await client.get("/api/negotiations/nothing/timeline"))[0] == 404
    assert (await client.get("/api/transfers/nothing/timeline"))[0] == 404


class Frozen:
    """A clock for the feed."""

    def now(self) -> Any:
        from datetime import UTC, datetime

        return datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_listener_that_does_not_listen_is_let_go() -> None:
    events = Events()
    feed = Feed(events, Frozen())  # type: ignore[arg-type]
    stream = feed.listen(quiet=0.01)
    assert await anext(stream) is None
    for number in range(KEPT + 1):
        events.publish("passport.updated", str(number))
    async with asyncio.timeout(5):
        left = [told async for told in stream]
    assert len(left) < KEPT + 1
    assert not feed.is_full


async def test_stopping_the_feed_ends_every_stream() -> None:
    events = Events()
    feed = Feed(events, Frozen())  # type: ignore[arg-type]
    stream = feed.listen(quiet=5)
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    feed.stop()
    with pytest.raises(StopAsyncIteration):
        await waiting
