"""Characteristics and constraints of a model: one small reader for each class, found by a table."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from submodels.samm.datatypes import EXACT, INFINITE, NUMBERS, SCALARS, natural, number
from submodels.samm.model import (
    CURIE,
    LANG_STRING,
    Characteristic,
    Code,
    Collection,
    CollectionKind,
    Constraint,
    DataType,
    Either,
    EncodingConstraint,
    Entity,
    EntityInstance,
    Enumeration,
    FixedPointConstraint,
    LanguageConstraint,
    LengthConstraint,
    LocaleConstraint,
    MultiLanguage,
    Property,
    Quantified,
    QuantityKind,
    RangeConstraint,
    RegularExpressionConstraint,
    Scalar,
    SingleEntity,
    StructuredValue,
    Trait,
    data_type_of,
    without_traits,
)
from submodels.samm.reading import Reader
from submodels.samm.terms import (
    CHARACTERISTICS,
    COLLECTIONS,
    CONSTRAINTS,
    ENCODINGS,
    LOWER_BOUNDS,
    QUANTITIES,
    UPPER_BOUNDS,
    name_of,
    short,
)
from submodels.samm.turtle import Blank, Element, Literal, Term, describe


def read_characteristic(reader: Reader, term: Term, user: Element) -> Characteristic | None:
    """The characteristic that `term` names, with all below it; None where it cannot be read (and was reported)."""
    element = reader.element(term, tuple(CHARACTERISTICS), user)
    if element is None:
        return None
    kinds = [kind for kind in element.types if kind in CHARACTERISTICS]
    if len(kinds) > 1 and "samm:Characteristic" in kinds:
        kinds.remove("samm:Characteristic")
    if len(kinds) > 1:
        reader.report("kind", f"it is both {kinds[0]} and {kinds[1]}", element, kinds)
    kind = kinds[0]
    if kind in COLLECTIONS:
        return _collection(reader, element, COLLECTIONS[kind])
    if kind in QUANTITIES:
        return _quantified(reader, element, QUANTITIES[kind])
    return _READERS[kind](reader, element)


def data_type(reader: Reader, element: Element) -> DataType | None:
    """The data type of `element`: a scalar's IRI, `samm:curie`, or the entity."""
    term = reader.required(element, "samm:dataType")
    if term is None:
        return None
    name = short(term) if isinstance(term, str) else ""
    if name == CURIE or term in SCALARS or name == "rdf:langString":
        return CURIE if name == CURIE else cast(str, term)
    if name.startswith("samm:") or (isinstance(term, str) and term.startswith("http")):
        reader.report("unknown-term", f"{term} is no data type of SAMM", element, term)
        return None
    return reader.entity(term, element)


def _scalar_type(reader: Reader, element: Element) -> str | None:
    found = data_type(reader, element)
    if isinstance(found, Entity):
        reader.report("kind", f"a scalar data type is wanted, not the entity {found.name}", element, found.urn)
        return None
    return found


def _of_type(found: DataType, **described: Any) -> Characteristic:
    """The plain characteristic for a data type."""
    if isinstance(found, Entity):
        return SingleEntity(**described, entity=found)
    return MultiLanguage(**described) if found == LANG_STRING else Scalar(**described, data_type=found)


def _plain(reader: Reader, element: Element) -> Characteristic | None:
    found = data_type(reader, element)
    return None if found is None else _of_type(found, **describe(element))


def _code(reader: Reader, element: Element) -> Characteristic | None:
    found = _scalar_type(reader, element)
    return None if found is None else Code(**describe(element), data_type=found)


def _single_entity(reader: Reader, element: Element) -> Characteristic | None:
    found = data_type(reader, element)
    if isinstance(found, Entity):
        return SingleEntity(**describe(element), entity=found)
    if found is not None:
        reader.report("kind", "the data type of a SingleEntity is an entity", element, found)
    return None


def _quantified(reader: Reader, element: Element, kind: str) -> Characteristic | None:
    found = _scalar_type(reader, element)
    unit = reader.one(element, "samm-c:unit")
    if unit is not None and (not isinstance(unit, str) or isinstance(unit, Blank)):
        reader.report("kind", "samm-c:unit wants a unit, for example unit:volt", element, str(unit))
        unit = None
    if found is None:
        return None
    return Quantified(**describe(element), kind=cast(QuantityKind, kind), data_type=found, unit=unit)


def _collection(reader: Reader, element: Element, kind: str) -> Characteristic | None:
    inner = reader.one(element, "samm-c:elementCharacteristic")
    if inner is not None:
        held: Characteristic = reader.characteristic(inner, element)
    else:
        found = data_type(reader, element)
        if found is None:
            return None
        held = _of_type(found)
    return Collection(**describe(element), kind=cast(CollectionKind, kind), element=held)


def _either(reader: Reader, element: Element) -> Characteristic | None:
    left = reader.required(element, "samm-c:left")
    right = reader.required(element, "samm-c:right")
    if left is None or right is None:
        return None
    return Either(
        **describe(element), left=reader.characteristic(left, element), right=reader.characteristic(right, element)
    )


def _structured(reader: Reader, element: Element) -> Characteristic | None:
    found = _scalar_type(reader, element)
    reader.required(element, "samm-c:deconstructionRule")
    rule = reader.text(element, "samm-c:deconstructionRule")
    parts = [_part(reader, item, element) for item in reader.items(element, "samm-c:elements")]
    if found is None or rule is None:
        return None
    elements = tuple(part for part in parts if part is not None)
    return StructuredValue(**describe(element), data_type=found, rule=rule, elements=elements)


def _part(reader: Reader, item: Term, element: Element) -> str | Property | None:
    return item.text if isinstance(item, Literal) else reader.property(item, element)


def _trait(reader: Reader, element: Element) -> Characteristic | None:
    base_term = reader.required(element, "samm-c:baseCharacteristic")
    if base_term is None:
        return None
    base = reader.characteristic(base_term, element)
    terms = element.statements.get("samm-c:constraint", [])
    if not terms:
        reader.warn("incomplete", "a Trait without samm-c:constraint narrows nothing", element)
    constraints = [_constraint(reader, term, element, base) for term in terms]
    return Trait(**describe(element), base=base, constraints=tuple(c for c in constraints if c is not None))


# -- enumerations -------------------------------------------------------------------------------------------------


def _enumeration(reader: Reader, element: Element) -> Characteristic | None:
    found = data_type(reader, element)
    items = reader.items(element, "samm-c:values")
    if found is None:
        return None
    values = [_enumerated(reader, item, found, element) for item in items]
    default = reader.one(element, "samm-c:defaultValue")
    return Enumeration(
        **describe(element),
        data_type=found,
        values=tuple(value for value in values if value is not None),
        default=None if default is None else _enumerated(reader, default, found, element),
    )


def _enumerated(reader: Reader, item: Term, found: DataType, element: Element) -> Any:
    if isinstance(found, Entity):
        return _instance(reader, item, found, element)
    return reader.scalar(item, found, element)


def _instance(reader: Reader, item: Term, entity: Entity, user: Element) -> EntityInstance | None:
    """An entity instance; its values are read when the entity's properties are known."""
    element = reader.elements.get(item) if isinstance(item, str) else None
    if element is None or entity.urn not in element.statements.get("rdf:type", []):
        reader.report("kind", f"{item} is no instance of {entity.name}", user, str(item))
        return None
    instance = EntityInstance(**describe(element), entity=entity)
    reader.later(lambda: object.__setattr__(instance, "values", _instance_values(reader, element, entity)))
    return instance


def _instance_values(reader: Reader, element: Element, entity: Entity) -> tuple[tuple[Property, Any], ...]:
    known = {prop.urn: prop for prop in entity.properties}
    for predicate in element.statements:
        if predicate.startswith("urn:samm:") and predicate not in known:
            reader.report("unknown-term", f"{predicate} is no property of {entity.name}", element, predicate)
    for prop in entity.properties:
        if prop.urn not in element.statements and not prop.optional:
            reader.report("incomplete", f"the instance has no value for {prop.name}", element, prop.urn)
    return tuple(
        (prop, value)
        for prop in entity.properties
        for term in element.statements.get(prop.urn, [])[:1]
        if (value := _instance_value(reader, term, prop.characteristic, element)) is not None
    )


def _instance_value(reader: Reader, term: Term, characteristic: Characteristic, element: Element) -> Any:
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        terms = term if isinstance(term, tuple) else (term,)
        values = [_instance_value(reader, item, base.element, element) for item in terms]
        return [value for value in values if value is not None]
    found = data_type_of(base)
    if found is None:
        reader.report("kind", "an Either has no place in an entity instance", element)
        return None
    return _instance(reader, term, found, element) if isinstance(found, Entity) else reader.scalar(term, found, element)


# -- constraints --------------------------------------------------------------------------------------------------


def _constraint(reader: Reader, term: Term, user: Element, base: Characteristic) -> Constraint | None:
    element = reader.element(term, tuple(CONSTRAINTS), user)
    if element is None:
        return None
    kind = next(kind for kind in element.types if kind in CONSTRAINTS)
    try:
        return _CONSTRAINT_READERS[kind](reader, element, base)
    except ValueError as error:
        reader.report("value", str(error), element)
        return None


def _range(reader: Reader, element: Element, base: Characteristic) -> Constraint:
    low, high = reader.text(element, "samm-c:minValue"), reader.text(element, "samm-c:maxValue")
    if low is None and high is None:
        reader.warn("incomplete", "a RangeConstraint needs samm-c:minValue or samm-c:maxValue", element)
    found = data_type_of(base)
    if (low or "").removeprefix("+") == "INF" or high == "-INF":
        reader.report("value", "no number lies beyond an infinite bound", element)
    minimum, maximum = (_bound(text, found) for text in (low, high))
    if isinstance(minimum, int | Decimal) and isinstance(maximum, int | Decimal) and minimum > maximum:
        reader.report("value", f"no value lies between {minimum} and {maximum}", element)
    return RangeConstraint(
        **describe(element),
        minimum=minimum,
        maximum=maximum,
        is_minimum_exclusive=_is_exclusive(reader, element, "samm-c:lowerBoundDefinition", LOWER_BOUNDS),
        is_maximum_exclusive=_is_exclusive(reader, element, "samm-c:upperBoundDefinition", UPPER_BOUNDS),
    )


def _bound(text: str | None, found: DataType | None) -> int | Decimal | str | None:
    """The bound as an amount, or as text where nothing is counted; INF bounds nothing: JSON has no such number."""
    if text is None or not isinstance(found, str) or found not in NUMBERS:
        return text
    if found not in EXACT and text in INFINITE:
        return None
    value = Decimal(number(text, "xsd:decimal"))
    return int(value) if value == value.to_integral_value() and abs(value.adjusted()) < 30 else value


def _is_exclusive(reader: Reader, element: Element, predicate: str, bounds: dict[str, bool]) -> bool:
    term = reader.one(element, predicate)
    name = short(term) if isinstance(term, str) else str(term)
    if term is not None and name not in bounds:
        reader.report("unknown-term", f"{predicate} is one of {', '.join(bounds)}", element, name)
    return bounds.get(name, False)


def _length(reader: Reader, element: Element, _base: Characteristic) -> Constraint:
    low, high = reader.text(element, "samm-c:minValue"), reader.text(element, "samm-c:maxValue")
    if low is None and high is None:
        reader.warn("incomplete", "a LengthConstraint needs samm-c:minValue or samm-c:maxValue", element)
    return LengthConstraint(
        **describe(element),
        minimum=None if low is None else natural(low),
        maximum=None if high is None else natural(high),
    )


def _needed(reader: Reader, element: Element, predicate: str) -> str:
    reader.required(element, predicate)
    return reader.text(element, predicate) or ""


def _pattern(reader: Reader, element: Element, _base: Characteristic) -> Constraint:
    return RegularExpressionConstraint(**describe(element), pattern=_needed(reader, element, "samm:value"))


def _encoding(reader: Reader, element: Element, _base: Characteristic) -> Constraint:
    term = reader.required(element, "samm:value")
    name = term.text if isinstance(term, Literal) else name_of(str(term))
    if term is not None and name not in ENCODINGS:
        reader.report("unknown-term", f"{name} is none of {', '.join(ENCODINGS)}", element, name)
    return EncodingConstraint(**describe(element), encoding=name)


def _language(reader: Reader, element: Element, _base: Characteristic) -> Constraint:
    return LanguageConstraint(**describe(element), language_code=_needed(reader, element, "samm-c:languageCode"))


def _locale(reader: Reader, element: Element, _base: Characteristic) -> Constraint:
    return LocaleConstraint(**describe(element), locale_code=_needed(reader, element, "samm-c:localeCode"))


def _fixed_point(reader: Reader, element: Element, _base: Characteristic) -> Constraint:
    scale, integer = (_needed(reader, element, name) or "0" for name in ("samm-c:scale", "samm-c:integer"))
    return FixedPointConstraint(**describe(element), scale=natural(scale), integer=natural(integer))


_READERS: dict[str, Callable[[Reader, Element], Characteristic | None]] = {
    "samm:Characteristic": _plain,
    "samm-c:Reference": _plain,
    "samm-c:Code": _code,
    "samm-c:SingleEntity": _single_entity,
    "samm-c:Enumeration": _enumeration,
    "samm-c:State": _enumeration,
    "samm-c:Either": _either,
    "samm-c:StructuredValue": _structured,
    "samm-c:Trait": _trait,
}

_CONSTRAINT_READERS: dict[str, Callable[[Reader, Element, Characteristic], Constraint]] = {
    "samm-c:RangeConstraint": _range,
    "samm-c:LengthConstraint": _length,
    "samm-c:RegularExpressionConstraint": _pattern,
    "samm-c:EncodingConstraint": _encoding,
    "samm-c:LanguageConstraint": _language,
    "samm-c:LocaleConstraint": _locale,
    "samm-c:FixedPointConstraint": _fixed_point,
}
