"""A document of io.catenax.pcf 9.0.0 with every field, laid out path by path, independent of the code under test."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

LONG = Decimal("0.10000000000000000555")

VALUES: dict[str, tuple[Any, Any]] = {
    # path: (wire value, canonical value)
    "scopeOfPcfForm/specVersion": ("urn:io.catenax.pcf:datamodel:version:9.0.0",) * 2,
    "scopeOfPcfForm/partialFullPcf": ("Cradle-to-gate",) * 2,
    "companyAndProductInformation/companyInformation/companyName": ("Cell Works",) * 2,
    "companyAndProductInformation/companyInformation/companyIds": (
        ["urn:bpn:id:BPNL00000003CSGV"],
        ("urn:bpn:id:BPNL00000003CSGV",),
    ),
    "companyAndProductInformation/productInformation/productNameCompany": ("Cell 21700",) * 2,
    "companyAndProductInformation/productInformation/productIds": (["urn:gtin:4712345060507"],) * 1
    + (("urn:gtin:4712345060507",),),
    "companyAndProductInformation/productInformation/declaredUnitOfMeasurement": ("piece",) * 2,
    "companyAndProductInformation/productInformation/declaredUnitAmount": (2, Decimal(2)),
    "companyAndProductInformation/productInformation/productMassPerDeclaredUnit": (Decimal("0.140"),) * 2,
    "companyAndProductInformation/productInformation/productClassifications": (["urn:cpc:46410"], ("urn:cpc:46410",)),
    "companyAndProductInformation/productInformation/productDescription": ("cylindrical",) * 2,
    "pcfAssessmentAndMethodology/dataSourcesAndQuality/primaryDataShare": (Decimal("56.12"),) * 2,
    "pcfAssessmentAndMethodology/dataSourcesAndQuality/secondaryEmissionFactorSources": (
        ["ecoinvent 3.10"],
        ("ecoinvent 3.10",),
    ),
    "pcfAssessmentAndMethodology/dataSourcesAndQuality/technologicalDQR": (Decimal("2.5"),) * 2,
    "pcfAssessmentAndMethodology/dataSourcesAndQuality/temporalDQR": (1, Decimal(1)),
    "pcfAssessmentAndMethodology/dataSourcesAndQuality/geographicalDQR": (5, Decimal(5)),
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/technology/ccsTechnologicalCO2CaptureIncluded": (False,) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/technology/boundaryProcessesDescription": ("gate",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/idAndVersion/id": ("3893bb5d-da16-4dc1-9185-11d97476c254",)
    * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/idAndVersion/version": (0, Decimal(0)),
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/idAndVersion/status": ("Active",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/idAndVersion/retroOrProspectivePcfType": (
        "Retrospective PCF",
    )
    * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/idAndVersion/precedingPfIds": (
        [{"id": "4893bb5d-da16-4dc1-9185-11d97476c254"}],
        ("4893bb5d-da16-4dc1-9185-11d97476c254",),
    ),
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/boundarySpecifications/exemptedEmissionsPercent": (
        Decimal("1.5"),
    )
    * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/boundarySpecifications/exemptedEmissionsDescription": (
        "glue",
    )
    * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/geography/geographyRegionOrSubregion": ("Eastern Asia",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/geography/geographyCountrySubdivision": ("JP-23",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/geography/geographyCountry": ("JP",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/time/referencePeriodStart": ("2025-01-01T00:00:00Z",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/time/referencePeriodEnd": ("2025-12-31T23:59:59+09:00",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/time/created": ("2026-01-10T08:00:00.123Z",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/time/validityPeriodEnd": ("2028-12-31T24:00:00Z",) * 2,
    "pcfAssessmentAndMethodology/pcfAssessmentInformation/time/validityPeriodStart": ("2026-01-01T00:00:00Z",) * 2,
    "pcfAssessmentAndMethodology/verificationAndCertificationShares/programCertificationShare": (100, Decimal(100)),
    "pcfAssessmentAndMethodology/verificationAndCertificationShares/productVerificationShare3rdParty": (
        Decimal("69.14590545404381"),
    )
    * 2,
    "pcfAssessmentAndMethodology/verificationAndCertificationShares/productVerificationShare2ndParty": (0, Decimal(0)),
    "pcfAssessmentAndMethodology/verificationAndCertificationShares/productVerificationShare1stParty": (1, Decimal(1)),
    "pcfAssessmentAndMethodology/pcfMethodology/massBalancingInformation/massBalancingUsed": (True,) * 2,
    "pcfAssessmentAndMethodology/pcfMethodology/massBalancingInformation/freeAttributionInMassBalancing": (
        "not applicable",
    )
    * 2,
    "pcfAssessmentAndMethodology/pcfMethodology/massBalancingInformation/massBalancingCertificateScheme": ("ISCC+",)
    * 2,
    "pcfAssessmentAndMethodology/pcfMethodology/standards/crossSectoralStandards": (["ISO 14067"], ("ISO 14067",)),
    "pcfAssessmentAndMethodology/pcfMethodology/standards/productOrSectorSpecificRules": (
        ["Catena-X PCF Rulebook 4"],
        ("Catena-X PCF Rulebook 4",),
    ),
    "pcfAssessmentAndMethodology/pcfMethodology/gwpCharacterizationFactorDetails/ipccCharacterizationFactors": ("AR6",)
    * 2,
    "pcfAssessmentAndMethodology/pcfMethodology/allocationInForeground/allocationWasteIncineration": ("cut-off",) * 2,
    "pcfAssessmentAndMethodology/pcfMethodology/allocationInForeground/allocationRulesDescription": ("by mass",) * 2,
    "pcfAssessmentAndMethodology/pcfMethodology/allocationInForeground/allocationRecycledCarbon": ("cut-off",) * 2,
    "general/comment": ("none",) * 2,
    "general/pcfLegalStatement": ("as is",) * 2,
    "carbonContent/carbonContentTotal": (Decimal("0.52"),) * 2,
    "carbonContent/fossilCarbonContent": (Decimal("0.50"),) * 2,
    "carbonContent/biogenicCarbonContent": (Decimal("0.02"),) * 2,
    "carbonContent/packagingBiogenicCarbonContent": (Decimal("0.01"),) * 2,
    "carbonContent/recycledCarbonContent": (0, Decimal(0)),
}

_STAGE = "productLifeCycleStagesAndEmissions"
_PARTS = {
    "FossilGhgEmissions": Decimal("1.5") + LONG,
    "BiogenicNonCO2Emissions": Decimal("0.25"),
    "BiogenicCO2Uptake": Decimal("-0.5"),
    "LandUseChangeGhgEmissions": Decimal("0.125"),
    "LandManagementBiogenicCO2Emissions": Decimal("0.0625"),
    "LandManagementBiogenicCO2Removals": Decimal("-0.03125"),
    "AircraftGhgEmissions": Decimal("0.015625"),
}
EXCLUDING = Decimal("1.921875") + LONG
INCLUDING = Decimal("1.421875") + LONG
_TOTALS = {"PcfExcludingBiogenicUptake": EXCLUDING, "PcfIncludingBiogenicUptake": INCLUDING}


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


for _name, _value in {**_PARTS, **_TOTALS}.items():
    VALUES[f"{_STAGE}/productionStage/{_lower(_name)}"] = (_value, _value)
    VALUES[f"{_STAGE}/distributionStage/distributionStage{_name}"] = (_value, _value)
    VALUES[f"{_STAGE}/packagingStage/packaging{_name}"] = (_value, _value)
VALUES[f"{_STAGE}/productionStage/packagingLandManagementBiogenicCO2Emissions"] = (0, Decimal(0))
VALUES[f"{_STAGE}/distributionStage/distributionStageIncluded"] = (True, True)
VALUES[f"{_STAGE}/packagingStage/packagingEmissionsIncluded"] = (False, False)

for _name, _value in {
    "attestationType": "PCF Program Certification",
    "standardName": "Catena-X PCF Rulebook",
    "attestationStandard": "Framework V2",
    "attestationOfConformanceId": "a-1",
    "providerName": "Certifier",
    "attestationOfConformanceLink": "www.example.com/a-1",
    "providerId": "urn:bpn:id:BPNL00000003CERT",
    "completedAt": "2026-01-05T00:00:00Z",
}.items():
    VALUES[f"attestationOfConformance/{_name}"] = (_value, _value)


def document() -> dict[str, Any]:
    """The whole document, fresh each time."""
    made: dict[str, Any] = {}
    for path, (value, _) in VALUES.items():
        put(made, path, list(value) if isinstance(value, list) else value)
    return made


def group_of(made: dict[str, Any], path: str) -> dict[str, Any]:
    """The object that holds the member at `path`, made where it is missing."""
    holder = made
    for step in path.split("/")[:-1]:
        holder = holder.setdefault(step, [{}])[0]
    return holder


def put(made: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set the member at `path`."""
    group_of(made, path)[path.rpartition("/")[2]] = value
    return made
