"""A snapshot of one database fills another, of either kind; a running writer is not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.adapters.sql.schema import STEPS
from connector.adapters.sql.snapshot import looking, restore
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.problems import Conflict, Invalid, Unavailable
from connector.records.footprints import LINKS, Link


async def put(store: SqlStore, number: int) -> None:
    def change(tx: object) -> None:
        tx.put(LINKS, Link(id=f"{number:05}", kind="t", left="ü€", right=str(number)))  # type: ignore[attr-defined]
        tx.audit("test.added", str(number), {"number": number})  # type: ignore[attr-defined]

    await store.write(change)


def everything(url: str) -> dict[str, bytes]:
    with looking(url) as look:
        return {table: b"".join(look.pieces(table)) for table in look.tables()}


async def test_from_sqlite_to_postgresql_and_back(tmp_path: Path, postgresql_url: str) -> None:
    here, back = f"sqlite:///{tmp_path}/a.sqlite", f"sqlite:///{tmp_path}/b.sqlite"
    store = SqlStore(here, SystemClock())
    for number in range(50):
        await put(store, number)
    for source, target in ((here, postgresql_url), (postgresql_url, back)):
        with looking(source) as look:
            tables = [(name, list(look.pieces(name))) for name in look.tables()]
        assert restore(target, len(STEPS), tables, lambda _: None) == 100
    assert everything(back) == everything(here)
    store.close()
    again = SqlStore(back, SystemClock())
    assert await again.read(lambda reader: reader.count(LINKS)) == 50
    await put(again, 50)
    again.close()


async def test_a_look_does_not_see_what_comes_meanwhile(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.sqlite"
    store = SqlStore(url, SystemClock())
    await put(store, 1)
    with looking(url) as look:
        before = b"".join(look.pieces("link"))
        await put(store, 2)
        assert b"".join(look.pieces("link")) == before
        last = look.last("audit_entry")
        assert last is not None
        assert last["sequence"] == 1
    store.close()


async def test_what_cannot_be_restored_is_refused_whole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.sqlite"
    with pytest.raises(Conflict, match="schema version"):
        restore(url, len(STEPS) + 1, [], lambda _: None)
    for piece in (b"{", b"[[1]]", b'[["a","b"]]'):
        with pytest.raises(Invalid, match="cannot be read"):
            restore(url, len(STEPS), [("link", [piece])], lambda _: None)
    with pytest.raises(Invalid, match="no table"):
        restore(url, len(STEPS), [("sqlite_master", [b"[[]]"])], lambda _: None)
    with pytest.raises(Unavailable, match="no database"), looking(f"sqlite:///{tmp_path}/none.sqlite"):
        pass
