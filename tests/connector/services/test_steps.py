"""Steps of a participant's rule as values, and the settings that they come from."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.dsp import negotiation
from connector.notation.problems import Invalid
from connector.records.exchange import Negotiation
from connector.services.exchange.behaviour import (
    NEGOTIATION_KINDS,
    PROCEED,
    WAIT,
    Occasion,
    Step,
    chosen,
    due_step,
    message_of,
    planned,
)
from connector.settings import read

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def asked(behaviour: Any, proposed: Step) -> tuple[Step, Negotiation]:
    """What comes of `behaviour` at a request, and the record."""
    record = Negotiation(
        id="n",
        role="provider",
        state="REQUESTED",
        counterparty="c",
        counterparty_address="",
        created_at=NOW,
        updated_at=NOW,
    )
    occasion = Occasion(record, "request", "consumer", proposed)

    def check(step: Step) -> None:
        negotiation.decide(record.state, message_of("provider", step.action, NEGOTIATION_KINDS), own="provider")

    return chosen(behaviour, occasion, check), record


def test_a_rule_cannot_change_the_record() -> None:
    def meddle(occasion: Occasion) -> Step:
        occasion.record.state = "FINALIZED"
        return occasion.proposed

    step, record = asked(meddle, Step("agree"))
    assert step == Step("agree")
    assert record.state == "REQUESTED"


def test_to_proceed_later_is_the_proposed_step_later() -> None:
    assert asked(lambda _: Step("proceed", after=7), Step("agree"))[0] == Step("agree", after=7)
    assert asked(lambda _: PROCEED, WAIT)[0] == WAIT


@pytest.mark.parametrize("action", ["accept", "verify", "finalize", "start", "suspend"])
def test_what_is_not_possible_here_is_left_to_a_person(action: str) -> None:
    assert asked(lambda _: Step(action), Step("agree"))[0] == WAIT


def test_steps_outside_of_the_vocabulary_do_not_exist() -> None:
    for members in ({"action": "ship"}, {"action": ""}, {"action": "agree", "after": -1}):
        with pytest.raises(ValueError, match=r"action|at once"):
            Step(**members)
    assert PROCEED.action == "proceed"


def test_a_kept_step_is_the_step() -> None:
    step = Step("counter", after=1500, code="c", reasons=("a", "b"), offer={"x": 1})
    plan = planned(step, NOW, "p")
    assert (plan.due - NOW).total_seconds() == 1.5
    assert due_step(plan) == Step("counter", 0, "c", ("a", "b"), {"x": 1})


def test_a_name_that_is_no_did_wants_the_mock_identity() -> None:
    document = {"node": {"name": "maker", "did": "THE_MAKER"}, "public": {"port": 1}, "management": {"port": 2}}
    with pytest.raises(Invalid) as caught:
        read(document)
    assert [finding.pointer for finding in caught.value.findings] == ["/node/did"]
    settings = read({**document, "identity": {"unsafe_mock_identity": True}})
    assert settings.node.did == "THE_MAKER"
    assert settings.policy_profile == "open"
    strict = read({**document, "identity": {"unsafe_mock_identity": True}, "exchange": {"policy_profile": "catena-x"}})
    assert strict.policy_profile == "catena-x"
