"""The WIA record as a JSON Schema of our own: members, types, ranges, value lists.

Where the prose and the published schema differ, the stricter one is taken: `chemistry.materials` is required (5.2), a
nominal voltage of 0 is refused (VAL-004), a country is two capital letters. Members that the format does not describe
are let pass, as the published schema does.
"""

from __future__ import annotations

from typing import Any, Final

PASSPORT_ID: Final = r"^BP-[0-9]{4}-[0-9]{6}$"
BATTERY_ID: Final = r"^BAT-[0-9]{4}-[A-Z]{2}-[0-9]{6}$"
VERSION: Final = r"^[0-9]+\.[0-9]+\.[0-9]+$"

CHEMISTRIES: Final = ("lithium-ion", "lithium-polymer", "solid-state", "sodium-ion", "lead-acid")
STATUSES: Final = (
    "manufactured",
    "in_storage",
    "in_transit",
    "in_use",
    "maintenance",
    "second_life",
    "end_of_life",
    "recycled",
)

_TEXT: Final = {"type": "string", "minLength": 1}
_PERCENT: Final = {"type": "number", "minimum": 0, "maximum": 100}
_COUNT: Final = {"type": "integer", "minimum": 0}
_AMOUNT: Final = {"type": "number", "minimum": 0}


def _members(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


_LOCATION = _members(
    country={"type": "string", "pattern": "^[A-Z]{2}$"},
    city=_TEXT,
    facility=_TEXT,
    coordinates=_members(
        lat={"type": "number", "minimum": -90, "maximum": 90},
        lng={"type": "number", "minimum": -180, "maximum": 180},
    ),
)

_SOURCE = _members(
    certifications={"type": "array", "items": {"type": "string"}},
    conflictFree={"type": "boolean"},
    ethicalSourcing={"type": "boolean"},
)

_MATERIAL = _members(name=_TEXT, symbol=_TEXT, percentage=_PERCENT, weight=_AMOUNT, source=_SOURCE)

_EVENT = _members(
    ("type", "timestamp"),
    type=_TEXT,
    timestamp={"type": "string", "format": "date-time"},
    stateOfHealth=_PERCENT,
    cycleCount=_COUNT,
)

_LIFECYCLE = _members(
    status={"enum": list(STATUSES)},
    stateOfHealth=_PERCENT,
    stateOfCharge=_PERCENT,
    cycleCount=_COUNT,
    totalEnergyThroughput=_AMOUNT,
    operatingHours=_AMOUNT,
    events={"type": "array", "items": _EVENT},
)

SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_members(
        ("version", "passportId", "batteryId", "identity", "chemistry", "specifications"),
        version={"type": "string", "pattern": VERSION},
        passportId={"type": "string", "pattern": PASSPORT_ID},
        batteryId={"type": "string", "pattern": BATTERY_ID},
        created={"type": "string", "format": "date-time"},
        updated={"type": "string", "format": "date-time"},
        identity=_members(
            ("manufacturer", "model", "serialNumber", "manufacturingDate"),
            manufacturer=_TEXT,
            manufacturerId=_TEXT,
            model=_TEXT,
            serialNumber=_TEXT,
            manufacturingDate={"type": "string", "format": "date"},
            manufacturingLocation=_LOCATION,
        ),
        chemistry=_members(
            ("type", "cathode", "anode", "materials"),
            type={"enum": list(CHEMISTRIES)},
            subtype=_TEXT,
            cathode=_TEXT,
            anode=_TEXT,
            electrolyte=_TEXT,
            separator=_TEXT,
            materials={"type": "array", "items": _MATERIAL},
            weight={"type": "object"},
            recycledContent={"type": "object"},
        ),
        specifications=_members(
            ("nominalVoltage", "nominalCapacity"),
            nominalVoltage={"type": "number", "exclusiveMinimum": 0},
            nominalCapacity=_AMOUNT,
            energyDensity=_AMOUNT,
            powerDensity=_AMOUNT,
            expectedCycleLife=_COUNT,
        ),
        lifecycle=_LIFECYCLE,
        carbonFootprint={"type": "object"},
        supplyChain={"type": "object"},
        digitalAccess={"type": "object"},
        compliance={"type": "object"},
        verification={"type": "object"},
    ),
}
