"""How a refusal is told to a peer: error type, HTTP status and body (Dataspace Protocol 2025-1, HTTPS binding)."""

from __future__ import annotations

from typing import Any, Final, Literal

from connector.dsp.catalogs import catalog_error
from connector.dsp.messages import negotiation_error, transfer_error
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

Protocol = Literal["catalog", "negotiation", "transfer"]

ERRORS: Final[dict[type[Problem], int]] = {
    Invalid: 400,
    Conflict: 400,
    Unprocessable: 400,
    Unauthenticated: 404,
    Refused: 404,
    Unknown: 404,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
    PeerFailed: 503,
}
"""Kind of problem -> HTTP status under the protocol's paths.

An illegal transition is malformed in the protocol's words (400), not a conflict; who is not authorised is told 404, not
401 or 403. 503 is for a passing trouble: peers take every 4xx as final and repeat only after a 5xx.
"""

ERROR_TYPES: Final[dict[Protocol, str]] = {
    "catalog": "CatalogError",
    "negotiation": "ContractNegotiationError",
    "transfer": "TransferError",
}


def status(problem: Problem) -> int:
    """The HTTP status of `problem` by ERRORS; a kind derived from one of them has that one's."""
    for kind in type(problem).__mro__:
        if kind in ERRORS:
            return ERRORS[kind]
    return 400


def error_body(
    protocol: Protocol, problem: Problem, *, provider_pid: str | None = None, consumer_pid: str | None = None
) -> dict[str, Any]:
    """The protocol's error document: `code` is the reason code, `reason` the sentence and one for each finding."""
    reasons = [problem.detail, *(str(finding) for finding in problem.findings)]
    if protocol == "catalog":
        return catalog_error(code=problem.code, reasons=reasons)
    build = negotiation_error if protocol == "negotiation" else transfer_error
    return build(provider_pid, consumer_pid, code=problem.code, reasons=reasons)
