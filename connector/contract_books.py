"""What a node keeps about its contracts beside them: acceptances, counts, exclusive uses, groups, affiliates."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from connector.records import Collection, Record


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


ACCEPTANCES = Collection("acceptance", Acceptance, index=("subject", "accepted_at"))
DELIVERIES = Collection("deliveries", Deliveries)
EXCLUSIVE_USES = Collection("exclusive_use", ExclusiveUse, index=("agreement_id",))
GROUP_MEMBERS = Collection("group_member", GroupMember, index=("group", "bpn", "since"))
AFFILIATES = Collection("affiliate", Affiliate)

CONTRACT_BOOKS: tuple[Collection[Any], ...] = (ACCEPTANCES, DELIVERIES, EXCLUSIVE_USES, GROUP_MEMBERS, AFFILIATES)
"""Every collection of this file; a store makes one table for each."""
