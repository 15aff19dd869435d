"""The run: shots in batches, and what must hold of every answer and after every batch."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from connector.notation.exact_json import decode
from connector.notation.problems import Problem
from connector.web.api import openapi
from tests.conformance.fuzz.shots import Draw, Shot
from tests.conformance.fuzz.world import World

BATCH: Final = 60
AT_ONCE: Final = 12
PATIENCE: Final = 60.0
"""Seconds after which a request hangs."""
SHARES: Final = {"stranger": 0.3, "data": 0.1, "partner": 0.35, "keys": 0.25}
"""What part of the shots is of which kind; in this order, so that nothing of our own moves while strangers try."""
_FAULTS: Final = (500, 502)
_PROBES: Final = 5


@dataclass
class Report:
    """What came of a run."""

    seed: int
    shots: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def fail(self, what: str, shot: Shot | None = None) -> None:
        """Note a failure with what it takes to see it again."""
        said = "" if shot is None else f": {shot.method} {shot.url[:200]} {shot.body[:300] if shot.body else b''!r}"
        self.failures.append(f"{what}{said}")


async def run(
    world: World,
    count: int,
    seed: int,
    log: Callable[[], str],
    tell: Callable[[str], None],
    *,
    seconds: float = 86_400.0,
) -> Report:
    """`count` shots; `log` gives all that was logged, `tell` hears how far it is. Each kind has its share of time."""
    report = Report(seed)
    described = {"api": openapi.document(_operations(world), version="0"), **_management(world)}
    draw = Draw(world, Random(seed), described)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        for kind, share in SHARES.items():
            left, end = max(1, round(count * share)), time.monotonic() + share * seconds
            while left > 0 and time.monotonic() < end:
                await _batch(world, draw, kind, min(BATCH, left), session, report)
                left -= BATCH
                tell(f"{sum(report.shots.values())} of {count}, {len(report.failures)} failures")
        await _slow(world, session, report)
    _search_log(world, log(), report)
    return report


def _operations(world: World) -> Any:
    from connector.doors import operations

    return operations(world.node)


def _management(world: World) -> dict[str, Any]:
    with contextlib.suppress(ImportError):
        from connector.web.management.described import document

        return {"management": document(version="0")}
    return {}


async def _batch(
    world: World, draw: Draw, kind: str, size: int, session: aiohttp.ClientSession, report: Report
) -> None:
    before = world.state()
    turn = asyncio.Semaphore(AT_ONCE)
    shots = [await draw.shot(kind) for _ in range(size)]

    async def one(shot: Shot) -> int:
        async with turn:
            return await _fired(shot, session, report)

    statuses = await asyncio.gather(*map(one, shots))
    report.shots[kind] += size
    report.statuses.update(statuses)
    taken = any(200 <= status < 300 and shot.method != "GET" for status, shot in zip(statuses, shots, strict=True))
    if kind in ("stranger", "data"):
        if world.state() != before:
            report.fail(f"{kind}s changed what the node keeps")
    elif kind == "partner" and not taken and report.statuses[201] == 0 and world.state() != before:
        report.fail("refused messages changed what the node keeps")


async def _fired(shot: Shot, session: aiohttp.ClientSession, report: Report) -> int:
    start = time.perf_counter()
    try:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        url = URL(shot.url, encoded=True)
        async with session.request(
            shot.method, url, headers=shot.headers, data=shot.body, timeout=timeout, allow_redirects=False
        ) as response:
            body = await response.read()
            _judge(shot, response.status, response.content_type, body, report)
            return response.status
    except TimeoutError:
        report.fail("no answer", shot)
    except (aiohttp.ClientError, ConnectionError, ValueError):
        return 0  # the node may close the connection of who sends what is no HTTP, or more than it reads
    finally:
        report.slowest = max(report.slowest, time.perf_counter() - start)
    return 0


def _judge(shot: Shot, status: int, media_type: str, body: bytes, report: Report) -> None:
    if status in _FAULTS:
        report.fail(f"answered {status}", shot)
    if b"Traceback" in body:
        report.fail("showed a traceback", shot)
    if shot.kind == "data" and 200 <= status < 300:
        report.fail(f"a token of another transfer was answered {status}", shot)
    if status >= 400 and "json" in media_type:
        with contextlib.suppress(Problem):
            decode(body)
            return
        report.fail(f"the error of a {status} is not JSON", shot)


async def _slow(world: World, session: aiohttp.ClientSession, report: Report) -> None:
    """Bodies that never end hold nobody else up."""
    address = urlsplit(world.node.settings.public.url)
    writers = []
    for number in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", address.port)
        head = f"POST /dsp/2025-1/catalog/request HTTP/1.1\r\nHost: {address.netloc}\r\n"
        length = "Content-Length: 100000" if number % 2 else "Transfer-Encoding: chunked"
        writer.write(f"{head}Content-Type: application/json\r\n{length}\r\n\r\n5\r\n{{".encode())
        writers.append(writer)
    for _ in range(_PROBES):
        start = time.perf_counter()
        async with session.get(f"{world.node.settings.public.url}/dsp/.well-known/dspace-version") as response:
            if response.status != 200 or time.perf_counter() - start > PATIENCE / 6:
                report.fail("slow bodies held up another request")
    for writer in writers:
        writer.close()
    report.shots["slow"] += len(writers)


def _search_log(world: World, log: str, report: Report) -> None:
    """No key, token or half of one stands in the log."""
    for secret in world.secrets:
        if secret in log or secret[-24:] in log:
            report.fail("a secret stands in the log")
    if "request failed" in log:
        report.fail(f"a fault was logged: {log[log.index('request failed') :][:1500]}")
