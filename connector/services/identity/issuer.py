"""The trust anchor's work: issue credentials, deliver them to their holders, revoke them, serve the status list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connector.dcp import issuance, status_entries, status_list
from connector.dcp.credentials import issue_credential
from connector.notation.exact_json import encode
from connector.notation.problems import Conflict, PeerFailed
from connector.ports import Clock, Store, Transaction, Transport
from connector.records.identity import ISSUED_CREDENTIALS, IssuedCredential
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity

STATUS_PATH = "/dcp/status/1"
_LIST_LIFETIME = timedelta(hours=1)
_LIST_AGE = timedelta(seconds=5)
"""How long a signed list is given out again: another process of the same store may have revoked since."""


class Issuer:
    """Issues and revokes credentials of this node's DID."""

    def __init__(
        self,
        *,
        identity: Identity,
        counterparties: Counterparties,
        store: Store,
        transport: Transport,
        clock: Clock,
        public_url: str,
        valid_for: timedelta,
    ) -> None:
        self._identity = identity
        self._counterparties = counterparties
        self._store = store
        self._transport = transport
        self._clock = clock
        self._status_url = public_url + STATUS_PATH
        self._valid_for = valid_for
        self._list: tuple[datetime, str] | None = None
        self._revocations = 0

    async def issue(self, kind: str, holder: str, subject: Mapping[str, Any], *, actor: str) -> IssuedCredential:
        """A new credential of type `kind` about `holder`, stored. Raises Invalid for a subject that lacks members."""

        def add(tx: Transaction) -> IssuedCredential:
            last = tx.find(ISSUED_CREDENTIALS, order="status_index", descending=True, limit=1)
            index = last[0].status_index + 1 if last else 0
            credential_id = f"urn:uuid:{self._clock.new_id()}"
            jwt = issue_credential(
                kind,
                subject,
                issuer=self._identity.own.did,
                holder=holder,
                key_id=self._identity.signer.key_id,
                sign=self._identity.signer.sign,
                now=tx.now,
                valid_for=self._valid_for,
                status=status_entries.entry(self._status_url, index),
                id=credential_id,
            )
            record = IssuedCredential(
                id=credential_id,
                type=kind,
                holder=holder,
                jwt=jwt,
                status_index=index,
                issued_at=tx.now,
                expires_at=tx.now + self._valid_for,
            )
            tx.add(ISSUED_CREDENTIALS, record)
            tx.audit("credential.issued", credential_id, {"type": kind, "holder": holder}, actor=actor)
            return record

        return await self._store.write(add)

    async def deliver(self, records: list[IssuedCredential]) -> None:
        """Bring credentials of one holder to its credential service (DCP 6.5). Raises PeerFailed."""
        holder = records[0].holder
        url = f"{await self._counterparties.service_of(holder, 'CredentialService')}/credentials"
        message = issuance.delivery(
            self._clock.new_id(), self._clock.new_id(), [(record.type, record.jwt) for record in records]
        )
        headers = {
            "Content-Type": "application/json",
            "Authorization": self._identity.bare_authorization(holder),
        }
        answer = await self._transport.send("POST", url, headers=headers, body=encode(message))
        if not answer.is_ok:
            said = answer.body[:300].decode("utf-8", "replace")
            raise PeerFailed("issuer/undelivered", f"{holder} did not take the credentials: {answer.status} {said}")

    async def revoke(self, credential_id: str, *, actor: str) -> IssuedCredential:
        """End a credential; the status list says so from now on. Raises Unknown, Conflict."""

        def change(tx: Transaction) -> IssuedCredential:
            record = tx.need(ISSUED_CREDENTIALS, credential_id)
            if record.revoked_at is not None:
                raise Conflict(
                    "issuer/revoked", f"{credential_id} was revoked at {record.revoked_at:%Y-%m-%dT%H:%M:%SZ}"
                )
            record.revoked_at = tx.now
            tx.put(ISSUED_CREDENTIALS, record)
            tx.audit("credential.revoked", credential_id, {"type": record.type, "holder": record.holder}, actor=actor)
            return record

        record = await self._store.write(change)
        self._revocations += 1
        self._list = None
        return record

    async def issued(self, *, holder: str = "", limit: int = 100, offset: int = 0) -> list[IssuedCredential]:
        """What was issued, by status index."""
        where = {"holder": holder} if holder else {}
        return await self._store.read(
            lambda reader: reader.find(ISSUED_CREDENTIALS, where, order="status_index", limit=limit, offset=offset)
        )

    async def status_list(self) -> str:
        """The status list credential (JWT), signed anew after a revocation and every few seconds."""
        now, revocations = self._clock.now(), self._revocations
        if self._list is not None and now - self._list[0] < _LIST_AGE:
            return self._list[1]
        issued = await self._store.read(
            lambda reader: reader.find(ISSUED_CREDENTIALS, order="status_index", limit=10_000_000)
        )
        jwt = status_list.status_list_credential(
            url=self._status_url,
            issuer=self._identity.own.did,
            key_id=self._identity.signer.key_id,
            sign=self._identity.signer.sign,
            now=now,
            valid_for=_LIST_LIFETIME,
            revoked=[record.status_index for record in issued if record.revoked_at is not None],
            size=max(status_list.MIN_BITS, -(-len(issued) // 8) * 8),
        )
        if revocations == self._revocations:
            self._list = (now, jwt)
        return jwt
