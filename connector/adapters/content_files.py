"""Bytes by digest, as files in one folder: written aside, named when complete."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from connector.ports import KeptContent

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})", re.ASCII)


class ContentFiles:
    """See ports.ContentStore."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def keep(self, pieces: AsyncIterator[bytes]) -> KeptContent:
        """See ports.ContentStore.keep."""
        descriptor, name = tempfile.mkstemp(prefix=".arriving-", dir=self._folder)
        aside = Path(name)
        checksum, size = hashlib.sha256(), 0
        try:
            with os.fdopen(descriptor, "wb") as file:
                async for piece in pieces:
                    checksum.update(piece)
                    size += len(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            self._name(aside, checksum.hexdigest())
        except BaseException:
            _forget(aside)
            raise
        return KeptContent("sha256:" + checksum.hexdigest(), size)

    def _name(self, aside: Path, name: str) -> None:
        """Give complete bytes their name; the folder is synced, so that the name outlives a power failure too."""
        aside.rename(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, digest: str) -> bytes | None:
        """See ports.ContentStore.open."""
        path = self._path(digest)
        return path.read_bytes() if path is not None and path.is_file() else None

    def reader(self, digest: str) -> IO[bytes] | None:
        """See ports.ContentStore.reader."""
        path = self._path(digest)
        return path.open("rb") if path is not None and path.is_file() else None

    def scratch(self) -> IO[bytes]:
        """See ports.ContentStore.scratch."""
        return tempfile.TemporaryFile(dir=self._folder)

    def delete(self, digest: str) -> bool:
        """See ports.ContentStore.delete."""
        path = self._path(digest)
        if path is None or not path.is_file():
            return False
        path.unlink()
        return True

    def _path(self, digest: str) -> Path | None:
        match = _DIGEST.fullmatch(digest)
        return self._folder / match.group(1) if match else None


def _forget(aside: Path) -> None:
    aside.unlink(missing_ok=True)
