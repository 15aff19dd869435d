"""Contract negotiations, both roles: what comes in moves the state, policy decides, what goes out is stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector.dsp import negotiation, reading
from connector.dsp.reading import Message
from connector.dsp.transitions import OTHER, Role
from connector.notation.exact_json import decode
from connector.notation.problems import Conflict, Invalid, Unknown
from connector.ports import Also, Answer, Clock, Store, Transaction
from connector.records import AGREEMENTS, ASSETS, NEGOTIATIONS, OUTGOING, Agreement, Negotiation, Outgoing, Record
from connector.services.events import Events
from connector.services.exchange import contract_messages
from connector.services.exchange.agenda import Agenda
from connector.services.exchange.behaviour import (
    NEGOTIATION_KINDS,
    WAIT,
    Behaviour,
    Occasion,
    Step,
    by_rule,
    chosen,
    due_step,
    message_of,
    planned,
)
from connector.services.exchange.catalog import Catalog
from connector.services.exchange.terms import Reason, Terms
from connector.services.identity.identity import Counterparty, Identity
from connector.services.locks import Locks
from connector.services.outbox import Outbox, Sender, Undelivered
from connector.services.received import once
from connector.services.usage.usage import Policies

_PLANNING = tuple(state for state in negotiation.WIRE_STATES if not negotiation.is_final(state))
"""States in which a step can be planned for later."""


@dataclass(frozen=True, slots=True)
class _Repeated:
    """What a message that was taken before is answered with; nothing changed, nobody is told."""

    known: Negotiation


class Negotiations:
    """Contract negotiations of this node."""

    def __init__(
        self,
        *,
        identity: Identity,
        store: Store,
        outbox: Outbox,
        catalog: Catalog,
        policies: Policies,
        events: Events,
        locks: Locks,
        clock: Clock,
        callback: str,
        behaviour: Behaviour = by_rule,
    ) -> None:
        self._identity = identity
        self._store = store
        self._outbox = outbox
        self._catalog = catalog
        self._terms = Terms(policies, identity.own.did)
        self._events = events
        self._locks = locks
        self._clock = clock
        self._callback = callback
        self._behaviour = behaviour
        self._agenda = Agenda(clock, self._take_planned)
        outbox.register("negotiation", Sender(self._prepare, self._acknowledged, self._failed, self._changed))

    async def start(self) -> None:
        """Take up the steps that a former life of this node planned for later."""
        open_ = await self._store.read(lambda reader: reader.find(NEGOTIATIONS, {"state": _PLANNING}, limit=1_000_000))
        for record in open_:
            self._agenda.keep(record.id, record.planned)

    async def stop(self) -> None:
        """Let the timers go; what is planned stays stored."""
        await self._agenda.stop()

    # --- asked by our own side

    async def request(
        self,
        *,
        counterparty: str,
        counterparty_address: str,
        offer: Mapping[str, Any],
        actor: str = "node",
        also: Also | None = None,
    ) -> Negotiation:
        """Ask for a contract on `offer` (an Offer with @id and target, as a catalog shows it).

        `also` keeps in the same transaction what belongs to the new negotiation.
        """
        self._terms.check_offer(offer)
        own_pid = self._clock.new_id()

        def start(tx: Transaction) -> Negotiation:
            record = Negotiation(
                id=own_pid,
                role="consumer",
                state="",
                counterparty=counterparty,
                counterparty_address=counterparty_address.rstrip("/"),
                consumer_pid=own_pid,
                dataset_id=str(offer["target"]),
                offer=dict(offer),
                created_at=tx.now,
                updated_at=tx.now,
            )
            self._decide(tx, record, "request", actor)
            if also is not None:
                also(tx, own_pid)
            return record

        return await self._store_and_send(start)

    async def propose(
        self, *, counterparty: str, counterparty_address: str, offer: Mapping[str, Any], actor: str = "node"
    ) -> Negotiation:
        """Offer a contract on our own dataset to one partner (we provide, and speak first). Raises Invalid, Unknown."""
        own_pid = self._clock.new_id()
        offer = {"@id": f"urn:uuid:{own_pid}", **offer}
        self._terms.check_offer(offer)

        def start(tx: Transaction) -> Negotiation:
            if tx.get(ASSETS, str(offer["target"])) is None:
                raise Unknown("asset/unknown", f"there is no asset {offer['target']!r}")
            record = Negotiation(
                id=own_pid,
                role="provider",
                state="",
                counterparty=counterparty,
                counterparty_address=counterparty_address.rstrip("/"),
                provider_pid=own_pid,
                dataset_id=str(offer["target"]),
                offer=dict(offer),
                created_at=tx.now,
                updated_at=tx.now,
            )
            self._decide(tx, record, "offer", actor)
            return record

        return await self._store_and_send(start)

    async def decide(self, own_pid: str, step: Step, *, actor: str = "node") -> Negotiation:
        """What a person decides on a negotiation that waits: accept, counter, agree, verify, finalize, terminate.

        Raises Unknown, Conflict (`dsp/transition`, `exchange/action`) or Invalid (the terms of a counter-offer).
        """

        def take(tx: Transaction) -> Negotiation:
            record = tx.need(NEGOTIATIONS, own_pid)
            self._follow(tx, record, step, actor)
            return record

        async with self._locks.hold(own_pid):
            return await self._store_and_send(take)

    async def _take_planned(self, own_pid: str, plan_id: str) -> None:
        """The step that is due, unless something came first."""

        def take(tx: Transaction) -> Negotiation | _Repeated:
            record = tx.need(NEGOTIATIONS, own_pid)
            plan = record.planned
            if plan is None or plan.id != plan_id:
                return _Repeated(record)
            self._follow(tx, record, due_step(plan))
            return record

        async with self._locks.hold(own_pid):
            await self._store_and_send(take)

    async def terminate(self, own_pid: str, reason: str, *, actor: str = "node") -> Negotiation:
        """End a negotiation that is not over."""

        def end(tx: Transaction) -> Negotiation:
            record = tx.need(NEGOTIATIONS, own_pid)
            self._end(tx, record, Reason("negotiation/terminated", (reason or "ended by the participant",)), actor)
            return record

        async with self._locks.hold(own_pid):
            return await self._store_and_send(end)

    async def _store_and_send(self, change: Any) -> Negotiation:
        record: Negotiation | _Repeated = await self._store.write(change)
        if isinstance(record, _Repeated):
            return record.known
        self._changed(record)
        self._outbox.kick(record.id)
        return record

    # --- received from the counterparty

    async def receive_request(self, message: Message, counterparty: Counterparty) -> Negotiation:
        """A ContractRequestMessage that opens a negotiation (we provide). Raises Unknown where nothing is offered."""
        if not message.callback_address or not message.consumer_pid:
            raise Invalid(
                "negotiation/callback",
                "a request that opens a negotiation needs callbackAddress and consumerPid",
                pointer="/callbackAddress" if message.consumer_pid else "/consumerPid",
            )

        def open_(tx: Transaction) -> Negotiation | _Repeated:
            same = tx.one(
                NEGOTIATIONS,
                {"role": "provider", "consumer_pid": message.consumer_pid, "counterparty": counterparty.did},
            )
            if same is not None:
                return _Repeated(same)
            offered = self._catalog.offered(tx, str((message.offer or {}).get("@id", "")), counterparty)
            own_pid = self._clock.new_id()
            record = Negotiation(
                id=own_pid,
                role="provider",
                state=negotiation.receive(None, "request", sender="consumer"),
                counterparty=counterparty.did,
                counterparty_address=message.callback_address or "",
                consumer_pid=message.consumer_pid or "",
                provider_pid=own_pid,
                dataset_id=offered.asset_id,
                offer=dict(message.offer or {}),
                created_at=tx.now,
                updated_at=tx.now,
            )
            self._audit(tx, record, "negotiation.requested", counterparty.did)
            self._react_to_request(tx, record, offered.policy, counterparty)
            return record

        offer_id = str((message.offer or {}).get("@id", ""))
        async with (
            self._locks.hold(f"{counterparty.did} {message.consumer_pid}"),
            self._catalog.noting(counterparty, offer_id=offer_id),
        ):
            return await self._store_and_send(open_)

    async def receive_offer(self, message: Message, counterparty: Counterparty) -> Negotiation:
        """A ContractOfferMessage that opens a negotiation (we consume); by rule it waits for a person."""
        target = (message.offer or {}).get("target")
        for member, value in (("callbackAddress", message.callback_address), ("providerPid", message.provider_pid)):
            if not value:
                raise Invalid(
                    "negotiation/callback", f"an offer that opens a negotiation needs {member}", pointer=f"/{member}"
                )
        if not isinstance(target, str) or not target:
            raise Invalid("negotiation/target", "an offer needs its target, the dataset", pointer="/offer/target")

        def open_(tx: Transaction) -> Negotiation | _Repeated:
            same = tx.one(
                NEGOTIATIONS,
                {"role": "consumer", "provider_pid": message.provider_pid, "counterparty": counterparty.did},
            )
            if same is not None:
                return _Repeated(same)
            own_pid = self._clock.new_id()
            record = Negotiation(
                id=own_pid,
                role="consumer",
                state=negotiation.receive(None, "offer", sender="provider"),
                counterparty=counterparty.did,
                counterparty_address=message.callback_address or "",
                consumer_pid=own_pid,
                provider_pid=message.provider_pid or "",
                dataset_id=target,
                offer=dict(message.offer or {}),
                created_at=tx.now,
                updated_at=tx.now,
            )
            self._audit(tx, record, "negotiation.offered", counterparty.did)
            self._react(tx, record, "offer", "provider", WAIT)
            return record

        async with self._locks.hold(f"{counterparty.did} {message.provider_pid}"):
            return await self._store_and_send(open_)

    async def receive(self, own_pid: str, kind: str, message: Message, counterparty: Counterparty) -> Negotiation:
        """Any later message. Raises Unknown, Conflict (`dsp/transition`) or Invalid; then nothing has changed."""

        def take(tx: Transaction) -> Negotiation | _Repeated:
            record = self._own(tx, own_pid, counterparty)
            self._check_pids(record, message)
            if not once(tx, counterparty.did, message.message_id, process_id=own_pid, kind=kind):
                return _Repeated(record)
            before = record.state
            record.state = negotiation.receive(before, kind, sender=OTHER[record.role])
            record.provider_pid = record.provider_pid or message.provider_pid or ""
            record.consumer_pid = record.consumer_pid or message.consumer_pid or ""
            if negotiation.is_sending(before) and record.state != before:
                self._drop_messages(tx, record)
            if record.state != "TERMINATING":
                getattr(self, f"_on_{kind}")(tx, record, message, counterparty)
            return record

        offer_id = str((message.offer or {}).get("@id", ""))
        async with self._locks.hold(own_pid), self._catalog.noting(counterparty, offer_id=offer_id):
            return await self._store_and_send(take)

    async def show(self, own_pid: str, counterparty: Counterparty) -> Negotiation:
        """The negotiation, for the counterparty that takes part in it."""
        return await self._store.read(lambda reader: self._own(reader, own_pid, counterparty))

    def _own(self, reader: Any, own_pid: str, counterparty: Counterparty) -> Negotiation:
        record: Negotiation | None = reader.get(NEGOTIATIONS, own_pid)
        if record is None or record.counterparty != counterparty.did:
            raise Unknown("negotiation/unknown", f"there is no contract negotiation {own_pid!r}")
        return record

    @staticmethod
    def _check_pids(record: Negotiation, message: Message) -> None:
        for name in ("consumer_pid", "provider_pid"):
            said, known = getattr(message, name), getattr(record, name)
            if said and known and said != known:
                raise Invalid(
                    "dsp/pid", f"{name} {said!r} in the body is not that of this negotiation", pointer=f"/{name}"
                )

    # --- what a message brings about

    def _on_request(self, tx: Transaction, record: Negotiation, message: Message, counterparty: Counterparty) -> None:
        """A counter-offer of the consumer."""
        record.offer = dict(message.offer or {})
        offered = self._catalog.offered_for(tx, record.dataset_id, counterparty)
        self._audit(tx, record, "negotiation.requested", counterparty.did)
        self._react_to_request(tx, record, offered.policy, counterparty)

    def _on_offer(self, tx: Transaction, record: Negotiation, message: Message, counterparty: Counterparty) -> None:
        """A (counter-)offer of the provider: one that grants what was asked is accepted, others wait for a person."""
        findings = self._terms.differences(record.offer, message.offer or {})
        record.offer = dict(message.offer or {})
        self._audit(tx, record, "negotiation.offered", counterparty.did)
        self._react(tx, record, "offer", "provider", WAIT if findings else Step("accept"))

    def _on_accepted(self, tx: Transaction, record: Negotiation, _: Message, counterparty: Counterparty) -> None:
        self._audit(tx, record, "negotiation.accepted", counterparty.did)
        self._react(tx, record, "accepted", "consumer", Step("agree"))

    def _on_agreement(self, tx: Transaction, record: Negotiation, message: Message, counterparty: Counterparty) -> None:
        """The provider's contract: it must say what was asked for, between the two of us."""
        self._terms.check_agreement(record, message)
        agreement = message.agreement or {}
        record.agreement_id = str(agreement["@id"])
        if tx.get(AGREEMENTS, record.agreement_id) is not None:
            raise Invalid(
                "negotiation/agreement-id",
                "there is another agreement of this id here: each needs one of its own",
                pointer="/agreement/@id",
            )
        self._audit(tx, record, "negotiation.agreed", counterparty.did, agreementId=record.agreement_id)
        tx.put(AGREEMENTS, self._agreement(record, agreement, _signed_at(message.timestamp, tx.now)))
        self._react(tx, record, "agreement", "provider", Step("verify"))

    def _on_verification(self, tx: Transaction, record: Negotiation, _: Message, counterparty: Counterparty) -> None:
        self._audit(tx, record, "negotiation.verified", counterparty.did, agreementId=record.agreement_id)
        self._react(tx, record, "verification", "consumer", Step("finalize"))

    def _on_finalized(self, tx: Transaction, record: Negotiation, _: Message, counterparty: Counterparty) -> None:
        self._audit(tx, record, "negotiation.finalized", counterparty.did, agreementId=record.agreement_id)
        tx.put(NEGOTIATIONS, self._touched(tx, record))

    def _on_termination(
        self, tx: Transaction, record: Negotiation, message: Message, counterparty: Counterparty
    ) -> None:
        record.code, record.reasons, record.terminated_by = message.code or "", list(message.reasons), counterparty.did
        record.planned = None
        self._withdraw(tx, record)
        self._audit(tx, record, "negotiation.terminated", counterparty.did, code=record.code, reasons=record.reasons)
        tx.put(NEGOTIATIONS, self._touched(tx, record))

    def _react_to_request(
        self, tx: Transaction, record: Negotiation, offered: Mapping[str, Any], counterparty: Counterparty
    ) -> None:
        """The rule: agree where the request asks for what is offered and policy permits it; else end it with why."""
        reason = self._terms.objection(record, offered, counterparty)
        rule = Step("agree") if reason is None else Step("terminate", code=reason.code, reasons=reason.sentences)
        self._react(tx, record, "request", "consumer", rule, offered)

    def _react(
        self,
        tx: Transaction,
        record: Negotiation,
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
        self._follow(tx, record, step)

    def _check_step(self, record: Negotiation, step: Step) -> None:
        """Raise a Problem where the state does not allow a step, or this node cannot keep its terms."""
        kind = message_of(record.role, step.action, NEGOTIATION_KINDS)
        negotiation.decide(record.state, kind, own=record.role)
        if step.offer is not None:
            self._terms.counter(record, step.offer)
        elif kind in ("agreement", "accepted", "request"):
            self._terms.rules(record.offer)

    def _follow(self, tx: Transaction, record: Negotiation, step: Step, actor: str = "node") -> None:
        """Take a step at once. Raises Conflict or Invalid."""
        if step.action == "wait":
            tx.put(NEGOTIATIONS, self._touched(tx, record))
            return
        kind = message_of(record.role, step.action, NEGOTIATION_KINDS)
        match kind:
            case "termination":
                said = step.reasons or ("ended by the participant",)
                self._end(tx, record, Reason(step.code or "negotiation/terminated", said), actor)
            case "agreement":
                self._agree(tx, record, actor)
            case _:
                if step.offer is not None:
                    record.offer = self._terms.counter(record, step.offer)
                self._decide(tx, record, kind, actor)

    def _agree(self, tx: Transaction, record: Negotiation, actor: str) -> None:
        record.agreement_id = self._clock.new_id()
        tx.put(AGREEMENTS, self._agreement(record, record.offer, tx.now))
        self._decide(tx, record, "agreement", actor)

    def _agreement(self, record: Negotiation, document: Mapping[str, Any], signed_at: datetime) -> Agreement:
        own, other = self._identity.own.did, record.counterparty
        consumer, provider = (own, other) if record.role == "consumer" else (other, own)
        return Agreement(
            id=record.agreement_id,
            negotiation_id=record.id,
            role=record.role,
            consumer=consumer,
            provider=provider,
            dataset_id=record.dataset_id,
            policy=self._terms.rules(document),
            signed_at=signed_at,
        )

    # --- deciding and sending

    def _decide(self, tx: Transaction, record: Negotiation, kind: str, actor: str = "node") -> None:
        """Store the decided state together with the message that tells it."""
        record.state = negotiation.decide(record.state or None, kind, own=record.role)
        record.planned = None
        message_id = self._clock.new_id()
        tx.put(NEGOTIATIONS, self._touched(tx, record))
        tx.put(
            OUTGOING,
            Outgoing(
                id=message_id,
                kind="negotiation",
                process_id=record.id,
                counterparty=record.counterparty,
                url=contract_messages.url(record, kind),
                message=kind,
                body=contract_messages.body(
                    record, kind, message_id, terms=self._terms, own=self._identity.own.did, callback=self._callback
                ),
                created_at=tx.now,
            ),
        )
        self._audit(tx, record, f"negotiation.{kind}.decided", actor, agreementId=record.agreement_id)
        tx.mark(record.state)

    def _end(self, tx: Transaction, record: Negotiation, reason: Reason, actor: str = "node") -> None:
        if negotiation.is_final(record.state):
            raise Conflict("negotiation/over", f"the negotiation is over ({record.state})")
        record.code, record.reasons = reason.code, list(reason.sentences)
        record.terminated_by = self._identity.own.did
        self._withdraw(tx, record)
        self._decide(tx, record, "termination", actor)
        self._audit(tx, record, "negotiation.refused", actor, code=record.code, reasons=record.reasons)

    @staticmethod
    def _withdraw(tx: Transaction, record: Negotiation) -> None:
        """A negotiation that ends unfinished leaves no contract and no message behind."""
        if record.agreement_id:
            tx.remove(AGREEMENTS, record.agreement_id)
        Negotiations._drop_messages(tx, record)

    @staticmethod
    def _drop_messages(tx: Transaction, record: Negotiation) -> None:
        """Forget what waits to be sent: the peer's own next message says that ours arrived, or it is void."""
        for outgoing in tx.find(OUTGOING, {"process_id": record.id}):
            tx.remove(OUTGOING, outgoing.id)

    @staticmethod
    def _touched(tx: Transaction, record: Negotiation) -> Negotiation:
        record.updated_at = tx.now
        return record

    @staticmethod
    def _audit(tx: Transaction, record: Negotiation, event: str, actor: str, **detail: Any) -> None:
        said = {"counterparty": record.counterparty, "dataset": record.dataset_id, "state": record.state}
        tx.audit(event, record.id, {**said, **{key: value for key, value in detail.items() if value}}, actor=actor)

    # --- the outbox's questions

    def _prepare(self, outgoing: Outgoing) -> dict[str, Any]:
        return outgoing.body

    def _acknowledged(self, tx: Transaction, outgoing: Outgoing, answer: Answer) -> Record | None:
        record = tx.get(NEGOTIATIONS, outgoing.process_id)
        if record is None:
            return None
        if contract_messages.is_opening(record):
            ack = reading.read_ack(decode(answer.body), "ContractNegotiation") if answer.body else None
            if ack is None:
                raise Invalid("negotiation/ack", f"the {OTHER[record.role]}'s answer names no process")
            record.provider_pid = record.provider_pid or ack.provider_pid
            record.consumer_pid = record.consumer_pid or ack.consumer_pid
        before, record.state = record.state, negotiation.acknowledged(record.state, outgoing.message)
        if record.state == before or negotiation.is_final(record.state):
            tx.put(NEGOTIATIONS, self._touched(tx, record))
        else:
            self._react(tx, record, outgoing.message, record.role, WAIT)
        return record

    def _failed(self, tx: Transaction, outgoing: Outgoing, why: Undelivered) -> Record | None:
        record = tx.get(NEGOTIATIONS, outgoing.process_id)
        if record is None:
            return None
        self._withdraw(tx, record)
        record.planned = None
        if record.state != "TERMINATING":
            record.code = why.code or "negotiation/undelivered"
            record.reasons = list(why.reasons) or [f"the {outgoing.message} message was not taken: {why.cause}"]
            record.terminated_by = record.counterparty if why.code else self._identity.own.did
        record.state = "TERMINATED"
        self._audit(tx, record, "negotiation.terminated", "node", code=record.code, reasons=record.reasons)
        tx.put(NEGOTIATIONS, self._touched(tx, record))
        return record

    def _changed(self, record: Record) -> None:
        assert isinstance(record, Negotiation)
        self._agenda.keep(record.id, record.planned)
        self._events.publish(f"negotiation.{record.state.lower()}", record.id, record)


def _signed_at(timestamp: str | None, now: datetime) -> datetime:
    """When the provider says it signed; not later than now, and now where it does not say."""
    try:
        signed = datetime.fromisoformat(timestamp) if timestamp else now
    except ValueError:
        raise Invalid("negotiation/timestamp", f"{timestamp!r} is no time", pointer="/agreement/timestamp") from None
    return min(signed, now) if signed.tzinfo else now
