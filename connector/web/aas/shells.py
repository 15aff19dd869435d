"""Shells: the repository, each as a service of its own; read and, where hosted, written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Conflict, Unknown
from connector.services.passports.shells import Shells, read_encoded
from connector.services.passports.shells.finding import Shell
from connector.services.passports.shells.pages import json_page, refuse_others
from connector.services.passports.shells.repository import reference
from connector.services.passports.shells.shells import PROFILE
from connector.web.aas import forms
from connector.web.aas.environments import environment_of, refuse_strangers
from connector.web.aas.submodels import WRITES, SubmodelDoor
from connector.web.bodies import read_json
from connector.web.management.access import actor
from submodels.aas.paging import page_of, read_paging

Json = Any
SHELL_PROFILES: Final = tuple(
    f"{PROFILE}{minor}/AssetAdministrationShellServiceSpecification/SSP-{number}"
    for minor in "10"
    for number in ("001", "002")
)
_ID: Final = "{id:[^/$][^/]*}"
_THUMBNAIL: Final = "/asset-information/thumbnail"


class ShellDoor:
    """Routes below `/shells`."""

    def __init__(self, shells: Shells, submodels: SubmodelDoor, upload_bytes: int) -> None:
        self._shells = shells
        self._submodels = submodels
        self._upload_bytes = upload_bytes

    def routes(self) -> list[web.RouteDef]:
        """The paths of submodels below a shell come first: the others would take them in."""
        one = f"/shells/{_ID}"
        below = one + "/{base:(?:aas/)?}submodels/{submodel:[^/]+}{rest:(?:/.*)?}"
        return [
            web.get(below, self._superpath),
            *(web.route(method, below, self._write_superpath) for method in WRITES),
            web.get(one + "{rest:(?:/.*)?}", self._shell),
            web.get("/shells{content:(?:/\\$reference)?}", self._listed),
            web.post("/shells", self._post),
            *(web.route(method, one + "{rest:(?:/.*)?}", self._write) for method in WRITES),
        ]

    async def _listed(self, request: web.Request) -> web.Response:
        content = request.match_info["content"].strip("/")
        asset_ids = request.query.getall("assetIds", [])
        return forms.answer(await self._shells.repository.listed(content, request.query, asset_ids))

    async def _shell(self, request: web.Request) -> web.StreamResponse:
        shell = await self._need(request)
        rest = request.match_info["rest"]
        inner = _own_path(rest)
        if rest == "/description":
            return forms.json({"profiles": list(SHELL_PROFILES)})
        if inner == "/serialization":
            ids = [listed["id"] for listed in shell.submodels]
            refuse_strangers(request, (shell.shell_id,), ids)
            return await environment_of(self._shells, request, (shell.shell_id,), ids)
        if inner == "/shells":
            return forms.answer(await self._shells.repository.one_of(shell.shell_id, request.query))
        if inner == _THUMBNAIL:
            return await forms.stream(request, await self._shells.files.thumbnail(shell))
        return _of_shell(shell, inner, request.query)

    async def _superpath(self, request: web.Request) -> web.StreamResponse:
        submodel_id = await self._part(request)
        return await self._submodels.of_submodel(request, submodel_id, request.match_info["rest"])

    async def _part(self, request: web.Request) -> str:
        """The id of the submodel below the shell. Raises Unknown (`aas/submodel-unknown`)."""
        shell = await self._need(request)
        submodel_id = forms.identifier(request, "submodel")
        if all(listed["id"] != submodel_id for listed in shell.submodels):
            raise Unknown("aas/submodel-unknown", f"the shell has no submodel {submodel_id[:200]!r}")
        return submodel_id

    async def _need(self, request: web.Request) -> Shell:
        return await self._shells.repository.get(forms.identifier(request))

    # --- writing

    async def _post(self, request: web.Request) -> web.Response:
        document = await read_json(request)
        await self._shells.hosting.put({"assetAdministrationShells": [document]}, actor=actor(request))
        return forms.created(request, document, document["id"])

    async def _write(self, request: web.Request) -> web.Response:
        shell_id, inner, method = forms.identifier(request), _own_path(request.match_info["rest"]), request.method
        match method, inner.split("/")[1:]:
            case "PUT", []:
                return await self._put(request, shell_id)
            case "DELETE", []:
                await self._shells.hosting.delete_shell(shell_id, actor=actor(request))
            case "PUT", ["asset-information"]:
                information = await read_json(request)
                await self._change(request, shell_id, lambda shell: {**shell, "assetInformation": information})
            case "PUT", ["asset-information", "thumbnail"]:
                await self._put_thumbnail(request, shell_id)
            case "DELETE", ["asset-information", "thumbnail"]:
                await self._shells.attachments.delete_thumbnail(shell_id, actor=actor(request))
            case "POST", ["submodel-refs"]:
                added = await read_json(request)
                await self._change(request, shell_id, lambda shell: _with_reference(shell, added))
                return forms.json(added, 201)
            case "DELETE", ["submodel-refs", submodel]:
                gone = read_encoded(submodel)
                await self._change(request, shell_id, lambda shell: _without_reference(shell, gone))
            case "PUT", ["submodels", submodel]:
                raise Unknown("aas/submodel-unknown", f"the shell has no submodel {read_encoded(submodel)[:200]!r}")
            case _:
                raise web.HTTPMethodNotAllowed(method, ["GET"])
        return forms.done()

    async def _put(self, request: web.Request, shell_id: str) -> web.Response:
        document = await read_json(request)
        forms.check_id(document, shell_id)
        documents = {"assetAdministrationShells": [document]}
        is_new = await self._shells.hosting.put(documents, actor=actor(request), mode="any")
        return forms.created(request, document) if is_new else forms.done()

    async def _change(self, request: web.Request, shell_id: str, change: Any) -> None:
        await self._shells.hosting.change_shell(shell_id, change, actor=actor(request))

    async def _put_thumbnail(self, request: web.Request, shell_id: str) -> None:
        with self._shells.files.content.scratch() as file:
            said = await forms.read_upload(request, file, self._upload_bytes)
            await self._shells.attachments.put_thumbnail(
                shell_id, file, file_name=said.file_name, media_type=said.media_type, actor=actor(request)
            )

    async def _write_superpath(self, request: web.Request) -> web.Response:
        submodel_id = await self._part(request)
        rest = request.match_info["rest"]
        response = await self._submodels.write(request, submodel_id, rest)
        if request.method == "DELETE" and not rest:
            shell_id = forms.identifier(request)
            await self._change(request, shell_id, lambda shell: _without_reference(shell, submodel_id))
        return response


def _own_path(rest: str) -> str:
    """The path within the shell: a service of its own has it behind `/aas`."""
    inner = rest.removeprefix("/aas") if rest == "/aas" or rest.startswith("/aas/") else rest
    return inner.rstrip("/")


def _with_reference(shell: Json, added: Json) -> Json:
    known = shell.get("submodels", [])
    if added in known:
        raise Conflict("aas/exists", "the shell has this reference already")
    return {**shell, "submodels": [*known, added]}


def _without_reference(shell: Json, submodel_id: str) -> Json:
    known = shell.get("submodels", [])
    kept = [each for each in known if each["keys"][0]["value"] != submodel_id]
    if len(kept) == len(known):
        raise Unknown("aas/submodel-unknown", f"the shell has no reference to {submodel_id[:200]!r}")
    rest = {name: value for name, value in shell.items() if name != "submodels"}
    return {**rest, "submodels": kept} if kept else rest


def _of_shell(shell: Shell, rest: str, query: Mapping[str, str]) -> web.Response:
    """What the Asset Administration Shell interface has at `rest`."""
    match rest:
        case "":
            return forms.answer(shell.shell.encode())
        case "/$reference":
            return forms.json(reference(shell.shell_id))
        case "/asset-information":
            return forms.json(decode(shell.shell)["assetInformation"])
        case "/submodel-refs":
            refuse_others(query, "limit", "cursor")
            page = page_of(decode(shell.shell).get("submodels", []), read_paging(query))
            return forms.answer(json_page([encode(item) for item in page.items], page.cursor))
    raise Unknown("aas/path", f"there is nothing at {rest[:200]!r} of a shell")
