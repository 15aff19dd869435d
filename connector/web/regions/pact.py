"""The door of the PACT facade: `/auth/token`, discovery, `/3/footprints`, `/3/events` (PACT data exchange v3)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlencode

from aiohttp import web

from connector.notation.problems import Invalid, Problem, Unauthenticated, Unknown
from connector.pcf.pact import api
from connector.pcf.pact.fields import ID
from connector.services.footprints.pact import Pact
from connector.web import answers
from connector.web.bodies import read_bytes, read_json

LARGEST_PAGE: Final = 1000
DEFAULT_PAGE: Final = 1000
_EVENT_TYPES: Final = (api.MEDIA_TYPE, "application/json")
_CODES: Final[dict[int, str]] = {400: "BadRequest", 401: "BadRequest", 403: "AccessDenied", 404: "NotFound"}
"""HTTP status to error code; an unknown token is a bad request by the standard's words, an old one has its own."""
_STATUS: Final = {413: 400, 409: 400, 422: 400, 405: 400, 415: 400}
"""Statuses that the standard does not list, and what is answered instead."""


class PactDoor:
    """The facade's routes; `address` is where others reach it."""

    def __init__(self, *, pact: Pact, address: str) -> None:
        self._pact = pact
        self._address = address

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.post("/auth/token", self._token),
            web.get("/.well-known/openid-configuration", self._discover, allow_head=True),
            web.get("/3/footprints", self._list, allow_head=False),
            web.get("/3/footprints/{id}", self._get, allow_head=False),
            web.post("/3/events", self._event),
        ]

    def error_form(self, request: web.Request, problem: Problem) -> web.Response:
        """Errors: RFC 6749's form at the token endpoint, `{code, message}` everywhere else."""
        found = getattr(problem, "status", None) or answers.status_of(problem)
        status = _STATUS.get(found, found)
        if request.path == "/auth/token":
            name = "invalid_client" if status == 401 else "invalid_request"
            if problem.code == "pact/grant":
                name = "unsupported_grant_type"
            headers = {"WWW-Authenticate": "Basic"} if status == 401 else None
            return answers.json({"error": name, "error_description": problem.detail}, status, headers)
        code = "TokenExpired" if problem.code == "pact/token-expired" else _CODES.get(status, "InternalError")
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return answers.json({"code": code, "message": problem.detail}, status, headers)

    async def _discover(self, _: web.Request) -> web.Response:
        return answers.json(
            {
                "issuer": self._address,
                "token_endpoint": f"{self._address}/auth/token",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "response_types_supported": ["token"],
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        client_id, secret = _basic(request.headers.get("Authorization"))
        try:
            form = parse_qs((await read_bytes(request)).decode("ascii"), strict_parsing=False, max_num_fields=50)
        except (UnicodeDecodeError, ValueError):
            raise Invalid("pact/grant", "the body is no form") from None
        if form.get("grant_type", []) != ["client_credentials"]:
            raise Invalid("pact/grant", "grant_type is client_credentials")
        made = await self._pact.token(client_id, secret)
        return answers.json(made, headers={"Cache-Control": "no-store"})

    async def _list(self, request: web.Request) -> web.Response:
        await self._client(request)
        limit = _number(request, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        offset = _number(request, "offset", 0, 0, 10**9)
        criteria = api.criteria_of_query(request.query.items())
        found, has_more = await self._pact.footprints(criteria, limit=limit, offset=offset)
        headers = {"Link": self._next(request, limit, offset + limit)} if has_more else None
        return answers.json({"data": found}, headers=headers)

    def _next(self, request: web.Request, limit: int, offset: int) -> str:
        kept = [(name, value) for name, value in request.query.items() if name not in ("limit", "offset")]
        query = urlencode([*kept, ("limit", str(limit)), ("offset", str(offset))])
        return f'<{self._address}/3/footprints?{query}>; rel="next"'

    async def _get(self, request: web.Request) -> web.Response:
        await self._client(request)
        footprint_id = request.match_info["id"]
        if ID.complain(footprint_id) is not None:
            raise Unknown("pact/footprint-unknown", "a footprint is named by a UUID")
        return answers.json({"data": await self._pact.footprint(footprint_id)})

    async def _event(self, request: web.Request) -> web.Response:
        client = await self._client(request)
        if request.content_type not in _EVENT_TYPES:
            raise Invalid("pact/event", f"an event is sent as {api.MEDIA_TYPE}, not {request.content_type}")
        event = api.parse_event(await read_json(request))
        await self._pact.receive(event, client=client)
        return web.Response(status=200)

    async def _client(self, request: web.Request) -> str:
        return await self._pact.client_of(request.headers.get("Authorization"))


def _basic(header: str | None) -> tuple[str, str]:
    """Client id and secret. Raises Unauthenticated `pact/credentials`."""
    scheme, _, encoded = (header or "").strip().partition(" ")
    try:
        text = b64decode(encoded.strip(), validate=True).decode("utf-8") if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        text = ""
    name, colon, secret = text.partition(":")
    if not colon:
        raise Unauthenticated("pact/credentials", "HTTP Basic with client id and secret is needed")
    return unquote(name), unquote(secret)


def _number(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    text: Any = request.query.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and low <= int(text)):
        raise Invalid("pact/query", f"{name} is a whole number from {low} on, not {text[:20]!r}")
    return min(int(text), high)
