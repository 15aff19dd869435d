"""What EDC has around its control plane: the data plane that this node is, and the parts that it has not (501)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from aiohttp import web

from connector.services.exchange.destinations import FORMATS
from connector.web import answers
from connector.web.management import views
from connector.web.management.errors import not_offered

_SECRETS: Final = (
    "this node has no vault: put the header and its value into the data address (authKey, authCode), which only keys "
    "of the role operator see again"
)
_GROUPS: Final = "business partner groups are not kept: name the partners in the access policy (BusinessPartnerNumber)"
_PLAN: Final = "there is no evaluation plan to show: `ionport policy explain` says what a policy means"

ABSENT: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "/secrets": (("POST", "PUT"), _SECRETS),
    "/secrets/request": (("POST",), _SECRETS),
    "/secrets/{id}": (("GET", "DELETE"), _SECRETS),
    "/business-partner-groups": (("POST", "PUT"), _GROUPS),
    "/business-partner-groups/{id}": (("GET", "PUT", "DELETE"), _GROUPS),
    "/policydefinitions/{id}/evaluationplan": (("POST",), _PLAN),
}
"""Path below `/management/v3` -> methods that EDC or Tractus-X has there and this node has not, and why."""


class PlanesDoor:
    """`/management/v3/dataplanes`, and everything in ABSENT."""

    def __init__(self, *, kinds: Callable[[], Collection[str]], endpoint: str) -> None:
        """`kinds` are the types of data address that can be served; `endpoint` is the public address of the data."""
        self._kinds = kinds
        self._endpoint = endpoint

    def routes(self) -> list[web.RouteDef]:
        """A listing, and refusals."""
        base = "/management/v3"
        found = [web.get(f"{base}/dataplanes", self._list)]
        for path, (methods, why) in ABSENT.items():
            found += [web.route(method, f"{base}{path}", _refusal(why)) for method in methods]
        return found

    async def _list(self, _: web.Request) -> web.Response:
        return answers.json([views.data_plane(self._endpoint, sorted(self._kinds()), FORMATS)])


def _refusal(why: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return not_offered(why)

    return refuse
