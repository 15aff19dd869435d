"""Forms of requests and answers that the AAS API's doors share: errors, JSON, streams, uploads."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Final

from aiohttp import BodyPartReader, hdrs, web

from connector.notation.exact_json import encode
from connector.notation.problems import Invalid, Problem, TooLarge
from connector.ports import StreamedContent
from connector.web.guards import problem_form
from submodels.aas.identifiers import encoded, read_encoded

_PIECE: Final = 256 * 1024
_FIELD: Final = 4096
"""Bytes that a plain field of a form may have."""


def error_form(request: web.Request, problem: Problem) -> web.Response:
    """The form of Part 2: `{"messages": [...]}`, one for each finding; the status is that of `problem_form`."""
    response = problem_form(request, problem)
    texts = [str(finding) for finding in problem.findings] or [problem.detail]
    common = {
        "code": problem.code,
        "correlationId": str(uuid.uuid4()),
        "messageType": "Error",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    response.body = encode({"messages": [{**common, "text": text} for text in texts]})
    response.content_type = "application/json"
    return response


def answer(body: bytes) -> web.Response:
    """JSON as it is."""
    return web.Response(body=body, content_type="application/json")


def json(value: Any, status: int = 200) -> web.Response:
    """A value as JSON."""
    return web.Response(body=encode(value), content_type="application/json", status=status)


def created(request: web.Request, value: Any, identifier: str = "") -> web.Response:
    """201, the new thing, and where it is."""
    response = json(value, 201)
    place = f"{request.path.rstrip('/')}/{encoded(identifier)}" if identifier else request.path
    response.headers[hdrs.LOCATION] = place
    return response


def check_id(document: Any, wanted: str) -> None:
    """Raises Invalid (`aas/id`) where the body is no object with the id that the path names."""
    if not isinstance(document, dict) or document.get("id") != wanted:
        raise Invalid("aas/id", f"the id in the body is not {wanted[:200]!r}, which the path names")


def done() -> web.Response:
    """204."""
    return web.Response(status=204)


def identifier(request: web.Request, name: str = "id") -> str:
    """An identifier of the path. Raises Invalid (`aas/encoding`)."""
    return read_encoded(request.match_info[name])


async def stream(request: web.Request, content: StreamedContent, file_name: str = "") -> web.StreamResponse:
    """Bytes as they come."""
    response = web.StreamResponse(status=content.status, headers={hdrs.CONTENT_TYPE: content.media_type})
    length = content.headers.get(hdrs.CONTENT_LENGTH)
    if length is not None:
        response.content_length = int(length)
    if file_name:
        response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{file_name}"'
    # What was uploaded is shown to nobody's browser as a page of this node.
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    async with contextlib.aclosing(content.pieces):  # type: ignore[type-var]
        await response.prepare(request)
        if request.method != hdrs.METH_HEAD:
            async for piece in content.pieces:
                await response.write(piece)
    await response.write_eof()
    return response


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file that was sent is called, and its media type."""

    file_name: str
    media_type: str


async def read_upload(request: web.Request, target: IO[bytes], limit: int) -> Upload:
    """The file of a form (`file`, with `fileName` beside it), or the whole body, written to `target`.

    Raises Invalid (`aas/upload`), TooLarge (`aas/upload-size`).
    """
    if request.content_type == "multipart/form-data":
        name, kind = await _from_form(request, target, limit)
    else:
        name, kind = "", request.content_type
        try:
            await _copy(request.content.iter_chunked(_PIECE), target, limit)
        except web.RequestPayloadError:
            raise Invalid("aas/upload", "the body is not what its Content-Encoding or Transfer-Encoding says") from None
    target.seek(0)
    return Upload(name, kind)


async def _from_form(request: web.Request, target: IO[bytes], limit: int) -> tuple[str, str]:
    fields: dict[str, str] = {}
    kind = ""
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise Invalid("aas/upload", "a form within a form is not read")
            if part.name == "file" or (part.filename and not kind):
                kind = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
                fields.setdefault("fileName", part.filename or "")
                await _copy(_chunks(part), target, limit)
            elif part.name:
                raw = await part.read_chunk(_FIELD)
                fields[part.name] = raw.decode("utf-8", "replace")
                await part.release()
    except (ValueError, web.RequestPayloadError, AssertionError) as error:
        raise Invalid("aas/upload", f"the form cannot be read: {error}") from None
    if not kind:
        raise Invalid("aas/upload", "the form has no part `file`")
    return fields.get("fileName", ""), kind.partition(";")[0].strip()


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(_PIECE):
        yield piece


async def _copy(pieces: AsyncIterator[bytes], target: IO[bytes], limit: int) -> None:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge("aas/upload-size", f"the file has more than {limit} bytes")
        target.write(piece)
