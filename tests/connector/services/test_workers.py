"""Background work: repeated with growing pauses until it is done, hurried by a nudge, stopped with the node."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest

from connector.notation.problems import Conflict, PeerFailed
from connector.records.footprints import FootprintRequest
from connector.services.footprints.states import TRANSITIONS, UNSETTLED, is_settled, next_state
from connector.services.workers import FIRST_PAUSE, LONGEST_PAUSE, Workers, _pauses

STATES = sorted({state for _, state, _ in TRANSITIONS} | set(TRANSITIONS.values()))
HAPPENINGS = sorted({happens for _, _, happens in TRANSITIONS})


async def test_work_is_repeated_until_it_is_done_whatever_it_raises() -> None:
    tries: list[int] = []

    async def step() -> bool:
        tries.append(len(tries))
        if len(tries) == 1:
            raise PeerFailed("peer/unreachable", "nobody there")
        if len(tries) == 2:
            raise ZeroDivisionError
        return len(tries) == 3

    made = Workers(longest=0.01)
    made.start("a", step)
    await asyncio.sleep(0.2)
    assert len(tries) == 3
    assert not made.nudge("a")
    await made.stop()


async def test_a_nudge_ends_a_long_pause() -> None:
    tries: list[float] = []

    async def step() -> bool:
        tries.append(time.monotonic())
        return len(tries) == 2

    made = Workers()
    made.start("a", step)
    await asyncio.sleep(0.01)
    assert made.nudge("a")
    await asyncio.sleep(0.02)
    assert len(tries) == 2
    assert tries[1] - tries[0] < FIRST_PAUSE
    await made.stop()


async def test_starting_the_same_work_again_is_a_nudge() -> None:
    running = 0
    most = 0

    async def step() -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return True

    made = Workers()
    for _ in range(5):
        made.start("a", step)
    await asyncio.sleep(0.1)
    assert most == 1
    await made.stop()


async def test_nothing_begins_after_the_end() -> None:
    begun: list[str] = []

    async def step() -> bool:
        begun.append("x")
        await asyncio.sleep(10)
        return True

    made = Workers()
    made.start("a", step)
    await asyncio.sleep(0.01)
    await made.stop()
    made.start("b", step)
    await asyncio.sleep(0.01)
    assert begun == ["x"]


def test_pauses_grow_to_the_longest() -> None:
    pauses = list(islice(_pauses(LONGEST_PAUSE), 30))
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE, LONGEST_PAUSE)
    assert all(earlier <= later for earlier, later in pairwise(pauses))


def record(direction: str, state: str, trade_id: str = "", code: str = "") -> FootprintRequest:
    now = datetime.now(UTC)
    return FootprintRequest(
        id="r",
        direction="incoming" if direction == "incoming" else "outgoing",
        state=state,
        counterparty="did:web:a",
        trade_id=trade_id,
        code=code,
        created_at=now,
        updated_at=now,
    )


@pytest.mark.parametrize("direction", ["incoming", "outgoing"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("happens", HAPPENINGS)
def test_requests_take_the_steps_of_the_table_and_no_others(direction: str, state: str, happens: str) -> None:
    wanted = TRANSITIONS.get((direction, state, happens))
    if wanted is not None:
        assert next_state(record(direction, state), happens) == wanted
        return
    with pytest.raises(Conflict) as caught:
        next_state(record(direction, state), happens)
    assert caught.value.code == "footprint/state"
    assert state in caught.value.detail


def test_what_is_settled_is_not_waited_for() -> None:
    for direction, states in UNSETTLED.items():
        assert not any(is_settled(record(direction, state)) for state in states)
    assert is_settled(record("outgoing", "answered"))
    assert not is_settled(record("outgoing", "answered", trade_id="t"))
    assert is_settled(record("outgoing", "answered", trade_id="t", code="pcf/range"))
    assert is_settled(record("outgoing", "forwarded", trade_id="t"))
    assert is_settled(record("incoming", "rejected"))
