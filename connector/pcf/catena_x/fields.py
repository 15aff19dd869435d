"""The fields of io.catenax.pcf 9.0.0, each with its canonical name: the table that reading, writing, checking walk.

Every group of the model is an array that holds exactly one object, which its schema does not say.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.pcf.forms import kinds
from connector.pcf.forms.checking import RETROSPECTIVE
from connector.pcf.forms.kinds import choice, number, texts
from connector.pcf.forms.model import Field
from connector.pcf.forms.model import rows_of as _in
from connector.pcf.units import CATENA_X_9_UNITS

SPEC_VERSION = "urn:io.catenax.pcf:datamodel:version:9.0.0"
SEMANTIC_ID = "urn:samm:io.catenax.pcf:9.0.0#Pcf"

REGIONS: tuple[str, ...] = (
    "Africa", "Americas", "Asia", "Europe", "Oceania", "Australia and New Zealand", "Central Asia", "Eastern Asia",
    "Eastern Europe", "Latin America and the Caribbean", "Melanesia", "Micronesia", "Northern Africa",
    "Northern America", "Northern Europe", "Polynesia", "South-eastern Asia", "Southern Asia", "Southern Europe",
    "Sub-Saharan Africa", "Western Asia", "Western Europe", "Global", "Several",
)  # fmt: skip
CALCULATIONS: tuple[str, ...] = (
    RETROSPECTIVE,
    "Prospective PCF without forerunner",
    "Prospective PCF of further developed product with forerunner",
    "Prospective PCF for current product for future production date",
    "Progressive PCF",
)


_PRODUCT = "companyAndProductInformation"
_ASSESSMENT = "pcfAssessmentAndMethodology"
_INFORMATION = f"{_ASSESSMENT}/pcfAssessmentInformation"
_METHOD = f"{_ASSESSMENT}/pcfMethodology"
_STAGES = "productLifeCycleStagesAndEmissions"

GROUPS: dict[str, bool] = {
    "scopeOfPcfForm": True,
    _PRODUCT: True,
    f"{_PRODUCT}/companyInformation": False,
    f"{_PRODUCT}/productInformation": False,
    _ASSESSMENT: True,
    f"{_ASSESSMENT}/dataSourcesAndQuality": True,
    _INFORMATION: False,
    f"{_INFORMATION}/technology": True,
    f"{_INFORMATION}/idAndVersion": True,
    f"{_INFORMATION}/boundarySpecifications": True,
    f"{_INFORMATION}/geography": True,
    f"{_INFORMATION}/time": True,
    f"{_ASSESSMENT}/verificationAndCertificationShares": False,
    _METHOD: False,
    f"{_METHOD}/massBalancingInformation": True,
    f"{_METHOD}/standards": True,
    f"{_METHOD}/gwpCharacterizationFactorDetails": True,
    f"{_METHOD}/allocationInForeground": True,
    "general": True,
    "carbonContent": True,
    _STAGES: True,
    f"{_STAGES}/productionStage": True,
    f"{_STAGES}/distributionStage": True,
    f"{_STAGES}/packagingStage": True,
    "attestationOfConformance": False,
}
"""Group path to whether its parent must hold it."""

OPTIONAL_WHEN_WRITTEN: frozenset[str] = frozenset(
    {f"{_ASSESSMENT}/verificationAndCertificationShares", "attestationOfConformance"}
)
"""Groups that a document of ours may lack; the schema would let go of more, the rulebook does not."""


def emissions(group: str, prefix: str, name: str, *, upper: bool) -> Iterator[Field]:
    """The seven parts of a stage's footprint (A, C to H), under the member names of that stage."""
    for member, part, kind in (
        ("fossilGhgEmissions", "fossil", kinds.POSITIVE),
        ("biogenicNonCO2Emissions", "biogenic_non_co2", kinds.POSITIVE),
        ("biogenicCO2Uptake", "biogenic_uptake", kinds.NEGATIVE),
        ("landUseChangeGhgEmissions", "land_use_change", kinds.POSITIVE),
        ("landManagementBiogenicCO2Emissions", "land_management_emissions", kinds.POSITIVE),
        ("landManagementBiogenicCO2Removals", "land_management_removals", kinds.NEGATIVE),
        ("aircraftGhgEmissions", "aircraft", kinds.POSITIVE),
    ):
        spelled = prefix + (member[0].upper() + member[1:] if upper else member)
        yield Field(f"{group}/{spelled}", f"{name}.{part}", kind, False)


FIELDS: tuple[Field, ...] = (
    *_in(
        "scopeOfPcfForm",
        ("specVersion", "spec_version", kinds.TEXT, "R"),
        ("partialFullPcf", "scope", choice("Cradle-to-gate", "Cradle-to-grave"), "R"),
    ),
    *_in(
        f"{_PRODUCT}/companyInformation",
        ("companyName", "company_name", kinds.NAME, "R"),
        ("companyIds", "company_ids", texts(uri=True, minimum=1), "R"),
    ),
    *_in(
        f"{_PRODUCT}/productInformation",
        ("productNameCompany", "product_name", kinds.NAME, "R"),
        ("productIds", "product_ids", texts(uri=True, minimum=1), "R"),
        ("declaredUnitOfMeasurement", "declared_unit", choice(*CATENA_X_9_UNITS), "R"),
        ("declaredUnitAmount", "declared_amount", number(above=0), "R"),
        ("productMassPerDeclaredUnit", "mass_per_declared_unit", kinds.POSITIVE, "R"),
        ("productClassifications", "product_classifications", texts(), "o"),
        ("productDescription", "product_description", kinds.TEXT, "o"),
    ),
    *_in(
        f"{_ASSESSMENT}/dataSourcesAndQuality",
        ("primaryDataShare", "primary_data_share", kinds.PERCENT, "o"),
        ("secondaryEmissionFactorSources", "secondary_sources", texts(), "o"),
        ("technologicalDQR", "quality.total.technological", kinds.RATING, "o"),
        ("temporalDQR", "quality.total.temporal", kinds.RATING, "o"),
        ("geographicalDQR", "quality.total.geographical", kinds.RATING, "o"),
    ),
    *_in(
        f"{_INFORMATION}/technology",
        ("ccsTechnologicalCO2CaptureIncluded", "technology.ccs_included", kinds.FLAG, "R"),
        ("boundaryProcessesDescription", "technology.boundary_processes", kinds.TEXT, "o"),
    ),
    *_in(
        f"{_INFORMATION}/idAndVersion",
        ("id", "id", kinds.FOOTPRINT_ID, "R"),
        ("version", "version", kinds.POSITIVE, "R"),
        ("status", "status", choice("Active", "Deprecated"), "R"),
        ("retroOrProspectivePcfType", "calculation", choice(*CALCULATIONS), "R"),
        ("precedingPfIds", "preceding_ids", kinds.PRECEDING, "o"),
    ),
    *_in(
        f"{_INFORMATION}/boundarySpecifications",
        ("exemptedEmissionsPercent", "boundary.exempted_percent", number(minimum=0, maximum=10), "R"),
        ("exemptedEmissionsDescription", "boundary.exempted_description", kinds.TEXT, "o"),
    ),
    *_in(
        f"{_INFORMATION}/geography",
        ("geographyRegionOrSubregion", "region", choice(*REGIONS), "R"),
        ("geographyCountrySubdivision", "subdivision", kinds.SUBDIVISION, "o"),
        ("geographyCountry", "country", kinds.COUNTRY, "o"),
    ),
    *_in(
        f"{_INFORMATION}/time",
        ("referencePeriodStart", "reference_start", kinds.MOMENT, "R"),
        ("referencePeriodEnd", "reference_end", kinds.MOMENT, "R"),
        ("created", "created", kinds.MOMENT, "R"),
        ("validityPeriodEnd", "valid_until", kinds.MOMENT, "R"),
        ("validityPeriodStart", "valid_from", kinds.MOMENT, "o"),
    ),
    *_in(
        f"{_ASSESSMENT}/verificationAndCertificationShares",
        ("programCertificationShare", "verification.program_share", kinds.PERCENT, "o"),
        ("productVerificationShare3rdParty", "verification.third_party_share", kinds.PERCENT, "o"),
        ("productVerificationShare2ndParty", "verification.second_party_share", kinds.PERCENT, "o"),
        ("productVerificationShare1stParty", "verification.first_party_share", kinds.PERCENT, "o"),
    ),
    *_in(
        f"{_METHOD}/massBalancingInformation",
        ("massBalancingUsed", "mass_balancing.used", kinds.FLAG, "R"),
        (
            "freeAttributionInMassBalancing",
            "mass_balancing.free_attribution",
            choice("true", "false", "not applicable"),
            "R",
        ),
        ("massBalancingCertificateScheme", "mass_balancing.scheme", kinds.NAME, "R"),
    ),
    *_in(
        f"{_METHOD}/standards",
        ("crossSectoralStandards", "standards.cross_sectoral", texts(unique=False), "R"),
        ("productOrSectorSpecificRules", "standards.product_rules", texts(), "R"),
    ),
    *_in(
        f"{_METHOD}/gwpCharacterizationFactorDetails",
        ("ipccCharacterizationFactors", "gwp", choice("AR5", "AR6", "AR4", "unspecified"), "R"),
    ),
    *_in(
        f"{_METHOD}/allocationInForeground",
        (
            "allocationWasteIncineration",
            "allocation.waste_incineration",
            choice("cut-off", "reverse cut-off", "system expansion", "polluter pays principle"),
            "R",
        ),
        ("allocationRulesDescription", "allocation.description", kinds.TEXT, "o"),
        ("allocationRecycledCarbon", "allocation.recycled_carbon", choice("upstream system expansion", "cut-off"), "o"),
    ),
    *_in(
        "general",
        ("comment", "comment", kinds.TEXT, "o"),
        ("pcfLegalStatement", "legal_statement", kinds.TEXT, "o"),
    ),
    *_in(
        "carbonContent",
        ("carbonContentTotal", "carbon_content.total", kinds.POSITIVE, "o"),
        ("fossilCarbonContent", "carbon_content.fossil", kinds.POSITIVE, "o"),
        ("biogenicCarbonContent", "carbon_content.biogenic", kinds.POSITIVE, "o"),
        ("packagingBiogenicCarbonContent", "carbon_content.packaging_biogenic", kinds.POSITIVE, "o"),
        ("recycledCarbonContent", "carbon_content.recycled", kinds.POSITIVE, "o"),
    ),
    *_in(
        f"{_STAGES}/productionStage",
        ("pcfIncludingBiogenicUptake", "total_including", kinds.SIGNED, "R"),
        ("pcfExcludingBiogenicUptake", "total_excluding", kinds.POSITIVE, "R"),
        ("packagingLandManagementBiogenicCO2Emissions", "production.packaging_land_management", kinds.POSITIVE, "o"),
    ),
    *emissions(f"{_STAGES}/productionStage", "", "production", upper=False),
    *_in(
        f"{_STAGES}/distributionStage",
        ("distributionStageIncluded", "distribution.included", kinds.FLAG, "R"),
        ("distributionStagePcfIncludingBiogenicUptake", "distribution.including", kinds.SIGNED, "o"),
        ("distributionStagePcfExcludingBiogenicUptake", "distribution.excluding", kinds.POSITIVE, "o"),
    ),
    *emissions(f"{_STAGES}/distributionStage", "distributionStage", "distribution", upper=True),
    *_in(
        f"{_STAGES}/packagingStage",
        ("packagingEmissionsIncluded", "packaging.included", kinds.FLAG, "R"),
        ("packagingPcfIncludingBiogenicUptake", "packaging.including", kinds.POSITIVE, "o"),
        ("packagingPcfExcludingBiogenicUptake", "packaging.excluding", kinds.POSITIVE, "o"),
    ),
    *emissions(f"{_STAGES}/packagingStage", "packaging", "packaging", upper=True),
    *_in(
        "attestationOfConformance",
        ("attestationType", "attestation.type", kinds.TEXT, "R"),
        ("standardName", "attestation.standard_name", kinds.TEXT, "R"),
        ("attestationStandard", "attestation.standard", kinds.TEXT, "R"),
        ("attestationOfConformanceId", "attestation.id", kinds.TEXT, "R"),
        ("providerName", "attestation.provider_name", kinds.TEXT, "R"),
        ("attestationOfConformanceLink", "attestation.link", kinds.TEXT, "o"),
        ("providerId", "attestation.provider_id", kinds.TEXT, "o"),
        ("completedAt", "attestation.completed_at", kinds.MOMENT, "o"),
    ),
)

TOTALS: tuple[tuple[str, str, str, str], ...] = (
    ("production", "total_including", "total_excluding", f"{_STAGES}/productionStage"),
    ("distribution", "distribution.including", "distribution.excluding", f"{_STAGES}/distributionStage"),
    ("packaging", "packaging.including", "packaging.excluding", f"{_STAGES}/packagingStage"),
)
"""The sums that have to hold, stage by stage."""
