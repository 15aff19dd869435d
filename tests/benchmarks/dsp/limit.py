"""The bare limit of this machine: what a negotiation cannot do without, and nothing else.

Two processes exchange the four messages of a negotiation over kept-alive HTTP; each carries a fresh ES256 token that is
verified; each step is a durable row in SQLite (waiting ones share a commit) before the next message goes out. There is
no policy, no schema and no JSON-LD in it: a bound to compare with, not a design.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import queue
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, TCPConnector, web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conformance.ports import free_port

FOLLOWS: Final = {"request": "agreement", "agreement": "verification", "verification": "finalized"}
KEY: Final = ec.derive_private_key(12345, ec.SECP256R1())
ALGORITHM: Final = ec.ECDSA(hashes.SHA256())
BODY: Final = {"@type": "ContractRequestMessage", "permission": [{"action": "use"}], "padding": "x" * 500}


class _Rows:
    """Durable rows; those that wait share a commit."""

    def __init__(self, file: Path) -> None:
        self._waiting: queue.SimpleQueue[tuple[str, str, asyncio.Future[None]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._write, args=(file,), daemon=True).start()

    async def put(self, pid: str, state: str) -> None:
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting.put((pid, state, done))
        await done

    def _write(self, file: Path) -> None:
        db = sqlite3.connect(file, isolation_level=None)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        db.execute("create table step(pid text primary key, state text)")
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            db.execute("begin immediate")
            db.executemany("insert or replace into step values(?, ?)", [row[:2] for row in batch])
            db.execute("commit")
            with contextlib.suppress(RuntimeError):  # the loop is closed at the end of a run
                self._loop.call_soon_threadsafe(lambda rows=batch: [row[2].set_result(None) for row in rows])


class _Side:
    """One of the two."""

    def __init__(self, file: Path, peer: str) -> None:
        self._rows, self._peer = _Rows(file), peer
        self._client = ClientSession(connector=TCPConnector(limit=64))
        self._open: dict[str, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, kind: str, pid: str) -> None:
        await self._rows.put(pid, f"{kind}-ing")
        raw = json.dumps({**BODY, "pid": pid, "time": time.time()}).encode()
        token = KEY.sign(raw, ALGORITHM).hex()
        async with self._client.post(f"{self._peer}/{kind}", data=raw, headers={"Authorization": token}) as answer:
            assert answer.status == 200
        await self._rows.put(pid, kind)

    async def receive(self, request: web.Request) -> web.Response:
        raw, kind = await request.read(), request.match_info["kind"]
        with contextlib.suppress(InvalidSignature):
            KEY.public_key().verify(bytes.fromhex(request.headers["Authorization"]), raw, ALGORITHM)
        pid = json.loads(raw)["pid"]
        await self._rows.put(pid, kind)
        if kind in FOLLOWS:
            task = asyncio.create_task(self.send(FOLLOWS[kind], pid))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._open[pid].set_result(None)
        return web.Response()

    async def negotiate(self, number: int) -> None:
        pid = str(number)
        self._open[pid] = asyncio.get_running_loop().create_future()
        await self.send("request", pid)
        await self._open[pid]

    async def listen(self, port: int) -> None:
        app = web.Application()
        app.router.add_post("/{kind}", self.receive)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()

    async def close(self) -> None:
        await self._client.close()


def _provider(folder: str, own: int, other: int) -> None:
    async def live() -> None:
        await _Side(Path(folder) / "provider.sqlite", f"http://127.0.0.1:{other}").listen(own)
        await asyncio.Event().wait()

    asyncio.run(live())


async def measured(count: int = 60, crowds: tuple[int, ...] = (50, 200)) -> dict[str, float]:
    """Milliseconds one after the other, and finished a second at each crowd."""
    consumer, provider = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="ionport-limit-") as folder:
        process = multiprocessing.get_context("spawn").Process(target=_provider, args=(folder, provider, consumer))
        process.start()
        side = _Side(Path(folder) / "consumer.sqlite", f"http://127.0.0.1:{provider}")
        try:
            await side.listen(consumer)
            await _reachable(provider)
            for number in range(20):
                await side.negotiate(number)
            one = [await timed(lambda n=n: side.negotiate(1000 + n)) for n in range(count)]
            found = {"one after the other, ms": round(statistics.median(one) * 1000, 1)}
            for crowd in crowds:
                first = crowd * 1_000_000
                spent = await timed(lambda: _crowd(side, first, crowd))  # noqa: B023 - awaited at once
                found[f"{crowd} at once, per second"] = round(crowd / spent, 1)
            return found
        finally:
            await side.close()
            process.terminate()
            process.join()


async def _crowd(side: _Side, first: int, crowd: int) -> None:
    await asyncio.gather(*(side.negotiate(first + n) for n in range(crowd)))


async def _reachable(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("the other side of the bare limit did not start")


async def timed(work: Callable[[], Coroutine[Any, Any, Any]]) -> float:
    """Seconds that some work takes."""
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start
