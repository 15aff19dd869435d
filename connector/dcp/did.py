"""did:web identifiers and DID documents (W3C DID Core 1.0, did:web method, CX-0049): build, read, find the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote_to_bytes

from connector.notation import exact_json
from connector.notation.jsonld import as_list
from connector.notation.limits import Limits
from connector.notation.problems import Invalid, Unauthenticated, Unknown

Purpose = Literal["authentication", "capabilityInvocation", "assertionMethod"]

CONTEXTS = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
    "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld",
    "https://w3id.org/dspace/2025/1/context.jsonld",
)
"""The four that CX-0049 demands of every DID document."""

PURPOSES: tuple[Purpose, ...] = ("authentication", "capabilityInvocation", "assertionMethod")
OPTIONAL_PURPOSES = frozenset({"assertionMethod"})
"""CX-0049 lets a document leave these out; then each of its keys serves. The other two are never guessed."""

SERVICE_IDS = {
    "CredentialService": "credential-service",
    "DataService": "data-service",
    "IssuerService": "issuer-service",
    "IonportContractService": "contract-service",
}

_MAX_DID = 512
_DID_WEB = re.compile(r"did:web:(?P<host>[A-Za-z0-9.-]+)(?:%3[Aa](?P<port>[1-9][0-9]{0,4}))?(?P<path>(?::[^:]+)*)")
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+")
_DECODED_SEGMENT = re.compile(r"[^\x00-\x20\x7f/\\?#%@:;]+")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(?:/[!-~]*)?")
_DOCUMENT_LIMITS = Limits(size=256 * 1024, depth=16)
_MAX_METHODS = 64


@dataclass(frozen=True, slots=True)
class DidDocument:
    """What a DID document says: keys by absolute method id, method ids by purpose, endpoint by service type.

    A purpose that the document does not mention is not in `purposes`.
    """

    id: str
    keys: Mapping[str, Mapping[str, Any]]
    purposes: Mapping[str, frozenset[str]]
    services: Mapping[str, str]


def did_web_url(did: str, *, insecure_http: bool = False) -> str:
    """Where the document of `did` lies (did:web method, 3.2): https, or http for tests.

    Raises Invalid `dcp/did-syntax`, `dcp/did-host` (an IP address, or no host name), `dcp/did-port`, `dcp/did-path`.
    """
    match = _DID_WEB.fullmatch(did) if len(did) <= _MAX_DID else None
    if match is None:
        raise Invalid("dcp/did-syntax", f"not a did:web identifier: {did!r:.100}")
    host, port, path = match["host"], match["port"], match["path"]
    _check_host(did, host)
    if port is not None and int(port) > 65535:
        raise Invalid("dcp/did-port", f"the port {port} in {did} is above 65535")
    segments = [_segment(did, segment) for segment in path.split(":")[1:]]
    origin = ("http://" if insecure_http else "https://") + host.lower() + (f":{port}" if port else "")
    return "/".join((origin, *(segments or [".well-known"]), "did.json"))


def method_id(did: str, key_id: str) -> str:
    """The absolute id of a verification method: `key_id` may be a fragment, `#fragment`, or absolute already."""
    if key_id.startswith("did:"):
        return key_id
    return f"{did}#{key_id.removeprefix('#')}"


def did_document(
    did: str, *, public_jwk: Mapping[str, Any], key_id: str, services: Mapping[str, str]
) -> dict[str, Any]:
    """The DID document of a participant with one key; `services` is endpoint by service type (CX-0049 2.2)."""
    method = method_id(did, key_id)
    return {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": [
            {"id": method, "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": _public_part(public_jwk)}
        ],
        **{purpose: [method] for purpose in PURPOSES},
        "service": [
            {"id": f"{did}#{SERVICE_IDS.get(kind, kind)}", "type": kind, "serviceEndpoint": endpoint}
            for kind, endpoint in services.items()
        ],
    }


def read_did_document(body: bytes | str | Mapping[str, Any], did: str) -> DidDocument:
    """The document in `body`, which must be that of `did`.

    Raises Invalid `dcp/did-document` where it is malformed, `dcp/did-mismatch` where it belongs to another DID.
    """
    document = exact_json.decode(body, limits=_DOCUMENT_LIMITS) if isinstance(body, bytes | str) else body
    if not isinstance(document, Mapping):
        raise Invalid("dcp/did-document", f"the DID document of {did} is not a JSON object")
    if document.get("id") != did:
        raise Invalid("dcp/did-mismatch", f"the DID document fetched for {did} has the id {document.get('id')!r:.100}")
    methods = _methods(document, did)
    return DidDocument(did, methods, _purposes(document, did, methods), _services(document))


def key_for(document: DidDocument, kid: str | None, purpose: Purpose) -> Mapping[str, Any]:
    """The public JWK that `kid` names, if the document lists it for `purpose` (DCP 4.3.3, 5.4.3).

    Raises Unauthenticated: `dcp/kid-missing`, `dcp/kid-foreign` (the key of another DID), `dcp/key-unknown`,
    `dcp/key-purpose`.
    """
    if not isinstance(kid, str) or not kid:
        raise Unauthenticated("dcp/kid-missing", "the token's header names no key (kid)")
    method = method_id(document.id, kid)
    if not method.startswith(document.id + "#"):
        raise Unauthenticated("dcp/kid-foreign", f"the key {kid:.200} does not belong to {document.id}")
    if method not in document.keys:
        raise Unauthenticated("dcp/key-unknown", f"the DID document of {document.id} has no key {method:.200}")
    listed = document.purposes.get(purpose, document.keys if purpose in OPTIONAL_PURPOSES else ())
    if method not in listed:
        raise Unauthenticated("dcp/key-purpose", f"the DID document does not list {method:.200} under {purpose}")
    return document.keys[method]


def service_of(document: DidDocument, kind: str) -> str:
    """The endpoint of the service type `kind`, without a slash at its end. Raises Unknown `dcp/service-missing`."""
    endpoint = document.services.get(kind)
    if endpoint is None:
        raise Unknown("dcp/service-missing", f"the DID document of {document.id} has no service of type {kind}")
    return endpoint.rstrip("/")


def _check_host(did: str, host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Invalid("dcp/did-host", f"{did} has no valid host name")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        raise Invalid("dcp/did-host", f"{did} has an IP address where did:web needs a host name")


def _segment(did: str, segment: str) -> str:
    """One path segment, decoded, found harmless and encoded again."""
    if _SEGMENT.fullmatch(segment):
        try:
            decoded = unquote_to_bytes(segment).decode("utf-8")
        except UnicodeDecodeError:
            decoded = ""
        if _DECODED_SEGMENT.fullmatch(decoded) and decoded not in (".", ".."):
            return quote(decoded, safe="")
    raise Invalid("dcp/did-path", f"{did} has a path segment that is not allowed: {segment!r:.100}")


def _public_part(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Only what CX-0049 asks for, so that a private member can never slip out."""
    return {member: jwk[member] for member in ("kty", "crv", "x", "y")}


def _methods(document: Mapping[str, Any], did: str) -> dict[str, Mapping[str, Any]]:
    """The JWKs of all verification methods of `did` itself, also those embedded under a purpose."""
    entries = as_list(document.get("verificationMethod"))
    for purpose in PURPOSES:
        entries = entries + [entry for entry in as_list(document.get(purpose)) if isinstance(entry, Mapping)]
    if len(entries) > _MAX_METHODS:
        raise Invalid("dcp/did-document", f"the DID document of {did} has more than {_MAX_METHODS} keys")
    methods: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        method, jwk = _method(entry, did)
        if not method.startswith(did + "#") or jwk is None:
            continue
        if methods.setdefault(method, jwk) != jwk:
            raise Invalid("dcp/did-document", f"the DID document of {did} has two keys with the id {method:.200}")
    return methods


def _method(entry: Any, did: str) -> tuple[str, Mapping[str, Any] | None]:
    """Absolute id and JWK; no JWK where the key has another form or another controller."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str):
        raise Invalid("dcp/did-document", f"the DID document of {did} has a verification method without id")
    jwk = entry.get("publicKeyJwk")
    is_own = entry.get("controller", did) == did
    return method_id(did, entry["id"]), jwk if isinstance(jwk, Mapping) and is_own else None


def _purposes(document: Mapping[str, Any], did: str, methods: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    purposes = {}
    for purpose in PURPOSES:
        if purpose in document:
            ids = [entry.get("id") if isinstance(entry, Mapping) else entry for entry in as_list(document[purpose])]
            texts = [entry for entry in ids if isinstance(entry, str)]
            if len(texts) != len(ids):
                raise Invalid("dcp/did-document", f"the DID document of {did} has a bad entry under {purpose}")
            purposes[str(purpose)] = frozenset(method_id(did, entry) for entry in texts) & methods.keys()
    return purposes


def _services(document: Mapping[str, Any]) -> dict[str, str]:
    """The first http(s) endpoint of each service type; other forms of endpoint are not for us."""
    services: dict[str, str] = {}
    for entry in as_list(document.get("service")):
        if not isinstance(entry, Mapping):
            continue
        endpoint = entry.get("serviceEndpoint")
        if isinstance(endpoint, str) and _ENDPOINT.fullmatch(endpoint):
            for kind in as_list(entry.get("type")):
                if isinstance(kind, str):
                    services.setdefault(kind, endpoint)
    return services
