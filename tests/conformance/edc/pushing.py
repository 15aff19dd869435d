"""Transfers by push, both ways: into the receiving end of the one who asked, the bytes compared with their source."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import Final

from tests.conformance.edc.connectors import TRANSFERS, Connector
from tests.conformance.edc.world import World

PUSH: Final = "HttpData-PUSH"
OVER: Final = ("COMPLETED", "DEPROVISIONING", "DEPROVISIONED")


async def into_our_inventory(world: World) -> None:
    """EDC pushes to this node, which keeps the bytes in its inventory under their digest: COMPLETED at both ends."""
    own_pid = await _asked(world.ours, world.theirs)
    found = await world.ours.call("GET", "/api/inventory")
    item = next(each for each in found if each["transferId"] == own_pid)
    wanted = world.backend.content("/shared")
    assert item["digest"] == "sha256:" + hashlib.sha256(wanted).hexdigest(), item
    got = await world.ours.call("GET", f"/api/inventory/{item['id']}/content")
    assert got == wanted, "the inventory gives out other bytes"


async def to_our_back_end(world: World) -> None:
    """EDC pushes to an address that this node names for its user, with the header that goes with it."""
    destination = {
        "type": "HttpData",
        "baseUrl": f"{world.backend.url}/at-ours",
        "authKey": "X-Own",
        "authCode": "open",
    }
    await _asked(world.ours, world.theirs, destination)
    await _arrived(world, "/at-ours", {"X-Own": "open"})


async def to_edcs_back_end(world: World) -> None:
    """This node pushes to the address that EDC names: the same bytes, COMPLETED at both ends."""
    await _asked(world.theirs, world.ours, {"type": "HttpData", "baseUrl": f"{world.backend.url}/at-edc"})
    await _arrived(world, "/at-edc", {})


async def refused_at_the_end(world: World) -> None:
    """The receiving end that EDC names refuses what this node pushes: TERMINATED at both ends."""
    destination = {"type": "HttpData", "baseUrl": f"{world.backend.url}/refuses"}
    agreement = await world.theirs.agree(world.ours, "shared")
    own_pid = await world.theirs.transfer(world.ours, agreement, PUSH, dataDestination=destination)
    other_pid = await world.ours.counterpart(TRANSFERS, own_pid)
    for connector, pid in ((world.ours, other_pid), (world.theirs, own_pid)):
        record = await connector.settled(TRANSFERS, pid, "TERMINATED")
        assert connector.is_edc or "403" in record["errorDetail"], record  # EDC keeps no reason here


async def _asked(consumer: Connector, provider: Connector, destination: dict[str, str] | None = None) -> str:
    agreement = await consumer.agree(provider, "shared")
    more = {"dataDestination": destination} if destination else {}
    own_pid = await consumer.transfer(provider, agreement, PUSH, **more)
    other_pid = await provider.counterpart(TRANSFERS, own_pid)
    for connector, pid in ((consumer, own_pid), (provider, other_pid)):
        await connector.settled(TRANSFERS, pid, *OVER)
    return own_pid


async def _arrived(world: World, path: str, headers: dict[str, str]) -> None:
    """What came to a path of the back end, once, is what the source holds."""
    end = time.monotonic() + 30
    while path not in world.backend.received and time.monotonic() < end:  # noqa: ASYNC110 - a request fills it
        await asyncio.sleep(0.05)
    wanted, came = world.backend.content("/shared"), world.backend.received.get(path, [])
    assert came, f"nothing came to {path}"  # EDC's data plane may bring the same twice
    assert all(body == wanted for body in came), f"{[len(body) for body in came]} bytes came, {len(wanted)} were meant"
    said = world.backend.headers[path][0]
    assert all(said.get(name) == value for name, value in headers.items()), said
