"""Who the other side is: DID documents, token checks, presentations, credentials and their status (DCP 1.0)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from connector.dcp import did, jws, mock, status_list, tokens, verification
from connector.dcp.credentials import Credential, check_credential, read_credential
from connector.dcp.did import DidDocument
from connector.dcp.presentations import query, read_response, scopes_of
from connector.dcp.scopes import CATENA_X_TYPES
from connector.dcp.status_list import StatusList
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, PeerFailed, Problem, Refused, TooMany, Unauthenticated, Unknown
from connector.ports import Clock, DidResolver, Store, Transport
from connector.records.identity import KNOWN_PRESENTATIONS, KnownPresentation
from connector.services.identity.identity import Counterparty, Identity
from connector.services.identity.refusals import Refusals
from connector.services.locks import Locks

V = TypeVar("V")

_KEPT = 4096
_DOCUMENT_AGE = timedelta(minutes=5)
_REFETCH_AFTER = timedelta(seconds=5)
_PRESENTATION_AGE = timedelta(seconds=60)
_SILENT_AGE = timedelta(seconds=2)
_RESOLVED_AT_ONCE = 16
_MOST_RESOLVING = 256
"""DIDs that are asked for or wait for it; the next is refused."""
_RESOLVED_WITHIN = 5.0
"""Seconds until a DID document must be there."""


class _Aging(Generic[V]):
    """Values with the time they were stored; bounded, the longest stored goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[datetime, V]] = OrderedDict()

    def get(self, key: str, now: datetime, age: timedelta) -> V | None:
        kept = self._kept.get(key)
        return kept[1] if kept is not None and now - kept[0] < age else None

    def keep(self, key: str, now: datetime, value: V) -> None:
        self._kept[key] = (now, value)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


class Counterparties:
    """Verifies other participants; what was verified is kept for a minute, status lists for no longer than that."""

    def __init__(
        self,
        identity: Identity,
        *,
        store: Store,
        clock: Clock,
        resolver: DidResolver,
        transport: Transport,
        locks: Locks,
    ) -> None:
        self._identity = identity
        self._store = store
        self._clock = clock
        self._resolver = resolver
        self._transport = transport
        self._locks = locks
        self.refusals = Refusals(store=store, clock=clock)
        self._replay = tokens.ReplayGuard()
        self._documents: _Aging[DidDocument] = _Aging()
        self._presented: _Aging[list[Credential]] = _Aging()
        self._lists: _Aging[StatusList] = _Aging()
        self._schemas: _Aging[object] = _Aging()
        self._silent: _Aging[str] = _Aging()
        self._resolver_turn = asyncio.Semaphore(_RESOLVED_AT_ONCE)
        self._resolving = 0

    async def authenticate(self, authorization: str | None) -> Counterparty:
        """Who sent this header, with verified facts. Raises Unauthenticated or Refused with the reason (`dcp/...`)."""
        if self._identity.own.is_mock:
            return self._identity.counterparty(mock.read(authorization), [])
        token = await self.check_token(authorization, access_token_required=True)
        try:
            held = await self._presentation(token.did, token.access_token)
        except Problem as problem:
            await self.refusals.note(token.did, problem, is_proven=True)
            raise
        return self._identity.counterparty(token.did, held)

    async def participant(self, authorization: str | None) -> str:
        """Who sent this header, for a call that needs no credentials. Raises Unauthenticated (`dcp/...`)."""
        if self._identity.own.is_mock:
            return mock.read(authorization)
        return (await self.check_token(authorization)).did

    async def renewed(self, authorization: str | None) -> str:
        """Who asks for a new token: where the message lets us, its credentials are asked for anew, whatever we know.

        Raises Unauthenticated, Refused (`dcp/...`): who cannot present them any more gets no token.
        """
        if self._identity.own.is_mock:
            return mock.read(authorization)
        token = await self.check_token(authorization)
        if token.access_token is None:
            return token.did
        try:
            held = await self._ask(token.did, token.access_token)
            await self._verify(held, token.did)
        except Problem as problem:
            await self.refusals.note(token.did, problem, is_proven=True)
            raise
        await self._remember(token.did, held)
        return token.did

    async def check_token(self, authorization: str | None, *, access_token_required: bool = False) -> tokens.IdToken:
        """A self-issued token addressed to us, taken once. Raises Unauthenticated; whoever is named is noted then."""
        jwt = tokens.bearer(authorization)
        _, claims = jws.peek(jwt)
        participant = tokens.issuer_of(claims)
        try:
            token = await self._with_document(participant, jwt, access_token_required)
            self._replay.check(token.jti, expires_at=token.expires_at, now=self._clock.now(), issuer=token.did)
        except Problem as problem:
            await self.refusals.note(participant, problem, is_proven=False)
            raise
        return token

    async def _with_document(self, participant: str, jwt: str, access_token_required: bool) -> tokens.IdToken:
        """Check with the document that is kept; a key it lacks may be new, so fetch once more before refusing."""
        for fresh in (False, True):
            document = await self.document(participant, fresh=fresh)
            try:
                return verification.verify_id_token(
                    jwt,
                    document=document,
                    own_did=self._identity.own.did,
                    now=self._clock.now(),
                    access_token_required=access_token_required,
                )
            except Problem as problem:
                if fresh or not problem.code.startswith(("dcp/key", "dcp/signature", "dcp/kid")):
                    raise
        raise AssertionError("unreachable")

    async def document(self, participant: str, *, fresh: bool = False) -> DidDocument:
        """The DID document of `participant`. Raises Unauthenticated (`dcp/did-unresolved`) where it cannot be had."""
        if self._identity.own.is_mock:
            raise Unknown(
                "dcp/mock-identity", f"with the mock identity {participant} has no DID document: say its address"
            )
        age = _REFETCH_AFTER if fresh else _DOCUMENT_AGE
        kept = self._documents.get(participant, self._clock.now(), age)
        if kept is not None:
            return kept
        async with self._locks.here(f"did {participant}"):
            kept = self._documents.get(participant, self._clock.now(), age)
            if kept is None:
                kept = did.read_did_document(await self._resolved(participant), participant)
                self._documents.keep(participant, self._clock.now(), kept)
            return kept

    async def _resolved(self, participant: str) -> bytes:
        """The document as it is served. Whoever names a DID makes us ask for it before it has proved anything, so that
        is bounded: in time, in how many are asked for at once, and a DID that was silent is left alone for a while."""
        silent = self._silent.get(participant, self._clock.now(), _SILENT_AGE)
        if silent is not None:
            raise Unauthenticated("dcp/did-unresolved", silent)
        if self._resolving >= _MOST_RESOLVING:
            raise TooMany("dcp/resolving", "too many DIDs are being resolved: wait, then repeat")
        self._resolving += 1
        try:
            async with self._resolver_turn, asyncio.timeout(_RESOLVED_WITHIN):
                return await self._resolver.resolve(participant)
        except (PeerFailed, TimeoutError) as error:
            sentence = f"{participant} cannot be resolved: {error or f'no answer in {_RESOLVED_WITHIN:g} seconds'}"
            self._silent.keep(participant, self._clock.now(), sentence)
            raise Unauthenticated("dcp/did-unresolved", sentence) from error
        finally:
            self._resolving -= 1

    async def service_of(self, participant: str, kind: str) -> str:
        """The endpoint of a service of `participant`, from its DID document. Raises Unknown."""
        return did.service_of(await self.document(participant), kind)

    async def facts_of(self, participant: str) -> Counterparty:
        """A participant met before, its credentials judged again now (status lists at most a minute old).

        Raises Refused (`dcp/...`) where they no longer hold, Unauthenticated where it never presented any.
        """
        try:
            return await self.look_at(participant)
        except Problem as problem:
            await self.refusals.note(participant, problem, is_proven=True)
            raise

    async def look_at(self, participant: str) -> Counterparty:
        """As `facts_of`, for who only wants to know: a refusal is noted nowhere."""
        if self._identity.own.is_mock:
            return self._identity.counterparty(participant, [])
        return self._identity.counterparty(participant, await self._known(participant))

    async def _known(self, participant: str) -> list[Credential]:
        """What a participant presented before, judged again now."""
        held = self._presented.get(participant, self._clock.now(), _PRESENTATION_AGE)
        if held is None:
            known = await self._store.read(lambda reader: reader.get(KNOWN_PRESENTATIONS, participant))
            if known is None:
                raise Unauthenticated("dcp/unknown-participant", f"{participant} has presented no credentials here yet")
            held = [read_credential(jwt) for jwt in known.credentials]
            await self._verify(held, participant)
            self._presented.keep(participant, self._clock.now(), held)
        await self._check(held, participant)
        return held

    async def _presentation(self, holder: str, access_token: str | None) -> list[Credential]:
        """The holder's credentials: those of the last minute, or asked for and verified now."""
        async with self._locks.here(f"presentation {holder}"):
            held = self._presented.get(holder, self._clock.now(), _PRESENTATION_AGE)
            if held is None:
                held = await self._ask(holder, access_token)
                await self._verify(held, holder)
                await self._remember(holder, held)
                return held
        await self._check(held, holder)
        return held

    async def _remember(self, holder: str, held: list[Credential]) -> None:
        now = self._clock.now()
        self._presented.keep(holder, now, held)
        known = KnownPresentation(id=holder, credentials=[one.raw for one in held], received_at=now)
        await self._store.write(lambda tx: tx.put(KNOWN_PRESENTATIONS, known))

    async def _ask(self, holder: str, access_token: str | None) -> list[Credential]:
        """Query the holder's credential service (DCP 5.4) for what every participant must have."""
        document = await self.document(holder)
        scopes = scopes_of(CATENA_X_TYPES)
        headers = {
            "Content-Type": "application/json",
            "Authorization": self._identity.bare_authorization(holder, access_token),
        }
        url = f"{did.service_of(document, 'CredentialService')}/presentations/query"
        try:
            answer = await self._transport.send("POST", url, headers=headers, body=encode(query(scopes)))
        except PeerFailed as error:
            raise Refused(
                "dcp/presentation-unreachable", f"the credential service of {holder} is silent: {error}"
            ) from error
        if not answer.is_ok:
            raise Refused("dcp/presentation-refused", f"the credential service of {holder} answered {answer.status}")
        return verification.open_presentations(
            read_response(decode(answer.body)),
            document=document,
            audience=self._identity.own.did,
            scopes=scopes,
            now=self._clock.now(),
        )

    async def _verify(self, held: list[Credential], holder: str) -> None:
        """Signatures and schemas: what cannot change, judged once when credentials come in; then the rest."""
        trusted = self._identity.own.trusted_issuers
        for issuer in verification.issuers_of(held, trusted):
            document = await self.document(issuer)
            own = [one for one in held if one.issuer == issuer]
            schemas = {url: await self._schema(url) for url in verification.schema_urls(own)}
            for one in own:
                verification.verify_credential(
                    one, document=document, holder=holder, trusted_issuers=trusted, now=self._clock.now()
                )
                verification.check_schema(one, schemas)
        await self._check(held, holder)

    async def _check(self, held: list[Credential], holder: str) -> None:
        """Dates, issuers and status: what can change between two messages."""
        trusted = self._identity.own.trusted_issuers
        for one in held:
            check_credential(one, holder=holder, trusted_issuers=trusted, now=self._clock.now())
            if one.status is not None:
                listed = await self._status_list(one.status.list_url, one.issuer)
                status_list.check_entry(one.status, listed, issuer=one.issuer, now=self._clock.now())

    async def verify_delivered(self, held: list[Credential]) -> None:
        """Verify credentials that an issuer delivered to us."""
        await self._verify(held, self._identity.own.did)

    async def check_own(self, jwt: str) -> None:
        """Whether one of our own credentials still holds: dates and status. Raises Refused (`dcp/...`)."""
        await self._check([read_credential(jwt)], self._identity.own.did)

    async def _status_list(self, url: str, issuer: str) -> StatusList:
        """The list at `url`, at most as old as the settings allow; a signed one must be its issuer's."""
        key = f"{issuer} {url}"
        kept = self._lists.get(key, self._clock.now(), self._identity.own.status_max_age)
        if kept is None:
            kept = status_list.read(await self._fetched(url, "dcp/status-unknown"))
            if kept.raw is not None:
                jws.verify(kept.raw, did.key_for(await self.document(issuer), kept.key_id, "assertionMethod"))
            self._lists.keep(key, self._clock.now(), kept)
        return kept

    async def _schema(self, url: str) -> object:
        kept = self._schemas.get(url, self._clock.now(), _DOCUMENT_AGE)
        if kept is None:
            kept = decode(await self._fetched(url, "dcp/schema-unknown"))
            self._schemas.keep(url, self._clock.now(), kept)
        return kept

    async def _fetched(self, url: str, code: str) -> bytes:
        try:
            answer = await self._transport.send("GET", url, limit=4 * 1024 * 1024)
        except (PeerFailed, Invalid) as error:
            raise Refused(code, f"{url} cannot be fetched: {error}") from error
        if not answer.is_ok:
            raise Refused(code, f"{url} answered {answer.status}")
        return answer.body
