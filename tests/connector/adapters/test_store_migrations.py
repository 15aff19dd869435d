"""Databases of every released version become today's, with what they held; newer ones are refused (see behaviour).

`released/<version>.<dialect>.sql` is a database as that version wrote it. Such files are added, never changed.
"""

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connector.adapters.sql.schema import METADATA, STEPS
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.audit import chain
from connector.records.exchange import NEGOTIATIONS, OUTGOING, SUBSCRIPTIONS
from connector.records.offers import ASSETS
from connector.records.passports import SUBMODELS
from connector.services.passports import stored

RELEASED = Path(__file__).parent / "released"
VERSIONS = sorted({int(file.name.partition(".")[0]) for file in RELEASED.iterdir()})


@contextlib.contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def make_old(url: str, version: int) -> None:
    with connected(url) as connection:
        METADATA.drop_all(connection)
        connection.execute(sa.text("drop table if exists schema_version"))
        file = RELEASED / f"{version}.{connection.dialect.name}.sql"
        for line in file.read_text("utf-8").splitlines():
            connection.exec_driver_sql(line.removesuffix(";"))


def shape(url: str) -> dict[str, Any]:
    """Tables with their columns and indexes."""
    with connected(url) as connection:
        found = sa.inspect(connection)
        return {
            table: (
                sorted((column["name"], str(column["type"])) for column in found.get_columns(table)),
                sorted((each["name"], each["column_names"], bool(each["unique"])) for each in found.get_indexes(table)),
            )
            for table in found.get_table_names()
        }


def test_each_released_version_has_a_file_of_each_kind() -> None:
    names = {f"{version}.{dialect}.sql" for version in VERSIONS for dialect in ("sqlite", "postgresql")}
    assert {file.name for file in RELEASED.iterdir()} == names
    assert VERSIONS[-1] < len(STEPS)


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_older_database_becomes_todays_and_keeps_what_it_held(store_url: str, version: int) -> None:
    fresh = shape(store_url)
    make_old(store_url, version)
    assert shape(store_url) != fresh
    for _ in range(2):
        store = SqlStore(store_url, SystemClock())
        try:
            log = await store.read(lambda reader: reader.audit_entries())
            assert [entry.event for entry in log[:2]] == ["asset.created", "negotiation.finalized"]
            assert chain.verify(log) == []
            asset, negotiation = await store.read(
                lambda reader: (reader.need(ASSETS, "asset-1"), reader.need(NEGOTIATIONS, "n-1"))
            )
            assert (asset.properties, negotiation.state) == ({"name": "one"}, "FINALIZED")
            current = await store.read(lambda reader: reader.find(SUBMODELS, {"status": "current"}))
            assert [record.number for record in current] == [2]
            (filled,) = await store.read(lambda reader, current=current: stored.filled(reader, current))
            assert (filled.value, filled.document) == ('{"a":2}', '{"id":"urn:example:sm"}')
            assert await store.read(lambda reader: reader.count(OUTGOING, {"process_id": "n-1"})) == 1
            assert await store.read(lambda reader: reader.count(SUBSCRIPTIONS)) == 0
            await store.write(lambda tx: tx.audit("asset.seen", "asset-1", {}))
        finally:
            store.close()
    assert shape(store_url) == fresh


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sa.Connection) -> None:
        connection.execute(sa.text("drop table asset"))
        raise RuntimeError("the power went")

    make_old(store_url, 1)
    before = shape(store_url)
    with monkeypatch.context() as patch:
        patch.setattr("connector.adapters.sql.schema.STEPS", (*STEPS[:1], fail, *STEPS[1:]))
        with pytest.raises(RuntimeError):
            SqlStore(store_url, SystemClock())
    assert shape(store_url) == before
    store = SqlStore(store_url, SystemClock())
    store.close()


async def test_a_page_of_submodels_is_not_sorted(store_url: str) -> None:
    """A page costs the same however many submodels there are: an index gives them in their order."""
    with connected(store_url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("set enable_seqscan = off"))
        for where in ("status = 'current'", "id_short in ('A') and status = 'current'"):
            query = f"select body from submodel where {where} and id > 'a' order by id limit 10"
            plan = "explain " if connection.dialect.name == "postgresql" else "explain query plan "
            text = " ".join(str(row) for row in connection.execute(sa.text(plan + query)))
            assert "_id" in text, text
            assert "sort" not in text.lower(), text
            assert "b-tree" not in text.lower(), text


async def test_a_current_file_is_opened_without_sqlalchemy(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.sqlite")
    program = (
        "import sys; from connector.adapters.sql.store import SqlStore; "
        "from connector.adapters.system_clock import SystemClock; "
        f"SqlStore('sqlite:///{tmp_path / 'store.sqlite'}', SystemClock()).close(); print('sqlalchemy' in sys.modules)"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
