"""Members by the paths of the mapping, as `a.b[key=value&name^=start].c`: read, write, every path of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\]]*)\])?(?:\.|$)")
Condition = tuple[str, str, bool]
"""Member, its value, and whether the value need only start with it."""


@cache
def steps(path: str) -> tuple[tuple[str, tuple[Condition, ...] | int | None], ...]:
    """The steps of `path`: a name, and the conditions on, or the place of, the member of a list or object below it."""
    return tuple((found[1], _below(found[2])) for found in _STEP.finditer(path))


def _below(text: str | None) -> tuple[Condition, ...] | int | None:
    if text is None:
        return None
    if text.isdigit():
        return int(text)
    pairs = ([*re.split(r"\^?=", part, maxsplit=1), "^=" in part] for part in text.split("&"))
    return tuple((str(name), str(value), bool(start)) for name, value, start in pairs)


def read(document: Any, path: str) -> Any:
    """The value at `path`, None where there is none."""
    for name, below in steps(path):
        document = document.get(name) if isinstance(document, dict) else None
        if isinstance(below, int):
            document = document[below] if isinstance(document, list) and below < len(document) else None
        elif below is not None:
            rows = document if isinstance(document, list) else [document]
            document = next((row for row in rows if _fits(row, below)), None)
    return document


def _fits(row: Any, conditions: tuple[Condition, ...]) -> bool:
    return isinstance(row, dict) and all(
        isinstance(found := row.get(name), str) and (found.startswith(value) if start else found == value)
        for name, value, start in conditions
    )


def write(document: dict[str, Any], path: str, value: Any, *, lists: frozenset[str]) -> None:
    """Put `value` at `path`, making what leads there; `lists` names the members that are lists of objects."""
    *way, (last, below) = steps(path)
    for name, conditions in way:
        document = _step_into(document, name, conditions, lists)
    if isinstance(below, int):
        document.setdefault(last, []).insert(below, value)
    else:
        document[last] = value


def _step_into(document: dict[str, Any], name: str, below: Any, lists: frozenset[str]) -> dict[str, Any]:
    if not isinstance(below, tuple):
        found: dict[str, Any] = document.setdefault(name, {})
        return found
    exact = {member: value for member, value, start in below if not start}
    if name not in lists:
        found = document.setdefault(name, {})
        found.update(exact)
        return found
    rows: list[dict[str, Any]] = document.setdefault(name, [])
    row = next((row for row in rows if _fits(row, below)), None)
    if row is None:
        row = dict(exact)
        rows.append(row)
    return row


def leaves(document: Any, path: str = "", pointer: str = "") -> Iterator[tuple[str, str]]:
    """Path (with `[]` for any member of a list) and JSON pointer of each scalar, empty list and empty object."""
    if isinstance(document, dict) and document:
        for name, value in document.items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from leaves(value, f"{path}.{name}" if path else name, f"{pointer}/{escaped}")
    elif isinstance(document, list) and document:
        for at, value in enumerate(document):
            yield from leaves(value, f"{path}[]", f"{pointer}/{at}")
    else:
        yield path, pointer
