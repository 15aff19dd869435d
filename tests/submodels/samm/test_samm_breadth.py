"""What a model may hold besides payload properties, and what one faulty file costs the others."""

from __future__ import annotations

import pytest

from connector.notation.problems import Invalid
from submodels.samm.loader import load
from submodels.samm.model import Quantified

URN = "urn:samm:org.example:1.0.0#A"
TEXT = ":p a samm:Property ; samm:characteristic samm-c:Text ."
OTHER = "@prefix o: <urn:samm:org.other:2.0.0#> ."


def test_operations_have_inputs_and_an_output(load_body):
    aspect = load_body(
        f"""{TEXT} :q a samm:Property ; samm:characteristic samm-c:Boolean .
        :A a samm:Aspect ; samm:properties () ; samm:operations ( :ask :reset ) .
        :ask a samm:Operation ; samm:input ( :p [ samm:property :q ; samm:optional true ] ) ; samm:output :q ;
             samm:preferredName "Ask"@en .
        :reset a samm:Operation ."""
    )
    ask, reset = aspect.operations
    assert (ask.name, ask.preferred_names) == ("ask", {"en": "Ask"})
    assert [(prop.name, prop.optional) for prop in ask.inputs] == [("p", False), ("q", True)]
    assert ask.output.name == "q"
    assert (reset.inputs, reset.output) == ((), None)


def test_events_have_parameters(load_body):
    aspect = load_body(
        f"""{TEXT} :A a samm:Aspect ; samm:properties ( :p ) ; samm:events ( :seen ) .
        :seen a samm:Event ; samm:parameters ( :p ) ."""
    )
    assert [(event.name, [prop.name for prop in event.parameters]) for event in aspect.events] == [("seen", ["p"])]


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("samm/import", "samm:operations ( :gone )"),
        ("samm/kind", "samm:operations ( :p )"),
        ("samm/kind", "samm:events :p"),
        ("samm/unknown-term", "samm:functions ( :p )"),
    ],
)
def test_faulty_operations_and_events_are_refused(load_body, code, body):
    with pytest.raises(Invalid) as caught:
        load_body(f"{TEXT} :A a samm:Aspect ; samm:properties ( :p ) ; {body} .")
    assert caught.value.code == code


def test_texts_of_all_languages_are_kept(load_body):
    aspect = load_body(
        f"""{TEXT} :A a samm:Aspect ; samm:properties ( :p ) ;
        samm:preferredName "One"@en , "Eins"@de , "하나"@ko ; samm:description "d"@en-GB , "z"@zh-Hant ."""
    )
    assert aspect.preferred_names == {"en": "One", "de": "Eins", "ko": "하나"}
    assert aspect.descriptions == {"en-GB": "d", "zh-Hant": "z"}


@pytest.mark.parametrize("unit", ["unit:furlongPerFortnight", ":ownUnit", "<https://units.example/x>"])
def test_an_unknown_unit_is_kept_as_its_iri(aspect_of, unit):
    aspect = aspect_of(f"[ a samm-c:Quantifiable ; samm:dataType xsd:int ; samm-c:unit {unit} ]")
    characteristic = aspect.properties[0].characteristic
    assert isinstance(characteristic, Quantified)
    assert characteristic.unit.endswith(unit.strip("<>").partition(":")[2])
    assert ":" in characteristic.unit


def test_an_unknown_unit_may_be_an_enumerated_value(aspect_of):
    aspect = aspect_of("[ a samm-c:Enumeration ; samm:dataType samm:curie ; samm-c:values ( unit:volt :own ) ]")
    assert aspect.properties[0].characteristic.values == ("unit:volt", "urn:samm:org.example:1.0.0#own")


def test_an_attribute_at_the_wrong_element_is_a_warning(load_body):
    aspect = load_body(f"{TEXT[:-1]} ; samm:optional true . :A a samm:Aspect ; samm:properties ( :p ) .")
    assert not aspect.properties[0].optional
    assert [(w.code, w.severity, w.found) for w in aspect.warnings] == [
        ("samm/unknown-term", "warning", "samm:optional")
    ]


@pytest.fixture
def two_namespaces(with_prefixes):
    """A function from the files of org.other to a loaded model that needs o:Size."""

    def get(*files: tuple[str, str]):
        own = with_prefixes(f"{OTHER} {TEXT} :A a samm:Aspect ; samm:properties ( :p o:q ) .")
        texts = {"org.example:1.0.0": [("own.ttl", own)], "org.other:2.0.0": list(files)}
        return load(URN, texts.__getitem__)

    return get


def test_a_broken_file_that_nobody_needs_does_no_harm(two_namespaces, with_prefixes):
    good = with_prefixes(f"{OTHER} o:q a samm:Property ; samm:characteristic samm-c:Boolean .")
    aspect = two_namespaces(("bad.ttl", "this is no turtle ."), ("good.ttl", good))
    assert [prop.name for prop in aspect.properties] == ["p", "q"]


def test_a_broken_file_is_told_once_where_something_in_it_is_needed(two_namespaces, with_prefixes):
    with pytest.raises(Invalid) as caught:
        two_namespaces(("bad.ttl", with_prefixes(f"{OTHER}\no:q a samm:Property ;; ] .")))
    assert [(found.code, found.source) for found in caught.value.findings] == [("samm/syntax", "bad.ttl:10")]


def test_the_same_text_in_two_roots_defines_its_elements_once(two_namespaces, with_prefixes):
    good = with_prefixes(f"{OTHER} o:q a samm:Property ; samm:characteristic samm-c:Boolean .")
    aspect = two_namespaces(("first/q.ttl", good), ("second/q.ttl", good))
    assert [prop.name for prop in aspect.properties] == ["p", "q"]


def test_a_model_of_20000_triples_with_cycles_ends(load_body):
    links = "\n".join(
        f":e{n} a samm:Entity ; samm:properties ( [ samm:property :p{n} ; samm:optional true ] ) . "
        f":p{n} a samm:Property ; samm:characteristic :c{n} . "
        f":c{n} a samm-c:SingleEntity ; samm:dataType :e{(n + 1) % 2500} ."
        for n in range(2500)
    )
    aspect = load_body(f":A a samm:Aspect ; samm:properties ( :p0 ) . {links}")
    assert aspect.properties[0].characteristic.entity.name == "e1"
