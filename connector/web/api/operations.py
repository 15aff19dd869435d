"""How an operation of `/api` is declared, so that the routes and the OpenAPI document come from one table.

A door is a class with `operations()`; `node.py` gives the operations of all doors to `routes` and `openapi.route`:

    class BatteryForm(Form):                       # members are camelCase on the wire, unknown ones are refused
        unit_id: str = Field(min_length=1, description="opaque unit id")
        capacity: Amount                           # Decimal with every digit; also Instant, and Any for free JSON

    class Batteries:
        def __init__(self, passports: Passports) -> None:
            self._passports = passports

        def operations(self) -> list[Operation]:
            return [
                Operation("GET", "/api/batteries", self._list, "List batteries", query=PageQuery, answers=Json),
                Operation("POST", "/api/batteries", self._add, "Add a battery", needs="operate",
                          body=BatteryForm, answers=BatteryForm, status=201),
                Operation("DELETE", "/api/batteries/{unit_id}", self._drop, "Forget one", needs="operate", status=204),
            ]

        async def _add(self, call: Call) -> BatteryForm:
            return await self._passports.add(call.body.unit_id, call.body.capacity, actor=call.actor)

A handler takes a `Call` and returns a Form, any JSON value, a list of either, None (status 204) or a response of its
own; it raises Problems, which `guards.problem_form` writes. Wrong types in body or query are answered 400 with one
finding (`http/body`, `http/query`) for each place, before the handler runs. `needs` is checked by `access`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

from connector.notation import pointers
from connector.notation.findings import Finding
from connector.notation.places import decode_unrepeated
from connector.notation.problems import Invalid
from connector.services.identity.keys import Permission
from connector.web import answers as web_answers
from connector.web.bodies import LIMITS, read_bytes
from connector.web.management.access import Handler, actor, permitted


class Form(BaseModel):
    """A JSON object of the API: snake_case here, camelCase on the wire; types are strict, unknown members refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        defer_build=True,
    )


class PageQuery(Form):
    """Paging of a list."""

    limit: int = Field(default=100, ge=1, le=1000, description="how many at most")
    offset: int = Field(default=0, ge=0, le=1_000_000_000, description="how many to leave out")


def _amount(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _instant(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("a time needs a zone, as 2026-01-31T12:00:00Z")
    return instant


Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "number"})]
"""A JSON number with every digit that it was written with."""
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A time with zone, ISO 8601."""

Json: Final = "json"
"""As `body` or `answers`: any JSON value. As `body` it arrives decoded, numbers with fractions as Decimal."""
Raw: Final = "bytes"
"""As `body` or `answers`: bytes of `media_type`."""
Shape = type[BaseModel] | Literal["json", "bytes"] | None

METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: the key's name, the path's variables, query and body as they were declared."""

    actor: str
    path: Mapping[str, str]
    query: Any
    body: Any
    request: web.Request


Handle = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `answers` None with status 200 is not possible: give a Form, `Json` or `Raw`, or 204."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handle: Handle
    summary: str
    needs: Permission = "read"
    body: Shape = None
    body_optional: bool = False
    query: type[BaseModel] | None = None
    answers: Shape = Json
    is_list: bool = False
    status: int = 200
    media_type: str = "application/json"
    tag: str = ""
    description: str = ""

    @property
    def noun(self) -> str:
        """The tag in the OpenAPI document: as given, else the path's first step below `/api`."""
        return self.tag or self.path.removeprefix("/api/").partition("/")[0]


class HasOperations(Protocol):
    """A door of `/api`."""

    def operations(self) -> list[Operation]:
        """What it offers."""
        ...


def routes(operations: Sequence[Operation]) -> list[web.RouteDef]:
    """The routes of these operations, for the management listener."""
    return [web.route(one.method, one.path, _handler(one)) for one in operations]


def _handler(operation: Operation) -> Handler:
    @permitted(operation.needs)
    async def handle(request: web.Request) -> web.StreamResponse:
        query = _query(operation, request)
        body = await _body(operation, request)
        path = dict(request.match_info)
        result = await operation.handle(Call(actor(request), path, query, body, request))
        return _answer(operation, result)

    return handle


def _query(operation: Operation, request: web.Request) -> Any:
    """Query parameters; one that the operation does not have is refused, so that a typing error is seen."""
    model = operation.query or Form
    given: dict[str, Any] = {}
    for name in dict.fromkeys(request.query):
        values = request.query.getall(name)
        given[name] = values if len(values) > 1 or _is_list(model, name) else values[0]
    return validated(model, given, "http/query", strict=False)


def _is_list(model: type[BaseModel], name: str) -> bool:
    field = next((field for key, field in model.model_fields.items() if name in (key, field.alias)), None)
    return field is not None and "list[" in str(field.annotation)


async def _body(operation: Operation, request: web.Request) -> Any:
    if operation.body is None:
        return None
    raw = await read_bytes(request)
    if operation.body == Raw:
        return raw
    if operation.body_optional and not raw.strip():
        return None
    value = decode_unrepeated(raw, limits=request.config_dict[LIMITS])
    return value if isinstance(operation.body, str) else validated(operation.body, value, "http/body", strict=True)


M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], value: Any, code: str, *, strict: bool) -> M:
    """`value` as `model`. Raises Invalid (`code`) with one finding for each wrong place."""
    try:
        return model.model_validate(value, strict=strict, by_alias=True, by_name=False)
    except ValidationError as error:
        findings = [Finding(code, str(item["msg"]), pointers.join("", *item["loc"])) for item in error.errors()]
    said = "; ".join(f"{finding.pointer or '/'}: {finding.message}" for finding in findings[:5])
    raise Invalid(code, said, pointer=findings[0].pointer, findings=findings)


def _answer(operation: Operation, result: Any) -> web.StreamResponse:
    if isinstance(result, web.StreamResponse):
        return result
    if operation.status == 204:
        return web.Response(status=204)
    if operation.answers == Raw:
        return web.Response(body=result, status=operation.status, content_type=operation.media_type)
    return web_answers.json(_plain(result), operation.status)


def _plain(value: Any) -> Any:
    """Forms become JSON values, members that are None are left out."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_none=True)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
