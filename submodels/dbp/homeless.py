"""What of BatteryPass 4.0.0 none of the submodels has a place for; it stays in the generic submodel of the payload.

A pattern covers everything below it. Paths are those of the mapping table (`{a,b}` stands for either).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

from submodels.dbp.paths import Found, resolve
from submodels.dbp.site import Scene, Site

ADDRESSES: Final = (
    "generalInformation.manufacturer.manufacturer.left.address",
    "circularity.spareParts.left.producer[].id.left.address",
)
"""Addresses that are taken along, but not in every detail."""

_MATERIALS: Final = "chemicalMaterial.{otherMaterials,activeMaterials.otherMaterials,hazardousSubstance.other}.left[]"
_METALS: Final = "chemicalMaterial.hazardousSubstance.{lead,cadmium,mercury}.left"
_OPERATOR: Final = "metadata.economicOperator.economicOperatorId"
_KIND_OF_ID: Final = "The form of an identifier tells its kind; the templates have no element for it."
_NOTHING: Final = "That there is none of it is told by its absence."


@dataclass(frozen=True, slots=True)
class Homeless:
    """One pattern of paths; `is_lost` where a reader of the submodels misses something by it."""

    path: str
    reason: str
    is_lost: bool = True


HOMELESS: Final = (
    Homeless("identification.typeId", "The technical data of 1.0.1 have no designation of the product any more."),
    Homeless("identification.typology", "No template classifies the product."),
    Homeless("identification.additionalCode", "No template has other codes of the product."),
    Homeless("chemicalMaterial.activeMaterials.{nickel,lithium,cobalt,lead,otherMaterials}.right", _NOTHING, False),
    Homeless("chemicalMaterial.hazardousSubstance.{lead,cadmium,mercury,other}.right", _NOTHING, False),
    Homeless("chemicalMaterial.otherMaterials.right", _NOTHING, False),
    Homeless("circularity.spareParts.right", _NOTHING, False),
    Homeless(f"{_MATERIALS}.substanceName.type", "Part 6 does not name the list that a name is of."),
    Homeless("chemicalMaterial.criticalMaterial[].substanceName.type", "Part 6 does not name the list of a name."),
    Homeless(f"{_MATERIALS}.concentration.left[].min", "Part 6 has one concentration: the upper end of a range."),
    Homeless(f"{_METALS}.concentration.left[].min", "Part 6 has one concentration: the upper end of a range."),
    Homeless(f"{_MATERIALS}.recycled", "Part 7 has recycled shares of cobalt, nickel, lithium and lead only."),
    Homeless("chemicalMaterial.hazardousSubstance.other.left[].renewable", "Part 7 has one renewable share."),
    Homeless("circularity.carbonFootprint[].manufacturingPlant.left", "Part 1 has an identifier of the facility."),
    Homeless("circularity.carbonFootprint[].manufacturingPlant.right.locationIdentifierType", _KIND_OF_ID),
    Homeless("generalInformation.manufacturer.facility.left", "Part 1 has an identifier of the facility, no address."),
    Homeless("generalInformation.manufacturer.facility.right.locationIdentifierType", _KIND_OF_ID),
    Homeless("generalInformation.manufacturer.manufacturer.right[].businessIdentifierType", _KIND_OF_ID),
    Homeless("circularity.spareParts.left.producer[].id.right[].businessIdentifierType", _KIND_OF_ID),
    *(
        Homeless(f"{address}.{{thoroughfare,locality,postCode}}.technicalKey", "A template's address has lines only.")
        for address in ADDRESSES
    ),
    *(
        Homeless(f"{address}.{{premise,postalDeliveryPoint}}", "A template's address has street, code and town.")
        for address in ADDRESSES
    ),
    Homeless(f"{ADDRESSES[1]}.locality.value", "Part 7 has country, code and street of a supplier, no town."),
    Homeless(
        "circularity.spareParts.left.producer[].id.left.contactProperty.{phoneNumber,faxNumber}",
        "Part 7 has the e-mail and web address of a supplier only.",
    ),
    Homeless(
        "performance.rated.{voltage,roundTripEfficiency,energy,resistance,power,capacity}.temperature",
        "Part 4 does not tell at which temperature a figure was found.",
    ),
    Homeless("performance.rated.roundTripEfficiency.depthOfDischarge", "Part 4 does not tell the depth of discharge."),
    Homeless(
        "performance.rated.lifetime.cycleLifeTesting.{temperature,depthOfDischarge,appliedChargeRate}",
        "Part 4 has one rate of the cycle-life test: that of discharge.",
    ),
    Homeless(
        "performance.dynamic.{capacity,power,roundTripEfficiency}.fade.time",
        "Part 4 describes the model: figures of the single battery have no time there.",
    ),
    Homeless(
        "performance.dynamic.resistance.increase.{cell,module,pack}.time",
        "Part 4 describes the model: figures of the single battery have no time there.",
    ),
    Homeless("performance.dynamic.resistance.remaining", "Part 5 has no resistance."),
    Homeless("generalInformation.lifespan[key=technical lifetime]", "Part 4 has the guaranteed lifetime only."),
    Homeless("generalInformation.lifespan[key=mean time between failures]", "Part 4 has the guaranteed lifetime only."),
    Homeless("physicalDimension.{volume,height,diameter,length,width}", "Part 4 has the mass only."),
    Homeless("safety.usableExtinguishAgent[].fireClass", "Part 7 has the agents only."),
    Homeless("metadata.{version,issueDate,expirationDate,predecessor}", "No template has it."),
    Homeless(f"{_OPERATOR}.left.{{contactProperty,address}}", "Part 1 has an identifier of the operator only."),
    Homeless(f"{_OPERATOR}.right[].businessIdentifierType", _KIND_OF_ID),
)

IN_METADATA: Final = (Homeless("metadata.{status,passportIdentifier}", "Only part 8 (DppMetadata) has it."),)
"""What has a home where part 8 is built, and none otherwise."""


def tell_homeless(scene: Scene, *, with_metadata: bool) -> None:
    """Note `dbp/left-out` once for each path that the payload has and a reader of the submodels will miss."""
    for path, reason in _paths(with_metadata):
        places = [found for found in resolve(scene.payload, path, scene.known) if isinstance(found, Found)]
        if places:
            more = f" ({len(places)} places)" if len(places) > 1 else ""
            Site(scene, places[0], "IDTA 02035").note("left-out", reason + more, "info")


@cache
def _paths(with_metadata: bool) -> tuple[tuple[str, str], ...]:
    """Every single path that is told, with its reason."""
    told = (*HOMELESS, *(() if with_metadata else IN_METADATA))
    return tuple((path, one.reason) for one in told if one.is_lost for path in single_paths(one.path))


_GROUP: Final = re.compile(r"\{([^}]*)\}")


def single_paths(source: str) -> list[str]:
    """The single paths that a source path with `{a,b}` stands for, without the marks of items."""
    parts = _GROUP.split(source.replace("@", ""))
    options = [part.split(",") if number % 2 else [part] for number, part in enumerate(parts)]
    return ["".join(choice) for choice in product(*options)]
