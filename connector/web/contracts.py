"""`/contracts`: what partners tell about contracts that ended; a self-issued token says who tells."""

from __future__ import annotations

from aiohttp import web

from connector.notation.exact_json import decode
from connector.notation.problems import Invalid
from connector.services.exchange.ending.notices import Notices
from connector.web.bodies import read_bytes


class ContractsDoor:
    """The service that our DID document names for it."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def routes(self) -> list[web.RouteDef]:
        """One route: notices are told apart by their type."""
        return [web.post("/contracts", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        message = decode(await read_bytes(request))
        if not isinstance(message, dict):
            raise Invalid("agreement/notice", "a notice is a JSON object")
        await self._notices.take(request.headers.get("Authorization"), message)
        return web.Response(status=204)
