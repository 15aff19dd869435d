"""Listening, and who opens a connection and never says what for: such connections are closed before they pile up.

aiohttp closes a connection that is idle between two requests by itself, and a body has its own time; nothing watches
over the head of the first request.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

HEAD_PATIENCE: Final = 20.0
"""Seconds in which the head of the first request has to be there."""


async def opened(
    app: web.Application,
    addresses: Sequence[str],
    port: int,
    secured: ssl.SSLContext | None = None,
    patience: float = HEAD_PATIENCE,
) -> web.AppRunner:
    """`app`, listening. Raises OSError where an address cannot be bound."""
    watching: list[asyncio.Task[None]] = []

    async def end(_: web.Application) -> None:
        for task in watching:
            task.cancel()

    app.on_cleanup.append(end)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    assert runner.server is not None
    watching.append(asyncio.get_running_loop().create_task(watch(runner.server, patience)))
    try:
        for address in addresses:
            await web.TCPSite(runner, address, port, ssl_context=secured, reuse_address=True).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner


async def watch(server: web.Server, patience: float) -> None:
    """Close, until cancelled, what has not sent the head of a first request within `patience` seconds."""
    since: dict[RequestHandler, float] = {}
    while True:
        await asyncio.sleep(patience / 4)
        now = time.monotonic()
        since = {each: since.get(each, now) for each in server.connections if _has_said_nothing(each)}
        for silent in [each for each, began in since.items() if now - began >= patience]:
            if silent.transport is not None:
                silent.transport.abort()


def _has_said_nothing(connection: RequestHandler) -> bool:
    return connection._request_count == 0
