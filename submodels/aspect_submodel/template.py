"""A model as template: every property once, with its cardinality, bounds and example as qualifiers (SMT of IDTA)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from submodels.aas.lexical import NotLexical
from submodels.aspect_submodel.forms import also, element_urn, entity_of, form_of, list_element, text_of, value_type
from submodels.aspect_submodel.instance import payload_name_of
from submodels.aspect_submodel.names import MAX_TEXT, described, id_shorts, reference
from submodels.samm.model import (
    Characteristic,
    Collection,
    Constraint,
    Either,
    Entity,
    LengthConstraint,
    Property,
    RangeConstraint,
    RegularExpressionConstraint,
    constraints_of,
    without_traits,
)

if TYPE_CHECKING:
    from aas_core3 import types

QUALIFIERS = "https://admin-shell.io/SubmodelTemplates/"
CARDINALITIES = {
    (False, False): "One",
    (True, False): "ZeroToOne",
    (False, True): "OneToMany",
    (True, True): "ZeroToMany",
}
"""(is optional, is an entry of a list) -> cardinality."""

MAX_ELEMENTS = 50_000


class TemplateBuilder:
    """Builds the elements of a model; an entity within itself is shown without its members."""

    def __init__(self) -> None:
        from aas_core3 import types

        self.types = types
        self._open: list[Entity] = []
        self._built = 0

    def members(self, properties: Iterable[Property]) -> list[types.SubmodelElement]:
        """An element for each property that payloads may have."""
        present = [prop for prop in properties if not prop.not_in_payload]
        names = id_shorts(present)
        return [self.property(prop, names[id(prop)]) for prop in present]

    def property(self, prop: Property, id_short: str) -> Any:
        """The element of one property under that idShort."""
        element = self._element(prop.characteristic, prop, prop.urn)
        element.id_short = id_short
        if id_short != prop.payload_name:
            element.extensions = [payload_name_of(prop, self.types)]
        for name, value in described(prop).items():
            setattr(element, name, value)
        element.qualifiers = [self._qualifier("Cardinality", CARDINALITIES[prop.optional, False]), *element.qualifiers]
        return element

    def _element(self, characteristic: Characteristic, prop: Property | None, urn: str) -> Any:
        """The element of a characteristic, with its qualifiers and without an idShort."""
        self._built += 1
        base = without_traits(characteristic)
        if isinstance(base, Collection):
            element: Any = self._list(base, prop, urn, has_minimum=_least(characteristic) > 0)
        elif isinstance(base, Either):
            element = self.types.SubmodelElementCollection(semantic_id=reference(urn), value=self._sides(base, prop))
        elif form_of(characteristic) == "MultiLanguageProperty":
            element = self.types.MultiLanguageProperty(semantic_id=reference(urn), value=self._example_texts(prop))
        elif form_of(characteristic) == "SubmodelElementCollection":
            element = self._collection(base, urn)
        else:
            element = self._scalar(characteristic, prop, urn)
        element.qualifiers = self._constraints(characteristic)
        return element

    def _collection(self, base: Characteristic, urn: str) -> Any:
        entity = entity_of(base)
        held: list[Any] = []
        if entity not in self._open and self._built < MAX_ELEMENTS:
            self._open.append(entity)
            held = self.members(entity.properties)
            self._open.pop()
        return self.types.SubmodelElementCollection(
            semantic_id=reference(urn), supplemental_semantic_ids=also(base, urn), value=held or None
        )

    def _sides(self, either: Either, prop: Property | None) -> list[Any]:
        """Both sides, one of which an instance has."""
        built = []
        for name, side in (("left", either.left), ("right", either.right)):
            element = self._element(side, prop, element_urn(side))
            element.id_short = name
            both = [self._qualifier("Cardinality", "ZeroToOne"), self._qualifier("EitherOr", either.name or "either")]
            element.qualifiers = [*both, *element.qualifiers]
            built.append(element)
        return built

    def _list(self, base: Collection, prop: Property | None, urn: str, *, has_minimum: bool) -> Any:
        held = self._element(base.element, prop, element_urn(base.element))
        cardinality = CARDINALITIES[not has_minimum, True]
        held.qualifiers = [self._qualifier("Cardinality", cardinality), *held.qualifiers]
        kind = held.value_type.value if form_of(base.element) == "Property" else ""
        return list_element(base, kind, [held], semantic_id=reference(urn))

    def _scalar(self, characteristic: Characteristic, prop: Property | None, urn: str) -> Any:
        kind = value_type(characteristic)
        return self.types.Property(
            self.types.DataTypeDefXSD(kind), semantic_id=reference(urn), value=_example(characteristic, prop, kind)
        )

    def _example_texts(self, prop: Property | None) -> list[Any] | None:
        example = prop.example_value if prop else None
        texts = example.items() if isinstance(example, dict) else ()
        return [self.types.LangStringTextType(language, text[:MAX_TEXT]) for language, text in texts if text] or None

    # -- qualifiers ------------------------------------------------------------------------------------------------

    def _qualifier(self, kind: str, value: str) -> Any:
        return self.types.Qualifier(
            f"SMT/{kind}",
            self.types.DataTypeDefXSD.STRING,
            semantic_id=reference(f"{QUALIFIERS}{kind}/1/0"),
            kind=self.types.QualifierKind.TEMPLATE_QUALIFIER,
            value=value,
        )

    def _constraints(self, characteristic: Characteristic) -> list[Any]:
        """One qualifier of each kind (AASd-021): the outermost constraint of its kind."""
        found: dict[str, str] = {}
        for constraint in constraints_of(characteristic):
            kind, value = _as_qualifier(constraint)
            if kind and value:
                found.setdefault(kind, value)
        return [self._qualifier(kind, value) for kind, value in found.items()]


def _least(characteristic: Characteristic) -> int:
    """The number of entries that a collection has at least."""
    return max((c.minimum or 0 for c in constraints_of(characteristic) if isinstance(c, LengthConstraint)), default=0)


def _as_qualifier(constraint: Constraint) -> tuple[str, str]:
    if isinstance(constraint, RegularExpressionConstraint):
        return "AllowedValue", constraint.pattern
    if isinstance(constraint, RangeConstraint):
        low = "(" if constraint.is_minimum_exclusive or constraint.minimum is None else "["
        high = ")" if constraint.is_maximum_exclusive or constraint.maximum is None else "]"
        return "AllowedRange", f"{low}{_bound(constraint.minimum)},{_bound(constraint.maximum)}{high}"
    if isinstance(constraint, LengthConstraint):
        return "AllowedLength", f"[{_bound(constraint.minimum or 0)},{_bound(constraint.maximum)}]"
    return "", ""


def _bound(bound: int | Decimal | str | None) -> str:
    return "*" if bound is None else str(bound)


def _example(characteristic: Characteristic, prop: Property | None, kind: str) -> str | None:
    """The model's own example, where it is one of the type."""
    example = prop.example_value if prop else None
    if example is None or isinstance(example, dict):
        return None
    try:
        return text_of(example, kind)
    except NotLexical:
        return None
