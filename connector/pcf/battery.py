"""The carbon footprint of a battery: component footprints and own stages, per kWh over its service life.

Regulation (EU) 2023/1542, Article 7 and Annex II; the functional unit follows the draft method for electric vehicle
batteries (Ares(2024)3131389), whose adoption is pending: every result is provisional.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import amounts
from connector.pcf.footprint import (
    ASSUMED,
    DISTRIBUTION,
    END_OF_LIFE,
    MAIN_PRODUCTION,
    NOT_DERIVABLE,
    RAW_MATERIAL,
    ROUNDED,
    STAGES,
    Footprint,
    Split,
    StageData,
    split_stages,
)

PLACES = 9
ROUNDING = f"exact rational arithmetic, each stage rounded once, half to even, at {PLACES} decimals of kgCO2e/kWh"

LIFECYCLES: dict[str, str] = {
    RAW_MATERIAL: "raw material acquisition and pre-processing",
    MAIN_PRODUCTION: "main product production",
    DISTRIBUTION: "distribution",
    END_OF_LIFE: "end of life and recycling",
}
"""Stage to the literal of `carbonFootprint[].lifecycle`."""

IMPACT = "Climate Change Total"
UNIT = "kg CO2 eq / kWh"
PROVISIONAL_MARK = " (provisional)"
_BPNA = re.compile(r"BPNA[0-9]{8}[a-zA-Z0-9]{4}", re.ASCII)

Component = tuple[Footprint, Decimal]
"""A component's footprint and how much of it one battery holds, in the declared unit of the footprint."""


@dataclass(frozen=True, slots=True)
class BatteryFootprint:
    """kgCO2e per kWh of the energy over the service life, by stage and in total.

    `per_kwh` has the four stages, rounded as `rounding` says; `total_per_kwh` is their sum as stated. `per_battery`
    has the same stages exact where they end within 30 decimals, else rounded there. `assumptions` lists what was
    assumed on the way, `sources` the digests of the component documents in their order (None: no document).
    """

    per_kwh: Mapping[str, Decimal]
    total_per_kwh: Decimal
    per_battery: Mapping[str, Decimal]
    lifetime_energy_kwh: Decimal
    assumptions: tuple[Finding, ...]
    sources: tuple[str | None, ...]
    rounding: str = ROUNDING
    is_provisional: bool = True


def lifetime_energy(usable_energy_kwh: Decimal, full_cycles_per_year: Decimal, years: Decimal) -> Decimal:
    """The functional unit of the draft: usable energy x full equivalent cycles a year x years, exact, in kWh."""
    factors = (
        amounts.amount(usable_energy_kwh, "usable_energy_kwh"),
        amounts.amount(full_cycles_per_year, "full_cycles_per_year"),
        amounts.amount(years, "years"),
    )
    product = Fraction(1)
    for factor in factors:
        product *= Fraction(factor)
    return amounts.half_even(product, 3 * amounts.MOST_DIGITS)


def roll_up(
    components: Sequence[Component],
    own_stages: Mapping[str, Decimal],
    *,
    usable_energy_kwh: Decimal | None = None,
    full_cycles_per_year: Decimal | None = None,
    years: Decimal | None = None,
    lifetime_energy_kwh: Decimal | None = None,
    unsplit: Split | Mapping[int, StageData | Split] | None = None,
) -> BatteryFootprint:
    """The footprint of one battery of a model and plant.

    `own_stages` is kgCO2e per battery that the manufacturer adds itself, by stage (end of life may be a credit, that
    is negative). The energy comes from all three of usable energy, cycles and years, or from `lifetime_energy_kwh`.
    `unsplit` splits cradle-to-gate totals that come without stages: one assumed share for all, or one entry for each
    index of `components`. The result does not depend on the order of the components.

    Raises Invalid: `pcf/energy` (not exactly one statement, or not above zero), `pcf/amount`, `pcf/stages`;
    Unprocessable `pcf/not-derivable` where a component has no stages and no split, or nobody states a stage.
    """
    energy = _energy(usable_energy_kwh, full_cycles_per_year, years, lifetime_energy_kwh)
    _check_own(own_stages)
    assumptions: list[Finding] = []
    sums: dict[str, Fraction] = {stage: Fraction(value) for stage, value in own_stages.items()}
    for index, (footprint, quantity) in enumerate(components):
        split = unsplit.get(index) if isinstance(unsplit, Mapping) else unsplit
        for stage, value in _contribution(index, footprint, quantity, split, assumptions).items():
            sums[stage] = sums.get(stage, Fraction(0)) + value
    _refuse_gaps(sums)
    assumptions += [_unstated(stage) for stage in STAGES if stage not in own_stages]
    per_kwh = {stage: amounts.half_even(sums[stage] / Fraction(energy), PLACES) for stage in STAGES}
    if any(Fraction(per_kwh[stage]) != sums[stage] / Fraction(energy) for stage in STAGES):
        assumptions.append(Finding(ROUNDED, ROUNDING, severity="info"))
    return BatteryFootprint(
        per_kwh=per_kwh,
        total_per_kwh=amounts.total(per_kwh.values()),
        per_battery={stage: amounts.half_even(sums[stage], 30) for stage in STAGES},
        lifetime_energy_kwh=energy,
        assumptions=tuple(assumptions),
        sources=tuple(footprint.provenance.digest if footprint.provenance else None for footprint, _ in components),
    )


def carbon_footprint_entries(
    battery_footprint: BatteryFootprint,
    *,
    plant: str | Mapping[str, Any],
    declaration: str,
    rulebook: str,
    performance_class: str | None = None,
    total_lifecycle: str | None = None,
) -> list[dict[str, Any]]:
    """`circularity.carbonFootprint[]` of BatteryPass 4.0.0: one entry for each life-cycle stage.

    `plant` is a BPNA, another location id, or a finished `manufacturingPlant` object (`{"left": address}`). With
    `total_lifecycle` a fifth entry holds the total under that name. The model has no place for "provisional", so the
    rulebook carries it as its last word. Raises Invalid `pcf/entry` for an empty text.
    """
    for name, text in (("declaration", declaration), ("rulebook", rulebook), ("plant", plant)):
        if not text:
            raise Invalid("pcf/entry", f"a carbon footprint needs a {name}")
    values = [(LIFECYCLES[stage], battery_footprint.per_kwh[stage]) for stage in STAGES]
    if total_lifecycle is not None:
        values.append((total_lifecycle, battery_footprint.total_per_kwh))
    shared: dict[str, Any] = {
        "rulebook": rulebook + (PROVISIONAL_MARK if battery_footprint.is_provisional else ""),
        "unit": UNIT,
        "type": IMPACT,
        "manufacturingPlant": plant_object(plant),
        "declaration": declaration,
    }
    if performance_class is not None:
        shared["performanceClass"] = performance_class
    return [{"value": value, "lifecycle": lifecycle, **shared} for lifecycle, value in values]


def _energy(usable: Decimal | None, cycles: Decimal | None, years: Decimal | None, declared: Decimal | None) -> Decimal:
    if usable is not None and cycles is not None and years is not None and declared is None:
        energy = lifetime_energy(usable, cycles, years)
    elif declared is not None and usable is None and cycles is None and years is None:
        energy = amounts.amount(declared, "lifetime_energy_kwh")
    else:
        raise Invalid(
            "pcf/energy", "state usable_energy_kwh, full_cycles_per_year and years, or lifetime_energy_kwh alone"
        )
    if energy <= 0 or any(factor is not None and factor <= 0 for factor in (usable, cycles, years)):
        raise Invalid("pcf/energy", "the energy over the service life must be above zero")
    return energy


def _check_own(own_stages: Mapping[str, Decimal]) -> None:
    for stage, value in own_stages.items():
        if stage not in STAGES:
            raise Invalid("pcf/stages", f"unknown life-cycle stage {stage!r}; the stages are {', '.join(STAGES)}")
        if amounts.amount(value, f"own stage {stage}") < 0 and stage != END_OF_LIFE:
            raise Invalid("pcf/stages", f"the own stage {stage} cannot be negative")


def _contribution(
    index: int, footprint: Footprint, quantity: Decimal, split: StageData | Split | None, assumptions: list[Finding]
) -> dict[str, Fraction]:
    """What one component adds to the stages of a battery."""
    name = footprint.product_name or f"component {index}"
    if amounts.amount(quantity, f"the quantity of {name}") <= 0:
        raise Invalid("pcf/amount", f"the quantity of {name} must be above zero")
    try:
        divided = split_stages(footprint, split)
    except Unprocessable as problem:
        raise Unprocessable(problem.code, f"{name}: {problem.detail}", pointer=f"/components/{index}") from None
    assumptions += [_about(name, index, finding) for finding in divided.findings]
    stages = {RAW_MATERIAL: divided.raw_material, MAIN_PRODUCTION: divided.main_production}
    for stage in (DISTRIBUTION, END_OF_LIFE):
        value = footprint.stages.get(stage)
        if value is not None:
            stages[stage] = Fraction(value)
    if DISTRIBUTION not in stages:
        message = f"{name}: its distribution is not stated and counted as none"
        assumptions.append(Finding(ASSUMED, message, f"/components/{index}", "warning"))
    factor = Fraction(quantity) / Fraction(footprint.declared_amount)
    return {stage: value * factor for stage, value in stages.items()}


def _about(name: str, index: int, finding: Finding) -> Finding:
    return Finding(
        finding.code,
        f"{name}: {finding.message}",
        f"/components/{index}{finding.pointer}",
        finding.severity,
        finding.wanted,
        finding.found,
        finding.source,
    )


def _unstated(stage: str) -> Finding:
    return Finding(ASSUMED, f"the own contribution to {stage} is not stated and counted as none", "", "warning")


def _refuse_gaps(sums: Mapping[str, Fraction]) -> None:
    missing = [stage for stage in STAGES if stage not in sums]
    if missing:
        raise Unprocessable(
            NOT_DERIVABLE, f"nobody states anything about {', '.join(missing)}; give an own stage, 0 where it is none"
        )


def plant_object(plant: str | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(plant, str):
        return dict(plant)
    is_bpna = _BPNA.fullmatch(plant) is not None
    return {
        "right": {
            "locationIdentifier": {"left" if is_bpna else "right": plant},
            "locationIdentifierType": "BPNA" if is_bpna else "other",
        }
    }
