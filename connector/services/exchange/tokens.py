"""The tokens of a transfer: derived, never stored; what is stored is their digest and how long they work."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal

from connector.dsp import messages
from connector.notation.problems import Unauthenticated
from connector.ports import Transaction
from connector.records.exchange import ACCESS_TOKENS, AccessToken, Transfer
from connector.services.usage.usage import hash_token

Kind = Literal["access", "refresh", "push"]

TOKEN_LIFETIME: Final = timedelta(seconds=300)
REFRESH_LIFETIME: Final = timedelta(days=30)
LIFETIMES: Final[Mapping[Kind, timedelta]] = {"access": TOKEN_LIFETIME, "refresh": REFRESH_LIFETIME}
PUSH_LIFETIME: Final = timedelta(days=30)
RECEIVED: Final = "received"
"""Below the data endpoint: where pushes arrive, each under the id of its transfer."""
AUTH: Final = "https://w3id.org/tractusx/auth/"


class Tokens:
    """Makes the tokens of transfers from `secret`; `endpoint` is where the data are."""

    def __init__(self, endpoint: str, secret: bytes) -> None:
        self._endpoint = endpoint
        self._secret = secret

    def _token(self, seed: str, kind: Kind) -> str:
        """A token that only this node can make again, so that nothing stored holds a secret."""
        raw = hmac.new(self._secret, f"{kind} {seed}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def open(self, tx: Transaction, record: Transfer, seed: str) -> None:
        """From now on the tokens of `seed` work."""
        for kind, life in LIFETIMES.items():
            self._open(tx, record, seed, kind, life)

    def open_for_push(self, tx: Transaction, record: Transfer, seed: str) -> None:
        """From now on the provider may bring the bytes of a transfer with the token of `seed`, until it is over."""
        self._open(tx, record, seed, "push", PUSH_LIFETIME)

    def _open(self, tx: Transaction, record: Transfer, seed: str, kind: Kind, life: timedelta) -> None:
        token = AccessToken(
            id=hash_token(self._token(seed, kind)),
            kind=kind,
            transfer_id=record.id,
            agreement_id=record.agreement_id,
            consumer=record.counterparty,
            expires_at=tx.now + life,
        )
        tx.put(ACCESS_TOKENS, token)

    def answer(self, seed: str) -> dict[str, Any]:
        """The tokens of `seed` as the answer to a refresh (OAuth 2)."""
        return {
            "access_token": self._token(seed, "access"),
            "refresh_token": self._token(seed, "refresh"),
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "token_type": "bearer",
        }

    def address(self, seed: str) -> dict[str, Any]:
        """The data address that goes with a start: endpoint, token and how to refresh it."""
        properties = {
            f"{AUTH}refreshEndpoint": f"{self._endpoint}/token",
            f"{AUTH}refreshToken": self._token(seed, "refresh"),
            f"{AUTH}expiresIn": str(int(TOKEN_LIFETIME.total_seconds())),
        }
        return messages.data_address(self._endpoint, self._token(seed, "access"), properties)

    def destination(self, seed: str, transfer_id: str) -> dict[str, str]:
        """Where the bytes of a push to this node shall go, in EDC's words."""
        url = f"{self._endpoint}/{RECEIVED}/{transfer_id}"
        return {"baseUrl": url, "authKey": "Authorization", "authCode": self._token(seed, "push"), "method": "POST"}


def held_by(tx: Transaction, refresh_token: str, caller: str) -> AccessToken:
    """The refresh token, where it works and is the caller's. Raises Unauthenticated."""
    held = tx.get(ACCESS_TOKENS, hash_token(refresh_token))
    if held is None or held.kind != "refresh" or held.expires_at <= tx.now or held.consumer != caller:
        raise Unauthenticated("usage/refresh-token", "the refresh token is not valid for this caller")
    return held


def close(tx: Transaction, record: Transfer) -> None:
    """The tokens of a transfer stop working at once; that of a push stays, the state alone says whether it works."""
    for token in tx.find(ACCESS_TOKENS, {"transfer_id": record.id}, limit=1_000_000):
        if token.kind != "push" or record.state in ("COMPLETED", "TERMINATED"):
            tx.remove(ACCESS_TOKENS, token.id)


def age(tx: Transaction, record: Transfer) -> None:
    """Old tokens go; a refresh token that was used serves a little longer, for an answer that got lost."""
    for old in tx.find(ACCESS_TOKENS, {"transfer_id": record.id}, limit=1_000_000):
        if old.expires_at <= tx.now:
            tx.remove(ACCESS_TOKENS, old.id)
        elif old.kind == "refresh" and old.expires_at > tx.now + TOKEN_LIFETIME:
            old.expires_at = tx.now + TOKEN_LIFETIME
            tx.put(ACCESS_TOKENS, old)
