"""A small data space in memory: an issuer, a holder, a verifier and a third party, each with a key and a document."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from connector.dcp import credentials, did, jws, presentations, status_entries, status_list, tokens, verification
from connector.notation.problems import Problem

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
BPN = "BPNL00000007RXRT"
STATUS_URL = "https://issuer.example/statuslist/1"


def _b64(number: int) -> str:
    return jws.encode_part(number.to_bytes(32)).decode()


@dataclass
class Party:
    """A participant with a P-256 key under `#key-1`."""

    did: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key_id: str = "key-1"

    @property
    def jwk(self) -> dict[str, str]:
        point = self.private.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": _b64(point.x), "y": _b64(point.y)}

    def sign(self, data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    @property
    def document(self) -> dict[str, Any]:
        endpoint = "https://" + self.did.rsplit(":", 1)[-1] + ".example/dcp"
        return did.did_document(
            self.did, public_jwk=self.jwk, key_id=self.key_id, services={"CredentialService": endpoint}
        )

    @property
    def read_document(self) -> did.DidDocument:
        return did.read_did_document(self.document, self.did)

    def token(self, claims: dict[str, Any], *, kid: str | None = None, **header: Any) -> str:
        return jws.sign_jwt({"kid": kid or f"{self.did}#{self.key_id}", **header}, claims, self.sign)


@dataclass
class Space:
    """The four parties and the flow between them; each step takes what a test wants to spoil."""

    issuer: Party
    holder: Party
    verifier: Party
    third: Party
    revoked: set[int] = field(default_factory=set)

    def id_token_claims(self, **spoiled: Any) -> dict[str, Any]:
        issued = int(NOW.timestamp())
        claims = {
            "iss": self.holder.did,
            "sub": self.holder.did,
            "aud": self.verifier.did,
            "jti": "token-1",
            "iat": issued,
            "nbf": issued,
            "exp": issued + 300,
            "token": "opaque",
        } | spoiled
        return {name: value for name, value in claims.items() if value is not None}

    def credential(self, kind: str = "MembershipCredential", *, signer: Party | None = None, **spoiled: Any) -> str:
        signer = signer or self.issuer
        arguments: dict[str, Any] = {
            "issuer": signer.did,
            "holder": self.holder.did,
            "key_id": signer.key_id,
            "sign": signer.sign,
            "now": NOW - timedelta(days=1),
            "valid_for": timedelta(days=30),
            "status": status_entries.entry(STATUS_URL, 7),
            "id": f"urn:uuid:{kind}",
        } | spoiled
        subject = arguments.pop("subject", None) or credentials.subject_of(kind, bpn=BPN)
        return credentials.issue_credential(kind, subject, **arguments)

    def presentation(self, *jwts: str, signer: Party | None = None, **spoiled: Any) -> str:
        signer = signer or self.holder
        arguments: dict[str, Any] = {
            "holder": self.holder.did,
            "audience": self.verifier.did,
            "key_id": f"{signer.did}#{signer.key_id}",
            "sign": signer.sign,
            "now": NOW,
            "jti": "11111111-1111-4111-8111-111111111111",
        } | spoiled
        return presentations.presentation(jwts, **arguments)

    def status_list(self, **changed: Any) -> status_list.StatusList:
        arguments: dict[str, Any] = {
            "url": STATUS_URL,
            "issuer": self.issuer.did,
            "key_id": self.issuer.key_id,
            "sign": self.issuer.sign,
            "now": NOW,
            "valid_for": timedelta(hours=1),
            "revoked": self.revoked,
        } | changed
        return status_list.read(status_list.status_list_credential(**arguments))

    def verify(
        self,
        *vps: str,
        scopes: tuple[str, ...] = ("org.eclipse.tractusx.vc.type:MembershipCredential:read",),
        lists: dict[str, status_list.StatusList] | None = None,
        schemas: dict[str, Any] | None = None,
        trusted: frozenset[str] | None = None,
        now: datetime = NOW,
    ) -> list[credentials.Credential]:
        """The whole walk of a verifier over a response with `vps`."""
        trusted = frozenset({self.issuer.did}) if trusted is None else trusted
        documents = {party.did: party.read_document for party in (self.issuer, self.third, self.holder)}
        jwts = presentations.read_response(presentations.response(vps))
        holder = documents[self.holder.did]
        found = verification.open_presentations(
            jwts, document=holder, audience=self.verifier.did, scopes=scopes, now=now
        )
        verification.issuers_of(found, trusted)
        lists = {STATUS_URL: self.status_list()} if lists is None else lists
        for one in found:
            document = documents[one.issuer]
            verification.verify_credential(one, document=document, holder=holder.id, trusted_issuers=trusted, now=now)
            verification.check_status(one, lists, document=document, now=now)
            verification.check_schema(one, schemas or {})
        return found

    def accept(self, token: str, guard: tokens.ReplayGuard | None = None, now: datetime = NOW) -> tokens.IdToken:
        """What a verifier does with an ID token."""
        accepted = verification.verify_id_token(
            token, document=self.holder.read_document, own_did=self.verifier.did, now=now
        )
        if guard is not None:
            guard.check(accepted.jti, accepted.expires_at, now, issuer=accepted.did)
        return accepted


@pytest.fixture
def space() -> Space:
    names = ("issuer", "holder", "verifier", "thirdparty")
    return Space(*(Party(f"did:web:localhost%3A8101:{name}") for name in names))


@pytest.fixture
def refused() -> Callable[[str], Any]:
    """A block that must be refused with exactly this reason code, in a sentence."""

    @contextmanager
    def expect(code: str) -> Any:
        with pytest.raises(Problem) as caught:
            yield caught
        assert caught.value.code == code, caught.value.detail
        assert len(caught.value.detail) > 10

    return expect
