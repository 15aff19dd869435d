"""A client of the Ouranos data-transaction API (OpenAPI 3.0.0): logs in, keeps tokens, keeps every digit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

import httpx

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, PeerFailed, Problem, Refused, Unauthenticated, Unknown
from connector.pcf.ouranos.records import (
    CfpModel,
    Model,
    OperatorModel,
    PartsModel,
    PartsStructureModel,
    PlantModel,
    StatusModel,
    TradeModel,
    TradeRequestModel,
    TradeResponseModel,
    parse,
    to_json,
)

M = TypeVar("M", bound=Model)

LOGIN: Final = "/auth/login"
MASTER: Final = "/api/v1/authInfo"
DATA: Final = "/api/v1/datatransport"
TIMEOUT: Final = 15.0
_PAGES: Final = 1000
_REFUSALS: Final[Mapping[int, type[Problem]]] = {400: Invalid, 401: Unauthenticated, 403: Refused, 404: Unknown}


class Secret(Protocol):
    """What an account logs in with."""

    @property
    def api_key(self) -> str:
        """The application's key."""
        ...

    @property
    def password(self) -> str:
        """The account's password."""
        ...


class OuranosRegion:
    """See ports.Region. `secret_of` gives the key and password of an account."""

    def __init__(self, address: str, secret_of: Callable[[str], Secret]) -> None:
        self._address = address.rstrip("/")
        self._secret_of = secret_of
        self._tokens: dict[str, str] = {}
        self._login = asyncio.Lock()
        self._client = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def operator(self, account: str, operator_id: str) -> OperatorModel:
        """See ports.Region.operator."""
        found = await self._list(account, MASTER, "operator", OperatorModel, operatorIds=operator_id)
        return _first(found, f"no operator {operator_id} is known in the region")

    async def plants(self, account: str) -> list[PlantModel]:
        """See ports.Region.plants."""
        return await self._list(account, MASTER, "plant", PlantModel)

    async def put_plant(self, account: str, plant: PlantModel) -> PlantModel:
        """See ports.Region.put_plant."""
        return parse(PlantModel, await self._put(account, MASTER, "plant", to_json(plant)))

    async def put_part(self, account: str, part: PartsModel) -> PartsModel:
        """See ports.Region.put_part."""
        return parse(PartsModel, await self._put(account, DATA, "parts", to_json(part)))

    async def part(self, account: str, trace_id: str) -> PartsModel:
        """See ports.Region.part."""
        found = await self._list(account, DATA, "parts", PartsModel, traceId=trace_id)
        return _first(found, f"no own part {trace_id} is known in the region")

    async def put_structure(self, account: str, structure: PartsStructureModel) -> PartsStructureModel:
        """See ports.Region.put_structure."""
        return parse(PartsStructureModel, await self._put(account, DATA, "partsStructure", to_json(structure)))

    async def request_trade(self, account: str, request: TradeRequestModel) -> TradeRequestModel:
        """See ports.Region.request_trade."""
        return parse(TradeRequestModel, await self._put(account, DATA, "tradeRequest", to_json(request)))

    async def trades(self, account: str, trace_id: str) -> list[TradeModel]:
        """See ports.Region.trades."""
        return await self._list(account, DATA, "tradeRequest", TradeModel, traceIds=trace_id)

    async def responses(self, account: str) -> list[TradeResponseModel]:
        """See ports.Region.responses."""
        return await self._list(account, DATA, "tradeResponse", TradeResponseModel)

    async def link_part(self, account: str, trade_id: str, trace_id: str) -> TradeModel:
        """See ports.Region.link_part."""
        query = {"dataTarget": "tradeResponse", "tradeId": trade_id, "traceId": trace_id}
        answer = await self._send(account, "PUT", DATA, query, None)
        return parse(TradeModel, decode(answer.content))

    async def statuses(self, account: str, target: str, trace_id: str = "") -> list[StatusModel]:
        """See ports.Region.statuses."""
        query = {"traceId": trace_id} if trace_id else {}
        return await self._list(account, DATA, "status", StatusModel, statusTarget=target, **query)

    async def put_status(self, account: str, status: StatusModel) -> None:
        """See ports.Region.put_status."""
        await self._send(account, "PUT", DATA, {"dataTarget": "status"}, encode(to_json(status)))

    async def put_cfp(self, account: str, rows: Sequence[CfpModel]) -> list[CfpModel]:
        """See ports.Region.put_cfp."""
        stated = await self._put(account, DATA, "cfp", [to_json(row) for row in rows])
        return [parse(CfpModel, row) for row in _rows(stated)]

    async def cfp(self, account: str, trace_id: str) -> list[CfpModel]:
        """See ports.Region.cfp."""
        return await self._list(account, DATA, "cfp", CfpModel, traceIds=trace_id)

    async def _put(self, account: str, path: str, target: str, body: Any) -> Any:
        answer = await self._send(account, "PUT", path, {"dataTarget": target}, encode(body))
        return decode(answer.content)

    async def _list(self, account: str, path: str, target: str, model: type[M], **query: str) -> list[M]:
        """Everything that a GET shows, page after page."""
        found: list[M] = []
        asked: Mapping[str, str] | None = {"dataTarget": target, **query}
        for _ in range(_PAGES):
            if asked is None:
                break
            answer = await self._send(account, "GET", path, asked, None)
            found += [parse(model, one) for one in _rows(decode(answer.content))]
            asked = _next(answer)
        return found

    async def _send(
        self, account: str, method: str, path: str, query: Mapping[str, str], body: bytes | None
    ) -> httpx.Response:
        """One request with the account's token; an expired one is renewed once."""
        token = await self._token(account)
        answer = await self._request(account, method, path, query, body, token)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            token = await self._token(account, instead_of=token)
            answer = await self._request(account, method, path, query, body, token)
        _check(answer, f"{method} {query.get('dataTarget', path)}")
        return answer

    async def _token(self, account: str, instead_of: str = "") -> str:
        async with self._login:
            kept = self._tokens.get(account)
            if kept is None or kept == instead_of:
                kept = self._tokens[account] = await self._logged_in(account)
            return kept

    async def _logged_in(self, account: str) -> str:
        self._tokens.pop(account, None)
        body = {"operatorAccountId": account, "accountPassword": self._secret_of(account).password}
        answer = await self._request(account, "POST", LOGIN, {}, encode(body), "")
        _check(answer, f"the login of {account}")
        said = decode(answer.content)
        if not isinstance(said, dict) or not isinstance(said.get("accessToken"), str):
            raise PeerFailed("region/login", "the login's answer has no accessToken")
        return str(said["accessToken"])

    async def _request(
        self, account: str, method: str, path: str, query: Mapping[str, str], body: bytes | None, token: str
    ) -> httpx.Response:
        headers = {"apiKey": self._secret_of(account).api_key}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = self._address + path
        try:
            return await self._client.request(method, url, params=query or None, headers=headers, content=body)
        except httpx.HTTPError as error:
            cause = str(error) or type(error).__name__
            raise PeerFailed("region/unreachable", f"the region does not answer: {cause}") from error


def _check(answer: httpx.Response, what: str) -> None:
    """Raise what the region's error says, with its own words."""
    if answer.is_success:
        return
    said = _said(answer)
    sentence = f"the region answered {answer.status_code} to {what}: {said}"
    kind = _REFUSALS.get(answer.status_code)
    if kind is None:
        raise PeerFailed("region/failed", sentence)
    raise kind("region/refused", sentence)


def _said(answer: httpx.Response) -> str:
    try:
        body = decode(answer.content)
    except Problem:
        return answer.text[:300] or "(no body)"
    if isinstance(body, dict) and "message" in body:
        return f"{body.get('code', '')} {body['message']} ({body.get('detail', '')})"
    return answer.text[:300]


def _rows(body: Any) -> list[Any]:
    """A list as it came; one object is a list of one."""
    if isinstance(body, list):
        return body
    return [] if body is None else [body]


def _next(answer: httpx.Response) -> Mapping[str, str] | None:
    """The query of the next page: the `link` header holds its URL between angle brackets, with or without `rel`."""
    link = answer.headers.get("link", "")
    start, end = link.find("<"), link.find(">")
    if start < 0 or end < start:
        return None
    return dict(httpx.URL(link[start + 1 : end]).params)


def _first(found: list[M], sentence: str) -> M:
    if not found:
        raise Unknown("region/unknown", sentence)
    return found[0]
