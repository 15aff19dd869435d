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
from connector.notation.problems import Invalid, TooLarge, Unprocessable
from submodels.aspect_submodel.build import template
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


@pytest.mark.parametrize("seed", range(3))
def test_a_set_of_listed_values_has_as_many_as_are_wanted(aspect_of, seed):
    listed = '[ a samm-c:Enumeration ; samm:dataType xsd:string ; samm-c:values ( "a" "b" "c" ) ]'
    constraint = "[ a samm-c:LengthConstraint ; samm-c:minValue 3 ]"
    aspect = aspect_of(
        f"[ a samm-c:Trait ; samm-c:baseCharacteristic [ a samm-c:Set ; samm-c:elementCharacteristic {listed} ] ;"
        f" samm-c:constraint {constraint} ]"
    )
    assert sorted(example(aspect, seed)["p"]) == ["a", "b", "c"]


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


HEAD = """@prefix samm: <urn:samm:org.eclipse.esmf.samm:meta-model:2.1.0#> .
@prefix samm-c: <urn:samm:org.eclipse.esmf.samm:characteristic:2.1.0#> .
@prefix : <urn:samm:org.example:1.0.0#> .
:A a samm:Aspect ; samm:properties ( :p0 ) .
"""


@pytest.fixture(scope="module")
def endless():
    """20,000 statements: entities in a ring and across it, 2,500 deep."""
    count = 2500
    parts = (
        f":p{n} a samm:Property ; samm:preferredName 'p' ; samm:characteristic :C{n} . :C{n} a samm-c:List ; "
        f"samm:dataType :E{n} . :E{n} a samm:Entity ; samm:properties ( [ samm:property :p{(n + 1) % count} ; "
        f"samm:optional true ] :p{(n * 7 + 3) % count} ) ."
        for n in range(count)
    )
    return load("urn:samm:org.example:1.0.0#A", {"a.ttl": HEAD + "\n".join(parts)})


def test_a_model_of_20000_statements_with_cycles_ends(endless):
    judge = validator(endless)
    assert len(judge.schema["$defs"]) == 5000
    payload = example(endless)
    assert judge.findings(payload) == []
    payload["p0"] = [{"p1": [], "p3": [{"p4": 5, "p24": []}]}]
    assert [(finding.code, finding.pointer) for finding in judge.findings(payload)] == [("samm/type", "/p0/0/p3/0/p4")]


def test_a_model_too_deep_for_a_tree_is_refused_as_template(endless):
    with pytest.raises(TooLarge, match="deep"):
        template(endless)


def test_each_of_ten_thousand_faults_is_a_finding(aspect_of):
    characteristic = "[ a samm-c:List ; samm-c:elementCharacteristic samm-c:Text ]"
    findings = validator(aspect_of(characteristic)).findings({"p": [1] * 10_000})
    assert len(findings) == 10_000
    assert {finding.code for finding in findings} == {"samm/type"}
    assert findings[-1].pointer == "/p/9999"


INSTANCES = """:E a samm:Entity ; samm:properties ( :code [ samm:property :note ; samm:optional true ]
  [ samm:property :of ; samm:optional true ] [ samm:property :hidden ; samm:notInPayload true ] ) .
:code a samm:Property ; samm:characteristic [ a samm-c:Code ; samm:dataType xsd:int ] .
:note a samm:Property ; samm:characteristic samm-c:Text . :hidden a samm:Property ; samm:characteristic samm-c:Text .
:of a samm:Property ; samm:characteristic [ a samm-c:List ; samm:dataType :E ] .
"""
LISTED = "[ a samm-c:Enumeration ; samm:dataType :E ; samm-c:values ( {} ) ]"


@pytest.mark.parametrize(
    ("values", "more", "fitting", "failing"),
    [
        (":x :y", ':x a :E ; :code 1 ; :hidden "h" . :y a :E ; :code 2 ; :hidden "h" .', [{"code": 1}], [{"code": 3}]),
        (  # one is part of the other: both may stand there
            ":x :y",
            ':x a :E ; :code 1 ; :hidden "h" . :y a :E ; :code 1 ; :note "n" ; :hidden "h" .',
            [{"code": 1}, {"code": 1, "note": "n"}],
            [{"code": 2, "note": "n"}],
        ),
        (  # neither is part of the other: what is both is neither
            ":x :y",
            ':x a :E ; :code 1 ; :note "n" ; :hidden "h" . :y a :E ; :code 1 ; :of () ; :hidden "h" .',
            [{"code": 1, "note": "n"}, {"code": 1, "of": []}],
            [{"code": 1, "note": "n", "of": []}],
        ),
        (  # instances in lists are whole, in any order
            ":x",
            ':x a :E ; :code 1 ; :of ( :y :z ) ; :hidden "h" . :y a :E ; :code 2 ; :hidden "h" . '
            ':z a :E ; :code 3 ; :hidden "h" .',
            [{"code": 1, "of": [{"code": 3}, {"code": 2}]}],
            [{"code": 1, "of": [{"code": 3, "note": "n"}, {"code": 2}]}, {"code": 1, "of": [{"code": 2}]}],
        ),
    ],
)
def test_listed_instances_are_judged_as_in_published_schemas(aspect_of, values, more, fitting, failing):
    aspect = aspect_of(LISTED.format(values), INSTANCES + more)
    judge = validator(aspect)
    assert [judge.findings({"p": value}) for value in fitting] == [[] for _ in fitting]
    assert {finding.code for value in failing for finding in judge.findings({"p": value})} <= {"samm/enumeration"}
    assert all(judge.findings({"p": value}) for value in failing)
    assert judge.is_valid(example(aspect))


@pytest.mark.parametrize(
    ("data_type", "least", "most"),
    [
        ("xsd:anyURI", 0, 8),
        ("xsd:anyURI", 60, 70),
        ("xsd:hexBinary", 2, 4),
        ("xsd:base64Binary", 8, 8),
        ("xsd:string", 40, 40),
    ],
)
def test_examples_have_the_length_that_is_asked_for(aspect_of, data_type, least, most):
    constraint = f"[ a samm-c:LengthConstraint ; samm-c:minValue {least} ; samm-c:maxValue {most} ]"
    aspect = aspect_of(
        f"[ a samm-c:Trait ; samm-c:baseCharacteristic [ a samm:Characteristic ; samm:dataType {data_type} ] ; "
        f"samm-c:constraint {constraint} ]"
    )
    for seed in range(5):
        assert validator(aspect).findings(example(aspect, seed), strict=True) == []


def test_an_example_of_half_a_pattern_is_still_one_of_its_type(aspect_of):
    aspect = aspect_of(
        "[ a samm-c:Trait ; samm-c:baseCharacteristic samm-c:Timestamp ; "
        'samm-c:constraint [ a samm-c:RegularExpressionConstraint ; samm:value "^20" ] ]'
    )
    assert re.match(r"20..-..-..T..:..:..Z", example(aspect)["p"])


def test_a_value_listed_twice_stands_once_in_the_schema(aspect_of):
    aspect = aspect_of('[ a samm-c:Enumeration ; samm:dataType xsd:string ; samm-c:values ( "a" "b" "a" ) ]')
    assert "['a', 'b']" in str(validator(aspect).schema)
