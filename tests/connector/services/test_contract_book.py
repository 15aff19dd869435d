"""Contracts as people know them, between real nodes: dry runs, groups, approvals, the accept-list, purposes, reuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.notation.problems import Conflict, Refused, Unknown
from connector.records.exchange import TRANSFERS
from connector.records.identity import KNOWN_PRESENTATIONS
from connector.services.contracts.dry_runs import Wish

pytestmark = pytest.mark.asyncio(loop_scope="module")
PCF = "cx.pcf.base:1"
WARRANTY = nodes.constraint("Warranty", "eq", "cx.warranty.none:1")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("book"))
    await nodes.offer_asset(space.maker, "pack")
    legal = nodes.rule("use", *nodes.USAGE_CONSTRAINTS, WARRANTY)
    await nodes.offer_asset(space.maker, "legal", usage=legal)
    group = nodes.constraint("BusinessPartnerGroup", "isAnyOf", ["gold"])
    access = nodes.rule("access", nodes.constraint("Membership", "eq", "active"), group)
    await nodes.offer_asset(space.maker, "grouped", access=access)
    yield space
    await space.close()


def did(node: Any) -> str:
    return str(node.settings.node.did)


async def call(node: Any, method: str, path: str, body: Any = None) -> httpx.Response:
    """A request on the management listener, with a fresh key."""
    key = await node.keys.create(f"person-{node.clock.new_id()[:8]}", "admin", actor="test")
    async with httpx.AsyncClient(timeout=60) as client:
        url = f"{node.settings.management.url}{path}"
        return await client.request(method, url, json=body, headers={"X-Api-Key": key})


async def shown(space: Space) -> set[str]:
    catalog = await space.peer.partners.read_catalog(did(space.maker), nodes.protocol(space.maker))
    return {entry.id for entry in catalog.datasets}


async def test_a_dry_run_says_at_which_moment_it_fails(space: Space) -> None:
    await shown(space)
    await space.maker.catalog.settle()
    play = space.maker.desk.dry_runs.play
    before = await space.maker.store.read(lambda reader: len(reader.audit_entries(limit=1_000_000)))
    good = await play(did(space.peer), "pack")
    assert (good.sees, good.fails_at) == (True, "")
    assert [one.name for one in good.ways[-1].moments] == [
        *("catalog", "offer", "agreement", "transfer", "request", "after")
    ]
    wrong = await play(did(space.peer), "pack", wish=Wish(purposes=frozenset({PCF})))
    assert (wrong.sees, wrong.fails_at) == (True, "offer")
    later = await play(did(space.peer), "pack", wish=Wish(at=space.maker.clock.now() + timedelta(days=4000)))
    assert later.fails_at
    hidden = await play(did(space.peer), "grouped")
    assert (hidden.sees, hidden.fails_at) == (False, "catalog")
    assert hidden.ways[0].moments[0].decision.operand == "BusinessPartnerGroup"
    stranger = await play("did:web:nobody.example", "pack")
    assert (stranger.sees, stranger.fails_at) == (False, "identity")
    after = await space.maker.store.read(lambda reader: len(reader.audit_entries(limit=1_000_000)))
    assert after == before, "asking leaves no trace"
    with pytest.raises(Unknown):
        await space.peer.desk.dry_runs.play(did(space.maker), "never seen")


async def test_a_refusal_leads_to_its_dry_run_and_the_peer_never_reads_of_it(space: Space) -> None:
    offer = await nodes.offer_of(space.peer, space.maker, "pack")
    changed = {
        **offer,
        "permission": nodes.rule("use", nodes.USAGE_CONSTRAINTS[0], nodes.constraint("UsagePurpose", "isAnyOf", [PCF]))[
            "permission"
        ],
    }
    record = await nodes.ask(space.peer, space.maker, changed)
    ended = await nodes.negotiated(space.peer, record.id, "TERMINATED")
    assert "dry-run" not in repr(ended)
    theirs = await nodes.provided(space.maker, record.id)
    (noted,) = await nodes.audited(space.maker, "negotiation.refused", theirs.id)
    view = (await call(space.maker, "GET", f"/api/negotiations/{theirs.id}")).json()
    assert view["dryRun"] == noted["dryRun"]
    edc = (await call(space.maker, "GET", f"/management/v3/contractnegotiations/{theirs.id}")).json()
    assert edc["dryRun"] == noted["dryRun"]
    played = (await call(space.maker, "GET", f"{noted['dryRun']}&purpose={PCF}")).json()
    assert (played["sees"], played["failsAt"]) == (True, "offer")
    await shown(space)
    hidden = (await nodes.audited(space.maker, "catalog.requested", did(space.peer)))[-1]["hidden"]
    led = next(one["dryRun"] for one in hidden if one["definition"] == "grouped definition")
    assert (await call(space.maker, "GET", led)).json()["failsAt"] == "catalog"


async def test_a_refused_pull_tells_the_peer_the_reason_and_no_address(space: Space) -> None:
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    headers = {"Authorization": transfer.data_address["authorization"], "Ionport-Usage-Purpose": PCF}
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(transfer.data_address["endpoint"], headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "odrl/purpose-not-granted"
    assert "dry" not in answer.text.lower()
    noted = (await nodes.audited(space.maker, "usage.refused", agreement_id))[-1]
    assert (await call(space.maker, "GET", f"{noted['dryRun']}&purpose={PCF}")).json()["failsAt"] == "transfer"


async def test_groups_open_and_shut_offers_and_keep_their_history(space: Space) -> None:
    assert "grouped" not in await shown(space)
    status = await call(space.maker, "POST", "/api/groups/gold/members", {"bpns": [nodes.PEER_BPN]})
    assert status.status_code == 200
    assert "grouped" in await shown(space)
    inside = space.maker.clock.now()
    await space.maker.desk.groups.remove("gold", nodes.PEER_BPN, actor="test")
    assert "grouped" not in await shown(space)
    with pytest.raises(Unknown):
        await space.maker.desk.groups.remove("gold", nodes.PEER_BPN, actor="test")
    assert [one.bpn for one in await space.maker.desk.groups.members("gold", at=inside)] == [nodes.PEER_BPN]
    assert await space.maker.desk.groups.members("gold") == []
    (kept,) = (await call(space.maker, "GET", "/api/groups/history?group=gold")).json()
    assert kept["until"] > kept["since"]
    refused = await call(space.maker, "POST", "/api/groups/gold/members", {"bpns": ["BPNL1"]})
    assert refused.json()["code"] == "group/bpn"


async def test_the_registry_of_affiliates_says_where_data_may_go(space: Space) -> None:
    path = "/api/affiliates/BPNL00000000SUBS"
    entered = await call(space.maker, "PUT", path, {"region": "europe", "source": "annex 2"})
    assert entered.json()["relation"] == "affiliate"
    assert (await call(space.maker, "PUT", path, {"region": "mars", "source": "x"})).status_code == 400
    await call(space.maker, "PUT", path, {"region": "asia", "source": "annex 3"})
    assert (await call(space.maker, "DELETE", path)).status_code == 204
    assert (await call(space.maker, "DELETE", path)).json()["code"] == "affiliate/unknown"
    history = (await call(space.maker, "GET", f"{path}/history")).json()
    assert [one["event"] for one in history] == ["affiliate.entered", "affiliate.corrected", "affiliate.removed"]


async def test_legal_terms_wait_for_a_person_and_the_sheet_says_who(space: Space) -> None:
    record = await nodes.ask(space.peer, space.maker, await nodes.offer_of(space.peer, space.maker, "legal"))
    waiting = await nodes.negotiated(space.peer, record.id, "AGREED")
    (queued,) = [one for one in (await call(space.peer, "GET", "/api/approvals")).json() if one["id"] == record.id]
    assert queued["action"] == "verify"
    sheet = await space.peer.desk.agreements.show(waiting.agreement_id)
    assert sheet.needs_acceptance
    assert [finding.code for finding in sheet.findings] == ["odrl/terms-not-accepted"]
    done = (await call(space.peer, "POST", f"/api/agreements/{waiting.agreement_id}/accept")).json()
    assert done["acceptances"][0]["actor"].startswith("person")
    await nodes.negotiated(space.peer, record.id, "FINALIZED")
    both = [await node.desk.agreements.show(waiting.agreement_id) for node in (space.peer, space.maker)]
    assert both[0].policy_digest == both[1].policy_digest
    assert [one.state for one in both] == ["in force", "in force"]
    plain = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    with pytest.raises(Conflict):
        await space.peer.desk.agreements.accept(plain, actor="a person")
    page = await call(space.peer, "GET", f"/api/agreements/{waiting.agreement_id}/page")
    assert "text/html" in page.headers["content-type"]
    assert "<script" not in page.text
    assert did(space.maker) in page.text
    assert "the warranty is" in page.text


async def test_the_accept_list_accepts_in_advance(space: Space) -> None:
    legal = nodes.rule("use", *nodes.USAGE_CONSTRAINTS, WARRANTY)
    made = (await call(space.peer, "POST", "/api/accepted-policies", {"policy": legal, "name": "ours"})).json()
    done = await nodes.agree(space.peer, space.maker, "legal")
    sheet = await space.peer.desk.agreements.show(done.agreement_id)
    assert sheet.policy_digest == made["digest"]
    assert [one.actor for one in sheet.acceptances] == [made["actor"]]
    offered = await space.maker.negotiations.propose(
        counterparty=did(space.peer),
        counterparty_address=nodes.protocol(space.peer),
        offer={**legal, "@type": "Offer", "target": "legal"},
    )
    await nodes.negotiated(space.maker, offered.id, "FINALIZED")
    assert (await call(space.peer, "DELETE", f"/api/accepted-policies/{made['digest']}")).status_code == 204
    again = await nodes.ask(space.peer, space.maker, await nodes.offer_of(space.peer, space.maker, "legal"))
    await nodes.negotiated(space.peer, again.id, "AGREED")


async def test_what_is_not_on_the_list_is_not_asked_for_where_the_list_is_all(space: Space) -> None:
    strict = await space.join("strict", bpn=nodes.PEER_BPN, exchange={"only_accepted_policies": True})
    offer = await nodes.offer_of(strict, space.maker, "pack")
    with pytest.raises(Refused) as caught:
        await nodes.ask(strict, space.maker, offer)
    assert caught.value.code == "negotiation/not-on-accept-list"
    await strict.desk.accept_list.add(nodes.USAGE, name="", reason="", actor="legal")
    await nodes.negotiated(strict, (await nodes.ask(strict, space.maker, offer)).id, "FINALIZED")


async def test_by_hand_a_person_agrees_or_says_no(space: Space) -> None:
    careful = await space.join("careful", bpn="BPNL00000000CARE", exchange={"approval": "by-hand"})
    await nodes.offer_asset(careful, "pack")
    offer = await nodes.offer_of(space.peer, careful, "pack")
    first, second = [await nodes.ask(space.peer, careful, offer) for _ in range(2)]
    theirs = [await nodes.provided(careful, record.id) for record in (first, second)]
    for record in theirs:
        await nodes.negotiated(careful, record.id, "REQUESTED")
    queue = await careful.desk.approvals.waiting()
    assert {one.record.id: one.objection for one in queue} == {record.id: "" for record in theirs}
    await careful.desk.approvals.approve(theirs[0].id, actor="a person")
    await nodes.negotiated(space.peer, first.id, "FINALIZED")
    with pytest.raises(Conflict):
        await careful.desk.approvals.approve(theirs[0].id, actor="a person")
    await careful.desk.approvals.reject(theirs[1].id, "no capacity", actor="a person")
    ended = await nodes.negotiated(space.peer, second.id, "TERMINATED")
    assert (ended.code, ended.reasons) == ("negotiation/rejected", ["no capacity"])
    bad = {
        **offer,
        "permission": nodes.rule(
            "use", *nodes.USAGE_CONSTRAINTS[:1], nodes.constraint("UsagePurpose", "isAnyOf", [PCF])
        )["permission"],
    }
    refused = await nodes.ask(space.peer, careful, bad)
    assert (await nodes.negotiated(space.peer, refused.id, "TERMINATED")).code.startswith("odrl/")


async def test_the_purpose_goes_with_the_transfer_and_each_pull(space: Space) -> None:
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    theirs = await space.maker.store.read(lambda reader: reader.need(TRANSFERS, transfer.provider_pid))
    assert theirs.purposes == [nodes.PURPOSE]
    await space.peer.inventory.pull(transfer.id)
    stated = (await nodes.audited(space.maker, "usage.permitted", agreement_id))[-1]
    assert stated["purposes"] == [nodes.PURPOSE]
    assert "purposesAssumed" not in stated
    with pytest.raises(Refused) as caught:
        await space.peer.inventory.pull(transfer.id, purpose=PCF)
    assert caught.value.code == "odrl/purpose-not-granted"
    with pytest.raises(Refused):
        await space.peer.transfers.request(
            agreement_id=agreement_id, counterparty_address=nodes.protocol(space.maker), purposes=(PCF,)
        )
    assert len(await nodes.audited(space.maker, "usage.refused", agreement_id)) == 0, "our own gate said no"
    assert (await nodes.audited(space.peer, "pull.refused", agreement_id))[-1]["code"] == "odrl/purpose-not-granted"


async def test_from_a_peer_without_it_the_purposes_are_assumed_and_the_log_says_so(space: Space) -> None:
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    asked = nodes.message(
        "TransferRequestMessage",
        consumerPid="urn:uuid:foreign",
        agreementId=agreement_id,
        format="HttpData-PULL",
        callbackAddress=nodes.protocol(space.peer),
    )
    answer = await nodes.say(space.peer, space.maker, "transfers/request", asked)
    assert answer.status == 201
    noted = [
        entry.detail
        for entry in await space.maker.store.read(lambda reader: reader.audit_entries(limit=1_000_000))
        if entry.event == "transfer.requested" and entry.detail.get("agreementId") == agreement_id
    ]
    assert noted[-1]["purposesAssumed"] is True
    assert noted[-1]["purposes"] == [nodes.PURPOSE]


async def test_a_running_stream_is_cut_when_its_contract_ends(space: Space) -> None:
    """An endless source: the consumer reads until the contract is retired, and the connection breaks off."""
    endless, began = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")
        while not endless.is_set():
            writer.write(b"x" * 1024)
            await writer.drain()
            began.set()
            await asyncio.sleep(0.02)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = {"type": "HttpData", "baseUrl": f"http://127.0.0.1:{port}/stream"}
    await nodes.offer_asset(space.maker, "stream", data_address=address)
    agreement_id = (await nodes.agree(space.peer, space.maker, "stream")).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    pulling = asyncio.ensure_future(space.peer.inventory.pull(transfer.id))
    await began.wait()
    await asyncio.sleep(0.1)
    await space.maker.retirements.retire(agreement_id, "recalled", actor="test")
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the client calls a broken connection
        await asyncio.wait_for(pulling, 10)
    endless.set()
    server.close()
    for _ in range(100):
        cut = await nodes.audited(space.maker, "usage.cut", agreement_id)
        if cut:
            break
        await asyncio.sleep(0.05)
    assert [one["transfer"] for one in cut] == [transfer.provider_pid]


async def test_a_missing_receipt_is_a_finding_until_it_comes(space: Space) -> None:
    quick = await space.join("quick", bpn="BPNL00000000QUIC", exchange={"receipt_within": 1})
    await nodes.offer_asset(quick, "pack")
    agreement_id = (await nodes.agree(space.peer, quick, "pack")).agreement_id
    await space.peer.endings.stop()
    await quick.retirements.retire(agreement_id, "recalled", actor="test")
    for _ in range(200):
        if await nodes.audited(quick, "receipt.missing", agreement_id):
            break
        await asyncio.sleep(0.05)
    sheet = await quick.desk.agreements.show(agreement_id)
    assert (sheet.receipt, [finding.code for finding in sheet.findings]) == ("missing", ["agreement/receipt-missing"])
    await space.peer.endings.start()
    for _ in range(200):
        if (await quick.desk.agreements.show(agreement_id)).receipt == "received":
            break
        await asyncio.sleep(0.05)
    assert list((await quick.desk.agreements.show(agreement_id)).findings) == []


async def test_policies_over_the_api_as_on_the_command_line(space: Space) -> None:
    bad = {"policy": nodes.rule("use", nodes.constraint("Nonsense", "eq", 1))}
    checked = (await call(space.maker, "POST", "/api/policies/check", {**bad, "shacl": True})).json()
    assert not checked["ok"]
    assert any(finding.get("pointer") for finding in checked["findings"])
    told = (await call(space.maker, "POST", "/api/policies/explain", {"policyId": "pack usage"})).json()
    assert any(nodes.PURPOSE in sentence for sentence in told["sentences"])
    facts = {"membership": "active", "frameworkAgreements": ["DataExchangeGovernance:1.0"]}
    asked = {"policyId": "pack usage", "facts": facts}
    assert (await call(space.maker, "POST", "/api/policies/simulate", asked)).json()["ok"] is True
    late = {**asked, "facts": {**facts, "signedAt": "2020-01-01T00:00:00Z"}, "phases": ["request"]}
    (answer,) = (await call(space.maker, "POST", "/api/policies/simulate", late)).json()["answers"]
    assert answer["code"] == "odrl/usage-ended"
    both = await call(space.maker, "POST", "/api/policies/check", {})
    assert (both.status_code, both.json()["code"]) == (400, "http/body")


async def test_credentials_are_presented_anew_with_each_refresh_of_a_token(space: Space) -> None:
    agreement_id = (await nodes.agree(space.peer, space.maker, "pack")).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)

    async def presented() -> Any:
        known = await space.maker.store.read(lambda reader: reader.get(KNOWN_PRESENTATIONS, did(space.peer)))
        assert known is not None
        return known.received_at

    before = await presented()
    await space.peer.inventory.renew(transfer.id)
    assert await presented() > before


async def test_the_log_says_what_a_request_was_decided_on(space: Space) -> None:
    done = await nodes.agree(space.peer, space.maker, "pack")
    theirs = await nodes.provided(space.maker, done.id)
    (noted,) = await nodes.audited(space.maker, "negotiation.requested", theirs.id)
    sheet = await space.maker.desk.agreements.show(done.agreement_id)
    assert (noted["outcome"], noted["policy"]) == ("permitted", sheet.policy_digest)
    assert len(noted["credentials"]) == len(nodes.CREDENTIALS)
