"""Who may call the management listener: one middleware before every door of it.

A handler says what it needs by `@permitted("read" | "operate" | "audit" | "administer" | "open")`; where it says
nothing, GET and HEAD need `read` and every other method `operate`. `actor(request)` is who calls.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeVar

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from connector.notation.problems import Refused, Unauthenticated
from connector.services.identity.keys import Actor, Keys, Permission
from connector.web.guards import RateLimit

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Callable[..., Any])
Need = Permission | Literal["open"]

PAGES: Final = "/browse"
"""Below it stand pages for browsers, which send keys as passwords; nothing there changes anything."""
ACTOR: web.RequestKey[Actor] = web.RequestKey("actor", Actor)
_LOG = structlog.get_logger("access")
_FAILURES_PER_SECOND = 1.0
_FAILURES_AT_ONCE = 20


def permitted(need: Need) -> Callable[[H], H]:
    """Mark a handler with what its caller must be allowed; `open` needs no key."""

    def mark(handler: H) -> H:
        handler.__dict__["need"] = need
        return handler

    return mark


def actor(request: web.Request) -> str:
    """The name that audit entries give to this caller."""
    return request[ACTOR].name


def access(keys: Keys, failures: RateLimit | None = None) -> Middleware:
    """The middleware: a key in force, and a role that covers what the handler needs. Stands behind `guard`.

    Raises Unauthenticated (`key/...`), Refused (`key/role`, audited), TooMany where one address sends more wrong keys
    than `failures` lets it (default: 20 at once, then one a second).
    """
    failed = failures or RateLimit(_FAILURES_PER_SECOND, _FAILURES_AT_ONCE)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        need = _need(request)
        if need != "open":
            key = _key(request)
            caller = request[ACTOR] = keys.known(key) or await _authenticated(keys, failed, request, key)
            if not caller.may(need):
                await _refuse(keys, request, need)
        return await handler(request)

    return middleware


async def _authenticated(keys: Keys, failures: RateLimit, request: web.Request, key: str | None) -> Actor:
    try:
        return await keys.authenticate(key)
    except Unauthenticated as problem:
        _LOG.warning("key refused", code=problem.code, remote=request.remote, path=request.path)
        if problem.code != "key/missing":
            failures.take(request.remote or "", time.monotonic())
        raise


async def _refuse(keys: Keys, request: web.Request, need: Permission) -> None:
    caller = request[ACTOR]
    await keys.note_refusal(caller, f"{request.method} {request.path}", need)
    raise Refused("key/role", f"the key {caller.name!r} has the role {caller.role}, which may not {need} here")


def _need(request: web.Request) -> Need:
    route = request.match_info
    if getattr(route, "http_exception", None) is not None:
        return "read"
    need: Need | None = getattr(route.handler, "need", None)
    return need or ("read" if request.method in ("GET", "HEAD") else "operate")


def _key(request: web.Request) -> str | None:
    """The key of X-Api-Key, else of `Authorization: Bearer`; on read-only pages also the password of `Basic`."""
    key = request.headers.get("X-Api-Key")
    if key is not None:
        return key.strip()
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic" and request.method in ("GET", "HEAD") and _is_page(request.path):
        return _password(value)
    return value.strip() if scheme.lower() == "bearer" else None


def _is_page(path: str) -> bool:
    return path == PAGES or path.startswith(f"{PAGES}/")


def _password(credentials: str) -> str | None:
    """The password in the credentials of `Basic` (RFC 7617)."""
    try:
        _, colon, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return password if colon else None
