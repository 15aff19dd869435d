"""The node's aspect models over HTTP, by URN."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jsonschema_rs
import nodes
import pytest
import pytest_asyncio
from nodes import Space
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")

URN = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
PATH = f"/api/models/{URN.replace('#', '%23')}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("models"))
    yield space
    await space.close()


class Client:
    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self.session, self.url, self.headers = session, url, {"X-Api-Key": key}

    async def get(self, path: str) -> tuple[int, str, str]:
        """Status, content type and text."""
        async with self.session.get(URL(self.url + path, encoded=True), headers=self.headers) as answer:
            return answer.status, answer.content_type, await answer.text()

    async def json(self, path: str) -> Any:
        status, _, text = await self.get(path)
        assert status == 200, text
        return json.loads(text)


@pytest_asyncio.fixture(loop_scope="module")
async def client(space: Space) -> AsyncIterator[Client]:
    key = await space.peer.keys.create(f"reader-{space.peer.clock.new_id()[:8]}", "reader", actor="test")
    async with aiohttp.ClientSession() as session:
        yield Client(session, space.peer.settings.management.url, key)


async def test_every_model_of_the_node_is_listed_and_leads_to_its_documents(client: Client) -> None:
    listed = {one["urn"]: one["href"] for one in await client.json("/api/models")}
    assert URN in listed
    assert "urn:samm:io.catenax.pcf:9.0.0#Pcf" in listed
    for urn, href in listed.items():
        model = await client.json(href)
        assert (model["urn"], model["name"]) == (urn, urn.partition("#")[2])
        for link in model["links"].values():
            assert (await client.get(link))[0] == 200, link


async def test_the_schema_judges_the_example(client: Client) -> None:
    for query, judge in (
        ("", jsonschema_rs.Draft202012Validator),
        ("?dialect=draft-07", jsonschema_rs.Draft7Validator),
    ):
        schema = await client.json(f"{PATH}/schema{query}")
        assert judge(schema).is_valid(await client.json(f"{PATH}/example?seed=3"))
        assert not judge(schema).is_valid({})
    assert await client.json(f"{PATH}/example?seed=1") != await client.json(f"{PATH}/example?seed=2")


async def test_each_document_has_its_type(client: Client) -> None:
    types = {name: (await client.get(f"{PATH}/{name}"))[1] for name in ("turtle", "schema", "page", "diagram")}
    assert types == {
        "turtle": "text/turtle",
        "schema": "application/schema+json",
        "page": "text/html",
        "diagram": "image/svg+xml",
    }
    assert ":BatteryPass a samm:Aspect" in (await client.get(f"{PATH}/turtle"))[2]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/models/urn:samm:io.catenax.pcf:9.0.0%23Other", 404, "models/unknown"),
        ("/api/models/urn:samm:..%2f..:1.0.0%23A/turtle", 404, None),
        ("/api/models/nothing", 404, None),
        (f"{PATH}/schema?dialect=draft-06", 400, "http/query"),
        (f"{PATH}/example?seed=-1", 400, "http/query"),
    ],
)
async def test_what_is_not_there_is_said(client: Client, path: str, status: int, code: str | None) -> None:
    found, _, text = await client.get(path)
    assert found == status, text
    if code:
        assert code in text


async def test_models_are_for_those_with_a_key(space: Space) -> None:
    url = space.peer.settings.management.url + "/api/models"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 401
