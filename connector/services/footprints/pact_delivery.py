"""Events of the PACT facade on their way to partners: authenticated, tried again, given up after 72 hours."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from connector.notation.exact_json import decode, encode
from connector.notation.problems import PeerFailed, Problem
from connector.pcf.pact import api
from connector.ports import Answer, Clock, Store, Transaction, Transport
from connector.records.footprints import PACT_ITEMS, PactItem
from connector.services.workers import Workers

PATIENCE: Final = timedelta(hours=72)
_DISCOVERY: Final = "/.well-known/openid-configuration"


class Delivery:
    """Sends what is stored as `reply`; its state tells: sending, delivered, failed, unaddressed."""

    def __init__(self, *, store: Store, transport: Transport, clock: Clock, workers: Workers) -> None:
        self._store = store
        self._transport = transport
        self._clock = clock
        self._workers = workers

    async def start(self) -> None:
        """Take up what a former life left."""
        where = {"kind": "reply", "state": "sending"}
        for item in await self._store.read(lambda reader: reader.find(PACT_ITEMS, where, limit=1_000_000)):
            self.send(item)

    async def stop(self) -> None:
        """Begin nothing any more."""
        await self._workers.stop()

    def send(self, item: PactItem) -> None:
        """Deliver in the background."""
        self._workers.start(item.id, lambda: self._step(item.id))

    async def _step(self, item_id: str) -> bool:
        item = await self._store.read(lambda reader: reader.need(PACT_ITEMS, item_id))
        if item.state != "sending":
            return True
        client = await self._store.read(lambda reader: reader.get(PACT_ITEMS, f"client/{item.owner}"))
        known = client.document if client is not None else {}
        address = known.get("callback") or _address(item.document.get("source", ""))
        if not address:
            await self._settle(item_id, "unaddressed", "the partner has no address: register one as its callback")
            return True
        try:
            await self._post(address, known, item.document["event"])
        except Problem as problem:
            if self._clock.now() - item.created_at < PATIENCE:
                await self._note(item_id, problem.detail)
                return False
            await self._settle(item_id, "failed", problem.detail)
            return True
        await self._settle(item_id, "delivered", "")
        return True

    async def _post(self, address: str, known: dict[str, Any], event: dict[str, Any]) -> None:
        headers = {"Content-Type": api.MEDIA_TYPE}
        if known.get("clientId"):
            headers["Authorization"] = f"Bearer {await self._token(address, known)}"
        answer = await self._transport.send("POST", f"{address}/3/events", headers=headers, body=encode(event))
        if not answer.is_ok:
            raise PeerFailed("peer/answer", f"{address}/3/events answered {answer.status}")

    async def _token(self, address: str, known: dict[str, Any]) -> str:
        endpoint = await self._token_endpoint(address)
        basic = b64encode(f"{known['clientId']}:{known['clientSecret']}".encode()).decode()
        headers = {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        body = urlencode({"grant_type": "client_credentials"}).encode()
        answer = await self._transport.send("POST", endpoint, headers=headers, body=body)
        token = _member(answer, "access_token")
        if token is None:
            raise PeerFailed("peer/answer", f"{endpoint} gave no token: {answer.status}")
        return token

    async def _token_endpoint(self, address: str) -> str:
        try:
            found = _member(await self._transport.send("GET", address + _DISCOVERY), "token_endpoint")
        except Problem:
            found = None
        return found or f"{address}/auth/token"

    async def _note(self, item_id: str, reason: str) -> None:
        def note(tx: Transaction) -> None:
            item = tx.need(PACT_ITEMS, item_id)
            item.document = {**item.document, "reason": reason}
            tx.put(PACT_ITEMS, item)

        await self._store.write(note)

    async def _settle(self, item_id: str, state: str, reason: str) -> None:
        def settle(tx: Transaction) -> None:
            item = tx.need(PACT_ITEMS, item_id)
            item.state, item.updated_at = state, tx.now
            item.document = {**item.document, "reason": reason}
            tx.put(PACT_ITEMS, item)
            tx.audit(f"pact.event.{state}", item.document["event"]["id"], {"client": item.owner, "reason": reason})

        await self._store.write(settle)


def _address(source: str) -> str:
    """The address in the source of an event, where it is one; the egress rule judges it when it is called."""
    if source.startswith("//"):
        source = "https:" + source
    return source.rstrip("/") if source.startswith(("https://", "http://")) else ""


def _member(answer: Answer, name: str) -> str | None:
    if not answer.is_ok:
        return None
    try:
        body = decode(answer.body)
    except Problem:
        return None
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str) and found else None
