"""Walks every row and cell of the operand table, and compares it with the published constraint schemas."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.odrl import decision
from connector.odrl.deciders import DECIDERS
from connector.odrl.decision import Fact, Facts
from connector.odrl.explain import explain
from connector.odrl.facts import FACTS
from connector.odrl.operands import MANDATORY, OPERANDS, WITHDRAWN, Operand, Phase
from connector.odrl.policy import check, enforcement, parse, structure, wire
from connector.odrl.vocabulary import OPERATORS, SET_OPERATORS

SCHEMAS = Path(__file__).resolve().parents[3] / "../shared/reference/catena-x/policy-2025-9"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DECIDED = {
    "Membership",
    "FrameworkAgreement",
    "BusinessPartnerNumber",
    "UsagePurpose",
    "DataUsageEndDate",
    "DataUsageEndDurationDays",
}
GOOD = {
    "bpnl": "BPNL00000000ABCD",
    "text": "Contract 7/2026",
    "purpose": "cx.circular.dpp:1",
    "instant": "2027-01-31T12:00:00+01:00",
    "count": "30",
    "edc-instant": "contractAgreement+30d",
}
BAD = {
    "one-of": ["", "cx.nothing:1", "active ", "АCTIVE", 1, True],
    "bpnl": ["BPNL00000000abcd", "BPNL00000000ABCD\n", "BPNL0000000\u0660ABCD", "BPNS00000000ABCD", "", 7],
    "text": ["", " lead", "trail\n", "zero\u200bwidth", "x" * 2049, 7],
    "purpose": ["", "cx.circular.dpp:1\n", "\u202ecx", "x" * 2049, 7],
    "instant": [
        "2027-01-31",
        "2027-01-31T12:00:00",
        "2027-02-30T12:00:00Z",
        "2027-01-31T12:00:00Z\n",
        "٢027-01-31T12:00:00Z",
        7,
    ],
    "count": ["", "-1", "+1", "1.5", "٣٠", "30\n", " 30", "1000000", 1000000, -1, True],
    "edc-instant": ["contractAgreement+d", "contractAgreement+3w", "contractAgreement-3d", "now", "2027-01-31", 7],
}
PLACES = {
    "access-permission": ("access", "permission", "access"),
    "usage-permission": ("usage", "permission", "use"),
    "prohibition": ("usage", "prohibition", "use"),
    "obligation": ("usage", "obligation", "use"),
}
ROWS = list(OPERANDS.values())


def good(row: Operand):
    return row.values[0] if row.values else GOOD[row.form]


def policy_of(row: Operand, operator=None, value=None, place=None):
    operator = operator or row.operators[0]
    if value is None:
        value = [good(row)] if operator in SET_OPERATORS else good(row)
    kind, rule, action = PLACES[place or row.places[0]]
    constraint = {"leftOperand": row.name, "operator": operator, "rightOperand": value}
    return parse({"@type": "Set", rule: [{"action": action, "constraint": [constraint]}]}, kind=kind)


def errors(policy):
    return {finding.code for finding in structure(policy, profile="open") if finding.severity == "error"}


def test_the_table_has_every_operand_of_the_profile_and_edcs():
    assert len(OPERANDS) == 28
    assert {name for name, row in OPERANDS.items() if row.is_decided} == DECIDED == set(DECIDERS)
    assert set(MANDATORY) <= OPERANDS.keys()
    assert not set(WITHDRAWN) & OPERANDS.keys()


def test_every_decided_operand_reads_a_fact_or_only_the_clock():
    read = {operand for row in FACTS for operand in row.operands}
    assert read == DECIDED - {"DataUsageEndDate"}
    assert {row.name for row in FACTS} | {"now"} == set(Facts.__slots__)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_accepts_its_operators_and_values_in_its_places_only(row):
    for operator in OPERATORS:
        value = [good(row)] if operator in SET_OPERATORS else good(row)
        found = errors(policy_of(row, operator, value))
        assert found == (set() if operator in row.operators else {"odrl/operator"}), operator
    for place in PLACES:
        assert errors(policy_of(row, place=place)) == (set() if place in row.places else {"odrl/operand-place"}), place
    for value in row.values:
        assert not errors(policy_of(row, value=[value] if row.operators[0] in SET_OPERATORS else value))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_refuses_bad_values_with_pointer(row):
    is_set = row.operators[0] in SET_OPERATORS
    wrong = BAD["one-of" if row.form == "one-of" else row.form]
    shapes = [[good(row), each] for each in wrong] + [[]] if is_set else [*wrong, [good(row), good(row)], []]
    for value in shapes:
        findings = [
            each for each in structure(policy_of(row, value=value), profile="open") if each.code == "odrl/value"
        ]
        assert len(findings) == 1, value
        assert findings[0].pointer == f"/{policy_of(row).rules[0].kind}/0/constraint/0/rightOperand"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_written_as_a_full_iri_read_back_and_explained(row):
    policy = policy_of(row)
    if row.places[0] in ("access-permission", "usage-permission"):
        written = wire(policy)["permission"][0]["constraint"][0]["and"][0]
        assert written["leftOperand"] == row.iri
        assert row.iri.startswith("https://")
        again = parse({"permission": wire(policy)["permission"]}, kind=policy.kind)
        assert next(again.rules[0].atoms()).operand == row.name
    assert str(good(row)) in explain(policy)[1]
    assert ("refused" in explain(policy)[1]) is (row.name not in DECIDED)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_cell_operand_by_phase_is_decided_or_refused_by_name(row, phase):
    """Without a single fact, a decided cell refuses; a cell without question passes; any other refuses by name."""
    plan = decision.compile(policy_of(row), profile="open")
    outcome = plan.decide(Facts(now=datetime(2030, 1, 1, tzinfo=UTC)), phase)
    handling = row.phases[phase]
    if handling == "no-question":
        assert outcome.permitted
        assert row.name in ("UsagePurpose", "DataUsageEndDurationDays")
    elif handling == "decided":
        assert not outcome.permitted
        assert outcome.operand == row.name
        assert outcome.code not in ("odrl/operand-not-enforced", "odrl/operand-unknown")
        assert row.name in outcome.sentence
    else:
        assert handling == "not-yet"
        assert outcome.as_dict()["code"] == "odrl/operand-not-enforced"
        assert outcome.operand == row.name
        assert row.name in outcome.sentence
        assert [each.found for each in enforcement(policy_of(row))] == [row.name]


@pytest.mark.parametrize(
    "name", [*WITHDRAWN, "Membershiр", "Dismantler", "https://example.org/Membership", "membership"]
)
def test_an_operand_outside_the_table_is_refused_by_name(name):
    constraint = {"leftOperand": name, "operator": "eq", "rightOperand": "active"}
    policy = parse({"permission": [{"action": "access", "constraint": [constraint]}]})
    finding = next(each for each in check(policy) if each.code == "odrl/operand-unknown")
    assert finding.found == name
    facts = Facts(now=NOW, membership=Fact("active"), bpn=Fact("BPNL00000000ABCD"))
    outcome = decision.compile(policy, profile="open").decide(facts, Phase.CATALOG)
    assert (outcome.permitted, outcome.code, outcome.operand) == (False, "odrl/operand-unknown", name)


def schema_of(row: Operand):
    if not SCHEMAS.exists():
        pytest.skip("the published schemas are not on this machine")
    for path in (SCHEMAS / "constraint").glob("*.json"):
        definitions = json.loads(path.read_text())["definitions"]
        for definition in definitions.values():
            left = definition.get("properties", {}).get("leftOperand", {})
            if left.get("const") == row.name:
                return definition["properties"], definitions
    return None


@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "inForceDate"], ids=lambda row: row.name)
def test_a_row_agrees_with_the_published_schema(row):
    properties, definitions = schema_of(row)
    operator = properties["operator"]
    assert set(row.operators) == set(operator.get("enum", [operator.get("const")]))
    constants = {each["const"] for each in definitions.values() if "const" in each}
    constants |= {properties["rightOperand"]["const"]} if "const" in properties["rightOperand"] else set()
    newer = {"cx.engineering.base:1", "cx.materialaccounting.base:1", "cx.esdscom.base:1", "cx.ecu.base:1"}
    assert set(row.values) - newer == constants
    assert (properties["rightOperand"].get("type") == "array") is (row.operators[0] in SET_OPERATORS)
