"""callbackAddresses: what is told, in which order, with which patience, and after a restart."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connector.adapters.system_clock import SystemClock
from connector.notation.problems import PeerFailed
from connector.ports import Answer
from connector.records.exchange import SUBSCRIPTIONS, TRANSFERS
from connector.services.events import Events
from connector.services.exchange.callbacks import Callbacks
from connector.services.locks import Locks
from tests.connector.web.management.test_management_processes import finalized, request_of, start, started

URI = "http://client.example/told"
PATH = "/v3/contractnegotiations"


def told(rig: Any, uri: str = URI) -> list[str]:
    return [body["type"] for _, url, body in rig.peer.requests if url == uri]


async def until_told(rig: Any, *types: str, uri: str = URI) -> None:
    for _ in range(300):
        if told(rig, uri) == list(types):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(told(rig, uri))


def callbacks(*events: str, uri: str = URI) -> dict[str, Any]:
    return {"callbackAddresses": [{"uri": uri, "events": list(events), "transactional": False}]}


NEGOTIATION = tuple(
    f"ContractNegotiation{name}" for name in ("Initiated", "Requested", "Agreed", "Verified", "Finalized")
)


async def negotiated(rig: Any, usage_policy: Any, **more: Any) -> tuple[str, str]:
    """As `finalized`, with more members in the request."""
    original = rig.ok

    async def asked(method: str, path: str, body: Any = None, **rest: Any) -> Any:
        is_request = path == PATH and method == "POST"
        return await original(method, path, {**body, **more} if is_request else body, **rest)

    rig.ok = asked
    try:
        return await finalized(rig, usage_policy)
    finally:
        rig.ok = original


async def offer_is_sent(rig: Any, own_pid: str) -> None:
    await rig.until(f"{PATH}/{own_pid}", "REQUESTED")


async def test_every_step_of_a_negotiation_is_told_in_its_order(rig: Any, usage_policy: Any) -> None:
    body = request_of(usage_policy, **callbacks("contract.negotiation", "transfer.process"))
    own_pid = (await rig.ok("POST", PATH, body))["@id"]
    await offer_is_sent(rig, own_pid)
    await until_told(rig, "ContractNegotiationInitiated", "ContractNegotiationRequested")
    envelope = next(body for _, url, body in rig.peer.requests if url == URI)
    assert set(envelope) == {"id", "at", "type", "payload"}
    assert envelope["payload"]["contractNegotiationId"] == own_pid
    assert envelope["payload"]["callbackAddresses"][0]["uri"] == URI
    shown = await rig.ok("GET", f"{PATH}/{own_pid}")
    assert shown["callbackAddresses"][0]["events"] == ["contract.negotiation", "transfer.process"]
    await rig.ok("POST", f"{PATH}/{own_pid}/terminate", {"reason": "no longer needed"})
    await until_told(
        rig, "ContractNegotiationInitiated", "ContractNegotiationRequested", "ContractNegotiationTerminated"
    )
    last = [body for _, url, body in rig.peer.requests if url == URI][-1]
    assert last["payload"]["reason"] == "no longer needed"
    await until_done(rig, own_pid)


async def until_done(rig: Any, own_pid: str) -> None:
    """The last event was taken, and nothing more will be told."""
    for _ in range(200):
        if (await rig.store.read(lambda reader: reader.need(SUBSCRIPTIONS, own_pid))).state == "done":
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{own_pid} still waits to tell something")


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        (["contract.negotiation.requested"], ["ContractNegotiationRequested"]),
        (["transfer.process"], []),
        ([], ["ContractNegotiationInitiated", "ContractNegotiationRequested"]),
    ],
)
async def test_only_what_was_asked_for_is_told(
    rig: Any, usage_policy: Any, events: list[str], wanted: list[str]
) -> None:
    own_pid = (await rig.ok("POST", PATH, request_of(usage_policy, **callbacks(*events))))["@id"]
    await offer_is_sent(rig, own_pid)
    await until_told(rig, *wanted)


async def test_a_started_transfer_brings_its_token_and_the_log_says_so(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    body = {"contractId": agreement_id, "transferType": "HttpData-PULL", **callbacks("transfer.process.started")}
    own_pid = (await rig.ok("POST", "/v3/transferprocesses", body))["@id"]
    await rig.until(f"/v3/transferprocesses/{own_pid}", "REQUESTED")
    await start(rig, own_pid, "token-7")
    await until_told(rig, "TransferProcessStarted")
    envelope = next(body for _, url, body in rig.peer.requests if url == URI)
    properties = envelope["payload"]["dataAddress"]["properties"]
    assert properties["https://w3id.org/edc/v0.0.1/ns/authorization"] == "token-7"
    for _ in range(100):
        entries = await rig.log.entries(limit=1000, subject=own_pid)
        if any(entry.event == "edr.handed-out" for entry in entries):
            break
        await asyncio.sleep(0.01)
    assert any(entry.event == "edr.handed-out" and entry.detail["address"] == URI for entry in entries)
    kept = await rig.store.read(lambda reader: reader.need(SUBSCRIPTIONS, own_pid))
    assert "token-7" not in str(kept)


async def test_what_fails_is_tried_again_in_order_and_then_given_up(rig: Any, usage_policy: Any) -> None:
    answers = [Answer(500), Answer(503)]
    send = rig.peer.send

    async def flaky(method: str, url: str, **more: Any) -> Answer:
        found = await send(method, url, **more)
        return answers.pop(0) if url == URI and answers else found

    rig.peer.send = flaky
    own_pid = (await rig.ok("POST", PATH, request_of(usage_policy, **callbacks("contract.negotiation"))))["@id"]
    first, second = NEGOTIATION[:2]
    await until_told(rig, first, first, first, second)
    ids = [body["id"] for _, url, body in rig.peer.requests if url == URI]
    assert len(set(ids[:3])) == 1

    async def dead(method: str, url: str, **more: Any) -> Answer:
        if url == URI:
            rig.peer.requests.append((method, url, {"type": "tried"}))
            raise PeerFailed("peer/unreachable", "nobody is there")
        return await send(method, url, **more)

    rig.peer.send = dead
    await rig.ok("POST", f"{PATH}/{own_pid}/terminate", {"reason": "x"})
    for _ in range(300):
        entries = await rig.log.entries(limit=1000, subject=own_pid)
        given_up = [entry for entry in entries if entry.event == "callback.given-up"]
        if given_up:
            break
        await asyncio.sleep(0.01)
    assert given_up[0].detail["attempts"] == 4
    assert given_up[0].detail["reason"] == "nobody is there"
    assert told(rig)[4:] == ["tried"] * 4


async def test_a_restart_tells_what_was_left_untold(rig: Any, usage_policy: Any) -> None:
    await rig.callbacks.stop()
    own_pid = (await rig.ok("POST", PATH, request_of(usage_policy, **callbacks("contract.negotiation"))))["@id"]
    await offer_is_sent(rig, own_pid)
    await rig.events.settle()
    assert told(rig) == []
    again = Callbacks(store=rig.store, transport=rig.peer, events=Events(), locks=Locks(), clock=SystemClock())
    await again.start()
    await until_told(rig, *NEGOTIATION[:2])
    await again.stop()


async def test_steps_that_a_crash_left_untold_are_told_before_the_one_that_is_seen(rig: Any, usage_policy: Any) -> None:
    own_pid, _ = await finalized(rig, usage_policy)
    address = {"uri": URI, "events": []}
    await rig.store.write(lambda tx: rig.callbacks.keep(tx, own_pid, "negotiation", [address]))
    again = Callbacks(store=rig.store, transport=rig.peer, events=Events(), locks=Locks(), clock=SystemClock())
    await again.start()
    await until_told(rig, *NEGOTIATION)
    await again.stop()


async def test_negotiate_and_transfer_in_one_tells_of_both(rig: Any, usage_policy: Any) -> None:
    body = request_of(usage_policy, **callbacks("contract.negotiation.finalized", "transfer.process"))
    original = rig.ok

    async def asked(method: str, path: str, said: Any = None, **more: Any) -> Any:
        return await original(method, path, body if path == "/v3/edrs" else said, **more)

    rig.ok = asked
    await finalized(rig, usage_policy, "/v3/edrs")
    await until_told(rig, "ContractNegotiationFinalized", "TransferProcessInitiated", "TransferProcessRequested")
    transfer = await rig.store.read(lambda reader: reader.one(TRANSFERS, {"role": "consumer"}))
    shown = await original("GET", f"/v3/transferprocesses/{transfer.id}")
    assert shown["callbackAddresses"][0]["uri"] == URI


async def test_a_transfer_tells_its_end(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    own_pid = await started(rig, agreement_id)
    address = {"uri": URI, "events": ["transfer.process.terminated"]}
    await rig.store.write(lambda tx: rig.callbacks.keep(tx, own_pid, "transfer", [address]))
    await rig.ok("POST", f"/v3/transferprocesses/{own_pid}/terminate", {"reason": "done"})
    await until_told(rig, "TransferProcessTerminated")
