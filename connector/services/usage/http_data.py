"""Data addresses of type HttpData (EDC's): a back end behind this node, with the proxy flags that let parts through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from connector.notation.problems import Conflict, Invalid
from connector.ports import ContentRequest, StreamedContent, Transport

KIND = "HttpData"
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")
PASSED_ON = ("Content-Type", "Content-Length", "Content-Digest", "ETag", "Last-Modified", "Content-Encoding")


class HttpData:
    """Forwards requests to the back end of an asset."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def serve(self, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource. A part that its flag does not let through is refused or left out."""
        base = str(address.get("baseUrl", ""))
        if urlsplit(base).scheme not in ("http", "https"):
            raise Conflict("data/base-url", "the asset's baseUrl is no http(s) address")
        method = request.method if _flag(address, "proxyMethod") else "GET"
        if method != request.method:
            raise Invalid("data/method", f"{request.method} is not let through to this asset")
        headers = {"Edc-Bpn": request.consumer_bpn, "Edc-Contract-Agreement-Id": request.agreement_id}
        body = request.body if request.body and _flag(address, "proxyBody") else None
        if body is not None:
            headers["Content-Type"] = request.media_type
        if address.get("authKey") and address.get("authCode"):
            headers[str(address["authKey"])] = str(address["authCode"])
        answer = await self._transport.stream(method, _url(base, address, request), headers=headers, body=body)
        kept = {name.title(): value for name, value in answer.headers.items() if name.title() in _TITLED}
        return StreamedContent(answer.status, answer.media_type, answer.pieces, kept)


_TITLED = frozenset(name.title() for name in PASSED_ON)


def _flag(address: Mapping[str, Any], name: str) -> bool:
    return str(address.get(name, "false")).lower() == "true"


def _url(base: str, address: Mapping[str, Any], request: ContentRequest) -> str:
    """The back end's URL. The path was decoded once on its way in: it is encoded again as a whole, so that a `?`, `#`
    or `%2e` in it stays part of a name."""
    scheme, host, path, query, _ = urlsplit(base)
    if request.path:
        if not _flag(address, "proxyPath"):
            raise Invalid("data/path", "this asset has no paths below it")
        if any(step in (".", "..") for step in request.path.replace("\\", "/").split("/")):
            raise Invalid("data/path", "a path may not climb")
        path = f"{path.rstrip('/')}/{quote(request.path, safe=_PATH)}"
    if request.query:
        if not _flag(address, "proxyQueryParams"):
            raise Invalid("data/query", "this asset takes no query parameters")
        query = "&".join(part for part in (query, urlencode(request.query)) if part)
    return urlunsplit((scheme, host, path, query, ""))


_PATH = "/~!$&'()*+,;=:@"
"""What stands in a path unencoded (RFC 3986, 3.3)."""
