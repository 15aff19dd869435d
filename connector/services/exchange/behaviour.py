"""What a participant does next in a negotiation or transfer: the node's rule, or its own (`[exchange] behaviour`).

A behaviour is asked after each message that left a process open: one of the counterparty's that was taken, or one of
our own that was acknowledged. It answers with a Step. It runs inside the store's transaction, so it must be quick and
must not wait; one that fails, or wants what is not possible here, is logged and the process waits for a person.

    def ask_a_person_about_terms(occasion: Occasion) -> Step:
        if occasion.kind == "offer":
            return Step("wait")
        return occasion.proposed
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from connector.dsp.transitions import Role
from connector.notation.problems import Conflict, Invalid, Problem
from connector.records.exchange import Negotiation, Planned, Transfer

_LOG = structlog.get_logger("behaviour")

Kinds = Mapping[tuple[Role, str], str]
"""(own role, action) -> kind of the message that the action sends."""

NEGOTIATION_KINDS: Final[Kinds] = {
    ("provider", "offer"): "offer",
    ("provider", "counter"): "offer",
    ("consumer", "counter"): "request",
    ("consumer", "accept"): "accepted",
    ("provider", "agree"): "agreement",
    ("consumer", "verify"): "verification",
    ("provider", "finalize"): "finalized",
    ("consumer", "terminate"): "termination",
    ("provider", "terminate"): "termination",
}
TRANSFER_KINDS: Final[Kinds] = {
    ("consumer", "start"): "start",
    ("provider", "start"): "start",
    ("consumer", "complete"): "completion",
    ("provider", "complete"): "completion",
    ("consumer", "suspend"): "suspension",
    ("provider", "suspend"): "suspension",
    ("consumer", "terminate"): "termination",
    ("provider", "terminate"): "termination",
}
ACTIONS: Final = frozenset({"proceed", "wait", *(action for _, action in (*NEGOTIATION_KINDS, *TRANSFER_KINDS))})


@dataclass(frozen=True, slots=True)
class Step:
    """What to do: an action of ACTIONS, `after` so many milliseconds (the next message or decision cancels it).

    `proceed` is what the node's rule proposes, `wait` leaves the process to a person. `code` and `reasons` go with
    `suspend` and `terminate`; `offer` with `offer` and `counter` (None: a provider's terms are those of its catalog, a
    consumer's those on the table). Raises ValueError.
    """

    action: str
    after: int = 0
    code: str = ""
    reasons: tuple[str, ...] = ()
    offer: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"there is no action {self.action!r}; known: {', '.join(sorted(ACTIONS))}")
        if self.after < 0:
            raise ValueError(f"a step is taken at once or later, not {self.after} ms from now")


@dataclass(frozen=True, slots=True)
class Approval:
    """Whom the rule asks: `is_by_hand`, a person agrees to each request for a contract (the approval queue);
    `is_listed_only`, contracts are asked for under policies of the accept-list alone."""

    is_by_hand: bool = False
    is_listed_only: bool = False


PROCEED: Final = Step("proceed")
WAIT: Final = Step("wait")


@dataclass(frozen=True, slots=True)
class Occasion:
    """A message of `kind` (request, offer, ..., start, ...) that `sender` sent, and what the node's rule proposes.

    `record` is a copy: it shows the process after the message.
    """

    record: Negotiation | Transfer
    kind: str
    sender: Role
    proposed: Step

    @property
    def is_own(self) -> bool:
        """Whether the message was ours (it was acknowledged), not the counterparty's (it was taken)."""
        return self.sender == self.record.role


Behaviour = Callable[[Occasion], Step]


def by_rule(occasion: Occasion) -> Step:
    """The behaviour of a node that has no other: what its rule proposes."""
    return occasion.proposed


def chosen(behaviour: Behaviour, occasion: Occasion, check: Callable[[Step], None]) -> Step:
    """The step that `behaviour` wants on `occasion`; WAIT where it fails or `check` raises a Problem (both logged)."""
    record = occasion.record
    try:
        step = behaviour(replace(occasion, record=msgspec.structs.replace(record)))
        if step.action == "proceed":
            step = replace(occasion.proposed, after=step.after)
        if step.action != "wait":
            check(step)
    except Problem as problem:
        _LOG.error("the behaviour wants what is not possible", process_id=record.id, reason=problem.detail)
        return WAIT
    except Exception:
        _LOG.exception("the behaviour failed", process_id=record.id, message=occasion.kind)
        return WAIT
    return step


def message_of(role: Role, action: str, kinds: Kinds) -> str:
    """The kind of message that `action` sends. Raises Conflict (`exchange/action`) where this role has no such one."""
    kind = kinds.get((role, action))
    if kind is None:
        own = ", ".join(sorted(name for by, name in kinds if by == role))
        raise Conflict("exchange/action", f"{action!r} is nothing that the {role} can do here; it can: {own}")
    return kind


def planned(step: Step, now: datetime, plan_id: str) -> Planned:
    """`step` as it is kept with the process until it is due."""
    return Planned(
        id=plan_id,
        due=now + timedelta(milliseconds=step.after),
        action=step.action,
        code=step.code,
        reasons=list(step.reasons),
        offer=dict(step.offer) if step.offer is not None else None,
    )


def due_step(plan: Planned) -> Step:
    """The step that `planned` kept, to be taken now."""
    return Step(plan.action, 0, plan.code, tuple(plan.reasons), plan.offer)


def named(name: str) -> Behaviour:
    """What `[exchange] behaviour` names. Raises Invalid (`settings/behaviour`)."""
    if not name:
        return by_rule
    module, _, function = name.partition(":")
    try:
        found: Behaviour = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise Invalid("settings/behaviour", f"[exchange] behaviour = {name!r} cannot be loaded: {error}") from error
    if not callable(found):
        raise Invalid("settings/behaviour", f"[exchange] behaviour = {name!r} is no function")
    return found
