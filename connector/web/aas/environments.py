"""Whole environments over HTTP: /serialization, the AASX file server's /packages, and concept descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from connector.notation.exact_json import encode
from connector.notation.problems import Invalid
from connector.services.passports.shells import Shells, encoded
from connector.services.passports.shells.finding import Wanted
from connector.services.passports.shells.hosting import Mode
from connector.services.passports.shells.packages import MEDIA_TYPE
from connector.services.passports.shells.pages import json_page, refuse_others
from connector.services.passports.shells.serialization import media_type, read_ids, read_metamodel
from connector.web.aas import forms
from connector.web.bodies import read_json
from connector.web.management.access import actor
from submodels.aas.identifiers import read_encoded
from submodels.aas.paging import read_paging

Json = Any
_PACKAGE: Final = "/packages/{id}"
_CONCEPT: Final = "/concept-descriptions/{id}"


async def environment_of(
    shells: Shells, request: web.Request, shell_ids: Sequence[str], submodel_ids: Sequence[str]
) -> web.StreamResponse:
    """The environment of these in the form that Accept names."""
    form = media_type(request.headers.get("Accept", ""))
    query = {name: value for name, value in request.query.items() if name not in ("aasIds", "submodelIds")}
    content = await shells.serialization.made(query, shell_ids, submodel_ids, form)
    return await forms.stream(request, content)


def asked_ids(request: web.Request) -> tuple[list[str], list[str]]:
    """`aasIds` and `submodelIds` of the query. Raises Invalid (`aas/encoding`)."""
    shell_ids, submodel_ids = (read_ids(request.query.getall(name, [])) for name in ("aasIds", "submodelIds"))
    return shell_ids, submodel_ids


def refuse_strangers(request: web.Request, own_shells: Sequence[str], own_submodels: Sequence[str]) -> None:
    """A single shell or submodel serialises itself alone. Raises Invalid (`aas/query`) for other ids."""
    for asked, own in zip(asked_ids(request), (own_shells, own_submodels), strict=True):
        for each in asked:
            if own and each not in own:
                raise Invalid("aas/query", f"{each[:200]!r} does not belong to this service")


class EnvironmentDoor:
    """Routes of `/serialization`, `/packages` and `/concept-descriptions`."""

    def __init__(self, shells: Shells, upload_bytes: int) -> None:
        self._shells = shells
        self._upload_bytes = upload_bytes

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        return [
            web.get("/serialization", self._serialization),
            web.get("/packages", self._packages),
            web.post("/packages", self._post_package),
            web.get(_PACKAGE, self._package),
            web.put(_PACKAGE, self._put_package),
            web.delete(_PACKAGE, self._delete_package),
            web.get("/concept-descriptions", self._concepts),
            web.post("/concept-descriptions", self._post_concept),
            web.get(_CONCEPT, self._concept),
            web.put(_CONCEPT, self._put_concept),
            web.delete(_CONCEPT, self._delete_concept),
        ]

    async def _serialization(self, request: web.Request) -> web.StreamResponse:
        return await environment_of(self._shells, request, *asked_ids(request))

    # --- packages: each shell with its submodels and their files is one, named by the shell's id

    async def _packages(self, request: web.Request) -> web.Response:
        refuse_others(request.query, "limit", "cursor", "aasId")
        paging = read_paging(request.query)
        if "aasId" in request.query:
            shell = await self._shells.repository.get(read_encoded(request.query["aasId"]))
            return forms.answer(json_page([encode(_described(shell.shell_id))]))
        page = await self._shells.repository.page(paging, Wanted())
        return forms.answer(json_page([encode(_described(shell.shell_id)) for shell in page.items], page.cursor))

    async def _post_package(self, request: web.Request) -> web.Response:
        refuse_others(request.query, "replace")
        taken = await self._take(request, "any" if request.query.get("replace") == "true" else "new")
        response = forms.json(taken, 201)
        response.headers["Location"] = f"{request.path.rstrip('/')}/{encoded(taken['packageId'])}"
        return response

    async def _put_package(self, request: web.Request) -> web.Response:
        package_id = forms.identifier(request)
        taken = await self._take(request, "any", package_id)
        return forms.json(taken, 201) if taken.pop("isNew") else forms.done()

    async def _take(self, request: web.Request, mode: Mode, package_id: str = "") -> dict[str, Any]:
        with self._shells.files.content.scratch() as file:
            await forms.read_upload(request, file, self._upload_bytes)
            taken = await self._shells.packages.take(file, actor=actor(request), mode=mode, expected=package_id)
        return {**taken.as_dict(), **({"isNew": taken.is_new} if package_id else {})}

    async def _package(self, request: web.Request) -> web.StreamResponse:
        refuse_others(request.query, "metamodel")
        metamodel = read_metamodel(request.query)
        content = await self._shells.serialization.of_shell(forms.identifier(request), MEDIA_TYPE, metamodel)
        return await forms.stream(request, content, "shell.aasx")

    async def _delete_package(self, request: web.Request) -> web.Response:
        await self._shells.hosting.delete_all(forms.identifier(request), actor=actor(request))
        return forms.done()

    # --- concept descriptions

    async def _concepts(self, request: web.Request) -> web.Response:
        return forms.answer(await self._shells.concepts.listed(request.query))

    async def _concept(self, request: web.Request) -> web.Response:
        return forms.answer(await self._shells.concepts.get(forms.identifier(request)))

    async def _post_concept(self, request: web.Request) -> web.Response:
        document = await read_json(request)
        await self._shells.hosting.put({"conceptDescriptions": [document]}, actor=actor(request))
        return forms.created(request, document, document["id"])

    async def _put_concept(self, request: web.Request) -> web.Response:
        document, concept_id = await read_json(request), forms.identifier(request)
        forms.check_id(document, concept_id)
        is_new = await self._shells.hosting.put({"conceptDescriptions": [document]}, actor=actor(request), mode="any")
        return forms.created(request, document) if is_new else forms.done()

    async def _delete_concept(self, request: web.Request) -> web.Response:
        await self._shells.hosting.delete_concept(forms.identifier(request), actor=actor(request))
        return forms.done()


def _described(shell_id: str) -> Json:
    return {"packageId": shell_id, "aasIds": [shell_id]}
