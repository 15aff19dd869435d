"""JSON documents that people wrote: read strictly, every slip told with line and column."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from connector.cli.offline import documents
from connector.notation.exact_json import decode
from connector.notation.findings import Finding
from connector.notation.limits import DEFAULT_LIMITS
from connector.notation.places import Lines, Place, repeated
from connector.notation.problems import Invalid, Problem

_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_SAVE: Final = "save the file as UTF-8"


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document: its name, text, and value with exact amounts; `slips` are what its text does wrongly.

    `value` is None where the text could not be read; `slips` say why then.
    """

    name: str
    text: str
    value: Any
    slips: tuple[tuple[Finding, Place | None], ...] = ()


def read(name: str) -> Document:
    """The document in a file. Raises Invalid (`cli/file`)."""
    return of(name, documents.read_bytes(name))


def of(name: str, raw: bytes) -> Document:
    """The same of bytes."""
    try:
        DEFAULT_LIMITS.check(raw)
    except Problem as problem:
        return Document(name, "", None, ((Finding(problem.code, problem.detail), None),))
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        return Document(name, "", None, (_wrong_encoding(raw, error),))
    try:
        value = decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except Invalid as problem:
        return Document(name, text, None, (_malformed(text, problem),))
    return Document(name, text, value, tuple(_twice(pointer, place) for pointer, place in repeated(text)))


def _wrong_encoding(raw: bytes, error: UnicodeDecodeError) -> tuple[Finding, Place | None]:
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    if marked or (raw[1:2] == b"\0" or raw[:1] == b"\0"):
        message = f"the file is in {marked or 'UTF-16 or UTF-32'}, JSON is exchanged in UTF-8: {_SAVE}"
        return Finding("file/encoding", message, wanted="UTF-8", found=marked or "UTF-16"), None
    text = raw.decode("cp1252", "replace")
    place = Lines(text).place(error.start)
    message = f"byte 0x{raw[error.start]:02x} is not UTF-8; the file looks like Windows-1252 or Latin-1: {_SAVE}"
    return Finding("file/encoding", message, wanted="UTF-8", found=text[error.start]), place


def _malformed(text: str, problem: Invalid) -> tuple[Finding, Place | None]:
    """What is wrong with the syntax; a reader that counts lines says where."""
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        detail = error.msg[0].lower() + error.msg[1:]
        place = Lines(text).place(min(error.pos, max(len(text) - 1, 0)))
        return Finding("json/syntax", f"not valid JSON: {detail}"), place
    except (ValueError, RecursionError) as error:
        return Finding(problem.code, f"not valid JSON: {error}"), None
    return Finding(problem.code, problem.detail), None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _twice(pointer: str, place: Place) -> tuple[Finding, Place | None]:
    name = pointer.rpartition("/")[2]
    message = f"the name {name!r} stands twice in this object, and readers differ in which one counts"
    return Finding("json/duplicate-name", message, pointer, found=name), place
