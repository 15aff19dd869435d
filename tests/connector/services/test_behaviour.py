"""A participant's own rule: steps at once and later, what waits for a person, offers that open; between two real nodes.

The nodes believe each other's names (mock identity) and have no DIDs.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import message, negotiated, reasons, transferred

from connector.node import Node
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Conflict, Invalid, Unknown, Unprocessable
from connector.records.exchange import NEGOTIATIONS, OUTGOING, Negotiation, Transfer
from connector.services import outbox
from connector.services.exchange.behaviour import (
    WAIT,
    Occasion,
    Step,
    by_rule,
)
from connector.settings import read

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPEN = {"@type": "Set", "permission": [{"action": "use"}]}
OTHER = {
    "@type": "Offer",
    "permission": [
        {"action": "use", "constraint": [nodes.constraint("DataUsageEndDate", "eq", "2126-01-01T00:00:00Z")]}
    ],
}
MAKER, PEER = "THE_MAKER", "THE_PEER"


class Switch:
    """A behaviour that a test sets; it keeps what it was asked."""

    def __init__(self) -> None:
        self.rule: Callable[[Occasion], Any] = by_rule
        self.asked: list[tuple[str, str]] = []

    def __call__(self, occasion: Occasion) -> Step:
        self.asked.append((occasion.sender, occasion.kind))
        answer: Step = self.rule(occasion)
        return answer


class Pair:
    """A provider, a consumer and their behaviours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.maker_rule, self.peer_rule = Switch(), Switch()
        self.maker = Node(self._settings("maker", MAKER), behaviour=self.maker_rule)
        self.peer = Node(self._settings("peer", PEER), behaviour=self.peer_rule)

    def _settings(self, name: str, participant: str) -> Any:
        own = self.folder / name
        own.mkdir(parents=True)
        return read(
            {
                "node": {"name": name, "did": participant},
                "public": {"port": nodes.free_port()},
                "management": {"port": nodes.free_port()},
                "identity": {"unsafe_mock_identity": True},
                "egress": nodes.LOCAL,
                "folder": own,
            }
        )

    async def restart_maker(self) -> None:
        await self.maker.stop()
        self.maker = Node(self.maker.settings, behaviour=self.maker_rule)
        await self.maker.start()

    async def ask(self, **changes: Any) -> Negotiation:
        """The consumer asks for the pack."""
        return await nodes.ask(
            self.peer, self.maker, {**await nodes.offer_of(self.peer, self.maker, "pack"), **changes}
        )

    async def both(self, record: Negotiation, peer: str, maker: str) -> tuple[Negotiation, Negotiation]:
        """The negotiation on both sides, once it is in these states."""
        mine = await negotiated(self.peer, record.id, peer)
        return mine, await negotiated(self.maker, mine.provider_pid, maker)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    pair = Pair(tmp_path_factory.mktemp("behaviour"))
    for node in (pair.maker, pair.peer):
        await node.start()
    await nodes.offer_asset(pair.maker, "pack", usage=OPEN, access=OPEN)
    yield pair
    for node in (pair.peer, pair.maker):
        await node.stop()


@pytest.fixture
def pair(opened: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setattr(outbox, "CONFLICT_PAUSES", (0.02,) * 5)
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (0.02,) * 4)
    for rule in (opened.maker_rule, opened.peer_rule):
        rule.rule = by_rule
        rule.asked = []
    return opened


def on(kind: str, *steps: Step, own: bool = False) -> Callable[[Occasion], Step]:
    """`steps` one after the other where a message of `kind` came (or was ours), else the rule."""
    left = list(steps)

    def rule(occasion: Occasion) -> Step:
        is_it = occasion.kind == kind and occasion.is_own == own and left
        return left.pop(0) if is_it else occasion.proposed

    return rule


# --- the mock identity


async def test_participants_without_a_did_agree_and_pull(pair: Pair) -> None:
    done = await nodes.agree(pair.peer, pair.maker, "pack")
    theirs = await nodes.agreement_of(pair.maker, done.agreement_id)
    assert theirs is not None
    assert (theirs.consumer, theirs.provider) == (PEER, MAKER)
    started = await nodes.start_transfer(pair.peer, pair.maker, done.agreement_id)
    pulled = await pair.peer.inventory.pull(started.id, "")
    assert pulled.item.size > 0
    assert pulled.item.provider == MAKER


async def test_nobody_gets_in_without_a_name(pair: Pair) -> None:
    answer = await nodes.say(
        pair.peer, pair.maker, "catalog/request", message("CatalogRequestMessage"), token="Bearer x"
    )
    assert answer.status == 404
    assert "dcp/mock-token" in reasons(answer)


async def test_a_partner_without_an_address_is_not_looked_up(pair: Pair) -> None:
    with pytest.raises(Unknown) as caught:
        await pair.peer.partners.address_of(MAKER)
    assert caught.value.code == "dcp/mock-identity"


# --- steps at once


async def test_a_provider_offers_first_and_the_consumer_accepts(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("offer"))
    await pair.both(await pair.ask(), "FINALIZED", "FINALIZED")
    assert [said for said in pair.peer_rule.asked if said[0] == "provider"] == [
        ("provider", "offer"),
        ("provider", "agreement"),
    ]
    assert [said for said in pair.maker_rule.asked if said[0] == "consumer"] == [
        ("consumer", "request"),
        ("consumer", "accepted"),
        ("consumer", "verification"),
    ]


async def test_an_offer_without_terms_is_that_of_the_catalog_not_what_was_asked_for(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("offer"))
    record = await pair.ask(permission=OTHER["permission"])
    mine, _ = await pair.both(record, "OFFERED", "OFFERED")
    assert mine.offer["permission"] == [{"action": "use"}]
    await pair.peer.negotiations.terminate(mine.id, "no")
    await pair.both(record, "TERMINATED", "TERMINATED")


async def test_other_terms_wait_for_a_person_who_accepts(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("counter", offer=OTHER))
    record = await pair.ask()
    mine, _ = await pair.both(record, "OFFERED", "OFFERED")
    assert "DataUsageEndDate" in str(mine.offer)
    await pair.peer.negotiations.decide(mine.id, Step("accept"), actor="anna")
    mine, _ = await pair.both(record, "FINALIZED", "FINALIZED")
    agreement = await nodes.agreement_of(pair.peer, mine.agreement_id)
    assert agreement is not None
    assert "DataUsageEndDate" in str(agreement.policy)
    assert await nodes.audited(pair.peer, "negotiation.accepted.decided", mine.id)


async def test_a_person_counters_and_the_provider_says_why_not(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("offer"))
    pair.peer_rule.rule = on("offer", WAIT)
    record = await pair.ask()
    mine, _ = await pair.both(record, "OFFERED", "OFFERED")
    await pair.peer.negotiations.decide(mine.id, Step("counter", offer={"permission": [{"action": "access"}]}))
    mine, _ = await pair.both(record, "TERMINATED", "TERMINATED")
    assert mine.code.startswith("odrl/")
    assert mine.terminated_by == MAKER


async def test_a_consumer_counters_and_is_agreed_with(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("offer"))
    pair.peer_rule.rule = on("offer", Step("counter"))
    mine, theirs = await pair.both(await pair.ask(), "FINALIZED", "FINALIZED")
    assert mine.agreement_id == theirs.agreement_id
    assert pair.maker_rule.asked.count(("consumer", "request")) == 2


async def test_a_step_of_the_rule_ends_it_with_its_own_reason(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("terminate", code="own/closed", reasons=("closed today",)))
    mine, theirs = await pair.both(await pair.ask(), "TERMINATED", "TERMINATED")
    for side in (mine, theirs):
        assert (side.code, side.reasons) == ("own/closed", ["closed today"])


# --- a person decides


async def test_each_step_can_wait_for_a_person(pair: Pair) -> None:
    pair.maker_rule.rule = lambda occasion: WAIT
    pair.peer_rule.rule = lambda occasion: WAIT
    record = await pair.ask()
    mine, theirs = await pair.both(record, "REQUESTED", "REQUESTED")
    for node, own, action, states in (
        (pair.maker, theirs, "agree", ("AGREED", "AGREED")),
        (pair.peer, mine, "verify", ("VERIFIED", "VERIFIED")),
        (pair.maker, theirs, "finalize", ("FINALIZED", "FINALIZED")),
    ):
        await node.negotiations.decide(own.id, Step(action))
        await pair.both(record, *states)


async def test_a_decision_that_is_not_possible_changes_nothing(pair: Pair) -> None:
    pair.maker_rule.rule = lambda occasion: WAIT
    record = await pair.ask()
    mine, theirs = await pair.both(record, "REQUESTED", "REQUESTED")
    for node, own, step, error, code in (
        (pair.maker, theirs, Step("finalize"), Conflict, "dsp/transition"),
        (pair.maker, theirs, Step("accept"), Conflict, "exchange/action"),
        (pair.peer, mine, Step("agree"), Conflict, "exchange/action"),
        (pair.maker, theirs, Step("start"), Conflict, "exchange/action"),
        (pair.maker, theirs, Step("counter", offer={"target": "other", **OPEN}), Invalid, "negotiation/target"),
        (pair.maker, theirs, Step("counter", offer={"permission": [{"constraint": 1}]}), Invalid, "odrl/"),
        (pair.maker, theirs, Step("counter", offer={"@id": "", **OPEN}), Invalid, "negotiation/offer"),
    ):
        with pytest.raises(error) as caught:
            await node.negotiations.decide(own.id, step)
        assert caught.value.code.startswith(code), caught.value
    with pytest.raises(Unknown):
        await pair.maker.negotiations.decide("none", Step("agree"))
    await pair.both(record, "REQUESTED", "REQUESTED")
    assert await pair.maker.store.read(lambda reader: reader.count(OUTGOING, {"process_id": theirs.id})) == 0


# --- later


async def test_a_step_is_taken_when_it_is_due(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("proceed", after=300))
    record = await pair.ask()
    _, theirs = await pair.both(record, "REQUESTED", "REQUESTED")
    assert theirs.planned is not None
    assert theirs.planned.action == "agree"
    _, theirs = await pair.both(record, "FINALIZED", "FINALIZED")
    assert theirs.planned is None


async def test_a_planned_step_outlives_a_restart(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("terminate", after=400, reasons=("too late",)))
    record = await pair.ask()
    await pair.both(record, "REQUESTED", "REQUESTED")
    await pair.restart_maker()
    mine, _ = await pair.both(record, "TERMINATED", "TERMINATED")
    assert mine.reasons == ["too late"]


async def test_what_comes_first_cancels_what_is_planned(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("agree", after=200))
    record = await pair.ask()
    mine, theirs = await pair.both(record, "REQUESTED", "REQUESTED")
    await pair.peer.negotiations.terminate(mine.id, "changed my mind")
    await pair.both(record, "TERMINATED", "TERMINATED")
    await asyncio.sleep(0.3)
    _, theirs = await pair.both(record, "TERMINATED", "TERMINATED")
    assert theirs.planned is None
    assert theirs.agreement_id == ""


async def test_a_person_comes_before_what_is_planned(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("terminate", after=200))
    record = await pair.ask()
    _, theirs = await pair.both(record, "REQUESTED", "REQUESTED")
    await pair.maker.negotiations.decide(theirs.id, Step("agree"))
    await pair.both(record, "FINALIZED", "FINALIZED")
    await asyncio.sleep(0.3)
    await pair.both(record, "FINALIZED", "FINALIZED")


async def test_after_an_own_message_the_rule_is_asked_again(pair: Pair) -> None:
    pair.maker_rule.rule = lambda occasion: WAIT
    pair.peer_rule.rule = on("request", Step("terminate", after=50), own=True)
    await pair.both(await pair.ask(), "TERMINATED", "TERMINATED")
    assert pair.peer_rule.asked == [("consumer", "request")]


# --- rules that are wrong


def _fails(_: Occasion) -> Step:
    raise RuntimeError("no idea")


@pytest.mark.parametrize(
    "rule",
    [
        _fails,
        lambda _: None,
        lambda _: Step("finalize"),
        lambda _: Step("accept"),
        lambda _: Step("start"),
        lambda _: Step("counter", offer={"permission": [{"constraint": 1}]}),
        lambda _: Step("offer", offer={"target": "other", **OPEN}),
    ],
)
async def test_a_rule_that_fails_leaves_it_to_a_person(pair: Pair, rule: Any) -> None:
    pair.maker_rule.rule = rule
    record = await pair.ask()
    _, theirs = await pair.both(record, "REQUESTED", "REQUESTED")
    await pair.maker.negotiations.decide(theirs.id, Step("terminate"))
    mine, _ = await pair.both(record, "TERMINATED", "TERMINATED")
    assert mine.reasons == ["ended by the participant"]


async def test_a_rule_cannot_agree_to_what_cannot_be_written_down(pair: Pair) -> None:
    pair.maker_rule.rule = on("request", Step("agree"))
    offer = {"@id": "pack definition:pack:1", "@type": "Offer", "target": "pack", "prohibition": [{"action": "use"}]}
    members = {"consumerPid": "odd", "callbackAddress": nodes.protocol(pair.peer), "offer": offer}
    answer = await nodes.say(
        pair.peer, pair.maker, "negotiations/request", message("ContractRequestMessage", **members)
    )
    assert answer.status == 201, answer.body
    theirs = await negotiated(pair.maker, decode(answer.body)["providerPid"], "REQUESTED")
    assert theirs.agreement_id == ""
    with pytest.raises(Unprocessable) as caught:
        await pair.maker.negotiations.decide(theirs.id, Step("agree"))
    assert caught.value.code == "odrl/no-permission"


# --- offers that open a negotiation


async def propose(pair: Pair, **changes: Any) -> Negotiation:
    return await pair.maker.negotiations.propose(
        counterparty=PEER, counterparty_address=nodes.protocol(pair.peer), offer={"target": "pack", **OPEN, **changes}
    )


async def test_an_offer_out_of_the_blue_waits_and_is_accepted(pair: Pair) -> None:
    record = await propose(pair)
    theirs = await negotiated(pair.maker, record.id, "OFFERED")
    mine = await negotiated(pair.peer, theirs.consumer_pid, "OFFERED")
    assert (mine.role, mine.dataset_id, mine.counterparty) == ("consumer", "pack", MAKER)
    assert mine.offer["@id"] == f"urn:uuid:{record.id}"
    await pair.peer.negotiations.decide(mine.id, Step("accept"))
    await pair.both(mine, "FINALIZED", "FINALIZED")


async def test_an_offer_out_of_the_blue_is_accepted_by_a_rule(pair: Pair) -> None:
    pair.peer_rule.rule = on("offer", Step("accept"))
    record = await propose(pair)
    await negotiated(pair.maker, record.id, "FINALIZED")


async def test_an_offer_out_of_the_blue_is_refused(pair: Pair) -> None:
    theirs = await negotiated(pair.maker, (await propose(pair)).id, "OFFERED")
    await pair.peer.negotiations.decide(theirs.consumer_pid, Step("terminate", reasons=("not wanted",)))
    theirs = await negotiated(pair.maker, theirs.id, "TERMINATED")
    assert theirs.reasons == ["not wanted"]


async def test_what_we_do_not_have_is_not_offered(pair: Pair) -> None:
    with pytest.raises(Unknown) as caught:
        await propose(pair, target="nothing")
    assert caught.value.code == "asset/unknown"
    with pytest.raises(Invalid) as wrong:
        await propose(pair, permission=[{"constraint": [{"leftOperand": "x"}]}])
    assert wrong.value.code.startswith("odrl/")


def opening(pair: Pair, **members: Any) -> dict[str, Any]:
    offer = {"@id": "o", "@type": "Offer", "target": "pack", "permission": [{"action": "use"}]}
    callback = f"http://127.0.0.1:{nodes.free_port()}"
    return message(
        "ContractOfferMessage", **{"providerPid": "p", "callbackAddress": callback, "offer": offer, **members}
    )


async def test_an_opening_offer_is_taken_once(pair: Pair) -> None:
    body = opening(pair, providerPid="twice")
    first, second = [await nodes.say(pair.maker, pair.peer, "negotiations/offers", body) for _ in range(2)]
    assert (first.status, second.status) == (201, 201)
    assert decode(first.body)["state"] == "OFFERED"
    assert decode(first.body)["consumerPid"] == decode(second.body)["consumerPid"]


@pytest.mark.parametrize("wrong", ["no target", "no callback", "no providerPid"])
async def test_an_opening_offer_that_lacks_something_is_refused(pair: Pair, wrong: str) -> None:
    body = opening(pair)
    match wrong:
        case "no target":
            del body["offer"]["target"]
        case "no callback":
            del body["callbackAddress"]
        case _:
            del body["providerPid"]
    before = await pair.peer.store.read(lambda reader: reader.count(NEGOTIATIONS))
    answer = await nodes.say(pair.maker, pair.peer, "negotiations/offers", body)
    assert answer.status == 400, answer.body
    assert decode(answer.body)["@type"] == "ContractNegotiationError"
    assert await pair.peer.store.read(lambda reader: reader.count(NEGOTIATIONS)) == before


# --- offer ids


async def test_an_offer_id_may_be_written_as_it_is(pair: Pair) -> None:
    record = await pair.ask(**{"@id": "pack definition:pack:whatever"})
    await pair.both(record, "FINALIZED", "FINALIZED")


async def test_a_dataset_id_with_colons_is_found_in_an_offer_id(pair: Pair) -> None:
    asset = "urn:x:1"
    await nodes.offer_asset(pair.maker, asset, usage=OPEN, access=OPEN)

    def define(tx: Any) -> None:
        given = tx.get(nodes.CONTRACT_DEFINITIONS, f"{asset} definition")
        given.id = "plain"
        tx.put(nodes.CONTRACT_DEFINITIONS, given)

    await pair.maker.store.write(define)
    offer = {"@id": f"plain:{asset}:v", "@type": "Offer", "target": asset, "permission": [{"action": "use"}]}
    await pair.both(await nodes.ask(pair.peer, pair.maker, offer), "FINALIZED", "FINALIZED")


@pytest.mark.parametrize(
    "offer_id",
    ["pack", "pack:pack", "other:pack:1", "pack definition:none:1", ":pack:1", "pack definition::1", "::", "é:ü:ö"],
)
async def test_ids_that_are_no_offer_are_refused(pair: Pair, offer_id: str) -> None:
    ended = await negotiated(pair.peer, (await pair.ask(**{"@id": offer_id})).id, "TERMINATED")
    assert "there is no offer" in ended.reasons[0]


# --- transfers


async def transfer(pair: Pair) -> Transfer:
    done = await nodes.agree(pair.peer, pair.maker, "pack")
    return await pair.peer.transfers.request(
        agreement_id=done.agreement_id, counterparty_address=nodes.protocol(pair.maker)
    )


async def test_a_provider_suspends_starts_again_and_completes(pair: Pair) -> None:
    steps = {"start": [Step("suspend"), Step("complete", after=50)], "suspension": [Step("start", after=50)]}

    def rule(occasion: Occasion) -> Step:
        left = steps.get(occasion.kind, []) if occasion.is_own and isinstance(occasion.record, Transfer) else []
        return left.pop(0) if left else occasion.proposed

    pair.maker_rule.rule = rule
    record = await transfer(pair)
    mine = await transferred(pair.peer, record.id, "COMPLETED")
    theirs = await transferred(pair.maker, mine.provider_pid, "COMPLETED")
    assert steps == {"start": [], "suspension": []}
    assert theirs.planned is None
    for kind in ("start", "suspension", "completion"):
        assert await nodes.audited(pair.maker, f"transfer.{kind}.decided", theirs.id)


@pytest.mark.parametrize(
    ("action", "state"), [("terminate", "TERMINATED"), ("complete", "COMPLETED"), ("suspend", "SUSPENDED")]
)
async def test_a_consumer_answers_a_start(pair: Pair, action: str, state: str) -> None:
    pair.peer_rule.rule = on("start", Step(action))
    mine = await transferred(pair.peer, (await transfer(pair)).id, state)
    await transferred(pair.maker, mine.provider_pid, state)


async def test_a_consumer_resumes_and_a_provider_who_waits_gives_the_token_later(pair: Pair) -> None:
    mine = await transferred(pair.peer, (await transfer(pair)).id, "STARTED")
    token = mine.data_address["authorization"]
    await pair.peer.transfers.suspend(mine.id, "pause")
    await transferred(pair.maker, mine.provider_pid, "SUSPENDED")
    await transferred(pair.peer, mine.id, "SUSPENDED")
    pair.maker_rule.rule = on("start", WAIT)
    await pair.peer.transfers.resume(mine.id)
    await transferred(pair.maker, mine.provider_pid, "STARTED")
    await pair.maker.transfers.resume(mine.provider_pid)
    await transferred(pair.maker, mine.provider_pid, "STARTED")
    mine = await transferred(pair.peer, mine.id, "STARTED")
    for _ in range(200):
        mine = await pair.peer.exchanges.transfer(mine.id)
        if mine.data_address.get("authorization") not in (None, token):
            break
        await asyncio.sleep(0.01)
    assert mine.data_address["authorization"] != token
    assert (await pair.peer.inventory.pull(mine.id, "")).item.size > 0


async def test_a_transfer_waits_for_a_person(pair: Pair) -> None:
    pair.maker_rule.rule = lambda o: WAIT if isinstance(o.record, Transfer) else o.proposed
    record = await transfer(pair)
    mine = await transferred(pair.peer, record.id, "REQUESTED")
    with pytest.raises(Conflict) as caught:
        await pair.maker.transfers.complete(mine.provider_pid)
    assert caught.value.code == "dsp/transition"
    await pair.maker.transfers.resume(mine.provider_pid)
    await transferred(pair.peer, record.id, "STARTED")


async def test_a_planned_step_of_a_transfer_outlives_a_restart(pair: Pair) -> None:
    pair.maker_rule.rule = lambda o: (
        Step("proceed", 400) if (o.kind, o.sender) == ("request", "consumer") else o.proposed
    )
    mine = await transferred(pair.peer, (await transfer(pair)).id, "REQUESTED")
    await pair.restart_maker()
    await transferred(pair.peer, mine.id, "STARTED")


async def test_a_rule_cannot_start_what_the_contract_forbids(pair: Pair) -> None:
    ended = nodes.rule("use", nodes.constraint("DataUsageEndDate", "eq", "2020-01-01T00:00:00Z"))
    done = await nodes.agree(pair.peer, pair.maker, "pack")

    def expire(tx: Any) -> None:
        agreement = tx.get(nodes.AGREEMENTS, done.agreement_id)
        agreement.policy = ended
        tx.put(nodes.AGREEMENTS, agreement)

    await pair.maker.store.write(expire)
    pair.maker_rule.rule = lambda o: Step("start") if isinstance(o.record, Transfer) else o.proposed
    pair.maker_rule.asked = []
    record = await pair.peer.transfers.request(
        agreement_id=done.agreement_id, counterparty_address=nodes.protocol(pair.maker)
    )
    ended_here = await transferred(pair.peer, record.id, "TERMINATED")
    assert ended_here.code.startswith("odrl/")
    assert pair.maker_rule.asked == []


# --- the same over /api


async def call(node: Node, path: str, body: Any = None) -> tuple[int, Any]:
    key = await node.keys.create(f"k{nodes.free_port()}", "operator", actor="test")
    answer = await node.transport.send(
        "POST",
        f"{node.settings.management.url}{path}",
        headers={"X-Api-Key": key, "Content-Type": "application/json"},
        body=encode(body) if body is not None else None,
    )
    return answer.status, decode(answer.body)


async def test_a_person_decides_over_the_api(pair: Pair) -> None:
    pair.maker_rule.rule = lambda occasion: WAIT
    pair.peer_rule.rule = lambda occasion: WAIT
    mine, theirs = await pair.both(await pair.ask(), "REQUESTED", "REQUESTED")
    status, form = await call(pair.maker, f"/api/negotiations/{theirs.id}/counter", {"offer": OTHER})
    assert (status, form["id"]) == (200, theirs.id)
    assert "DataUsageEndDate" in str(form["offer"])
    await pair.both(mine, "OFFERED", "OFFERED")
    for node, own, action, states in (
        (pair.peer, mine, "accept", ("ACCEPTED", "ACCEPTED")),
        (pair.maker, theirs, "agree", ("AGREED", "AGREED")),
        (pair.peer, mine, "verify", ("VERIFIED", "VERIFIED")),
        (pair.maker, theirs, "finalize", ("FINALIZED", "FINALIZED")),
    ):
        assert (await call(node, f"/api/negotiations/{own.id}/{action}"))[0] == 200
        await pair.both(mine, *states)
    for action, body in (("agree", None), ("terminate", {"reason": "late"}), ("counter", {"offer": OTHER})):
        status, problem = await call(pair.maker, f"/api/negotiations/{theirs.id}/{action}", body)
        assert status == 409, problem
    assert (await call(pair.maker, "/api/negotiations/none/agree"))[0] == 404


async def test_an_offer_is_made_and_ended_over_the_api(pair: Pair) -> None:
    body = {"counterparty": PEER, "counterpartyAddress": nodes.protocol(pair.peer), "offer": {"target": "pack", **OPEN}}
    status, form = await call(pair.maker, "/api/negotiations", body)
    assert status == 200
    theirs = await negotiated(pair.maker, form["id"], "OFFERED")
    status, _ = await call(pair.peer, f"/api/negotiations/{theirs.consumer_pid}/terminate", {"reason": "not now"})
    assert status == 200
    assert (await negotiated(pair.maker, theirs.id, "TERMINATED")).reasons == ["not now"]
    for wrong, expected in (
        ({}, 400),
        ({**body, "offer": {"target": "none", **OPEN}}, 404),
        ({**body, "offer": {}}, 400),
    ):
        assert (await call(pair.maker, "/api/negotiations", wrong))[0] == expected


async def test_a_waiting_transfer_is_started_over_the_api(pair: Pair) -> None:
    pair.maker_rule.rule = lambda o: WAIT if isinstance(o.record, Transfer) else o.proposed
    mine = await transferred(pair.peer, (await transfer(pair)).id, "REQUESTED")
    status, form = await call(pair.maker, f"/api/transfers/{mine.provider_pid}/start")
    assert (status, form["id"]) == (200, mine.provider_pid)
    await transferred(pair.peer, mine.id, "STARTED")


# --- settings


@pytest.mark.parametrize(
    "name",
    ["nothing.there:rule", "connector.node:nothing", "connector.node:_LOG"],
    ids=["module", "name", "not a function"],
)
async def test_a_behaviour_that_cannot_be_loaded_stops_the_start(tmp_path: Path, name: str) -> None:
    settings = nodes.settings_of("maker", tmp_path, tables={"exchange": {"behaviour": name}})
    with pytest.raises(Invalid) as caught:
        Node(settings)
    assert caught.value.code == "settings/behaviour"


async def test_a_behaviour_is_loaded_by_its_name(tmp_path: Path) -> None:
    name = "connector.services.exchange.behaviour:by_rule"
    node = Node(nodes.settings_of("maker", tmp_path, tables={"exchange": {"behaviour": name}}))
    assert node.behaviour is by_rule
    node.store.close()
