"""EN 18222: read, create, change and end passports by their own or the product's identifier, whole or by element.

On the public listener anybody reads the public part and nobody writes; on the management listener a key reads all and
changes what its role may. Answers are EN 18223 in the compressed form, or the full one on request; errors are the
standard's result object. Built to a public description of the standard, self-assessed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from connector.notation.exact_json import encode
from connector.notation.problems import Invalid, Problem, Unauthenticated, Unknown
from connector.passport.disclosure import cut
from connector.passport.formats import en18223
from connector.passport.formats.en18223 import Representation
from connector.services.passports.changes import Change, merged, patched
from connector.services.passports.dpps import Dpps
from connector.services.passports.editions import Edition
from connector.web import answers, bodies
from connector.web.management.access import actor, permitted

PREFIX: Final = "/v1/"
SYMBOLS: Final = {
    200: "Success",
    201: "SuccessCreated",
    400: "ClientErrorBadRequest",
    401: "ClientNotAuthorized",
    403: "ClientForbidden",
    404: "ClientErrorResourceNotFound",
    405: "ClientMethodNotAllowed",
    409: "ClientResourceConflict",
    500: "ServerInternalError",
    501: "ServerNotImplemented",
}
"""HTTP status -> symbol of Table 15; any other refusal is a bad request."""
_MEDIA: Final = ("application/json", "application/ld+json", "application/merge-patch+json")
_LIMIT: Final = 100


class DppDoor:
    """Routes below `/v1`. `is_owner` says whether a key stands before the door."""

    def __init__(self, dpps: Dpps, *, operator: str, is_owner: bool) -> None:
        self._dpps = dpps
        self._operator = operator
        self._is_owner = is_owner

    def routes(self) -> list[web.RouteDef]:
        """The nine methods of clauses 4 and 6, and the registry's, which is another server's."""
        return [
            web.get("/v1/dpps/{id}", self._read),
            web.get("/v1/dppsByProductId/{id}", self._read_by_product),
            web.get("/v1/dppsByIdAndDate/{id}", self._read_at),
            web.post("/v1/dppsByProductIds", self._find),
            web.get("/v1/dpps/{id}/elements/{path}", self._read_element),
            web.post("/v1/dpps", self._create),
            web.patch("/v1/dpps/{id}", self._update),
            web.delete("/v1/dpps/{id}", self._end),
            web.patch("/v1/dpps/{id}/elements/{path}", self._update_element),
            web.post("/v1/registerDPP", self._register),
        ]

    # --- reading

    async def _read(self, request: web.Request) -> web.Response:
        form = _representation(request)
        return self._shown(await self._dpps.by_id(request.match_info["id"]), form)

    async def _read_by_product(self, request: web.Request) -> web.Response:
        form = _representation(request)
        return self._shown(await self._dpps.by_product(request.match_info["id"]), form)

    async def _read_at(self, request: web.Request) -> web.Response:
        form = _representation(request)
        return self._shown(await self._dpps.by_id(request.match_info["id"], at=_date(request)), form)

    @permitted("read")
    async def _find(self, request: web.Request) -> web.Response:
        limit, after = _limit(request), request.query.get("cursor")
        if after == "":
            raise Invalid("passport/cursor", "a cursor is not empty: leave it out for the first page")
        body = await _object(request)
        wanted = body.get("productIds")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(one, str) for one in wanted):
            raise Invalid("passport/product-ids", "productIds is a list of one text or more", pointer="/productIds")
        found, following = await self._dpps.ids_of(wanted, limit=limit, cursor=after or "")
        return _json({"dppIds": found} | ({"nextCursor": following} if following else {}))

    async def _read_element(self, request: web.Request) -> web.Response:
        form, path = _representation(request), en18223.path_of(request.match_info["path"])
        edition = await self._dpps.by_id(request.match_info["id"])
        return _element(path, en18223.find(self._part(edition), path), form)

    def _part(self, edition: Edition) -> dict[str, Any]:
        payload: dict[str, Any] = edition.version.payload
        return payload if self._is_owner else cut(payload, "public")

    def _shown(self, edition: Edition, form: Representation, status: int = 200) -> web.Response:
        payload, version = edition.version.payload, edition.version
        url = edition.passport.unit_url
        head = en18223.envelope(payload, unit_url=url, updated=version.created_at, operator=self._operator)
        return _json(en18223.passport(head, self._part(edition), form), status)

    # --- writing

    async def _create(self, request: web.Request) -> web.Response:
        self._must_be_owner()
        form = _representation(request)
        payload = en18223.read(await _object(request), form)
        edition = await self._dpps.create(
            payload,
            actor=actor(request),
            access_policy_id=request.query.get("accessPolicyId", ""),
            usage_policy_id=request.query.get("usagePolicyId", ""),
        )
        url = edition.passport.unit_url
        body = {"digitalProductPassportId": en18223.passport_id(edition.version.payload, url)}
        return _json(body, 201, {"Location": f"/v1/dpps/{edition.passport.id}"})

    async def _update(self, request: web.Request) -> web.Response:
        self._must_be_owner()
        form = _representation(request)
        body = await _object(request)
        return self._shown(await self._changed(request, merged(en18223.read(body, form))), form)

    async def _update_element(self, request: web.Request) -> web.Response:
        self._must_be_owner()
        form, path = _representation(request), en18223.path_of(request.match_info["path"])
        body = await bodies.read_json(request)
        is_element = isinstance(body, dict) and "elementId" in body
        value = en18223.value_of(body) if is_element else body
        edition = await self._changed(request, _with(path, value))
        if value is None:
            return web.Response(status=200, body=b"{}", content_type="application/json")
        return _element(path, en18223.find(edition.version.payload, path), form)

    async def _changed(self, request: web.Request, change: Change) -> Edition:
        return await self._dpps.change(
            request.match_info["id"],
            change,
            actor=actor(request),
            reason=request.query.get("reason", "corrected"),
            notes=request.query.get("notes", ""),
        )

    async def _end(self, request: web.Request) -> web.Response:
        self._must_be_owner()
        await self._dpps.end(request.match_info["id"], actor=actor(request))
        return web.Response(status=204)

    async def _register(self, _: web.Request) -> web.Response:
        self._must_be_owner()
        return web.Response(status=501)

    def _must_be_owner(self) -> None:
        if not self._is_owner:
            raise Unauthenticated("passport/write", "changes are made by the operator, with a key at its own listener")


def error_form(_: web.Request, problem: Problem) -> web.Response:
    """The standard's result object (clause 7.2)."""
    status = getattr(problem, "status", 0) or answers.status_of(problem)
    status = 400 if status == 422 else status
    said = [{"messageType": "Error", "text": problem.detail, "code": problem.code, "timestamp": _now()}]
    said += [
        {"messageType": "Error", "text": str(finding), "code": finding.code, "timestamp": _now()}
        for finding in problem.findings
        if finding.severity == "error"
    ]
    response = _json({"statusCode": SYMBOLS.get(status, SYMBOLS[400]), "message": said}, status)
    response.headers.update(answers.hints(status))
    if allowed := getattr(problem, "allowed", ""):
        response.headers["Allow"] = allowed
    return response


def _with(path: en18223.Path, value: Any) -> Change:
    """The element at `path` replaced, added to its object, or taken out (None)."""

    def change(payload: Any) -> Any:
        pointer, above = en18223.pointer_of(path), en18223.find(payload, path[:-1]) if len(path) > 1 else payload
        is_there = en18223.has(above, path[-1])
        if not is_there and (value is None or isinstance(path[-1], int) or not isinstance(above, dict)):
            raise Unknown("passport/element-unknown", "the passport has no such element")
        kind = "remove" if value is None else "replace" if is_there else "add"
        step = {"op": kind, "path": pointer} | ({} if value is None else {"value": value})
        return patched([step])(payload)

    return change


def _element(path: en18223.Path, value: Any, form: Representation) -> web.Response:
    name = str(path[-1])
    return _json(en18223.element(name, value) if form == "full" else {"elementId": name, "value": value})


def _representation(request: web.Request) -> Representation:
    asked = request.query.getall("representation", ["compressed"])
    if asked not in (["compressed"], ["full"]):
        raise Invalid("passport/representation", "representation is compressed or full")
    return "full" if asked == ["full"] else "compressed"


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) >= 1):
        raise Invalid("passport/limit", "limit is a whole number from 1 on")
    return min(int(text), _LIMIT)


def _date(request: web.Request) -> datetime:
    try:
        moment = datetime.fromisoformat(request.query["date"])
    except (KeyError, ValueError):
        raise Invalid("passport/date", "date is a time as 2026-11-28T12:00:00Z") from None
    if moment.tzinfo is None:
        raise Invalid("passport/date", "date has its zone: end it with Z")
    return moment


async def _object(request: web.Request) -> dict[str, Any]:
    if request.content_type not in _MEDIA:
        raise Invalid("passport/media-type", f"a body is one of {', '.join(_MEDIA)}")
    return await bodies.read_object(request)


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=encode(body), status=status, content_type="application/json", headers=headers)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
