"""Files of hosted shells and submodels: thumbnails and attachments, kept by digest, streamed in and out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import IO, Any, Final

from connector.notation.exact_json import decode
from connector.notation.problems import Invalid, Unknown
from connector.ports import ContentStore, KeptContent, Reader, Store, StreamedContent, Transaction
from connector.records.shells import HOSTED_FILES, HostedFile
from connector.services.passports.shells.finding import Shell
from connector.services.passports.stored import one
from submodels.aas.elements import element_at
from submodels.aas.packages import part_name

PIECE: Final = 256 * 1024


class Files:
    """`content` holds the bytes, apart from what arrives under contracts."""

    def __init__(self, *, store: Store, content: ContentStore) -> None:
        self._store = store
        self.content = content

    async def thumbnail(self, shell: Shell) -> StreamedContent:
        """The shell's picture. Raises Unknown (`aas/value-unknown`)."""
        resource = decode(shell.shell)["assetInformation"].get("defaultThumbnail") or {}
        return await self._streamed(shell.id, resource.get("path", ""), "the asset has no thumbnail here")

    async def attachment(self, where: Mapping[str, str], path: str) -> StreamedContent:
        """The file of a File element. Raises Invalid (`aas/no-value`), Unknown (`aas/value-unknown`)."""
        record = await self._store.read(lambda reader: one(reader, {**where, "status": "current"}))
        if record is None:
            raise Unknown("aas/submodel-unknown", "there is no such submodel")
        value = file_value(decode(record.document), path)
        hint = f"; its value is the address {value[:200]}" if value else ""
        return await self._streamed(record.unit_id, value, f"no file of the element {path[:100]!r} is kept here{hint}")

    async def _streamed(self, owner: str, value: str, otherwise: str) -> StreamedContent:
        record = await self._store.read(lambda reader: file_of(reader, owner, value))
        stream = None if record is None else self.content.reader(record.digest)
        if record is None or stream is None:
            raise Unknown("aas/value-unknown", otherwise)
        return StreamedContent(200, record.media_type, pieces_of(stream), {"Content-Length": str(record.size)})

    async def keep(self, pieces: AsyncIterator[bytes]) -> KeptContent:
        """Bytes that no record names yet: `sweep` forgets them again where none comes to."""
        return await self.content.keep(pieces)

    async def sweep(self, *digests: str) -> None:
        """Forget the bytes that no record names any more."""

        def unnamed(reader: Reader) -> list[str]:
            return [each for each in digests if not reader.count(HOSTED_FILES, {"digest": each})]

        for digest in await self._store.read(unnamed):
            self.content.delete(digest)


def file_value(submodel: Any, path: str) -> str:
    """The address that a File element gives. Raises Invalid (`aas/no-value`)."""
    element = element_at(submodel, path)
    if element["modelType"] != "File":
        raise Invalid("aas/no-value", f"a {element['modelType']} has no attachment")
    return str(element.get("value", ""))


def file_of(reader: Reader, owner: str, value: str) -> HostedFile | None:
    """The file that an owner keeps under the address of an element or resource."""
    name = part_name(value) if value else ""
    return reader.get(HOSTED_FILES, f"{owner} {name}") if name else None


def put_file(tx: Transaction, owner: str, name: str, media_type: str, kept: KeptContent) -> list[str]:
    """Say which bytes are a file of `owner`; the digest of what it was before, for `Files.sweep`."""
    old = tx.get(HOSTED_FILES, f"{owner} {name}")
    record = HostedFile(
        id=f"{owner} {name}", owner=owner, name=name, media_type=media_type, digest=kept.digest, size=kept.size
    )
    tx.put(HOSTED_FILES, record)
    return [old.digest] if old is not None else []


def remove_file(tx: Transaction, owner: str, value: str) -> list[str]:
    """Forget the file under the address of an element or resource; its digest, for `Files.sweep`."""
    record = file_of(tx, owner, value)
    if record is None:
        return []
    tx.remove(HOSTED_FILES, record.id)
    return [record.digest]


def forget_files(tx: Transaction, owner: str) -> list[str]:
    """Forget the files of `owner`; their digests, for `Files.sweep`."""
    records = tx.find(HOSTED_FILES, {"owner": owner}, limit=100_000)
    for record in records:
        tx.remove(HOSTED_FILES, record.id)
    return [record.digest for record in records]


async def pieces_of(stream: IO[bytes]) -> AsyncIterator[bytes]:
    """A stream's bytes in pieces, read in threads; it is closed at the end."""
    try:
        while piece := await asyncio.to_thread(stream.read, PIECE):
            yield piece
    finally:
        stream.close()


async def in_pieces(read: Callable[[], Any]) -> AsyncIterator[bytes]:
    """The pieces that a plain iterator gives, each got in a thread."""
    source = iter(read())
    while (piece := await asyncio.to_thread(next, source, None)) is not None:
        yield piece
