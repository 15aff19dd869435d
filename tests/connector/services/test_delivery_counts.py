"""A count that a contract sets is kept to the unit, whatever comes at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import nodes
import pytest

from connector.notation.problems import Refused
from connector.records.contracts import DELIVERIES

FREQUENCY = nodes.constraint("DataFrequency", "eq", "cx.dataFrequency.once:1")
COUNT = nodes.constraint("http://www.w3.org/ns/odrl/2/count", "lteq", "10")


@pytest.mark.parametrize(("limit", "profile", "allowed"), [(COUNT, "open", 10), (FREQUENCY, "catena-x", 1)])
async def test_a_hundred_requests_at_once_take_exactly_what_is_agreed(
    tmp_path: Path, limit: dict[str, object], profile: str, allowed: int
) -> None:
    tables = {"exchange": {"policy_profile": profile}} if profile == "open" else None
    space = await nodes.open_space(tmp_path, maker=tables, peer=tables)
    usage = nodes.rule("use", *nodes.USAGE_CONSTRAINTS, limit)
    await nodes.offer_asset(space.maker, "pack", usage=usage)
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    token = (await nodes.start_transfer(space.peer, space.maker, agreement_id)).data_address["authorization"]
    outcomes = await asyncio.gather(*(space.maker.usage.admit(token) for _ in range(100)), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert len(outcomes) - len(refused) == allowed
    assert {each.code for each in refused} == {"odrl/count-used-up"}
    kept = await space.maker.store.read(lambda reader: reader.need(DELIVERIES, agreement_id))
    assert kept.made == allowed
    permitted = await nodes.audited(space.maker, "usage.permitted", agreement_id)
    assert [each["delivery"] for each in permitted] == list(range(1, allowed + 1))
    await space.close()
