"""docs/management-api.md names every route below /management, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
from aiohttp import web

from connector.web.management.described import document

PAGE = Path(__file__).resolve().parents[4] / "docs/management-api.md"
ROW = re.compile(r"^\| ([A-Z]+) \| `(/v[^`]+)` \| (same|more|501) \|", re.MULTILINE)


def listed() -> dict[tuple[str, str], str]:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert len({row[:2] for row in rows}) == len(rows) > 50
    return {(method, path): offered for method, path, offered in rows}


def routes(rig: Any) -> set[tuple[str, str]]:
    found = [route for door in rig.doors for route in door.routes() if isinstance(route, web.RouteDef)]
    below = [(one.method, one.path.removeprefix("/management")) for one in found if one.path.startswith("/management")]
    return set(below)


async def test_the_table_is_that_of_the_routes(rig: Any) -> None:
    assert set(listed()) == routes(rig)


async def test_the_openapi_document_describes_the_same(rig: Any) -> None:
    described = document(version="0")
    found = {
        (method.upper(), path.removeprefix("/management")): operation
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }
    assert set(found) == set(listed())
    assert {key for key, one in found.items() if "501" in one["responses"]} == {
        key for key, offered in listed().items() if offered == "501"
    }
    references = set(re.findall(r"#/components/schemas/([A-Za-z]+)", json.dumps(described)))
    assert references == set(described["components"]["schemas"])
    assert len({one["operationId"] for one in found.values()}) == len(found)


async def test_answers_are_as_described(rig: Any) -> None:
    """What is created and shown fits the schema that describes it."""
    components = {"components": document(version="0")["components"]}
    asset = {
        "@id": "a",
        "properties": {"name": "n"},
        "dataAddress": {"type": "HttpData", "baseUrl": "https://x.example"},
    }
    _, made = await rig.call("POST", "/v3/assets", asset)
    _, shown = await rig.call("GET", "/v3/assets/a")
    _, errors = await rig.call("GET", "/v3/assets/none")
    for name, value in {"IdResponse": made, "Asset": shown, "Errors": errors}.items():
        validator = jsonschema_rs.validator_for({**components, "$ref": f"#/components/schemas/{name}"})
        assert validator.is_valid(value), (name, value)
    assert not jsonschema_rs.validator_for({**components, "$ref": "#/components/schemas/IdResponse"}).is_valid({})


async def test_what_is_not_offered_says_so_and_nothing_else_does(rig: Any) -> None:
    for (method, path), offered in listed().items():
        body = b"{}" if method in ("POST", "PUT") else None
        status, _ = await rig.call(method, path.replace("{id}", "nothing"), body)
        assert (status == 501) == (offered == "501"), (method, path, status)
