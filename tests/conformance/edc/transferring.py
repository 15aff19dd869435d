"""Transfers by pull: bytes compared with their source, paused and resumed with a new token, ended, by each side."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from tests.conformance.edc.connectors import TRANSFERS, Connector, refusal
from tests.conformance.edc.world import World

LARGE: Final = 8_000_000
"""Bytes of a pull that comes in many pieces."""


async def pulled(world: World) -> None:
    """Each pulls from the other: 2 KB and 8 MB, the same bytes as at their source."""
    for consumer, provider in world.ways:
        own_pid = await started(consumer, provider)
        for path in ("", "2048", str(LARGE)):
            whole = f"/shared/{path}".rstrip("/")
            got = await consumer.pull(own_pid, path)
            assert got == world.backend.content(whole), f"{consumer.name} got other bytes for {whole!r}"


async def started(consumer: Connector, provider: Connector, name: str = "shared") -> str:
    """A transfer that is STARTED at both ends; the consumer's id of it."""
    own_pid = await consumer.transfer(provider, await consumer.agree(provider, name))
    await consumer.settled(TRANSFERS, own_pid, "STARTED")
    other_pid = await provider.counterpart(TRANSFERS, own_pid)
    await provider.settled(TRANSFERS, other_pid, "STARTED")
    return own_pid


async def paused_by_the_consumer(world: World) -> None:
    """Suspended by the consumer: the token is void at once; resumed by it: a new one works. Both ways."""
    for consumer, provider in world.ways:
        await _paused(world, consumer, provider, by_consumer=True)


async def paused_by_the_provider(world: World) -> None:
    """Suspended by the provider: the token is void at once; resumed by it: a new one works. Both ways."""
    for consumer, provider in world.ways:
        await _paused(world, consumer, provider, by_consumer=False)


async def _paused(world: World, consumer: Connector, provider: Connector, *, by_consumer: bool) -> None:
    own_pid = await started(consumer, provider)
    other_pid = await provider.counterpart(TRANSFERS, own_pid)
    before = await consumer.address(own_pid)
    who, pid = (consumer, own_pid) if by_consumer else (provider, other_pid)
    await who.command(TRANSFERS, pid, "suspend", "a pause")
    await consumer.settled(TRANSFERS, own_pid, "SUSPENDED")
    await provider.settled(TRANSFERS, other_pid, "SUSPENDED")
    await _is_void(consumer, before, "a suspended transfer")
    await who.command(TRANSFERS, pid, "resume")
    after = await _renewed(consumer, own_pid, before)
    for connector, own in ((consumer, own_pid), (provider, other_pid)):
        await connector.settled(TRANSFERS, own, "STARTED")
    assert await consumer.fetch(after) == world.backend.content("/shared"), "the new token brings other bytes"
    await _is_void(consumer, before, "a resumed transfer, with its first token,")


async def _renewed(consumer: Connector, own_pid: str, before: dict[str, Any]) -> dict[str, Any]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        after = await consumer.address(own_pid)
        if after.get("authorization") not in (None, before["authorization"]):
            return after
        await asyncio.sleep(0.05)
    raise AssertionError(f"{consumer.name} has no new token after the resumption")


async def _is_void(consumer: Connector, address: dict[str, Any], what: str) -> None:
    try:
        told = await refusal(consumer.fetch(address))
    except AssertionError:
        raise AssertionError(f"{what} still gives out bytes") from None
    assert told.status in (401, 403), told


async def ended_by_the_consumer(world: World) -> None:
    """Terminated by the consumer: TERMINATED at both ends, the token is void. Both ways."""
    for consumer, provider in world.ways:
        await _ended(consumer, provider, by_consumer=True)


async def ended_by_the_provider(world: World) -> None:
    """Terminated by the provider: TERMINATED at both ends, the token is void. Both ways."""
    for consumer, provider in world.ways:
        await _ended(consumer, provider, by_consumer=False)


async def _ended(consumer: Connector, provider: Connector, *, by_consumer: bool) -> None:
    own_pid = await started(consumer, provider)
    other_pid = await provider.counterpart(TRANSFERS, own_pid)
    before = await consumer.address(own_pid)
    who, pid = (consumer, own_pid) if by_consumer else (provider, other_pid)
    await who.command(TRANSFERS, pid, "terminate", "enough")
    for connector, own in ((consumer, own_pid), (provider, other_pid)):
        await connector.settled(TRANSFERS, own, "TERMINATED", "DEPROVISIONING", "DEPROVISIONED")
    await _is_void(consumer, before, "a terminated transfer")


async def completed(world: World) -> None:
    """This node completes, as consumer and as provider: COMPLETED at both ends, the token is void."""
    for consumer, provider in world.ways:
        own_pid = await started(consumer, provider)
        other_pid = await provider.counterpart(TRANSFERS, own_pid)
        before = await consumer.address(own_pid)
        ours = own_pid if consumer is world.ours else other_pid
        await world.ours.call("POST", f"/api/transfers/{ours}/complete")
        for connector, own in ((consumer, own_pid), (provider, other_pid)):
            await connector.settled(TRANSFERS, own, "COMPLETED", "DEPROVISIONING", "DEPROVISIONED")
        await _is_void(consumer, before, "a completed transfer")


async def foreign_format(world: World) -> None:
    """EDC asks this node for a push to S3, which this node has no store for: TERMINATED at EDC, with the reason."""
    agreement = await world.theirs.agree(world.ours, "shared")
    destination = {"type": "AmazonS3", "region": "eu", "bucketName": "none", "objectName": "none"}
    own_pid = await world.theirs.transfer(world.ours, agreement, "AmazonS3-PUSH", dataDestination=destination)
    record = await world.theirs.settled(TRANSFERS, own_pid, "TERMINATED")
    assert "AmazonS3-PUSH" in str(record.get("errorDetail")), record
