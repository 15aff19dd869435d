"""Names of the Dataspace Protocol 2025-1 and of the vocabularies that its messages carry."""

from __future__ import annotations

from typing import Final

DSPACE: Final = "https://w3id.org/dspace/2025/1/"
ODRL: Final = "http://www.w3.org/ns/odrl/2/"
DCAT: Final = "http://www.w3.org/ns/dcat#"
DCT: Final = "http://purl.org/dc/terms/"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
CX_POLICY: Final = "https://w3id.org/catenax/2025/9/policy/"
USAGE_PURPOSE: Final = f"{CX_POLICY}UsagePurpose"
"""What a request for a transfer is for, as an extension term of its message."""
CX_TAXO: Final = "https://w3id.org/catenax/taxonomy#"
CX_COMMON: Final = "https://w3id.org/catenax/ontology/common#"
AAS_SEMANTICS: Final = "https://admin-shell.io/aas/3/0/HasSemantics/"

DSPACE_CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"
ODRL_PROFILE_CONTEXT: Final = "https://w3id.org/dspace/2025/1/odrl-profile.jsonld"
EDC_CONTEXT: Final = "https://w3id.org/edc/dspace/v0.0.1"
EDC_MANAGEMENT_CONTEXT: Final = "https://w3id.org/edc/connector/management/v2"
CX_POLICY_CONTEXT: Final = "https://w3id.org/catenax/2025/9/policy/context.jsonld"
CX_ODRL_CONTEXT: Final = "https://w3id.org/catenax/2025/9/policy/odrl.jsonld"
ODRL_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"

CONTEXT: Final = [DSPACE_CONTEXT]
"""`@context` of every message sent: the one that every peer has at hand; builders copy it."""

VERSION: Final = "2025-1"
PROTOCOL: Final = "dataspace-protocol-http:2025-1"
BINDING: Final = "HTTPS"
VERSION_PATH: Final = "/.well-known/dspace-version"

HTTP_PULL: Final = "HttpData-PULL"
HTTP_PUSH: Final = "HttpData-PUSH"
HTTP_ENDPOINT: Final = "https://w3id.org/idsa/v4.1/HTTP"
"""`endpointType` of a data address that is fetched by HTTP."""

PREFIXES: Final[dict[str, str]] = {
    "dspace": DSPACE,
    "odrl": ODRL,
    "dcat": DCAT,
    "dct": DCT,
    "xsd": XSD,
    "edc": EDC,
    "cx-policy": CX_POLICY,
    "cx-taxo": CX_TAXO,
    "cx-common": CX_COMMON,
    "aas-semantics": AAS_SEMANTICS,
}
"""Short names that this node uses for IRIs, in its own tables and for its users."""

WIRE_PREFIXES: Final = frozenset({"dspace", "odrl", "dcat", "dct", "xsd"})
"""Those of them that the protocol's context defines, so that a peer can read them in a message."""

CX_OPERANDS: Final = (
    "AffiliatesBpnl",
    "AffiliatesRegion",
    "BusinessPartnerGroup",
    "BusinessPartnerNumber",
    "ConfidentialInformationMeasures",
    "ConfidentialInformationSharing",
    "ContractReference",
    "ContractTermination",
    "DataFrequency",
    "DataProvisioningEndDate",
    "DataProvisioningEndDurationDays",
    "DataUsageEndDate",
    "DataUsageEndDefinition",
    "DataUsageEndDurationDays",
    "ExclusiveUsage",
    "FrameworkAgreement",
    "JurisdictionLocation",
    "JurisdictionLocationReference",
    "Liability",
    "Membership",
    "Precedence",
    "UsagePurpose",
    "UsageRestriction",
    "VersionChanges",
    "Warranty",
    "WarrantyDuration",
    "access",
)
"""Terms of Catena-X's policy context 2025/9."""

_CONTEXT_PREFIXES: Final[dict[str, tuple[str, ...]]] = {
    DSPACE_CONTEXT: ("dspace", "odrl", "dcat", "dct", "xsd"),
    EDC_CONTEXT: ("edc", "dct", "dcat"),
    CX_POLICY_CONTEXT: ("cx-policy", "odrl"),
    ODRL_PROFILE_CONTEXT: ("odrl",),
    CX_ODRL_CONTEXT: ("odrl",),
}
_CONTEXT_TERMS: Final[dict[str, dict[str, str]]] = {
    DSPACE_CONTEXT: {},
    EDC_CONTEXT: {
        **{term: EDC + term for term in ("id", "description", "isCatalog", "inForceDate")},
        "conformsTo": DCT + "conformsTo",
    },
    CX_POLICY_CONTEXT: {term: CX_POLICY + term for term in CX_OPERANDS},
    ODRL_PROFILE_CONTEXT: {},
    CX_ODRL_CONTEXT: {},
}
PLAIN_CONTEXTS: Final = frozenset(_CONTEXT_TERMS)
"""Contexts under which a message in the protocol's own form is read without a JSON-LD library."""


def terms_of(context: tuple[str, ...]) -> dict[str, str]:
    """What the contexts add to the protocol's terms: `term -> IRI` and `prefix: -> namespace`."""
    found: dict[str, str] = {}
    for iri in context:
        found.update({f"{prefix}:": PREFIXES[prefix] for prefix in _CONTEXT_PREFIXES[iri]})
        found.update(_CONTEXT_TERMS[iri])
    return found


def resolve(name: str, terms: dict[str, str]) -> str:
    """`name` (a term, `prefix:suffix` or an IRI) as an IRI; what `terms` does not know stays as it is."""
    if name in terms:
        return terms[name]
    prefix, colon, suffix = name.partition(":")
    namespace = terms.get(prefix + colon) if colon and not suffix.startswith("//") else None
    return namespace + suffix if namespace else name


def expand(name: str) -> str:
    """`prefix:suffix` by the table PREFIXES; anything else stays as it is."""
    return resolve(name, _ALL_PREFIXES)


def shorten(iri: str) -> str:
    """`iri` as `prefix:suffix` by the table PREFIXES, or unchanged."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and iri != namespace:
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


_ALL_PREFIXES: Final = {f"{prefix}:": namespace for prefix, namespace in PREFIXES.items()}
