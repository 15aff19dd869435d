"""Which parts of a package a shell or submodel refers to: thumbnails and the values of File elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from submodels.aas.packages import part_name

Json = Any


def names_in(document: Json) -> Iterator[str]:
    """The part names that a shell's thumbnail or a submodel's files mean, in order."""
    for place in _places(document):
        name = part_name(place["value"] if "modelType" in place else place["path"])
        if name:
            yield name


def renamed(document: Json, names: Mapping[str, str]) -> Json:
    """The document where the parts `names` (old -> new) have their new names; it is changed in place."""
    for place in _places(document):
        member = "value" if "modelType" in place else "path"
        new = names.get(part_name(place[member]))
        if new:
            place[member] = f"/{new}"
    return document


def _places(here: Json) -> Iterator[Json]:
    """Files with a value, and resources with a path."""
    if isinstance(here, list):
        for each in here:
            yield from _places(each)
    elif isinstance(here, dict):
        if (here.get("modelType") == "File" and isinstance(here.get("value"), str)) or _is_resource(here):
            yield here
        for each in here.values():
            if isinstance(each, list | dict):
                yield from _places(each)


def _is_resource(here: Json) -> bool:
    return "modelType" not in here and isinstance(here.get("path"), str) and here.keys() <= {"path", "contentType"}
