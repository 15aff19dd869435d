"""Real nodes that exchange footprints, and can be given a new life in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector.node import Node
from connector.notation.exact_json import decode
from connector.pcf.catena_x import version_9
from connector.pcf.footprint import Assumptions, Footprint
from connector.pcf.identifiers import part_urn
from connector.records.offers import POLICY_DEFINITIONS, PolicyDefinition
from connector.services.trades.links import assumed_values
from tests.connector.nodes import MAKER_BPN, PEER_BPN, certify, settings_of
from tests.connector.region_rig import ASSUMPTIONS

PACK = "PACK-77"
LONG = Decimal("0.10000000000000000555")


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


async def eventually(look: Any, holds: Any = bool, patience: float = 10.0) -> Any:
    """What `look` gives once it `holds`."""
    for _ in range(int(patience / 0.05)):
        found = await look()
        if holds(found):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {found!r}")


def document(total: Decimal = LONG, part: str = PACK, id_: str = "7") -> dict[str, Any]:
    """A footprint of one piece; `id_` is the end of its id."""
    footprint = Footprint(
        id=f"3893bb5d-da16-4dc1-9185-11d97476c25{id_}",
        created="2026-01-01T00:00:00Z",
        company_name="Pack Works",
        company_ids=(f"urn:bpn:id:{MAKER_BPN}",),
        product_name="Pack",
        product_ids=(part_urn(MAKER_BPN, part),),
        declared_unit="piece",
        declared_amount=Decimal(1),
        total_excluding=total,
    )
    made: dict[str, Any] = version_9.write(
        footprint, assumptions=Assumptions(assumed_values(ASSUMPTIONS), "test")
    ).document
    return made


def total_of(stated: Any) -> Any:
    stage = stated["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]
    return stage["pcfExcludingBiogenicUptake"]
