"""The Turtle reader: the same statements as another implementation finds, and a place for everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, BNode, Graph, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.compare import isomorphic

from connector.notation.problems import Invalid
from submodels.samm.model import LANG_STRING, XSD
from submodels.samm.turtle import MAX_DEPTH, Blank, Element, Literal, parse

MODELS = sorted((Path(__file__).resolve().parents[3] / "samm-models").rglob("*.ttl"))

SYNTAX = """
# every production that a model may use
@base <http://example.org/base/> .
@prefix : <#> .
PREFIX ex: <http://example.org/>
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
:a a ex:Thing , ex:Other ; ex:n 1 , -2 , 3.5 , -0.5 ; ex:t true , false ; .
<relative> ex:text "plain" , 'single' , "esc\\"aped\\n\\u00e9\\U0001F600" , "de"@de , "de-AT"@de-AT ;
  ex:typed "5"^^xsd:int .
ex:long ex:text \"\"\"a "quoted" ""text""
over lines \\\\ \"\"\" , '''it's ''two'' lines''' .
ex:list ex:of ( ) , ( 1 ( "x" ex:y ) [ ex:in ( 2 ) ] ) .
[ ex:p ex:q ] .
[ ex:p [ ] ] ex:r _:b1 . _:b1 ex:back _:b1 .
ex:with-dash.and.dots ex:%20x ex:esc\\~aped , ex:a:b , ex:1st , ex: .
ex:nil ex:is rdf:nil .# a comment at the end"""


def graph_of(elements: Any) -> Graph:
    """Our elements as an rdflib graph."""
    graph, blanks = Graph(), {}

    def node(term: Any) -> Any:
        if isinstance(term, tuple):
            return _list(term)
        if isinstance(term, Literal):
            kind = None if term.data_type in (XSD + "string", LANG_STRING) else URIRef(term.data_type)
            return RdfLiteral(term.text, datatype=kind, lang=term.language or None, normalize=False)
        return blanks.setdefault(term, BNode()) if isinstance(term, Blank) else URIRef(term)

    def _list(items: Any) -> Any:
        rest: Any = RDF.nil
        for item in reversed(items):
            head = BNode()
            graph.add((head, RDF.first, node(item)))
            graph.add((head, RDF.rest, rest))
            rest = head
        return rest

    for iri, element in elements.items():
        for predicate, terms in element.statements.items():
            full = str(RDF.type) if predicate == "rdf:type" else predicate
            for term in terms:
                graph.add((node(iri), URIRef(full), node(term)))
    return graph


def test_every_production_gives_the_statements_that_rdflib_finds() -> None:
    theirs = Graph().parse(data=SYNTAX, format="turtle")
    assert len(theirs) > 38
    assert isomorphic(graph_of(parse(SYNTAX, "a.ttl")), theirs)


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_models_have_as_many_statements_as_rdflib_finds(file: Path) -> None:
    text = file.read_text()
    assert len(graph_of(parse(text, file.name))) == len(Graph().parse(data=text, format="turtle"))


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("@prefix : <urn:x#>\n@prefix b: <urn:y#> .", 2, "'.' is wanted after a directive"),
        (":a :b :c .", 1, "the prefix : is not declared"),
        ("@prefix : <urn:x#> .\n:a :b\n\n'open\n.", 4, "a text is not closed"),
        ("@prefix : <urn:x#> .\n:a :b <urn:a b> .", 2, "an IRI is not closed"),
        ("@prefix : <urn:x#> .\n:a :b ( 1\n2 .", 3, "has no place here"),
        ("@prefix : <urn:x#> .\n:a :b ( 1\n2", 2, "a list is not closed"),
        ("@prefix : <urn:x#> .\n:a :b [ :c 1 .", 2, "']' is wanted"),
        ("@prefix : <urn:x#> .\n:a :b 1 :c 2 .", 2, "'.' is wanted at the end of a statement"),
        ("@prefix : <urn:x#> .\n'x' :b 1 .", 2, "a literal or list stands as subject"),
        ("@prefix : <urn:x#> .\n:a 'b' 1 .", 2, "a predicate is wanted"),
        ('@prefix : <urn:x#> .\n:a :b "\\q" .', 2, "means nothing"),
        ('@prefix : <urn:x#> .\n:a :b "\\ud800" .', 2, "there is no character"),
        ("@prefix : <urn:x#> .\n:a :b :c", 2, "the end of the file was found"),
        (f"@prefix : <urn:x#> .\n:a :b {'[ :b ' * (MAX_DEPTH + 1)}", 2, "nests too deep"),
        ("@prefix : <urn:x#> .\n:a :b §", 2, "'§' has no place here"),
        ("# ä\n\n\udce4", 3, "not UTF-8"),
    ],
)
def test_what_is_wrong_has_its_line_and_reason(text: str, line: int, why: str) -> None:
    with pytest.raises(Invalid, match=f"a.ttl, line {line}: ") as caught:
        parse(text, "a.ttl")
    assert why in caught.value.detail
    assert caught.value.findings[0].source == f"a.ttl:{line}"


def test_an_element_stands_where_its_first_statement_begins() -> None:
    elements = parse("@prefix : <urn:x#> .\n\n:a\n :b 1 .\n:c :d [\n :e 2 ] .\n:a :f 3 .", "a.ttl")
    places = {iri: element.place for iri, element in elements.items() if not isinstance(iri, Blank)}
    assert places == {"urn:x#a": "a.ttl:3", "urn:x#c": "a.ttl:5"}
    assert isinstance(elements["urn:x#a"], Element)
    assert elements["urn:x#a"].statements == {
        "urn:x#b": [Literal("1", XSD + "integer")],
        "urn:x#f": [Literal("3", XSD + "integer")],
    }


@pytest.mark.parametrize(
    ("written", "kind"),
    [("+3.5", "decimal"), (".5", "decimal"), ("1e3", "double"), ("-1.5E-3", "double"), ("007", "integer")],
)
def test_numbers_keep_every_digit_as_written(written: str, kind: str) -> None:
    elements = parse(f"@prefix : <urn:x#> .\n:a :b {written}.", "a.ttl")
    assert elements["urn:x#a"].statements["urn:x#b"] == [Literal(written, XSD + kind)]
