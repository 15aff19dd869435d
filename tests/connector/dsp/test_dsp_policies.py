"""When two policies say the same, and what the filter of a catalog request asks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.dsp import policies, queries
from connector.dsp.queries import Criterion, Query
from connector.dsp.vocabulary import CX_POLICY, CX_POLICY_CONTEXT, DSPACE_CONTEXT, EDC, terms_of
from connector.notation.problems import Unprocessable

ONE = {"leftOperand": CX_POLICY + "Membership", "operator": "eq", "rightOperand": "active"}
TWO = {"leftOperand": CX_POLICY + "UsagePurpose", "operator": "isAnyOf", "rightOperand": ["a", "b"]}


def _policy(*constraints: Any, **more: Any) -> dict[str, Any]:
    return {"@id": "x", "permission": [{"action": "use", "constraint": [{"and": list(constraints)}]}], **more}


OFFER = _policy(ONE, TWO, **{"@type": "Offer", "target": "d", "assigner": "did:web:a"})

SAME: list[dict[str, Any]] = [
    _policy(ONE, TWO),
    _policy(TWO, ONE),
    _policy(ONE, {**TWO, "rightOperand": ["b", "a"]}, assignee="b", target="d", timestamp="t", assigner="did:web:a"),
    _policy({**ONE, "rightOperand": ["active"]}, TWO, prohibition=[], obligation=[]),
    _policy({**ONE, "rightOperand": {"@value": "active"}}, TWO, assigner={"@id": "did:web:a"}),
    _policy({**ONE, "rightOperand": {"@value": "active", "@type": "http://www.w3.org/2001/XMLSchema#string"}}, TWO),
    _policy({**ONE, "@type": "Constraint"}, TWO, **{"@type": "Agreement"}),
]
OTHERS: list[dict[str, Any]] = [
    _policy(ONE),
    _policy(ONE, TWO, TWO),
    _policy({**ONE, "operator": "neq"}, TWO),
    _policy({**ONE, "rightOperand": "Active"}, TWO),
    _policy({**ONE, "leftOperand": "Membership"}, TWO),
    _policy(ONE, {**TWO, "rightOperand": ["a"]}),
    _policy({**ONE, "rightOperand": {"@id": "active"}}, TWO),
    _policy({**ONE, "rightOperand": {"@value": "active", "@type": "urn:t"}}, TWO),
    _policy(ONE, TWO, prohibition=[{"action": "use"}]),
    _policy(ONE, TWO, profile="urn:p"),
    _policy(ONE, TWO, assigner="did:web:other"),
    {"@id": "x", "permission": [{"action": "use", "constraint": [{"or": [ONE, TWO]}]}]},
    {"@id": "x", "permission": [{"action": "use"}]},
    {"@id": "x", "prohibition": _policy(ONE, TWO)["permission"]},
    {"@id": "x"},
]


@pytest.mark.parametrize("other", SAME)
def test_policies_that_say_the_same(other: dict[str, Any]) -> None:
    assert policies.same_terms(OFFER, other)
    assert policies.same_terms(other, OFFER)


@pytest.mark.parametrize("other", OTHERS)
def test_policies_that_say_something_else(other: dict[str, Any]) -> None:
    assert not policies.same_terms(OFFER, other)
    assert not policies.same_terms(other, OFFER)


def test_order_counts_in_a_sequence() -> None:
    sequences = [
        {"permission": [{"action": "use", "constraint": [{"andSequence": s}]}]} for s in ([ONE, TWO], [TWO, ONE])
    ]
    assert not policies.same_terms(*sequences)


def test_standard_form_resolves_short_operands() -> None:
    short = {**ONE, "leftOperand": "Membership"}
    terms = terms_of((DSPACE_CONTEXT, CX_POLICY_CONTEXT))
    assert policies.standard(_policy(short, TWO), terms) == _policy(ONE, TWO)
    assert policies.standard({"permission": {"action": "cx-policy:access"}}, terms) == {
        "permission": [{"action": CX_POLICY + "access"}]
    }
    assert policies.standard({"permission": [{"action": "odrl:use"}]}, terms)["permission"] == [{"action": "use"}]


def test_a_typed_right_operand_has_its_type_in_full() -> None:
    value = {"@type": "xsd:date", "@value": "2026-11-21"}
    found = policies.standard({"rightOperand": [value]}, terms_of((DSPACE_CONTEXT,)))
    assert found["rightOperand"] == [{**value, "@type": "http://www.w3.org/2001/XMLSchema#date"}]


# --- catalog filters


SPEC = {"@type": "QuerySpec", "offset": 5, "limit": 10, "sortOrder": "DESC", "sortField": "id"}
CRITERION = {"@type": "Criterion", "operandLeft": EDC + "id", "operator": "=", "operandRight": "a"}


def test_a_query_in_short_and_full_names() -> None:
    wanted = Query(5, 10, "edc:id", True, (Criterion("edc:id", "=", ("a",)),))
    assert queries.read_filter([{**SPEC, "filterExpression": [CRITERION]}]) == wanted
    full = {EDC + name: value for name, value in {**SPEC, "filterExpression": CRITERION}.items() if name != "@type"}
    assert queries.read_filter([{**full, "@type": EDC + "QuerySpec"}]) == wanted
    assert queries.read_filter([]) == Query()
    assert queries.read_filter([{}]) == Query()


def test_a_quoted_path_names_the_property() -> None:
    criterion = {**CRITERION, "operandLeft": "'http://purl.org/dc/terms/type'.'@id'", "operator": "in"}
    (found,) = queries.read_filter([{"filterExpression": [{**criterion, "operandRight": ["a", "b"]}]}]).criteria
    assert found == Criterion("dct:type", "in", ("a", "b"))


@pytest.mark.parametrize(
    ("filter_", "named"),
    [
        ([SPEC, SPEC], "more than one query"),
        (["x"], "no QuerySpec"),
        ([{"sparql": "x"}], "sparql"),
        ([{"@type": "urn:other"}], "another type"),
        ([{"limit": -1}], "limit -1"),
        ([{"limit": "10"}], "limit '10'"),
        ([{"limit": True}], "limit True"),
        ([{"offset": 1.5}], "offset 1.5"),
        ([{"filterExpression": [{**CRITERION, "operator": "~"}]}], "operator '~'"),
        ([{"filterExpression": [{**CRITERION, "operator": ["=", "in"]}]}], "operator"),
        ([{"filterExpression": ["x"]}], "operator"),
        ([{"filterExpression": [{**CRITERION, "operandLeft": 5}]}], "without a property name"),
        ([{"filterExpression": [{**CRITERION, "operandRight": {"x": 1}}]}], "right operand"),
        ([{"filterExpression": [{**CRITERION, "operandRight": [[]]}]}], "right operand"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(filter_: list[Any], named: str) -> None:
    with pytest.raises(Unprocessable) as refusal:
        queries.read_filter(filter_)
    assert refusal.value.code == "dsp/filter"
    assert named in refusal.value.detail


@pytest.mark.parametrize(
    ("operator", "right", "values", "met"),
    [
        ("=", "a", ["a"], True),
        ("=", "a", ["A"], False),
        ("=", "a", [], False),
        ("=", True, ["true"], True),
        ("!=", "a", ["b"], True),
        ("!=", "a", ["a", "b"], False),
        ("!=", "a", [], True),
        ("in", ["a", "b"], ["b"], True),
        ("in", ["a", "b"], ["c"], False),
        ("like", "a%", ["abc"], True),
        ("like", "%c", ["abc"], True),
        ("like", "a%b%c", ["aXbYc"], True),
        ("like", "a%b%c", ["ac"], False),
        ("like", "ab%bc", ["abc"], False),
        ("like", "a.c", ["abc"], False),
        ("like", "A%", ["abc"], False),
        ("ilike", "A%", ["abc"], True),
    ],
)
def test_criteria(operator: str, right: Any, values: list[str], met: bool) -> None:
    criterion = {**CRITERION, "operator": operator, "operandRight": right}
    query = queries.read_filter([{"filterExpression": [criterion]}])
    assert queries.matches(query, lambda name: values if name == "edc:id" else []) is met


@given(st.text(alphabet="ab%", max_size=8), st.text(alphabet="ab", max_size=10))
def test_like_is_what_a_regular_expression_would_say(pattern: str, value: str) -> None:
    import re

    expected = re.fullmatch(pattern.replace("%", ".*"), value) is not None
    query = Query(criteria=(Criterion("edc:id", "like", (pattern,)),))
    assert queries.matches(query, lambda _: [value]) is expected
