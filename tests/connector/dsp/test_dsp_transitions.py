"""Every cell of the two state machines, legal and illegal, as received, as decided and as acknowledged."""

from __future__ import annotations

from itertools import product

import pytest

from connector.dsp import negotiation, transfer
from connector.dsp.transitions import OTHER, Machine, Role
from connector.notation.problems import Conflict

ROLES: tuple[Role, Role] = ("consumer", "provider")
MACHINES = {"negotiation": (negotiation.MACHINE, negotiation.KINDS), "transfer": (transfer.MACHINE, transfer.KINDS)}

# What may be received in the protocol's own states, written a second time as the specification's diagrams read:
# state: message+sender -> state. C consumer, P provider.
NEGOTIATION = """
-: request C REQUESTED, offer P OFFERED
REQUESTED: offer P OFFERED, agreement P AGREED, termination C TERMINATED, termination P TERMINATED
OFFERED: request C REQUESTED, accepted C ACCEPTED, termination C TERMINATED, termination P TERMINATED
ACCEPTED: agreement P AGREED, termination C TERMINATED, termination P TERMINATED
AGREED: verification C VERIFIED, termination C TERMINATED, termination P TERMINATED
VERIFIED: finalized P FINALIZED, termination C TERMINATED, termination P TERMINATED
FINALIZED:
TERMINATED:
"""
TRANSFER = """
-: request C REQUESTED
REQUESTED: start P STARTED, termination C TERMINATED, termination P TERMINATED
STARTED: completion C COMPLETED, completion P COMPLETED, suspension C SUSPENDED, suspension P SUSPENDED, \
termination C TERMINATED, termination P TERMINATED, start P STARTED
SUSPENDED: start C STARTED, start P STARTED, termination C TERMINATED, termination P TERMINATED
COMPLETED:
TERMINATED:
"""


def _diagram(text: str) -> dict[tuple[str | None, str, str], str]:
    roles = {"C": "consumer", "P": "provider"}
    found = {}
    for line in text.strip().splitlines():
        state, _, rows = line.partition(":")
        for row in filter(None, (row.strip() for row in rows.split(","))):
            kind, sender, new = row.split()
            found[(None if state == "-" else state, kind, roles[sender])] = new
    return found


DIAGRAMS = {"negotiation": _diagram(NEGOTIATION), "transfer": _diagram(TRANSFER)}


def _states(machine: Machine) -> list[str | None]:
    return [None, *machine.wire_states, *machine.settled]


CELLS = [
    (name, state, kind, role)
    for name, (machine, kinds) in MACHINES.items()
    for state, kind, role in product(_states(machine), kinds, ROLES)
]


@pytest.mark.parametrize(("name", "state", "kind", "sender"), CELLS)
def test_every_cell_of_what_is_received(name: str, state: str | None, kind: str, sender: Role) -> None:
    machine, _ = MACHINES[name]
    wanted = machine.received.get((state, kind, sender))
    if state not in machine.settled:
        assert wanted == DIAGRAMS[name].get((state, kind, sender))
    if wanted is not None:
        assert machine.receive(state, kind, sender=sender) == wanted
        return
    with pytest.raises(Conflict) as refusal:
        machine.receive(state, kind, sender=sender)
    assert refusal.value.code == "dsp/transition"
    assert kind in refusal.value.detail
    assert (state or "before anything exists") in refusal.value.detail
    for allowed in machine.allowed(state, sender):
        assert allowed in refusal.value.detail.partition(";")[2]


@pytest.mark.parametrize(("name", "state", "kind", "own"), CELLS)
def test_every_cell_of_what_is_decided(name: str, state: str | None, kind: str, own: Role) -> None:
    machine, _ = MACHINES[name]
    wanted = machine.decided.get((state, kind, own))
    if wanted is None:
        with pytest.raises(Conflict) as refusal:
            machine.decide(state, kind, own=own)
        assert refusal.value.code == "dsp/transition"
        assert kind in refusal.value.detail
        return
    assert machine.decide(state, kind, own=own) == wanted
    sent, settled = machine.settled[wanted]
    assert sent == kind
    if state not in machine.settled:
        # The counterparty, which receives it, comes to the state that the acknowledgement settles here.
        assert machine.receive(state, kind, sender=own) == settled == machine.acknowledged(wanted)


@pytest.mark.parametrize("name", MACHINES)
def test_whatever_may_be_received_may_be_decided_by_the_sender(name: str) -> None:
    machine, _ = MACHINES[name]
    for state, kind, sender in DIAGRAMS[name]:
        assert machine.decide(state, kind, own=sender) in machine.settled  # type: ignore[arg-type]


@pytest.mark.parametrize("name", MACHINES)
def test_acknowledgement_of_every_state(name: str) -> None:
    machine, kinds = MACHINES[name]
    for state in machine.wire_states:
        assert machine.acknowledged(state) == state
    for state, (sent, settled) in machine.settled.items():
        assert settled in machine.wire_states
        assert machine.acknowledged(state) == machine.acknowledged(state, sent) == settled
        for other in set(kinds) - {sent}:
            assert machine.acknowledged(state, other) == state


@pytest.mark.parametrize("name", MACHINES)
def test_the_wire_never_sees_a_state_under_way(name: str) -> None:
    machine, _ = MACHINES[name]
    for state in (*machine.wire_states, *machine.settled):
        assert machine.wire_state(state) in machine.wire_states
        assert machine.is_sending(state) == state.endswith("ING")
    for state in machine.wire_states:
        assert machine.wire_state(state) == state
    assert set(machine.shown) == set(machine.settled)


def test_the_state_before_is_shown_where_it_is_told() -> None:
    assert negotiation.wire_state("AGREEING", "ACCEPTED") == "ACCEPTED"
    assert negotiation.wire_state("AGREEING") == "REQUESTED"
    assert negotiation.wire_state("AGREEING", "OFFERING") == "REQUESTED"
    assert negotiation.wire_state("TERMINATING", "AGREED") == "TERMINATED"
    assert transfer.wire_state("RESUMING", "STARTED") == "STARTED"
    assert transfer.wire_state("RESUMING") == "SUSPENDED"


@pytest.mark.parametrize("name", MACHINES)
def test_nothing_follows_a_final_state(name: str) -> None:
    machine, kinds = MACHINES[name]
    assert {state for state in machine.wire_states if machine.is_final(state)} == machine.final_states
    for state, kind, role in product(machine.final_states, kinds, ROLES):
        assert (state, kind, role) not in machine.received
        assert (state, kind, role) not in machine.decided


@pytest.mark.parametrize("name", MACHINES)
def test_a_message_under_way_is_only_answered_by_the_other_side(name: str) -> None:
    """What the peer sends while ours is under way leads where our message's arrival and its own lead, or it crosses."""
    machine, _ = MACHINES[name]
    owners = {
        under_way: {own for (_, _, own), new in machine.decided.items() if new == under_way}
        for under_way in machine.settled
    }
    for (state, kind, sender), new in machine.received.items():
        if state not in machine.settled or state == "TERMINATING":
            continue
        assert OTHER[sender] in owners[state]  # type: ignore[index]
        settled = machine.settled[state][1]
        if (settled, kind, sender) in machine.received and new != state:
            assert new == machine.received[(settled, kind, sender)]


def test_the_agreement_must_have_arrived_when_it_is_verified() -> None:
    assert negotiation.receive("AGREEING", "verification", sender="consumer") == "VERIFIED"


@pytest.mark.parametrize(
    ("kind", "sender"), [("termination", "consumer"), ("offer", "provider"), ("request", "consumer")]
)
def test_an_end_that_is_decided_stands(kind: str, sender: Role) -> None:
    assert negotiation.receive("TERMINATING", kind, sender=sender) == "TERMINATING"


def test_a_late_acknowledgement_does_not_settle_the_next_message() -> None:
    state = negotiation.decide("REQUESTED", "agreement", own="provider")
    state = negotiation.receive(state, "verification", sender="consumer")
    state = negotiation.decide(state, "finalized", own="provider")
    assert negotiation.acknowledged(state, "agreement") == "FINALIZING"
    assert negotiation.acknowledged(state, "finalized") == "FINALIZED"


def test_a_consumer_resumes_and_the_provider_brings_a_fresh_address() -> None:
    consumer = transfer.acknowledged(transfer.decide("SUSPENDED", "start", own="consumer"))
    provider = transfer.receive("SUSPENDED", "start", sender="consumer")
    assert (consumer, provider) == ("STARTED", "STARTED")
    provider = transfer.decide(provider, "start", own="provider")
    assert provider == "RESUMING"
    assert transfer.acknowledged(provider) == "STARTED"
    assert transfer.receive(consumer, "start", sender="provider") == "STARTED"


def test_a_state_that_does_not_exist_allows_nothing() -> None:
    with pytest.raises(Conflict, match="the consumer may send nothing here"):
        negotiation.receive("NOWHERE", "request", sender="consumer")
