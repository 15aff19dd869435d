"""Loading: what a model says, across files and meta-model versions, and every reason for refusing one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid, Problem, TooLarge
from submodels.samm import model as m
from submodels.samm.loader import aspects_in, load
from submodels.samm.turtle import MAX_SIZE

URN = "urn:samm:org.example:1.0.0#A"
ASPECT = ":A a samm:Aspect ; samm:properties ( :p ) ."
TEXT = ":p a samm:Property ; samm:characteristic samm-c:Text ."


def refused(load_body, body: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        load_body(body)
    return caught.value


# -- what a model says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.0.0", "2.1.0", "2.2.0"])
def test_meta_model_versions_are_read_alike(aspect_of, version):
    aspect = aspect_of("samm-c:Timestamp", version=version)
    assert aspect.urn == URN
    assert aspect.properties[0].characteristic.data_type == m.XSD + "dateTime"
    assert aspect.properties[0].characteristic.urn.endswith(f"characteristic:{version}#Timestamp")


def test_another_meta_model_version_is_refused_by_name(with_prefixes):
    with pytest.raises(Invalid, match=r"3\.0\.0") as caught:
        load(URN, {"a.ttl": with_prefixes(f"{ASPECT} {TEXT}", "3.0.0")})
    assert caught.value.code == "samm/unknown-term"


def test_texts_links_and_examples_are_kept(load_body):
    aspect = load_body(
        f"""{ASPECT} :p a samm:Property ; samm:characteristic samm-c:Text ; samm:exampleValue "eins" ;
        samm:preferredName "P"@en , "Pe"@de ; samm:description "What it is."@en ; samm:see <https://example.org/p> ."""
    )
    prop = aspect.properties[0]
    assert prop.preferred_names == {"en": "P", "de": "Pe"}
    assert prop.descriptions == {"en": "What it is."}
    assert (prop.see, prop.example_value) == (("https://example.org/p",), "eins")


def test_property_usage_sets_name_and_flags(load_body):
    aspect = load_body(
        f"""{TEXT} :q a samm:Property ; samm:characteristic samm-c:Text .
        :A a samm:Aspect ; samm:properties (
            [ samm:property :p ; samm:optional true ; samm:payloadName "other" ]
            [ samm:property :q ; samm:notInPayload "true"^^xsd:boolean ] ) ."""
    )
    first, second = aspect.properties
    assert (first.payload_name, first.name, first.optional, first.not_in_payload) == ("other", "p", True, False)
    assert (second.payload_name, second.optional, second.not_in_payload) == ("q", False, True)


def test_elements_come_from_other_files_and_namespaces_once_they_are_needed(with_prefixes):
    asked = []
    files = {
        "org.example:1.0.0": [
            ("A.ttl", with_prefixes(f"@prefix o: <urn:samm:org.other:2.0.0#> . {ASPECT}")),
            (
                "p.ttl",
                with_prefixes(
                    "@prefix o: <urn:samm:org.other:2.0.0#> . :p a samm:Property ; samm:characteristic o:Size ."
                ),
            ),
        ],
        "org.other:2.0.0": [
            (
                "A.ttl",
                with_prefixes(
                    "<urn:samm:org.other:2.0.0#Size> a samm-c:Measurement ; "
                    "samm:dataType xsd:decimal ; samm-c:unit unit:metre ."
                ),
            )
        ],
    }

    def texts(namespace):
        asked.append(namespace)
        return files[namespace]

    size = load(URN, texts).properties[0].characteristic
    assert isinstance(size, m.Quantified)
    assert (size.kind, size.unit) == ("Measurement", "urn:samm:org.eclipse.esmf.samm:unit:2.1.0#metre")
    assert asked == ["org.example:1.0.0", "org.other:2.0.0"]


def test_blank_nodes_of_files_with_one_name_stay_apart(with_prefixes):
    files = {
        "org.example:1.0.0": with_prefixes(
            "@prefix o: <urn:samm:org.other:2.0.0#> . :A a samm:Aspect ; "
            'samm:properties ( [ samm:property :p ; samm:payloadName "a" ] ) .'
            ":p a samm:Property ; samm:characteristic [ a samm-c:SingleEntity ; samm:dataType o:E ] ."
        ),
        "org.other:2.0.0": with_prefixes(
            "@prefix o: <urn:samm:org.other:2.0.0#> . o:E a samm:Entity ; "
            'samm:properties ( [ samm:property o:q ; samm:payloadName "b" ] ) .'
            "o:q a samm:Property ; samm:characteristic [ a samm-c:Code ; samm:dataType xsd:string ] ."
        ),
    }
    prop = load(URN, lambda namespace: [("same.ttl", files[namespace])]).properties[0]
    inner = prop.characteristic.entity.properties[0]
    assert (prop.payload_name, inner.payload_name) == ("a", "b")
    assert isinstance(inner.characteristic, m.Code)


def test_literals_keep_their_digits_and_spelling(aspect_of):
    enumeration = "[ a samm-c:Enumeration ; samm:dataType xsd:{} ; samm-c:values ( {} ) ]"
    numbers = aspect_of(enumeration.format("decimal", '"0.10000000000000000555"^^xsd:decimal 1.50 2')).properties[0]
    assert [str(value) for value in numbers.characteristic.values] == ["0.10000000000000000555", "1.50", "2"]
    floats = aspect_of(enumeration.format("float", '"0.10000000000000000555"^^xsd:float 1e3')).properties[0]
    assert floats.characteristic.values == (Decimal("0.10000000000000000555"), Decimal("1e3"))
    times = aspect_of(enumeration.format("dateTime", '"2026-01-01T00:00:00Z"^^xsd:dateTime')).properties[0]
    assert times.characteristic.values == ("2026-01-01T00:00:00Z",)


def test_aspects_in_lists_aspects_only(with_prefixes):
    text = with_prefixes(f"{ASPECT} {TEXT} :B a samm:Aspect ; samm:properties () .")
    assert aspects_in(text) == [URN, "urn:samm:org.example:1.0.0#B"]
    assert aspects_in("") == []


# -- entities -----------------------------------------------------------------------------------------------------


def test_an_entity_may_hold_itself_where_the_property_is_optional(load_body):
    aspect = load_body(
        f"""{ASPECT} :p a samm:Property ; samm:characteristic :One . :One a samm-c:SingleEntity ; samm:dataType :E .
        :E a samm:Entity ; samm:properties ( [ samm:property :p ; samm:optional true ] ) ."""
    )
    entity = aspect.properties[0].characteristic.entity
    assert entity.properties[0].characteristic.entity is entity
    assert "E" in repr(aspect)


def test_inherited_properties_come_first_and_abstract_ones_are_filled_in(load_body):
    aspect = load_body(
        f"""{ASPECT} :p a samm:Property ; samm:characteristic :Series .
        :Series a samm-c:TimeSeries ; samm:dataType :Reading .
        :Reading a samm:Entity ; samm:extends samm-e:TimeSeriesEntity ; samm:properties (
            :note [ samm:extends samm-e:value ; samm:characteristic samm-c:Boolean ] ) .
        :note a samm:Property ; samm:characteristic samm-c:Text ."""
    )
    series = aspect.properties[0].characteristic
    reading = series.element.entity
    assert series.kind == "TimeSeries"
    assert [prop.payload_name for prop in reading.properties] == ["timestamp", "value", "note"]
    assert reading.properties[1].characteristic.data_type == m.XSD + "boolean"
    assert reading.extends.is_abstract
    assert [prop.payload_name for prop in reading.extends.properties] == ["timestamp"]


def test_a_named_property_may_extend_an_abstract_one(load_body):
    aspect = load_body(
        f"""{ASPECT} :p a samm:Property ; samm:characteristic :One . :One a samm-c:SingleEntity ; samm:dataType :E .
        :Base a samm:AbstractEntity ; samm:properties ( :open ) . :open a samm:AbstractProperty .
        :E a samm:Entity ; samm:extends :Base ; samm:properties ( :filled ) .
        :filled a samm:Property ; samm:extends :open ; samm:characteristic samm-c:Text ."""
    )
    assert [prop.name for prop in aspect.properties[0].characteristic.entity.properties] == ["filled"]


def test_the_meta_models_own_entities_are_there(load_body):
    aspect = load_body(
        f"""{ASPECT} :p a samm:Property ; samm:characteristic :File .
        :File a samm-c:SingleEntity ; samm:dataType samm-e:FileResource ."""
    )
    resource, mime = aspect.properties[0].characteristic.entity.properties
    assert resource.characteristic.data_type == m.XSD + "anyURI"
    assert mime.example_value == "application/json"


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("urn", ["", "A", "urn:samm:org.example:1.0#A", "urn:samm:org.example:1.0.0", URN + "\n"])
def test_what_is_no_aspect_urn_is_refused(urn):
    with pytest.raises(Invalid) as caught:
        load(urn, {})
    assert caught.value.code == "samm/aspect"


def test_a_syntax_error_names_file_and_line(with_prefixes):
    with pytest.raises(Invalid) as caught:
        load(URN, {"broken.ttl": with_prefixes(f"{ASPECT}\n:p a samm:Property ;; ] .")})
    finding = caught.value.findings[0]
    assert (finding.code, finding.source) == ("samm/syntax", "broken.ttl:10")


@pytest.mark.parametrize(
    "text",
    [
        "@prefix : <urn:samm:org.example:1.0.0#> . :a :b",
        "@prefix : <urn:samm:org.example:1.0.0#> . :a :b 'x",
        "a b c .",
        "@prefix : <urn:samm:org.example:1.0.0#> . :a :b " + "[ :b " * 4000,
        "@prefix : <urn:samm:org.example:1.0.0#> . :a :b ( 1 2",
        "@prefix : <urn:samm:org.example:1.0.0#> . (1 2) :b :c .",
        "\x00",
    ],
)
def test_whatever_breaks_the_reader_is_a_syntax_finding(text):
    with pytest.raises(Invalid) as caught:
        aspects_in(text)
    assert caught.value.code == "samm/syntax"


@given(st.text(alphabet="@prefix:<#>abu\n\"'[]();.,^1 _", max_size=60))
def test_any_text_is_read_or_refused_as_syntax(text):
    code = "samm/syntax"
    try:
        aspects_in(text)
    except Problem as problem:
        code = problem.code
    assert code == "samm/syntax"


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(TooLarge) as caught:
        aspects_in("#" * (MAX_SIZE + 1))
    assert caught.value.code == "samm/size"


def test_a_missing_element_is_named_with_the_place_that_asks(load_body):
    problem = refused(load_body, ASPECT)
    assert problem.code == "samm/import"
    assert problem.findings[0].found == "urn:samm:org.example:1.0.0#p"
    assert problem.findings[0].source == "a.ttl:9"


def test_a_missing_namespace_is_named(load_body):
    body = f"@prefix o: <urn:samm:org.other:2.0.0#> . {ASPECT} :p a samm:Property ; samm:characteristic o:T ."
    problem = refused(load_body, body)
    assert (problem.code, problem.findings[0].found) == ("samm/import", "urn:samm:org.other:2.0.0#T")


def test_all_findings_are_told_at_once(load_body):
    problem = refused(load_body, ":A a samm:Aspect ; samm:properties ( :p :q ) ; samm:colour 1 .")
    assert [finding.code for finding in problem.findings] == ["samm/unknown-term", "samm/import", "samm/import"]
    assert "and 2 more" in problem.detail


P = f"{ASPECT} :p a samm:Property ; samm:characteristic"
ONE = ":O . :O a samm-c:SingleEntity ; samm:dataType :E . :E a samm:Entity ;"
TWO_NAMES = '( :p [ samm:property :q ; samm:payloadName "p" ] )'

CASES = [
    ("samm/unknown-term", f"{ASPECT} {TEXT[:-1]} ; samm:optinal true ."),
    ("samm/unknown-term", f"{ASPECT} :p a samm:Propperty ; samm:characteristic samm-c:Text ."),
    ("samm/unknown-term", f"{P} :C . :C a samm-c:Bag ."),
    ("samm/unknown-term", f"{P} :C . :C a samm:Characteristic ; samm:dataType xsd:anySimple ."),
    ("samm/unknown-term", f":A a samm:Aspect ; samm:properties ( [ samm:property :p ; :optional true ] ) . {TEXT}"),
    ("samm/import", f"{P} samm-c:Txt ."),
    ("samm/incomplete", ":A a samm:Aspect ."),
    ("samm/incomplete", f"{ASPECT} :p a samm:Property ."),
    ("samm/incomplete", f"{P} [ a samm:Characteristic ] ."),
    ("samm/incomplete", ":A a samm:Aspect ; samm:properties ( [ samm:optional true ] ) ."),
    ("samm/kind", f"{P} :A ."),
    ("samm/kind", f'{P} "Text" .'),
    ("samm/kind", f"{TEXT} :A a samm:Aspect ; samm:properties :p ."),
    ("samm/kind", f"{P} samm-c:Text , samm-c:Boolean ."),
    ("samm/value", f':A a samm:Aspect ; samm:properties ( [ samm:property :p ; samm:optional "yes" ] ) . {TEXT}'),
    ("samm/value", f"{P} :N . :N a samm-c:Enumeration ; samm:dataType xsd:integer ; samm-c:values ( 1 'many' ) ."),
    ("samm/duplicate", f"{TEXT} :q a samm:Property ; samm:characteristic samm-c:Text . {ASPECT[:-9]} {TWO_NAMES} ."),
    ("samm/cycle", f"{P} :L . :L a samm-c:List ; samm-c:elementCharacteristic :L ."),
    ("samm/cycle", f"{P} :E . :E a samm-c:Either ; samm-c:left :E ; samm-c:right samm-c:Text ."),
    ("samm/cycle", f"{P} {ONE} samm:properties ( :p ) ."),
    ("samm/cycle", f"{P} {ONE} samm:extends :E ; samm:properties () ."),
    ("samm/cycle", f"{ASPECT} :p a samm:Property ; samm:extends :p ."),
]


@pytest.mark.parametrize(("code", "body"), CASES, ids=[f"{code}-{index}" for index, (code, _) in enumerate(CASES)])
def test_each_mistake_has_its_code_and_place(load_body, code, body):
    problem = refused(load_body, body)
    assert code in {finding.code for finding in problem.findings}
    assert all(finding.source.startswith("a.ttl:") for finding in problem.findings)


# what is odd, but changes no payload: the model can be used
ODD = [
    ("samm/value", f'{P} :N ; samm:exampleValue "many" . :N a samm-c:Quantifiable ; samm:dataType xsd:integer .'),
    ("samm/unknown-term", f'{P} samm-c:Text ; samm:name "p" .'),
    ("samm/incomplete", f"{P} {ONE} samm:extends :F . :F a samm:Entity ; samm:properties () ."),
    ("samm/incomplete", ":A a samm:Aspect ; samm:operations () ."),
]


@pytest.mark.parametrize(("code", "body"), ODD)
def test_what_changes_no_payload_is_a_warning_with_its_place(load_body, code, body):
    warnings = load_body(body).warnings
    assert [(warning.code, warning.severity) for warning in warnings] == [(code, "warning")]
    assert warnings[0].source.startswith("a.ttl:")


@pytest.mark.parametrize(
    ("meta_model", "urn"),
    [
        ("urn:bamm:io.openmanufacturing:{}:1.0.0#", "urn:bamm:org.example:1.0.0#A"),
        ("urn:bamm:io.openmanufacturing:{}:2.0.0#", "urn:bamm:org.example:1.0.0#A"),
        ("urn:samm:org.eclipse.esmf.samm:{}:1.0.0#", "urn:samm:org.example:1.0.0#A"),
    ],
)
def test_forerunners_of_the_meta_model_are_read_with_a_warning(meta_model, urn):
    text = (
        f"@prefix bamm: <{meta_model.format('meta-model')}> . @prefix bamm-c: <{meta_model.format('characteristic')}> ."
        f'@prefix : <{urn[:-1]}> . :A a bamm:Aspect ; bamm:name "A" ; bamm:properties ( [ bamm:property :p ; '
        f'bamm:optional true ] ) . :p a bamm:Property ; bamm:name "p" ; bamm:characteristic bamm-c:Text .'
    )
    aspect = load(urn, {"a.ttl": text})
    assert [(prop.payload_name, prop.optional) for prop in aspect.properties] == [("p", True)]
    assert {warning.code for warning in aspect.warnings} == {"samm/former", "samm/unknown-term"}


def test_an_element_defined_twice_is_refused_where_it_is_used(with_prefixes):
    other = ":p a samm:Property ; samm:characteristic samm-c:Boolean ."
    files = {"a.ttl": with_prefixes(f"{ASPECT} {TEXT}"), "b.ttl": with_prefixes(f"{other} :A2 a samm:Aspect .")}
    with pytest.raises(Invalid) as caught:
        load(URN, files)
    assert caught.value.code == "samm/duplicate"
    assert "a.ttl" in caught.value.detail
    assert "b.ttl" in caught.value.detail
    files["c.ttl"] = with_prefixes(
        ":B a samm:Aspect ; samm:properties ( :q ) . :q a samm:Property ; samm:characteristic samm-c:Text ."
    )
    assert load(URN.replace("#A", "#B"), files).name == "B"


def test_an_element_defined_twice_alike_is_a_warning(with_prefixes):
    nested = TEXT.replace("samm-c:Text", "[ a samm:Characteristic ; samm:dataType xsd:string ]")
    files = {"a.ttl": with_prefixes(f"{ASPECT} {nested}"), "b.ttl": with_prefixes(f"# again\n{nested}")}
    assert [warning.code for warning in load(URN, files).warnings] == ["samm/duplicate"]


def test_an_earlier_root_hides_what_a_later_one_says(with_prefixes):
    other = ":p a samm:Property ; samm:characteristic samm-c:Boolean ."
    roots = {"one/a.ttl": with_prefixes(f"{ASPECT} {TEXT}"), "two/b.ttl": with_prefixes(f"{ASPECT} {other}")}
    assert load(URN, roots).properties[0].characteristic.name == "Text"


def test_a_chain_of_characteristics_without_end_is_refused(load_body):
    links = " ".join(f":T{n} a samm-c:List ; samm-c:elementCharacteristic :T{n + 1} ." for n in range(5000))
    assert (
        refused(load_body, f"{P} :T0 . {links} :T5000 a samm:Characteristic ; samm:dataType xsd:string .").code
        == "samm/depth"
    )


def test_annotations_of_other_vocabularies_do_no_harm(load_body):
    assert load_body(f"{ASPECT} {TEXT[:-1]} ; <https://example.org/note> 1 .").properties[0].name == "p"
