"""PACT data exchange v3: a ProductFootprint read into the canonical footprint and written from it.

Patterns of the published OpenAPI that let "12kg" or "-5abc" pass are not used: amounts match from end to end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from connector.notation.findings import Finding
from connector.pcf import amounts, rules, standards
from connector.pcf.catena_x.fitting import (
    CRADLE_TO_GATE,
    LONGEST_VALIDITY_YEARS,
    drop_share_of_other_total,
    lose,
    respell,
)
from connector.pcf.footprint import ASSUMED, DISTRIBUTION, LOST, NOT_DERIVABLE, Assumptions, Converted, Footprint, Read
from connector.pcf.forms import checking, reading, writing
from connector.pcf.forms.model import Model, Values
from connector.pcf.forms.rule_sets import as_rule_sets
from connector.pcf.geography import lies_in
from connector.pcf.pact.fields import FIELDS, GROUPS, URN

SOURCE: Final = "pact:3"
SPEC_VERSION: Final = "3.0.0"

_PLACES = ("subdivision", "country", "region")
_OF_TOTAL = (
    "production.land_use_change",
    "production.land_management_emissions",
    "production.land_management_removals",
    "technology.removals",
    "technology.ccs_capture",
    "production.biogenic_non_co2",
)
_FOSSIL = "production.fossil_and_aircraft"


def settle(values: Values, findings: list[Finding]) -> None:
    """What follows inside the standard: fossil holds aircraft, outbound logistics are the distribution."""
    if values.get("subdivision"):
        values["country"] = values["subdivision"][:2]
    if "distribution.excluding" in values:
        values[f"stages.{DISTRIBUTION}"] = values["distribution.excluding"]
    _settle_fossil(values, findings)


def _settle_fossil(values: Values, findings: list[Finding]) -> None:
    whole, aircraft = values.get(_FOSSIL), values.get("production.aircraft") or Decimal(0)
    if whole is None:
        return
    if aircraft > whole:
        message = "emissions of aircraft are above the fossil emissions that hold them, so the rest is not known"
        findings.append(Finding(NOT_DERIVABLE, message, "/pcf/aircraftGhgEmissions", "warning", whole, aircraft))
        return
    values["production.fossil"] = amounts.total((whole, -aircraft)) if aircraft else whole


def fit(values: Values, findings: list[Finding], source: str) -> None:
    """Canonical values as PACT states them; what it cannot hold is told."""
    if source != SOURCE:
        respell(values, findings, standards.spell_pact)
        if source.startswith("io.catenax.pcf:"):
            drop_share_of_other_total(values, findings)
        _default_description(values, findings)
    as_rule_sets(values, keep_empty=False)
    _fit_ids(values, findings)
    _fit_place(values, findings)
    _fit_fossil(values, findings)
    _fit_sources(values, findings)
    _fit_times(values)
    gwp = values.pop("gwp", None)
    if gwp is not None and "gwp_factors" not in values:
        if gwp == "unspecified":
            lose(findings, "gwp", gwp, "PACT names an assessment report")
        else:
            values["gwp_factors"] = (gwp,)
    if values.get("packaging.included") is False and values.pop("packaging.excluding", None) is not None:
        lose(findings, "packaging.excluding", None, "packaging is said to be left out")
    if values.get("scope") == CRADLE_TO_GATE:
        values.pop("scope")


def _default_description(values: Values, findings: list[Finding]) -> None:
    if values.get("product_description") is None and values.get("product_name"):
        values["product_description"] = values["product_name"]
        message = "PACT needs a description: the name of the product"
        found = values["product_name"]
        findings.append(Finding(ASSUMED, message, "/productDescription", "info", found=found, source="PACT v3"))


def _fit_ids(values: Values, findings: list[Finding]) -> None:
    if isinstance(values.get("id"), str):
        values["id"] = values["id"].removeprefix("urn:uuid:")
    preceding = values.get("preceding_ids")
    if preceding:
        values["preceding_ids"] = tuple(dict.fromkeys(one.removeprefix("urn:uuid:") for one in preceding))
    for name in ("company_ids", "product_ids", "product_classifications"):
        stated = values.get(name)
        if not stated:
            continue
        urns = tuple(dict.fromkeys(one for one in stated if URN.fullmatch(one)))
        for one in stated:
            if one not in urns:
                lose(findings, name, one, "PACT takes URNs only")
        values[name] = urns or None


def _fit_place(values: Values, findings: list[Finding]) -> None:
    """The finest place only; a coarser one that follows from it is not lost."""
    stated = [name for name in _PLACES if values.get(name)]
    for name in stated[1:]:
        coarse, fine = values.pop(name), values[stated[0]]
        if name == "country" and fine.startswith(f"{coarse}-"):
            continue
        implied = name == "region" and (coarse == "Global" or lies_in(fine[:2], coarse))
        if not implied or coarse == "Global":
            lose(findings, name, coarse, f"PACT states one place, {fine}")
        else:
            findings.append(
                Finding(LOST, f"the region {coarse} is left to follow from {fine}", "", "info", found=coarse)
            )
    region = values.get("region")
    if region in ("Global", "Several"):
        values.pop("region")
        if region == "Several":
            lose(findings, "region", region, "PACT has no word for several regions")
    for name in _PLACES:
        if values.get(name) == "":
            values.pop(name)


def _fit_fossil(values: Values, findings: list[Finding]) -> None:
    fossil, aircraft = values.pop("production.fossil", None), values.get("production.aircraft")
    if values.get(_FOSSIL) is not None:
        return
    if fossil is not None:
        values[_FOSSIL] = amounts.total((fossil, aircraft)) if aircraft else fossil
        return
    terms = [values.get(name) for name in _OF_TOTAL if name.startswith("production.")]
    if all(term is not None for term in terms):
        rest = amounts.total((values["total_excluding"], *(-term for term in terms if term is not None)))
        if rest >= 0:
            values[_FOSSIL] = rest
            message = "the fossil emissions are what the other parts leave of the total"
            findings.append(
                Finding(ASSUMED, message, "/pcf/fossilGhgEmissions", "info", found=rest, source=rules.RULEBOOK)
            )


def _fit_sources(values: Values, findings: list[Finding]) -> None:
    stated = values.pop("secondary_sources", None)
    if stated is None or values.get("secondary_pairs"):
        return
    pairs = []
    for one in stated:
        name, _, version = one.strip().rpartition(" ")
        if name.strip() and version:
            pairs.append((name.strip(), version))
        else:
            lose(findings, "secondary_sources", one, "PACT wants name and version of a source, it states one word")
    values["secondary_pairs"] = tuple(pairs) or None


def _fit_times(values: Values) -> None:
    """The end of a day as xsd:dateTime writes it (24:00) is the begin of the next."""
    for name in (
        "created",
        "reference_start",
        "reference_end",
        "valid_from",
        "valid_until",
        "attestation.completed_at",
    ):
        text = values.get(name)
        if isinstance(text, str) and "T24:00:00" in text:
            start = checking.moment(text.replace("T24:", "T00:"))
            if start is not None and start.year < 9999:
                values[name] = (start + timedelta(days=1)).isoformat().replace("+00:00", "Z")


def derive(values: Mapping[str, Any]) -> dict[str, Any]:
    """T1 = T2 + D, the mass of a kilogram, the distribution stage."""
    derived: dict[str, Any] = {}
    uptake = values.get("production.biogenic_uptake")
    if uptake is not None:
        derived["total_including"] = amounts.total((values["total_excluding"], amounts.amount(uptake, "the uptake")))
    if values["declared_unit"] == "kilogram":
        derived["mass_per_declared_unit"] = values["declared_amount"]
    distribution = values.get(f"stages.{DISTRIBUTION}")
    if distribution is not None:
        derived["distribution.excluding"] = distribution
    return derived


def examine(values: Mapping[str, Any]) -> list[Finding]:
    """What only PACT forbids or wants: one place, sums with fossil as a whole, validity within three years, ranges."""
    findings = []
    if sum(1 for name in _PLACES if values.get(name)) > 1:
        message = (
            "at most one of geographyRegionOrSubregion, geographyCountry and geographyCountrySubdivision is stated"
        )
        findings.append(Finding("pcf/geography", message, "/pcf"))
    findings += _check_total(values)
    end, last = checking.moment(values.get("reference_end")), checking.moment(values.get("valid_until"))
    limit = checking.years_after(end, LONGEST_VALIDITY_YEARS) if end else None
    if last is not None and limit is not None and last > limit:
        message = "the validity ends later than three years after the reference period"
        findings.append(Finding("pcf/validity", message, "/validityPeriodEnd", "warning", found=values["valid_until"]))
    if values.get("packaging.included") is False and values.get("packaging.excluding") is not None:
        message = "packagingGhgEmissions is stated although packaging is said to be left out"
        findings.append(Finding("pcf/packaging", message, "/pcf/packagingGhgEmissions", "warning"))
    return findings + _check_ranges(values)


def _check_total(values: Mapping[str, Any]) -> list[Finding]:
    """T1 = T2 + D where the uptake is stated, T2 where its main parts are; fossil holds aircraft here."""
    uptake, findings = values.get("production.biogenic_uptake"), []
    if uptake is not None:
        wanted, found = amounts.total((values["total_excluding"], uptake)), values["total_including"]
        formula = "excluding plus the uptake"
        findings = rules.check_sum("pcf/t1", "including", formula, wanted, found, "/pcf/pcfIncludingBiogenicUptake")
    stated = [values[name] for name in (_FOSSIL, *_OF_TOTAL) if values.get(name) is not None]
    always = ("production.land_use_change", "production.land_management_emissions", "production.biogenic_non_co2")
    if any(values.get(name) is None for name in always):
        return findings
    wanted, found = amounts.total(stated), values["total_excluding"]
    return findings + rules.check_sum(
        "pcf/t2", "excluding", "the sum of its parts", wanted, found, "/pcf/pcfExcludingBiogenicUptake"
    )


def _check_ranges(values: Mapping[str, Any]) -> list[Finding]:
    findings = []
    bounds = {"primary_data_share": (0, 100), "boundary.exempted_percent": (0, 100)}
    bounds |= {f"quality.total.{one}": (1, 5) for one in ("technological", "geographical", "temporal")}
    for name, (low, high) in bounds.items():
        value = values.get(name)
        if value is not None and not low <= value <= high:
            pointer = MODEL.by_name[name].pointer
            findings.append(Finding("pcf/range", f"lies outside {low} to {high}", pointer, "warning", found=value))
    return findings


MODEL: Final = Model(
    source=SOURCE,
    semantic_id="PACT ProductFootprint 3",
    groups=GROUPS,
    fields=FIELDS,
    wraps=False,
    refusal="pcf/pact",
    constants={"spec_version": SPEC_VERSION, "status": "Active"},
    settle=settle,
    fit=fit,
    derive=derive,
    examine=examine,
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
