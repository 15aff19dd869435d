"""Turtle text as tokens (RDF 1.1 Turtle, section 6.5), each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_ESCAPED_UNIT = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_LOCAL = r"[\w:\-·]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_TOKEN: Final = re.compile(
    rf"""(?P<space>(?:[ \t\r\n]++|\#[^\n\r]*+)++)
    |(?P<mark>[.;,\[\]()](?![0-9]))
    |(?P<name>(?:[^\W\d_](?:[\w\-]|\.++(?=[\w\-]))*+)?+:(?!-)(?:{_LOCAL}|\.++(?={_LOCAL}))*+)
    |(?P<iri><(?:[^\x00-\x20<>"{{}}|^`\\]|{_ESCAPED_UNIT})*+>)
    |(?P<long>\"\"\"(?:\"{{0,2}}(?:[^"\\]|\\.))*+\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|\\.))*+''')
    |(?P<text>\"(?:[^"\\\n\r]|\\.)*+\"|'(?:[^'\\\n\r]|\\.)*+')
    |(?P<at>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
    |(?P<type>\^\^)
    |(?P<number>[+-]?(?:[0-9]++(?:\.[0-9]*+)?[eE][+-]?[0-9]++|\.[0-9]++[eE][+-]?[0-9]++|[0-9]*+\.[0-9]++|[0-9]++))
    |(?P<blank>_:[\w](?:[\w\-]|\.++(?=[\w\-]))*+)
    |(?P<late>[.;,\[\]()])
    |(?P<word>[A-Za-z]++)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


class Token(NamedTuple):
    """`kind` is mark, name, iri, text, at, type, number, blank, word, or end; `text` is without quotes and escapes."""

    kind: str
    text: str
    offset: int


class Unreadable(Exception):
    """What is no Turtle, and where."""

    def __init__(self, why: str, offset: int) -> None:
        super().__init__(why)
        self.why = why
        self.offset = offset


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, an `end` last. Raises Unreadable."""
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        kind = match.lastgroup or ""
        if kind != "space":
            yield Token(_KINDS.get(kind, kind), _plain(kind, match.group(), match.start()), match.start())
    if end != len(text):
        raise Unreadable(_strange(text, end), end)
    yield Token("end", "", end)


_KINDS: Final = {"long": "text", "late": "mark"}


def _plain(kind: str, text: str, offset: int) -> str:
    if kind == "text":
        text = text[1:-1]
    elif kind == "long":
        text = text[3:-3]
    elif kind == "iri":
        text = text[1:-1]
    elif kind != "name":
        return text
    if "\\" not in text:
        return text
    return _unescaped(text, offset) if kind != "name" else re.sub(r"\\(.)", r"\1", text)


def _unescaped(text: str, offset: int) -> str:
    def character(match: re.Match[str]) -> str:
        code, long_code, letter = match.groups()
        if letter is not None:
            if letter not in _ESCAPES:
                raise Unreadable(f"\\{letter} means nothing in a text", offset)
            return _ESCAPES[letter]
        number = int(code or long_code, 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise Unreadable(f"there is no character {match.group()}", offset)
        return chr(number)

    return _ESCAPE.sub(character, text)


def _strange(text: str, offset: int) -> str:
    found = text[offset]
    if found in "\"'":
        return "a text is not closed"
    if found == "<":
        return "an IRI is not closed, or has a space or another character that it may not have"
    return f"{found!r} has no place here"
