"""The sandbox: a counterparty that does as the dataset says, tried with a real node."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio

from connector.cli import sandbox_node
from connector.node import Node
from connector.records.exchange import NEGOTIATIONS
from connector.services import sandbox
from connector.services.exchange.behaviour import Step
from connector.services.sandbox import behave

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Node, Node]]:
    folder = tmp_path_factory.mktemp("sandbox")
    box = Node(await asyncio.to_thread(sandbox_node.made, folder / "sandbox"), behaviour=behave)
    mine = Node(nodes.settings_of("mine", folder, bpn=nodes.PEER_BPN, trusted=[box.settings.node.did]))
    for node in (box, mine):
        await node.start()
    await box.store.write(lambda tx: sandbox_node.offer(tx, f"{box.settings.public.url}/sandbox/did.json"))
    partners = {box.settings.node.did: sandbox_node.BPN, mine.settings.node.did: nodes.PEER_BPN}
    for _ in range(2):
        await sandbox_node.certify(box, partners)
    yield box, mine
    for node in (mine, box):
        await node.stop()


async def asked(pair: tuple[Node, Node], dataset: str) -> Any:
    box, mine = pair
    return await nodes.ask(mine, box, await nodes.offer_of(mine, box, dataset))


async def test_every_dataset_is_offered_and_explained(pair: tuple[Node, Node]) -> None:
    box, mine = pair
    shown = await mine.partners.read_catalog(box.settings.node.did, nodes.protocol(box))
    assert {entry.id for entry in shown.datasets} == {one["id"] for one in sandbox_node.told(box.settings)["datasets"]}


async def test_it_accepts_and_its_data_can_be_pulled(pair: tuple[Node, Node]) -> None:
    box, mine = pair
    done = await nodes.agree(mine, box, "sandbox:accept")
    started = await nodes.start_transfer(mine, box, done.agreement_id)
    assert (await mine.inventory.pull(started.id)).item.size > 0


async def test_it_refuses_with_a_reason(pair: tuple[Node, Node]) -> None:
    record = await asked(pair, "sandbox:refuse")
    ended = await nodes.negotiated(pair[1], record.id, "TERMINATED")
    assert ended.code == "sandbox/refused"
    assert ended.reasons


async def test_it_delays(pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "DELAY", 300)
    record = await asked(pair, "sandbox:delay")
    provided = await nodes.provided(pair[0], record.id)
    assert provided.planned is not None
    await nodes.negotiated(pair[1], record.id, "FINALIZED")


async def test_it_counters_until_its_terms_are_accepted(pair: tuple[Node, Node]) -> None:
    mine = pair[1]
    record = await asked(pair, "sandbox:counter")
    offered = await nodes.negotiated(mine, record.id, "OFFERED")
    assert sandbox.COUNTERED in str(offered.offer)
    await mine.negotiations.decide(record.id, Step("accept"), actor="test")
    done = await nodes.negotiated(mine, record.id, "FINALIZED")
    agreement = await nodes.agreement_of(mine, done.agreement_id)
    assert agreement is not None
    assert sandbox.COUNTERED in str(agreement.policy)


async def test_it_stays_silent_until_a_person_decides(pair: tuple[Node, Node]) -> None:
    box, mine = pair
    record = await asked(pair, "sandbox:silent")
    provided = await nodes.provided(box, record.id)
    await asyncio.sleep(0.2)
    assert (await box.store.read(lambda reader: reader.need(NEGOTIATIONS, provided.id))).state == "REQUESTED"
    await box.negotiations.decide(provided.id, Step("agree"), actor="test")
    await nodes.negotiated(mine, record.id, "FINALIZED")


async def test_it_refuses_transfers(pair: tuple[Node, Node]) -> None:
    box, mine = pair
    done = await nodes.agree(mine, box, "sandbox:transfer-refuse")
    record = await mine.transfers.request(agreement_id=done.agreement_id, counterparty_address=nodes.protocol(box))
    ended = await nodes.transferred(mine, record.id, "TERMINATED")
    assert ended.code == "sandbox/refused"
