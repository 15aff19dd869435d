"""Where model elements come from: namespaces are asked for and parsed when something in them is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, TooLarge
from submodels.samm.terms import is_standard, split_urn, standard_elements
from submodels.samm.turtle import Blank, Element, Term, parse

Sources: TypeAlias = Mapping[str, str] | Callable[[str], Iterable[tuple[str, str]]]
"""Turtle texts by file name, or a function from `<namespace>:<version>` to (file name, Turtle text) pairs."""


class Elements:
    """The elements read so far; `broken` by namespace what cannot be read."""

    def __init__(self, sources: Sources) -> None:
        self._texts_of = _by_namespace(sources) if isinstance(sources, Mapping) else sources
        self._found: dict[str, Element] = {}
        self._scopes: set[str] = set()
        self._texts: set[str] = set()
        self._again: dict[str, Element] = {}
        self.broken: dict[str, list[Finding]] = {}

    def get(self, iri: str) -> Element | None:
        """The element with this IRI or blank node name; its namespace is read if it was not yet."""
        if iri not in self._found:
            self._read_namespace_of(iri)
        return self._found.get(iri)

    def _read_namespace_of(self, iri: str) -> None:
        if is_standard(iri):
            brought = standard_elements(iri)
            if brought is not None:
                self._add(*brought)
            return
        parts = split_urn(iri)
        if parts is None or parts[0] in self._scopes:
            return
        self._scopes.add(parts[0])
        for file, text in self._texts_of(parts[0]):
            try:
                self._add(file, text)
            except (Invalid, TooLarge) as problem:
                found = Finding(problem.code, problem.detail, source=file)
                self.broken.setdefault(parts[0], []).extend(problem.findings or [found])

    def broken_beside(self, iri: str) -> list[Finding]:
        """What is wrong with files of the namespace of `iri`."""
        parts = split_urn(iri)
        return self.broken.get(parts[0], []) if parts else []

    def _add(self, file: str, text: str) -> None:
        if text in self._texts:
            return
        self._texts.add(text)
        for iri, element in parse(text, file).items():
            present = self._found.setdefault(iri, element)
            if present is not element and _folder(present) == _folder(element):
                self._again.setdefault(iri, element)

    def duplicate(self, iri: str) -> Finding | None:
        """What is to be said of an element that two files of one folder define; an earlier root hides a later one.

        A warning where both say the same.
        """
        first, second = self._found.get(iri), self._again.get(iri)
        if first is None or second is None:
            return None
        message = f"{iri} is defined in {first.place} and again in {second.place}: keep one of them"
        is_same = _told(first, self) == _told(second, self)
        return Finding("samm/duplicate", message, "", "warning" if is_same else "error", found=iri, source=second.place)


def _folder(element: Element) -> str:
    return element.file.rpartition("/")[0]


def _told(element: Element, elements: Elements) -> Any:
    """What an element says, with what stands in nodes without a name."""
    said = {predicate: [_plain(term, elements) for term in terms] for predicate, terms in element.statements.items()}
    return sorted((predicate, sorted(map(repr, terms))) for predicate, terms in said.items())


def _plain(term: Term, elements: Elements) -> Any:
    if isinstance(term, tuple):
        return [_plain(item, elements) for item in term]
    inner = elements.get(term) if isinstance(term, Blank) else None
    return _told(inner, elements) if inner is not None else term


def _by_namespace(texts: Mapping[str, str]) -> Callable[[str], Iterable[tuple[str, str]]]:
    """Those files that can define something in a namespace: they write it out somewhere."""
    return lambda namespace: [(file, text) for file, text in texts.items() if f"amm:{namespace}#" in text]
