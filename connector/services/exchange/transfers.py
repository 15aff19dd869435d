"""Transfer processes, both roles: under which contract bytes may flow, where they are, and with which token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connector.dsp import messages, reading, transfer
from connector.dsp.reading import Message
from connector.dsp.transitions import OTHER, Role
from connector.notation.exact_json import decode
from connector.notation.problems import Conflict, Invalid, Refused, Unauthenticated, Unknown
from connector.odrl.operands import Phase
from connector.ports import Also, Answer, Clock, Reader, Store, Transaction
from connector.records import (
    ACCESS_TOKENS,
    AGREEMENTS,
    NEGOTIATIONS,
    OUTGOING,
    TRANSFERS,
    AccessToken,
    Agreement,
    Outgoing,
    Record,
    Transfer,
)
from connector.services.events import Events
from connector.services.exchange.agenda import Agenda
from connector.services.exchange.behaviour import (
    TRANSFER_KINDS,
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
from connector.services.identity.identity import Counterparty, Identity
from connector.services.locks import Locks
from connector.services.outbox import Outbox, Sender, Undelivered
from connector.services.received import once
from connector.services.usage.usage import Usage, hash_token

PATHS: Mapping[str, str] = {
    "request": "transfers/request",
    "start": "transfers/{pid}/start",
    "completion": "transfers/{pid}/completion",
    "suspension": "transfers/{pid}/suspension",
    "termination": "transfers/{pid}/termination",
}
"""Where a message of a kind is posted; `pid` is the counterparty's (DSP 2025-1, HTTPS binding)."""

FORMATS = ("HttpData-PULL",)
TOKEN_LIFETIME = timedelta(seconds=300)
REFRESH_LIFETIME = timedelta(days=30)
AUTH = "https://w3id.org/tractusx/auth/"
CODES: Mapping[str, str] = {"suspension": "transfer/suspended", "termination": "transfer/terminated"}
"""Reason codes of steps that name none."""
CONTRACT_STATES = ("FINALIZING", "FINALIZED")
"""A contract can be used from the moment that the provider has decided to finalize it."""

_PLANNING = tuple(state for state in transfer.WIRE_STATES if not transfer.is_final(state))
"""States in which a step can be planned for later."""


@dataclass(frozen=True, slots=True)
class _Repeated:
    """What a message that was taken before is answered with; nothing changed, nobody is told."""

    known: Transfer


class Transfers:
    """Transfer processes of this node."""

    def __init__(
        self,
        *,
        identity: Identity,
        store: Store,
        outbox: Outbox,
        usage: Usage,
        events: Events,
        locks: Locks,
        clock: Clock,
        callback: str,
        data_endpoint: str,
        token_secret: bytes,
        behaviour: Behaviour = by_rule,
    ) -> None:
        self._identity = identity
        self._store = store
        self._outbox = outbox
        self._usage = usage
        self._events = events
        self._locks = locks
        self._clock = clock
        self._callback = callback
        self._endpoint = data_endpoint
        self._secret = token_secret
        self._behaviour = behaviour
        self._agenda = Agenda(clock, self._take_planned)
        outbox.register("transfer", Sender(self._prepare, self._acknowledged, self._failed, self._changed))

    async def start(self) -> None:
        """Take up the steps that a former life of this node planned for later."""
        open_ = await self._store.read(lambda reader: reader.find(TRANSFERS, {"state": _PLANNING}, limit=1_000_000))
        for record in open_:
            self._agenda.keep(record.id, record.planned)

    async def stop(self) -> None:
        """Let the timers go; what is planned stays stored."""
        await self._agenda.stop()

    # --- asked by our own side

    async def request(
        self,
        *,
        agreement_id: str,
        counterparty_address: str,
        format_: str = "HttpData-PULL",
        purposes: tuple[str, ...] = (),
        actor: str = "node",
        also: Also | None = None,
    ) -> Transfer:
        """Ask for the data of a contract that we are the consumer of. Raises Unknown, Conflict, Invalid.

        `also` keeps in the same transaction what belongs to the new transfer.
        """
        if format_ not in FORMATS:
            raise Invalid(
                "transfer/format", f"the format {format_!r} is not supported; supported: {', '.join(FORMATS)}"
            )
        own_pid = self._clock.new_id()

        def start(tx: Transaction) -> Transfer:
            agreement = self._contract(tx, agreement_id, "consumer")
            record = Transfer(
                id=own_pid,
                role="consumer",
                state="",
                counterparty=agreement.provider,
                counterparty_address=counterparty_address.rstrip("/"),
                agreement_id=agreement_id,
                dataset_id=agreement.dataset_id,
                format=format_,
                consumer_pid=own_pid,
                purposes=list(purposes),
                created_at=tx.now,
                updated_at=tx.now,
            )
            self._decide(tx, record, "request", actor)
            if also is not None:
                also(tx, own_pid)
            return record

        return await self._store_and_send(start)

    async def complete(self, own_pid: str, *, actor: str = "node") -> Transfer:
        """Say that all was transferred."""
        return await self.decide(own_pid, Step("complete"), actor=actor)

    async def suspend(self, own_pid: str, reason: str, *, actor: str = "node") -> Transfer:
        """Pause; its tokens stop working at once."""
        return await self.decide(own_pid, Step("suspend", reasons=(reason,) if reason else ()), actor=actor)

    async def resume(self, own_pid: str, *, actor: str = "node") -> Transfer:
        """Go on (or, as the provider of a transfer that waits, start it); the provider gives a new token."""
        return await self.decide(own_pid, Step("start"), actor=actor)

    async def terminate(
        self, own_pid: str, reason: str, code: str = "transfer/terminated", *, actor: str = "node"
    ) -> Transfer:
        """End a transfer that is not over."""
        said = (reason or "ended by the participant",)
        return await self.decide(own_pid, Step("terminate", code=code, reasons=said), actor=actor)

    async def decide(self, own_pid: str, step: Step, *, actor: str = "node") -> Transfer:
        """Take a step (start, complete, suspend, terminate). Raises Unknown, Conflict (`dsp/transition`)."""

        def change(tx: Transaction) -> Transfer:
            record = tx.need(TRANSFERS, own_pid)
            self._follow(tx, record, step, actor)
            return record

        async with self._locks.hold(own_pid):
            return await self._store_and_send(change)

    async def _take_planned(self, own_pid: str, plan_id: str) -> None:
        """The step that is due, unless something came first."""

        def change(tx: Transaction) -> Transfer | _Repeated:
            record = tx.need(TRANSFERS, own_pid)
            plan = record.planned
            if plan is None or plan.id != plan_id:
                return _Repeated(record)
            self._follow(tx, record, due_step(plan))
            return record

        async with self._locks.hold(own_pid):
            await self._store_and_send(change)

    async def _store_and_send(self, change: Any) -> Transfer:
        record: Transfer | _Repeated = await self._store.write(change)
        if isinstance(record, _Repeated):
            return record.known
        self._changed(record)
        self._outbox.kick(record.id)
        return record

    # --- received from the counterparty

    async def receive_request(self, message: Message, counterparty: Counterparty) -> Transfer:
        """A TransferRequestMessage (we provide). Raises Unknown, Conflict or Invalid."""
        if message.format not in FORMATS:
            raise Invalid("transfer/format", f"the format {message.format!r} is not offered", pointer="/format")

        def open_(tx: Transaction) -> Transfer | _Repeated:
            same = tx.one(
                TRANSFERS,
                {"role": "provider", "consumer_pid": message.consumer_pid, "counterparty": counterparty.did},
            )
            if same is not None:
                return _Repeated(same)
            agreement = self._contract(tx, message.agreement_id or "", "provider", counterparty)
            verdict = self._usage.decide(agreement, counterparty, Phase.TRANSFER)
            own_pid = self._clock.new_id()
            record = Transfer(
                id=own_pid,
                role="provider",
                state=transfer.receive(None, "request", sender="consumer"),
                counterparty=counterparty.did,
                counterparty_address=message.callback_address or "",
                agreement_id=agreement.id,
                dataset_id=agreement.dataset_id,
                format=message.format or "",
                consumer_pid=message.consumer_pid or "",
                provider_pid=own_pid,
                created_at=tx.now,
                updated_at=tx.now,
            )
            self._audit(tx, record, "transfer.requested", counterparty.did)
            if verdict.permitted:
                self._react(tx, record, "request", "consumer", Step("start"))
            else:
                self._follow(tx, record, Step("terminate", code=verdict.code, reasons=(verdict.sentence,)))
            return record

        async with self._locks.hold(f"{counterparty.did} {message.consumer_pid}"):
            return await self._store_and_send(open_)

    async def receive(self, own_pid: str, kind: str, message: Message, counterparty: Counterparty) -> Transfer:
        """Any later message. Raises Unknown, Conflict (`dsp/transition`) or Invalid; then nothing has changed."""

        def take(tx: Transaction) -> Transfer | _Repeated:
            record = self._own(tx, own_pid, counterparty)
            self._check_pids(record, message)
            if not once(tx, counterparty.did, message.message_id, process_id=own_pid, kind=kind):
                return _Repeated(record)
            before = record.state
            record.state = transfer.receive(before, kind, sender=OTHER[record.role])
            record.provider_pid = record.provider_pid or message.provider_pid or ""
            if transfer.is_sending(before) and record.state != before:
                for outgoing in tx.find(OUTGOING, {"process_id": record.id}):
                    tx.remove(OUTGOING, outgoing.id)
            if record.state != "TERMINATING":
                self._take(tx, record, kind, message, counterparty)
            return record

        async with self._locks.hold(own_pid):
            return await self._store_and_send(take)

    def _take(self, tx: Transaction, record: Transfer, kind: str, message: Message, counterparty: Counterparty) -> None:
        record.code, record.reasons = message.code or "", list(message.reasons)
        if kind == "start" and record.role == "consumer":
            self._keep_address(record, message)
        elif kind == "start" and not transfer.is_sending(record.state):
            self._audit(tx, record, "transfer.resumption.requested", counterparty.did)
            self._react(tx, record, kind, "consumer", Step("start"))
            return
        else:
            self._close_tokens(tx, record)
            if record.role == "consumer":
                record.data_address = {}
        self._audit(
            tx, record, f"transfer.{record.state.lower()}", counterparty.did, code=record.code, reasons=record.reasons
        )
        if transfer.is_final(record.state) or transfer.is_sending(record.state):
            record.planned = None
            tx.put(TRANSFERS, self._touched(tx, record))
        else:
            self._react(tx, record, kind, OTHER[record.role], WAIT)

    @staticmethod
    def _keep_address(record: Transfer, message: Message) -> None:
        address = message.data_address
        if address is None or not address.endpoint:
            raise Invalid(
                "transfer/address", "a start of a pull needs a dataAddress with an endpoint", pointer="/dataAddress"
            )
        record.data_address = {
            "endpoint": address.endpoint,
            "authorization": address.authorization,
            "endpointType": address.endpoint_type,
            "properties": dict(address.properties),
        }

    async def show(self, own_pid: str, counterparty: Counterparty) -> Transfer:
        """The transfer, for the counterparty that takes part in it."""
        return await self._store.read(lambda reader: self._own(reader, own_pid, counterparty))

    def _own(self, reader: Reader, own_pid: str, counterparty: Counterparty) -> Transfer:
        record = reader.get(TRANSFERS, own_pid)
        if record is None or record.counterparty != counterparty.did:
            raise Unknown("transfer/unknown", f"there is no transfer process {own_pid!r}")
        return record

    @staticmethod
    def _check_pids(record: Transfer, message: Message) -> None:
        for name in ("consumer_pid", "provider_pid"):
            said, known = getattr(message, name), getattr(record, name)
            if said and known and said != known:
                raise Invalid(
                    "dsp/pid", f"{name} {said!r} in the body is not that of this transfer", pointer=f"/{name}"
                )

    def _contract(
        self, reader: Reader, agreement_id: str, role: str, counterparty: Counterparty | None = None
    ) -> Agreement:
        """The finalized contract of this id in this role, with this counterparty. Raises Unknown or Conflict."""
        agreement = reader.get(AGREEMENTS, agreement_id)
        if agreement is None or agreement.role != role or (counterparty and agreement.consumer != counterparty.did):
            raise Unknown("transfer/agreement-unknown", f"there is no agreement {agreement_id!r} between us")
        negotiation = reader.get(NEGOTIATIONS, agreement.negotiation_id)
        if negotiation is not None and negotiation.state not in CONTRACT_STATES:
            raise Conflict(
                "transfer/agreement-open", f"the negotiation of the agreement is {negotiation.state}, not FINALIZED"
            )
        return agreement

    # --- deciding and sending

    def _react(self, tx: Transaction, record: Transfer, kind: str, sender: Role, proposed: Step) -> None:
        """Ask the participant's behaviour what follows a message; take the step, or keep it until it is due."""
        record.planned = None
        step = chosen(
            self._behaviour, Occasion(record, kind, sender, proposed), lambda wanted: self._check_step(record, wanted)
        )
        if step.after and step.action != "wait":
            record.planned = planned(step, tx.now, self._clock.new_id())
            step = WAIT
        self._follow(tx, record, step)

    @staticmethod
    def _check_step(record: Transfer, step: Step) -> None:
        transfer.decide(record.state, message_of(record.role, step.action, TRANSFER_KINDS), own=record.role)

    def _follow(self, tx: Transaction, record: Transfer, step: Step, actor: str = "node") -> None:
        """Take a step at once; whatever it is, the tokens given so far stop working. Raises Conflict."""
        if step.action == "wait":
            tx.put(TRANSFERS, self._touched(tx, record))
            return
        kind = message_of(record.role, step.action, TRANSFER_KINDS)
        record.code = step.code or CODES.get(kind, "")
        record.reasons = list(step.reasons)
        self._close_tokens(tx, record)
        self._decide(tx, record, kind, actor)

    def _decide(self, tx: Transaction, record: Transfer, kind: str, actor: str = "node") -> None:
        record.state = transfer.decide(record.state or None, kind, own=record.role)
        record.planned = None
        message_id = self._clock.new_id()
        pid = record.consumer_pid if record.role == "provider" else record.provider_pid
        body = self._body(record, kind, message_id)
        if kind == "start" and record.role == "provider":
            self._open_tokens(tx, record, message_id)
        tx.put(TRANSFERS, self._touched(tx, record))
        tx.put(
            OUTGOING,
            Outgoing(
                id=message_id,
                kind="transfer",
                process_id=record.id,
                counterparty=record.counterparty,
                url=f"{record.counterparty_address}/{PATHS[kind].format(pid=pid)}",
                message=kind,
                body=body,
                created_at=tx.now,
            ),
        )
        self._audit(tx, record, f"transfer.{kind}.decided", actor, code=record.code, reasons=record.reasons)
        tx.mark(record.state)

    def _body(self, record: Transfer, kind: str, message_id: str) -> dict[str, Any]:
        pids = (message_id, record.provider_pid, record.consumer_pid)
        match kind:
            case "request":
                return messages.transfer_request(
                    message_id=message_id,
                    consumer_pid=record.consumer_pid,
                    agreement_id=record.agreement_id,
                    format=record.format,
                    callback_address=self._callback,
                )
            case "start":
                return messages.transfer_start(*pids)
            case "completion":
                return messages.transfer_completion(*pids)
            case "suspension":
                return messages.transfer_suspension(*pids, record.code, record.reasons)
            case _:
                return messages.transfer_termination(*pids, record.code, record.reasons)

    # --- tokens

    def _token(self, seed: str, kind: str) -> str:
        """A token that only this node can make again, so that nothing stored holds a secret."""
        raw = hmac.new(self._secret, f"{kind} {seed}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def _open_tokens(self, tx: Transaction, record: Transfer, seed: str) -> None:
        for kind, life in (("access", TOKEN_LIFETIME), ("refresh", REFRESH_LIFETIME)):
            tx.put(
                ACCESS_TOKENS,
                AccessToken(
                    id=hash_token(self._token(seed, kind)),
                    kind="access" if kind == "access" else "refresh",
                    transfer_id=record.id,
                    agreement_id=record.agreement_id,
                    consumer=record.counterparty,
                    expires_at=tx.now + life,
                ),
            )

    @staticmethod
    def _close_tokens(tx: Transaction, record: Transfer) -> None:
        for token in tx.find(ACCESS_TOKENS, {"transfer_id": record.id}, limit=1_000_000):
            tx.remove(ACCESS_TOKENS, token.id)

    async def refresh(self, refresh_token: str, caller: str) -> dict[str, Any]:
        """New tokens for old (OAuth 2 refresh); `caller` is the verified DID that may. Raises Unauthenticated."""

        def renew(tx: Transaction) -> str:
            held = tx.get(ACCESS_TOKENS, hash_token(refresh_token))
            if held is None or held.kind != "refresh" or held.expires_at <= tx.now or held.consumer != caller:
                raise Unauthenticated("usage/refresh-token", "the refresh token is not valid for this caller")
            record = tx.need(TRANSFERS, held.transfer_id)
            if record.state not in ("STARTING", "STARTED"):
                raise Refused("usage/transfer-closed", f"the transfer is {record.state}, not STARTED")
            self._age_tokens(tx, record)
            seed = self._clock.new_id()
            self._open_tokens(tx, record, seed)
            self._audit(tx, record, "transfer.token.refreshed", caller)
            return seed

        seed = await self._store.write(renew)
        return {
            "access_token": self._token(seed, "access"),
            "refresh_token": self._token(seed, "refresh"),
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "token_type": "bearer",
        }

    @staticmethod
    def _age_tokens(tx: Transaction, record: Transfer) -> None:
        """Old tokens go; a refresh token that was used serves a little longer, for an answer that got lost."""
        for old in tx.find(ACCESS_TOKENS, {"transfer_id": record.id}, limit=1_000_000):
            if old.expires_at <= tx.now:
                tx.remove(ACCESS_TOKENS, old.id)
            elif old.kind == "refresh" and old.expires_at > tx.now + TOKEN_LIFETIME:
                old.expires_at = tx.now + TOKEN_LIFETIME
                tx.put(ACCESS_TOKENS, old)

    def _address(self, seed: str) -> dict[str, Any]:
        return messages.data_address(
            self._endpoint,
            self._token(seed, "access"),
            {
                f"{AUTH}refreshEndpoint": f"{self._endpoint}/token",
                f"{AUTH}refreshToken": self._token(seed, "refresh"),
                f"{AUTH}expiresIn": str(int(TOKEN_LIFETIME.total_seconds())),
            },
        )

    # --- the outbox's questions

    def _prepare(self, outgoing: Outgoing) -> dict[str, Any]:
        body = outgoing.body
        if outgoing.message == "start" and self._is_provider(outgoing):
            return {**body, "dataAddress": self._address(outgoing.id)}
        return body

    @staticmethod
    def _is_provider(outgoing: Outgoing) -> bool:
        return bool(outgoing.body.get("providerPid") == outgoing.process_id)

    def _acknowledged(self, tx: Transaction, outgoing: Outgoing, answer: Answer) -> Record | None:
        record = tx.get(TRANSFERS, outgoing.process_id)
        if record is None:
            return None
        if outgoing.message == "request" and not record.provider_pid:
            ack = reading.read_ack(decode(answer.body), "TransferProcess") if answer.body else None
            if ack is None:
                raise Invalid("transfer/ack", "the provider's answer names no providerPid")
            record.provider_pid = ack.provider_pid
        before, record.state = record.state, transfer.acknowledged(record.state, outgoing.message)
        if record.state == before or transfer.is_final(record.state):
            tx.put(TRANSFERS, self._touched(tx, record))
        else:
            self._react(tx, record, outgoing.message, record.role, WAIT)
        return record

    def _failed(self, tx: Transaction, outgoing: Outgoing, why: Undelivered) -> Record | None:
        record = tx.get(TRANSFERS, outgoing.process_id)
        if record is None:
            return None
        self._close_tokens(tx, record)
        record.planned = None
        if record.state != "TERMINATING":
            record.code = why.code or "transfer/undelivered"
            record.reasons = list(why.reasons) or [f"the {outgoing.message} message was not taken: {why.cause}"]
        record.state = "TERMINATED"
        self._audit(tx, record, "transfer.terminated", "node", code=record.code, reasons=record.reasons)
        tx.put(TRANSFERS, self._touched(tx, record))
        return record

    def _changed(self, record: Record) -> None:
        assert isinstance(record, Transfer)
        self._agenda.keep(record.id, record.planned)
        self._events.publish(f"transfer.{record.state.lower()}", record.id, record)

    @staticmethod
    def _touched(tx: Transaction, record: Transfer) -> Transfer:
        record.updated_at = tx.now
        return record

    @staticmethod
    def _audit(tx: Transaction, record: Transfer, event: str, actor: str, **detail: Any) -> None:
        said = {"agreementId": record.agreement_id, "dataset": record.dataset_id, "state": record.state}
        tx.audit(event, record.id, {**said, **{key: value for key, value in detail.items() if value}}, actor=actor)
