"""JSON Schema 2020-12 of an aspect's payload.

It judges as the schemas published with Catena-X aspects do (draft-04): numbers of any XSD type are `number`, patterns
are searched for and take the place of the type's own, unknown members of entities are let through, texts in several
languages are not narrowed. With `strict`, it demands what SAMM and XML Schema say
beyond that. Bounds are written as int or Decimal: encode the schema with `connector.notation.exact_json`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from submodels.samm.datatypes import scalar_schema
from submodels.samm.model import (
    LANG_STRING,
    UNIQUE_KINDS,
    Aspect,
    Characteristic,
    Code,
    Collection,
    Constraint,
    Described,
    Either,
    EncodingConstraint,
    Entity,
    EntityInstance,
    Enumeration,
    FixedPointConstraint,
    Json,
    LanguageConstraint,
    LengthConstraint,
    LocaleConstraint,
    MultiLanguage,
    Property,
    Quantified,
    RangeConstraint,
    RegularExpressionConstraint,
    Scalar,
    SingleEntity,
    StructuredValue,
    Trait,
    without_traits,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
URN_KEYWORD = "x-samm-aspect-model-urn"
"""The annotation, also used by published schemas, that tells which model element a subschema stands for."""

_ENCODING_PATTERNS = {"US-ASCII": r"^[\u0000-\u007f]*$", "ISO-8859-1": r"^[\u0000-\u00ff]*$"}
_EITHER = {"additionalProperties": False, "oneOf": [{"required": ["left"]}, {"required": ["right"]}]}

_FACETS = frozenset({"pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
"""A bound -> the one of data types that it takes the place of."""

Schema = dict[str, Any]


def json_schema(aspect: Aspect, *, strict: bool = False) -> Schema:
    """The schema of the payload of `aspect`; characteristics and entities stand once each under `$defs`."""
    builder = _Builder(strict)
    schema = {"$schema": DIALECT, **_annotations(aspect), **builder.object_of(aspect.properties)}
    return schema | {"$defs": builder.all_definitions()}


def characteristic_schema(characteristic: Characteristic, *, strict: bool = False) -> Schema:
    """The schema of a value of `characteristic` alone."""
    builder = _Builder(strict)
    return {"$schema": DIALECT, **builder.reference(characteristic), "$defs": builder.all_definitions()}


def _annotations(element: Described) -> Schema:
    found: Schema = {URN_KEYWORD: element.urn} if element.urn else {}
    if "en" in element.descriptions:
        found["description"] = element.descriptions["en"]
    return found


class _Builder:
    """Collects `$defs`; an element that has a name is defined once and referred to from then on."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self._definitions: Schema = {}
        self._names: dict[str, str] = {}
        self._waiting: deque[tuple[str, Characteristic | Entity]] = deque()

    def all_definitions(self) -> Schema:
        """Every element that was referred to, and what those refer to: one after the other, however long the chain."""
        while self._waiting:
            name, element = self._waiting.popleft()
            self._definitions[name] = {**_annotations(element), **self._schema(element)}
        return self._definitions

    def reference(self, element: Characteristic | Entity) -> Schema:
        """`{"$ref": ...}` to a named element, or the schema itself of one without a name."""
        if not element.urn:
            return self._schema(element)
        if element.urn not in self._names:
            name = self._names[element.urn] = self._free_name(element)
            self._definitions[name] = {}
            self._waiting.append((name, element))
        return {"$ref": f"#/$defs/{self._names[element.urn]}"}

    def _free_name(self, element: Described) -> str:
        """The element's own name; where namespaces share it, with namespace and version added."""
        if element.name not in self._definitions:
            return element.name
        namespace, _, version = element.urn.partition("#")[0].removeprefix("urn:samm:").rpartition(":")
        return f"{element.name}_{namespace}_{version}"

    def _schema(self, element: Characteristic | Entity) -> Schema:
        if isinstance(element, Entity):
            return self.object_of(element.properties)
        if isinstance(element, SingleEntity):
            return self.reference(element.entity)
        if isinstance(element, Trait):
            return self._trait(element)
        if isinstance(element, Collection):
            unique: Schema = {"uniqueItems": True} if element.kind in UNIQUE_KINDS else {}
            return {"type": "array", "items": self.reference(element.element), **unique}
        if isinstance(element, Either):
            sides = {"left": self.reference(element.left), "right": self.reference(element.right)}
            return {"type": "object", "properties": sides, **_EITHER}
        if isinstance(element, Enumeration):
            return self._enumeration(element)
        if isinstance(element, MultiLanguage):
            return scalar_schema(LANG_STRING, strict=self.strict)
        schema = scalar_schema(element.data_type, strict=self.strict)
        if self.strict and isinstance(element, StructuredValue):
            return _joined(schema, {"pattern": _anchored(element.rule)})
        return schema

    def object_of(self, properties: Iterable[Property]) -> Schema:
        """An object with those of `properties` that stand in payloads."""
        present = [prop for prop in properties if not prop.not_in_payload]
        schema: Schema = {
            "type": "object",
            "properties": {
                prop.payload_name: {**_annotations(prop), **self.reference(prop.characteristic)} for prop in present
            },
        }
        required = [prop.payload_name for prop in present if not prop.optional]
        if required:
            schema["required"] = required
        if self.strict:
            schema["additionalProperties"] = False
        return schema

    def _trait(self, trait: Trait) -> Schema:
        """The base with every constraint; in published schemas, it takes the place of the type's own facet."""
        base = without_traits(trait.base)
        schema = self.reference(trait.base) if self.strict else self._bare(trait.base, trait.constraints, base)
        for constraint in trait.constraints:
            schema = _joined(schema, _narrowing(constraint, base, self.strict))
        return schema

    def _bare(self, characteristic: Characteristic, constraints: Iterable[Constraint], base: Characteristic) -> Schema:
        """`characteristic` without those facets of its data type that `constraints` are about to set."""
        schema = self.reference(characteristic)
        set_anew = {key for constraint in constraints for key in _narrowing(constraint, base, strict=False)}
        if not isinstance(characteristic, Scalar | Code | Quantified | StructuredValue) or not set_anew & _FACETS:
            return schema
        own = self._schema(characteristic)
        limits = {_BOUNDS.get(key, key) for key in set_anew}
        return {key: value for key, value in own.items() if key not in limits} if own.keys() & limits else schema

    def _enumeration(self, enumeration: Enumeration) -> Schema:
        if isinstance(enumeration.data_type, Entity):
            return {"type": "object"} | _any_instance(enumeration.values, self.strict)
        values = _each_once(enumeration.values)
        return scalar_schema(enumeration.data_type, strict=self.strict) | {"enum": values}


def _joined(schema: Schema, more: Schema) -> Schema:
    """Both schemas at once: a keyword that both have goes into `allOf`."""
    clash = {key: value for key, value in more.items() if key in schema and schema[key] != value}
    joined = schema | {key: value for key, value in more.items() if key not in clash}
    return joined | {"allOf": [*schema.get("allOf", []), clash]} if clash else joined


def _each_once(values: Iterable[Json]) -> list[Json]:
    found: list[Json] = []
    for value in values:
        if not any(_same(value, other) for other in found):
            found.append(value)
    return found


def _same(one: Json, other: Json) -> bool:
    """Whether two JSON values are one: `True` is not 1."""
    return type(one) is type(other) and bool(one == other)


def _any_instance(instances: Iterable[EntityInstance], strict: bool) -> Schema:
    """Exactly one of the instances, any where one is part of another; one without values in payloads says nothing."""
    schemas = _each_once(_instance(instance, strict) for instance in instances if _payload(instance))
    if not schemas:
        return {}
    is_apart = not any(_is_part(one, other) for one in schemas for other in schemas if one is not other)
    return {"oneOf" if is_apart else "anyOf": schemas}


def _is_part(one: Schema, other: Schema) -> bool:
    """Whether whatever fits the instance `other` also fits `one`."""
    return bool(one["properties"].items() <= other["properties"].items()) if "properties" in one else False


def _instance(instance: EntityInstance, strict: bool) -> Schema:
    """An entity instance: its values in full; further members are let through, as for every entity."""
    values = [(prop, value) for prop, value in instance.values if not prop.not_in_payload]
    return {
        "type": "object",
        "properties": {prop.payload_name: _instance_value(prop, value, strict) for prop, value in values},
        "required": [prop.payload_name for prop, _ in values],
    }


def _instance_value(prop: Property, value: Json, strict: bool) -> Schema:
    """What a property of an instance must be; in published schemas, lists may have their entries in any order."""
    if isinstance(value, EntityInstance) and (strict or isinstance(prop.characteristic, SingleEntity)):
        return _instance(value, strict)
    plain = _payload_value(value)
    if not isinstance(value, list):
        return {"const": plain}
    schema: Schema = {"type": "array", "minItems": len(plain), "maxItems": len(plain)}
    if strict:
        return schema | {"prefixItems": [{"const": item} for item in plain]}
    return schema | {"items": {"enum": _each_once(plain)}}


def _payload(instance: EntityInstance) -> Json:
    """The object that stands in payloads for an instance."""
    return {prop.payload_name: _payload_value(value) for prop, value in instance.values if not prop.not_in_payload}


def _payload_value(value: Json) -> Json:
    if isinstance(value, list):
        return [_payload_value(item) for item in value]
    return _payload(value) if isinstance(value, EntityInstance) else value


# -- constraints --------------------------------------------------------------------------------------------------


def _narrowing(constraint: Constraint, base: Characteristic, strict: bool) -> Schema:
    """What `constraint` adds to the schema of `base`."""
    narrow = _NARROWINGS.get(type(constraint)) or (_STRICT_NARROWINGS.get(type(constraint)) if strict else None)
    if narrow is None:
        return {}
    schema = narrow(constraint, base)
    if strict and isinstance(constraint, RegularExpressionConstraint):
        schema = {"pattern": _anchored(constraint.pattern)}
    if schema.keys() & {"pattern", "minLength", "maxLength"} and _is_text_map(base):
        return {"additionalProperties": {"type": "string", **schema}} if strict else {}
    return schema


def _is_text_map(base: Characteristic) -> bool:
    return isinstance(base, MultiLanguage)


def _anchored(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _range(constraint: RangeConstraint, _base: Characteristic) -> Schema:
    """Numeric bounds; bounds of dates and times have no keyword in JSON Schema."""
    low = "exclusiveMinimum" if constraint.is_minimum_exclusive else "minimum"
    high = "exclusiveMaximum" if constraint.is_maximum_exclusive else "maximum"
    bounds = {low: constraint.minimum, high: constraint.maximum}
    return {key: bound for key, bound in bounds.items() if isinstance(bound, int | Decimal)}


def _length(constraint: LengthConstraint, base: Characteristic) -> Schema:
    unit = "Items" if isinstance(base, Collection) else "Length"
    bounds = {f"min{unit}": constraint.minimum, f"max{unit}": constraint.maximum}
    return {key: bound for key, bound in bounds.items() if bound is not None}


def _expression(constraint: RegularExpressionConstraint, _base: Characteristic) -> Schema:
    return {"pattern": constraint.pattern}


def _encoding(constraint: EncodingConstraint, _base: Characteristic) -> Schema:
    pattern = _ENCODING_PATTERNS.get(constraint.encoding)
    return {"pattern": pattern} if pattern else {}


def _language(constraint: LanguageConstraint, base: Characteristic) -> Schema:
    return _only_language(f"^{constraint.language_code}(-.*)?$") if _is_text_map(base) else {}


def _locale(constraint: LocaleConstraint, base: Characteristic) -> Schema:
    return _only_language(f"^{constraint.locale_code}$") if _is_text_map(base) else {}


def _only_language(pattern: str) -> Schema:
    return {"propertyNames": {"pattern": pattern}}


def _fixed_point(constraint: FixedPointConstraint, _base: Characteristic) -> Schema:
    limit = 10**constraint.integer
    return {
        "multipleOf": Decimal(1).scaleb(-constraint.scale),
        "exclusiveMinimum": -limit,
        "exclusiveMaximum": limit,
    }


_NARROWINGS: dict[type, Callable[[Any, Characteristic], Schema]] = {
    RangeConstraint: _range,
    LengthConstraint: _length,
    RegularExpressionConstraint: _expression,
}
_STRICT_NARROWINGS: dict[type, Callable[[Any, Characteristic], Schema]] = {
    EncodingConstraint: _encoding,
    LanguageConstraint: _language,
    LocaleConstraint: _locale,
    FixedPointConstraint: _fixed_point,
}
