"""An aspect model as rows for people: each path of a payload with its type, unit and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from submodels.samm.model import (
    Aspect,
    Characteristic,
    Collection,
    DataType,
    Either,
    Entity,
    Enumeration,
    MultiLanguage,
    Property,
    Quantified,
    SingleEntity,
    without_traits,
)

COLUMNS = ("path", "type", "unit", "required", "meaning")
Row = dict[str, Any]


def rows(aspect: Aspect) -> list[Row]:
    """One row for each property of a payload, in the model's order; an entity within itself is not opened again."""
    return [row for prop in aspect.properties for row in _property(prop, "", ())]


def _property(prop: Property, prefix: str, opened: tuple[Entity, ...]) -> Iterator[Row]:
    if prop.not_in_payload:
        return
    path = f"{prefix}.{prop.payload_name}" if prefix else prop.payload_name
    yield {
        "path": path,
        "type": _type(prop.characteristic),
        "unit": _unit(prop.characteristic),
        "required": not prop.optional,
        "meaning": prop.descriptions.get("en", ""),
    }
    yield from _inner(prop.characteristic, path, opened)


def _inner(characteristic: Characteristic, path: str, opened: tuple[Entity, ...]) -> Iterator[Row]:
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        yield from _inner(base.element, f"{path}[]", opened)
    elif isinstance(base, Either):
        yield from _inner(base.left, f"{path}.left", opened)
        yield from _inner(base.right, f"{path}.right", opened)
    elif isinstance(base, SingleEntity) and base.entity not in opened:
        for prop in base.entity.properties:
            yield from _property(prop, path, (*opened, base.entity))


def _type(characteristic: Characteristic) -> str:
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        return f"{base.kind} of {_type(base.element)}"
    if isinstance(base, Either):
        return f"left {_type(base.left)} or right {_type(base.right)}"
    if isinstance(base, MultiLanguage):
        return "text by language"
    if isinstance(base, SingleEntity):
        return base.entity.name
    if isinstance(base, Enumeration):
        return f"{_name(base.data_type)}, one of {len(base.values)}"
    return _name(base.data_type)


def _name(data_type: DataType) -> str:
    return data_type.name if isinstance(data_type, Entity) else data_type.rpartition("#")[2].removeprefix("samm:")


def _unit(characteristic: Characteristic) -> str:
    base = without_traits(characteristic)
    if isinstance(base, Collection):
        return _unit(base.element)
    return base.unit.rpartition("#")[2] if isinstance(base, Quantified) and base.unit else ""
