"""The door of the platform stand-in: `/auth` and `/api/v1` of the Ouranos data-transaction API (OpenAPI 3.0.0).

The resource is chosen by the query parameter `dataTarget`; PUT answers 201, DELETE 204; lists are paged by a `link`
header; every answer of `/api/v1/datatransport` carries `x-track`; every error has the platform's form.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from connector.notation.exact_json import encode
from connector.notation.problems import (
    Conflict,
    Invalid,
    Problem,
    Refused,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unknown,
)
from connector.pcf.ouranos.errors import (
    ENDPOINT_NOT_FOUND,
    INVALID_PARAMETERS,
    STATUS,
    VALIDATION_FAILED,
    error_body,
    error_detail,
)
from connector.pcf.ouranos.models import (
    CfpModel,
    OperatorModel,
    PartsModel,
    PartsStructureModel,
    PlantModel,
    StatusModel,
    TradeRequestModel,
    parse,
    to_json,
    validate_cfp_rows,
)
from connector.pcf.ouranos.wire import uuid
from connector.ports import Clock
from connector.services.trades.accounts import RegionAccounts, Session
from connector.services.trades.platform import Page, PartsQuery, Platform
from connector.web.bodies import read_json

SESSION: web.RequestKey[Session] = web.RequestKey("region_session", Session)
TRACK: Final = "x-track"
LARGEST_PAGE: Final = 100
MOST_TRACES: Final = 50
MOST_OPERATORS: Final = 100

_NAMES: Final[Mapping[type[Problem], str]] = {
    Unauthenticated: "Unauthorized",
    Refused: "AccessDenied",
    Unknown: "NotFound",
    TooMany: "ServiceUnavailable",
    Unavailable: "ServiceUnavailable",
    Problem: "BadRequest",
}
"""Kind of problem -> error name; what has none of its own is a bad request."""

_AUTH_CODES: Final = ("region/key", "region/token", "region/privileges", "region/credentials", "region/password")
_FORM_CODES: Final = ("pcf/ouranos", "json/", "http/")
_PARAMETERS: Final[Mapping[tuple[str, str, str], frozenset[str]]] = {
    ("GET", "authInfo", "operator"): frozenset({"openOperatorId", "operatorIds"}),
    ("PUT", "authInfo", "operator"): frozenset(),
    ("GET", "authInfo", "plant"): frozenset(),
    ("PUT", "authInfo", "plant"): frozenset(),
    ("GET", "datatransport", "parts"): frozenset({"limit", "after", "traceId", "partsName", "plantId", "parentFlag"}),
    ("PUT", "datatransport", "parts"): frozenset(),
    ("DELETE", "datatransport", "parts"): frozenset({"traceId"}),
    ("GET", "datatransport", "partsStructure"): frozenset({"traceId"}),
    ("PUT", "datatransport", "partsStructure"): frozenset(),
    ("GET", "datatransport", "tradeRequest"): frozenset({"limit", "after", "traceIds"}),
    ("PUT", "datatransport", "tradeRequest"): frozenset(),
    ("GET", "datatransport", "tradeResponse"): frozenset({"limit", "after"}),
    ("PUT", "datatransport", "tradeResponse"): frozenset({"tradeId", "traceId"}),
    ("GET", "datatransport", "status"): frozenset({"limit", "after", "statusTarget", "statusId", "traceId"}),
    ("PUT", "datatransport", "status"): frozenset(),
    ("GET", "datatransport", "cfp"): frozenset({"traceIds"}),
    ("PUT", "datatransport", "cfp"): frozenset(),
    ("GET", "datatransport", "cfpCertification"): frozenset({"traceId"}),
}
"""What each resource takes beside `dataTarget`; any other parameter is refused."""

_UUID: Final = uuid()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in: who, what, with which parameters."""

    operator_id: str
    query: Mapping[str, str]
    request: web.Request


Handle = Callable[[Asked], Awaitable[web.Response]]


class OuranosDoor:
    """The stand-in's routes."""

    def __init__(self, *, accounts: RegionAccounts, platform: Platform, clock: Clock, address: str) -> None:
        self._accounts = accounts
        self._platform = platform
        self._clock = clock
        self._address = address.rstrip("/")
        self._handles: dict[tuple[str, str, str], Handle] = {
            ("GET", "authInfo", "operator"): self._operators,
            ("PUT", "authInfo", "operator"): self._put_operator,
            ("GET", "authInfo", "plant"): self._plants,
            ("PUT", "authInfo", "plant"): self._put_plant,
            ("GET", "datatransport", "parts"): self._parts,
            ("PUT", "datatransport", "parts"): self._put_part,
            ("DELETE", "datatransport", "parts"): self._delete_part,
            ("GET", "datatransport", "partsStructure"): self._structure,
            ("PUT", "datatransport", "partsStructure"): self._put_structure,
            ("GET", "datatransport", "tradeRequest"): self._requests,
            ("PUT", "datatransport", "tradeRequest"): self._request_trade,
            ("GET", "datatransport", "tradeResponse"): self._responses,
            ("PUT", "datatransport", "tradeResponse"): self._link_part,
            ("GET", "datatransport", "status"): self._statuses,
            ("PUT", "datatransport", "status"): self._put_status,
            ("GET", "datatransport", "cfp"): self._cfp,
            ("PUT", "datatransport", "cfp"): self._put_cfp,
            ("GET", "datatransport", "cfpCertification"): self._certifications,
        }

    def routes(self) -> list[web.RouteDef]:
        """The routes of the region's listener."""
        return [
            web.post("/auth/login", self._login),
            web.post("/auth/refresh", self._refresh),
            web.post("/auth/change", self._change),
            web.get("/api/v1/authInfo/health", self._health),
            web.get("/api/v1/datatransport/health", self._health),
            web.route("*", "/api/v1/{resource:authInfo|datatransport}", self._dispatch),
        ]

    def error_form(self, request: web.Request, problem: Problem) -> web.Response:
        """The platform's error: `{code, message, detail}`."""
        name = next(_NAMES[kind] for kind in type(problem).__mro__ if kind in _NAMES)
        message = _message(problem)
        if problem.code == "http/route":
            name, message = "NotFound", ENDPOINT_NOT_FOUND
        session = request.get(SESSION)
        target = request.query.get("dataTarget", "")[:50]
        detail = error_detail(session.operator_id if session else "", self._clock.now(), target, request.method)
        body = error_body(_origin(request, problem), name, message, detail)
        headers = {"Retry-After": "2"} if name == "ServiceUnavailable" else {}
        return self._answer(request, body, STATUS[name], headers)

    def _answer(
        self, request: web.Request, body: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        marks = {TRACK: self._clock.new_id()} if request.path == "/api/v1/datatransport" else {}
        raw = None if body is None else encode(body)
        kind = None if raw is None else "application/json"
        return web.Response(body=raw, status=status, content_type=kind, headers={**marks, **(headers or {})})

    # --- logging in

    async def _login(self, request: web.Request) -> web.Response:
        key = request.headers.get("apiKey")
        await self._accounts.check_key(key)
        body = await _texts(request, "operatorAccountId", "accountPassword")
        tokens = await self._accounts.login(key, body["operatorAccountId"], body["accountPassword"])
        return self._answer(request, tokens, 201)

    async def _refresh(self, request: web.Request) -> web.Response:
        key = request.headers.get("apiKey")
        await self._accounts.check_key(key)
        body = await _texts(request, "refreshToken")
        try:
            made = await self._accounts.refresh(key, body["refreshToken"])
        except Unauthenticated as problem:  # 401 is no answer of this path
            raise Invalid(problem.code, problem.detail) from None
        return self._answer(request, made, 201)

    async def _change(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        body = await _texts(request, "newPassword")
        await self._accounts.change_password(session, body["newPassword"])
        return self._answer(request, None, 201)

    async def _health(self, request: web.Request) -> web.Response:
        return self._answer(request, {"isSystemHealthy": True})

    async def _session(self, request: web.Request) -> Session:
        session = await self._accounts.session(request.headers.get("apiKey"), request.headers.get("Authorization"))
        request[SESSION] = session
        return session

    async def _dispatch(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        query = _query(request)
        key = (request.method, request.match_info["resource"], query.pop("dataTarget", ""))
        handle = self._handles.get(key)
        if handle is None:
            raise Invalid("region/query", "dataTarget: Unexpected query parameter")
        for name in query:
            if name not in _PARAMETERS[key]:
                raise Invalid("region/query", f"{name[:50]}: Unexpected query parameter")
        return await handle(Asked(session.operator_id, query, request))

    # --- operators and plants

    async def _operators(self, asked: Asked) -> web.Response:
        open_id, ids = asked.query.get("openOperatorId", ""), _uuids(asked.query, "operatorIds", MOST_OPERATORS)
        if open_id and ids:
            raise Invalid("region/query", "only one of operatorIds and openOperatorId can be given")
        own = asked.operator_id
        found = await self._platform.operators(own, open_id=open_id, ids=ids or ([] if open_id else [own]))
        is_list = "operatorIds" in asked.query
        return self._answer(asked.request, [to_json(one) for one in found] if is_list else to_json(found[0]))

    async def _put_operator(self, asked: Asked) -> web.Response:
        operator = parse(OperatorModel, await read_json(asked.request))
        return self._created(asked, await self._platform.put_operator(asked.operator_id, operator))

    async def _plants(self, asked: Asked) -> web.Response:
        found = await self._platform.plants(asked.operator_id)
        return self._answer(asked.request, [to_json(one) for one in found])

    async def _put_plant(self, asked: Asked) -> web.Response:
        plant = parse(PlantModel, await read_json(asked.request))
        return self._created(asked, await self._platform.put_plant(asked.operator_id, plant))

    # --- parts

    async def _parts(self, asked: Asked) -> web.Response:
        wanted = PartsQuery(
            trace_id=_id(asked.query, "traceId"),
            parts_name=asked.query.get("partsName", ""),
            plant_id=_id(asked.query, "plantId"),
            parent_flag=_flag(asked.query, "parentFlag"),
        )
        found, after = await self._platform.parts(asked.operator_id, wanted, _page(asked.query))
        return self._page(asked, found, after)

    async def _put_part(self, asked: Asked) -> web.Response:
        part = parse(PartsModel, await read_json(asked.request))
        return self._created(asked, await self._platform.put_part(asked.operator_id, part))

    async def _delete_part(self, asked: Asked) -> web.Response:
        await self._platform.delete_part(asked.operator_id, _id(asked.query, "traceId", is_needed=True))
        return self._answer(asked.request, None, 204)

    async def _structure(self, asked: Asked) -> web.Response:
        trace_id = _id(asked.query, "traceId", is_needed=True)
        return self._answer(asked.request, to_json(await self._platform.structure(asked.operator_id, trace_id)))

    async def _put_structure(self, asked: Asked) -> web.Response:
        structure = parse(PartsStructureModel, await read_json(asked.request))
        return self._created(asked, await self._platform.put_structure(asked.operator_id, structure))

    # --- trades

    async def _requests(self, asked: Asked) -> web.Response:
        trace_ids = _uuids(asked.query, "traceIds", MOST_TRACES)
        found, after = await self._platform.requests(asked.operator_id, trace_ids, _page(asked.query))
        return self._page(asked, found, after)

    async def _request_trade(self, asked: Asked) -> web.Response:
        request = parse(TradeRequestModel, await read_json(asked.request))
        return self._created(asked, await self._platform.request_trade(asked.operator_id, request))

    async def _responses(self, asked: Asked) -> web.Response:
        found, after = await self._platform.responses(asked.operator_id, _page(asked.query))
        return self._page(asked, found, after)

    async def _link_part(self, asked: Asked) -> web.Response:
        trade_id, trace_id = (_id(asked.query, name, is_needed=True) for name in ("tradeId", "traceId"))
        return self._created(asked, await self._platform.link_part(asked.operator_id, trade_id, trace_id))

    async def _statuses(self, asked: Asked) -> web.Response:
        target = asked.query.get("statusTarget", "")
        if target not in ("", "REQUEST", "RESPONSE"):
            raise Invalid("region/query", "statusTarget: must be REQUEST or RESPONSE")
        found, after = await self._platform.statuses(
            asked.operator_id,
            _page(asked.query),
            target=target,
            status_id=_id(asked.query, "statusId"),
            trace_id=_id(asked.query, "traceId"),
        )
        return self._page(asked, found, after)

    async def _put_status(self, asked: Asked) -> web.Response:
        await self._platform.put_status(asked.operator_id, parse(StatusModel, await read_json(asked.request)))
        return self._answer(asked.request, None, 201)

    # --- footprints

    async def _cfp(self, asked: Asked) -> web.Response:
        trace_ids = _uuids(asked.query, "traceIds", MOST_TRACES)
        if not trace_ids:
            raise Invalid("region/query", "traceIds: cannot be blank")
        found = await self._platform.cfp(asked.operator_id, trace_ids)
        return self._answer(asked.request, [to_json(row) for row in found])

    async def _put_cfp(self, asked: Asked) -> web.Response:
        rows: Sequence[CfpModel] = validate_cfp_rows(await read_json(asked.request))
        made = await self._platform.put_cfp(asked.operator_id, rows)
        return self._answer(asked.request, [to_json(row) for row in made], 201)

    async def _certifications(self, asked: Asked) -> web.Response:
        """The stand-in keeps no certificates."""
        _id(asked.query, "traceId", is_needed=True)
        return self._answer(asked.request, [])

    # --- answers

    def _created(self, asked: Asked, model: Any) -> web.Response:
        return self._answer(asked.request, to_json(model), 201)

    def _page(self, asked: Asked, found: Sequence[Any], after: str) -> web.Response:
        headers = {}
        if after:
            query = {**asked.request.query, "limit": str(_page(asked.query).limit), "after": after}
            headers["link"] = f'<{self._address}{asked.request.path}?{urlencode(query)}>; rel="next"'
        return self._answer(asked.request, [to_json(one) for one in found], 200, headers)


def _query(request: web.Request) -> dict[str, str]:
    for name in request.query:
        if len(request.query.getall(name)) > 1:
            raise Invalid("region/query", f"{name[:50]}: is given twice")
    return dict(request.query)


def _page(query: Mapping[str, str]) -> Page:
    text = query.get("limit", str(LARGEST_PAGE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise Invalid("region/query", f"limit: must be between 1 and {LARGEST_PAGE}")
    return Page(int(text), _id(query, "after"))


def _id(query: Mapping[str, str], name: str, *, is_needed: bool = False) -> str:
    value = query.get(name)
    if value is None and is_needed:
        raise Invalid("region/query", f"{name}: cannot be blank")
    if value is None:
        return ""
    if _UUID.complain(value) is not None:
        raise Invalid("region/query", f"{name}: must be a UUID")
    return value.lower()


def _uuids(query: Mapping[str, str], name: str, most: int) -> list[str]:
    if name not in query:
        return []
    values = query[name].split(",")
    if len(values) > most:
        raise Invalid("region/query", f"{name}: at most {most} are allowed")
    return [_id({name: value.strip()}, name) for value in values]


def _flag(query: Mapping[str, str], name: str) -> bool | None:
    if name not in query:
        return None
    if query[name] not in ("true", "false"):
        raise Invalid("region/query", f"{name}: must be true or false")
    return query[name] == "true"


async def _texts(request: web.Request, *names: str) -> dict[str, str]:
    body = await read_json(request)
    if not isinstance(body, dict):
        raise Invalid("pcf/ouranos", "the body must be an object")
    for name in names:
        if not isinstance(body.get(name), str) or not body[name]:
            raise Invalid("pcf/ouranos", f"{name}: cannot be blank", pointer=f"/{name}")
    return {name: body[name] for name in names}


def _origin(request: web.Request, problem: Problem) -> str:
    """Which part of the platform refuses: who asks (auth), the form (dataspace), what is kept (traceability)."""
    if problem.code.startswith(_AUTH_CODES) or request.path.startswith("/auth"):
        return "auth"
    if problem.code.startswith(_FORM_CODES) or problem.code == "region/query" or isinstance(problem, Refused):
        return "auth" if request.path.endswith("authInfo") else "dataspace"
    return "auth" if request.path.endswith("authInfo") else "traceability"


def _message(problem: Problem) -> str:
    if problem.code == "region/query":
        return f"{INVALID_PARAMETERS}, {problem.detail}"
    if problem.code.startswith(_FORM_CODES) or isinstance(problem, Conflict):
        return f"{VALIDATION_FAILED}, {problem.detail}"
    return problem.detail
