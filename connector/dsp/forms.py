"""Any spelling of a protocol document brought to the protocol's own compact form.

The exact form passes without a JSON-LD library. Everything else (prefixed or full names, `@graph`, further contexts, a
context as a plain text) is expanded with local contexts, and written back by one table of IRIs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from connector.dsp import policies, schemas
from connector.dsp.vocabulary import (
    CONTEXT,
    DCAT,
    DCT,
    DSPACE,
    DSPACE_CONTEXT,
    ODRL,
    PLAIN_CONTEXTS,
    expand,
    resolve,
    shorten,
    terms_of,
)
from connector.notation import jsonld
from connector.notation.findings import Finding
from connector.notation.jsonld import Contexts
from connector.notation.problems import Invalid, Problem

Json = dict[str, Any]

POLICIES: Final = frozenset({"offer", "agreement", "hasPolicy"})
LISTS: Final = frozenset({"service", "catalog", "dataset", "distribution"})
PLAIN_KEYWORDS: Final = frozenset({"@context", "@id", "@type", "@value", "@language", "@direction"})
KNOWN: Final = frozenset(
    {
        *("@context", "@id", "@type", "filter", "code", "reason", "offer", "agreement", "hasPolicy"),
        *("providerPid", "consumerPid", "callbackAddress", "eventType", "state", "agreementId", "participantId"),
        *("format", "dataAddress", "endpoint", "endpointType", "endpointProperties", "timestamp"),
        *("dataset", "service", "catalog", "distribution", "accessService", "endpointURL", "endpointDescription"),
    }
)
"""Members that the protocol's context defines; all others are properties of a dataset."""


def standard_form(body: Any, expected_type: str, contexts: Contexts | None) -> Json:
    """`body` as the exact compact form of `expected_type`, policies in standard form.

    Raises Invalid `dsp/schema` with findings; Invalid `jsonld/context` where `body` names a context that is not here.
    """
    if not isinstance(body, dict):
        raise _refusal(expected_type, [Finding("dsp/schema", "a JSON object is wanted here")])
    plain = _plain_context(body.get("@context"))
    findings = _plain_findings(body, expected_type, plain)
    if not findings and plain is not None:
        return _with_terms(body, terms_of(plain))
    if contexts is None:
        raise _refusal(expected_type, findings)
    return _expanded_form(
        body, expected_type, contexts, findings if _is_own_spelling(body, expected_type, plain) else []
    )


def _expanded_form(body: Json, expected_type: str, contexts: Contexts, own_findings: list[Finding]) -> Json:
    try:
        document = _written_back(body, expected_type, contexts)
    except Problem:
        if own_findings:
            raise _refusal(expected_type, own_findings) from None
        raise
    findings = schemas.check(document, expected_type, "lenient")
    if findings:
        raise _refusal(expected_type, own_findings or findings)
    return document


def _plain_context(context: Any) -> tuple[str, ...] | None:
    """The contexts, where all are among those whose names are known without a JSON-LD library."""
    if not isinstance(context, list) or DSPACE_CONTEXT not in context:
        return None
    return tuple(context) if all(isinstance(iri, str) and iri in PLAIN_CONTEXTS for iri in context) else None


def _plain_findings(body: Json, expected_type: str, plain: tuple[str, ...] | None) -> list[Finding]:
    findings = schemas.check(body, expected_type, "lenient")
    if not findings and plain is None:
        return [Finding("dsp/schema", "only contexts known here can be read", "/@context")]
    if not findings and _has_other_spelling(body):
        return [Finding("dsp/schema", "names of the protocol's own context are wanted, without a prefix")]
    return findings


def _has_other_spelling(body: Json) -> bool:
    """Whether a member of the protocol stands under a prefixed or full name, or a keyword changes its meaning."""
    return any(_is_respelled(name) or _is_respelled_within(member) for name, member in body.items())


def _is_respelled_within(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_respelled_within(entry) for entry in value)
    return isinstance(value, dict) and ("@context" in value or _has_other_spelling(value))


def _is_respelled(name: str) -> bool:
    return name not in PLAIN_KEYWORDS if name.startswith("@") else ":" in name and expand(name) in MEMBERS


def _is_own_spelling(body: Json, expected_type: str, plain: tuple[str, ...] | None) -> bool:
    """Whether the sender meant the exact form, so that findings about it help most."""
    return plain is not None and body.get("@type") == expected_type and not _has_other_spelling(body)


def _refusal(expected_type: str, findings: list[Finding]) -> Invalid:
    first = str(findings[0]) if findings else "nothing of that type in it"
    return Invalid("dsp/schema", f"not a {expected_type} of Dataspace Protocol 2025-1: {first}", findings=findings)


# --- the exact form


def _with_terms(value: Json, terms: dict[str, str]) -> Json:
    """`value` with policies in standard form and properties under `prefix:suffix` names or IRIs."""
    return {_property(name, terms): _with_terms_member(name, member, terms) for name, member in value.items()}


def _with_terms_member(name: str, member: Any, terms: dict[str, str]) -> Any:
    if name in POLICIES:
        if isinstance(member, list):
            return [_with_terms_member(name, entry, terms) for entry in member]
        return policies.standard(member, terms) if isinstance(member, dict) else member
    if name in LISTS and isinstance(member, list):
        return [_with_terms(entry, terms) for entry in member]
    if name not in KNOWN:
        return _with_iris(member, terms)
    return member


def _with_iris(value: Any, terms: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_iris(entry, terms) for entry in value]
    if isinstance(value, dict):
        names = ("@id", "@type")
        return {
            _property(name, terms): resolve(member, terms)
            if name in names and isinstance(member, str)
            else _with_iris(member, terms)
            for name, member in value.items()
        }
    return value


def _property(name: str, terms: dict[str, str]) -> str:
    return name if name in KNOWN else shorten(resolve(name, terms))


# --- from the expanded form


def _written_back(body: Json, expected_type: str, contexts: Contexts) -> Json:
    given = body.get("@context")
    if given is None:
        raise _refusal(expected_type, [Finding("dsp/schema", "a @context is wanted", "/@context")])
    _check_contexts(body, contexts)
    # No base: ids that are not IRIs stay as they were written.
    document = {**body, "@context": [{"@base": None}, *jsonld.as_list(given)]}
    nodes = [node for node in _expanded(document, contexts) if isinstance(node, dict)]
    wanted = TYPES[expected_type]
    for node in nodes:
        if wanted in node.get("@type", []):
            return {"@context": list(CONTEXT), **_node(node), "@type": expected_type}
    raise _refusal(expected_type, [Finding("dsp/schema", f"the type {wanted} is wanted", "/@type", wanted=wanted)])


def _check_contexts(body: Json, contexts: Contexts) -> None:
    """Refuse contexts that are not here, and imports: the library would merge them into the shared documents."""
    if _has_import(body):
        raise Invalid("jsonld/context", "a context with @import is not accepted in a message; write its terms out")
    given = body.get("@context")
    for iri in jsonld.as_list(given):
        if isinstance(iri, str) and iri not in contexts:
            raise Invalid(
                "jsonld/context",
                f"the JSON-LD context {iri[:200]} is not known here, and none is fetched; write names in full",
                pointer="/@context",
            )


def _has_import(value: Any) -> bool:
    if isinstance(value, list):
        return any(_has_import(entry) for entry in value)
    return isinstance(value, dict) and ("@import" in value or any(_has_import(entry) for entry in value.values()))


def _expanded(document: Json, contexts: Contexts) -> list[Any]:
    """As `jsonld.expand`; the library's plain Python errors on odd input are told as Invalid too."""
    try:
        return jsonld.expand(document, contexts)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise Invalid("jsonld/expand", f"not valid JSON-LD: {error}") from None


def _node(node: Json) -> Json:
    found: Json = {}
    for iri, values in node.items():
        if iri == "@id":
            found["@id"] = values
        elif iri == "@type":
            found["@type"] = _short_type(values[0])
        else:
            name, write = MEMBERS.get(iri, (shorten(iri), _any_values))
            found[name] = write(values)
    return found


def _id(values: list[Any]) -> Any:
    return jsonld.id_of(values) if len(values) == 1 else [jsonld.id_of(value) for value in values]


def _name(values: list[Any]) -> Any:
    iri = _id(values)
    return policies.short(iri) if isinstance(iri, str) else iri


def _state(values: list[Any]) -> Any:
    iri = _id(values)
    return iri.removeprefix(DSPACE) if isinstance(iri, str) else iri


def _text(values: list[Any]) -> Any:
    return _any_values(values) if len(values) != 1 or "@id" not in values[0] else values[0]["@id"]


def _one_node(values: list[Any]) -> Any:
    return _one(values[0]) if len(values) == 1 else [_one(value) for value in values]


def _nodes(values: list[Any]) -> list[Any]:
    inner = values[0].get("@list") if len(values) == 1 and isinstance(values[0], dict) else None
    return [_one(value) for value in (inner if inner is not None else values)]


def _id_or_node(values: list[Any]) -> Any:
    return _id(values) if len(values) == 1 and set(values[0]) <= {"@id", "@value"} else _one_node(values)


def _list(values: list[Any]) -> list[Any]:
    return [_one(value) for value in values]


def _any_values(values: Any) -> Any:
    if not isinstance(values, list):
        return values
    return _one(values[0]) if len(values) == 1 else [_one(value) for value in values]


def _one(value: Any) -> Any:
    """One expanded value: a plain literal bare, a list as a list, anything else as a node."""
    if not isinstance(value, dict):
        return value
    if "@list" in value:
        return [_one(entry) for entry in value["@list"]]
    if "@value" in value:
        return value["@value"] if set(value) == {"@value"} else dict(value)
    return _node(value)


def _short_type(iri: str) -> str:
    return NAMES_OF_TYPES.get(iri, policies.short(iri))


TYPES: Final[Mapping[str, str]] = {
    **{name: DSPACE + name for name in (*schemas.MESSAGES, "DataAddress", "EndpointProperty")},
    **{name: DCAT + name for name in ("Catalog", "Dataset", "Distribution", "DataService")},
    **{name: ODRL + name for name in ("Offer", "Agreement", "Set")},
}
"""The protocol's types and their IRIs."""

NAMES_OF_TYPES: Final[Mapping[str, str]] = {iri: name for name, iri in TYPES.items()}

MEMBERS: Final[Mapping[str, tuple[str, Callable[[list[Any]], Any]]]] = {
    **{DSPACE + name: (name, _id) for name in ("providerPid", "consumerPid", "agreementId", "participantId")},
    **{DSPACE + name: (name, _text) for name in ("callbackAddress", "timestamp", "code", "endpoint", "name", "value")},
    **{DSPACE + name: (name, _state) for name in ("state", "eventType")},
    DSPACE + "endpointType": ("endpointType", _id),
    **{DSPACE + name: (name, _list) for name in ("reason", "filter", "endpointProperties")},
    **{DSPACE + name: (name, _one_node) for name in ("offer", "agreement", "dataAddress")},
    DSPACE + "dataset": ("dataset", _id),
    DCT + "format": ("format", _id),
    DCAT + "accessService": ("accessService", _id_or_node),
    **{DCAT + name: (name, _text) for name in ("endpointURL", "endpointDescription")},
    **{DCAT + name: (name, _nodes) for name in ("service", "catalog", "dataset", "distribution")},
    **{ODRL + name: (name, _id) for name in ("profile", "target", "assigner", "assignee")},
    **{ODRL + name: (name, _name) for name in ("action", "leftOperand", "operator")},
    **{ODRL + name: (name, _nodes) for name in ("hasPolicy", *sorted(policies.NESTED))},
    ODRL + "rightOperand": ("rightOperand", _any_values),
}
"""IRI of a member -> its name in the compact form, how its values are written there."""
