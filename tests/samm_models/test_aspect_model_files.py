"""The aspect models as files: readable, complete, explained in our own words, nothing in them that no aspect needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.term import Node

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "samm-models"
REFERENCE = ROOT / "../shared/reference/samm"
ASPECTS = (
    "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass",
    "urn:samm:io.catenax.pcf:9.0.0#Pcf",
    "urn:samm:io.catenax.pcf:7.0.0#Pcf",
    "urn:samm:io.catenax.pcf:10.0.0#Pcf",
    "urn:samm:io.catenax.pcf_for_battery_component_supplier:1.0.0#PcfForBatteryComponentSupplier",
)
FILES = sorted(MODELS.rglob("*.ttl"))
META = "urn:samm:org.eclipse.esmf.samm:"
FOR_PEOPLE = {"preferredName", "description", "see", "exampleValue"}
REGULATION = "https://data.europa.eu/eli/reg/2023/1542/oj"
POINT = re.compile(r"#(annex-(II|IV|VI|VII|XIII)(-[A-B])?(-\d{1,2})?(-[a-s])?|article-\d{1,2}(-\d)?)", re.ASCII)
ONE_SENTENCE = re.compile(r"[A-Z]([^.!?]|[.!?](?=\S))*\.")
RUN = 8

needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published models are not beside the project")


@cache
def ours() -> Graph:
    return _parsed(FILES)


@cache
def published() -> Graph:
    return _parsed(path for file in FILES for path in (REFERENCE / file.relative_to(MODELS).parent).glob("*.ttl"))


def _parsed(files: Iterable[Path]) -> Graph:
    graph = Graph()
    for file in files:
        graph.parse(data=file.read_text(encoding="utf-8"), format="turtle")
    return graph


def short(term: Node) -> str:
    """The name of a meta-model term without its version, any other IRI as it is."""
    return re.sub(rf"^{META}([a-z-]+):[0-9.]+#", r"\1#", str(term))


def elements(graph: Graph) -> set[URIRef]:
    return {node for node in graph.subjects(RDF.type) if isinstance(node, URIRef)}


def texts(graph: Graph, node: Node, predicate: str) -> list[Literal]:
    found = (value for term, value in graph.predicate_objects(node) if short(term) == f"meta-model#{predicate}")
    return [value for value in found if isinstance(value, Literal)]


def links(graph: Graph, node: Node) -> list[str]:
    return sorted(str(value) for term, value in graph.predicate_objects(node) if short(term) == "meta-model#see")


def reached(graph: Graph, node: Node) -> Iterator[URIRef]:
    """The named elements that the description of `node` refers to, through blank nodes and lists."""
    for term, value in graph.predicate_objects(node):
        if short(term).rpartition("#")[2] in FOR_PEOPLE or isinstance(value, Literal):
            continue
        if isinstance(value, URIRef):
            yield value
        else:
            yield from reached(graph, value)


def closure(graph: Graph, roots: Iterable[str]) -> set[URIRef]:
    todo, seen = [URIRef(root) for root in roots], set[URIRef]()
    while todo:
        node = todo.pop()
        if node not in seen and str(node).startswith("urn:samm:io."):
            seen.add(node)
            todo.extend(reached(graph, node))
    return seen


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(MODELS)))
def test_each_file_holds_elements_of_its_own_namespace_only(file: Path) -> None:
    namespace = f"urn:samm:{file.parent.parent.name}:{file.parent.name}#"
    found = elements(_parsed([file]))
    assert found
    assert {str(node).partition("#")[0] + "#" for node in found} == {namespace}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(MODELS)))
def test_each_file_is_licensed_and_ascii(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.isascii()
    assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
    assert "Copyright" not in text


def test_every_element_is_defined_once_and_is_needed_by_an_aspect() -> None:
    assert closure(ours(), ASPECTS) == elements(ours())
    definitions = [node for file in FILES for node in elements(_parsed([file]))]
    assert len(definitions) == len(set(definitions)) == 1055
    assert all(len(list(ours().objects(node, RDF.type))) == 1 for node in definitions)


def test_every_element_is_named_and_explained_in_one_english_sentence() -> None:
    for node in elements(ours()):
        (name,), (description,) = texts(ours(), node, "preferredName"), texts(ours(), node, "description")
        assert name.language == description.language == "en", node
        assert ONE_SENTENCE.fullmatch(str(description)), (node, str(description))


@pytest.mark.parametrize("text", ["no capital.", "No end", "Two. Sentences.", "Asked? Answered."])
def test_the_sentence_pattern_refuses(text: str) -> None:
    assert not ONE_SENTENCE.fullmatch(text)


def test_links_into_the_regulation_have_one_form() -> None:
    legal = {link for node in elements(ours()) for link in links(ours(), node) if "2023/1542" in link}
    assert len(legal) > 30
    assert all(link.startswith(REGULATION) for link in legal)
    assert all(POINT.fullmatch(link.removeprefix(REGULATION)) for link in legal - {REGULATION})


def test_example_values_have_a_legal_lexical_form() -> None:
    examples = [value for node in elements(ours()) for value in texts(ours(), node, "exampleValue")]
    assert len(examples) > 150
    assert not [value for value in examples if value.ill_typed]


@needs_reference
def test_annex_xiii_is_linked_exactly_where_the_published_text_names_it() -> None:
    def names_it(node: URIRef) -> bool:
        return any(
            "annexxiii" in str(text).lower().replace(" ", "") for text in texts(published(), node, "description")
        )

    named = {node for node in elements(ours()) if names_it(node)}
    linked = {node for node in elements(ours()) if any("#annex-XIII-" in link for link in links(ours(), node))}
    assert named == linked
    assert len(named) > 60


@needs_reference
def test_no_sentence_of_others_is_repeated() -> None:
    every = [text for file in REFERENCE.rglob("*.ttl") for text in _descriptions(_parsed([file]))]
    theirs = {str(text).strip().casefold() for text in every}
    their_runs = set().union(*(runs(text) for text in theirs))
    own = [str(text) for text in _descriptions(ours())]
    assert their_runs
    assert len(own) == 1055
    assert not [text for text in own if text.strip().casefold() in theirs]
    assert not [text for text in own if runs(text) & their_runs]


@needs_reference
def test_no_example_value_of_others_is_repeated() -> None:
    same = [
        (node, value)
        for node in elements(ours())
        for value in texts(ours(), node, "exampleValue")
        if value in texts(published(), node, "exampleValue")
    ]
    assert not same


def _descriptions(graph: Graph) -> list[Node]:
    return [value for term, value in graph.predicate_objects() if short(term) == "meta-model#description"]
