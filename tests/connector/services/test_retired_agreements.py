"""A retired agreement between real nodes: the partner is told, nothing flows any more; taken up again it does."""

import asyncio
from collections.abc import AsyncIterator

import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.notation.problems import Refused, Unauthenticated
from connector.odrl.operands import Phase
from connector.records.exchange import AGREEMENTS

pytestmark = pytest.mark.asyncio(loop_scope="module")
REASON = "the pack was scrapped"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("retired"))
    await nodes.offer_asset(space.maker, "pack")
    yield space
    await space.close()


@pytest.mark.parametrize("who", ["maker", "peer"])
async def test_either_side_ends_it_and_both_know_why(space: Space, who: str) -> None:
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    record = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    token = record.data_address["authorization"]
    assert (await space.maker.usage.admit(token)).agreement.id == agreement_id
    await getattr(space, who).retirements.retire(agreement_id, REASON, actor="test")
    for node, pid in ((space.peer, record.id), (space.maker, record.provider_pid)):
        ended = await nodes.transferred(node, pid, "TERMINATED")
        assert ended.code == "transfer/agreement-retired"
        assert REASON in ended.reasons[0]
    with pytest.raises(Unauthenticated):
        await space.maker.usage.admit(token)


async def test_what_the_consumer_asks_for_anew_is_refused_with_the_reason(space: Space) -> None:
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    await space.maker.retirements.retire(agreement_id, REASON, actor="test")
    for _ in range(200):
        known = await nodes.agreement_of(space.peer, agreement_id)
        if known is not None and known.ended_at is not None:
            break
        await asyncio.sleep(0.05)
    with pytest.raises(Refused) as caught:
        await space.peer.transfers.request(agreement_id=agreement_id, counterparty_address=nodes.protocol(space.maker))
    assert caught.value.code == "usage/agreement-ended"
    assert REASON in caught.value.detail
    await space.maker.retirements.reactivate(agreement_id, actor="test")
    await nodes.start_transfer(space.peer, space.maker, agreement_id)


async def test_a_pull_is_refused_before_the_termination_has_arrived(space: Space) -> None:
    """The agreement itself says no, whatever state a transfer is in."""
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    record = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    agreement = await space.maker.store.read(lambda reader: reader.need(AGREEMENTS, agreement_id))
    agreement.ended_at, agreement.ended_reason = space.maker.clock.now(), REASON
    await space.maker.store.write(lambda tx: tx.put(AGREEMENTS, agreement))
    with pytest.raises(Refused, match=REASON) as caught:
        await space.maker.usage.admit(record.data_address["authorization"])
    assert caught.value.code == "usage/agreement-ended"
    counterparty = await space.maker.counterparties.facts_of(space.peer.settings.node.did)
    verdict = await space.maker.store.read(
        lambda reader: space.maker.usage.decide(reader, agreement, counterparty, Phase.TRANSFER)
    )
    assert not verdict.permitted
    assert await nodes.audited(space.maker, "usage.refused", agreement_id)
