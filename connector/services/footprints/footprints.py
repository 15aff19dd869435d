"""Product carbon footprints over the data space (CX-0136, API 1.2.0): asking partners, answering them.

A request goes out through the partner's asset, its answer comes back through ours; both are kept before anything is
sent, and taken up again after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from connector.dsp.reading import DatasetEntry
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Invalid, PeerFailed, Problem, Refused, Unavailable, Unknown
from connector.pcf.catena_x import exchange
from connector.ports import Clock, ContentRequest, ContentStore, Store, StreamedContent, Transaction
from connector.records.contracts import INVENTORY
from connector.records.footprints import FOOTPRINT_REQUESTS, FootprintRequest
from connector.services.events import Event, Events
from connector.services.footprints.book import FootprintBook, keep
from connector.services.footprints.channels import Channel, Channels
from connector.services.footprints.own import OwnFootprints, amounts_of, pieces
from connector.services.footprints.receipts import (
    about_change,
    about_part,
    asked_of,
    happening,
    item_of,
    repeated,
    request_id_of,
    unknown,
)
from connector.services.footprints.schema import FootprintSchema
from connector.services.footprints.states import next_state
from connector.services.locks import Locks
from connector.services.usage.inventory import Inventory
from connector.services.workers import Workers

_STEPS: Final = ("asking", "answering", "received")
"""States in which this node has something to do."""
_OWN_REASONS: Final = ("footprint/", "pcf/", "json/", "samm/")
"""Codes of refusals that a new contract would not change."""
PATIENCE: Final = timedelta(days=1)
"""How long a partner that cannot be reached is tried before a request fails."""
_PASSING: Final = frozenset(
    {
        "dcp/did-unresolved",
        "dcp/presentation-unreachable",
        "dcp/presentation-refused",
        "dcp/status-unknown",
        "negotiation/undelivered",
        "transfer/undelivered",
        "http/rate",
    }
)
"""Codes of refusals that say: somebody cannot be reached now."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a partner; `trade_id` and `trace_id` where the bridge asks for an operator of the region."""

    counterparty: str
    manufacturer_part_id: str = ""
    customer_part_id: str = ""
    message: str = ""
    purpose: str = exchange.USAGE_PURPOSE
    trade_id: str = ""
    trace_id: str = ""
    due_at: datetime | None = None


class Footprints:
    """The footprint exchange of this node, both directions.

    `answers`: who decides on requests for parts with a stored footprint: the rule (whoever holds the contract gets it
    at once), or a person. Incoming requests are due after `answer_days`.
    """

    def __init__(
        self,
        *,
        bpn: str,
        own: OwnFootprints,
        store: Store,
        content: ContentStore,
        channels: Channels,
        inventory: Inventory,
        schema: FootprintSchema,
        events: Events,
        locks: Locks,
        clock: Clock,
        workers: Workers,
        answers: Literal["rule", "person"] = "rule",
        answer_days: int = 28,
    ) -> None:
        self._answer_time = timedelta(days=answer_days)
        self._is_asking_first = answers == "person"
        self._bpn = bpn
        self.book = FootprintBook(store=store, events=events)
        self._own = own
        self._store = store
        self._content = content
        self._channels = channels
        self._inventory = inventory
        self._schema = schema
        self._events = events
        self._locks = locks
        self._clock = clock
        self._workers = workers
        events.subscribe("footprint.stored", self._on_stored)
        for state in _STEPS:
            events.subscribe(f"footprint.{state}", self._on_changed)

    async def start(self) -> None:
        """Take up what a former life left undone."""
        where = {"state": _STEPS}
        for record in await self._store.read(lambda reader: reader.find(FOOTPRINT_REQUESTS, where, limit=1_000_000)):
            self._pursue(record)

    async def stop(self) -> None:
        """Stop sending; what is not delivered stays stored."""
        await self._workers.stop()

    def _pursue(self, record: FootprintRequest) -> None:
        """Do what the state of a request calls for."""
        steps = {"asking": self._ask, "answering": self._deliver, "received": self._answer_from_store}
        step = steps.get(record.state)
        if step is not None:
            self._workers.start(f"{record.id} {record.state}", lambda: step(record.id))

    async def _on_changed(self, event: Event) -> None:
        self._pursue(event.record)

    async def _on_stored(self, event: Event) -> None:
        """Those who wait for a footprint get it as soon as it is there."""
        where = {"direction": "incoming", "state": "received"}
        waiting = await self._store.read(lambda reader: reader.find(FOOTPRINT_REQUESTS, where, limit=100_000))
        for record in waiting:
            if record.manufacturer_part_id == event.subject:
                self._pursue(record)

    # --- asking

    async def ask(self, wish: Wish, *, actor: str) -> FootprintRequest:
        """Ask a partner for a footprint; it goes out in the background. Raises Invalid where it cannot be asked so."""
        _check_wish(wish)
        request_id = self._clock.new_id()

        def add(tx: Transaction) -> FootprintRequest:
            if wish.trade_id:
                same = tx.one(FOOTPRINT_REQUESTS, {"trade_id": wish.trade_id, "direction": "outgoing"})
                if same is not None:
                    return same
            record = FootprintRequest(
                id=request_id,
                direction="outgoing",
                state="asking",
                counterparty=wish.counterparty,
                manufacturer_part_id=wish.manufacturer_part_id,
                customer_part_id=wish.customer_part_id,
                message=wish.message,
                purpose=wish.purpose,
                trade_id=wish.trade_id,
                trace_id=wish.trace_id,
                due_at=wish.due_at,
                created_at=tx.now,
                updated_at=tx.now,
            )
            keep(tx, record, "footprint.asked", actor)
            return record

        self._schema.prepare()
        return self.book.tell(await self._store.write(add))

    async def _ask(self, request_id: str) -> bool:
        record = await self.book.show(request_id)
        if record.state != "asking":
            return True
        path = _request_path(record.id, record.manufacturer_part_id, record.customer_part_id, record.message)
        return await self._sent(record, "GET", path, None)

    async def _sent(self, record: FootprintRequest, method: str, path: str, body: bytes | None) -> bool:
        """Send through the partner's asset; a refusal ends the request, silence is tried again by the worker."""
        try:
            channel = await self._through(record, method, path, body)
        except Problem as problem:
            if _may_pass(problem) and self._clock.now() - record.updated_at < PATIENCE:
                await self.book.note(record.id, problem.code, problem.detail)
                return False
            await self.book.advance(record.id, "failed", code=problem.code, reason=problem.detail)
            return True
        carrier = "agreement_id" if method == "GET" else "answer_agreement_id"
        try:
            await self.book.advance(record.id, "delivered", **{carrier: channel.agreement_id, "code": "", "reason": ""})
        except Conflict:
            await self.book.amend(record.id, **{carrier: channel.agreement_id})
        return True

    async def _through(self, record: FootprintRequest, method: str, path: str, body: bytes | None) -> Channel:
        """Send once under the contract in force, and once more under a new one where that one no longer serves."""
        path, _, query = path.partition("?")
        for fresh in (False, True):
            channel = await self._channels.open(
                record.counterparty, "footprint exchange", _is_exchange, record.purpose, fresh=fresh
            )
            try:
                answer = await self._inventory.call(channel.transfer_id, method, path, query=query, body=body)
            except Refused as problem:
                if fresh or problem.code.startswith(_OWN_REASONS):
                    raise
                continue
            async for _ in answer.pieces:
                pass
            return channel
        raise AssertionError("unreachable")

    # --- answering

    async def accept(self, request_id: str, *, actor: str) -> FootprintRequest:
        """Answer with the own footprint that is stored for the part. Raises Unknown (`footprint/none-stored`)."""
        record = await self.book.show(request_id)
        own = await self._own.get(record.manufacturer_part_id)
        return await self.answer(request_id, own.document, actor=actor)

    async def answer(
        self, request_id: str, document: Any, *, findings: Sequence[Finding] = (), actor: str = "node"
    ) -> FootprintRequest:
        """Answer an incoming request (or update its answer) with `document`; it is sent in the background.

        Raises Invalid (`footprint/document`) where the document is none, Conflict in the wrong state.
        """
        noticed = await self._schema.check(document)
        raw = encode(document)

        def decide(tx: Transaction) -> FootprintRequest:
            record = _incoming(tx, request_id)
            record.is_update = record.state == "answered"
            record.state = next_state(record, "decided")
            record.document, record.document_digest = document, digest_bytes(raw)
            record.findings = [finding.as_dict() for finding in (*findings, *noticed)]
            record.code = record.reason = ""
            keep(tx, record, "footprint.answer.decided", actor, amounts_of(document, record.document_digest))
            return record

        return self.book.tell(await self._store.write(decide))

    async def reject(self, request_id: str, reason: str, *, actor: str) -> FootprintRequest:
        """Say no to a request, with the reason; kept here only, for the exchange has no message for it (CX-0136)."""
        return await self.book.advance(
            request_id, "rejected", actor=actor, code="footprint/rejected", reason=reason or "no reason was given"
        )

    async def update(self, request_id: str, *, actor: str) -> FootprintRequest:
        """Send the current own footprint again to one who was answered before (`update=true`)."""
        return await self.accept(request_id, actor=actor)

    async def _answer_from_store(self, request_id: str) -> bool:
        """The rule: who may ask (their contract says so) gets the footprint that is stored for the part."""
        record = await self.book.show(request_id)
        own = await self._own.find(record.manufacturer_part_id)
        if record.state == "received" and self._is_asking_first:
            await self.book.note(request_id, "footprint/awaits-decision", "a person decides on requests here")
        elif record.state == "received" and own is not None:
            await self.answer(request_id, own.document)
        elif record.state == "received":
            await self.book.note(request_id, "footprint/none-stored", "no own footprint is stored for the part")
            self._events.publish("footprint.unanswered", record.id, record)
        return True

    async def _deliver(self, request_id: str) -> bool:
        record = await self.book.show(request_id)
        if record.state != "answering" or record.document is None:
            return True
        answer = exchange.FootprintAnswer(record.id, self._bpn, update=record.is_update)
        return await self._sent(record, "PUT", exchange.answer_path(answer), encode(record.document))

    # --- what partners send

    async def serve(self, _: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: the exchange's two messages. Refusals are audited with their reason."""
        request_id = request_id_of(request.path)
        try:
            if request.method == "GET":
                await self._receive_request(request_id, request)
                return StreamedContent(exchange.ACCEPTED, "application/json", pieces(b""))
            if request.method == "PUT":
                await self._receive_answer(request_id, request)
                return StreamedContent(exchange.RECEIVED, "application/json", pieces(b""))
            raise Invalid("footprint/method", f"the footprint exchange takes GET and PUT, not {request.method}")
        except Problem as problem:
            detail = {"method": request.method, "code": problem.code, "reason": problem.detail}
            await self._store.write(
                lambda tx: tx.audit("footprint.refused", request_id[:128], detail, actor=request.consumer)
            )
            raise

    async def _receive_request(self, request_id: str, request: ContentRequest) -> None:
        asked = exchange.parse_request(request_id, request.query, bpn=request.consumer_bpn or None)

        def take(tx: Transaction) -> FootprintRequest:
            known = tx.get(FOOTPRINT_REQUESTS, request_id)
            if known is not None:
                return repeated(known, asked, request.consumer)
            record = FootprintRequest(
                id=request_id,
                direction="incoming",
                state="received",
                counterparty=request.consumer,
                counterparty_bpn=asked.bpn,
                manufacturer_part_id=asked.manufacturer_part_id or "",
                customer_part_id=asked.customer_part_id or "",
                message=asked.message or "",
                purpose=exchange.USAGE_PURPOSE,
                agreement_id=request.agreement_id,
                due_at=tx.now + self._answer_time,
                created_at=tx.now,
                updated_at=tx.now,
            )
            keep(tx, record, "footprint.received", request.consumer)
            return record

        self.book.tell(await self._store.write(take))

    async def _receive_answer(self, request_id: str, request: ContentRequest) -> None:
        answer = exchange.parse_answer(request_id, request.query, bpn=request.consumer_bpn or None)
        known = asked_of(await self._store.read(lambda reader: reader.get(FOOTPRINT_REQUESTS, request_id)), request)
        if known.document_digest == digest_bytes(request.body):
            return
        happening(known, answer)
        document = decode(request.body)
        findings = await self._schema.check(document)
        kept = await self._content.keep(pieces(request.body))
        item_id = self._clock.new_id()

        def take(tx: Transaction) -> FootprintRequest | None:
            record = asked_of(tx.get(FOOTPRINT_REQUESTS, request_id), request)
            if record.document_digest == kept.digest:
                return None
            record.state = next_state(record, happening(record, answer))
            noticed = [*findings, *about_part(record, document), *about_change(record.document, document)]
            record.counterparty_bpn = answer.bpn
            record.document, record.document_digest, record.item_id = document, kept.digest, item_id
            record.is_update, record.answer_agreement_id = answer.update, request.agreement_id
            record.findings = [finding.as_dict() for finding in noticed]
            record.code = record.reason = ""
            tx.add(INVENTORY, item_of(record, kept.size, request, tx.now))
            keep(tx, record, "footprint.answered", request.consumer, amounts_of(document, kept.digest))
            return record

        async with self._locks.hold(f"footprint {request_id}"):
            record = await self._store.write(take)
        if record is not None:
            self.book.tell(record)

    async def document(self, request_id: str) -> bytes:
        """The answer's document, byte by byte: what arrived (its contract decides on this use), or what is sent."""
        record = await self.book.show(request_id)
        if record.document is None:
            raise Unknown("footprint/no-answer", f"the request {request_id} has no answer yet: it is {record.state}")
        if record.item_id:
            return (await self._inventory.open(record.item_id, record.purpose))[1]
        return encode(record.document)


def _incoming(tx: Transaction, request_id: str) -> FootprintRequest:
    record = tx.get(FOOTPRINT_REQUESTS, request_id)
    if record is None or record.direction != "incoming":
        raise unknown(request_id)
    return record


def _may_pass(problem: Problem) -> bool:
    """Whether it is worth trying again later."""
    return isinstance(problem, PeerFailed | Unavailable) or problem.code in _PASSING


def _check_wish(wish: Wish) -> None:
    if not wish.counterparty.startswith("did:"):
        raise Invalid("footprint/counterparty", f"{wish.counterparty!r} is no DID", pointer="/counterparty")
    _request_path("check", wish.manufacturer_part_id, wish.customer_part_id, wish.message)


def _request_path(request_id: str, manufacturer_part_id: str, customer_part_id: str, message: str) -> str:
    wanted = exchange.FootprintRequest(
        request_id, "", manufacturer_part_id or None, customer_part_id or None, message or None
    )
    return exchange.request_path(wanted)


def _is_exchange(dataset: DatasetEntry) -> bool:
    return exchange.is_exchange(dataset.properties)
