"""Searching records: what the store is asked gives what a comparison here would, in order and page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.problems import Invalid
from connector.records.exchange import NEGOTIATIONS, Negotiation
from connector.records.offers import ASSETS, Asset
from connector.services.catalog.criteria import Criterion, matches
from connector.services.catalog.offers import BY_TIME
from connector.services.catalog.search import Search, _split, find
from connector.services.exchange import states
from connector.services.exchange.exchanges import NEGOTIATION_SEARCH
from connector.web.management import views

START = datetime(2026, 1, 1, tzinfo=UTC)
PROPERTIES: list[dict[str, Any]] = [
    {"name": "pack_1", "n": 7, "kind": "a"},
    {"name": "PACK_1", "n": "7", "kind": "b"},
    {"name": "pack-2", "https://x.example/type": {"@id": "t"}, "kind": "a"},
    {"name": "50%", "tags": ["a", "b"], "kind": 'q"uote'},
    {"name": '["a"]', "flag": True, "kind": None},
    {"name": "", "kind": "\u00e9*"},
    {},
]


def asset(number: int) -> Asset:
    return Asset(
        id=f"a{number}",
        properties=PROPERTIES[number],
        private_properties={"shelf": str(number % 2), "x.y": "dotted"},
        created_at=START + timedelta(milliseconds=number),
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path}/node.sqlite", SystemClock())
    for one in map(asset, range(len(PROPERTIES))):
        await store.write(lambda tx, one=one: tx.put(ASSETS, one))
    yield store
    store.close()


AT = int(START.timestamp() * 1000)
CRITERIA = [
    ("name", "=", "pack_1"),
    ("name", "=", '["a"]'),
    ("name", "=", ""),
    ("n", "=", 7),
    ("n", "=", "7"),
    ("n", ">", 6),
    ("n", "<", "8"),
    ("tags", "=", '["a","b"]'),
    ("tags", "contains", "b"),
    ("flag", "=", True),
    ("flag", "=", "1"),
    ("kind", "in", ["a", "b"]),
    ("kind", "in", ["a", 1]),
    ("kind", "in", []),
    ("kind", "=", 'q"uote'),
    ("kind", "!=", "a"),
    ("name", "like", "pack%"),
    ("name", "like", "pack_1"),
    ("name", "like", "%*%"),
    ("name", "like", "50%"),
    ("kind", "like", "\u00e9%"),
    ("name", "ilike", "pack%"),
    ("n", "like", "7"),
    ("id", "like", "a%"),
    ("id", "in", ["a1", "a3"]),
    ("shelf", "=", "1"),
    ("x.y", "=", "dotted"),
    ("privateProperties.'shelf'", "=", "0"),
    ("'privateProperties'.'x.y'", "=", "dotted"),
    ("properties.shelf", "=", "0"),
    ("properties.'name'", "like", "p%"),
    ("'https://x.example/type'.'@id'", "=", "t"),
    ('bad"name', "=", "x"),
    ("name", "=", "a\0b"),
    ("createdAt", ">=", AT + 2),
    ("createdAt", ">", AT + 2),
    ("createdAt", "<=", AT + 2),
    ("createdAt", "<", AT + 2),
    ("createdAt", "=", AT + 2),
]


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
async def test_the_store_finds_what_a_comparison_finds(store: SqlStore, criterion: tuple[str, str, Any]) -> None:
    read = Criterion.read(dict(zip(("operandLeft", "operator", "operandRight"), criterion, strict=True)))
    every = [asset(number) for number in range(len(PROPERTIES))]
    wanted = [one.id for one in every if matches(read, one.id, views.searched_asset(one))]
    found = await find(store, ASSETS, Search([read]), BY_TIME, views.searched_asset)
    assert [one.id for one in found] == wanted


def test_most_criteria_are_asked_of_the_store() -> None:
    criteria = [Criterion("name", "like", "p%"), Criterion("kind", "in", ["a"]), Criterion("shelf", "=", "1")]
    assert _split(criteria, BY_TIME, {})[1] == []
    again = [Criterion("name", "=", "x"), Criterion("name", "=", "y"), Criterion("createdAt", ">", 5)]
    assert _split(again, BY_TIME, {})[1] == [Criterion("name", "=", "y")]


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_in_the_order_of_a_property(store: SqlStore, descending: bool) -> None:
    found: list[str] = []
    for offset in range(0, 8, 2):
        page = Search([], "name", descending, offset, 2)
        found += [one.id for one in await find(store, ASSETS, page, BY_TIME, views.searched_asset)]
    wanted = ["a6", "a5", "a3", "a1", "a4", "a2", "a0"]
    assert found == (wanted[::-1] if descending else wanted)


async def test_what_cannot_be_sorted_by_is_named(store: SqlStore) -> None:
    with pytest.raises(Invalid, match="cannot be sorted by") as caught:
        await find(store, ASSETS, Search(sort_field='a"b'), BY_TIME, views.searched_asset)
    assert caught.value.code == "search/order"


@pytest.mark.parametrize(
    ("operator", "right", "wanted"),
    [
        ("=", 1200, {"FINALIZED"}),
        ("=", "1200", {"FINALIZED"}),
        ("=", "finalized", {"FINALIZED"}),
        ("in", [200, "TERMINATED"], {"REQUESTED", "TERMINATED"}),
        ("!=", 1400, {"REQUESTED", "FINALIZED"}),
        (">=", 1200, {"FINALIZED", "TERMINATED"}),
        ("<", "FINALIZED", {"REQUESTED"}),
        ("<", 10, set()),
        ("=", 7, set()),
        ("=", 12.5, set()),
        ("=", "nothing", set()),
    ],
)
async def test_states_by_edcs_numbers(store: SqlStore, operator: str, right: Any, wanted: set[str]) -> None:
    for number, state in enumerate(("REQUESTED", "FINALIZED", "TERMINATED")):
        record = Negotiation(
            id=f"n{number}",
            role="consumer",
            state=state,
            counterparty="did:web:x",
            counterparty_address="http://x",
            created_at=START,
            updated_at=START,
        )
        await store.write(lambda tx, one=record: tx.put(NEGOTIATIONS, one))
    search = Search([Criterion("state", operator, right)])
    found = await find(store, NEGOTIATIONS, search, NEGOTIATION_SEARCH, views.negotiation)
    assert {one.state for one in found} == wanted


def test_every_state_of_the_machines_has_its_number() -> None:
    from connector.dsp import negotiation, transfer

    for machine, numbers in ((negotiation.MACHINE, states.NEGOTIATION), (transfer.MACHINE, states.TRANSFER)):
        named = {*machine.wire_states, *machine.settled}
        assert named <= set(numbers), named - set(numbers)
        assert len(set(numbers.values())) == len(numbers)
