"""JSON-LD forms: plain handling of compact documents, full expansion with local contexts where that is not enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
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
    """`document` expanded (JSON-LD 1.1) with `contexts` only; amounts stay Decimal, relative ids stay relative.

    Raises Invalid: `jsonld/context` where it names a context that is not in `contexts` or imports one,
    `jsonld/expand` where it is no JSON-LD.
    """
    from pyld import jsonld

    _refuse_imports(document)
    return list(_told("jsonld/expand", lambda: jsonld.expand(_readable(document), _options(contexts))))


def compact(document: Any, context: Any, contexts: Contexts) -> dict[str, Any]:
    """`document` compacted with `context`. Raises Invalid as `expand` does, with the code `jsonld/compact`."""
    from pyld import jsonld

    _refuse_imports(document)
    _refuse_imports({"@context": context})
    plain = _readable(context, in_context=True)
    return dict(_told("jsonld/compact", lambda: jsonld.compact(_readable(document), plain, _options(contexts))))


def _options(contexts: Contexts) -> dict[str, Any]:
    """No base: the library's own one would turn `asset1` into an IRI of example.org."""
    return {"documentLoader": _loader(contexts), "expandContext": {"@base": None}}


def _told(code: str, work: Callable[[], Any]) -> Any:
    """What `work` gives; whatever the library raises on odd input is told as Invalid."""
    from pyld import jsonld

    try:
        return work()
    except jsonld.JsonLdError as error:
        raise _unknown_context(error) or Invalid(code, f"not valid JSON-LD: {_innermost(error)}") from None
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Invalid(code, f"not valid JSON-LD: {_first_line(error)}") from None


def _refuse_imports(document: Any) -> None:
    """The library merges an imported context into documents that all callers share."""
    waiting: list[tuple[Any, bool]] = [(document, False)]
    while waiting:
        value, in_context = waiting.pop()
        if isinstance(value, Mapping):
            if in_context and "@import" in value:
                raise Invalid("jsonld/context", "a context with @import is not accepted; write its terms out")
            waiting += [(inner, in_context or name == "@context") for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, in_context) for inner in value]


def _readable(value: Any, *, in_context: bool = False) -> Any:
    """`value` with the numbers in its contexts (`@version`) as floats: the library knows no other; amounts stay."""
    if isinstance(value, Mapping):
        return {name: _readable(inner, in_context=in_context or name == "@context") for name, inner in value.items()}
    if isinstance(value, list):
        return [_readable(inner, in_context=in_context) for inner in value]
    return float(value) if in_context and isinstance(value, Decimal) else value


def _loader(contexts: Contexts) -> Any:
    def load(iri: str, _options: Any) -> dict[str, Any]:
        if iri not in contexts:
            raise Invalid("jsonld/context", f"the JSON-LD context {iri[:200]} is not known here, and none is fetched")
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": iri,
            "document": contexts[iri],
        }

    return load


def _unknown_context(error: BaseException | None) -> Invalid | None:
    """What the loader raised: the library hides it under its own errors."""
    while error is not None:
        if isinstance(error, Invalid):
            return Invalid(error.code, error.detail, pointer=error.pointer)
        error = error.__cause__
    return None


def _innermost(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    said = str(error.args[0]) if error.args else type(error).__name__
    return (said.splitlines() or [type(error).__name__])[0][:300]
