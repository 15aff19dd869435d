"""io.catenax.pcf 7.0.0: the flat model of 2024, read and written for partners who have not moved on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from connector.notation.findings import Finding
from connector.pcf import amounts, standards
from connector.pcf.catena_x import version_9
from connector.pcf.catena_x.fields import REGIONS
from connector.pcf.catena_x.fitting import derive_region, from_pact, lose, respell
from connector.pcf.footprint import ASSUMED, Assumptions, Converted, Footprint, Read
from connector.pcf.forms import checking, kinds, reading, writing
from connector.pcf.forms.kinds import choice, listed, number, texts
from connector.pcf.forms.model import Field, Model, Values, rows_of
from connector.pcf.forms.rule_sets import RULE_SETS_7, as_rule_sets
from connector.pcf.units import CATENA_X_7_UNITS

SOURCE: Final = "io.catenax.pcf:7.0.0"
SEMANTIC_ID: Final = "urn:samm:io.catenax.pcf:7.0.0#Pcf"
SPEC_VERSION: Final = "urn:io.catenax.pcf:datamodel:version:7.0.0"
DEFAULT_CPC: Final = "011-99000"
"""What the model itself says where a product has no code of the central product classification."""

_PCF = "pcf"
_RATING = f"{_PCF}/dataQualityRating"
_CPC = re.compile(r"[0-9]{3}-[0-9]{5}", re.ASCII)
_THREE = number(minimum=1, maximum=3)
_LAND_USE = ("production", "distribution")


def _emissions(prefix: str, name: str, land: str, land_use: str) -> tuple[Field, ...]:
    def spelled(member: str) -> str:
        return prefix + member[0].upper() + member[1:] if prefix else member

    return (
        *rows_of(
            _PCF,
            (spelled("fossilGhgEmissions"), f"{name}.fossil", kinds.POSITIVE, "o"),
            (spelled("biogenicCarbonEmissionsOtherThanCO2"), f"{name}.biogenic_non_co2", kinds.POSITIVE, "o"),
            (spelled("biogenicCarbonWithdrawal"), f"{name}.biogenic_uptake", kinds.NEGATIVE, "o"),
            (land, f"{name}.land_use_change", kinds.POSITIVE, "o"),
            (land_use, f"{name}.land_use", kinds.SIGNED, "o"),
            (spelled("aircraftGhgEmissions"), f"{name}.aircraft", kinds.POSITIVE, "o"),
            wraps=False,
        ),
    )


FIELDS: Final[tuple[Field, ...]] = (
    *rows_of(
        "",
        ("id", "id", kinds.FOOTPRINT_ID, "R"),
        ("specVersion", "spec_version", kinds.TEXT, "R"),
        ("partialFullPcf", "scope", choice("Cradle-to-gate", "Cradle-to-grave"), "R"),
        ("precedingPfIds", "preceding_ids", listed("id", kinds.FOOTPRINT_ID), "o"),
        ("version", "version", kinds.WHOLE, "R"),
        ("created", "created", kinds.MOMENT, "R"),
        ("extWBCSD_pfStatus", "status", choice("Active", "Deprecated"), "R"),
        ("validityPeriodStart", "valid_from", kinds.MOMENT, "o"),
        ("validityPeriodEnd", "valid_until", kinds.MOMENT, "o"),
        ("comment", "comment", kinds.TEXT, "o"),
        ("companyName", "company_name", kinds.NAME, "R"),
        ("companyIds", "company_ids", texts(uri=True, unique=False, minimum=1), "R"),
        ("productDescription", "product_description", kinds.TEXT, "o"),
        ("productIds", "product_ids", texts(uri=True, unique=False, minimum=1), "R"),
        ("extWBCSD_productCodeCpc", "product_code_cpc", kinds.TEXT, "R"),
        ("productName", "product_name", kinds.NAME, "R"),
        ("pcfLegalStatement", "legal_statement", kinds.TEXT, "o"),
        wraps=False,
    ),
    *rows_of(
        _PCF,
        ("declaredUnit", "declared_unit", choice(*CATENA_X_7_UNITS), "R"),
        ("unitaryProductAmount", "declared_amount", number(above=0), "R"),
        ("productMassPerDeclaredUnit", "mass_per_declared_unit", kinds.POSITIVE, "R"),
        ("exemptedEmissionsPercent", "boundary.exempted_percent", number(minimum=0, maximum=5), "R"),
        ("exemptedEmissionsDescription", "boundary.exempted_description", kinds.TEXT, "o"),
        ("boundaryProcessesDescription", "technology.boundary_processes", kinds.TEXT, "o"),
        ("geographyCountrySubdivision", "subdivision", kinds.SUBDIVISION, "o"),
        ("geographyCountry", "country", kinds.COUNTRY, "o"),
        ("geographyRegionOrSubregion", "region", choice(*REGIONS), "R"),
        ("referencePeriodStart", "reference_start", kinds.MOMENT, "R"),
        ("referencePeriodEnd", "reference_end", kinds.MOMENT, "R"),
        (
            "crossSectoralStandardsUsed",
            "standards.cross_sectoral",
            listed("crossSectoralStandard", choice(*standards.CATENA_X_7)),
            "R",
        ),
        ("productOrSectorSpecificRules", "standards.rule_sets", RULE_SETS_7, "R"),
        ("extWBCSD_characterizationFactors", "gwp", choice("AR5", "AR6"), "R"),
        ("extWBCSD_allocationRulesDescription", "allocation.description", kinds.TEXT, "o"),
        (
            "extTFS_allocationWasteIncineration",
            "allocation.waste_incineration",
            choice("cut-off", "reverse cut-off", "system expansion"),
            "R",
        ),
        ("primaryDataShare", "primary_data_share", kinds.PERCENT, "o"),
        (
            "secondaryEmissionFactorSources",
            "secondary_sources",
            listed("secondaryEmissionFactorSource", kinds.TEXT),
            "R",
        ),
        ("extWBCSD_packagingEmissionsIncluded", "packaging.included", kinds.FLAG, "R"),
        ("pcfExcludingBiogenic", "total_excluding", kinds.POSITIVE, "R"),
        ("pcfIncludingBiogenic", "total_including", kinds.SIGNED, "o"),
        wraps=False,
    ),
    *_emissions("", "production", "dlucGhgEmissions", "extTFS_luGhgEmissions"),
    *rows_of(
        _PCF,
        ("extWBCSD_packagingGhgEmissions", "packaging.excluding", kinds.POSITIVE, "o"),
        ("distributionStagePcfExcludingBiogenic", "distribution.excluding", kinds.POSITIVE, "o"),
        ("distributionStagePcfIncludingBiogenic", "distribution.including", kinds.SIGNED, "o"),
        wraps=False,
    ),
    *_emissions(
        "distributionStage",
        "distribution",
        "extTFS_distributionStageDlucGhgEmissions",
        "extTFS_distributionStageLuGhgEmissions",
    ),
    *rows_of(
        _PCF,
        ("carbonContentTotal", "carbon_content.total", kinds.POSITIVE, "o"),
        ("extWBCSD_fossilCarbonContent", "carbon_content.fossil", kinds.POSITIVE, "o"),
        ("carbonContentBiogenic", "carbon_content.biogenic", kinds.POSITIVE, "o"),
        wraps=False,
    ),
    *rows_of(
        _RATING,
        ("coveragePercent", "quality_3.coverage", kinds.PERCENT, "o"),
        ("technologicalDQR", "quality_3.technological", _THREE, "o"),
        ("temporalDQR", "quality_3.temporal", _THREE, "o"),
        ("geographicalDQR", "quality_3.geographical", _THREE, "o"),
        ("completenessDQR", "quality_3.completeness", _THREE, "o"),
        ("reliabilityDQR", "quality_3.reliability", _THREE, "o"),
        wraps=False,
    ),
)
"""Ratings from 1 to 3 keep names of their own: no published formula turns them into those from 1 to 5."""


def settle(values: Values, findings: list[Finding]) -> None:
    """One net value of land use becomes emissions or removals; the distribution becomes a stage."""
    settle_land_use(values, findings, SOURCE)
    if "distribution.excluding" in values:
        values["stages.distribution"] = values["distribution.excluding"]
    amount = values.get("declared_amount")
    if amount != 1:
        message = f"7.0.0 does not say whether amounts are per one unit; they are read as per {amount} units"
        findings.append(Finding(ASSUMED, message, "/pcf/unitaryProductAmount", "warning", found=amount, source=SOURCE))


def settle_land_use(values: Values, findings: list[Finding], source: str) -> None:
    """The net value of land management: what is not negative is an emission, what is negative a removal."""
    for stage in _LAND_USE:
        net = values.pop(f"{stage}.land_use", None)
        if net is None:
            continue
        half = "removals" if net < 0 else "emissions"
        values[f"{stage}.land_management_{half}"] = net
        message = f"the net value of land use ({stage}) is read as {half} of land management"
        findings.append(Finding(ASSUMED, message, "", "info", found=net, source=source))


def fit(values: Values, findings: list[Finding], source: str) -> None:
    """Names and lists of 7.0.0; a code of the product classification where one is stated, else the model's default."""
    if source != SOURCE:
        respell(values, findings, standards.spell_7)
    pairs = values.pop("secondary_pairs", None)
    if pairs is not None and "secondary_sources" not in values:
        values["secondary_sources"] = tuple(dict.fromkeys(f"{name} {version}" for name, version in pairs))
    as_rule_sets(values, keep_empty=True)
    factors = values.pop("gwp_factors", None)
    if factors is not None and len(factors) == 1:
        values.setdefault("gwp", factors[0])
    for stage in _LAND_USE:
        halves = [values.pop(f"{stage}.land_management_{half}", None) for half in ("emissions", "removals")]
        stated = [half for half in halves if half is not None]
        if stated:
            values[f"{stage}.land_use"] = amounts.total(stated)
        if len(stated) == 2 and all(stated):
            lose(findings, f"{stage}.land_management", [str(one) for one in stated], "7.0.0 states the net value")
    if values.get("region") is None:
        derive_region(values, findings)
    from_pact(values, findings, source)
    _classify(values, findings)


def _classify(values: Values, findings: list[Finding]) -> None:
    if values.get("product_code_cpc"):
        return
    codes = [one for one in values.get("product_classifications", ()) if _CPC.fullmatch(one)]
    if codes:
        values["product_code_cpc"] = codes[0]
        left = tuple(one for one in values["product_classifications"] if one != codes[0])
        values["product_classifications"] = left
        return
    values["product_code_cpc"] = DEFAULT_CPC
    message = f"no product code is stated: the model's own default {DEFAULT_CPC}"
    findings.append(
        Finding(ASSUMED, message, "/extWBCSD_productCodeCpc", "info", found=DEFAULT_CPC, source=SEMANTIC_ID)
    )


def derive(values: Mapping[str, Any]) -> dict[str, Any]:
    """T1 = T2 + D, the mass of a kilogram, the distribution stage."""
    derived = version_9.derive(values)
    derived.pop("distribution.included")
    return derived


MODEL: Final = Model(
    source=SOURCE,
    semantic_id=SEMANTIC_ID,
    groups={_PCF: True, _RATING: False},
    fields=FIELDS,
    wraps=False,
    refusal="pcf/catena-x",
    constants={"spec_version": SPEC_VERSION, "version": Decimal(0), "status": "Active"},
    totals=(
        ("production", "total_including", "total_excluding", _PCF),
        ("distribution", "distribution.including", "distribution.excluding", _PCF),
    ),
    settle=settle,
    fit=fit,
    derive=derive,
    nets_land_use=True,
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
