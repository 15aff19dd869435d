"""Bytes by digest: whole or not there, and never outside their folder."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.adapters.content_files import ContentFiles


async def pieces(*parts: bytes, error: BaseException | None = None) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if error is not None:
        raise error


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_bytes_are_kept_by_their_digest(tmp_path: Path) -> None:
    content = ContentFiles(tmp_path / "a" / "b")
    kept = await content.keep(pieces(b"ab", b"", b"c"))
    assert kept.digest == "sha256:" + hashlib.sha256(b"abc").hexdigest()
    assert kept.size == 3
    assert content.open(kept.digest) == b"abc"
    assert await content.keep(pieces(b"abc")) == kept
    assert content.delete(kept.digest)
    assert not content.delete(kept.digest)
    assert content.open(kept.digest) is None


async def test_nothing_is_left_of_what_broke_off(tmp_path: Path) -> None:
    content = ContentFiles(tmp_path)
    for error in (ValueError("x"), asyncio.CancelledError()):
        with pytest.raises(type(error)):
            await content.keep(pieces(b"half", error=error))
    assert files(tmp_path) == []


async def test_others_may_not_read_it(tmp_path: Path) -> None:
    content = ContentFiles(tmp_path)
    kept = await content.keep(pieces(b"x"))
    assert (tmp_path / kept.digest.removeprefix("sha256:")).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "digest",
    ["", "sha256:", "sha256:../../etc/passwd", "sha256:" + "A" * 64, "md5:" + "a" * 64, "sha256:" + "a" * 64 + "\n"],
)
async def test_what_is_no_digest_is_not_there(tmp_path: Path, digest: str) -> None:
    content = ContentFiles(tmp_path)
    assert content.open(digest) is None
    assert not content.delete(digest)


async def test_many_at_once(tmp_path: Path) -> None:
    content = ContentFiles(tmp_path)
    kept = await asyncio.gather(*(content.keep(pieces(b"%d" % (number % 5))) for number in range(50)))
    assert len({each.digest for each in kept}) == len(files(tmp_path)) == 5
