"""What a node keeps of negotiations and transfers: their states, agreements, tokens, messages out and in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from connector.records.collection import Collection, Record

Role = Literal["consumer", "provider"]


class Planned(msgspec.Struct, kw_only=True):
    """A step of a process that is due later; see `services.exchange.behaviour`. Whatever happens first cancels it."""

    id: str
    due: datetime
    action: str
    code: str = ""
    reasons: list[str] = []
    offer: dict[str, Any] | None = None


class Negotiation(Record, kw_only=True):
    """One contract negotiation; `id` is our own pid (consumerPid or providerPid)."""

    role: Role
    state: str
    counterparty: str
    counterparty_address: str
    consumer_pid: str = ""
    provider_pid: str = ""
    dataset_id: str = ""
    offer: dict[str, Any] = {}
    agreement_id: str = ""
    code: str = ""
    reasons: list[str] = []
    terminated_by: str = ""
    planned: Planned | None = None
    created_at: datetime
    updated_at: datetime


class Agreement(Record, kw_only=True):
    """A contract in force (or ended); `id` is the id that both sides know."""

    negotiation_id: str
    role: Role
    consumer: str
    provider: str
    dataset_id: str
    policy: dict[str, Any]
    signed_at: datetime
    ended_at: datetime | None = None
    ended_reason: str = ""
    ended_code: str = ""
    dataset_version: dict[str, str] = {}
    """Of our own dataset when the contract was made: `api` and `model`, as far as the asset says them."""


class Transfer(Record, kw_only=True):
    """One transfer process; `id` is our own pid. `data_address` is the consumer's EDR, or where a push goes."""

    role: Role
    state: str
    counterparty: str
    counterparty_address: str
    agreement_id: str
    dataset_id: str
    format: str
    consumer_pid: str = ""
    provider_pid: str = ""
    data_address: dict[str, Any] = {}
    purposes: list[str] = []
    code: str = ""
    reasons: list[str] = []
    planned: Planned | None = None
    created_at: datetime
    updated_at: datetime


class AccessToken(Record, kw_only=True):
    """A data-plane token; `id` is the SHA-256 of its text, which is kept nowhere. `push`: the provider brings bytes."""

    kind: Literal["access", "refresh", "push"]
    transfer_id: str
    agreement_id: str
    consumer: str
    expires_at: datetime


class Outgoing(Record, kw_only=True):
    """A decided message that the peer has not acknowledged yet; `id` is the message's `@id`."""

    kind: Literal["negotiation", "transfer"]
    process_id: str
    counterparty: str
    url: str
    message: str
    body: dict[str, Any]
    created_at: datetime


class Delivery(msgspec.Struct, kw_only=True):
    """One event that a callback address has not taken yet; `id` is the event's own."""

    id: str
    uri: str
    event: str
    body: dict[str, Any]
    attempts: int = 0
    due: datetime


class Subscription(Record, kw_only=True):
    """Who is called back about a process (its id is `id`), what it was told, and what it waits to be told.

    `addresses` are EDC's callbackAddresses; `told` holds each event's name once, the last one at its end.
    """

    kind: Literal["negotiation", "transfer"]
    state: Literal["open", "done"] = "open"
    addresses: list[dict[str, Any]]
    told: list[str] = []
    waiting: list[Delivery] = []
    created_at: datetime


class Received(Record, kw_only=True):
    """A message that was taken once already; `id` is `<counterparty> <@id>`, `answer` what was said then."""

    answer: dict[str, Any]
    received_at: datetime


NEGOTIATIONS = Collection(
    "negotiation",
    Negotiation,
    index=("role", "state", "counterparty", "consumer_pid", "provider_pid", "agreement_id", "created_at"),
)

AGREEMENTS = Collection(
    "agreement", Agreement, index=("negotiation_id", "consumer", "provider", "dataset_id", "signed_at")
)

TRANSFERS = Collection(
    "transfer",
    Transfer,
    index=("role", "state", "counterparty", "agreement_id", "consumer_pid", "provider_pid", "created_at"),
)

ACCESS_TOKENS = Collection("access_token", AccessToken, index=("transfer_id", "expires_at"))

OUTGOING = Collection("outgoing", Outgoing, index=("process_id", "created_at"))

SUBSCRIPTIONS = Collection("subscription", Subscription, index=("state", "created_at"))

RECEIVED = Collection("received", Received, index=("received_at",))
