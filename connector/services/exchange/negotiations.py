"""Contract negotiations, both roles: what comes in moves the state, policy decides, what goes out is stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from connector.dsp import negotiation
from connector.dsp.reading import Message
from connector.dsp.transitions import OTHER, Role
from connector.notation.problems import Conflict, Invalid, Refused, Unknown
from connector.ports import Also, Clock, Reader, Store, Transaction
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, Agreement, Negotiation
from connector.records.offers import ASSETS
from connector.services.catalog.catalog import Catalog
from connector.services.events import Events
from connector.services.exchange import contract_messages
from connector.services.exchange.behaviour import NEGOTIATION_KINDS, WAIT, Approval, Behaviour, Step, by_rule
from connector.services.exchange.processes import Process, Processes, Repeated, drop_messages, taking
from connector.services.exchange.terms import Reason, Terms
from connector.services.identity.identity import Counterparty, Identity
from connector.services.locks import Locks
from connector.services.outbox import Outbox, Undelivered
from connector.services.usage import holding
from connector.services.usage.acceptance import accept
from connector.services.usage.export import ExportGate
from connector.services.usage.usage import Policies, credentials_of, dry_run

BY_RULE: Final = Approval()


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
        approval: Approval = BY_RULE,
        export: ExportGate | None = None,
    ) -> None:
        self._approval = approval
        self._identity = identity
        self._catalog = catalog
        self._terms = Terms(policies, identity.own.did, export)
        self._locks = locks
        self._clock = clock
        self._callback = callback
        self._processes = Processes(
            Process(
                kind="negotiation",
                ack_type="ContractNegotiation",
                unknown="negotiation/unknown",
                unnamed="negotiation/ack",
                undelivered="negotiation/undelivered",
                collection=NEGOTIATIONS,
                machine=negotiation.MACHINE,
                kinds=NEGOTIATION_KINDS,
                is_opening=lambda record, _: contract_messages.is_opening(record),
                is_same=_is_same,
                take=self._take,
                check=self._check,
                follow=self._follow,
                url=contract_messages.url,
                body=self._body,
                prepare=lambda outgoing: outgoing.body,
                failed=self._failed,
                facts=_facts,
            ),
            store=store,
            outbox=outbox,
            events=events,
            locks=locks,
            clock=clock,
            behaviour=behaviour,
        )

    async def start(self) -> None:
        """Take up the steps that a former life of this node planned for later."""
        await self._processes.start()

    async def stop(self) -> None:
        """Let the timers go; what is planned stays stored."""
        await self._processes.stop()

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
            self._check_listed(tx, offer)
            record = _opened(tx, own_pid, "consumer", counterparty, counterparty_address.rstrip("/"), offer)
            self._decide(tx, record, "request", actor)
            if also is not None:
                also(tx, own_pid)
            return record

        return await self._processes.commit(start)

    def _check_listed(self, reader: Reader, offer: Mapping[str, Any]) -> None:
        """Where only policies of the accept-list are asked for: this is one. Raises Refused."""
        if self._approval.is_listed_only and not self._terms.is_listed(reader, offer):
            said = f"the policy {self._terms.digest(offer)} is not on the accept-list here: `ionport policy accept`"
            raise Refused("negotiation/not-on-accept-list", said)

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
            record = _opened(tx, own_pid, "provider", counterparty, counterparty_address.rstrip("/"), offer)
            self._decide(tx, record, "offer", actor)
            return record

        return await self._processes.commit(start)

    async def decide(self, own_pid: str, step: Step, *, actor: str = "node") -> Negotiation:
        """What a person decides on a negotiation that waits: accept, counter, agree, verify, finalize, terminate.

        Raises Unknown, Conflict (`dsp/transition`, `exchange/action`) or Invalid (the terms of a counter-offer).
        """

        return await self._processes.decide(own_pid, lambda tx, record: self._processes.follow(tx, record, step, actor))

    async def terminate(self, own_pid: str, reason: str, *, actor: str = "node") -> Negotiation:
        """End a negotiation that is not over."""

        why = Reason("negotiation/terminated", (reason or "ended by the participant",))
        return await self._processes.decide(own_pid, lambda tx, record: self._end(tx, record, why, actor))

    # --- received from the counterparty

    async def receive_request(self, message: Message, counterparty: Counterparty) -> Negotiation:
        """A ContractRequestMessage that opens a negotiation (we provide). Raises Unknown where nothing is offered."""
        if not message.callback_address or not message.consumer_pid:
            raise Invalid(
                "negotiation/callback",
                "a request that opens a negotiation needs callbackAddress and consumerPid",
                pointer="/callbackAddress" if message.consumer_pid else "/consumerPid",
            )

        def open_(tx: Transaction) -> Negotiation | Repeated[Negotiation]:
            same = self._processes.known(tx, "provider", message.consumer_pid, counterparty)
            if same is not None:
                return Repeated(same)
            offered = self._catalog.offered(tx, str((message.offer or {}).get("@id", "")), counterparty)
            record = self._asked(tx, "provider", "request", offered.asset_id, message, counterparty)
            self._judge_request(tx, record, offered.policy, counterparty, message)
            return record

        offer_id = str((message.offer or {}).get("@id", ""))
        async with (
            self._locks.hold(f"{counterparty.did} {message.consumer_pid}"),
            self._catalog.noting(counterparty, offer_id=offer_id),
        ):
            return await self._processes.commit(open_)

    async def receive_offer(self, message: Message, counterparty: Counterparty) -> Negotiation:
        """A ContractOfferMessage that opens a negotiation (we consume); by rule it waits for a person, unless a person
        has put its policy on the accept-list."""
        target = (message.offer or {}).get("target")
        for member, value in (("callbackAddress", message.callback_address), ("providerPid", message.provider_pid)):
            if not value:
                raise Invalid(
                    "negotiation/callback", f"an offer that opens a negotiation needs {member}", pointer=f"/{member}"
                )
        if not isinstance(target, str) or not target:
            raise Invalid("negotiation/target", "an offer needs its target, the dataset", pointer="/offer/target")

        def open_(tx: Transaction) -> Negotiation | Repeated[Negotiation]:
            same = self._processes.known(tx, "consumer", message.provider_pid, counterparty)
            if same is not None:
                return Repeated(same)
            record = self._asked(tx, "consumer", "offer", target, message, counterparty)
            with taking(message):
                self._processes.audit(tx, record, "offered", counterparty.did)
            step = Step("accept") if self._terms.is_listed(tx, record.offer) else WAIT
            self._processes.react(tx, record, "offer", "provider", step)
            return record

        async with self._locks.hold(f"{counterparty.did} {message.provider_pid}"):
            return await self._processes.commit(open_)

    def _asked(
        self, tx: Transaction, role: Role, kind: str, dataset_id: str, message: Message, counterparty: Counterparty
    ) -> Negotiation:
        """The negotiation that the counterparty's message of this kind opens."""
        address, own_pid = message.callback_address or "", self._clock.new_id()
        record = _opened(tx, own_pid, role, counterparty.did, address, message.offer or {}, dataset_id)
        record.state = negotiation.receive(None, kind, sender=OTHER[role])
        record.provider_pid = record.provider_pid or message.provider_pid or ""
        record.consumer_pid = record.consumer_pid or message.consumer_pid or ""
        return record

    async def receive(self, own_pid: str, kind: str, message: Message, counterparty: Counterparty) -> Negotiation:
        """Any later message. Raises Unknown, Conflict (`dsp/transition`) or Invalid; then nothing has changed."""

        offer_id = str((message.offer or {}).get("@id", ""))
        async with self._locks.hold(own_pid), self._catalog.noting(counterparty, offer_id=offer_id):
            return await self._processes.commit(
                lambda tx: self._processes.receive(tx, own_pid, kind, message, counterparty)
            )

    async def show(self, own_pid: str, counterparty: Counterparty) -> Negotiation:
        """The negotiation, for the counterparty that takes part in it."""
        return await self._processes.show(own_pid, counterparty)

    # --- what a message brings about

    def _take(
        self, tx: Transaction, record: Negotiation, kind: str, message: Message, counterparty: Counterparty
    ) -> None:
        getattr(self, f"_on_{kind}")(tx, record, message, counterparty)

    def _on_request(self, tx: Transaction, record: Negotiation, message: Message, counterparty: Counterparty) -> None:
        """A counter-offer of the consumer."""
        record.offer = dict(message.offer or {})
        offered = self._catalog.offered_for(tx, record.dataset_id, counterparty)
        self._judge_request(tx, record, offered.policy, counterparty, message)

    def _on_offer(self, tx: Transaction, record: Negotiation, message: Message, counterparty: Counterparty) -> None:
        """A (counter-)offer of the provider: one that grants what was asked, or that stands on the accept-list, is
        accepted; others wait for a person."""
        findings = self._terms.differences(record.offer, message.offer or {})
        is_good = not findings or self._terms.is_listed(tx, message.offer or {})
        record.offer = dict(message.offer or {})
        self._processes.audit(tx, record, "offered", counterparty.did)
        self._processes.react(tx, record, "offer", "provider", Step("accept") if is_good else WAIT)

    def _on_accepted(self, tx: Transaction, record: Negotiation, _: Message, counterparty: Counterparty) -> None:
        self._processes.audit(tx, record, "accepted", counterparty.did)
        self._processes.react(tx, record, "accepted", "consumer", Step("agree"))

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
        kept = self._agreement(record, agreement, _signed_at(message.timestamp, tx.now))
        named = self._terms.digest(kept.policy)
        self._processes.audit(tx, record, "agreed", counterparty.did, agreementId=kept.id, policy=named)
        self._terms.take(tx, kept)
        tx.put(AGREEMENTS, kept)
        self._processes.react(tx, record, "agreement", "provider", self._answer_to(tx, kept))

    def _answer_to(self, tx: Transaction, agreement: Agreement) -> Step:
        """The rule of a consumer: verify what it can keep; legal terms that nobody accepted yet wait for a person."""
        verdict = self._terms.own_judgement(tx, agreement, self._identity.own_facts_in(tx))
        if verdict.permitted:
            return Step("verify")
        if verdict.code == "odrl/terms-not-accepted":
            return WAIT
        return Step("terminate", code=verdict.code, reasons=(f"the consumer cannot keep to it: {verdict.sentence}",))

    def _on_verification(self, tx: Transaction, record: Negotiation, _: Message, counterparty: Counterparty) -> None:
        self._processes.audit(tx, record, "verified", counterparty.did, agreementId=record.agreement_id)
        self._processes.react(tx, record, "verification", "consumer", Step("finalize"))

    def _on_finalized(self, tx: Transaction, record: Negotiation, _: Message, counterparty: Counterparty) -> None:
        self._processes.audit(tx, record, "finalized", counterparty.did, agreementId=record.agreement_id)
        self._processes.keep(tx, record)

    def _on_termination(
        self, tx: Transaction, record: Negotiation, message: Message, counterparty: Counterparty
    ) -> None:
        record.code, record.reasons, record.terminated_by = message.code or "", list(message.reasons), counterparty.did
        record.planned = None
        _withdraw(tx, record)
        told = {"code": record.code, "reasons": record.reasons, "dryRun": _dry_run(record)}
        self._processes.audit(tx, record, "terminated", counterparty.did, **told)
        self._processes.keep(tx, record)

    def _judge_request(
        self,
        tx: Transaction,
        record: Negotiation,
        offered: Mapping[str, Any],
        counterparty: Counterparty,
        message: Message,
    ) -> None:
        """The rule: agree where the request asks for what is offered and policy permits it; else end it with why.

        With approval by hand, what the rule would agree to waits for a person. The entry says what was decided on."""
        reason = self._terms.objection(tx, record, offered, counterparty)
        outcome = "permitted" if reason is None else "refused"
        told = {"policy": self._terms.digest(offered), "credentials": credentials_of(counterparty.facts)}
        with taking(message):
            self._processes.audit(tx, record, "requested", counterparty.did, **told, outcome=outcome)
        good = WAIT if self._approval.is_by_hand else Step("agree")
        rule = good if reason is None else Step("terminate", code=reason.code, reasons=reason.sentences)
        self._processes.react(tx, record, "request", "consumer", rule, offered)

    def _check(self, record: Negotiation, kind: str, step: Step) -> None:
        if step.offer is not None:
            self._terms.counter(record, step.offer)
        elif kind in ("agreement", "accepted", "request"):
            self._terms.rules(record.offer)

    def _follow(self, tx: Transaction, record: Negotiation, kind: str, step: Step, actor: str) -> None:
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
        agreement = self._agreement(record, record.offer, tx.now)
        self._terms.take(tx, agreement)
        tx.put(AGREEMENTS, agreement)
        self._decide(tx, record, "agreement", actor, policy=self._terms.digest(agreement.policy))

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

    def _decide(self, tx: Transaction, record: Negotiation, kind: str, actor: str = "node", **detail: Any) -> None:
        """Store the decided state together with the message that tells it.

        A person who asks, accepts or verifies as the consumer accepts the legal terms on the table by it.
        """
        if record.role == "consumer" and kind in ("request", "accepted", "verification"):
            signed = tx.get(AGREEMENTS, record.agreement_id) if kind == "verification" else None
            policy = self._terms.policy(signed.policy if signed is not None else record.offer)
            accept(tx, self._clock.new_id(), record.id, policy, actor)
        self._processes.send(tx, record, kind, actor, agreementId=record.agreement_id, **detail)

    def _body(self, record: Negotiation, kind: str, message_id: str) -> dict[str, Any]:
        own = self._identity.own.did
        return contract_messages.body(record, kind, message_id, terms=self._terms, own=own, callback=self._callback)

    def _end(self, tx: Transaction, record: Negotiation, reason: Reason, actor: str = "node") -> None:
        if negotiation.is_final(record.state):
            raise Conflict("negotiation/over", f"the negotiation is over ({record.state})")
        record.code, record.reasons = reason.code, list(reason.sentences)
        record.terminated_by = self._identity.own.did
        _withdraw(tx, record)
        self._decide(tx, record, "termination", actor, code=record.code, reasons=record.reasons)
        told = {"code": record.code, "reasons": record.reasons, "dryRun": _dry_run(record)}
        self._processes.audit(tx, record, "refused", actor, **told)

    def _failed(self, tx: Transaction, record: Negotiation, why: Undelivered) -> None:
        _withdraw(tx, record)
        if record.state != "TERMINATING":
            record.terminated_by = record.counterparty if why.code else self._identity.own.did


def _opened(
    tx: Transaction,
    own_pid: str,
    role: Role,
    counterparty: str,
    address: str,
    offer: Mapping[str, Any],
    dataset_id: str = "",
) -> Negotiation:
    """A negotiation that begins now, about the offer's target where no dataset is named."""
    return Negotiation(
        id=own_pid,
        role=role,
        state="",
        counterparty=counterparty,
        counterparty_address=address,
        consumer_pid=own_pid if role == "consumer" else "",
        provider_pid=own_pid if role == "provider" else "",
        dataset_id=dataset_id or str(offer["target"]),
        offer=dict(offer),
        created_at=tx.now,
        updated_at=tx.now,
    )


def _is_same(record: Negotiation, message: Message) -> bool:
    return message.agreement is None or message.agreement.get("@id") == record.agreement_id


def _withdraw(tx: Transaction, record: Negotiation) -> None:
    """A negotiation that ends unfinished leaves no contract and no message behind."""
    if record.agreement_id:
        tx.remove(AGREEMENTS, record.agreement_id)
        holding.forget(tx, record.agreement_id)
    drop_messages(tx, record)


def _dry_run(record: Negotiation) -> str:
    return dry_run(record.dataset_id, record.counterparty)


def _facts(record: Negotiation) -> dict[str, Any]:
    return {"counterparty": record.counterparty, "dataset": record.dataset_id, "state": record.state}


def _signed_at(timestamp: str | None, now: datetime) -> datetime:
    """When the provider says it signed; not later than now, and now where it does not say."""
    try:
        signed = datetime.fromisoformat(timestamp) if timestamp else now
    except ValueError:
        raise Invalid("negotiation/timestamp", f"{timestamp!r} is no time", pointer="/agreement/timestamp") from None
    return min(signed, now) if signed.tzinfo else now
