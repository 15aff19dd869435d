"""One exchange after the other between two nodes, of which one dies after a chosen commit and begins a new life.

A dead node is dropped as it is: what waited for the commit never hears of it, its connections break, its file is opened
again by a new node. At the end both sides must say the same, once.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from connector.audit import chain
from connector.node import Node
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, OUTGOING, TRANSFERS
from tests.connector.nodes import Space, ask, offer_of, protocol, restarted

PATIENCE = 30.0
"""Seconds that an exchange may take with all its deaths."""
ASSET = "soaked"
Side = str


@dataclass
class Death:
    """Kills a node after its commit number `at`, counted from now."""

    node: Node
    at: int
    seen: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.node.store._on_commit = self._committed

    def _committed(self, _: str) -> None:
        """In the writer's thread: nobody is told of this commit, and there is none after it."""
        self.seen += 1
        if self.seen == self.at:
            self._loop.call_soon_threadsafe(self.came.set)
            sys.exit()


async def drop(node: Node) -> None:
    """Let a node go as a kill would: nothing is finished, nothing is said."""
    node.outbox._is_stopped = True
    node.store._closed = True
    for runner in node._runners:
        runner._shutdown_timeout = 0.02
        for connection in list(runner.server.connections if runner.server else ()):
            if connection.transport is not None:
                connection.transport.abort()
        await runner.cleanup()
    tasks = [*node.outbox._tasks.values(), *node.callbacks._tasks.values(), *node.events._tasks]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await node.transport.close()
    await node.backends.close()
    node.store._let_go()


@dataclass
class Exchange:
    """A negotiation, then a transfer, of a space whose `maker` has ASSET on offer."""

    space: Space
    deaths: int = 0

    async def run(self, side: Side, at: int) -> bool:
        """Play it with a death of `side` after its commit `at`; False where the exchange was over before that."""
        death = Death(getattr(self.space, side), at)
        known = await self._count()
        async with asyncio.timeout(PATIENCE):
            negotiation = await self._step(side, death, lambda: self._agreed(known))
            transfer = await self._step(side, death, lambda: self._started(negotiation.agreement_id))
            await self._step(side, death, lambda: self._completed(transfer.id))
            await self._step(side, death, self._quiet)
        await self._must_agree(negotiation.id, transfer.id, known)
        getattr(self.space, side).store._on_commit = None
        return death.came.is_set()

    async def _step(self, side: Side, death: Death, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do `work`; where the node dies meanwhile, give it a new life and do what is left of it."""
        if not death.came.is_set():
            working, dying = asyncio.ensure_future(work()), asyncio.create_task(death.came.wait())
            await asyncio.wait((working, dying), return_when=asyncio.FIRST_COMPLETED)
            dying.cancel()
            if working.done() and not death.came.is_set():
                return working.result()
            working.cancel()
            with contextlib.suppress(BaseException):
                await working
            await drop(death.node)
            setattr(self.space, side, await restarted(death.node))
            self.deaths += 1
        return await work()

    async def _count(self) -> int:
        return await self.space.peer.store.read(lambda reader: reader.count(NEGOTIATIONS))

    async def _agreed(self, known: int) -> Any:
        """The negotiation of this exchange, asked for where it is not yet, FINALIZED."""
        peer = self.space.peer
        if await self._count() == known:
            await ask(peer, self.space.maker, await offer_of(peer, self.space.maker, ASSET))
        record = await self._newest(NEGOTIATIONS)
        return await self._reached(NEGOTIATIONS, record.id, "FINALIZED")

    async def _newest(self, collection: Any) -> Any:
        found = await self.space.peer.store.read(
            lambda reader: reader.find(collection, order="created_at", descending=True, limit=1)
        )
        return found[0]

    async def _started(self, agreement_id: str) -> Any:
        peer, where = self.space.peer, {"agreement_id": agreement_id}
        known = await peer.store.read(lambda reader: reader.one(TRANSFERS, where))
        if known is None:
            known = await peer.transfers.request(
                agreement_id=agreement_id, counterparty_address=protocol(self.space.maker)
            )
        return await self._reached(TRANSFERS, known.id, "STARTED", "COMPLETED")

    async def _completed(self, own_pid: str) -> Any:
        from connector.services.exchange.behaviour import Step

        peer = self.space.peer
        record = await peer.store.read(lambda reader: reader.need(TRANSFERS, own_pid))
        if record.state == "STARTED":
            await peer.transfers.decide(own_pid, Step("complete"))
        return await self._reached(TRANSFERS, own_pid, "COMPLETED")

    async def _reached(self, collection: Any, own_pid: str, *states: str) -> Any:
        while True:
            record = await self.space.peer.store.read(lambda reader: reader.need(collection, own_pid))
            if record.state in states:
                return record
            assert record.state != "TERMINATED", record
            await asyncio.sleep(0.005)

    async def _quiet(self) -> None:
        """Until both sides have nothing to say any more."""
        for node in (self.space.peer, self.space.maker):
            while await node.store.read(lambda reader: reader.count(OUTGOING)):  # noqa: ASYNC110 - it stands in a file
                await asyncio.sleep(0.005)

    async def _must_agree(self, negotiation_id: str, transfer_id: str, known: int) -> None:
        assert await self._count() == known + 1, "a negotiation was doubled"
        for collection, own_pid, state in (
            (NEGOTIATIONS, negotiation_id, "FINALIZED"),
            (TRANSFERS, transfer_id, "COMPLETED"),
        ):
            own = await self.space.peer.store.read(lambda reader: reader.need(collection, own_pid))  # noqa: B023
            where = {"consumer_pid": own_pid}
            theirs = await self.space.maker.store.read(lambda reader: reader.find(collection, where))  # noqa: B023
            assert [each.id for each in theirs] == [own.provider_pid], (own, theirs)
            assert (own.state, theirs[0].state) == (state, state)
            assert own.agreement_id == theirs[0].agreement_id
            both = [await node.store.read(lambda r: r.need(AGREEMENTS, own.agreement_id)) for node in self._nodes()]  # noqa: B023
            assert both[0].policy.get("permission") == both[1].policy.get("permission")

    def _nodes(self) -> tuple[Node, Node]:
        return self.space.peer, self.space.maker

    async def check_logs(self) -> None:
        """Each side's audit log must be one unbroken chain, each exchange in it once."""
        for node in self._nodes():
            log = await node.store.read(lambda reader: reader.audit_entries(limit=10_000_000))
            assert chain.verify(log) == []
            for event in ("negotiation.finalized", "negotiation.requested"):
                subjects = [entry.subject for entry in log if entry.event == event]
                assert len(subjects) == len(set(subjects)), event
