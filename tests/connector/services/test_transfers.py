"""Transfers between real nodes: opened, paused, resumed, ended; tokens in and out of force."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nodes
import pytest
import pytest_asyncio
from nodes import Fault, Gate, Space

from connector.notation.exact_json import decode
from connector.notation.problems import Conflict, Invalid, Unknown
from connector.records.exchange import ACCESS_TOKENS, AGREEMENTS, OUTGOING, TRANSFERS, Transfer
from connector.services import outbox

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUTH = "https://w3id.org/tractusx/auth/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("transfers"))
    await nodes.offer_asset(space.maker, "pack")
    yield space
    await space.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def contract(space: Space) -> str:
    """The id of an agreement on `pack`."""
    return (await nodes.agree(space.peer, space.maker, "pack")).agreement_id


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "CONFLICT_PAUSES", (0.02,) * 5)
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (0.02,) * 4)
    monkeypatch.setattr(outbox, "PATIENT_PAUSES", ())


async def get(node: Any, token: str, path: str = "") -> Any:
    return await node.transport.send("GET", f"{node.settings.public.url}/data{path}", headers={"Authorization": token})


def token_of(record: Transfer) -> str:
    return str(record.data_address["authorization"])


async def tokens(node: Any, transfer_id: str) -> int:
    return int(await node.store.read(lambda reader: reader.count(ACCESS_TOKENS, {"transfer_id": transfer_id})))


# --- the way of a transfer


async def test_started_with_an_address_and_a_token_that_is_kept_only_as_a_hash(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    assert record.data_address["endpoint"] == f"{space.maker.settings.public.url}/data"
    properties = record.data_address["properties"]
    assert properties[f"{AUTH}refreshEndpoint"] == f"{space.maker.settings.public.url}/data/token"
    assert properties[f"{AUTH}expiresIn"] == "300"
    path = Path(space.maker.settings.store_url.removeprefix("sqlite:///"))
    kept = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    for secret in (token_of(record), properties[f"{AUTH}refreshToken"]):
        assert len(secret) >= 43
        assert secret.encode() not in kept
    log = await space.maker.store.read(lambda reader: reader.audit_entries(limit=100_000))
    assert not any(token_of(record) in str(entry.detail) for entry in log)


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "  "])
async def test_the_token_is_taken_raw_or_as_bearer(space: Space, contract: str, prefix: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    answer = await get(space.maker, prefix + token_of(record))
    assert answer.status == 200
    assert decode(answer.body)["id"] == space.maker.settings.node.did


async def test_suspended_and_resumed_by_either_side(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    for suspender, resumer in ((space.peer, space.peer), (space.maker, space.maker), (space.peer, space.maker)):
        old = token_of(await nodes.transferred(space.peer, record.id, "STARTED"))
        pids = {space.peer: record.id, space.maker: record.provider_pid}
        await suspender.transfers.suspend(pids[suspender], "lunch")
        for node in (space.peer, space.maker):
            paused = await nodes.transferred(node, pids[node], "SUSPENDED")
            assert paused.reasons == ["lunch"]
        assert await tokens(space.maker, record.provider_pid) == 0
        refused = await get(space.maker, old)
        assert refused.status == 401
        with pytest.raises(Conflict, match="SUSPENDED: lunch") as caught:
            await space.peer.inventory.pull(record.id)
        assert caught.value.code == "pull/not-started"
        await resumer.transfers.resume(pids[resumer])
        resumed = await nodes.transferred(space.peer, record.id, "STARTED")
        await nodes.transferred(space.maker, record.provider_pid, "STARTED")
        for _ in range(100):
            resumed = await nodes.transferred(space.peer, record.id, "STARTED")
            if resumed.data_address and token_of(resumed) != old:
                break
            await asyncio.sleep(0.02)
        assert token_of(resumed) != old
        assert (await get(space.maker, token_of(resumed))).status == 200
        assert (await get(space.maker, old)).status == 401


@pytest.mark.parametrize("who", ["peer", "maker"])
@pytest.mark.parametrize(("how", "state"), [("complete", "COMPLETED"), ("terminate", "TERMINATED")])
async def test_ended_by_either_side_its_token_is_void(
    space: Space, contract: str, who: str, how: str, state: str
) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    pid = record.id if who == "peer" else record.provider_pid
    transfers = getattr(space, who).transfers
    await (transfers.complete(pid) if how == "complete" else transfers.terminate(pid, "enough"))
    await nodes.transferred(space.peer, record.id, state)
    theirs = await nodes.transferred(space.maker, record.provider_pid, state)
    assert theirs.reasons == (["enough"] if how == "terminate" else [])
    refused = await get(space.maker, token_of(record))
    assert refused.status == 401
    assert decode(refused.body)["code"] == "usage/token-unknown"
    with pytest.raises(Conflict):
        await transfers.suspend(pid, "too late")
    secret = record.data_address["properties"][f"{AUTH}refreshToken"]
    renewal = await ask_refresh(space.peer, space.maker, {"grant_type": "refresh_token", "refresh_token": secret})
    assert (renewal.status, decode(renewal.body)["code"]) == (401, "usage/refresh-token")


async def test_both_suspend_at_once_without_waiting_for_each_other(space: Space, contract: str) -> None:
    to_maker, to_peer = Gate(space.maker.settings.public.url), Gate(space.peer.settings.public.url)
    async with to_maker.running(), to_peer.running():
        space.peer.transfers._callback = f"{to_peer.url}/dsp/2025-1"
        try:
            address = f"{to_maker.url}/dsp/2025-1"
            record = await nodes.start_transfer(space.peer, space.maker, contract, address)
        finally:
            space.peer.transfers._callback = nodes.protocol(space.peer)
        with nodes.held(to_maker, to_peer):
            await space.peer.transfers.suspend(record.id, "mine")
            await space.maker.transfers.suspend(record.provider_pid, "theirs")
            await to_maker.reached("/suspension")
            await to_peer.reached("/suspension")
        async with asyncio.timeout(5):
            await nodes.transferred(space.peer, record.id, "SUSPENDED")
            await nodes.transferred(space.maker, record.provider_pid, "SUSPENDED")


# --- what is refused


async def test_only_a_known_format_and_an_own_contract_can_be_asked_for(space: Space, contract: str) -> None:
    for arguments, kind, code in (
        ({"agreement_id": contract, "format_": "Kafka-PULL"}, Invalid, "transfer/format"),
        ({"agreement_id": contract, "format_": "AmazonS3-PUSH"}, Invalid, "transfer/format-absent"),
        ({"agreement_id": "none"}, Unknown, "transfer/agreement-unknown"),
    ):
        with pytest.raises(kind) as caught:
            await space.peer.transfers.request(counterparty_address=nodes.protocol(space.maker), **arguments)  # type: ignore[arg-type]
        assert caught.value.code == code
    with pytest.raises(Unknown):
        await space.maker.transfers.request(agreement_id=contract, counterparty_address=nodes.protocol(space.peer))


def request(consumer_pid: str, agreement_id: str, **changes: Any) -> dict[str, Any]:
    members = {
        "consumerPid": consumer_pid,
        "agreementId": agreement_id,
        "format": "HttpData-PULL",
        "callbackAddress": f"http://127.0.0.1:{nodes.free_port()}",
    }
    return nodes.message("TransferRequestMessage", **{**members, **changes})


async def test_another_participants_contract_is_unknown(space: Space, contract: str) -> None:
    thief = await space.join("thief", bpn="BPNL00000000THIE")
    answer = await nodes.say(thief, space.maker, "transfers/request", request("t1", contract))
    assert answer.status == 404
    assert decode(answer.body)["@type"] == "TransferError"
    assert "transfer/agreement-unknown" in nodes.reasons(answer)
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    for path, type_ in (("suspension", "TransferSuspensionMessage"), ("completion", "TransferCompletionMessage")):
        body = nodes.message(type_, providerPid=record.provider_pid, consumerPid=record.id)
        answer = await nodes.say(thief, space.maker, f"transfers/{record.provider_pid}/{path}", body)
        assert answer.status == 404
    assert (await nodes.say(thief, space.maker, f"transfers/{record.provider_pid}", method="GET")).status == 404
    shown = await nodes.say(space.peer, space.maker, f"transfers/{record.provider_pid}", method="GET")
    assert decode(shown.body)["state"] == "STARTED"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"format": "Kafka-PULL"}, 400, "transfer/format"),
        ({"format": "AmazonS3-PUSH"}, 400, "transfer/format-absent"),
        ({"format": "HttpData-PUSH"}, 400, "transfer/destination"),
        ({"format": 3}, 400, "dsp/schema"),
        ({"agreementId": "none"}, 404, "transfer/agreement-unknown"),
        ({"agreementId": "a\0b"}, 404, "transfer/agreement-unknown"),
        ({"agreementId": None}, 400, "dsp/schema"),
        ({"callbackAddress": "x"}, 400, "dsp/schema"),
        ({"consumerPid": []}, 400, "dsp/schema"),
        ({"consumerPid": "p" * 4000}, 400, "store/text"),
        ({"@type": "TransferStartMessage"}, 400, "dsp/schema"),
    ],
)
async def test_a_malformed_request_opens_nothing(
    space: Space, contract: str, changes: dict[str, Any], status: int, code: str
) -> None:
    before = await space.maker.store.read(lambda reader: reader.count(TRANSFERS))
    body = {name: value for name, value in request("bad", contract, **changes).items() if value is not None}
    answer = await nodes.say(space.peer, space.maker, "transfers/request", body)
    assert answer.status == status, answer.body
    assert decode(answer.body)["@type"] == "TransferError"
    assert code in nodes.reasons(answer)
    assert await space.maker.store.read(lambda reader: reader.count(TRANSFERS)) == before


async def test_messages_that_do_not_fit_change_nothing(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)

    async def tell(node: Any, sender: Any, pid: str, path: str, type_: str, **changes: Any) -> Any:
        pids = {"providerPid": record.provider_pid, "consumerPid": record.id}
        return await nodes.say(sender, node, f"transfers/{pid}/{path}", nodes.message(type_, **{**pids, **changes}))

    at_maker = (space.maker, space.peer, record.provider_pid)
    illegal = await tell(*at_maker, "start", "TransferStartMessage")
    assert (illegal.status, decode(illegal.body)["code"]) == (400, "dsp/transition")
    wrong = await tell(*at_maker, "completion", "TransferCompletionMessage", consumerPid="other")
    assert (wrong.status, decode(wrong.body)["code"]) == (400, "dsp/pid")
    no_address = await tell(space.peer, space.maker, record.id, "start", "TransferStartMessage")
    assert (no_address.status, decode(no_address.body)["code"]) == (400, "transfer/address")
    unknown = await tell(space.maker, space.peer, "none", "completion", "TransferCompletionMessage")
    assert (unknown.status, decode(unknown.body)["code"]) == (404, "transfer/unknown")
    for node, pid in ((space.peer, record.id), (space.maker, record.provider_pid)):
        assert (await nodes.transferred(node, pid, "STARTED")).state == "STARTED"
    assert (await get(space.maker, token_of(record))).status == 200


async def test_the_same_request_twice_is_one_transfer(space: Space, contract: str) -> None:
    body = request("twice", contract)
    answers = await asyncio.gather(*(nodes.say(space.peer, space.maker, "transfers/request", body) for _ in range(5)))
    assert {answer.status for answer in answers} == {201}
    assert len({decode(answer.body)["providerPid"] for answer in answers}) == 1


async def test_a_repeated_suspension_is_acknowledged_once(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    path = f"transfers/{record.provider_pid}/suspension"
    pids = {"providerPid": record.provider_pid, "consumerPid": record.id, "@id": "urn:uuid:s1"}
    body = nodes.message("TransferSuspensionMessage", **pids, code="x", reason=["tea"])
    for _ in range(2):
        assert (await nodes.say(space.peer, space.maker, path, body)).is_ok
    assert len(await nodes.audited(space.maker, "transfer.suspended", record.provider_pid)) == 1


async def test_a_contract_that_ended_opens_no_transfer(space: Space) -> None:
    done = await nodes.agree(space.peer, space.maker, "pack")

    def end(tx: Any) -> None:
        agreement = tx.need(AGREEMENTS, done.agreement_id)
        agreement.ended_at, agreement.ended_reason = tx.now, "recall"
        tx.put(AGREEMENTS, agreement)

    started = await nodes.start_transfer(space.peer, space.maker, done.agreement_id)
    await space.maker.store.write(end)
    refused = await get(space.maker, token_of(started))
    assert refused.status == 403
    assert decode(refused.body)["code"] == "usage/agreement-ended"
    assert "recall" in decode(refused.body)["detail"]
    record = await space.peer.transfers.request(
        agreement_id=done.agreement_id, counterparty_address=nodes.protocol(space.maker)
    )
    ended = await nodes.transferred(space.peer, record.id, "TERMINATED")
    assert ended.code == "usage/agreement-ended"
    assert "recall" in ended.reasons[0]


# --- tokens


def expire(transfer_id: str, kind: str = "access") -> Any:
    def change(tx: Any) -> None:
        for token in tx.find(ACCESS_TOKENS, {"transfer_id": transfer_id}):
            if token.kind == kind:
                token.expires_at = tx.now
                tx.put(ACCESS_TOKENS, token)

    return change


async def test_an_expired_token_is_told_apart_and_refreshed_on_the_way(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    await space.maker.store.write(expire(record.provider_pid))
    answer = await get(space.maker, token_of(record))
    assert answer.status == 401
    assert decode(answer.body)["code"] == "usage/token-expired"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    pulled = await space.peer.inventory.pull(record.id)
    assert pulled.item.size > 0
    renewed = await nodes.transferred(space.peer, record.id, "STARTED")
    assert token_of(renewed) != token_of(record)


async def test_many_pulls_at_once_share_one_refresh(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    await space.maker.store.write(expire(record.provider_pid))
    await asyncio.gather(*(space.peer.inventory.pull(record.id) for _ in range(10)))
    assert len(await nodes.audited(space.maker, "transfer.token.refreshed", record.provider_pid)) == 1


async def test_refreshing_again_and_again_leaves_no_heap_of_tokens(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    for _ in range(5):
        await space.peer.inventory.renew(record.id)
        await space.maker.store.write(expire(record.provider_pid))
    refreshable = await space.maker.store.read(
        lambda reader: [
            token
            for token in reader.find(ACCESS_TOKENS, {"transfer_id": record.provider_pid})
            if token.kind == "refresh" and (token.expires_at - space.maker.clock.now()).total_seconds() > 400
        ]
    )
    assert len(refreshable) == 1


async def ask_refresh(sender: Any, receiver: Any, body: Any, media_type: str = "application/json") -> Any:
    return await sender.transport.send(
        "POST",
        f"{receiver.settings.public.url}/data/token",
        headers={
            "Content-Type": media_type,
            "Authorization": sender.identity.bare_authorization(receiver.settings.node.did),
        },
        body=body if isinstance(body, bytes) else nodes.encode(body),
    )


async def test_a_refresh_token_serves_its_consumer_alone(space: Space, contract: str) -> None:
    other = await space.join("other", bpn="BPNL00000000ELSE")
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    secret = record.data_address["properties"][f"{AUTH}refreshToken"]
    body = {"grant_type": "refresh_token", "refresh_token": secret}
    stolen = await ask_refresh(other, space.maker, body)
    assert stolen.status == 401
    assert decode(stolen.body)["code"] == "usage/refresh-token"
    as_form = f"grant_type=refresh_token&refresh_token={secret}".encode()
    answer = await ask_refresh(space.peer, space.maker, as_form, "application/x-www-form-urlencoded")
    assert answer.status == 200
    given = decode(answer.body)
    assert given["expires_in"] == 300
    assert (await get(space.maker, given["access_token"])).status == 200
    for wrong in (token_of(record), given["access_token"], "x", "\u00e9"):
        answer = await ask_refresh(space.peer, space.maker, {**body, "refresh_token": wrong})
        assert answer.status == 401
    assert (await get(space.maker, secret)).status == 401, "a refresh token opens no data"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), ({}, 400), ({"grant_type": "password", "refresh_token": "x"}, 400),
     ({"grant_type": "refresh_token"}, 400), ({"grant_type": "refresh_token", "refresh_token": 7}, 400)],
)  # fmt: skip
async def test_a_malformed_refresh_is_refused(space: Space, body: Any, status: int) -> None:
    answer = await ask_refresh(space.peer, space.maker, body)
    assert answer.status == status
    assert decode(answer.body)["code"].startswith(("data/refresh", "json/"))


async def test_a_refresh_needs_a_proof_of_who_asks(space: Space, contract: str) -> None:
    record = await nodes.start_transfer(space.peer, space.maker, contract)
    secret = record.data_address["properties"][f"{AUTH}refreshToken"]
    answer = await space.peer.transport.send(
        "POST",
        f"{space.maker.settings.public.url}/data/token",
        headers={"Content-Type": "application/json"},
        body=nodes.encode({"grant_type": "refresh_token", "refresh_token": secret}),
    )
    assert answer.status == 401
    assert decode(answer.body)["code"].startswith("dcp/")


# --- trouble on the way


@pytest.mark.parametrize("is_delivered", [False, True])
@pytest.mark.parametrize("status", [409, 503])
async def test_a_passing_trouble_is_overcome(space: Space, contract: str, status: int, is_delivered: bool) -> None:
    async with Gate(space.maker.settings.public.url).running() as to_maker:
        async with Gate(space.peer.settings.public.url).running() as to_peer:
            to_maker.faults = [Fault("transfers/request", status, is_delivered=is_delivered, times=2)]
            to_peer.faults = [Fault("/start", status, is_delivered=is_delivered, times=2)]
            space.peer.transfers._callback = f"{to_peer.url}/dsp/2025-1"
            try:
                address = f"{to_maker.url}/dsp/2025-1"
                record = await nodes.start_transfer(space.peer, space.maker, contract, address)
            finally:
                space.peer.transfers._callback = nodes.protocol(space.peer)
        opened = await space.maker.store.read(lambda reader: reader.count(TRANSFERS, {"consumer_pid": record.id}))
        assert opened == 1
        assert (await get(space.maker, token_of(record))).status == 200


async def test_a_consumer_that_never_takes_the_start_has_no_token_in_force(space: Space, contract: str) -> None:
    answer = await nodes.say(space.peer, space.maker, "transfers/request", request("deaf", contract))
    pid = decode(answer.body)["providerPid"]
    ended = await nodes.transferred(space.maker, pid, "TERMINATED")
    assert ended.code == "transfer/undelivered"
    assert await tokens(space.maker, pid) == 0
    assert await space.maker.store.read(lambda reader: reader.count(OUTGOING, {"process_id": pid})) == 0


@pytest.mark.parametrize(
    ("who", "match"),
    [("peer", "transfers/request"), ("maker", "/start"), ("peer", "/suspension"), ("peer", "/termination")],
)
async def test_a_restart_takes_up_what_was_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, match: str
) -> None:
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (30.0,))
    space = await nodes.open_space(tmp_path)
    await nodes.offer_asset(space.maker, "pack")
    contract = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    to_maker, to_peer = Gate(space.maker.settings.public.url), Gate(space.peer.settings.public.url)
    async with to_maker.running(), to_peer.running():
        gate = to_maker if who == "peer" else to_peer
        gate.faults = [Fault(match)]
        space.peer.transfers._callback = f"{to_peer.url}/dsp/2025-1"
        record = await space.peer.transfers.request(
            agreement_id=contract, counterparty_address=f"{to_maker.url}/dsp/2025-1"
        )
        if match in ("/suspension", "/termination"):
            await nodes.transferred(space.peer, record.id, "STARTED")
            transfers = space.peer.transfers
            act = transfers.suspend if match == "/suspension" else transfers.terminate
            await act(record.id, "pause")
        await gate.reached(match)
        await asyncio.sleep(0.1)
        node: Any = getattr(space, who)
        await node.stop()
        setattr(space, who, await nodes.restarted(node))
        wanted = {"/suspension": "SUSPENDED", "/termination": "TERMINATED"}.get(match, "STARTED")
        done = await nodes.transferred(space.peer, record.id, wanted)
        await nodes.transferred(space.maker, done.provider_pid, wanted)
        if wanted == "STARTED":
            assert (await get(space.maker, token_of(done))).status == 200
    await space.close()


async def test_tokens_of_two_transfers_cannot_be_swapped(space: Space, contract: str) -> None:
    public = space.maker.settings.public.url
    address = {"type": "HttpData", "baseUrl": f"{public}/dsp/.well-known/dspace-version"}
    await nodes.offer_asset(space.maker, "versions", data_address=address)
    other = await nodes.agree(space.peer, space.maker, "versions")
    one = await nodes.start_transfer(space.peer, space.maker, contract)
    two = await nodes.start_transfer(space.peer, space.maker, other.agreement_id)
    first, second = await get(space.maker, token_of(one)), await get(space.maker, token_of(two))
    assert b"verificationMethod" in first.body
    assert b"protocolVersions" in second.body
    for path in (f"/{two.id}", f"/{two.provider_pid}", f"?transferId={two.provider_pid}"):
        swapped = await get(space.maker, token_of(one), path)
        assert b"protocolVersions" not in swapped.body
    refresh = two.data_address["properties"].get("https://w3id.org/tractusx/auth/refreshToken")
    assert refresh
    assert (await get(space.maker, refresh)).status in (401, 403)
    mixed = token_of(one)[: len(token_of(one)) // 2] + token_of(two)[len(token_of(two)) // 2 :]
    assert (await get(space.maker, mixed)).status in (401, 403)
    await space.peer.transfers.terminate(two.id, "enough")
    await nodes.transferred(space.maker, two.provider_pid, "TERMINATED")
    assert (await get(space.maker, token_of(two))).status in (401, 403)
    assert (await get(space.maker, token_of(one))).status == 200
