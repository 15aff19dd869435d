"""Folding a reading into the passport: BatteryPass 4.0.0 `performance.dynamic`, from which ProductCondition is built.

Each value is written with its own time. A quantity without a place in the model (temperature, state of health by
capacity) stays with the reading: the certified energy that the model asks for is not the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connector.condition.quantities import QUANTITIES
from connector.condition.readings import Reading, written_time
from connector.notation import pointers
from connector.notation.problems import Conflict, Unprocessable

Json = Any

ROOT: Final = ("performance", "dynamic")

# quantity -> the element below performance.dynamic
PLACES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "stateOfCharge": ("stateOfCharge",),
        "soce": ("energy", "soce"),
        "fullCycles": ("fullCycles",),
        "remainingCapacity": ("capacity", "capacity"),
        "capacityThroughput": ("capacity", "throughput"),
        "capacityFade": ("capacity", "fade"),
        "remainingEnergy": ("energy", "remaining"),
        "energyThroughput": ("energy", "throughput"),
        "remainingPower": ("power", "remaining"),
        "powerFade": ("power", "fade"),
        "remainingRoundTripEfficiency": ("roundTripEfficiency", "remaining"),
        "roundTripEfficiencyFade": ("roundTripEfficiency", "fade"),
        "selfDischargingRate": ("selfDischargingRate",),
    }
)
_WITHOUT_TIME: Final = frozenset({"selfDischargingRate"})


def touched(reading: Reading) -> list[str]:
    """The JSON pointers of the elements that `fold` writes for `reading`."""
    return [_pointer(PLACES[name]) for name in reading.quantities if name in PLACES]


def unplaced(reading: Reading) -> list[str]:
    """The quantities of `reading` for which BatteryPass 4.0.0 has no element."""
    return [name for name in reading.quantities if name not in PLACES]


def fold(payload: Json, reading: Reading) -> Json:
    """`payload` with the values and the time of `reading`; `payload` itself stays as it is.

    Raises Unprocessable `condition/no-place` if no quantity has an element, `condition/payload-shape` where the
    payload has something else in the place, Conflict `condition/older-than-passport` where it has a newer value.
    """
    if not touched(reading):
        raise Unprocessable("condition/no-place", f"nothing of {', '.join(reading.quantities)} belongs in the passport")
    for name, amount in reading.quantities.items():
        if name in PLACES:
            payload = _written(payload, (*ROOT, *PLACES[name]), 0, name, amount, reading)
    return payload


def _written(node: Json, path: tuple[str, ...], depth: int, name: str, amount: Decimal, reading: Reading) -> Json:
    if depth == len(path):
        return _element(node, path, name, amount, reading)
    if not isinstance(node, dict):
        at = pointers.join("", *path[:depth])
        raise Unprocessable("condition/payload-shape", f"{at or 'the payload'} is not an object", pointer=at)
    below = node.get(path[depth], {})
    return {**node, path[depth]: _written(below, path, depth + 1, name, amount, reading)}


def _element(node: Json, path: tuple[str, ...], name: str, amount: Decimal, reading: Reading) -> Json:
    value = int(amount) if QUANTITIES[name].is_whole else amount
    if name in _WITHOUT_TIME:
        return value
    _refuse_older(node, path, reading)
    return {"value": value, "time": written_time(reading.time)}


def _refuse_older(node: Json, path: tuple[str, ...], reading: Reading) -> None:
    if not isinstance(node, dict):
        at = pointers.join("", *path)
        raise Unprocessable("condition/payload-shape", f"{at} is not an object", pointer=at)
    recorded = _time_of(node.get("time"))
    if recorded is not None and recorded > reading.time:
        at = pointers.join("", *path, "time")
        raise Conflict(
            "condition/older-than-passport",
            f"the passport has a value of {written_time(recorded)}, the reading is of {written_time(reading.time)}",
            pointer=at,
        )


def _time_of(text: Any) -> datetime | None:
    """The time of a record; None where it has none that can be compared (no zone, no time at all)."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo is not None else None


def _pointer(place: tuple[str, ...]) -> str:
    return pointers.join("", *ROOT, *place)
