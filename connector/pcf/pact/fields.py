"""The fields of a PACT v3 ProductFootprint with their canonical names. Amounts are texts there."""

from __future__ import annotations

import re
from typing import Any, Final

from connector.pcf.catena_x.fields import REGIONS
from connector.pcf.forms import kinds
from connector.pcf.forms.kinds import Complaint, Kind, choice, pattern, text_number, texts
from connector.pcf.forms.model import Field, rows_of
from connector.pcf.forms.rule_sets import RULE_SETS_PACT
from connector.pcf.units import CATENA_X_10_UNITS

PACT_REGIONS: Final = tuple(region for region in REGIONS if region not in ("Global", "Several"))
PCF: Final = "pcf"
DQI: Final = f"{PCF}/dqi"
VERIFICATION: Final = f"{PCF}/verification"
GROUPS: Final = {PCF: True, DQI: False, VERIFICATION: False}

_HEX = "[0-9a-fA-F]"
_PLAIN_UUID = re.compile(rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}", re.ASCII)
_SPEC_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9]{8})?", re.ASCII)
URN: Final = re.compile(r"[uU][rR][nN]:[!-~]+", re.ASCII)
_REPORT = re.compile(r"AR[0-9]+", re.ASCII)
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}-.*", re.ASCII)


def _complain_moment(value: Any) -> Complaint:
    complaint = kinds.MOMENT.complain(value)
    if complaint is not None:
        return complaint
    fits = _YEAR.fullmatch(value) and "T24:" not in value
    return None if fits else ("pcf/value", f"is {value!r}, a date-time of RFC 3339 is needed")


def matching(expression: re.Pattern[str], what: str, *, minimum: int = 1) -> Kind:
    """A list of texts that match `expression`, none of them twice."""
    listed = texts(minimum=minimum)

    def complain(value: Any) -> Complaint:
        complaint = listed.complain(value)
        if complaint is not None:
            return complaint
        wrong = [entry for entry in value if not expression.fullmatch(entry)]
        return ("pcf/value", f"holds {wrong[0]!r}, {what} is needed") if wrong else None

    return Kind(complain, tuple, list)


def _complain_sources(value: Any) -> Complaint:
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        return "pcf/type", "must be a list of objects with name and version"
    for one in value:
        if not all(isinstance(one.get(member), str) and one[member] for member in ("name", "version")):
            return "pcf/value", "holds a source without name or version"
    return None


def _complain_extensions(value: Any) -> Complaint:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return "pcf/type", "must be a list of objects"
    for one in value:
        if not isinstance(one.get("specVersion"), str) or not isinstance(one.get("data"), dict):
            return "pcf/value", "holds an extension without specVersion or data"
        if not isinstance(one.get("dataSchema"), str):
            return "pcf/value", "holds an extension without dataSchema"
    return None


MOMENT: Final = Kind(_complain_moment)
ID: Final = pattern(_PLAIN_UUID, "a UUID")
URNS: Final = matching(URN, "a URN")
SOURCES: Final = Kind(
    _complain_sources,
    lambda value: tuple((one["name"], one["version"]) for one in value),
    lambda pairs: [{"name": name, "version": version} for name, version in pairs],
)
DECIMAL: Final = text_number()
POSITIVE: Final = text_number(minimum=0)
NEGATIVE: Final = text_number(maximum=0)

FIELDS: Final[tuple[Field, ...]] = (
    *rows_of(
        "",
        ("id", "id", ID, "R"),
        ("specVersion", "spec_version", pattern(_SPEC_VERSION, "a version like 3.0.0"), "R"),
        ("precedingPfIds", "preceding_ids", kinds.uuids(minimum=1, plain=True), "o"),
        ("created", "created", MOMENT, "R"),
        ("status", "status", choice("Active", "Deprecated"), "R"),
        ("validityPeriodStart", "valid_from", MOMENT, "o"),
        ("validityPeriodEnd", "valid_until", MOMENT, "o"),
        ("companyName", "company_name", kinds.NAME, "R"),
        ("companyIds", "company_ids", URNS, "R"),
        ("productDescription", "product_description", kinds.TEXT, "R"),
        ("productIds", "product_ids", URNS, "R"),
        ("productClassifications", "product_classifications", URNS, "o"),
        ("productNameCompany", "product_name", kinds.NAME, "R"),
        ("comment", "comment", kinds.TEXT, "o"),
        ("extensions", "pact.extensions", Kind(_complain_extensions, tuple, list), "o"),
        wraps=False,
    ),
    *rows_of(
        PCF,
        ("declaredUnitOfMeasurement", "declared_unit", choice(*CATENA_X_10_UNITS), "R"),
        ("declaredUnitAmount", "declared_amount", text_number(above=0), "R"),
        ("productMassPerDeclaredUnit", "mass_per_declared_unit", DECIMAL, "R"),
        ("referencePeriodStart", "reference_start", MOMENT, "R"),
        ("referencePeriodEnd", "reference_end", MOMENT, "R"),
        ("geographyRegionOrSubregion", "region", choice(*PACT_REGIONS), "o"),
        ("geographyCountry", "country", kinds.COUNTRY, "o"),
        ("geographyCountrySubdivision", "subdivision", pattern(_SUBDIVISION, "an ISO 3166-2 code"), "o"),
        ("boundaryProcessesDescription", "technology.boundary_processes", kinds.TEXT, "o"),
        ("pcfExcludingBiogenicUptake", "total_excluding", DECIMAL, "R"),
        ("pcfIncludingBiogenicUptake", "total_including", DECIMAL, "R"),
        ("fossilCarbonContent", "carbon_content.fossil", POSITIVE, "R"),
        ("biogenicCarbonContent", "carbon_content.biogenic", POSITIVE, "o"),
        ("recycledCarbonContent", "carbon_content.recycled", POSITIVE, "o"),
        ("fossilGhgEmissions", "production.fossil_and_aircraft", POSITIVE, "R"),
        ("landUseChangeGhgEmissions", "production.land_use_change", POSITIVE, "o"),
        ("landCarbonLeakage", "pact.land_carbon_leakage", POSITIVE, "o"),
        ("landManagementFossilGhgEmissions", "pact.land_management_fossil", POSITIVE, "o"),
        ("landManagementBiogenicCO2Emissions", "production.land_management_emissions", POSITIVE, "o"),
        ("landManagementBiogenicCO2Removals", "production.land_management_removals", NEGATIVE, "o"),
        ("biogenicCO2Uptake", "production.biogenic_uptake", NEGATIVE, "o"),
        ("biogenicNonCO2Emissions", "production.biogenic_non_co2", POSITIVE, "o"),
        ("landAreaOccupation", "pact.land_area_occupation", POSITIVE, "o"),
        ("aircraftGhgEmissions", "production.aircraft", POSITIVE, "o"),
        ("packagingEmissionsIncluded", "packaging.included", kinds.FLAG, "o"),
        ("packagingGhgEmissions", "packaging.excluding", POSITIVE, "o"),
        ("packagingBiogenicCarbonContent", "carbon_content.packaging_biogenic", POSITIVE, "o"),
        ("outboundLogisticsGhgEmissions", "distribution.excluding", POSITIVE, "o"),
        ("ccsTechnologicalCO2CaptureIncluded", "technology.ccs_included", kinds.FLAG, "o"),
        ("ccsTechnologicalCO2Capture", "technology.ccs_capture", NEGATIVE, "o"),
        ("technologicalCO2CaptureOrigin", "technology.capture_origin", kinds.TEXT, "o"),
        ("technologicalCO2Removals", "technology.removals", NEGATIVE, "o"),
        ("ccuCarbonContent", "technology.ccu_carbon_content", POSITIVE, "o"),
        ("ccuCalculationApproach", "technology.ccu_approach", choice("Cut-off", "Credit"), "o"),
        ("ccuCreditCertification", "technology.ccu_certification", kinds.NAME, "o"),
        ("ipccCharacterizationFactors", "gwp_factors", matching(_REPORT, "a report like AR6"), "R"),
        ("crossSectoralStandards", "standards.cross_sectoral", texts(minimum=1), "R"),
        ("productOrSectorSpecificRules", "standards.rule_sets", RULE_SETS_PACT, "o"),
        ("exemptedEmissionsPercent", "boundary.exempted_percent", DECIMAL, "R"),
        ("exemptedEmissionsDescription", "boundary.exempted_description", kinds.TEXT, "o"),
        ("allocationRulesDescription", "allocation.description", kinds.TEXT, "o"),
        ("secondaryEmissionFactorSources", "secondary_pairs", SOURCES, "o"),
        ("primaryDataShare", "primary_data_share", DECIMAL, "o"),
        wraps=False,
    ),
    *rows_of(
        DQI,
        ("technologicalDQR", "quality.total.technological", DECIMAL, "R"),
        ("geographicalDQR", "quality.total.geographical", DECIMAL, "R"),
        ("temporalDQR", "quality.total.temporal", DECIMAL, "R"),
        wraps=False,
    ),
    *rows_of(
        VERIFICATION,
        (
            "coverage",
            "verification.coverage",
            choice("PCF calculation model", "PCF program", "product level"),
            "o",
        ),
        ("providerName", "attestation.provider_name", kinds.TEXT, "o"),
        ("completedAt", "attestation.completed_at", MOMENT, "o"),
        ("standardName", "attestation.standard_name", kinds.TEXT, "o"),
        ("comments", "verification.comments", kinds.TEXT, "o"),
        wraps=False,
    ),
)
