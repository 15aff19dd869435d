"""A corpus of policies that break one rule each: the code and, where they can say it, the shapes name the same rule."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.odrl import decision
from connector.odrl.decision import Facts, Phase
from connector.odrl.policy import check, parse, structure
from connector.odrl.shapes import shacl_findings
from connector.odrl.vocabulary import CX_POLICY

SHAPES = (Path(__file__).resolve().parents[3] / "policies/shapes.ttl").read_text()
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def atom(left, operator, right):
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


MEMBER = atom("Membership", "eq", "active")
FRAME = atom("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0")
DPP = atom("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1"])
UNTIL = atom("DataUsageEndDate", "eq", "2027-01-31T12:00:00Z")
DAYS = atom("DataUsageEndDurationDays", "eq", 30)
PARTNERS = atom("BusinessPartnerNumber", "isAnyOf", ["BPNL00000000ABCD"])
RESTRICTION = atom("UsageRestriction", "isAllOf", ["cx.thirdParty.forbidden:1"])
PROVISION = atom("DataProvisioningEndDate", "eq", "2027-01-31T12:00:00Z")


def rule(action, *atoms, joint="and"):
    return {"action": action, "constraint": [{joint: list(atoms)}]} if atoms else {"action": action}


def policy(**kinds):
    return {"@type": "Set", "profile": CX_POLICY, **{kind: [rules] for kind, rules in kinds.items()}}


def use(*atoms, **others):
    return policy(permission=rule("use", FRAME, DPP, *atoms), **others)


def access(*atoms, **others):
    return policy(permission=rule("access", *atoms), **others)


GOOD = {
    "access for members": access(MEMBER),
    "access for partners": access(MEMBER, PARTNERS),
    "access for all but": access(MEMBER, atom("BusinessPartnerNumber", "isNoneOf", ["BPNL00000000ABCD"])),
    "access by framework": access(FRAME),
    "access without condition": access(),
    "use": use(),
    "use by members": use(MEMBER),
    "use until": use(UNTIL),
    "use for days": use(DAYS),
    "use for days as text": use(atom("DataUsageEndDurationDays", "eq", "365")),
    "two purposes": policy(permission=rule("use", FRAME, atom("UsagePurpose", "isAnyOf", ["cx.pcf.base:1", "ours"]))),
    "single constraint without and": policy(permission={"action": "access", "constraint": [MEMBER]}),
    "prohibition and obligation": use(prohibition=rule("use", RESTRICTION), obligation=rule("use", PROVISION)),
    "for dismantlers": access(
        atom("Dismantler", "eq", "active"),
        atom("Dismantler.activityType", "eq", "vehicleDismantle"),
        atom("Dismantler.allowedBrands", "isAnyOf", ["Brand A"]),
    ),
    "profile by schema": {**use(), "profile": [CX_POLICY + "schema/policy-schema.json"]},
}

BAD = {
    "no rule": (policy(), {"empty-policy"}),
    "prohibition only": (policy(prohibition=rule("use", RESTRICTION)), {"no-permission"}),
    "obligation only": (policy(obligation=rule("use", PROVISION)), {"no-permission"}),
    "foreign profile": ({**use(), "profile": "https://example.org/profile"}, {"profile"}),
    "no constraint": (policy(permission=rule("use")), {"mandatory-operand"}),
    "no purpose": (policy(permission=rule("use", FRAME)), {"mandatory-operand"}),
    "no framework": (policy(permission=rule("use", DPP)), {"mandatory-operand"}),
    "second permission bare": (
        {**use(), "permission": [use()["permission"][0], {"action": "use"}]},
        {"mandatory-operand"},
    ),
    "or": (policy(permission=rule("use", FRAME, DPP, joint="or")), {"logical-operator"}),
    "xone": (policy(permission=rule("use", FRAME, DPP, joint="xone")), {"logical-operator"}),
    "andSequence": (policy(permission=rule("use", FRAME, DPP, joint="andSequence")), {"logical-operator"}),
    "or within and": (use({"or": [MEMBER, UNTIL]}), {"logical-operator"}),
    "and within and": (use({"and": [MEMBER, UNTIL]}), {"one-and"}),
    "two constraints unjoined": (policy(permission={"action": "use", "constraint": [FRAME, DPP]}), {"one-and"}),
    "two ands": (
        policy(permission={"action": "use", "constraint": [{"and": [FRAME, DPP]}, {"and": [MEMBER]}]}),
        {"one-and"},
    ),
    "empty and": (policy(permission={"action": "access", "constraint": [{"and": []}]}), {"empty-and"}),
    "access with prohibition": (
        access(
            MEMBER,
            prohibition={"action": "access", "constraint": [atom("AffiliatesBpnl", "isAnyOf", ["BPNL00000000ABCD"])]},
        ),
        {"access-permission-only"},
    ),
    "access with obligation": (access(MEMBER, obligation=rule("access", PROVISION)), {"access-permission-only"}),
    "mixed actions": (use(prohibition=rule("access", RESTRICTION)), {"mixed-actions"}),
    "foreign action": (policy(permission=rule("http://www.w3.org/ns/odrl/2/distribute", FRAME, DPP)), {"action"}),
    "unknown operand": (use(atom("Certified", "eq", "active")), {"operand-unknown"}),
    "ODRL's count in the profile": (use(atom("odrl:count", "lteq", 10)), {"operand-unknown"}),
    "prohibition without constraint": (use(prohibition=rule("use")), {"rule-not-enforced"}),
    "dismantler prohibited": (use(prohibition=rule("use", atom("Dismantler", "eq", "active"))), {"operand-place"}),
    "activities by two": (use(atom("Dismantler.activityType", "eq", ["a", "b"])), {"value"}),
    "brands eq": (use(atom("Dismantler.allowedBrands", "eq", "a")), {"operator"}),
    "withdrawn operand": (use(atom("ManagedLegalEntityBpnl", "isAnyOf", ["BPNL00000000ABCD"])), {"operand-unknown"}),
    "look-alike operand": (use(atom("Mеmbership", "eq", "active")), {"operand-unknown"}),
    "purpose in access": (access(MEMBER, DPP), {"operand-place"}),
    "partner in usage": (use(PARTNERS), {"operand-place"}),
    "inForceDate in usage": (use(atom("inForceDate", "lteq", "contractAgreement+1d")), {"operand-place"}),
    "restriction in permission": (use(RESTRICTION), {"operand-place"}),
    "membership prohibited": (use(prohibition=rule("use", MEMBER)), {"operand-place"}),
    "usage end as obligation": (use(obligation=rule("use", UNTIL)), {"operand-place"}),
    "membership neq": (use(atom("Membership", "neq", "active")), {"operator"}),
    "purpose eq": (policy(permission=rule("use", FRAME, atom("UsagePurpose", "eq", "cx.pcf.base:1"))), {"operator"}),
    "unknown operator": (use(atom("Membership", "equals", "active")), {"operator"}),
    "membership inactive": (use(atom("Membership", "eq", "inactive")), {"value"}),
    "framework of another version": (
        policy(permission=rule("use", atom("FrameworkAgreement", "eq", "DataExchangeGovernance:2.0"), DPP)),
        {"value"},
    ),
    "no purposes": (policy(permission=rule("use", FRAME, atom("UsagePurpose", "isAnyOf", []))), {"value"}),
    "partner in small letters": (access(atom("BusinessPartnerNumber", "isAnyOf", ["BPNL00000000abcd"])), {"value"}),
    "partner with newline": (access(atom("BusinessPartnerNumber", "isAnyOf", ["BPNL00000000ABCD\n"])), {"value"}),
    "partner with Arabic digits": (
        access(atom("BusinessPartnerNumber", "isAnyOf", ["BPNL0000000\u0660ABCD"])),
        {"value"},
    ),
    "end without zone": (use(atom("DataUsageEndDate", "eq", "2027-01-31T12:00:00")), {"value"}),
    "end with newline": (use(atom("DataUsageEndDate", "eq", "2027-01-31T12:00:00Z\n")), {"value"}),
    "days negative": (use(atom("DataUsageEndDurationDays", "eq", -1)), {"value"}),
    "days with newline": (use(atom("DataUsageEndDurationDays", "eq", "30\n")), {"value"}),
    "days in Arabic digits": (use(atom("DataUsageEndDurationDays", "eq", "٣٠")), {"value"}),
    "days true": (use(atom("DataUsageEndDurationDays", "eq", True)), {"value"}),
    "two values for one": (use(atom("Membership", "eq", ["active", "passive"])), {"value"}),
    "two ends": (use(UNTIL, DAYS), {"exclusive-operands"}),
    "end and no end": (
        use(UNTIL, atom("DataUsageEndDefinition", "eq", "cx.dataUsageEnd.unlimited:1")),
        {"exclusive-operands"},
    ),
    "two warranties": (
        use(atom("WarrantyDurationMonths", "eq", 6), atom("WarrantyDefinition", "eq", "cx.warranty.contractEndDate:1")),
        {"exclusive-operands"},
    ),
    "two provisioning ends": (
        use(obligation=rule("use", PROVISION, atom("DataProvisioningEndDurationDays", "eq", 3))),
        {"exclusive-operands"},
    ),
    "purpose twice": (use(atom("UsagePurpose", "isAnyOf", ["cx.pcf.base:1"])), {"operand-twice"}),
    "end twice": (use(UNTIL, atom("DataUsageEndDate", "eq", "2028-01-31T12:00:00Z")), {"operand-twice"}),
}
CODE_ONLY = {
    "no day of the calendar": (use(atom("DataUsageEndDate", "eq", "2027-02-30T12:00:00Z")), {"value"}),
    "contract reference of spaces": (use(atom("ContractReference", "isAllOf", ["a\u200bb"])), {"value"}),
}


def broken(findings):
    return {each.code.removeprefix("odrl/") for each in findings if each.severity == "error"}


@pytest.mark.parametrize("name", GOOD)
def test_a_sound_policy_has_no_error_in_code_or_shapes(name):
    assert broken(structure(parse(GOOD[name]))) == set()
    assert broken(shacl_findings(GOOD[name], SHAPES)) == set()


@pytest.mark.parametrize("name", BAD)
def test_a_broken_rule_is_named_by_code_and_shapes(name):
    document, rules = BAD[name]
    assert broken(check(parse(document))) == rules
    assert broken(shacl_findings(document, SHAPES)) == rules


@pytest.mark.parametrize("name", CODE_ONLY)
def test_rules_that_shapes_cannot_say_are_named_by_code(name):
    document, rules = CODE_ONLY[name]
    assert broken(structure(parse(document))) == rules


@pytest.mark.parametrize("name", [*BAD, *CODE_ONLY])
def test_a_broken_policy_permits_nothing_at_any_moment(name):
    document, _ = {**BAD, **CODE_ONLY}[name]
    policy = parse(document)
    first = next(each for each in check(policy) if each.severity == "error")
    for phase in Phase:
        outcome = decision.compile(policy).decide(Facts(now=NOW), phase)
        assert (outcome.permitted, outcome.code, outcome.rule) == (False, first.code, first.pointer)
        assert outcome.sentence == first.message


def test_findings_say_where():
    findings = {each.code: each.pointer for each in check(parse(BAD["partner with newline"][0]))}
    assert findings == {"odrl/value": "/permission/0/constraint/0/and/0/rightOperand"}
    findings = {each.code: each.pointer for each in check(parse(BAD["two ends"][0]))}
    assert findings == {"odrl/exclusive-operands": "/permission/0/constraint/0/and/3"}
    full = {"http://www.w3.org/ns/odrl/2/permission": {"odrl:action": "use", "odrl:constraint": MEMBER}}
    pointers = {each.pointer for each in check(parse(full)) if each.code == "odrl/mandatory-operand"}
    assert pointers == {"/http:~1~1www.w3.org~1ns~1odrl~12~1permission"}


def test_a_rule_that_is_not_a_permission_must_say_something():
    for kind, found in (("prohibition", "odrl/rule-not-enforced"), ("obligation", "odrl/rule-not-enforced")):
        codes = [each.code for each in check(parse({**use(), kind: [{"action": "use"}]}))]
        assert codes == [found]
    assert check(parse(use(prohibition=rule("use", RESTRICTION)))) == []


def test_a_misspelt_purpose_of_the_profile_is_a_warning():
    document = policy(
        permission=rule("use", FRAME, atom("UsagePurpose", "isAnyOf", ["cx.circular.ddp:1", "free text"]))
    )
    assert [(each.code, each.severity, each.found) for each in check(parse(document))] == [
        ("odrl/purpose-unlisted", "warning", "cx.circular.ddp:1")
    ]


def test_several_permissions_are_a_warning():
    document = {**use(), "permission": use()["permission"] * 2}
    assert [(each.code, each.severity) for each in check(parse(document))] == [("odrl/one-rule", "warning")]


@pytest.mark.parametrize(
    "document",
    [{}, {"permission": []}, {"permission": {"action": "use"}}, {"permission": [{"action": "access"}]}],
)
@pytest.mark.parametrize("kind", ["access", "usage"])
def test_the_open_profile_takes_what_the_test_kits_send(document, kind):
    policy = parse(document, kind=kind)
    assert check(policy, profile="open") == []
    assert decision.compile(policy, profile="open").decide(Facts(now=NOW), Phase.OFFER).permitted
    outcome = decision.compile(policy).decide(Facts(now=NOW), Phase.OFFER)
    assert outcome.permitted is (kind == "access" and document == {"permission": [{"action": "access"}]})


def test_a_kind_that_was_asked_for_is_kept():
    assert parse(access(MEMBER)).kind == "access"
    assert parse(use()).kind == "usage"
    assert parse({}).kind == "usage"
    codes = {each.code for each in check(parse(use(), kind="access"))}
    assert codes == {"odrl/action", "odrl/operand-place"}
