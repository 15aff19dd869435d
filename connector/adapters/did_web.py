"""DID documents of did:web, fetched over HTTP."""

from __future__ import annotations

from connector.dcp.did import did_web_url
from connector.notation.problems import PeerFailed
from connector.ports import Transport

_LIMIT = 256 * 1024


class DidWeb:
    """See ports.DidResolver."""

    def __init__(self, transport: Transport, *, insecure_http: bool) -> None:
        self._transport = transport
        self._insecure_http = insecure_http

    async def resolve(self, did: str) -> bytes:
        """See ports.DidResolver.resolve."""
        url = did_web_url(did, insecure_http=self._insecure_http)
        answer = await self._transport.send(
            "GET", url, headers={"Accept": "application/did+json, application/json"}, limit=_LIMIT
        )
        if not answer.is_ok:
            raise PeerFailed("did/unresolved", f"{url} answered {answer.status}")
        return answer.body
