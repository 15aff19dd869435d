"""Which audience may see which element (Art. 77(2) and Annex XIII of Regulation (EU) 2023/1542).

The rights form a lattice, not a ladder: a person with a legitimate interest sees the data of one battery (point 4) and
no test reports (point 3), a notified body or market surveillance authority the other way round. The heading of point 2
names persons with a legitimate interest and the Commission only; Art. 77(2)(b) gives it to authorities too, and that is
followed here. What is in no row of the table is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from connector.notation.problems import Refused
from connector.passport.elements import POINTS

Json = Any
Audience = Literal["public", "legitimate-interest", "authority", "commission"]
AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)

# class (the point's number in Annex XIII) -> who may see it
GRANTS: Final[Mapping[int, frozenset[Audience]]] = MappingProxyType(
    {
        1: frozenset({"public", "legitimate-interest", "authority", "commission"}),
        2: frozenset({"legitimate-interest", "authority", "commission"}),
        3: frozenset({"authority", "commission"}),
        4: frozenset({"legitimate-interest"}),
    }
)

# idShort of the submodel -> the classes of what BatteryPass 4.0.0 feeds into it
SUBMODEL_CLASSES: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {
        "BatteryNameplate": frozenset({1, 3, 4}),
        "HandoverDocumentation": frozenset({1, 2, 3, 4}),
        "CarbonFootprint": frozenset({1}),
        "TechnicalData": frozenset({1, 4}),
        "ProductCondition": frozenset({4}),
        "MaterialComposition": frozenset({1, 2}),
        "Circularity": frozenset({1, 2}),
        "DppMetadata": frozenset({1}),
        "BatteryPass": frozenset({1, 2, 3, 4}),
    }
)

_NOTHING = object()


def class_of(path: str) -> int | None:
    """The class 1 to 4 of an element (`performance.rated.voltage.min`, lists as `[]`); None if it is in no row."""
    point = POINTS.get(path)
    return None if point is None else int(point[0])


def _classes_below() -> dict[str, frozenset[int]]:
    below: dict[str, set[int]] = {}
    for path, point in POINTS.items():
        node = path
        while node:
            below.setdefault(node, set()).add(int(point[0]))
            node = node[:-2] if node.endswith("[]") else node.rpartition(".")[0]
    return {path: frozenset(classes) for path, classes in below.items()}


_BELOW: Final = _classes_below()


def may_see(path: str, audience: Audience) -> bool:
    """Whether `audience` may see all of the element at `path`; an unknown path or audience may not."""
    classes = _BELOW.get(path, frozenset())
    return bool(classes) and all(audience in GRANTS[number] for number in classes)


def may_see_some(path: str, audience: Audience) -> bool:
    """Whether anything at or below `path` is for `audience` (of the model, whatever a payload holds)."""
    return any(audience in GRANTS[number] for number in _BELOW.get(path, frozenset()))


def submodels_for(audience: Audience) -> tuple[str, ...]:
    """The idShorts of the submodels of which `audience` may see at least a part."""
    return tuple(
        id_short
        for id_short, classes in SUBMODEL_CLASSES.items()
        if any(audience in GRANTS[number] for number in classes)
    )


def submodels_wholly_for(audience: Audience) -> tuple[str, ...]:
    """The idShorts of the submodels that `audience` may see uncut."""
    return tuple(
        id_short
        for id_short, classes in SUBMODEL_CLASSES.items()
        if all(audience in GRANTS[number] for number in classes)
    )


def cut(payload: Json, audience: Audience) -> Json:
    """The part of a BatteryPass 4.0.0 `payload` that `audience` may see, as a new document.

    What is not granted looks like what is absent: no empty object, list or marker stays in its place. Raises Refused
    `passport/audience` for an audience that the law does not name.
    """
    if audience not in AUDIENCES:
        raise Refused("passport/audience", f"{audience!r} is no audience; known are {', '.join(AUDIENCES)}")
    kept = _kept(payload, "", audience)
    return {} if kept is _NOTHING else kept


def _kept(node: Json, path: str, audience: Audience) -> Json:
    if isinstance(node, dict):
        return _kept_object(node, path, audience)
    if isinstance(node, list):
        return _kept_list(node, path, audience)
    return node if path in POINTS and may_see(path, audience) else _NOTHING


def _kept_object(node: dict[str, Json], path: str, audience: Audience) -> Json:
    if not node:
        return {} if may_see(path, audience) and path not in POINTS else _NOTHING
    members = {key: _kept(value, _below(path, key), audience) for key, value in node.items()}
    return {key: value for key, value in members.items() if value is not _NOTHING} or _NOTHING


def _below(path: str, key: str) -> str:
    """The path of a member; a name that itself looks like a path leads nowhere."""
    if not key or "." in key or "[" in key:
        return "?"
    return f"{path}.{key}" if path else key


def _kept_list(node: list[Json], path: str, audience: Audience) -> Json:
    if not node:
        return [] if may_see(path + "[]", audience) else _NOTHING
    items = [_kept(item, path + "[]", audience) for item in node]
    return [item for item in items if item is not _NOTHING] or _NOTHING
