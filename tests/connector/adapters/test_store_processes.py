"""One store and several processes: who is let in, what a kill costs, how two writers share one audit log."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.audit import chain
from connector.notation.problems import Conflict, Invalid, Unavailable
from connector.records.offers import ASSETS

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.records.offers import ASSETS, Asset

async def write(store, name, number):
    def change(tx):
        tx.put(ASSETS, Asset(id=f"{name}-{number}", created_at=datetime.now(UTC)))
        tx.audit("asset.created", f"{name}-{number}", {})
    await store.write(change)
    print(number, flush=True)

async def main(url, name, count):
    store = SqlStore(url, SystemClock())
    print("open", flush=True)
    if count == "ask":
        sys.stdin.readline()
    number = 0
    while number != int(count if count != "ask" else 0):
        await asyncio.gather(*(write(store, name, number + n) for n in range(5)))
        number += 5
    store.close()

asyncio.run(main(*sys.argv[1:]))
"""


def start(url: str, name: str, count: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, name, count],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
    )


async def test_a_kill_in_the_middle_loses_nothing_that_was_acknowledged(store_url: str) -> None:
    writer = start(store_url, "w", "-1")
    assert writer.stdout is not None
    assert writer.stdout.readline() == "open\n"
    acknowledged = [int(writer.stdout.readline()) for _ in range(40)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate(timeout=20)
    acknowledged += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    store = SqlStore(store_url, SystemClock())
    try:
        kept, log = await store.read(
            lambda reader: (reader.find(ASSETS, limit=100_000), reader.audit_entries(limit=100_000))
        )
        assert {f"w-{number}" for number in acknowledged} <= {asset.id for asset in kept}
        assert {entry.subject for entry in log} == {asset.id for asset in kept}
        assert chain.verify(log) == []
        await store.write(lambda tx: tx.audit("asset.seen", "after", {}))
    finally:
        store.close()


def test_a_second_process_is_refused_by_sqlite_and_let_in_after_the_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    other = start(url, "other", "ask")
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    for _ in range(2):
        with pytest.raises(Conflict, match="in use by another process") as caught:
            SqlStore(url, SystemClock())
        assert caught.value.code == "store/locked"
    other.communicate("\n", timeout=20)
    assert other.returncode == 0
    SqlStore(url, SystemClock()).close()


def test_a_kill_leaves_no_lock_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    other = start(url, "other", "ask")
    assert other.stdout is not None
    other.stdout.readline()
    other.kill()
    other.communicate(timeout=20)
    SqlStore(url, SystemClock()).close()


@pytest.mark.parametrize(
    ("url", "kind", "code"),
    [
        ("sqlite://", Invalid, "store/url"),
        ("sqlite:///:memory:", Invalid, "store/url"),
        ("sqlite:////no-such-folder/here/x.sqlite", Unavailable, "store/unreachable"),
        ("postgresql+pg8000://nobody@127.0.0.1:1/none", Unavailable, "store/unreachable"),
    ],
)
def test_a_store_that_cannot_be_is_refused_by_reason(url: str, kind: type[Exception], code: str) -> None:
    with pytest.raises(kind) as caught:
        SqlStore(url, SystemClock())
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 40)
    with pytest.raises(Unavailable) as caught:
        SqlStore(f"sqlite:///{tmp_path / 'x.sqlite'}", SystemClock())
    assert caught.value.code == "store/unreachable"


async def test_two_processes_write_one_chain_on_postgresql(postgresql_url: str) -> None:
    writers = [start(postgresql_url, name, "60") for name in ("a", "b")]
    mine = SqlStore(postgresql_url, SystemClock())
    try:
        for number in range(30):
            await mine.write(lambda tx, number=number: tx.audit("asset.created", f"mine-{number}", {}))  # type: ignore[misc]
        for writer in writers:
            _, errors = await asyncio.to_thread(writer.communicate, timeout=60)
            assert writer.returncode == 0, errors
        kept, log = await mine.read(lambda reader: (reader.count(ASSETS), reader.audit_entries(limit=1000)))
        assert kept == 120
        assert len(log) == 150
        assert chain.verify(log) == []
    finally:
        mine.close()


async def test_a_server_that_went_away_is_an_error_once_and_then_works_again(postgresql_url: str) -> None:

    store = SqlStore(postgresql_url, SystemClock())
    try:
        await store.write(lambda tx: tx.audit("a", "s", {}))

        def kill_own_connection(tx):  # type: ignore[no-untyped-def]
            tx.audit("lost", "s", {})
            tx._asking.rows("select pg_terminate_backend(pg_backend_pid())")

        with pytest.raises(Unavailable) as caught:
            await store.write(kill_own_connection)
        assert caught.value.code == "store/failed"
        await store.write(lambda tx: tx.audit("b", "s", {}))
        await store.read(lambda reader: reader.count(ASSETS))
        log = await store.read(lambda reader: reader.audit_entries())
        assert [entry.event for entry in log] == ["a", "b"]
        assert chain.verify(log) == []
    finally:
        store.close()


async def test_a_database_that_cannot_be_written_fails_by_reason_and_recovers(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", SystemClock())
    try:
        await store.write(lambda tx: tx.audit("a", "s", {}))

        def fill_up(tx):  # type: ignore[no-untyped-def]

            tx._asking.rows("pragma max_page_count = 1")
            for number in range(2000):
                tx.audit("full", f"s{number}", {"text": "x" * 500})

        with pytest.raises(Unavailable) as caught:
            await store.write(fill_up)
        assert caught.value.code == "store/failed"
        log = await store.read(lambda reader: reader.audit_entries())
        assert [entry.event for entry in log] == ["a"]
    finally:
        store.close()


async def test_commits_are_grouped_so_that_many_are_fast(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", SystemClock())
    try:
        begun = time.perf_counter()
        await asyncio.gather(*(store.write(lambda tx: tx.audit("a", "s", {})) for _ in range(1000)))
        assert time.perf_counter() - begun < 20
        assert len(await store.read(lambda reader: reader.audit_entries(limit=2000))) == 1000
    finally:
        store.close()


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.glob("own.sqlite*")}


async def test_nobody_else_reads_the_file(tmp_path: Path) -> None:
    file = tmp_path / "own.sqlite"
    file.touch(0o644)
    file.chmod(0o644)
    store = SqlStore(f"sqlite:///{file}", SystemClock())
    try:
        await store.write(lambda tx: tx.audit("asset.created", "a", {}))
        found = modes(tmp_path)
    finally:
        store.close()
    found.pop("own.sqlite.lock")
    assert set(found) >= {"own.sqlite", "own.sqlite-wal"}
    assert set(found.values()) == {0o600}
