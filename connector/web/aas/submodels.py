"""Submodels: the repository, each as a service of its own, and below their shells; read and, where hosted, written."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from connector.notation.problems import Unknown
from connector.services.passports.shells import Shells
from connector.services.passports.shells.shells import SUBMODEL_PROFILES
from connector.web.aas import forms
from connector.web.aas.environments import environment_of, refuse_strangers
from connector.web.bodies import read_json
from connector.web.management.access import actor
from submodels.aas.changes import changed
from submodels.aas.interface import ATTACHMENT, Target, read_target
from submodels.aas.modifiers import CONTENTS

Json = Any
WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")
_ID: Final = "{id:[^/$][^/]*}"


class SubmodelDoor:
    """Routes below `/submodels`; `of_submodel` answers for paths of a submodel elsewhere too."""

    def __init__(self, shells: Shells, upload_bytes: int) -> None:
        self._shells = shells
        self._upload_bytes = upload_bytes

    def routes(self) -> list[web.RouteDef]:
        """The most asked first."""
        one = f"/submodels/{_ID}" + "{rest:(?:/.*)?}"
        return [
            web.get(one, self._submodel),
            web.get("/submodels{content:(?:/\\$[a-z]+)?}", self._listed),
            web.post("/submodels", self._post),
            *(web.route(method, one, self._write) for method in WRITES),
        ]

    async def _listed(self, request: web.Request) -> web.Response:
        return forms.answer(await self._shells.submodels.prompt(request.raw_path, lambda: self._page(request)))

    async def _page(self, request: web.Request) -> bytes:
        content = request.match_info["content"].strip("/")
        if content and content not in CONTENTS:
            raise Unknown("aas/path", f"submodels have no form {content[:40]!r}")
        return await self._shells.submodels.listed(content, request.query)

    async def _submodel(self, request: web.Request) -> web.StreamResponse:
        ready = self._shells.submodels.ready(request.raw_path)
        return forms.answer(ready) if ready is not None else await self._made(request)

    async def _made(self, request: web.Request) -> web.StreamResponse:
        submodel_id, rest = forms.identifier(request), request.match_info["rest"]
        inner = _own_path(rest)
        if rest == "/description":
            return forms.json({"profiles": list(SUBMODEL_PROFILES)})
        if inner == "/serialization":
            refuse_strangers(request, (), (submodel_id,))
            return await environment_of(self._shells, request, (), (submodel_id,))
        if inner == "/shells":
            return forms.answer(await self._shells.repository.holding(submodel_id, request.query))
        return await self.of_submodel(request, submodel_id, inner)

    async def of_submodel(self, request: web.Request, submodel_id: str, rest: str) -> web.StreamResponse:
        """GET of what the Submodel interface has at `rest`."""
        target = read_target(rest)
        if target.is_operation:
            raise web.HTTPNotImplemented
        if target.suffix == ATTACHMENT:
            content = await self._shells.files.attachment({"submodel_id": submodel_id}, target.path)
            return await forms.stream(request, content)
        submodels, where = self._shells.submodels, {"submodel_id": submodel_id}
        return forms.answer(
            await submodels.prompt(request.raw_path, lambda: submodels.answer(where, rest, request.query))
        )

    # --- writing

    async def _post(self, request: web.Request) -> web.Response:
        document = await read_json(request)
        await self._shells.hosting.put({"submodels": [document]}, actor=actor(request))
        return forms.created(request, document, str(document["id"]))

    async def _write(self, request: web.Request) -> web.Response:
        return await self.write(request, forms.identifier(request), _own_path(request.match_info["rest"]))

    async def write(self, request: web.Request, submodel_id: str, rest: str) -> web.Response:
        """Any other method on what the Submodel interface has at `rest`."""
        target = read_target(rest)
        if target.is_operation:
            raise web.HTTPNotImplemented
        if target.suffix == ATTACHMENT:
            return await self._write_attachment(request, submodel_id, target)
        if target == Target() and request.method == "DELETE":
            await self._shells.hosting.delete_submodel(submodel_id, actor=actor(request))
            return forms.done()
        if target == Target() and request.method == "PUT":
            return await self._put(request, submodel_id)
        return await self._change(request, submodel_id, target)

    async def _put(self, request: web.Request, submodel_id: str) -> web.Response:
        document = await read_json(request)
        forms.check_id(document, submodel_id)
        is_new = await self._shells.hosting.put({"submodels": [document]}, actor=actor(request), mode="any")
        return forms.created(request, document) if is_new else forms.done()

    async def _change(self, request: web.Request, submodel_id: str, target: Target) -> web.Response:
        body = None if request.method == "DELETE" else await read_json(request)
        was_made = False

        def change(document: Json) -> Json:
            nonlocal was_made
            after, was_made = changed(document, target, request.method, body)
            return after

        await self._shells.hosting.change_submodel(submodel_id, change, actor=actor(request))
        return forms.created(request, body) if was_made else forms.done()

    async def _write_attachment(self, request: web.Request, submodel_id: str, target: Target) -> web.Response:
        attachments, by = self._shells.attachments, actor(request)
        if request.method == "DELETE":
            await attachments.delete_attachment(submodel_id, target.path, actor=by)
        elif request.method == "PUT":
            with self._shells.files.content.scratch() as file:
                said = await forms.read_upload(request, file, self._upload_bytes)
                await attachments.put_attachment(
                    submodel_id, target.path, file, file_name=said.file_name, media_type=said.media_type, actor=by
                )
        else:
            raise web.HTTPMethodNotAllowed(request.method, ["GET", "PUT", "DELETE"])
        return forms.done()


def _own_path(rest: str) -> str:
    """The path within the submodel: a service of its own has it behind `/submodel`."""
    return rest.removeprefix("/submodel") if rest == "/submodel" or rest.startswith("/submodel/") else rest
