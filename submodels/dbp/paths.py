"""Source paths of the mapping table: where in a payload a row finds its values.

a.b          member of a member
a[]          each entry of a list; the entry becomes the *item* that `[]` in the target stands for
a[key=V]     the entries of a list whose member `key` is V; they are no items
{a,b}.c      member c of a, then of b
a.b@         b itself is the item
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from connector.notation.pointers import join

_STEP = re.compile(
    r"(?P<names>\{[^}]*\}|[^.\[\]@]+)(?:\[(?:(?P<key>\w+)=(?P<wanted>[^\]]+))?(?P<each>\]))?(?P<item>@)?"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: any of `names`, then each entry of it (filtered by `key`), perhaps an item."""

    names: tuple[str, ...]
    is_each: bool = False
    key: str = ""
    wanted: str = ""
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A value with its place; `items` are the places and values of the items on the way; `steps` the names taken."""

    value: Any
    pointer: str
    items: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Misshapen:
    """A place where the path wanted an object or a list and found something else."""

    pointer: str
    wanted: str
    found: str


Known: TypeAlias = dict[str, Sequence[Found | Misshapen]]
"""What was found in one document, by path."""


@cache
def parse(path: str) -> tuple[Step, ...]:
    """The steps of `path`. Raises ValueError for what is no path: the table is ours, so this is our fault."""
    steps, position = [], 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"not a source path: {path!r} at {position}")
        steps.append(_step(match))
        position = match.end()
        if position < len(path) and path[position] != ".":
            raise ValueError(f"not a source path: {path!r} at {position}")
        position += 1
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    names = tuple(match["names"].strip("{}").split(","))
    is_each, key = match["each"] is not None, match["key"] or ""
    is_item = match["item"] is not None or (is_each and not key)
    return Step(names, is_each, key, match["wanted"] or "", is_item)


def resolve(root: Any, path: str, known: Known | None = None) -> Sequence[Found | Misshapen]:
    """Every value that `path` leads to in `root`, in order; what is absent gives nothing, a wrong shape is told.

    `known` is what was found in this `root` before: paths that begin alike are walked once.
    """
    known = {} if known is None else known
    way = _way(path)
    start = next((place for place in range(len(way), 0, -1) if way[place - 1][0] in known), 0)
    reached: Sequence[Found | Misshapen] = known[way[start - 1][0]] if start else (Found(root, ""),)
    for beginning, step in way[start:]:
        reached = known[beginning] = [below for place in reached for below in _below(place, step)]
    return reached


@cache
def _way(path: str) -> tuple[tuple[str, Step], ...]:
    """Each step of `path` behind the text of the path up to it."""
    ends = [match.end() for match in _STEP.finditer(path)]
    return tuple((path[:end], step) for end, step in zip(ends, parse(path), strict=True))


def _below(place: Found | Misshapen, step: Step) -> Iterable[Found | Misshapen]:
    if isinstance(place, Misshapen):
        return (place,)
    value = place.value
    if not isinstance(value, dict):
        return (Misshapen(place.pointer, "object", type(value).__name__),)
    if len(step.names) == 1:
        (name,) = step.names
        return _reached(_member(place, name), step) if name in value else ()
    return [one for name in step.names if name in value for one in _reached(_member(place, name), step)]


def _member(place: Found, name: str) -> Found:
    return Found(place.value[name], place.pointer + _escaped(name), place.items)


@cache
def _escaped(name: str) -> str:
    """The step of a pointer to a member; only the table's own names come here."""
    return join("", name)


def _reached(found: Found, step: Step) -> Iterable[Found | Misshapen]:
    if not step.is_each:
        return (_as_item(found),) if step.is_item else (found,)
    if not isinstance(found.value, list):
        return (Misshapen(found.pointer, "array", type(found.value).__name__),)
    return [place for index, entry in enumerate(found.value) for place in _entry(found, step, index, entry)]


def _entry(found: Found, step: Step, index: int, entry: Any) -> tuple[Found, ...]:
    """The entry of a list, if the step wants it."""
    if step.key and not (isinstance(entry, dict) and entry.get(step.key) == step.wanted):
        return ()
    place = Found(entry, f"{found.pointer}/{index}", found.items)
    return (_as_item(place) if step.is_item or not step.key else place,)


def _as_item(found: Found) -> Found:
    return Found(found.value, found.pointer, (*found.items, (found.pointer, found.value)))
