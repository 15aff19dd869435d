"""The names and numbers that the forms of a battery's footprint share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from connector.notation.problems import Invalid
from connector.pcf import amounts
from connector.pcf.footprint import (
    MAIN_PRODUCTION,
    RAW_MATERIAL,
)

PER_SERVICE_KWH: Final = "kilowatt hour of service life"
ENERGY: Final = "battery.lifetime_energy_kwh"
PASSPORT: Final = "io.catenax.battery.battery_pass:4.0.0"
SUBMODEL: Final = "idta-02035-3:1.0"
PHASES: Final = {
    "A1 - raw material supply (and upstream production)": RAW_MATERIAL,
    "A3 - production": MAIN_PRODUCTION,
    "A4 - transport to final destination": "distribution",
    "C1-C4": "end-of-life",
}
"""Modules of EN 15804, as IDTA 02023 lists them, for the four stages."""
SHARED: Final = ("battery.plant", "battery.declaration", "battery.rulebook", "battery.performance_class")


def number(value: Any, pointer: str) -> Decimal:
    """An exact amount of a document. Raises Invalid `pcf/amount`."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Invalid("pcf/amount", f"{value!r} is no number", pointer=pointer)
    return amounts.amount(Decimal(value), pointer)
