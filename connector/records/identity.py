"""What a node keeps about who it is, whom it knows and who may manage it."""

from __future__ import annotations

from datetime import datetime

from connector.records.collection import Collection, Record


class HeldCredential(Record, kw_only=True):
    """A credential of our own, as the issuer delivered it (VC JWT)."""

    type: str
    issuer: str
    jwt: str
    expires_at: datetime


class KnownPresentation(Record, kw_only=True):
    """The verified credentials of a counterparty; `id` is its DID."""

    credentials: list[str]
    received_at: datetime


class IssuedCredential(Record, kw_only=True):
    """What an issuer node issued; `revoked_at` is mirrored in the status list."""

    type: str
    holder: str
    jwt: str
    status_index: int
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class ApiKey(Record, kw_only=True):
    """A management key; `id` is its name, the key itself is kept as a salted hash."""

    digest: str
    role: str
    created_at: datetime
    revoked_at: datetime | None = None


HELD_CREDENTIALS = Collection("held_credential", HeldCredential, index=("type",))

KNOWN_PRESENTATIONS = Collection("known_presentation", KnownPresentation)

ISSUED_CREDENTIALS = Collection(
    "issued_credential", IssuedCredential, index=("type", "holder", "status_index"), unique=("status_index",)
)

API_KEYS = Collection("api_key", ApiKey)
