"""Both state machines against random orders: one real node plays one side, what is drawn plays the other.

Messages come when they fit and when they do not, once more, under a new id, while our own is under way, and our own
meets a peer that is late, busy, at fault or answers half. Whatever comes: what the protocol allows is taken, what it
does not is refused and changes nothing, one decision is one message id, and there is one contract at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import nodes
import pytest
from aiohttp import web
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from connector.dsp import negotiation, transfer
from connector.dsp.transitions import OTHER
from connector.node import Node
from connector.notation.exact_json import decode
from connector.notation.problems import Problem
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, OUTGOING, TRANSFERS, Agreement
from connector.services import outbox
from connector.services.exchange.behaviour import NEGOTIATION_KINDS, TRANSFER_KINDS, WAIT, Step
from connector.settings import read

OWN, OTHERS = "THE_NODE", "THE_OTHER"
RULES = {"permission": [{"action": "use"}]}
MACHINES = {"negotiation": negotiation.MACHINE, "transfer": transfer.MACHINE}
KINDS = {"negotiation": NEGOTIATION_KINDS, "transfer": TRANSFER_KINDS}
COLLECTIONS = {"negotiation": NEGOTIATIONS, "transfer": TRANSFERS}
SENT = {name: sorted(set(kinds.values())) for name, kinds in KINDS.items()}
MOODS = ("ok", "ok", "busy", "conflict", "half", "taken, then at fault")


CHOICES = st.integers(0, 2**32 - 1).map(Random)
"""Even choices: those of the library itself favour the first of what there is to choose from."""


class Peer:
    """The other side's endpoint: it keeps what it is told, and answers as it is in the mood for."""

    def __init__(self) -> None:
        self.port = nodes.free_port()
        self.moods: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.came = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = decode(await request.read())
        mood = self.moods.pop(0) if self.moods else "ok"
        if mood in ("busy", "conflict"):
            return web.Response(status=503 if mood == "busy" else 409)
        self.told.append(body)
        self.came.set()
        await self.may_answer.wait()
        if mood == "half":
            half = web.StreamResponse(headers={"Content-Length": "100"})
            await half.prepare(request)
            await half.write(b'{"@context"')
            assert request.transport is not None
            request.transport.abort()
            return half
        return web.Response(status=500) if mood != "ok" else self._ack(body, request.path)

    def _ack(self, body: dict[str, Any], path: str) -> web.Response:
        if not path.endswith("/request") or "callbackAddress" not in body:
            return web.Response()
        type_ = "TransferProcess" if "/transfers" in path else "ContractNegotiation"
        pids = {"consumerPid": body["consumerPid"], "providerPid": f"their-{body['consumerPid']}"}
        return web.json_response(nodes.message(type_, **pids, state="REQUESTED"), status=201)


class World:
    """The node, the peer, and the loop in which they live."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.node = Node(_settings(folder), behaviour=lambda _: WAIT)
        self.number = 0
        self.run(self._start())

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    async def _start(self) -> None:
        self.peer = Peer()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.peer.handle)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.peer.port).start()
        await self.node.start()
        await nodes.offer_asset(self.node, "pack", usage={"@type": "Set", **RULES}, access={"@type": "Set", **RULES})

    async def stop(self) -> None:
        await self.node.stop()
        await self.runner.cleanup()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.peer.port}"

    async def say(self, path: str, body: Any) -> int:
        """A message of the other side; the status."""
        authorization = f'{{"region": "eu", "audience": "{OWN}", "clientId": "{OTHERS}"}}'
        answer = await nodes.say(self.node, self.node, path, body, token=authorization)
        return answer.status


def _settings(folder: Path) -> Any:
    return read(
        {
            "node": {"name": "node", "did": OWN},
            "public": {"port": nodes.free_port()},
            "management": {"port": nodes.free_port()},
            "identity": {"unsafe_mock_identity": True},
            "egress": nodes.LOCAL,
            "limits": {"requests_per_second": 100_000.0, "burst": 100_000},
            "folder": folder,
        }
    )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(outbox, "CONFLICT_PAUSES", (0.003,) * 20)
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (0.003,) * 20)
    world = World(tmp_path)
    yield world
    world.run(world.stop())
    world.loop.close()


class Orders(RuleBasedStateMachine):
    """One negotiation or transfer; `state` is what the protocol says that it is in by now."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.name = ""
        self.state = ""
        self.decisions = 0
        self.last: tuple[str, dict[str, Any]] | None = None

    # --- how it begins

    @initialize(choose=CHOICES)
    def begin(self, choose: Random) -> None:
        name, role = choose.choice(sorted(MACHINES)), choose.choice(("consumer", "provider"))
        self.decisions, self.last = 0, None
        self.world.number += 1
        self.name, self.role, self.mark = name, role, f"{name}-{role}-{self.world.number}"
        self.machine, self.other = MACHINES[name], OTHER[role]  # type: ignore[index]
        self.world.peer.told.clear()
        self.world.peer.moods.clear()
        self.world.run(getattr(self, f"_open_{name}")())
        self.state = "REQUESTED"
        self.world.run(self._settled())

    @precondition(lambda self: self.state in self.machine.final_states)
    @rule(choose=CHOICES)
    def another_begins(self, choose: Random) -> None:
        self.begin(choose)

    async def _open_negotiation(self) -> None:
        offer = {"@id": "pack definition:pack:x", "@type": "Offer", "target": "pack", **RULES}
        if self.role == "provider":
            body = nodes.message(
                "ContractRequestMessage", consumerPid=self.mark, callbackAddress=self.world.address, offer=offer
            )
            assert await self.world.say("negotiations/request", {**body, "@id": f"open {self.mark}"}) == 201
            self.own_pid = await self._own_pid({"consumer_pid": self.mark})
        else:
            self.decisions += 1
            asked = await self.world.node.negotiations.request(
                counterparty=OTHERS, counterparty_address=self.world.address, offer=offer
            )
            self.own_pid = asked.id

    async def _open_transfer(self) -> None:
        consumer, provider = (OWN, OTHERS) if self.role == "consumer" else (OTHERS, OWN)
        parties = {"role": self.role, "consumer": consumer, "provider": provider}
        await self._put_agreement(f"agreement {self.mark}", **parties)
        if self.role == "provider":
            body = nodes.message(
                "TransferRequestMessage",
                consumerPid=self.mark,
                callbackAddress=self.world.address,
                agreementId=f"agreement {self.mark}",
                format="HttpData-PULL",
            )
            assert await self.world.say("transfers/request", {**body, "@id": f"open {self.mark}"}) == 201
            self.own_pid = await self._own_pid({"consumer_pid": self.mark})
        else:
            self.decisions += 1
            asked = await self.world.node.transfers.request(
                agreement_id=f"agreement {self.mark}", counterparty_address=self.world.address
            )
            self.own_pid = asked.id

    async def _put_agreement(self, agreement_id: str, **parties: str) -> None:
        def put(tx: Any) -> None:
            agreement = Agreement(
                id=agreement_id,
                negotiation_id="none",
                dataset_id="pack",
                policy=dict(RULES),
                signed_at=tx.now,
                **parties,
            )
            tx.put(AGREEMENTS, agreement)

        await self.world.node.store.write(put)

    async def _own_pid(self, where: dict[str, Any]) -> str:
        record = await self.world.node.store.read(lambda reader: reader.one(COLLECTIONS[self.name], where))
        assert record is not None
        return str(record.id)

    # --- what may happen

    @rule(choose=CHOICES)
    def a_message_comes(self, choose: Random) -> None:
        kind = choose.choice(self._kinds(self.state))
        path, body = self.world.run(self._message(kind))
        is_repeat = self.machine.is_repeat(self.state, kind, sender=self.other) and self._says_the_same(kind)
        new = self.machine.received.get((self.state, kind, self.other))
        status = self.world.run(self.world.say(path, body))
        if is_repeat:
            assert status == 200, (kind, status)
        elif new is None:
            assert status in (400, 409), (self.state, kind, status)
        else:
            assert status == 200, (self.state, kind, status)
            self.state, self.last = new, (path, body)
        self.world.run(self._settled())

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_last_message_comes_once_more(self) -> None:
        assert self.last is not None
        assert self.world.run(self.world.say(*self.last)) == 200
        self.world.run(self._settled())

    @rule(choose=CHOICES)
    def we_decide(self, choose: Random) -> None:
        likely = [one for one in self._actions() if self._sending(one) is not None and one != "terminate"]
        action = choose.choice([*likely * 4, *self._actions()])
        kind = KINDS[self.name][self.role, action]  # type: ignore[index]
        sending = self.machine.decided.get((self.state, kind, self.role))
        self.world.peer.moods = [choose.choice(MOODS)]
        if sending is None:
            assert self.world.run(self._decide(action)) is not None
        else:
            assert self.world.run(self._decide(action)) is None
            self.decisions += 1
            self.state = self.machine.settled[sending][1]
        self.world.run(self._settled())
        self.world.peer.moods = []

    @rule(choose=CHOICES)
    def a_message_crosses_ours(self, choose: Random) -> None:
        """It comes while ours is at the peer and not acknowledged."""
        actions = [one for one in self._actions() if self._sending(one) is not None]
        if not actions:
            return
        action = choose.choice([*[one for one in actions if one != "terminate"] * 4, *actions])
        sending = self._sending(action)
        assert sending is not None
        kind = choose.choice(self._kinds(self.machine.settled[sending][1]))
        status, taken = self.world.run(self._crossing(action, kind))
        after_ours, new = self.machine.settled[sending][1], self.machine.received.get((sending, kind, self.other))
        if (after_ours, kind, self.other) in self.machine.received and sending != "TERMINATING":
            assert new is not None, f"{kind} of a peer that has our message is refused in {sending}"
        self.decisions += 1
        if new is None:
            assert status in (400, 409), (sending, kind, status)
            self.state = after_ours
        else:
            assert status == 200, (sending, kind, status)
            self.state, self.last = self.machine.settled.get(new, ("", new))[1], taken
        self.world.run(self._settled())

    def _kinds(self, state: str) -> list[str]:
        """Kinds of message, those more often that fit `state` and do not end it."""
        fitting = {kind for at, kind, by in self.machine.received if at == state and by == self.other}
        return [*sorted(fitting - {"termination"}) * 6, *SENT[self.name]]

    def _sending(self, action: str) -> str | None:
        return self.machine.decided.get((self.state, KINDS[self.name][self.role, action], self.role))  # type: ignore[index]

    def _actions(self) -> list[str]:
        return sorted(action for role, action in KINDS[self.name] if role == self.role)

    async def _decide(self, action: str) -> Problem | None:
        service = self.world.node.negotiations if self.name == "negotiation" else self.world.node.transfers
        try:
            await service.decide(self.own_pid, Step(action))
        except Problem as problem:
            return problem
        return None

    async def _crossing(self, action: str, kind: str) -> tuple[int, tuple[str, dict[str, Any]]]:
        peer = self.world.peer
        path, body = await self._message(kind)
        peer.came.clear()
        peer.may_answer.clear()
        try:
            assert await self._decide(action) is None
            await peer.came.wait()
            if kind == "agreement":
                path, body = await self._message(kind)
            return await self.world.say(path, body), (path, body)
        finally:
            peer.may_answer.set()

    # --- what is said

    async def _record(self) -> Any:
        return await self.world.node.store.read(lambda reader: reader.need(COLLECTIONS[self.name], self.own_pid))

    async def _message(self, kind: str) -> tuple[str, dict[str, Any]]:
        record = await self._record()
        pids = {"consumerPid": record.consumer_pid, "providerPid": record.provider_pid}
        self.world.number += 1
        path, type_, more = _BODIES[self.name][kind]
        body = nodes.message(type_, **pids, **(more(record) if callable(more) else more))
        return f"{self.name}s/{self.own_pid}/{path}", {**body, "@id": f"message {self.world.number}"}

    def _says_the_same(self, kind: str) -> bool:
        return kind != "agreement" or self.role == "consumer"

    # --- what must hold

    async def _settled(self) -> None:
        """Wait until nothing is under way; then all must be as the protocol has it."""
        while await self.world.node.store.read(  # noqa: ASYNC110 - it stands in a file
            lambda reader: reader.count(OUTGOING, {"process_id": self.own_pid})
        ):
            await asyncio.sleep(0.002)
        record = await self._record()
        assert record.state == self.state, f"{record.state}, {self.state} is wanted: {record.reasons}"
        ids = {body["@id"] for body in self.world.peer.told}
        assert len(ids) == self.decisions, "a decision was sent under two ids, or not at all"
        if self.name == "negotiation":
            found = await self.world.node.store.read(
                lambda reader: reader.find(AGREEMENTS, {"negotiation_id": self.own_pid})
            )
            wanted = 1 if self.state in ("AGREED", "VERIFIED", "FINALIZED") else 0
            assert [one.id for one in found] == [record.agreement_id] * wanted, (self.state, found)


def _agreement(record: Any) -> dict[str, Any]:
    """The contract that the record asks for; once there is one, that."""
    agreement_id = record.agreement_id or f"agreed {record.id}"
    parties = {"assigner": OTHERS, "assignee": OWN, "target": "pack", "timestamp": "2026-01-01T00:00:00Z"}
    return {"agreement": {"@id": agreement_id, "@type": "Agreement", **parties, **RULES}}


_OFFER = {"offer": {"@id": "pack definition:pack:x", "@type": "Offer", "target": "pack", **RULES}}
_ADDRESS = {
    "@type": "DataAddress",
    "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
    "endpoint": "http://127.0.0.1:9/x",
}
_BODIES: dict[str, dict[str, tuple[str, str, Any]]] = {
    "negotiation": {
        "request": ("request", "ContractRequestMessage", _OFFER),
        "offer": ("offers", "ContractOfferMessage", _OFFER),
        "accepted": ("events", "ContractNegotiationEventMessage", {"eventType": "ACCEPTED"}),
        "agreement": ("agreement", "ContractAgreementMessage", _agreement),
        "verification": ("agreement/verification", "ContractAgreementVerificationMessage", {}),
        "finalized": ("events", "ContractNegotiationEventMessage", {"eventType": "FINALIZED"}),
        "termination": ("termination", "ContractNegotiationTerminationMessage", {}),
    },
    "transfer": {
        "start": ("start", "TransferStartMessage", {"dataAddress": _ADDRESS}),
        "completion": ("completion", "TransferCompletionMessage", {}),
        "suspension": ("suspension", "TransferSuspensionMessage", {}),
        "termination": ("termination", "TransferTerminationMessage", {}),
    },
}


def test_whatever_comes_in_whatever_order(world: World) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Orders(world),
        settings=settings(
            max_examples=40,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
