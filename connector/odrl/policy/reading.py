"""Reading a policy document, in whichever spelling, into a `Policy`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal

from connector.notation import pointers
from connector.notation.jsonld import Contexts, id_of
from connector.notation.problems import Invalid
from connector.odrl.policy.rules import Constraint, Kind, Logical, Policy, Rule, RuleKind, Scalar
from connector.odrl.policy.spelling import bounded, member_name, plain, unwrapped
from connector.odrl.right_operands import shown
from connector.odrl.vocabulary import (
    LOGICAL,
    POLICY_TYPES,
    RULE_KINDS,
    SET_OPERATORS,
    action_name,
    odrl_name,
    operand_name,
)

Members = dict[str, tuple[Any, str]]
"""Value and pointer of each member, by its name."""

_NAMES: Final = ("@context", "@id", "@type")
_PARTIES: Final = ("target", "assigner", "assignee")
_POLICY: Final = frozenset((*_NAMES, *_PARTIES, *RULE_KINDS, "profile", "timestamp"))
_RULE: Final = frozenset((*_NAMES, *_PARTIES, "action", "constraint"))
_ATOM: Final = ("leftOperand", "operator", "rightOperand")
_CONSTRAINT: Final = frozenset((*_NAMES, *_ATOM, *LOGICAL))
_KINDS: Final[tuple[RuleKind, ...]] = ("permission", "prohibition", "obligation")


def parse(
    document: dict[str, Any], *, kind: Literal["access", "usage"] | None = None, contexts: Contexts | None = None
) -> Policy:
    """The policy in `document`: Set, Offer or Agreement; compact, prefixed or full names; single values or lists.

    `kind` is taken from the actions where it is not given (every action `access`: access, else usage). Inline contexts
    are expanded, contexts by IRI are those of the profile or of `contexts`; none is fetched. Pointers are those of the
    document or, where it had to be expanded, of its expanded form with short names.

    Raises Invalid (`odrl/...`, `jsonld/...`) where the document is no policy or has a member that is not known here:
    nothing is skipped. What can be read but is not allowed by the profile is found by `check`.
    """
    if not isinstance(document, dict):
        raise Invalid("odrl/not-an-object", f"a policy is a JSON object, not {_kind_of(document)}")
    bounded(document)
    members = _members(plain(document, contexts), "", _POLICY, "policy")
    rules = tuple(_rules(members))
    texts = {name: _text(members, name) for name in (*_PARTIES, "timestamp")}
    texts["target"] = texts["target"] or _target_of_rules(members)
    return Policy(
        kind=kind or _kind_by_action(rules),
        rules=rules,
        profile=_profile(members),
        id=_text(members, "@id"),
        type=_type(members),
        **texts,
    )


def _rules(members: Members) -> Iterator[Rule]:
    for kind in _KINDS:
        for value, pointer in _each(members.get(kind)):
            yield _rule(kind, value, pointer, members)


def _rule(kind: RuleKind, value: Any, pointer: str, policy: Members) -> Rule:
    members = _members(value, pointer, _RULE, kind)
    if "action" not in members:
        raise Invalid("odrl/action-missing", f"the {kind} names no action: give `use` or `access`", pointer=pointer)
    for party in _PARTIES:
        is_settled = party == "target" and party not in policy
        if party in members and not is_settled and _text(members, party) != _text(policy, party):
            raise Invalid(
                "odrl/rule-party", f"the {kind} has a {party} of its own: it belongs to the policy", pointer=pointer
            )
    constraints = tuple(_constraint(each, place) for each, place in _each(members.get("constraint")))
    return Rule(kind, _action(*members["action"]), constraints, pointer)


def _target_of_rules(policy: Members) -> str | None:
    """A target that only the rules name (an older form): the policy's, where all of them name the same one."""
    rules = [rule for kind in _KINDS for rule in _each(policy.get(kind))]
    named = [(_text(_members(value, pointer, _RULE, "rule"), "target"), pointer) for value, pointer in rules]
    if len({text for text, _ in named}) > 1:
        detail = "the rules have different targets: name one in the policy"
        raise Invalid("odrl/rule-party", detail, pointer=named[-1][1])
    return named[0][0] if named else None


def _action(value: Any, pointer: str) -> str:
    value = unwrapped(value)
    if isinstance(value, dict) and len(value) == 1:
        key, inner = next(iter(value.items()))
        value = unwrapped(inner) if member_name(key) == "@type" else value
    if not isinstance(value, str):
        raise Invalid("odrl/action", f"an action is a name or IRI, not {_kind_of(value)}", pointer=pointer)
    return action_name(value)


def _constraint(value: Any, pointer: str) -> Constraint | Logical:
    members = _members(value, pointer, _CONSTRAINT, "constraint")
    joints = [name for name in LOGICAL if name in members]
    missing = [name for name in _ATOM if name not in members]
    if len(joints) == 1 and len(missing) == len(_ATOM):
        return _logical(joints[0], *members[joints[0]], pointer)
    if joints:
        raise Invalid("odrl/constraint", f"the constraint mixes {joints[0]} with other members", pointer=pointer)
    if missing:
        raise Invalid("odrl/constraint", f"the constraint has no {missing[0]}", pointer=pointer)
    return _atom(members, pointer)


def _logical(operator: str, value: Any, at: str, pointer: str) -> Logical:
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and "@list" in value[0]:
        value = value[0]
    if isinstance(value, dict) and "@list" in value:
        value, at = value["@list"], pointers.join(at, "@list")
    return Logical(operator, tuple(_constraint(each, place) for each, place in _each((value, at))), pointer)


def _atom(members: Members, pointer: str) -> Constraint:
    written, operator = (_required(members, name) for name in ("leftOperand", "operator"))
    operator = odrl_name(operator)
    value, at = members["rightOperand"]
    return Constraint(operand_name(written), operator, _right(value, operator in SET_OPERATORS, at), pointer, written)


def _right(value: Any, is_set: bool, pointer: str) -> Scalar | tuple[Scalar, ...]:
    value = unwrapped(value)
    if isinstance(value, list):
        return tuple(_scalar(each, pointers.join(pointer, index)) for index, each in enumerate(value))
    scalar = _scalar(value, pointer)
    return (scalar,) if is_set else scalar


def _scalar(value: Any, pointer: str) -> Scalar:
    value = unwrapped(value)
    if not isinstance(value, str | int | Decimal):
        raise Invalid(
            "odrl/right-operand", f"a right operand is text or a number, not {_kind_of(value)}", pointer=pointer
        )
    return value


def _members(value: Any, pointer: str, allowed: frozenset[str], what: str) -> Members:
    """The members of `value` by name; an unknown or doubled one is refused, an empty one that says nothing is not."""
    if not isinstance(value, dict):
        raise Invalid("odrl/not-an-object", f"a {what} is a JSON object, not {_kind_of(value)}", pointer=pointer)
    members: Members = {}
    for key, content in value.items():
        name, place = member_name(key), pointers.join(pointer, key)
        if name not in allowed:
            if content in ([], {}) or content is None:
                continue
            raise Invalid(
                "odrl/unknown-member", f"the {what} has a member {shown(key)!r} that is not known", pointer=place
            )
        if name in members:
            raise Invalid("odrl/member-twice", f"the {what} has {name} in two spellings", pointer=place)
        members[name] = (content, place)
    return members


def _each(member: tuple[Any, str] | None) -> Iterator[tuple[Any, str]]:
    """The values of a member that may be one or a list; null is none."""
    value, pointer = member or (None, "")
    if isinstance(value, list):
        yield from ((each, pointers.join(pointer, index)) for index, each in enumerate(value))
    elif value is not None:
        yield value, pointer


def _text(members: Members, name: str) -> str | None:
    if name not in members:
        return None
    value, pointer = members[name]
    text = id_of(value)
    if text is None and value not in (None, []):
        raise Invalid("odrl/not-a-name", f"{name} is a name or IRI, not {_kind_of(value)}", pointer=pointer)
    return text


def _required(members: Members, name: str) -> str:
    text = _text(members, name)
    if not text:
        raise Invalid("odrl/constraint", f"the constraint has an empty {name}", pointer=members[name][1])
    return text


def _profile(members: Members) -> tuple[str, ...]:
    found = []
    for value, pointer in _each(members.get("profile")):
        name = id_of(value)
        if name is None:
            raise Invalid("odrl/profile", f"a profile is an IRI, not {_kind_of(value)}", pointer=pointer)
        found.append(name)
    return tuple(found)


def _type(members: Members) -> str | None:
    text = _text(members, "@type")
    name = odrl_name(text) if text else None
    if name is not None and name not in POLICY_TYPES:
        detail = f"a policy is a Set, an Offer or an Agreement, not {shown(name)!r}"
        raise Invalid("odrl/type", detail, pointer=members["@type"][1])
    return name


def _kind_by_action(rules: tuple[Rule, ...]) -> Kind:
    return "access" if rules and all(rule.action == "access" for rule in rules) else "usage"


def _kind_of(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "a truth value", type(None): "null", str: "text"}
    return names.get(type(value), "a number")
