"""Documents that mean harm: refused with a reason, in bounded time, never with a crash."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.notation.problems import Problem
from connector.odrl import decision
from connector.odrl.decision import Facts, Phase
from connector.odrl.explain import explain
from connector.odrl.policy import canonical, check, parse, wire
from connector.odrl.shapes import shacl_findings
from connector.odrl.vocabulary import CX_POLICY, ODRL

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ATOM = {"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}


def permission(constraint):
    return {"permission": [{"action": "use", "constraint": constraint}]}


def nested(depth):
    node = ATOM
    for _ in range(depth):
        node = {"and": [node]}
    return permission([node])


CYCLE: dict = {"action": "use"}
CYCLE["constraint"] = [CYCLE]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "odrl/not-an-object"),
        ([], "odrl/not-an-object"),
        ("policy", "odrl/not-an-object"),
        (7, "odrl/not-an-object"),
        (nested(12), "odrl/too-deep"),
        (nested(50_000), "odrl/too-deep"),
        ({"permission": [CYCLE]}, "odrl/too-deep"),
        (permission([ATOM] * 20_000), "odrl/too-large"),
        (permission([{**ATOM, "rightOperand": ["BPNL00000000ABCD"] * 60_000}]), "odrl/too-large"),
        ({"permission": "use"}, "odrl/not-an-object"),
        ({"permission": [None]}, "odrl/not-an-object"),
        ({"permission": [[]]}, "odrl/not-an-object"),
        ({"permission": [{}]}, "odrl/action-missing"),
        ({"permission": [{"action": None}]}, "odrl/action"),
        ({"permission": [{"action": ["use", "use"]}]}, "odrl/action"),
        ({"permission": [{"action": {"@id": "use", "refinement": [ATOM]}}]}, "odrl/action"),
        ({"permissions": [{"action": "use"}]}, "odrl/unknown-member"),
        ({"permission": [{"action": "use", "constraints": [ATOM]}]}, "odrl/unknown-member"),
        ({"permission": [{"action": "use", "duty": [{"action": "delete"}]}]}, "odrl/unknown-member"),
        ({"inheritFrom": "https://example.org/p", "permission": [{"action": "use"}]}, "odrl/unknown-member"),
        ({"permission": [{"action": "use"}], "odrl:permission": []}, "odrl/member-twice"),
        ({"permission": [{"action": "use", ODRL + "action": "use"}]}, "odrl/member-twice"),
        ({"target": "a", "permission": [{"action": "use", "target": "b"}]}, "odrl/rule-party"),
        ({"permission": [{"action": "use", "assignee": "did:web:x"}]}, "odrl/rule-party"),
        ({"@type": "Ticket", "permission": [{"action": "use"}]}, "odrl/type"),
        ({"@type": 7}, "odrl/not-a-name"),
        ({"profile": [7]}, "odrl/profile"),
        ({"target": "\ud800"}, "odrl/not-text"),
        ({"\udfff": []}, "odrl/not-text"),
        (permission([{**ATOM, "rightOperand": ["active", "a\ud800b"]}]), "odrl/not-text"),
        ({"@context": {"x": {"@id": {}, "@type": "@id"}}, "permission": []}, "jsonld/expand"),
        ({"@context": {"@base": ""}, "target": "a", "permission": []}, "jsonld/expand"),
        ({"@context": {"@base": "@type"}, "@id": "a", "permission": []}, "jsonld/expand"),
        ({"@graph": [{"@id": "a"}], "permission": []}, "odrl/unknown-member"),
        ({"target": {"a": "b"}}, "odrl/not-a-name"),
        (permission("Membership"), "odrl/not-an-object"),
        (permission([{}]), "odrl/constraint"),
        (permission([{"leftOperand": "Membership", "operator": "eq"}]), "odrl/constraint"),
        (permission([{**ATOM, "leftOperand": ""}]), "odrl/constraint"),
        (permission([{**ATOM, "leftOperand": 7}]), "odrl/not-a-name"),
        (permission([{**ATOM, "leftOperand": ["Membership", "Membership"]}]), "odrl/not-a-name"),
        (permission([{**ATOM, "operator": None}]), "odrl/constraint"),
        (permission([{**ATOM, "and": [ATOM]}]), "odrl/constraint"),
        (permission([{"and": [ATOM], "or": [ATOM]}]), "odrl/constraint"),
        (permission([{**ATOM, "rightOperand": None}]), "odrl/right-operand"),
        (permission([{**ATOM, "rightOperand": {"a": 1}}]), "odrl/right-operand"),
        (permission([{**ATOM, "rightOperand": ["active", ["active", "x"]]}]), "odrl/right-operand"),
        (permission([{**ATOM, "unit": "days"}]), "odrl/unknown-member"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(document, code):
    begun = time.perf_counter()
    with pytest.raises(Problem) as caught:
        parse(document)
    assert time.perf_counter() - begun < 1
    assert caught.value.code == code
    assert caught.value.detail


def test_the_pointer_leads_to_the_place():
    with pytest.raises(Problem) as caught:
        parse(permission([{"and": [ATOM, {**ATOM, "extra": 1}]}]))
    assert caught.value.pointer == "/permission/0/constraint/0/and/1/extra"


@pytest.mark.parametrize(
    "value",
    [
        Decimal("30.0"),
        Decimal("NaN"),
        True,
        10**30,
        -1,
        "٣٠",
        "３０",
        "30\n",
        "0x1e",
        "1_0",
        "9" * 5000,
        "contractAgreement+1d",
    ],
)
def test_days_are_ascii_digits_or_a_small_integer(value):
    document = permission([{"leftOperand": "DataUsageEndDurationDays", "operator": "eq", "rightOperand": value}])
    findings = check(parse(document), profile="open")
    assert [each.code for each in findings] == ["odrl/value"]
    assert len(findings[0].message) < 400


@pytest.mark.parametrize(
    "left",
    [
        "membership",
        "Membership ",
        "Membership\n",
        "Mеmbership",
        "cx-policy:",
        CX_POLICY,
        CX_POLICY + "x/Membership",
        "x" * 9000,
    ],
)
def test_an_operand_that_looks_like_one_is_none(left):
    findings = check(parse(permission([{**ATOM, "leftOperand": left}])), profile="open")
    assert [each.code for each in findings] == ["odrl/operand-unknown"]
    assert len(findings[0].message) < 400


def test_ten_thousand_partners_are_fine():
    numbers = [f"BPNL{number:012d}" for number in range(10_000)]
    atom = {"leftOperand": "BusinessPartnerNumber", "operator": "isAnyOf", "rightOperand": numbers}
    policy = parse({"permission": [{"action": "access", "constraint": [atom]}]})
    begun = time.perf_counter()
    assert check(policy, profile="open") == []
    assert decision.compile(policy, profile="open").digest
    assert time.perf_counter() - begun < 2
    assert len(explain(policy)[1]) < 400


def test_one_wrong_partner_among_thousands_is_named():
    numbers = [f"BPNL{number:012d}" for number in range(5_000)] + ["BPNS000000000000"] * 50
    atom = {"leftOperand": "BusinessPartnerNumber", "operator": "isAnyOf", "rightOperand": numbers}
    (finding,) = check(parse({"permission": [{"action": "access", "constraint": [atom]}]}), profile="open")
    assert finding.found == ["BPNS000000000000"] * 10


def test_shapes_refuse_what_parse_refuses():
    for document in (None, nested(50_000), {"@context": "https://example.org/c"}):
        with pytest.raises(Problem):
            shacl_findings(document, "")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 40)
    | st.sampled_from(
        [
            "active",
            "use",
            "access",
            "Membership",
            "UsagePurpose",
            "DataUsageEndDurationDays",
            "eq",
            "isAnyOf",
            "",
            "@id",
            "x",
        ]
    )
)
NAMES = "permission prohibition action constraint and or leftOperand operator rightOperand profile target duty x"
SIGNS = "@id @value @list @type @context odrl:permission http://www.w3.org/ns/odrl/2/action"
KEYS = st.sampled_from([*NAMES.split(), *SIGNS.split()])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=25
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_any_document_is_read_or_refused_and_never_permitted_without_facts(document):
    try:
        policy = parse(document)
    except Problem:
        return  # any other exception fails the test
    assert canonical(policy) == canonical(parse(document))
    assert explain(policy)
    if policy.of_kind("permission"):
        parse(wire(policy))
    conditions = [atom for rule in policy.rules for atom in rule.atoms()]
    outcome = decision.compile(policy).decide(Facts(now=NOW), Phase.OFFER)
    if conditions or policy.kind == "usage":
        assert not outcome.permitted
