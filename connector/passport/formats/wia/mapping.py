"""WIA 1.0.0 and BatteryPass 4.0.0: which member stands where, and which has no home on the other side.

A path goes into objects with `.`; `[key=value]` names the member of a list whose `key` has that value, `[]` each of a
list. A row is read in both directions. What is in neither ROWS nor MATERIALS nor PEOPLE is in LOST, with the reason; a
test walks every member of the format's own examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """`source` in WIA, `target` in BatteryPass; `way` names the conversion, `note` says what it takes for granted."""

    source: str
    target: str
    way: str = "same"
    note: str = ""


_CODE = "identification.additionalCode"
_LOCAL = "identification.localIdentifier"
_FACILITY = "generalInformation.manufacturer.facility.left"
_RATED = "performance.rated"
_DYNAMIC = "performance.dynamic"

ROWS: Final[tuple[Row, ...]] = (
    Row("passportId", f"{_CODE}[key=other&value^=BP-].value", note="a number of WIA is an alias, no unit id"),
    Row("batteryId", f"{_CODE}[key=other&value^=BAT-].value", note="a number of WIA is an alias, no unit id"),
    Row("created", "metadata.issueDate", "midnight"),
    Row("identity.manufacturer", "generalInformation.manufacturer.manufacturer.left.companyName[0]"),
    Row("identity.model", "identification.typeId"),
    Row("identity.model", f"{_LOCAL}[key=ModelId].value"),
    Row("identity.model", "identification.typology.shortName"),
    Row("identity.serialNumber", f"{_LOCAL}[key=PartInstanceId].value"),
    Row("identity.manufacturingDate", "generalInformation.manufacturer.manufacturingDate", "day"),
    Row("identity.manufacturingLocation.country", f"{_FACILITY}.country.shortName", "country"),
    Row("identity.manufacturingLocation.city", f"{_FACILITY}.locality[technicalKey=CITY].value"),
    Row("identity.manufacturingLocation.facility", f"{_FACILITY}.premise[technicalKey=BUILDING].value"),
    Row("chemistry.cathode", "identification.chemistry"),
    Row("chemistry.weight.total", "physicalDimension.weight[unit=unit:kilogram].value", "amount"),
    Row(
        "chemistry.recycledContent.nickel",
        "chemicalMaterial.activeMaterials.nickel.left.recycled",
        "amount",
        "counts the active material",
    ),
    Row(
        "chemistry.recycledContent.cobalt",
        "chemicalMaterial.activeMaterials.cobalt.left.recycled",
        "amount",
        "counts the active material",
    ),
    Row(
        "chemistry.recycledContent.lithium",
        "chemicalMaterial.activeMaterials.lithium.left.recycled",
        "amount",
        "counts the active material",
    ),
    Row(
        "chemistry.recycledContent.lead",
        "chemicalMaterial.activeMaterials.lead.left.recycled",
        "amount",
        "counts the active material",
    ),
    Row("specifications.nominalVoltage", f"{_RATED}.voltage.nominal", "amount"),
    Row("specifications.nominalCapacity", f"{_RATED}.capacity.value", "amount"),
    Row("specifications.energyCapacity", f"{_RATED}.energy.value", "amount"),
    Row("specifications.expectedCycleLife", f"{_RATED}.lifetime.cycleLifeTesting.cycles", "amount"),
    Row("specifications.operatingTemperatureMin", f"{_RATED}.temperature.lower", "amount"),
    Row("specifications.operatingTemperatureMax", f"{_RATED}.temperature.upper", "amount"),
    Row("lifecycle.status", "circularity.status", "status"),
    Row("lifecycle.installationDate", "generalInformation.intoServiceDate", "day"),
    Row("lifecycle.application", "identification.category", "category"),
    Row("lifecycle.stateOfHealth", f"{_DYNAMIC}.capacity.fade", "fade", "health of WIA is that of capacity, not SOCE"),
    Row("lifecycle.stateOfCharge", f"{_DYNAMIC}.stateOfCharge", "dated"),
    Row("lifecycle.cycleCount", f"{_DYNAMIC}.fullCycles", "dated"),
    Row("lifecycle.totalEnergyThroughput", f"{_DYNAMIC}.energy.throughput", "dated"),
    Row(
        "lifecycle.warrantyInfo.durationYears",
        "generalInformation.lifespan[unit=unit:year&key=guaranteed lifetime].value",
        "amount",
    ),
    Row("digitalAccess.qrCode", "identification.idDmc"),
)

MATERIALS: Final = "chemistry.materials[]"
MATERIAL_ROWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "substanceName.chemicalName",
        "symbol": "substanceIdentification",
        "percentage": "concentration.right.value",
    }
)
"""Members of a material row, and where each stands in a row of `chemicalMaterial.otherMaterials.left`."""

# symbol -> CAS number
CAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Ni": "7440-02-0",
        "Co": "7440-48-4",
        "Mn": "7439-96-5",
        "Li": "7439-93-2",
        "Al": "7429-90-5",
        "Cu": "7440-50-8",
        "Fe": "7439-89-6",
        "P": "7723-14-0",
        "Pb": "7439-92-1",
        "Na": "7440-23-5",
        "C": "7782-42-5",
    }
)

# member that names a unit -> the units that are read, with the factor to the one that BatteryPass counts in
UNITS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "chemistry.weight.unit": {"kg": "1", "g": "0.001"},
        "chemistry.recycledContent.unit": {"percentage": "1", "%": "1"},
        "specifications.nominalVoltageUnit": {"V": "1", "mV": "0.001", "kV": "1000"},
        "specifications.nominalCapacityUnit": {"Ah": "1", "mAh": "0.001"},
        "specifications.energyCapacityUnit": {"kWh": "1", "Wh": "0.001", "MWh": "1000"},
        "specifications.temperatureUnit": {"celsius": "1", "C": "1", "°C": "1"},
        "lifecycle.totalEnergyThroughputUnit": {"kWh": "1", "Wh": "0.001", "MWh": "1000"},
    }
)
# amount -> the member that names its unit
UNIT_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chemistry.weight.total": "chemistry.weight.unit",
        **{
            f"chemistry.recycledContent.{material}": "chemistry.recycledContent.unit"
            for material in ("nickel", "cobalt", "lithium", "lead")
        },
        "specifications.nominalVoltage": "specifications.nominalVoltageUnit",
        "specifications.nominalCapacity": "specifications.nominalCapacityUnit",
        "specifications.energyCapacity": "specifications.energyCapacityUnit",
        "specifications.operatingTemperatureMin": "specifications.temperatureUnit",
        "specifications.operatingTemperatureMax": "specifications.temperatureUnit",
        "lifecycle.totalEnergyThroughput": "lifecycle.totalEnergyThroughputUnit",
    }
)

# status of WIA -> status of Annex XIII, point 4 (c)
STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "manufactured": "original",
        "in_storage": "original",
        "in_transit": "original",
        "in_use": "original",
        "maintenance": "original",
        "second_life": "repurposed",
        "end_of_life": "waste",
        "recycled": "waste",
    }
)
# status of Annex XIII -> status of WIA; `original` follows from whether the battery is in service
BACK: Final[Mapping[str, str]] = MappingProxyType(
    {"repurposed": "second_life", "re-used": "second_life", "remanufactured": "second_life", "waste": "end_of_life"}
)
# application of WIA -> category of Article 3
APPLICATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "electric_vehicle": "EV",
        "light_means_of_transport": "LMT",
        "e_bike": "LMT",
        "e_scooter": "LMT",
        "energy_storage": "industrial",
        "grid_storage": "industrial",
        "industrial": "industrial",
        "automotive_starter": "SLI",
        "portable": "portable",
    }
)

# who is told of: dropped, or replaced by a digest where the record is kept
PEOPLE: Final[tuple[str, ...]] = (
    "lifecycle.currentOwner",
    "lifecycle.ownershipHistory[].owner",
    "lifecycle.vehicleVIN",
    "lifecycle.events[].inspector",
    "lifecycle.events[].installer",
    "lifecycle.events[].technician",
    "lifecycle.maintenanceHistory[].technician",
    "lifecycle.maintenanceHistory[].inspector",
)

# path, or the start of it with `*` -> why it has no home in BatteryPass 4.0.0
LOST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "$schema": "names the format, not the battery",
        "version": "the version of the format",
        "updated": "the version history of the passport says when it changed",
        "identity.manufacturerId": "an id of no scheme that the model knows",
        "identity.manufacturingLocation.coordinates.*": "the model has addresses, no coordinates",
        "chemistry.type": "the model names the chemistry by its cathode",
        "chemistry.subtype": "repeats the cathode",
        "chemistry.anode": "the model has no anode; a row of its materials would say it",
        "chemistry.electrolyte": "the model has no electrolyte by kind",
        "chemistry.separator": "the model has no separator",
        "chemistry.materials[].*": "the model has no weights, sources and certificates of a material",
        "chemistry.materials": "an empty list says nothing",
        "chemistry.weight.*": "the model has the weight of the whole only",
        "chemistry.weight": "an empty object says nothing",
        "chemistry.recycledContent.*": "the model has the four metals of Article 8 only",
        "specifications.energyDensity*": "follows from energy and weight",
        "specifications.powerDensity*": "follows from power and weight",
        "specifications.*": "the model has no such rated value",
        "lifecycle.ownershipHistory*": "the model has no owners",
        "lifecycle.operatingHours": "the model has no operating hours",
        "lifecycle.temperatureExposure.*": "the model has a document on the operating environment",
        "lifecycle.events*": "the model has documents on events, no events",
        "lifecycle.maintenanceHistory*": "the model has no maintenance",
        "lifecycle.warrantyInfo.*": "the model has the guaranteed lifetime only",
        "carbonFootprint.*": "kg in all are no kg per kWh: the energy of the whole life is not in the record",
        "supplyChain*": "the model has documents on the supply chain",
        "digitalAccess.nfcTag": "a carrier, not the battery",
        "digitalAccess.publicUrl": "the resolver of the node says where the passport is",
        "compliance*": "the model has documents of conformity, no list of names",
        "verification*": "claims of others about the record: kept with it, never shown as verified",
    }
)


def why_lost(path: str) -> str:
    """Why the member at `path` has no home; empty where LOST does not know it. The longest row counts."""
    fitting = [
        key for key in LOST if key == path or (key.endswith("*") and path.startswith(key.rstrip("*").rstrip(".")))
    ]
    return LOST[max(fitting, key=len)] if fitting else ""
