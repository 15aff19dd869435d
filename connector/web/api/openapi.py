"""The OpenAPI 3.1 document of `/api`, made from the operations themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from connector.services.identity.keys import MAY
from connector.web import answers
from connector.web.api.operations import METHODS_WITH_BODY, Operation, Raw, Shape
from connector.web.management.access import permitted

PATH: Final = "/api/openapi.json"
_REFERENCE: Final = "#/components/schemas/{model}"
_VARIABLE: Final = re.compile(r"\{([A-Za-z_]+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")

Schemas = dict[Any, dict[str, Any]]
"""The JSON schema (a reference) of each form."""

PROBLEM_STATUSES: Final = (400, 401, 403, 404, 409, 413, 422, 429, 503)
"""What an operation may answer beside its own status; always `application/problem+json`."""

_FINDING: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["code", "message", "severity"],
    "properties": {
        "code": {"type": "string", "description": "<room>/<rule>"},
        "message": {"type": "string"},
        "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) into what was sent"},
        "severity": {"enum": ["error", "warning", "info"]},
        "wanted": {},
        "found": {},
        "source": {"type": "string"},
    },
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457, with the reason code and the single findings",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "<room>/<reason>"},
        "detail": {"type": "string"},
        "pointer": {"type": "string"},
        "findings": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}},
    },
}


def document(operations: Sequence[Operation], *, version: str, url: str = "/") -> dict[str, Any]:
    """The document that describes `operations`."""
    schemas, definitions = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(_template(operation.path), {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ionport node API", "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": url}],
        "security": [{"key": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {"Problem": _PROBLEM, "Finding": _FINDING, **definitions},
            "responses": {f"Problem{status}": _problem(status) for status in PROBLEM_STATUSES},
        },
    }


def route(operations: Sequence[Operation], *, version: str, url: str = "/") -> web.RouteDef:
    """The route that serves the document to any key."""
    made: list[dict[str, Any]] = []

    @permitted("read")
    async def show(_: web.Request) -> web.Response:
        """The document, made when it is first asked for: most nodes start without anyone reading it."""
        if not made:
            made.append(document(operations, version=version, url=url))
        return answers.json(made[0])

    return web.get(PATH, show)


def _template(path: str) -> str:
    return _VARIABLE.sub(r"{\1}", path)


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    roles = ", ".join(role for role, permissions in MAY.items() if operation.needs in permissions)
    members: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}{_identifier(operation.path)}",
        "summary": operation.summary,
        "description": " ".join(part for part in (operation.description, f"Roles: {roles}.") if part),
        "tags": [operation.noun],
        "responses": _responses(operation, schemas),
    }
    parameters = [*_path_parameters(operation.path), *_query_parameters(operation.query)]
    if parameters:
        members["parameters"] = parameters
    if operation.body is not None and operation.method in METHODS_WITH_BODY:
        media_type = "application/octet-stream" if operation.body == Raw else "application/json"
        content = {media_type: {"schema": _schema(operation.body, schemas)}}
        members["requestBody"] = {"required": not operation.body_optional, "content": content}
    return members


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    own: dict[str, Any] = {"description": operation.summary}
    if operation.status != 204:
        schema = _schema(operation.answers, schemas)
        schema = {"type": "array", "items": schema} if operation.is_list else schema
        own["content"] = {operation.media_type: {"schema": schema}}
    problems = {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in PROBLEM_STATUSES}
    return {str(operation.status): own, **problems}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": answers.TITLES[status], "content": {"application/problem+json": {"schema": schema}}}


def _schema(shape: Shape, schemas: Schemas) -> dict[str, Any]:
    return schemas[shape] if isinstance(shape, type) else {}


def _schemas(operations: Sequence[Operation]) -> tuple[Schemas, dict[str, Any]]:
    """A reference for each form that is used, and the definitions that these point to."""
    shapes = dict.fromkeys(shape for one in operations for shape in (one.body, one.answers) if isinstance(shape, type))
    references, document = models_json_schema(
        [(shape, "validation") for shape in shapes], ref_template=_REFERENCE, by_alias=True
    )
    return {shape: schema for (shape, _), schema in references.items()}, document.get("$defs", {})


def _path_parameters(path: str) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in _VARIABLE.findall(path)]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": member}
        for name, member in schema["properties"].items()
    ]


def _identifier(path: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", _template(path).removeprefix("/api"))
    return "".join(word[:1].upper() + word[1:] for word in words)
