"""The carbon footprint of a WIA record (5.5): the parts that it states are added up and compared with its sums.

`total = production + transport + use + end of life` leaves open which of the terms a total counts, and the format's own
examples state the total from cradle to gate. So a total may equal the sum up to any stage that the record gives:
production and transport, with use, with the end of life. Terms that are absent are not added and nothing is made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from connector.notation.findings import Finding
from connector.passport.formats.wia.members import Record, number, number_at, object_at, rows, text_at
from connector.passport.formats.wia.rules import finding

TOLERANCE: Final = Decimal("0.005")
"""Share of a sum by which it may differ, since its parts are rounded."""
UNITS: Final = frozenset({"kg CO2e", "kgCO2e", "kg CO2eq", "kgCO2eq"})
_AT: Final = "/carbonFootprint"


def footprint_sums(record: Record) -> Iterable[Finding]:
    """CO2: transport legs, cradle to gate, total, use phase, unit."""
    footprint = object_at(record, "carbonFootprint")
    unit = text_at(footprint, "unit")
    if unit and unit not in UNITS:
        yield finding("CO2", f"amounts are in kg CO2e, not {unit}", f"{_AT}/unit", wanted="kg CO2e", found=unit)
    yield from _legs(footprint)
    yield from _stages(footprint)
    yield from _use(footprint)


def production(footprint: Record) -> Decimal | None:
    """Raw materials, processing, manufacturing and whatever else the production phase lists; None where it is empty."""
    parts = [number(value) for value in object_at(footprint, "productionPhase").values()]
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if known else None


def end_of_life(footprint: Record) -> Decimal | None:
    """Recycling emissions less the credit for recovered material."""
    recycling = number_at(footprint, "endOfLifeRecycling", "recyclingCO2e")
    credit = number_at(footprint, "endOfLifeRecycling", "materialRecoveryCredit")
    return None if recycling is None else recycling - (credit or 0)


def _legs(footprint: Record) -> Iterable[Finding]:
    legs = [number(row.get("co2e")) for _, row in rows(footprint.get("transportationDetails"))]
    stated = number(footprint.get("transportationEmissions"))
    if legs and stated is not None and None not in legs:
        total = sum((leg for leg in legs if leg is not None), Decimal(0))
        if not _agree(total, stated):
            message = f"the legs of transport add up to {total}, not {stated}"
            yield finding("CO2", message, f"{_AT}/transportationEmissions", wanted=total, found=stated)


def _stages(footprint: Record) -> Iterable[Finding]:
    made = production(footprint)
    if made is None:
        return
    sums = [made + (number(footprint.get("transportationEmissions")) or 0)]
    gate, total = number(footprint.get("cradleToGate")), number(footprint.get("totalCO2e"))
    if gate is not None and not _agree(sums[0], gate) and not _agree(made, gate):
        message = f"production and transport add up to {sums[0]}, not {gate}"
        yield finding("CO2", message, f"{_AT}/cradleToGate", wanted=sums[0], found=gate)
    for term in (number_at(footprint, "usePhaseEstimate", "estimatedUseCO2e"), end_of_life(footprint)):
        if term is not None:
            sums.append(sums[-1] + term)
    if total is not None and not any(_agree(wanted, total) for wanted in (made, *sums)):
        ways = " or ".join(str(wanted) for wanted in sums)
        yield finding("CO2", f"the stages add up to {ways}, not {total}", f"{_AT}/totalCO2e", wanted=sums, found=total)


def _use(footprint: Record) -> Iterable[Finding]:
    phase = object_at(footprint, "usePhaseEstimate")
    energy, factor = number(phase.get("energyConsumption")), number(phase.get("gridEmissionFactor"))
    stated = number(phase.get("estimatedUseCO2e"))
    if energy is not None and factor is not None and stated is not None and not _agree(energy * factor, stated):
        message = f"{energy} kWh at {factor} kg CO2e are {energy * factor}, not {stated}"
        pointer = f"{_AT}/usePhaseEstimate/estimatedUseCO2e"
        yield finding("CO2", message, pointer, wanted=energy * factor, found=stated)


def _agree(wanted: Decimal, found: Decimal) -> bool:
    return abs(wanted - found) <= abs(wanted) * TOLERANCE
