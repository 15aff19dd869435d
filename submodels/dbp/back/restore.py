"""The way back: a BatteryPass 4.0.0 payload out of a passport view, as far as the mapping can be inverted.

Single values go back by the rows of the mapping table (`INVERSES`); lists, whose entries come from several places,
by the functions of `lists`. What the view has and the payload has no place for is told (`dbp/no-way-back`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.pointers import join
from submodels.aas.lexical import NotLexical, number
from submodels.dbp import conversions as to
from submodels.dbp.back.view import PassportView
from submodels.dbp.edition import Edition
from submodels.dbp.homeless import single_paths
from submodels.dbp.mapping import Row
from submodels.dbp.parts import BY_NUMBER

Inverse = Callable[[Any], Any]
MISSING: Final = object()
_FILTER: Final = re.compile(r"^(.*)\[(\w+)=([^\]]*)\](?:\.(\w+))?$")
_DURATION: Final = re.compile(r"P([0-9]+)([MYD])", re.ASCII)
_UNITS: Final = {"M": "unit:month", "Y": "unit:year", "D": "unit:day"}


@dataclass(slots=True)
class Restored:
    """A payload in the making: what was taken of the view, by part and path, and what was noticed."""

    view: PassportView
    payload: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    taken: set[tuple[int, str]] = field(default_factory=set)

    def get(self, part: int, path: str) -> Any:
        """The value at `path` (idShorts and points) of a part, marked as taken; MISSING where there is none."""
        node: Any = self.view.part(part)
        for step in path.split("."):
            if not isinstance(node, dict) or step not in node:
                return MISSING
            node = node[step]
        self.taken.add((part, path))
        return node

    def entries(self, part: int, path: str) -> list[Any]:
        """The same for a list; empty where there is none."""
        found = self.get(part, path)
        return found if isinstance(found, list) else []

    def records(self, part: int, path: str) -> list[dict[str, Any]]:
        """The entries that are objects; any other is told."""
        found = self.entries(part, path)
        if not all(isinstance(entry, dict) for entry in found):
            self.note("no-way-back", f"{path} has entries that are no objects.", part, path, severity="warning")
        return [entry for entry in found if isinstance(entry, dict)]

    def put(self, path: str, value: Any) -> None:
        """Set a member; the objects on the way come to be."""
        *way, last = path.split(".")
        node = self.payload
        for step in way:
            node = node.setdefault(step, {})
        node[last] = value

    def has(self, path: str) -> bool:
        """Whether there is something already."""
        node: Any = self.payload
        for step in path.split("."):
            if not isinstance(node, dict) or step not in node:
                return False
            node = node[step]
        return True

    def note(self, code: str, message: str, part: int, path: str, kind: str = "lost", severity: Any = "info") -> None:
        """A finding about an element of the view."""
        target = f"{BY_NUMBER[part].standard} {path}"
        self.findings.append(Finding(f"dbp/{code}", message, "", severity, kind=kind, target=target, source=target))


def one_text(value: Any) -> Any:
    """The first text of a text in several languages, or the text itself."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return next(iter(value[0].values()), MISSING)
    return value if isinstance(value, str) else MISSING


def _number(value: Any) -> Any:
    """Amounts come as numbers; some servers answer `$value` with all numbers as texts."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            return MISSING
    try:
        exact = number(value)
    except NotLexical:
        return MISSING
    return int(exact) if isinstance(value, int) else exact


def _guarantee(value: Any) -> Any:
    match = _DURATION.fullmatch(str(value))
    return {"key": "guaranteed lifetime", "value": int(match[1]), "unit": _UNITS[match[2]]} if match else MISSING


def _stage(value: Any) -> Any:
    text = one_text(value)
    return text.lower() if isinstance(text, str) and text.lower() in to.LIFE_CYCLE_STAGES else MISSING


CATEGORIES: Final = {theirs: ours for ours, theirs in to.BATTERY_CATEGORIES.items()} | {"stationary": "industrial"}
INVERSES: Final[dict[Any, Inverse]] = {
    to.text: one_text,
    to.uri: one_text,
    to.amount: _number,
    to.rounded: _number,
    to.whole_only: _number,
    to.moment: one_text,
    to.first: lambda value: [one_text(value)] if one_text(value) is not MISSING else MISSING,
    to.life_cycle_stage: _stage,
    to.battery_category: lambda value: CATEGORIES.get(str(value).lower(), MISSING),
    to.warranty: _guarantee,
    to.kilograms: lambda value: {"value": _number(value), "unit": "unit:kilogram"},
}
"""Conversion of a row -> what undoes it, for rows without lists."""

_BY_HAND: Final = (
    "generalInformation.manufacturer.",
    "metadata.",
    "circularity.carbonFootprint",
    "chemicalMaterial",
    "circularity.spareParts",
)
"""Sources that `lists` cares for."""


def payload_of(view: PassportView, edition: Edition | None = None) -> tuple[dict[str, Any], list[Finding]]:
    """The payload, and what of the view has no place in it (`dbp/no-way-back`) or was changed on the way."""
    from submodels.dbp.back.lists import restore_lists

    restored = Restored(view)
    for row in (edition or Edition(with_metadata=True)).rows:
        if _is_plain(row):
            _undo(row, restored)
    restore_lists(restored)
    restored.findings.extend(_left(restored))
    return restored.payload, [*view.findings, *restored.findings]


def _is_plain(row: Row) -> bool:
    is_context = row.source.startswith("context.")
    by_hand = row.source.startswith(_BY_HAND) and not row.source.endswith("manufacturingDate")
    is_list = "[]" in row.source or "[]" in row.target or "@" in row.source
    return not (is_context or by_hand or is_list or row.when) and row.conversion in INVERSES


def _undo(row: Row, restored: Restored) -> None:
    found = restored.get(row.part, row.target)
    source = single_paths(row.source)[0]
    if found is MISSING:
        return
    value = INVERSES[row.conversion](found)
    if value is MISSING:
        message = f"{row.target} has a value that the payload cannot take: {str(found)[:100]}."
        restored.note("no-way-back", message, row.part, row.target, severity="warning")
        return
    match = _FILTER.match(source)
    if match is None:
        if not restored.has(source):
            restored.put(source, value)
        return
    _into_list(restored, match, value)


def _into_list(restored: Restored, match: re.Match[str], value: Any) -> None:
    """An entry of a list that is known by a key: `localIdentifier[key=PartInstanceId].value`."""
    path, key, wanted, member = match.groups()
    if not restored.has(path):
        restored.put(path, [])
    *way, last = path.split(".")
    node: Any = restored.payload
    for step in way:
        node = node[step]
    entry = {key: wanted, member: value} if member else value
    if all(one.get(key) != wanted for one in node[last]):
        node[last].append(entry)


def _left(restored: Restored) -> Iterator[Finding]:
    """A finding for each value of the view that nothing took."""
    for part in BY_NUMBER.values():
        value = restored.view.part(part.number)
        for path, pointer in _leaves(value, "", ""):
            if not _is_taken(part.number, path, restored.taken):
                target = f"{part.standard} {path}"
                message = f"BatteryPass 4.0.0 has no place for {path}."
                yield Finding("dbp/no-way-back", message, pointer, "info", kind="lost", target=target, source=target)


def _is_taken(part: int, path: str, taken: set[tuple[int, str]]) -> bool:
    steps = path.replace("[]", "").split(".")
    return any((part, ".".join(steps[:length])) in taken for length in range(1, len(steps) + 1))


def _leaves(value: Any, path: str, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}" if path else name, join(pointer, name))
    elif value not in ({}, [], None):
        yield path, pointer
