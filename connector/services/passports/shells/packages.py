"""Whole environments in and out: JSON, XML and AASX packages with their files, in pieces and of any size."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, Final

from connector.notation.exact_json import decode
from connector.notation.problems import Invalid, TooLarge
from connector.ports import KeptContent, Reader, Store, StreamedContent, Transaction
from connector.records.shells import HOSTED_FILES, HostedFile
from connector.services.passports.shells.files import PIECE, Files, in_pieces, pieces_of, put_file
from connector.services.passports.shells.hosting import Hosting, Mode
from submodels.aas import trees
from submodels.aas.aasx import Part, write_aasx
from submodels.aas.attached import names_in, renamed
from submodels.aas.packages import BOUNDS, Bounds, Package, read_package
from submodels.aas.serialization import Metamodel

Json = Any
MEDIA_TYPE: Final = "application/asset-administration-shell-package"
_ZIP: Final = b"PK"


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import brought: identifiers by kind, files kept, files that nothing refers to; whether all is new."""

    shells: list[str]
    submodels: list[str]
    concepts: list[str]
    files: list[str]
    unused: list[str]
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """For answers."""
        return {
            "packageId": next(iter([*self.shells, *self.submodels, *self.concepts]), ""),
            "aasIds": self.shells,
            "submodelIds": self.submodels,
            "conceptDescriptionIds": self.concepts,
            "files": self.files,
            "unusedFiles": self.unused,
        }


@dataclass(frozen=True, slots=True)
class Document:
    """A shell or submodel that is wanted, and the unit that owns its files."""

    unit_id: str
    text: str


class Packages:
    """Import is all or nothing; bytes of what was refused are forgotten again."""

    def __init__(self, *, store: Store, hosting: Hosting, files: Files, bounds: Bounds = BOUNDS) -> None:
        self._store = store
        self._hosting = hosting
        self._files = files
        self._bounds = bounds

    async def take(self, stream: IO[bytes], *, actor: str, mode: Mode = "new", expected: str = "") -> Taken:
        """Keep what a file holds: an AASX package, or an environment as JSON or XML.

        `expected` is an identifier that must be in it. Raises Invalid (`aas/id`), and as
        `submodels.aas.packages.read_package` and `Hosting.put`.
        """
        package = await asyncio.to_thread(_read, stream, self._bounds)
        ids = [[document["id"] for document in package.environment.get(member, ())] for member in trees.LISTS]
        if expected and all(expected not in each for each in ids):
            raise Invalid("aas/id", f"the package holds nothing with the id {expected[:200]!r}, which the path names")
        kept: dict[str, KeptContent] = {}
        try:
            for name in package.media_types:
                kept[name] = await self._files.keep(in_pieces(partial(package.pieces, name)))
            used: set[str] = set()

            def attach(tx: Transaction, units: Mapping[str, str]) -> None:
                used.clear()
                used.update(_attach(tx, package, kept, units))

            is_new = await self._hosting.put(package.environment, actor=actor, mode=mode, also=attach)
        finally:
            await self._files.sweep(*(each.digest for each in kept.values()))
        shells, submodels, concepts = ids
        return Taken(shells, submodels, concepts, sorted(used), sorted(kept.keys() - used), is_new)

    async def made(
        self,
        shells: Sequence[Document],
        submodels: Sequence[Document],
        concepts: Sequence[str],
        form: str,
        metamodel: Metamodel | None = None,
    ) -> StreamedContent:
        """An environment as `json`, `xml` or `aasx`. Metamodel None: 3.0 where it can say this, else 3.1.

        Raises Invalid (`aas/json`) for what the metamodel cannot say.
        """
        tree = await asyncio.to_thread(_tree, shells, submodels, concepts)
        if form == "xml":
            chosen = metamodel or trees.oldest(tree)
            return _whole(await asyncio.to_thread(trees.write_xml, tree, chosen), "application/xml")
        owners = [document.unit_id for document in (*shells, *submodels)]
        records = await self._store.read(lambda reader: _files_of(reader, owners))
        target = self._files.content.scratch()
        try:
            await asyncio.to_thread(self._write, target, tree, owners, records, metamodel)
            size = target.seek(0, 2)
            target.seek(0)
        except BaseException:
            target.close()
            raise
        return StreamedContent(200, MEDIA_TYPE, pieces_of(target), {"Content-Length": str(size)})

    def _write(
        self,
        target: IO[bytes],
        tree: Json,
        owners: Sequence[str],
        records: Iterable[HostedFile],
        metamodel: Metamodel | None,
    ) -> None:
        """The package; two files of one name that differ get names of their own."""
        taken: dict[str, HostedFile] = {}
        changes: dict[str, dict[str, str]] = {}
        for record in records:
            name = record.name
            if name in taken and taken[name].digest != record.digest:
                folder, _, last = name.rpartition("/")
                name = f"{folder}/{record.digest.removeprefix('sha256:')[:12]}-{last}"
                changes.setdefault(record.owner, {})[record.name] = name
            taken[name] = record
        documents = [*tree.get("assetAdministrationShells", ()), *tree.get("submodels", ())]
        for owner, document in zip(owners, documents, strict=True):
            if owner in changes:
                document.update(renamed(document, changes[owner]))
        parts = [Part(name, record.media_type, partial(self._open, record)) for name, record in taken.items()]
        shells = tree.get("assetAdministrationShells", ())
        thumbnail = next((name for shell in shells for name in names_in(shell)), "")
        write_aasx(target, trees.write_xml(tree, metamodel or trees.oldest(tree)), parts, thumbnail=thumbnail)

    def _open(self, record: HostedFile) -> IO[bytes]:
        stream = self._files.content.reader(record.digest)
        if stream is None:
            raise Invalid("aas/value-unknown", f"the file {record.name!r} is no longer here")
        return stream


def _read(stream: IO[bytes], bounds: Bounds) -> Package:
    stream.seek(0)
    start = stream.read(2)
    stream.seek(0)
    if start == _ZIP:
        return read_package(stream, bounds)
    raw = stream.read(bounds.environment + 1)
    if len(raw) > bounds.environment:
        raise TooLarge("aas/aasx-size", f"an environment has at most {bounds.environment} bytes")
    return Package(trees.read_environment(raw))


def _attach(
    tx: Transaction, package: Package, kept: Mapping[str, KeptContent], units: Mapping[str, str]
) -> Iterable[str]:
    """Say which file belongs to which unit; the names that anything refers to."""
    used = set()
    for member in ("assetAdministrationShells", "submodels"):
        for document in package.environment.get(member, ()):
            for name in names_in(document):
                if name in kept:
                    put_file(tx, units[document["id"]], name, package.media_types[name], kept[name])
                    used.add(name)
    return used


def _tree(shells: Sequence[Document], submodels: Sequence[Document], concepts: Sequence[str]) -> Json:
    texts = ([each.text for each in shells], [each.text for each in submodels], concepts)
    members = zip(trees.LISTS, texts, strict=True)
    return {member: [decode(text) for text in found] for member, found in members if found}


def _files_of(reader: Reader, owners: Sequence[str]) -> list[HostedFile]:
    found = []
    for owner in dict.fromkeys(owners):
        found += reader.find(HOSTED_FILES, {"owner": owner}, limit=100_000)
    return found


def _whole(body: bytes, media_type: str) -> StreamedContent:
    pieces = in_pieces(lambda: (body[start : start + PIECE] for start in range(0, len(body), PIECE)))
    return StreamedContent(200, media_type, pieces, {"Content-Length": str(len(body))})
