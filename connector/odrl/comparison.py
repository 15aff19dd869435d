"""What a requested policy changes of the one offered, operand by operand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.pointers import join
from connector.odrl.instants import listed
from connector.odrl.policy.form import canonical, canonical_constraint, effective_rules
from connector.odrl.policy.rules import Constraint, Logical, Policy, Rule
from connector.odrl.vocabulary import RULE_KINDS

_PURPOSE: Final = "UsagePurpose"


def compare(offer: Policy, requested: Policy) -> list[Finding]:
    """Where `requested` differs from `offer`; empty if both mean the same. Pointers are into the requested document.

    `@id`, `@type`, parties, target, timestamp, order and spelling do not count. A request for fewer purposes than the
    offer grants is a finding of severity info (`odrl/purpose-narrowed`), every other difference is an error.
    """
    findings = [finding for kind in RULE_KINDS for finding in _by_kind(kind, offer, requested)]
    mine, theirs = canonical(offer).get("profile"), canonical(requested).get("profile")
    if mine != theirs:
        findings.append(_differs("profile", "profile", "/profile", mine, theirs))
    return findings


def purposes_of(policy: Policy) -> frozenset[str]:
    """The purposes that the permissions of `policy` name: in a request, those that the consumer asks for."""
    return frozenset(
        value
        for rule in policy.rules
        if rule.kind == "permission"
        for constraint in rule.atoms()
        if constraint.operand == _PURPOSE and isinstance(constraint.value, tuple)
        for value in constraint.value
        if isinstance(value, str)
    )


def _by_kind(kind: str, offer: Policy, requested: Policy) -> Iterator[Finding]:
    """Rules are paired in the order written, after those that are equal have been taken out."""
    mine = [rule for rule in effective_rules(offer) if rule.kind == kind]
    theirs = [rule for rule in effective_rules(requested) if rule.kind == kind]
    for rule in [each for each in mine if any(_same(each, other) for other in theirs)]:
        twin = next((other for other in theirs if _same(rule, other)), None)
        if twin is not None:
            mine.remove(rule)
            theirs.remove(twin)
    for mine_left, theirs_left in zip(mine, theirs, strict=False):
        yield from _between(mine_left, theirs_left)
    for rule in mine[len(theirs) :]:
        operands = [constraint.operand for constraint in rule.atoms()]
        message = f"the offer has a {kind} ({listed(operands) or rule.action}), the request leaves it out"
        yield Finding("odrl/rule-missing", message, f"/{kind}", wanted=operands or rule.action)
    for rule in theirs[len(mine) :]:
        operands = [constraint.operand for constraint in rule.atoms()]
        message = f"the request adds a {kind} ({listed(operands) or rule.action}) that the offer does not have"
        yield Finding("odrl/rule-added", message, rule.pointer, found=operands or rule.action)


def _same(one: Rule, other: Rule) -> bool:
    return canonical(Policy("usage", (one,))) == canonical(Policy("usage", (other,)))


def _between(offer: Rule, requested: Rule) -> Iterator[Finding]:
    if offer.action != requested.action:
        yield _differs("action", "action", requested.pointer, offer.action, requested.action)
    mine, theirs = _by_operand(offer), _by_operand(requested)
    for operand in dict.fromkeys((*mine, *theirs)):
        if _settled(mine.get(operand, [])) != _settled(theirs.get(operand, [])):
            yield _operand_finding(operand, mine.get(operand, []), theirs.get(operand, []), requested)
    if not mine.keys() ^ theirs.keys() and _joints(offer) != _joints(requested):
        yield _differs("structure", "joints of the constraints", requested.pointer, _joints(offer), _joints(requested))


def _operand_finding(operand: str, offer: list[Constraint], requested: list[Constraint], rule: Rule) -> Finding:
    pointer = requested[0].pointer if requested else join(rule.pointer, "constraint")
    wanted, found = ([_plain(each) for each in side] for side in (offer, requested))
    if not requested:
        message = f"{operand}: the offer says {_said(offer)}, the request leaves it out"
        return Finding("odrl/operand-missing", message, pointer, wanted=wanted)
    if not offer:
        message = f"{operand}: the offer does not say it, the request adds {_said(requested)}"
        return Finding("odrl/operand-added", message, pointer, found=found)
    grants, asks = ("grants", "asks for") if operand == _PURPOSE else ("says", "says")
    message = f"{operand}: the offer {grants} {_said(offer)}, the request {asks} {_said(requested)}"
    if operand == _PURPOSE and _is_narrower(offer, requested):
        return Finding("odrl/purpose-narrowed", message, pointer, "info", wanted, found)
    return Finding("odrl/operand-differs", message, pointer, wanted=wanted, found=found)


def _is_narrower(offer: list[Constraint], requested: list[Constraint]) -> bool:
    """One constraint on each side, with the same operator, and a non-empty part of the values offered."""
    if len(offer) != 1 or len(requested) != 1 or offer[0].operator != requested[0].operator:
        return False
    mine, theirs = offer[0].value, requested[0].value
    return isinstance(mine, tuple) and isinstance(theirs, tuple) and theirs != () and set(theirs) < set(mine)


def _by_operand(rule: Rule) -> dict[str, list[Constraint]]:
    groups: dict[str, list[Constraint]] = {}
    for constraint in rule.atoms():
        groups.setdefault(constraint.operand, []).append(constraint)
    return groups


def _settled(constraints: list[Constraint]) -> list[str]:
    return sorted({str(canonical_constraint(each)) for each in constraints})


def _joints(rule: Rule) -> list[str]:
    """The joints that change the meaning: several `and` say what one says."""
    return [joint.operator for joint in rule.joints() if isinstance(joint, Logical) and joint.operator != "and"]


def _said(constraints: list[Constraint]) -> str:
    return " and ".join(_one_said(each) for each in constraints)


def _one_said(constraint: Constraint) -> str:
    values = list(constraint.value) if isinstance(constraint.value, tuple) else [constraint.value]
    operator = "" if constraint.operator in ("eq", "isAnyOf") else f"{constraint.operator} "
    return operator + listed(values)


def _plain(constraint: Constraint) -> Any:
    return list(constraint.value) if isinstance(constraint.value, tuple) else constraint.value


def _differs(rule: str, what: str, pointer: str, wanted: Any, found: Any) -> Finding:
    return Finding(f"odrl/{rule}-differs", f"the {what} differs from the offer's", pointer, wanted=wanted, found=found)
