"""Connections on which nothing is asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import nodes
import pytest
from aiohttp import web

from connector.web import doorstep

PATIENCE = 0.2


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def late(_: web.Request) -> web.Response:
        await asyncio.sleep(4 * PATIENCE)
        return web.Response(text="late")

    app = web.Application()
    app.router.add_post("/late", late)
    free = nodes.free_port()
    runner = await doorstep.opened(app, ["127.0.0.1"], free, patience=PATIENCE)
    yield free
    await runner.cleanup()


@pytest.mark.parametrize("said", [b"", b"POST /late HT", b"POST /late HTTP/1.1\r\nHost: x\r\nX-A: b"])
async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(port: int, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()


async def test_a_request_that_takes_long_is_answered_and_its_connection_serves_again(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        async with asyncio.timeout(20):
            assert b"200" in await reader.readline()
            await reader.readuntil(b"late")
        await asyncio.sleep(2 * PATIENCE)
    writer.close()
