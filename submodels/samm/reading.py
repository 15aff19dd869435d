"""Reading statements: what an element says of itself, with everything that is wrong noted on the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from connector.notation.findings import Finding
from submodels.samm.datatypes import to_json
from submodels.samm.model import CURIE, XSD, Characteristic, Entity, Property
from submodels.samm.sources import Elements
from submodels.samm.terms import (
    DESCRIPTION,
    ELEMENTS,
    LEFT_OVER,
    PREDICATES,
    RDF,
    VERSIONS,
    is_standard,
    short,
    version_of,
)
from submodels.samm.turtle import Blank, Element, Literal, Term


class Reader(ABC):
    """Access to elements and their attributes; what is wrong is collected, so that one run shows everything.

    The abstract functions are the way back into the model: `loader` has them, readers of characteristics call them.
    """

    def __init__(self, elements: Elements) -> None:
        self.elements = elements
        self.findings: list[Finding] = []
        self.warnings: list[Finding] = []
        self._checked: set[int] = set()

    @abstractmethod
    def entity(self, term: Term, user: Element) -> Entity | None:
        """The entity that `term` names; its properties are there when all of the model is read."""

    @abstractmethod
    def characteristic(self, term: Term, user: Element) -> Characteristic:
        """The characteristic that `term` names."""

    @abstractmethod
    def property(self, item: Term, user: Element) -> Property | None:
        """The property that `item` (an IRI or a usage node) names; None for an abstract one."""

    @abstractmethod
    def later(self, read: Callable[[], None]) -> None:
        """Have `read` called when all entities have their properties."""

    # -- reporting ---------------------------------------------------------------------------------------------

    def report(self, code: str, message: str, element: Element, found: Any = None) -> None:
        """Note what is wrong with `element`."""
        subject = f"{element.place}: " if isinstance(element.iri, Blank) else f"{element.iri} ({element.place}): "
        self.findings.append(Finding(f"samm/{code}", subject + message, found=found, source=element.place))

    def warn(self, code: str, message: str, element: Element, found: Any = None) -> None:
        """Note what is odd about `element`, but can be understood."""
        self.report(code, message, element, found)
        self.warnings.append(replace(self.findings.pop(), severity="warning"))

    # -- finding elements and attributes -----------------------------------------------------------------------

    def element(self, term: Term, wanted: Sequence[str], user: Element) -> Element | None:
        """The element that `term` names, if it is of one of the classes `wanted`; reported against `user` if not."""
        if not isinstance(term, str):
            self.report("kind", f"a reference to a {_name(wanted)} is wanted, not a value", user, str(term))
            return None
        found = self.elements.get(term)
        if found is None and self._is_in_broken_file(term):
            return None
        if found is None or not found.types:
            self.report("import", f"{term} is not defined in any of the given files{_version_hint(term)}", user, term)
            return None
        if not set(found.types) & set(wanted):
            self._wrong_kind(found, wanted, user)
            return None
        if id(found) not in self._checked:
            self._checked.add(id(found))
            allowed = (ELEMENTS[kind] for kind in found.types if kind in ELEMENTS)
            self._check_terms(found, frozenset().union(*allowed))
            self._check_duplicate(found.iri)
        return found

    def _check_duplicate(self, iri: str) -> None:
        finding = self.elements.duplicate(iri)
        if finding is not None:
            (self.warnings if finding.severity == "warning" else self.findings).append(finding)

    def _is_in_broken_file(self, iri: str) -> bool:
        """Whether a file that cannot be read may define `iri`: then that is told, once, and not the absence."""
        broken = self.elements.broken_beside(iri)
        self.findings += [finding for finding in broken if finding not in self.findings]
        return bool(broken)

    def _wrong_kind(self, found: Element, wanted: Sequence[str], user: Element) -> None:
        strange = [
            kind for kind in found.types if is_standard(kind) or (kind.startswith("samm") and kind not in ELEMENTS)
        ]
        if strange:
            kind = strange[0]
            self.report("unknown-term", f"{kind} is no class of SAMM {', '.join(VERSIONS)}", found, kind)
        else:
            kinds = ", ".join(found.types)
            self.report("kind", f"{found.iri} is a {kinds}; a {_name(wanted)} is wanted here", user, found.iri)

    def _check_terms(self, element: Element, allowed: frozenset[str]) -> None:
        for predicate in element.statements:
            if predicate in allowed or predicate in DESCRIPTION or not _is_ours(predicate):
                continue
            note = self.warn if predicate in PREDICATES | LEFT_OVER else self.report
            note("unknown-term", f"{predicate} has no meaning here", element, predicate)

    def one(self, element: Element, predicate: str) -> Term | None:
        """The one value of `predicate`, None where there is none; more than one is reported."""
        values = element.statements.get(predicate, [])
        if len(values) > 1:
            self.report("kind", f"{predicate} stands {len(values)} times; once is allowed", element, predicate)
        return values[0] if values else None

    def required(self, element: Element, predicate: str) -> Term | None:
        """As `one`, but absence is reported."""
        value = self.one(element, predicate)
        if value is None:
            self.report("incomplete", f"{predicate} is missing", element, predicate)
        return value

    def odd(self, term: Term, data_type: str, user: Element) -> Any:
        """As `scalar`, for what changes no payload: what is wrong with it is a warning."""
        before = len(self.findings)
        value = self.scalar(term, data_type, user)
        self.warnings += [replace(finding, severity="warning") for finding in self.findings[before:]]
        del self.findings[before:]
        return value

    def text(self, element: Element, predicate: str) -> str | None:
        """The one literal's text."""
        value = self.one(element, predicate)
        if value is None or isinstance(value, Literal):
            return value.text if value else None
        self.report("kind", f"{predicate} wants a literal", element, str(value))
        return None

    def items(self, element: Element, predicate: str) -> tuple[Term, ...]:
        """The one list."""
        value = self.required(element, predicate)
        if value is None or isinstance(value, tuple):
            return value or ()
        self.report("kind", f"{predicate} wants a list in parentheses", element, str(value))
        return ()

    def flag(self, element: Element, predicate: str) -> bool:
        """The one truth value; False where absent."""
        text = self.text(element, predicate)
        if text not in (None, "true", "false", "1", "0"):
            self.report("value", f"{predicate} is true or false, not {text!r}", element, text)
        return text in ("true", "1")

    def scalar(self, term: Term, data_type: str, user: Element) -> Any:
        """The JSON value that `term` has as `data_type`, None where it is none (and was reported)."""
        if isinstance(term, str) and not isinstance(term, Blank):
            if data_type == CURIE:
                return short(term)
            if data_type == XSD + "anyURI" and not self.elements.get(term):
                return term
        literal = self.value(term, user)
        if literal is None:
            return None
        try:
            return to_json(literal, data_type)
        except ValueError as error:
            self.report("value", str(error), user, literal.text)
            return None

    def value(self, term: Term, user: Element) -> Literal | None:
        """The literal that `term` is, or that a samm:Value (2.2.0) holds."""
        if isinstance(term, Literal):
            return term
        element = self.element(term, ("samm:Value",), user)
        held = self.required(element, "samm:value") if element else None
        if held is not None and not isinstance(held, Literal):
            self.report("kind", "samm:value wants a literal", user, str(held))
        return held if isinstance(held, Literal) else None


def _is_ours(predicate: str) -> bool:
    return predicate.startswith(("samm:", "samm-c:", "samm-e:", "urn:samm:", "unit:")) or predicate == RDF


def _name(wanted: Sequence[str]) -> str:
    return wanted[0].partition(":")[2] if len(wanted) < 3 else "Characteristic or Constraint"


def _version_hint(iri: str) -> str:
    version = version_of(iri)
    if version is None or version in VERSIONS:
        return ""
    return f" (meta-model {version} is not read here, {', '.join(VERSIONS)} are)"
