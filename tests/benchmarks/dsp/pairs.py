"""Two of each kind, with one dataset on offer: nodes of ours with credentials and durable stores, EDCs in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from connector.adapters.library import FolderLibrary
from connector.notation.exact_json import decode
from tests.benchmarks.dsp.work import ASSET, Pair
from tests.conformance.clients import world
from tests.conformance.edc import runtime
from tests.conformance.edc.connectors import CONTEXT, EDC, Connector

SETTLED: Final = {"IONPORT_LIMITS__REQUESTS_PER_SECOND": "1000000", "IONPORT_LIMITS__BURST": "1000000"}


@contextlib.asynccontextmanager
async def ours(folder: Path, source: str) -> AsyncIterator[Pair]:
    """Two nodes as processes, SQLite with every commit synced, DCP with a fresh signed token on each message."""
    opened = world.opened(folder, **SETTLED)
    parties = await asyncio.to_thread(opened.__enter__)
    try:
        async with _session() as session:
            sides = []
            for name in ("consumer", "provider"):
                party = parties[name]
                management = f"{party.settings.management.url}/management"
                sides.append(Connector(party.did, management, party.settings.dsp_url, session, party.target.key))
            await _offer_under_contract(sides[1], source)
            pids = [process.pid for name in ("consumer", "provider") if (process := parties[name].process)]
            yield Pair(sides[0], sides[1], (pids[0], pids[1]))
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def _offer_under_contract(provider: Connector, source: str) -> None:
    library = FolderLibrary()
    for name, file in (("access", "policies/access/members.json"), ("usage", "policies/usage/battery-passport.json")):
        policy = decode(library.text(file))
        await provider.call("POST", "/v3/policydefinitions", {"@context": CONTEXT, "@id": name, "policy": policy})
    asset = {"@id": ASSET, "properties": {}, "dataAddress": address(source)}
    await provider.call("POST", "/v3/assets", {"@context": CONTEXT, **asset})
    selector = [{"@type": "Criterion", "operandLeft": f"{EDC}id", "operator": "=", "operandRight": ASSET}]
    policies = {"accessPolicyId": "access", "contractPolicyId": "usage", "assetsSelector": selector}
    await provider.call("POST", "/v3/contractdefinitions", {"@context": CONTEXT, "@id": "measured", **policies})


@contextlib.asynccontextmanager
async def edcs(folder: Path, source: str, settings: Mapping[str, str]) -> AsyncIterator[Pair]:
    """Two EDCs, everything in memory, the mock identity."""
    async with (
        runtime.running("consumer", folder, settings, heap="1g") as first,
        runtime.running("provider", folder, settings, heap="1g") as second,
        _session() as session,
    ):
        consumer, provider = (Connector(one.name, one.management, one.protocol, session) for one in (first, second))
        await provider.offer(ASSET, address(source))
        yield Pair(consumer, provider, (first.pid, second.pid))


def address(source: str) -> dict[str, Any]:
    """The data address of the measured asset."""
    return {"type": "HttpData", "baseUrl": source, "proxyPath": "true"}


def _session() -> ClientSession:
    return ClientSession(connector=TCPConnector(limit=64), timeout=ClientTimeout(total=600))
