"""Our credential service (DCP 1.0): gives our credentials to whom we granted it, takes what trusted issuers deliver."""

from __future__ import annotations

from typing import Any

from connector.dcp import issuance, presentations
from connector.dcp.credentials import Credential, read_credential
from connector.notation.exact_json import decode
from connector.notation.problems import Problem, Refused
from connector.ports import Clock, Store, Transaction
from connector.records.identity import HELD_CREDENTIALS, HeldCredential
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity


class Wallet:
    """The credentials of this participant."""

    def __init__(self, *, identity: Identity, counterparties: Counterparties, store: Store, clock: Clock) -> None:
        self._identity = identity
        self._counterparties = counterparties
        self._store = store
        self._clock = clock

    async def present(self, authorization: str | None, body: bytes) -> dict[str, Any]:
        """Answer a presentation query about us (DCP 5.4): the caller must hold the grant of one of our messages."""
        token = await self._counterparties.check_token(authorization, access_token_required=True)
        try:
            self._identity.check_grant(token)
        except Problem as problem:
            await self._counterparties.refusals.note(token.did, problem, is_proven=True)
            raise
        scopes = presentations.read_query(decode(body))
        now = self._clock.now()
        jwts = [
            item.jwt
            for item in await self._identity.held()
            if item.expires_at > now and presentations.covers(scopes, item.type)
        ]
        vp = presentations.presentation(
            jwts,
            holder=self._identity.own.did,
            audience=token.did,
            key_id=self._identity.signer.key_id,
            sign=self._identity.signer.sign,
            now=now,
            jti=self._clock.new_id(),
        )
        return presentations.response([vp])

    async def receive(self, authorization: str | None, body: bytes) -> None:
        """Take credentials that a trusted issuer delivers (DCP 6.5). Raises Refused for any other sender."""
        token = await self._counterparties.check_token(authorization)
        if token.did not in self._identity.own.trusted_issuers:
            problem = Refused("dcp/issuer-untrusted", f"{token.did} is not a trusted issuer here")
            await self._counterparties.refusals.note(token.did, problem, is_proven=True)
            raise problem
        delivered = issuance.read_delivery(decode(body))
        held = [read_credential(jwt) for _, jwt in delivered.credentials]
        await self._counterparties.verify_delivered(held)

        def keep(tx: Transaction) -> None:
            for credential in held:
                record = _record(credential)
                tx.put(HELD_CREDENTIALS, record)
                tx.audit("credential.received", record.type, {"issuer": credential.issuer}, actor=token.did)
            if delivered.rejection_reason:
                tx.audit("credential.rejected", token.did, {"reason": delivered.rejection_reason}, actor=token.did)

        await self._store.write(keep)


def _record(credential: Credential) -> HeldCredential:
    kind = credential.types[-1] if credential.types else "VerifiableCredential"
    if credential.expires_at is None:
        raise Refused("dcp/credential-endless", f"the delivered {kind} has no end; Catena-X credentials have one")
    return HeldCredential(
        id=kind, type=kind, issuer=credential.issuer, jwt=credential.raw, expires_at=credential.expires_at
    )
