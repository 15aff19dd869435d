"""What one backup holds: the pieces of each table and file, and what the node was."""

from __future__ import annotations

from datetime import datetime

import msgspec

from connector.notation.problems import Invalid


class File(msgspec.Struct, kw_only=True):
    """A file of the node's folder, by its path there."""

    path: str
    mode: int
    pieces: list[str]
    size: int


class Manifest(msgspec.Struct, kw_only=True):
    """One backup; `audit_sequence` and `audit_hash` are the last entry of the log at that moment."""

    name: str
    created_at: datetime
    did: str
    schema: int
    tables: dict[str, list[str]]
    files: list[File]
    audit_sequence: int = 0
    audit_hash: str = ""
    pieces: int = 0
    new_pieces: int = 0
    size: int = 0
    new_size: int = 0
    seconds: float = 0.0


def encode(manifest: Manifest) -> bytes:
    """As it is kept."""
    return msgspec.json.encode(manifest)


def decode(raw: bytes) -> Manifest:
    """Raises Invalid (`backup/damaged`)."""
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except msgspec.DecodeError as error:
        raise Invalid("backup/damaged", f"the record of the backup cannot be read: {error}") from None
