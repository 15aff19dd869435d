"""Many exchanges at once: a hundred contracts, transfers and pulls each way, all under way together, none lost.

EDC itself loses about 1 % of what runs at once at 50 ms, with itself too: it acknowledges a message and then stores
the state of before over it. Such a loss is set aside where it can be proved: our end has the state, nothing of ours
waits any more, so EDC has taken every message; and only as many as EDC loses with itself.
"""

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
PATIENCE: Final = 120.0
"""Seconds until the last of them is through."""
OWN_LOSS: Final = 0.01
"""What EDC loses of negotiations with itself at 50 ms, measured."""


class LostByEdc(AssertionError):
    """EDC has acknowledged everything, and shows an earlier state."""


async def crowd(world: World) -> list[dict[str, str]]:
    """100 exchanges each way at once, catalog to bytes: none lost by this node, at neither end, every byte right."""
    start = time.monotonic()
    failed: list[Exception] = []
    for found in await asyncio.gather(*(_many(world, consumer, provider) for consumer, provider in world.ways)):
        failed += found
    aside = [each for each in failed if isinstance(each, LostByEdc)]
    if len(aside) > OWN_LOSS * 2 * MANY:
        aside = []
    lost = [f"{type(each).__name__} {each}" for each in failed if each not in aside]
    causes = Counter(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|:[0-9]+/", "...", why)[:300] for why in lost)
    assert not lost, f"{len(lost)} of {2 * MANY} were lost: {causes.most_common(6)}"
    print(f"         {2 * MANY} exchanges took {time.monotonic() - start:.1f} s, {len(aside)} of them lost by EDC")
    return [
        {"case": f"crowd: {each}", "why": "EDC acknowledged each message and kept the state before"} for each in aside
    ]


async def _many(world: World, consumer: Connector, provider: Connector) -> list[Exception]:
    offer = offers(await consumer.dataset(provider, "shared"))[0]

    tries = (_exchange(world, consumer, provider, offer) for _ in range(MANY))
    return [each for each in await asyncio.gather(*tries, return_exceptions=True) if isinstance(each, Exception)]


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
        said = f"{error}; at {provider.name}: {there['state']} {there.get('errorDetail', '')}"
        is_edcs = consumer.is_edc and there["state"] == state and not await _waiting(provider, kind, there["@id"])
        raise LostByEdc(said) if is_edcs else AssertionError(said) from None


async def _waiting(ours: Connector, kind: str, own_pid: str) -> list[object]:
    """Messages of our node that its partner has not acknowledged."""
    noun = "negotiations" if kind == NEGOTIATIONS else "transfers"
    found: list[object] = (await ours.call("GET", f"/api/{noun}/{own_pid}/timeline"))["waiting"]
    return found
