"""The ValueOnly serialization of submodels (AAS Part 2 V3.1, clause "ValueOnly-Serialization in JSON").

Numbers come out as int or Decimal, booleans as bool, a MultiLanguageProperty as a list of `{language: text}`, a list
in its order. Capability and Operation have no value and are left out, as is a Property without one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from submodels.aas.lexical import typed

if TYPE_CHECKING:
    from aas_core3 import types

Value = Any
ABSENT = object()


def value_only(submodel: types.Submodel, *, with_blobs: bool = False) -> dict[str, Value]:
    """`/submodel/$value`: a member for each element that has a value, by idShort; level deep.

    `with_blobs` is extent=withBlobValue: without it a Blob shows its content type only.
    """
    return _members(submodel.submodel_elements or (), with_blobs)


def element_value(element: types.SubmodelElement, *, with_blobs: bool = False) -> Value:
    """`$value` of one element: a scalar, list or object; None where it has no value (or no value form)."""
    value = _value(element, with_blobs)
    return None if value is ABSENT else value


def _members(elements: Iterable[types.SubmodelElement], with_blobs: bool) -> dict[str, Value]:
    values = ((element.id_short or "", _value(element, with_blobs)) for element in elements)
    return {id_short: value for id_short, value in values if value is not ABSENT}


def _value(element: types.SubmodelElement, with_blobs: bool) -> Value:
    form = FORMS.get(type(element).__name__)
    return ABSENT if form is None else form(element, with_blobs)


def _property(element: types.Property, _: bool) -> Value:
    return ABSENT if element.value is None else typed(element.value, element.value_type.value)


def _texts(element: types.MultiLanguageProperty, _: bool) -> Value:
    return [{text.language: text.text} for text in element.value or ()]


def _range(element: types.Range, _: bool) -> Value:
    ends = {"min": element.min, "max": element.max}
    return {name: typed(end, element.value_type.value) for name, end in ends.items() if end is not None}


def _file(element: types.File, _: bool) -> Value:
    value = {} if element.value is None else {"value": element.value}
    return {"contentType": element.content_type, **value}


def _blob(element: types.Blob, with_blobs: bool) -> Value:
    is_shown = with_blobs and element.value is not None
    value = {"value": base64.b64encode(element.value or b"").decode()} if is_shown else {}
    return {"contentType": element.content_type, **value}


def _collection(element: types.SubmodelElementCollection, with_blobs: bool) -> Value:
    return _members(element.value or (), with_blobs)


def _list(element: types.SubmodelElementList, with_blobs: bool) -> Value:
    # A member without a value keeps its place: indices are the only names that list members have.
    return [element_value(member, with_blobs=with_blobs) for member in element.value or ()]


def _reference(reference: types.Reference | None) -> Value:
    if reference is None:
        return ABSENT
    keys = [{"type": key.type.value, "value": key.value} for key in reference.keys]
    return {"type": reference.type.value, "keys": keys}


def _relation(element: types.RelationshipElement, _: bool) -> dict[str, Value]:
    ends = {"first": _reference(element.first), "second": _reference(element.second)}
    return {name: end for name, end in ends.items() if end is not ABSENT}


def _annotated(element: types.AnnotatedRelationshipElement, with_blobs: bool) -> Value:
    return {**_relation(element, with_blobs), "annotations": _members(element.annotations or (), with_blobs)}


def _entity(element: types.Entity, with_blobs: bool) -> Value:
    value: dict[str, Value] = {
        "entityType": element.entity_type.value,
        "statements": _members(element.statements or (), with_blobs),
    }
    if element.global_asset_id is not None:
        value["globalAssetId"] = element.global_asset_id
    if element.specific_asset_ids:
        value["specificAssetIds"] = [{asset_id.name: asset_id.value} for asset_id in element.specific_asset_ids]
    return value


FORMS: dict[str, Callable[[Any, bool], Value]] = {
    "Property": _property,
    "MultiLanguageProperty": _texts,
    "Range": _range,
    "File": _file,
    "Blob": _blob,
    "SubmodelElementCollection": _collection,
    "SubmodelElementList": _list,
    "ReferenceElement": lambda element, _: _reference(element.value),
    "RelationshipElement": _relation,
    "AnnotatedRelationshipElement": _annotated,
    "Entity": _entity,
    "BasicEventElement": lambda element, _: {"observed": _reference(element.observed)},
}
