"""Policies inside messages in one standard form, so that the same policy reads the same in every spelling.

Standard form: rule arrays as lists, names of the protocol's ODRL profile short (`use`, `eq`), every other action and
left operand a full IRI where the message's contexts give one. Left operands of ODRL that the profile does not name
stay as they are (`dateTime`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connector.dsp.vocabulary import ODRL, resolve
from connector.notation.jsonld import as_list

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


def short(iri: str) -> str:
    """The ODRL profile's name of `iri`, or `iri`."""
    name = iri.removeprefix(ODRL)
    return name if name in PROFILE_TERMS else iri


def standard(policy: Mapping[str, Any], terms: dict[str, str]) -> Json:
    """`policy` in standard form; `terms` as `vocabulary.terms_of` gives them for the message's contexts."""
    return {key: _standard_member(key, value, terms) for key, value in policy.items()}


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
