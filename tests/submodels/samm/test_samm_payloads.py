"""Payloads as they come from outside: exact numbers, hostile shapes, limits; and examples of awkward models."""

from __future__ import annotations

import re
from decimal import Decimal
from random import Random

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation import exact_json
from connector.notation.pointers import resolve
from connector.notation.problems import Invalid, Unprocessable
from submodels.samm.example import example
from submodels.samm.loader import load
from submodels.samm.patterns import sample
from submodels.samm.validation import MAX_FINDINGS, validator

LIMITED = """[ a samm-c:Trait ; samm-c:baseCharacteristic [ a samm:Characteristic ; samm:dataType xsd:decimal ] ;
  samm-c:constraint [ a samm-c:RangeConstraint ; samm-c:maxValue "0.10000000000000000555"^^xsd:decimal ] ]"""
PATTERN = """[ a samm-c:Trait ; samm-c:baseCharacteristic samm-c:Text ;
  samm-c:constraint [ a samm-c:RegularExpressionConstraint ; samm:value "{}" ] ]"""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("0.10000000000000000555", []),
        ("0.10000000000000000554", []),
        ("0.10000000000000000556", ["samm/range"]),
        ("1e-400", []),
        ("1e400", ["samm/range"]),
        ("1e100000000", ["samm/range"]),
        ("-1e100000000", []),
        ("9" * 400, ["samm/range"]),
        ("9" * 4000, ["samm/range"]),
    ],
)
def test_numbers_are_compared_with_every_digit(aspect_of, text, codes):
    payload = exact_json.decode(f'{{"p":{text}}}')
    findings = validator(aspect_of(LIMITED)).findings(payload)
    assert [finding.code for finding in findings] == codes
    assert all(finding.found == payload["p"] for finding in findings)
    assert all(finding.wanted == Decimal("0.10000000000000000555") for finding in findings)


def test_1e400_is_a_number_where_nothing_bounds_it(aspect_of):
    judge = validator(aspect_of("[ a samm:Characteristic ; samm:dataType xsd:decimal ]"))
    assert judge.findings(exact_json.decode('{"p":1e400}'), strict=True) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")])
def test_what_json_has_no_number_for_is_refused(aspect_of, value):
    assert [finding.code for finding in validator(aspect_of(LIMITED)).findings({"p": value})] == ["samm/type"]


@pytest.mark.parametrize("payload", [{1: 2}, {"p": {1, 2}}, {"p": object()}])
def test_what_is_no_json_is_refused(aspect_of, payload):
    with pytest.raises(Invalid) as caught:
        validator(aspect_of("samm-c:Text")).findings(payload)
    assert caught.value.code == "samm/payload"


@pytest.mark.parametrize("payload", [None, [], "x", 1, True])
def test_a_payload_that_is_no_object_has_one_finding_at_the_root(aspect_of, payload):
    findings = validator(aspect_of("samm-c:Text")).findings(payload)
    assert [(f.code, f.pointer, f.source) for f in findings] == [("samm/type", "", "urn:samm:org.example:1.0.0#A")]


def test_a_missing_property_is_named_with_its_urn(aspect_of):
    (finding,) = validator(aspect_of("samm-c:Text")).findings({})
    assert (finding.code, finding.pointer, finding.wanted) == ("samm/required", "", "p")
    assert finding.source == "urn:samm:org.example:1.0.0#p"
    assert finding.message == "the property 'p' is missing"


def test_pointers_are_escaped(load_body):
    aspect = load_body(
        """:A a samm:Aspect ; samm:properties ( [ samm:property :p ; samm:payloadName "a/b~c" ] ) .
        :p a samm:Property ; samm:characteristic samm-c:Text ."""
    )
    assert validator(aspect).findings({"a/b~c": 1})[0].pointer == "/a~1b~0c"


def test_findings_are_limited_in_number_and_length(aspect_of):
    judge = validator(aspect_of("[ a samm-c:List ; samm:dataType xsd:int ]"))
    findings = judge.findings({"p": ["x" * 10_000] * (MAX_FINDINGS * 3)})
    assert len(findings) == MAX_FINDINGS
    assert len(findings[0].message) < 300


def test_an_expression_that_backtracks_without_end_is_a_finding_and_not_a_stand_still(aspect_of):
    judge = validator(aspect_of(PATTERN.format("^(a|a)*(?!x)$")))
    assert [finding.code for finding in judge.findings({"p": "a" * 5000 + "b"})] == ["samm/pattern"]


def test_an_expression_that_is_none_is_refused_when_compiled(aspect_of):
    with pytest.raises(Invalid) as caught:
        validator(aspect_of(PATTERN.format("(")))
    assert caught.value.code == "samm/expression"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqrx"), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_payload_is_judged_and_every_finding_points_into_it(payload):
    for finding in RECURSIVE.findings(payload, strict=True):
        resolve(payload, finding.pointer)
        assert finding.code.startswith("samm/")
        assert finding.source.startswith("urn:samm:org.example:1.0.0#")


PREFIXES = """@prefix samm: <urn:samm:org.eclipse.esmf.samm:meta-model:2.1.0#> .
@prefix samm-c: <urn:samm:org.eclipse.esmf.samm:characteristic:2.1.0#> .
@prefix : <urn:samm:org.example:1.0.0#> ."""
TREE = """:A a samm:Aspect ; samm:properties ( :p ) .
:p a samm:Property ; samm:characteristic [ a samm-c:SingleEntity ; samm:dataType :Node ] .
:Node a samm:Entity ; samm:properties ( :q [ samm:property :p ; samm:optional true ] :r ) .
:q a samm:Property ; samm:characteristic [ a samm-c:Set ; samm:dataType :Node ] .
:r a samm:Property ; samm:characteristic [ a samm-c:Either ; samm-c:left [ a samm-c:SingleEntity ;
  samm:dataType :Node ] ; samm-c:right samm-c:Text ] ."""
RECURSIVE = validator(load("urn:samm:org.example:1.0.0#A", {"a.ttl": PREFIXES + TREE}))


@pytest.mark.parametrize("seed", range(20))
def test_examples_of_recursive_models_end(seed):
    payload = example(RECURSIVE.aspect, seed)
    assert RECURSIVE.findings(payload, strict=True) == []
    assert len(exact_json.encode(payload)) < 20_000


def test_a_recursive_payload_is_judged_at_every_depth():
    leaf = {"q": [], "r": {"right": "x"}}
    deep = {"p": {"q": [{"q": [], "r": {"left": {**leaf, "q": [{"q": []}]}}}], "r": {"right": "x"}}}
    findings = RECURSIVE.findings(deep)
    assert [(f.code, f.pointer) for f in findings] == [("samm/required", "/p/q/0/r/left/q/0")]


def test_examples_repeat_by_seed_and_differ_between_seeds(aspect_of):
    aspect = aspect_of("[ a samm:Characteristic ; samm:dataType xsd:decimal ]")
    assert example(aspect, 7) == example(aspect, 7)
    assert len({str(example(aspect, seed)) for seed in range(10)}) == 10


def test_the_models_example_value_comes_first(load_body):
    aspect = load_body(
        """:A a samm:Aspect ; samm:properties ( :p :q :bad ) .
        :p a samm:Property ; samm:characteristic samm-c:Text ; samm:exampleValue "this one" .
        :q a samm:Property ; samm:characteristic [ a samm-c:List ; samm:dataType xsd:int ] ; samm:exampleValue 42 .
        :bad a samm:Property ; samm:exampleValue "no such" ; samm:characteristic
          [ a samm-c:Enumeration ; samm:dataType xsd:string ; samm-c:values ( "a" "b" ) ] ."""
    )
    assert example(aspect) == {"p": "this one", "q": [42], "bad": "a"}


def test_constraints_that_nothing_fits_are_said_to_be_so(aspect_of):
    impossible = aspect_of(
        """[ a samm-c:Trait ; samm-c:baseCharacteristic samm-c:Text ; samm-c:constraint
        [ a samm-c:RegularExpressionConstraint ; samm:value "^a$" ] ,
        [ a samm-c:RegularExpressionConstraint ; samm:value "^b$" ] ]"""
    )
    with pytest.raises(Unprocessable) as caught:
        example(impossible)
    assert caught.value.code == "samm/example"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^BPNL[0-9]{8}[a-zA-Z0-9]{4}$",
        r"([A-Z]{2}-[A-Z0-9]{1,3}|)",
        r"^(Pb, Cd|Cd, Pb|Pb|Cd)$",
        r"^\d{2}-\w+?[^a-z]\S.$",
        r"^(ab)\1c{2,}(?:x|y)*[^\d]$",
        r"^(?>a|b)\W\D\s$",
        r"^[^a]\[\d{3}\]$",
    ],
)
def test_sampled_texts_match(pattern):
    for seed in range(30):
        assert re.search(pattern, sample(pattern, Random(seed)))


@pytest.mark.parametrize(
    "pattern", [r"^\p{Lu}\p{L}{2}$", r"^[\p{Alpha}_]{3}$", r"^[^\p{N}]\P{L}$", r"^\p{IsAlphabetic}+$"]
)
def test_unicode_properties_are_sampled_in_ascii(pattern):
    judge = jsonschema_rs.Draft202012Validator({"pattern": pattern})
    for seed in range(30):
        assert judge.is_valid(sample(pattern, Random(seed)))


@pytest.mark.parametrize("pattern", ["(", r"\h", "a{70000,}", "[^\\x00-\\x7f]"])
def test_patterns_that_are_not_understood_give_no_sample(pattern):
    assert sample(pattern, Random(0)) is None


def test_an_example_does_not_grow_without_bounds(load_body):
    levels = " ".join(
        f":E{n} a samm:Entity ; samm:properties ( :a{n} :b{n} ) . "
        + " ".join(
            f":{side}{n} a samm:Property ; samm:characteristic [ a samm-c:SingleEntity ; samm:dataType :E{n + 1} ] ."
            for side in "ab"
        )
        for n in range(40)
    )
    aspect = load_body(
        f":A a samm:Aspect ; samm:properties ( :a0 ) . {levels} :E40 a samm:Entity ; samm:properties () ."
    )
    with pytest.raises(Unprocessable, match="more than 20000 objects"):
        example(aspect)


def test_units_and_iris_may_stand_as_example_values(load_body):
    aspect = load_body(
        """:A a samm:Aspect ; samm:properties ( :p :q ) .
        :p a samm:Property ; samm:characteristic samm-c:UnitReference ; samm:exampleValue unit:volt .
        :q a samm:Property ; samm:characteristic samm-c:ResourcePath ; samm:exampleValue <https://example.org/x> ."""
    )
    assert example(aspect) == {"p": "unit:volt", "q": "https://example.org/x"}
