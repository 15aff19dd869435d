"""PACT data exchange v2.3, read only: amounts there are per one declared unit and are multiplied by the amount."""

from __future__ import annotations

from decimal import Context, Inexact
from typing import Any, Final

from connector.notation.findings import Finding
from connector.pcf.catena_x.version_7 import settle_land_use
from connector.pcf.footprint import ASSUMED, Read
from connector.pcf.forms import checking, kinds, reading
from connector.pcf.forms.kinds import Kind, choice, number, texts
from connector.pcf.forms.model import Field, Model, Values, rows_of
from connector.pcf.forms.rule_sets import RULE_SETS_PACT
from connector.pcf.pact import version_3
from connector.pcf.pact.fields import DECIMAL as SIGNED
from connector.pcf.pact.fields import DQI, ID, MOMENT, NEGATIVE, PACT_REGIONS, PCF, POSITIVE, SOURCES, URNS
from connector.pcf.units import CATENA_X_10_UNITS

SOURCE: Final = "pact:2"
_THREE = number(minimum=1, maximum=3)
_EXACT = Context(prec=400, traps=[Inexact])

_PER_UNIT: Final = (
    ("pCfExcludingBiogenic", "total_excluding", SIGNED, "R"),
    ("pCfIncludingBiogenic", "total_including", SIGNED, "o"),
    ("fossilGhgEmissions", "production.fossil_and_aircraft", POSITIVE, "R"),
    ("fossilCarbonContent", "carbon_content.fossil", POSITIVE, "R"),
    ("biogenicCarbonContent", "carbon_content.biogenic", POSITIVE, "R"),
    ("dLucGhgEmissions", "production.land_use_change", POSITIVE, "o"),
    ("landManagementGhgEmissions", "production.land_use", SIGNED, "o"),
    ("otherBiogenicGhgEmissions", "production.biogenic_non_co2", POSITIVE, "o"),
    ("iLucGhgEmissions", "pact.indirect_land_use_change", POSITIVE, "o"),
    ("biogenicCarbonWithdrawal", "production.biogenic_uptake", NEGATIVE, "o"),
    ("aircraftGhgEmissions", "production.aircraft", POSITIVE, "o"),
    ("packagingGhgEmissions", "packaging.excluding", POSITIVE, "o"),
    ("productMassPerDeclaredUnit", "mass_per_declared_unit", POSITIVE, "o"),
)
"""Values per one declared unit: member, canonical name, kind, need."""

_REPORTS: Final = Kind(choice("AR5", "AR6").complain, lambda value: (value,), lambda value: value[0])

FIELDS: Final[tuple[Field, ...]] = (
    *rows_of(
        "",
        ("id", "id", ID, "R"),
        ("specVersion", "spec_version", kinds.TEXT, "R"),
        ("precedingPfIds", "preceding_ids", kinds.uuids(minimum=1, plain=True), "o"),
        ("version", "version", kinds.WHOLE, "R"),
        ("created", "created", MOMENT, "R"),
        ("updated", "pact.updated", MOMENT, "o"),
        ("status", "status", choice("Active", "Deprecated"), "R"),
        ("statusComment", "pact.status_comment", kinds.TEXT, "o"),
        ("validityPeriodStart", "valid_from", MOMENT, "o"),
        ("validityPeriodEnd", "valid_until", MOMENT, "o"),
        ("companyName", "company_name", kinds.NAME, "R"),
        ("companyIds", "company_ids", URNS, "R"),
        ("productDescription", "product_description", kinds.TEXT, "R"),
        ("productIds", "product_ids", URNS, "R"),
        ("productClassifications", "product_classifications", URNS, "o"),
        ("productCategoryCpc", "product_code_cpc", kinds.TEXT, "o"),
        ("productNameCompany", "product_name", kinds.NAME, "R"),
        ("comment", "comment", kinds.TEXT, "o"),
        (
            "extensions",
            "pact.extensions",
            Kind(lambda v: None if isinstance(v, list) else ("pcf/type", "is no list"), tuple),
            "o",
        ),
        wraps=False,
    ),
    *rows_of(
        PCF,
        ("declaredUnit", "declared_unit", choice(*CATENA_X_10_UNITS), "R"),
        ("unitaryProductAmount", "declared_amount", kinds.text_number(above=0), "R"),
        *_PER_UNIT,
        ("referencePeriodStart", "reference_start", MOMENT, "R"),
        ("referencePeriodEnd", "reference_end", MOMENT, "R"),
        ("geographyRegionOrSubregion", "region", choice(*PACT_REGIONS), "o"),
        ("geographyCountry", "country", kinds.COUNTRY, "o"),
        ("geographyCountrySubdivision", "subdivision", kinds.SUBDIVISION, "o"),
        ("boundaryProcessesDescription", "technology.boundary_processes", kinds.TEXT, "o"),
        ("characterizationFactors", "gwp_factors", _REPORTS, "R"),
        ("crossSectoralStandardsUsed", "standards.cross_sectoral", texts(minimum=1), "R"),
        ("productOrSectorSpecificRules", "standards.rule_sets", RULE_SETS_PACT, "o"),
        ("exemptedEmissionsPercent", "boundary.exempted_percent", kinds.PERCENT, "R"),
        ("exemptedEmissionsDescription", "boundary.exempted_description", kinds.TEXT, "o"),
        ("packagingEmissionsIncluded", "packaging.included", kinds.FLAG, "o"),
        ("allocationRulesDescription", "allocation.description", kinds.TEXT, "o"),
        ("secondaryEmissionFactorSources", "secondary_pairs", SOURCES, "o"),
        ("primaryDataShare", "primary_data_share", kinds.PERCENT, "o"),
        wraps=False,
    ),
    *rows_of(
        DQI,
        ("coveragePercent", "quality_3.coverage", kinds.PERCENT, "o"),
        ("technologicalDQR", "quality_3.technological", _THREE, "o"),
        ("temporalDQR", "quality_3.temporal", _THREE, "o"),
        ("geographicalDQR", "quality_3.geographical", _THREE, "o"),
        ("completenessDQR", "quality_3.completeness", _THREE, "o"),
        ("reliabilityDQR", "quality_3.reliability", _THREE, "o"),
        wraps=False,
    ),
)


def settle(values: Values, findings: list[Finding]) -> None:
    """Amounts per declared amount, net land use as emissions or removals, then as version 3."""
    amount = values["declared_amount"]
    if amount != 1:
        for _, name, _, _ in _PER_UNIT:
            if values.get(name) is not None:
                values[name] = _EXACT.multiply(values[name], amount)
        message = f"2.3 states amounts per one unit: each is multiplied by the declared amount, {amount}"
        findings.append(
            Finding(ASSUMED, message, "/pcf/unitaryProductAmount", "info", found=amount, source="PACT v2.3")
        )
    settle_land_use(values, findings, "PACT v2.3")
    version_3.settle(values, findings)


def examine(values: Any) -> list[Finding]:
    """One place only."""
    if sum(1 for name in ("region", "country", "subdivision") if values.get(name)) <= 1:
        return []
    return [Finding("pcf/geography", "at most one place is stated", "/pcf")]


MODEL: Final = Model(
    source=SOURCE,
    semantic_id="PACT ProductFootprint 2.3",
    groups={PCF: True, DQI: False},
    fields=FIELDS,
    wraps=False,
    refusal="pcf/pact",
    settle=settle,
    examine=examine,
)


def read(document: Any) -> Read:
    """See forms.reading.read."""
    return reading.read(MODEL, document)


def check(document: Any) -> list[Finding]:
    """See forms.checking.check."""
    return checking.check(MODEL, document)
