"""What a request changes of an offer."""

import pytest

from connector.odrl.decision import compare
from connector.odrl.policy import parse

FRAME = ("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0")
DPP = ("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1"])
PCF = ("UsagePurpose", "isAnyOf", ["cx.pcf.base:1"])
BOTH = ("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1", "cx.pcf.base:1"])
DAYS = ("DataUsageEndDurationDays", "eq", "30")


def rule(*atoms, action="use", joint="and"):
    members = [{"leftOperand": left, "operator": operator, "rightOperand": right} for left, operator, right in atoms]
    return {"action": action, "constraint": [{joint: members}]} if members else {"action": action}


def policy(*rules, kind="permission", **members):
    return parse({"@type": "Offer", kind: list(rules), **members})


def seen(offer, requested):
    return [(each.code, each.severity, each.wanted, each.found, each.pointer) for each in compare(offer, requested)]


def test_another_purpose_is_named_on_both_sides():
    (finding,) = compare(policy(rule(FRAME, DPP)), policy(rule(FRAME, PCF)))
    assert finding.message == "UsagePurpose: the offer grants cx.circular.dpp:1, the request asks for cx.pcf.base:1"
    assert finding.code == "odrl/operand-differs"
    assert finding.pointer == "/permission/0/constraint/0/and/1"
    assert (finding.wanted, finding.found) == ([["cx.circular.dpp:1"]], [["cx.pcf.base:1"]])


def test_a_wider_purpose_is_an_error_and_a_narrower_one_is_not():
    assert [each[:2] for each in seen(policy(rule(DPP)), policy(rule(BOTH)))] == [("odrl/operand-differs", "error")]
    assert [each[:2] for each in seen(policy(rule(BOTH)), policy(rule(DPP)))] == [("odrl/purpose-narrowed", "info")]
    nothing = ("UsagePurpose", "isAnyOf", [])
    assert [each[:2] for each in seen(policy(rule(BOTH)), policy(rule(nothing)))] == [("odrl/operand-differs", "error")]


@pytest.mark.parametrize(
    ("offer", "requested", "expected"),
    [
        (
            [rule(FRAME, DPP, DAYS)],
            [rule(FRAME, DPP)],
            [("odrl/operand-missing", "error", ["30"], None, "/permission/0/constraint")],
        ),
        (
            [rule(DPP)],
            [rule(FRAME, DPP)],
            [("odrl/operand-added", "error", None, ["DataExchangeGovernance:1.0"], "/permission/0/constraint/0/and/0")],
        ),
        (
            [rule(DPP, DAYS)],
            [rule(DPP, ("DataUsageEndDurationDays", "eq", 31))],
            [("odrl/operand-differs", "error", ["30"], [31], "/permission/0/constraint/0/and/1")],
        ),
        (
            [rule(DPP)],
            [rule(DPP, action="http://www.w3.org/ns/odrl/2/distribute")],
            [("odrl/action-differs", "error", "use", "distribute", "/permission/0")],
        ),
        (
            [rule(FRAME), rule(DPP)],
            [rule(DPP)],
            [("odrl/rule-missing", "error", ["FrameworkAgreement"], None, "/permission")],
        ),
        ([rule(DPP)], [rule(DPP), rule(PCF)], [("odrl/rule-added", "error", None, ["UsagePurpose"], "/permission/1")]),
        (
            [rule(DPP, FRAME)],
            [rule(DPP, FRAME, joint="or")],
            [("odrl/structure-differs", "error", [], ["or"], "/permission/0")],
        ),
        ([rule(DPP, DAYS)], [rule(DAYS, DPP)], []),
        ([rule(DPP), rule(FRAME)], [rule(FRAME), rule(DPP)], []),
    ],
)
def test_each_difference_is_said_with_its_place(offer, requested, expected):
    assert seen(policy(*offer), policy(*requested)) == expected


def test_an_empty_request_leaves_out_every_condition():
    findings = compare(policy(rule(FRAME, DPP)), policy())
    assert [(each.code, each.severity) for each in findings] == [("odrl/operand-missing", "error")] * 2


def test_a_prohibition_that_was_dropped_or_added():
    plain = policy(rule(DPP))
    shut = parse(
        {"permission": [rule(DPP)], "prohibition": [rule(("AffiliatesBpnl", "isAnyOf", ["BPNL00000000ABCD"]))]}
    )
    assert [each.code for each in compare(shut, plain)] == ["odrl/rule-missing"]
    assert [each.code for each in compare(plain, shut)] == ["odrl/rule-added"]


def test_a_foreign_profile_is_a_difference():
    assert [each.code for each in compare(policy(rule(DPP)), policy(rule(DPP), profile="https://example.org/p"))] == [
        "odrl/profile-differs"
    ]


def test_the_operator_counts():
    one = policy(rule(("AffiliatesBpnl", "isAnyOf", ["BPNL00000000ABCD"])))
    other = policy(rule(("AffiliatesBpnl", "isNoneOf", ["BPNL00000000ABCD"])))
    (finding,) = compare(one, other)
    assert finding.message.endswith("the request says isNoneOf BPNL00000000ABCD")
