"""Footprints both ways between two real nodes, one of them with a region behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Refused
from connector.pcf.catena_x import version_9
from connector.pcf.identifiers import part_urn
from connector.records.exchange import AGREEMENTS
from connector.records.footprints import FOOTPRINT_REQUESTS, FootprintRequest
from connector.services.footprints.channels import Channel
from connector.services.footprints.footprints import Wish
from tests.connector.footprint_nodes import LONG, PACK, Parties, add_policies, document, eventually, parties, total_of
from tests.connector.nodes import MAKER_BPN, PEER_BPN, free_port
from tests.connector.region_rig import (
    ASSUMPTIONS,
    BUYER,
    FOREIGN,
    PASSWORD,
    SUPPLIER,
    SUPPLIER_BPN,
    Client,
    operator,
    part_body,
    trade_body,
)

CELL = "CELL-21700"


@dataclass
class Scene:
    """The parties, set up, and the region's operators logged in."""

    parties: Parties
    supplier: Client
    supplier_plant: str
    buyer: Client
    buyer_plant: str

    @property
    def maker(self) -> Any:
        return self.parties.maker

    @property
    def peer(self) -> Any:
        return self.parties.peer


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    tables = {"node": {"profile": "ouranos"}, "region_listener": {"port": free_port()}, "region": {}}
    async with parties(folder, peer=tables) as made:
        maker: Any = made.maker
        peer: Any = made.peer
        for node, partner in ((maker, PEER_BPN), (peer, MAKER_BPN)):
            await add_policies(node, partner)
            await node.own_footprints.offer(actor="test", access_policy_id="partners", usage_policy_id="footprint-use")
        address = peer.settings.region_listener.url
        clients = []
        for number, (account, operator_id, global_id) in enumerate(
            (("s@cell", SUPPLIER, SUPPLIER_BPN), ("b@buyer", BUYER, None), ("m@bridge", FOREIGN, MAKER_BPN))
        ):
            key = await peer.region_accounts.add(
                account, PASSWORD, operator(operator_id, number, global_id), actor="test"
            )
            clients.append(Client(address, key, account))
            if account == "m@bridge":
                peer.region_secrets.keep(account, key, PASSWORD)
        did = maker.settings.node.did
        await peer.links.put("operator", did, FOREIGN, {"account": "m@bridge"}, actor="test")
        attributes = {"assumptions": ASSUMPTIONS, "source": "bridge settings"}
        await peer.links.put("part", CELL, SUPPLIER, attributes, actor="test")
        split = {"rawMaterialShare": Decimal("0.75"), "source": "sector average"}
        await peer.links.put("product", f"{FOREIGN} PACK", PACK, split, actor="test")
        async with clients[0] as supplier, clients[1] as buyer, clients[2]:
            await supplier.login()
            await buyer.login()
            yield Scene(made, supplier, await supplier.plant(SUPPLIER), buyer, await buyer.plant(BUYER))


async def ask(made: Scene, part: str = CELL) -> FootprintRequest:
    wish = Wish(made.peer.settings.node.did, manufacturer_part_id=part, message="for the passport")
    record: FootprintRequest = await made.maker.footprints.ask(wish, actor="test")
    return record


async def received_trade(made: Scene) -> Any:
    return (await eventually(lambda: made.supplier.get("tradeResponse")))[-1]


async def push(node: Any, counterparty: str, path: str, body: bytes) -> None:
    """A PUT or GET through the counterparty's exchange, by hand."""
    channel: Channel = await node.footprints._channels.open(
        counterparty, "footprint exchange", lambda entry: entry.id == "footprint-exchange", "cx.pcf.base:1"
    )
    path, _, query = path.partition("?")
    method = "PUT" if body else "GET"
    answer = await node.inventory.call(channel.transfer_id, method, path, query=query, body=body or None)
    async for _ in answer.pieces:
        pass


async def test_a_cells_footprint_comes_in_from_the_region(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        asked = await ask(made)
        trade = await received_trade(made)
        assert trade["statusModel"]["message"] == "for the passport"
        assert trade["partsModel"]["partsName"] == CELL
        assert trade["partsModel"]["amountRequired"] is None
        assert trade["tradeModel"]["downstreamOperatorId"] == FOREIGN
        await made.supplier.answer(
            trade["tradeModel"]["tradeId"], SUPPLIER, made.supplier_plant, ["2.5", "1.00001", "0.5", "0"]
        )
        record = await made.maker.footprints.book.settled(asked.id, 10)
        assert (record.state, record.reason) == ("answered", "")
        assert total_of(record.document) == Decimal("4.00001")
        assert version_9.read(record.document).footprint.product_ids[-1] == part_urn(SUPPLIER_BPN, CELL)
        raw = await made.maker.footprints.document(asked.id)
        assert digest_bytes(raw) == record.document_digest
        theirs = await made.peer.footprints.book.settled(asked.id, 5)
        assert theirs.state == "answered"
        assert theirs.counterparty_bpn == MAKER_BPN
        assert theirs.document_digest == record.document_digest
        codes = {finding["code"] for finding in theirs.findings}
        assert {"pcf/assumed", "pcf/lost"} <= codes
        assert any(finding.get("source") == "bridge settings" for finding in theirs.findings)
        assert theirs.agreement_id == record.agreement_id
        assert theirs.answer_agreement_id == record.answer_agreement_id
        ours = await made.maker.store.read(lambda reader: reader.need(AGREEMENTS, record.agreement_id))
        reverse = await made.maker.store.read(lambda reader: reader.need(AGREEMENTS, record.answer_agreement_id))
        assert (ours.role, reverse.role) == ("consumer", "provider")
        log = await made.maker.store.read(lambda reader: reader.audit_entries(subject=asked.id))
        events = [entry.event for entry in log]
        assert events[0] == "footprint.asked"
        assert "footprint.answered" in events


async def test_a_second_request_uses_the_contract_in_force(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        for _ in range(2):
            asked = await ask(made)
            trade = await eventually(
                lambda: made.supplier.get("status", statusTarget="RESPONSE"),
                lambda found: any(one["requestStatus"]["cfpResponseStatus"] == "NOT_COMPLETED" for one in found),
            )
            open_ = [one for one in trade if one["requestStatus"]["cfpResponseStatus"] == "NOT_COMPLETED"]
            await made.supplier.answer(open_[0]["tradeId"], SUPPLIER, made.supplier_plant, ["1", "1", "0", "0"])
            assert (await made.maker.footprints.book.settled(asked.id, 10)).state == "answered"
        assert await made.maker.store.read(lambda reader: reader.count(AGREEMENTS)) == 2


async def test_an_operator_of_the_region_gets_the_packs_footprint(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        await made.maker.own_footprints.put(PACK, document(), actor="test")
        structure = {
            "parentPartsModel": part_body(BUYER, made.buyer_plant, "CAR"),
            "childrenPartsModel": [part_body(BUYER, made.buyer_plant, "PACK", amount=1)],
        }
        child = (await made.buyer.put("partsStructure", structure))["childrenPartsModel"][0]
        trade = await made.buyer.put("tradeRequest", trade_body(BUYER, child["traceId"], FOREIGN))
        await made.peer.trades.look()
        trade_id = trade["tradeModel"]["tradeId"]
        await eventually(
            lambda: made.buyer.get("status", statusTarget="REQUEST", traceId=child["traceId"]),
            lambda found: found[0]["requestStatus"]["cfpResponseStatus"] == "COMPLETED",
        )
        rows = await made.buyer.get("cfp", traceIds=child["traceId"])
        stated = {row["cfpType"]: row["ghgEmission"] for row in rows}
        assert stated == {"preProductionResponse": Decimal("0.07501"), "mainProductionResponse": Decimal("0.02501")}
        assert {row["cfpId"] for row in rows} == {None}
        record = (await made.peer.footprints.book.list({"trade_id": trade_id}))[0]
        record = await made.peer.footprints.book.settled(record.id, 5)
        assert record.state == "forwarded"
        assert total_of(record.document) == LONG
        rounded = [finding for finding in record.findings if finding["code"] == "pcf/rounded"]
        assert {finding["wanted"] for finding in rounded} == {"0.0750000000000000041625", "0.0250000000000000013875"}
        assumed = [finding for finding in record.findings if finding.get("source") == "sector average"]
        assert assumed, record.findings


async def test_every_digit_survives_store_audit_and_value(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        stored, _ = await made.maker.own_footprints.put(PACK, document(), actor="test")
        kept = await made.maker.own_footprints.get(PACK)
        assert str(total_of(kept.document)) == "0.10000000000000000555"
        log = await made.maker.store.read(lambda reader: reader.audit_entries(subject=PACK))
        assert str(log[-1].detail["total"]) == "0.10000000000000000555"
        assert b"0.10000000000000000555" in encode(kept.document)
        wish = Wish(made.maker.settings.node.did, manufacturer_part_id=PACK)
        asked = await made.peer.footprints.ask(wish, actor="test")
        record = await made.peer.footprints.book.settled(asked.id, 10)
        raw = await made.peer.footprints.document(asked.id)
        assert b'"pcfExcludingBiogenicUptake":0.10000000000000000555' in raw
        assert record.document_digest == stored.document_digest
        log = await made.peer.store.read(lambda reader: reader.audit_entries(subject=asked.id))
        answered = next(entry for entry in log if entry.event == "footprint.answered")
        assert str(answered.detail["total"]) == "0.10000000000000000555"


async def test_a_footprint_that_is_stored_later_answers_who_waits(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        wish = Wish(made.maker.settings.node.did, manufacturer_part_id=PACK)
        asked = await made.peer.footprints.ask(wish, actor="test")
        waiting = await eventually(
            lambda: made.maker.footprints.book.list({"direction": "incoming"}),
            lambda found: found and found[0].code == "footprint/none-stored",
        )
        assert waiting[0].state == "received"
        await made.maker.own_footprints.put(PACK, document(), actor="test")
        assert (await made.peer.footprints.book.settled(asked.id, 10)).state == "answered"
        assert (await made.maker.footprints.book.settled(asked.id, 10)).state == "answered"
        changed = document(Decimal("0.2"))
        await made.maker.own_footprints.put(PACK, changed, actor="test")
        record = await eventually(
            lambda: made.peer.footprints.book.show(asked.id), lambda found: total_of(found.document) == Decimal("0.2")
        )
        assert record.is_update


@pytest.fixture
async def answered(tmp_path: Path) -> AsyncIterator[tuple[Scene, FootprintRequest]]:
    """The peer has asked the maker for its pack, and has the answer."""
    async with scene(tmp_path) as made:
        await made.maker.own_footprints.put(PACK, document(), actor="test")
        asked = await made.peer.footprints.ask(
            Wish(made.maker.settings.node.did, manufacturer_part_id=PACK), actor="test"
        )
        yield made, await made.peer.footprints.book.settled(asked.id, 10)


async def test_answers_that_do_not_fit_are_refused_with_the_reason(answered: tuple[Scene, FootprintRequest]) -> None:
    made, record = answered
    did = made.peer.settings.node.did
    path = f"/footprintExchange/{record.id}"
    same, other = encode(document()), encode(document(Decimal("9")))

    async def refused(path: str, body: bytes) -> Refused:
        with pytest.raises(Refused) as caught:
            await push(made.maker, did, path, body)
        return caught.value

    await push(made.maker, did, path, same)
    assert (await made.peer.footprints.book.show(record.id)).updated_at == record.updated_at
    assert (await refused(path, other)).code == "footprint/answered"
    assert (await refused("/footprintExchange/never-asked", same)).code == "footprint/request-unknown"
    assert (await refused(f"{path}?update=perhaps", other)).code == "pcf/update"
    assert (await refused(f"{path}?update=true", b"{}")).code == "footprint/document"
    assert (await refused(f"{path}?update=true", b"{")).code == "json/syntax"
    assert (await refused("/elsewhere", same)).code == "footprint/path"
    assert total_of((await made.peer.footprints.book.show(record.id)).document) == LONG
    await push(made.maker, did, f"{path}?update=true", other)
    assert total_of((await made.peer.footprints.book.show(record.id)).document) == Decimal(9)
    log = await made.peer.store.read(lambda reader: reader.audit_entries(subject=record.id))
    assert [entry.detail["code"] for entry in log if entry.event == "footprint.refused"] == [
        "footprint/answered",
        "pcf/update",
        "footprint/document",
        "json/syntax",
    ]


async def test_requests_are_taken_once(answered: tuple[Scene, FootprintRequest]) -> None:
    made, record = answered
    did = made.maker.settings.node.did
    path = f"/footprintExchange/{record.id}?manufacturerPartId="
    before = await made.maker.footprints.book.settled(record.id, 5)
    await push(made.peer, did, path + PACK, b"")
    assert await made.maker.footprints.book.show(record.id) == before
    for wrong, code in (
        (path + "OTHER", "footprint/request-changed"),
        (f"/footprintExchange/{record.id}x", "pcf/part-id"),
        (f"/footprintExchange/{record.id}x?manufacturerPartId=A&message={'m' * 251}", "pcf/message"),
    ):
        with pytest.raises(Refused) as caught:
            await push(made.peer, did, wrong, b"")
        assert caught.value.code == code


async def test_a_late_answer_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        asked = await made.peer.footprints.ask(
            Wish(made.maker.settings.node.did, manufacturer_part_id=PACK), actor="test"
        )
        await eventually(lambda: made.maker.footprints.book.list({"direction": "incoming", "state": "received"}))
        await eventually(lambda: made.peer.footprints.book.show(asked.id), lambda found: found.state == "requested")
        await made.peer.footprints.book.cancel(asked.id, actor="test")
        await made.maker.own_footprints.put(PACK, document(), actor="test")
        failed = await eventually(
            lambda: made.maker.footprints.book.show(asked.id), lambda found: found.state == "failed"
        )
        assert failed.code == "footprint/closed"
        assert (await made.peer.footprints.book.show(asked.id)).document is None


async def test_an_answer_to_anothers_request_looks_unknown(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        foreign = FootprintRequest(
            id="foreign-1",
            direction="outgoing",
            state="requested",
            counterparty="did:web:someone.example:else",
            created_at=made.peer.clock.now(),
            updated_at=made.peer.clock.now(),
        )
        await made.peer.store.write(lambda tx: tx.put(FOOTPRINT_REQUESTS, foreign))
        with pytest.raises(Refused) as caught:
            await push(made.maker, made.peer.settings.node.did, "/footprintExchange/foreign-1", encode(document()))
        assert caught.value.code == "footprint/request-unknown"
        assert (await made.peer.footprints.book.show("foreign-1")).document is None


async def test_the_region_rejects(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        asked = await ask(made)
        trade = await received_trade(made)
        status = trade["statusModel"]
        status["requestStatus"] = {"cfpResponseStatus": "REJECT"}
        status["replyMessage"] = "not our cell"
        await made.supplier.put("status", status)
        theirs = await made.peer.footprints.book.settled(asked.id, 10)
        assert (theirs.state, theirs.code, theirs.reason) == ("rejected", "trade/reject", "not our cell")
        assert (await made.maker.footprints.book.show(asked.id)).state == "requested"


async def test_a_request_without_a_link_waits_for_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        asked = await ask(made, "ANODE-1")
        waiting = await eventually(
            lambda: made.peer.footprints.book.list({"direction": "incoming"}),
            lambda found: found and found[0].code == "trade/unlinked",
        )
        assert "ANODE-1" in waiting[0].reason
        assert await made.supplier.get("tradeResponse") == []
        await made.peer.links.put("part", "ANODE-1", SUPPLIER, actor="test")
        trade = await received_trade(made)
        await made.supplier.answer(trade["tradeModel"]["tradeId"], SUPPLIER, made.supplier_plant, ["1", "1", "0", "0"])
        stuck = await eventually(
            lambda: made.peer.footprints.book.show(asked.id), lambda found: found.code == "pcf/not-derivable"
        )
        assert stuck.state == "forwarded"
        await made.peer.links.put("part", "ANODE-1", SUPPLIER, {"assumptions": ASSUMPTIONS}, actor="test")
        assert (await made.maker.footprints.book.settled(asked.id, 10)).state == "answered"


async def test_both_nodes_restart_in_the_middle(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        asked = await ask(made)
        trade = await received_trade(made)
        await eventually(lambda: made.peer.footprints.book.show(asked.id), lambda found: found.state == "forwarded")
        await made.parties.maker.stop()
        await made.parties.restart("peer")
        await made.supplier.login()
        await made.supplier.answer(trade["tradeModel"]["tradeId"], SUPPLIER, made.supplier_plant, ["1", "2", "0", "0"])
        await eventually(lambda: made.peer.footprints.book.show(asked.id), lambda found: found.state == "answering")
        await made.parties.restart("peer")
        await made.parties.revive("maker")
        record = await made.maker.footprints.book.settled(asked.id, 20)
        assert (record.state, total_of(record.document)) == ("answered", Decimal(3))
        assert len(await made.supplier.get("tradeResponse")) == 1


async def test_a_request_decided_but_not_sent_goes_out_after_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        await made.peer.stop()
        asked = await ask(made)
        await made.parties.restart("maker")
        assert (await made.maker.footprints.book.show(asked.id)).state == "asking"
        await made.parties.revive("peer")
        await made.supplier.login()
        assert (await received_trade(made))["partsModel"]["partsName"] == CELL


async def test_a_partner_without_an_exchange_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        wish = Wish(made.parties.anchor.settings.node.did, manufacturer_part_id=CELL)
        asked = await made.maker.footprints.ask(wish, actor="test")
        record = await made.maker.footprints.book.settled(asked.id, 10)
        assert record.state == "failed"
        assert record.reason


def test_documents_of_these_tests_are_exact() -> None:
    assert total_of(decode(encode(document()))) == LONG
