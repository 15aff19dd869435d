"""AASX packages (AAS Part 5 V3.0): an Open Packaging Conventions zip around one environment and its files.

Every member has the same fixed time, so that equal content gives equal bytes.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from connector.notation.problems import Invalid, TooLarge
from submodels.aas.serialization import Metamodel, read_json, read_xml, to_xml

if TYPE_CHECKING:
    from aas_core3 import types

RELATION = "http://admin-shell.io/aasx/relationships/"
# Older writers used the host with www.
SPEC_RELATIONS = (RELATION + "aas-spec", "http://www.admin-shell.io/aasx/relationships/aas-spec")
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
ORIGIN = "aasx/aasx-origin"
SPEC = "aasx/environment.xml"
MAX_UNPACKED = 64 * 1024 * 1024
DEFAULT_TYPES = {"rels": "application/vnd.openxmlformats-package.relationships+xml", "xml": "application/xml"}

Files = Mapping[str, tuple[str, bytes]]


def to_aasx(environment: types.Environment, files: Files | None = None, *, metamodel: Metamodel = "3.0") -> bytes:
    """A package of `environment` (as XML) and `files`: part name (`aasx/files/manual.pdf`) -> (content type, bytes).

    Raises Invalid (`aas/part-name`) for a name that is absolute, climbs, or collides with the package's own parts.
    """
    attached = {_checked(name): file for name, file in (files or {}).items()}
    members = {
        "[Content_Types].xml": _content_types({name: kind for name, (kind, _) in attached.items()}),
        "_rels/.rels": _relations([(RELATION + "aasx-origin", ORIGIN)]),
        ORIGIN: b"",
        "aasx/_rels/aasx-origin.rels": _relations([(RELATION + "aas-spec", SPEC)]),
        SPEC: to_xml(environment, metamodel=metamodel),
    }
    if attached:
        members["aasx/_rels/environment.xml.rels"] = _relations([(RELATION + "aas-suppl", name) for name in attached])
    return _zipped(members | {name: content for name, (_, content) in attached.items()})


def read_aasx(raw: bytes) -> tuple[types.Environment, dict[str, bytes]]:
    """The environment of a package and its other parts by name. Raises Invalid (`aas/aasx`) or TooLarge."""
    members = _unzipped(raw)
    spec = _spec_name(members)
    reader = read_json if spec.endswith(".json") else read_xml
    own = {spec, ORIGIN, "[Content_Types].xml"}
    rest = {name: content for name, content in members.items() if name not in own and not name.endswith(".rels")}
    return reader(members[spec]), rest


def _checked(name: str) -> str:
    is_own = name in (ORIGIN, SPEC) or name.endswith(".rels") or name == "[Content_Types].xml"
    is_plain = name.isascii() and name.isprintable() and not set(name) & set(' \\%?#"<>[]')
    if is_own or not is_plain or not name or name.startswith("/") or posixpath.normpath(name) != name or ".." in name:
        raise Invalid("aas/part-name", f"{name!r} cannot name a part of the package: use e.g. aasx/files/manual.pdf")
    return name


def _zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            package.writestr(info, content)
    return buffer.getvalue()


def _unzipped(raw: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            if sum(info.file_size for info in package.infolist()) > MAX_UNPACKED:
                raise TooLarge("aas/aasx-size", f"the package unpacks to more than {MAX_UNPACKED} bytes")
            return {info.filename: package.read(info) for info in package.infolist() if not info.is_dir()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise Invalid("aas/aasx", f"not a readable AASX package: {error}") from None


def _spec_name(members: Mapping[str, bytes]) -> str:
    for name, content in members.items():
        if not name.endswith(".rels") or b"<!" in content:
            continue
        try:
            relations = list(ElementTree.fromstring(content))
        except ElementTree.ParseError:
            continue
        for relation in relations:
            target = _target(name, relation.get("Target", ""))
            if relation.get("Type") in SPEC_RELATIONS and target in members:
                return target
    raise Invalid("aas/aasx", "the package has no environment: no relationship of type aas-spec leads to a part")


def _target(rels: str, target: str) -> str:
    folder = posixpath.dirname(posixpath.dirname(rels))
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


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
