"""Who we are: our DID, the tokens of our messages, the credentials that issuers gave us (DCP 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.dcp import facts, jws, mock, tokens
from connector.dcp.credentials import Credential, read_credential
from connector.dcp.facts import VerifiedFacts
from connector.notation.problems import Unauthenticated
from connector.odrl.facts import Fact, Facts
from connector.ports import Clock, Reader, Signer, Store
from connector.records.identity import HELD_CREDENTIALS, HeldCredential

_GRANT_LIFETIME = timedelta(minutes=10)
_KEPT_FACTS = 4096


@dataclass(frozen=True, slots=True)
class Own:
    """This participant, and whom it believes."""

    did: str
    bpn: str
    trusted_issuers: frozenset[str]
    partners: Mapping[str, str]
    status_max_age: timedelta = timedelta(seconds=60)
    is_mock: bool = False
    """Identity is EDC's mock: whoever a message names is believed, and nothing is known of them."""


@dataclass(frozen=True, slots=True)
class Counterparty:
    """A verified participant: its DID, BPN and the facts that policies are decided on."""

    did: str
    bpn: str
    facts: Facts


class Identity:
    """Our own side of DCP: ID tokens out, grants for the queries that follow them."""

    def __init__(self, own: Own, *, store: Store, signer: Signer, clock: Clock) -> None:
        self.own = own
        self._store = store
        self._signer = signer
        self._clock = clock
        self._read: dict[str, tuple[list[Credential], VerifiedFacts]] = {}
        self._grants: dict[str, tuple[str, datetime]] = {}
        self._held: tuple[list[str], list[Credential]] = ([], [])

    @property
    def signer(self) -> Signer:
        """Our key."""
        return self._signer

    def now(self) -> datetime:
        """The time of this node."""
        return self._clock.now()

    async def authorization(self, audience: str) -> str:
        """The Authorization header of a message to `audience` (a DID); it lets that DID query our credentials."""
        if self.own.is_mock:
            return mock.issue(self.own.did, audience)
        now = self._clock.now()
        return self._bearer(audience, self._grant(audience, now), now)

    def _grant(self, audience: str, now: datetime) -> str:
        """The right of `audience` to query our credentials for the next minutes, the same for several messages."""
        grant, until = self._grants.get(audience, ("", now))
        if until - now < _GRANT_LIFETIME / 2:
            until = now + _GRANT_LIFETIME
            said = {"iss": self.own.did, "aud": self.own.did, "sub": audience, "exp": int(until.timestamp())}
            grant = jws.sign_jwt({"typ": "JWT"}, said, self._signer.sign)
            if len(self._grants) >= _KEPT_FACTS:
                self._grants.clear()
            self._grants[audience] = grant, until
        return grant

    def bare_authorization(self, audience: str, access_token: str | None = None) -> str:
        """The header of a call that grants nothing: presentation queries, deliveries, token refresh."""
        return self._bearer(audience, access_token, self._clock.now())

    def _bearer(self, audience: str, access_token: str | None, now: datetime) -> str:
        return "Bearer " + tokens.issue_id_token(
            did=self.own.did,
            audience=audience,
            key_id=self._signer.key_id,
            sign=self._signer.sign,
            now=now,
            jti=self._clock.new_id(),
            access_token=access_token,
        )

    def check_grant(self, token: tokens.IdToken) -> None:
        """Raise Unauthenticated unless `token` carries a grant that one of our messages gave to its sender."""
        claims = jws.verify(token.access_token or "", self._signer.public_jwk)
        if claims.get("sub") != token.did or claims.get("aud") != self.own.did:
            raise Unauthenticated("dcp/grant-foreign", f"the access token was not granted to {token.did}")
        if int(claims.get("exp", 0)) < self._clock.now().timestamp():
            raise Unauthenticated("dcp/grant-expired", "the access token of the presentation query has expired")

    async def held(self) -> list[HeldCredential]:
        """Our own credentials."""
        return await self._store.read(lambda reader: reader.find(HELD_CREDENTIALS))

    async def own_facts(self) -> Counterparty:
        """What our own credentials say about us, for our own gate."""
        return await self._store.read(self.own_facts_in)

    def own_facts_in(self, reader: Reader) -> Counterparty:
        """The same, within a transaction."""
        jwts = [item.jwt for item in reader.find(HELD_CREDENTIALS)]
        if self._held[0] != jwts:
            self._held = jwts, [read_credential(jwt) for jwt in jwts]
        return self.counterparty(self.own.did, self._held[1])

    def counterparty(self, participant: str, held: list[Credential]) -> Counterparty:
        """A participant with the facts in its verified credentials; `[partners]` knows a BPN where none says it."""
        plain = self._facts_of(participant, held)
        written = self.own.bpn if participant == self.own.did else self.own.partners.get(participant, "")
        bpn = Fact(written, None, "partners") if written and plain.bpn is None else _fact(plain.bpn)
        said = Facts(
            now=self._clock.now(),
            participant_id=participant,
            bpn=bpn,
            membership=_fact(plain.membership),
            framework_agreements={
                name: Fact(fact.value, fact.valid_until, fact.source)
                for name, fact in plain.framework_agreements.items()
            },
            dismantler=_fact(plain.dismantler),
        )
        return Counterparty(participant, str(bpn.value) if bpn else "", said)

    def _facts_of(self, participant: str, held: list[Credential]) -> VerifiedFacts:
        """What credentials say; the same list of them, kept by whoever verified it, is read once."""
        if not held:
            return VerifiedFacts(participant, None, None, {}, None)
        kept = self._read.get(participant)
        if kept is None or kept[0] is not held:
            if len(self._read) >= _KEPT_FACTS:
                self._read.clear()
            kept = self._read[participant] = (held, facts.facts_of(held))
        return kept[1]


def _fact(plain: facts.Fact | None) -> Fact | None:
    return None if plain is None else Fact(plain.value, plain.valid_until, plain.source)
