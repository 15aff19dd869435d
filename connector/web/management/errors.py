"""EDC's error form: a JSON array of `{message, type, path, invalidValue}`, with our reason code beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from connector.notation.exact_json import encode
from connector.notation.findings import Finding
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
from connector.web.guards import problem_form

NOT_OFFERED: Final = "management/not-offered"

TYPES: Final[Mapping[type[Problem], str]] = {
    Invalid: "ValidationFailure",
    Unprocessable: "ValidationFailure",
    TooLarge: "ValidationFailure",
    Unauthenticated: "AuthenticationFailed",
    Refused: "NotAuthorized",
    Unknown: "ObjectNotFound",
    Conflict: "ObjectConflict",
    TooMany: "TooManyRequests",
    Unavailable: "NotAvailable",
    PeerFailed: "BadGateway",
}
"""Kind of problem -> EDC's word for it."""


def error_form(request: web.Request, problem: Problem) -> web.Response:
    """The form of `/management`; the status and headers are those of `problem_form`."""
    response = problem_form(request, problem)
    kind = next((TYPES[one] for one in type(problem).__mro__ if one in TYPES), "InvalidRequest")
    response.body = encode([_entry(kind, problem, finding) for finding in problem.findings or (None,)])
    response.content_type = "application/json"
    return response


def not_offered(why: str) -> web.Response:
    """501 for an operation of EDC's that this node has not: `why`, and what to do instead (docs/management-api.md)."""
    problem = Problem(NOT_OFFERED, why)
    return web.Response(body=encode([_entry("NotOffered", problem, None)]), status=501, content_type="application/json")


def _entry(kind: str, problem: Problem, finding: Finding | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": problem.detail, "type": kind, "path": problem.pointer or None}
    if finding is not None:
        entry = {"message": finding.message, "type": kind, "path": finding.pointer or problem.pointer or None}
    entry["invalidValue"] = None if finding is None else finding.found
    entry["code"] = problem.code
    if problem.dry_run:
        entry["dryRun"] = problem.dry_run
    if finding is not None:
        entry["finding"] = finding.as_dict()
    return entry
