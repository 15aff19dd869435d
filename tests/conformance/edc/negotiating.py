"""Contracts: agreed, refused and ended, with each in either role."""

from __future__ import annotations

from typing import Final

from tests.conformance.edc.browsing import share_at
from tests.conformance.edc.connectors import EDC, NEGOTIATIONS, Connector, Json, offers
from tests.conformance.edc.world import World

USE: Final[Json] = {"permission": [{"action": "use"}]}


def limited(operand: str, operator: str, value: str) -> Json:
    """A policy with one constraint."""
    constraint = {"leftOperand": operand, "operator": operator, "rightOperand": value}
    return {"permission": [{"action": "use", "constraint": [constraint]}]}


async def agreed(world: World) -> None:
    """A contract is FINALIZED at both ends under one agreement id, both ways."""
    for consumer, provider in world.ways:
        own_pid = await consumer.negotiate(provider, "shared")
        await consumer.settled(NEGOTIATIONS, own_pid, "FINALIZED")
        other_pid = await provider.counterpart(NEGOTIATIONS, own_pid)
        await provider.settled(NEGOTIATIONS, other_pid, "FINALIZED")
        said = [await _agreement_id(each, pid) for each, pid in ((consumer, own_pid), (provider, other_pid))]
        assert said[0] == said[1], f"the agreement is {said[0]} at the consumer and {said[1]} at the provider"


async def _agreement_id(connector: Connector, own_pid: str) -> str:
    """What both sides call the agreement; EDC has an id of its own beside it."""
    said = await connector.call("GET", f"{NEGOTIATIONS}/{own_pid}/agreement")
    return str(said.get("agreementId") or said["@id"])


async def other_terms_are_refused(world: World) -> None:
    """EDC asks this node for wider terms than those on offer: TERMINATED at both ends, with the reason."""
    end = limited("https://w3id.org/catenax/2025/9/policy/DataUsageEndDate", "eq", "2099-01-01T00:00:00Z")
    await share_at(world, world.ours, "strict", policy=end)
    offer = offers(await world.theirs.dataset(world.ours, "strict"))[0]
    _, ours = await _refused(world.theirs, world.ours, "strict", {"@id": offer["@id"], **USE})
    assert "DataUsageEndDate" in ours["errorDetail"], ours  # EDC keeps no reason of a termination that it received


async def changed_terms_are_noticed(world: World) -> None:
    """EDC ignores changed rules and agrees to its own: this node refuses the agreement, TERMINATED at both ends."""
    narrow = limited(f"{EDC}inForceDate", "lteq", "2099-01-01T00:00:00Z")
    await share_at(world, world.theirs, "narrow", policy=narrow)
    offer = offers(await world.ours.dataset(world.theirs, "narrow"))[0]
    record, _ = await _refused(world.ours, world.theirs, "narrow", {"@id": offer["@id"], **USE})
    assert "inForceDate" in str(record.get("errorDetail")), record


async def _refused(consumer: Connector, provider: Connector, name: str, offer: Json) -> tuple[Json, Json]:
    own_pid = await consumer.negotiate(provider, name, offer)
    record = await consumer.settled(NEGOTIATIONS, own_pid, "TERMINATED")
    other_pid = await provider.counterpart(NEGOTIATIONS, own_pid)
    return record, await provider.settled(NEGOTIATIONS, other_pid, "TERMINATED")


async def unknown_offers(world: World) -> None:
    """A request for an offer that is not there ends TERMINATED at the one who asked, both ways."""
    for consumer, provider in world.ways:
        offer = {"@id": "bm9uZQ==:bm9uZQ==:bm9uZQ==", "permission": [{"action": "use"}]}
        own_pid = await consumer.negotiate(provider, "none", offer)
        record = await consumer.settled(NEGOTIATIONS, own_pid, "TERMINATED")
        assert record.get("errorDetail"), record


async def ended_before_agreement(world: World) -> None:
    """A request that waits at this node is ended, once by EDC, once by this node: TERMINATED at both ends."""
    await share_at(world, world.ours, "wait-for-request")
    for by_consumer in (True, False):
        await _ended(world.theirs, world.ours, "wait-for-request", "REQUESTED", by_consumer)


async def ended_after_agreement(world: World) -> None:
    """An agreement of EDC that this node has not verified is ended by this node: TERMINATED at both ends."""
    await share_at(world, world.theirs, "wait-for-agreement")
    await _ended(world.ours, world.theirs, "wait-for-agreement", "AGREED", by_consumer=True)


async def _ended(consumer: Connector, provider: Connector, name: str, state: str, by_consumer: bool) -> None:
    own_pid = await consumer.negotiate(provider, name)
    await consumer.settled(NEGOTIATIONS, own_pid, state)
    other_pid = await provider.counterpart(NEGOTIATIONS, own_pid)
    await provider.settled(NEGOTIATIONS, other_pid, state)
    ends: list[tuple[Connector, str]] = [(consumer, own_pid), (provider, other_pid)]
    who, pid = ends[0 if by_consumer else 1]
    await who.command(NEGOTIATIONS, pid, "terminate", "no longer wanted")
    for each, own in ends:
        await each.settled(NEGOTIATIONS, own, "TERMINATED")


async def offered_first(world: World) -> None:
    """This node answers EDC's request with an offer; EDC shows it as OFFERED; this node withdraws it."""
    await share_at(world, world.ours, "offer")
    own_pid = await world.theirs.negotiate(world.ours, "offer")
    await world.theirs.settled(NEGOTIATIONS, own_pid, "OFFERED")
    other_pid = await world.ours.counterpart(NEGOTIATIONS, own_pid)
    await world.ours.settled(NEGOTIATIONS, other_pid, "OFFERED")
    await world.ours.command(NEGOTIATIONS, other_pid, "terminate", "withdrawn")
    for connector, pid in ((world.theirs, own_pid), (world.ours, other_pid)):
        await connector.settled(NEGOTIATIONS, pid, "TERMINATED")


async def proposed(world: World) -> None:
    """This node speaks first; EDC answers the opening offer with a fault of its own: TERMINATED, naming that."""
    record = await world.node.negotiations.propose(
        counterparty=world.theirs.name,
        counterparty_address=world.theirs.protocol,
        offer={"@type": "Offer", "target": "shared", **USE},
    )
    shown = await world.ours.settled(NEGOTIATIONS, record.id, "OFFERED", "TERMINATED")
    if shown["state"] == "TERMINATED":
        assert "500" in shown["errorDetail"], shown
        return
    other_pid = await world.theirs.counterpart(NEGOTIATIONS, record.id)
    await world.ours.command(NEGOTIATIONS, record.id, "terminate", "withdrawn")
    await world.theirs.settled(NEGOTIATIONS, other_pid, "TERMINATED")
