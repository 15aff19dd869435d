"""What a node keeps about footprints beside the requests: the PACT facade, bills of materials, values of suppliers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.records import Collection, Record


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


PACT_ITEMS = Collection("pact_item", PactItem, index=("kind", "owner", "state", "created_at"))

FOOTPRINT_BOOKS: tuple[Collection[Any], ...] = (PACT_ITEMS,)
"""A store makes one table for each."""
