"""The life of a footprint request, on either side: what may happen in which state.

An outgoing request: `asking` (decided, not yet taken by the partner), `requested`, `answered`, and `forwarded` where
the bridge handed the answer on. An incoming one: `received`, `forwarded` (the bridge asks in the region), `answering`
(decided, not yet taken), `answered`, `rejected` (by a person here, or in the region: CX-0136 has no word for it on the
wire; an answer may still follow). Both may end as `failed` or `cancelled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connector.notation.problems import Conflict
from connector.records.footprints import FootprintRequest

TRANSITIONS: Final[Mapping[tuple[str, str, str], str]] = {
    ("outgoing", "asking", "delivered"): "requested",
    ("outgoing", "asking", "failed"): "failed",
    ("outgoing", "asking", "cancelled"): "cancelled",
    ("outgoing", "asking", "answered"): "answered",
    ("outgoing", "requested", "answered"): "answered",
    ("outgoing", "requested", "reminded"): "asking",
    ("outgoing", "requested", "cancelled"): "cancelled",
    ("outgoing", "failed", "retried"): "asking",
    ("outgoing", "failed", "cancelled"): "cancelled",
    ("outgoing", "answered", "updated"): "answered",
    ("outgoing", "answered", "forwarded"): "forwarded",
    ("outgoing", "forwarded", "updated"): "answered",
    ("incoming", "received", "forwarded"): "forwarded",
    ("incoming", "received", "decided"): "answering",
    ("incoming", "received", "rejected"): "rejected",
    ("incoming", "received", "cancelled"): "cancelled",
    ("incoming", "rejected", "decided"): "answering",
    ("incoming", "forwarded", "decided"): "answering",
    ("incoming", "forwarded", "rejected"): "rejected",
    ("incoming", "forwarded", "failed"): "failed",
    ("incoming", "answering", "delivered"): "answered",
    ("incoming", "answering", "failed"): "failed",
    ("incoming", "answered", "decided"): "answering",
    ("incoming", "failed", "retried"): "answering",
}
"""(direction, state, what happens) -> next state."""

UNSETTLED: Final[Mapping[str, tuple[str, ...]]] = {
    "outgoing": ("asking", "requested"),
    "incoming": ("received", "forwarded", "answering"),
}
"""States in which something is still to come, by direction."""


def next_state(record: FootprintRequest, happens: str) -> str:
    """The state after `happens`. Raises Conflict (`footprint/state`) where the table has no such step."""
    state = TRANSITIONS.get((record.direction, record.state, happens))
    if state is None:
        raise Conflict(
            "footprint/state", f"the {record.direction} request {record.id} is {record.state}: it cannot be {happens}"
        )
    return state


def is_overdue(record: FootprintRequest, now: datetime) -> bool:
    """Whether something is still to come, and should have come by now."""
    return record.due_at is not None and record.due_at < now and record.state in UNSETTLED[record.direction]


def is_settled(record: FootprintRequest) -> bool:
    """Whether nothing is to be waited for: answered (and handed on, where the bridge asked), or ended."""
    if record.direction == "outgoing" and record.trade_id and record.state == "answered":
        return bool(record.code)
    return record.state not in UNSETTLED[record.direction]
