"""Elements of a submodel by idShortPath (AAS Part 2): `Documents[0].DocumentVersions[1].Title`, on its plain JSON."""

from __future__ import annotations

import re
from typing import Any, Final

from connector.notation.problems import Invalid, Unknown

Json = Any

_STEP: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)((?:\[(?:0|[1-9][0-9]{0,8})\])*)", re.ASCII)
_INDEX: Final = re.compile(r"\[([0-9]+)\]", re.ASCII)
_LONGEST: Final = 2000

# model type -> the member that holds its elements
_CONTAINERS: Final = {
    "Submodel": "submodelElements",
    "SubmodelElementCollection": "value",
    "SubmodelElementList": "value",
    "Entity": "statements",
    "AnnotatedRelationshipElement": "annotations",
}
# model type -> where its `$value` holds the values of these elements ("" : the value itself)
_VALUES: Final = {"Entity": "statements", "AnnotatedRelationshipElement": "annotations"}
_WITHOUT_VALUE: Final = frozenset({"Capability", "Operation"})


def children(element: Json) -> list[Json]:
    """The elements directly below a submodel or element."""
    member = _CONTAINERS.get(element.get("modelType", ""))
    found: list[Json] = element.get(member, []) if member else []
    return found


def read_path(path: str) -> list[str | int]:
    """The steps of an idShortPath: names and list places. Raises Invalid (`aas/path`)."""
    steps: list[str | int] = []
    for part in path.split(".") if len(path) <= _LONGEST else [""]:
        match = _STEP.fullmatch(part)
        if match is None:
            raise Invalid("aas/path", f"{path[:100]!r} is not an idShortPath such as Documents[0].Title")
        steps.append(match.group(1))
        steps.extend(int(place) for place in _INDEX.findall(match.group(2)))
    return steps


def element_at(submodel: Json, path: str) -> Json:
    """The element at `path`. Raises Invalid (`aas/path`), Unknown (`aas/element-unknown`)."""
    element = submodel
    for step in read_path(path):
        element = _below(element, step, path)
    return element


def value_at(submodel: Json, value: Json, path: str) -> Json:
    """The part of the submodel's `$value` that is the element's at `path`.

    Raises as `element_at`, Invalid (`aas/no-value`) for a kind that has no value form, Unknown (`aas/value-unknown`)
    for an element without a value.
    """
    element = submodel
    for step in read_path(path):
        within = _VALUES.get(element.get("modelType", ""))
        element = _below(element, step, path)
        value = _member(value.get(within) if within and isinstance(value, dict) else value, step)
    if element.get("modelType") in _WITHOUT_VALUE:
        raise Invalid("aas/no-value", f"a {element['modelType']} has no value form")
    if value is None:
        raise Unknown("aas/value-unknown", f"the element {path[:100]!r} has no value")
    return value


def _below(element: Json, step: str | int, path: str) -> Json:
    members = children(element)
    is_list = element.get("modelType") == "SubmodelElementList"
    if isinstance(step, int) and is_list and step < len(members):
        return members[step]
    found = [member for member in members if member.get("idShort") == step] if not is_list else []
    if not found:
        raise Unknown("aas/element-unknown", f"there is no element {path[:100]!r} in this submodel")
    return found[0]


def _member(value: Json, step: str | int) -> Json:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None
