"""Presentation query and response (DCP 1.0, 5.4) and the presentation (VP as JWT) that travels in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connector.dcp.credentials import Credential
from connector.dcp.did import method_id
from connector.dcp.jws import Sign, sign_jwt
from connector.dcp.scopes import TRACTUSX_TYPE, read_scope, requested, type_scope
from connector.dcp.tokens import LIFETIME, check_audience, check_dates, issuer_of, read_jti
from connector.dcp.validity import LEEWAY, Codes, seconds
from connector.notation import exact_json
from connector.notation.jsonld import as_list
from connector.notation.limits import Limits
from connector.notation.problems import Invalid, Refused, Unauthenticated, Unprocessable

CONTEXT = "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"
VP_CONTEXT = "https://www.w3.org/2018/credentials/v1"
VP_TYPE = "VerifiablePresentation"
QUERY = "PresentationQueryMessage"
RESPONSE = "PresentationResponseMessage"

MAX_SCOPES = 64
MAX_CREDENTIALS = 64
_LIMITS = Limits(size=2 * 1024 * 1024, depth=32)

_CODES = Codes(
    "presentation",
    "dcp/presentation-expired",
    "dcp/presentation-not-yet",
    "dcp/presentation-issued-later",
    "dcp/presentation-date",
)


def scopes_of(credential_types: Iterable[str], alias: str = TRACTUSX_TYPE) -> list[str]:
    """The scopes that ask for `credential_types`."""
    return [type_scope(name, alias) for name in credential_types]


def covers(scopes: Iterable[str], credential_type: str, credential_id: str | None = None) -> bool:
    """Whether any of `scopes` asks for a credential of this type, or with this id."""
    wanted = {"type": credential_type, "id": credential_id}
    return any(wanted[scope.by] == scope.wanted for scope in map(read_scope, scopes))


def check_complete(credentials: Sequence[Credential], credential_types: Iterable[str]) -> None:
    """Raise Refused `dcp/credential-missing`, naming them, unless there is a credential of each type; more are fine."""
    requested(credentials, scopes_of(credential_types))


def query(scopes: Iterable[str]) -> dict[str, Any]:
    """The message that asks a credential service for `scopes` (DCP 5.4.1)."""
    return {"@context": [CONTEXT], "type": QUERY, "scope": list(scopes)}


def read_query(body: Any) -> list[str]:
    """The scopes that a query asks for; each is well formed.

    Raises Invalid: `dcp/message` (no such message), `dcp/query-ambiguous` (scope and presentationDefinition),
    `dcp/scope-empty`, `dcp/scope-...`; Unprocessable `dcp/presentation-definition` (not supported here, DCP 5.4.1.2).
    """
    message = read_message(body, QUERY)
    scopes, definition = message.get("scope"), message.get("presentationDefinition")
    if scopes is not None and definition is not None:
        raise Invalid("dcp/query-ambiguous", "a query has either scope or presentationDefinition, this one has both")
    if definition is not None:
        raise Unprocessable("dcp/presentation-definition", "presentationDefinition is not supported here; ask by scope")
    texts = as_list(scopes)
    if not texts:
        raise Invalid("dcp/scope-empty", "the query asks for nothing: scope needs at least one entry", pointer="/scope")
    if len(texts) > MAX_SCOPES or not all(isinstance(text, str) for text in texts):
        raise Invalid("dcp/scope-malformed", f"scope must be at most {MAX_SCOPES} texts", pointer="/scope")
    return [read_scope(text).text for text in texts]


def presentation(
    credentials: Sequence[str],
    *,
    holder: str,
    audience: str,
    key_id: str,
    sign: Sign,
    now: datetime,
    jti: str,
    lifetime: timedelta = LIFETIME,
) -> str:
    """A presentation by `holder` of `credentials` (JWTs) for `audience` alone, as JWT."""
    issued = seconds(now)
    claims = {"iss": holder, "sub": holder, "aud": audience, "jti": jti, "iat": issued, "nbf": issued}
    document = {
        "@context": [VP_CONTEXT],
        "id": f"urn:uuid:{jti}" if len(jti) == 36 else jti,
        "type": [VP_TYPE],
        "holder": holder,
        "verifiableCredential": list(credentials),
    }
    return sign_jwt(
        {"kid": method_id(holder, key_id)}, {**claims, "exp": seconds(now + lifetime), "vp": document}, sign
    )


def response(presentations: Iterable[str]) -> dict[str, Any]:
    """The message with which a credential service answers (DCP 5.4.2)."""
    return {"@context": [CONTEXT], "type": RESPONSE, "presentation": list(presentations)}


def read_response(body: Any) -> list[str]:
    """The presentations in a response, JWTs, at least one.

    Raises Invalid `dcp/message`, Refused `dcp/presentation-none` or `dcp/presentation-format` (not a JWT).
    """
    presentations = as_list(read_message(body, RESPONSE).get("presentation"))
    if not presentations:
        raise Refused("dcp/presentation-none", "the credential service presented nothing")
    if len(presentations) > MAX_CREDENTIALS or not all(isinstance(one, str) for one in presentations):
        raise Refused(
            "dcp/presentation-format", f"presentations must be JWTs, at most {MAX_CREDENTIALS}", pointer="/presentation"
        )
    return presentations


def check_presentation(
    claims: Mapping[str, Any], *, holder: str, audience: str, now: datetime, leeway: timedelta = LEEWAY
) -> list[str]:
    """Judge the claims of a presentation whose signature holds; gives the credentials in it, JWTs (DCP 5.4.3).

    Raises Unauthenticated: `dcp/iss`, `dcp/presentation-holder`, `dcp/presentation-audience`,
    `dcp/presentation-expired`, `-not-yet`, `-issued-later`, `-date`, `dcp/jti-missing`, `dcp/presentation-malformed`;
    Refused: `dcp/presentation-empty`, `dcp/credential-format`.
    """
    document = claims.get("vp")
    if not isinstance(document, Mapping) or VP_TYPE not in as_list(document.get("type")):
        raise Unauthenticated("dcp/presentation-malformed", f"the token has no vp claim of type {VP_TYPE}")
    _check_holder(claims, document, holder)
    check_audience(claims, audience, "dcp/presentation-audience", "presentation")
    check_dates(claims, _CODES, now=now, leeway=leeway)
    read_jti(claims, "presentation")
    return _credentials(document)


def read_message(body: Any, kind: str) -> Mapping[str, Any]:
    """`body` (JSON values or text) as the DCP message `kind`. Raises Invalid `dcp/message`, `json/...`."""
    if isinstance(body, bytes | str):
        body = exact_json.decode(body, limits=_LIMITS)
    if not isinstance(body, Mapping):
        raise Invalid("dcp/message", f"the body is not a JSON object; a {kind} was expected")
    if body.get("type", body.get("@type")) != kind:
        raise Invalid("dcp/message", f"type is {body.get('type')!r:.60}, {kind} was expected", pointer="/type")
    if CONTEXT not in as_list(body.get("@context")):
        raise Invalid("dcp/message", f"@context must contain {CONTEXT}", pointer="/@context")
    return body


def _check_holder(claims: Mapping[str, Any], document: Mapping[str, Any], holder: str) -> None:
    named = (issuer_of(claims), claims.get("sub", holder), document.get("holder", holder))
    for name in named:
        if name != holder:
            raise Unauthenticated("dcp/presentation-holder", f"the presentation is by {name!r:.100}, not by {holder}")


def _credentials(document: Mapping[str, Any]) -> list[str]:
    credentials = as_list(document.get("verifiableCredential"))
    if not credentials:
        raise Refused("dcp/presentation-empty", "the presentation holds no credential")
    if len(credentials) > MAX_CREDENTIALS or not all(isinstance(one, str) for one in credentials):
        raise Refused("dcp/credential-format", f"credentials must be JWTs, at most {MAX_CREDENTIALS}")
    return credentials
