"""The AAS HTTP API (Part 2, V3.1) for the owner: repositories, single services, registry and discovery, read only.

The paths stand below `/api/v3` (and `/api/v3.0`) of the management listener. Beside the repositories' paths, each shell
and each submodel is a service of its own: `/shells/{id}` is the base address of `/aas`, `/submodels/{id}` that of
`/submodel`. What Part 2 names and this node does not offer is answered with 501.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Problem, Unknown
from connector.records import Passport
from connector.services.passports.shells import Shells, read_encoded
from connector.services.passports.shells.pages import json_page, refuse_others
from connector.services.passports.shells.repository import read_asset_ids, read_links, reference
from connector.services.passports.shells.serialization import media_type, read_ids
from connector.services.passports.shells.shells import PROFILE, REGISTRY_PROFILES, SUBMODEL_PROFILES
from connector.web.bodies import read_json
from connector.web.guards import problem_form
from connector.web.management.access import permitted
from submodels.aas.interface import read_target
from submodels.aas.modifiers import CONTENTS
from submodels.aas.paging import page_of, read_paging

SHELL_PROFILES: Final = tuple(
    f"{PROFILE}{minor}/AssetAdministrationShellServiceSpecification/SSP-002" for minor in "10"
)
PROFILES: Final = (
    *(f"{PROFILE}{minor}/SubmodelRepositoryServiceSpecification/SSP-002" for minor in "10"),
    *(f"{PROFILE}{minor}/AssetAdministrationShellRepositoryServiceSpecification/SSP-002" for minor in "10"),
    *REGISTRY_PROFILES,
)
"""What is whole at the root."""

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""The methods of Part 2; any other is answered with 405."""

ROOTS: Final = (
    "shells|submodels|shell-descriptors|submodel-descriptors|lookup|concept-descriptions|packages|query|bulk"
    "|serialization"
)
"""First segments of the paths of Part 2: what is not answered below them is not offered, not unknown."""


def error_form(request: web.Request, problem: Problem) -> web.Response:
    """The form of Part 2: `{"messages": [...]}`, one for each finding; the status is that of `problem_form`."""
    response = problem_form(request, problem)
    texts = [str(finding) for finding in problem.findings] or [problem.detail]
    common = {
        "code": problem.code,
        "correlationId": str(uuid.uuid4()),
        "messageType": "Error",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    response.body = encode({"messages": [{**common, "text": text} for text in texts]})
    response.content_type = "application/json"
    return response


class AasDoor:
    """Routes for a sub-application at `/api/v3` whose error form is `error_form`."""

    def __init__(self, shells: Shells) -> None:
        self._shells = shells

    def routes(self) -> list[web.RouteDef]:
        """Every path, the most asked first; the last answers for what is not offered."""
        one = "{id:[^/$][^/]*}"
        return [
            web.get(f"/submodels/{one}" + "{rest:(?:/.*)?}", self._submodel),
            web.get("/submodels{content:(?:/\\$[a-z]+)?}", self._submodels),
            web.get(
                f"/shells/{one}/{{base:(?:aas/)?}}submodels/{{submodel:[^/]+}}" + "{rest:(?:/.*)?}", self._superpath
            ),
            web.get(f"/shells/{one}" + "{rest:(?:/.*)?}", self._shell),
            web.get("/shells{content:(?:/\\$reference)?}", self._list_shells),
            web.get("/shell-descriptors", self._descriptors),
            web.get("/shell-descriptors/{id}", self._descriptor),
            web.get("/shell-descriptors/{id}/submodel-descriptors", self._parts),
            web.get("/shell-descriptors/{id}/submodel-descriptors/{submodel}", self._part),
            web.post("/lookup/shellsByAssetLink", self._by_asset_link),
            web.get("/lookup/shells", self._look_up),
            web.post("/lookup/shells", self._look_up_by_body),
            web.get("/lookup/shells/{id}", self._links_of),
            web.get("/serialization", self._serialization),
            web.get("/description", self._description),
            *(web.route(method, f"/{{root:{ROOTS}}}" + "{rest:(?:/.*)?}", self._not_offered) for method in METHODS),
        ]

    # --- submodels

    async def _submodels(self, request: web.Request) -> web.Response:
        content = request.match_info["content"].strip("/")
        if content and content not in CONTENTS:
            raise Unknown("aas/path", f"submodels have no form {content[:40]!r}")
        return _answer(await self._shells.submodels.listed(content, request.query))

    async def _submodel(self, request: web.Request) -> web.Response:
        submodel_id, rest = read_encoded(request.match_info["id"]), request.match_info["rest"]
        if rest == "/description":
            return _json({"profiles": list(SUBMODEL_PROFILES)})
        if rest in ("/serialization", "/submodel/serialization"):
            return await self._environment(request, (), (submodel_id,))
        if rest == "/submodel" or rest.startswith("/submodel/"):
            rest = rest.removeprefix("/submodel")
        return await self._of_submodel(request, submodel_id, rest)

    async def _of_submodel(self, request: web.Request, submodel_id: str, rest: str) -> web.Response:
        if read_target(rest).is_operation:
            raise web.HTTPNotImplemented
        return _answer(await self._shells.submodels.answer({"submodel_id": submodel_id}, rest, request.query))

    # --- shells

    async def _list_shells(self, request: web.Request) -> web.Response:
        content = request.match_info["content"].strip("/")
        asset_ids = request.query.getall("assetIds", [])
        return _answer(await self._shells.repository.listed(content, request.query, asset_ids))

    async def _shell(self, request: web.Request) -> web.Response:
        passport = await self._passport(request)
        rest = request.match_info["rest"]
        if rest == "/description":
            return _json({"profiles": list(SHELL_PROFILES)})
        if rest in ("/serialization", "/aas/serialization"):
            ids = [listed["id"] for listed in passport.submodels]
            return await self._environment(request, (passport.shell_id,), ids)
        return _of_shell(passport, rest.removeprefix("/aas").rstrip("/"), request.query)

    async def _superpath(self, request: web.Request) -> web.Response:
        passport = await self._passport(request)
        submodel_id = read_encoded(request.match_info["submodel"])
        if all(listed["id"] != submodel_id for listed in passport.submodels):
            raise Unknown("aas/submodel-unknown", f"the shell has no submodel {submodel_id[:200]!r}")
        return await self._of_submodel(request, submodel_id, request.match_info["rest"])

    async def _passport(self, request: web.Request) -> Passport:
        return await self._shells.repository.get(read_encoded(request.match_info["id"]))

    # --- registry and discovery

    async def _descriptors(self, request: web.Request) -> web.Response:
        return _answer(await self._shells.registry.descriptors(request.query))

    async def _descriptor(self, request: web.Request) -> web.Response:
        return _json(await self._shells.registry.described(read_encoded(request.match_info["id"])))

    async def _parts(self, request: web.Request) -> web.Response:
        shell_id = read_encoded(request.match_info["id"])
        return _answer(await self._shells.registry.parts(shell_id, request.query))

    async def _part(self, request: web.Request) -> web.Response:
        shell_id, submodel_id = (read_encoded(request.match_info[name]) for name in ("id", "submodel"))
        return _answer(await self._shells.registry.part(shell_id, submodel_id))

    @permitted("read")
    async def _by_asset_link(self, request: web.Request) -> web.Response:
        return _answer(await self._shells.registry.shell_ids(read_links(await read_json(request)), request.query))

    async def _look_up(self, request: web.Request) -> web.Response:
        links = read_asset_ids(request.query.getall("assetIds", []))
        return _answer(await self._shells.registry.shell_ids(links, request.query))

    @permitted("read")
    async def _look_up_by_body(self, request: web.Request) -> web.Response:
        """As CX-0160 shows the look-up for bulk loading: `{"assetIds": [{name, value}]}`."""
        body = await read_json(request)
        links = read_links(body.get("assetIds", []) if isinstance(body, dict) else body)
        return _answer(await self._shells.registry.shell_ids(links, request.query))

    async def _links_of(self, request: web.Request) -> web.Response:
        return _answer(await self._shells.registry.links(read_encoded(request.match_info["id"])))

    # --- the whole

    async def _serialization(self, request: web.Request) -> web.Response:
        shell_ids, submodel_ids = (read_ids(request.query.getall(name, [])) for name in ("aasIds", "submodelIds"))
        return await self._environment(request, shell_ids, submodel_ids)

    async def _environment(
        self, request: web.Request, shell_ids: Sequence[str], submodel_ids: Sequence[str]
    ) -> web.Response:
        form = media_type(request.headers.get("Accept", ""))
        body = await self._shells.serialization.made(request.query, shell_ids, submodel_ids, form)
        return web.Response(body=body, content_type=form)

    async def _description(self, _: web.Request) -> web.Response:
        return _json({"profiles": list(PROFILES)})

    @permitted("read")
    async def _not_offered(self, request: web.Request) -> web.Response:
        raise web.HTTPNotImplemented


def _of_shell(passport: Passport, rest: str, query: Mapping[str, str]) -> web.Response:
    """What the Asset Administration Shell interface has at `rest`."""
    match rest:
        case "":
            return _answer(passport.shell.encode())
        case "/$reference":
            return _json(reference(passport))
        case "/asset-information":
            return _json(decode(passport.shell)["assetInformation"])
        case "/asset-information/thumbnail":
            raise Unknown("aas/value-unknown", "the asset has no thumbnail here")
        case "/submodel-refs":
            refuse_others(query, "limit", "cursor")
            page = page_of(decode(passport.shell).get("submodels", []), read_paging(query))
            return _answer(json_page([encode(item) for item in page.items], page.cursor))
    raise Unknown("aas/path", f"there is nothing at {rest[:200]!r} of a shell")


def _json(value: Any) -> web.Response:
    return _answer(encode(value))


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
