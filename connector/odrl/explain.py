"""A policy in plain English sentences."""

from __future__ import annotations

from typing import Final

from connector.odrl.defaults import PROVISIONING_END, USAGE_END, groups_of
from connector.odrl.instants import listed
from connector.odrl.operands import MANDATORY, OPERANDS, Operand
from connector.odrl.policy.form import effective_rules
from connector.odrl.policy.rules import Constraint, Logical, Policy, Rule
from connector.odrl.right_operands import shown

_BEGINNINGS: Final = {
    ("access", "permission"): "The offer is visible",
    ("usage", "permission"): "The data may be used",
    ("usage", "prohibition"): "It is forbidden to use the data",
    ("usage", "obligation"): "The provider must serve the use of the data",
}
_JOINTS: Final = {
    "and": "all of",
    "or": "one or more of",
    "xone": "exactly one of",
    "andSequence": "in this order all of",
}
_OPERATORS: Final = {
    "eq": "",
    "isAnyOf": "one of",
    "isAllOf": "all of",
    "isNoneOf": "none of",
    "neq": "other than",
    "gt": "after",
    "gteq": "at or after",
    "lt": "before",
    "lteq": "at or before",
}


def explain(policy: Policy) -> list[str]:
    """One sentence for each rule's heading and each constraint, in the order written."""
    sentences = [sentence for rule in effective_rules(policy) for sentence in _rule(policy, rule)]
    return [*sentences, *_defaults(policy)]


def _defaults(policy: Policy) -> list[str]:
    """What CX-0152 adds to a usage policy of Catena-X that leaves it open."""
    operands = {constraint.operand for rule in policy.rules for constraint in rule.atoms()}
    if policy.kind != "usage" or not set(MANDATORY) & operands:
        return []
    groups = groups_of(policy)
    said = [
        ("the data are used for one year from the agreement", USAGE_END in groups),
        ("the data are provided for one year from the agreement", PROVISIONING_END in groups),
        ("any change of version needs a new contract", "VersionChanges" in operands),
        ("the data are deleted at the end", "ContractTermination" in operands),
    ]
    left = [sentence for sentence, is_said in said if not is_said]
    return ["Where nothing is agreed, the profile says:", *(f"- {sentence}." for sentence in left)] if left else []


def _rule(policy: Policy, rule: Rule) -> list[str]:
    beginning = _BEGINNINGS.get((policy.kind, rule.kind), f"There is a {rule.kind}")
    if not rule.constraints:
        return [f"{beginning} without any condition."]
    number = sum(1 for _ in rule.atoms())
    condition = "if this holds" if number == 1 else f"if {number} things hold together"
    joints = [
        _JOINTS[joint.operator] for joint in rule.joints() if isinstance(joint, Logical) and joint.operator != "and"
    ]
    note = f" (joined as {', '.join(joints)}, which the profile does not allow)" if joints else ""
    return [f"{beginning} {condition}{note}:", *(_constraint(each) for each in rule.atoms())]


def sentence_of(constraint: Constraint) -> str:
    """What one constraint says, as it stands in a list."""
    return _constraint(constraint).removeprefix("- ")


def _constraint(constraint: Constraint) -> str:
    row = OPERANDS.get(constraint.operand)
    values = list(constraint.value) if isinstance(constraint.value, tuple) else [constraint.value]
    value = listed([shown(each) for each in values])
    operator = _OPERATORS.get(constraint.operator, constraint.operator)
    if row is None:
        return f"- {shown(constraint.operand)} {operator} {value} (no operand of CX-0152: the policy is refused)."
    sentence = " ".join(row.says.format(operator=operator, value=value).split())
    return f"- {sentence}{_mark(row)}."


def _mark(row: Operand) -> str:
    """What the sentence alone does not say: that a person must agree, or that something is to be done."""
    if "duty" in row.phases.values():
        return " (kept by the consumer's node at the end, and accepted by a person)"
    return " (a legal term: a person accepts it)" if row.is_legal_term else ""
