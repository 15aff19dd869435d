"""What a node keeps about its contracts: data that came, acceptances, counts, exclusive uses, groups, endings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from connector.records.collection import Collection, Record


class InventoryItem(Record, kw_only=True):
    """Bytes that arrived under a contract; the bytes lie in the content store under `digest`.

    `derived_from` is the item that a derived one was made from: it stays under the same contract, and goes with it.
    """

    agreement_id: str
    transfer_id: str
    provider: str
    dataset_id: str
    path: str
    media_type: str
    size: int
    digest: str
    source_digest: str = ""
    derived_from: str = ""
    received_at: datetime
    deleted_at: datetime | None = None


class Acceptance(Record, kw_only=True):
    """That a person accepted the legal terms of a contract; `subject` is the negotiation or agreement."""

    subject: str
    actor: str
    policy_digest: str
    terms: list[str]
    accepted_at: datetime


class Deliveries(Record, kw_only=True):
    """How many requests were served under a contract that limits them; `id` is the agreement's."""

    made: int


class ExclusiveUse(Record, kw_only=True):
    """That one partner alone may use a dataset; `id` is the dataset's."""

    consumer: str
    agreement_id: str


class GroupMember(Record, kw_only=True):
    """A partner in a group of ours, from `since` until `until` (None: still); what was, stays as history."""

    group: str
    bpn: str
    since: datetime
    until: datetime | None = None
    actor: str


class Affiliate(Record, kw_only=True):
    """What we know of a company that data could be given on to; `id` is its BPNL, `region` as `europe`."""

    region: str = ""
    relation: Literal["affiliate", "managedLegalEntity"]
    source: str
    actor: str
    recorded_at: datetime


class ContractEnd(Record, kw_only=True):
    """When what follows the end of a contract is due; `id` is the agreement's. It goes once all of it is done.

    `is_to_tell`: we ended it before its time, and the partner does not know yet. `awaits_receipt`: what is due is the
    partner's deletion receipt (`id` is `receipt <agreement>`).
    """

    due: datetime
    attempts: int = 0
    is_to_tell: bool = False
    awaits_receipt: bool = False


class AcceptedPolicy(Record, kw_only=True):
    """A policy that a person of ours accepts for any contract, legal terms included; `id` is its canonical digest."""

    name: str
    policy: dict[str, Any]
    actor: str
    accepted_at: datetime
    reason: str = ""


class DeletionReceipt(Record, kw_only=True):
    """What a consumer deleted at the end of a contract, under its signature; `id` is the agreement's.

    `jwt` is the statement (empty: expected from the partner, and not there yet), `digests` the bytes that it names.
    """

    role: Literal["made", "received"]
    jwt: str = ""
    digests: list[str] = msgspec.field(default_factory=list)
    since: datetime
    told_at: datetime | None = None
    missing_since: datetime | None = None
    """Of one that is expected: when its time was over."""


INVENTORY = Collection("inventory_item", InventoryItem, index=("agreement_id", "dataset_id", "received_at"))
ACCEPTANCES = Collection("acceptance", Acceptance, index=("subject", "accepted_at"))
DELIVERIES = Collection("deliveries", Deliveries)
EXCLUSIVE_USES = Collection("exclusive_use", ExclusiveUse, index=("agreement_id",))
GROUP_MEMBERS = Collection("group_member", GroupMember, index=("group", "bpn", "since"))
AFFILIATES = Collection("affiliate", Affiliate)
ACCEPTED_POLICIES = Collection("accepted_policy", AcceptedPolicy, index=("accepted_at",))
CONTRACT_ENDS = Collection("contract_end", ContractEnd, index=("due",))
DELETION_RECEIPTS = Collection("deletion_receipt", DeletionReceipt, index=("role", "since"))
