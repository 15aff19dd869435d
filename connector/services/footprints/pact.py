"""The PACT facade: footprints for companies outside of any data space, their clients, events in and out.

A footprint on offer is a ProductFootprint as PACT writes it; a new one that names an old one as preceding deprecates
it. Requests of partners are kept, answered by rule where a footprint matches, else rejected or left to a person;
answers go out in the background until they are taken, for three days at most.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from connector.dcp import jws
from connector.notation.digests import digest
from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Conflict, Invalid, Unauthenticated, Unknown
from connector.pcf import conversion
from connector.pcf.conversion import Wish
from connector.pcf.pact import api, version_3
from connector.pcf.pact.api import Criteria, Event
from connector.ports import Clock, Egress, Signer, Store, Transaction, Transport
from connector.records.footprints import PACT_ITEMS, PactItem
from connector.services.footprints.pact_delivery import Delivery
from connector.services.workers import Workers

LIFETIME: Final = timedelta(hours=1)
MOST_DOCUMENTS: Final = 1_000_000
_TOKEN_USE: Final = "pact-access"


@dataclass(frozen=True, slots=True)
class Partner:
    """How a client of the facade is called back: its own address and our credentials there; empty: not at all."""

    callback: str = ""
    client_id: str = ""
    client_secret: str = ""


class Pact:
    """The facade's use cases; `issuer` is the address of its listener."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        signer: Signer,
        egress: Egress,
        delivery: Delivery,
        issuer: str,
        rule: Literal["reject", "keep"],
    ) -> None:
        self._store = store
        self._clock = clock
        self._signer = signer
        self._egress = egress
        self._delivery = delivery
        self._issuer = issuer
        self._unknown_products = rule

    async def start(self) -> None:
        """Take up answers that are still to be delivered."""
        await self._delivery.start()

    async def stop(self) -> None:
        """Stop sending; what is not delivered stays stored."""
        await self._delivery.stop()

    # --- clients

    async def add_client(self, name: str, partner: Partner, *, actor: str) -> dict[str, str]:
        """A client with a new secret, which is shown this once. Raises Invalid (`pact/client`, `egress/...`)."""
        if not (0 < len(name) <= 128 and name.isascii() and name.isprintable()) or ":" in name:
            raise Invalid("pact/client", "a client is named by 1 to 128 printable characters without a colon")
        if partner.callback:
            self._egress.check(partner.callback, "/callback")
        secret = self._clock.random(24).hex()

        def add(tx: Transaction) -> None:
            if tx.get(PACT_ITEMS, f"client/{name}") is not None:
                raise Conflict("pact/client-exists", f"there is a client {name!r} already")
            kept = {
                "secret": _hash(secret),
                "callback": partner.callback.rstrip("/"),
                "clientId": partner.client_id,
                "clientSecret": partner.client_secret,
            }
            tx.put(PACT_ITEMS, _item(tx, "client", name, kept))
            tx.audit("pact.client.added", name, {"callback": partner.callback}, actor=actor)

        await self._store.write(add)
        return {"clientId": name, "clientSecret": secret}

    async def clients(self) -> list[dict[str, str]]:
        """Clients and where they are called back."""
        found = await self._store.read(lambda reader: reader.find(PACT_ITEMS, {"kind": "client"}, limit=100_000))
        return [{"clientId": _name(one), "callback": one.document["callback"]} for one in found]

    async def remove_client(self, name: str, *, actor: str) -> None:
        """Let a client in no more; its tokens end with it. Raises Unknown."""

        def remove(tx: Transaction) -> None:
            if not tx.remove(PACT_ITEMS, f"client/{name}"):
                raise Unknown("pact/client-unknown", f"there is no client {name!r}")
            tx.audit("pact.client.removed", name, {}, actor=actor)

        await self._store.write(remove)

    async def token(self, client_id: str, secret: str) -> dict[str, Any]:
        """An access token. Raises Unauthenticated (`pact/credentials`)."""
        found = await self._store.read(lambda reader: reader.get(PACT_ITEMS, f"client/{client_id}"))
        wanted = found.document["secret"] if found is not None else _hash("")
        if not hmac.compare_digest(_hash(secret), wanted) or found is None:
            raise Unauthenticated("pact/credentials", "the client or its secret is not known")
        now = self._clock.now()
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": client_id,
            "token_use": _TOKEN_USE,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        token = jws.sign_jwt({"typ": "JWT"}, claims, self._signer.sign)
        return {"access_token": token, "token_type": "bearer", "expires_in": int(LIFETIME.total_seconds())}

    async def client_of(self, authorization: str | None) -> str:
        """Who asks. Raises Unauthenticated: `pact/token`, or `pact/token-expired`."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("pact/token", "an access token is needed: Authorization: Bearer <token>")
        try:
            claims = jws.verify(token.strip(), self._signer.public_jwk)
        except Unauthenticated:
            raise Unauthenticated("pact/token", "the access token is not one of this host") from None
        expiry = claims.get("exp")
        if claims.get("iss") != self._issuer or claims.get("token_use") != _TOKEN_USE or not isinstance(expiry, int):
            raise Unauthenticated("pact/token", "the access token is not one of this host")
        if expiry <= self._clock.now().timestamp():
            raise Unauthenticated("pact/token-expired", "the access token has expired")
        name = str(claims.get("sub"))
        if await self._store.read(lambda reader: reader.get(PACT_ITEMS, f"client/{name}")) is None:
            raise Unauthenticated("pact/token", "the client of this token is not known any more")
        return name

    # --- footprints on offer

    async def offer(
        self, document: Any, *, source: str = "", assumptions: Mapping[str, Any] | None = None, actor: str
    ) -> tuple[dict[str, Any], list[Finding]]:
        """Put a footprint on offer, converted where it is in another form; those before it become deprecated.

        Raises as conversion.convert does, and Conflict (`pact/footprint-exists`) for another content under one id.
        """
        form = source or conversion.recognise(document)
        made, findings = document, version_3.check(document) if form == "pact-3" else []
        if form != "pact-3":
            made, told = conversion.convert(document, self._wish(form, assumptions or {}, actor))
            findings = list(told)
        if has_errors(findings):
            raise Invalid("pcf/pact", f"not a valid ProductFootprint: {findings[0]}", findings=findings)
        published = await self._store.write(lambda tx: self._keep(tx, made, digest(document), actor))
        if published:
            await self._tell([made["id"]])
        return made, findings

    def _wish(self, form: str, assumptions: Mapping[str, Any], actor: str) -> Wish:
        now = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return Wish(
            target="pact-3",
            source=form,
            assumptions=assumptions,
            assumed_by=actor,
            new_id=self._clock.new_id(),
            now=now,
        )

    def _keep(self, tx: Transaction, made: dict[str, Any], origin: str, actor: str) -> bool:
        known = tx.get(PACT_ITEMS, f"footprint/{made['id'].lower()}")
        if known is not None:
            if digest(known.document) == digest(made):
                return False
            raise Conflict("pact/footprint-exists", f"{made['id']} is on offer with another content: give a new id")
        tx.put(PACT_ITEMS, _item(tx, "footprint", made["id"].lower(), made))
        for old in made.get("precedingPfIds", ()):
            before = tx.get(PACT_ITEMS, f"footprint/{old.lower()}")
            if before is not None and before.document["status"] == "Active":
                before.document = {**before.document, "status": "Deprecated"}
                before.updated_at = tx.now
                tx.put(PACT_ITEMS, before)
                tx.audit("pact.footprint.deprecated", old, {"by": made["id"]}, actor=actor)
        tx.audit("pact.footprint.offered", made["id"], {"digest": digest(made), "origin": origin}, actor=actor)
        return True

    async def withdraw(self, footprint_id: str, *, actor: str) -> None:
        """Take a footprint off; what was given stays given. Raises Unknown."""

        def remove(tx: Transaction) -> None:
            if not tx.remove(PACT_ITEMS, f"footprint/{footprint_id.lower()}"):
                raise _no_footprint(footprint_id)
            tx.audit("pact.footprint.withdrawn", footprint_id, {}, actor=actor)

        await self._store.write(remove)

    async def footprint(self, footprint_id: str) -> dict[str, Any]:
        """One footprint. Raises Unknown (`pact/footprint-unknown`)."""
        found = await self._store.read(lambda reader: reader.get(PACT_ITEMS, f"footprint/{footprint_id.lower()}"))
        if found is None:
            raise _no_footprint(footprint_id)
        document: dict[str, Any] = found.document
        return document

    async def footprints(self, criteria: Criteria, *, limit: int, offset: int) -> tuple[list[dict[str, Any]], bool]:
        """A page of the footprints that match, in the order of their ids, and whether more follow."""
        matching = await self._matching(criteria)
        return matching[offset : offset + limit], len(matching) > offset + limit

    async def _matching(self, criteria: Criteria) -> list[dict[str, Any]]:
        where = {"kind": "footprint"}
        found = await self._store.read(lambda reader: reader.find(PACT_ITEMS, where, limit=MOST_DOCUMENTS))
        return [one.document for one in found if api.matches(one.document, criteria)]

    # --- events

    async def receive(self, event: Event, *, client: str) -> None:
        """Keep an event; a request is answered by rule where it can be. The same event again changes nothing."""
        key = f"{client}/{event.id}"
        kept = {"type": event.type, "id": event.id, "source": event.source, "data": dict(event.data)}
        if event.type in (api.FULFILLED, api.REJECTED):
            await self._check_asked(event, client)

        def keep(tx: Transaction) -> bool:
            if tx.get(PACT_ITEMS, f"event/{key}") is not None:
                return False
            state = "received" if event.type == api.CREATED else "told"
            tx.put(PACT_ITEMS, _item(tx, "event", key, kept, owner=client, state=state))
            detail = {"type": event.type, "digest": digest(kept)}
            tx.audit("pact.event.received", event.id, detail, actor=client)
            return True

        if await self._store.write(keep) and event.type == api.CREATED:
            await self._answer_by_rule(key, event, client)

    async def _check_asked(self, event: Event, client: str) -> None:
        """An answer needs a question of ours to this client. Raises Invalid `pact/event`."""
        asked = f"reply/{client}/{event.data['requestEventId']}"
        if await self._store.read(lambda reader: reader.get(PACT_ITEMS, asked)) is None:
            raise Invalid("pact/event", f"no request {event.data['requestEventId']!r} was sent to you")

    async def _answer_by_rule(self, key: str, event: Event, client: str) -> None:
        criteria = api.criteria_of_event(event.data)
        wanted = api.asks_for_products(criteria)
        found = [one for one in await self._matching(criteria) if one["status"] == "Active"]
        if wanted:
            found = [one for one in found if {product.lower() for product in one["productIds"]} <= wanted] or found
        if found:
            await self.answer(key, found, actor="node")
        elif self._unknown_products == "reject":
            await self.reject(key, "NotFound", "this host offers no footprint that matches the request", actor="node")

    async def answer(self, key: str, documents: Sequence[Mapping[str, Any]], *, actor: str) -> None:
        """Answer a request of a partner with footprints. Raises Unknown, Conflict where it is answered."""
        data = {"pfs": [dict(one) for one in documents]}
        await self._reply(key, api.FULFILLED, data, "answered", actor)

    async def reject(self, key: str, code: str, message: str, *, actor: str) -> None:
        """Reject a request of a partner. Raises Unknown, Conflict where it is answered."""
        await self._reply(key, api.REJECTED, {"error": {"code": code, "message": message}}, "rejected", actor)

    async def _reply(self, key: str, kind: str, data: dict[str, Any], state: str, actor: str) -> None:
        event_id = self._clock.new_id()

        def decide(tx: Transaction) -> PactItem:
            record = tx.get(PACT_ITEMS, f"event/{key}")
            if record is None:
                raise Unknown("pact/event-unknown", f"no request {key!r} was received")
            if record.state != "received":
                raise Conflict("pact/event-state", f"the request {key!r} is {record.state} already")
            record.state, record.updated_at = state, tx.now
            tx.put(PACT_ITEMS, record)
            told = {"requestEventId": record.document["id"], **data}
            time = tx.now.strftime("%Y-%m-%dT%H:%M:%SZ")
            sent = api.event(kind, told, event_id=event_id, source=self._issuer, time=time)
            kept = {"event": sent, "source": record.document["source"]}
            reply = _item(tx, "reply", f"{record.owner}/{event_id}", kept, owner=record.owner, state="sending")
            tx.put(PACT_ITEMS, reply)
            tx.audit(f"pact.request.{state}", record.document["id"], {"digest": digest(data)}, actor=actor)
            return reply

        self._delivery.send(await self._store.write(decide))

    async def _tell(self, footprint_ids: list[str]) -> None:
        """Tell every partner with an address that footprints were published."""
        for client in await self.clients():
            if client["callback"]:
                await self._enqueue(client["clientId"], api.PUBLISHED, {"pfIds": footprint_ids})

    async def ask(self, client: str, data: Mapping[str, Any], *, actor: str) -> str:
        """Ask a partner for footprints (its address is known); the answer arrives as an event. The event's id."""
        api.criteria_of_event(data)
        found = {one["clientId"]: one for one in await self.clients()}
        if client not in found:
            raise Unknown("pact/client-unknown", f"there is no client {client!r}")
        if not found[client]["callback"]:
            raise Invalid("pact/callback", f"the client {client!r} has no address to ask at")
        return await self._enqueue(client, api.CREATED, dict(data), actor)

    async def _enqueue(self, client: str, kind: str, data: dict[str, Any], actor: str = "node") -> str:
        event_id = self._clock.new_id()

        def add(tx: Transaction) -> PactItem:
            time = tx.now.strftime("%Y-%m-%dT%H:%M:%SZ")
            sent = api.event(kind, data, event_id=event_id, source=self._issuer, time=time)
            reply = _item(tx, "reply", f"{client}/{event_id}", {"event": sent}, owner=client, state="sending")
            tx.put(PACT_ITEMS, reply)
            tx.audit("pact.event.decided", event_id, {"type": kind, "client": client}, actor=actor)
            return reply

        self._delivery.send(await self._store.write(add))
        return event_id

    async def events(self, *, direction: str = "", limit: int = 100, offset: int = 0) -> list[dict[str, Any]]:
        """Events in (`event`) and out (`reply`), newest first, with where each stands."""
        kinds = {"incoming": ("event",), "outgoing": ("reply",)}.get(direction, ("event", "reply"))
        found = await self._store.read(
            lambda reader: reader.find(
                PACT_ITEMS, {"kind": kinds}, order="created_at", descending=True, limit=limit, offset=offset
            )
        )
        return [_told(one) for one in found]


def pact_of(
    issuer: str, rule: Literal["reject", "keep"], world: tuple[Store, Clock, Signer, Egress, Transport]
) -> Pact | None:
    """The facade at the address `issuer`; None where there is no address."""
    if not issuer:
        return None
    store, clock, signer, egress, transport = world
    delivery = Delivery(store=store, transport=transport, clock=clock, workers=Workers())
    return Pact(store=store, clock=clock, signer=signer, egress=egress, delivery=delivery, issuer=issuer, rule=rule)


def _told(item: PactItem) -> dict[str, Any]:
    sent = item.document.get("event", item.document)
    return {
        "key": _name(item),
        "direction": "incoming" if item.kind == "event" else "outgoing",
        "client": item.owner,
        "type": sent["type"],
        "state": item.state,
        "data": sent["data"],
        "reason": item.document.get("reason", ""),
        "createdAt": item.created_at,
    }


def _item(tx: Transaction, kind: str, name: str, document: Any, *, owner: str = "", state: str = "") -> PactItem:
    return PactItem(
        id=f"{kind}/{name}",
        kind=kind,
        owner=owner,
        state=state,
        document=document,
        created_at=tx.now,
        updated_at=tx.now,
    )


def _name(item: PactItem) -> str:
    return item.id.partition("/")[2]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _no_footprint(footprint_id: str) -> Unknown:
    return Unknown("pact/footprint-unknown", f"there is no footprint {footprint_id[:80]!r}")
