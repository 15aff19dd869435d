"""The transfer process as tables (Dataspace Protocol 2025-1, Transfer Process Protocol, state machine).

A state in `-ING` means: decided here, not yet acknowledged by the counterparty; it never appears on the wire.
After a suspension the consumer's start carries no data address; the provider then answers with a start of its own that
brings a fresh one. That second start is the only message that is sent in STARTED without leaving it.
"""

from __future__ import annotations

from typing import Final, Literal

from connector.dsp.transitions import Decisions, Machine, Receipts, Repeats, Role

Kind = Literal["request", "start", "completion", "suspension", "termination"]

KINDS: Final[tuple[str, ...]] = ("request", "start", "completion", "suspension", "termination")
WIRE_STATES: Final = ("REQUESTED", "STARTED", "SUSPENDED", "COMPLETED", "TERMINATED")
FINAL_STATES: Final = frozenset({"COMPLETED", "TERMINATED"})

RECEIVED: Final[Receipts] = {
    (None, "request", "consumer"): "REQUESTED",
    ("REQUESTED", "start", "provider"): "STARTED",
    ("REQUESTED", "termination", "consumer"): "TERMINATED",
    ("REQUESTED", "termination", "provider"): "TERMINATED",
    ("STARTED", "start", "provider"): "STARTED",
    ("STARTED", "completion", "consumer"): "COMPLETED",
    ("STARTED", "completion", "provider"): "COMPLETED",
    ("STARTED", "suspension", "consumer"): "SUSPENDED",
    ("STARTED", "suspension", "provider"): "SUSPENDED",
    ("STARTED", "termination", "consumer"): "TERMINATED",
    ("STARTED", "termination", "provider"): "TERMINATED",
    ("SUSPENDED", "start", "consumer"): "STARTED",
    ("SUSPENDED", "start", "provider"): "STARTED",
    ("SUSPENDED", "termination", "consumer"): "TERMINATED",
    ("SUSPENDED", "termination", "provider"): "TERMINATED",
    # The peer's next step before our acknowledgement: it could only take it after our message had arrived.
    ("REQUESTING", "start", "provider"): "STARTED",
    ("REQUESTING", "termination", "provider"): "TERMINATED",
    ("STARTING", "completion", "consumer"): "COMPLETED",
    ("STARTING", "suspension", "consumer"): "SUSPENDED",
    ("STARTING", "termination", "consumer"): "TERMINATED",
    ("RESUMING", "start", "provider"): "STARTED",
    # Both resume: our start with the data address is still to be delivered.
    ("RESUMING", "start", "consumer"): "RESUMING",
    ("RESUMING", "completion", "consumer"): "COMPLETED",
    ("RESUMING", "completion", "provider"): "COMPLETED",
    ("RESUMING", "suspension", "consumer"): "SUSPENDED",
    ("RESUMING", "suspension", "provider"): "SUSPENDED",
    ("RESUMING", "termination", "consumer"): "TERMINATED",
    ("RESUMING", "termination", "provider"): "TERMINATED",
    # Messages that cross: the sender has left the state that ours needs, so its word stands.
    ("SUSPENDING", "start", "consumer"): "STARTED",
    ("SUSPENDING", "start", "provider"): "STARTED",
    ("SUSPENDING", "completion", "consumer"): "COMPLETED",
    ("SUSPENDING", "completion", "provider"): "COMPLETED",
    ("SUSPENDING", "suspension", "consumer"): "SUSPENDED",
    ("SUSPENDING", "suspension", "provider"): "SUSPENDED",
    ("SUSPENDING", "termination", "consumer"): "TERMINATED",
    ("SUSPENDING", "termination", "provider"): "TERMINATED",
    ("COMPLETING", "start", "provider"): "COMPLETING",
    ("COMPLETING", "completion", "consumer"): "COMPLETED",
    ("COMPLETING", "completion", "provider"): "COMPLETED",
    ("COMPLETING", "suspension", "consumer"): "SUSPENDED",
    ("COMPLETING", "suspension", "provider"): "SUSPENDED",
    ("COMPLETING", "termination", "consumer"): "TERMINATED",
    ("COMPLETING", "termination", "provider"): "TERMINATED",
    # We have ended it: whatever crosses our message changes nothing.
    ("TERMINATING", "start", "consumer"): "TERMINATING",
    ("TERMINATING", "start", "provider"): "TERMINATING",
    ("TERMINATING", "completion", "consumer"): "TERMINATING",
    ("TERMINATING", "completion", "provider"): "TERMINATING",
    ("TERMINATING", "suspension", "consumer"): "TERMINATING",
    ("TERMINATING", "suspension", "provider"): "TERMINATING",
    ("TERMINATING", "termination", "consumer"): "TERMINATING",
    ("TERMINATING", "termination", "provider"): "TERMINATING",
}

DECIDED: Final[Decisions] = {
    (None, "request", "consumer"): "REQUESTING",
    ("REQUESTED", "start", "provider"): "STARTING",
    ("REQUESTED", "termination", "consumer"): "TERMINATING",
    ("REQUESTED", "termination", "provider"): "TERMINATING",
    ("STARTED", "start", "provider"): "RESUMING",
    ("STARTED", "completion", "consumer"): "COMPLETING",
    ("STARTED", "completion", "provider"): "COMPLETING",
    ("STARTED", "suspension", "consumer"): "SUSPENDING",
    ("STARTED", "suspension", "provider"): "SUSPENDING",
    ("STARTED", "termination", "consumer"): "TERMINATING",
    ("STARTED", "termination", "provider"): "TERMINATING",
    ("SUSPENDED", "start", "consumer"): "RESUMING",
    ("SUSPENDED", "start", "provider"): "RESUMING",
    ("SUSPENDED", "termination", "consumer"): "TERMINATING",
    ("SUSPENDED", "termination", "provider"): "TERMINATING",
    # A message under way can still be overtaken by the end; COMPLETING cannot: the peer may have closed it already.
    ("REQUESTING", "termination", "consumer"): "TERMINATING",
    ("STARTING", "termination", "provider"): "TERMINATING",
    ("RESUMING", "termination", "consumer"): "TERMINATING",
    ("RESUMING", "termination", "provider"): "TERMINATING",
    ("SUSPENDING", "termination", "consumer"): "TERMINATING",
    ("SUSPENDING", "termination", "provider"): "TERMINATING",
}

SETTLED: Final[dict[str, tuple[str, str]]] = {
    "REQUESTING": ("request", "REQUESTED"),
    "STARTING": ("start", "STARTED"),
    "RESUMING": ("start", "STARTED"),
    "COMPLETING": ("completion", "COMPLETED"),
    "SUSPENDING": ("suspension", "SUSPENDED"),
    "TERMINATING": ("termination", "TERMINATED"),
}
"""State while a message is under way -> kind of the message, state once it was acknowledged."""

SHOWN: Final[dict[str, str]] = {
    "REQUESTING": "REQUESTED",
    "STARTING": "REQUESTED",
    "RESUMING": "SUSPENDED",
    "SUSPENDING": "STARTED",
    "COMPLETING": "STARTED",
    "TERMINATING": "TERMINATED",
}
"""What a GET shows for an `-ING` state where the state before it is not told; RESUMING may also follow STARTED."""

REPEATS: Final[Repeats] = frozenset(
    (state, kind, sender)
    for state, kind in (("COMPLETED", "completion"), ("SUSPENDED", "suspension"), ("TERMINATED", "termination"))
    for sender in ("consumer", "provider")
)

MACHINE: Final = Machine("transfer process", RECEIVED, DECIDED, SETTLED, SHOWN, WIRE_STATES, FINAL_STATES, REPEATS)

receive = MACHINE.receive
decide = MACHINE.decide
acknowledged = MACHINE.acknowledged
wire_state = MACHINE.wire_state
is_final = MACHINE.is_final
is_sending = MACHINE.is_sending

__all__ = [
    "DECIDED",
    "FINAL_STATES",
    "KINDS",
    "MACHINE",
    "RECEIVED",
    "REPEATS",
    "SETTLED",
    "SHOWN",
    "WIRE_STATES",
    "Kind",
    "Role",
    "acknowledged",
    "decide",
    "is_final",
    "is_sending",
    "receive",
    "wire_state",
]
