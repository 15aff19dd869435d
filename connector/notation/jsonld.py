"""JSON-LD forms: plain handling of compact documents, full expansion with local contexts where that is not enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.notation.problems import Invalid

Contexts = Mapping[str, Any]
"""Context documents by IRI; nothing else is ever loaded."""


def as_list(value: Any) -> list[Any]:
    """A JSON-LD value as a list: absent is empty, one value is a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def id_of(value: Any) -> str | None:
    """The identifier in `"x"`, `{"@id": "x"}` or `{"@value": "x"}` (or a list of one of them)."""
    if isinstance(value, list):
        return id_of(value[0]) if len(value) == 1 else None
    if isinstance(value, dict):
        value = value.get("@id", value.get("@value"))
    return value if isinstance(value, str) else None


def expand(document: Any, contexts: Contexts) -> list[Any]:
    """`document` expanded (JSON-LD 1.1) with `contexts` only. Raises Invalid where it names another context."""
    from pyld import jsonld

    try:
        return list(jsonld.expand(document, {"documentLoader": _loader(contexts)}))
    except jsonld.JsonLdError as error:
        raise Invalid("jsonld/expand", f"not valid JSON-LD: {_cause(error)}") from None


def compact(document: Any, context: Any, contexts: Contexts) -> dict[str, Any]:
    """`document` compacted with `context`. Raises Invalid as `expand` does."""
    from pyld import jsonld

    try:
        return dict(jsonld.compact(document, context, {"documentLoader": _loader(contexts)}))
    except jsonld.JsonLdError as error:
        raise Invalid("jsonld/compact", f"not valid JSON-LD: {_cause(error)}") from None


def _loader(contexts: Contexts) -> Any:
    def load(iri: str, _options: Any) -> dict[str, Any]:
        if iri not in contexts:
            raise Invalid("jsonld/context", f"the JSON-LD context {iri} is not known here, and none is fetched")
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": iri,
            "document": contexts[iri],
        }

    return load


def _cause(error: Exception) -> str:
    """The innermost cause: pyld wraps what a loader raised."""
    inner: Any = error
    while getattr(inner, "cause", None) is not None:
        inner = inner.cause
    return str(inner).splitlines()[0]
