"""The bus inside a process: callbacks after the commit, and waiting without lost wake-ups."""

import asyncio
from typing import Any

import pytest

from connector.services.events import Event, Events
from connector.services.locks import Locks


async def test_a_callback_hears_its_name_or_its_noun() -> None:
    events, heard = Events(), []

    async def hear(event: Event) -> None:
        heard.append((event.name, event.subject, event.record))

    events.subscribe("negotiation.finalized", hear)
    events.subscribe("transfer.*", hear)
    for name in ("negotiation.finalized", "negotiation.agreed", "transfer.started", "transferred.x"):
        events.publish(name, "s", 7)
    await events.settle()
    assert heard == [("negotiation.finalized", "s", 7), ("transfer.started", "s", 7)]


async def test_a_failing_callback_stops_no_other() -> None:
    events, heard = Events(), []

    async def fail(_: Event) -> None:
        raise ValueError

    async def hear(event: Event) -> None:
        heard.append(event.name)

    events.subscribe("a.b", fail)
    events.subscribe("a.b", hear)
    events.publish("a.b", "s")
    await events.settle()
    assert heard == ["a.b"]


async def test_waiting_ends_when_it_holds_and_leaves_nothing_behind() -> None:
    events, state = Events(), {"n": 0}

    async def holds() -> bool:
        return state["n"] >= 3

    async def count() -> None:
        for _ in range(3):
            await asyncio.sleep(0.001)
            state["n"] += 1
            events.publish("a.b", "s")

    results = await asyncio.gather(*(events.wait_until("s", holds, 5) for _ in range(20)), count())
    assert results[:20] == [True] * 20
    assert not events._changed


async def test_a_change_while_it_is_asked_is_not_missed() -> None:
    events, state = Events(), {"done": False}

    async def holds() -> bool:
        found = state["done"]
        if not found:
            state["done"] = True
            events.publish("a.b", "s")
            await asyncio.sleep(0)
        return found

    assert await events.wait_until("s", holds, 1)


async def test_waiting_ends_at_its_time_or_with_its_waiter() -> None:
    events = Events()

    async def never() -> bool:
        return False

    async def fails() -> bool:
        raise LookupError

    assert not await events.wait_until("s", never, 0.01)
    assert not await events.wait_until("s", never, 0)
    waiting = asyncio.create_task(events.wait_until("s", never, 10))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(LookupError):
        await events.wait_until("s", fails, 1)
    assert not events._changed


async def test_a_lock_holds_one_at_a_time_by_key_and_is_forgotten() -> None:
    locks, inside, most = Locks(), 0, 0

    async def enter(key: str) -> None:
        nonlocal inside, most
        async with locks.hold(key):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(enter("k") for _ in range(20)))
    assert most == 1
    await asyncio.gather(*(enter(f"k{number}") for number in range(20)))
    assert most > 1
    assert not locks._locks


async def test_a_lock_survives_errors_and_cancelled_waiters() -> None:
    locks = Locks()
    with pytest.raises(ValueError, match="x"):
        async with locks.hold("k"):
            raise ValueError("x")

    async def wait() -> Any:
        async with locks.hold("k"):
            return 1

    async with locks.hold("k"):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(1):
        assert await wait() == 1
    assert not locks._locks
