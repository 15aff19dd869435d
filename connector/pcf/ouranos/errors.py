"""The one error form of the Ouranos API."""

from __future__ import annotations

from datetime import UTC, datetime

from connector.notation.problems import Invalid

ORIGINS: tuple[str, ...] = ("dataspace", "auth", "traceability")

STATUS: dict[str, int] = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "AccessDenied": 403,
    "NotFound": 404,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
    "Timeout": 504,
}
"""Error name to HTTP status."""

INVALID_PARAMETERS = "Invalid request parameters"
VALIDATION_FAILED = "Validation failed"
AUTHENTICATION_REQUIRED = "Authentication required"
INVALID_TOKEN = "Invalid or expired token"
INVALID_KEY = "Invalid key"
NO_PRIVILEGES = "You do not have the necessary privileges"
ENDPOINT_NOT_FOUND = "Endpoint Not Found"
UNEXPECTED = "Unexpected error occurred"
UNEXPECTED_OUTSIDE = "Unexpected error occurred in outer service"


def error_body(origin: str, name: str, message: str, detail: str) -> dict[str, str]:
    """`{"code": "[origin] Name", "message", "detail"}`. Raises Invalid for an origin or name that the API lacks."""
    if origin not in ORIGINS or name not in STATUS:
        raise Invalid("pcf/error-name", f"the region knows no error [{origin}] {name}")
    return {"code": f"[{origin}] {name}", "message": message, "detail": detail}


def error_detail(operator_id: str, time: datetime, data_target: str, method: str) -> str:
    """The investigation line that every error carries; `time` is aware, milliseconds are kept."""
    stamp = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
    return f"id: {operator_id}, timeStamp: {stamp}, dataTarget: {data_target}, method: {method}"
