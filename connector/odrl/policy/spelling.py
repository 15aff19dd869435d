"""The spellings of a policy document: terms, prefixes, full IRIs, wrapped values, contexts; and what is too much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from connector.notation.jsonld import Contexts, as_list, expand
from connector.notation.problems import Invalid, TooLarge
from connector.odrl.operands import OPERAND_IRIS
from connector.odrl.vocabulary import KNOWN_CONTEXTS, odrl_name, term_context

DEPTH_LIMIT: Final = 24
"""Nested arrays and objects in one policy."""
NODE_LIMIT: Final = 50_000
"""Values in one policy: a list of partners may be long."""

_TERMS: Final = term_context(OPERAND_IRIS)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_WRAPPERS: Final = frozenset({"@list", "@set", "@value", "@id"})
_NO_BASE: Final = {"@base": None}
"""Names like `asset1` stay as they are: they are identifiers here, not addresses."""
_KEYWORD_ALIASES: Final = {"uid": "@id", "type": "@type"}


def bounded(document: Any) -> None:
    """Raise Invalid (`odrl/too-deep`, `odrl/not-text`) or TooLarge (`odrl/too-large`) before anything walks in."""
    layer, nodes = [document], 0
    for _ in range(DEPTH_LIMIT + 1):
        nodes += len(layer)
        if nodes > NODE_LIMIT:
            raise TooLarge("odrl/too-large", f"the policy has more than {NODE_LIMIT} values: shorten its lists")
        if not all(map(_is_text, layer)):
            raise Invalid("odrl/not-text", "the policy has a text with half of a Unicode pair: send valid UTF-8")
        layer = [child for value in layer for child in _children(value)]
        if not layer:
            return
    raise Invalid("odrl/too-deep", f"the policy nests deeper than {DEPTH_LIMIT} levels: use a single `and`")


def plain(document: dict[str, Any], contexts: Contexts | None) -> dict[str, Any]:
    """`document` in a form that can be read member by member.

    A document without contexts, or with none but those that this node knows, comes back as it is. Any other is expanded
    with `contexts` and inline contexts only; what no context defines keeps its bare name, so nothing is dropped.
    Raises Invalid (`jsonld/...`, `odrl/context-unsafe`).
    """
    return document if _is_plain(document) else _shortened(expanded(document, contexts)[0])


def expanded(document: dict[str, Any], contexts: Contexts | None) -> list[Any]:
    """`document` in expanded JSON-LD, without network; undefined terms have their usual meaning."""
    known = {**(contexts or {}), **{iri: {"@context": _TERMS} for iri in KNOWN_CONTEXTS}}
    for context in _contexts_in(document):
        _check_context(context, known)
    own = as_list(document.get("@context"))
    try:
        nodes = expand({**document, "@context": [_NO_BASE, _TERMS, *own]}, known)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
    ) as error:  # what pyld lets through on malformed contexts
        raise Invalid("jsonld/expand", f"not valid JSON-LD: {error}") from None
    if len(nodes) != 1 or not isinstance(nodes[0], dict):
        raise Invalid("odrl/not-one-policy", f"the document holds {len(nodes)} JSON-LD nodes: give one policy")
    return nodes


def member_name(key: str) -> str:
    """The name of a member behind its spelling: an ODRL name, a JSON-LD keyword, or the key itself."""
    name = odrl_name(key)
    return _KEYWORD_ALIASES.get(name, name)


def unwrapped(value: Any) -> Any:
    """The list or scalar within `@list`, `@set`, `@id`, `@value` and lists of one; one that says more stays."""
    while True:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict) and len(inner := value.keys() - {"@type"}) == 1 and inner <= _WRAPPERS:
            value = value[inner.pop()]
        else:
            return value


def _is_plain(document: dict[str, Any]) -> bool:
    own = as_list(document.get("@context"))
    inner = {name: value for name, value in document.items() if name != "@context"}
    return all(isinstance(each, str) and each in KNOWN_CONTEXTS for each in own) and not any(_contexts_in(inner))


def _contexts_in(document: Any) -> Iterator[Any]:
    """Every `@context` at any depth, wrapped so that a null one is seen."""
    if isinstance(document, dict) and "@context" in document:
        yield [document["@context"]]
    for child in _children(document):
        yield from _contexts_in(child)


def _check_context(context: Any, known: Contexts) -> None:
    """Refuse contexts that make JSON-LD drop or rearrange members: a dropped constraint would be a wider contract."""
    for each in context:
        if isinstance(each, list):
            _check_context(each, known)
        elif isinstance(each, dict):
            _check_definitions(each)
        elif isinstance(each, str):
            if each not in known:
                raise Invalid("jsonld/context", f"the JSON-LD context {each} is not known here, and none is fetched")
        else:
            raise Invalid("odrl/context-unsafe", "a JSON-LD context is an IRI or an object here; null would reset it")


def _check_definitions(context: dict[str, Any]) -> None:
    for term, definition in context.items():
        inner = definition if isinstance(definition, dict) else {"@id": definition}
        meaning = inner.get("@id", term)
        is_alias = isinstance(meaning, str) and meaning.startswith("@") and _KEYWORD_ALIASES.get(term, "@id") != meaning
        moves = term in ("@import", "@propagate") or not {"@reverse", "@context", "@nest"}.isdisjoint(inner)
        if meaning is None or moves or (is_alias and not term.startswith("@")):
            raise Invalid(
                "odrl/context-unsafe",
                f"the policy's inline context redefines {term!r} so that members vanish or move: make it a plain term",
            )


def _shortened(node: Any) -> Any:
    """An expanded node with ODRL's own names as keys, so that pointers can be read."""
    if isinstance(node, list):
        return [_shortened(each) for each in node]
    if isinstance(node, dict):
        return {member_name(key): _shortened(value) for key, value in node.items()}
    return node


def _is_text(value: Any) -> bool:
    """False for text, or an object with a key, that cannot be written as UTF-8."""
    if isinstance(value, dict):
        return all(map(_is_text, value))
    return not isinstance(value, str) or value.isascii() or not _SURROGATE.search(value)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
