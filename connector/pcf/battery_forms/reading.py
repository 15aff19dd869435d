"""A battery's footprint read from a passport's payload, or from the value of a CarbonFootprint submodel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from connector.notation.digests import digest
from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import amounts
from connector.pcf.battery import (
    IMPACT,
    LIFECYCLES,
    PLACES,
    PROVISIONAL_MARK,
    ROUNDING,
    UNIT,
)
from connector.pcf.battery_forms.words import PASSPORT, PER_SERVICE_KWH, PHASES, SUBMODEL, number
from connector.pcf.footprint import (
    LOST,
    MAIN_PRODUCTION,
    NOT_DERIVABLE,
    RAW_MATERIAL,
    ROUNDED,
    Provenance,
    Read,
    build,
)

_UNIT: Final = re.compile(r"kg\s*-?CO2\s*-?(eq\.?|e)\s*(/|per)\s*kWh", re.IGNORECASE | re.ASCII)
_STAGE_OF: Final = {word: stage for stage, word in LIFECYCLES.items()}
_DIGITS: Final = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One stage as a document states it: kgCO2e per kWh, and what it says beside, by canonical name."""

    stage: str
    value: Decimal
    beside: Mapping[str, Any]
    pointer: str


def read_passport(document: Any) -> Read:
    """The footprint of `carbonFootprint[]`: the list, an object that holds it, or a whole payload.

    Raises Invalid `pcf/battery` (malformed, two plants, a stage twice), Unprocessable `pcf/unit` and
    `pcf/not-derivable` (a cradle-to-gate stage is missing).
    """
    at, entries = _entries_of(document)
    findings: list[Finding] = []
    read = [one for entry, pointer in _objects(entries, at) for one in _passport_entry(entry, pointer, findings)]
    return _footprint(read, PASSPORT, document, findings)


def read_submodel(document: Any) -> Read:
    """The footprint of the `$value` of a CarbonFootprint submodel. Raises as `read_passport`."""
    findings: list[Finding] = []
    held = document.get("ProductCarbonFootprints") if isinstance(document, dict) else None
    objects = _objects(held, "/ProductCarbonFootprints")
    read = [one for entry, pointer in objects for one in _submodel_entry(entry, pointer, findings)]
    return _footprint(read, SUBMODEL, document, findings)


def _entries_of(document: Any) -> tuple[str, Any]:
    if isinstance(document, list):
        return "", document
    if not isinstance(document, dict):
        return "", None
    inner = document.get("circularity", document)
    at = "/circularity/carbonFootprint" if inner is not document else "/carbonFootprint"
    return at, inner.get("carbonFootprint") if isinstance(inner, dict) else None


def _objects(entries: Any, at: str) -> Iterator[tuple[dict[str, Any], str]]:
    if not isinstance(entries, list) or not entries:
        raise Invalid("pcf/battery", "a battery's footprint is a list with an entry for each stage", pointer=at)
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise Invalid("pcf/battery", "an entry is an object", pointer=f"{at}/{place}")
        yield entry, f"{at}/{place}"


def _passport_entry(entry: dict[str, Any], pointer: str, findings: list[Finding]) -> Iterator[Entry]:
    if entry.get("type", IMPACT) != IMPACT:
        message = f"{entry.get('type')!r} is another impact than {IMPACT}"
        findings.append(Finding(LOST, message, pointer, "info", found=entry.get("value")))
        return
    unit = entry.get("unit")
    if not isinstance(unit, str) or not _UNIT.fullmatch(unit.strip()):
        raise Unprocessable("pcf/unit", f"{unit!r} is not {UNIT}", pointer=f"{pointer}/unit")
    stage = _stage(entry.get("lifecycle"), _STAGE_OF, f"{pointer}/lifecycle", findings)
    if stage:
        beside = {
            "battery.plant": entry.get("manufacturingPlant"),
            "battery.declaration": entry.get("declaration"),
            "battery.rulebook": entry.get("rulebook"),
            "battery.performance_class": entry.get("performanceClass"),
        }
        yield Entry(stage, number(entry.get("value"), f"{pointer}/value"), beside, pointer)


def _submodel_entry(entry: dict[str, Any], pointer: str, findings: list[Finding]) -> Iterator[Entry]:
    unit = entry.get("ReferenceImpactUnitForCalculation")
    if unit != "kWh":
        raise Unprocessable("pcf/unit", f"{unit!r} is not kWh", pointer=f"{pointer}/ReferenceImpactUnitForCalculation")
    phases = _listed(entry, "LifeCyclePhases")
    if len(phases) != 1:
        message = f"one life-cycle phase an entry can be read, here are {len(phases)}"
        findings.append(Finding(LOST, message, f"{pointer}/LifeCyclePhases", "warning", found=phases))
        return
    stage = _stage(phases[0], PHASES, f"{pointer}/LifeCyclePhases/0", findings)
    if stage:
        beside = {
            "battery.declaration": next(iter(_listed(entry, "WebLinkToPublicCarbonFootprintStudy")), None),
            "battery.rulebook": next(iter(_listed(entry, "PcfCalculationMethods")), None),
            "battery.performance_class": entry.get("PerformanceClass"),
        }
        yield Entry(stage, _per_one(entry, pointer, findings), beside, pointer)


def _listed(entry: dict[str, Any], member: str) -> list[Any]:
    found = entry.get(member)
    return found if isinstance(found, list) else []


def _per_one(entry: dict[str, Any], pointer: str, findings: list[Finding]) -> Decimal:
    """The amount for one kWh, whatever quantity it was stated for."""
    value = number(entry.get("PcfCO2eq"), f"{pointer}/PcfCO2eq")
    quantity = number(
        entry.get("QuantityOfMeasureForCalculation", Decimal(1)), f"{pointer}/QuantityOfMeasureForCalculation"
    )
    if quantity <= 0:
        raise Invalid("pcf/amount", "a quantity is above zero", pointer=f"{pointer}/QuantityOfMeasureForCalculation")
    return _divided(value, quantity, pointer, findings)


def _stage(word: Any, table: Mapping[str, str], pointer: str, findings: list[Finding]) -> str:
    stage = table.get(" ".join(word.split())) if isinstance(word, str) else None
    if stage is None:
        message = f"{word!r} is none of the four stages: {', '.join(table)}"
        findings.append(Finding(LOST, message, pointer, "warning", found=word))
    return stage or ""


def _footprint(entries: list[Entry], source: str, document: Any, findings: list[Finding]) -> Read:
    values: dict[str, Any] = {"declared_unit": PER_SERVICE_KWH, "declared_amount": Decimal(1)}
    origins: dict[str, str] = {}
    for entry in entries:
        name = f"stages.{entry.stage}"
        if name in values:
            raise Invalid("pcf/battery", f"{LIFECYCLES[entry.stage]} is stated twice", pointer=entry.pointer)
        values[name], origins[name] = entry.value, entry.pointer
        _say_beside(entry, values, origins, findings)
    missing = [LIFECYCLES[stage] for stage in (RAW_MATERIAL, MAIN_PRODUCTION) if f"stages.{stage}" not in values]
    if missing:
        raise Unprocessable(NOT_DERIVABLE, f"no total from cradle to gate: {' and '.join(missing)} not stated")
    values["total_excluding"] = amounts.total(values[f"stages.{stage}"] for stage in (RAW_MATERIAL, MAIN_PRODUCTION))
    rulebook = values.get("battery.rulebook", "")
    if isinstance(rulebook, str) and rulebook.endswith(PROVISIONAL_MARK):
        values |= {"battery.rulebook": rulebook.removesuffix(PROVISIONAL_MARK), "battery.provisional": True}
    return Read(build(values, provenance=Provenance(source, digest(document)), origins=origins), tuple(findings))


def _say_beside(entry: Entry, values: dict[str, Any], origins: dict[str, str], findings: list[Finding]) -> None:
    """What entries share; one plant a footprint, and of other members that differ the first stands."""
    for name, value in entry.beside.items():
        if value in (None, ""):
            continue
        if name not in values:
            values[name], origins[name] = value, entry.pointer
        elif values[name] != value and name == "battery.plant":
            raise Invalid("pcf/battery", "a footprint is of one plant: convert each alone", pointer=entry.pointer)
        elif values[name] != value:
            message = f"{name} differs between stages: the first stands"
            findings.append(Finding(LOST, message, entry.pointer, "warning", found=value))


def _divided(value: Decimal, quantity: Decimal, pointer: str, findings: list[Finding]) -> Decimal:
    exact = amounts.exact(Fraction(value) / Fraction(quantity), _DIGITS)
    if exact is not None:
        return exact
    rounded = amounts.half_even(Fraction(value) / Fraction(quantity), PLACES)
    findings.append(Finding(ROUNDED, ROUNDING, pointer, "info", found=rounded))
    return rounded
