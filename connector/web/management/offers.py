"""EDC's assets, policydefinitions and contractdefinitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from connector.notation.problems import Invalid
from connector.ports import Clock, Egress
from connector.services.catalog.catalog import IS_CATALOG
from connector.services.catalog.offers import Offers
from connector.web import answers
from connector.web.bodies import read_json
from connector.web.management import views
from connector.web.management.access import ACTOR, actor, permitted
from connector.web.management.forms import Members, read
from connector.web.management.queries import criteria, search_of


class OffersDoor:
    """Routes below `/management/v3` that say what is on offer."""

    def __init__(self, *, offers: Offers, clock: Clock, backends: Egress, contexts: Mapping[str, Any]) -> None:
        self._backends = backends
        self._offers = offers
        self._clock = clock
        self._contexts = contexts

    def routes(self) -> list[web.RouteDef]:
        """Creates answer 200, as EDC's clients demand."""
        base = "/management/v3"
        return [
            web.post(f"{base}/assets", self._create_asset),
            web.put(f"{base}/assets", self._update_asset),
            web.post(f"{base}/assets/request", self._find_assets),
            web.get(f"{base}/assets/{{id}}", self._show_asset),
            web.delete(f"{base}/assets/{{id}}", self._delete_asset),
            web.post(f"{base}/policydefinitions", self._create_policy),
            web.post(f"{base}/policydefinitions/request", self._find_policies),
            web.get(f"{base}/policydefinitions/{{id}}", self._show_policy),
            web.put(f"{base}/policydefinitions/{{id}}", self._update_policy),
            web.delete(f"{base}/policydefinitions/{{id}}", self._delete_policy),
            web.post(f"{base}/contractdefinitions", self._create_definition),
            web.put(f"{base}/contractdefinitions", self._update_definition),
            web.post(f"{base}/contractdefinitions/request", self._find_definitions),
            web.get(f"{base}/contractdefinitions/{{id}}", self._show_definition),
            web.delete(f"{base}/contractdefinitions/{{id}}", self._delete_definition),
        ]

    async def _members(self, request: web.Request) -> Members:
        return read(await read_json(request), self._contexts)

    # --- assets

    def _asset(self, members: Members) -> dict[str, Any]:
        """What an asset is made of; a back end that could never be called is refused now, not at the first pull."""
        found = _asset(members)
        base = found["data_address"].get("baseUrl")
        if isinstance(base, str) and base.startswith(("http://", "https://")):
            self._backends.check(base, "/dataAddress/baseUrl")
        return found

    async def _create_asset(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        record = await self._offers.create_asset(
            members.identifier(self._clock.new_id()), **self._asset(members), actor=actor(request)
        )
        return answers.json(views.id_response(record.id, record.created_at))

    async def _update_asset(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        asset_id = members.need("@id", "the asset to replace")
        await self._offers.update_asset(asset_id, **self._asset(members), actor=actor(request))
        return web.Response(status=204)

    async def _show_asset(self, request: web.Request) -> web.Response:
        record = await self._offers.asset(request.match_info["id"])
        return answers.json(views.asset(record, with_secrets=_may_see_secrets(request)))

    @permitted("read")
    async def _find_assets(self, request: web.Request) -> web.Response:
        search = await search_of(request, self._contexts)
        found = await self._offers.find_assets(search, views.searched_asset)
        return answers.json([views.asset(record, with_secrets=_may_see_secrets(request)) for record in found])

    async def _delete_asset(self, request: web.Request) -> web.Response:
        await self._offers.delete_asset(request.match_info["id"], actor=actor(request))
        return web.Response(status=204)

    # --- policy definitions

    async def _create_policy(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        policy_id = members.identifier(self._clock.new_id())
        record = await self._offers.create_policy(policy_id, members.document("policy"), actor=actor(request))
        return answers.json(views.id_response(record.id, record.created_at))

    async def _update_policy(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        policy_id = request.match_info["id"]
        _check_id(members, policy_id)
        await self._offers.update_policy(policy_id, members.document("policy"), actor=actor(request))
        return web.Response(status=204)

    async def _show_policy(self, request: web.Request) -> web.Response:
        return answers.json(views.policy_definition(await self._offers.policy(request.match_info["id"])))

    @permitted("read")
    async def _find_policies(self, request: web.Request) -> web.Response:
        search = await search_of(request, self._contexts)
        found = await self._offers.find_policies(search, views.policy_definition)
        return answers.json([views.policy_definition(record) for record in found])

    async def _delete_policy(self, request: web.Request) -> web.Response:
        await self._offers.delete_policy(request.match_info["id"], actor=actor(request))
        return web.Response(status=204)

    # --- contract definitions

    async def _create_definition(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        record = await self._offers.create_definition(
            members.identifier(self._clock.new_id()), **_definition(members), actor=actor(request)
        )
        return answers.json(views.id_response(record.id, record.created_at))

    async def _update_definition(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        definition_id = members.need("@id", "the contract definition to replace")
        await self._offers.update_definition(definition_id, **_definition(members), actor=actor(request))
        return web.Response(status=204)

    async def _show_definition(self, request: web.Request) -> web.Response:
        return answers.json(views.contract_definition(await self._offers.definition(request.match_info["id"])))

    @permitted("read")
    async def _find_definitions(self, request: web.Request) -> web.Response:
        search = await search_of(request, self._contexts)
        found = await self._offers.find_definitions(search, views.contract_definition)
        return answers.json([views.contract_definition(record) for record in found])

    async def _delete_definition(self, request: web.Request) -> web.Response:
        await self._offers.delete_definition(request.match_info["id"], actor=actor(request))
        return web.Response(status=204)


def _asset(members: Members) -> dict[str, Any]:
    if "dataAddress" not in members:
        raise Invalid("management/missing", "dataAddress is missing: where the data comes from", pointer="/dataAddress")
    properties = members.object("properties").plain()
    properties.pop("id", None)
    address = members.object("dataAddress").plain()
    address.pop("@type", None)
    if members.is_a("CatalogAsset"):
        properties[IS_CATALOG] = True
    return {
        "properties": {key: value for key, value in properties.items() if not key.startswith("@")},
        "private_properties": members.object("privateProperties").plain(),
        "data_address": address,
    }


def _definition(members: Members) -> dict[str, Any]:
    return {
        "access_policy_id": members.need("accessPolicyId", "the policy that says who sees the offer"),
        "contract_policy_id": members.need("contractPolicyId", "the policy that says how data may be used"),
        "selector": criteria(members, "assetsSelector"),
    }


def _check_id(members: Members, wanted: str) -> None:
    said = members.text("@id")
    if said is not None and said != wanted:
        raise Invalid("management/id", f"the @id {said!r} in the body is not that of the path", pointer="/@id")


def _may_see_secrets(request: web.Request) -> bool:
    return request[ACTOR].may("operate")
