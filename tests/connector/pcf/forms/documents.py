"""Whole documents of each form, path by path, independent of the code under test."""

from __future__ import annotations

import copy
from typing import Any

from connector.notation import exact_json

VERSION_7: dict[str, Any] = exact_json.decode("""{
  "id": "urn:uuid:1893bb5d-da16-4dc1-9185-11d97476c254", "specVersion": "urn:io.catenax.pcf:datamodel:version:7.0.0",
  "partialFullPcf": "Cradle-to-gate", "precedingPfIds": [{"id": "2893bb5d-da16-4dc1-9185-11d97476c254"}],
  "version": 0, "created": "2026-01-10T08:00:00Z", "extWBCSD_pfStatus": "Active",
  "validityPeriodStart": "2026-01-01T00:00:00Z", "validityPeriodEnd": "2028-12-31T23:59:59Z", "comment": "ours",
  "companyName": "Cell Works", "companyIds": ["urn:bpn:id:BPNL00000003CSGV"], "productDescription": "round",
  "productIds": ["urn:gtin:4712345060507"], "extWBCSD_productCodeCpc": "464-20000", "productName": "Cell",
  "pcfLegalStatement": "as is",
  "pcf": {
    "declaredUnit": "piece", "unitaryProductAmount": 1, "productMassPerDeclaredUnit": 0.070,
    "exemptedEmissionsPercent": 1.50, "exemptedEmissionsDescription": "glue", "boundaryProcessesDescription": "gate",
    "geographyCountrySubdivision": "JP-23", "geographyCountry": "JP", "geographyRegionOrSubregion": "Eastern Asia",
    "referencePeriodStart": "2025-01-01T00:00:00Z", "referencePeriodEnd": "2025-12-31T23:59:59Z",
    "crossSectoralStandardsUsed": [{"crossSectoralStandard": "ISO Standard 14067"}, {"crossSectoralStandard": "PEF"}],
    "productOrSectorSpecificRules": [{"extWBCSD_operator": "Other",
      "productOrSectorSpecificRules": [{"ruleName": "Rules of cells"}], "extWBCSD_otherOperatorName": "Cells e.V."}],
    "extWBCSD_characterizationFactors": "AR6", "extWBCSD_allocationRulesDescription": "by mass",
    "extTFS_allocationWasteIncineration": "cut-off", "primaryDataShare": 56.120,
    "secondaryEmissionFactorSources": [{"secondaryEmissionFactorSource": "ecoinvent 3.10"}],
    "dataQualityRating": {"coveragePercent": 98.5, "technologicalDQR": 1.5, "temporalDQR": 2, "geographicalDQR": 3,
      "completenessDQR": 1, "reliabilityDQR": 2.25},
    "extWBCSD_packagingEmissionsIncluded": true, "pcfExcludingBiogenic": 4.5500, "pcfIncludingBiogenic": 4.0500,
    "fossilGhgEmissions": 3.10, "biogenicCarbonEmissionsOtherThanCO2": 0.30, "biogenicCarbonWithdrawal": -0.50,
    "dlucGhgEmissions": 0.40, "extTFS_luGhgEmissions": 0.25, "aircraftGhgEmissions": 0.5000,
    "extWBCSD_packagingGhgEmissions": 0.020,
    "distributionStagePcfExcludingBiogenic": 1.10, "distributionStagePcfIncludingBiogenic": 1.00,
    "distributionStageFossilGhgEmissions": 0.90, "distributionStageBiogenicCarbonEmissionsOtherThanCO2": 0.05,
    "distributionStageBiogenicCarbonWithdrawal": -0.10, "extTFS_distributionStageDlucGhgEmissions": 0.05,
    "extTFS_distributionStageLuGhgEmissions": -0.10, "distributionStageAircraftGhgEmissions": 0.20,
    "carbonContentTotal": 0.9, "extWBCSD_fossilCarbonContent": 0.8, "carbonContentBiogenic": 0.1
  }
}""")

PACT_3: dict[str, Any] = exact_json.decode("""{
  "id": "3893bb5d-da16-4dc1-9185-11d97476c254", "specVersion": "3.0.3",
  "precedingPfIds": ["4893bb5d-da16-4dc1-9185-11d97476c254"], "created": "2026-01-10T08:00:00Z", "status": "Active",
  "validityPeriodStart": "2026-01-01T00:00:00Z", "validityPeriodEnd": "2028-12-31T00:00:00Z",
  "companyName": "Cell Works", "companyIds": ["urn:bpn:id:BPNL00000003CSGV"], "productDescription": "round",
  "productIds": ["urn:gtin:4712345060507"], "productClassifications": ["urn:un-cpc:46420"],
  "productNameCompany": "Cell", "comment": "ours",
  "extensions": [{"specVersion": "1.0.0", "dataSchema": "https://cells.example/schema.json", "data": {"lot": "7"}}],
  "pcf": {
    "declaredUnitOfMeasurement": "piece", "declaredUnitAmount": "2.0", "productMassPerDeclaredUnit": "0.140",
    "referencePeriodStart": "2025-01-01T00:00:00Z", "referencePeriodEnd": "2026-01-01T00:00:00Z",
    "geographyCountrySubdivision": "JP-23", "boundaryProcessesDescription": "gate",
    "pcfExcludingBiogenicUptake": "4.10", "pcfIncludingBiogenicUptake": "4.10", "fossilCarbonContent": "0.80",
    "biogenicCarbonContent": "0.1", "recycledCarbonContent": "0", "fossilGhgEmissions": "3.6",
    "landUseChangeGhgEmissions": "0.40", "landCarbonLeakage": "0.0", "landManagementFossilGhgEmissions": "0.01",
    "landManagementBiogenicCO2Emissions": "0.25", "landManagementBiogenicCO2Removals": "-0.15",
    "biogenicCO2Uptake": "-0.00", "biogenicNonCO2Emissions": "0.30", "landAreaOccupation": "0.7",
    "aircraftGhgEmissions": "0.50", "packagingEmissionsIncluded": true, "packagingGhgEmissions": "0.020",
    "packagingBiogenicCarbonContent": "0.001", "outboundLogisticsGhgEmissions": "1.10",
    "ccsTechnologicalCO2CaptureIncluded": true, "ccsTechnologicalCO2Capture": "-0.20",
    "technologicalCO2CaptureOrigin": "kiln", "technologicalCO2Removals": "-0.10", "ccuCarbonContent": "0.0",
    "ccuCalculationApproach": "Cut-off", "ccuCreditCertification": "https://cells.example/ccu",
    "ipccCharacterizationFactors": ["AR6"], "crossSectoralStandards": ["ISO14067", "PACT-3.0"],
    "productOrSectorSpecificRules": [{"operator": "Other", "ruleNames": ["Rules of cells"],
      "otherOperatorName": "Cells e.V."}],
    "exemptedEmissionsPercent": "1.50", "exemptedEmissionsDescription": "glue",
    "allocationRulesDescription": "by mass",
    "secondaryEmissionFactorSources": [{"name": "ecoinvent cut off", "version": "3.10"}],
    "primaryDataShare": "56.120", "dqi": {"technologicalDQR": "2.5", "geographicalDQR": "1", "temporalDQR": "3.00"},
    "verification": {"coverage": "product level", "providerName": "Verify AG", "completedAt": "2026-01-09T00:00:00Z",
      "standardName": "ISO 14064-3", "comments": "none"}
  }
}""")

PACT_2: dict[str, Any] = exact_json.decode("""{
  "id": "5893bb5d-da16-4dc1-9185-11d97476c254", "specVersion": "2.3.0", "version": 0,
  "created": "2026-01-10T08:00:00Z", "status": "Active", "companyName": "Cell Works",
  "companyIds": ["urn:bpn:id:BPNL00000003CSGV"], "productDescription": "round",
  "productIds": ["urn:gtin:4712345060507"], "productCategoryCpc": "464-20000", "productNameCompany": "Cell",
  "comment": "", "pcf": {
    "declaredUnit": "kilogram", "unitaryProductAmount": "12.5", "pCfExcludingBiogenic": "1.10",
    "pCfIncludingBiogenic": "1.00", "fossilGhgEmissions": "0.7", "fossilCarbonContent": "0.2",
    "biogenicCarbonContent": "0.0", "dLucGhgEmissions": "0.1", "landManagementGhgEmissions": "0.2",
    "otherBiogenicGhgEmissions": "0.1", "biogenicCarbonWithdrawal": "-0.10", "aircraftGhgEmissions": "0.05",
    "referencePeriodStart": "2025-01-01T00:00:00Z", "referencePeriodEnd": "2026-01-01T00:00:00Z",
    "boundaryProcessesDescription": "", "characterizationFactors": "AR6",
    "crossSectoralStandardsUsed": ["ISO Standard 14067"], "exemptedEmissionsPercent": 2.5,
    "exemptedEmissionsDescription": "", "packagingEmissionsIncluded": false, "geographyCountry": "DE",
    "primaryDataShare": 40, "dqi": {"coveragePercent": 90, "technologicalDQR": 2, "temporalDQR": 1,
      "geographicalDQR": 1, "completenessDQR": 3, "reliabilityDQR": 2}
  }
}""")

COMPONENT_1: dict[str, Any] = exact_json.decode("""{
  "pcfValues": {"sharesPerStage": {
      "stage1RawMaterialAquisitionPreProcessing": {"stageValue": 8.10}, "stage2MainProductProduction":
      {"stageValue": 2.40}, "stage3Distribution": {"stageValue": 0.25}, "stage4EndOfLifeRecycling": {"stageValue": 0},
      "absPcfValue": {"stageValue": 10.75}, "declaredUnit": "CO2KG/KG"},
    "pcfPerformanceClass": "A", "webLinkToCarbonFootPrintStudy": "https://cells.example/study"},
  "secondaryEmissionFactorSources": ["ecoinvent 3.10"], "primaryDataShare": 61.5, "customerPartId": "K-1",
  "manufacturerPartId": "CAM-811", "technologicalRepresentativeness": 1.5, "geographicalRepresentativeness": 2,
  "timerelatedRepresentativeness": 3, "dataQualityRating": 2.2, "validityPeriod": {"end": "2028-12-31"},
  "siteIdentifier": "BPNS00000003CSGV", "legalidentifier": "BPNL00000003CSGV",
  "productQualityParameter": [{"name": "purity"}], "contentC02Metals": [{"metal": "nickel"}]
}""")


def put(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of `document` with another value at `path` (names, `/` between them, lists of one entered)."""
    made = copy.deepcopy(document)
    holder(made, path)[path.rpartition("/")[2]] = value
    return made


def holder(document: dict[str, Any], path: str) -> dict[str, Any]:
    found: Any = document
    for step in path.split("/")[:-1]:
        found = found[step]
        found = found[0] if isinstance(found, list) else found
    assert isinstance(found, dict)
    return found
