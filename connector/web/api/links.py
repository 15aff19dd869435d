"""`/api/links`: the table that joins identities of the data space with those of the region behind this node."""

from __future__ import annotations

from typing import Any, Final, Literal

from aiohttp import web
from pydantic import Field

from connector.records.footprints import Link
from connector.services.trades.links import Links
from connector.web.api.operations import Call, Form, Operation, PageQuery

LINK: Final = "/api/links/{kind}/{left:.+}"
Kind = Literal["operator", "part", "product"]


class LinkForm(Form):
    """`operator`: DID -> operator id. `part`: part number -> operator id. `product`: `<operator id> <name>` -> part."""

    kind: Kind
    left: str = Field(min_length=1, max_length=512)
    right: str = Field(min_length=1, max_length=512)
    attributes: dict[str, Any] = Field(
        default={},
        description=(
            "operator: account, plant; part: unit, productIds, companyIds, assumptions, source; "
            "product: rawMaterialShare, or rawMaterial and mainProduction, source"
        ),
    )


class LinksQuery(PageQuery):
    """Which links are listed."""

    kind: Kind | None = None


class LinkDoor:
    """Operations on the link table."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def operations(self) -> list[Operation]:
        """See operations.py."""
        return [
            Operation("GET", "/api/links", self._list, "List links", query=LinksQuery),
            Operation("POST", "/api/links", self._put, "Add or change a link", "operate", body=LinkForm, status=201),
            Operation("GET", LINK, self._show, "Show a link"),
            Operation("DELETE", LINK, self._remove, "Forget a link", "operate", status=204),
        ]

    async def _list(self, call: Call) -> Any:
        query: LinksQuery = call.query
        found = await self._links.list(query.kind or "", limit=query.limit, offset=query.offset)
        return [_shown(link) for link in found]

    async def _put(self, call: Call) -> Any:
        form: LinkForm = call.body
        return _shown(await self._links.put(form.kind, form.left, form.right, form.attributes, actor=call.actor))

    async def _show(self, call: Call) -> Any:
        return _shown(await self._links.get(call.path["kind"], call.path["left"]))

    async def _remove(self, call: Call) -> web.Response:
        await self._links.remove(call.path["kind"], call.path["left"], actor=call.actor)
        return web.Response(status=204)


def _shown(link: Link) -> dict[str, Any]:
    return {"kind": link.kind, "left": link.left, "right": link.right, "attributes": link.attributes}
