"""`/clearing`: where participants tell a clearing house what their logs say of contracts."""

from __future__ import annotations

from aiohttp import web

from connector.notation.exact_json import decode
from connector.notation.problems import Invalid
from connector.services.contracts.clearing import ClearingHouse
from connector.web import answers
from connector.web.bodies import read_bytes


class ClearingDoor:
    """The service that a clearing house's DID document names."""

    def __init__(self, house: ClearingHouse) -> None:
        self._house = house

    def routes(self) -> list[web.RouteDef]:
        """One route."""
        return [web.post("/clearing", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        message = decode(await read_bytes(request))
        if not isinstance(message, dict):
            raise Invalid("clearing/entries", "the body is a JSON object with signed entries")
        return answers.json({"new": await self._house.take(request.headers.get("Authorization"), message)})
