"""Words of records and the order of a catalog, asked of every kind of store; and a database made before them."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from connector.adapters.sql.schema import STEPS, VERSION, _add_catalog_index
from connector.adapters.sql.store import SqlStore
from connector.ports import Above
from connector.records.catalog_order import gate, property_term
from connector.records.footprints import LINKS, Link
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, Asset, ContractDefinition

NOW = datetime(2026, 11, 28, tzinfo=UTC)
TYPE = "http://purl.org/dc/terms/type"


def asset(asset_id: str, **properties: Any) -> Asset:
    return Asset(id=asset_id, properties=properties, created_at=NOW)


def definition(name: str, *criteria: tuple[str, str, Any]) -> ContractDefinition:
    selector = [{"operandLeft": left, "operator": how, "operandRight": right} for left, how, right in criteria]
    return ContractDefinition(id=name, access_policy_id="a", contract_policy_id="c", selector=selector, created_at=NOW)


async def worded(store: SqlStore, *terms: tuple[str, str], after: str = "", limit: int = 10) -> list[str]:
    words = [property_term(*each) for each in terms]
    return await store.read(lambda reader: reader.with_terms(ASSETS, words, after=after, limit=limit))


async def test_records_are_found_by_all_their_words_in_order(store: SqlStore) -> None:
    def fill(tx: Any) -> None:
        for number in range(30):
            properties = {TYPE: {"@id": "even" if number % 2 == 0 else "odd"}, "name": [f"n{number % 3}", "any"]}
            tx.put(ASSETS, Asset(id=f"x{number:02}", properties=properties, created_at=NOW))
        tx.add(ASSETS, Asset(id="secret", private_properties={"name": "any"}, created_at=NOW))

    await store.write(fill)
    assert await worded(store, (TYPE, "even"), ("name", "n0")) == ["x00", "x06", "x12", "x18", "x24"]
    assert await worded(store, (TYPE, "even"), ("name", "n0"), after="x06", limit=2) == ["x12", "x18"]
    assert len(await worded(store, ("name", "any"), limit=100)) == 31
    assert await worded(store, (TYPE, "even"), ("name", "other")) == []


async def test_words_follow_a_change_and_an_end(store: SqlStore) -> None:
    await store.write(lambda tx: tx.put(ASSETS, asset("a", name="old", kept="yes")))
    await store.write(lambda tx: tx.put(ASSETS, asset("a", name="new", kept="yes")))
    assert await worded(store, ("name", "old")) == []
    assert await worded(store, ("name", "new"), ("kept", "yes")) == ["a"]
    await store.write(lambda tx: tx.remove(ASSETS, "a"))
    assert await worded(store, ("kept", "yes")) == []


async def test_definitions_stand_in_the_order_of_gate_and_asset(store: SqlStore) -> None:
    def fill(tx: Any) -> None:
        for name in ("b", "a", "é", "Z"):
            tx.put(CONTRACT_DEFINITIONS, definition(f"d {name}", ("id", "=", name)))
        tx.put(CONTRACT_DEFINITIONS, definition("all"))
        tx.put(CONTRACT_DEFINITIONS, definition("some", ("id", "in", ["x", "y"])))

    await store.write(fill)
    key = gate("a", "c")
    found = await store.read(lambda reader: reader.find(CONTRACT_DEFINITIONS, {"slot": Above(key)}, order="slot"))
    assert [one.only for one in found] == ["Z", "a", "b", "é"]
    broad = await store.read(lambda reader: reader.find(CONTRACT_DEFINITIONS, {"slot": key}))
    assert {one.id for one in broad} == {"all", "some"}
    named = await store.read(lambda reader: reader.find(CONTRACT_DEFINITIONS, {"only": ("a", "é")}))
    assert {one.id for one in named} == {"d a", "d é"}


async def test_changes_are_counted_where_nobody_else_can_write(store: SqlStore) -> None:
    before = store.changes(ASSETS)
    await store.write(lambda tx: tx.put(LINKS, Link(id="k l", kind="k", left="l", right="r")))
    assert store.changes(ASSETS) == before
    await store.write(lambda tx: tx.put(ASSETS, asset("a")))
    after = store.changes(ASSETS)
    assert (before is None and after is None) or (before is not None and after == before + 1)


async def test_a_database_made_before_gets_its_index(open_store: Any) -> None:
    store = open_store()
    await store.write(lambda tx: tx.put(ASSETS, asset("a", name="n")))
    await store.write(lambda tx: tx.put(CONTRACT_DEFINITIONS, definition("d", ("id", "=", "a"))))
    store.close()
    engine = sa.create_engine(store._engine.url)
    with engine.begin() as connection:
        connection.execute(sa.text("drop table asset_term"))
        for name in ("slot", "only"):
            connection.execute(sa.text(f"drop index ix_contract_definition_{name}"))
            connection.execute(sa.text(f'alter table contract_definition drop column "{name}"'))
        connection.execute(VERSION.update().values(version=STEPS.index(_add_catalog_index)))
    engine.dispose()
    again = open_store()
    assert await worded(again, ("name", "n")) == ["a"]
    slot = gate("a", "c") + "a"
    found = await again.read(lambda reader: reader.find(CONTRACT_DEFINITIONS, {"slot": slot}))
    assert [one.id for one in found] == ["d"]
