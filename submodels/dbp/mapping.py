"""The mapping table: BatteryPass 4.0.0 -> IDTA 02035 parts 1 to 7, one row for each way that a value takes.

Source paths are those of `paths`, or `context.<name>` (see `PassportContext`); a `[]` in the target stands for the
item of the source. Where several rows have one target, the first that gives a value wins. A row with `finding` tells
that code (once) when it is used: `assumed` (the choice is ours), `derived` (computed), `meaning` (source and target
do not quite mean the same).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.notation.findings import Severity
from submodels.dbp import conversions as to
from submodels.dbp import documents as doc
from submodels.dbp import materials as mat
from submodels.dbp.conversions import Conversion
from submodels.dbp.site import Site

Condition = Callable[[Any, Site], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `when` is asked about the innermost item."""

    part: int
    source: str
    target: str
    conversion: Conversion
    finding: str = ""
    note: str = ""
    severity: Severity = "info"
    when: Condition | None = None


MANUFACTURER = "generalInformation.manufacturer.manufacturer"
OPERATOR = "metadata.economicOperator.economicOperatorId"
FACILITY = "generalInformation.manufacturer.facility.right.locationIdentifier.{left,right}"
PLANT = "circularity.carbonFootprint[].manufacturingPlant.right.locationIdentifier.{left,right}"
SYMBOL = "chemicalMaterial.materialSymbol"
SEPARATE = "circularity.documents.separateCollectionSymbol"
ITEM_IN_MODEL = "A figure of the single battery in a submodel that describes the model; its time has no place there."
NOT_A_BPNS = "CX-0160 wants a BPNS; the payload has another identifier and the configuration none."
NOT_A_BPNL = "CX-0160 wants a BPNL; the payload has another identifier and the configuration none."
NO_TIME = "The source has no time of its own; the latest time of the dynamic figures stands in its place."

NAMEPLATE = (
    Row(1, "identification.idDmc", "URIOfTheProduct", to.uri),
    Row(
        1, "context.unit_url", "URIOfTheProduct", to.text, "assumed", "The configured unit URL, since idDmc is no URI."
    ),
    Row(1, "identification.localIdentifier[key=PartInstanceId].value", "SerialNumber", to.text),
    Row(1, f"{MANUFACTURER}.left.companyName", "ManufacturerName", to.first),
    Row(1, "context.manufacturer_name", "ManufacturerName", to.text, "assumed", "The payload names no manufacturer."),
    Row(1, f"{MANUFACTURER}.left.companyName", "AddressInformation.Company", to.first),
    Row(1, f"{MANUFACTURER}.left.address.thoroughfare", "AddressInformation.Street", to.street),
    Row(1, f"{MANUFACTURER}.left.address.postCode.value", "AddressInformation.Zipcode", to.text),
    Row(1, f"{MANUFACTURER}.left.address.locality.value", "AddressInformation.CityTown", to.text),
    Row(1, f"{MANUFACTURER}.left.address.country.shortName", "AddressInformation.StateCounty", to.text),
    Row(1, f"{MANUFACTURER}.left.address.country.shortName", "AddressInformation.NationalCode", to.country),
    Row(1, f"{MANUFACTURER}.left.contactProperty.phoneNumber", "AddressInformation.Phone.TelephoneNumber", to.text),
    Row(1, f"{MANUFACTURER}.left.contactProperty.faxNumber", "AddressInformation.Fax.FaxNumber", to.text),
    Row(1, f"{MANUFACTURER}.left.contactProperty.email", "AddressInformation.Email.EmailAddress", to.text),
    Row(1, f"{MANUFACTURER}.left.contactProperty.website", "AddressInformation.AddressOfAdditionalLink", to.text),
    Row(
        1,
        "context.manufacturer_address",
        "AddressInformation",
        to.members,
        "assumed",
        "The payload gives the manufacturer by identifier: the configured address stands there.",
    ),
    Row(1, f"{MANUFACTURER}.right[].businessIdentifier.{{left,right}}", "ManufacturerIdentifier", to.bpnl),
    Row(1, "context.manufacturer_bpnl", "ManufacturerIdentifier", to.bpnl),
    Row(
        1,
        f"{MANUFACTURER}.right[].businessIdentifier.{{left,right}}",
        "ManufacturerIdentifier",
        to.text,
        "meaning",
        NOT_A_BPNL,
        "warning",
    ),
    Row(1, "generalInformation.manufacturer.manufacturingDate", "DateOfManufacture", to.text),
    Row(1, "generalInformation.intoServiceDate", "DateOfPuttingIntoService", to.text),
    Row(1, FACILITY, "UniqueFacilityIdentifier", to.bpns),
    Row(1, "context.facility_bpns", "UniqueFacilityIdentifier", to.bpns),
    Row(1, FACILITY, "UniqueFacilityIdentifier", to.text, "meaning", NOT_A_BPNS, "warning"),
    Row(1, PLANT, "UniqueFacilityIdentifier", to.text, "meaning", NOT_A_BPNS, "warning"),
    Row(1, "circularity.status", "LifeCycleStage", to.life_cycle_stage),
    Row(1, f"{OPERATOR}.right[].businessIdentifier.{{left,right}}", "OperatorIdentifier", to.text),
    Row(1, "context.operator_id", "OperatorIdentifier", to.text),
    Row(
        1,
        f"{OPERATOR}.left.companyName",
        "OperatorIdentifier",
        to.first,
        "assumed",
        "The payload gives no id of the economic operator: its name stands there.",
        "warning",
    ),
    Row(1, f"{SYMBOL}.left@", "Markings[].MarkingName", to.text),
    Row(1, f"{SYMBOL}.right[]", "Markings[].MarkingFile", doc.link_file),
    Row(1, f"{SYMBOL}.right[]", "Markings[].MarkingName", to.symbol_name, "derived", "Named after its property."),
    Row(1, f"{SEPARATE}.left@", "Markings[].MarkingName", to.text),
    Row(1, f"{SEPARATE}.right[]", "Markings[].MarkingFile", doc.link_file),
    Row(1, f"{SEPARATE}.right[]", "Markings[].MarkingName", to.symbol_name, "derived", "Named after its property."),
    Row(1, "conformity.declarationOfConformity[]", "EUDeclarationOfConformity[]", doc.declaration),
    Row(1, "conformity.resultOfTestReport[]", "ResultsOfTestReportsProvingCompliance[]", doc.document),
)

UNREFERENCED = "No other part points to these documents: part 2 alone has them, and does not say what they are for."
DOCUMENTS = tuple(
    Row(2, source, "Documents[]", doc.document, *(() if source == "sources[]" else ("unreferenced", UNREFERENCED)))
    for source in doc.SOURCES
)

FOOTPRINT = "circularity.carbonFootprint[]"
PCF = "ProductCarbonFootprints[]"
CARBON_FOOTPRINT = (
    Row(3, FOOTPRINT, f"{PCF}.PcfCO2eq", to.no_place, when=to.is_other_footprint),
    Row(3, f"{FOOTPRINT}.rulebook", f"{PCF}.PcfCalculationMethods[]", to.text, when=to.is_climate_total),
    Row(3, f"{FOOTPRINT}.value", f"{PCF}.PcfCO2eq", to.footprint_amount, when=to.is_climate_total),
    Row(
        3,
        FOOTPRINT,
        f"{PCF}.ReferenceImpactUnitForCalculation",
        to.functional_unit,
        "assumed",
        "4.0.0 gives no functional unit: the configured one stands there.",
        when=to.is_climate_total,
    ),
    Row(
        3,
        FOOTPRINT,
        f"{PCF}.QuantityOfMeasureForCalculation",
        to.functional_quantity,
        "assumed",
        "4.0.0 gives no functional quantity: the configured one stands there.",
        when=to.is_climate_total,
    ),
    Row(
        3,
        f"{FOOTPRINT}.lifecycle",
        f"{PCF}.LifeCyclePhases[]",
        to.phase,
        "derived",
        "Stages of the battery rules as one module of EN 15804 each, by our table.",
        when=to.is_climate_total,
    ),
    Row(3, f"{FOOTPRINT}.performanceClass", f"{PCF}.PerformanceClass", to.text, when=to.is_climate_total),
    Row(
        3,
        f"{FOOTPRINT}.declaration",
        f"{PCF}.WebLinkToPublicCarbonFootprintStudy[]",
        doc.declaration_link,
        when=to.is_climate_total,
    ),
)

RATED = "performance.rated"
DYNAMIC = "performance.dynamic"
GENERAL = "GeneralInformation"
AREAS = "TechnicalPropertyAreas"
CAPACITY = f"{AREAS}.CapacityEnergyVoltage"
EFFICIENCY = f"{AREAS}.RoundTripEnergyEfficiency"
RESISTANCE = f"{AREAS}.Resistance"
POWER = f"{AREAS}.PowerCapability"
TEMPERATURE = f"{AREAS}.Temperature"
LIFETIME = f"{AREAS}.Lifetime"
INCREASE = f"{DYNAMIC}.resistance.increase"
TESTING = f"{RATED}.lifetime.cycleLifeTesting"
TECHNICAL_DATA = (
    Row(4, f"{MANUFACTURER}.left.companyName", f"{GENERAL}.ManufacturerName", to.first),
    Row(4, "context.manufacturer_name", f"{GENERAL}.ManufacturerName", to.text),
    Row(4, f"{MANUFACTURER}.right[].businessIdentifier.{{left,right}}", f"{GENERAL}.ManufacturerIdentifier", to.bpnl),
    Row(4, "context.manufacturer_bpnl", f"{GENERAL}.ManufacturerIdentifier", to.bpnl),
    Row(4, f"{MANUFACTURER}.right[].businessIdentifier.{{left,right}}", f"{GENERAL}.ManufacturerIdentifier", to.text),
    Row(4, "identification.category", f"{GENERAL}.BatteryCategory", to.battery_category),
    Row(4, "physicalDimension.weight", f"{GENERAL}.BatteryMass", to.kilograms),
    Row(
        4,
        "generalInformation.lifespan[key=guaranteed lifetime]",
        f"{GENERAL}.WarrantyInformation.WarrantyPeriod",
        to.warranty,
    ),
    Row(4, f"{RATED}.voltage.nominal", f"{CAPACITY}.NominalVoltage", to.amount),
    Row(4, f"{RATED}.voltage.min", f"{CAPACITY}.MinVoltage", to.amount),
    Row(4, f"{RATED}.voltage.max", f"{CAPACITY}.MaxVoltage", to.amount),
    Row(4, f"{RATED}.capacity.value", f"{CAPACITY}.RatedCapacity", to.amount),
    Row(4, f"{DYNAMIC}.capacity.fade.value", f"{CAPACITY}.CapacityFade", to.amount, "meaning", ITEM_IN_MODEL),
    Row(
        4,
        f"{RATED}.energy.value",
        f"{CAPACITY}.CertifiedUsableBatteryEnergy",
        to.amount,
        "meaning",
        "The source is the rated energy, the target the certified usable energy.",
        "warning",
    ),
    Row(4, f"{RATED}.roundTripEfficiency.initial", f"{EFFICIENCY}.InitialRoundTripEnergyEfficiency", to.rounded),
    Row(
        4,
        f"{RATED}.roundTripEfficiency.50PercentLife",
        f"{EFFICIENCY}.RoundTripEnergyEfficiencyAt50PercentOfCycleLife",
        to.rounded,
    ),
    Row(
        4,
        f"{DYNAMIC}.roundTripEfficiency.fade.value",
        f"{EFFICIENCY}.EnergyRoundTripEfficiencyFade",
        to.amount,
        "meaning",
        ITEM_IN_MODEL,
    ),
    Row(4, f"{RATED}.selfDischargingRate", f"{EFFICIENCY}.InitialSelfDischargingRate", to.whole_only),
    Row(4, f"{RATED}.resistance.cell", f"{RESISTANCE}.InitialInternalResistanceOnBatteryCellLevel", to.amount),
    Row(4, f"{RATED}.resistance.module", f"{RESISTANCE}.InitialInternalResistanceOnBatteryModuleLevel", to.amount),
    Row(4, f"{RATED}.resistance.pack", f"{RESISTANCE}.InitialInternalResistanceOnBatteryPackLevel", to.amount),
    Row(
        4,
        f"{INCREASE}.cell.value",
        f"{RESISTANCE}.InternalResistanceIncreaseOfBatteryCellLevel",
        to.amount,
        "meaning",
        ITEM_IN_MODEL,
    ),
    Row(
        4,
        f"{INCREASE}.module.value",
        f"{RESISTANCE}.InternalResistanceIncreaseOfBatteryModuleLevel",
        to.amount,
        "meaning",
        ITEM_IN_MODEL,
    ),
    Row(
        4,
        f"{INCREASE}.pack.value",
        f"{RESISTANCE}.InternalResistanceIncreaseOfBatteryPackLevel",
        to.amount,
        "meaning",
        ITEM_IN_MODEL,
    ),
    Row(4, f"{RATED}.power.value", f"{POWER}.MaximumPermittedBatteryPower", to.amount),
    Row(4, f"{DYNAMIC}.power.fade.value", f"{POWER}.PowerFade", to.amount, "meaning", ITEM_IN_MODEL),
    Row(
        4,
        f"{RATED}.power.value",
        f"{POWER}.RatioNorminalBatteryPowerAndBatteryEnergy",
        to.power_per_energy,
        "derived",
        "Rated power in kW for each kWh of rated energy.",
    ),
    Row(4, f"{RATED}.power.{{at20SoC,at80SoC}}@", f"{POWER}.OriginalPowerCapability[].atSoc", to.rated_soc),
    Row(4, f"{RATED}.power.{{at20SoC,at80SoC}}@", f"{POWER}.OriginalPowerCapability[].powerCapabilityAt", to.amount),
    Row(4, f"{RATED}.temperature.lower", f"{TEMPERATURE}.TemperatureRangeIdleState_LowerBoundary", to.amount),
    Row(4, f"{RATED}.temperature.upper", f"{TEMPERATURE}.TemperatureRangeIdleState_UpperBoundary", to.amount),
    Row(4, f"{RATED}.lifetime.expectedYears", f"{LIFETIME}.ExpectedLifetimeInCalendarYears", to.amount),
    Row(4, f"{TESTING}.cycles", f"{LIFETIME}.ExpectedNumberOfCycles", to.amount),
    Row(4, f"{RATED}.capacity.thresholdExhaustion", f"{LIFETIME}.CapacityThresholdExhaustion", to.amount),
    Row(
        4,
        f"{TESTING}.appliedDischargeRate",
        f"{LIFETIME}.CRateOfRelevantCycleLifeTest",
        to.amount,
        "assumed",
        "One target for the rates of charge and discharge: the rate of discharge stands there.",
    ),
)


def _recorded(source: str, target: str, unit: str = "") -> tuple[Row, ...]:
    """The two rows of a dynamic figure: its value and its time."""
    return (
        Row(5, f"{DYNAMIC}.{source}.value", f"{target}.{target}Value", to.amount, "meaning" if unit else "", unit),
        Row(5, f"{DYNAMIC}.{source}.time", f"{target}.LastUpdate", to.moment),
    )


AMPERE_HOURS = "The value is in ampere hours; the template's concept description says kWh (corrected in its 1.0.2)."
REMAINING = "RemainingPowerCapability"
PRODUCT_CONDITION = (
    *_recorded("energy.throughput", "EnergyThroughput"),
    *_recorded("capacity.throughput", "CapacityThroughput"),
    *_recorded("fullCycles", "NumberOfFullCycles"),
    *_recorded("energy.soce", "StateOfCertifiedEnergy"),
    *_recorded("energy.remaining", "RemainingEnergy"),
    *_recorded("capacity.capacity", "RemainingCapacity", AMPERE_HOURS),
    *_recorded("roundTripEfficiency.remaining", "RemainingRoundTripEnergyEfficiency"),
    *_recorded("stateOfCharge", "StateOfCharge"),
    Row(5, f"{DYNAMIC}.negativeEvents[]", "InformationOnAccidents[]", doc.document),
    Row(5, DYNAMIC, "TemperatureInformation.LastUpdate", to.latest_time, "assumed", NO_TIME),
    Row(
        5,
        f"{DYNAMIC}.power.remaining.value",
        f"{REMAINING}.RemainingPowerCapabilityDynamicAt.PowerCapabilityAt",
        to.remaining_power_percent,
        "derived",
        "Remaining power as percent of the rated power.",
    ),
    Row(
        5,
        f"{DYNAMIC}.stateOfCharge.value",
        f"{REMAINING}.RemainingPowerCapabilityDynamicAt.AtSoC",
        to.amount,
        "assumed",
        "The remaining power is taken to hold at the recorded state of charge.",
    ),
    Row(
        5,
        f"{DYNAMIC}.power.remaining.time",
        f"{REMAINING}.RemainingPowerCapabilityDynamicAt.RPCLastUpdated",
        to.moment,
    ),
    Row(5, f"{DYNAMIC}.power.remaining.time", f"{REMAINING}.LastUpdate", to.moment),
    Row(
        5,
        f"{DYNAMIC}.selfDischargingRate",
        "CurrentSelfDischargingRate.CurrentSelfDischargingRateValue",
        to.amount,
    ),
    Row(5, DYNAMIC, "CurrentSelfDischargingRate.LastUpdate", to.latest_time, "assumed", NO_TIME),
)

ACTIVE = mat.ACTIVE
MATERIAL = "BatteryMaterials[]"
HAZARD = "HazardousSubstances[]"
METAL_HAZARD = "chemicalMaterial.hazardousSubstance.{lead,cadmium,mercury}.left@"


def _material(source: str, finding: str = "", note: str = "") -> tuple[Row, ...]:
    """The rows of a material that has a name and ids of its own."""
    location = f"{MATERIAL}.BatteryMaterialLocation.ComponentName"
    return (
        Row(6, f"{source}.location", location, to.text),
        Row(6, f"{source}.substanceIdentification", f"{MATERIAL}.BatteryMaterialIdentifier", mat.cas),
        Row(6, f"{source}.substanceName.chemicalName", f"{MATERIAL}.BatteryMaterialName", to.text),
        Row(6, source, f"{MATERIAL}.IsCriticalRawMaterial", mat.is_critical, finding, note),
    )


def _hazard(source: str, *rows: Row, when: Condition | None = None) -> tuple[Row, ...]:
    """The rows of a hazardous substance: where it is, how much of it, and what `rows` add."""
    share = f"{HAZARD}.HazardousSubstanceConcentration"
    return (
        *rows,
        Row(6, f"{source}.concentration.right.value", share, mat.percent, when=when),
        Row(
            6,
            f"{source}.concentration.left",
            share,
            mat.percent_of_ranges,
            "derived",
            "The upper end of the range.",
            when=when,
        ),
        Row(6, f"{source}.location", f"{HAZARD}.HazardousSubstanceLocation.ComponentName", to.text, when=when),
    )


def _named_hazard(source: str, when: Condition | None = None) -> tuple[Row, ...]:
    """The rows of a hazardous substance that has a name and ids of its own."""
    return _hazard(
        source,
        Row(6, f"{source}.hazardClass", f"{HAZARD}.HazardousSubstanceClass", mat.hazard_class, when=when),
        Row(6, f"{source}.substanceName.chemicalName", f"{HAZARD}.HazardousSubstanceName", to.text, when=when),
        Row(6, f"{source}.substanceIdentification", f"{HAZARD}.HazardousSubstanceIdentifier", mat.cas, when=when),
        when=when,
    )


ONE_LIST = "One list has all materials: it does not say which of the others are active ones."
MATERIAL_COMPOSITION = (
    Row(6, "identification.chemistry", "BatteryChemistry.ShortName", to.text),
    Row(6, "identification.chemistry", "BatteryChemistry.ClearName", to.clear_name, "derived", "From our table."),
    Row(6, f"{ACTIVE}.location", f"{MATERIAL}.BatteryMaterialLocation.ComponentName", to.text),
    Row(6, ACTIVE, f"{MATERIAL}.BatteryMaterialIdentifier", mat.metal_cas),
    Row(6, ACTIVE, f"{MATERIAL}.BatteryMaterialName", mat.active_name),
    Row(6, ACTIVE, f"{MATERIAL}.IsCriticalRawMaterial", mat.is_critical),
    *_material("chemicalMaterial.activeMaterials.otherMaterials.left[]", "meaning", ONE_LIST),
    *_material("chemicalMaterial.otherMaterials.left[]"),
    Row(6, f"{mat.CRITICAL}.substanceIdentification", f"{MATERIAL}.BatteryMaterialIdentifier", mat.critical_cas),
    Row(6, f"{mat.CRITICAL}.criticalName", f"{MATERIAL}.BatteryMaterialName", mat.critical_name),
    Row(6, mat.CRITICAL, f"{MATERIAL}.IsCriticalRawMaterial", mat.is_unlisted_critical),
    *_hazard(
        METAL_HAZARD,
        Row(6, METAL_HAZARD, f"{HAZARD}.HazardousSubstanceName", mat.hazardous_name),
        Row(6, METAL_HAZARD, f"{HAZARD}.HazardousSubstanceIdentifier", mat.metal_cas),
    ),
    *_named_hazard(mat.LISTED_HAZARDS),
    *_named_hazard("chemicalMaterial.activeMaterials.otherMaterials.left[]", mat.is_unlisted_hazard),
    *_named_hazard("chemicalMaterial.otherMaterials.left[]", mat.is_unlisted_hazard),
)

RECYCLED = "RecycledContentInformation[]"
ONE_SHARE = "4.0.0 does not divide recycled content: the configuration says whether it is pre- or post-consumer."
PRODUCER = "circularity.spareParts.left.producer[]"
SUPPLIER = "SparePartSources[]"
ADDRESS = f"{SUPPLIER}.AddressOfSupplier"
SAFETY = "SafetyMeasures"
END_OF_LIFE = "EndOfLifeInformation"
CIRCULARITY = (
    Row(7, "safety.dismantling[]", "DismantlingAndRemovalInformation[]", doc.document),
    Row(
        7,
        "safety.removalFromAppliance[]",
        "DismantlingAndRemovalInformation[]",
        doc.document,
        "meaning",
        "One list has the documents on dismantling and those on removal.",
    ),
    Row(7, f"{PRODUCER}.id.left.companyName", f"{SUPPLIER}.NameOfSupplier", to.first),
    Row(
        7,
        f"{PRODUCER}.id.right[].businessIdentifier.{{left,right}}",
        f"{SUPPLIER}.NameOfSupplier",
        to.text,
        "assumed",
        "The payload gives the supplier by identifier: that stands for the name.",
        "warning",
    ),
    Row(7, f"{PRODUCER}.id.left.address.country.shortName", f"{ADDRESS}.NationalCode", to.country),
    Row(7, f"{PRODUCER}.id.left.address.postCode.value", f"{ADDRESS}.PostalCode", to.text),
    Row(7, f"{PRODUCER}.id.left.address.thoroughfare", f"{ADDRESS}.Street", to.street),
    Row(
        7,
        f"{PRODUCER}.id.left.contactProperty.email",
        f"{SUPPLIER}.EmailAddressOfSupplier.EmailAddress",
        to.text,
    ),
    Row(7, f"{PRODUCER}.id.left.contactProperty.website", f"{SUPPLIER}.SupplierWebAddress", to.text),
    Row(
        7,
        PRODUCER,
        f"{SUPPLIER}.Components[]",
        to.spare_parts,
        "assumed",
        "4.0.0 does not say who supplies which part: each supplier has all of them.",
    ),
    Row(
        7,
        f"{ACTIVE}.recycled",
        f"{RECYCLED}.PostConsumerShare",
        mat.post_consumer,
        "assumed",
        ONE_SHARE,
    ),
    Row(7, f"{ACTIVE}.recycled", f"{RECYCLED}.PreConsumerShare", mat.pre_consumer, "assumed", ONE_SHARE),
    Row(7, ACTIVE, f"{RECYCLED}.RecycledMaterial", mat.active_name),
    Row(7, "safety.safetyMeasures[]", f"{SAFETY}.SafetyInstructions[]", doc.document),
    Row(
        7,
        "safety.safeDischarging[]",
        f"{SAFETY}.SafetyInstructions[]",
        doc.document,
        "meaning",
        "One list has the documents on safety and those on discharging.",
    ),
    Row(7, "safety.usableExtinguishAgent[].media", f"{SAFETY}.ExtinguishingAgents[]", to.text),
    Row(7, "circularity.documents.wastePrevention[]", f"{END_OF_LIFE}.WastePrevention[]", doc.document),
    Row(7, "circularity.documents.separateCollection[]", f"{END_OF_LIFE}.SeparateCollection[]", doc.document),
    Row(
        7,
        "circularity.documents.separateCollection[]",
        f"{END_OF_LIFE}.InformationOnCollection[]",
        doc.document,
        "assumed",
        "4.0.0 has no list of its own for it: the documents on separate collection stand there (both are Article 74).",
    ),
    Row(7, "chemicalMaterial", "RenewableContent", mat.lowest_renewable),
)

# Part 2 comes last: the other parts' documents are in it too.
TABLE: tuple[Row, ...] = (
    *NAMEPLATE,
    *CARBON_FOOTPRINT,
    *TECHNICAL_DATA,
    *PRODUCT_CONDITION,
    *MATERIAL_COMPOSITION,
    *CIRCULARITY,
    *DOCUMENTS,
)
