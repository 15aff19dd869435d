"""IDTA 02035-3 1.0, Product Carbon Footprint: one entry for each life-cycle stage."""

from __future__ import annotations

from submodels.dbp.templates.element import ANY, ONE, SOME, group, prop, several

ELEMENTS = (
    several(
        "ProductCarbonFootprints",
        ONE,
        "https://admin-shell.io/idta/CarbonFootprint/ProductCarbonFootprints/1/0",
        "urn:samm:io.admin-shell.idta.batterypass.carbon_footprint:1.0.0#CarbonFootprintBattery",
        of=group(
            "ProductCarbonFootprint",
            ANY,
            "https://admin-shell.io/idta/CarbonFootprint/ProductCarbonFootprint/1/0",
            "urn:samm:io.admin-shell.idta.batterypass.carbon_footprint:1.0.0#ProductCarbonFootprint",
            of=(
                several(
                    "PcfCalculationMethods",
                    ONE,
                    "https://admin-shell.io/idta/CarbonFootprint/PcfCalculationMethods/1/0",
                    "urn:samm:io.admin-shell.idta.carbon_footprint:1.0.0#pcfCalculationMethods",
                    of=prop("PcfCalculationMethod", ONE, "string", "0173-1#02-ABG854#003"),
                    each="0173-1#02-ABG854#003",
                ),
                prop(
                    "PcfCO2eq",
                    ONE,
                    "decimal",
                    "0173-1#02-ABG855#003",
                    "urn:samm:io.admin-shell.idta.carbon_footprint:1.0.0#pcfCo2eq",
                ),
                prop(
                    "ReferenceImpactUnitForCalculation",
                    ONE,
                    "string",
                    "0173-1#02-ABG856#003",
                    "urn:samm:io.admin-shell.idta.carbon_footprint:1.0.0#referenceImpactUnitForCalculation",
                ),
                prop(
                    "QuantityOfMeasureForCalculation",
                    ONE,
                    "double",
                    "0173-1#02-ABG857#003",
                    "urn:samm:io.admin-shell.idta.carbon_footprint:1.0.0#quantityOfMeasureForCalculation",
                ),
                several(
                    "LifeCyclePhases",
                    ONE,
                    "https://admin-shell.io/idta/CarbonFootprint/LifeCyclePhases/1/0",
                    "urn:samm:io.admin-shell.idta.carbon_footprint:1.0.0#lifeCyclePhases",
                    "0173-1#02-ABG858#003",
                    of=prop("LifeCyclePhase", ONE, "string", "0173-1#02-ABG858#004"),
                    each="0173-1#02-ABG858#004",
                ),
                prop(
                    "PerformanceClass",
                    ONE,
                    "string",
                    "urn:samm:io.admin-shell.idta.batterypass.carbon_footprint:1.0.0#performanceClass",
                ),
                several(
                    "WebLinkToPublicCarbonFootprintStudy",
                    ONE,
                    "urn:samm:io.admin-shell.idta.batterypass.carbon_footprint:1.0.0#webLinkToPublicCarbonFootprintStudy",
                    of=prop(
                        "DocumentIdentifier",
                        SOME,
                        "string",
                        "urn:samm:io.admin-shell.idta.handover_documentation:2.0.0#DocumentIdentifier",
                        "0173-1#02-AAO099#004",
                    ),
                ),
            ),
        ),
        each="https://admin-shell.io/idta/CarbonFootprint/ProductCarbonFootprint/1/0",
    ),
)
