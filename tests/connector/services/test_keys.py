"""Management keys: made, shown once, checked, revoked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.exact_json import encode
from connector.notation.problems import Conflict, Invalid, Problem, Unauthenticated, Unknown
from connector.records.identity import API_KEYS
from connector.services.identity.keys import MAY, Actor, Keys


class FixedClock(SystemClock):
    """Randomness that a test knows."""

    def random(self, size: int) -> bytes:
        return b"\x00" * (size - 1) + b"\x01"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path}/node.sqlite", SystemClock())
    yield store
    store.close()


@pytest.fixture
def keys(store: SqlStore) -> Keys:
    return Keys(store=store, clock=SystemClock())


async def test_a_key_names_its_holder_and_is_nowhere_in_the_store(store: SqlStore, keys: Keys) -> None:
    text = await keys.create("ops-1", "operator", actor="admin")
    assert re.fullmatch(r"ion_ops-1_[0-9A-Za-z]{43}", text)
    assert await keys.authenticate(text) == Actor("ops-1", "operator")
    [record] = await keys.list()
    entries = await store.read(lambda reader: reader.audit_entries())
    assert text not in encode([record, entries]).decode()
    assert [(entry.event, entry.subject, entry.actor) for entry in entries] == [("key.created", "ops-1", "admin")]


async def test_small_random_numbers_fill_the_key(store: SqlStore) -> None:
    text = await Keys(store=store, clock=FixedClock()).create("k", "reader", actor="a")
    assert text == "ion_k_" + "0" * 42 + "1"


@pytest.mark.parametrize(
    ("name", "role", "code"),
    [
        ("", "admin", "key/name"),
        ("Admin", "admin", "key/name"),
        ("a_b", "admin", "key/name"),
        ("a\n", "admin", "key/name"),
        ("ä", "admin", "key/name"),
        ("a" * 33, "admin", "key/name"),
        ("a", "root", "key/role"),
        ("a", "", "key/role"),
    ],
)
async def test_wrong_names_and_roles_are_refused(store: SqlStore, keys: Keys, name: str, role: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await keys.create(name, role, actor="a")
    assert refused.value.code == code
    assert await store.read(lambda reader: reader.count(API_KEYS)) == 0


async def test_what_is_not_exactly_a_key_in_force_is_refused(keys: Keys) -> None:
    text = await keys.create("k", "admin", actor="a")
    other = await keys.create("other", "reader", actor="a")
    forged = [
        "ion_k_" + other.rpartition("_")[2],
        text[:-1],
        text + "0",
        text + "\n",
        text.upper(),
        text.swapcase(),
        "ion_nobody_" + text.rpartition("_")[2],
        "\udcff",
        "x" * 100_000,
    ]
    for wrong in forged:
        with pytest.raises(Unauthenticated) as refused:
            await keys.authenticate(wrong)
        assert refused.value.code == "key/wrong"
    for nothing in (None, ""):
        with pytest.raises(Unauthenticated) as refused:
            await keys.authenticate(nothing)
        assert refused.value.code == "key/missing"


async def test_revoked_at_once_and_the_name_never_again(keys: Keys) -> None:
    await keys.create("root", "admin", actor="a")
    text = await keys.create("k", "operator", actor="a")
    first = await keys.revoke("k", actor="root")
    with pytest.raises(Unauthenticated):
        await keys.authenticate(text)
    assert (await keys.revoke("k", actor="root")).revoked_at == first.revoked_at
    with pytest.raises(Conflict) as refused:
        await keys.create("k", "operator", actor="a")
    assert refused.value.code == "key/exists"
    assert await keys.ensure("k", "operator") is None


async def test_the_last_admin_stays(keys: Keys) -> None:
    await keys.create("root", "admin", actor="a")
    with pytest.raises(Conflict) as refused:
        await keys.revoke("root", actor="root")
    assert refused.value.code == "key/last-admin"
    await keys.create("second", "admin", actor="root")
    await keys.revoke("root", actor="second")
    with pytest.raises(Problem):
        await keys.revoke("second", actor="second")
    with pytest.raises(Unknown) as unknown:
        await keys.revoke("nobody", actor="second")
    assert unknown.value.code == "key/unknown"


async def test_ensure_makes_the_first_key_once(keys: Keys) -> None:
    text = await keys.ensure("admin", "admin")
    assert text is not None
    assert (await keys.authenticate(text)).role == "admin"
    assert await keys.ensure("admin", "admin") is None


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("admin", {"read", "operate", "audit", "administer"}),
        ("operator", {"read", "operate"}),
        ("auditor", {"read", "audit"}),
        ("reader", {"read"}),
    ],
)
def test_every_cell_of_the_role_table(role: str, allowed: set[str]) -> None:
    actor = Actor("x", role)  # type: ignore[arg-type]
    assert {need for need in ("read", "operate", "audit", "administer") if actor.may(need)} == allowed  # type: ignore[arg-type]
    assert set(MAY) == {"admin", "operator", "auditor", "reader"}


async def test_a_key_that_was_just_used_is_refused_once_it_is_revoked(store: SqlStore, keys: Keys) -> None:
    await keys.create("admin", "admin", actor="node")
    text = await keys.create("reader-1", "reader", actor="admin")
    for _ in range(3):
        assert (await keys.authenticate(text)).name == "reader-1"
    await keys.revoke("reader-1", actor="admin")
    with pytest.raises(Unauthenticated):
        await keys.authenticate(text)
    with pytest.raises(Unauthenticated):
        await Keys(store=store, clock=SystemClock()).authenticate(text)


async def test_a_key_is_not_known_by_its_name_alone(keys: Keys) -> None:
    text = await keys.create("reader-1", "reader", actor="admin")
    await keys.authenticate(text)
    with pytest.raises(Unauthenticated):
        await keys.authenticate(text[:-1] + ("0" if text[-1] != "0" else "1"))
