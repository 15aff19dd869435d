"""The work that is measured, the same for two nodes of ours and for two EDCs, by the consumer's management API."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import Any, Final

from tests.benchmarks import machine
from tests.benchmarks.dsp.limit import timed
from tests.conformance.edc.connectors import NEGOTIATIONS, TRANSFERS, Connector, offers

ASSET: Final = "measured"
GLANCE: Final = 0.002
"""Seconds between two looks at a process that is timed alone."""
LOST_AFTER: Final = 180.0
"""Seconds after which a negotiation of a crowd that is not final counts as lost."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A consumer and a provider, and their processes."""

    consumer: Connector
    provider: Connector
    pids: tuple[int, int]


async def contract(pair: Pair) -> str:
    """Catalog request to FINALIZED; the consumer's id of the negotiation."""
    await pair.consumer.catalog(pair.provider)
    own_pid = await pair.consumer.negotiate(pair.provider, ASSET)
    await _final(pair.consumer, NEGOTIATIONS, own_pid, "FINALIZED")
    return own_pid


async def transfer(pair: Pair, agreement: str) -> str:
    """Transfer request to the data address in hand."""
    own_pid = await pair.consumer.transfer(pair.provider, agreement)
    await _final(pair.consumer, TRANSFERS, own_pid, "STARTED")
    await pair.consumer.address(own_pid)
    return own_pid


async def _final(connector: Connector, kind: str, own_pid: str, wanted: str) -> None:
    """Ours tells when it is there, EDC is looked at again and again."""
    if not connector.is_edc:
        noun = "negotiations" if kind == NEGOTIATIONS else "transfers"
        found = await connector.call("GET", f"/api/{noun}/{own_pid}?wait=60")
        assert found["state"] == wanted, found
        return
    end = time.monotonic() + 60
    while (state := (await connector.call("GET", f"{kind}/{own_pid}/state"))["state"]) != wanted:
        assert state != "TERMINATED" and time.monotonic() < end, await connector.shown(kind, own_pid)  # noqa: PT018
        await asyncio.sleep(GLANCE)


async def one_by_one(pair: Pair, count: int) -> dict[str, Any]:
    """Medians, in milliseconds, of contracts and transfers one after the other; the last transfer's id."""
    for _ in range(min(count, 5)):
        await contract(pair)
    contracts, transfers, last = [], [], ""
    for _ in range(count):
        start = time.perf_counter()
        own_pid = await contract(pair)
        contracts.append(time.perf_counter() - start)
        agreement = (await pair.consumer.call("GET", f"{NEGOTIATIONS}/{own_pid}/agreement"))["@id"]
        start = time.perf_counter()
        last = await transfer(pair, agreement)
        transfers.append(time.perf_counter() - start)
    return {
        "catalog to FINALIZED, ms": _ms(contracts),
        "transfer request to EDR, ms": _ms(transfers),
        "transfer": last,
    }


def _ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


async def crowd(pair: Pair, size: int) -> dict[str, Any]:
    """Negotiations finished a second, how many were lost, CPU milliseconds of both processes for each."""
    offer = offers(await pair.consumer.dataset(pair.provider, ASSET))[0]
    before = sum(machine.cpu_ms(pid) for pid in pair.pids)
    ids: list[str] = []

    async def all_of_them() -> None:
        asked = (pair.consumer.negotiate(pair.provider, ASSET, offer) for _ in range(size))
        ids.extend(await asyncio.gather(*asked))
        await _all_final(pair.consumer, set(ids))

    spent = await timed(all_of_them)
    states = [(await pair.consumer.call("GET", f"{NEGOTIATIONS}/{own}/state"))["state"] for own in ids]
    used = sum(machine.cpu_ms(pid) for pid in pair.pids) - before
    return {
        "per second": round(size / spent, 1),
        "lost": sum(state != "FINALIZED" for state in states),
        "CPU ms each": round(used / size, 1),
    }


async def _all_final(connector: Connector, open_: set[str]) -> None:
    """Look at those that are not final yet, one after the other: the looks shall not be the load."""
    end = time.monotonic() + LOST_AFTER
    while open_ and time.monotonic() < end:
        for own_pid in list(open_):
            state = (await connector.call("GET", f"{NEGOTIATIONS}/{own_pid}/state"))["state"]
            if state not in ("FINALIZED", "TERMINATED"):
                break
            open_.discard(own_pid)
        await asyncio.sleep(0.01)
