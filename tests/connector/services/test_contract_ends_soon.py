"""Warnings before things end, as JSON and as a calendar; contracts made anew; a clearing house that is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.audit.entries import as_dict, entry
from connector.dcp import jws
from connector.notation.problems import Conflict, Invalid, Refused
from connector.records.footprints import STORED_FOOTPRINTS, StoredFootprint
from connector.records.offers import POLICY_DEFINITIONS
from connector.services.contracts.expiries import Ending, calendar

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("soon"))
    days = nodes.constraint("DataUsageEndDurationDays", "eq", 45)
    await nodes.offer_asset(space.maker, "short", usage=nodes.rule("use", *nodes.USAGE_CONSTRAINTS, days))
    await nodes.offer_asset(space.maker, "long")
    yield space
    await space.close()


async def test_what_ends_within_days_is_told_with_what_renews_it(space: Space) -> None:
    short = (await nodes.agree(space.peer, space.maker, "short")).agreement_id
    await nodes.agree(space.peer, space.maker, "long")
    now = space.peer.clock.now()

    def keep(tx: Any) -> None:
        for part, days in (("soon", 20), ("later", 80), ("never", 4000)):
            end = (now + timedelta(days=days)).isoformat().replace("+00:00", "Z")
            document = {"validityPeriodEnd": end}
            tx.put(STORED_FOOTPRINTS, StoredFootprint(id=part, document=document, document_digest="", created_at=now))

    await space.peer.store.write(keep)
    within = space.peer.desk.expiries.within
    by_level = {(each.kind, each.id): each.level for each in await within(90)}
    assert by_level[("contract", short)] == 60
    assert by_level[("footprint", "soon")] == 30
    assert by_level[("footprint", "later")] == 90
    assert ("footprint", "never") not in by_level
    assert {each.id for each in await within(30, ["footprint"])} == {"soon"}
    (contract,) = await within(90, ["contract"])
    assert contract.renew == f"ionport agreement renew {short}"
    assert {each.kind for each in await within(10_000)} >= {"contract", "credential", "footprint"}


async def test_the_calendar_has_an_alarm_for_each_warning(space: Space) -> None:
    now = space.peer.clock.now()
    name = "a, long; name\\ with " + "\u00e4" * 80
    text = calendar([Ending("contract", "x,1", name, now, 0, "ionport; renew")], "did:web:x", now)
    assert text.count("BEGIN:VALARM") == 3
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "")
    assert "UID:contract-x\\,1@did:web:x" in unfolded
    assert "a\\, long\\; name\\\\ with" in unfolded
    for days in (30, 60, 90):
        assert f"TRIGGER:-P{days}D" in unfolded


async def test_a_contract_is_made_anew_in_one_call(space: Space) -> None:
    old = (await nodes.agree(space.peer, space.maker, "short")).agreement_id
    made = await space.peer.desk.renewals.renew(old, actor="a person")
    done = await nodes.negotiated(space.peer, made.negotiation.id, "FINALIZED")
    assert made.is_same
    assert done.agreement_id != old
    before, after = [await nodes.agreement_of(space.peer, each) for each in (old, done.agreement_id)]
    assert before is not None
    assert after is not None
    assert (before.ended_at, before.policy) == (None, after.policy)
    with pytest.raises(Conflict):
        await space.maker.desk.renewals.renew(old, actor="a person")

    def change(tx: Any) -> None:
        definition = tx.need(POLICY_DEFINITIONS, "short usage")
        purpose = nodes.constraint("UsagePurpose", "isAnyOf", ["cx.pcf.base:1"])
        definition.policy = nodes.rule("use", nodes.USAGE_CONSTRAINTS[0], purpose)
        tx.put(POLICY_DEFINITIONS, definition)

    await space.maker.store.write(change)
    with pytest.raises(Refused) as caught:
        await space.peer.desk.renewals.renew(old, actor="a person")
    assert caught.value.code == "agreement/other-terms"


async def test_a_clearing_house_hears_both_and_keeps_the_first_word(space: Space) -> None:
    house = await space.join("house", bpn="BPNL00000000CLEA", audit={"is_clearing_house": True})
    told = {"clearing_house": house.settings.node.did}
    one = await space.join("one", bpn=nodes.PEER_BPN, audit=told)
    other = await space.join("other", bpn="BPNL00000000OTHE", audit=told)
    await nodes.offer_asset(other, "pack")
    agreement_id = (await nodes.agree(one, other, "pack")).agreement_id
    transfer = await nodes.start_transfer(one, other, agreement_id)
    await one.inventory.pull(transfer.id)
    for _ in range(200):
        for node in (one, other):
            while await node.desk.reporter.tell():
                pass
        found = await house.desk.clearing_house.story(agreement_id)
        if len(found.logs) == 2 and not found.findings:
            break
        await asyncio.sleep(0.05)
    assert found.logs == tuple(sorted(node.settings.node.did for node in (one, other)))
    assert found.findings == []
    assert {key[0] for key in (each.key for each in found.story)} == {"messageId", "pullId"}

    own, signer = one.settings.node.did, one.signer
    sequence = min(each["sequence"] for each in (exchange.ours or {} for exchange in found.story) if each)
    forged = entry(
        sequence=sequence,
        previous_hash="sha256:" + "0" * 64,
        time=one.clock.now(),
        actor="x",
        event="negotiation.forged",
        subject="y",
        detail={"agreementId": agreement_id},
    )

    def signed(**more: Any) -> dict[str, str]:
        claims = {"iss": own, "aud": house.settings.node.did, "entries": [as_dict(forged)], **more}
        return {"entries": jws.sign_jwt({"kid": f"{own}#{signer.key_id}"}, claims, signer.sign)}

    take = house.desk.clearing_house.take

    def token() -> str:
        return one.identity.bare_authorization(house.settings.node.did)

    with pytest.raises(Conflict) as caught:
        await take(token(), signed())
    assert str(sequence) in caught.value.detail
    assert (await nodes.audited(house, "clearing.rewritten"))[-1]["sequence"] == sequence
    with pytest.raises(Invalid):
        await take(token(), signed(aud="did:web:else"))
    with pytest.raises(Refused):
        await take(token(), signed(entries=[{**as_dict(forged), "actor": "z"}]))
