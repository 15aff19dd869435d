"""Files put to and taken from hosted shells and submodels: thumbnails, and attachments of File elements."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any, Final

from connector.notation.problems import Unknown
from connector.ports import Store, Transaction
from connector.services.passports.shells.files import Files, file_value, pieces_of, put_file, remove_file
from connector.services.passports.shells.hosting import Also, Hosting, need_hosted_shell, need_hosted_submodel
from submodels.aas.changes import replaced
from submodels.aas.elements import element_at

Json = Any
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+", re.ASCII)
_FOLDER: Final = "aasx/files/"
_Put = Callable[[Also], Awaitable[None]]


class Attachments:
    """The document names its file as a part of a package (`/aasx/files/...`), with its media type.

    Everything raises Unknown, Refused (`aas/of-passport`) and as `Hosting.put`.
    """

    def __init__(self, *, store: Store, hosting: Hosting, files: Files) -> None:
        self._store = store
        self._hosting = hosting
        self._files = files

    async def put_attachment(
        self, submodel_id: str, path: str, stream: IO[bytes], *, file_name: str, media_type: str, actor: str
    ) -> None:
        """Keep the file of a File element. Raises Invalid (`aas/no-value`)."""
        record = await self._store.read(lambda reader: need_hosted_submodel(reader, submodel_id))
        name = f"{_FOLDER}{_clean(path)}/{_clean_file(file_name)}"

        def change(document: Json) -> Json:
            file_value(document, path)
            element = {**element_at(document, path), "value": f"/{name}", "contentType": media_type}
            return replaced(document, path, element)

        await self._keep(
            stream,
            record.unit_id,
            name,
            media_type,
            lambda also: self._hosting.change_submodel(submodel_id, change, actor=actor, also=also),
        )

    async def delete_attachment(self, submodel_id: str, path: str, *, actor: str) -> None:
        """Forget the file of a File element, and its address. Raises Unknown (`aas/value-unknown`)."""
        record = await self._store.read(lambda reader: need_hosted_submodel(reader, submodel_id))
        value = ""

        def change(document: Json) -> Json:
            nonlocal value
            value = file_value(document, path)
            element = {name: each for name, each in element_at(document, path).items() if name != "value"}
            return replaced(document, path, element)

        await self._forget(
            lambda tx: _remove(tx, record.unit_id, value),
            lambda also: self._hosting.change_submodel(submodel_id, change, actor=actor, also=also),
        )

    async def put_thumbnail(
        self, shell_id: str, stream: IO[bytes], *, file_name: str, media_type: str, actor: str
    ) -> None:
        """Keep a shell's picture."""
        record = await self._store.read(lambda reader: need_hosted_shell(reader, shell_id))
        name = f"{_FOLDER}thumbnail/{_clean_file(file_name)}"

        def change(shell: Json) -> Json:
            return _with_thumbnail(shell, {"path": f"/{name}", "contentType": media_type})

        await self._keep(
            stream,
            record.id,
            name,
            media_type,
            lambda also: self._hosting.change_shell(shell_id, change, actor=actor, also=also),
        )

    async def delete_thumbnail(self, shell_id: str, *, actor: str) -> None:
        """Forget a shell's picture. Raises Unknown (`aas/value-unknown`)."""
        record = await self._store.read(lambda reader: need_hosted_shell(reader, shell_id))
        value = ""

        def change(shell: Json) -> Json:
            nonlocal value
            value = (shell["assetInformation"].get("defaultThumbnail") or {}).get("path", "")
            return _with_thumbnail(shell, None)

        await self._forget(
            lambda tx: _remove(tx, record.id, value),
            lambda also: self._hosting.change_shell(shell_id, change, actor=actor, also=also),
        )

    async def _keep(self, stream: IO[bytes], owner: str, name: str, media_type: str, put: _Put) -> None:
        kept = await self._files.keep(pieces_of(stream))
        digests = [kept.digest]

        def also(tx: Transaction, _: Mapping[str, str]) -> None:
            digests.extend(put_file(tx, owner, name, media_type, kept))

        try:
            await put(also)
        finally:
            await self._files.sweep(*digests)

    async def _forget(self, remove: Callable[[Transaction], list[str]], put: _Put) -> None:
        digests: list[str] = []
        await put(lambda tx, _: digests.extend(remove(tx)))
        await self._files.sweep(*digests)


def _remove(tx: Transaction, owner: str, value: str) -> list[str]:
    gone = remove_file(tx, owner, value)
    if not gone:
        raise Unknown("aas/value-unknown", "no file is kept here")
    return gone


def _with_thumbnail(shell: Json, resource: Json) -> Json:
    information = {name: value for name, value in shell["assetInformation"].items() if name != "defaultThumbnail"}
    if resource is not None:
        information["defaultThumbnail"] = resource
    return {**shell, "assetInformation": information}


def _clean(text: str) -> str:
    return _UNSAFE.sub("-", text).strip("-")[:100] or "file"


def _clean_file(name: str) -> str:
    """A name that a package can carry: its letters and its extension."""
    stem, _, extension = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    return f"{_clean(stem)}.{_clean(extension)}" if stem else _clean(extension)
