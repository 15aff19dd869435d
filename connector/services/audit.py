"""The audit log of this node: shown, checked as a whole, and proved to others by a signed head."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from connector.audit import chain, heads, merkle
from connector.audit.entries import Entry
from connector.dcp import jws
from connector.notation.exact_json import encode
from connector.notation.findings import Finding
from connector.notation.problems import Unknown
from connector.ports import Clock, Store
from connector.services.identity.identity import Identity

_BATCH = 1000
EXPORT = "ionport-audit/1"
"""Names the form of an exported log."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the whole log found; `head` are the claims of its head."""

    findings: list[Finding]
    head: dict[str, Any]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong with the log."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log: `index` and `path` lead from its hash to the root in the signed head (RFC 9162)."""

    entry: Entry
    index: int
    path: list[str]
    head: dict[str, Any]
    signature: str


class AuditLog:
    """Reads the log; it is written by the transactions that it tells of."""

    def __init__(self, *, store: Store, identity: Identity, clock: Clock) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock

    async def entries(self, *, after: int = 0, limit: int = 100, subject: str | None = None) -> list[Entry]:
        """Entries behind sequence number `after`, in order."""
        return await self._store.read(lambda reader: reader.audit_entries(after=after, limit=limit, subject=subject))

    async def verify(self) -> Verdict:
        """Check every entry and link."""
        log = await self.whole()
        return Verdict(await asyncio.to_thread(chain.verify, log), self._claims(log))

    async def head(self) -> tuple[dict[str, Any], str]:
        """The claims of the head, and the JWS by which this node stands for them."""
        claims = self._claims(await self.whole())
        return claims, self._signed(claims)

    async def proof(self, sequence: int) -> Proof:
        """That entry number `sequence` is in the log of the signed head. Raises Unknown."""
        log = await self.whole()
        place = next((place for place, one in enumerate(log) if one.sequence == sequence), None)
        if place is None:
            raise Unknown("audit/unknown", f"there is no audit entry {sequence}")
        path = await asyncio.to_thread(merkle.inclusion_proof, place, [one.leaf for one in log])
        claims = self._claims(log)
        return Proof(log[place], place, [heads.spell(node) for node in path], claims, self._signed(claims))

    async def export(self) -> bytes:
        """The whole log as JSON lines: first the signed head, then every entry; what `audit verify FILE` reads."""
        log = await self.whole()
        claims = self._claims(log)
        first = {"format": EXPORT, "log": self._identity.own.did, "head": claims, "signature": self._signed(claims)}
        return b"\n".join((encode(first), *(encode(one) for one in log))) + b"\n"

    async def whole(self) -> list[Entry]:
        """Every entry."""
        log: list[Entry] = []
        while batch := await self.entries(after=log[-1].sequence if log else 0, limit=_BATCH):
            log += batch
            await asyncio.sleep(0)
        return log

    def _claims(self, log: list[Entry]) -> dict[str, Any]:
        return heads.head(log, log=self._identity.own.did, now=self._clock.now())

    def _signed(self, claims: dict[str, Any]) -> str:
        signer = self._identity.signer
        return jws.sign_jwt({"typ": "JWT", "kid": f"{self._identity.own.did}#{signer.key_id}"}, claims, signer.sign)
