"""Turtle text as elements: rdflib reads the syntax, the statements go into plain dictionaries with every digit kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias, cast

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, TooLarge
from submodels.samm.model import XSD
from submodels.samm.terms import RDF, name_of, short

MAX_SIZE = 4 * 1024 * 1024
"""Characters in one file; the largest published aspect model has a twentieth of that."""


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

    Raises Invalid (`samm/syntax`) with file and line, or TooLarge.
    """
    from rdflib.plugins.parsers.notation3 import SinkParser

    if len(text) > MAX_SIZE:
        raise TooLarge("samm/size", f"{file} has {len(text)} characters, {MAX_SIZE} are allowed")
    sink = _Sink(file, hash(text))
    sink.parser = parser = SinkParser(cast(Any, sink), baseURI="urn:samm:file", turtle=True)
    try:
        parser.loadBuf(text.removeprefix("\ufeff") + "\n")
    except Exception as error:  # the parser has no error of its own for all that can be wrong
        raise _syntax_problem(file, parser.lines + 1, error) from None
    return sink.elements


def _syntax_problem(file: str, line: int, error: Exception) -> Invalid:
    reason = getattr(error, "_why", "") or ("it nests too deep" if isinstance(error, RecursionError) else "")
    message = f"{file}, line {line}: not valid Turtle ({reason or 'it ends or breaks off in a statement'})"
    return Invalid("samm/syntax", message, findings=[Finding("samm/syntax", message, source=f"{file}:{line}")])


class _Sink:
    """Receives what rdflib's Turtle reader finds; the method names are the reader's."""

    def __init__(self, file: str, text_hash: int) -> None:
        self.file = file
        self._scope = f"_:{file}/{text_hash:x}#"  # two files may have one name
        self.elements: dict[str, Element] = {}
        self.parser: Any = None
        self._blanks = 0

    def newSymbol(self, iri: str) -> str:  # noqa: N802
        return iri

    def newBlankNode(self, *_context: Any, **_why: Any) -> Blank:  # noqa: N802
        self._blanks += 1
        return Blank(f"{self._scope}{self._blanks}")

    def newLiteral(self, text: str, data_type: str | None = None, language: str | None = None) -> Literal:  # noqa: N802
        return Literal(text, data_type or XSD + "string", language or "")

    def newList(self, items: list[Any], _context: Any) -> tuple[Term, ...]:  # noqa: N802
        return tuple(_term(item) for item in items)

    def makeStatement(self, statement: tuple[Any, Any, Any, Any], why: Any = None) -> None:  # noqa: N802
        _context, *terms = statement
        predicate, subject, value = (_term(term) for term in terms)
        if not isinstance(subject, str) or not isinstance(predicate, str):
            raise SyntaxError("a literal or list stands as subject or predicate")
        element = self.elements.get(subject)
        if element is None:
            element = self.elements[subject] = Element(subject, self.file, self.parser.lines + 1)
        element.statements.setdefault(short(predicate), []).append(value)

    def intern(self, item: Any) -> Any:
        return item

    def setDefaultNamespace(self, *_uri: Any) -> None:  # noqa: N802
        return None

    def bind(self, _prefix: Any, _uri: Any) -> None:
        return None

    def startDoc(self, _context: Any) -> None:  # noqa: N802
        return None

    def endDoc(self, _context: Any) -> None:  # noqa: N802
        return None


def _term(value: Any) -> Term:
    """A number or truth value that Turtle has short forms for becomes a literal; `rdf:nil` the empty list."""
    if isinstance(value, tuple) and value[:1] and isinstance(value[0], int):
        return str(value[1])  # the reader's own constants, such as `a`
    if isinstance(value, bool):
        return Literal(str(value).lower(), XSD + "boolean")
    if isinstance(value, int):
        return Literal(str(value), XSD + "integer")
    if isinstance(value, str) and type(value).__name__ == "sfloat":
        return Literal(str(value), XSD + "double")
    if isinstance(value, str):
        return () if value == RDF + "nil" else value
    return value if isinstance(value, Literal | tuple) else Literal(str(value), XSD + "decimal")


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
