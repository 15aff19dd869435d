"""Elements of a submodel in its plain JSON: children, idShortPaths, references (AAS Part 2, "Addressing Resources")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connector.notation.problems import Invalid, Unknown

Json = Any

# model type -> the member that holds its elements
CONTAINERS: Final[Mapping[str, str]] = {
    "Submodel": "submodelElements",
    "SubmodelElementCollection": "value",
    "SubmodelElementList": "value",
    "Entity": "statements",
    "AnnotatedRelationshipElement": "annotations",
}
_STEP: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)((?:\[(?:0|[1-9][0-9]{0,8})\])*)", re.ASCII)
_INDEX: Final = re.compile(r"\[([0-9]+)\]", re.ASCII)
_LONGEST: Final = 2000


def children(element: Json) -> list[Json]:
    """The elements directly below a submodel or element."""
    member = CONTAINERS.get(element.get("modelType", ""))
    found: list[Json] = element.get(member) or [] if member else []
    return found


def read_path(path: str) -> list[str | int]:
    """The steps of an idShortPath such as `Documents[0].Title`: names and list places. Raises Invalid (`aas/path`)."""
    steps: list[str | int] = []
    for part in path.split(".") if len(path) <= _LONGEST else [""]:
        match = _STEP.fullmatch(part)
        if match is None:
            raise Invalid("aas/path", f"{path[:100]!r} is not an idShortPath such as Documents[0].Title")
        steps.append(match.group(1))
        steps.extend(int(place) for place in _INDEX.findall(match.group(2)))
    return steps


def write_path(steps: Sequence[str | int]) -> str:
    """The idShortPath of steps."""
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def element_at(submodel: Json, path: str) -> Json:
    """The element at `path`. Raises Invalid (`aas/path`), Unknown (`aas/element-unknown`)."""
    return chain(submodel, path)[-1][1]


def chain(submodel: Json, path: str) -> list[tuple[str | int, Json]]:
    """Each step to the element at `path` with the element that it leads to. Raises as `element_at`."""
    found: list[tuple[str | int, Json]] = []
    element = submodel
    for step in read_path(path):
        element = _below(element, step, path)
        found.append((step, element))
    return found


def reference(submodel: Json, path: str = "") -> Json:
    """The ModelReference to the submodel, or to its element at `path`; a place in a list is a key of its own."""
    keys = [{"type": "Submodel", "value": submodel["id"]}]
    for step, element in chain(submodel, path) if path else ():
        keys.append({"type": element["modelType"], "value": str(step)})
    return {"type": "ModelReference", "keys": keys}


def paths(element: Json, prefix: str = "", *, is_core: bool = False) -> Iterator[str]:
    """The idShortPaths of all elements below `element`, in order; core: of its direct children only."""
    is_list = element.get("modelType") == "SubmodelElementList"
    for place, child in enumerate(children(element)):
        path = f"{prefix}[{place}]" if is_list else f"{prefix}.{child['idShort']}" if prefix else child["idShort"]
        yield path
        if not is_core:
            yield from paths(child, path)


def _below(element: Json, step: str | int, path: str) -> Json:
    members = children(element)
    is_list = element.get("modelType") == "SubmodelElementList"
    if isinstance(step, int) and is_list and step < len(members):
        return members[step]
    if isinstance(step, str) and not is_list:
        for member in members:
            if member.get("idShort") == step:
                return member
    raise Unknown("aas/element-unknown", f"there is no element {path[:100]!r} in this submodel")
