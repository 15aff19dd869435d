"""Where model elements come from: namespaces are asked for and parsed when something in them is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, TooLarge
from submodels.samm.terms import STANDARD_ELEMENTS, VERSIONS, is_standard, split_urn, version_of
from submodels.samm.turtle import Element, parse

Sources: TypeAlias = Mapping[str, str] | Callable[[str], Iterable[tuple[str, str]]]
"""Turtle texts by file name, or a function from `<namespace>:<version>` to (file name, Turtle text) pairs."""


class Elements:
    """The elements read so far; `duplicates` lists what two files define, `broken` by namespace what cannot be read."""

    def __init__(self, sources: Sources) -> None:
        self._texts_of = _by_namespace(sources) if isinstance(sources, Mapping) else sources
        self._found: dict[str, Element] = {}
        self._scopes: set[str] = set()
        self._texts: set[str] = set()
        self.duplicates: list[Finding] = []
        self.broken: dict[str, list[Finding]] = {}

    def get(self, iri: str) -> Element | None:
        """The element with this IRI or blank node name; its namespace is read if it was not yet."""
        if iri not in self._found:
            self._read_namespace_of(iri)
        return self._found.get(iri)

    def _read_namespace_of(self, iri: str) -> None:
        version = version_of(iri) if is_standard(iri) else None
        if version in VERSIONS:
            self._add(f"meta-model {version}", STANDARD_ELEMENTS.replace("{version}", version))
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
            if present is not element:
                message = f"{iri} is defined in {present.place} and again in {element.place}: keep one of them"
                self.duplicates.append(Finding("samm/duplicate", message, found=iri, source=element.place))


def _by_namespace(texts: Mapping[str, str]) -> Callable[[str], Iterable[tuple[str, str]]]:
    """Those files that can define something in a namespace: they write it out somewhere."""
    return lambda namespace: [(file, text) for file, text in texts.items() if f"urn:samm:{namespace}#" in text]
