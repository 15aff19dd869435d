"""What of BatteryPass 4.0.0 the mapping takes along: every leaf of the model, its rows, and those that have no home.

Paths of leaves are those of `samm.outline.leaf_paths`: `a.b[].c`, `a.left.b`, `a.right`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from submodels.dbp import conversions as to
from submodels.dbp import documents as doc
from submodels.dbp import materials as mat
from submodels.dbp.conversions import Conversion
from submodels.dbp.homeless import HOMELESS, IN_METADATA, Homeless, single_paths
from submodels.dbp.mapping import TABLE, Row

_DOCUMENT = (".content", ".category", ".type", ".header")
_IDS = ("[].materialid", "[].type")
_MATERIAL = (".substanceName.chemicalName", *(f".substanceIdentification{step}" for step in _IDS))

# What a conversion takes from below its source, besides or instead of the source itself.
BELOW: dict[Conversion, tuple[str, ...]] = {
    doc.document: _DOCUMENT,
    doc.declaration: _DOCUMENT,
    to.first: ("[]",),
    to.street: (".value", ".number"),
    to.kilograms: (".value", ".unit"),
    to.warranty: (".value", ".unit"),
    mat.cas: _IDS,
    mat.critical_cas: _IDS,
    mat.percent_of_ranges: ("[].max",),
    mat.is_unlisted_critical: (".criticalName", *_MATERIAL),
}
# What it takes from beside its source: relative to the object that holds the source.
BESIDE: dict[Conversion, tuple[str, ...]] = {
    to.footprint_amount: ("unit", "type"),
    mat.percent: ("../../substanceUnit",),
    mat.percent_of_ranges: ("../substanceUnit",),
}
# What it takes from elsewhere.
ELSEWHERE: dict[Conversion, tuple[str, ...]] = {
    doc.declaration: ("conformity.declarationOfConformityId",),
    to.spare_parts: (f"{to.SPARE_PARTS}.partName", f"{to.SPARE_PARTS}.partNumber"),
    mat.lowest_renewable: tuple(f"{path}.renewable" for path in mat.MATERIAL_LISTS),
}
_FILTER = re.compile(r"\[(\w+)=[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of the model: the rows that take it, or else the reason why it has no home."""

    path: str
    rows: tuple[Row, ...]
    reason: str = ""


def coverage(leaves: Iterable[str]) -> list[Leaf]:
    """What becomes of each of `leaves`; a leaf with neither rows nor a reason was forgotten."""
    takers: dict[str, list[Row]] = {}
    for row in TABLE:
        for path in dict.fromkeys(taken_by(row)):
            takers.setdefault(path, []).append(row)
    return [Leaf(path, tuple(takers.get(path, ())), reason_of(path)) for path in leaves]


def taken_by(row: Row) -> Iterator[str]:
    """Every leaf path that `row` takes a value from."""
    for source in single_paths(row.source):
        plain = _FILTER.sub("[]", source)
        if row.conversion is not to.no_place:
            yield plain
        yield from (_FILTER.sub("[]", source[: match.start()]) + f"[].{match[1]}" for match in _FILTER.finditer(source))
        yield from (plain + path for path in BELOW.get(row.conversion, ()))
        yield from (_beside(plain, path) for path in BESIDE.get(row.conversion, ()))
    yield from ELSEWHERE.get(row.conversion, ())


def reason_of(path: str) -> str:
    """Why `path` has no home in the seven submodels; empty for one that is not said to have none."""
    return next((one.reason for one in (*HOMELESS, *IN_METADATA) if covers(one, path)), "")


def covers(homeless: Homeless, path: str) -> bool:
    """Whether `path` stands below one of the paths of `homeless`."""
    return any(_is_within(path, above) for above in single_paths(homeless.path))


def _is_within(path: str, above: str) -> bool:
    return path.startswith(above) and path[len(above) : len(above) + 1] in ("", ".", "[")


def _beside(source: str, relative: str) -> str:
    steps = source.split(".")[:-1]
    for step in relative.split("/"):
        steps = steps[:-1] if step == ".." else [*steps, step]
    return ".".join(steps)
