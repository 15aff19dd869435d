"""What follows the end of a contract: transfers end, data are deleted, a signed receipt goes back, once and for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.dcp import jws
from connector.notation.problems import Invalid, Refused, Unknown
from connector.records.contracts import CONTRACT_ENDS, DELETION_RECEIPTS, INVENTORY

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("ends"))
    await nodes.offer_asset(space.maker, "pack")
    yield space
    await space.close()


def usage(*more: dict[str, Any]) -> dict[str, Any]:
    frame = nodes.constraint("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0")
    purpose = nodes.constraint("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1"])
    return nodes.rule("use", frame, purpose, *more)


def until(seconds: float) -> dict[str, Any]:
    end = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
    return nodes.constraint("DataUsageEndDate", "eq", end.isoformat().replace("+00:00", "Z"))


async def settled(node: Any, agreement_id: str) -> None:
    """Once nothing is due any more."""
    for _ in range(300):
        if await node.store.read(lambda reader: reader.get(CONTRACT_ENDS, agreement_id)) is None:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the end of the contract was not reached")


async def receipt(node: Any, agreement_id: str) -> Any:
    for _ in range(300):
        found = await node.store.read(lambda reader: reader.get(DELETION_RECEIPTS, agreement_id))
        if found is not None and found.jwt:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("there is no receipt")


async def held(space: Space, asset_id: str) -> tuple[Any, Any, str]:
    """A transfer with one pulled item, and what was made from it."""
    agreement_id = (await nodes.agree(space.peer, space.maker, asset_id)).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    item = (await space.peer.inventory.pull(transfer.id)).item
    await space.peer.inventory.derive(item.id, b"summary", "text/plain")
    return transfer, item, agreement_id


async def test_at_its_time_data_and_what_was_made_of_them_are_deleted_and_the_provider_has_it_in_writing(
    space: Space,
) -> None:
    await nodes.offer_asset(space.maker, "short", usage=usage(until(9)))
    transfer, item, agreement_id = await held(space, "short")
    for node, pid in ((space.peer, transfer.id), (space.maker, transfer.provider_pid)):
        await nodes.transferred(node, pid, "TERMINATED")
    await settled(space.peer, agreement_id)
    items = await space.peer.store.read(lambda reader: reader.find(INVENTORY, {"agreement_id": agreement_id}))
    assert len(items) == 2
    assert all(each.deleted_at is not None for each in items)
    assert space.peer.content.open(item.digest) is None
    with pytest.raises((Refused, Unknown)):
        await space.peer.inventory.open(item.id)
    kept = await receipt(space.maker, agreement_id)
    claims = jws.verify(kept.jwt, space.peer.signer.public_jwk)
    assert claims["agreementId"] == agreement_id
    assert claims["digests"] == sorted({each.digest for each in items}) == kept.digests


async def test_a_retirement_reaches_the_partner_and_its_copy_goes(space: Space) -> None:
    _, item, agreement_id = await held(space, "pack")
    await space.maker.retirements.retire(agreement_id, "recalled", actor="test")
    kept = await receipt(space.maker, agreement_id)
    assert item.digest in kept.digests
    theirs = await nodes.agreement_of(space.peer, agreement_id)
    assert theirs is not None
    assert theirs.ended_reason == "recalled"
    assert await nodes.audited(space.maker, "notice.sent", agreement_id)


async def test_what_may_be_kept_is_kept(space: Space) -> None:
    keeping = nodes.constraint("ContractTermination", "eq", "cx.data.keeping:1")
    await nodes.offer_asset(space.maker, "kept", usage=usage(keeping))
    offer = await nodes.offer_of(space.peer, space.maker, "kept")
    asked = await space.peer.negotiations.request(
        counterparty=space.maker.settings.node.did,
        counterparty_address=nodes.protocol(space.maker),
        offer=offer,
        actor="a person",
    )
    done = await nodes.negotiated(space.peer, asked.id, "FINALIZED")
    transfer = await nodes.start_transfer(space.peer, space.maker, done.agreement_id)
    item = (await space.peer.inventory.pull(transfer.id)).item
    await space.maker.retirements.retire(done.agreement_id, "over", actor="test")
    await settled(space.maker, done.agreement_id)
    await settled(space.peer, done.agreement_id)
    assert space.peer.content.open(item.digest) is not None


async def test_nothing_is_lost_or_done_twice_by_a_stop_in_between(space: Space) -> None:
    """The consumer stops before it could do what is owed: its next life does it, and the receipt is one."""
    _, _, agreement_id = await held(space, "pack")
    await space.peer.stop()
    await space.maker.retirements.retire(agreement_id, "recalled", actor="test")
    space.peer = await nodes.restarted(space.peer)
    await space.maker.store.write(
        lambda tx: (
            tx.put(CONTRACT_ENDS, type(end)(id=end.id, due=tx.now, attempts=1, is_to_tell=True))
            if (end := tx.get(CONTRACT_ENDS, agreement_id)) is not None
            else None
        )
    )
    space.maker.endings._woken.set()
    kept = await receipt(space.maker, agreement_id)
    await settled(space.peer, agreement_id)
    mine = await receipt(space.peer, agreement_id)
    assert (mine.jwt, mine.role) == (kept.jwt, "made")
    assert len(await nodes.audited(space.peer, "inventory.deleted", agreement_id)) == 1


async def test_a_receipt_that_is_not_the_consumers_is_refused(space: Space) -> None:
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    agreement = await nodes.agreement_of(space.maker, agreement_id)
    assert agreement is not None
    forged = space.maker.notices.receipt(agreement, [], "2026-01-01T00:00:00Z")
    token = space.peer.identity.bare_authorization(space.maker.settings.node.did)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any Problem will do, its code is looked at
        await space.maker.notices.take(
            token, {"type": "DeletionReceipt", "agreementId": agreement_id, "receipt": forged}
        )
    assert caught.value.code.startswith(("dcp/", "agreement/"))
    token = space.peer.identity.bare_authorization(space.maker.settings.node.did)
    with pytest.raises(Invalid):
        await space.maker.notices.take(token, {"type": "Greeting", "agreementId": agreement_id})
    token = space.anchor.identity.bare_authorization(space.maker.settings.node.did)
    with pytest.raises(Unknown):
        await space.maker.notices.take(token, {"type": "ContractRetirement", "agreementId": agreement_id})
