"""Several processes of one node on one PostgreSQL: they share the work, and take over when one of them dies.

Processes are nodes inside the test, each with a connection of its own to the server, as real ones have; that a killed
process frees what it held is the server's part, and `test_store_processes` shows it with real ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nodes import (
    Fault,
    Gate,
    Space,
    agree,
    ask,
    audited,
    free_port,
    negotiated,
    offer_asset,
    offer_of,
    open_space,
    protocol,
)

from connector.adapters.sql.neighbours import PostgresNeighbours
from connector.node import Node
from connector.records.exchange import NEGOTIATIONS, OUTGOING
from connector.services.locks import Locks
from connector.settings import read

TWO_SECONDS = 2.0


async def joined(url: str, told: list[str], lost: list[bool]) -> PostgresNeighbours:
    neighbours = PostgresNeighbours(url)
    await neighbours.start(told.append, lambda: lost.append(True))
    return neighbours


async def until(holds: Any, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - a look at what callbacks fill
            await asyncio.sleep(0.01)


async def test_a_lock_holds_against_other_processes_and_ends_with_its_holder(postgresql_url: str) -> None:
    lost: list[bool] = []
    one = await joined(postgresql_url, [], [])
    other = await joined(postgresql_url, [], lost)
    assert await one.take("a")
    assert not await other.take("a")
    assert await other.take("b")
    one.give_back("a")
    async with asyncio.timeout(TWO_SECONDS), Locks(other).hold("a"):
        assert not await one.take("a")
    async with asyncio.timeout(TWO_SECONDS), Locks(one).hold("a"):
        await asyncio.sleep(0.7)
        await one.stop()
        await until(lambda: lost == [True], TWO_SECONDS)
        assert await other.take("a")
    await other.stop()


async def test_who_waits_for_a_lock_gets_it_and_who_does_not_wait_is_told(postgresql_url: str) -> None:
    one, other = await joined(postgresql_url, [], []), await joined(postgresql_url, [], [])
    locks, others = Locks(one), Locks(other)
    order: list[str] = []

    async def second() -> None:
        async with others.hold("key"):
            order.append("second")

    async with locks.hold("key"):
        waiting = asyncio.create_task(second())
        async with others.across("key", is_patient=False) as is_ours:
            assert not is_ours
        await asyncio.sleep(0.1)
        order.append("first")
    await waiting
    assert order == ["first", "second"]
    await one.stop()
    await other.stop()


async def test_words_reach_the_others_whole_and_in_order(postgresql_url: str) -> None:
    told: list[str] = []
    own: list[str] = []
    one, other = await joined(postgresql_url, own, []), await joined(postgresql_url, told, [])
    words = [f"{number} ä 'quoted' \u2028" for number in range(500)]
    for word in words:
        one.tell(word)
    one.tell("x" * 8000)
    await until(lambda: len(told) == len(words))
    assert told == words
    assert own == []
    await one.stop()
    await other.stop()


async def test_a_broken_connection_is_made_again_with_its_locks(postgresql_url: str) -> None:
    told: list[str] = []
    one, other = await joined(postgresql_url, [], []), await joined(postgresql_url, told, [])
    assert await one.take("a")
    connection = one._engine.raw_connection()
    connection.driver_connection.run(  # type: ignore[union-attr]
        "select pg_terminate_backend(pid) from pg_locks where classid = 727002 and objid = :n", n=one._number
    )
    connection.close()
    await asyncio.sleep(1.0)
    assert not await other.take("a")
    one.tell("still here")
    await until(lambda: told == ["still here"])
    await one.stop()
    await other.stop()


@pytest.fixture
async def space(tmp_path: Path, postgresql_url: str) -> AsyncIterator[Space]:
    """A space whose consumer keeps its records in PostgreSQL."""
    space = await open_space(tmp_path, peer={"store": {"url": postgresql_url}})
    yield space
    await space.close()


async def second_process(space: Space) -> Node:
    """Another process of the consumer: same folder, store and address, listeners of its own."""
    document = space.peer.settings.model_dump(mode="json")
    document["public"] |= {"port": free_port(), "address": space.peer.settings.public.url}
    document["management"] |= {"port": free_port(), "address": ""}
    node = Node(read({**document, "folder": space.peer.settings.folder}))
    await node.start()
    space.others.append(node)
    return node


async def killed(node: Node) -> None:
    """The end of a process as its neighbours and peers see it: it does nothing more, and its connections close."""
    for runner in node._runners:
        await runner.cleanup()
    for tasks in (node.outbox._tasks, node.callbacks._tasks):
        for task in list(tasks.values()):
            task.cancel()
    node.outbox._is_stopped = True
    assert node.neighbours is not None
    await node.neighbours.stop()


async def test_what_happens_in_one_process_wakes_who_waits_in_the_other(space: Space) -> None:
    other = await second_process(space)
    await offer_asset(space.maker, "asset")
    offer = await offer_of(space.peer, space.maker, "asset")
    record = await ask(other, space.maker, offer)
    heard = other.feed.listen()
    assert (await negotiated(other, record.id, "FINALIZED")).agreement_id
    assert (await negotiated(space.peer, record.id, "FINALIZED")).agreement_id
    await heard.aclose()  # type: ignore[attr-defined]


async def test_another_process_finishes_what_one_that_died_had_to_send(space: Space) -> None:
    other = await second_process(space)
    await offer_asset(space.maker, "asset")
    gate = Gate(space.maker.settings.public.url)
    async with gate.running():
        address = protocol(space.maker).replace(space.maker.settings.public.url, gate.url)
        offer = await offer_of(other, space.maker, "asset")
        gate.faults.append(Fault("/negotiations/request", status=503, times=1))
        gate.is_open.clear()
        record = await ask(other, space.maker, offer, address)
        await gate.reached("/negotiations/request")
        await asyncio.sleep(0.7)
        await killed(other)
        gate.is_open.set()
        async with asyncio.timeout(TWO_SECONDS + 3):
            await negotiated(space.peer, record.id, "FINALIZED")
        sent = [body for path, body in gate.seen if path.endswith("/negotiations/request")]
    assert len(sent) >= 2
    assert len({body["@id"] for body in sent}) == 1
    assert len(await audited(space.peer, "negotiation.finalized", record.id)) == 1
    assert await space.peer.store.read(lambda reader: reader.count(OUTGOING)) == 0


async def test_processes_share_negotiations_and_lose_or_double_none(space: Space) -> None:
    other = await second_process(space)
    await offer_asset(space.maker, "asset")
    done = await asyncio.gather(*(agree((space.peer, other)[n % 2], space.maker, "asset") for n in range(10)))
    assert len({record.agreement_id for record in done}) == 10
    provided = await space.maker.store.read(lambda reader: reader.find(NEGOTIATIONS, {"role": "provider"}))
    assert {(record.state, record.agreement_id) for record in provided} == {
        ("FINALIZED", record.agreement_id) for record in done
    }
