"""Make a backup: one consistent look at the database, then the files of the folder; the node may run meanwhile.

Files of received content are named by their digest and never change, and records that name one are written after it: a
file that a record of the look names is there. What comes into the folder during the backup is in the next one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from connector.adapters.sql.snapshot import Look, looking
from connector.adapters.vault import Vault
from connector.backup.manifest import File, Manifest, encode
from connector.settings import Settings

Told = Callable[[str], None]
_PIECE: Final = 1024 * 1024
_AUDIT: Final = "audit_entry"
LAST: Final = "last-backup.json"
"""What the node's folder keeps of its last backup, for its figures."""


def make(settings: Settings, vault: Vault, told: Told) -> Manifest:
    """Back up the node of `settings`. Raises Unavailable where the database or the vault cannot be used."""
    start, now = time.monotonic(), datetime.now(UTC)
    manifest = Manifest(
        name=now.strftime("%Y%m%dT%H%M%S%fZ"), created_at=now, did=settings.node.did, schema=0, tables={}, files=[]
    )
    with looking(settings.store_url) as look:
        manifest.schema = look.schema
        for table in look.tables():
            manifest.tables[table] = [_kept(vault, piece, manifest) for piece in look.pieces(table)]
            told(f"{table}: {len(manifest.tables[table])} pieces")
        manifest.audit_sequence, manifest.audit_hash = _audit_end(look)
    for file in _files(settings):
        manifest.files.append(_file(settings.folder, file, vault, manifest))
    told(f"{len(manifest.files)} files")
    manifest.seconds = round(time.monotonic() - start, 3)
    vault.record(manifest.name, encode(manifest))
    _remember(settings, manifest)
    return manifest


def _remember(settings: Settings, manifest: Manifest) -> None:
    """Leave word in the node's folder, for its figures; a folder that cannot be written is no failed backup."""
    told = {"name": manifest.name, "time": manifest.created_at, "auditSequence": manifest.audit_sequence}
    with contextlib.suppress(OSError):
        (settings.folder / LAST).write_bytes(msgspec.json.encode(told))


def _kept(vault: Vault, piece: bytes, manifest: Manifest) -> str:
    name, is_new = vault.put(piece)
    manifest.pieces += 1
    manifest.size += len(piece)
    if is_new:
        manifest.new_pieces += 1
        manifest.new_size += len(piece)
    return name


def _audit_end(look: Look) -> tuple[int, str]:
    last = look.last(_AUDIT)
    return (int(last["sequence"]), str(last["hash"])) if last else (0, "")


def _files(settings: Settings) -> Iterator[Path]:
    """Configuration, keys, secrets, received content: all regular files but the database's own."""
    database = settings.store_url.removeprefix("sqlite:///") if settings.store_url.startswith("sqlite") else ""
    left_out = {Path(database + ending) for ending in ("", "-wal", "-shm", ".lock")} if database else set()
    for file in sorted(settings.folder.rglob("*")):
        if file.is_file() and not file.is_symlink() and file not in left_out and file.name != LAST:
            yield file


def _file(folder: Path, file: Path, vault: Vault, manifest: Manifest) -> File:
    kept = File(path=file.relative_to(folder).as_posix(), mode=file.stat().st_mode & 0o777, pieces=[], size=0)
    with file.open("rb") as source:
        while piece := source.read(_PIECE):
            kept.pieces.append(_kept(vault, piece, manifest))
            kept.size += len(piece)
    return kept


def is_node_file(path: str) -> bool:
    """Whether a path of a backup stays in the folder that it is restored to."""
    parts = Path(path).parts
    return bool(parts) and not Path(path).is_absolute() and ".." not in parts and path != ""
