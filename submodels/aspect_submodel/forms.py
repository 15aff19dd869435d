"""The form of AAS element that each characteristic takes, and its value as text.

| characteristic | element |
|---|---|
| scalar, quantity, code, structured value, enumeration of scalars | Property of the nearest value type |
| text in several languages | MultiLanguageProperty |
| entity, enumeration of entities | SubmodelElementCollection of its properties |
| collection of any kind | SubmodelElementList, typed by what it holds |
| Either | SubmodelElementCollection with `left` or `right` in it |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from submodels.aas.lexical import FRACTION_TYPES, INTEGER_TYPES, NotLexical, lexical
from submodels.aspect_submodel.names import reference
from submodels.samm.datatypes import integer_bounds
from submodels.samm.model import (
    CURIE,
    LANG_STRING,
    XSD,
    Characteristic,
    Collection,
    Either,
    Entity,
    MultiLanguage,
    SingleEntity,
    data_type_of,
    without_traits,
)

if TYPE_CHECKING:
    from aas_core3 import types

Form = Literal["Property", "MultiLanguageProperty", "SubmodelElementCollection", "SubmodelElementList"]

# XSD types that DataTypeDefXsd does not have -> the nearest one.
NEAREST = {"dateTimeStamp": "dateTime", "yearMonthDuration": "duration", "dayTimeDuration": "duration"}
UNORDERED = frozenset({"Collection", "Set"})


def form_of(characteristic: Characteristic) -> Form:
    """The model type of the element for `characteristic`."""
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        return "SubmodelElementList"
    if isinstance(base, MultiLanguage) or data_type_of(base) == LANG_STRING:
        return "MultiLanguageProperty"
    if isinstance(base, Either | SingleEntity) or isinstance(base.data_type, Entity):
        return "SubmodelElementCollection"
    return "Property"


def value_type(characteristic: Characteristic) -> str:
    """The value type (`xs:...`) of a Property for `characteristic`."""
    found = data_type_of(characteristic)
    if not isinstance(found, str) or found == CURIE:
        return "xs:string"
    name = found.removeprefix(XSD)
    return f"xs:{NEAREST.get(name, name)}"


def element_urn(characteristic: Characteristic) -> str:
    """The URN that says what one value of `characteristic` is: the entity's, or the characteristic's own."""
    base = without_traits(characteristic)
    entity = None if isinstance(base, Either | Collection | MultiLanguage) else data_type_of(base)
    return entity.urn if isinstance(entity, Entity) else (characteristic.urn or base.urn)


def entity_of(characteristic: Characteristic) -> Entity:
    """The entity whose object a value of `characteristic` is."""
    entity = data_type_of(characteristic)
    assert isinstance(entity, Entity)
    return entity


def also(characteristic: Characteristic, urn: str) -> list[types.Reference] | None:
    """The supplemental semantic ids of an element with the semantic id `urn`: what its value is besides."""
    named = element_urn(characteristic)
    second = reference(named) if urn and named != urn else None
    return [second] if second else None


def text_of(value: Any, wanted: str) -> str:
    """`value` (JSON) as text of the value type `wanted`. Raises NotLexical where it has none."""
    if wanted in INTEGER_TYPES or wanted in FRACTION_TYPES or wanted in ("xs:boolean", "xs:string"):
        text = lexical(value, wanted)
        if _is_in_range(text, wanted):
            return text
    else:
        text = lexical(value, "xs:string")
        if _is_plainly(text, wanted) or _is_for_aas_core(text, wanted):
            return text
    raise NotLexical(f"{text[:80]!r} is no {wanted}")


def _is_in_range(text: str, wanted: str) -> bool:
    least, most = integer_bounds(XSD + wanted.removeprefix("xs:"))
    return (least is None or int(text) >= least) and (most is None or int(text) <= most)


def _is_plainly(text: str, wanted: str) -> bool:
    """Whether `text` has the form that nearly all values of these types have; False says nothing."""
    if wanted not in ("xs:date", "xs:dateTime", "xs:anyURI"):
        return False
    try:
        return bool(lexical(text, wanted))
    except NotLexical:
        return False


def _is_for_aas_core(text: str, wanted: str) -> bool:
    """The last word of aas-core, whose import takes longer than all else."""
    from aas_core3 import types, verification

    return bool(verification.value_consistent_with_xsd_type(text, types.DataTypeDefXSD(wanted)))


def fitting(values: list[Any], characteristic: Characteristic) -> str:
    """The first value type that all `values` have a text in: the model's, then those that let more through.

    Schemas of Catena-X let values through that XML Schema does not: 1.5 as xsd:integer, the 30th of February.
    """
    wanted = value_type(characteristic)
    kinds = (wanted, "xs:decimal", "xs:string")
    return next((kind for kind in kinds if all(_fits(value, kind) for value in values)), wanted)


def _fits(value: Any, wanted: str) -> bool:
    try:
        text_of(value, wanted)
    except NotLexical:
        return False
    return True


def list_element(
    collection: Collection, kind: str, values: list[types.SubmodelElement], **attributes: Any
) -> types.SubmodelElementList:
    """A list for `collection`; `kind` is the value type where it holds properties. An empty list has no value."""
    from aas_core3 import types

    form = form_of(collection.element)
    return types.SubmodelElementList(
        type_value_list_element=types.AASSubmodelElements(form),
        value_type_list_element=types.DataTypeDefXSD(kind) if form == "Property" else None,
        semantic_id_list_element=reference(element_urn(collection.element)),
        order_relevant=False if collection.kind in UNORDERED else None,
        value=values or None,
        **attributes,
    )
