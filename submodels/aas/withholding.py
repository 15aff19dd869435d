"""Elements that one reader does not get: cut out of a submodel's plain JSON, and said so in an extension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from submodels.aas.elements import CONTAINERS, children, paths

Json = Any
EXTENSION: Final = "WithheldElements"
"""Name of the extension of a submodel that lists the idShortPaths of what was withheld."""


def withheld_paths(submodel: Json, patterns: Sequence[str]) -> list[str]:
    """The idShortPaths that patterns name in this submodel: `A.B`, `A[].B` (any place), `A[0]`, or `*`."""
    wanted = set(patterns)
    if "*" in wanted:
        return [str(child["idShort"]) for child in children(submodel)]
    return [path for path in paths(submodel) if path in wanted or _anywhere(path) in wanted]


def cut(submodel: Json, withheld: Sequence[str]) -> Json:
    """The submodel without the elements at these paths; the original stays as it is."""
    gone = set(withheld)
    made = _without(submodel, "", gone)
    extension = {"name": EXTENSION, "valueType": "xs:string", "value": ", ".join(sorted(gone))}
    known = [each for each in made.get("extensions", []) if each.get("name") != EXTENSION]
    return {**made, "extensions": [*known, extension]}


def mandatory_among(withheld: Sequence[str], is_mandatory: Callable[[str], bool]) -> list[str]:
    """Those of `withheld` without which the submodel is not one of its template; paths with `[]` for any place."""
    return [path for path in withheld if is_mandatory(_anywhere(path))]


def _without(element: Json, prefix: str, gone: set[str]) -> Json:
    member = CONTAINERS.get(element.get("modelType", ""))
    below = children(element)
    if member is None or not below:
        return element
    is_list = element.get("modelType") == "SubmodelElementList"
    kept = []
    for place, child in enumerate(below):
        path = f"{prefix}[{place}]" if is_list else f"{prefix}.{child['idShort']}" if prefix else str(child["idShort"])
        if path not in gone:
            kept.append(_without(child, path, gone))
    if kept:
        return {**element, member: kept}
    return {name: value for name, value in element.items() if name != member}


def _anywhere(path: str) -> str:
    """A path with its places in lists left open."""
    found, inside = [], False
    for letter in path:
        if letter == "]":
            inside = False
        if not inside:
            found.append(letter)
        if letter == "[":
            inside = True
    return "".join(found)
