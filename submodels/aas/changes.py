"""The writing half of the Submodel interface (AAS Part 2 V3.1, SSP-001) on a submodel's plain JSON.

Every function gives a new document, or raises: nothing is changed in place. Whether the result is valid AAS is for
`trees.check` to say.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from connector.notation.problems import Conflict, Invalid, Unknown
from submodels.aas import elements
from submodels.aas.interface import Target
from submodels.aas.lexical import lexical
from submodels.aas.modifiers import LEFT_OUT

Json = Any
_VALUE_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Range": ("min", "max"),
    "File": ("contentType", "value"),
    "Blob": ("contentType", "value"),
    "RelationshipElement": ("first", "second"),
    "AnnotatedRelationshipElement": ("first", "second"),
    "Entity": ("entityType", "globalAssetId"),
    "BasicEventElement": ("observed",),
}


def changed(submodel: Json, target: Target, method: str, body: Json) -> tuple[Json, bool]:
    """The submodel after a PUT, PATCH, POST or DELETE of `target`, and whether something was created.

    Raises Invalid (`aas/method`, `aas/value`, `aas/path`), Unknown (`aas/element-unknown`), Conflict (`aas/exists`).
    """
    document = copy.deepcopy(submodel)
    match method, target:
        case "PATCH", Target(is_list=False, path="", suffix=suffix):
            return _patched(document, suffix, body), False
        case "POST", Target(suffix=""):
            return _posted(document, target, body), True
        case "PUT", Target(is_list=False, suffix="") if target.path:
            return _put(document, target.path, body)
        case "PATCH", Target(is_list=False, suffix=suffix) if target.path:
            _replace(document, target.path, _patched(elements.element_at(document, target.path), suffix, body))
            return document, False
        case "DELETE", Target(is_list=False, suffix="") if target.path:
            return _deleted(document, target.path), False
    raise Invalid("aas/method", f"{method} is not for this part of a submodel")


def _posted(document: Json, target: Target, body: Json) -> Json:
    holder = elements.element_at(document, target.path) if target.path else document
    if not target.path and not target.is_list:
        raise Invalid("aas/method", "POST is for submodel-elements")
    member = elements.CONTAINERS.get(holder["modelType"])
    if member is None:
        raise Invalid("aas/method", f"a {holder['modelType']} holds no elements")
    _check_name(holder, body)
    holder.setdefault(member, []).append(body)
    return document


def _check_name(holder: Json, body: Json) -> None:
    if not isinstance(body, dict) or "modelType" not in body:
        raise Invalid("aas/json", "a submodel element is a JSON object with modelType")
    if holder["modelType"] == "SubmodelElementList":
        return
    name = body.get("idShort")
    if not isinstance(name, str):
        raise Invalid("aas/json", "an element outside of a list needs an idShort")
    if any(member.get("idShort") == name for member in elements.children(holder)):
        raise Conflict("aas/exists", f"there is an element {name[:100]!r} already: PUT replaces it")


def _put(document: Json, path: str, body: Json) -> tuple[Json, bool]:
    """Replace, or create where only the last step is missing (V3.1)."""
    if not isinstance(body, dict):
        raise Invalid("aas/json", "a submodel element is a JSON object")
    holder, step = _holder(document, path)
    if isinstance(step, str) and body.get("idShort", step) != step:
        raise Invalid("aas/path", f"the path ends in {step[:100]!r}, the element says idShort {body['idShort']!r}")
    try:
        elements.element_at(document, path)
    except Unknown:
        member = elements.CONTAINERS.get(holder["modelType"])
        if member is None or (isinstance(step, int) and step != len(elements.children(holder))):
            raise
        named = body if isinstance(step, int) else {"idShort": step, **body}
        holder.setdefault(member, []).append(named)
        return document, True
    _replace(document, path, body if isinstance(step, int) else {"idShort": step, **body})
    return document, False


def _deleted(document: Json, path: str) -> Json:
    holder, _ = _holder(document, path)
    gone = elements.element_at(document, path)
    member = elements.CONTAINERS[holder["modelType"]]
    kept = [each for each in holder[member] if each is not gone]
    if kept:
        holder[member] = kept
    else:
        del holder[member]
    return document


def _holder(document: Json, path: str) -> tuple[Json, str | int]:
    """What the last step of `path` is in, and that step."""
    steps = elements.read_path(path)
    holder = document
    if len(steps) > 1:
        holder = elements.element_at(document, elements.write_path(steps[:-1]))
    return holder, steps[-1]


def replaced(document: Json, path: str, element: Json) -> Json:
    """The document with another element at `path`. Raises as `elements.element_at`."""
    after = copy.deepcopy(document)
    _replace(after, path, element)
    return after


def _replace(document: Json, path: str, body: Json) -> None:
    holder, _ = _holder(document, path)
    old = elements.element_at(document, path)
    member = elements.CONTAINERS[holder["modelType"]]
    holder[member] = [body if each is old else each for each in holder[member]]


def _patched(element: Json, suffix: str, body: Json) -> Json:
    match suffix:
        case "$value":
            return with_value(element, body)
        case "$metadata":
            kept = {name: value for name, value in element.items() if name in _value_names(element)}
            return {**_object(body), "modelType": element["modelType"], **_identity(element), **kept}
        case "":
            return _updated(element, _object(body))
    raise Invalid("aas/method", f"{suffix} cannot be changed")


def _identity(element: Json) -> Json:
    return {name: element[name] for name in ("id", "idShort", "valueType") if name in element}


def _value_names(element: Json) -> frozenset[str]:
    left_out = LEFT_OUT.get(element["modelType"], frozenset())
    return left_out | {*_VALUE_MEMBERS.get(element["modelType"], ())}


def _updated(element: Json, body: Json) -> Json:
    """The members of `body` over those of `element`; elements below are found by idShort or place, and are there."""
    if body.get("modelType", element["modelType"]) != element["modelType"]:
        raise Invalid("aas/value", f"a {element['modelType']} cannot become a {body['modelType']}: PUT it")
    if body.get("id", element.get("id")) != element.get("id"):
        raise Invalid("aas/id", "the id in the body is another one")
    member = elements.CONTAINERS.get(element["modelType"])
    merged = {**element, **body}
    if member is not None and member in body:
        merged[member] = _merged(element, member, body[member])
    return merged


def _merged(element: Json, member: str, given: Json) -> list[Json]:
    if not isinstance(given, list):
        raise Invalid("aas/json", f"{member} is an array")
    kept = list(element.get(member, ()))
    for place, new in enumerate(given):
        where = _place(element, kept, place, _object(new))
        kept[where] = _updated(kept[where], new)
    return kept


def _place(element: Json, kept: list[Json], place: int, new: Json) -> int:
    if element["modelType"] == "SubmodelElementList":
        if place < len(kept):
            return place
    else:
        for found, each in enumerate(kept):
            if each.get("idShort") == new.get("idShort"):
                return found
    raise Unknown("aas/element-unknown", f"there is no element {str(new.get('idShort', place))[:100]!r} to change")


def _object(body: Json) -> Json:
    if not isinstance(body, dict):
        raise Invalid("aas/json", "a JSON object is needed here")
    return body


def with_value(element: Json, value: Json) -> Json:
    """The element with what its ValueOnly form says; a single value bare or by its name.

    Raises Invalid (`aas/value`), Unknown (`aas/element-unknown`).
    """
    kind = element["modelType"]
    named = isinstance(value, dict) and value.keys() == {element.get("idShort")}
    match kind:
        case "Property":
            return {**element, "value": lexical_of(value[element["idShort"]] if named else value, element)}
        case "MultiLanguageProperty":
            return {**element, "value": _texts(value[element["idShort"]] if named else value)}
        case "Submodel" | "SubmodelElementCollection":
            return _members(element, elements.CONTAINERS[kind], value)
        case "SubmodelElementList":
            return _items(element, value)
        case "ReferenceElement":
            return {**element, "value": value}
        case "Entity" | "AnnotatedRelationshipElement":
            member = elements.CONTAINERS[kind]
            inner = _object(value).get(member)
            changed_element = _members(element, member, inner) if inner else element
            return _with_plain(changed_element, value)
    if kind in _VALUE_MEMBERS:
        return _with_plain(element, value)
    raise Invalid("aas/no-value", f"a {kind} has no value form")


def _with_plain(element: Json, value: Json) -> Json:
    given = {name: _object(value)[name] for name in _VALUE_MEMBERS[element["modelType"]] if name in value}
    if element["modelType"] == "Range":
        given = {name: lexical_of(each, element) for name, each in given.items()}
    return {**element, **given}


def _members(element: Json, member: str, value: Json) -> Json:
    given = dict(_object(value))
    kept = []
    for child in element.get(member, ()):
        name = child.get("idShort")
        kept.append(with_value(child, given.pop(name)) if name in given else child)
    if given:
        raise Unknown("aas/element-unknown", f"there is no element {next(iter(given))[:100]!r} to change")
    return {**element, member: kept} if kept else element


def _items(element: Json, value: Json) -> Json:
    kept = list(element.get("value", ()))
    if not isinstance(value, list) or len(value) > len(kept):
        raise Invalid("aas/value", f"the value of this list is an array of at most {len(kept)} items")
    for place, each in enumerate(value):
        if each is not None:
            kept[place] = with_value(kept[place], each)
    return {**element, "value": kept}


def _texts(value: Json) -> list[Json]:
    try:
        return [{"language": language, "text": text} for each in value for language, text in each.items()]
    except (AttributeError, TypeError):
        raise Invalid("aas/value", "texts are an array of {language: text}") from None


def lexical_of(value: Json, element: Json) -> str:
    """The text that a Property or Range keeps. Raises Invalid (`aas/value`)."""
    if isinstance(value, str):
        return value
    try:
        return lexical(value, element["valueType"])
    except ValueError as error:
        raise Invalid("aas/value", f"{element.get('idShort', 'the value')}: {error}") from None
