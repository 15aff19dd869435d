"""The life of a request for a footprint: rule or person, refusal, reminder, due date, change of the value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation.problems import Conflict, Unknown
from connector.records.footprints import FOOTPRINT_REQUESTS, FootprintRequest
from connector.services.footprints.footprints import Wish
from connector.services.footprints.states import is_overdue
from connector.web.api.footprints import shown
from tests.connector.footprint_nodes import PACK, Parties, add_policies, document, eventually, parties, total_of
from tests.connector.nodes import MAKER_BPN, PEER_BPN


@asynccontextmanager
async def opened(folder: Path, answers: str = "rule") -> AsyncIterator[Parties]:
    """The maker asks; the peer has `answers` as its way to decide."""
    async with parties(folder, peer={"footprints": {"answers": answers}}) as made:
        for node, partner in ((made.maker, PEER_BPN), (made.peer, MAKER_BPN)):
            await add_policies(node, partner)
            await node.own_footprints.offer(actor="test", access_policy_id="partners", usage_policy_id="footprint-use")
        yield made


async def asked(made: Parties, **wish: Any) -> FootprintRequest:
    found: FootprintRequest = await made.maker.footprints.ask(
        Wish(made.peer.settings.node.did, manufacturer_part_id=PACK, **wish), actor="ana"
    )
    return found


async def arrived(made: Parties, request_id: str) -> FootprintRequest:
    """The request at the peer."""

    async def look() -> Any:
        return await made.peer.store.read(lambda reader: reader.get(FOOTPRINT_REQUESTS, request_id))

    found: FootprintRequest = await eventually(look)
    return found


async def test_a_changed_value_reaches_everyone_who_was_given_the_old_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as made:
        await made.peer.own_footprints.put(PACK, document(Decimal(10), id_="a"), actor="test")
        first, second = await asked(made), await asked(made)
        for one in (first, second):
            assert (await made.maker.footprints.book.settled(one.id, 10)).state == "answered"
            await eventually(lambda one=one: made.peer.footprints.book.show(one.id), lambda it: it.state == "answered")
        _, findings = await made.peer.own_footprints.put(PACK, document(Decimal(11), id_="b"), actor="test")
        assert {"pcf/increase", "pcf/preceding"} <= {finding.code for finding in findings}
        changed = await eventually(
            lambda: made.maker.footprints.book.show(second.id), lambda it: total_of(it.document) == Decimal(11)
        )
        assert changed.is_update
        assert "pcf/increase" in {finding["code"] for finding in changed.findings}
        kept = await made.maker.footprints.book.show(first.id)
        assert total_of(kept.document) == Decimal(10)  # one update a partner: the newest request carries it


async def test_an_unchanged_value_and_a_silent_change_send_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as made:
        await made.peer.own_footprints.put(PACK, document(Decimal(10)), actor="test")
        one = await asked(made)
        await made.maker.footprints.book.settled(one.id, 10)
        await eventually(lambda: made.peer.footprints.book.show(one.id), lambda it: it.state == "answered")
        await made.peer.own_footprints.put(PACK, document(Decimal(10)), actor="test")
        await made.peer.own_footprints.put(PACK, document(Decimal("10.5")), actor="test", is_told=False)
        assert (await made.peer.footprints.book.show(one.id)).state == "answered"
        assert total_of((await made.maker.footprints.book.show(one.id)).document) == Decimal(10)


async def test_a_person_accepts_rejects_and_changes_the_mind(tmp_path: Path) -> None:
    async with opened(tmp_path, "person") as made:
        await made.peer.own_footprints.put(PACK, document(Decimal(10)), actor="test")
        one, other = await asked(made), await asked(made)
        for request in (one, other):
            await arrived(made, request.id)
            waiting = await eventually(
                lambda request=request: made.peer.footprints.book.show(request.id), lambda it: bool(it.code)
            )
            assert (waiting.state, waiting.code) == ("received", "footprint/awaits-decision")
        await made.peer.footprints.accept(one.id, actor="bea")
        assert (await made.maker.footprints.book.settled(one.id, 10)).state == "answered"
        rejected = await made.peer.footprints.reject(other.id, "no longer made", actor="bea")
        assert (rejected.state, rejected.code, rejected.reason) == (
            "rejected",
            "footprint/rejected",
            "no longer made",
        )
        log = await made.peer.store.read(lambda reader: reader.audit_entries(subject=other.id))
        assert (log[-1].event, log[-1].actor) == ("footprint.rejected", "bea")
        with pytest.raises(Conflict):
            await made.peer.footprints.reject(one.id, "", actor="bea")
        await made.peer.footprints.accept(other.id, actor="bea")
        assert (await made.maker.footprints.book.settled(other.id, 10)).state == "answered"


async def test_nothing_is_accepted_without_a_footprint(tmp_path: Path) -> None:
    async with opened(tmp_path) as made:
        one = await asked(made)
        await arrived(made, one.id)
        with pytest.raises(Unknown, match=PACK):
            await made.peer.footprints.accept(one.id, actor="bea")
        assert (await made.peer.footprints.book.show(one.id)).state == "received"


async def test_due_dates_and_reminders(tmp_path: Path) -> None:
    async with opened(tmp_path) as made:
        now = made.maker.clock.now()
        one = await asked(made, due_at=now + timedelta(days=2))
        theirs = await arrived(made, one.id)
        assert theirs.due_at is not None
        assert timedelta(days=27) < theirs.due_at - now < timedelta(days=29)
        await eventually(lambda: made.maker.footprints.book.show(one.id), lambda it: it.state == "requested")
        record = await made.maker.footprints.book.show(one.id)
        assert [is_overdue(record, now + timedelta(days=days)) for days in (1, 3)] == [False, True]
        assert shown(record, now + timedelta(days=3))["isOverdue"] is True
        assert "isOverdue" not in shown(record, now)
        assert (await made.maker.footprints.book.remind(one.id, actor="ana")).state == "asking"
        await eventually(lambda: made.maker.footprints.book.show(one.id), lambda it: it.state == "requested")
        count = await made.peer.store.read(lambda reader: reader.count(FOOTPRINT_REQUESTS))
        assert count == 1
        await made.peer.own_footprints.put(PACK, document(Decimal(3)), actor="test")
        settled = await made.maker.footprints.book.settled(one.id, 10)
        assert (settled.state, is_overdue(settled, now + timedelta(days=3))) == ("answered", False)
