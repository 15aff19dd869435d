"""HTTP to peers, for protocol messages and for bytes: aiohttp's client with kept-alive connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import aiohttp
from multidict import CIMultiDict

from connector.adapters.egress import Egress
from connector.notation.problems import PeerFailed
from connector.ports import Answer, StreamedContent

_PIECE = 256 * 1024
_UNPACKED = {"Accept-Encoding": "identity"}
"""Bytes under a contract travel as they are: digest and length belong to what is stored."""
_OF_PACKED_BYTES = ("Content-Encoding", "Content-Length", "Content-Digest", "ETag")


class HttpTransport:
    """See ports.Transport. One session for the life of the node; `timeout` in seconds for one whole exchange.

    What `egress` does not permit is never connected to: PeerFailed (`egress/...`, `peer/unreachable`).
    """

    def __init__(self, egress: Egress, *, timeout: float = 15.0, connections: int = 256) -> None:
        self._egress = egress
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=5.0)
        self._stream_timeout = aiohttp.ClientTimeout(total=None, connect=5.0, sock_read=60.0)
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=self._connections, ttl_dns_cache=60, socket_factory=self._egress.open_socket
            )
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16 * 1024 * 1024,
    ) -> Answer:
        """See ports.Transport.send. Redirects are not followed."""
        self._egress.need(url)
        try:
            async with self._open().request(
                method, url, headers=headers, data=body, timeout=self._timeout, allow_redirects=False
            ) as response:
                content = await _read_within(response, limit, url)
                return Answer(response.status, content, _headers(response))
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise PeerFailed("peer/unreachable", f"{method} {url} failed: {_reason(error)}") from error

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
    ) -> StreamedContent:
        """See ports.Transport.stream."""
        self._egress.need(url)
        try:
            response = await self._open().request(
                method,
                url,
                headers={**_UNPACKED, **(headers or {})},
                data=body,
                timeout=self._stream_timeout,
                allow_redirects=False,
            )
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise PeerFailed("peer/unreachable", f"{method} {url} failed: {_reason(error)}") from error
        media_type = response.headers.get("Content-Type", "application/octet-stream")
        return StreamedContent(response.status, media_type, _pieces(response, url), _headers(response))

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _read_within(response: aiohttp.ClientResponse, limit: int, url: str) -> bytes:
    received = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        received += piece
        if len(received) > limit:
            raise PeerFailed("peer/too-large", f"the answer of {url} exceeds {limit} bytes")
    return bytes(received)


async def _pieces(response: aiohttp.ClientResponse, url: str) -> AsyncIterator[bytes]:
    try:
        async for piece in response.content.iter_chunked(_PIECE):
            yield piece
    except (TimeoutError, aiohttp.ClientError) as error:
        raise PeerFailed("peer/broken-off", f"the answer of {url} broke off: {_reason(error)}") from error
    finally:
        response.release()


def _headers(response: aiohttp.ClientResponse) -> CIMultiDict[str]:
    """Headers by name in any case, repeated ones joined. What the client unpacked is no longer as they describe it."""
    joined: CIMultiDict[str] = CIMultiDict()
    for name in dict.fromkeys(name.title() for name in response.headers):
        joined[name] = ", ".join(response.headers.getall(name))
    if "Content-Encoding" in joined:
        for name in _OF_PACKED_BYTES:
            joined.popall(name, None)
    return joined


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
