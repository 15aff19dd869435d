"""The lists of a payload out of a passport view: documents, materials, footprints, suppliers, partners, marks."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from submodels.dbp import conversions as to
from submodels.dbp import documents as doc
from submodels.dbp import materials as mat
from submodels.dbp.back.restore import MISSING, Restored, one_text
from submodels.dbp.metadata import STATUSES

_KINDS: Final = {"application/pdf": "PDF", "text/html": "URL"}
_PARTNER: Final = re.compile(r"BPN[LSA][0-9A-Za-z]{12}", re.ASCII)
_PHASES: Final = {theirs: ours for ours, theirs in to.PHASES.items()}
_HAZARDS: Final = {
    "AcuteToxicity": "Acute toxicity",
    "SkinCorrosionOrIrritation": "Skin corrosion or irritation",
    "EyeDamageOrIrritation": "Eye damage or irritation",
}
_METALS: Final = {name.lower(): metal for metal, name in mat.NAMES.items()}
_METAL_OF_CAS: Final = {number: metal for metal, number in mat.CAS.items()}
_UUID: Final = re.compile(r"(urn:uuid:)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
NONE: Final = "not applicable"
_DOCUMENT_LISTS: Final = (
    (1, "EUDeclarationOfConformity", "conformity.declarationOfConformity"),
    (1, "ResultsOfTestReportsProvingCompliance", "conformity.resultOfTestReport"),
    (5, "InformationOnAccidents", "performance.dynamic.negativeEvents"),
    (7, "DismantlingAndRemovalInformation", "safety.dismantling"),
    (7, "SafetyMeasures.SafetyInstructions", "safety.safetyMeasures"),
    (7, "EndOfLifeInformation.WastePrevention", "circularity.documents.wastePrevention"),
    (7, "EndOfLifeInformation.SeparateCollection", "circularity.documents.separateCollection"),
)


def restore_lists(restored: Restored) -> None:
    """Everything that is no single value."""
    _documents(restored)
    _maker(restored)
    _marks(restored)
    _footprints(restored)
    _power(restored)
    _materials(restored)
    _hazards(restored)
    _recycled(restored)
    _suppliers(restored)
    _agents(restored)
    _identifiers(restored)


# -- documents ------------------------------------------------------------------------------------------------------


def _documents(restored: Restored) -> None:
    """Lists of identifiers become lists of documents; those that no list names are `sources`."""
    known = {}
    for document in restored.records(2, "Documents"):
        identifier, entity = _entity(document)
        known[identifier] = entity
    used: set[str] = set()
    for part, path, target in _DOCUMENT_LISTS:
        identifiers = [str(one) for one in restored.entries(part, path)]
        used.update(identifiers)
        if identifiers:
            restored.put(target, [known.get(one) or _bare(one) for one in identifiers])
    collected = {str(one) for one in restored.entries(7, "EndOfLifeInformation.InformationOnCollection")}
    for strange in sorted(collected - used):
        message = f"4.0.0 has no list for information on collection: {strange[:100]} stands under sources."
        restored.note("no-way-back", message, 7, "EndOfLifeInformation.InformationOnCollection", "converted")
    studies = {str(one) for pcf in _pcfs(restored) for one in _list(pcf, "WebLinkToPublicCarbonFootprintStudy")}
    rest = [entity for identifier, entity in known.items() if identifier not in used | studies]
    if rest:
        restored.put("sources", rest)
    _declared(restored)


def _declared(restored: Restored) -> None:
    """An identifier that is neither an address nor a digest was declared."""
    first = next(iter(restored.entries(1, "EUDeclarationOfConformity")), None)
    is_named = isinstance(first, str) and not doc.is_link(first) and not first.startswith("sha256:")
    if is_named:
        restored.put("conformity.declarationOfConformityId", str(first))


def _entity(document: Any) -> tuple[str, dict[str, Any]]:
    """Identifier and DocumentEntity of one entry of part 2."""
    ids = [one for one in _list(document, "DocumentIds") if isinstance(one, dict)]
    chosen = next((one for one in ids if one.get("DocumentIsPrimary") is True), ids[0] if ids else {})
    identifier = str(chosen.get("DocumentIdentifier", ""))
    version = next((one for one in _list(document, "DocumentVersions") if isinstance(one, dict)), {})
    file = next((one for one in _list(version, "DigitalFiles") if isinstance(one, dict)), {})
    content = file.get("value") or identifier
    title = one_text(version.get("Title"))
    kind = _KINDS.get(str(file.get("contentType")), "Other")
    header = title if isinstance(title, str) else content
    return identifier, {"content": content, "category": _category(document), "type": kind, "header": header[:100]}


def _category(document: Any) -> str:
    """The category of 4.0.0: as it was classified by it, else the first that our table has for the class."""
    classes = [one for one in _list(document, "DocumentClassifications") if isinstance(one, dict)]
    for one in classes:
        if one.get("ClassificationSystem") == doc.CATEGORY_SYSTEM:
            return str(one.get("ClassId"))
    ids = {one.get("ClassId") for one in classes}
    return next((category for category, class_id in doc.CLASS_OF_CATEGORY.items() if class_id in ids), "Other")


def _bare(identifier: str) -> dict[str, Any]:
    """A document that part 2 does not have: all that is known is its identifier."""
    return {"content": identifier, "category": "Other", "type": "Other", "header": identifier[:100]}


# -- who and where --------------------------------------------------------------------------------------------------


def _maker(restored: Restored) -> None:
    address, name = restored.get(1, "AddressInformation"), one_text(restored.get(1, "ManufacturerName"))
    number = restored.get(1, "ManufacturerIdentifier")
    base = "generalInformation.manufacturer"
    if isinstance(address, dict):
        company = {"companyName": [name]} if isinstance(name, str) else {}
        restored.put(f"{base}.manufacturer", {"left": {**company, **_contact(address), "address": _address(address)}})
        if number is not MISSING:
            message = "A manufacturer with name and address has no identifier in 4.0.0."
            restored.note("no-way-back", message, 1, "ManufacturerIdentifier")
    elif number is not MISSING:
        restored.put(f"{base}.manufacturer", {"right": [_by_id(number)]})
    site = restored.get(1, "UniqueFacilityIdentifier")
    if site is not MISSING:
        restored.put(f"{base}.facility", {"right": _location(site)})
    operator = restored.get(8, "economicOperatorId")
    operator = restored.get(1, "OperatorIdentifier") if operator is MISSING else operator
    if operator is not MISSING:
        restored.put("metadata.economicOperator.economicOperatorId", {"right": [_by_id(operator)]})
    restored.get(1, "OperatorIdentifier")
    passport = restored.get(8, "digitalProductPassportId")
    if passport is not MISSING:
        side = "left" if _UUID.fullmatch(str(passport)) else "right"
        restored.put("metadata.passportIdentifier", {side: str(passport)})
    status = {theirs: ours for ours, theirs in STATUSES.items()}.get(str(restored.get(8, "dppStatus")))
    if status:
        restored.put("metadata.status", status)
    for path in ("GeneralInformation.ManufacturerName", "GeneralInformation.ManufacturerIdentifier"):
        restored.get(4, path)


def _by_id(identifier: Any) -> dict[str, Any]:
    text = str(identifier)
    is_bpn = _PARTNER.fullmatch(text) is not None
    side, kind = ("left", text[:4]) if is_bpn else ("right", "other")
    return {"businessIdentifier": {side: text}, "businessIdentifierType": kind}


def _location(identifier: Any) -> dict[str, Any]:
    text = str(identifier)
    is_bpn = _PARTNER.fullmatch(text) is not None
    side = "left" if text.startswith("BPNA") and is_bpn else "right"
    return {"locationIdentifier": {side: text}, "locationIdentifierType": text[:4] if is_bpn else "other"}


def _address(address: dict[str, Any]) -> dict[str, Any]:
    """Out of AddressInformation (part 1) or AddressOfSupplier (part 7)."""
    found: dict[str, Any] = {}
    texts = {name: one_text(value) for name, value in address.items()}
    for name, way in (("Street", "thoroughfare"), ("Zipcode", "postCode"), ("PostalCode", "postCode")):
        if isinstance(texts.get(name), str):
            found[way] = {"value": texts[name]}
    if isinstance(texts.get("CityTown"), str):
        found["locality"] = {"value": texts["CityTown"]}
    country = texts.get("StateCounty") or texts.get("NationalCode")
    if isinstance(country, str):
        found["country"] = {"shortName": country}
    return found


def _contact(address: dict[str, Any]) -> dict[str, Any]:
    ways = {
        "phoneNumber": _below(address, "Phone", "TelephoneNumber"),
        "faxNumber": _below(address, "Fax", "FaxNumber"),
        "email": _below(address, "Email", "EmailAddress"),
        "website": address.get("AddressOfAdditionalLink"),
    }
    texts = {name: one_text(value) for name, value in ways.items()}
    contact = {name: text for name, text in texts.items() if isinstance(text, str)}
    return {"contactProperty": contact} if contact else {}


def _identifiers(restored: Restored) -> None:
    """Batch and model stand in the shell; the serial number in part 1."""
    names = {"batchId": "BatchId", "modelId": "ModelId"}
    found = [
        {"key": key, "value": restored.view.assets[name]} for name, key in names.items() if name in restored.view.assets
    ]
    if found:
        kept = restored.payload.setdefault("identification", {}).setdefault("localIdentifier", [])
        kept.extend(found)


# -- what it is made of ---------------------------------------------------------------------------------------------


def _materials(restored: Restored) -> None:
    active: dict[str, Any] = {}
    others, critical = [], []
    for material in restored.records(6, "BatteryMaterials"):
        name, number = str(material.get("BatteryMaterialName", "")), str(material.get("BatteryMaterialIdentifier", ""))
        location = _below(material, "BatteryMaterialLocation", "ComponentName")
        metal = _METALS.get(name.lower())
        if material.get("IsCriticalRawMaterial") is True:
            critical.append(_substance(name, number, "criticalName"))
        if metal and metal not in active:
            active[metal] = {"left": {"location": location} if location else {}}
        elif location is not None or material.get("IsCriticalRawMaterial") is not True:
            others.append({**_substance(name, number), **({"location": location} if location else {})})
    if active or others or critical:
        none = {metal: {"right": NONE} for metal in mat.NAMES if metal not in active}
        restored.put("chemicalMaterial.activeMaterials", {**active, **none})
        restored.put("chemicalMaterial.otherMaterials", {"left": others} if others else {"right": NONE})
        restored.put("chemicalMaterial.criticalMaterial", critical)


def _substance(name: str, number: str, member: str = "") -> dict[str, Any]:
    named = {"substanceName": {"chemicalName": name.lower() if member else name, "type": "IUPAC"}} if name else {}
    numbered = {"substanceIdentification": [{"materialid": number, "type": "CAS"}]} if number else {}
    return {**({member: name} if member else {}), **named, **numbered}


def _hazards(restored: Restored) -> None:
    found: dict[str, Any] = {}
    others = []
    listed = restored.payload.get("chemicalMaterial", {}).get("otherMaterials", {}).get("left", [])
    for hazard in restored.records(6, "HazardousSubstances"):
        name, number = (
            str(hazard.get("HazardousSubstanceName", "")),
            str(hazard.get("HazardousSubstanceIdentifier", "")),
        )
        metal = next((one for one in mat.HAZARDOUS_NAMES if one == name.lower() or mat.CAS[one] == number), None)
        entry = _hazard(hazard)
        same = next((one for one in listed if _number_of(one) == number and number), None)
        if metal and metal not in found:
            found[metal] = {"left": entry}
        else:
            classed = {**entry, **({"hazardClass": _class(hazard)} if _class(hazard) else {})}
            others.append({**_substance(name, number), **classed})
            if same is not None:
                same.update(classed)
    if found or others or "chemicalMaterial" in restored.payload:
        none = {metal: {"right": NONE} for metal in mat.HAZARDOUS_NAMES if metal not in found}
        other = {"other": {"left": others} if others else {"right": NONE}}
        restored.put("chemicalMaterial.hazardousSubstance", {**found, **none, **other})


def _hazard(hazard: dict[str, Any]) -> dict[str, Any]:
    share, location = (
        hazard.get("HazardousSubstanceConcentration"),
        _below(hazard, "HazardousSubstanceLocation", "ComponentName"),
    )
    found: dict[str, Any] = {"location": location} if location else {}
    if share is not None:
        found |= {"concentration": {"right": {"value": share}}, "substanceUnit": "unit:percent"}
    return found


def _class(hazard: dict[str, Any]) -> str | None:
    return _HAZARDS.get(str(hazard.get("HazardousSubstanceClass")))


def _number_of(material: dict[str, Any]) -> str:
    return next((str(one.get("materialid", "")) for one in material.get("substanceIdentification", ())), "")


def _recycled(restored: Restored) -> None:
    active = restored.payload.get("chemicalMaterial", {}).get("activeMaterials", {})
    for entry in restored.records(7, "RecycledContentInformation"):
        metal = _METALS.get(str(entry.get("RecycledMaterial", "")).lower())
        shares = [share for name in ("PostConsumerShare", "PreConsumerShare") if (share := entry.get(name)) is not None]
        if metal is None or not shares:
            continue
        if len(shares) > 1:
            message = "4.0.0 has one share of recycled content: pre- and post-consumer are added."
            restored.note("no-way-back", message, 7, "RecycledContentInformation", "converted")
        held = active.setdefault(metal, {})
        held.pop("right", None)
        held.setdefault("left", {})["recycled"] = sum(shares, Decimal(0)) if len(shares) > 1 else shares[0]
    if active:
        restored.put("chemicalMaterial.activeMaterials", active)
    share = restored.get(7, "RenewableContent")
    for material in restored.payload.get("chemicalMaterial", {}).get("otherMaterials", {}).get("left", []):
        if share is not MISSING:
            material["renewable"] = share


# -- footprint, power, parts, marks ---------------------------------------------------------------------------------


def _pcfs(restored: Restored) -> list[dict[str, Any]]:
    return restored.records(3, "ProductCarbonFootprints")


def _footprints(restored: Restored) -> None:
    site = restored.get(1, "UniqueFacilityIdentifier")
    entries = []
    for pcf in _pcfs(restored):
        phases = _list(pcf, "LifeCyclePhases")
        stages = [_PHASES.get(str(phase), str(phase)) for phase in phases]
        entries.append(_footprint(pcf, next(iter(stages), None), site))
        if len(stages) > 1:
            message = "4.0.0 has one footprint for each stage: the first of several stages stands there."
            restored.note("no-way-back", message, 3, "ProductCarbonFootprints[].LifeCyclePhases", "converted")
    if entries:
        restored.put("circularity.carbonFootprint", entries)


def _footprint(pcf: dict[str, Any], stage: str | None, site: Any) -> dict[str, Any]:
    unit, quantity = pcf.get("ReferenceImpactUnitForCalculation"), pcf.get("QuantityOfMeasureForCalculation")
    per = f"/{unit}" if unit and quantity in (None, 1) else f"/({quantity} {unit})" if unit else ""
    found: dict[str, Any] = {
        "value": pcf.get("PcfCO2eq"),
        "rulebook": next(iter(_list(pcf, "PcfCalculationMethods")), None),
        "lifecycle": stage,
        "unit": f"kg CO2 eq{per}",
        "type": to.CLIMATE_TOTAL,
        "performanceClass": pcf.get("PerformanceClass"),
        "manufacturingPlant": {"right": _location(site)} if site is not MISSING else None,
        "declaration": next(iter(_list(pcf, "WebLinkToPublicCarbonFootprintStudy")), None),
    }
    return {name: value for name, value in found.items() if value is not None}


def _power(restored: Restored) -> None:
    names: dict[Any, str] = {soc: name for name, soc in to.RATED_SOC.items()}
    for entry in restored.records(4, "TechnicalPropertyAreas.PowerCapability.OriginalPowerCapability"):
        soc = entry.get("atSoc")
        name = names.get(soc) if isinstance(soc, int | Decimal) else None
        if name and entry.get("powerCapabilityAt") is not None:
            restored.put(f"performance.rated.power.{name}", entry["powerCapabilityAt"])
        else:
            message = "4.0.0 has the power at a state of charge of 20 and 80 percent only."
            restored.note("no-way-back", message, 4, "TechnicalPropertyAreas.PowerCapability.OriginalPowerCapability")
    _remaining_power(restored)


def _remaining_power(restored: Restored) -> None:
    """Part 5 has percent of the rated power, 4.0.0 watts."""
    base = "RemainingPowerCapability"
    share = restored.get(5, f"{base}.RemainingPowerCapabilityDynamicAt.PowerCapabilityAt")
    rated = restored.payload.get("performance", {}).get("rated", {}).get("power", {}).get("value")
    if share is not MISSING and rated is not None:
        restored.put("performance.dynamic.power.remaining.value", Decimal(share) * Decimal(rated) / 100)
        restored.note("no-way-back", "Percent of the rated power, as watts.", 5, base, "converted")
    for path in (f"{base}.RemainingPowerCapabilityDynamicAt", f"{base}.LastUpdate"):
        restored.get(5, path)
    restored.get(4, "TechnicalPropertyAreas.PowerCapability.RatioNorminalBatteryPowerAndBatteryEnergy")
    restored.get(6, "BatteryChemistry.ClearName")


def _suppliers(restored: Restored) -> None:
    producers, parts = [], []
    for supplier in restored.records(7, "SparePartSources"):
        producers.append({"id": _supplier(supplier)})
        parts += [part for part in _list(supplier, "Components") if isinstance(part, dict) and part not in parts]
    if producers or parts:
        spare = [{"partName": _plain(part, "PartName"), "partNumber": _plain(part, "PartNumber")} for part in parts]
        restored.put("circularity.spareParts", {"left": {"producer": producers, "sparePart": spare}})
    elif "Circularity" in restored.view.values:
        restored.put("circularity.spareParts", {"right": NONE})


def _supplier(supplier: dict[str, Any]) -> dict[str, Any]:
    name, address = one_text(supplier.get("NameOfSupplier")), supplier.get("AddressOfSupplier")
    if not isinstance(address, dict) and isinstance(name, str) and _PARTNER.fullmatch(name):
        return {"right": [_by_id(name)]}
    contact = {
        "email": _below(supplier, "EmailAddressOfSupplier", "EmailAddress"),
        "website": supplier.get("SupplierWebAddress"),
    }
    texts = {key: one_text(value) for key, value in contact.items()}
    found = {key: text for key, text in texts.items() if isinstance(text, str)}
    company = {"companyName": [name]} if isinstance(name, str) else {}
    return {
        "left": {**company, "contactProperty": found, "address": _address(address if isinstance(address, dict) else {})}
    }


def _agents(restored: Restored) -> None:
    agents = [{"media": str(one)} for one in restored.entries(7, "SafetyMeasures.ExtinguishingAgents")]
    if agents:
        restored.put("safety.usableExtinguishAgent", agents)


def _marks(restored: Restored) -> None:
    for marking in restored.records(1, "Markings"):
        name = str(one_text(marking.get("MarkingName")))
        link = _below(marking, "MarkingFile", "value")
        is_material = name in (to.SYMBOLS["materialSymbol"], "Pb", "Cd", "Pb, Cd", "Cd, Pb")
        place = "chemicalMaterial.materialSymbol" if is_material else "circularity.documents.separateCollectionSymbol"
        if name not in ("Pb", "Cd", "Pb, Cd", "Cd, Pb", *to.SYMBOLS.values()):
            message = f"4.0.0 has the symbols of materials and of separate collection only, not {name[:100]!r}."
            restored.note("no-way-back", message, 1, "Markings[]")
        elif link:
            links = [*_links(restored, place), link]
            restored.put(place, {"right": links})
        elif not restored.has(place):
            restored.put(place, {"left": name})


def _links(restored: Restored, place: str) -> list[str]:
    node: Any = restored.payload
    for step in place.split("."):
        node = node.get(step, {})
    found: list[str] = node.get("right", [])
    return found


def _list(node: Any, name: str) -> list[Any]:
    found = node.get(name) if isinstance(node, dict) else None
    return found if isinstance(found, list) else []


def _plain(node: Any, name: str) -> Any:
    text = one_text(node.get(name)) if isinstance(node, dict) else MISSING
    return text if isinstance(text, str) else ""


def _below(node: Any, *steps: str) -> Any:
    for step in steps:
        node = node.get(step) if isinstance(node, dict) else None
    return node
