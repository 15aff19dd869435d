"""An aspect model as lines for people and tests: every path of a payload, with both sides of each Either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from submodels.samm.model import (
    Aspect,
    Characteristic,
    Collection,
    Constraint,
    DataType,
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
    SingleEntity,
    StructuredValue,
    Trait,
    without_traits,
)
from submodels.samm.units import unit_name


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One place of a payload. `path` has `[]` after lists; `side` is left or right for a side of an Either.

    `is_leaf` where nothing stands below; `is_repeated` where what stands below is not shown again.
    """

    path: str
    prop: Property
    characteristic: Characteristic
    depth: int
    side: str = ""
    is_leaf: bool = False
    is_repeated: bool = False

    @property
    def name(self) -> str:
        """The payload name, or the side."""
        return self.side or self.prop.payload_name


def lines(aspect: Aspect, *, is_each_entity_once: bool = False) -> Iterator[Line]:
    """A line for each property of a payload and each side, in the model's order, parents first.

    An entity within itself is not opened again; with `is_each_entity_once`, none is opened a second time.
    """
    walk = _Walk(is_each_entity_once)
    return walk.properties(aspect.properties, "", 0)


def leaf_paths(aspect: Aspect) -> list[str]:
    """The path of every scalar that a payload can have: `a.b[].c`, `a.left.b`, `a.right`."""
    return [line.path for line in lines(aspect) if line.is_leaf]


class _Walk:
    """Goes down the model; remembers which entities stand open, or were shown."""

    def __init__(self, is_each_entity_once: bool) -> None:
        self._is_each_once = is_each_entity_once
        self._open: list[Entity] = []
        self._shown: set[Entity] = set()

    def properties(self, properties: Iterable[Property], prefix: str, depth: int) -> Iterator[Line]:
        for prop in properties:
            if not prop.not_in_payload:
                path = f"{prefix}.{prop.payload_name}" if prefix else prop.payload_name
                yield from self._place(prop, prop.characteristic, path, depth, "")

    def _place(
        self, prop: Property, characteristic: Characteristic, path: str, depth: int, side: str
    ) -> Iterator[Line]:
        held, below = _element(characteristic, path)
        entity = _entity(held)
        is_leaf = entity is None and not isinstance(held, Either)
        is_repeated = entity is not None and entity in (self._shown if self._is_each_once else self._open)
        yield Line(below if is_leaf else path, prop, characteristic, depth, side, is_leaf, is_repeated)
        if isinstance(held, Either):
            for name, arm in (("left", held.left), ("right", held.right)):
                yield from self._place(prop, arm, f"{below}.{name}", depth + 1, name)
        elif entity is not None and not is_repeated:
            self._open.append(entity)
            self._shown.add(entity)
            yield from self.properties(entity.properties, below, depth + 1)
            self._open.pop()


def _element(characteristic: Characteristic, path: str) -> tuple[Characteristic, str]:
    """What stands in the lists of `characteristic`, and its path."""
    base: Characteristic = without_traits(characteristic)
    while isinstance(base, Collection):
        base, path = without_traits(base.element), f"{path}[]"
    return base, path


def _entity(base: Characteristic) -> Entity | None:
    if isinstance(base, SingleEntity):
        return base.entity
    return base.data_type if isinstance(base, Enumeration) and isinstance(base.data_type, Entity) else None


# -- words ---------------------------------------------------------------------------------------------------------


def type_text(characteristic: Characteristic) -> str:
    """The type in words: `double`, `List of DocumentEntity`, `left Text or right string`."""
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        return f"{base.kind} of {type_text(base.element)}"
    if isinstance(base, Either):
        return f"left {type_text(base.left)} or right {type_text(base.right)}"
    if isinstance(base, MultiLanguage):
        return "text by language"
    if isinstance(base, SingleEntity):
        return base.entity.name
    if isinstance(base, Enumeration):
        return f"{data_type_name(base.data_type)}, one of {len(base.values)}"
    return data_type_name(base.data_type)


def data_type_name(data_type: DataType) -> str:
    """The short name of a data type."""
    return data_type.name if isinstance(data_type, Entity) else data_type.rpartition("#")[2].removeprefix("samm:")


def unit_text(characteristic: Characteristic) -> str:
    """The name of the unit, empty where there is none."""
    base, _ = _element(characteristic, "")
    return unit_name(base.unit) if isinstance(base, Quantified) and base.unit else ""


def values_of(characteristic: Characteristic) -> list[Json]:
    """The listed values; entity instances by name."""
    base, _ = _element(characteristic, "")
    if not isinstance(base, Enumeration):
        return []
    return [value.name if isinstance(value, EntityInstance) else value for value in base.values]


def constraint_texts(characteristic: Characteristic) -> list[str]:
    """Every constraint on the value, or on the elements of a list, in words."""
    found: list[str] = []
    while True:
        if isinstance(characteristic, Trait):
            found += [constraint_text(constraint) for constraint in characteristic.constraints]
            characteristic = characteristic.base
        elif isinstance(characteristic, Collection):
            characteristic = characteristic.element
        else:
            break
    if isinstance(characteristic, StructuredValue):
        found.append(f"made of parts: {characteristic.rule}")
    return found


def constraint_text(constraint: Constraint) -> str:
    """One constraint in words: `0 to 100`, `length 1 to 20`, `matches ^[A-Z]+$`."""
    if isinstance(constraint, RegularExpressionConstraint):
        return f"matches {constraint.pattern}"
    if isinstance(constraint, LengthConstraint):
        return f"length {_span(constraint.minimum, constraint.maximum)}"
    if isinstance(constraint, RangeConstraint):
        excluded = [
            f"without {_shown(bound)}"
            for bound, is_out in (
                (constraint.minimum, constraint.is_minimum_exclusive),
                (constraint.maximum, constraint.is_maximum_exclusive),
            )
            if is_out
        ]
        return " ".join([_span(constraint.minimum, constraint.maximum), *excluded])
    return str(_OTHERS[type(constraint)](constraint))


def _span(low: Any, high: Any) -> str:
    if low is None:
        return f"up to {_shown(high)}" if high is not None else "of any size"
    return f"from {_shown(low)}" if high is None else f"{_shown(low)} to {_shown(high)}"


def _shown(bound: int | Decimal | str | None) -> str:
    return format(bound, "f") if isinstance(bound, Decimal) else str(bound)


_OTHERS: dict[type, Any] = {
    EncodingConstraint: lambda constraint: f"writable in {constraint.encoding}",
    LanguageConstraint: lambda constraint: f"in the language {constraint.language_code}",
    LocaleConstraint: lambda constraint: f"in the locale {constraint.locale_code}",
    FixedPointConstraint: lambda constraint: (
        f"at most {constraint.integer} digits before and {constraint.scale} after the point"
    ),
}
