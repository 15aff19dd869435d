"""Turtle text as elements: subjects with their statements in plain dictionaries, every digit of a number kept.

The reader is our own: it knows nothing but Turtle and is ready at once, where a library for all of RDF takes longer to
be imported than a model to be read.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, TooLarge
from submodels.samm.model import LANG_STRING, XSD
from submodels.samm.terms import RDF, name_of, short
from submodels.samm.tokens import Token, Unreadable, tokens

MAX_SIZE = 4 * 1024 * 1024
"""Characters in one file; the largest published aspect model has a twentieth of that."""
MAX_DEPTH = 200
"""Nodes and lists in each other."""

_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal as written: nothing is normalised."""

    text: str
    data_type: str = XSD + "string"
    language: str = ""


class Blank(str):
    """The name of a node without an IRI."""

    __slots__ = ()


Term: TypeAlias = "str | Blank | Literal | tuple[Term, ...]"
"""An IRI, a blank node, a literal, or an RDF list of terms."""


@dataclass(slots=True)
class Element:
    """A subject with its statements: shortened predicate -> objects in the order of the file."""

    iri: str
    file: str
    line: int
    statements: dict[str, list[Term]] = field(default_factory=dict)

    @property
    def types(self) -> list[str]:
        """The shortened classes."""
        return [short(term) for term in self.statements.get("rdf:type", []) if isinstance(term, str)]

    @property
    def place(self) -> str:
        """File and line, for findings."""
        return f"{self.file}:{self.line}"


@lru_cache(maxsize=64)
def parse(text: str, file: str) -> Mapping[str, Element]:
    """The elements of one Turtle file by IRI; kept for the next model that needs it, so treat them as read-only.

    Raises Invalid (`samm/syntax`, `samm/encoding`) with file and line, or TooLarge. Lone surrogates stand for bytes
    that are no UTF-8.
    """
    if len(text) > MAX_SIZE:
        raise TooLarge("samm/size", f"{file} has {len(text)} characters, {MAX_SIZE} are allowed")
    text = text.removeprefix("\ufeff")
    strange = _NO_CHARACTER.search(text)
    if strange is not None:
        raise _encoding_problem(file, text.count("\n", 0, strange.start()) + 1)
    try:
        return _Reader(text, file).elements()
    except Unreadable as error:
        raise _syntax_problem(file, text.count("\n", 0, error.offset) + 1, error.why) from None


def _syntax_problem(file: str, line: int, reason: str) -> Invalid:
    message = f"{file}, line {line}: not valid Turtle ({reason})"
    return Invalid("samm/syntax", message, findings=[Finding("samm/syntax", message, source=f"{file}:{line}")])


def _encoding_problem(file: str, line: int) -> Invalid:
    message = f"{file}, line {line}: not UTF-8 from here on; save the file in that encoding"
    return Invalid("samm/encoding", message, findings=[Finding("samm/encoding", message, source=f"{file}:{line}")])


class _Reader:
    """Reads statements (RDF 1.1 Turtle, section 6.5) from one text into elements."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._scope = f"_:{file}/{zlib.crc32(text.encode('utf-8', 'surrogatepass')):x}#"  # two files may have one name
        self._lines = [match.start() for match in re.finditer("\n", text)]
        self._tokens = tokens(text)
        self._next = next(self._tokens)
        self._prefixes: dict[str, str] = {}
        self._base = ""
        self._found: dict[str, Element] = {}
        self._blanks: dict[str, Blank] = {}
        self._depth = 0

    def elements(self) -> dict[str, Element]:
        """Everything that the text says."""
        while self._next.kind != "end":
            self._directive() if self._is_directive() else self._statement()
        return self._found

    # -- tokens ------------------------------------------------------------------------------------------------

    def _take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def _is_mark(self, mark: str) -> bool:
        return self._next.text == mark and self._next.kind == "mark"

    def _wanted(self, mark: str, why: str) -> None:
        if not self._is_mark(mark):
            raise Unreadable(f"{mark!r} is wanted {why}, {_shown(self._next)} was found", self._next.offset)
        self._take()

    # -- directives --------------------------------------------------------------------------------------------

    def _is_directive(self) -> bool:
        word = self._next.text.lower()
        return (self._next.kind == "at" and self._next.text in ("@prefix", "@base")) or (
            self._next.kind == "word" and word in ("prefix", "base")
        )

    def _directive(self) -> None:
        keyword = self._take()
        if keyword.text.lower().endswith("prefix"):
            name = self._take()
            if name.kind != "name" or not name.text.endswith(":") or name.text.count(":") > 1:
                raise Unreadable(f"a prefix such as samm: is wanted, {_shown(name)} was found", name.offset)
            self._prefixes[name.text[:-1]] = self._iri(self._take())
        else:
            self._base = self._iri(self._take())
        if keyword.kind == "at":
            self._wanted(".", "after a directive")

    def _iri(self, token: Token) -> str:
        if token.kind != "iri":
            raise Unreadable(f"an IRI in angle brackets is wanted, {_shown(token)} was found", token.offset)
        if not self._base or _SCHEME.match(token.text):
            return token.text
        joined = urljoin(self._base, token.text)  # which drops a fragment that is empty
        return joined + "#" if token.text.endswith("#") and not joined.endswith("#") else joined

    # -- statements --------------------------------------------------------------------------------------------

    def _statement(self) -> None:
        token = self._next
        is_nested = self._is_mark("[")
        subject = self._term()
        if not isinstance(subject, str):
            raise Unreadable("a literal or list stands as subject", token.offset)
        if not (is_nested and self._is_mark(".")):
            self._said_of(self._element(subject, token.offset))
        self._wanted(".", "at the end of a statement")

    def _element(self, iri: str, offset: int) -> Element:
        if iri not in self._found:
            self._found[iri] = Element(iri, self._file, bisect_left(self._lines, offset) + 1)
        return self._found[iri]

    def _said_of(self, element: Element) -> None:
        """The predicates and objects of one subject."""
        while True:
            objects = element.statements.setdefault(short(self._predicate()), [])
            objects.append(self._term())
            while self._is_mark(","):
                self._take()
                objects.append(self._term())
            if not self._is_mark(";"):
                return
            while self._is_mark(";"):
                self._take()
            if self._is_mark(".") or self._is_mark("]"):
                return

    def _predicate(self) -> str:
        token = self._next
        if token == ("word", "a", token.offset):
            self._take()
            return RDF + "type"
        if token.kind not in ("name", "iri"):
            raise Unreadable(f"a predicate is wanted, {_shown(token)} was found", token.offset)
        return str(self._term())

    def _term(self) -> Term:
        token = self._take()
        read = _TERMS.get(token.kind) or _TERMS.get(token.text if token.kind in ("mark", "word") else "")
        if read is None:
            raise Unreadable(f"{_shown(token)} has no place here", token.offset)
        return read(self, token)

    def _name(self, token: Token) -> Term:
        prefix, _, local = token.text.partition(":")
        if prefix not in self._prefixes:
            raise Unreadable(f"the prefix {prefix}: is not declared", token.offset)
        iri = self._prefixes[prefix] + local
        return () if iri == RDF + "nil" else iri

    def _blank(self, token: Token) -> Term:
        if token.text not in self._blanks:
            self._blanks[token.text] = self._new_blank()
        return self._blanks[token.text]

    def _new_blank(self) -> Blank:
        return Blank(f"{self._scope}{len(self._blanks) + len(self._found)}.{self._next.offset}")

    def _text(self, token: Token) -> Term:
        if self._next.kind == "at":
            return Literal(token.text, LANG_STRING, self._take().text[1:])
        if self._next.kind != "type":
            return Literal(token.text)
        self._take()
        kind = self._next
        data_type = self._term()
        if not isinstance(data_type, str) or isinstance(data_type, Blank):
            raise Unreadable("a data type is wanted after ^^", kind.offset)
        return Literal(token.text, data_type)

    def _number(self, token: Token) -> Term:
        if "e" in token.text.lower():
            return Literal(token.text, XSD + "double")
        return Literal(token.text, XSD + ("decimal" if "." in token.text else "integer"))

    def _truth(self, token: Token) -> Term:
        return Literal(token.text, XSD + "boolean")

    def _nested(self, token: Token) -> Term:
        blank = self._new_blank()
        element = self._element(blank, token.offset)
        self._deeper(token)
        if not self._is_mark("]"):
            self._said_of(element)
        self._wanted("]", "at the end of a node")
        self._depth -= 1
        return blank

    def _list(self, token: Token) -> Term:
        items = []
        self._deeper(token)
        while not self._is_mark(")"):
            if self._next.kind == "end":
                raise Unreadable("a list is not closed", token.offset)
            items.append(self._term())
        self._take()
        self._depth -= 1
        return tuple(items)

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(f"it nests too deep: more than {MAX_DEPTH} nodes and lists in each other", token.offset)


_TERMS: Final[dict[str, Callable[[_Reader, Token], Term]]] = {
    "name": _Reader._name,
    "iri": _Reader._iri,
    "blank": _Reader._blank,
    "text": _Reader._text,
    "number": _Reader._number,
    "true": _Reader._truth,
    "false": _Reader._truth,
    "[": _Reader._nested,
    "(": _Reader._list,
}


def _shown(token: Token) -> str:
    return "the end of the file" if token.kind == "end" else repr(token.text[:60])


def describe(element: Element) -> dict[str, Any]:
    """The members that every model element has."""
    named = not isinstance(element.iri, Blank)
    return {
        "urn": str(element.iri) if named else "",
        "name": name_of(element.iri) if named else "",
        "preferred_names": _texts(element, "samm:preferredName"),
        "descriptions": _texts(element, "samm:description"),
        "see": tuple(str(term) for term in element.statements.get("samm:see", []) if isinstance(term, str)),
    }


def _texts(element: Element, predicate: str) -> dict[str, str]:
    literals = [term for term in element.statements.get(predicate, []) if isinstance(term, Literal)]
    return {literal.language or "en": literal.text for literal in literals}
