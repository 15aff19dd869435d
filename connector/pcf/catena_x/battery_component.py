"""io.catenax.pcf_for_battery_component_supplier 1.0.0: what a supplier of battery components states by stage.

Amounts are per kilogram or piece. The stages are those of Annex II of Regulation (EU) 2023/1542, so this is the form
that tells raw material from main production without an assumption.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from connector.notation.findings import Finding
from connector.pcf import amounts, identifiers
from connector.pcf.footprint import (
    DISTRIBUTION,
    END_OF_LIFE,
    MAIN_PRODUCTION,
    RAW_MATERIAL,
    ROUNDED,
    STAGES,
    Assumptions,
    Converted,
    Footprint,
    Read,
)
from connector.pcf.forms import checking, kinds, reading, writing
from connector.pcf.forms.kinds import Kind, choice, pattern, texts
from connector.pcf.forms.model import Field, Model, Values, rows_of

SOURCE: Final = "io.catenax.pcf_for_battery_component_supplier:1.0.0"
SEMANTIC_ID: Final = "urn:samm:io.catenax.pcf_for_battery_component_supplier:1.0.0#PcfForBatteryComponentSupplier"

_UNITS = {"CO2KG/KG": "kilogram", "CO2KG/piece": "piece"}
_WORDS = {unit: word for word, unit in _UNITS.items()}
_STAGES: Final = {
    "stage1RawMaterialAquisitionPreProcessing": (f"stages.{RAW_MATERIAL}", "R"),
    "stage2MainProductProduction": (f"stages.{MAIN_PRODUCTION}", "R"),
    "stage3Distribution": (f"stages.{DISTRIBUTION}", "o"),
    "stage4EndOfLifeRecycling": (f"stages.{END_OF_LIFE}", "o"),
    "absPcfValue": ("component.all_stages", "R"),
}
"""Group to the canonical name of its stageValue and whether it has to be there."""
_SHARES = "pcfValues/sharesPerStage"
_UNIT = Kind(choice(*_UNITS).complain, _UNITS.__getitem__, lambda unit: _WORDS.get(unit, unit))
_PLACES = 30

GROUPS: Final = {
    "pcfValues": True,
    _SHARES: True,
    **{f"{_SHARES}/{stage}": need == "R" for stage, (_, need) in _STAGES.items()},
}
FIELDS: Final[tuple[Field, ...]] = (
    *rows_of(
        "",
        ("secondaryEmissionFactorSources", "secondary_sources", texts(unique=False), "R"),
        ("primaryDataShare", "primary_data_share", kinds.PERCENT, "o"),
        ("customerPartId", "component.customer_part_id", kinds.TEXT, "o"),
        ("manufacturerPartId", "component.manufacturer_part_id", kinds.NAME, "R"),
        ("technologicalRepresentativeness", "quality.total.technological", kinds.RATING, "R"),
        ("geographicalRepresentativeness", "quality.total.geographical", kinds.RATING, "R"),
        ("timerelatedRepresentativeness", "quality.total.temporal", kinds.RATING, "R"),
        ("dataQualityRating", "component.quality", kinds.RATING, "R"),
        ("validityPeriod", "component.validity", kinds.ANYTHING, "o"),
        ("siteIdentifier", "component.site", pattern(re.compile("BPNS[0-9A-Za-z]{12}", re.ASCII), "a BPNS"), "o"),
        ("legalidentifier", "component.bpnl", pattern(re.compile("BPNL[0-9A-Z]{12}", re.ASCII), "a BPNL"), "o"),
        ("productQualityParameter", "component.product_quality", kinds.ANYTHING, "o"),
        ("contentC02Metals", "component.metals", kinds.ANYTHING, "o"),
        wraps=False,
    ),
    *rows_of(
        "pcfValues",
        ("pcfPerformanceClass", "component.performance_class", kinds.TEXT, "o"),
        ("webLinkToCarbonFootPrintStudy", "component.study", kinds.TEXT, "o"),
        wraps=False,
    ),
    *rows_of(_SHARES, ("declaredUnit", "declared_unit", _UNIT, "R"), wraps=False),
    *(
        Field(f"{_SHARES}/{stage}/stageValue", name, kinds.POSITIVE, True, False)
        for stage, (name, _) in _STAGES.items()
    ),
)


def settle(values: Values, findings: list[Finding]) -> None:
    """Per one unit; the cradle-to-gate total is the first two stages; BPNL and part number become URNs."""
    values["declared_amount"] = Decimal(1)
    values["total_excluding"] = amounts.total(values[f"stages.{stage}"] for stage in (RAW_MATERIAL, MAIN_PRODUCTION))
    bpnl = values.get("component.bpnl")
    if bpnl:
        values["company_ids"] = (identifiers.company_urn(bpnl),)
        values["product_ids"] = (identifiers.part_urn(bpnl, values["component.manufacturer_part_id"]),)
    stated = [values[f"stages.{stage}"] for stage in STAGES if f"stages.{stage}" in values]
    whole = values["component.all_stages"]
    if amounts.total(stated) != whole:
        message = f"the stages add up to {amounts.total(stated)}, absPcfValue is {whole}"
        findings.append(Finding("pcf/stages", message, f"/{_SHARES}/absPcfValue", "warning", found=whole))


def fit(values: Values, findings: list[Finding], source: str) -> None:
    """Stages per one unit; their sum where all four are stated; BPNL and part number out of the URNs."""
    amount = values.pop("declared_amount")
    values.pop("total_excluding")
    for stage in STAGES:
        name = f"stages.{stage}"
        if values.get(name) is not None:
            values[name] = _per_unit(name, values[name], amount, findings)
    stages = [values.get(f"stages.{stage}") for stage in STAGES]
    if all(stage is not None for stage in stages):
        values.setdefault("component.all_stages", amounts.total(stage for stage in stages if stage is not None))
    if source == SOURCE:
        values.pop("company_ids", None), values.pop("product_ids", None)
        return
    _fit_identifiers(values)


def _per_unit(name: str, value: Decimal, amount: Decimal, findings: list[Finding]) -> Decimal:
    if amount == 1:
        return value
    exact = amounts.exact(Fraction(value) / Fraction(amount), _PLACES)
    if exact is not None:
        return exact
    rounded = amounts.half_even(Fraction(value) / Fraction(amount), _PLACES)
    findings.append(Finding(ROUNDED, f"{name} is rounded at {_PLACES} decimals", "", "info", found=rounded))
    return rounded


def _fit_identifiers(values: Values) -> None:
    found = [bpnl for one in values.get("company_ids", ()) if (bpnl := identifiers.bpnl_of(one))]
    if found:
        values.setdefault("component.bpnl", found[0])
        values["company_ids"] = tuple(one for one in values["company_ids"] if identifiers.bpnl_of(one) != found[0])
    for one in values.get("product_ids", ()):
        part = identifiers.part_of(one)
        if part is not None:
            values.setdefault("component.manufacturer_part_id", part[1])
            values["product_ids"] = tuple(other for other in values["product_ids"] if other != one)
            return


MODEL: Final = Model(
    source=SOURCE,
    semantic_id=SEMANTIC_ID,
    groups=GROUPS,
    fields=FIELDS,
    wraps=False,
    refusal="pcf/catena-x",
    settle=settle,
    fit=fit,
)


def read(document: Any) -> Read:
    """See forms.reading.read."""
    return reading.read(MODEL, document)


def write(footprint: Footprint, *, assumptions: Assumptions | None = None) -> Converted:
    """See forms.writing.write."""
    return writing.write(MODEL, footprint, assumptions=assumptions)


def check(document: Any) -> list[Finding]:
    """See forms.checking.check."""
    return checking.check(MODEL, document)
