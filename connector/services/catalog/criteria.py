"""EDC's criteria: `operandLeft operator operandRight` over an asset's id and properties."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.notation.jsonld import as_list, id_of
from connector.notation.problems import Invalid
from connector.records.catalog_order import property_term

EDC = "https://w3id.org/edc/v0.0.1/ns/"
MAX_PATTERN = 500
OPERATORS = ("=", "in", "like", "ilike", "contains", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition; `left` without EDC's namespace."""

    left: str
    operator: str
    right: Any

    @classmethod
    def read(cls, document: Any) -> Criterion:
        """From JSON, compact or with full IRIs. Raises Invalid `criteria/...`."""
        if not isinstance(document, Mapping):
            raise Invalid("criteria/shape", "a criterion is an object with operandLeft, operator and operandRight")
        members = {str(key).removeprefix(EDC).removeprefix("edc:"): value for key, value in document.items()}
        left = id_of(members.get("operandLeft"))
        operator = id_of(members.get("operator", "="))
        if left is None or "operandRight" not in members:
            raise Invalid("criteria/shape", "a criterion needs operandLeft and operandRight")
        if operator not in OPERATORS:
            raise Invalid("criteria/operator", f"the operator {operator!r} is not known; known: {', '.join(OPERATORS)}")
        if operator in ("like", "ilike") and len(str(members["operandRight"])) > MAX_PATTERN:
            raise Invalid("criteria/pattern", f"a pattern may have {MAX_PATTERN} characters")
        return cls(left.removeprefix(EDC).removeprefix("edc:"), operator, _plain(members["operandRight"]))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return _plain(value.get("@value", value.get("@id", value.get("@list"))))
    return value


def matches(criterion: Criterion, asset_id: str, properties: Mapping[str, Any]) -> bool:
    """Whether an asset meets the criterion."""
    found = asset_id if criterion.left in ("id", "@id") else _value(properties, criterion.left)
    return _MEETS[criterion.operator](found, criterion.right)


def selectable(properties: Mapping[str, Any], private: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the owner's own criteria compare with: private properties too, by name and below `privateProperties`."""
    return {**private, **properties, "properties": properties, "privateProperties": private}


def _is_like(found: Any, pattern: Any) -> bool:
    return isinstance(found, str) and fnmatch.fnmatchcase(found, _glob(str(pattern)))


def _is_ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Numbers with numbers, texts with texts; anything else has no order."""

    def compare(found: Any, right: Any) -> bool:
        numbers = (int, Decimal)
        is_number = isinstance(found, numbers) and isinstance(right, numbers)
        is_flag = isinstance(found, bool) or isinstance(right, bool)
        is_text = isinstance(found, str) and isinstance(right, str)
        return (is_text or (is_number and not is_flag)) and holds(found, right)

    return compare


_MEETS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda found, right: bool(found == right),
    "!=": lambda found, right: bool(found != right),
    "in": lambda found, right: found in as_list(right),
    "like": _is_like,
    "ilike": lambda found, right: isinstance(found, str) and _is_like(found.casefold(), str(right).casefold()),
    "contains": lambda found, right: found == right or (isinstance(found, list) and right in found),
    "<": _is_ordered(lambda found, right: bool(found < right)),
    "<=": _is_ordered(lambda found, right: bool(found <= right)),
    ">": _is_ordered(lambda found, right: bool(found > right)),
    ">=": _is_ordered(lambda found, right: bool(found >= right)),
}
"""What each operator asks of the value found and the right operand."""


def _glob(pattern: str) -> str:
    """SQL's `%` and `_` as `*` and `?`; what else a glob would take as a sign stands for itself."""
    return "".join(_GLOB.get(letter, letter) for letter in pattern)


_GLOB: Mapping[str, str] = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


def _value(properties: Mapping[str, Any], path: str) -> Any:
    """A property by name; `'a'.'b'` and `a.'b'` step into objects, as EDC writes it."""
    if path in properties:
        return properties[path]
    found: Any = properties
    for step in steps(path):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def steps(path: str) -> list[str]:
    """The names in a path: quoted ones may hold anything, EDC's namespace is left out of each."""
    names = [quoted or plain for quoted, plain in _STEP.findall(path)]
    return [name.removeprefix(EDC).removeprefix("edc:") for name in names]


_STEP = re.compile(r"'([^']*)'|([^.']+)")


def terms_of(criterion: Criterion) -> list[str]:
    """The words that every asset has which meets the criterion; none where words do not say."""
    if criterion.operator != "=" or not isinstance(criterion.right, str) or criterion.left in ("id", "@id"):
        return []
    names = [criterion.left] if ":" in criterion.left and "'" not in criterion.left else steps(criterion.left)
    if len(names) == 2 and names[0] in ("properties", "privateProperties"):
        names = names[1:]
    elif len(names) == 2 and names[1] in ("@id", "@value"):
        names = names[:1]
    return [property_term(names[0], criterion.right)] if len(names) == 1 else []


def selects_ids(criteria: Sequence[Criterion]) -> set[str] | None:
    """The ids that these criteria can select, or None where they do not name any."""
    for criterion in criteria:
        if criterion.left in ("id", "@id") and criterion.operator in ("=", "in"):
            return {value for value in as_list(criterion.right) if isinstance(value, str)}
    return None
