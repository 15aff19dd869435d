"""Where in the text of a JSON document a value stands: line and column of JSON pointers, and names given twice.

The text was read as JSON already. What nobody asks about is passed over by the JSON scanner of the library, so that a
few places in a long text are found about as fast as it is read.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.findings import Finding
from connector.notation.limits import DEFAULT_LIMITS, Limits
from connector.notation.pointers import join, split
from connector.notation.problems import Invalid

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\]}]+', re.DOTALL)
_DECODER: Final = json.JSONDecoder(strict=False, parse_float=str, parse_int=str)
_LONGEST: Final = 60

Wanted = dict[str, Any]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A value or member name: `line` and `column` from 1, `length` in signs, `text` the whole line."""

    line: int
    column: int
    length: int
    text: str


class Lines:
    """The lines of a text, for places in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._begins = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int, length: int = 1) -> Place:
        """The place of what stands at `offset`."""
        number = bisect_right(self._begins, offset) - 1
        begin = self._begins[number]
        end = self._text.find("\n", begin)
        line = self._text[begin : end if end >= 0 else len(self._text)].rstrip("\r")
        return Place(number + 1, offset - begin + 1, length, line)


def locate(text: str, pointers: Iterable[str]) -> dict[str, Place]:
    """The place of each of `pointers`; of one that leads to nothing, the place of the nearest value that is there."""
    asked = list(pointers)
    wanted: Wanted = {}
    for pointer in asked:
        node = wanted
        for step in split(pointer):
            node = node.setdefault(step, {})
    spans = dict(_spans(text, wanted))
    lines = Lines(text)
    return {pointer: lines.place(*spans[_nearest(pointer, spans)]) for pointer in asked} if spans else {}


def repeated(text: str) -> list[tuple[str, Place]]:
    """The pointers of names that an object has more than once, each with the place of a later one."""
    if not _has_repeated(text):
        return []
    found: list[tuple[str, Span]] = []
    for _ in _spans(text, _All(), found):
        pass
    lines = Lines(text)
    return [(pointer, lines.place(*span)) for pointer, span in found]


def decode_unrepeated(raw: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Read JSON as `exact_json.decode` does, and refuse an object that has a name twice (`json/duplicate-name`)."""
    value = decode(raw, limits=limits)
    # What stands twice is read once, so that fewer quotation marks are written again; \\u0022 alone adds some.
    if raw.count(b'"') == encode(value).count(b'"') and b"\\u0022" not in raw:
        return value
    found = [
        Finding(
            "json/duplicate-name",
            f"the name {split(pointer)[-1]!r} stands twice in this object (line {place.line}, column {place.column}),"
            " and readers differ in which one counts",
            pointer,
            found=split(pointer)[-1],
        )
        for pointer, place in repeated(raw.decode())
    ]
    if found:
        raise Invalid(found[0].code, found[0].message, pointer=found[0].pointer, findings=found)
    return value


class _All(dict[str, Any]):
    """Wants everything."""

    def get(self, _: str, __: Any = None) -> Any:
        return self

    def __bool__(self) -> bool:
        return True


def _nearest(pointer: str, spans: dict[str, Span]) -> str:
    while pointer and pointer not in spans:
        pointer = pointer.rpartition("/")[0]
    return pointer


def _has_repeated(text: str) -> bool:
    found: list[bool] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            found.append(True)

    json.loads(text, strict=False, object_pairs_hook=look, parse_float=str, parse_int=str)
    return bool(found)


def _spans(text: str, wanted: Wanted, again: list[tuple[str, Span]] | None = None) -> Iterator[tuple[str, Span]]:
    """Pointer and span of every wanted value and of those that hold it; repeated names go to `again`."""
    start = _past_blank(text, 0)
    if start < len(text):
        yield from _value(text, start, "", wanted, again, [start])


def _value(text: str, start: int, pointer: str, wanted: Wanted, again: Any, end: list[int]) -> Iterator[Any]:
    """As `_spans`, of one value; `end[0]` is where it ends, once all is taken."""
    opening = text[start]
    if opening not in "{[":
        match = _SCALAR.match(text, start)
        end[0] = match.end() if match else start + 1
        yield pointer, (start, min(end[0] - start, _LONGEST))
        return
    yield pointer, (start, 1)
    if not wanted:
        end[0] = _past_value(text, start)
        return
    yield from (_members if opening == "{" else _entries)(text, start, pointer, wanted, again, end)


def _members(text: str, start: int, pointer: str, wanted: Wanted, again: Any, end: list[int]) -> Iterator[Any]:
    names: set[str] = set()
    here = _past_blank(text, start + 1)
    while text[here] != "}":
        begin = _past_blank(text, here + 1) if text[here] == "," else here
        name, here = scanstring(text, begin + 1, False)
        if again is not None and name in names:
            again.append((join(pointer, name), (begin, min(here - begin, _LONGEST))))
        names.add(name)
        end[0] = _past_blank(text, _past_blank(text, here) + 1)
        yield from _child(text, end[0], join(pointer, name), wanted.get(name), again, end)
        here = _past_blank(text, end[0])
    end[0] = here + 1


def _entries(text: str, start: int, pointer: str, wanted: Wanted, again: Any, end: list[int]) -> Iterator[Any]:
    here, number = _past_blank(text, start + 1), 0
    while text[here] != "]":
        end[0] = _past_blank(text, here + 1) if text[here] == "," else here
        yield from _child(text, end[0], join(pointer, number), wanted.get(str(number)), again, end)
        here, number = _past_blank(text, end[0]), number + 1
    end[0] = here + 1


def _child(text: str, start: int, pointer: str, wanted: Wanted | None, again: Any, end: list[int]) -> Iterator[Any]:
    if wanted is None:
        end[0] = _past_value(text, start)
    else:
        yield from _value(text, start, pointer, wanted, again, end)


def _past_value(text: str, start: int) -> int:
    return _DECODER.raw_decode(text, start)[1]


def _past_blank(text: str, start: int) -> int:
    match = _BLANK.match(text, start)
    return match.end() if match else start
