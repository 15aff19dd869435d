"""Models for people and other tools: paths, words for rules, pages, drawings, an older dialect of JSON Schema."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import jsonschema_rs
import pytest

from connector.notation import exact_json
from submodels.samm.dialects import DRAFT_07, in_dialect
from submodels.samm.example import example
from submodels.samm.outline import constraint_texts, leaf_paths, lines, type_text, unit_text, values_of
from submodels.samm.reference import page
from submodels.samm.reference.diagram import mermaid, svg
from submodels.samm.schema import json_schema
from submodels.samm.units import SYMBOLS, symbol, unit_name

BATTERY_PASS = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
PCF = "urn:samm:io.catenax.pcf:9.0.0#Pcf"
TREE = """
:A a samm:Aspect ; samm:preferredName "A <b> | aspect"@en , "에이"@ko ; samm:description "What `it` is."@en ;
  samm:properties ( :one [ samm:property :two ; samm:optional true ] :three ) ;
  samm:operations ( :ask ) ; samm:events ( :seen ) .
:ask a samm:Operation ; samm:input ( :leaf ) ; samm:output :leaf . :seen a samm:Event ; samm:parameters ( :leaf ) .
:one a samm:Property ; samm:characteristic :Node1 . :Node1 a samm-c:SingleEntity ; samm:dataType :Node .
:Node a samm:Entity ; samm:properties ( :leaf [ samm:property :next ; samm:optional true ] ) .
:leaf a samm:Property ; samm:characteristic :Volts ; samm:exampleValue "1.50"^^xsd:decimal ; samm:description "d|e"@en .
:Volts a samm-c:Trait ; samm-c:baseCharacteristic [ a samm-c:Measurement ; samm:dataType xsd:decimal ;
  samm-c:unit unit:volt ] ; samm-c:constraint [ a samm-c:RangeConstraint ; samm-c:minValue "0"^^xsd:decimal ;
  samm-c:maxValue "5.5"^^xsd:decimal ; samm-c:upperBoundDefinition samm-c:LESS_THAN ] .
:next a samm:Property ; samm:characteristic [ a samm-c:List ; samm-c:elementCharacteristic :Node1 ] .
:two a samm:Property ; samm:characteristic [ a samm-c:Either ; samm-c:left [ a samm-c:Enumeration ;
  samm:dataType xsd:string ; samm-c:values ( "x" "<y>" ) ] ; samm-c:right [ a samm-c:Set ; samm:dataType :Node ] ] .
:three a samm:Property ; samm:characteristic [ a samm-c:List ; samm-c:elementCharacteristic
  [ a samm-c:List ; samm:dataType xsd:int ] ] .
"""


@pytest.fixture(scope="module")
def tree(load_body):
    return load_body(TREE)


@pytest.fixture(scope="module")
def ours(our_models):
    return {urn: our_models(urn) for urn in (BATTERY_PASS, PCF)}


# -- lines ---------------------------------------------------------------------------------------------------------


def test_leaves_lead_through_lists_sides_and_once_through_what_holds_itself(tree):
    assert leaf_paths(tree) == ["one.leaf", "two.left", "two.right[].leaf", "three[][]"]


def test_lines_come_parents_first_with_their_depth(tree):
    shown = [(line.depth, line.name, line.is_leaf, line.is_repeated) for line in lines(tree)]
    assert shown == [
        (0, "one", False, False), (1, "leaf", True, False), (1, "next", False, True),
        (0, "two", False, False), (1, "left", True, False), (1, "right", False, False),
        (2, "leaf", True, False), (2, "next", False, True), (0, "three", True, False),
    ]  # fmt: skip


def test_each_entity_is_opened_once_on_demand(tree):
    paths = [line.path for line in lines(tree, is_each_entity_once=True)]
    assert "two.right" in paths
    assert "two.right[].leaf" not in paths


def test_the_battery_pass_has_its_414_leaves(ours):
    paths = leaf_paths(ours[BATTERY_PASS])
    assert len(paths) == len(set(paths)) == 414
    assert "chemicalMaterial.activeMaterials.nickel.left.recycled" in paths
    assert "chemicalMaterial.activeMaterials.nickel.right" in paths


def test_types_rules_units_and_values_have_words(tree):
    shown = {line.path: line for line in lines(tree)}
    leaf = shown["one.leaf"].characteristic
    assert (type_text(leaf), unit_text(leaf), constraint_texts(leaf)) == ("decimal", "volt", ["0 to 5.5 without 5.5"])
    assert type_text(shown["two"].characteristic) == "left string, one of 2 or right Set of Node"
    assert values_of(shown["two.left"].characteristic) == ["x", "<y>"]
    assert type_text(shown["three[][]"].characteristic) == "List of List of int"


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ('[ a samm-c:LengthConstraint ; samm-c:maxValue 9 ]', "length up to 9"),
        ('[ a samm-c:LengthConstraint ; samm-c:minValue 2 ]', "length from 2"),
        ('[ a samm-c:RegularExpressionConstraint ; samm:value "^a$" ]', "matches ^a$"),
        ('[ a samm-c:EncodingConstraint ; samm:value samm:US-ASCII ]', "writable in US-ASCII"),
        ('[ a samm-c:LanguageConstraint ; samm-c:languageCode "de" ]', "in the language de"),
        ('[ a samm-c:LocaleConstraint ; samm-c:localeCode "de-AT" ]', "in the locale de-AT"),
        ('[ a samm-c:FixedPointConstraint ; samm-c:integer 3 ; samm-c:scale 2 ]',
         "at most 3 digits before and 2 after the point"),
    ],
)  # fmt: skip
def test_each_constraint_has_words(aspect_of, constraint, words):
    trait = f"[ a samm-c:Trait ; samm-c:baseCharacteristic samm-c:Text ; samm-c:constraint {constraint} ]"
    assert constraint_texts(aspect_of(trait).properties[0].characteristic) == [words]


def test_units_have_symbols_and_unknown_ones_their_name():
    unit = "urn:samm:org.eclipse.esmf.samm:unit:2.1.0#"
    assert (symbol(unit + "kilowattHour"), symbol(unit + "furlong")) == ("kWh", "furlong")
    assert unit_name("https://units.example/x/furlong") == "furlong"
    assert all(text for text in SYMBOLS.values())


# -- pages and drawings --------------------------------------------------------------------------------------------


def test_a_page_tells_every_path(ours):
    for aspect in ours.values():
        text = page.markdown(aspect)
        assert aspect.urn in text
        for path in leaf_paths(aspect):
            assert "| " + re.sub(r"([\[\]_])", r"\\\1", path) + " |" in text


def test_nothing_in_a_model_becomes_markup(tree):
    text, document = page.markdown(tree), page.html(tree)
    assert "A &lt;b&gt; \\| aspect" in text
    assert "d\\|e" in text
    assert "<b>" not in document + text
    rows = [line for line in text.splitlines() if line.startswith("| one.leaf ")]
    assert rows == ["| one.leaf | decimal | volt | yes | 0 to 5.5 without 5.5 | 1.50 | d\\|e |"]


def test_a_page_has_operations_events_values_and_other_languages(tree):
    text = page.markdown(tree)
    assert "| ask | leaf | leaf |" in text
    assert "| seen | leaf |  |" in text
    assert '| two.left | "x", "&lt;y&gt;" |' in text
    assert "ko: 에이" in text


class Balance(HTMLParser):
    """Notes tags that are not closed in order, and addresses that would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta",):
            self.open.append(tag)
        self.loaded += [value for name, value in attrs if name in ("src", "href")]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_page_is_well_formed_and_loads_nothing(tree, ours):
    for aspect in (tree, *ours.values()):
        reader = Balance()
        reader.feed(page.html(aspect))
        assert (reader.open, reader.loaded) == ([], [])


def test_a_drawing_has_a_row_for_each_line_within_its_frame(tree, ours):
    for aspect in (tree, *ours.values()):
        root = ElementTree.fromstring(svg(aspect))
        rows = root.findall("{http://www.w3.org/2000/svg}text")
        shown = list(lines(aspect, is_each_entity_once=True))
        assert len(rows) == len(shown) + 1
        assert max(int(row.get("y")) for row in rows) < int(root.get("height"))
        assert [row.text.rstrip("?") for row in rows[1:]] == [line.name for line in shown]
        heights = [int(row.get("y")) for row in rows]
        assert heights == sorted(set(heights))


def test_a_flowchart_joins_each_line_to_its_parent(tree):
    edges = re.findall(r"(n\d+) --> (n\d+)\[", mermaid(tree))
    assert edges == [
        ("n0", "n1"), ("n1", "n2"), ("n1", "n3"), ("n0", "n4"), ("n4", "n5"), ("n4", "n6"), ("n0", "n7"),
    ]  # fmt: skip


# -- draft-07 ------------------------------------------------------------------------------------------------------


def test_draft_07_has_no_word_of_a_later_draft(ours):
    schema = in_dialect(json_schema(ours[BATTERY_PASS], strict=True), "draft-07")
    assert schema["$schema"] == DRAFT_07
    assert {"$defs", "prefixItems"} & set(re.findall(r"'(\$?\w+)':", str(schema))) == set()
    assert "#/$defs/" not in str(schema)
    jsonschema_rs.Draft7Validator(schema)


@pytest.mark.parametrize("strict", [False, True])
def test_both_dialects_judge_alike(ours, mutated, strict):
    for aspect in ours.values():
        schema = json_schema(aspect, strict=strict)
        latest = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        older = jsonschema_rs.Draft7Validator(in_dialect(schema, "draft-07"), validate_formats=True)
        plain = json.loads(exact_json.encode(example(aspect, seed=1)))
        payloads = [plain, *(changed for number, (_, changed) in enumerate(mutated(plain)) if number % 5 == 0)]
        verdicts = [latest.is_valid(payload) for payload in payloads]
        assert len(set(verdicts)) == 2
        assert [older.is_valid(payload) for payload in payloads] == verdicts


def test_a_property_may_be_named_like_a_keyword(aspect_of):
    aspect = aspect_of("samm-c:Text")
    object.__setattr__(aspect.properties[0], "payload_name", "$defs")
    schema = in_dialect(json_schema(aspect), "draft-07")
    assert list(schema["properties"]) == ["$defs"]
    assert jsonschema_rs.Draft7Validator(schema).is_valid({"$defs": "text"})
    assert not jsonschema_rs.Draft7Validator(schema).is_valid({"$defs": 1})


def test_entity_instances_with_lists_convert(aspect_of):
    aspect = aspect_of(
        "[ a samm-c:Enumeration ; samm:dataType :E ; samm-c:values ( :x ) ]",
        """:E a samm:Entity ; samm:properties ( :tags ) . :x a :E ; :tags ( "a" "b" ) .
        :tags a samm:Property ; samm:characteristic [ a samm-c:List ; samm:dataType xsd:string ] .""",
    )
    plain, strict = (
        jsonschema_rs.Draft7Validator(in_dialect(json_schema(aspect, strict=strict), "draft-07"))
        for strict in (False, True)
    )
    for tags, is_plain, is_strict in ((["a", "b"], True, True), (["b", "a"], True, False), (["a", "c"], False, False)):
        assert (plain.is_valid({"p": {"tags": tags}}), strict.is_valid({"p": {"tags": tags}})) == (is_plain, is_strict)
    assert not plain.is_valid({"p": {"tags": ["a", "b", "a"]}})
