"""The example payloads: valid, as complete as the models allow, and consistent in what they claim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from connector.notation import exact_json
from connector.passport.identifiers import parse_unit_url
from submodels.samm.loader import load
from submodels.samm.schema import json_schema
from submodels.samm.validation import compiled, validator

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "samm-models"
REFERENCE = ROOT / "../shared/reference/samm"
BATTERY_PASS = Path("io.catenax.battery.battery_pass/4.0.0/BatteryPass.json")
PCF = Path("io.catenax.pcf/9.0.0/Pcf.json")
PCF_7 = Path("io.catenax.pcf/7.0.0/Pcf.json")
PCF_10 = Path("io.catenax.pcf/10.0.0/Pcf.json")
COMPONENT = Path("io.catenax.pcf_for_battery_component_supplier/1.0.0/PcfForBatteryComponentSupplier.json")
ASPECTS = {
    BATTERY_PASS: "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass",
    PCF: "urn:samm:io.catenax.pcf:9.0.0#Pcf",
    PCF_7: "urn:samm:io.catenax.pcf:7.0.0#Pcf",
    PCF_10: "urn:samm:io.catenax.pcf:10.0.0#Pcf",
    COMPONENT: "urn:samm:io.catenax.pcf_for_battery_component_supplier:1.0.0#PcfForBatteryComponentSupplier",
}
PUBLISHED = (BATTERY_PASS, PCF, PCF_7)
"""Payloads whose published schema is at hand."""
LEFT_OUT = {
    "materialSymbol": "the pack is below the limits for lead and cadmium",
    "class": "an ECLASS number would have to be true for one release",
    "diameter": "the pack is not round",
    "precedingPfIds": "its entity has no properties, so an entry could say nothing",
}
"""Properties that no example value is given for, and why; nothing else may be absent."""
COMPONENTS = (
    "fossilGhgEmissions",
    "biogenicNonCO2Emissions",
    "landUseChangeGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals",
    "aircraftGhgEmissions",
)
"""What the footprint excluding biogenic uptake is the sum of (Catena-X PCF Rulebook 4)."""
TURTLE = sorted(MODELS.rglob("*.ttl"))
DOCUMENT_KEYS = {"content", "category", "type", "header"}


@cache
def payload(path: Path) -> Any:
    return exact_json.decode((MODELS / path).read_bytes())


@cache
def models() -> Graph:
    graph = Graph()
    for file in TURTLE:
        graph.parse(data=file.read_text(encoding="utf-8"), format="turtle")
    return graph


def walk(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every (key, value) in a document; the members of an array have the key of the array."""
    yield key, value
    if isinstance(value, dict):
        for name, member in value.items():
            yield from walk(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from walk(member, key)


def local(term: Node) -> str:
    return str(term).rpartition("#")[2]


def value_of(node: Node, predicate: str) -> Node | None:
    return next((value for term, value in models().predicate_objects(node) if local(term) == predicate), None)


def payload_keys(node: Node) -> dict[str, Node]:
    """Key in the payload and property, for every property of an aspect or entity."""
    listed = value_of(node, "properties")
    assert listed is not None
    slots = [(slot, slot if isinstance(slot, URIRef) else value_of(slot, "property")) for slot in items(listed)]
    return {str(value_of(slot, "payloadName") or local(term)): term for slot, term in slots if term is not None}


def items(node: Node) -> list[Node]:
    return list(Collection(models(), node))


def walk_model(value: Any, characteristic: Node | None, seen: set[tuple[str, str]]) -> None:
    """Note (entity, key) for all that `value` has; fail on a key that the model does not know."""
    assert characteristic is not None
    entity = value_of(characteristic, "dataType")
    if base := value_of(characteristic, "baseCharacteristic"):
        walk_model(value, base, seen)
    elif value_of(characteristic, "left"):
        ((side, chosen),) = value.items()
        walk_model(chosen, value_of(characteristic, side), seen)
    elif entity is not None and (entity, RDF.type, None) in models():
        for member in value if isinstance(value, list) else [value]:
            walk_entity(member, entity, seen)


def walk_entity(value: dict[str, Any], entity: Node, seen: set[tuple[str, str]]) -> None:
    known = payload_keys(entity)
    for key, member in value.items():
        seen.add((str(entity), key))
        walk_model(member, value_of(known[key], "characteristic"), seen)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published schemas are not beside the project")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: str(path.parent))
def test_the_payload_satisfies_the_published_schema(path: Path) -> None:
    schema = exact_json.decode((REFERENCE / path.parent / f"gen/{path.stem}-schema.json").read_bytes())
    validator = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
    assert [error.message for error in validator.iter_errors(payload(path))] == []
    assert list(validator.iter_errors({}))


@cache
def aspect_of(path: Path) -> Any:
    return load(ASPECTS[path], {str(file.relative_to(MODELS)): file.read_text(encoding="utf-8") for file in TURTLE})


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("path", ASPECTS, ids=lambda path: str(path.parent))
def test_the_payload_satisfies_the_generated_schema(path: Path, strict: bool) -> None:
    schema = compiled(json_schema(aspect_of(path), strict=strict))
    assert [(error.instance_path, error.message) for error in schema.iter_errors(payload(path))] == []


@pytest.mark.parametrize("path", ASPECTS, ids=lambda path: str(path.parent))
def test_nothing_is_found_in_the_payload_and_each_missing_group_is(path: Path) -> None:
    judge = validator(aspect_of(path))
    assert judge.findings(payload(path)) == []
    for group in payload(path).keys() - optional_of(path):
        (finding,) = judge.findings({key: value for key, value in payload(path).items() if key != group})
        assert finding.code == "samm/required"
        assert finding.wanted == group


def optional_of(path: Path) -> set[str]:
    """Members of the root that may be absent."""
    listed = value_of(URIRef(ASPECTS[path]), "properties")
    assert listed is not None
    slots = [slot for slot in items(listed) if not isinstance(slot, URIRef) and value_of(slot, "optional") is not None]
    named = ((slot, value_of(slot, "property")) for slot in slots)
    return {str(value_of(slot, "payloadName") or local(term)) for slot, term in named if term is not None}


@pytest.mark.parametrize("path", ASPECTS, ids=lambda path: str(path.parent))
def test_every_property_is_shown_once_at_least(path: Path) -> None:
    seen: set[tuple[str, str]] = set()
    aspect = URIRef(ASPECTS[path])
    walk_entity(payload(path), aspect, seen)
    entities = {entity for entity, _ in seen}
    nodes = [node for node in models().subjects(RDF.type) if isinstance(node, URIRef) and str(node) in entities]
    wanted = {(str(node), key) for node in nodes if value_of(node, "properties") for key in payload_keys(node)}
    assert {key for _, key in wanted - seen} <= LEFT_OUT.keys()
    assert len(seen) > 25


@pytest.mark.parametrize("path", ASPECTS, ids=lambda path: str(path.parent))
def test_the_file_is_pretty_exact_json(path: Path) -> None:
    raw = (MODELS / path).read_text(encoding="utf-8")
    assert raw == exact_json.pretty(payload(path)) + "\n"
    assert not [value for _, value in walk(payload(path)) if isinstance(value, float)]


@pytest.mark.parametrize("path", ASPECTS, ids=lambda path: str(path.parent))
def test_every_instant_has_a_zone_and_every_day_is_real(path: Path) -> None:
    texts = [value for _, value in walk(payload(path)) if isinstance(value, str)]
    instants = [datetime.fromisoformat(text) for text in texts if re.match(r"\d{4}-\d{2}-\d{2}T", text)]
    days = [date.fromisoformat(text) for text in texts if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)]
    assert len(instants) >= 2
    assert all(instant.tzinfo for instant in instants)
    assert all(2025 <= day.year <= 2045 for day in days)


def test_the_unit_url_is_a_final_one() -> None:
    parse_unit_url(payload(BATTERY_PASS)["identification"]["idDmc"])


def test_every_document_is_at_an_https_address() -> None:
    documents = [value for _, value in walk(payload(BATTERY_PASS)) if isinstance(value, dict) and "header" in value]
    assert len(documents) >= 25
    assert all(document.keys() == DOCUMENT_KEYS for document in documents)
    assert all(document["content"].startswith("https://docs.example-battery.example/") for document in documents)
    assert all((document["type"] == "PDF") == document["content"].endswith(".pdf") for document in documents)


def test_footprints_cover_each_life_cycle_stage_once() -> None:
    entries = payload(BATTERY_PASS)["circularity"]["carbonFootprint"]
    assert [entry["lifecycle"] for entry in entries] == [
        "raw material acquisition and pre-processing",
        "main product production",
        "distribution",
        "end of life and recycling",
    ]
    assert {entry["type"] for entry in entries} == {"Climate Change Total"}
    assert {entry["performanceClass"] for entry in entries} == {"B"}
    assert {entry["unit"] for entry in entries} == {"kg CO2 eq/kWh"}


def test_manufacturer_and_operator_fill_both_kinds_of_target() -> None:
    manufacturer = payload(BATTERY_PASS)["generalInformation"]["manufacturer"]
    assert manufacturer["manufacturer"]["left"]["companyName"][0] == "Example Battery GmbH"
    assert manufacturer["facility"]["right"]["locationIdentifier"]["left"].startswith("BPNA")
    (operator,) = payload(BATTERY_PASS)["metadata"]["economicOperator"]["economicOperatorId"]["right"]
    assert operator["businessIdentifier"]["left"].startswith("BPNL")


def test_rated_values_that_targets_round_are_whole_already() -> None:
    rated = payload(BATTERY_PASS)["performance"]["rated"]
    efficiency = rated["roundTripEfficiency"]
    for amount in (efficiency["initial"], efficiency["50PercentLife"], rated["selfDischargingRate"]):
        assert amount == int(amount)
    test = rated["lifetime"]["cycleLifeTesting"]
    assert test["appliedChargeRate"] == test["appliedDischargeRate"]


def test_rated_and_dynamic_values_agree() -> None:
    rated, dynamic = (payload(BATTERY_PASS)["performance"][side] for side in ("rated", "dynamic"))
    assert rated["voltage"]["min"] < rated["voltage"]["nominal"] < rated["voltage"]["max"]
    energy = rated["voltage"]["nominal"] * rated["capacity"]["value"] / 1000
    assert abs(energy - rated["energy"]["value"]) < Decimal("0.1")
    for name, remaining in (("capacity", dynamic["capacity"]["capacity"]), ("power", dynamic["power"]["remaining"])):
        lost = 100 - 100 * remaining["value"] / rated[name]["value"]
        assert abs(lost - dynamic[name]["fade"]["value"]) < Decimal("0.1")
    soce = 100 * dynamic["energy"]["remaining"]["value"] / rated["energy"]["value"]
    assert abs(soce - dynamic["energy"]["soce"]["value"]) < Decimal("0.1")


def test_registry_numbers_have_right_check_digits() -> None:
    numbers = {member["materialid"] for _, member in walk(payload(BATTERY_PASS)) if _is_cas(member)}
    assert len(numbers) >= 9
    assert all(_cas_digit(number[:-2]) == number[-1] for number in numbers)
    (gtin,) = (code["value"] for code in payload(BATTERY_PASS)["identification"]["additionalCode"] if _is_gtin(code))
    assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(gtin)) % 10 == 0


def _is_cas(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "CAS" and "materialid" in value


def _is_gtin(code: dict[str, str]) -> bool:
    return code["key"] == "GTIN"


def _cas_digit(body: str) -> str:
    digits = reversed(body.replace("-", ""))
    return str(sum(place * int(digit) for place, digit in enumerate(digits, start=1)) % 10)


@pytest.mark.parametrize("stage", ["production", "distribution", "packaging"])
def test_the_parts_of_a_footprint_add_up(stage: str) -> None:
    ((figures,),) = (group[f"{stage}Stage"] for group in payload(PCF)["productLifeCycleStagesAndEmissions"])

    def figure(name: str) -> Decimal:
        prefix = {"production": "", "distribution": "distributionStage", "packaging": "packaging"}[stage]
        return Decimal(figures[prefix + name[0].upper() + name[1:] if prefix else name])

    assert figure("pcfExcludingBiogenicUptake") == sum(figure(name) for name in COMPONENTS)
    uptake = figure("biogenicCO2Uptake")
    assert figure("pcfIncludingBiogenicUptake") == figure("pcfExcludingBiogenicUptake") + uptake
    assert figure("pcfExcludingBiogenicUptake").as_tuple().exponent == -5


def test_the_footprint_is_one_of_a_cell_per_piece() -> None:
    ((product,),) = (group["productInformation"] for group in payload(PCF)["companyAndProductInformation"])
    assert (product["declaredUnitOfMeasurement"], product["declaredUnitAmount"]) == ("piece", 1)
    ((scope,),) = ([group] for group in payload(PCF)["scopeOfPcfForm"])
    assert scope["partialFullPcf"] == "Cradle-to-gate"
