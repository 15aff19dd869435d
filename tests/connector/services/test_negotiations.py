"""Contract negotiations between real nodes: agreed, refused, crossed, repeated, broken off and taken up again."""

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Fault, Gate, Space

from connector.notation.exact_json import decode
from connector.notation.problems import Conflict, Invalid
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, OUTGOING, Agreement
from connector.services import outbox

pytestmark = pytest.mark.asyncio(loop_scope="module")
DSP = "negotiations"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("negotiations"))
    await nodes.offer_asset(space.maker, "pack")
    await nodes.offer_asset(space.maker, "other")
    yield space
    await space.close()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "CONFLICT_PAUSES", (0.02,) * 5)
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (0.02,) * 4)
    monkeypatch.setattr(outbox, "PATIENT_PAUSES", ())


async def request_of(space: Space, consumer_pid: str, **changes: Any) -> dict[str, Any]:
    """A request by hand; nothing answers at the callback."""
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    members = {"consumerPid": consumer_pid, "callbackAddress": f"http://127.0.0.1:{nodes.free_port()}", "offer": offer}
    return nodes.message("ContractRequestMessage", **{**members, **changes})


async def silent(space: Space, monkeypatch: pytest.MonkeyPatch, consumer_pid: str) -> str:
    """The provider's pid of a negotiation in AGREEING whose consumer does not answer for a while."""
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (1.0,) * 4)
    body = await request_of(space, consumer_pid, **{"@id": f"urn:uuid:{consumer_pid}"})
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/request", body)
    assert answer.status == 201, answer.body
    ack = decode(answer.body)
    assert ack["@type"] == "ContractNegotiation"
    assert ack["state"] == "REQUESTED"
    assert ack["consumerPid"] == consumer_pid
    return str(ack["providerPid"])


# --- the ways it ends


async def test_agreed_verified_and_finalized(space: Space) -> None:
    done = await nodes.agree(space.peer, space.maker, "pack")
    mine = await nodes.agreement_of(space.peer, done.agreement_id)
    theirs = await nodes.agreement_of(space.maker, done.agreement_id)
    assert mine is not None
    assert theirs is not None
    assert (mine.consumer, mine.provider) == (theirs.consumer, theirs.provider)
    assert mine.consumer == space.peer.settings.node.did
    assert mine.policy == theirs.policy
    assert mine.role == "consumer"
    assert theirs.dataset_id == "pack"
    assert (mine.signed_at - theirs.signed_at).total_seconds() < 2
    for node, pid in ((space.peer, done.id), (space.maker, done.provider_pid)):
        assert await nodes.audited(node, "negotiation.finalized", pid) or await nodes.audited(
            node, "negotiation.finalized.decided", pid
        )
        assert await node.store.read(lambda reader, pid=pid: reader.count(OUTGOING, {"process_id": pid})) == 0


async def test_another_purpose_is_refused_with_the_reason_at_both_ends(space: Space) -> None:
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    changed = copy.deepcopy(offer)
    changed["permission"][0]["constraint"][0]["and"][1]["rightOperand"] = ["cx.pcf.base:1"]
    record = await nodes.ask(space.peer, space.maker, changed)
    ended = await nodes.negotiated(space.peer, record.id, "TERMINATED")
    theirs = await nodes.negotiated(space.maker, ended.provider_pid, "TERMINATED")
    for side in (ended, theirs):
        assert side.code == "odrl/operand-differs"
        assert "cx.circular.dpp:1" in side.reasons[0]
        assert "cx.pcf.base:1" in side.reasons[0]
        assert side.terminated_by == space.maker.settings.node.did
        assert not side.agreement_id
    for node, own in ((space.peer, ended), (space.maker, theirs)):
        said = [
            *await nodes.audited(node, "negotiation.terminated", own.id),
            *await nodes.audited(node, "negotiation.refused", own.id),
        ]
        assert any(entry["code"] == "odrl/operand-differs" for entry in said)


async def test_a_dropped_constraint_is_refused(space: Space) -> None:
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    changed = copy.deepcopy(offer)
    del changed["permission"][0]["constraint"]
    ended = await nodes.negotiated(space.peer, (await nodes.ask(space.peer, space.maker, changed)).id, "TERMINATED")
    assert ended.code.startswith("odrl/")


async def test_an_offer_for_another_asset_is_refused(space: Space) -> None:
    body = await request_of(space, "swap", callbackAddress=nodes.protocol(space.peer))
    body["offer"] = {**body["offer"], "target": "other"}
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/request", body)
    theirs = await nodes.negotiated(space.maker, decode(answer.body)["providerPid"], "TERMINATED")
    assert theirs.code == "negotiation/target"


async def test_an_offer_that_this_node_cannot_keep_is_not_asked_for(space: Space) -> None:
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    for changed, code in (
        ({**offer, "@id": ""}, "negotiation/offer"),
        ({**offer, "target": None}, "negotiation/offer"),
        ({**offer, "permission": [{"action": "use", "constraint": [{"leftOperand": "x"}]}]}, "odrl/constraint"),
    ):
        with pytest.raises(Invalid) as caught:
            await nodes.ask(space.peer, space.maker, changed)
        assert caught.value.code == code


async def test_the_consumer_ends_it(space: Space) -> None:
    async with Gate(nodes.protocol(space.maker)[: -len("/dsp/2025-1")]).running() as gate:
        gate.faults = [Fault("/verification", times=3)]
        record = await nodes.ask(
            space.peer, space.maker, await nodes.offer_of(space.peer, space.maker, "pack"), f"{gate.url}/dsp/2025-1"
        )
        await nodes.negotiated(space.peer, record.id, "VERIFYING", "VERIFIED")
        await space.peer.negotiations.terminate(record.id, "changed my mind")
        ended = await nodes.negotiated(space.peer, record.id, "TERMINATED")
        theirs = await nodes.negotiated(space.maker, ended.provider_pid, "TERMINATED")
    assert theirs.reasons == ["changed my mind"]
    assert theirs.terminated_by == space.peer.settings.node.did
    for node, side in ((space.peer, ended), (space.maker, theirs)):
        found = await node.store.read(lambda reader, side=side: reader.count(AGREEMENTS, {"negotiation_id": side.id}))
        assert found == 0, "a negotiation that ended leaves no contract behind"
    with pytest.raises(Conflict) as caught:
        await space.peer.negotiations.terminate(record.id, "again")
    assert caught.value.code == "negotiation/over"


async def test_both_end_it_at_once_without_waiting_for_each_other(space: Space) -> None:
    to_maker, to_peer = Gate(space.maker.settings.public.url), Gate(space.peer.settings.public.url)
    async with to_maker.running(), to_peer.running():
        space.peer.negotiations._callback = f"{to_peer.url}/dsp/2025-1"
        to_maker.faults = [Fault("/verification", times=1)]
        try:
            offer = await nodes.offer_of(space.peer, space.maker, "pack")
            record = await nodes.ask(space.peer, space.maker, offer, f"{to_maker.url}/dsp/2025-1")
            mine = await nodes.negotiated(space.peer, record.id, "VERIFYING")
            await nodes.negotiated(space.maker, mine.provider_pid, "AGREED")
        finally:
            space.peer.negotiations._callback = nodes.protocol(space.peer)
        with nodes.held(to_maker, to_peer):
            await space.peer.negotiations.terminate(mine.id, "consumer")
            await space.maker.negotiations.terminate(mine.provider_pid, "provider")
            await to_peer.reached("/termination")
            await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            await nodes.negotiated(space.peer, mine.id, "TERMINATED")
            await nodes.negotiated(space.maker, mine.provider_pid, "TERMINATED")


# --- who may say what


async def test_a_stranger_to_the_negotiation_finds_nothing(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = await space.join("stranger", bpn="BPNL00000000STRA")
    pid = await silent(space, monkeypatch, "stranger-1")
    for path, body in (
        (f"{DSP}/{pid}/agreement/verification", pids("ContractAgreementVerificationMessage", pid, "stranger-1")),
        (f"{DSP}/{pid}/termination", pids("ContractNegotiationTerminationMessage", pid, "stranger-1")),
    ):
        answer = await nodes.say(stranger, space.maker, path, body)
        assert answer.status == 404
        assert "negotiation/unknown" in nodes.reasons(answer)
    shown = await nodes.say(stranger, space.maker, f"{DSP}/{pid}", method="GET")
    assert shown.status == 404
    shown = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}", method="GET")
    assert decode(shown.body)["state"] == "REQUESTED"


def pids(type_: str, provider_pid: str, consumer_pid: str, **members: Any) -> dict[str, Any]:
    return nodes.message(type_, providerPid=provider_pid, consumerPid=consumer_pid, **members)


async def test_other_process_ids_in_the_body_are_malformed(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = await silent(space, monkeypatch, "pids-1")
    for provider_pid, consumer_pid in (("other", "pids-1"), (pid, "other")):
        body = pids("ContractAgreementVerificationMessage", provider_pid, consumer_pid)
        answer = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}/agreement/verification", body)
        assert answer.status == 400
        assert "dsp/pid" in nodes.reasons(answer)
    assert (await nodes.negotiated(space.maker, pid, "AGREEING")).state == "AGREEING"


OFFER = {"@id": "o", "@type": "Offer", "target": "pack", "permission": [{"action": "use"}]}


@pytest.mark.parametrize(
    ("path", "type_", "members"),
    [
        ("offers", "ContractOfferMessage", {"offer": OFFER}),
        ("events", "ContractNegotiationEventMessage", {"eventType": "ACCEPTED"}),
        ("events", "ContractNegotiationEventMessage", {"eventType": "FINALIZED"}),
    ],
)
async def test_a_message_that_the_state_does_not_allow_is_refused_and_changes_nothing(
    space: Space, monkeypatch: pytest.MonkeyPatch, path: str, type_: str, members: dict[str, Any]
) -> None:
    consumer_pid = f"illegal-{path}-{len(str(members))}"
    pid = await silent(space, monkeypatch, consumer_pid)
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}/{path}", pids(type_, pid, consumer_pid, **members))
    assert answer.status == 400
    body = decode(answer.body)
    assert body["@type"] == "ContractNegotiationError"
    assert body["code"] == "dsp/transition"
    assert "AGREEING" in body["reason"][0]
    assert (await nodes.negotiated(space.maker, pid, "AGREEING")).state == "AGREEING"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json/syntax"),
        (b"{", "json/syntax"),
        (b"[]", "json/object"),
        (b'"x"', "json/object"),
        (b"null", "json/object"),
        (b"{}", "dsp/schema"),
        (b'{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"]}', "dsp/schema"),
        (b'{"@context":["http://evil.example/c"],"@type":"ContractRequestMessage"}', "jsonld/context"),
        (b'{"@context":[{"@import":"https://w3id.org/dspace/2025/1/context.jsonld"}]}', "jsonld/context"),
        (b"[" * 100 + b"]" * 100, "json/depth"),
        (b"\xff\xfe", "json/syntax"),
        (b'{"@type":"ContractRequestMessage","consumerPid":{"$ne":1}}', "dsp/schema"),
    ],
)
async def test_a_body_that_is_no_message_is_malformed(space: Space, body: bytes, code: str) -> None:
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/request", body)
    assert answer.status == 400
    error = decode(answer.body)
    assert error["@type"] == "ContractNegotiationError"
    assert error["code"] == code


@pytest.mark.parametrize(
    "change",
    [
        {"consumerPid": 7},
        {"consumerPid": None},
        {"callbackAddress": "ftp://x"},
        {"callbackAddress": "/relative"},
        {"callbackAddress": 3},
        {"callbackAddress": None},
        {"offer": None},
        {"offer": []},
        {"offer": "x"},
        {"offer": {"@type": "Offer"}},
        {"@type": "ContractOfferMessage"},
    ],
)
async def test_a_request_of_wrong_types_is_malformed(space: Space, change: dict[str, Any]) -> None:
    before = await space.maker.store.read(lambda reader: reader.count(NEGOTIATIONS))
    body = {key: value for key, value in {**await request_of(space, "wrong"), **change}.items() if value is not None}
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/request", body)
    assert answer.status in (400, 404), answer.body
    assert decode(answer.body)["@type"] == "ContractNegotiationError"
    assert await space.maker.store.read(lambda reader: reader.count(NEGOTIATIONS)) == before


async def test_a_request_in_another_spelling_is_understood(space: Space) -> None:
    plain = await request_of(space, "prefixed", callbackAddress=nodes.protocol(space.peer))
    spelled = {
        "@context": [*nodes.CONTEXT, {"@version": 1.1, "d": "https://w3id.org/dspace/2025/1/"}],
        "@type": "ContractRequestMessage",
        "d:consumerPid": {"@id": "prefixed"},
        "d:callbackAddress": plain["callbackAddress"],
        "offer": plain["offer"],
    }
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/request", spelled)
    assert answer.status == 201, answer.body
    assert decode(answer.body)["consumerPid"] == "prefixed"


async def test_a_request_without_callback_opens_nothing_even_with_a_provider_pid(space: Space) -> None:
    body = await request_of(space, "nocallback", providerPid="made-up")
    del body["callbackAddress"]
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/request", body)
    assert answer.status == 400
    assert "negotiation/callback" in nodes.reasons(answer)


@pytest.mark.parametrize("pid", ["unknown", "x" * 5000, "%00", "%ED%A0%80", "..", "a%2Fb", "%F0%9F%94%8B"])
async def test_unknown_processes_are_not_found(space: Space, pid: str) -> None:
    body = pids("ContractAgreementVerificationMessage", "p", "c")
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}/agreement/verification", body)
    assert answer.status == 404
    answer = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}", method="GET")
    assert answer.status in (404, 405)


async def test_a_process_id_too_long_to_keep_is_malformed(space: Space) -> None:
    for consumer_pid in ("x" * 3000, "a\0b"):
        answer = await nodes.say(space.peer, space.maker, f"{DSP}/request", await request_of(space, consumer_pid))
        assert answer.status == 400
        assert "store/text" in nodes.reasons(answer)


# --- repeated and reordered


async def test_the_same_request_twice_is_one_negotiation(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = await silent(space, monkeypatch, "twice")
    again = await nodes.say(space.peer, space.maker, f"{DSP}/request", await request_of(space, "twice"))
    assert again.status == 201
    assert decode(again.body)["providerPid"] == pid
    bodies = [await request_of(space, "at-once") for _ in range(6)]
    answers = await asyncio.gather(*(nodes.say(space.peer, space.maker, f"{DSP}/request", body) for body in bodies))
    assert len({decode(answer.body)["providerPid"] for answer in answers}) == 1


async def test_the_same_consumer_pid_of_another_participant_is_another_negotiation(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = await space.join("twin", bpn=nodes.PEER_BPN)
    pid = await silent(space, monkeypatch, "shared-pid")
    answer = await nodes.say(twin, space.maker, f"{DSP}/request", await request_of(space, "shared-pid"))
    assert answer.status == 201
    assert decode(answer.body)["providerPid"] != pid


async def test_a_repeated_message_is_acknowledged_and_changes_nothing(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = await silent(space, monkeypatch, "repeat")
    told: list[str] = []

    async def note(event: Any) -> None:
        told.append(event.name)

    space.maker.events.subscribe("negotiation.*", note)
    body = pids("ContractAgreementVerificationMessage", pid, "repeat", **{"@id": "urn:uuid:v1"})
    first = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}/agreement/verification", body)
    assert first.is_ok
    entries = await nodes.audited(space.maker, "negotiation.verified", pid)
    again = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}/agreement/verification", body)
    assert again.is_ok
    assert await nodes.audited(space.maker, "negotiation.verified", pid) == entries
    await space.maker.events.settle()
    assert told.count("negotiation.finalizing") == 1
    other = pids("ContractAgreementVerificationMessage", pid, "repeat", **{"@id": "urn:uuid:v2"})
    late = await nodes.say(space.peer, space.maker, f"{DSP}/{pid}/agreement/verification", other)
    assert late.is_ok  # a peer that lost our acknowledgement says it again under a new id (EDC does)
    assert await nodes.audited(space.maker, "negotiation.verified", pid) == entries


async def test_one_message_id_on_two_processes_is_two_messages(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await silent(space, monkeypatch, "numbered-1")
    second = await silent(space, monkeypatch, "numbered-2")
    for pid, consumer_pid in ((first, "numbered-1"), (second, "numbered-2")):
        body = pids("ContractNegotiationTerminationMessage", pid, consumer_pid, **{"@id": "1"})
        assert (await nodes.say(space.peer, space.maker, f"{DSP}/{pid}/termination", body)).is_ok
        await nodes.negotiated(space.maker, pid, "TERMINATED")


async def test_the_verification_may_come_before_our_agreement_was_acknowledged(space: Space) -> None:
    async with Gate(space.peer.settings.public.url).running() as gate:
        gate.faults = [Fault("/agreement", is_delivered=True, seconds=0.3, status=200)]
        space.peer.negotiations._callback = f"{gate.url}/dsp/2025-1"
        try:
            record = await nodes.ask(space.peer, space.maker, await nodes.offer_of(space.peer, space.maker, "pack"))
            await nodes.negotiated(space.peer, record.id, "FINALIZED")
        finally:
            space.peer.negotiations._callback = nodes.protocol(space.peer)


async def test_the_last_message_under_a_new_id_is_acknowledged_and_changes_nothing(space: Space) -> None:
    done = await nodes.agree(space.peer, space.maker, "pack")
    kept = await nodes.agreement_of(space.peer, done.agreement_id)
    named = {"@id": done.agreement_id, "@type": "Agreement", "target": "pack", **dict(kept.policy)}  # type: ignore[union-attr]
    agreement = {**named, "assigner": space.maker.settings.node.did, "assignee": space.peer.settings.node.did}
    both = {"providerPid": done.provider_pid, "consumerPid": done.id}
    to_peer, to_maker = (f"negotiations/{pid}" for pid in (done.id, done.provider_pid))
    for sender, receiver, path, body in (
        (
            space.maker,
            space.peer,
            f"{to_peer}/agreement",
            {"@type": "ContractAgreementMessage", "agreement": agreement},
        ),
        (space.maker, space.peer, f"{to_peer}/events", {"@type": EVENT, "eventType": "FINALIZED"}),
        (
            space.peer,
            space.maker,
            f"{to_maker}/agreement/verification",
            {"@type": "ContractAgreementVerificationMessage"},
        ),
    ):
        again = {"@context": nodes.CONTEXT, "@id": f"again {path}", **both, **body}
        answer = await nodes.say(sender, receiver, path, again)
        assert answer.status == 200, nodes.reasons(answer)
    assert (await nodes.negotiated(space.peer, done.id, "FINALIZED")).updated_at == done.updated_at
    other = {"@type": "ContractAgreementMessage", "agreement": {**agreement, "@id": "another"}}
    answer = await nodes.say(
        space.maker, space.peer, f"{to_peer}/agreement", {"@context": nodes.CONTEXT, "@id": "x", **both, **other}
    )
    assert answer.status == 400
    assert "dsp/transition" in nodes.reasons(answer)


EVENT = "ContractNegotiationEventMessage"


# --- agreements that a provider makes up


async def made_up(space: Space, **changes: Any) -> tuple[str, Any]:
    """What the peer answers to an agreement by hand for a request of its own; the real maker never sees the request."""
    async with Gate("http://localhost:1").running() as gate:
        ack = nodes.encode(pids("ContractNegotiation", "made-up-provider", "ignored", state="REQUESTED"))
        gate.faults = [Fault("/request", status=201, body=ack, times=9)]
        offer = await nodes.offer_of(space.peer, space.maker, "pack")
        record = await nodes.ask(space.peer, space.maker, offer, gate.url)
        await nodes.negotiated(space.peer, record.id, "REQUESTED")
        agreement = {
            "@id": "agreement-of-our-own",
            "@type": "Agreement",
            "target": "pack",
            "assigner": space.maker.settings.node.did,
            "assignee": space.peer.settings.node.did,
            "timestamp": "2026-01-01T00:00:00Z",
            "permission": offer["permission"],
            "profile": offer["profile"],
        }
        body = pids("ContractAgreementMessage", "made-up-provider", record.id, agreement={**agreement, **changes})
        answer = await nodes.say(space.maker, space.peer, f"{DSP}/{record.id}/agreement", body)
        return record.id, answer


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"assigner": "did:web:other"}, "negotiation/party"),
        ({"assignee": "did:web:other"}, "negotiation/party"),
        ({"target": "other"}, "negotiation/target"),
        ({"permission": [{"action": "use"}]}, "negotiation/changed-policy"),
        ({"timestamp": "yesterday"}, ""),
    ],
)
async def test_an_agreement_on_something_else_is_refused(space: Space, changes: dict[str, Any], code: str) -> None:
    pid, answer = await made_up(space, **changes)
    assert answer.status == 400
    assert code in nodes.reasons(answer)
    record = await nodes.negotiated(space.peer, pid, "REQUESTED")
    assert record.agreement_id == ""
    await space.peer.negotiations.terminate(pid, "done")


async def test_an_agreement_id_that_is_taken_cannot_replace_a_contract(space: Space) -> None:
    mine = await nodes.agree(space.peer, space.maker, "other")
    before = await nodes.agreement_of(space.peer, mine.agreement_id)
    pid, answer = await made_up(space, **{"@id": mine.agreement_id})
    assert answer.status == 400
    assert "negotiation/agreement-id" in nodes.reasons(answer)
    await space.peer.negotiations.terminate(pid, "done")
    await nodes.negotiated(space.peer, pid, "TERMINATED")
    assert await nodes.agreement_of(space.peer, mine.agreement_id) == before
    assert isinstance(before, Agreement)


# --- a peer that does not do as it should


@pytest.mark.parametrize("status", [409, 500, 502, 503, 429])
@pytest.mark.parametrize("is_delivered", [False, True])
async def test_a_passing_trouble_is_overcome(space: Space, status: int, is_delivered: bool) -> None:
    async with Gate(space.maker.settings.public.url).running() as gate:
        gate.faults = [
            Fault("negotiations/request", status, is_delivered=is_delivered, times=2),
            Fault("/verification", status, is_delivered=is_delivered, times=2),
        ]
        offer = await nodes.offer_of(space.peer, space.maker, "pack")
        record = await nodes.ask(space.peer, space.maker, offer, f"{gate.url}/dsp/2025-1")
        done = await nodes.negotiated(space.peer, record.id, "FINALIZED")
        assert len(gate.paths("negotiations/request")) == (1 if status != 409 and is_delivered else 3) or is_delivered
        opened = await space.maker.store.read(lambda reader: reader.count(NEGOTIATIONS, {"consumer_pid": record.id}))
        assert opened == 1
        assert len(await nodes.audited(space.maker, "negotiation.verified", done.provider_pid)) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 301])
async def test_a_refusal_is_final(space: Space, status: int) -> None:
    async with Gate("http://localhost:1").running() as gate:
        gate.faults = [
            Fault("/request", status, b'{"@type":"ContractNegotiationError","reason":["no, thanks"]}', times=9)
        ]
        offer = await nodes.offer_of(space.peer, space.maker, "pack")
        ended = await nodes.negotiated(
            space.peer, (await nodes.ask(space.peer, space.maker, offer, gate.url)).id, "TERMINATED"
        )
        assert [path.endswith("/negotiations/request") for path, _ in gate.seen].count(True) == 1
    assert ended.code == "negotiation/undelivered"
    assert str(status) in ended.reasons[0]
    assert "no, thanks" in ended.reasons[0]


async def test_a_typed_refusal_keeps_the_code_and_reasons_of_the_peer(space: Space) -> None:
    body = b'{"@type":"ContractNegotiationError","code":"dcp/credential-revoked","reason":["it was revoked","ask"]}'
    async with Gate("http://localhost:1").running() as gate:
        gate.faults = [Fault("/request", 404, body, times=9)]
        offer = await nodes.offer_of(space.peer, space.maker, "pack")
        ended = await nodes.negotiated(
            space.peer, (await nodes.ask(space.peer, space.maker, offer, gate.url)).id, "TERMINATED"
        )
    assert ended.code == "dcp/credential-revoked"
    assert ended.reasons == ["it was revoked", "ask"]
    assert ended.terminated_by == space.maker.settings.node.did


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"@type":"ContractNegotiation"}', b"<html>", b"\xff", b"[" * 200, b'"\\ud800"'],
)
async def test_an_acknowledgement_that_names_no_process_ends_it(space: Space, body: bytes) -> None:
    async with Gate("http://localhost:1").running() as gate:
        gate.faults = [Fault("/request", 201, body, times=9)]
        offer = await nodes.offer_of(space.peer, space.maker, "pack")
        ended = await nodes.negotiated(
            space.peer, (await nodes.ask(space.peer, space.maker, offer, gate.url)).id, "TERMINATED"
        )
    assert ended.code == "negotiation/undelivered"
    assert "answer" in ended.reasons[0]


async def test_a_peer_that_is_never_there_ends_it_after_the_last_try(space: Space) -> None:
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    record = await nodes.ask(space.peer, space.maker, offer, f"http://127.0.0.1:{nodes.free_port()}")
    ended = await nodes.negotiated(space.peer, record.id, "TERMINATED")
    assert ended.code == "negotiation/undelivered"
    assert await space.peer.store.read(lambda reader: reader.count(OUTGOING, {"process_id": record.id})) == 0


# --- a life that ends in the middle


@pytest.mark.parametrize(
    ("who", "state", "match"),
    [
        ("peer", "REQUESTING", "negotiations/request"),
        ("maker", "AGREEING", "/agreement"),
        ("peer", "VERIFYING", "/agreement/verification"),
        ("maker", "FINALIZING", "/events"),
    ],
)
@pytest.mark.parametrize("is_delivered", [False, True])
async def test_a_restart_takes_up_what_was_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, state: str, match: str, is_delivered: bool
) -> None:
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (30.0,))
    space = await nodes.open_space(tmp_path)
    await nodes.offer_asset(space.maker, "pack")
    to_maker = Gate(space.maker.settings.public.url)
    to_peer = Gate(space.peer.settings.public.url)
    async with to_maker.running(), to_peer.running():
        gate = to_maker if who == "peer" else to_peer
        gate.faults = [Fault(match, is_delivered=is_delivered)]
        space.peer.negotiations._callback = f"{to_peer.url}/dsp/2025-1"
        offer = await nodes.offer_of(space.peer, space.maker, "pack")
        record = await nodes.ask(space.peer, space.maker, offer, f"{to_maker.url}/dsp/2025-1")
        await gate.reached(match)
        await asyncio.sleep(0.1)
        node: Any = getattr(space, who)
        pid = record.id if who == "peer" else (await nodes.provided(space.maker, record.id)).id
        before = await node.store.read(lambda reader: reader.need(NEGOTIATIONS, pid))
        assert before.state == state or is_delivered
        await node.stop()
        setattr(space, who, await nodes.restarted(node))
        done = await nodes.negotiated(space.peer, record.id, "FINALIZED")
        await nodes.negotiated(space.maker, done.provider_pid, "FINALIZED")
    await space.close()


async def test_what_was_stored_is_sent_even_where_nobody_waits_for_it_any_more(space: Space) -> None:
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    before = await space.peer.store.read(lambda reader: reader.count(NEGOTIATIONS))
    for turns in range(12):
        asking = asyncio.create_task(nodes.ask(space.peer, space.maker, offer))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await asyncio.sleep(0.05)
    stored = await space.peer.store.read(
        lambda reader: reader.find(NEGOTIATIONS, {"role": "consumer"}, order="created_at", descending=True, limit=12)
    )
    begun = await space.peer.store.read(lambda reader: reader.count(NEGOTIATIONS)) - before
    assert begun >= 3
    for record in stored[:begun]:
        await nodes.negotiated(space.peer, record.id, "FINALIZED")
