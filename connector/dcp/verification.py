"""The verifier's walk through a presentation response (DCP 1.0, 5.4.3), one step after each thing that was fetched.

1. `open_presentations` with the holder's DID document: presentations hold, the credentials asked for are there.
2. `verify_credential` with each issuer's document (an untrusted issuer is refused before anything is fetched:
   see `issuers_of`).
3. `check_status` and `check_schema` with the lists and schemas that the credentials, by then genuine, name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connector.dcp import jws
from connector.dcp.credentials import Credential, check_credential, read_credential
from connector.dcp.did import DidDocument, key_for
from connector.dcp.presentations import check_presentation
from connector.dcp.scopes import requested
from connector.dcp.status_list import StatusList, check_entry
from connector.dcp.tokens import IdToken, check_id_token
from connector.dcp.validity import LEEWAY
from connector.notation.jsonld import as_list
from connector.notation.problems import Refused

SCHEMA_VALIDATORS = {"JsonSchemaValidator2018": ("Draft4Validator", "subject"), "JsonSchema": ("", "document")}
"""For each type of credentialSchema: dialect ("" reads it from the schema) and what is validated."""


def verify_id_token(
    token: str, *, document: DidDocument, own_did: str, now: datetime, leeway: timedelta = LEEWAY, **rules: Any
) -> IdToken:
    """Signature, key and claims of an ID token whose `iss` gave `document`; `rules` as in `check_id_token`."""
    header, _ = jws.peek(token)
    claims = jws.verify(token, key_for(document, header.get("kid"), "capabilityInvocation"))
    return check_id_token(claims, own_did=own_did, now=now, leeway=leeway, **rules)


def open_presentations(
    presentations: Sequence[str],
    *,
    document: DidDocument,
    audience: str,
    scopes: Iterable[str],
    now: datetime,
    leeway: timedelta = LEEWAY,
) -> list[Credential]:
    """The credentials that `scopes` asked for, **not yet verified**, out of presentations that hold.

    `document` is the holder's. Raises what `jws.verify`, `key_for`, `check_presentation`, `read_credential` and
    `scopes.requested` raise.
    """
    credentials: list[Credential] = []
    for presentation in presentations:
        header, _ = jws.peek(presentation)
        claims = jws.verify(presentation, key_for(document, header.get("kid"), "authentication"))
        jwts = check_presentation(claims, holder=document.id, audience=audience, now=now, leeway=leeway)
        credentials += [read_credential(jwt) for jwt in jwts]
    return requested(credentials, scopes)


def issuers_of(credentials: Iterable[Credential], trusted_issuers: Collection[str]) -> list[str]:
    """The DIDs whose documents are needed, each once. Raises Refused `dcp/issuer-untrusted` for any other."""
    issuers = list(dict.fromkeys(credential.issuer for credential in credentials))
    for issuer in issuers:
        if issuer not in trusted_issuers:
            raise Refused(
                "dcp/issuer-untrusted", f"a credential was issued by {issuer:.200}, which is not trusted here"
            )
    return issuers


def verify_credential(
    credential: Credential,
    *,
    document: DidDocument,
    holder: str,
    trusted_issuers: Collection[str],
    now: datetime,
    leeway: timedelta = LEEWAY,
) -> None:
    """Signature by the issuer of `document`, trust, holder and dates."""
    check_credential(credential, holder=holder, trusted_issuers=trusted_issuers, now=now, leeway=leeway)
    if document.id != credential.issuer:
        raise Refused("dcp/issuer-mismatch", f"the document is that of {document.id}, not of {credential.issuer:.200}")
    jws.verify(credential.raw, key_for(document, credential.key_id, "assertionMethod"))


def status_urls(credentials: Iterable[Credential]) -> list[str]:
    """The status lists to fetch, each once."""
    return list(dict.fromkeys(one.status.list_url for one in credentials if one.status is not None))


def check_status(
    credential: Credential,
    lists: Mapping[str, StatusList],
    *,
    document: DidDocument,
    now: datetime,
    leeway: timedelta = LEEWAY,
) -> None:
    """Judge the status of `credential` by the list (by URL) it names; a signed list must be the issuer's (`document`).

    Raises Refused `dcp/status-unknown` where the list is not among `lists`, and what `status_list.check_entry` raises.
    """
    if credential.status is None:
        return
    listed = lists.get(credential.status.list_url)
    if listed is None:
        url = credential.status.list_url
        raise Refused("dcp/status-unknown", f"the status list {url:.200} could not be had; try again later")
    if listed.raw is not None:
        jws.verify(listed.raw, key_for(document, listed.key_id, "assertionMethod"))
    check_entry(credential.status, listed, issuer=credential.issuer, now=now, leeway=leeway)


def schema_urls(credentials: Iterable[Credential]) -> list[str]:
    """The credential schemas to fetch, each once."""
    return list(dict.fromkeys(url for one in credentials for _, url in _schemas(one)))


def check_schema(credential: Credential, schemas: Mapping[str, Any]) -> None:
    """Apply each schema (by URL) that `credential` names; nothing is fetched for a `$ref`.

    Raises Refused: `dcp/schema-type`, `dcp/schema-unknown`, `dcp/schema-malformed`, `dcp/schema-violated`.
    """
    for kind, url in _schemas(credential):
        if url not in schemas:
            raise Refused("dcp/schema-unknown", f"the credential schema {url:.200} could not be had; try again later")
        dialect, member = SCHEMA_VALIDATORS[kind]
        errors = _schema_errors(schemas[url], dialect, getattr(credential, member))
        if errors:
            raise Refused("dcp/schema-violated", f"the credential violates its schema {url:.200}: {errors[0]:.300}")


def _schemas(credential: Credential) -> list[tuple[str, str]]:
    """Type and URL of each credentialSchema."""
    found = []
    for entry in as_list(credential.schema):
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        url = entry.get("id") if isinstance(entry, Mapping) else None
        if not isinstance(kind, str) or kind not in SCHEMA_VALIDATORS:
            raise Refused("dcp/schema-type", f"the credential's schema is of an unknown type: {kind!r:.60}")
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise Refused("dcp/schema-type", f"the credential's schema has no address: {url!r:.100}")
        found.append((kind, url))
    return found


def _schema_errors(schema: Any, dialect: str, instance: Any) -> list[str]:
    import jsonschema_rs

    build = getattr(jsonschema_rs, dialect) if dialect else jsonschema_rs.validator_for
    try:
        validator = build(schema, pattern_options=jsonschema_rs.RegexOptions(), offline=True)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise Refused("dcp/schema-malformed", f"the credential schema cannot be used: {error!s:.300}") from None
    return [error.message for error in validator.iter_errors(dict(instance))]
