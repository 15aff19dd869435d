"""Transfer processes, both roles: under which contract bytes may flow, where they are, and with which token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.dsp import messages, transfer
from connector.dsp.reading import Message
from connector.dsp.transitions import OTHER
from connector.dsp.vocabulary import HTTP_PULL, HTTP_PUSH
from connector.notation.problems import Conflict, Invalid, Refused, Unknown
from connector.odrl.operands import Phase
from connector.ports import Also, Clock, Egress, Reader, Store, Transaction
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Agreement, Outgoing, Transfer
from connector.services.events import Events
from connector.services.exchange import destinations, tokens
from connector.services.exchange.behaviour import TRANSFER_KINDS, WAIT, Behaviour, Step, by_rule
from connector.services.exchange.processes import Process, Processes, Repeated, taking
from connector.services.exchange.tokens import Tokens
from connector.services.identity.identity import Counterparty, Identity
from connector.services.locks import Locks
from connector.services.outbox import Outbox
from connector.services.usage.usage import Usage, dry_run, refusal

PATHS: Mapping[str, str] = {
    "request": "transfers/request",
    "start": "transfers/{pid}/start",
    "completion": "transfers/{pid}/completion",
    "suspension": "transfers/{pid}/suspension",
    "termination": "transfers/{pid}/termination",
}
"""Where a message of a kind is posted; `pid` is the counterparty's (DSP 2025-1, HTTPS binding)."""

OMITTED: dict[str, Any] = {}
"""Stands in a stored message for a data address with a token, which is made anew as the message goes out."""
CODES: Mapping[str, str] = {"suspension": "transfer/suspended", "termination": "transfer/terminated"}
"""Reason codes of steps that name none."""
CONTRACT_STATES = ("FINALIZING", "FINALIZED")
"""A contract can be used from the moment that the provider has decided to finalize it."""


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
        egress: Egress,
        behaviour: Behaviour = by_rule,
    ) -> None:
        self._identity = identity
        self._store = store
        self._usage = usage
        self._egress = egress
        self._locks = locks
        self._clock = clock
        self._callback = callback
        self._tokens = Tokens(data_endpoint, token_secret)
        self._processes = Processes(
            Process(
                kind="transfer",
                ack_type="TransferProcess",
                unknown="transfer/unknown",
                unnamed="transfer/ack",
                undelivered="transfer/undelivered",
                collection=TRANSFERS,
                machine=transfer.MACHINE,
                kinds=TRANSFER_KINDS,
                is_opening=lambda record, kind: kind == "request" and not record.provider_pid,
                is_same=lambda *_: True,
                take=self._take,
                check=lambda *_: None,
                follow=self._follow,
                url=_url,
                body=self._body,
                prepare=self._prepare,
                failed=lambda tx, record, _: tokens.close(tx, record),
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
        agreement_id: str,
        counterparty_address: str,
        format_: str = HTTP_PULL,
        purposes: tuple[str, ...] = (),
        destination: Mapping[str, Any] | None = None,
        actor: str = "node",
        also: Also | None = None,
    ) -> Transfer:
        """Ask for the data of a contract that we are the consumer of. Raises Unknown, Conflict, Invalid.

        A push goes to `destination` (EDC's HttpData address: baseUrl, authKey, authCode, method); without one into the
        own inventory. `also` keeps in the same transaction what belongs to the new transfer. `purposes` are stated to
        the provider, by default those of the contract; any other is refused here already (`odrl/purpose-not-granted`).
        """
        destinations.check_format(format_)
        is_elsewhere = format_ == HTTP_PUSH and destination
        goes_to = destinations.from_members(destination or {}, self._egress) if is_elsewhere else {}
        own_pid = self._clock.new_id()

        def start(tx: Transaction) -> Transfer:
            agreement = self._contract(tx, agreement_id, "consumer")
            over = self._usage.over(agreement)
            if over is not None:
                raise refusal(over, agreement.dataset_id, agreement.provider)
            stated = self._usage.stated(agreement, purposes)
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
                purposes=stated,
                data_address=goes_to,
                created_at=tx.now,
                updated_at=tx.now,
            )
            self._decide(tx, record, "request", actor)
            if also is not None:
                also(tx, own_pid)
            return record

        return await self._processes.commit(start)

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

        return await self._processes.decide(own_pid, lambda tx, record: self._processes.follow(tx, record, step, actor))

    # --- received from the counterparty

    async def receive_request(self, message: Message, counterparty: Counterparty) -> Transfer:
        """A TransferRequestMessage (we provide). Raises Unknown, Conflict or Invalid."""
        destinations.check_format(message.format, "/format")
        is_push = message.format == HTTP_PUSH
        goes_to = destinations.from_message(message.data_address, self._egress) if is_push else {}

        def open_(tx: Transaction) -> Transfer | Repeated[Transfer]:
            same = self._processes.known(tx, "provider", message.consumer_pid, counterparty)
            if same is not None:
                return Repeated(same)
            agreement = self._contract(tx, message.agreement_id or "", "provider", counterparty)
            asked = frozenset(message.purposes)
            verdict = self._usage.decide(tx, agreement, counterparty, Phase.TRANSFER, asked)
            told = self._usage.told(verdict, agreement, counterparty, Phase.TRANSFER, asked)
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
                data_address=goes_to,
                purposes=list(message.purposes),
                created_at=tx.now,
                updated_at=tx.now,
            )
            with taking(message):
                self._processes.audit(tx, record, "requested", counterparty.did, **told)
            if verdict.permitted:
                self._processes.react(tx, record, "request", "consumer", Step("start"))
            else:
                told |= {
                    "code": verdict.code,
                    "reasons": [verdict.sentence],
                    "dryRun": dry_run(agreement.dataset_id, counterparty.did),
                }
                self._processes.audit(tx, record, "refused", "node", **told)
                self._processes.follow(tx, record, Step("terminate", code=verdict.code, reasons=(verdict.sentence,)))
            return record

        async with self._locks.hold(f"{counterparty.did} {message.consumer_pid}"):
            return await self._processes.commit(open_)

    async def receive(self, own_pid: str, kind: str, message: Message, counterparty: Counterparty) -> Transfer:
        """Any later message. Raises Unknown, Conflict (`dsp/transition`) or Invalid; then nothing has changed."""

        async with self._locks.hold(own_pid):
            return await self._processes.commit(
                lambda tx: self._processes.receive(tx, own_pid, kind, message, counterparty)
            )

    def _take(self, tx: Transaction, record: Transfer, kind: str, message: Message, counterparty: Counterparty) -> None:
        record.code, record.reasons = message.code or "", list(message.reasons)
        if kind == "start" and record.role == "consumer":
            if record.format != HTTP_PUSH:
                self._keep_address(record, message)
        elif kind == "start" and not transfer.is_sending(record.state):
            self._processes.audit(tx, record, "resumption.requested", counterparty.did)
            self._processes.react(tx, record, kind, "consumer", Step("start"))
            return
        else:
            tokens.close(tx, record)
            if record.role == "consumer" and record.format != HTTP_PUSH:
                record.data_address = {}
        told: dict[str, Any] = {"code": record.code, "reasons": record.reasons}
        if kind == "termination" and record.code:
            told["dryRun"] = dry_run(record.dataset_id, record.counterparty)
        self._processes.audit(tx, record, f"{record.state.lower()}", counterparty.did, **told)
        if transfer.is_final(record.state) or transfer.is_sending(record.state):
            record.planned = None
            self._processes.keep(tx, record)
        else:
            self._processes.react(tx, record, kind, OTHER[record.role], WAIT)

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
        return await self._processes.show(own_pid, counterparty)

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

    def _follow(self, tx: Transaction, record: Transfer, kind: str, step: Step, actor: str) -> None:
        """Whatever the step is, the tokens given so far stop working."""
        record.code = step.code or CODES.get(kind, "")
        record.reasons = list(step.reasons)
        tokens.close(tx, record)
        self._decide(tx, record, kind, actor)

    def _decide(self, tx: Transaction, record: Transfer, kind: str, actor: str) -> None:
        message_id = self._processes.send(tx, record, kind, actor, code=record.code, reasons=record.reasons)
        if kind == "start" and record.role == "provider" and record.format != HTTP_PUSH:
            self._tokens.open(tx, record, message_id)
        elif kind == "request" and record.format == HTTP_PUSH and not record.data_address:
            self._tokens.open_for_push(tx, record, message_id)

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
                    data_address=_goes_to(record),
                    purposes=record.purposes,
                )
            case "start":
                is_pulled = record.role == "provider" and record.format != HTTP_PUSH
                return messages.transfer_start(*pids, data_address=OMITTED if is_pulled else None)
            case "completion":
                return messages.transfer_completion(*pids)
            case "suspension":
                return messages.transfer_suspension(*pids, record.code, record.reasons)
            case _:
                return messages.transfer_termination(*pids, record.code, record.reasons)

    # --- tokens

    async def refresh(self, refresh_token: str, caller: str) -> dict[str, Any]:
        """New tokens for old (OAuth 2 refresh); `caller` is the verified DID that may. Raises Unauthenticated."""

        def renew(tx: Transaction) -> str:
            held = tokens.held_by(tx, refresh_token, caller)
            record = tx.need(TRANSFERS, held.transfer_id)
            if record.state not in ("STARTING", "STARTED"):
                raise Refused("usage/transfer-closed", f"the transfer is {record.state}, not STARTED")
            tokens.age(tx, record)
            seed = self._clock.new_id()
            self._tokens.open(tx, record, seed)
            self._processes.audit(tx, record, "token.refreshed", caller)
            return seed

        return self._tokens.answer(await self._store.write(renew))

    # --- the outbox's questions

    def _prepare(self, outgoing: Outgoing) -> dict[str, Any]:
        """The message with its data address where that is kept nowhere: its token lets get (or bring) the bytes."""
        body = outgoing.body
        if body.get("dataAddress") != OMITTED:
            return body
        if outgoing.message == "start":
            return {**body, "dataAddress": self._tokens.address(outgoing.id)}
        own = self._tokens.destination(outgoing.id, outgoing.process_id)
        return {**body, "dataAddress": destinations.as_message(own)}


def _goes_to(record: Transfer) -> dict[str, Any] | None:
    """The data address of a request: that of a push, whose own one is filled in as the message goes out."""
    if record.format != HTTP_PUSH:
        return None
    return destinations.as_message(record.data_address) if record.data_address else OMITTED


def _url(record: Transfer, kind: str) -> str:
    pid = record.consumer_pid if record.role == "provider" else record.provider_pid
    return f"{record.counterparty_address}/{PATHS[kind].format(pid=pid)}"


def _facts(record: Transfer) -> dict[str, Any]:
    return {"agreementId": record.agreement_id, "dataset": record.dataset_id, "state": record.state}
