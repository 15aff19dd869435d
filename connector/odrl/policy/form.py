"""The forms that a policy leaves in: the rule members on the wire, and the canonical form that equal policies share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from connector.notation import digests
from connector.notation.exact_json import canonical as canonical_json
from connector.notation.problems import Unprocessable
from connector.odrl.operands import OPERANDS
from connector.odrl.policy.rules import Constraint, Logical, Policy, Rule
from connector.odrl.right_operands import count, settled
from connector.odrl.vocabulary import CX_POLICY, PROFILE, PROFILES, RULE_KINDS

Durations = Literal["text", "integer"]
_NO_RULES: Final = "the policy has no permission, and the protocol cannot carry it: add one"


def effective_rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules that `policy` amounts to: one without any rule stands for an unconditional permission.

    Only the open profile lets such a policy pass; the protocol (DSP 2025-1) needs a permission to carry it.
    """
    return policy.rules or (Rule("permission", "access" if policy.kind == "access" else "use"),)


def wire(policy: Policy, *, durations: Durations = "text") -> dict[str, Any]:
    """Profile and rules, as members of an Offer, Agreement or Set; `@id`, `@type` and parties are the caller's.

    Operands are full IRIs, ODRL's own words terms of the DSP context, every constraint stands in one `and`, absent
    kinds of rules are left out. Durations are written as text, which DSP's schema and CX-0152 1.2.0 want; `integer`
    is for peers at CX-0152 1.0.0. Raises Unprocessable where there are rules but no permission.
    """
    rules = effective_rules(policy)
    if not any(rule.kind == "permission" for rule in rules):
        raise Unprocessable("odrl/no-permission", _NO_RULES)
    profile = _wire_profile(policy)
    members: dict[str, Any] = {"profile": profile} if profile else {}
    for kind in RULE_KINDS:
        members[kind] = [_wire_rule(rule, durations) for rule in rules if rule.kind == kind]
    return {name: value for name, value in members.items() if value}


def canonical(policy: Policy) -> dict[str, Any]:
    """What two spellings of one policy share: rules, constraints and sets sorted, counts as integers, instants in UTC.

    Names, parties, target, timestamp and the spelling of the profile are not part of it.
    """
    form: dict[str, Any] = {}
    for kind in RULE_KINDS:
        rules = [_canonical_rule(rule) for rule in effective_rules(policy) if rule.kind == kind]
        if rules:
            form[kind] = _in_order(rules)
    other = sorted({each for each in policy.profile if each not in PROFILES})
    return {**form, "profile": other} if other else form


def digest(policy: Policy) -> str:
    """`sha256:...` of the canonical form: equal for two spellings of one policy."""
    return digests.digest(canonical(policy))


def canonical_constraint(constraint: Constraint) -> list[Any]:
    """`[operand, operator, value]`, the value settled."""
    return [constraint.operand, constraint.operator, settled(OPERANDS.get(constraint.operand), constraint.value)]


def _canonical_rule(rule: Rule) -> dict[str, Any]:
    members = _in_order(_canonical_nodes(rule.constraints))
    return {"action": rule.action, "constraint": members} if members else {"action": rule.action}


def _canonical_nodes(nodes: tuple[Constraint | Logical, ...]) -> Iterable[Any]:
    """Constraints joined by `and` stand side by side; other joints keep their form, in their own order."""
    for node in nodes:
        if isinstance(node, Constraint):
            yield canonical_constraint(node)
        elif node.operator == "and":
            yield from _canonical_nodes(node.members)
        else:
            yield {node.operator: [_canonical_branch(each) for each in node.members]}


def _canonical_branch(node: Constraint | Logical) -> Any:
    """A member of a joint other than `and`: nothing within it may slip out."""
    if isinstance(node, Constraint):
        return canonical_constraint(node)
    return {node.operator: [_canonical_branch(each) for each in node.members]}


def _in_order(values: Iterable[Any]) -> list[Any]:
    return [value for _, value in sorted({canonical_json(each): each for each in values}.items())]


def _wire_profile(policy: Policy) -> str | list[str] | None:
    operands = {constraint.operand for rule in policy.rules for constraint in rule.atoms()}
    if any(each in PROFILES for each in policy.profile) or not operands.isdisjoint(OPERANDS):
        return PROFILE
    return list(policy.profile) or None


def _wire_rule(rule: Rule, durations: Durations) -> dict[str, Any]:
    action = CX_POLICY + "access" if rule.action == "access" else rule.action
    if not rule.constraints:
        return {"action": action}
    only = rule.constraints[0]
    if len(rule.constraints) == 1 and isinstance(only, Logical) and only.operator != "and":
        return {"action": action, "constraint": [_wire_node(only, durations)]}
    members = only.members if isinstance(only, Logical) and len(rule.constraints) == 1 else rule.constraints
    return {"action": action, "constraint": [{"and": [_wire_node(each, durations) for each in members]}]}


def _wire_node(node: Constraint | Logical, durations: Durations) -> dict[str, Any]:
    if isinstance(node, Logical):
        return {node.operator: [_wire_node(each, durations) for each in node.members]}
    row = OPERANDS.get(node.operand)
    left = row.iri if row else node.written or node.operand
    return {"leftOperand": left, "operator": node.operator, "rightOperand": _wire_value(node, durations)}


def _wire_value(constraint: Constraint, durations: Durations) -> Any:
    row = OPERANDS.get(constraint.operand)
    if row is not None and row.form == "count" and (number := count(constraint.value)) is not None:
        return str(number) if durations == "text" else number
    return list(constraint.value) if isinstance(constraint.value, tuple) else constraint.value
