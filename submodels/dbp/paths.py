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


def resolve(root: Any, path: str) -> Sequence[Found | Misshapen]:
    """Every value that `path` leads to in `root`, in order; what is absent gives nothing, a wrong shape is told."""
    names = _plain(path)
    return _walk(Found(root, ""), parse(path)) if names is None else _straight(root, names)


@cache
def _plain(path: str) -> tuple[tuple[str, str], ...] | None:
    """Names and pointers of a path that is names only, as most are; None for any other."""
    steps = parse(path)
    if any(step.is_each or step.is_item or len(step.names) > 1 for step in steps):
        return None
    names = [step.names[0] for step in steps]
    return tuple((name, join("", *names[: place + 1])) for place, name in enumerate(names))


def _straight(root: Any, names: tuple[tuple[str, str], ...]) -> Sequence[Found | Misshapen]:
    node, pointer = root, ""
    for name, below in names:
        if not isinstance(node, dict):
            return (Misshapen(pointer, "object", type(node).__name__),)
        if name not in node:
            return ()
        node, pointer = node[name], below
    return (Found(node, pointer),)


def _walk(found: Found, steps: tuple[Step, ...]) -> list[Found | Misshapen]:
    if not steps:
        return [found]
    if not isinstance(found.value, dict):
        return [Misshapen(found.pointer, "object", type(found.value).__name__)]
    step, rest = steps[0], steps[1:]
    reached: list[Found | Misshapen] = []
    for name in step.names:
        if name not in found.value:
            continue
        for one in _reached(Found(found.value[name], join(found.pointer, name), found.items), step):
            if isinstance(one, Found) and rest:
                reached += _walk(one, rest)
            else:
                reached.append(one)
    return reached


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
    place = Found(entry, join(found.pointer, index), found.items)
    return (_as_item(place) if step.is_item or not step.key else place,)


def _as_item(found: Found) -> Found:
    return Found(found.value, found.pointer, (*found.items, (found.pointer, found.value)))
