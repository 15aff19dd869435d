"""The clearing function (IDS-RAM): a third node gets signed entries of both parties, and compares their stories.

A participant tells what its log says of contracts, in order and once; the clearing house believes a signature, never a
sender, and keeps the first word: an entry told otherwise later is refused and noted with its place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from connector.audit import comparison
from connector.audit.comparison import Exchange
from connector.audit.entries import Entry, as_dict, digest_of, read_entry
from connector.dcp import did, jws
from connector.notation.exact_json import encode
from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Invalid, PeerFailed, Problem, Refused, Unknown
from connector.ports import Clock, Store, Transaction, Transport
from connector.records.clearing import CLEARED_ENTRIES, CLEARING_CURSORS, ClearedEntry, ClearingCursor
from connector.services.events import Event, Events
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity

SERVICE: Final = "IonportClearingHouse"
_LOG = structlog.get_logger("clearing")
_BATCH: Final = 200
_AT_MOST: Final = 5.0
"""Seconds until what was written without an event is told too."""
_PAUSE: Final = 10.0
_ALL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a clearing house knows of a contract."""

    agreement_id: str
    logs: tuple[str, ...]
    story: list[Exchange]
    findings: list[Finding]


class ClearingReporter:
    """Tells our entries about contracts to the clearing house, in order, also after a restart."""

    def __init__(
        self,
        *,
        house: str,
        identity: Identity,
        counterparties: Counterparties,
        store: Store,
        transport: Transport,
        events: Events,
    ) -> None:
        self._house = house
        self._identity = identity
        self._counterparties = counterparties
        self._store = store
        self._transport = transport
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        events.tap(self._seen)

    def _seen(self, _: Event) -> None:
        self._woken.set()

    async def start(self) -> None:
        """Begin where the last life stopped; once."""
        if self._house and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop; what was not told is told by the next life."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            pause = _AT_MOST
            try:
                while await self.tell():
                    pass
            except Problem as problem:
                _LOG.warning("the clearing house was not told", reason=problem.detail)
                pause = _PAUSE
            except Exception:
                _LOG.exception("telling the clearing house failed")
                pause = _PAUSE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), pause)

    async def tell(self) -> bool:
        """Tell the next entries; whether there may be more. Raises PeerFailed, Unknown."""
        cursor = await self._store.read(lambda reader: reader.get(CLEARING_CURSORS, self._house))
        after = cursor.sequence if cursor is not None else 0
        batch = await self._store.read(lambda reader: reader.audit_entries(after=after, limit=_BATCH))
        if not batch:
            return False
        told = [one for one in batch if is_of_a_contract(one)]
        if told:
            await self._send(told)
        reached = ClearingCursor(id=self._house, sequence=batch[-1].sequence)
        await self._store.write(lambda tx: tx.put(CLEARING_CURSORS, reached))
        return len(batch) == _BATCH

    async def _send(self, entries: list[Entry]) -> None:
        endpoint = await self._counterparties.service_of(self._house, SERVICE)
        own, signer = self._identity.own.did, self._identity.signer
        claims = {"iss": own, "aud": self._house, "entries": [as_dict(one) for one in entries]}
        signed = jws.sign_jwt({"typ": "JWT", "kid": f"{own}#{signer.key_id}"}, claims, signer.sign)
        headers = {"Content-Type": "application/json", "Authorization": self._identity.bare_authorization(self._house)}
        answer = await self._transport.send("POST", endpoint, headers=headers, body=encode({"entries": signed}))
        if not answer.is_ok:
            raise PeerFailed("clearing/refused", f"the clearing house answered {answer.status}")


class ClearingHouse:
    """Keeps what participants tell, and compares it."""

    def __init__(self, *, identity: Identity, counterparties: Counterparties, store: Store, clock: Clock) -> None:
        self._identity = identity
        self._counterparties = counterparties
        self._store = store
        self._clock = clock

    async def take(self, authorization: str | None, message: Mapping[str, Any]) -> int:
        """Keep signed entries of the sender; how many were new.

        Raises Unauthenticated, Invalid (`clearing/entries`), Conflict (`clearing/rewritten`: an entry was told
        otherwise before; noted, with its place).
        """
        sender = await self._counterparties.participant(authorization)
        signed = str(message.get("entries", ""))
        header, _ = jws.peek(signed)
        document = await self._counterparties.document(sender)
        claims = jws.verify(signed, did.key_for(document, str(header.get("kid", "")), "assertionMethod"))
        said = claims.get("entries")
        if claims.get("iss") != sender or claims.get("aud") != self._identity.own.did or not isinstance(said, list):
            raise Invalid("clearing/entries", "signed entries of the sender, for this clearing house, are wanted")
        entries = [_entry(each) for each in said[: _BATCH * 10]]
        changed = await self._store.write(lambda tx: self._changed(tx, sender, entries))
        if changed is not None:
            said_now = f"entry {changed} of {sender} was told otherwise before"
            raise Conflict("clearing/rewritten", said_now)
        return await self._store.write(lambda tx: self._keep(tx, sender, entries, signed))

    def _changed(self, tx: Transaction, sender: str, entries: list[Entry]) -> int | None:
        """The first entry that differs from what was told before; it is noted."""
        for one in entries:
            known = tx.get(CLEARED_ENTRIES, f"{sender} {one.sequence}")
            if known is not None and known.entry.get("hash") != one.hash:
                detail = {"code": "clearing/rewritten", "sequence": one.sequence, "agreementId": known.agreement_id}
                tx.audit(
                    "clearing.rewritten",
                    sender,
                    {**detail, "first": known.entry["hash"], "now": one.hash},
                    actor=sender,
                )
                return one.sequence
        return None

    def _keep(self, tx: Transaction, sender: str, entries: list[Entry], signed: str) -> int:
        new = 0
        for one in entries:
            record = ClearedEntry(
                id=f"{sender} {one.sequence}",
                log=sender,
                sequence=one.sequence,
                agreement_id=agreement_of(one),
                entry=as_dict(one),
                jws=signed if new == 0 else "",
                received_at=tx.now,
            )
            if tx.get(CLEARED_ENTRIES, record.id) is None:
                tx.add(CLEARED_ENTRIES, record)
                new += 1
        if new:
            tx.audit("clearing.received", sender, {"entries": new, "last": entries[-1].sequence}, actor=sender)
        return new

    async def story(self, agreement_id: str) -> Cleared:
        """What the parties told of a contract, compared. Raises Unknown (`clearing/unknown`)."""
        found = await self._store.read(
            lambda reader: reader.find(CLEARED_ENTRIES, {"agreement_id": agreement_id}, limit=_ALL)
        )
        if not found:
            raise Unknown("clearing/unknown", f"nobody told anything of an agreement {agreement_id!r}")
        logs = sorted({each.log for each in found})
        subjects = {each.entry["subject"] for each in found}
        sides = [await self._side(log, subjects) for log in (*logs, "")[:2]]
        story = comparison.story(*sides, agreement_id=agreement_id) or []
        names = (logs[0], logs[1] if len(logs) > 1 else "the other party")
        findings = comparison.compare(*sides, agreement_id=agreement_id, names=names)
        return Cleared(agreement_id, tuple(logs), story, findings)

    async def _side(self, log: str, subjects: set[str]) -> list[Entry]:
        """A participant's entries about the contract's processes, in their order."""
        found = await self._store.read(
            lambda reader: reader.find(CLEARED_ENTRIES, {"log": log}, limit=_ALL) if log else []
        )
        entries = [read_entry(each.entry) for each in found if each.agreement_id or each.entry["subject"] in subjects]
        return sorted(entries, key=lambda one: one.sequence)


def is_of_a_contract(one: Entry) -> bool:
    """Whether an entry is told: what names an agreement, and each step of a negotiation or transfer."""
    return bool(agreement_of(one)) or one.event.startswith(("negotiation.", "transfer."))


def agreement_of(one: Entry) -> str:
    """The agreement that an entry is about, or empty."""
    named = one.detail.get(comparison.AGREEMENT)
    if isinstance(named, str):
        return named
    return one.subject if one.event.startswith(("agreement.", "usage.", "inventory.", "notice.", "receipt.")) else ""


def _entry(said: Any) -> Entry:
    if not isinstance(said, Mapping):
        raise Invalid("clearing/entries", "an entry is an object")
    one = read_entry(said)
    if digest_of(one) != one.hash:
        raise Refused("clearing/altered", f"entry {one.sequence} was altered after it was written")
    return one
