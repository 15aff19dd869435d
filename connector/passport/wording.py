"""The words and unit signs with which elements of BatteryPass 4.0.0 are shown to people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from connector.passport import languages

# payload name -> label, where the name itself does not read well
LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "50PercentLife": "At 50 % of cycle life",
        "at20SoC": "At 20 % state of charge",
        "at80SoC": "At 80 % state of charge",
        "idDmc": "Identifier on the Data Matrix code",
        "typeId": "Type",
        "class": "Product class",
        "facility": "Manufacturing plant",
        "declarationOfConformityId": "EU declaration of conformity, number",
        "declarationOfConformity": "EU declaration of conformity",
        "thirdPartyAssurance": "Assurance by third parties",
        "dueDiligencePolicy": "Due diligence policy",
        "euTaxonomyDisclosureStatement": "EU taxonomy disclosure statement",
        "soce": "State of certified energy (SOCE)",
        "intoServiceDate": "In service since",
        "thresholdExhaustion": "Threshold for exhaustion",
        "appliedChargeRate": "Charge rate (C-rate)",
        "appliedDischargeRate": "Discharge rate (C-rate)",
        "usableExtinguishAgent": "Extinguishing agent",
        "meaningOfLabels": "Meaning of labels and symbols",
        "recycled": "Recycled share",
        "renewable": "Renewable share",
        "materialid": "Identifier",
        "substanceUnit": "Unit of concentration",
        "criticalName": "Name",
        "economicOperatorId": "Responsible economic operator",
    }
)

# path in the model -> sign of the unit that the model fixes for it
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "performance.rated.voltage.min": "V",
        "performance.rated.voltage.max": "V",
        "performance.rated.voltage.nominal": "V",
        "performance.rated.voltage.temperature": "°C",
        "performance.rated.roundTripEfficiency.initial": "%",
        "performance.rated.roundTripEfficiency.50PercentLife": "%",
        "performance.rated.roundTripEfficiency.depthOfDischarge": "%",
        "performance.rated.roundTripEfficiency.temperature": "°C",
        "performance.rated.energy.value": "kWh",
        "performance.rated.energy.temperature": "°C",
        "performance.rated.resistance.cell": "Ω",
        "performance.rated.resistance.module": "Ω",
        "performance.rated.resistance.pack": "Ω",
        "performance.rated.resistance.temperature": "°C",
        "performance.rated.power.value": "W",
        "performance.rated.power.at20SoC": "W",
        "performance.rated.power.at80SoC": "W",
        "performance.rated.power.temperature": "°C",
        "performance.rated.capacity.value": "Ah",
        "performance.rated.capacity.thresholdExhaustion": "%",
        "performance.rated.capacity.temperature": "°C",
        "performance.rated.temperature.lower": "°C",
        "performance.rated.temperature.upper": "°C",
        "performance.rated.selfDischargingRate": "% per month",
        "performance.rated.lifetime.expectedYears": "years",
        "performance.rated.lifetime.cycleLifeTesting.cycles": "cycles",
        "performance.rated.lifetime.cycleLifeTesting.temperature": "°C",
        "performance.rated.lifetime.cycleLifeTesting.depthOfDischarge": "%",
        "performance.dynamic.stateOfCharge": "%",
        "performance.dynamic.fullCycles": "cycles",
        "performance.dynamic.selfDischargingRate": "% per month",
        "performance.dynamic.power.fade": "%",
        "performance.dynamic.power.remaining": "W",
        "performance.dynamic.capacity.fade": "%",
        "performance.dynamic.capacity.throughput": "Ah",
        "performance.dynamic.capacity.capacity": "Ah",
        "performance.dynamic.roundTripEfficiency.fade": "%",
        "performance.dynamic.roundTripEfficiency.remaining": "%",
        "performance.dynamic.resistance.increase.pack": "%",
        "performance.dynamic.resistance.increase.module": "%",
        "performance.dynamic.resistance.increase.cell": "%",
        "performance.dynamic.resistance.remaining.pack": "Ω",
        "performance.dynamic.resistance.remaining.module": "Ω",
        "performance.dynamic.resistance.remaining.cell": "Ω",
        "performance.dynamic.energy.soce": "%",
        "performance.dynamic.energy.remaining": "kWh",
        "performance.dynamic.energy.throughput": "kWh",
        "chemicalMaterial.activeMaterials.nickel.recycled": "%",
        "chemicalMaterial.activeMaterials.lithium.recycled": "%",
        "chemicalMaterial.activeMaterials.cobalt.recycled": "%",
        "chemicalMaterial.activeMaterials.lead.recycled": "%",
        "chemicalMaterial.activeMaterials.otherMaterials.recycled": "%",
        "chemicalMaterial.activeMaterials.otherMaterials.renewable": "%",
        "chemicalMaterial.hazardousSubstance.other.recycled": "%",
        "chemicalMaterial.hazardousSubstance.other.renewable": "%",
        "chemicalMaterial.otherMaterials.recycled": "%",
        "chemicalMaterial.otherMaterials.renewable": "%",
    }
)

# SAMM unit -> sign; others are shown by their name
SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gram": "g",
        "kilogram": "kg",
        "tonneMetricTon": "t",
        "tonUsOrShortTonUkorus": "short ton",
        "ounceAvoirdupois": "oz",
        "pound": "lb",
        "cubicMetre": "m³",
        "litre": "l",
        "millilitre": "ml",
        "cubicCentimetre": "cm³",
        "cubicInch": "in³",
        "cubicFoot": "ft³",
        "cubicYard": "yd³",
        "hectolitre": "hl",
        "millimetre": "mm",
        "centimetre": "cm",
        "metre": "m",
        "kilometre": "km",
        "inch": "in",
        "foot": "ft",
        "yard": "yd",
        "day": "days",
        "month": "months",
        "year": "years",
        "cycle": "cycles",
        "runningOrOperatingHour": "operating hours",
        "percent": "%",
        "partPerMillion": "ppm",
        "partPerThousand": "‰",
    }
)

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])", re.ASCII)


def label(name: str, language: str = languages.ENGLISH) -> str:
    """The label of a payload name: `cycleLifeTesting` is shown as `Cycle life testing`, `GTIN` as it is."""
    if name.isupper():
        return name
    words = languages.name(name, language) or LABELS.get(name) or " ".join(word.lower() for word in _HUMP.split(name))
    return words[:1].upper() + words[1:]


def sign(unit: str) -> str:
    """The sign of a SAMM unit (`unit:kilogram` is `kg`), or the text as it stands."""
    name = unit.removeprefix("unit:")
    return SIGNS.get(name, name)
