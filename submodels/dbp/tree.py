"""From mapped values to one tree of texts for each part, shaped by its template.

A node is a text (Property, MultiLanguageProperty), a `FileText`, or a dict: by idShort for a collection, by the
pointer of its source for a list, so that several rows meet in one entry and the order is that of the payload.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from submodels.aas.lexical import NotLexical, lexical
from submodels.dbp.parts import BY_NUMBER, Part
from submodels.dbp.paths import Found
from submodels.dbp.site import Site
from submodels.dbp.templates.element import Element, walk

MAX_LANGUAGE_TEXT = 1023  # AAS Part 1 V3.0, LangStringTextType
APPEND = "+"  # the key of a list entry that no item of the source names


class FileText(NamedTuple):
    """What a File carries; `value` may be absent."""

    value: str | None
    content_type: str


Node = Any
Tree = dict[str, Node]


def elements_by_path(part: Part | int) -> dict[str, Element]:
    """The template's elements by target path (`A.B`, `A[]`, `A[].B`); a number stands for the newest version."""
    part = BY_NUMBER[part] if isinstance(part, int) else part
    key = (part.number, part.template_version)
    if key not in _BY_PATH:
        _BY_PATH[key] = dict(walk(part.elements))
    return _BY_PATH[key]


_BY_PATH: dict[tuple[int, str], dict[str, Element]] = {}


def keys(target: str, found: Found) -> tuple[str, ...]:
    """The way to `target` in a tree: its idShorts, and after each list the pointer of the item that it stands for."""
    if "[]" not in target:
        return _names(target)
    way: list[str] = []
    items = iter(found.items)
    for step in _names(target):
        way.append(step.removesuffix("[]"))
        if step.endswith("[]"):
            way.append(next(items, (APPEND, None))[0])
    return tuple(way)


@cache
def _names(target: str) -> tuple[str, ...]:
    return tuple(target.split("."))


def is_set(tree: Tree, way: tuple[str, ...]) -> bool:
    """Whether something stands there already. A list without named items is set as a whole."""
    node: Node = tree
    for key in way[:-1] if way[-1] == APPEND else way:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def put(tree: Tree, way: tuple[str, ...], node: Node) -> None:
    """Set `node` there; the collections and lists on the way come to be."""
    for key in way[:-1]:
        tree = tree.setdefault(key, {})
    if way[-1] == APPEND:
        tree.update({f"{APPEND}{len(tree) + number}": entry for number, entry in enumerate(node)})
    else:
        tree[way[-1]] = node


def shaped(value: Any, element: Element, site: Site) -> Node | None:
    """`value` as node of `element`; what has no lexical form there becomes a finding `dbp/value`, and None."""
    if value is None:
        return None
    try:
        return SHAPES[element.kind](value, element, site)
    except NotLexical as error:
        refuse(error, element, site)
        return None


def refuse(error: NotLexical, element: Element, site: Site) -> None:
    """Tell that a value does not fit; it is an error where the template demands the element."""
    severity = "error" if element.is_mandatory else "warning"
    site.note("value", f"{element.id_short} cannot take this value: {error}.", severity)  # type: ignore[arg-type]


def _property(value: Any, element: Element, _: Site) -> Node:
    return lexical(value, element.value_type)


def _language_text(value: Any, _: Element, __: Site) -> Node:
    string = lexical(value, "xs:string")
    if len(string) > MAX_LANGUAGE_TEXT:
        raise NotLexical(f"it has {len(string)} characters, {MAX_LANGUAGE_TEXT} are allowed in a text of a language")
    return string


def _file(value: Any, _: Element, __: Site) -> Node:
    return FileText(value.get("value"), value["contentType"])


def _collection(value: Any, element: Element, site: Site) -> Node:
    nodes = {child.id_short: shaped(value.get(child.id_short), child, site) for child in element.children}
    return {id_short: node for id_short, node in nodes.items() if node is not None} or None


def _list(value: Any, element: Element, site: Site) -> Node:
    nodes = (shaped(entry, element.children[0], site) for entry in value)
    return {f"{APPEND}{number}": node for number, node in enumerate(nodes) if node is not None}


SHAPES = {
    "Property": _property,
    "MultiLanguageProperty": _language_text,
    "File": _file,
    "SubmodelElementCollection": _collection,
    "SubmodelElementList": _list,
}
