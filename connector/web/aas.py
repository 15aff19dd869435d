"""The AAS HTTP API (Part 2, V3.1) for the owner: shells, submodels and descriptors of the current passports, read only.

The paths stand below `/api/v3` of the management listener. Level deep and extent withoutBlobValue are what there is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from aiohttp import web

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Problem
from connector.services.passports.shells import LONGEST_PAGE, PAGE, Shells, encoded, read_encoded
from connector.web.aas_elements import children, element_at, value_at
from connector.web.bodies import read_json
from connector.web.guards import problem_form
from connector.web.management.access import permitted

PROFILE: Final = "https://admin-shell.io/aas/API/3/1/"
PROFILES: Final = (
    PROFILE + "AssetAdministrationShellRegistryServiceSpecification/SSP-005",
    PROFILE + "DiscoveryServiceSpecification/SSP-002",
)
"""What is whole; the repositories are served in part only and say nothing of themselves yet."""

T = TypeVar("T")


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
        """Every path; all of them are GET but the lookup by asset links."""
        submodel = "/submodels/{id}"
        return [
            web.get("/shells", self._list_shells),
            web.get("/shells/{id}", self._shell),
            web.get("/shells/{id}/asset-information", self._asset_information),
            web.get("/shells/{id}/submodel-refs", self._references),
            web.get("/submodels", self._list_submodels),
            web.get(submodel, self._submodel),
            web.get(submodel + "/$value", self._submodel_value),
            web.get(submodel + "/submodel-elements", self._elements),
            web.get(submodel + "/submodel-elements/{path}", self._element),
            web.get(submodel + "/submodel-elements/{path}/$value", self._element_value),
            web.get("/shell-descriptors", self._list_descriptors),
            web.get("/shell-descriptors/{id}", self._descriptor),
            web.post("/lookup/shellsByAssetLink", self._by_asset_link),
            web.get("/lookup/shells/{id}", self._links_of),
            web.get("/description", self._description),
        ]

    async def _list_shells(self, request: web.Request) -> web.Response:
        _refuse_others(request, "limit", "cursor")
        page = await self._shells.shells(**_paging(request))
        return _listed([passport.shell for passport in page.items], page.cursor)

    async def _shell(self, request: web.Request) -> web.Response:
        return _text((await self._shells.shell(_id(request))).shell)

    async def _asset_information(self, request: web.Request) -> web.Response:
        shell = decode((await self._shells.shell(_id(request))).shell)
        return _json(shell["assetInformation"])

    async def _references(self, request: web.Request) -> web.Response:
        shell = decode((await self._shells.shell(_id(request))).shell)
        return _sliced(request, shell.get("submodels", []))

    async def _list_submodels(self, request: web.Request) -> web.Response:
        _refuse_others(request, "limit", "cursor", "idShort", "semanticId", "level", "extent")
        _check_level(request)
        page = await self._shells.submodels(
            id_short=request.query.get("idShort", ""), semantic_id=_semantic_id(request), **_paging(request)
        )
        return _listed([submodel.document for submodel in page.items], page.cursor)

    async def _submodel(self, request: web.Request) -> web.Response:
        _check_level(request)
        return _text((await self._shells.submodel(_id(request))).document)

    async def _submodel_value(self, request: web.Request) -> web.Response:
        _check_level(request)
        return _text((await self._shells.submodel(_id(request))).value)

    async def _elements(self, request: web.Request) -> web.Response:
        _check_level(request)
        submodel = await self._shells.submodel(_id(request))
        return _sliced(request, children(decode(submodel.document)))

    async def _element(self, request: web.Request) -> web.Response:
        _check_level(request)
        submodel = await self._shells.submodel(_id(request))
        return _json(element_at(decode(submodel.document), request.match_info["path"]))

    async def _element_value(self, request: web.Request) -> web.Response:
        """A scalar stands bare, as Part 2 V3.1 has it; numbers keep their digits."""
        _check_level(request)
        submodel = await self._shells.submodel(_id(request))
        return _json(value_at(decode(submodel.document), decode(submodel.value), request.match_info["path"]))

    async def _list_descriptors(self, request: web.Request) -> web.Response:
        _refuse_others(request, "limit", "cursor", "assetKind", "assetType")
        _known_asset_kind(request)
        if request.query.get("assetType"):
            return _listed([], "")
        page = await self._shells.shells(**_paging(request))
        return _listed([encode(self._shells.descriptor(passport)).decode() for passport in page.items], page.cursor)

    async def _descriptor(self, request: web.Request) -> web.Response:
        return _json(self._shells.descriptor(await self._shells.shell(_id(request))))

    @permitted("read")
    async def _by_asset_link(self, request: web.Request) -> web.Response:
        links = _asset_links(await read_json(request))
        page = await self._shells.by_asset_links(links, **_paging(request))
        return _listed([encode(shell_id).decode() for shell_id in page.items], page.cursor)

    async def _links_of(self, request: web.Request) -> web.Response:
        passport = await self._shells.shell(_id(request))
        information = decode(passport.shell)["assetInformation"]
        known = [{"name": "globalAssetId", "value": information["globalAssetId"]}]
        return _json([*known, *information.get("specificAssetIds", ())])

    async def _description(self, _: web.Request) -> web.Response:
        return _json({"profiles": list(PROFILES)})


def _json(value: Any) -> web.Response:
    return web.Response(body=encode(value), content_type="application/json")


def _text(text: str) -> web.Response:
    return web.Response(body=text.encode(), content_type="application/json")


def _listed(texts: list[str], cursor: str) -> web.Response:
    """Part 2's page, out of JSON texts as they are stored."""
    metadata = encode({"cursor": cursor} if cursor else {}).decode()
    return _text(f'{{"paging_metadata":{metadata},"result":[{",".join(texts)}]}}')


def _sliced(request: web.Request, items: list[Any]) -> web.Response:
    """A page of what stands in one document: the cursor is a place in it."""
    paging = _paging(request)
    start = _query_read(lambda: int(read_encoded(paging["cursor"])), "cursor") if paging["cursor"] else 0
    if not 0 <= start <= len(items):
        raise Invalid("aas/cursor", "the cursor is not one that this list gave")
    end = start + paging["limit"]
    cursor = encoded(str(end)) if end < len(items) else ""
    return _listed([encode(item).decode() for item in items[start:end]], cursor)


def _id(request: web.Request) -> str:
    return read_encoded(request.match_info["id"])


def _paging(request: web.Request) -> dict[str, Any]:
    text = request.query.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise Invalid("aas/limit", f"limit must be a whole number from 1, not {text[:40]!r}")
    cursor = request.query.get("cursor")
    if cursor is not None:
        _query_read(lambda: read_encoded(cursor), "cursor")
    return {"limit": min(int(text), LONGEST_PAGE), "cursor": cursor or ""}


def _query_read(read: Callable[[], T], name: str) -> T:
    try:
        return read()
    except (Invalid, ValueError):
        raise Invalid(f"aas/{name}", f"the query parameter {name} is not in the form that it was given") from None


def _refuse_others(request: web.Request, *known: str) -> None:
    """A filter that is not understood would answer with too much."""
    others = sorted(set(request.query) - set(known))
    if others:
        raise Invalid("aas/query", f"the query parameter {others[0]!r} is not known here; known: {', '.join(known)}")


def _check_level(request: web.Request) -> None:
    for name, value in (("level", "deep"), ("extent", "withoutBlobValue")):
        said = request.query.get(name, value)
        if said != value and not (name == "extent" and said == "withBlobValue"):
            raise Invalid(f"aas/{name}", f"{name}={said[:40]} is not served; {name}={value} is")


def _known_asset_kind(request: web.Request) -> None:
    kind = request.query.get("assetKind", "Instance")
    if kind != "Instance":
        raise Invalid("aas/query", "only assets of the kind Instance have descriptors here")


def _semantic_id(request: web.Request) -> str:
    """The first key's value of the reference in `semanticId` (base64url of JSON)."""
    text = request.query.get("semanticId")
    if text is None:
        return ""
    reference = _query_read(lambda: decode(read_encoded(text)), "semanticId")
    try:
        return str(reference["keys"][0]["value"])
    except (KeyError, IndexError, TypeError):
        raise Invalid("aas/semanticId", "semanticId must be the JSON of a reference with one key") from None


def _asset_links(body: Any) -> list[tuple[str, str]]:
    try:
        links = [(link["name"], link["value"]) for link in body]
    except (TypeError, KeyError):
        links = [("", None)]
    if not isinstance(body, list) or not all(isinstance(text, str) for link in links for text in link):
        raise Invalid("aas/asset-links", "the body must be an array of {name, value}, both texts")
    return links
