"""Questions about members of a record's body: the same answers from SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.adapters.sql.store import SqlStore
from connector.ports import Like, Member, Present
from connector.records.offers import ASSETS, Asset

BODIES: list[dict[str, Any]] = [
    {"name": "pack_1", "n": 7},
    {"name": "PACK_1", "n": "7"},
    {"name": "pack-2", "it's": "quoted"},
    {"name": "50%\\", "tags": ["a"]},
    {"name": '["a"]', "flag": True},
    {"name": None, "n": None},
    {"deep": {"er": "x"}, "0": "zero", "\u00e9": "letter"},
    {"odd": "nul\0", "name": "odd"},
]
NAME = Member(("properties", "name"), ("private_properties", "name"))


@pytest.fixture
async def filled(store: SqlStore) -> SqlStore:
    for number, body in enumerate(BODIES):
        private = {"name": "hidden"} if "name" not in body else {}
        record = Asset(
            id=f"a{number}", properties=body, private_properties=private, created_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        await store.write(lambda tx, record=record: tx.put(ASSETS, record))
    return store


@pytest.mark.parametrize(
    ("member", "wanted", "ids"),
    [
        (NAME, "pack_1", "a0"),
        (NAME, "hidden", "a6"),
        (NAME, ("pack_1", "pack-2", "none"), "a0 a2"),
        (NAME, (), ""),
        (NAME, '["a"]', "a4"),
        (NAME, Like("pack_1"), "a0"),
        (NAME, Like("pack%"), "a0 a2"),
        (NAME, Like("50%\\"), "a3"),
        (NAME, Like("%[%"), "a4"),
        (NAME, Like("hid%"), "a6"),
        (NAME, "x\0y", ""),
        (Member(("properties", "n")), "7", "a1"),
        (Member(("properties", "tags")), '["a"]', ""),
        (Member(("properties", "flag")), "1", ""),
        (Member(("properties", "flag")), "true", ""),
        (Member(("properties", "it's")), "quoted", "a2"),
        (Member(("properties", "deep", "er")), "x", "a6"),
        (Member(("properties", "0")), "zero", "a6"),
        (Member(("properties", "\u00e9")), Like("l%"), "a6"),
        (Member(("properties", "n")), Present(), "a0 a1"),
        (Member(("properties", "nothing")), Present(), ""),
    ],
)
async def test_members_are_found(filled: SqlStore, member: Member, wanted: Any, ids: str) -> None:
    found = await filled.read(lambda reader: reader.find(ASSETS, {member: wanted}))
    assert " ".join(record.id for record in found) == ids
    assert await filled.read(lambda reader: reader.count(ASSETS, {member: wanted})) == len(found)


@pytest.mark.parametrize("descending", [False, True])
async def test_members_give_the_order(filled: SqlStore, descending: bool) -> None:
    found = await filled.read(lambda reader: reader.find(ASSETS, order=NAME, descending=descending))
    wanted = ["a5", "a3", "a1", "a4", "a6", "a7", "a2", "a0"]
    assert [record.id for record in found] == (wanted[::-1] if descending else wanted)
