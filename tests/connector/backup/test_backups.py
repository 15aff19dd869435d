"""Backups of a node that runs: what comes back is what was there, and nothing less than all of it is told."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.adapters.sql.snapshot import looking
from connector.adapters.vault import Vault
from connector.backup import making, restoring
from connector.cli import nodes
from connector.node import Node
from connector.notation.problems import Conflict, Invalid, Unknown
from connector.records.footprints import LINKS, Link
from connector.settings import Settings, load

KEY = bytes(range(32))


def silent(_: object) -> None:
    """Nobody looks."""


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    folder = tmp_path / "maker"
    await asyncio.to_thread(nodes.init, folder, name="maker", bpn="BPNL00000000MAKE")
    node = Node(load(folder))
    await node.start()
    yield node
    await node.stop()


async def add(node: Node, count: int, start: int = 0) -> None:
    def change(tx: object) -> None:
        for number in range(start, start + count):
            tx.put(LINKS, Link(id=f"link {number:06}", kind="test", left=f"{number}", right="x" * 200))  # type: ignore[attr-defined]
            tx.audit("test.added", f"link {number}", {"number": number})  # type: ignore[attr-defined]

    await node.store.write(change)


def contents(url: str) -> dict[str, bytes]:
    with looking(url) as look:
        return {table: b"".join(look.pieces(table)) for table in look.tables()}


def beside(folder: Path) -> list[str]:
    """What a restore that broke off left."""
    return [file.name for file in folder.iterdir() if file.name.startswith(".")]


async def test_a_running_node_comes_back_as_it_was(node: Node, tmp_path: Path) -> None:
    await add(node, 500)
    received = node.settings.folder / "content" / "ab"
    received.mkdir(parents=True, exist_ok=True)
    (received / "piece").write_bytes(secrets.token_bytes(3_000_000))
    vault = Vault.open(tmp_path / "vault", key=KEY, create=True)
    before = contents(node.settings.store_url)
    made = making.make(node.settings, vault, silent)
    await add(node, 5, start=500)
    manifest, records = restoring.restore(vault, tmp_path / "again", silent)
    assert manifest.name == made.name
    assert records >= 1000
    assert contents(load(tmp_path / "again").store_url) == before
    for file in ("ionport.toml", "key.pem", "admin.key", "token.secret", "content/ab/piece"):
        old, new = node.settings.folder / file, tmp_path / "again" / file
        assert new.read_bytes() == old.read_bytes()
        assert new.stat().st_mode == old.stat().st_mode
    again = Node(load(tmp_path / "again"))
    assert again.store is not None
    entries = await again.store.read(lambda reader: reader.audit_entries(limit=10_000))
    assert (entries[-1].sequence, entries[-1].hash) == (made.audit_sequence, made.audit_hash)
    again.store.close()


async def test_the_second_backup_keeps_only_what_is_new(node: Node, tmp_path: Path) -> None:
    await add(node, 3000)
    vault = Vault.open(tmp_path / "vault", key=KEY, create=True)
    first = making.make(node.settings, vault, silent)
    await add(node, 10, start=3000)
    second = making.make(node.settings, vault, silent)
    assert second.audit_sequence == first.audit_sequence + 10
    assert second.new_size < first.new_size / 10
    assert list(vault.records()) == [first.name, second.name]
    for name in (first.name, second.name):
        assert restoring.verify(vault, name).findings == ()
    old, _ = restoring.restore(vault, tmp_path / "old", silent, name=first.name)
    assert old.audit_sequence == first.audit_sequence


async def test_nothing_of_the_node_can_be_read_without_the_key(node: Node, tmp_path: Path) -> None:
    await add(node, 50)
    vault = Vault.open(tmp_path / "vault", passphrase="correct horse", create=True)
    making.make(node.settings, vault, silent)
    everything = b"".join(file.read_bytes() for file in (tmp_path / "vault").rglob("*") if file.is_file())
    for secret in (b"BPNL00000000MAKE", b"PRIVATE KEY", b"link 000001", b"admin"):
        assert secret not in everything
    assert restoring.verify(Vault.open(tmp_path / "vault", passphrase="correct horse")).findings == ()
    for wrong in ({"passphrase": "wrong"}, {"key": KEY}):
        with pytest.raises(Invalid, match="not that of this backup"):
            Vault.open(tmp_path / "vault", **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="one of the two"):
        Vault.open(tmp_path / "vault")
    with pytest.raises(Unknown, match="no backup in"):
        Vault.open(tmp_path / "elsewhere", key=KEY)


async def test_damage_is_found_and_nothing_half_restored_stays(node: Node, tmp_path: Path) -> None:
    await add(node, 200)
    vault = Vault.open(tmp_path / "vault", key=KEY, create=True)
    making.make(node.settings, vault, silent)
    pieces = sorted((tmp_path / "vault" / "pieces").rglob("*"), key=lambda file: file.stat().st_size)
    largest = next(file for file in reversed(pieces) if file.is_file())
    good = largest.read_bytes()
    for damage in (good[:-1], good[:20] + bytes([good[20] ^ 1]) + good[21:], b""):
        largest.write_bytes(damage)
        (finding, *_) = restoring.verify(vault).findings
        assert finding.code == "backup/damaged"
        with pytest.raises(Invalid):
            restoring.restore(vault, tmp_path / "again", silent)
        assert not (tmp_path / "again").exists()
        assert beside(tmp_path) == []
    largest.unlink()
    assert "missing" in restoring.verify(vault).findings[0].message
    other = next(file for file in pieces if file.is_file() and file != largest)
    largest.write_bytes(other.read_bytes())
    assert restoring.verify(vault).findings[0].code == "backup/damaged"


async def test_a_restore_needs_an_empty_place(node: Node, tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "vault", key=KEY, create=True)
    with pytest.raises(Invalid, match="no backup yet"):
        restoring.restore(vault, tmp_path / "again", silent)
    making.make(node.settings, vault, silent)
    with pytest.raises(Conflict, match="not empty"):
        restoring.restore(vault, node.settings.folder, silent)
    with pytest.raises(Conflict, match="holds records"):
        restoring.restore(vault, tmp_path / "again", silent, store_url=node.settings.store_url)
    with pytest.raises(Unknown, match="no backup nothing"):
        restoring.restore(vault, tmp_path / "again", silent, name="nothing")


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", "."])
def test_no_path_leads_out_of_the_folder(path: str) -> None:
    assert making.is_node_file("content/ab/cd")
    assert not making.is_node_file(path)


def test_the_commands(tmp_path: Path) -> None:
    def run(*words: str, status: int = 0) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("IONPORT_")}
        done = subprocess.run(
            [sys.executable, "-m", "connector", *words], cwd=tmp_path, capture_output=True, text=True, env=environment
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    run("init", "maker", "--name", "maker")
    run("backup", "create", "vault", "--node", "maker", status=1)
    run("backup", "create", "vault", "--key-file", "k", "--node", "maker")
    run("backup", "create", "maker/vault", "--key-file", "k", "--node", "maker", status=1)
    assert "backups" in run("backup", "list", "vault", "--key-file", "k")
    assert "whole" in run("backup", "verify", "vault", "--key-file", "k")
    assert "Next: ionport serve" in run("backup", "restore", "vault", "again", "--key-file", "k")
    assert isinstance(load(tmp_path / "again"), Settings)
    shutil.rmtree(tmp_path / "vault" / "pieces")
    assert "missing" in run("backup", "verify", "vault", "--key-file", "k", status=1)
