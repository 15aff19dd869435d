"""Tractus-X's retirement of agreements: a contract is ended before its time, listed, taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from connector.services.exchange.retirements import Retirements
from connector.web import answers
from connector.web.bodies import read_json
from connector.web.management import views
from connector.web.management.access import actor, permitted
from connector.web.management.forms import Members, read
from connector.web.management.queries import search_of


class RetirementsDoor:
    """Routes below `/management/v3/contractagreements/retirements`."""

    def __init__(self, *, retirements: Retirements, contexts: Mapping[str, Any]) -> None:
        self._retirements = retirements
        self._contexts = contexts

    def routes(self) -> list[web.RouteDef]:
        """Under the path of v3 and under that of v3.1alpha, where older clients look."""
        found = []
        for version in ("v3", "v3.1alpha"):
            base = f"/management/{version}/contractagreements/retirements"
            found += [
                web.post(base, self._retire),
                web.post(f"{base}/request", self._find),
                web.delete(f"{base}/{{id}}", self._reactivate),
            ]
        return found

    async def _retire(self, request: web.Request) -> web.Response:
        members = read(await read_json(request), self._contexts)
        agreement_id = _said(members, "agreementId") or members.need("agreementId", "the agreement to retire")
        await self._retirements.retire(agreement_id, _said(members, "reason") or "", actor=actor(request))
        return web.Response(status=204)

    @permitted("read")
    async def _find(self, request: web.Request) -> web.Response:
        found = await self._retirements.find(await search_of(request, self._contexts), views.retirement)
        return answers.json([views.retirement(record) for record in found])

    async def _reactivate(self, request: web.Request) -> web.Response:
        await self._retirements.reactivate(request.match_info["id"], actor=actor(request))
        return web.Response(status=204)


def _said(members: Members, name: str) -> str | None:
    """A member in EDC's namespace or in that of Tractus-X."""
    return members.text(name) or members.text(views.TX + name)
