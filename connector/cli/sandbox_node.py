"""The node behind `ionport sandbox`: its folder, what it offers, and whom it gives credentials."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from connector import settings
from connector.adapters.library import FolderLibrary
from connector.cli import nodes, screen
from connector.dcp.credentials import subject_of
from connector.notation.exact_json import decode
from connector.notation.problems import Problem
from connector.ports import Transaction
from connector.records.offers import (
    ASSETS,
    CONTRACT_DEFINITIONS,
    POLICY_DEFINITIONS,
    Asset,
    ContractDefinition,
    PolicyDefinition,
)
from connector.services.sandbox import NEGOTIATIONS, TRANSFERS, behave
from connector.settings import FILE_NAME, Settings

if TYPE_CHECKING:
    from connector.node import Node

CREDENTIALS: Final = ("MembershipCredential", "BpnCredential", "DataExchangeGovernanceCredential")
BPN: Final = "BPNL00000000SAND"
_POLICIES: Final = {"sandbox-access": "access/members.json", "sandbox-usage": "usage/battery-passport.json"}


def made(folder: Path) -> Settings:
    """The settings of the sandbox in `folder`, which is made if it is not there."""
    if (folder / FILE_NAME).exists():
        return settings.load(folder)
    return nodes.init(folder, name="sandbox", bpn=BPN, is_issuer=True)


def told(made: Settings) -> dict[str, Any]:
    """Where the sandbox is and what its datasets do."""
    does = {name: how[1] for name, how in {**NEGOTIATIONS, **TRANSFERS}.items()}
    return {
        "did": made.node.did,
        "protocol": made.dsp_url,
        "management": made.management.url,
        "key": str(made.folder / "admin.key"),
        "datasets": [{"id": name, "does": said} for name, said in does.items()],
    }


def run(made: Settings, partners: dict[str, str]) -> None:
    """Live until SIGINT or SIGTERM."""
    import uvloop

    from connector.logs import configure

    configure("warning")
    uvloop.run(_live(made, partners))


async def _live(made: Settings, partners: dict[str, str]) -> None:
    from connector.node import Node

    node = Node(made, behaviour=behave)
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    try:
        await node.start()
        await node.store.write(lambda tx: offer(tx, f"{made.public.url}/sandbox/did.json"))
        await certify(node, {made.node.did: BPN, **partners})
        nodes.tell_supervisor("READY=1")
        screen.show_progress("ready; Ctrl-C ends it")
        await ended.wait()
    finally:
        await node.stop()


def offer(tx: Transaction, base: str) -> None:
    """Put every dataset on offer, as the library's ready policies have it."""
    library = FolderLibrary()
    for name, path in _POLICIES.items():
        policy = decode(library.text(f"policies/{path}"))
        tx.put(POLICY_DEFINITIONS, PolicyDefinition(id=name, policy=policy, created_at=tx.now))
    for dataset in (*NEGOTIATIONS, *TRANSFERS):
        properties = {"http://purl.org/dc/terms/title": dataset}
        address = {"type": "HttpData", "baseUrl": base}
        tx.put(ASSETS, Asset(id=dataset, properties=properties, data_address=address, created_at=tx.now))
        definition = ContractDefinition(
            id=f"definition of {dataset}",
            access_policy_id="sandbox-access",
            contract_policy_id="sandbox-usage",
            selector=[{"operandLeft": "id", "operator": "=", "operandRight": dataset}],
            created_at=tx.now,
        )
        tx.put(CONTRACT_DEFINITIONS, definition)


async def certify(node: Node, holders: dict[str, str]) -> None:
    """Give credentials to those who have none of this issuer; one who cannot be reached is named."""
    assert node.issuer is not None
    for did, bpn in holders.items():
        if any(one.revoked_at is None for one in await node.issuer.issued(holder=did)):
            continue
        issued = [
            await node.issuer.issue(kind, did, subject_of(kind, bpn=bpn), actor="sandbox") for kind in CREDENTIALS
        ]
        try:
            await node.issuer.deliver(issued)
        except Problem as problem:
            screen.show_progress(f"credentials for {did} could not be brought: {problem.detail} [{problem.code}]")
            for one in issued:
                await node.issuer.revoke(one.id, actor="sandbox")
