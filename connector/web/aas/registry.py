"""The registry and discovery: descriptors read, those of shells elsewhere written, shells found by asset links."""

from __future__ import annotations

from aiohttp import web

from connector.services.passports.shells import Shells
from connector.services.passports.shells.repository import read_asset_ids, read_links
from connector.web.aas import forms
from connector.web.bodies import read_json
from connector.web.management.access import actor, permitted

_ALL = "/shell-descriptors"
_ONE = "/shell-descriptors/{id}"
_PARTS = _ONE + "/submodel-descriptors"
_PART = _PARTS + "/{submodel}"


class RegistryDoor:
    """Routes of registry (SSP-001, SSP-002, SSP-005) and discovery (SSP-002)."""

    def __init__(self, shells: Shells) -> None:
        self._registry = shells.registry
        self._registrations = shells.registrations

    def routes(self) -> list[web.RouteDef]:
        """Paths as Part 2 has them."""
        return [
            web.get(_ALL, self._descriptors),
            web.post(_ALL, self._register),
            web.get(_ONE, self._descriptor),
            web.put(_ONE, self._replace),
            web.delete(_ONE, self._remove),
            web.get(_PARTS, self._parts),
            web.post(_PARTS, self._register_part),
            web.get(_PART, self._part),
            web.put(_PART, self._replace_part),
            web.delete(_PART, self._remove_part),
            web.post("/lookup/shellsByAssetLink", self._by_asset_link),
            web.get("/lookup/shells", self._look_up),
            web.post("/lookup/shells", self._look_up_by_body),
            web.get("/lookup/shells/{id}", self._links_of),
        ]

    async def _descriptors(self, request: web.Request) -> web.Response:
        return forms.answer(await self._registry.descriptors(request.query))

    async def _descriptor(self, request: web.Request) -> web.Response:
        return forms.json(await self._registry.described(forms.identifier(request)))

    async def _register(self, request: web.Request) -> web.Response:
        document = await read_json(request)
        await self._registrations.put(document, actor=actor(request), mode="new")
        return forms.created(request, document, document["id"])

    async def _replace(self, request: web.Request) -> web.Response:
        document, shell_id = await read_json(request), forms.identifier(request)
        forms.check_id(document, shell_id)
        is_new = await self._registrations.put(document, actor=actor(request), mode="any")
        return forms.created(request, document) if is_new else forms.done()

    async def _remove(self, request: web.Request) -> web.Response:
        await self._registrations.delete(forms.identifier(request), actor=actor(request))
        return forms.done()

    async def _parts(self, request: web.Request) -> web.Response:
        return forms.answer(await self._registry.parts(forms.identifier(request), request.query))

    async def _part(self, request: web.Request) -> web.Response:
        shell_id, submodel_id = forms.identifier(request), forms.identifier(request, "submodel")
        return forms.answer(await self._registry.part(shell_id, submodel_id))

    async def _register_part(self, request: web.Request) -> web.Response:
        part = await read_json(request)
        await self._registrations.put_part(forms.identifier(request), part, actor=actor(request), mode="new")
        return forms.created(request, part, part["id"])

    async def _replace_part(self, request: web.Request) -> web.Response:
        part, shell_id = await read_json(request), forms.identifier(request)
        forms.check_id(part, forms.identifier(request, "submodel"))
        is_new = await self._registrations.put_part(shell_id, part, actor=actor(request), mode="any")
        return forms.created(request, part) if is_new else forms.done()

    async def _remove_part(self, request: web.Request) -> web.Response:
        shell_id, submodel_id = forms.identifier(request), forms.identifier(request, "submodel")
        await self._registrations.delete_part(shell_id, submodel_id, actor=actor(request))
        return forms.done()

    @permitted("read")
    async def _by_asset_link(self, request: web.Request) -> web.Response:
        links = read_links(await read_json(request))
        return forms.answer(await self._registry.shell_ids(links, request.query))

    async def _look_up(self, request: web.Request) -> web.Response:
        links = read_asset_ids(request.query.getall("assetIds", []))
        return forms.answer(await self._registry.shell_ids(links, request.query))

    @permitted("read")
    async def _look_up_by_body(self, request: web.Request) -> web.Response:
        """As CX-0160 shows the look-up for bulk loading: `{"assetIds": [{name, value}]}`."""
        body = await read_json(request)
        links = read_links(body.get("assetIds", []) if isinstance(body, dict) else body)
        return forms.answer(await self._registry.shell_ids(links, request.query))

    async def _links_of(self, request: web.Request) -> web.Response:
        return forms.answer(await self._registry.links(forms.identifier(request)))
