"""Entities that contain themselves: allowed where a payload can end, refused where it never could."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

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


def ranks(properties: Iterable[Property]) -> dict[int, int]:
    """A number for each entity (by `id`) above those of all that its smallest payload needs.

    Entities of which no finite payload exists are left out. Those reached last are looked at first, so that a chain
    takes one round.
    """
    waiting = list(reversed(all_entities(properties)))
    found: dict[int, int] = {}
    while True:
        before = len(found)
        for entity in waiting:
            if _ends(entity, found):
                found[id(entity)] = len(found)
        if len(found) == before:
            return found
        waiting = [entity for entity in waiting if id(entity) not in found]


def endless_entity(properties: Iterable[Property]) -> Entity | None:
    """An entity of which no finite payload exists, or None."""
    properties = tuple(properties)
    found = ranks(properties)
    return next((entity for entity in all_entities(properties) if id(entity) not in found), None)


def rank_of(characteristic: Characteristic, found: dict[int, int]) -> float:
    """The highest number among the entities that the smallest value needs; infinite where it never ends."""
    if isinstance(characteristic, SingleEntity):
        return found.get(id(characteristic.entity), inf) + 1
    if isinstance(characteristic, Either):
        return min(rank_of(characteristic.left, found), rank_of(characteristic.right, found))
    if isinstance(characteristic, Trait):
        if isinstance(characteristic.base, Collection) and _least(characteristic) > 0:
            return rank_of(characteristic.base.element, found)
        return rank_of(characteristic.base, found)
    return 0


def _ends(entity: Entity, found: dict[int, int]) -> bool:
    needed = (prop for prop in entity.properties if not prop.optional and not prop.not_in_payload)
    return all(rank_of(prop.characteristic, found) < inf for prop in needed)


def _least(trait: Trait) -> int:
    return max((c.minimum or 0 for c in trait.constraints if isinstance(c, LengthConstraint)), default=0)
