"""Decisions on facts: what holds, what does not, and the reason that is given."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid
from connector.odrl import decision
from connector.odrl.decision import Fact, Facts, Phase, purposes_of
from connector.odrl.policy import digest, parse

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOON, PAST = NOW + timedelta(days=1), NOW - timedelta(seconds=1)
PAST_TEXT, NOW_TEXT = (moment.isoformat().replace("+00:00", "Z") for moment in (PAST, NOW))
BPN = "BPNL00000000ABCD"
EVERY = list(Phase)


def policy(*atoms, action="use"):
    members = [{"leftOperand": left, "operator": operator, "rightOperand": right} for left, operator, right in atoms]
    return parse({"permission": [{"action": action, "constraint": [{"and": members}]}]})


def plan(*atoms, action="use"):
    return decision.compile(policy(*atoms, action=action), profile="open")


ACCESS = plan(("Membership", "eq", "active"), ("BusinessPartnerNumber", "isAnyOf", [BPN]), action="access")
FULL = Facts(
    now=NOW,
    participant_id="did:web:peer",
    bpn=Fact(BPN, SOON),
    membership=Fact("active", SOON, "urn:uuid:1"),
    framework_agreements={"DataExchangeGovernance": Fact(frozenset({"1.0"}), SOON)},
    purposes=frozenset({"cx.circular.dpp:1"}),
    agreement_signed_at=NOW,
)


@pytest.mark.parametrize("phase", EVERY)
def test_a_member_with_an_admitted_number_sees_the_offer(phase):
    outcome = ACCESS.decide(FULL, phase)
    assert outcome.as_dict() == {
        "permitted": True,
        "outcome": "permitted",
        "code": "odrl/permitted",
        "sentence": "every constraint of the policy holds",
    }


@pytest.mark.parametrize(
    ("facts", "code", "operand", "found", "said"),
    [
        (Facts(now=NOW), "odrl/credential-missing", "Membership", None, "none was presented"),
        (
            Facts(now=NOW, membership=Fact("active", PAST)),
            "odrl/credential-expired",
            "Membership",
            PAST_TEXT,
            f"the one presented ended at {PAST_TEXT}",
        ),
        (
            Facts(now=NOW, membership=Fact("active", NOW)),
            "odrl/credential-expired",
            "Membership",
            NOW_TEXT,
            "ended",
        ),
        (
            Facts(now=NOW, membership=Fact("suspended")),
            "odrl/credential-differs",
            "Membership",
            "suspended",
            "it is suspended",
        ),
        (
            Facts(now=NOW, membership=Fact("active")),
            "odrl/credential-missing",
            "BusinessPartnerNumber",
            None,
            "business partner number credential",
        ),
        (
            Facts(now=NOW, membership=Fact("active"), bpn=Fact("BPNL0000000000XX")),
            "odrl/partner-not-admitted",
            "BusinessPartnerNumber",
            "BPNL0000000000XX",
            "not among the numbers admitted",
        ),
        (
            Facts(now=NOW, membership=Fact("active"), bpn=Fact(BPN, PAST)),
            "odrl/credential-expired",
            "BusinessPartnerNumber",
            PAST_TEXT,
            "ended",
        ),
    ],
)
def test_access_is_refused_with_the_reason(facts, code, operand, found, said):
    outcome = ACCESS.decide(facts, Phase.CATALOG)
    assert (outcome.permitted, outcome.code, outcome.operand, outcome.found) == (False, code, operand, found)
    assert outcome.wanted == ("active" if operand == "Membership" else [BPN])
    assert said in outcome.sentence
    assert outcome.rule == f"/permission/0/constraint/0/and/{0 if operand == 'Membership' else 1}"


def test_excluded_numbers_and_unknown_ones_are_refused():
    shut = plan(("BusinessPartnerNumber", "isNoneOf", [BPN]), action="access")
    assert shut.decide(FULL, "catalog").code == "odrl/partner-not-admitted"
    assert shut.decide(Facts(now=NOW, bpn=Fact("BPNL0000000000XX")), "catalog").permitted
    assert shut.decide(Facts(now=NOW), "catalog").code == "odrl/credential-missing"


@pytest.mark.parametrize(
    ("agreements", "code"),
    [
        ({"DataExchangeGovernance": Fact(frozenset({"1.0"}))}, "odrl/permitted"),
        ({"DataExchangeGovernance": Fact(frozenset({"0.9", "1.0"}))}, "odrl/permitted"),
        ({"DataExchangeGovernance": Fact(frozenset({"1.0.0", "1"}))}, "odrl/credential-differs"),
        ({"DataExchangeGovernance": Fact(frozenset())}, "odrl/credential-differs"),
        ({"DataExchangeGovernance": Fact(frozenset({"1.0"}), PAST)}, "odrl/credential-expired"),
        ({"Pcf": Fact(frozenset({"1.0"}))}, "odrl/credential-missing"),
        ({}, "odrl/credential-missing"),
    ],
)
def test_the_framework_agreement_by_name_and_version(agreements, code):
    frame = plan(("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"))
    for phase in EVERY:
        assert frame.decide(Facts(now=NOW, framework_agreements=agreements), phase).code == code


@pytest.mark.parametrize("phase", [Phase.OFFER, Phase.AGREEMENT, Phase.TRANSFER, Phase.REQUEST, Phase.AFTER])
@pytest.mark.parametrize(
    ("asked", "code", "found"),
    [
        ({"cx.circular.dpp:1"}, "odrl/permitted", None),
        ({"cx.circular.dpp:1", "cx.pcf.base:1"}, "odrl/permitted", None),
        ({"cx.quality.base:1"}, "odrl/purpose-not-granted", ["cx.quality.base:1"]),
        ({"cx.circular.dpp:1", "cx.circular.dpp:2"}, "odrl/purpose-not-granted", ["cx.circular.dpp:2"]),
        ({"CX.CIRCULAR.DPP:1"}, "odrl/purpose-not-granted", ["CX.CIRCULAR.DPP:1"]),
        (set(), "odrl/purpose-not-stated", None),
        (None, "odrl/purpose-not-stated", None),
    ],
)
def test_the_purposes_asked_for_must_be_granted(phase, asked, code, found):
    granted = plan(("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1", "cx.pcf.base:1"]))
    outcome = granted.decide(Facts(now=NOW, purposes=None if asked is None else frozenset(asked)), phase)
    assert (outcome.code, outcome.found) == (code, found)


def test_a_refused_purpose_says_what_is_granted_and_what_was_asked():
    granted = plan(("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1"]))
    outcome = granted.decide(Facts(now=NOW, purposes=frozenset({"cx.pcf.base:1"})), Phase.OFFER)
    assert outcome.sentence == "UsagePurpose: granted is cx.circular.dpp:1, asked for is cx.pcf.base:1"
    assert outcome.wanted == ["cx.circular.dpp:1"]


@pytest.mark.parametrize("phase", EVERY)
def test_use_ends_after_the_date_not_at_it(phase):
    until = plan(("DataUsageEndDate", "eq", "2026-06-01T14:00:00+02:00"))
    assert until.decide(Facts(now=NOW), phase).permitted
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert until.decide(Facts(now=tokyo), phase).permitted
    outcome = until.decide(Facts(now=NOW + timedelta(microseconds=1)), phase)
    assert outcome.code == "odrl/usage-ended"
    assert "ended at 2026-06-01T12:00:00Z" in outcome.sentence


@pytest.mark.parametrize("days", [30, "30", "0030"])
@pytest.mark.parametrize("phase", [Phase.TRANSFER, Phase.REQUEST, Phase.AFTER])
def test_days_count_from_the_agreement(phase, days):
    for_days = plan(("DataUsageEndDurationDays", "eq", days))
    assert for_days.decide(Facts(now=NOW, agreement_signed_at=NOW - timedelta(days=30)), phase).permitted
    late = Facts(now=NOW, agreement_signed_at=NOW - timedelta(days=30, seconds=1))
    assert for_days.decide(late, phase).code == "odrl/usage-ended"
    assert for_days.decide(Facts(now=NOW), phase).code == "odrl/agreement-not-signed"
    last = datetime(9990, 1, 1, tzinfo=UTC)
    longest = plan(("DataUsageEndDurationDays", "eq", 999999))
    assert longest.decide(Facts(now=last, agreement_signed_at=last), phase).permitted


def test_before_an_agreement_days_ask_nothing():
    for_days = plan(("DataUsageEndDurationDays", "eq", 0))
    assert for_days.decide(Facts(now=NOW), Phase.OFFER).permitted


def test_every_permission_must_hold():
    member = {"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}
    end = {"leftOperand": "DataUsageEndDate", "operator": "eq", "rightOperand": "2020-01-01T00:00:00Z"}
    rules = [{"action": "use", "constraint": [each]} for each in (member, end)]
    both = decision.compile(parse({"permission": rules}), profile="open")
    assert both.decide(FULL, Phase.REQUEST).code == "odrl/usage-ended"


def test_a_plan_is_named_by_the_digest_of_its_policy_and_holds_no_state():
    made = policy(("Membership", "eq", "active"))
    one = decision.compile(made, profile="open")
    assert one.digest == digest(made)
    outcomes = [one.decide(facts, Phase.REQUEST).permitted for facts in (FULL, Facts(now=NOW), FULL)]
    assert outcomes == [True, False, True]


def test_a_long_list_of_partners_does_not_fill_the_answer():
    numbers = [f"BPNL{number:012d}" for number in range(5000)]
    wide = plan(("BusinessPartnerNumber", "isAnyOf", numbers), action="access")
    assert wide.decide(Facts(now=NOW, bpn=Fact(numbers[-1])), "catalog").permitted
    outcome = wide.decide(FULL, "catalog")
    assert len(outcome.wanted) == 11
    assert outcome.wanted[-1] == "and 4990 more"


def test_a_phase_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="someday"):
        ACCESS.decide(FULL, "someday")


@pytest.mark.parametrize(
    "members",
    [
        {"now": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"now": NOW, "agreement_signed_at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"now": NOW, "membership": Fact("active", datetime(2026, 1, 1))},  # noqa: DTZ001
    ],
)
def test_times_without_zone_are_refused(members):
    with pytest.raises(Invalid) as caught:
        Facts(**members)
    assert caught.value.code == "odrl/time-without-zone"


def test_the_purposes_of_a_request():
    asked = policy(("UsagePurpose", "isAnyOf", ["b", "a"]), ("Membership", "eq", "active"))
    assert purposes_of(asked) == {"a", "b"}
    assert purposes_of(parse({})) == frozenset()


@given(
    granted=st.sets(st.sampled_from("abcdef"), min_size=1),
    asked=st.none() | st.frozensets(st.sampled_from("abcdefg")),
    member=st.sampled_from([None, "active", "suspended"]),
    left=st.integers(-3, 3),
)
def test_nothing_is_permitted_that_a_plain_reading_does_not_permit(granted, asked, member, left):
    made = plan(("UsagePurpose", "isAnyOf", sorted(granted)), ("Membership", "eq", "active"))
    end = NOW + timedelta(seconds=left)
    facts = Facts(now=NOW, purposes=asked, membership=Fact(member, end) if member else None)
    expected = bool(asked) and asked <= granted and member == "active" and left > 0
    assert made.decide(facts, Phase.REQUEST).permitted is expected
