"""Loading an aspect model: Turtle texts in, one typed `Aspect` out, or every finding at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from connector.notation.findings import Finding
from connector.notation.problems import Invalid
from submodels.samm.characteristics import read_characteristic
from submodels.samm.model import (
    XSD,
    Aspect,
    Characteristic,
    Entity,
    Event,
    Operation,
    Property,
    Scalar,
    data_type_of,
)
from submodels.samm.reading import Reader
from submodels.samm.recursion import endless_entity
from submodels.samm.sources import Elements, Sources
from submodels.samm.terms import USAGE, is_former, name_of, split_urn
from submodels.samm.turtle import Blank, Element, Term, describe, parse

MAX_FINDINGS = 200
_PLACEHOLDER = Scalar(data_type=XSD + "string")
_PROPERTIES = ("samm:Property", "samm:AbstractProperty")
_INSTEAD = frozenset({"samm:extends", "samm:operations", "samm:events"})
"""What an entity or aspect may have where it lists no properties."""

_Read = TypeVar("_Read")


def load(urn: str, sources: Sources) -> Aspect:
    """The aspect `urn` (`urn:samm:<namespace>:<version>#<Name>`), SAMM meta-model 2.0.0 to 2.2.0.

    `sources` maps file names to Turtle texts, or is a function that gives the (file name, text) pairs of one
    `<namespace>:<version>`. A file that cannot be read matters only to those who need something that it may define.
    Raises Invalid: code and findings `samm/aspect|syntax|size|import|unknown-term|incomplete|kind|value|cycle|
    duplicate|depth`, each with file and line as source and the element as found. What is odd but can be understood
    stands in `warnings` of the aspect.
    """
    if split_urn(urn) is None:
        raise Invalid("samm/aspect", f"{urn!r} is no aspect model URN: urn:samm:<namespace>:<version>#<Name> is wanted")
    reader = _ModelReader(Elements(sources))
    try:
        aspect = reader.aspect(urn)
    except RecursionError:
        raise Invalid("samm/depth", f"the model of {urn} nests too deep to be read") from None
    findings = reader.findings
    if findings:
        raise Invalid(findings[0].code, _summary(urn, findings), findings=findings[:MAX_FINDINGS])
    return replace(aspect, warnings=tuple(reader.warnings[:MAX_FINDINGS]))


def aspects_in(turtle_text: str, file: str = "model") -> list[str]:
    """The URNs of the aspects that a Turtle text defines, in its order. Raises Invalid (`samm/syntax`), TooLarge."""
    elements = parse(turtle_text, file)
    return [iri for iri, element in elements.items() if "samm:Aspect" in element.types]


def _summary(urn: str, findings: Sequence[Finding]) -> str:
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"the model of {urn} cannot be used: {findings[0].message}{more}"


class _ModelReader(Reader):
    """Reads elements once each, the way down from an aspect."""

    def __init__(self, elements: Elements) -> None:
        super().__init__(elements)
        self._entities: dict[str, Entity] = {}
        self._waiting: list[tuple[Entity, Element]] = []
        self._later: list[Callable[[], None]] = []
        self._characteristics: dict[str, Characteristic] = {}
        self._open: list[str] = []
        self._inherited: dict[str, list[_Slot]] = {}

    # -- aspects and entities ----------------------------------------------------------------------------------

    def aspect(self, urn: str) -> Aspect:
        """The aspect and, through it, everything that its payload can hold."""
        asking = Element(urn, "the request", 0)
        element = self.element(urn, ("samm:Aspect",), asking)
        if element is None:
            return Aspect(urn=urn)
        if any(is_former(kind) for kind in element.statements["rdf:type"] if isinstance(kind, str)):
            self.warn("former", "the model is written for a forerunner of meta-model 2.0.0, and read as that", element)
        slots = [self._slot(item, element) for item in self._listed(element)]
        properties = self._properties([slot for slot in slots if slot], element)
        operations = self._all(element, "samm:operations", self._operation)
        events = self._all(element, "samm:events", self._event)
        self._finish()
        self._check_endless(properties, element)
        return Aspect(**describe(element), properties=properties, operations=operations, events=events)

    def _all(
        self, element: Element, predicate: str, read: Callable[[Term, Element], _Read | None]
    ) -> tuple[_Read, ...]:
        """What `read` makes of the items of an optional list."""
        items = self.items(element, predicate) if predicate in element.statements else ()
        return tuple(found for item in items if (found := read(item, element)) is not None)

    def _operation(self, term: Term, user: Element) -> Operation | None:
        element = self.element(term, ("samm:Operation",), user)
        if element is None:
            return None
        output = self.one(element, "samm:output")
        return Operation(
            **describe(element),
            inputs=self._all(element, "samm:input", self.property),
            output=None if output is None else self.property(output, element),
        )

    def _event(self, term: Term, user: Element) -> Event | None:
        element = self.element(term, ("samm:Event",), user)
        if element is None:
            return None
        return Event(**describe(element), parameters=self._all(element, "samm:parameters", self.property))

    def later(self, read: Callable[[], None]) -> None:
        """Have `read` called when all entities have their properties."""
        self._later.append(read)

    def _finish(self) -> None:
        while self._waiting or self._later:
            if self._waiting:
                entity, element = self._waiting.pop()
                object.__setattr__(entity, "properties", self._properties(self._all_slots(element, ()), element))
            else:
                self._later.pop()()

    def entity(self, term: Term, user: Element) -> Entity | None:
        """The entity that `term` names; its properties are filled in later, so that entities may contain themselves."""
        element = self.element(term, ("samm:Entity", "samm:AbstractEntity"), user)
        if element is None:
            return None
        if element.iri not in self._entities:
            entity = Entity(**describe(element), is_abstract="samm:AbstractEntity" in element.types)
            self._entities[element.iri] = entity
            self._waiting.append((entity, element))
            parent = self.one(element, "samm:extends")
            if parent is not None:
                object.__setattr__(entity, "extends", self.entity(parent, element))
        return self._entities[element.iri]

    def _all_slots(self, element: Element, below: tuple[str, ...]) -> list[_Slot]:
        """The properties of an entity and of all that it extends, inherited first; one that extends takes the place."""
        if element.iri in below:
            self.report("cycle", "the entity extends itself", element, element.iri)
            return []
        if element.iri not in self._inherited:
            self._inherited[element.iri] = self._gather(element, below)
        return self._inherited[element.iri]

    def _gather(self, element: Element, below: tuple[str, ...]) -> list[_Slot]:
        parent = self.one(element, "samm:extends")
        wanted = ("samm:Entity", "samm:AbstractEntity")
        above = self.element(parent, wanted, element) if parent is not None else None
        slots = list(self._all_slots(above, (*below, element.iri))) if above else []
        for item in self._listed(element):
            slot = self._slot(item, element)
            if slot is None:
                continue
            place = next((i for i, other in enumerate(slots) if other.urn in slot.replaces), len(slots))
            slots[place : place + 1] = [slot]
        return slots

    # -- properties --------------------------------------------------------------------------------------------

    def _listed(self, element: Element) -> tuple[Term, ...]:
        """The properties that an aspect or entity lists."""
        if "samm:properties" in element.statements or not element.statements.keys() & _INSTEAD:
            return self.items(element, "samm:properties")
        self.warn("incomplete", "samm:properties is missing: it is read as an empty list", element, "samm:properties")
        return ()

    def _slot(self, item: Term, user: Element) -> _Slot | None:
        usage = self.elements.get(item) if isinstance(item, Blank) else None
        if usage is None:
            element = self.element(item, _PROPERTIES, user)
            return _Slot(element.iri, self._chain(element), None) if element else None
        self._check_terms(usage, USAGE)
        target = usage.statements.get("samm:property", []) + usage.statements.get("samm:extends", [])
        if len(target) != 1:
            self.report("incomplete", "a property usage names one samm:property or samm:extends", usage)
            return None
        element = self.element(target[0], _PROPERTIES, usage)
        return _Slot(element.iri, self._chain(element), usage) if element else None

    def _chain(self, element: Element) -> tuple[Element, ...]:
        """A property and those that it extends, the nearest first."""
        chain = [element]
        while (parent := self.one(chain[-1], "samm:extends")) is not None:
            above = self.element(parent, _PROPERTIES, chain[-1])
            if above is None:
                break
            if above in chain:
                self.report("cycle", "the property extends itself", above, above.iri)
                break
            chain.append(above)
        return tuple(chain)

    def _properties(self, slots: list[_Slot], owner: Element) -> tuple[Property, ...]:
        found = [prop for slot in slots if (prop := self._property(slot))]
        names = [prop.payload_name for prop in found if not prop.not_in_payload]
        for name in sorted({name for name in names if names.count(name) > 1}):
            if len({prop.urn for prop in found if prop.payload_name == name}) > 1:
                self.report("duplicate", f"two properties have the payload name {name!r}", owner, name)
        return tuple({(prop.payload_name, prop.urn): prop for prop in found}.values())

    def property(self, item: Term, user: Element) -> Property | None:
        """The property that `item` (an IRI or a usage node) names; None for an abstract one."""
        slot = self._slot(item, user)
        return self._property(slot) if slot else None

    def _property(self, slot: _Slot) -> Property | None:
        sources = [*([slot.usage] if slot.usage else []), *slot.chain]
        characteristic = self._first(sources, "samm:characteristic")
        element = slot.chain[0]
        if characteristic is None:
            if "samm:AbstractProperty" not in element.types:
                self.report("incomplete", "samm:characteristic is missing", element, element.iri)
            return None
        usage = slot.usage or Element("", element.file, element.line)
        read = self.characteristic(characteristic[1], characteristic[0])
        return Property(
            **describe(element),
            payload_name=self.text(usage, "samm:payloadName") or name_of(element.iri),
            optional=self.flag(usage, "samm:optional"),
            not_in_payload=self.flag(usage, "samm:notInPayload"),
            characteristic=read,
            example_value=self._example(sources, read),
        )

    def _first(self, sources: list[Element], predicate: str) -> tuple[Element, Term] | None:
        for element in sources:
            value = self.one(element, predicate)
            if value is not None:
                return element, value
        return None

    def _example(self, sources: list[Element], characteristic: Characteristic) -> Any:
        found = self._first(sources, "samm:exampleValue")
        if found is None:
            return None
        data_type = data_type_of(characteristic)
        return self.odd(found[1], data_type, found[0]) if isinstance(data_type, str) else None

    # -- characteristics and values ----------------------------------------------------------------------------

    def characteristic(self, term: Term, user: Element) -> Characteristic:
        """The characteristic that `term` names; one that contains itself without an entity between is reported."""
        key = term if isinstance(term, str) else ""
        if key in self._open:
            self.report("cycle", f"{' -> '.join(self._open)} leads back to itself", user, key)
            return _PLACEHOLDER
        if key not in self._characteristics:
            self._open.append(key)
            found = read_characteristic(self, term, user)
            self._open.pop()
            self._characteristics[key] = found or _PLACEHOLDER
        return self._characteristics[key]

    # -- recursion ---------------------------------------------------------------------------------------------

    def _check_endless(self, properties: tuple[Property, ...], element: Element) -> None:
        entity = endless_entity(properties)
        if entity is not None:
            place = self.elements.get(entity.urn) or element
            self.report("cycle", "every payload would contain itself: make a property optional", place, entity.urn)


class _Slot:
    """A property as one entity or aspect lists it: `usage` is the blank node, if there is one."""

    __slots__ = ("chain", "replaces", "urn", "usage")

    def __init__(self, urn: str, chain: tuple[Element, ...], usage: Element | None) -> None:
        self.urn = urn
        self.chain = chain
        self.usage = usage
        extended = {element.iri for element in chain[1:]}
        self.replaces = extended | ({urn} if usage and "samm:extends" in usage.statements else set())
