"""Every kind of characteristic, constraint and data type: what the payload may then hold, and what it may not."""

from __future__ import annotations

from decimal import Decimal

import jsonschema_rs
import pytest

from connector.notation import exact_json
from connector.notation.problems import Invalid
from submodels.samm import model as m
from submodels.samm.example import example
from submodels.samm.schema import json_schema
from submodels.samm.validation import validator

NODE = ":E a samm:Entity ; samm:properties ( :q ) . :q a samm:Property ; samm:characteristic samm-c:Text ."
TRAIT = "[ a samm-c:Trait ; samm-c:baseCharacteristic {} ; samm-c:constraint {} ]"
SCALAR = "[ a samm:Characteristic ; samm:dataType {} ]"


def trait(base: str, constraint: str) -> str:
    return TRAIT.format(base if base.startswith(("samm-c:", ":", "[")) else SCALAR.format(base), constraint)


RANGE = "[ a samm-c:RangeConstraint ; {} ]"
LENGTH = "[ a samm-c:LengthConstraint ; {} ]"
REGEX = '[ a samm-c:RegularExpressionConstraint ; samm:value "{}" ]'
SET = "[ a samm-c:Set ; samm:dataType xsd:string ]"
ENTITY_VALUES = """:E a samm:Entity ; samm:properties ( :code [ samm:property :hint ; samm:notInPayload true ]
  [ samm:property :tags ; samm:optional true ] ) .
:code a samm:Property ; samm:characteristic [ a samm-c:Code ; samm:dataType xsd:int ] .
:hint a samm:Property ; samm:characteristic samm-c:Text .
:tags a samm:Property ; samm:characteristic [ a samm-c:List ; samm:dataType xsd:string ] .
:one a :E ; :code "1"^^xsd:int ; :hint "first" .
:two a :E ; :code "2"^^xsd:int ; :hint "second" ; :tags ( "x" "y" ) ."""

TO_THE_END = trait("xsd:double", RANGE.format('samm-c:minValue "3"^^xsd:double ; samm-c:maxValue "INF"^^xsd:double'))
NATURAL = trait("xsd:int", RANGE.format("samm-c:minValue 0"))

# characteristic, more Turtle, values that fit, (value, code, pointer within p) that do not
CASES = {
    "text": ("samm-c:Text", "", ["", "x"], [(1, "samm/type", ""), (None, "samm/type", "")]),
    "infinite bound": (TO_THE_END, "", [3, Decimal("1e300")], [(2, "samm/range", "")]),
    "boolean": ("samm-c:Boolean", "", [True], [("true", "samm/type", ""), (1, "samm/type", "")]),
    "code": ("[ a samm-c:Code ; samm:dataType xsd:int ]", "", [7], [(2**31, "samm/range", "")]),
    "reference": ("samm-c:Reference", "", ["urn:x:y"], [("no iri", "samm/format", "")]),
    "unit reference": ("samm-c:UnitReference", "", ["unit:volt"], [("volt", "samm/pattern", "")]),
    "quantified": (
        "[ a samm-c:Duration ; samm:dataType xsd:double ; samm-c:unit unit:secondUnitOfTime ]",
        "",
        [1, Decimal("1.5")],
        [("1", "samm/type", "")],
    ),
    "languages": (
        "samm-c:MultiLanguageText",
        "",
        [{}, {"en": "a", "de": "b"}],
        [("a", "samm/type", ""), ({"en": 1}, "samm/type", "/en")],
    ),
    "single entity": (
        "[ a samm-c:SingleEntity ; samm:dataType :E ]",
        NODE,
        [{"q": "x"}, {"q": "x", "more": 1}],
        [({}, "samm/required", ""), ({"q": 1}, "samm/type", "/q"), ([], "samm/type", "")],
    ),
    "entity by plain characteristic": (
        "[ a samm:Characteristic ; samm:dataType :E ]",
        NODE,
        [{"q": "x"}],
        [({}, "samm/required", "")],
    ),
    "collection": (
        "[ a samm-c:Collection ; samm:dataType :E ]",
        NODE,
        [[], [{"q": "x"}, {"q": "x"}]],
        [([{"q": "x"}, {}], "samm/required", "/1"), ({}, "samm/type", "")],
    ),
    "list": (
        "[ a samm-c:List ; samm-c:elementCharacteristic samm-c:Boolean ]",
        "",
        [[True, True]],
        [([True, "x"], "samm/type", "/1")],
    ),
    "set": (SET, "", [["a", "b"]], [(["a", "a"], "samm/unique", "")]),
    "sorted set": (
        "[ a samm-c:SortedSet ; samm:dataType xsd:decimal ]",
        "",
        [[1, Decimal("0.10000000000000000555"), Decimal("0.1")]],
        [([Decimal("1.10"), Decimal("1.1")], "samm/unique", "")],
    ),
    "time series": (
        "[ a samm-c:TimeSeries ; samm:dataType :Reading ]",
        ":Reading a samm:Entity ; samm:extends samm-e:TimeSeriesEntity ; samm:properties ("
        "[ samm:extends samm-e:value ; samm:characteristic [ a samm-c:Code ; samm:dataType xsd:decimal ] ] ) .",
        [[{"timestamp": "2026-01-01T00:00:00Z", "value": 1}]],
        [([{"timestamp": "2026-01-01T00:00:00Z"}], "samm/required", "/0")],
    ),
    "enumeration": (
        '[ a samm-c:Enumeration ; samm:dataType xsd:string ; samm-c:values ( "a" "b" ) ]',
        "",
        ["a", "b"],
        [("c", "samm/enumeration", ""), ("A", "samm/enumeration", "")],
    ),
    "enumeration of numbers": (
        "[ a samm-c:Enumeration ; samm:dataType xsd:decimal ; samm-c:values ( 1 1.50 ) ]",
        "",
        [1, Decimal("1.5")],
        [(Decimal("1.50000000000000000001"), "samm/enumeration", "")],
    ),
    "enumeration of units": (
        '[ a samm-c:Enumeration ; samm:dataType samm:curie ; samm-c:values ( "unit:volt"^^samm:curie unit:ohm ) ]',
        "",
        ["unit:volt", "unit:ohm"],
        [("unit:watt", "samm/enumeration", "")],
    ),
    "enumeration of entities": (
        "[ a samm-c:Enumeration ; samm:dataType :E ; samm-c:values ( :one :two ) ]",
        ENTITY_VALUES,
        [{"code": 1}, {"code": 2, "tags": ["x", "y"]}],
        [({"code": 3}, "samm/enumeration", ""), ({"code": 2, "tags": ["x"]}, "samm/enumeration", "")],
    ),
    "state": (
        '[ a samm-c:State ; samm:dataType xsd:string ; samm-c:values ( "on" "off" ) ; samm-c:defaultValue "off" ]',
        "",
        ["on"],
        [("maybe", "samm/enumeration", "")],
    ),
    "either": (
        "[ a samm-c:Either ; samm-c:left samm-c:Text ; samm-c:right samm-c:Boolean ]",
        "",
        [{"left": "x"}, {"right": True}],
        [
            ({}, "samm/either", ""),
            ({"left": "x", "right": True}, "samm/either", ""),
            ({"left": "x", "middle": 1}, "samm/unknown-property", ""),
            ({"right": "x"}, "samm/type", "/right"),
            ("x", "samm/type", ""),
        ],
    ),
    "structured value": (
        '[ a samm-c:StructuredValue ; samm:dataType xsd:date ; samm-c:elements ( :y "-" :y "-" :y ) ;'
        ' samm-c:deconstructionRule "(\\\\d{4})-(\\\\d{2})-(\\\\d{2})" ]',
        ":y a samm:Property ; samm:characteristic [ a samm-c:Code ; samm:dataType xsd:int ] .",
        ["2026-02-28"],
        [("2026-02-30", "samm/format", "")],
    ),
    "range": (
        trait("xsd:decimal", RANGE.format('samm-c:minValue "0.5"^^xsd:decimal ; samm-c:maxValue 2')),
        "",
        [Decimal("0.5"), 2],
        [(Decimal("0.49999999999999999999"), "samm/range", ""), (Decimal("1e400"), "samm/range", "")],
    ),
    "open range": (
        trait(
            "xsd:decimal",
            RANGE.format(
                "samm-c:minValue 0 ; samm-c:lowerBoundDefinition samm-c:GREATER_THAN ;"
                " samm-c:maxValue 1 ; samm-c:upperBoundDefinition samm-c:LESS_THAN"
            ),
        ),
        "",
        [Decimal("1e-400"), Decimal("0.99999999999999999999")],
        [(0, "samm/range", ""), (1, "samm/range", "")],
    ),
    "length of text": (
        trait("samm-c:Text", LENGTH.format("samm-c:minValue 2 ; samm-c:maxValue 3")),
        "",
        ["ab", "äöü"],
        [("a", "samm/length", ""), ("abcd", "samm/length", "")],
    ),
    "length of a set": (
        trait(SET, LENGTH.format("samm-c:minValue 1")),
        "",
        [["a"]],
        [([], "samm/length", ""), (["a", "a"], "samm/unique", "")],
    ),
    "regular expression": (
        trait("xsd:string", REGEX.format("^[A-Z]{2}$")),
        "",
        ["AB"],
        [("AB\n", "samm/pattern", ""), ("ab", "samm/pattern", "")],
    ),
    "searched expression": (trait("xsd:string", REGEX.format("[0-9]")), "", ["a1b"], [("ab", "samm/pattern", "")]),
    "two regular expressions": (
        TRAIT.format("samm-c:Text", f"{REGEX.format('^a.*')} , {REGEX.format('.*z$')}"),
        "",
        ["az"],
        [("ab", "samm/pattern", ""), ("bz", "samm/pattern", "")],
    ),
    "trait of trait": (
        trait(NATURAL, RANGE.format("samm-c:minValue 5 ; samm-c:maxValue 9")),
        "",
        [5, 9],
        [(4, "samm/range", ""), (10, "samm/range", "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_payloads_of_each_kind(aspect_of, name):
    characteristic, more, fitting, failing = CASES[name]
    judge = validator(aspect_of(characteristic, more))
    for value in fitting:
        assert judge.findings({"p": value}) == [], value
    for value, code, place in failing:
        findings = judge.findings({"p": value})
        assert (code, f"/p{place}") in {(finding.code, finding.pointer) for finding in findings}, value
        assert all(finding.source for finding in findings)


@pytest.mark.parametrize("version", ["2.0.0", "2.1.0", "2.2.0"])
@pytest.mark.parametrize("name", CASES)
def test_examples_of_each_kind_are_valid_strictly(aspect_of, name, version):
    characteristic, more, _, _ = CASES[name]
    aspect = aspect_of(characteristic, more, version)
    judge = validator(aspect)
    for seed in range(4):
        payload = example(aspect, seed)
        assert judge.findings(exact_json.decode(exact_json.encode(payload)), strict=True) == []


@pytest.mark.parametrize("name", CASES)
def test_schemas_are_json_schema_2020_12(aspect_of, name):
    characteristic, more, _, _ = CASES[name]
    for strict in (False, True):
        schema = json_schema(aspect_of(characteristic, more), strict=strict)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert jsonschema_rs.meta.is_valid(exact_json.decode(exact_json.encode(schema)))


# data type: fits, does not fit, fits only without `strict`
TYPES = {
    "string": ("x", 1, None),
    "boolean": (False, "false", None),
    "decimal": (Decimal("0.1"), "0.1", None),
    "integer": (10**40, "1", Decimal("1.5")),
    "double": (Decimal("1e300"), True, None),
    "float": (0, None, None),
    "byte": (-128, 128, Decimal("0.5")),
    "short": (32767, -32769, Decimal("0.5")),
    "int": (-(2**31), 2**31, Decimal("0.5")),
    "long": (2**63 - 1, 2**63, Decimal("0.5")),
    "unsignedByte": (255, 256, Decimal("0.5")),
    "unsignedShort": (65535, -1, Decimal("0.5")),
    "unsignedInt": (2**32 - 1, 2**32, Decimal("0.5")),
    "unsignedLong": (2**64 - 1, 2**64, Decimal("0.5")),
    "positiveInteger": (1, 0, Decimal("1.5")),
    "nonNegativeInteger": (0, -1, Decimal("0.5")),
    "negativeInteger": (-1, 0, Decimal("-1.5")),
    "nonPositiveInteger": (0, 1, Decimal("-0.5")),
    "date": ("2026-02-28", "2026-02-30", None),
    "time": ("10:00:00", "25:00:00Z", None),
    "dateTime": ("2026-02-28T10:00:00", "2026-02-28", "on 2026-02-28T10:00:00Z, at last"),
    "dateTimeStamp": ("2026-02-28T10:00:00Z", "2026-02-28T10:00:00", None),
    "gYear": ("2026", "26", "the year 2026"),
    "gMonth": ("--02", "--13", "x--02"),
    "gDay": ("---28", "---32", "x---28"),
    "gYearMonth": ("2026-02", "2026-13", "2026-02-28"),
    "gMonthDay": ("--02-28", 228, "--02-32"),
    "duration": ("P1Y2DT3H", "P", None),
    "yearMonthDuration": ("P1Y2M", "P1D", "xP1Y"),
    "dayTimeDuration": ("P1DT2H", "P1Y", "PD"),
    "hexBinary": ("00ff", "xy", "00f"),
    "base64Binary": ("AAE=", 1, "AAE"),
    "anyURI": ("https://example.org/", "not an IRI", None),
}


@pytest.mark.parametrize("name", TYPES)
def test_every_data_type(aspect_of, name):
    fits, fails, loose = TYPES[name]
    aspect = aspect_of(SCALAR.format(f"xsd:{name}"))
    judge = validator(aspect)
    assert judge.findings({"p": fits}, strict=True) == []
    assert [finding.severity for finding in judge.findings({"p": fails})] == ["error"]
    if loose is not None:
        assert judge.findings({"p": loose}) == []
        assert [finding.severity for finding in judge.findings({"p": loose}, strict=True)] == ["warning"]
    for seed in range(3):
        assert judge.findings(example(aspect, seed), strict=True) == []


STRICT_ONLY = {
    "encoding": (trait("samm-c:Text", "[ a samm-c:EncodingConstraint ; samm:value samm:US-ASCII ]"), "abc", "äbc"),
    "fixed point": (
        trait("xsd:decimal", "[ a samm-c:FixedPointConstraint ; samm-c:scale 2 ; samm-c:integer 3 ]"),
        Decimal("999.99"),
        Decimal("0.001"),
    ),
    "fixed point, integral digits": (
        trait("xsd:decimal", "[ a samm-c:FixedPointConstraint ; samm-c:scale 2 ; samm-c:integer 3 ]"),
        -999,
        1000,
    ),
    "language": (
        trait("samm-c:MultiLanguageText", '[ a samm-c:LanguageConstraint ; samm-c:languageCode "de" ]'),
        {"de-AT": "x"},
        {"en": "x"},
    ),
    "locale": (
        trait("samm-c:MultiLanguageText", '[ a samm-c:LocaleConstraint ; samm-c:localeCode "de-DE" ]'),
        {"de-DE": "x"},
        {"de": "x"},
    ),
    "length of languages": (
        trait("samm-c:MultiLanguageText", LENGTH.format("samm-c:maxValue 3")),
        {"en": "abc"},
        {"en": "abcd"},
    ),
    "expression for a type with its own": (
        trait("xsd:dateTime", REGEX.format("^20.*$")),
        "2024-01-01T00:00:00Z",
        "20 years",
    ),
    "month and day": (trait("xsd:gMonthDay", REGEX.format("^--02.*$")), "--02-28", "--02-31st"),
    "language tag": ("samm-c:MultiLanguageText", {"zh-Hant": "x"}, {"in English": "x"}),
    "regular expression in full": (trait("samm-c:Text", REGEX.format("[A-Z]{2}")), "DE", "DEU"),
}


@pytest.mark.parametrize("name", STRICT_ONLY)
def test_what_published_schemas_let_through_is_a_warning(aspect_of, name):
    characteristic, fits, loose = STRICT_ONLY[name]
    aspect = aspect_of(characteristic)
    judge = validator(aspect)
    assert judge.findings({"p": fits}, strict=True) == []
    assert judge.findings({"p": loose}) == []
    assert {finding.severity for finding in judge.findings({"p": loose}, strict=True)} == {"warning"}
    for seed in range(3):
        assert judge.findings(example(aspect, seed), strict=True) == []


def test_a_misspelt_optional_member_is_a_warning(load_body):
    aspect = load_body(
        """:A a samm:Aspect ; samm:properties ( [ samm:property :p ; samm:optional true ] ) .
        :p a samm:Property ; samm:characteristic samm-c:Text ."""
    )
    findings = validator(aspect).findings({"P": "x"}, strict=True)
    assert [(f.code, f.severity, f.found) for f in findings] == [("samm/unknown-property", "warning", "P")]


def test_what_is_not_in_the_payload_is_in_neither_schema_nor_example(load_body):
    aspect = load_body(
        """:A a samm:Aspect ; samm:properties ( [ samm:property :p ; samm:notInPayload true ] ) .
        :p a samm:Property ; samm:characteristic samm-c:Text ."""
    )
    assert json_schema(aspect)["properties"] == {}
    assert "required" not in json_schema(aspect)
    assert example(aspect) == {}


REFUSED = [
    ("samm/incomplete", "[ a samm-c:Either ; samm-c:left samm-c:Text ]"),
    ("samm/incomplete", "[ a samm-c:Enumeration ; samm:dataType xsd:string ]"),
    ("samm/value", trait("xsd:int", RANGE.format('samm-c:minValue "few"'))),
    ("samm/value", trait("xsd:int", RANGE.format("samm-c:minValue 3 ; samm-c:maxValue 2"))),
    ("samm/value", trait("xsd:double", RANGE.format('samm-c:minValue "NaN"^^xsd:double'))),
    ("samm/value", trait("xsd:double", RANGE.format('samm-c:minValue "INF"^^xsd:double'))),
    ("samm/value", trait("xsd:decimal", RANGE.format('samm-c:maxValue "INF"'))),
    ("samm/value", trait("samm-c:Text", LENGTH.format("samm-c:minValue -1"))),
    ("samm/value", trait("samm-c:Text", LENGTH.format('samm-c:minValue "1e9999"^^xsd:double'))),
    ("samm/value", '[ a samm-c:Enumeration ; samm:dataType xsd:int ; samm-c:values ( "1_0" ) ]'),
    ("samm/value", '[ a samm-c:Enumeration ; samm:dataType xsd:boolean ; samm-c:values ( "maybe" ) ]'),
    ("samm/unknown-term", trait("xsd:int", RANGE.format("samm-c:minValue 1 ; samm-c:lowerBoundDefinition 1"))),
    ("samm/unknown-term", trait("samm-c:Text", "[ a samm-c:EncodingConstraint ; samm:value samm:EBCDIC ]")),
    ("samm/unknown-term", trait("samm-c:Text", "[ a samm-c:TasteConstraint ]")),
    ("samm/unknown-term", "[ a samm-c:Either ; samm-c:left samm-c:Text ; samm-c:right samm-c:Text ; samm-c:middle 1 ]"),
    ("samm/kind", "[ a samm-c:SingleEntity ; samm:dataType xsd:string ]"),
    ("samm/kind", "[ a samm-c:Quantifiable ; samm:dataType samm-e:FileResource ]"),
    ("samm/kind", "[ a samm-c:Measurement ; samm:dataType xsd:int ; samm-c:unit 1 ]"),
    ("samm/kind", "[ a samm-c:Enumeration ; samm:dataType samm-e:FileResource ; samm-c:values ( 1 ) ]"),
    ("samm/kind", trait("samm-c:Text", "samm-c:Text")),
    ("samm/kind", "[ a samm-c:Set , samm-c:List ; samm:dataType xsd:int ]"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "characteristic"), REFUSED)
def test_malformed_characteristics_are_refused(aspect_of, code, characteristic):
    with pytest.raises(Invalid) as caught:
        aspect_of(characteristic)
    assert caught.value.findings[0].code == code


NARROWS_NOTHING = [
    trait("samm-c:Text", LENGTH.format("samm:see <urn:x>")),
    trait("xsd:int", RANGE.format("samm:see <urn:x>")),
    "[ a samm-c:Trait ; samm-c:baseCharacteristic samm-c:Text ]",
]


@pytest.mark.parametrize("characteristic", NARROWS_NOTHING)
def test_what_narrows_nothing_is_a_warning(aspect_of, characteristic):
    aspect = aspect_of(characteristic)
    assert [(found.code, found.severity) for found in aspect.warnings] == [("samm/incomplete", "warning")]
    assert aspect.warnings[0].source.startswith("a.ttl:")


def test_an_entity_instance_is_read_fully(aspect_of):
    characteristic, more, _, _ = CASES["enumeration of entities"]
    enumeration = aspect_of(characteristic, more).properties[0].characteristic
    assert isinstance(enumeration.values[0], m.EntityInstance)
    held = {prop.name: value for prop, value in enumeration.values[1].values}
    assert held == {"code": 2, "hint": "second", "tags": ["x", "y"]}


def test_a_typed_value_of_2_2_0_stands_for_its_literal(aspect_of):
    aspect = aspect_of(
        "[ a samm-c:Enumeration ; samm:dataType xsd:string ; samm-c:values ( :yes ) ]",
        ':yes a samm:Value ; samm:value "ja" .',
        "2.2.0",
    )
    assert aspect.properties[0].characteristic.values == ("ja",)


def test_names_shared_by_namespaces_stay_apart_in_the_schema(with_prefixes):
    from submodels.samm.loader import load

    text = with_prefixes(
        """:A a samm:Aspect ; samm:properties ( :p :q ) . :p a samm:Property ; samm:characteristic :C .
        :q a samm:Property ; samm:characteristic <urn:samm:org.other:2.0.0#C> .
        :C a samm:Characteristic ; samm:dataType xsd:string .
        <urn:samm:org.other:2.0.0#C> a samm:Characteristic ; samm:dataType xsd:int ."""
    )
    schema = json_schema(load("urn:samm:org.example:1.0.0#A", {"a.ttl": text}))
    assert set(schema["$defs"]) == {"C", "C_org.other_2.0.0"}
    assert schema["properties"]["q"]["$ref"] == "#/$defs/C_org.other_2.0.0"
