"""Entities that contain themselves: allowed where a payload can end, refused where it never could."""

from __future__ import annotations

from collections.abc import Iterable

from submodels.samm.model import (
    Characteristic,
    Collection,
    Either,
    Entity,
    LengthConstraint,
    Property,
    SingleEntity,
    Trait,
)


def entities_in(characteristic: Characteristic) -> list[Entity]:
    """The entities that a payload of `characteristic` may hold directly."""
    if isinstance(characteristic, Trait):
        return entities_in(characteristic.base)
    if isinstance(characteristic, Collection):
        return entities_in(characteristic.element)
    if isinstance(characteristic, Either):
        return [*entities_in(characteristic.left), *entities_in(characteristic.right)]
    return [characteristic.entity] if isinstance(characteristic, SingleEntity) else []


def all_entities(properties: Iterable[Property]) -> list[Entity]:
    """Every entity that can be reached from `properties`, each once."""
    found: dict[int, Entity] = {}
    todo = [entity for prop in properties for entity in entities_in(prop.characteristic)]
    while todo:
        entity = todo.pop()
        if id(entity) not in found:
            found[id(entity)] = entity
            todo += [inner for prop in entity.properties for inner in entities_in(prop.characteristic)]
    return list(found.values())


def endless_entity(properties: Iterable[Property]) -> Entity | None:
    """An entity of which no finite payload exists, or None.

    Those that surely end are found first, then those that need only such ones, until nothing changes.
    """
    entities = all_entities(properties)
    ending: set[int] = set()
    changed = True
    while changed:
        changed = False
        for entity in entities:
            if id(entity) not in ending and _ends(entity, ending):
                ending.add(id(entity))
                changed = True
    return next((entity for entity in entities if id(entity) not in ending), None)


def _ends(entity: Entity, ending: set[int]) -> bool:
    needed = (prop for prop in entity.properties if not prop.optional and not prop.not_in_payload)
    return all(_can_end(prop.characteristic, ending) for prop in needed)


def _can_end(characteristic: Characteristic, ending: set[int]) -> bool:
    if isinstance(characteristic, SingleEntity):
        return id(characteristic.entity) in ending
    if isinstance(characteristic, Either):
        return _can_end(characteristic.left, ending) or _can_end(characteristic.right, ending)
    if isinstance(characteristic, Trait):
        if isinstance(characteristic.base, Collection) and _least(characteristic) > 0:
            return _can_end(characteristic.base.element, ending)
        return _can_end(characteristic.base, ending)
    return True


def _least(trait: Trait) -> int:
    return max((c.minimum or 0 for c in trait.constraints if isinstance(c, LengthConstraint)), default=0)
