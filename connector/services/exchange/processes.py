"""What negotiations and transfers share: each message moves the state, is stored with what follows, and then sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from connector.dsp import reading
from connector.dsp.reading import Message
from connector.dsp.transitions import OTHER, Machine, Role
from connector.notation.exact_json import decode
from connector.notation.problems import Invalid, Unknown
from connector.ports import Answer, Clock, Reader, Store, Transaction
from connector.records.collection import Collection, Record
from connector.records.exchange import OUTGOING, Negotiation, Outgoing, Transfer
from connector.services.events import Event, Events
from connector.services.exchange.agenda import Agenda
from connector.services.exchange.behaviour import (
    WAIT,
    Behaviour,
    Kinds,
    Occasion,
    Step,
    chosen,
    due_step,
    message_of,
    planned,
)
from connector.services.identity.identity import Counterparty
from connector.services.locks import Locks
from connector.services.outbox import Outbox, Sender, Undelivered
from connector.services.received import once

P = TypeVar("P", Negotiation, Transfer)


_TAKING: ContextVar[Message | None] = ContextVar("taking", default=None)
"""The counterparty's message that this transaction takes: entries about it name it, so that both logs can be joined."""


@contextmanager
def taking(message: Message) -> Iterator[None]:
    """Within, what is written down of the counterparty is about this message."""
    token = _TAKING.set(message)
    try:
        yield
    finally:
        _TAKING.reset(token)


@dataclass(frozen=True, slots=True)
class Repeated(Generic[P]):
    """What a message that was taken before is answered with; nothing changed, nobody is told."""

    known: P


@dataclass(frozen=True, slots=True)
class Process(Generic[P]):
    """What tells one kind of process from the other; the functions run inside the store's transaction."""

    kind: Literal["negotiation", "transfer"]
    """As events and reason codes begin."""
    ack_type: str
    """The `@type` of the counterparty's first answer."""
    unknown: str
    """Reason code: there is no such process."""
    unnamed: str
    """Reason code: the first answer names no process."""
    undelivered: str
    """Reason code: a message was not taken."""
    collection: Collection[P]
    machine: Machine
    kinds: Kinds
    is_opening: Callable[[P, str], bool]
    """Whether the answer to a message of this kind has to name the counterparty's process."""
    is_same: Callable[[P, Message], bool]
    """Whether a message that its state has no place for says what was said before."""
    take: Callable[[Transaction, P, str, Message, Counterparty], None]
    """What a message of this kind brings about, once it has moved the state."""
    check: Callable[[P, str, Step], None]
    """Raises a Problem where this node cannot keep a step that the state allows; with the kind of its message."""
    follow: Callable[[Transaction, P, str, Step, str], None]
    """Take a step that sends a message of this kind, for this actor."""
    url: Callable[[P, str], str]
    body: Callable[[P, str, str], dict[str, Any]]
    """A message of this kind with this id."""
    prepare: Callable[[Outgoing], dict[str, Any]]
    failed: Callable[[Transaction, P, Undelivered], None]
    """Undo what an unfinished process leaves behind; its state is still the one before the end."""
    facts: Callable[[P], Mapping[str, Any]]
    """What every audit entry says."""


class Processes(Generic[P]):
    """The processes of one kind: their records, their plans, and the messages that they wait to send."""

    def __init__(
        self,
        process: Process[P],
        *,
        store: Store,
        outbox: Outbox,
        events: Events,
        locks: Locks,
        clock: Clock,
        behaviour: Behaviour,
    ) -> None:
        self._process: Process[P] = process
        self._store = store
        self._outbox = outbox
        self._events = events
        self._locks = locks
        self._clock = clock
        self._behaviour = behaviour
        self._agenda = Agenda(clock, self._take_planned)
        self._sending: set[str] = set()
        """Processes for which a message was stored; where the transaction failed, one is looked for in vain."""
        events.tap(self._seen)
        outbox.register(process.kind, Sender(process.prepare, self._acknowledged, self._failed, self._changed))

    async def start(self) -> None:
        """Take up the steps that a former life of this node planned for later."""
        machine, collection = self._process.machine, self._process.collection
        planning = tuple(state for state in machine.wire_states if not machine.is_final(state))
        open_ = await self._store.read(lambda reader: reader.find(collection, {"state": planning}, limit=1_000_000))
        for record in open_:
            self._agenda.keep(record.id, record.planned)

    async def stop(self) -> None:
        """Let the timers go; what is planned stays stored."""
        await self._agenda.stop()

    # --- asked by our own side

    async def commit(self, change: Callable[[Transaction], P | Repeated[P]]) -> P:
        """Store a change, tell those who wait for it, and send what was stored with it.

        A caller that is cancelled meanwhile takes nothing back: what was stored is told and sent all the same.
        """
        return await asyncio.shield(asyncio.ensure_future(self._committed(change)))

    async def _committed(self, change: Callable[[Transaction], P | Repeated[P]]) -> P:
        record = await self._store.write(change)
        if isinstance(record, Repeated):
            return record.known
        self._changed(record)
        if record.id in self._sending:
            self._sending.discard(record.id)
            self._outbox.kick(record.id)
        return record

    async def decide(self, own_pid: str, change: Callable[[Transaction, P], None]) -> P:
        """Change one process. Raises Unknown, and what `change` raises; then nothing has changed."""

        def take(tx: Transaction) -> P | Repeated[P]:
            record = tx.need(self._process.collection, own_pid)
            change(tx, record)
            return record

        async with self._locks.hold(own_pid):
            return await self.commit(take)

    async def _take_planned(self, own_pid: str, plan_id: str) -> None:
        """The step that is due, unless something came first."""

        def take(tx: Transaction) -> P | Repeated[P]:
            record = tx.need(self._process.collection, own_pid)
            plan = record.planned
            if plan is None or plan.id != plan_id:
                return Repeated(record)
            self.follow(tx, record, due_step(plan))
            return record

        async with self._locks.hold(own_pid):
            await self.commit(take)

    # --- received from the counterparty

    def known(self, reader: Reader, role: Role, pid: str | None, counterparty: Counterparty) -> P | None:
        """The process that an opening message opened before; `pid` is the counterparty's."""
        where = {"role": role, f"{OTHER[role]}_pid": pid, "counterparty": counterparty.did}
        return reader.one(self._process.collection, where)

    async def show(self, own_pid: str, counterparty: Counterparty) -> P:
        """The process, for the counterparty that takes part in it. Raises Unknown."""
        return await self._store.read(lambda reader: self._own(reader, own_pid, counterparty))

    def receive(
        self, tx: Transaction, own_pid: str, kind: str, message: Message, counterparty: Counterparty
    ) -> P | Repeated[P]:
        """Any message but the first. Raises Unknown, Conflict (`dsp/transition`) or Invalid."""
        record = self._own(tx, own_pid, counterparty)
        _check_pids(record, message, self._process.kind)
        if not once(tx, counterparty.did, message.message_id, process_id=own_pid, kind=kind):
            return Repeated(record)
        machine, before = self._process.machine, record.state
        if machine.is_repeat(before, kind, sender=OTHER[record.role]) and self._process.is_same(record, message):
            self._crossed(tx, record, kind, message)
            return Repeated(record)
        record.state = machine.receive(before, kind, sender=OTHER[record.role])
        _learn_pids(record, message.provider_pid, message.consumer_pid)
        if machine.is_sending(before) and record.state != before:
            drop_messages(tx, record)
        if record.state != "TERMINATING":
            with taking(message):
                self._process.take(tx, record, kind, message, counterparty)
        else:
            self._crossed(tx, record, kind, message)
        return record

    def _crossed(self, tx: Transaction, record: P, kind: str, message: Message) -> None:
        """A message that changes nothing any more: it stands in the log, as it does in the counterparty's."""
        with taking(message):
            self.audit(tx, record, f"{kind}.crossed", record.counterparty, code=message.code, reasons=message.reasons)

    def _own(self, reader: Reader, own_pid: str, counterparty: Counterparty) -> P:
        record = reader.get(self._process.collection, own_pid)
        if record is None or record.counterparty != counterparty.did:
            raise Unknown(self._process.unknown, f"there is no {self._process.machine.name} {own_pid!r}")
        return record

    # --- what follows

    def react(
        self,
        tx: Transaction,
        record: P,
        kind: str,
        sender: Role,
        proposed: Step,
        own_terms: Mapping[str, Any] | None = None,
    ) -> None:
        """Ask the participant's behaviour what follows a message; take the step, or keep it until it is due."""
        record.planned = None
        occasion = Occasion(record, kind, sender, proposed)
        step = chosen(self._behaviour, occasion, lambda wanted: self._check_step(record, wanted))
        if step.action in ("offer", "counter") and step.offer is None:
            step = replace(step, offer=own_terms)
        if step.after and step.action != "wait":
            record.planned = planned(step, tx.now, self._clock.new_id())
            step = WAIT
        self.follow(tx, record, step)

    def _check_step(self, record: P, step: Step) -> None:
        """Raise a Problem where the state does not allow a step, or this node cannot keep it."""
        kind = message_of(record.role, step.action, self._process.kinds)
        self._process.machine.decide(record.state, kind, own=record.role)
        self._process.check(record, kind, step)

    def follow(self, tx: Transaction, record: P, step: Step, actor: str = "node") -> None:
        """Take a step at once. Raises Conflict or Invalid."""
        if step.action == "wait":
            self.keep(tx, record)
            return
        kind = message_of(record.role, step.action, self._process.kinds)
        self._process.follow(tx, record, kind, step, actor)

    def send(self, tx: Transaction, record: P, kind: str, actor: str, **detail: Any) -> str:
        """Store the decided state together with the message that tells it; the message's id. Raises Conflict."""
        record.state = self._process.machine.decide(record.state or None, kind, own=record.role)
        record.planned = None
        message_id = self._clock.new_id()
        self.keep(tx, record)
        outgoing = Outgoing(
            id=message_id,
            kind=self._process.kind,
            process_id=record.id,
            counterparty=record.counterparty,
            url=self._process.url(record, kind),
            message=kind,
            body=self._process.body(record, kind, message_id),
            created_at=tx.now,
        )
        tx.put(OUTGOING, outgoing)
        self._sending.add(record.id)
        self.audit(tx, record, f"{kind}.decided", actor, messageId=message_id, messageType=kind, **detail)
        tx.mark(record.state)
        return message_id

    def keep(self, tx: Transaction, record: P) -> None:
        """Store a record that was changed now."""
        record.updated_at = tx.now
        tx.put(self._process.collection, record)

    def audit(self, tx: Transaction, record: P, event: str, actor: str, **detail: Any) -> None:
        """An entry about a process; what is empty is not said."""
        said = {**self._process.facts(record), **{key: value for key, value in detail.items() if value}}
        message = _TAKING.get()
        if message is not None and actor == record.counterparty and message.message_id:
            said |= {"messageId": message.message_id, "messageType": message.kind}
        tx.audit(f"{self._process.kind}.{event}", record.id, said, actor=actor)

    # --- the outbox's questions

    def _acknowledged(self, tx: Transaction, outgoing: Outgoing, answer: Answer) -> Record | None:
        record = tx.get(self._process.collection, outgoing.process_id)
        if record is None:
            return None
        if self._process.is_opening(record, outgoing.message):
            self._read_pids(record, answer)
        machine, before = self._process.machine, record.state
        record.state = machine.acknowledged(before, outgoing.message)
        if record.state == before or machine.is_final(record.state):
            self.keep(tx, record)
        else:
            self.react(tx, record, outgoing.message, record.role, WAIT)
        return record

    def _read_pids(self, record: P, answer: Answer) -> None:
        ack = reading.read_ack(decode(answer.body), self._process.ack_type) if answer.body else None
        if ack is None:
            raise Invalid(self._process.unnamed, f"the {OTHER[record.role]}'s answer names no process")
        _learn_pids(record, ack.provider_pid, ack.consumer_pid)

    def _failed(self, tx: Transaction, outgoing: Outgoing, why: Undelivered) -> Record | None:
        record = tx.get(self._process.collection, outgoing.process_id)
        if record is None:
            return None
        self._process.failed(tx, record, why)
        record.planned = None
        if record.state != "TERMINATING":
            record.code = why.code or self._process.undelivered
            record.reasons = list(why.reasons) or [f"the {outgoing.message} message was not taken: {why.cause}"]
        record.state = "TERMINATED"
        self.audit(tx, record, "terminated", "node", code=record.code, reasons=record.reasons)
        self.keep(tx, record)
        return record

    def _seen(self, event: Event) -> None:
        """What another process of this node planned is due here too: the first that takes the step has taken it."""
        if event.is_elsewhere and isinstance(event.record, self._process.collection.type):
            self._agenda.keep(event.record.id, event.record.planned)

    def _changed(self, record: Record) -> None:
        assert isinstance(record, Negotiation | Transfer)
        self._agenda.keep(record.id, record.planned)
        self._events.publish(f"{self._process.kind}.{record.state.lower()}", record.id, record)


def drop_messages(tx: Transaction, record: Negotiation | Transfer) -> None:
    """Forget what waits to be sent: the peer's own next message says that ours arrived, or it is void."""
    for outgoing in tx.find(OUTGOING, {"process_id": record.id}):
        tx.remove(OUTGOING, outgoing.id)


def _learn_pids(record: Negotiation | Transfer, provider_pid: str | None, consumer_pid: str | None) -> None:
    record.provider_pid = record.provider_pid or provider_pid or ""
    record.consumer_pid = record.consumer_pid or consumer_pid or ""


def _check_pids(record: Negotiation | Transfer, message: Message, kind: str) -> None:
    for name in ("consumer_pid", "provider_pid"):
        said, known = getattr(message, name), getattr(record, name)
        if said and known and said != known:
            raise Invalid("dsp/pid", f"{name} {said!r} in the body is not that of this {kind}", pointer=f"/{name}")
