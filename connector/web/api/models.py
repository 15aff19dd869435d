"""The vocabulary that the node speaks: its aspect models by URN, with schema, example, reference page and drawing.

The `#` of a URN is written `%23` in a path, as in every URL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Literal
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from connector.notation.exact_json import encode
from connector.services.passports.aspects import Aspects
from connector.web.api.operations import Call, Form, Operation, Raw
from submodels.samm.model import Aspect

PATH: Final = "/api/models/{urn:urn:[^/]+}"
TURTLE: Final = "text/turtle"
SCHEMA: Final = "application/schema+json"
DIAGRAM: Final = "image/svg+xml"


class ModelForm(Form):
    """One aspect model, and where its documents lie."""

    urn: str
    name: str
    preferred_names: dict[str, str] = Field(description="by language")
    descriptions: dict[str, str] = Field(description="by language")
    properties: list[str] = Field(description="payload names at the top")
    links: dict[str, str] = Field(description="turtle, schema, example, page, diagram")


class DialectQuery(Form):
    """Which words the schema is written in."""

    dialect: Literal["2020-12", "draft-07"] = "2020-12"


class SeedQuery(Form):
    """Another seed gives another payload."""

    seed: int = Field(default=0, ge=0, le=2**31)


class ModelDoor:
    """Operations on the node's aspect models; they need `read` and change nothing."""

    def __init__(self, aspects: Aspects) -> None:
        self._aspects = aspects

    def operations(self) -> list[Operation]:
        """A list, one model, and its documents."""
        return [
            Operation("GET", "/api/models", self._list, "List the aspect models (SAMM) of this node", is_list=True),
            Operation("GET", PATH, self._show, "Show a model and where its documents lie", answers=ModelForm),
            Operation(
                "GET", f"{PATH}/turtle", self._turtle, "Get the model itself", answers=Raw, media_type=TURTLE
            ),
            Operation(
                "GET", f"{PATH}/schema", self._schema, "Get the JSON Schema of its payloads", answers=Raw,
                media_type=SCHEMA, query=DialectQuery,
            ),
            Operation("GET", f"{PATH}/example", self._example, "Get an example payload", query=SeedQuery),
            Operation(
                "GET", f"{PATH}/page", self._page, "Get its reference page", answers=Raw, media_type="text/html"
            ),
            Operation(
                "GET", f"{PATH}/diagram", self._diagram, "Get it as a drawing", answers=Raw, media_type=DIAGRAM
            ),
        ]  # fmt: skip

    async def _list(self, call: Call) -> list[dict[str, Any]]:
        urns = await asyncio.to_thread(self._aspects.urns)
        return [{"urn": urn, "name": urn.partition("#")[2], "href": _path(urn)} for urn in urns]

    async def _show(self, call: Call) -> ModelForm:
        form: ModelForm = await self._of(call, _form)
        return form

    async def _turtle(self, call: Call) -> web.Response:
        text = await asyncio.to_thread(self._aspects.turtle, call.path["urn"])
        return web.Response(text=text, content_type=TURTLE, charset="utf-8")

    async def _schema(self, call: Call) -> web.Response:
        from submodels.samm.dialects import in_dialect
        from submodels.samm.schema import json_schema

        made = await self._of(call, lambda aspect: in_dialect(json_schema(aspect), call.query.dialect))
        return web.Response(body=encode(made), content_type=SCHEMA)

    async def _example(self, call: Call) -> Any:
        from submodels.samm.example import example

        return await self._of(call, lambda aspect: example(aspect, call.query.seed))

    async def _page(self, call: Call) -> web.Response:
        from submodels.samm.reference import page

        return web.Response(text=await self._of(call, page.html), content_type="text/html", charset="utf-8")

    async def _diagram(self, call: Call) -> web.Response:
        from submodels.samm.reference import diagram

        return web.Response(text=await self._of(call, diagram.svg), content_type=DIAGRAM, charset="utf-8")

    async def _of(self, call: Call, make: Callable[[Aspect], Any]) -> Any:
        """What `make` says of the model that the path names, in a thread. Raises Unknown (`models/unknown`)."""
        urn = call.path["urn"]

        def made() -> Any:
            self._aspects.turtle(urn)
            return make(self._aspects.model(urn))

        return await asyncio.to_thread(made)


def _path(urn: str) -> str:
    return f"/api/models/{quote(urn, safe=':')}"


def _form(aspect: Aspect) -> ModelForm:
    path = _path(aspect.urn)
    return ModelForm(
        urn=aspect.urn,
        name=aspect.name,
        preferred_names=dict(aspect.preferred_names),
        descriptions=dict(aspect.descriptions),
        properties=[prop.payload_name for prop in aspect.properties if not prop.not_in_payload],
        links={name: f"{path}/{name}" for name in ("turtle", "schema", "example", "page", "diagram")},
    )
