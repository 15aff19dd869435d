"""AASX packages of others (AAS Part 5), read with care: what they unpack to, what they name, what their XML declares.

Nothing is unpacked to a path that a package names. Files are given as readers that yield their bytes in pieces.
"""

from __future__ import annotations

import io
import mimetypes
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from xml.etree import ElementTree

from connector.notation.problems import Conflict, Invalid, TooLarge
from submodels.aas.trees import LISTS, plain_text, read_environment

if TYPE_CHECKING:
    from aas_core3 import types

RELATION: Final = "http://admin-shell.io/aasx/relationships/"
PREFIXES: Final = (RELATION, "http://www.admin-shell.io/aasx/relationships/")
"""Older writers used the host with www."""
THUMBNAIL: Final = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail"
ORIGIN: Final = "aasx/aasx-origin"
_ROOT_RELATIONS: Final = "_rels/.rels"
_TYPES: Final = "[Content_Types].xml"
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    zlib.error,
)
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a package may unpack to, in bytes and members; `ratio` is packed to unpacked, of members above 1 MiB."""

    total: int = 2 * 1024 * 1024 * 1024
    environment: int = 64 * 1024 * 1024
    members: int = 10_000
    ratio: int = 200


BOUNDS: Final = Bounds()
_SMALL: Final = 1024 * 1024


@dataclass(slots=True)
class Package:
    """An environment as a plain tree, the files beside it (name -> media type), and the thumbnail's name.

    `open` gives a file's bytes as a stream; it serves as long as the package's own stream is open.
    """

    environment: Any
    media_types: dict[str, str] = field(default_factory=dict)
    thumbnail: str = ""
    _zip: zipfile.ZipFile | None = None
    _members: Mapping[str, zipfile.ZipInfo] = field(default_factory=dict)

    def open(self, name: str) -> IO[bytes]:
        """Raises Invalid (`aas/aasx`) where the member cannot be unpacked."""
        assert self._zip is not None
        try:
            return self._zip.open(self._members[name])
        except _BROKEN as error:
            raise _unreadable(error) from None

    def pieces(self, name: str, size: int = 256 * 1024) -> Iterator[bytes]:
        """A file's bytes. Raises Invalid (`aas/aasx`) where they are damaged."""
        with self.open(name) as source:
            while True:
                try:
                    piece = source.read(size)
                except _BROKEN as error:
                    raise _unreadable(error) from None
                if not piece:
                    return
                yield piece


def read_package(stream: IO[bytes], bounds: Bounds = BOUNDS) -> Package:
    """A package of anybody's. Raises Invalid (`aas/aasx`, `aas/part-name`, `aas/xml`, `aas/json`), TooLarge.

    Both relationship prefixes, both namespaces and JSON are read; several environments are put together.
    """
    try:
        package = zipfile.ZipFile(stream)
    except _BROKEN as error:
        raise _unreadable(error) from None
    members = _members(package, bounds)
    names = _Names(package, members, bounds)
    environment = _together([read_environment(names.read(spec)) for spec in _specs(names)])
    kinds = _content_types(names)
    own = {_TYPES, ORIGIN}
    files = [name for name in members if name not in own | set(_specs(names)) and not name.endswith(".rels")]
    thumbnail = next(iter(names.targets(_ROOT_RELATIONS, (THUMBNAIL,))), "")
    return Package(environment, {name: kinds(name) for name in files}, thumbnail, package, members)


def read_aasx(raw: bytes) -> tuple[types.Environment, dict[str, bytes]]:
    """The environment of a package and its other parts by name, at once. Raises as `read_package`."""
    from aas_core3 import jsonization

    package = read_package(io.BytesIO(raw))
    files = {name: b"".join(package.pieces(name)) for name in package.media_types}
    try:
        return jsonization.environment_from_jsonable(package.environment), files
    except jsonization.DeserializationException as error:
        raise Invalid("aas/json", f"not an environment of metamodel 3.0: {error.cause} at {error.path}") from None


def part_name(value: str) -> str:
    """The part that the value of a File or the path of a resource means, "" where it is an address elsewhere."""
    path = unquote(value.removeprefix("file://").removeprefix("file:"))
    is_elsewhere = "://" in path or path.startswith("//") or not path.strip("/") or path.startswith("urn:")
    return "" if is_elsewhere else posixpath.normpath(path).lstrip("/")


def _unreadable(error: Exception) -> Invalid:
    return Invalid("aas/aasx", f"not a readable AASX package: {error}")


def _members(package: zipfile.ZipFile, bounds: Bounds) -> dict[str, zipfile.ZipInfo]:
    """Members by their plain names, all within bounds."""
    found: dict[str, zipfile.ZipInfo] = {}
    lowered: set[str] = set()
    total = 0
    for info in package.infolist():
        if info.is_dir():
            continue
        total += info.file_size
        _check_size(info, total, len(found) + 1, bounds)
        name = _plain(info.filename)
        if name.lower() in lowered:
            raise Invalid("aas/part-name", f"the package has two parts {name[:100]!r}")
        lowered.add(name.lower())
        found[name] = info
    return found


def _check_size(info: zipfile.ZipInfo, total: int, count: int, bounds: Bounds) -> None:
    if count > bounds.members:
        raise TooLarge("aas/aasx-size", f"the package has more than {bounds.members} parts")
    if total > bounds.total:
        raise TooLarge("aas/aasx-size", f"the package unpacks to more than {bounds.total} bytes")
    if info.file_size > _SMALL and info.file_size > bounds.ratio * max(info.compress_size, 1):
        raise TooLarge(
            "aas/aasx-size",
            f"the part {info.filename[:100]!r} unpacks to more than {bounds.ratio} times its size, as a zip bomb would",
        )


def _plain(name: str) -> str:
    """A member's name without its percent-encoding. Raises Invalid (`aas/part-name`) for one that leads elsewhere."""
    plain = unquote(name)
    steps = plain.split("/")
    leads_out = plain.startswith(("/", "\\")) or ".." in steps or "." in steps or "" in steps or _DRIVE.match(plain)
    if leads_out or "\\" in plain or not plain.isprintable():
        raise Invalid("aas/part-name", f"the package has a part {name[:100]!r}, which leads out of it")
    return plain


class _Names:
    """The small parts of a package: relationships and environments."""

    def __init__(self, package: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], bounds: Bounds) -> None:
        self._package = package
        self.members = members
        self._bounds = bounds

    def read(self, name: str) -> bytes:
        """A whole part. Raises TooLarge (`aas/aasx-size`)."""
        info = self.members[name]
        if info.file_size > self._bounds.environment:
            raise TooLarge("aas/aasx-size", f"the part {name[:100]!r} is larger than {self._bounds.environment} bytes")
        try:
            return self._package.read(info)
        except _BROKEN as error:
            raise _unreadable(error) from None

    def targets(self, relations: str, kinds: tuple[str, ...]) -> list[str]:
        """The parts that the relationships in `relations` of these kinds lead to."""
        if relations not in self.members:
            return []
        folder = posixpath.dirname(posixpath.dirname(relations))
        found = []
        for relation in self._elements(relations):
            if relation.get("Type") not in kinds or relation.get("TargetMode") == "External":
                continue
            target = unquote(relation.get("Target", ""))
            name = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if name in self.members:
                found.append(name)
        return found

    def _elements(self, name: str) -> list[ElementTree.Element]:
        text = plain_text(self.read(name))
        try:
            return list(ElementTree.fromstring(text))
        except ElementTree.ParseError as error:
            raise Invalid("aas/aasx", f"the part {name[:100]!r} is not well-formed XML: {error}") from None

    def content_types(self) -> list[ElementTree.Element]:
        """What `[Content_Types].xml` says."""
        return self._elements(_TYPES) if _TYPES in self.members else []


def _specs(names: _Names) -> list[str]:
    """The environments: from the root to the origin to each; where the chain is broken, whatever leads to one."""
    origins = names.targets(_ROOT_RELATIONS, tuple(prefix + "aasx-origin" for prefix in PREFIXES))
    kinds = tuple(prefix + "aas-spec" for prefix in PREFIXES)
    found: list[str] = []
    for origin in origins:
        found += names.targets(_relations_of(origin), kinds)
    if not found:
        for name in names.members:
            found += names.targets(name, kinds) if name.endswith(".rels") else []
    if not found:
        raise Invalid("aas/aasx", "the package has no environment: no relationship of type aas-spec leads to a part")
    return list(dict.fromkeys(found))


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _together(environments: list[Any]) -> Any:
    """One environment of several. Raises Conflict (`aas/exists`) where two have the same id."""
    whole: dict[str, list[Any]] = {}
    for member in LISTS:
        items = [item for environment in environments for item in environment.get(member, ())]
        ids = [item["id"] for item in items]
        twice = next((each for each in ids if ids.count(each) > 1), None) if len(set(ids)) < len(ids) else None
        if twice is not None:
            raise Conflict("aas/exists", f"the package has two {member} with the id {twice[:200]!r}")
        if items:
            whole[member] = items
    return whole


def _content_types(names: _Names) -> Any:
    """The media type of a part: as the package says, else as its name does."""
    by_name: dict[str, str] = {}
    by_extension: dict[str, str] = {}
    for element in names.content_types():
        kind = element.get("ContentType", "")
        if element.get("PartName"):
            by_name[unquote(element.get("PartName", "")).lstrip("/").lower()] = kind
        elif element.get("Extension"):
            by_extension[element.get("Extension", "").lower()] = kind

    def kind_of(name: str) -> str:
        extension = name.rpartition(".")[2].lower()
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return by_name.get(name.lower()) or by_extension.get(extension) or guessed

    return kind_of
