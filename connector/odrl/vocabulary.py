"""The IRIs and terms of ODRL, of the Catena-X policy profile (CX-0152) and of EDC, and every spelling of them."""

from __future__ import annotations

from typing import Any, Final

ODRL: Final = "http://www.w3.org/ns/odrl/2/"
CX_POLICY: Final = "https://w3id.org/catenax/2025/9/policy/"
EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
DSPACE: Final = "https://w3id.org/dspace/2025/1/"
TX: Final = "https://w3id.org/tractusx/v0.0.1/ns/"

CX_CONTEXT: Final = CX_POLICY + "context.jsonld"
CX_ODRL_CONTEXT: Final = CX_POLICY + "odrl.jsonld"
ODRL_CONTEXT: Final = "https://w3id.org/dspace/2025/1/odrl-profile.jsonld"
DSP_CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"
EDC_DSP_CONTEXT: Final = "https://w3id.org/edc/dspace/v0.0.1"
W3C_ODRL_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"

LEGACY_NAMESPACES: Final = (
    "https://w3id.org/catenax/policy/",
    "https://w3id.org/tractusx/policy/v1.0.0/",
    "https://w3id.org/tractusx/policy/v1.0.0",
    TX,
)
"""Read on input with a warning, never written."""

KNOWN_CONTEXTS: Final = frozenset(
    {
        CX_CONTEXT,
        CX_ODRL_CONTEXT,
        ODRL_CONTEXT,
        DSP_CONTEXT,
        EDC_DSP_CONTEXT,
        W3C_ODRL_CONTEXT,
        "https://www.w3.org/ns/odrl.jsonld",
        "https://w3id.org/dspace/2024/1/context.json",
        "https://w3id.org/dspace/v0.8/context.json",
        "https://w3id.org/tractusx/auth/v1.0.0",
        "https://w3id.org/tractusx/policy/v1.0.0",
        "https://w3id.org/tractusx/edc/v0.0.1",
        "https://w3id.org/edc/connector/management/v0.0.1",
        "https://w3id.org/edc/connector/management/v2",
    }
)
"""Contexts under which the terms of this module have their own meaning: documents with only these are read as is."""

PROFILE: Final = CX_POLICY
PROFILES: Final = frozenset({CX_POLICY, CX_POLICY + "schema/policy-schema.json"})
"""The forms of `profile` that the versions of CX-0152 name; the first standard's form is the one that is written."""

UNDEFINED: Final = "urn:ionport:undefined:"
"""Namespace given to what no context defines, so that expansion keeps it instead of dropping it."""

PREFIXES: Final = {"odrl": ODRL, "cx-policy": CX_POLICY, "edc": EDC, "dspace": DSPACE, "tx": TX}

RULE_KINDS: Final = ("permission", "prohibition", "obligation")
LOGICAL: Final = ("and", "or", "xone", "andSequence")
SET_OPERATORS: Final = frozenset({"isAnyOf", "isAllOf", "isNoneOf"})
OPERATORS: Final = frozenset({"eq", "neq", "gt", "gteq", "lt", "lteq", "hasPart", "isA", "isPartOf"}) | SET_OPERATORS
POLICY_TYPES: Final = frozenset({"Policy", "Set", "Offer", "Agreement"})

_ODRL_NAMESPACES: Final = (ODRL, CX_ODRL_CONTEXT)
"""The second is what `odrl:` becomes under the published Catena-X context, which maps the prefix to a file name."""

_FOREIGN_OPERANDS: Final = {"inForceDate": EDC, "count": ODRL}
"""Operands that are not of Catena-X's namespace."""

_ACTION_ALIASES: Final = {"USE": "use", "ACCESS": "access"}


def full(written: str) -> str:
    """`written` with a well-known prefix replaced by its namespace; anything else (bare names too) stays."""
    if written.startswith(UNDEFINED):
        return written[len(UNDEFINED) :]
    prefix, colon, local = written.partition(":")
    if colon and not local.startswith("//") and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    return written


def odrl_name(written: str) -> str:
    """The ODRL (or `timestamp`) name behind any spelling of it; what is not ODRL's comes back as its IRI."""
    return _local(full(written), (*_ODRL_NAMESPACES, DSPACE))


def action_name(written: str) -> str:
    """`use` or `access` behind any spelling; another action as its IRI or name."""
    name = _local(full(written), (*_ODRL_NAMESPACES, CX_POLICY, *LEGACY_NAMESPACES))
    return _ACTION_ALIASES.get(name, name)


def operand_name(written: str) -> str:
    """The local name of a Catena-X operand, of EDC's inForceDate or ODRL's count; another one as its IRI or name."""
    iri = full(written)
    for name, namespace in _FOREIGN_OPERANDS.items():
        if iri == namespace + name:
            return name
        if iri == CX_POLICY + name:
            return iri
    return _local(iri, (CX_POLICY, *LEGACY_NAMESPACES))


def is_legacy(written: str) -> bool:
    """Whether `written` lies in a namespace that CX-0152 has left behind."""
    return full(written).startswith(LEGACY_NAMESPACES)


def term_context(operand_iris: dict[str, str]) -> dict[str, Any]:
    """One JSON-LD context for ODRL, DSP's `timestamp` and the operands given (name -> IRI)."""
    references = dict.fromkeys(("profile", "target", "assignee", "assigner", *RULE_KINDS, "duty", "constraint"), "@id")
    references |= dict.fromkeys(("action", "operator", "leftOperand"), "@vocab")
    terms: dict[str, Any] = {
        "@vocab": UNDEFINED,
        **PREFIXES,
        "access": CX_POLICY + "access",
        "timestamp": DSPACE + "timestamp",
    }
    terms |= {name: {"@id": ODRL + name, "@type": kind} for name, kind in references.items()}
    terms |= {name: ODRL + name for name in (*LOGICAL, *OPERATORS, *POLICY_TYPES, "rightOperand", "use")}
    return terms | operand_iris


def _local(iri: str, namespaces: tuple[str, ...]) -> str:
    for namespace in namespaces:
        local = iri.removeprefix(namespace)
        if local != iri and local and "/" not in local:
            return local
    return iri
