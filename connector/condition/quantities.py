"""The quantities that a reading can carry: unit, physical bounds, whether the value can only grow.

Names are those of BatteryPass 4.0.0 `performance.dynamic` where it has the quantity. Bounds are what a traction or
storage battery can show at all, not what is healthy; a value beyond them means a broken sensor or a forged reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Quantity:
    """`unit` as in SAMM's unit catalogue; bounds are inclusive; a counter never falls; a whole one has no fraction."""

    unit: str
    minimum: Decimal
    maximum: Decimal
    is_counter: bool = False
    is_whole: bool = False


def _quantity(unit: str, minimum: str, maximum: str, *, counter: bool = False, whole: bool = False) -> Quantity:
    return Quantity(unit, Decimal(minimum), Decimal(maximum), counter, whole)


QUANTITIES: Final[Mapping[str, Quantity]] = MappingProxyType(
    {
        "stateOfCharge": _quantity("percent", "0", "100"),
        "stateOfHealth": _quantity("percent", "0", "120"),
        "soce": _quantity("percent", "0", "120"),
        "fullCycles": _quantity("cycle", "0", "100000", counter=True, whole=True),
        "remainingCapacity": _quantity("ampereHour", "0", "100000"),
        "capacityThroughput": _quantity("ampereHour", "0", "1000000000", counter=True),
        "capacityFade": _quantity("percent", "0", "100"),
        "remainingEnergy": _quantity("kilowattHour", "0", "100000"),
        "energyThroughput": _quantity("kilowattHour", "0", "1000000000", counter=True),
        "remainingPower": _quantity("watt", "0", "1000000000"),
        "powerFade": _quantity("percent", "0", "100"),
        "remainingRoundTripEfficiency": _quantity("percent", "0", "100"),
        "roundTripEfficiencyFade": _quantity("percent", "0", "100"),
        "selfDischargingRate": _quantity("percent", "0", "100"),
        "temperature": _quantity("degreeCelsius", "-60", "200"),
    }
)
