"""AASX packages (AAS Part 5): an Open Packaging Conventions zip around an environment and its files, written.

Files go through in pieces, so that a package of any size needs little memory. Every member has the same fixed time:
equal content gives equal bytes.
"""

from __future__ import annotations

import io
import posixpath
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import IO, TYPE_CHECKING, Final

from connector.notation.problems import Invalid
from submodels.aas.packages import ORIGIN, RELATION, THUMBNAIL
from submodels.aas.serialization import Metamodel, to_xml

if TYPE_CHECKING:
    from aas_core3 import types

PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/"
FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)
SPEC: Final = "aasx/environment.xml"
DEFAULT_TYPES: Final = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "json": "application/json",
}
_PACKED: Final = ("image/", "video/", "audio/", "application/zip", "application/pdf", "application/gzip")
"""What compressing again would not make smaller."""
_PIECE: Final = 256 * 1024

Files = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a package: its name (`aasx/files/manual.pdf`), its media type, and how its bytes are got."""

    name: str
    media_type: str
    reader: Callable[[], IO[bytes]]


def to_aasx(
    environment: types.Environment, files: Files | None = None, *, metamodel: Metamodel = "3.0", thumbnail: str = ""
) -> bytes:
    """A package of `environment` (as XML) and `files`: part name -> (content type, bytes). Raises as `write_aasx`."""
    parts = [
        Part(name, kind, lambda content=content: io.BytesIO(content))  # type: ignore[misc]
        for name, (kind, content) in (files or {}).items()
    ]
    buffer = io.BytesIO()
    write_aasx(buffer, to_xml(environment, metamodel=metamodel), parts, thumbnail=thumbnail)
    return buffer.getvalue()


def write_aasx(target: IO[bytes], xml: bytes, parts: Iterable[Part] = (), *, thumbnail: str = "") -> None:
    """Write a package of an environment's XML and its files to `target`; `thumbnail` names the part that is one.

    Raises Invalid (`aas/part-name`) for a name that is absolute, climbs, or collides with the package's own parts.
    """
    attached = {_checked(part.name): part for part in parts}
    origin = [(RELATION + "aasx-origin", ORIGIN)]
    if thumbnail in attached:
        origin.append((THUMBNAIL, thumbnail))
    members = {
        "[Content_Types].xml": _content_types({name: part.media_type for name, part in attached.items()}),
        "_rels/.rels": _relations(origin),
        ORIGIN: b"",
        "aasx/_rels/aasx-origin.rels": _relations([(RELATION + "aas-spec", SPEC)]),
        SPEC: xml,
    }
    if attached:
        members["aasx/_rels/environment.xml.rels"] = _relations([(RELATION + "aas-suppl", name) for name in attached])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(_entry(name, "application/xml"), content)
        for name, part in attached.items():
            with part.reader() as source, package.open(_entry(name, part.media_type), "w", force_zip64=True) as member:
                shutil.copyfileobj(source, member, _PIECE)


def _entry(name: str, media_type: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIXED_TIME)
    info.compress_type = zipfile.ZIP_STORED if media_type.startswith(_PACKED) else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _checked(name: str) -> str:
    is_own = name in (ORIGIN, SPEC) or name.endswith(".rels") or name == "[Content_Types].xml"
    is_plain = name.isascii() and name.isprintable() and not set(name) & set(' \\?#"<>[]')
    if is_own or not is_plain or not name or name.startswith("/") or posixpath.normpath(name) != name or ".." in name:
        raise Invalid("aas/part-name", f"{name!r} cannot name a part of the package: use e.g. aasx/files/manual.pdf")
    return name


def _content_types(overrides: Mapping[str, str]) -> bytes:
    defaults = "".join(
        f"<Default Extension={_quoted(extension)} ContentType={_quoted(kind)}/>"
        for extension, kind in DEFAULT_TYPES.items()
    )
    parts = {ORIGIN: "text/plain", **overrides}
    named = "".join(
        f"<Override PartName={_quoted('/' + name)} ContentType={_quoted(kind)}/>" for name, kind in parts.items()
    )
    return _xml("Types", "content-types", defaults + named)


def _relations(targets: list[tuple[str, str]]) -> bytes:
    lines = (
        f"<Relationship Type={_quoted(kind)} Target={_quoted('/' + target)} Id={_quoted(f'r{number}')}/>"
        for number, (kind, target) in enumerate(targets, 1)
    )
    return _xml("Relationships", "relationships", "".join(lines))


def _xml(root: str, namespace: str, content: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{PACKAGE}{namespace}">{content}</{root}>'.encode()


def _quoted(text: str) -> str:
    """`text` as an XML attribute's value; `xml.sax.saxutils` would import all of HTTP."""
    return f'"{escape(text)}"'
