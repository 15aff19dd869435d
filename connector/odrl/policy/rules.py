"""A policy as this node holds it: rules with constraints, every spelling settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["access", "usage"]
RuleKind = Literal["permission", "prohibition", "obligation"]
Scalar = str | int | bool | Decimal


@dataclass(frozen=True, slots=True)
class Constraint:
    """`operand` is the local name of a row of the operand table, or what was written where there is no such row.

    `value` is a tuple under a set operator, otherwise one scalar. `pointer` is the place in the document read.
    """

    operand: str
    operator: str
    value: Scalar | tuple[Scalar, ...]
    pointer: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Logical:
    """Constraints joined by `and` (or by what the profile does not allow: `or`, `xone`, `andSequence`)."""

    operator: str
    members: tuple[Constraint | Logical, ...]
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission, prohibition or obligation; `action` is `use`, `access` or the IRI of another action."""

    kind: RuleKind
    action: str
    constraints: tuple[Constraint | Logical, ...] = ()
    pointer: str = ""

    def atoms(self) -> Iterator[Constraint]:
        """Its constraints without the joints, in the order written."""
        yield from _atoms(self.constraints)

    def joints(self) -> Iterator[Logical]:
        """Its logical constraints, outer before inner."""
        yield from _joints(self.constraints)


@dataclass(frozen=True, slots=True)
class Policy:
    """`kind` is access (who sees an offer) or usage (what a contract says); what follows `rules` names this copy."""

    kind: Kind
    rules: tuple[Rule, ...] = ()
    profile: tuple[str, ...] = ()
    id: str | None = None
    type: str | None = None
    assigner: str | None = None
    assignee: str | None = None
    target: str | None = None
    timestamp: str | None = None

    def of_kind(self, kind: RuleKind) -> tuple[Rule, ...]:
        """The rules of one kind, in the order written."""
        return tuple(rule for rule in self.rules if rule.kind == kind)


def _atoms(nodes: tuple[Constraint | Logical, ...]) -> Iterator[Constraint]:
    for node in nodes:
        if isinstance(node, Constraint):
            yield node
        else:
            yield from _atoms(node.members)


def _joints(nodes: tuple[Constraint | Logical, ...]) -> Iterator[Logical]:
    for node in nodes:
        if isinstance(node, Logical):
            yield node
            yield from _joints(node.members)
