"""The node under test: the kit's datasets and agreements, its scripted behaviour, and the two triggers of the kit."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from connector import logs
from connector.dcp import mock
from connector.node import Node
from connector.notation.problems import Problem
from connector.ports import Transaction
from connector.records.exchange import AGREEMENTS, Agreement
from connector.records.offers import (
    ASSETS,
    CONTRACT_DEFINITIONS,
    POLICY_DEFINITIONS,
    Asset,
    ContractDefinition,
    PolicyDefinition,
)
from connector.settings import Settings, read
from tests.conformance.dsp.properties import ABSENT_DATASET, CATALOG_TESTS, DEFINITION, Target
from tests.conformance.dsp.script import SCRIPT, Scripted

PARTICIPANT: Final = "CONNECTOR_UNDER_TEST"
KIT: Final = "TCK_PARTICIPANT"
TRANSFERRED: Final = "ATP0101"
"""The dataset of every seeded agreement."""
RULES: Final = {"permission": [{"action": "use"}]}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_in(folder: Path, log_level: str) -> Settings:
    """The configuration: a name that is no DID, the mock identity, no rate limit worth the name."""
    folder.mkdir(parents=True, exist_ok=True)
    return read(
        {
            "node": {"name": "tested", "did": PARTICIPANT, "log_level": log_level},
            "public": {"port": free_port()},
            "egress": {"schemes": ["https", "http"], "private": ["127.0.0.0/8", "::1/128"]},
            "management": {"port": free_port()},
            "identity": {"unsafe_mock_identity": True},
            "limits": {"requests_per_second": 10_000.0, "burst": 10_000},
            "folder": folder,
        }
    )


@contextlib.asynccontextmanager
async def deployed(folder: Path, kit_port: int = 0, log_level: str = "warning") -> AsyncIterator[Target]:
    """The node with its triggers, ready; what the kit has to know of it."""
    settings = settings_in(folder, log_level)
    logs.configure(log_level)
    node = Node(settings, behaviour=Scripted())
    await node.store.write(seed)
    await node.start()
    triggers = web.AppRunner(trigger_app(node), access_log=None, shutdown_timeout=1.0)
    try:
        await triggers.setup()
        port = free_port()
        await web.TCPSite(triggers, "localhost", port).start()
        yield _target(node, f"http://localhost:{port}", kit_port or free_port())
    finally:
        await triggers.cleanup()
        await node.stop()


def _target(node: Node, triggers: str, kit_port: int) -> Target:
    return Target(
        participant=PARTICIPANT,
        protocol=node.settings.dsp_url,
        root=f"{node.settings.public.url}/dsp",
        authorization=mock.issue(KIT, PARTICIPANT),
        negotiation_trigger=f"{triggers}/negotiations",
        transfer_trigger=f"{triggers}/transfers",
        kit_port=kit_port,
    )


def seed(tx: Transaction) -> None:
    """Datasets on offer to everybody, and one agreement in force for each transfer of the kit."""
    now = datetime.now(UTC)
    datasets = [each for each in (*CATALOG_TESTS, *SCRIPT) if not each.startswith(("ATPC", "ACNC"))]
    for each in datasets:
        if each != ABSENT_DATASET:
            address = {"type": "HttpData", "baseUrl": "http://localhost:9/nothing"}
            tx.put(ASSETS, Asset(id=each, data_address=address, created_at=now))
    tx.put(POLICY_DEFINITIONS, PolicyDefinition(id="open", policy={"@type": "Set", **RULES}, created_at=now))
    definition = ContractDefinition(id=DEFINITION, access_policy_id="open", contract_policy_id="open", created_at=now)
    tx.put(CONTRACT_DEFINITIONS, definition)
    for each in SCRIPT:
        if each.startswith("ATP"):
            tx.put(AGREEMENTS, _agreement(each, now))


def _agreement(agreement_id: str, now: datetime) -> Agreement:
    is_ours = agreement_id.startswith("ATPC")
    return Agreement(
        id=agreement_id,
        negotiation_id=f"of {agreement_id}",
        role="consumer" if is_ours else "provider",
        consumer=PARTICIPANT if is_ours else KIT,
        provider=KIT if is_ours else PARTICIPANT,
        dataset_id=TRANSFERRED,
        policy=RULES,
        signed_at=now,
    )


def trigger_app(node: Node) -> web.Application:
    """Where the kit says that the node shall begin a negotiation or a transfer with it."""

    async def negotiate(request: web.Request) -> web.Response:
        asked: dict[str, Any] = await request.json()
        record = await node.negotiations.request(
            counterparty=asked["providerId"],
            counterparty_address=asked["connectorAddress"],
            offer={"@id": asked["offerId"], "@type": "Offer", "target": asked["datasetId"], **RULES},
        )
        return web.json_response({"id": record.id})

    async def transfer(request: web.Request) -> web.Response:
        asked: dict[str, Any] = await request.json()
        record = await node.transfers.request(
            agreement_id=asked["agreementId"], counterparty_address=asked["connectorAddress"], format_=asked["format"]
        )
        return web.json_response({"id": record.id})

    @web.middleware
    async def told(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await handler(request)
            return answer
        except (KeyError, json.JSONDecodeError, Problem) as error:
            return web.json_response({"error": str(error)}, status=400)

    app = web.Application(middlewares=[told])
    app.add_routes([web.post("/negotiations", negotiate), web.post("/transfers", transfer)])
    return app
