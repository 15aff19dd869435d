"""Real nodes that exchange footprints, and can be given a new life in the middle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.node import Node
from connector.notation.exact_json import decode
from connector.records.offers import POLICY_DEFINITIONS, PolicyDefinition
from tests.connector.nodes import MAKER_BPN, PEER_BPN, certify, settings_of


@dataclass
class Parties:
    """The anchor and two members; `restart` gives one of them a new life on the same folder."""

    anchor: Any
    maker: Any
    peer: Any

    async def restart(self, name: str) -> None:
        await getattr(self, name).stop()
        await self.revive(name)

    async def revive(self, name: str) -> None:
        node = Node(getattr(self, name).settings)
        await node.start()
        setattr(self, name, node)


@asynccontextmanager
async def parties(folder: Path, peer: Any = None) -> AsyncIterator[Parties]:
    """Anchor, maker and peer (with tables for its settings), certified; all are stopped at the end."""
    anchor = Node(settings_of("anchor", folder, tables={"issuer": {}}))
    trusted = [anchor.settings.node.did]
    made = Parties(
        anchor,
        Node(settings_of("maker", folder, bpn=MAKER_BPN, trusted=trusted)),
        Node(settings_of("peer", folder, bpn=PEER_BPN, trusted=trusted, tables=peer)),
    )
    for node in (made.anchor, made.maker, made.peer):
        await node.start()
    try:
        for node in (made.maker, made.peer):
            await certify(anchor, node)
        yield made
    finally:
        for node in (made.maker, made.peer, made.anchor):
            await node.stop()


async def add_policies(node: Any, partner_bpn: str) -> None:
    """The library's policies for footprints: `partners` (access) and `footprint-use`."""
    access = node.library.text("policies/access/partners.template.json").replace("{{bpnl}}", partner_bpn)
    usage = node.library.text("policies/usage/pcf.json")
    now = node.clock.now()

    def put(tx: Any) -> None:
        for name, text in (("partners", access), ("footprint-use", usage)):
            tx.put(POLICY_DEFINITIONS, PolicyDefinition(id=name, policy=decode(text), created_at=now))

    await node.store.write(put)
