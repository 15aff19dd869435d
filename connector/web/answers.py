"""How doors answer: JSON that keeps amounts, problems as RFC 9457, and one table from kind of problem to status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from connector.notation.exact_json import encode
from connector.notation.problems import (
    Conflict,
    Invalid,
    PeerFailed,
    Problem,
    Refused,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unknown,
    Unprocessable,
)

STATUS: Final[dict[type[Problem], int]] = {
    Invalid: 400,
    Unauthenticated: 401,
    Refused: 403,
    Unknown: 404,
    Conflict: 409,
    TooLarge: 413,
    Unprocessable: 422,
    TooMany: 429,
    Unavailable: 503,
    PeerFailed: 503,
}
"""Kind of problem -> HTTP status, everywhere but under the paths of a protocol with errors of its own."""

TITLES: Final[dict[int, str]] = {
    400: "the request is malformed",
    401: "who is asking is not known",
    403: "refused",
    404: "not found",
    409: "not possible in this state",
    413: "too large",
    422: "cannot be served as asked",
    429: "too many requests",
    500: "a fault of this node",
    503: "not available now",
}


def json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(body=encode(body), status=status, content_type="application/json", headers=headers)


def status_of(problem: Problem) -> int:
    """The status of a problem by STATUS; a derived kind has its parent's."""
    return next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 400)


def problem(error: Problem, **extra: Any) -> web.Response:
    """A problem as `application/problem+json` (RFC 9457) with its reason code, pointer and findings."""
    status = status_of(error)
    body = {"type": "about:blank", "title": TITLES[status], "status": status, **error.as_dict(), **extra}
    return web.Response(
        body=encode(body), status=status, content_type="application/problem+json", headers=hints(status)
    )


def hints(status: int) -> dict[str, str]:
    """Headers that tell the caller of an error what to do."""
    if status in (429, 503):
        return {"Retry-After": "2"}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}
