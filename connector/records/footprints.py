"""What a node keeps about footprints: requests, own values, the PACT facade, regions and what links them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from connector.records.collection import Collection, Record


class FootprintRequest(Record, kw_only=True):
    """One exchange of a product carbon footprint over CX-0136; `id` is the requestId.

    `agreement_id` is the contract that carried the request, `answer_agreement_id` the one that carried the answer.
    `document_digest` is of the exact bytes that were sent or received; received bytes are the inventory's `item_id`.
    `trade_id` and `trace_id` name the trade and part of the region that the bridge joined with this request.
    `due_at` is until when we want the answer, or have to give it.
    """

    direction: Literal["incoming", "outgoing"]
    state: str
    counterparty: str
    counterparty_bpn: str = ""
    manufacturer_part_id: str = ""
    customer_part_id: str = ""
    message: str = ""
    purpose: str = ""
    agreement_id: str = ""
    answer_agreement_id: str = ""
    trade_id: str = ""
    trace_id: str = ""
    document: dict[str, Any] | None = None
    document_digest: str = ""
    item_id: str = ""
    is_update: bool = False
    findings: list[dict[str, Any]] = []
    code: str = ""
    reason: str = ""
    due_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class StoredFootprint(Record, kw_only=True):
    """A footprint of an own product, ready to be given; `id` is the manufacturer part id.

    `stages` may state the split of the total as its owner knows it: `rawMaterial`, `mainProduction`, `source`.
    """

    document: dict[str, Any]
    document_digest: str
    stages: dict[str, Any] = {}
    created_at: datetime


class RegionItem(Record, kw_only=True):
    """One thing that a regional platform keeps: an operator, plant, part, structure, trade or set of CFP rows."""

    kind: str
    owner: str = ""
    parent: str = ""
    partner: str = ""
    document: Any = None
    created_at: datetime


class Link(Record, kw_only=True):
    """What joins an identity of one space with one of another; `id` is `<kind> <left>`.

    `attributes` is what the bridge needs beyond the pair, by kind (see `services.links`).
    """

    kind: str
    left: str
    right: str
    attributes: dict[str, Any] = {}


class PactItem(Record, kw_only=True):
    """One thing of the PACT facade, `id` is `<kind>/<name>`: a client, a footprint on offer, an event in or out.

    `owner` is the client that a thing belongs to (empty: this node), `state` where an event stands.
    """

    kind: str
    owner: str = ""
    state: str = ""
    document: Any = None
    created_at: datetime
    updated_at: datetime


FOOTPRINT_REQUESTS = Collection(
    "footprint_request",
    FootprintRequest,
    index=("direction", "state", "counterparty", "trade_id", "manufacturer_part_id", "created_at"),
)
STORED_FOOTPRINTS = Collection("stored_footprint", StoredFootprint)
REGION_ITEMS = Collection("region_item", RegionItem, index=("kind", "owner", "parent", "partner", "created_at"))
LINKS = Collection("link", Link, index=("kind", "left", "right"))
PACT_ITEMS = Collection("pact_item", PactItem, index=("kind", "owner", "state", "created_at"))
