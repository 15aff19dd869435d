"""Pulls through a data plane: small ones a second, a large one in MB a second, and what memory it takes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import web

from tests.benchmarks import load, machine
from tests.benchmarks.dsp.work import Pair
from tests.conformance.ports import free_port

SMALL: Final = 2048
PIECE: Final = b"x" * (256 * 1024)


@contextlib.asynccontextmanager
async def source() -> AsyncIterator[str]:
    """The address of a back end in a process of its own: below it stand as many bytes as the last step says."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(_PYTHON, "-m", __name__, str(port))
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/data"
    finally:
        process.terminate()
        await process.wait()


async def measured(pair: Pair, transfer: str, *, seconds: float, large: int) -> dict[str, Any]:
    """Requests a second for 2 KB over 8 connections; MB a second for the large one, the provider's memory around it."""
    address = await pair.consumer.address(transfer)
    headers = {"Authorization": address["authorization"]}
    url = address["endpoint"].rstrip("/")
    await asyncio.to_thread(load.run, f"{url}/{SMALL}", headers, seconds=min(2.0, seconds))
    small = await asyncio.to_thread(load.run, f"{url}/{SMALL}", headers, seconds=seconds)
    before, peak, start, got = machine.resident_mib(pair.pids[1]), 0.0, time.perf_counter(), 0
    async with pair.consumer.session.get(f"{url}/{large}", headers=headers) as answer:
        async for piece in answer.content.iter_chunked(1 << 20):
            got += len(piece)
            peak = max(peak, machine.resident_mib(pair.pids[1]))
    spent = time.perf_counter() - start
    assert got == large, f"{got} of {large} bytes came"
    return {
        "2 KB, per second": round(small.per_second, 1),
        "2 KB, p99 ms": round(small.p99, 1),
        f"{large // 1_000_000} MB, MB per second": round(large / 1e6 / spent, 1),
        "memory before, MiB": round(before, 1),
        "memory at most, MiB": round(peak, 1),
    }


async def _serve(request: web.Request) -> web.StreamResponse:
    last = request.path.rpartition("/")[2]
    size = int(last) if last.isdigit() else SMALL
    if size <= len(PIECE):
        return web.Response(body=PIECE[:size])
    response = web.StreamResponse()
    response.content_length = size
    await response.prepare(request)
    while size > 0:
        await response.write(PIECE[:size])
        size -= len(PIECE)
    return response


if __name__ == "__main__":
    import sys

    app = web.Application()
    app.router.add_get("/{path:.*}", _serve)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
else:
    import sys

    _PYTHON: Final = sys.executable
