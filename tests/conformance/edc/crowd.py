"""Many exchanges at once: a hundred contracts, transfers and pulls each way, all under way together, none lost."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter
from typing import Final

from tests.conformance.edc.connectors import NEGOTIATIONS, TRANSFERS, Connector, offers
from tests.conformance.edc.world import World

MANY: Final = int(os.environ.get("EDC_CROWD", "100"))
PATIENCE: Final = 240.0
"""Seconds until the last of them is through."""


async def crowd(world: World) -> None:
    """100 exchanges each way at once, catalog to bytes: none lost, at neither end, every byte right."""
    start = time.monotonic()
    lost: list[str] = []
    for found in await asyncio.gather(*(_many(world, consumer, provider) for consumer, provider in world.ways)):
        lost += found
    causes = Counter(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|:[0-9]+/", "...", why)[:300] for why in lost)
    assert not lost, f"{len(lost)} of {2 * MANY} were lost: {causes.most_common(6)}"
    print(f"         {2 * MANY} exchanges took {time.monotonic() - start:.1f} s")


async def _many(world: World, consumer: Connector, provider: Connector) -> list[str]:
    offer = offers(await consumer.dataset(provider, "shared"))[0]

    async def one() -> str:
        try:
            await _exchange(world, consumer, provider, offer)
        except Exception as error:
            return f"{consumer.name} from {provider.name}: {str(error) or type(error).__name__}"
        return ""

    return [why for why in await asyncio.gather(*(one() for _ in range(MANY))) if why]


async def _exchange(world: World, consumer: Connector, provider: Connector, offer: dict[str, object]) -> None:
    own_pid = await consumer.negotiate(provider, "shared", offer)
    await _settled(consumer, provider, NEGOTIATIONS, own_pid, "FINALIZED")
    agreement = (await consumer.call("GET", f"{NEGOTIATIONS}/{own_pid}/agreement"))["@id"]
    transfer = await consumer.transfer(provider, agreement)
    await _settled(consumer, provider, TRANSFERS, transfer, "STARTED")
    assert await consumer.pull(transfer) == world.backend.content("/shared"), "other bytes"
    for kind, pid, state in ((NEGOTIATIONS, own_pid, "FINALIZED"), (TRANSFERS, transfer, "STARTED")):
        await provider.settled(kind, await provider.counterpart(kind, pid), state, patience=PATIENCE)


async def _settled(consumer: Connector, provider: Connector, kind: str, own_pid: str, state: str) -> None:
    """As Connector.settled; where it fails, the provider's side of it is told too."""
    try:
        await consumer.settled(kind, own_pid, state, patience=PATIENCE)
    except AssertionError as error:
        there = await provider.shown(kind, await provider.counterpart(kind, own_pid))
        said = f"{there['state']} {there.get('errorDetail', '')}"
        raise AssertionError(f"{error}; at {provider.name}: {said}") from None
