"""A footprint written as that of a battery, per kWh over its service life; and back to that of a product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import amounts
from connector.pcf.battery import (
    IMPACT,
    LIFECYCLES,
    PROVISIONAL_MARK,
    UNIT,
    plant_object,
    roll_up,
)
from connector.pcf.battery_forms.words import ENERGY, PER_SERVICE_KWH, PHASES, SHARED, number
from connector.pcf.footprint import (
    ASSUMED,
    LOST,
    MAIN_PRODUCTION,
    NOT_DERIVABLE,
    RAW_MATERIAL,
    STAGES,
    Assumptions,
    Converted,
    Footprint,
    Split,
    StageData,
    flat,
)
from connector.pcf.forms.writing import told

_NEEDED: Final = ("battery.declaration", "battery.rulebook")
_DIGITS: Final = 30


def write_passport(
    footprint: Footprint, *, assumptions: Assumptions | None = None, split: Split | StageData | None = None
) -> Converted:
    """`carbonFootprint[]` of a battery: one entry for each stage that is stated.

    A footprint of one piece is divided by the energy over the service life (`battery.lifetime_energy_kwh`, assumed
    like plant, declaration and rulebook where nobody states it); all four stages must be known then. Raises
    Unprocessable `pcf/not-derivable` with every value that is missing, `pcf/unit` for another unit.
    """
    values, findings = _statement(footprint, assumptions, split, needs=("battery.plant", *_NEEDED))
    shared = {
        "rulebook": values["battery.rulebook"] + (PROVISIONAL_MARK if values.get("battery.provisional") else ""),
        "unit": UNIT,
        "type": IMPACT,
        "manufacturingPlant": plant_object(values["battery.plant"]),
        "declaration": values["battery.declaration"],
    }
    if values.get("battery.performance_class"):
        shared["performanceClass"] = values["battery.performance_class"]
    entries = [{"value": value, "lifecycle": LIFECYCLES[stage], **shared} for stage, value in _stages(values)]
    return Converted(entries, tuple(findings))


def write_submodel(
    footprint: Footprint, *, assumptions: Assumptions | None = None, split: Split | StageData | None = None
) -> Converted:
    """The `$value` of a CarbonFootprint submodel (IDTA 02035-3). Raises as `write_passport`; the plant has no place."""
    values, findings = _statement(footprint, assumptions, split, needs=_NEEDED)
    if values.get("battery.plant"):
        message = "Part 1 has the facility, CarbonFootprint has none"
        findings.append(Finding(LOST, message, footprint.origins.get("battery.plant", ""), "info"))
    if values.get("battery.provisional"):
        findings.append(Finding(LOST, "nothing here says that a footprint is provisional", "", "warning"))
    phases = {stage: phase for phase, stage in PHASES.items()}
    entries = [_submodel_form(values, phases[stage], value) for stage, value in _stages(values)]
    return Converted({"ProductCarbonFootprints": entries}, tuple(findings))


def _submodel_form(values: Mapping[str, Any], phase: str, value: Decimal) -> dict[str, Any]:
    made = {
        "PcfCalculationMethods": [values["battery.rulebook"]],
        "PcfCO2eq": value,
        "ReferenceImpactUnitForCalculation": "kWh",
        "QuantityOfMeasureForCalculation": Decimal(1),
        "LifeCyclePhases": [phase],
        "WebLinkToPublicCarbonFootprintStudy": [values["battery.declaration"]],
    }
    if values.get("battery.performance_class"):
        made["PerformanceClass"] = values["battery.performance_class"]
    return made


def _stages(values: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    for stage in STAGES:
        if values.get(f"stages.{stage}") is not None:
            yield stage, values[f"stages.{stage}"]


def _statement(
    footprint: Footprint, assumptions: Assumptions | None, split: Split | StageData | None, *, needs: Iterable[str]
) -> tuple[dict[str, Any], list[Finding]]:
    """Stages per kWh and what stands beside them, and everything that this took or cost."""
    given = assumptions or Assumptions({}, "")
    known = {ENERGY, *SHARED, *(f"stages.{stage}" for stage in STAGES), "raw_material_share"}
    unknown = [name for name in given.values if name not in known]
    if unknown:
        raise Invalid(
            "pcf/assumption", f"{unknown[0]!r} cannot be assumed of a battery, only {', '.join(sorted(known))}"
        )
    stated = flat(footprint)
    values = {**given.values, **stated}
    findings = [
        Finding(ASSUMED, f"{name} is assumed", "", "warning", found=value, source=given.source)
        for name, value in given.values.items()
        if name not in stated and (name != ENERGY or footprint.declared_unit != PER_SERVICE_KWH)
    ]
    is_piece = footprint.declared_unit == "piece"
    if not is_piece and footprint.declared_unit != PER_SERVICE_KWH:
        raise Unprocessable(
            "pcf/unit",
            f"a footprint per {footprint.declared_unit} is not that of a battery: roll it up (ionport pcf roll-up)",
        )
    if is_piece and split is None:
        split = _split_of(given)
    divided = split is not None or all(values.get(f"stages.{stage}") is not None for stage in STAGES[:2])
    _refuse_missing(values, [*needs, *([ENERGY] if is_piece else [])], is_piece=is_piece, is_divided=divided)
    if is_piece:
        values |= _per_kwh(footprint, values, split, findings)
    return values, [*findings, *_lost(stated, footprint)]


def _split_of(given: Assumptions) -> Split | None:
    share = given.values.get("raw_material_share")
    return Split(share, given.source) if share is not None else None


def _refuse_missing(values: Mapping[str, Any], needs: list[str], *, is_piece: bool, is_divided: bool) -> None:
    missing = [name for name in needs if values.get(name) in (None, "")]
    if is_piece:
        missing += [f"stages.{stage}" for stage in STAGES[2:] if values.get(f"stages.{stage}") is None]
        missing += [] if is_divided else ["raw_material_share"]
    if missing:
        findings = [Finding(NOT_DERIVABLE, f"{name} is neither stated nor assumed") for name in missing]
        raise Unprocessable(
            NOT_DERIVABLE,
            f"a battery's footprint needs values that nobody stated or assumed: {', '.join(missing)}",
            findings=findings,
        )


def _per_kwh(
    footprint: Footprint, values: Mapping[str, Any], split: Split | StageData | None, findings: list[Finding]
) -> dict[str, Any]:
    """One piece divided by its energy: the stages per kWh, provisional as every such result."""
    known = {stage: value for stage in STAGES if (value := values.get(f"stages.{stage}")) is not None}
    rolled = roll_up(
        [(replace(footprint, stages=known), Decimal(1))],
        dict.fromkeys(STAGES, Decimal(0)),
        lifetime_energy_kwh=number(values[ENERGY], ENERGY),
        unsplit={0: split} if split is not None else None,
    )
    findings += rolled.assumptions
    return {f"stages.{stage}": value for stage, value in rolled.per_kwh.items()} | {"battery.provisional": True}


def _lost(stated: Mapping[str, Any], footprint: Footprint) -> Iterator[Finding]:
    kept = {"declared_unit", "declared_amount", "total_excluding", ENERGY, "battery.provisional", *SHARED}
    kept |= {f"stages.{stage}" for stage in STAGES}
    for name, value in stated.items():
        if name not in kept:
            origin = footprint.origins.get(name, "")
            pointer = origin if origin.startswith("/") else ""
            yield Finding(LOST, f"{name} has no place in a battery's footprint", pointer, "info", found=told(value))


def as_product(footprint: Footprint, assumptions: Mapping[str, Any], source: str) -> tuple[Footprint, list[Finding]]:
    """The footprint of one battery, of one that is stated per kWh over the service life; any other as it is.

    Raises Unprocessable `pcf/not-derivable` where nobody says the energy: such a value is never taken for a product's.
    """
    if footprint.declared_unit != PER_SERVICE_KWH:
        return footprint, []
    energy = assumptions.get(ENERGY)
    if energy is None:
        raise Unprocessable(
            NOT_DERIVABLE,
            f"the values are per kWh over the service life: {ENERGY} turns them into those of one battery",
            findings=[Finding(NOT_DERIVABLE, f"{ENERGY} is neither stated nor assumed")],
        )
    factor = number(energy, ENERGY)
    if factor <= 0:
        raise Invalid("pcf/energy", "the energy over the service life must be above zero")
    findings = [Finding(ASSUMED, f"{ENERGY} is assumed", "", "warning", found=energy, source=source)]
    stages = {
        stage: amounts.half_even(Fraction(value) * Fraction(factor), _DIGITS)
        for stage, value in footprint.stages.items()
        if value is not None
    }
    total = amounts.total(stages[stage] for stage in (RAW_MATERIAL, MAIN_PRODUCTION))
    return replace(footprint, declared_unit="piece", stages=stages, total_excluding=total), findings
