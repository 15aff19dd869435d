"""Estimates of a battery's health from what it can still store.

State of health by capacity and state of certified energy (SOCE) are two measures: the law asks the second of electric
vehicles (Annex VII Part A of Regulation (EU) 2023/1542), and neither is made from the other. A healthy new battery can
measure above 100 %: the value is kept as measured, not clamped.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from connector.notation.problems import Unprocessable

PRECISION: Final = Decimal("0.1")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` in `unit`, rounded half to even to `precision`; `method` and its version say how it came about."""

    quantity: str
    value: Decimal
    unit: str
    precision: Decimal
    method: str


def state_of_health(remaining_capacity: Decimal, rated_capacity: Decimal) -> Estimate:
    """Remaining over rated capacity (both Ah) x 100 (Unprocessable `condition/estimate` if that has no meaning)."""
    return Estimate(
        "stateOfHealth", _share(remaining_capacity, rated_capacity), "percent", PRECISION, "capacity-ratio/1"
    )


def state_of_certified_energy(remaining_energy: Decimal, certified_energy: Decimal) -> Estimate:
    """Remaining usable over certified usable energy (both kWh) x 100 (Unprocessable as `state_of_health`)."""
    return Estimate("soce", _share(remaining_energy, certified_energy), "percent", PRECISION, "energy-ratio/1")


def _share(remaining: Decimal, rated: Decimal) -> Decimal:
    if not (remaining.is_finite() and rated.is_finite()) or rated <= 0 or remaining < 0:
        raise Unprocessable(
            "condition/estimate",
            f"no share can be estimated of {remaining} remaining and {rated} rated: rated must be above 0",
        )
    with localcontext() as context:
        context.prec = 50
        share = remaining / rated * _HUNDRED
        if share.adjusted() > 40:
            raise Unprocessable("condition/estimate", f"{remaining} of {rated} is no share of a battery")
        return share.quantize(PRECISION, ROUND_HALF_EVEN)
