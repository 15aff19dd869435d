"""Source paths of the mapping table: where in a payload a row finds its values.

a.b          member of a member
a[]          each entry of a list; the entry becomes the *item* that `[]` in the target stands for
a[key=V]     the entries of a list whose member `key` is V; they are no items
{a,b}.c      member c of a, then of b
a.b@         b itself is the item
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

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


def resolve(root: Any, path: str) -> Iterator[Found | Misshapen]:
    """Every value that `path` leads to in `root`, in order; what is absent gives nothing, a wrong shape is told."""
    return _walk(Found(root, ""), parse(path))


def _walk(found: Found, steps: tuple[Step, ...]) -> Iterator[Found | Misshapen]:
    if not steps:
        yield found
        return
    if not isinstance(found.value, dict):
        yield Misshapen(found.pointer, "object", type(found.value).__name__)
        return
    step, rest = steps[0], steps[1:]
    for name in step.names:
        if name not in found.value:
            continue
        for reached in _reached(Found(found.value[name], join(found.pointer, name), found.items), step):
            yield from _walk(reached, rest) if isinstance(reached, Found) else (reached,)


def _reached(found: Found, step: Step) -> Iterator[Found | Misshapen]:
    if not step.is_each:
        yield _as_item(found) if step.is_item else found
        return
    if not isinstance(found.value, list):
        yield Misshapen(found.pointer, "array", type(found.value).__name__)
        return
    for index, entry in enumerate(found.value):
        place = Found(entry, join(found.pointer, index), found.items)
        if not step.key:
            yield _as_item(place)
        elif isinstance(entry, dict) and entry.get(step.key) == step.wanted:
            yield _as_item(place) if step.is_item else place


def _as_item(found: Found) -> Found:
    return Found(found.value, found.pointer, (*found.items, (found.pointer, found.value)))
