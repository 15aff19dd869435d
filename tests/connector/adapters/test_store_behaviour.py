"""What the Store port promises, asked of every adapter alike."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connector.adapters.sql.store import SqlStore
from connector.audit import chain
from connector.notation.problems import Conflict, Invalid, Unavailable, Unknown
from connector.ports import Above, Below
from connector.records.every import COLLECTIONS
from connector.records.exchange import RECEIVED, Received
from connector.records.footprints import LINKS, Link
from connector.records.identity import ISSUED_CREDENTIALS, IssuedCredential
from connector.records.offers import ASSETS, Asset
from connector.records.passports import PASSPORT_VERSIONS, PassportVersion

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def asset(name: str, **members: object) -> Asset:
    return Asset(id=name, created_at=NOW, **members)


def credential(name: str, index: int) -> IssuedCredential:
    return IssuedCredential(
        id=name, type="T", holder="h", jwt="j", status_index=index, issued_at=NOW, expires_at=NOW
    )  # fmt: skip


def received(name: str, minutes: int) -> Received:
    return Received(id=name, answer={}, received_at=NOW + timedelta(minutes=minutes))


# --- records come back as they were


async def test_a_record_comes_back_as_it_was_put(store: SqlStore) -> None:
    put = asset("a", properties={"x": [1, None, True, {"y": "z"}]}, data_address={"type": "t"})
    await store.write(lambda tx: tx.put(ASSETS, put))
    assert await store.read(lambda reader: reader.get(ASSETS, "a")) == put
    assert await store.read(lambda reader: reader.get(ASSETS, "b")) is None


async def test_amounts_keep_every_digit(store: SqlStore) -> None:
    amounts = [Decimal("0.10000000000000000555"), Decimal("1.10"), Decimal("1E+40"), 10**30]
    await store.write(lambda tx: tx.put(ASSETS, asset("a", properties={"n": amounts})))
    found = await store.read(lambda reader: reader.need(ASSETS, "a"))
    assert [str(amount) for amount in found.properties["n"]] == [str(amount) for amount in amounts]


async def test_times_keep_microseconds_and_mean_the_same_in_every_zone(store: SqlStore) -> None:
    korea = NOW.astimezone(timezone(timedelta(hours=9)))
    await store.write(lambda tx: tx.put(RECEIVED, Received(id="k", answer={}, received_at=korea)))
    await store.write(lambda tx: tx.put(RECEIVED, received("later", 1)))
    found = await store.read(lambda reader: reader.find(RECEIVED, order="received_at"))
    assert [record.id for record in found] == ["k", "later"]
    assert found[0].received_at == NOW
    assert found[0].received_at.tzinfo is not None


async def test_strange_but_true_ids(store: SqlStore) -> None:
    letters = ["ä 漢字 \U0001f50b", "e\u0301", "\u00e9", "\u202eabc", "a\nb\tc", " ", "\u2028", "\x7f"]
    for name in (*letters, "' or 1=1 --", "%", "_", "x" * 2048, ""):
        link = Link(id=name, kind="k", left=name, right="")
        await store.write(lambda tx, link=link: tx.add(LINKS, link))  # type: ignore[misc]
        assert await store.read(lambda reader, name=name: reader.find(LINKS, {"left": name})) == [link]  # type: ignore[misc]
        assert await store.read(lambda reader, name=name: reader.get(LINKS, name)) == link  # type: ignore[misc]
        assert await store.write(lambda tx, name=name: tx.remove(LINKS, name))  # type: ignore[misc]


async def test_texts_in_a_body_may_be_of_any_kind_and_length(store: SqlStore) -> None:
    put = asset("a", properties={"nul": "a\0b", "long": "漢" * 100_000, "": "\x1f"})
    await store.write(lambda tx: tx.put(ASSETS, put))
    assert await store.read(lambda reader: reader.get(ASSETS, "a")) == put


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 2049, "漢" * 683])
async def test_what_no_index_can_hold_is_refused_and_not_found(store: SqlStore, name: str) -> None:
    for link in (Link(id=name, kind="k", left="l", right="r"), Link(id="ok", kind="k", left=name, right="r")):
        for act in ("put", "add"):
            with pytest.raises(Invalid) as caught:
                await store.write(lambda tx, act=act, link=link: getattr(tx, act)(LINKS, link))
            assert caught.value.code == "store/text"
    with pytest.raises(Invalid) as caught:
        await store.write(lambda tx: tx.audit("x.happened", name, {}))
    assert caught.value.code == "store/text"
    assert not await store.write(lambda tx: tx.remove(LINKS, name))
    looked = await store.read(
        lambda reader: [
            reader.get(LINKS, name),
            reader.find(LINKS, {"left": name}),
            reader.find(LINKS, {"left": (name,)}),
            reader.find(LINKS, {"left": Above(name)}),
            reader.count(LINKS, {"left": name}),
            reader.audit_entries(subject=name),
        ]
    )
    assert looked == [None, [], [], [], 0, []]


async def test_half_a_surrogate_pair_in_a_body_is_refused_by_reason(store: SqlStore) -> None:
    with pytest.raises(Invalid) as caught:
        await store.write(lambda tx: tx.put(ASSETS, asset("a", properties={"x": "\ud800"})))
    assert caught.value.code == "store/text"


async def test_numbers_beyond_64_bits_are_no_index(store: SqlStore) -> None:
    with pytest.raises(Invalid) as caught:
        await store.write(lambda tx: tx.put(ISSUED_CREDENTIALS, credential("a", 2**63)))
    assert caught.value.code == "store/value"
    await store.write(lambda tx: tx.put(ISSUED_CREDENTIALS, credential("a", 2**63 - 1)))
    assert await store.read(lambda reader: reader.count(ISSUED_CREDENTIALS, {"status_index": 2**63 - 1})) == 1
    assert await store.read(lambda reader: reader.count(ISSUED_CREDENTIALS, {"status_index": 2**64})) == 0


async def test_every_collection_has_its_table(store: SqlStore) -> None:
    assert await store.read(lambda reader: [reader.count(each) for each in COLLECTIONS]) == [0] * len(COLLECTIONS)


# --- put, add, remove, unique


async def test_put_replaces_add_refuses(store: SqlStore) -> None:
    await store.write(lambda tx: tx.add(ASSETS, asset("a")))
    await store.write(lambda tx: tx.put(ASSETS, asset("a", properties={"v": 2})))
    with pytest.raises(Conflict) as caught:
        await store.write(lambda tx: tx.add(ASSETS, asset("a", properties={"v": 3})))
    assert caught.value.code == "store/exists"
    found = await store.read(lambda reader: reader.find(ASSETS))
    assert [record.properties for record in found] == [{"v": 2}]


async def test_a_unique_field_admits_one_record_a_value(store: SqlStore) -> None:
    await store.write(lambda tx: tx.add(ISSUED_CREDENTIALS, credential("a", 1)))
    for act in ("add", "put"):
        with pytest.raises(Conflict) as caught:
            await store.write(lambda tx, act=act: getattr(tx, act)(ISSUED_CREDENTIALS, credential("b", 1)))
        assert caught.value.code == "store/exists"
    await store.write(lambda tx: tx.add(ISSUED_CREDENTIALS, credential("b", 2)))
    with pytest.raises(Conflict) as caught:
        await store.write(lambda tx: tx.put(ISSUED_CREDENTIALS, credential("b", 1)))
    assert caught.value.code == "store/exists"
    await store.write(lambda tx: tx.put(ISSUED_CREDENTIALS, credential("a", 1)))


async def test_a_conflict_inside_a_transaction_can_be_caught_there(store: SqlStore) -> None:
    def change(tx):  # type: ignore[no-untyped-def]
        tx.add(ASSETS, asset("a"))
        with pytest.raises(Conflict):
            tx.add(ASSETS, asset("a"))
        tx.add(ASSETS, asset("b"))

    await store.write(change)
    assert await store.read(lambda reader: reader.count(ASSETS)) == 2


async def test_remove_says_whether_there_was_one(store: SqlStore) -> None:
    await store.write(lambda tx: tx.put(ASSETS, asset("a")))
    assert await store.write(lambda tx: tx.remove(ASSETS, "a"))
    assert not await store.write(lambda tx: tx.remove(ASSETS, "a"))


async def test_need_tells_what_is_missing(store: SqlStore) -> None:
    with pytest.raises(Unknown, match="passport version 'x#1'") as caught:
        await store.read(lambda reader: reader.need(PASSPORT_VERSIONS, "x#1"))
    assert caught.value.code == "store/unknown"


# --- finding


async def test_find_orders_pages_and_bounds(store: SqlStore) -> None:
    def fill(tx):  # type: ignore[no-untyped-def]
        for minute in (3, 1, 2, 5, 4):
            tx.put(RECEIVED, received(f"r{minute}", minute))

    await store.write(fill)

    async def ids(where: dict[str, object] | None = None, **how: object) -> list[str]:
        return [record.id for record in await store.read(lambda reader: reader.find(RECEIVED, where, **how))]

    assert await ids() == ["r1", "r2", "r3", "r4", "r5"]
    assert await ids(order="received_at", descending=True) == ["r5", "r4", "r3", "r2", "r1"]
    assert await ids(order="received_at", limit=2, offset=1) == ["r2", "r3"]
    assert await ids(limit=0) == []
    assert await ids(offset=9) == []
    middle = NOW + timedelta(minutes=3)
    assert await ids({"received_at": Above(middle)}) == ["r4", "r5"]
    assert await ids({"received_at": Below(middle)}) == ["r1", "r2"]
    assert await ids({"received_at": (middle, NOW)}) == ["r3"]
    assert await ids({"id": ("r2", "r9", "r1")}) == ["r1", "r2"]
    assert await ids({"id": ()}) == []
    assert await store.read(lambda reader: reader.count(RECEIVED, {"received_at": Above(middle)})) == 2
    first = await store.read(lambda reader: reader.one(RECEIVED, {"received_at": middle}))
    assert first is not None
    assert first.id == "r3"
    assert await store.read(lambda reader: reader.one(RECEIVED, {"id": "none"})) is None


async def test_texts_sort_by_code_points_and_numbers_as_numbers(store: SqlStore) -> None:
    names = ["b", "B", "a", "ä", "Z", "10", "9", "_", "漢", "\U0001f50b"]

    def fill(tx):  # type: ignore[no-untyped-def]
        for place, name in enumerate(names):
            tx.put(LINKS, Link(id=name, kind="k", left=name, right=""))
            tx.put(ISSUED_CREDENTIALS, credential(name, place * 7 % 10))

    await store.write(fill)
    assert [link.id for link in await store.read(lambda reader: reader.find(LINKS, order="left"))] == sorted(names)
    found = await store.read(lambda reader: reader.find(ISSUED_CREDENTIALS, order="status_index", descending=True))
    assert [record.status_index for record in found] == list(range(9, -1, -1))


async def test_equal_keys_are_ordered_by_id(store: SqlStore) -> None:
    await store.write(lambda tx: [tx.put(ASSETS, asset(name)) for name in ("c", "a", "b")])
    assert [a.id for a in await store.read(lambda reader: reader.find(ASSETS, order="created_at"))] == ["a", "b", "c"]


# --- transactions


async def test_an_error_undoes_everything_and_is_raised_here(store: SqlStore) -> None:
    def change(tx):  # type: ignore[no-untyped-def]
        tx.put(ASSETS, asset("a"))
        tx.audit("asset.created", "a", {})
        raise LookupError("my own")

    with pytest.raises(LookupError, match="my own"):
        await store.write(change)
    assert await store.read(lambda reader: (reader.count(ASSETS), reader.audit_entries())) == (0, [])


async def test_one_failing_transaction_of_a_batch_takes_no_other_with_it(store: SqlStore) -> None:
    def change(number: int):  # type: ignore[no-untyped-def]
        def act(tx):  # type: ignore[no-untyped-def]
            tx.put(ASSETS, asset(f"a{number:03}"))
            tx.audit("asset.created", f"a{number:03}", {})
            if number % 3 == 0:
                raise ValueError(number)

        return act

    results = await asyncio.gather(*(store.write(change(number)) for number in range(99)), return_exceptions=True)
    assert [isinstance(result, ValueError) for result in results] == [number % 3 == 0 for number in range(99)]
    kept, log = await store.read(lambda reader: (reader.find(ASSETS), reader.audit_entries()))
    assert [record.id for record in kept] == [f"a{number:03}" for number in range(99) if number % 3]
    assert chain.verify(log) == []
    assert len(log) == len(kept)


async def test_a_transaction_sees_its_own_changes_and_those_before(store: SqlStore) -> None:
    await store.write(lambda tx: tx.put(ASSETS, asset("a", properties={"n": 1})))

    def change(tx):  # type: ignore[no-untyped-def]
        record = tx.need(ASSETS, "a")
        record.properties = {"n": record.properties["n"] + 1}
        tx.put(ASSETS, record)
        return tx.need(ASSETS, "a").properties["n"], tx.count(ASSETS)

    assert await store.write(change) == (2, 1)


def elsewhere(store: SqlStore, change) -> asyncio.Task[object]:  # type: ignore[no-untyped-def]
    """A write by another thread with a loop of its own: on SQLite a change runs in the thread that asks for it."""
    return asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(store.write(change))))


async def test_a_look_sees_only_what_is_committed_and_one_state(store: SqlStore) -> None:
    reached, go_on = threading.Event(), threading.Event()
    await store.write(lambda tx: tx.put(ASSETS, asset("before")))

    def slow(tx):  # type: ignore[no-untyped-def]
        tx.put(ASSETS, asset("during"))
        reached.set()
        go_on.wait(10)

    writing = elsewhere(store, slow)
    await asyncio.to_thread(reached.wait, 10)
    assert await store.read(lambda reader: reader.count(ASSETS)) == 1
    go_on.set()
    await writing
    assert await store.read(lambda reader: reader.count(ASSETS)) == 2


async def test_a_look_does_not_change_while_it_looks(store: SqlStore) -> None:
    loop = asyncio.get_running_loop()
    counted: list[int] = []

    def look(reader):  # type: ignore[no-untyped-def]
        counted.append(reader.count(ASSETS))
        asyncio.run_coroutine_threadsafe(store.write(lambda tx: tx.put(ASSETS, asset("new"))), loop).result(10)
        counted.append(reader.count(ASSETS))

    await asyncio.to_thread(lambda: asyncio.run(store.read(look)))
    assert counted == [0, 0]
    assert await store.read(lambda reader: reader.count(ASSETS)) == 1


async def test_many_writers_lose_nothing(store: SqlStore) -> None:
    await store.write(lambda tx: tx.put(ASSETS, asset("counter", properties={"n": 0})))

    def count(tx):  # type: ignore[no-untyped-def]
        record = tx.need(ASSETS, "counter")
        record.properties = {"n": record.properties["n"] + 1}
        tx.put(ASSETS, record)
        tx.audit("counted", "counter", {"n": record.properties["n"]})

    async def ten_times() -> None:
        for _ in range(10):
            await store.write(count)

    async def many() -> None:
        await asyncio.gather(*(ten_times() for _ in range(5)))

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(3)]
    for thread in threads:
        thread.start()
    await many()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    record, log = await store.read(lambda reader: (reader.need(ASSETS, "counter"), reader.audit_entries()))
    assert record.properties["n"] == 200
    assert [entry.detail["n"] for entry in log] == list(range(1, 201))
    assert chain.verify(log) == []


async def test_waiting_transactions_share_a_commit(open_store) -> None:  # type: ignore[no-untyped-def]
    told: list[str] = []
    store = open_store(on_commit=told.append)
    blocked, go_on = threading.Event(), threading.Event()

    def first(tx):  # type: ignore[no-untyped-def]
        tx.mark("first")
        blocked.set()
        go_on.wait(10)

    def later(tx):  # type: ignore[no-untyped-def]
        tx.mark("later")
        return tuple(told)

    def failing(tx):  # type: ignore[no-untyped-def]
        tx.mark("never told")
        raise ValueError

    tasks = [elsewhere(store, first)]
    await asyncio.to_thread(blocked.wait, 10)
    tasks += [asyncio.create_task(store.write(each)) for each in (later, failing, later)]
    await asyncio.sleep(0)
    go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    # Both later ones ran after the first commit was told and before their own was: one commit for both.
    assert results[1] == results[3] == ("first",)
    assert told == ["first", "later", "later"]


async def test_who_is_cancelled_while_waiting_does_not_stop_the_store(store: SqlStore) -> None:
    blocked, go_on = threading.Event(), threading.Event()

    def slow(tx):  # type: ignore[no-untyped-def]
        blocked.set()
        go_on.wait(10)

    first = elsewhere(store, slow)
    await asyncio.to_thread(blocked.wait, 10)
    task = asyncio.create_task(store.write(lambda tx: tx.put(ASSETS, asset("left"))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await first
    await store.write(lambda tx: tx.put(ASSETS, asset("next")))
    assert await store.read(lambda reader: reader.count(ASSETS)) == 2


async def test_closing_finishes_what_waits_and_takes_nothing_more(store: SqlStore) -> None:
    writes = [
        asyncio.create_task(store.write(lambda tx, n=n: tx.put(ASSETS, asset(f"a{n}"))))  # type: ignore[misc]
        for n in range(300)
    ]
    await asyncio.sleep(0)
    store.close()
    await asyncio.gather(*writes)
    with pytest.raises(Unavailable) as caught:
        await store.write(lambda tx: None)
    assert caught.value.code == "store/closed"
    store.close()


async def test_what_was_written_is_there_after_opening_again(open_store) -> None:  # type: ignore[no-untyped-def]
    store = open_store()
    await store.write(lambda tx: tx.put(ASSETS, asset("a")))
    await store.write(lambda tx: tx.audit("asset.created", "a", {"n": Decimal("0.10")}))
    store.close()
    again = open_store()
    assert await again.read(lambda reader: reader.count(ASSETS)) == 1
    await again.write(lambda tx: tx.audit("asset.seen", "a", {}))
    log = await again.read(lambda reader: reader.audit_entries())
    assert chain.verify(log) == []
    assert str(log[0].detail["n"]) == "0.10"


# --- the audit log


async def test_audit_entries_are_chained_filtered_and_paged(store: SqlStore) -> None:
    def change(tx):  # type: ignore[no-untyped-def]
        return [tx.audit("a.happened", f"s{n % 2}", {"n": n}, actor="did:web:x") for n in range(6)]

    written = await store.write(change)
    log = await store.read(lambda reader: reader.audit_entries())
    assert log == written
    assert [entry.sequence for entry in log] == [1, 2, 3, 4, 5, 6]
    assert chain.verify(log) == []
    page = await store.read(lambda reader: reader.audit_entries(after=2, limit=2))
    assert [entry.sequence for entry in page] == [3, 4]
    odd = await store.read(lambda reader: reader.audit_entries(subject="s1"))
    assert [entry.detail["n"] for entry in odd] == [1, 3, 5]


async def test_a_transaction_has_one_time(store: SqlStore) -> None:
    def change(tx):  # type: ignore[no-untyped-def]
        return tx.now, tx.audit("a", "s", {}), tx.audit("b", "s", {})

    now, first, second = await store.write(change)
    assert now.tzinfo is not None
    assert first.time == second.time == now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- versions of the schema


async def test_a_newer_database_is_refused(open_store, store_url: str) -> None:  # type: ignore[no-untyped-def]
    import sqlalchemy as sa

    open_store().close()
    engine = sa.create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(sa.text("insert into schema_version (version) values (99)"))
    engine.dispose()
    for _ in range(2):
        with pytest.raises(Conflict, match="version 99") as caught:
            open_store()
        assert caught.value.code == "store/newer"


async def test_free_form_members_of_versions_keep_their_order_of_numbers(store: SqlStore) -> None:
    def change(tx):  # type: ignore[no-untyped-def]
        for number in (10, 9, 2):
            version = PassportVersion(
                id=f"u#{number}",
                unit_id="u",
                number=number,
                payload={"capacity": Decimal("94.500")},
                payload_digest="d",
                actor="a",
                role="r",
                reason="x",
                created_at=NOW,
            )
            tx.put(PASSPORT_VERSIONS, version)

    await store.write(change)
    found = await store.read(lambda reader: reader.find(PASSPORT_VERSIONS, {"unit_id": "u"}, order="number"))
    assert [(record.number, str(record.payload["capacity"])) for record in found] == [
        (2, "94.500"), (9, "94.500"), (10, "94.500"),
    ]  # fmt: skip
