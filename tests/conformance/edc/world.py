"""The world of a run: an EDC, a node of ours, a back end that holds the bytes of both and receives what is pushed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from connector import logs
from connector.node import Node
from connector.services.exchange.behaviour import WAIT, Occasion, Step
from connector.settings import Settings, read
from tests.conformance.edc import runtime
from tests.conformance.edc.connectors import Connector
from tests.conformance.ports import free_port

OURS: Final = "ionport"
THEIRS: Final = "partner"
LOOPBACK: Final = ["127.0.0.0/8", "::1/128"]


@dataclass
class Backend:
    """A web server of a participant: bytes that follow from their path, and what was sent to it."""

    url: str = ""
    received: dict[str, list[bytes]] = field(default_factory=dict)
    """By path, each body as it arrived."""
    headers: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    @staticmethod
    def content(path: str) -> bytes:
        """The bytes at a path; its last part may say how many, as `/x/5000000`."""
        last = path.rstrip("/").rpartition("/")[2]
        size = int(last) if last.isdigit() else 2048
        seed = hashlib.sha256(path.encode()).digest()
        return (seed * (size // len(seed) + 1))[:size]

    async def _serve(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(body=self.content(request.path), content_type="application/octet-stream")
        if request.path == "/refuses":
            return web.Response(status=403, text="not here")
        self.received.setdefault(request.path, []).append(await request.read())
        self.headers.setdefault(request.path, []).append(dict(request.headers))
        return web.Response()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Backend]:
        """Listen."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "localhost", port).start()
        self.url = f"http://localhost:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()


@dataclass(frozen=True, slots=True)
class World:
    """Who takes part."""

    ours: Connector
    theirs: Connector
    node: Node
    backend: Backend
    edc: runtime.Runtime

    @property
    def ways(self) -> tuple[tuple[Connector, Connector], tuple[Connector, Connector]]:
        """(consumer, provider), both ways."""
        return (self.ours, self.theirs), (self.theirs, self.ours)


@contextlib.asynccontextmanager
async def opened(folder: Path, log_level: str = "error") -> AsyncIterator[World]:
    """Both participants ready, until the block ends."""
    logs.configure(log_level)
    connector = TCPConnector(limit=40)
    async with (
        ClientSession(connector=connector, timeout=ClientTimeout(total=300)) as session,
        Backend().running() as backend,
        runtime.running(THEIRS, folder / "edc") as edc,
        _node(folder / "ionport", log_level) as node,
    ):
        key = await node.keys.create("conformance", "admin", actor="conformance")
        ours = Connector(OURS, f"{node.settings.management.url}/management", node.settings.dsp_url, session, key)
        yield World(ours, Connector(THEIRS, edc.management, edc.protocol, session), node, backend, edc)


@contextlib.asynccontextmanager
async def _node(folder: Path, log_level: str) -> AsyncIterator[Node]:
    node = Node(settings_in(folder, log_level), behaviour=by_name)
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


def settings_in(folder: Path, log_level: str = "error") -> Settings:
    """The configuration: a name as EDC's mock identity has it, no rate limit worth the name."""
    folder.mkdir(parents=True, exist_ok=True)
    return read(
        {
            "node": {"name": "tested", "did": OURS, "log_level": log_level},
            "public": {"port": free_port()},
            "management": {"port": free_port()},
            "identity": {"unsafe_mock_identity": True},
            "egress": {
                "schemes": ["https", "http"],
                "private": LOOPBACK,
                "backend_schemes": ["https", "http"],
                "backend_private": LOOPBACK,
            },
            "limits": {"requests_per_second": 100_000.0, "burst": 100_000},
            "folder": folder,
        }
    )


def by_name(occasion: Occasion) -> Step:
    """The node's rule, but for datasets whose name says that something else shall happen.

    `wait-for-<kind>` leaves a process to a person after a message of that kind; `offer` answers a request with one.
    """
    name = occasion.record.dataset_id
    if name.startswith(f"wait-for-{occasion.kind}"):
        return WAIT
    if name.startswith("offer") and occasion.kind == "request" and not occasion.is_own:
        return Step("offer")
    return occasion.proposed


def address(backend: Backend, name: str) -> dict[str, Any]:
    """The data address of an asset of that name: everything below it is let through."""
    return {"baseUrl": f"{backend.url}/{name}", "proxyPath": "true"}
