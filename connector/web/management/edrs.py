"""EDC's EDR cache API: data addresses of started transfers, and negotiation and transfer in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from connector.notation.problems import Invalid
from connector.services.exchange.edrs import Edrs
from connector.web import answers
from connector.web.bodies import read_json
from connector.web.management import views
from connector.web.management.access import actor, permitted
from connector.web.management.forms import read
from connector.web.management.parties import Parties
from connector.web.management.queries import search_of

FLAGS: Mapping[str, bool] = {"true": True, "false": False, "": False}


class EdrsDoor:
    """Routes below `/management/v3/edrs`."""

    def __init__(self, *, edrs: Edrs, parties: Parties, contexts: Mapping[str, Any]) -> None:
        self._edrs = edrs
        self._parties = parties
        self._contexts = contexts

    def routes(self) -> list[web.RouteDef]:
        """A data address holds a token: reading one needs `operate`."""
        base = "/management/v3/edrs"
        return [
            web.post(base, self._negotiate),
            web.post(f"{base}/request", self._find),
            web.get(f"{base}/{{id}}/dataaddress", self._show),
            web.post(f"{base}/{{id}}/refresh", self._refresh),
            web.delete(f"{base}/{{id}}", self._delete),
        ]

    async def _negotiate(self, request: web.Request) -> web.Response:
        asked = await self._parties.contract_request(read(await read_json(request), self._contexts))
        record = await self._edrs.negotiate(
            counterparty=asked.counterparty,
            counterparty_address=asked.address,
            offer=asked.offer,
            actor=actor(request),
            callbacks=asked.callbacks,
        )
        return answers.json(views.id_response(record.id, record.created_at))

    @permitted("read")
    async def _find(self, request: web.Request) -> web.Response:
        search = await search_of(request, self._contexts)
        found = await self._edrs.find(search, views.transfer)
        return answers.json([views.edr(record, negotiation_id) for record, negotiation_id in found])

    @permitted("operate")
    async def _show(self, request: web.Request) -> web.Response:
        flag = request.query.get("auto_refresh", "").lower()
        if flag not in FLAGS:
            raise Invalid("management/flag", "auto_refresh is true or false", pointer="/auto_refresh")
        record = await self._edrs.hand_out(request.match_info["id"], auto_refresh=FLAGS[flag], actor=actor(request))
        return answers.json(views.data_address(record), headers={"Cache-Control": "no-store"})

    async def _refresh(self, request: web.Request) -> web.Response:
        record = await self._edrs.refresh(request.match_info["id"], actor=actor(request))
        return answers.json(views.data_address(record), headers={"Cache-Control": "no-store"})

    async def _delete(self, request: web.Request) -> web.Response:
        await self._edrs.forget(request.match_info["id"], actor=actor(request))
        return web.Response(status=204)
