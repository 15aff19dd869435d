"""What the Catena-X profile (CX-0152) demands of a policy's structure, and which rules this node can keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, Literal

from connector.notation import pointers
from connector.notation.findings import Finding
from connector.odrl.operands import MANDATORY, OPERANDS, PURPOSES, WITHDRAWN, Operand, Place
from connector.odrl.policy.rules import Constraint, Kind, Policy, Rule
from connector.odrl.right_operands import shown, unsuitable, wanted
from connector.odrl.vocabulary import PROFILE, PROFILES, is_legacy

Profile = Literal["catena-x", "open"]
"""`open` is for spaces without Catena-X's rules (EDC samples, the DSP test kit): an empty policy and a permission
without constraints are allowed there, either action stands for either kind, no operand is mandatory, EDC's inForceDate
and ODRL's count stand in any permission. Unknown operands are refused all the same."""

CLAUSE: Final = "CX-0152"
_ACTIONS: Final[dict[Kind, str]] = {"access": "access", "usage": "use"}
_LISTED: Final = frozenset(PURPOSES)


def check(policy: Policy, *, profile: Profile = "catena-x") -> list[Finding]:
    """Every rule that `policy` breaks, with pointer and name.

    An error makes the policy unusable: it is not created, not negotiated, and a plan compiled from it refuses all.
    """
    return structure(policy, profile=profile) + enforcement(policy)


def structure(policy: Policy, *, profile: Profile = "catena-x") -> list[Finding]:
    """The rules of the profile: operands, operators, values, places, joints."""
    findings = list(_profile_rules(policy)) if profile == "catena-x" else []
    findings += _kind_rules(policy, profile)
    for rule in policy.rules:
        findings += _joint_rules(rule)
        findings += _set_rules(rule)
        for constraint in rule.atoms():
            findings += _constraint_rules(constraint, _place(policy, rule), profile)
    return findings


def enforcement(policy: Policy) -> list[Finding]:
    """The rules that say nothing which this node could enforce: each is refused by name."""
    return [
        _finding(
            "rule-not-enforced", f"a {rule.kind} without constraint says nothing to keep", rule.pointer, found=rule.kind
        )
        for rule in policy.rules
        if rule.kind != "permission" and not any(rule.atoms())
    ]


def _profile_rules(policy: Policy) -> Iterator[Finding]:
    """Rules that spaces without the profile do not have."""
    strange = [each for each in policy.profile if each not in PROFILES]
    if strange:
        names = ", ".join(str(shown(each)) for each in strange)
        yield _finding("profile", f"the profile {names} is not that of Catena-X", "/profile", PROFILE, strange)
    if not policy.profile:
        yield _finding("profile-missing", "the policy names no profile", "", PROFILE, severity="warning")
    if not policy.rules:
        yield _finding("empty-policy", "the policy has no rule: nothing is permitted by it", "", "a permission")
    elif not policy.of_kind("permission"):
        yield _finding("no-permission", "the policy permits nothing: it has no permission", "", "a permission")
    if policy.kind == "usage":
        yield from _mandatory(policy)
    for kind, number in Counter(rule.kind for rule in policy.rules).items():
        if number > 1:
            message = f"the policy has {number} rules of kind {kind}; all of them must hold, newer versions allow one"
            yield _finding("one-rule", message, f"/{kind}", 1, number, severity="warning")


def _mandatory(policy: Policy) -> Iterator[Finding]:
    for rule in policy.of_kind("permission"):
        present = {constraint.operand for constraint in rule.atoms()}
        for name in MANDATORY:
            if name not in present:
                message = f"the usage permission has no {name}, which every contract needs"
                yield _finding("mandatory-operand", message, rule.pointer, name)


def _kind_rules(policy: Policy, profile: Profile) -> Iterator[Finding]:
    allowed = (_ACTIONS[policy.kind],) if profile == "catena-x" else tuple(_ACTIONS.values())
    actions = sorted({rule.action for rule in policy.rules})
    if len(actions) > 1:
        allowed = tuple(_ACTIONS.values())
        yield _finding("mixed-actions", "the rules of a policy share one action", "", _ACTIONS[policy.kind], actions)
    for rule in policy.rules:
        if rule.action not in allowed:
            message = f"the action is {' or '.join(allowed)} here ({policy.kind} policy), not {shown(rule.action)}"
            yield _finding("action", message, rule.pointer, list(allowed), shown(rule.action))
        if policy.kind == "access" and rule.kind != "permission":
            message = f"an access policy has permissions only, this one has a {rule.kind}"
            yield _finding("access-permission-only", message, rule.pointer, "permission", rule.kind)


def _joint_rules(rule: Rule) -> Iterator[Finding]:
    if len(rule.constraints) > 1:
        message = "more than one constraint must be joined by a single `and`"
        yield _finding("one-and", message, pointers.join(rule.pointer, "constraint"), 1, len(rule.constraints))
    inner = {id(joint) for outer in rule.joints() for joint in outer.members}
    for joint in rule.joints():
        if joint.operator != "and":
            message = f"constraints are joined by `and` only, not by `{joint.operator}`"
            yield _finding("logical-operator", message, joint.pointer, "and", joint.operator)
        elif id(joint) in inner:
            yield _finding("one-and", "an `and` stands within another: write one", joint.pointer)
        if not joint.members:
            message = f"the `{joint.operator}` joins nothing: leave the constraint out if none is meant"
            yield _finding("empty-and", message, joint.pointer)


def _set_rules(rule: Rule) -> Iterator[Finding]:
    """Rules over all constraints of one rule: exclusive groups, operands named twice."""
    seen: dict[tuple[str, str], Constraint] = {}
    groups: dict[str, Constraint] = {}
    for constraint in rule.atoms():
        row = OPERANDS.get(constraint.operand)
        name = constraint.operand
        if seen.setdefault((name, constraint.operator), constraint) is not constraint:
            yield _finding(
                "operand-twice", f"{shown(name)} stands twice in one rule", constraint.pointer, found=shown(name)
            )
        if row is None or not row.group:
            continue
        first = groups.setdefault(row.group, constraint)
        if first.operand != name:
            message = f"{first.operand} and {name} exclude each other: name one {row.group}"
            yield _finding("exclusive-operands", message, constraint.pointer, first.operand, name)


def _constraint_rules(constraint: Constraint, place: Place, profile: Profile) -> Iterator[Finding]:
    row = OPERANDS.get(constraint.operand)
    if row is None or not row.is_of(profile):
        yield _unknown_operand(constraint)
        return
    if is_legacy(constraint.written):
        message = f"{row.name} is written in a namespace that CX-0152 has left"
        yield _finding("legacy-namespace", message, constraint.pointer, row.iri, constraint.written, severity="warning")
    if row.origin == "Tractus-X" and profile == "catena-x":
        message = f"{row.name} is decided here as the connectors of Tractus-X do; CX-0152 does not list it"
        yield _finding("operand-unlisted", message, constraint.pointer, found=row.name, severity="warning")
    yield from _place_rule(row, constraint, place, profile)
    for judge in (_operator_rule, _value_rule, _purpose_rule):
        yield from judge(row, constraint)


def _place_rule(row: Operand, constraint: Constraint, place: Place, profile: Profile) -> Iterator[Finding]:
    is_anywhere = profile == "open" and row.origin in ("EDC", "ODRL") and place.endswith("permission")
    if place not in row.places and not is_anywhere:
        message = f"{row.name} does not belong in a rule of this kind ({place})"
        yield _finding("operand-place", message, constraint.pointer, list(row.places), place)


def _operator_rule(row: Operand, constraint: Constraint) -> Iterator[Finding]:
    if constraint.operator not in row.operators:
        allowed, operator = " or ".join(row.operators), shown(constraint.operator)
        message = f"{row.name} is compared by {allowed}, not by {operator}"
        yield _finding("operator", message, constraint.pointer, list(row.operators), operator)


def _value_rule(row: Operand, constraint: Constraint) -> Iterator[Finding]:
    wrong = unsuitable(row, constraint.operator, constraint.value) if constraint.operator in row.operators else []
    if wrong:
        message = f"{row.name} takes {wanted(row)}; this is not: {', '.join(repr(shown(each)) for each in wrong)}"
        yield _finding("value", message, pointers.join(constraint.pointer, "rightOperand"), wanted(row), wrong)


def _purpose_rule(row: Operand, constraint: Constraint) -> Iterator[Finding]:
    if row.form != "purpose" or not isinstance(constraint.value, tuple):
        return
    for purpose in constraint.value:
        if isinstance(purpose, str) and purpose.startswith("cx.") and purpose not in _LISTED:
            message = f"{shown(purpose)} looks like a purpose of the profile, which does not list it"
            yield _finding("purpose-unlisted", message, constraint.pointer, found=shown(purpose), severity="warning")


def _unknown_operand(constraint: Constraint) -> Finding:
    name = constraint.operand
    why = "was withdrawn before CX-0152" if name in WITHDRAWN else "is no operand of CX-0152"
    return _finding(
        "operand-unknown", f"{shown(name)!r} {why}", constraint.pointer, found=shown(constraint.written or name)
    )


def _place(policy: Policy, rule: Rule) -> Place:
    if rule.kind == "permission":
        return "access-permission" if policy.kind == "access" else "usage-permission"
    return rule.kind


def _finding(
    rule: str,
    message: str,
    pointer: str,
    wanted: Any = None,
    found: Any = None,
    severity: Literal["error", "warning"] = "error",
) -> Finding:
    return Finding(f"odrl/{rule}", message, pointer, severity, wanted, found, CLAUSE)
