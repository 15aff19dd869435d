"""Concept descriptions (IEC 61360) of everything that a generic submodel refers to: meaning, unit, listed values.

AAS Part 3a V3.0: names and definitions are there in English (AASc-3a-002, -008), a data type of a measure has a unit
(AASc-3a-009), a value list excludes a value (AASc-3a-010). Texts are cut to what the specification allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from submodels.aas.lexical import is_xml_text
from submodels.aspect_submodel.forms import element_urn
from submodels.aspect_submodel.names import MAX_PREFERRED_NAME, MAX_TEXT, by_language, cut, legal, reference
from submodels.samm.datatypes import INTEGERS, NUMBERS
from submodels.samm.model import (
    LANG_STRING,
    XSD,
    Aspect,
    Characteristic,
    Collection,
    Described,
    Either,
    Entity,
    EntityInstance,
    Enumeration,
    Property,
    Quantified,
    data_type_of,
    without_traits,
)
from submodels.samm.units import symbol

if TYPE_CHECKING:
    from aas_core3 import types

IEC_61360 = "https://admin-shell.io/DataSpecificationTemplates/DataSpecificationIec61360/3"
MAX_VALUE = 2000  # ValueTypeIec61360
_KINDS = {
    XSD + "boolean": "BOOLEAN",
    XSD + "date": "DATE",
    XSD + "time": "TIME",
    XSD + "dateTime": "TIMESTAMP",
    XSD + "dateTimeStamp": "TIMESTAMP",
    XSD + "anyURI": "IRI",
    XSD + "base64Binary": "BLOB",
    XSD + "hexBinary": "BLOB",
}
"""XSD type -> data type of IEC 61360, for what is no number; anything else is a STRING."""


def concept_descriptions(aspect: Aspect) -> list[types.ConceptDescription]:
    """One for the aspect and each property, entity, operation and event that its payload can come to, by URN."""
    found: dict[str, Any] = {}
    for element, characteristic in _concepts(aspect):
        if element.urn and element.urn not in found:
            found[element.urn] = _concept(element, characteristic)
    return list(found.values())


def _concepts(aspect: Aspect) -> Iterator[tuple[Described, Characteristic | None]]:
    yield aspect, None
    entities = _all_entities(_all_properties(aspect))
    for prop in _all_properties(aspect):
        yield prop, prop.characteristic
        yield from _elements(prop.characteristic)
    for entity in entities:
        yield entity, None
        for prop in entity.properties:
            yield prop, prop.characteristic
            yield from _elements(prop.characteristic)
    yield from ((element, None) for element in (*aspect.operations, *aspect.events))


def _all_entities(properties: Iterable[Property]) -> list[Entity]:
    """Every entity that a value can come to, also one that only has listed instances."""
    found: dict[Entity, None] = {}
    todo = [prop.characteristic for prop in properties]
    while todo:
        base = without_traits(todo.pop())
        todo += _held_by(base)
        entity = None if isinstance(base, Either | Collection) else data_type_of(base)
        if isinstance(entity, Entity) and entity not in found:
            found[entity] = None
            todo += [prop.characteristic for prop in entity.properties]
    return list(found)


def _all_properties(aspect: Aspect) -> list[Property]:
    called = [prop for operation in aspect.operations for prop in (*operation.inputs, operation.output) if prop]
    return [*aspect.properties, *called]


def _elements(characteristic: Characteristic) -> Iterator[tuple[Described, Characteristic | None]]:
    """The named characteristics that stand as meaning of list entries and sides."""
    base = without_traits(characteristic)
    inner = (
        [base.element] if isinstance(base, Collection) else [base.left, base.right] if isinstance(base, Either) else []
    )
    for held in inner:
        named = without_traits(held)
        if element_urn(held) in (held.urn, named.urn) and element_urn(held):
            yield (held if held.urn else named), held
        yield from _elements(held)


def _held_by(base: Characteristic) -> tuple[Characteristic, ...]:
    if isinstance(base, Either):
        return base.left, base.right
    return (base.element,) if isinstance(base, Collection) else ()


def _concept(element: Described, characteristic: Characteristic | None) -> types.ConceptDescription:
    from aas_core3 import types

    content = types.DataSpecificationIEC61360(
        preferred_name=_names(element), definition=_definitions(element), **_kind(element, characteristic)
    )
    content.source_of_definition = next((see for see in element.see if is_xml_text(see)), None)
    specification = reference(IEC_61360)
    assert specification is not None
    return types.ConceptDescription(
        id=element.urn,
        id_short=legal(element.name),
        embedded_data_specifications=[types.EmbeddedDataSpecification(specification, content)],
    )


def _names(element: Described) -> Any:
    from aas_core3 import types

    texts = _in_english(by_language(element.preferred_names, MAX_PREFERRED_NAME), element.name)
    return [types.LangStringPreferredNameTypeIEC61360(*pair) for pair in texts]


def _definitions(element: Described) -> Any:
    from aas_core3 import types

    name = element.preferred_names.get("en", element.name)
    texts = _in_english(by_language(element.descriptions, MAX_TEXT), name)
    return [types.LangStringDefinitionTypeIEC61360(*pair) for pair in texts]


def _in_english(texts: dict[str, str], fallback: str) -> Iterable[tuple[str, str]]:
    has_english = any(language.lower().split("-")[0] == "en" for language in texts)
    return texts.items() if has_english else [("en", cut(fallback, MAX_PREFERRED_NAME)), *texts.items()]


def _kind(element: Described, characteristic: Characteristic | None) -> dict[str, Any]:
    """Data type, unit and listed values of a scalar; nothing for what has members."""
    from aas_core3 import types

    if characteristic is None:
        return {}
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        return _kind(element, base.element)
    found = data_type_of(base)
    if not isinstance(found, str):
        return {"value_list": _value_list(base, element)} if isinstance(base, Enumeration) else {}
    unit = base.unit if isinstance(base, Quantified) else None
    return {
        "data_type": types.DataTypeIEC61360[_data_type(base, found, unit)],
        "unit": cut(symbol(unit), MAX_TEXT) if unit else None,
        "unit_id": reference(unit) if unit else None,
        "value_list": _value_list(base, element) if isinstance(base, Enumeration) else None,
    }


def _data_type(base: Characteristic, found: str, unit: str | None) -> str:
    if found == LANG_STRING:
        return "STRING_TRANSLATABLE"
    if found in NUMBERS:
        return f"{'INTEGER' if found in INTEGERS else 'REAL'}_{'MEASURE' if unit else 'COUNT'}"
    return _KINDS.get(found, "STRING")


def _value_list(base: Enumeration, element: Described) -> types.ValueList | None:
    """The enumerated values, each with an id below that of the enumeration (or of the property that has it)."""
    from aas_core3 import types

    owner = base.urn or element.urn
    pairs: dict[str, types.Reference | None] = {}
    for value in base.values:
        if isinstance(value, EntityInstance):
            pairs[value.name] = reference(value.urn)
        elif (text := _text(value)) and len(text) <= MAX_VALUE and is_xml_text(text):
            pairs[text] = reference(_value_id(owner, text))
    listed = [types.ValueReferencePair(text, value_id) for text, value_id in pairs.items() if value_id]
    return types.ValueList(listed) if listed else None


def _value_id(owner: str, text: str) -> str:
    return f"{owner}/{quote(text, safe='')}"[:MAX_VALUE]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " / ".join(value.values())
    return str(value).lower() if isinstance(value, bool) else str(value)
