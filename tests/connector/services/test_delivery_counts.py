"""A count that a contract sets is kept to the unit, whatever comes at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import nodes
import pytest
from nodes import Space

from connector.notation.problems import Refused
from connector.records.contracts import DELIVERIES

FREQUENCY = nodes.constraint("DataFrequency", "eq", "cx.dataFrequency.once:1")
COUNT = nodes.constraint("http://www.w3.org/ns/odrl/2/count", "lteq", "10")
OPEN = {"exchange": {"policy_profile": "open"}}
RUNS = 10


async def must_be_exact(space: Space, agreement_id: str, allowed: int) -> None:
    kept = await space.maker.store.read(lambda reader: reader.need(DELIVERIES, agreement_id))
    assert kept.made == allowed
    permitted = await nodes.audited(space.maker, "usage.permitted", agreement_id)
    assert [each["delivery"] for each in permitted] == list(range(1, allowed + 1))


@pytest.mark.parametrize(("limit", "profile", "allowed"), [(COUNT, "open", 10), (FREQUENCY, "catena-x", 1)])
async def test_a_hundred_requests_at_once_take_exactly_what_is_agreed(
    tmp_path: Path, limit: dict[str, object], profile: str, allowed: int
) -> None:
    tables = OPEN if profile == "open" else None
    space = await nodes.open_space(tmp_path, maker=tables, peer=tables)
    usage = nodes.rule("use", *nodes.USAGE_CONSTRAINTS, limit)
    await nodes.offer_asset(space.maker, "pack", usage=usage)
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    token = (await nodes.start_transfer(space.peer, space.maker, agreement_id)).data_address["authorization"]
    outcomes = await asyncio.gather(*(space.maker.usage.admit(token) for _ in range(100)), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert len(outcomes) - len(refused) == allowed
    assert {each.code for each in refused} == {"odrl/count-used-up"}
    await must_be_exact(space, agreement_id, allowed)
    await space.close()


async def over_http(space: Space) -> None:
    """Ten contracts of ten deliveries each; on each a hundred requests at once, as foreign clients make them."""
    await nodes.offer_asset(space.maker, "pack", usage=nodes.rule("use", *nodes.USAGE_CONSTRAINTS, COUNT))
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        for _ in range(RUNS):
            agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
            address = (await nodes.start_transfer(space.peer, space.maker, agreement_id)).data_address
            headers = {"Authorization": address["authorization"]}

            async def pull(url: str, sent: dict[str, str]) -> httpx.Response:
                return await client.get(url, headers=sent)

            answers: list[Any] = await asyncio.gather(*(pull(address["endpoint"], headers) for _ in range(100)))
            statuses = sorted(answer.status_code for answer in answers)
            assert statuses == [200] * 10 + [403] * 90
            assert {answer.json()["code"] for answer in answers if answer.status_code == 403} == {"odrl/count-used-up"}
            await must_be_exact(space, agreement_id, 10)


async def test_ten_times_a_hundred_pulls_over_http_take_exactly_ten_each(tmp_path: Path) -> None:
    space = await nodes.open_space(tmp_path, maker=OPEN, peer=OPEN)
    await over_http(space)
    await space.close()


async def test_the_same_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    maker = {**OPEN, "store": {"url": postgresql_url}}
    space = await nodes.open_space(tmp_path, maker=maker, peer=OPEN)
    await nodes.offer_asset(space.maker, "pack", usage=nodes.rule("use", *nodes.USAGE_CONSTRAINTS, COUNT))
    for _ in range(RUNS):
        agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
        token = (await nodes.start_transfer(space.peer, space.maker, agreement_id)).data_address["authorization"]
        outcomes = await asyncio.gather(*(space.maker.usage.admit(token) for _ in range(100)), return_exceptions=True)
        assert sum(not isinstance(each, BaseException) for each in outcomes) == 10
        assert {each.code for each in outcomes if isinstance(each, Refused)} == {"odrl/count-used-up"}
        await must_be_exact(space, agreement_id, 10)
    await space.close()
