"""What a template says about one element: its kind, how often it may stand there, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Cardinality = Literal["One", "ZeroToOne", "OneToMany", "ZeroToMany"]
Kind = Literal[
    "Property", "MultiLanguageProperty", "File", "SubmodelElementCollection", "SubmodelElementList"
]  # the kinds that IDTA 02035 uses

ONE: Cardinality = "One"
OPTIONAL: Cardinality = "ZeroToOne"
SOME: Cardinality = "OneToMany"
ANY: Cardinality = "ZeroToMany"

# One semantic id may be a path of several keys; each supplemental id is such a path.
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a template. The child of a list is its `children[0]`: in an instance it carries no idShort."""

    id_short: str
    kind: Kind
    cardinality: Cardinality
    semantic_id: str
    supplemental: tuple[Keys, ...] = ()
    value_type: str = ""
    children: tuple[Element, ...] = ()
    list_semantic_id: str = ""
    is_ordered: bool = True

    @property
    def is_mandatory(self) -> bool:
        """Whether the template demands at least one."""
        return self.cardinality in (ONE, SOME)


def _keys(supplemental: tuple[str, ...]) -> tuple[Keys, ...]:
    return tuple(tuple(text.split(" / ")) for text in supplemental)


def prop(id_short: str, cardinality: Cardinality, value_type: str, semantic_id: str, *supplemental: str) -> Element:
    """A Property; `value_type` without its prefix (`string`, `float`). A supplemental id of two keys is `a / b`."""
    return Element(id_short, "Property", cardinality, semantic_id, _keys(supplemental), "xs:" + value_type)


def text(id_short: str, cardinality: Cardinality, semantic_id: str, *supplemental: str) -> Element:
    """A MultiLanguageProperty."""
    return Element(id_short, "MultiLanguageProperty", cardinality, semantic_id, _keys(supplemental))


def file(id_short: str, cardinality: Cardinality, semantic_id: str, *supplemental: str) -> Element:
    """A File."""
    return Element(id_short, "File", cardinality, semantic_id, _keys(supplemental))


def group(
    id_short: str, cardinality: Cardinality, semantic_id: str, *supplemental: str, of: tuple[Element, ...]
) -> Element:
    """A SubmodelElementCollection of the elements `of`."""
    return Element(
        id_short, "SubmodelElementCollection", cardinality, semantic_id, _keys(supplemental), children=tuple(of)
    )


def several(
    id_short: str,
    cardinality: Cardinality,
    semantic_id: str,
    *supplemental: str,
    of: Element,
    each: str = "",
    is_ordered: bool = True,
) -> Element:
    """A SubmodelElementList of `of`; `each` is its semanticIdListElement where the template has one."""
    keys = _keys(supplemental)
    kind: Kind = "SubmodelElementList"
    return Element(id_short, kind, cardinality, semantic_id, keys, "", (of,), each, is_ordered)


def walk(elements: tuple[Element, ...], prefix: str = "") -> Iterator[tuple[str, Element]]:
    """Every element with its target path: `A.B`, and `A[]` or `A[].B` below a list."""
    for element in elements:
        path = f"{prefix}.{element.id_short}" if prefix else element.id_short
        yield path, element
        if element.kind == "SubmodelElementList":
            child = element.children[0]
            yield path + "[]", child
            yield from walk(child.children, path + "[]") if child.kind == "SubmodelElementCollection" else ()
        else:
            yield from walk(element.children, path)
