"""Conversions for materials and substances (parts 6 and 7): names, CAS numbers, criticality, hazards, shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from connector.notation.pointers import join
from submodels.aas.lexical import NotLexical, number
from submodels.dbp.paths import Found, resolve
from submodels.dbp.site import Site

NAMES = {"nickel": "Nickel", "lithium": "Lithium", "cobalt": "Cobalt", "lead": "Lead"}
HAZARDOUS_NAMES = {"lead": "Lead", "cadmium": "Cadmium", "mercury": "Mercury"}
CAS = {
    "nickel": "7440-02-0",
    "lithium": "7439-93-2",
    "cobalt": "7440-48-4",
    "lead": "7439-92-1",
    "cadmium": "7440-43-9",
    "mercury": "7439-97-6",
}
CAS_NUMBER = re.compile(r"[0-9]{2,7}-[0-9]{2}-[0-9]", re.ASCII)
# Free text of 4.0.0 (lower case) -> the three classes that part 6 knows.
HAZARD_CLASSES = {
    "acute toxicity": "AcuteToxicity",
    "skin corrosion or irritation": "SkinCorrosionOrIrritation",
    "skin corrosion/irritation": "SkinCorrosionOrIrritation",
    "eye damage or irritation": "EyeDamageOrIrritation",
    "serious eye damage/eye irritation": "EyeDamageOrIrritation",
}
# One of the unit in percent, and how many decimal places that is.
PERCENT_PLACES = {
    "unit:percent": 0,
    "unit:percentVolume": 0,
    "unit:partPerThousand": 1,
    "unit:partPerMillion": 4,
    "unit:partPerBillionUs": 7,
    "unit:partPerTrillionUs": 10,
}
MATERIAL_LISTS = ("chemicalMaterial.activeMaterials.otherMaterials.left[]", "chemicalMaterial.otherMaterials.left[]")
LISTED_HAZARDS = "chemicalMaterial.hazardousSubstance.other.left[]"
ACTIVE = "chemicalMaterial.activeMaterials.{nickel,lithium,cobalt,lead}.left@"
CRITICAL = "chemicalMaterial.criticalMaterial[]"


def active_name(_: Any, site: Site) -> str:
    """The metal under whose name the entry stands."""
    return NAMES[site.item_name]


def hazardous_name(_: Any, site: Site) -> str:
    """The restricted metal under whose name the entry stands."""
    return HAZARDOUS_NAMES[site.item_name]


def metal_cas(_: Any, site: Site) -> str:
    """The CAS number of the metal under whose name the entry stands."""
    return CAS[site.item_name]


def cas(value: Any, site: Site) -> str | None:
    """The first CAS number of a list of substance ids; an EC number or a misspelt one is told and left out."""
    if not isinstance(value, list):
        raise NotLexical(f"a list was wanted, {type(value).__name__} was found")
    known = next(_cas_numbers(value), None)
    if known is None:
        site.note("no-cas", "The target wants a CAS number, and no id of this substance is one.")
    elif not _is_cas_sum(known):
        site.note("cas-check-digit", "The check digit of this CAS number is wrong.", found=known)
    if known is not None and len(value) > 1:
        site.note("left-out", "Part 6 takes one CAS number: the other identifiers are left out.", "info")
    return known


def is_critical(value: Any, site: Site) -> bool:
    """Whether the payload's list of critical materials has this material, by CAS number or by name."""
    if not isinstance(value, dict):
        raise NotLexical(f"an object was wanted, {type(value).__name__} was found")
    return bool(_identity(site.item, site) & _critical_identities(site))


def is_unlisted_critical(value: Any, site: Site) -> bool | None:
    """True for a critical material that is none of the materials above it in the passport, else None."""
    names = _names_of(value)
    return None if not names or names & _material_identities(site) else True


def critical_name(value: Any, site: Site) -> str | None:
    """The name of a critical material that is in no other list."""
    if not is_unlisted_critical(site.item, site):
        entry = Site(site.scene, Found(site.item, site.found.items[-1][0]), site.target)
        entry.note("derived", "The mark at the material itself stands for this entry.", "info")
        return None
    if not isinstance(value, str):
        raise NotLexical(f"a text was wanted, {type(value).__name__} was found")
    return value or None


def critical_cas(value: Any, site: Site) -> str | None:
    """The CAS number of a critical material that is in no other list."""
    return cas(value, site) if is_unlisted_critical(site.item, site) else None


def is_unlisted_hazard(value: Any, site: Site) -> bool:
    """Whether a material with a hazard class is not among the hazardous substances already."""
    has_class = isinstance(value, dict) and bool(value.get("hazardClass"))
    listed = (_names_of(found.value) for found in _found(site.scene.payload, LISTED_HAZARDS))
    return has_class and not _names_of(value) & frozenset().union(*listed)


def hazard_class(value: Any, site: Site) -> str | None:
    """One of the three classes of part 6; another is told and left out, since the target is optional."""
    if not isinstance(value, str):
        raise NotLexical(f"a text was wanted, {type(value).__name__} was found")
    known = HAZARD_CLASSES.get(" ".join(value.lower().split()))
    if known is None and value:
        site.note("not-in-value-list", "Part 6 has no class of this name; it is left out.", found=value[:100])
    return known


def percent(value: Any, site: Site) -> Decimal | None:
    """A concentration in percent: the single value, or the upper end of a range."""
    places = PERCENT_PLACES.get(str(site.item.get("substanceUnit"))) if isinstance(site.item, dict) else None
    if places is None:
        site.note("unit", "The concentration is in no known unit.")
        return None
    if site.item["substanceUnit"] != "unit:percent":
        unit = Site(site.scene, Found(None, join(site.found.items[-1][0], "substanceUnit")), site.target)
        for place in (site, unit):
            place.note("derived", "The concentration is given in percent.", "info")
    sign, digits, exponent = number(value).as_tuple()
    return Decimal((sign, digits, int(exponent) - places))  # scaleb would round to the context's digits


def percent_of_ranges(value: Any, site: Site) -> Decimal | None:
    """The same for a list of ranges: the highest `max`."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise NotLexical("a list of ranges was wanted")
    highest = max((number(entry.get("max")) for entry in value), default=None)
    return None if highest is None else percent(highest, site)


def lowest_renewable(_: Any, site: Site) -> Decimal | None:
    """One share for the battery out of one for each material: the lowest, which claims too much for none of them."""
    paths = (f"{path}.renewable" for path in MATERIAL_LISTS)
    shares = [number(found.value) for path in paths for found in _found(site.scene.payload, path)]
    if len(set(shares)) > 1:
        site.note("aggregated", "Materials differ in renewable content and have no mass: the lowest share stands.")
    return min(shares, default=None)


def post_consumer(value: Any, site: Site) -> Decimal | None:
    """The recycled share, if the configuration declares it as post-consumer."""
    return number(value) if site.context.recycled_share == "PostConsumerShare" else None


def pre_consumer(value: Any, site: Site) -> Decimal | None:
    """The recycled share, if the configuration declares it as pre-consumer."""
    return number(value) if site.context.recycled_share == "PreConsumerShare" else None


def _found(root: Any, path: str) -> Iterator[Found]:
    return (found for found in resolve(root, path) if isinstance(found, Found))


def _cas_numbers(ids: Any) -> Iterator[str]:
    for entry in ids if isinstance(ids, list) else ():
        number_ = entry.get("materialid") if isinstance(entry, dict) and entry.get("type") == "CAS" else None
        if isinstance(number_, str) and CAS_NUMBER.fullmatch(number_):
            yield number_


def _is_cas_sum(cas_number: str) -> bool:
    *digits, check = (int(digit) for digit in cas_number if digit != "-")
    return sum(place * digit for place, digit in enumerate(reversed(digits), 1)) % 10 == check


def _names_of(material: Any) -> frozenset[str]:
    """What identifies a material: its CAS numbers and its names in lower case."""
    if not isinstance(material, dict):
        return frozenset()
    named = material.get("substanceName")
    names = [material.get("criticalName"), named.get("chemicalName") if isinstance(named, dict) else None]
    texts = {name.strip().lower() for name in names if isinstance(name, str)}
    return frozenset(texts | set(_cas_numbers(material.get("substanceIdentification"))))


def _identity(material: Any, site: Site) -> frozenset[str]:
    """The same; a metal with a member of its own is known by the member's name."""
    metal = site.item_name
    return _names_of(material) | ({metal, CAS[metal]} if metal in NAMES else frozenset())


def _critical_identities(site: Site) -> frozenset[str]:
    memory = site.scene.memory
    if "critical" not in memory:
        names = (_names_of(found.value) for found in _found(site.scene.payload, CRITICAL))
        memory["critical"] = frozenset().union(*names)
    critical: frozenset[str] = memory["critical"]
    return critical


def _material_identities(site: Site) -> frozenset[str]:
    memory = site.scene.memory
    if "materials" not in memory:
        metals = [found.pointer.split("/")[-2] for found in _found(site.scene.payload, ACTIVE)]
        listed = [_names_of(found.value) for path in MATERIAL_LISTS for found in _found(site.scene.payload, path)]
        memory["materials"] = frozenset(metals).union((CAS[metal] for metal in metals), *listed)
    materials: frozenset[str] = memory["materials"]
    return materials
