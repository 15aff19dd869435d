"""A retirement and the deletion after it, each side killed after each of its commits: nothing lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.records.contracts import CONTRACT_ENDS, DELETION_RECEIPTS, INVENTORY, ContractEnd
from connector.records.exchange import TRANSFERS
from tests.soak.crashes import Death, drop

pytestmark = pytest.mark.asyncio(loop_scope="module")
MOST = 20
"""More commits than a side makes in the whole of it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("crashes"))
    await nodes.offer_asset(space.maker, "pack")
    yield space
    await space.close()


async def fallen(space: Space, side: str, death: Death) -> None:
    """The dead side's next life."""
    await drop(death.node)
    death.node.endings._task = None
    setattr(space, side, await nodes.restarted(death.node))


async def retire(space: Space, side: str, death: Death, agreement_id: str) -> None:
    """Ask for it; where that died before it was kept, ask again."""
    asked = asyncio.ensure_future(space.maker.retirements.retire(agreement_id, "recalled", actor="test"))
    dying = asyncio.ensure_future(death.came.wait())
    await asyncio.wait((asked, dying), return_when=asyncio.FIRST_COMPLETED)
    dying.cancel()
    if not death.came.is_set():
        await asked
        return
    asked.cancel()
    with contextlib.suppress(BaseException):
        await asked
    await fallen(space, side, death)
    agreement = await nodes.agreement_of(space.maker, agreement_id)
    assert agreement is not None
    if agreement.ended_at is None:
        await space.maker.retirements.retire(agreement_id, "recalled", actor="test")


async def hurry(space: Space, agreement_id: str) -> None:
    """What waits for its next attempt is due now."""

    def due(tx: Any) -> None:
        timer = tx.get(CONTRACT_ENDS, agreement_id)
        if timer is not None and timer.attempts:
            tx.put(CONTRACT_ENDS, ContractEnd(id=timer.id, due=tx.now, attempts=1, is_to_tell=timer.is_to_tell))

    for node in (space.maker, space.peer):
        await node.store.write(due)
        node.endings._woken.set()


async def settled(space: Space, side: str, death: Death, agreement_id: str) -> None:
    """Until nothing is due on either side, with one new life in between where the side dies."""
    revived = getattr(space, side) is not death.node
    for _ in range(400):
        if death.came.is_set() and not revived:
            await fallen(space, side, death)
            revived = True
        if await is_settled(space, agreement_id, death if not revived else None):
            return
        await asyncio.sleep(0.02)
        if revived:
            await hurry(space, agreement_id)
    raise AssertionError(f"{agreement_id} is not settled after a death of {side} at {death.at}")


async def is_settled(space: Space, agreement_id: str, death: Death | None) -> bool:
    if death is not None and death.came.is_set():
        return False
    for node in (space.maker, space.peer):
        if death is not None and node is death.node and death.came.is_set():
            return False
        receipt = await node.store.read(lambda reader: reader.get(DELETION_RECEIPTS, agreement_id))
        timer = await node.store.read(lambda reader: reader.get(CONTRACT_ENDS, agreement_id))
        where = {"agreement_id": agreement_id, "state": "TERMINATED"}
        ended = await node.store.read(lambda reader: reader.count(TRANSFERS, where))  # noqa: B023
        if receipt is None or not receipt.jwt or timer is not None or ended != 1:
            return False
    return True


async def must_agree(space: Space, agreement_id: str, item: Any) -> None:
    maker, peer = space.maker, space.peer
    theirs, ours = [
        await node.store.read(lambda reader: reader.need(DELETION_RECEIPTS, agreement_id)) for node in (maker, peer)
    ]
    assert theirs.jwt == ours.jwt
    assert item.digest in ours.digests
    kept = await peer.store.read(lambda reader: reader.find(INVENTORY, {"agreement_id": agreement_id}))
    assert all(each.deleted_at is not None for each in kept)
    assert peer.content.open(item.digest) is None
    for node in (maker, peer):
        agreement = await nodes.agreement_of(node, agreement_id)
        assert agreement is not None
        assert agreement.ended_reason == "recalled"
        assert len(await nodes.audited(node, "agreement.retired", agreement_id)) == 1
    assert len(await nodes.audited(peer, "inventory.deleted", agreement_id)) == 1
    assert len(await nodes.audited(maker, "receipt.received", agreement_id)) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("side", ["maker", "peer"])
async def test_a_kill_after_every_commit(space: Space, side: str) -> None:
    deaths = 0
    for at in range(1, MOST):
        agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
        transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
        item = (await space.peer.inventory.pull(transfer.id)).item
        death = Death(getattr(space, side), at)
        await retire(space, side, death, agreement_id)
        await settled(space, side, death, agreement_id)
        getattr(space, side).store._on_commit = None
        await must_agree(space, agreement_id, item)
        if not death.came.is_set():
            break
        deaths += 1
    assert deaths >= 4, f"{side} died {deaths} times only"
