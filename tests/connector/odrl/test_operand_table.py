"""Walks every row and cell of the operand table, and compares it with the published constraint schemas."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.odrl import decision
from connector.odrl.deciders import DECIDERS, PROHIBITIONS
from connector.odrl.decision import Fact, Facts, Recipient
from connector.odrl.explain import explain
from connector.odrl.facts import FACTS
from connector.odrl.operands import MANDATORY, OPERANDS, WITHDRAWN, Operand, Phase
from connector.odrl.policy import check, parse, structure, wire
from connector.odrl.vocabulary import OPERATORS, SET_OPERATORS

SCHEMAS = Path(__file__).resolve().parents[3] / "../shared/reference/catena-x/policy-2025-9"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
BPN = "BPNL00000000ABCD"
D, L, DUTY, N = "decided", "legal-term", "duty", "no-question"
TERM = (N, N, L, L, L, L)
HANDLED = {
    # operand: catalog, offer, agreement, transfer, request, after
    "Membership": (D, D, D, D, D, D),
    "FrameworkAgreement": (D, D, D, D, D, D),
    "BusinessPartnerNumber": (D, D, D, D, D, D),
    "BusinessPartnerGroup": (D, D, D, D, D, D),
    "Dismantler": (D, D, D, D, D, D),
    "Dismantler.activityType": (D, D, D, D, D, D),
    "Dismantler.allowedBrands": (D, D, D, D, D, D),
    "UsagePurpose": (N, D, D, D, D, D),
    "ContractReference": TERM,
    "AffiliatesBpnl": (N, N, N, N, D, D),
    "AffiliatesRegion": (N, N, N, N, D, D),
    "DataFrequency": (N, N, N, D, D, N),
    "count": (N, N, N, D, D, N),
    "VersionChanges": (N, N, N, D, D, N),
    "ContractTermination": (N, N, L, N, N, DUTY),
    "ConfidentialInformationMeasures": TERM,
    "ConfidentialInformationSharing": (N, N, L, N, D, D),
    "ExclusiveUsage": (N, D, D, N, N, N),
    "Warranty": TERM,
    "WarrantyDurationMonths": TERM,
    "WarrantyDefinition": TERM,
    "Liability": TERM,
    "JurisdictionLocation": TERM,
    "JurisdictionLocationReference": TERM,
    "Precedence": TERM,
    "DataUsageEndDate": (D, D, D, D, D, D),
    "DataUsageEndDurationDays": (N, N, N, D, D, D),
    "DataUsageEndDefinition": (N, N, N, D, D, D),
    "UsageRestriction": (N, N, N, N, D, D),
    "DataProvisioningEndDate": (N, D, D, D, D, N),
    "DataProvisioningEndDurationDays": (N, N, N, D, D, N),
    "inForceDate": (D, D, D, D, D, D),
}
LATE = datetime(2030, 1, 1, tzinfo=UTC)
ASKED = {"recipient": Recipient("BPNL0000000000XX"), "uses": frozenset({"share"})}
BARE = Facts(now=LATE, agreement_signed_at=datetime(2020, 1, 1, tzinfo=UTC), **ASKED)
"""Nothing is known of who asks, and the data are to be given on: whatever is decided refuses."""
FULL = Facts(
    now=datetime(2026, 6, 2, tzinfo=UTC),
    bpn=Fact(BPN),
    membership=Fact("active"),
    framework_agreements={"DataExchangeGovernance": Fact(frozenset({"1.0"}))},
    groups=frozenset({"Contract 7/2026"}),
    dismantler=Fact({"activityType": "Contract 7/2026", "allowedVehicleBrands": ["Contract 7/2026", "other"]}),
    purposes=frozenset({"cx.core.legalRequirementForThirdparty:1"}),
    agreement_signed_at=datetime(2026, 6, 1, tzinfo=UTC),
    deliveries=0,
    version_change="minor",
    other_holders=frozenset(),
    terms_accepted=True,
    recipient=Recipient(BPN, "europe", "affiliate"),
)
"""Everything that one partner could show."""
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
    assert OPERANDS.keys() == HANDLED.keys()
    decided = {name for name, cells in HANDLED.items() if D in cells}
    assert set(DECIDERS) | set(PROHIBITIONS) == decided
    assert set(PROHIBITIONS) == {name for name, row in OPERANDS.items() if "prohibition" in row.places}
    assert set(MANDATORY) <= OPERANDS.keys()
    assert not set(WITHDRAWN) & OPERANDS.keys()


def test_every_operand_reads_a_fact_or_only_the_clock():
    read = {operand for row in FACTS for operand in row.operands}
    assert read == HANDLED.keys() - {"DataUsageEndDate", "DataUsageEndDefinition", "DataProvisioningEndDate"}
    assert {row.name for row in FACTS} | {"now"} == set(Facts.__slots__)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_accepts_its_operators_and_values_in_its_places_only(row):
    for operator in OPERATORS:
        value = [good(row)] if operator in SET_OPERATORS else good(row)
        found = errors(policy_of(row, operator, value))
        assert found == (set() if operator in row.operators else {"odrl/operator"}), operator
    for place in PLACES:
        is_free = row.origin in ("EDC", "ODRL") and place.endswith("permission")
        expected = set() if place in row.places or is_free else {"odrl/operand-place"}
        assert errors(policy_of(row, place=place)) == expected, place
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
        assert row.iri.startswith(("https://", "http://www.w3.org/ns/odrl/2/"))
        again = parse({"permission": wire(policy)["permission"]}, kind=policy.kind)
        assert next(again.rules[0].atoms()).operand == row.name
    assert str(good(row)) in explain(policy)[1]
    assert ("a person" in explain(policy)[1]) is (L in HANDLED[row.name])


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_cell_operand_by_phase_does_what_the_table_says(row, phase):
    """With nothing known, what is decided or must be accepted refuses by name; with all known, it permits."""
    handling = HANDLED[row.name][list(Phase).index(phase)]
    assert row.phases[phase] == handling
    for value in row.values or (None,):
        shaped = [value] if value is not None and row.operators[0] in SET_OPERATORS else value
        plan = decision.compile(policy_of(row, value=shaped), profile="open")
        bare = plan.decide(BARE, phase)
        is_other_use = row.name == "UsageRestriction" and value != "cx.thirdParty.forbidden:1"
        if handling in ("no-question", "duty") or value in UNLIMITED or is_other_use:
            assert bare.permitted
        else:
            assert (bare.permitted, bare.operand, bare.outcome) == (False, row.name, "refused")
            assert row.name in bare.sentence
            assert bare.code == ("odrl/terms-not-accepted" if handling == "legal-term" else bare.code)
    operator = "lteq" if row.name == "inForceDate" else None
    assert decision.compile(policy_of(row, operator), profile="open").decide(without(row), phase).permitted


UNLIMITED = ("cx.dataFrequency.unlimited:1", "cx.dataUsageEnd.unlimited:1")


def without(row):
    """All that is known; a restriction of third parties lets nobody else have the data."""
    return replace(FULL, recipient=None) if row.name == "UsageRestriction" else FULL


@pytest.mark.parametrize(("value", "owed"), [("cx.data.deletion:1", ("delete",)), ("cx.data.keeping:1", ())])
def test_the_duty_of_the_table_is_owed_where_it_was_agreed(value, owed):
    plan = decision.compile(policy_of(OPERANDS["ContractTermination"], value=value), profile="open")
    for phase in Phase:
        outcome = plan.decide(FULL, phase)
        assert outcome.duties == (owed if phase is Phase.AFTER else ())
        assert outcome.outcome == ("needs-a-duty" if outcome.duties else "permitted")


@pytest.mark.parametrize(
    "name", [*WITHDRAWN, "Membershiр", "Dismantler.other", "https://example.org/Membership", "membership"]
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


@pytest.mark.parametrize("row", [row for row in ROWS if row.origin == "CX-0152"], ids=lambda row: row.name)
def test_a_row_agrees_with_the_published_schema(row):
    properties, definitions = schema_of(row)
    operator = properties["operator"]
    assert set(row.operators) == set(operator.get("enum", [operator.get("const")]))
    constants = {each["const"] for each in definitions.values() if "const" in each}
    constants |= {properties["rightOperand"]["const"]} if "const" in properties["rightOperand"] else set()
    newer = {"cx.engineering.base:1", "cx.materialaccounting.base:1", "cx.esdscom.base:1", "cx.ecu.base:1"}
    assert set(row.values) - newer == constants
    assert (properties["rightOperand"].get("type") == "array") is (row.operators[0] in SET_OPERATORS)
