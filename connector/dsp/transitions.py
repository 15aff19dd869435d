"""How the tables of a state machine are asked; the tables themselves stand in `negotiation` and `transfer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connector.notation.problems import Conflict

Role = Literal["consumer", "provider"]
Receipts = Mapping[tuple[str | None, str, str], str]
"""(state, message kind, role of the sender) -> new state."""
Decisions = Mapping[tuple[str | None, str, str], str]
"""(state, message kind, own role) -> `-ING` state."""
Repeats = frozenset[tuple[str, str, str]]
"""(state, message kind, role of the sender): the message that led to the state may come once more, as another one."""

OTHER: Mapping[Role, Role] = {"consumer": "provider", "provider": "consumer"}
"""The counterparty's role."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One protocol's tables with the five questions that are asked of them."""

    name: str
    received: Receipts
    decided: Decisions
    settled: Mapping[str, tuple[str, str]]
    shown: Mapping[str, str]
    wire_states: tuple[str, ...]
    final_states: frozenset[str]
    repeats: Repeats = frozenset()

    def is_repeat(self, state: str, kind: str, *, sender: Role) -> bool:
        """Whether a message that `state` has no place for can only be one that was taken already.

        A peer that lost our acknowledgement, or could not save its own state, sends its last message again under a new
        id (EDC does): it is acknowledged, and changes nothing.
        """
        return (state, kind, sender) in self.repeats

    def receive(self, state: str | None, kind: str, *, sender: Role) -> str:
        """The state after a message of `kind` from `sender` arrived in `state` (None: nothing exists yet).

        Raises Conflict `dsp/transition` that names state, message and what would be allowed.
        """
        new = self.received.get((state, kind, sender))
        if new is None:
            raise self._refusal(self.received, state, f"a {kind} message from the {sender} is not allowed", sender)
        return new

    def decide(self, state: str | None, kind: str, *, own: Role) -> str:
        """The `-ING` state after this side decided to send a message of `kind`. Raises Conflict `dsp/transition`."""
        new = self.decided.get((state, kind, own))
        if new is None:
            raise self._refusal(self.decided, state, f"this side ({own}) may not send a {kind} message", own)
        return new

    def acknowledged(self, state: str, kind: str | None = None) -> str:
        """The state after the counterparty acknowledged the message under way.

        A settled state stays: the counterparty's next message came first. With `kind`, the kind of the acknowledged
        message, another message that is under way by now is not taken for it.
        """
        sent, settled = self.settled.get(state, (kind, state))
        return settled if kind in (None, sent) else state

    def wire_state(self, state: str, before: str | None = None) -> str:
        """The protocol's state that a GET shows: for an `-ING` state the one `before` it (by table if not told)."""
        if not self.is_sending(state):
            return state
        if before is not None and before in self.wire_states and state != "TERMINATING":
            return before
        return self.shown[state]

    def is_final(self, state: str) -> bool:
        """Whether nothing can follow `state`."""
        return state in self.final_states

    def is_sending(self, state: str) -> bool:
        """Whether `state` means: decided, not yet acknowledged."""
        return state in self.settled

    def allowed(self, state: str | None, role: Role) -> list[str]:
        """The message kinds that `role` may send in `state`, seen by the side that receives them."""
        return _kinds(self.received, state, role)

    def _refusal(self, table: Receipts, state: str | None, what: str, role: Role) -> Conflict:
        kinds = _kinds(table, state, role)
        allowed = f"allowed here for the {role}: {', '.join(kinds)}" if kinds else f"the {role} may send nothing here"
        where = f"in state {state}" if state else "before anything exists"
        return Conflict("dsp/transition", f"{self.name}: {what} {where}; {allowed}")


def _kinds(table: Receipts, state: str | None, role: str) -> list[str]:
    return sorted(kind for (at, kind, by) in table if at == state and by == role)
