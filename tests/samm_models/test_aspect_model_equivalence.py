"""Our Turtle means the same as the published models: everything that decides about a payload is equal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "samm-models"
REFERENCE = ROOT / "../shared/reference/samm"
BATTERY_PASS = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
PCF = "urn:samm:io.catenax.pcf:9.0.0#Pcf"
PCF_7 = "urn:samm:io.catenax.pcf:7.0.0#Pcf"
PCF_10 = "urn:samm:io.catenax.pcf:10.0.0#Pcf"
COMPONENT = "urn:samm:io.catenax.pcf_for_battery_component_supplier:1.0.0#PcfForBatteryComponentSupplier"
PUBLISHED = (BATTERY_PASS, PCF, PCF_7)
SIZES = {BATTERY_PASS: 444, PCF: 217, PCF_7: 130, PCF_10: 215, COMPONENT: 55}
FOR_PEOPLE = re.compile(r".*#(preferredName|description|see|exampleValue)")
META_VERSION = re.compile(r"^(urn:samm:org\.eclipse\.esmf\.samm:[a-z-]+):[0-9.]+#")
TURTLE = {file.relative_to(MODELS): file.read_text(encoding="utf-8") for file in MODELS.rglob("*.ttl")}
BATTERY_FILE = Path("io.catenax.battery.battery_pass/4.0.0/BatteryPass.ttl")
PCF_FILE = Path("io.catenax.pcf/9.0.0/Pcf.ttl")

needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published models are not beside the project")


def graph_of(sources: Iterable[str]) -> Graph:
    graph = Graph()
    for source in sources:
        graph.parse(data=source, format="turtle")
    return graph


@cache
def published() -> Graph:
    folders = {path.parent for path in TURTLE}
    files = sorted(file for folder in folders for file in (REFERENCE / folder).glob("*.ttl"))
    return graph_of(file.read_text(encoding="utf-8") for file in files)


def meaning(graph: Graph, node: Node) -> Any:
    """A term by its name, a literal by text and type, a list in order, a blank node by its sorted statements."""
    if isinstance(node, Literal):
        return "literal", str(node), str(node.datatype)
    if isinstance(node, URIRef):
        return META_VERSION.sub(r"\1#", str(node))
    if (node, RDF.first, None) in graph:
        return "list", [meaning(graph, item) for item in Collection(graph, node)]
    return statements(graph, node)


def statements(graph: Graph, node: Node) -> list[Any]:
    rows = [(META_VERSION.sub(r"\1#", str(term)), value) for term, value in graph.predicate_objects(node)]
    return sorted(((term, meaning(graph, value)) for term, value in rows if not FOR_PEOPLE.fullmatch(term)), key=repr)


def names_in(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.startswith("urn:samm:io.") else set()
    return set().union(*(names_in(item) for item in value)) if value else set()


def model(graph: Graph, aspect: str) -> dict[str, list[Any]]:
    """Every element that the aspect reaches, with what it means."""
    todo, found = {aspect}, dict[str, list[Any]]()
    while todo:
        name = todo.pop()
        found[name] = statements(graph, URIRef(name))
        todo |= names_in(found[name]) - found.keys()
    return found


@pytest.mark.parametrize("aspect", SIZES)
def test_every_imported_element_is_there(aspect: str) -> None:
    found = model(graph_of(TURTLE.values()), aspect)
    assert len(found) == SIZES[aspect]
    assert all(found.values())


@needs_reference
@pytest.mark.parametrize("aspect", PUBLISHED)
def test_no_element_differs_from_the_published_model(aspect: str) -> None:
    assert model(graph_of(TURTLE.values()), aspect) == model(published(), aspect)


@needs_reference
@pytest.mark.parametrize(
    ("aspect", "file", "before", "after", "element"),
    [
        (BATTERY_PASS, BATTERY_FILE, "unit:volt ", "unit:kilovolt ", "VoltMeasurement"),
        (BATTERY_PASS, BATTERY_FILE, "[ samm:property :sources ; samm:optional true ]", ":sources", "BatteryPass"),
        (BATTERY_PASS, BATTERY_FILE, '"SLI"', '"sli"', "CategoryEnumeration"),
        (BATTERY_PASS, BATTERY_FILE, 'samm:payloadName "50PercentLife"', 'samm:payloadName "half"', "EfficiencyEntity"),
        (
            BATTERY_PASS,
            BATTERY_FILE,
            "      :nickel\n      :lithium\n",
            "      :lithium\n      :nickel\n",
            "MaterialEntity",
        ),
        (PCF, PCF_FILE, 'samm-c:maxValue "10.0"^^xsd:decimal', 'samm-c:maxValue "10.5"^^xsd:decimal', "Constraint"),
        (PCF, PCF_FILE, ":IdSet a samm-c:Set", ":IdSet a samm-c:List", "IdSet"),
    ],
)
def test_a_changed_element_is_noticed(aspect: str, file: Path, before: str, after: str, element: str) -> None:
    assert TURTLE[file].count(before) >= 1
    changed = model(graph_of((TURTLE | {file: TURTLE[file].replace(before, after)}).values()), aspect)
    theirs = model(published(), aspect)
    differing = [name for name in theirs if changed.get(name) != theirs[name]]
    assert [name for name in differing if name.endswith(element)]
