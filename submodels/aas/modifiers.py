"""SerializationModifiers (AAS Part 2, "SerializationModifiers in Operations"): in which form an element is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.problems import Invalid, Unknown
from submodels.aas import elements
from submodels.aas.value import ABSENT, FORMS, submodel_value, value_of

Json = Any

CONTENTS: Final = ("$metadata", "$value", "$reference", "$path")
LEVELS: Final = ("deep", "core")
EXTENTS: Final = ("withoutBlobValue", "withBlobValue")
SCALARS: Final = ("named", "bare")
"""How a single value is answered: `{"Mass": 450.0}`, or `450.0`; the parameter `scalar` of a `$value` says which."""

# model type -> members that its metadata leaves out; a kind that is missing here has no metadata form of its own.
# What the metamodel demands stays (first, second, observed, contentType, asset ids by AASd-014): metadata can be read
# as an element.
LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "Submodel": frozenset({"submodelElements"}),
    "SubmodelElementCollection": frozenset({"value"}),
    "SubmodelElementList": frozenset({"value"}),
    "Entity": frozenset({"statements"}),
    "BasicEventElement": frozenset(),
    "Property": frozenset({"value", "valueId"}),
    "MultiLanguageProperty": frozenset({"value", "valueId"}),
    "Range": frozenset({"min", "max"}),
    "ReferenceElement": frozenset({"value"}),
    "RelationshipElement": frozenset(),
    "AnnotatedRelationshipElement": frozenset({"annotations"}),
    "Blob": frozenset({"value"}),
    "File": frozenset({"value"}),
}
WITH_PATHS: Final = frozenset({"SubmodelElementCollection", "SubmodelElementList", "Entity"})


@dataclass(frozen=True, slots=True)
class Modifiers:
    """`content` is "" (normal) or one of CONTENTS."""

    content: str = ""
    is_core: bool = False
    with_blobs: bool = False
    is_bare: bool = False


def read_modifiers(content: str, query: Mapping[str, str]) -> Modifiers:
    """Level, extent and form of a scalar of a request for `content` (clause "Modifier Constraints").

    Raises Invalid (`aas/level`, `aas/extent`, `aas/scalar`).
    """
    level, extent = query.get("level"), query.get("extent")
    if level not in (None, *LEVELS):
        raise Invalid("aas/level", f"level is deep or core, not {level[:40]!r}")
    if extent not in (None, *EXTENTS):
        raise Invalid("aas/extent", f"extent is withoutBlobValue or withBlobValue, not {extent[:40]!r}")
    scalar = query.get("scalar", SCALARS[0])
    if scalar not in SCALARS:
        raise Invalid("aas/scalar", f"scalar is named or bare, not {scalar[:40]!r}")
    if content == "$metadata" and level is not None:
        raise Invalid("aas/level", "$metadata has no level: leave the parameter out")
    if content == "$reference" and level == "deep":
        raise Invalid("aas/level", "$reference is of level core: leave the parameter out")
    if content == "$metadata" and extent == "withBlobValue":
        raise Invalid("aas/extent", "$metadata has no blobs: leave the parameter out")
    return Modifiers(content, level == "core", extent == "withBlobValue", scalar == "bare")


def submodel_form(submodel: Json, modifiers: Modifiers) -> Json:
    """A submodel as `modifiers` want it."""
    match modifiers.content:
        case "$metadata":
            return metadata(submodel)
        case "$value":
            return submodel_value(submodel, is_core=modifiers.is_core, with_blobs=modifiers.with_blobs)
        case "$reference":
            return elements.reference(submodel)
        case "$path":
            return list(elements.paths(submodel, is_core=modifiers.is_core))
    return normal(submodel, modifiers)


def element_form(submodel: Json, path: str, modifiers: Modifiers) -> Json:
    """The element at `path` as `modifiers` want it.

    Raises Invalid (`aas/no-value`) for a kind that has no such form (table "Applicability of SerializationModifiers"),
    Unknown (`aas/value-unknown`) where the value is not there, and as `elements.element_at`.
    """
    element = elements.element_at(submodel, path)
    match modifiers.content:
        case "$metadata":
            return metadata(_having(element, LEFT_OUT, "metadata"))
        case "$value":
            return _value(_having(element, FORMS, "value"), path, modifiers)
        case "$reference":
            return elements.reference(submodel, path)
        case "$path":
            _having(element, WITH_PATHS, "path")
            return [path, *elements.paths(element, path, is_core=modifiers.is_core)]
    return normal(element, modifiers)


def element_forms(submodel: Json, modifiers: Modifiers) -> list[Json]:
    """The elements directly below a submodel as a list; a value is an object of one member, its name the idShort."""
    members = elements.children(submodel)
    match modifiers.content:
        case "$metadata":
            return [metadata(member) for member in members]
        case "$value":
            return [{name: value} for name, value in submodel_form(submodel, modifiers).items()]
        case "$reference":
            return [elements.reference(submodel, member["idShort"]) for member in members]
        case "$path":
            return list(elements.paths(submodel, is_core=modifiers.is_core))
    whole: list[Json] = elements.children(normal(submodel, modifiers))
    return whole


def metadata(element: Json) -> Json:
    """Everything but the value and what stands below (AAS Part 1, "Metadata Attributes")."""
    left_out = LEFT_OUT.get(element["modelType"], frozenset())
    return {name: value for name, value in element.items() if name not in left_out}


def normal(element: Json, modifiers: Modifiers) -> Json:
    """The whole; core: with direct children, without theirs. Blobs without their bytes unless they are asked for."""
    kept = _with_children(element, _without_children) if modifiers.is_core else element
    return kept if modifiers.with_blobs else _without_blobs(kept)


def _having(element: Json, kinds: Any, form: str) -> Json:
    if element["modelType"] not in kinds:
        raise Invalid("aas/no-value", f"a {element['modelType']} has no {form} form")
    return element


def _value(element: Json, path: str, modifiers: Modifiers) -> Json:
    value = value_of(element, is_core=modifiers.is_core, with_blobs=modifiers.with_blobs)
    if value is ABSENT:
        raise Unknown("aas/value-unknown", f"the element {path[:100]!r} has no value")
    is_named = "idShort" in element and not isinstance(value, dict | list) and not modifiers.is_bare
    return {element["idShort"]: value} if is_named else value


def _with_children(element: Json, change: Any) -> Json:
    members = elements.children(element)
    if not members:
        return element
    return {**element, elements.CONTAINERS[element["modelType"]]: [change(member) for member in members]}


def _without_children(element: Json) -> Json:
    member = elements.CONTAINERS.get(element["modelType"])
    return {name: value for name, value in element.items() if name != member} if member in element else element


def _without_blobs(element: Json) -> Json:
    if element["modelType"] == "Blob":
        return {name: value for name, value in element.items() if name != "value"}
    return _with_children(element, _without_blobs)
