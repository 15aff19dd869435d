"""Policies inside messages in one standard form, and whether two of them say the same.

Standard form: rule arrays as lists, names of the protocol's ODRL profile short (`use`, `eq`), every other action and
left operand a full IRI where the message's contexts give one. Left operands of ODRL that the profile does not name
stay as they are (`dateTime`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connector.dsp.vocabulary import ODRL, XSD, resolve
from connector.notation.exact_json import canonical
from connector.notation.jsonld import as_list, id_of

Json = dict[str, Any]

PROFILE_TERMS: Final = frozenset(
    {
        *("Policy", "Set", "Offer", "Agreement", "Assertion", "Asset"),
        *("Rule", "Permission", "Prohibition", "Duty", "Action", "Constraint"),
        *("LeftOperand", "Operator", "RightOperand", "use", "prohibit"),
        *("eq", "neq", "gt", "gteq", "lt", "lteq"),
        *("isA", "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf"),
        *("and", "andSequence", "or", "xone"),
    }
)
"""Names of the protocol's ODRL profile that stand as values or types."""

RULES: Final = ("permission", "prohibition", "obligation")
NESTED: Final = frozenset({*RULES, "duty", "constraint", "and", "andSequence", "or", "xone"})
NAMES: Final = frozenset({"action", "leftOperand", "operator"})
ORDERED: Final = frozenset({"andSequence"})
COMPARED: Final = (*RULES, "profile", "assigner")


def short(iri: str) -> str:
    """The ODRL profile's name of `iri`, or `iri`."""
    name = iri.removeprefix(ODRL)
    return name if name in PROFILE_TERMS else iri


def standard(policy: Mapping[str, Any], terms: dict[str, str]) -> Json:
    """`policy` in standard form; `terms` as `vocabulary.terms_of` gives them for the message's contexts."""
    return {key: _standard_member(key, value, terms) for key, value in policy.items()}


def same_terms(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two policies in standard form have the same rules, profile and assigner.

    Ids, types, target, assignee and timestamp do not count, nor does the order in a set; an assigner that one of them
    does not name counts as the same. This is what EDC asks of an agreement against the last offer.
    """
    left, right = _comparable(one), _comparable(other)
    if "assigner" not in left or "assigner" not in right:
        left.pop("assigner", None)
        right.pop("assigner", None)
    return left == right


def _standard_member(key: str, value: Any, terms: dict[str, str]) -> Any:
    if key in NESTED:
        return [standard(entry, terms) if isinstance(entry, dict) else entry for entry in as_list(value)]
    if key in NAMES and isinstance(value, str):
        return short(resolve(value, terms))
    if key == "rightOperand":
        return _operand(value, terms)
    return value


def _operand(value: Any, terms: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_operand(entry, terms) for entry in value]
    if isinstance(value, dict):
        named = {key: resolve(value[key], terms) for key in ("@type", "@id") if isinstance(value.get(key), str)}
        return {**value, **named}
    return value


def _comparable(policy: Mapping[str, Any]) -> dict[str, bytes]:
    found = {key: _canonical(key, policy[key]) for key in COMPARED if policy.get(key) not in (None, [])}
    return {key: canonical(value) for key, value in found.items()}


def _canonical(key: str, value: Any) -> Any:
    """`value` so that equal meanings are equal texts: sets as sorted lists, plain texts without wrapping."""
    if key in ("profile", "assigner"):
        return sorted(id_of(entry) or "" for entry in as_list(value))
    if isinstance(value, list) and key not in ORDERED:
        return sorted((_canonical("", entry) for entry in value), key=canonical)
    if isinstance(value, list):
        return [_canonical("", entry) for entry in value]
    if isinstance(value, dict):
        return _canonical_object(value)
    return value


def _canonical_object(value: Json) -> Any:
    if "@value" in value and value.get("@type") in (None, XSD + "string"):
        return value["@value"]
    members = {name: member for name, member in value.items() if name != "rightOperand" and member not in (None, [])}
    found = {name: _canonical(name, member) for name, member in members.items() if name != "@type" or "@value" in value}
    if "rightOperand" in value:
        found["rightOperand"] = _canonical("", as_list(value["rightOperand"]))
    return found
