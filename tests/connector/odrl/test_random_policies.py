"""No policy, request or credential set drawn at random is permitted unless an independent reading says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.odrl import decision
from connector.odrl.operands import Phase
from connector.odrl.policy import check, parse
from connector.odrl.scenario import read_facts
from connector.odrl.vocabulary import CX_POLICY
from tests.connector.odrl.reference_evaluator import permits

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
BPNS = ["BPNL000000000001", "BPNL000000000002", "BPNL000000000003"]
TIMES = [NOW + timedelta(seconds=step) for step in (-86400, -1, 0, 1, 86400)]
PURPOSES = ["cx.pcf.base:1", "cx.circular.dpp:1", "ours"]
DATES = st.sampled_from([moment.isoformat().replace("+00:00", "Z") for moment in TIMES])
DAYS = st.sampled_from(["0", "1", "30", "364", "365", "366"])


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, unique=True)


def one(operand: str, operator: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return values.map(lambda value: {"leftOperand": operand, "operator": operator, "rightOperand": value})


MEMBER = one("Membership", "eq", st.just("active"))
FRAME = one("FrameworkAgreement", "eq", st.just("DataExchangeGovernance:1.0"))
GROUPS = ["gold", "silver"]
ACCESS = [
    MEMBER,
    FRAME,
    *(one("BusinessPartnerNumber", operator, some(BPNS)) for operator in ("isAnyOf", "isNoneOf")),
    *(one("BusinessPartnerGroup", operator, some(GROUPS)) for operator in ("isAnyOf", "isNoneOf")),
]
REGIONS = ["cx.region.all:1", "cx.region.europe:1", "cx.region.asia:1"]
USAGE = [
    MEMBER,
    one("ContractReference", "isAllOf", some(["a", "b"])),
    one("AffiliatesBpnl", "isAnyOf", some(BPNS)),
    one("AffiliatesRegion", "isAnyOf", some(REGIONS)),
    one("DataFrequency", "eq", st.sampled_from(["cx.dataFrequency.once:1", "cx.dataFrequency.unlimited:1"])),
    one("VersionChanges", "eq", st.sampled_from(["cx.versionChanges.minor:1", "cx.versionChanges.major:1"])),
    one("ContractTermination", "eq", st.sampled_from(["cx.data.deletion:1", "cx.data.keeping:1"])),
    one(
        "ConfidentialInformationSharing",
        "isAnyOf",
        some(["cx.sharing.affiliates:1", "cx.sharing.managedLegalEntity:1"]),
    ),
    one("ExclusiveUsage", "eq", st.just("cx.exclusiveUsage.dataConsumer:1")),
    one("Liability", "eq", st.just("cx.grossNegligence:1")),
    one("Precedence", "eq", st.just("cx.precedence.rcAgreement:1")),
]
END = st.one_of(
    st.none(),
    one("DataUsageEndDate", "eq", DATES),
    one("DataUsageEndDurationDays", "eq", DAYS),
    one("DataUsageEndDefinition", "eq", st.just("cx.dataUsageEnd.unlimited:1")),
)
FORBIDDEN = [
    f"cx.{word}.forbidden:1"
    for word in ("thirdParty", "manipulation", "derivations", "extraordinaryAnalytics", "dataProviderRemoval")
]
PROHIBITED = (
    st.none() | one("UsageRestriction", "isAllOf", some(FORBIDDEN)) | one("AffiliatesBpnl", "isAnyOf", some(BPNS))
)
OBLIGED = st.none() | one("DataProvisioningEndDate", "eq", DATES) | one("DataProvisioningEndDurationDays", "eq", DAYS)


def rule(action: str, atoms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"action": action, "constraint": [{"and": atoms}]}]


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.integers(0, 3)) == 0:
        chosen = draw(st.lists(st.sampled_from(ACCESS), min_size=1, max_size=3))
        return {"permission": rule("access", _once([draw(each) for each in chosen])), "profile": CX_POLICY}
    chosen = draw(st.lists(st.sampled_from(USAGE), max_size=4))
    purpose = draw(one("UsagePurpose", "isAnyOf", some(PURPOSES)))
    atoms = [draw(FRAME), purpose, *(draw(each) for each in chosen), draw(END)]
    document = {"permission": rule("use", _once([each for each in atoms if each])), "profile": CX_POLICY}
    for kind, strategy in (("prohibition", PROHIBITED), ("obligation", OBLIGED)):
        found = draw(strategy)
        if found:
            document[kind] = rule("use", [found])
    return document


def _once(atoms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({each["leftOperand"]: each for each in atoms}.values())


def credentials(values: list[str]) -> st.SearchStrategy[dict[str, Any] | None]:
    held = st.fixed_dictionaries({"value": st.sampled_from(values), "validUntil": st.sampled_from([None, *TIMES])})
    return st.one_of(held, held, st.none())


RECIPIENTS = st.none() | st.fixed_dictionaries(
    {
        "bpn": st.sampled_from(BPNS),
        "region": st.sampled_from(["", "europe", "asia"]),
        "relation": st.sampled_from(["", "affiliate", "managedLegalEntity"]),
    }
)
SCENARIOS = st.fixed_dictionaries(
    {
        "at": st.just(NOW),
        "bpn": credentials(BPNS),
        "membership": credentials(["active", "active", "suspended"]),
        "frameworkAgreements": st.lists(
            credentials(["DataExchangeGovernance:1.0", "DataExchangeGovernance:1.0", "Pcf:1.0"]).filter(bool),
            max_size=1,
        ),
        "groups": st.lists(st.sampled_from(GROUPS), unique=True),
        "purposes": st.none() | st.lists(st.sampled_from([*PURPOSES, "other"]), unique=True),
        "signedAt": st.sampled_from([None, *(NOW - timedelta(days=days) for days in (0, 1, 30, 364, 365, 366))]),
        "deliveries": st.sampled_from([None, 0, 0, 1]),
        "versionChange": st.sampled_from([None, "none", "none", "minor", "major"]),
        "otherHolders": st.sampled_from([None, [], [], ["did:web:x"]]),
        "termsAccepted": st.sampled_from([True, True, False]),
        "uses": st.lists(
            st.sampled_from(["share", "manipulate", "derive", "analyse", "remove-provider"]), unique=True, max_size=2
        ),
        "recipient": RECIPIENTS,
    }
)


def written(scenario: dict[str, Any]) -> dict[str, Any]:
    """The scenario as JSON has it: times as text, what is not known left out."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items() if inner is not None}
        return [plain(each) for each in value] if isinstance(value, list) else value

    return {name: plain(value) for name, value in scenario.items() if value is not None}


@settings(max_examples=600, deadline=None)
@given(policies(), SCENARIOS)
def test_a_decision_is_that_of_the_reference_at_every_moment(
    document: dict[str, Any], scenario: dict[str, Any]
) -> None:
    policy = parse(document)
    assert [each for each in check(policy) if each.severity == "error"] == []
    plan, facts = decision.compile(policy), read_facts(written(scenario), NOW)
    for phase in Phase:
        outcome = plan.decide(facts, phase)
        assert outcome.permitted is permits(document, scenario, phase.value), (phase, outcome)
