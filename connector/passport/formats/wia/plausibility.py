"""Figures of one WIA record held against each other: warnings, since each might be true alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Final

from connector.notation.findings import Finding
from connector.passport.formats.wia.lifecycle import first_use, last_moment
from connector.passport.formats.wia.members import Record, day, number_at, object_at, rows, text_at
from connector.passport.formats.wia.rules import finding

DENSITY_TOLERANCE: Final = Decimal("0.1")
THROUGHPUT: Final = (Decimal("0.5"), Decimal("2.2"))
"""Energy of a full cycle by the battery's own: a worn cell gives half, charge and discharge together give twice."""
HOURS_A_CYCLE: Final = 2
"""A full cycle at 1 C, in and out."""
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}", re.ASCII)


def energy_density(record: Record) -> Iterable[Finding]:
    """Volts times ampere hours by the weight is what the density says."""
    energy, weight = _watt_hours(record), number_at(record, "chemistry", "weight", "total")
    stated = number_at(record, "specifications", "energyDensity")
    if energy and weight and stated is not None:
        computed = energy / weight
        if abs(computed - stated) > computed * DENSITY_TOLERANCE:
            message = f"{energy} Wh on {weight} kg are {computed:.4g} Wh/kg, not {stated}"
            yield _warning(message, "/specifications/energyDensity", round(computed, 2), stated)


def throughput(record: Record) -> Iterable[Finding]:
    """The energy that went through fits the cycles."""
    energy, cycles = _watt_hours(record), number_at(record, "lifecycle", "cycleCount")
    through = number_at(record, "lifecycle", "totalEnergyThroughput")
    if energy and cycles and through is not None:
        each = through * 1000 / cycles / energy
        if not THROUGHPUT[0] <= each <= THROUGHPUT[1]:
            message = f"{through} kWh in {cycles} cycles are {each:.3g} times the battery's energy a cycle"
            wanted = energy * cycles / 1000
            yield _warning(message, "/lifecycle/totalEnergyThroughput", wanted, through)


def time_of_use(record: Record) -> Iterable[Finding]:
    """Operating hours and cycles fit into the time since use began."""
    start, end = first_use(record), last_moment(record)
    if start is None or end is None or end < start:
        return
    hours = Decimal((end - start).total_seconds()) / 3600
    operated, cycles = number_at(record, "lifecycle", "operatingHours"), number_at(record, "lifecycle", "cycleCount")
    if operated is not None and operated > hours:
        message = f"{operated} operating hours in the {hours:.4g} since use began"
        yield _warning(message, "/lifecycle/operatingHours", round(hours, 1), operated)
    if cycles is not None and cycles * HOURS_A_CYCLE > hours:
        message = f"{cycles} full cycles in the {hours:.4g} hours since use began"
        yield _warning(message, "/lifecycle/cycleCount", int(hours / HOURS_A_CYCLE), cycles)


def vehicle(record: Record) -> Iterable[Finding]:
    """A VIN has 17 capitals and digits, without I, O and Q (ISO 3779)."""
    vin = text_at(record, "lifecycle", "vehicleVIN")
    if vin and not _VIN.fullmatch(vin):
        message = f"a VIN has 17 characters without I, O and Q, this one has {len(vin)}"
        yield _warning(message, "/lifecycle/vehicleVIN", "17 of A-H, J-N, P, R-Z, 0-9", len(vin))


def ownership(record: Record) -> Iterable[Finding]:
    """One owner follows another without a gap or an overlap."""
    history = rows(object_at(record, "lifecycle").get("ownershipHistory"))
    for (_, before), (at, after) in pairwise(history):
        end, start = day(before.get("endDate")), day(after.get("startDate"))
        if end is not None and start is not None and end != start:
            what = "a gap" if start > end else "an overlap"
            message = f"{what} between owners: one ends {end}, the next begins {start}"
            yield _warning(message, f"/lifecycle/ownershipHistory/{at}/startDate", str(end), str(start))


def _watt_hours(record: Record) -> Decimal | None:
    volts = number_at(record, "specifications", "nominalVoltage")
    hours = number_at(record, "specifications", "nominalCapacity")
    return volts * hours if volts and hours and volts > 0 and hours > 0 else None


def _warning(message: str, pointer: str, wanted: object, found: object) -> Finding:
    return finding("PLAUS", message, pointer, severity="warning", wanted=wanted, found=found)
