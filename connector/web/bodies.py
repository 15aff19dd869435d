"""Reading request bodies within limits."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import web

from connector.notation.exact_json import decode
from connector.notation.limits import Limits
from connector.notation.problems import Invalid, TooLarge

LONGEST: Final = 60.0
"""Seconds that a body may take to arrive."""
LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)


BODY: web.RequestKey[dict[str, Any]] = web.RequestKey("body", dict)
"""Where a request keeps the JSON object that was read from it, for the form of an error."""


async def read_bytes(request: web.Request) -> bytes:
    """The whole body. Raises TooLarge where it exceeds the application's limit, Invalid where it cannot be unpacked."""
    limit = request.config_dict[LIMITS].size
    if (request.content_length or 0) > limit:
        raise TooLarge("http/size", f"the body has {request.content_length} bytes, {limit} are allowed")
    received = bytearray()
    try:
        async with asyncio.timeout(LONGEST):
            async for piece in request.content.iter_any():
                received += piece
                if len(received) > limit:
                    raise TooLarge("http/size", f"the body exceeds {limit} bytes")
    except TimeoutError:
        raise Invalid("http/slow", f"the body was not there within {LONGEST:g} seconds") from None
    except web.RequestPayloadError:
        raise Invalid("http/body", "the body is not what its Content-Encoding or Transfer-Encoding says") from None
    except ConnectionError:
        raise Invalid("http/body", "the caller left before its body had arrived") from None
    return bytes(received)


async def read_json(request: web.Request) -> Any:
    """The body as JSON. Raises Invalid (`json/...`) or TooLarge."""
    return decode(await read_bytes(request), limits=request.config_dict[LIMITS])


async def read_object(request: web.Request, *, may_be_empty: bool = False) -> dict[str, Any]:
    """The body as a JSON object; an empty body is {} where that is allowed."""
    raw = await read_bytes(request)
    if not raw.strip() and may_be_empty:
        return {}
    return as_object(request, raw)


def as_object(request: web.Request, raw: bytes) -> dict[str, Any]:
    """A body that was read, as a JSON object."""
    body = decode(raw, limits=request.config_dict[LIMITS])
    if not isinstance(body, dict):
        raise Invalid("json/object", "the body must be a JSON object")
    request[BODY] = body
    return body
