"""Verify a backup piece by piece, and bring a node back from it: all of it, or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from connector.adapters.sql import snapshot
from connector.adapters.vault import Vault
from connector.audit import chain
from connector.audit.entries import Entry, read_entry
from connector.backup.making import is_node_file
from connector.backup.manifest import File, Manifest, decode
from connector.notation.exact_json import decode as decode_json
from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Invalid, Problem
from connector.settings import FILE_NAME, Settings, load

Told = Callable[[str], None]
_AUDIT = "audit_entry"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found; `entries` of the audit log were checked from the first to the last."""

    manifest: Manifest
    entries: int
    findings: tuple[Finding, ...]


def open_manifest(vault: Vault, name: str = "") -> Manifest:
    """A backup by its name, the newest without one. Raises Invalid (`backup/none`), as Vault.recorded."""
    names = list(vault.records())
    if not names:
        raise Invalid("backup/none", "the vault holds no backup yet")
    return decode(vault.recorded(name or names[-1]))


def verify(vault: Vault, name: str = "") -> Verdict:
    """Open every piece, check the audit log from its first entry to the one that the backup names."""
    manifest = open_manifest(vault, name)
    findings: list[Finding] = []
    for place, pieces in _places(manifest):
        for piece in pieces:
            try:
                vault.get(piece)
            except Problem as problem:
                findings.append(Finding(problem.code, f"{place}: {problem.detail}", f"/{place}"))
    log = _log(vault, manifest) if not findings else []
    findings += chain.verify(log)
    if log and (log[-1].sequence, log[-1].hash) != (manifest.audit_sequence, manifest.audit_hash):
        findings.append(Finding("backup/audit-end", "the log ends with another entry than the backup names", ""))
    return Verdict(manifest, len(log), tuple(findings))


def _places(manifest: Manifest) -> Iterator[tuple[str, list[str]]]:
    yield from manifest.tables.items()
    yield from ((file.path, file.pieces) for file in manifest.files)


def _log(vault: Vault, manifest: Manifest) -> list[Entry]:
    rows = (row for piece in manifest.tables.get(_AUDIT, ()) for row in decode_json(vault.get(piece)))
    return [read_entry(row[-1]) for row in rows]


def restore(vault: Vault, folder: Path, told: Told, *, name: str = "", store_url: str = "") -> tuple[Manifest, int]:
    """Bring the node of a backup back into an empty or new folder; the manifest and how many records.

    Everything is made beside `folder` first and moved there at the end, so that a restore that broke off left nothing.
    `store_url`: another database than the one that the configuration names. Raises Conflict (`backup/not-empty`).
    """
    manifest = open_manifest(vault, name)
    if folder.exists() and any(folder.iterdir()):
        raise Conflict("backup/not-empty", f"{folder} is not empty: restore into a new folder")
    beside = folder.with_name(f".{folder.name}.restoring")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True, mode=0o700)
    try:
        for file in manifest.files:
            _write(vault, beside, file)
        told(f"{len(manifest.files)} files")
        settings = load(beside / FILE_NAME)
        count = _fill(vault, manifest, settings, store_url or settings.store_url, told)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)
    return manifest, count


def _write(vault: Vault, folder: Path, file: File) -> None:
    if not is_node_file(file.path):
        raise Invalid("backup/damaged", f"{file.path[:80]!r} leads out of the folder")
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
    with os.fdopen(descriptor, "wb") as out:
        for piece in file.pieces:
            out.write(vault.get(piece))
        out.flush()
        os.fsync(out.fileno())


def _fill(vault: Vault, manifest: Manifest, settings: Settings, url: str, told: Told) -> int:
    def tables() -> Iterable[tuple[str, Iterable[bytes]]]:
        return ((table, (vault.get(piece) for piece in pieces)) for table, pieces in manifest.tables.items())

    def said(count: int) -> None:
        if count % 1000 == 0:
            told(f"{count} records")

    count = snapshot.restore(url, manifest.schema, tables(), said)
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).chmod(0o600)
    told(f"{count} records")
    return count
