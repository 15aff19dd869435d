"""An aspect model as values: what a payload consists of, ready to be walked by schema, example and AAS builders.

Names follow the SAMM specification 2.x. Objects compare by identity, since entities may contain themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from connector.notation.findings import Finding

XSD = "http://www.w3.org/2001/XMLSchema#"
LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
CURIE = "samm:curie"

Json: TypeAlias = Any
CollectionKind = Literal["Collection", "List", "Set", "SortedSet", "TimeSeries"]
QuantityKind = Literal["Quantifiable", "Measurement", "Duration"]

UNIQUE_KINDS = frozenset({"Set", "SortedSet", "TimeSeries"})
"""The collections that hold no value twice."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Described:
    """What every model element may carry; `urn` is empty for an element without a name. Texts are by language tag."""

    urn: str = ""
    name: str = ""
    preferred_names: Mapping[str, str] = field(default_factory=dict, repr=False)
    descriptions: Mapping[str, str] = field(default_factory=dict, repr=False)
    see: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aspect(Described):
    """The root of a model: its payload is an object with these properties.

    `warnings` tells what is odd about the model, but could be understood.
    """

    properties: tuple[Property, ...] = ()
    operations: tuple[Operation, ...] = ()
    events: tuple[Event, ...] = ()
    warnings: tuple[Finding, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Operation(Described):
    """What can be called: it takes `inputs` and gives `output`, if anything."""

    inputs: tuple[Property, ...] = ()
    output: Property | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Event(Described):
    """What can happen, with the `parameters` that tell of it."""

    parameters: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Property(Described):
    """A property as it is used in one aspect or entity; `example_value` is the JSON form, None where there is none."""

    payload_name: str
    optional: bool
    not_in_payload: bool
    characteristic: Characteristic
    example_value: Json = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Entity(Described):
    """An object; `properties` holds inherited ones first and leaves abstract ones out that nothing has filled in."""

    is_abstract: bool = False
    extends: Entity | None = field(default=None, repr=False)
    properties: tuple[Property, ...] = field(default=(), repr=False)


DataType: TypeAlias = "str | Entity"
"""An XSD data type or rdf:langString as a full IRI, `samm:curie`, or an entity."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scalar(Described):
    """A characteristic with nothing but a scalar data type (Text, Timestamp, Boolean and the like included)."""

    data_type: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MultiLanguage(Described):
    """Text in several languages (rdf:langString): an object from language tag to text."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Quantified(Described):
    """A number with a unit; `unit` is the full IRI of the unit, known or not, or None."""

    kind: QuantityKind
    data_type: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Enumeration(Described):
    """One of `values` (JSON forms, or entity instances); a State has a `default` besides."""

    data_type: DataType
    values: tuple[Json | EntityInstance, ...]
    default: Json | EntityInstance | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EntityInstance(Described):
    """A value of an enumeration over an entity: what stands in the payload, by property."""

    entity: Entity
    values: tuple[tuple[Property, Json], ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Collection(Described):
    """An array of `element`."""

    kind: CollectionKind
    element: Characteristic


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Either(Described):
    """An object with exactly one of the keys `left` and `right`."""

    left: Characteristic
    right: Characteristic


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SingleEntity(Described):
    """One object of the entity."""

    entity: Entity


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Code(Described):
    """A code of some system, with a scalar data type."""

    data_type: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StructuredValue(Described):
    """A string made of parts: the groups of `rule` are the properties among `elements`, the strings stand between."""

    data_type: str
    rule: str
    elements: tuple[str | Property, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trait(Described):
    """`base`, narrowed by every one of `constraints`."""

    base: Characteristic
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RangeConstraint(Described):
    """Bounds of a value: a number, or the text of a date or time."""

    minimum: int | Decimal | str | None = None
    maximum: int | Decimal | str | None = None
    is_minimum_exclusive: bool = False
    is_maximum_exclusive: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LengthConstraint(Described):
    """Characters of a string or elements of a collection."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RegularExpressionConstraint(Described):
    """A regular expression that is searched for, not matched in full, unless it has anchors."""

    pattern: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodingConstraint(Described):
    """The character set that the text must be writable in, for example `US-ASCII`."""

    encoding: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LanguageConstraint(Described):
    """The one language (ISO 639-1)."""

    language_code: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LocaleConstraint(Described):
    """The one locale (BCP 47)."""

    locale_code: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FixedPointConstraint(Described):
    """At most `integer` digits before and `scale` digits after the decimal point."""

    scale: int
    integer: int


Characteristic: TypeAlias = (
    Scalar
    | MultiLanguage
    | Quantified
    | Enumeration
    | Collection
    | Either
    | SingleEntity
    | Code
    | StructuredValue
    | Trait
)
Constraint: TypeAlias = (
    RangeConstraint
    | LengthConstraint
    | RegularExpressionConstraint
    | EncodingConstraint
    | LanguageConstraint
    | LocaleConstraint
    | FixedPointConstraint
)


Untraited: TypeAlias = (
    Scalar | MultiLanguage | Quantified | Enumeration | Collection | Either | SingleEntity | Code | StructuredValue
)


def without_traits(characteristic: Characteristic) -> Untraited:
    """The characteristic that stands below all traits."""
    while isinstance(characteristic, Trait):
        characteristic = characteristic.base
    return characteristic


def constraints_of(characteristic: Characteristic) -> list[Constraint]:
    """Every constraint that the traits of `characteristic` lay on it, the outermost first."""
    found: list[Constraint] = []
    while isinstance(characteristic, Trait):
        found.extend(characteristic.constraints)
        characteristic = characteristic.base
    return found


def data_type_of(characteristic: Characteristic) -> DataType | None:
    """The data type below traits and collections; None for an Either."""
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        return data_type_of(base.element)
    if isinstance(base, SingleEntity):
        return base.entity
    if isinstance(base, MultiLanguage):
        return LANG_STRING
    return None if isinstance(base, Either) else base.data_type
