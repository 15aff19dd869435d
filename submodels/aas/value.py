"""The ValueOnly serialization of a submodel's plain JSON (AAS Part 1 V3.1, "Value-only Serialization in JSON").

Numbers come out as int or Decimal, booleans as bool, a MultiLanguageProperty as a list of `{language: text}`, a list
in its order. Capability and Operation have no value and are left out, as is a Property without one. Where level is
core, containers among the direct children are empty (AAS Part 2, "Modifier Constraints").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from submodels.aas.lexical import typed
from submodels.aas.serialization import to_jsonable

if TYPE_CHECKING:
    from aas_core3 import types

Json = Any
Value = Any
ABSENT: Final = object()
DEEP: Final = 1 << 20
"""More levels than any document has."""
CORE: Final = 1


def value_only(submodel: types.Submodel, *, with_blobs: bool = False) -> dict[str, Value]:
    """`/submodel/$value` of an aas-core submodel; see `submodel_value`."""
    return submodel_value(to_jsonable(submodel), with_blobs=with_blobs)


def element_value(element: types.SubmodelElement, *, with_blobs: bool = False) -> Value:
    """`$value` of one aas-core element: a scalar, list or object; None where it has no value (or no value form)."""
    value = value_of(to_jsonable(element), with_blobs=with_blobs)
    return None if value is ABSENT else value


def submodel_value(submodel: Json, *, is_core: bool = False, with_blobs: bool = False) -> dict[str, Value]:
    """A member for each element that has a value, by idShort and in order.

    `with_blobs` is extent=withBlobValue: without it a Blob shows its content type only.
    """
    return _members(submodel.get("submodelElements", ()), with_blobs, 0 if is_core else DEEP)


def value_of(element: Json, *, is_core: bool = False, with_blobs: bool = False) -> Value:
    """`$value` of one element, ABSENT where it has none. A scalar stands bare."""
    return _value(element, with_blobs, CORE if is_core else DEEP)


def _members(elements: Iterable[Json], with_blobs: bool, depth: int) -> dict[str, Value]:
    values = ((element.get("idShort", ""), _value(element, with_blobs, depth)) for element in elements)
    return {id_short: value for id_short, value in values if value is not ABSENT}


def _value(element: Json, with_blobs: bool, depth: int) -> Value:
    form = FORMS.get(element["modelType"])
    return ABSENT if form is None else form(element, with_blobs, depth)


def _property(element: Json, _: bool, __: int) -> Value:
    text = element.get("value")
    return ABSENT if text is None else typed(text, element["valueType"])


def _texts(element: Json, _: bool, __: int) -> Value:
    return [{text["language"]: text["text"]} for text in element.get("value") or ()]


def _range(element: Json, _: bool, __: int) -> Value:
    return {name: typed(element[name], element["valueType"]) for name in ("min", "max") if name in element}


def _file(element: Json, _: bool, __: int) -> Value:
    return {name: element[name] for name in ("contentType", "value") if name in element}


def _blob(element: Json, with_blobs: bool, _: int) -> Value:
    wanted = ("contentType", "value") if with_blobs else ("contentType",)
    return {name: element[name] for name in wanted if name in element}


def _collection(element: Json, with_blobs: bool, depth: int) -> Value:
    return _members(element.get("value") or (), with_blobs, depth - 1) if depth else {}


def _list(element: Json, with_blobs: bool, depth: int) -> Value:
    # A member without a value keeps its place: indices are the only names that list members have.
    values = (_value(member, with_blobs, depth - 1) for member in element.get("value") or ()) if depth else ()
    return [None if value is ABSENT else value for value in values]


def _reference(reference: Json) -> Value:
    return ABSENT if reference is None else {"type": reference["type"], "keys": reference["keys"]}


def _relation(element: Json, _: bool, __: int) -> dict[str, Value]:
    return {name: _reference(element[name]) for name in ("first", "second") if element.get(name)}


def _annotated(element: Json, with_blobs: bool, depth: int) -> Value:
    annotations = _members(element.get("annotations") or (), with_blobs, depth - 1) if depth else {}
    return {**_relation(element, with_blobs, depth), "annotations": annotations}


def _entity(element: Json, with_blobs: bool, depth: int) -> Value:
    statements = _members(element.get("statements") or (), with_blobs, depth - 1) if depth else {}
    # V3.1 lets an entity have no type.
    value = {name: element[name] for name in ("entityType", "globalAssetId") if name in element}
    value["statements"] = statements
    if element.get("specificAssetIds"):
        value["specificAssetIds"] = [{each["name"]: each["value"]} for each in element["specificAssetIds"]]
    return value


FORMS: dict[str, Callable[[Json, bool, int], Value]] = {
    "Property": _property,
    "MultiLanguageProperty": _texts,
    "Range": _range,
    "File": _file,
    "Blob": _blob,
    "SubmodelElementCollection": _collection,
    "SubmodelElementList": _list,
    "ReferenceElement": lambda element, _, __: _reference(element.get("value")),
    "RelationshipElement": _relation,
    "AnnotatedRelationshipElement": _annotated,
    "Entity": _entity,
    "BasicEventElement": lambda element, _, __: {"observed": _reference(element["observed"])},
}
