"""The data plane's door: a token in, a decision for this request, bytes out as they come."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator

import structlog
from aiohttp import web

from connector.notation.exact_json import decode
from connector.notation.problems import Invalid, PeerFailed
from connector.ports import StreamedContent
from connector.services.exchange.destinations import METHODS
from connector.services.exchange.tokens import RECEIVED
from connector.services.exchange.transfers import Transfers
from connector.services.identity.counterparties import Counterparties
from connector.services.usage.contents import Contents
from connector.services.usage.inventory import PULL_HEADER, PURPOSE_HEADER, Inventory
from connector.web import answers
from connector.web.bodies import read_bytes

_LOG = structlog.get_logger("data")
_PULL_ID = re.compile(r"[A-Za-z0-9:._-]{1,100}", re.ASCII)
_HIDDEN = frozenset({"Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Server", "Set-Cookie"})


class DataDoor:
    """Routes below `/data`."""

    def __init__(
        self, *, contents: Contents, inventory: Inventory, transfers: Transfers, counterparties: Counterparties
    ) -> None:
        self._contents = contents
        self._inventory = inventory
        self._transfers = transfers
        self._counterparties = counterparties

    def routes(self) -> list[web.RouteDef]:
        """Data by token, the token's refresh, and where pushes arrive."""
        received = [(method, f"/data/{RECEIVED}/{{id}}{below}") for method in METHODS for below in ("", "/{path:.*}")]
        return [
            *(web.route(method, path, self._receive) for method, path in received),
            web.post("/data/token", self._refresh),
            web.route("*", "/data", self._serve),
            web.route("*", "/data/{path:.*}", self._serve),
        ]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        grant, content = await self._contents.serve(
            request.headers.get("Authorization"),
            _purposes(request),
            method=request.method,
            path=request.match_info.get("path", ""),
            query=request.query.items(),
            body=await read_bytes(request) if request.body_exists else b"",
            media_type=request.headers.get("Content-Type", "application/json"),
            pull_id=_pull_id(request),
        )
        headers = {name.title(): value for name, value in content.headers.items()}
        length = headers.get("Content-Length", "")
        shown = {name: value for name, value in headers.items() if name not in _HIDDEN}
        response = web.StreamResponse(status=content.status, headers={**shown, "Content-Type": content.media_type})
        if length.isascii() and length.isdigit():
            response.content_length = int(length)
        with self._contents.streams.running(grant, lambda: _abort(request)) as stream:
            await _send(request, response, content.pieces)
        if stream.is_cut:
            await self._contents.streams.note(stream, "the contract or its transfer ended while bytes went out")
        return response

    async def _receive(self, request: web.Request) -> web.Response:
        """What a provider pushes: into the inventory, however large; the answer tells the digest of what arrived."""
        media_type = request.headers.get("Content-Type", "application/octet-stream")
        content = StreamedContent(200, media_type, _arriving(request), request.headers)
        path = request.match_info.get("path", "")
        item = await self._inventory.receive(
            request.headers.get("Authorization"), request.match_info["id"], path, content
        )
        return answers.json({"digest": item.digest, "size": item.size})

    async def _refresh(self, request: web.Request) -> web.Response:
        """OAuth 2 refresh, as JSON or as a form; the caller proves its DID with a self-issued token."""
        caller = await self._counterparties.renewed(request.headers.get("Authorization"))
        asked = await _grant(request)
        if asked.get("grant_type") != "refresh_token" or not asked.get("refresh_token"):
            raise Invalid("data/refresh", "a refresh needs grant_type=refresh_token and the refresh_token")
        return answers.json(await self._transfers.refresh(asked["refresh_token"], caller))


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _arriving(request: web.Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.content.iter_any():
            yield piece
    except (web.RequestPayloadError, ConnectionError, asyncio.IncompleteReadError):
        raise Invalid("push/broken-off", "the body broke off, or is not what its encoding says") from None


async def _send(request: web.Request, response: web.StreamResponse, pieces: AsyncIterator[bytes]) -> None:
    """Bytes as they come. Where their source breaks off, so does the answer: half of it must not look whole."""
    async with contextlib.aclosing(pieces) if isinstance(pieces, AsyncGenerator) else contextlib.nullcontext():
        try:
            await response.prepare(request)
            async for piece in pieces:
                await response.write(piece)
            await response.write_eof()
        except ConnectionError:
            _LOG.info("the caller left before all bytes were sent", path=request.path)
        except PeerFailed as error:
            _LOG.warning("the source of the bytes broke off", path=request.path, cause=str(error))
            if request.transport is not None:
                request.transport.close()


def _pull_id(request: web.Request) -> str:
    """What the consumer calls this request, where it is an id and no prose."""
    said = request.headers.get(PULL_HEADER, "")
    return said if _PULL_ID.fullmatch(said) else ""


def _purposes(request: web.Request) -> frozenset[str]:
    stated = request.headers.get(PURPOSE_HEADER, "")
    return frozenset(part.strip() for part in stated.split(",") if part.strip())


async def _grant(request: web.Request) -> dict[str, str]:
    if request.content_type == "application/json":
        body = decode(await read_bytes(request))
        members = body if isinstance(body, dict) else {}
        return {str(key): value for key, value in members.items() if isinstance(value, str)}
    form = await request.post()
    return {key: value for key, value in {**request.query, **form}.items() if isinstance(value, str)}
