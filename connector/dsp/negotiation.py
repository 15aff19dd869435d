"""The contract negotiation as tables (Dataspace Protocol 2025-1, Contract Negotiation Protocol, state machine).

A state in `-ING` means: decided here, not yet acknowledged by the counterparty; it never appears on the wire.
"""

from __future__ import annotations

from typing import Final, Literal

from connector.dsp.transitions import Decisions, Machine, Receipts, Repeats, Role

Kind = Literal["request", "offer", "accepted", "agreement", "verification", "finalized", "termination"]

KINDS: Final[tuple[str, ...]] = (
    "request",
    "offer",
    "accepted",
    "agreement",
    "verification",
    "finalized",
    "termination",
)
WIRE_STATES: Final = ("REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED")
FINAL_STATES: Final = frozenset({"FINALIZED", "TERMINATED"})

RECEIVED: Final[Receipts] = {
    (None, "request", "consumer"): "REQUESTED",
    (None, "offer", "provider"): "OFFERED",
    ("REQUESTED", "offer", "provider"): "OFFERED",
    ("REQUESTED", "agreement", "provider"): "AGREED",
    ("REQUESTED", "termination", "consumer"): "TERMINATED",
    ("REQUESTED", "termination", "provider"): "TERMINATED",
    ("OFFERED", "request", "consumer"): "REQUESTED",
    ("OFFERED", "accepted", "consumer"): "ACCEPTED",
    ("OFFERED", "termination", "consumer"): "TERMINATED",
    ("OFFERED", "termination", "provider"): "TERMINATED",
    ("ACCEPTED", "agreement", "provider"): "AGREED",
    # The diagram gives some of the following to one side only; the prose lets both end a negotiation in any state.
    ("ACCEPTED", "termination", "consumer"): "TERMINATED",
    ("ACCEPTED", "termination", "provider"): "TERMINATED",
    ("AGREED", "verification", "consumer"): "VERIFIED",
    ("AGREED", "termination", "consumer"): "TERMINATED",
    ("AGREED", "termination", "provider"): "TERMINATED",
    ("VERIFIED", "finalized", "provider"): "FINALIZED",
    ("VERIFIED", "termination", "consumer"): "TERMINATED",
    ("VERIFIED", "termination", "provider"): "TERMINATED",
    # The peer's next step before our acknowledgement: it could only take it after our message had arrived.
    ("REQUESTING", "offer", "provider"): "OFFERED",
    ("REQUESTING", "agreement", "provider"): "AGREED",
    ("REQUESTING", "termination", "provider"): "TERMINATED",
    ("OFFERING", "request", "consumer"): "REQUESTED",
    ("OFFERING", "accepted", "consumer"): "ACCEPTED",
    ("OFFERING", "termination", "consumer"): "TERMINATED",
    ("ACCEPTING", "agreement", "provider"): "AGREED",
    ("ACCEPTING", "termination", "provider"): "TERMINATED",
    ("AGREEING", "verification", "consumer"): "VERIFIED",
    ("AGREEING", "termination", "consumer"): "TERMINATED",
    ("VERIFYING", "finalized", "provider"): "FINALIZED",
    ("VERIFYING", "termination", "provider"): "TERMINATED",
    # A consumer that ends it now has not seen FINALIZED.
    ("FINALIZING", "termination", "consumer"): "TERMINATED",
    # We have ended it: whatever crosses our message changes nothing.
    ("TERMINATING", "request", "consumer"): "TERMINATING",
    ("TERMINATING", "accepted", "consumer"): "TERMINATING",
    ("TERMINATING", "verification", "consumer"): "TERMINATING",
    ("TERMINATING", "termination", "consumer"): "TERMINATING",
    ("TERMINATING", "offer", "provider"): "TERMINATING",
    ("TERMINATING", "agreement", "provider"): "TERMINATING",
    ("TERMINATING", "finalized", "provider"): "TERMINATING",
    ("TERMINATING", "termination", "provider"): "TERMINATING",
}

DECIDED: Final[Decisions] = {
    (None, "request", "consumer"): "REQUESTING",
    (None, "offer", "provider"): "OFFERING",
    ("REQUESTED", "offer", "provider"): "OFFERING",
    ("REQUESTED", "agreement", "provider"): "AGREEING",
    ("REQUESTED", "termination", "consumer"): "TERMINATING",
    ("REQUESTED", "termination", "provider"): "TERMINATING",
    ("OFFERED", "request", "consumer"): "REQUESTING",
    ("OFFERED", "accepted", "consumer"): "ACCEPTING",
    ("OFFERED", "termination", "consumer"): "TERMINATING",
    ("OFFERED", "termination", "provider"): "TERMINATING",
    ("ACCEPTED", "agreement", "provider"): "AGREEING",
    ("ACCEPTED", "termination", "consumer"): "TERMINATING",
    ("ACCEPTED", "termination", "provider"): "TERMINATING",
    ("AGREED", "verification", "consumer"): "VERIFYING",
    ("AGREED", "termination", "consumer"): "TERMINATING",
    ("AGREED", "termination", "provider"): "TERMINATING",
    ("VERIFIED", "finalized", "provider"): "FINALIZING",
    ("VERIFIED", "termination", "consumer"): "TERMINATING",
    ("VERIFIED", "termination", "provider"): "TERMINATING",
    # A message under way can still be overtaken by the end; FINALIZING cannot: the peer may hold the contract already.
    ("REQUESTING", "termination", "consumer"): "TERMINATING",
    ("OFFERING", "termination", "provider"): "TERMINATING",
    ("ACCEPTING", "termination", "consumer"): "TERMINATING",
    ("AGREEING", "termination", "provider"): "TERMINATING",
    ("VERIFYING", "termination", "consumer"): "TERMINATING",
}

SETTLED: Final[dict[str, tuple[str, str]]] = {
    "REQUESTING": ("request", "REQUESTED"),
    "OFFERING": ("offer", "OFFERED"),
    "ACCEPTING": ("accepted", "ACCEPTED"),
    "AGREEING": ("agreement", "AGREED"),
    "VERIFYING": ("verification", "VERIFIED"),
    "FINALIZING": ("finalized", "FINALIZED"),
    "TERMINATING": ("termination", "TERMINATED"),
}
"""State while a message is under way -> kind of the message, state once it was acknowledged."""

SHOWN: Final[dict[str, str]] = {
    "REQUESTING": "REQUESTED",
    "OFFERING": "OFFERED",
    "ACCEPTING": "OFFERED",
    "AGREEING": "REQUESTED",
    "VERIFYING": "AGREED",
    "FINALIZING": "VERIFIED",
    "TERMINATING": "TERMINATED",
}
"""What a GET shows for an `-ING` state where the state before it is not told; AGREEING may also follow ACCEPTED."""

REPEATS: Final[Repeats] = frozenset(
    {
        *((state, "agreement", "provider") for state in ("AGREED", "VERIFYING", "VERIFIED", "FINALIZED")),
        *((state, "verification", "consumer") for state in ("VERIFIED", "FINALIZING", "FINALIZED")),
        ("ACCEPTED", "accepted", "consumer"),
        ("FINALIZED", "finalized", "provider"),
        ("TERMINATED", "termination", "consumer"),
        ("TERMINATED", "termination", "provider"),
    }
)
"""An agreement is the same one only under the same id."""

MACHINE: Final = Machine("contract negotiation", RECEIVED, DECIDED, SETTLED, SHOWN, WIRE_STATES, FINAL_STATES, REPEATS)

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
