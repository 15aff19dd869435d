"""What arrived under contracts: pulled by this node, kept with digest and agreement, given out through its own gate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.dsp.vocabulary import HTTP_PUSH
from connector.notation.exact_json import decode, encode
from connector.notation.problems import (
    Conflict,
    Invalid,
    PeerFailed,
    Refused,
    Unauthenticated,
    Unavailable,
    Unknown,
)
from connector.odrl.decision import Decision
from connector.odrl.operands import Phase
from connector.ports import (
    Clock,
    ContentStore,
    KeptContent,
    Member,
    Reader,
    Store,
    StreamedContent,
    Transaction,
    Transport,
)
from connector.records.contracts import INVENTORY, InventoryItem
from connector.records.exchange import ACCESS_TOKENS, AGREEMENTS, TRANSFERS, Transfer
from connector.services.events import Events
from connector.services.identity.identity import Identity
from connector.services.locks import Locks
from connector.services.usage.content_digests import content_digest
from connector.services.usage.usage import Usage, bare_token, dry_run, hash_token, refusal

AUTH = "https://w3id.org/tractusx/auth/"
PURPOSE_HEADER = "Ionport-Usage-Purpose"
PULL_HEADER = "Ionport-Pull-Id"
"""By which both logs know a request on data."""
_RECEIVING = ("REQUESTING", "REQUESTED", "STARTED")
"""States of a push in which its bytes may come: they can overtake the message that tells of them."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one request brought."""

    item: InventoryItem
    matches_source: bool | None


class Inventory:
    """Received data of this node."""

    def __init__(
        self,
        *,
        identity: Identity,
        store: Store,
        content: ContentStore,
        transport: Transport,
        usage: Usage,
        events: Events,
        locks: Locks,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._store = store
        self._content = content
        self._transport = transport
        self._usage = usage
        self._events = events
        self._locks = locks
        self._clock = clock

    async def pull(self, transfer_id: str, path: str = "", *, query: str = "", purpose: str = "") -> Pulled:
        """Get `path` of a started transfer and keep the bytes.

        `purpose` is what they are wanted for, by default what the transfer was asked for. Raises Conflict, or Refused
        (by our own gate for a purpose that the contract does not grant, else with the provider's reason), PeerFailed.
        """
        record = await self._store.read(lambda reader: reader.need(TRANSFERS, transfer_id))
        pull_id = self._clock.new_id()
        try:
            answer = await self.call(transfer_id, "GET", path, query=query, purpose=purpose, pull_id=pull_id)
        except (Refused, PeerFailed) as problem:
            await self._note_refusal(record, path, problem, pull_id)
            raise
        kept = await self._content.keep(answer.pieces)
        source = content_digest(answer.headers)
        item = self._item(record, kept, path=path, media_type=answer.media_type, source=source)
        await self._store.write(lambda tx: _keep(tx, item, pull_id))
        self._events.publish("inventory.received", item.id, item)
        return Pulled(item, source == kept.digest if source else None)

    def _item(self, record: Transfer, kept: KeptContent, *, path: str, media_type: str, source: str) -> InventoryItem:
        return InventoryItem(
            id=self._clock.new_id(),
            agreement_id=record.agreement_id,
            transfer_id=record.id,
            provider=record.counterparty,
            dataset_id=record.dataset_id,
            path=path,
            media_type=media_type,
            size=kept.size,
            digest=kept.digest,
            source_digest=source,
            received_at=self._clock.now(),
        )

    async def receive(
        self, authorization: str | None, transfer_id: str, path: str, content: StreamedContent
    ) -> InventoryItem:
        """Keep what a provider pushes; the same bytes twice are one item (a provider may not have seen our answer).

        Raises Unauthenticated (`push/token`), Refused (`push/closed`), Invalid (`push/digest`).
        """
        record = await self._store.read(lambda reader: self._pushed(reader, authorization, transfer_id))
        kept = await self._content.keep(content.pieces)
        source = content_digest(content.headers)
        if source and source != kept.digest:
            raise Invalid("push/digest", f"what arrived has the digest {kept.digest}, Content-Digest says {source}")
        item = self._item(record, kept, path=path, media_type=content.media_type, source=source)

        def keep(tx: Transaction) -> InventoryItem:
            self._pushed(tx, authorization, transfer_id)
            same = {"agreement_id": item.agreement_id, Member(("digest",)): item.digest}
            known = [each for each in tx.find(INVENTORY, same) if (each.transfer_id, each.path) == (transfer_id, path)]
            if not known:
                _keep(tx, item)
            return known[0] if known else item

        found = await self._store.write(keep)
        if found is item:
            self._events.publish("inventory.received", item.id, item)
        return found

    def _pushed(self, reader: Reader, authorization: str | None, transfer_id: str) -> Transfer:
        """The push of ours that this token was given for, while bytes may come."""
        token = reader.get(ACCESS_TOKENS, hash_token(bare_token(authorization)))
        is_given = token is not None and token.kind == "push" and token.transfer_id == transfer_id
        if token is None or not is_given or token.expires_at <= self._clock.now():
            raise Unauthenticated("push/token", "the token of this receiving end is not in force")
        record = reader.need(TRANSFERS, transfer_id)
        if record.state not in _RECEIVING:
            raise Refused("push/closed", f"the transfer is {record.state}: nothing is received for it")
        return record

    async def _note_refusal(self, record: Transfer, path: str, problem: Refused | PeerFailed, pull_id: str) -> None:
        """What brought nothing; what our own gate refused never left the house, so the provider knows nothing of it."""
        sent = {} if problem.dry_run else {"pullId": pull_id}
        problem.dry_run = dry_run(record.dataset_id, record.counterparty)
        detail = {"transfer": record.id, "path": path, "outcome": "refused", **sent}
        detail |= {"code": problem.code, "reason": problem.detail, "dryRun": problem.dry_run}
        await self._store.write(
            lambda tx: tx.audit("pull.refused", record.agreement_id, detail, actor=record.counterparty)
        )

    async def call(
        self,
        transfer_id: str,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes | None = None,
        media_type: str = "application/json",
        purpose: str = "",
        pull_id: str = "",
    ) -> StreamedContent:
        """A request on the data address of a started transfer, with a token that is in force.

        Raises Refused with the provider's reason where it answers anything but 2xx, PeerFailed for 5xx.
        """
        record = await self._ready(transfer_id, purpose)
        answer = await self._request(record, method, path, query, body, media_type, pull_id)
        if answer.status in (401, 403):
            renewed = await self._refreshed(transfer_id, used=record.data_address["authorization"])
            if renewed is not None:
                await _head(answer.pieces)
                renewed.purposes = record.purposes
                answer = await self._request(renewed, method, path, query, body, media_type, pull_id)
        if not 200 <= answer.status < 300:
            raise await _refusal(answer, path)
        return answer

    async def _ready(self, transfer_id: str, purpose: str = "") -> Transfer:
        """A transfer that can be pulled from, its purposes those of this request. Raises Conflict, Refused."""
        record = await self._store.read(lambda reader: reader.need(TRANSFERS, transfer_id))
        if record.role != "consumer":
            raise Conflict("pull/role", "this transfer is ours to provide, not to pull from")
        if record.format == HTTP_PUSH:
            raise Conflict("pull/push", "this transfer is a push: its bytes come by themselves, see the inventory")
        agreement = await self._store.read(lambda reader: reader.get(AGREEMENTS, record.agreement_id))
        over = None if agreement is None else self._usage.over(agreement)
        if over is not None:
            raise refusal(over, record.dataset_id, record.counterparty)
        if record.state != "STARTED" or not record.data_address:
            reason = f": {'; '.join(record.reasons)}" if record.reasons else ""
            raise Conflict("pull/not-started", f"the transfer is {record.state}{reason}")
        if agreement is not None:
            record.purposes = self._usage.stated(agreement, [purpose] if purpose else record.purposes)
        return record

    async def _request(
        self,
        record: Transfer,
        method: str,
        path: str,
        query: str,
        body: bytes | None,
        media_type: str,
        pull_id: str,
    ) -> StreamedContent:
        url = record.data_address["endpoint"].rstrip("/")
        url += f"/{path.lstrip('/')}" if path else ""
        url += f"?{query}" if query else ""
        headers = {"Authorization": record.data_address["authorization"]}
        headers[PULL_HEADER] = pull_id or self._clock.new_id()
        if record.purposes:
            headers[PURPOSE_HEADER] = ", ".join(record.purposes)
        if body is not None:
            headers["Content-Type"] = media_type
        return await self._transport.stream(method, url, headers=headers, body=body)

    async def renew(self, transfer_id: str) -> Transfer:
        """The started transfer with tokens refreshed now. Raises Conflict, Refused (`pull/refresh`)."""
        record = await self._ready(transfer_id)
        renewed = await self._refreshed(transfer_id, used=record.data_address["authorization"])
        if renewed is None:
            raise Refused("pull/refresh", "the provider did not refresh the token: request a new transfer")
        return renewed

    async def _refreshed(self, transfer_id: str, *, used: str) -> Transfer | None:
        """The transfer with new tokens; one refresh serves all who wait for it. None where no refresh is offered."""
        async with self._locks.hold(f"refresh {transfer_id}"):
            record = await self._ready(transfer_id)
            if record.data_address["authorization"] != used:
                return record
            properties = record.data_address.get("properties", {})
            endpoint, token = properties.get(f"{AUTH}refreshEndpoint"), properties.get(f"{AUTH}refreshToken")
            if not endpoint or not token:
                return None
            answer = await self._transport.send(
                "POST",
                endpoint,
                headers={
                    "Content-Type": "application/json",
                    "Authorization": await self._identity.authorization(record.counterparty),
                },
                body=encode({"grant_type": "refresh_token", "refresh_token": token}),
            )
            if not answer.is_ok:
                return None
            return await self._store.write(lambda tx: _renewed(tx, transfer_id, decode(answer.body)))

    async def open(
        self, item_id: str, purpose: str = "", *, uses: frozenset[str] = frozenset(), recipient: str = ""
    ) -> tuple[InventoryItem, bytes]:
        """The bytes of an item for a use inside our own house; the contract decides too. Raises Refused, Unknown.

        `uses` says what is done with them beyond reading (`odrl.facts.USES`), `recipient` (a BPNL) whom they reach.
        """
        item = await self.item(item_id)
        await self._ask(item, purpose, uses, recipient)
        raw = self._content.open(item.digest)
        if raw is None or item.deleted_at is not None:
            raise Unknown("inventory/deleted", f"the content of {item_id!r} was deleted")
        return item, raw

    async def derive(self, item_id: str, raw: bytes, media_type: str, purpose: str = "", path: str = "") -> Pulled:
        """Keep what was made from an item: it stays under the same contract, and is deleted with it. Raises Refused."""
        item = await self.item(item_id)
        await self._ask(item, purpose, frozenset({"derive"}), "")
        kept = await self._content.keep(_pieces(raw))
        derived = InventoryItem(
            id=self._clock.new_id(),
            agreement_id=item.agreement_id,
            transfer_id=item.transfer_id,
            provider=item.provider,
            dataset_id=item.dataset_id,
            path=path,
            media_type=media_type,
            size=kept.size,
            digest=kept.digest,
            derived_from=item.id,
            received_at=self._clock.now(),
        )

        def keep(tx: Transaction) -> None:
            tx.add(INVENTORY, derived)
            detail = {"item": derived.id, "derivedFrom": item.id, "agreementId": item.agreement_id}
            tx.audit("inventory.derived", item.agreement_id, {**detail, "digest": derived.digest})

        await self._store.write(keep)
        return Pulled(derived, None)

    async def _ask(self, item: InventoryItem, purpose: str, uses: frozenset[str], recipient: str) -> None:
        """The gate of our own house: what the contract says of this use, now. Raises Refused; either is audited."""
        stated = frozenset({purpose}) if purpose else frozenset()

        def judge(tx: Transaction) -> Decision:
            agreement = tx.need(AGREEMENTS, item.agreement_id)
            own = self._identity.own_facts_in(tx)
            verdict = self._usage.decide(tx, agreement, own, Phase.AFTER, stated, uses=uses, recipient=recipient)
            told = self._usage.told(verdict, agreement, own, Phase.AFTER, stated)
            asked = {"item": item.id, "uses": sorted(uses), "recipient": recipient}
            detail = {**told, **{name: value for name, value in asked.items() if value}}
            if not verdict.permitted:
                detail |= {"code": verdict.code, "reason": verdict.sentence}
                detail["dryRun"] = dry_run(item.dataset_id, item.provider)
            tx.audit("inventory.used" if verdict.permitted else "inventory.refused", agreement.id, detail)
            return verdict

        verdict = await self._store.write(judge)
        if not verdict.permitted:
            raise refusal(verdict, item.dataset_id, item.provider)

    async def item(self, item_id: str) -> InventoryItem:
        """What is known of an item, without its bytes. Raises Unknown `inventory/unknown`."""
        record = await self._store.read(lambda reader: reader.get(INVENTORY, item_id))
        if record is None:
            raise Unknown("inventory/unknown", f"there is no item {item_id!r} in the inventory")
        return record

    async def list(self, agreement_id: str = "", *, limit: int = 100, offset: int = 0) -> list[InventoryItem]:
        """Items, the newest first."""
        where: dict[str, Any] = {"agreement_id": agreement_id} if agreement_id else {}
        return await self._store.read(
            lambda reader: reader.find(
                INVENTORY, where, order="received_at", descending=True, limit=limit, offset=offset
            )
        )


def _keep(tx: Transaction, item: InventoryItem, pull_id: str = "") -> None:
    tx.add(INVENTORY, item)
    detail = {
        "item": item.id,
        "agreementId": item.agreement_id,
        "path": item.path,
        "digest": item.digest,
        "size": item.size,
        **({"pullId": pull_id, "outcome": "permitted"} if pull_id else {}),
    }
    tx.audit("inventory.received", item.agreement_id, detail, actor=item.provider)


async def _pieces(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


def _renewed(tx: Transaction, transfer_id: str, answer: Any) -> Transfer:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("access_token"), str):
        raise Invalid("pull/refresh", "the answer of the refresh endpoint has no access_token")
    record = tx.need(TRANSFERS, transfer_id)
    properties = dict(record.data_address.get("properties", {}))
    if isinstance(answer.get("refresh_token"), str):
        properties[f"{AUTH}refreshToken"] = answer["refresh_token"]
    record.data_address = {**record.data_address, "authorization": answer["access_token"], "properties": properties}
    record.updated_at = tx.now
    tx.put(TRANSFERS, record)
    return record


async def _refusal(answer: StreamedContent, path: str) -> Refused | Unavailable | PeerFailed:
    body = await _head(answer.pieces)
    try:
        said = decode(body)
        detail = str(said.get("detail") or said.get("title") or said) if isinstance(said, Mapping) else str(said)
        code = str(said.get("code", "pull/refused")) if isinstance(said, Mapping) else "pull/refused"
    except Invalid:
        detail, code = body[:300].decode("utf-8", "replace"), "pull/refused"
    sentence = f"the provider answered {answer.status} for {path or '/'}: {detail}"
    if answer.status >= 500:
        return PeerFailed("pull/failed", sentence)
    return Refused(code, sentence)


async def _head(pieces: AsyncIterator[bytes], limit: int = 64 * 1024) -> bytes:
    received = b""
    async for piece in pieces:
        received += piece
        if len(received) >= limit:
            break
    return received[:limit]
