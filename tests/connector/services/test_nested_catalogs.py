"""Catalogs within catalogs: shown as such, read where they are the same partner's, found by DID where they are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio
from aiohttp import web
from nodes import Space

from connector.dsp import schemas
from connector.notation.exact_json import decode
from connector.notation.problems import Unknown
from connector.services.catalog.federation import Wanted

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("nested"))
    yield space
    await space.close()


async def nested(space: Space, name: str, base_url: str, **properties: Any) -> None:
    """An asset of the maker that stands for the catalog at `base_url`."""
    await nodes.offer_asset(
        space.maker,
        name,
        data_address={"type": "HttpData", "baseUrl": base_url},
        properties={"isCatalog": True, "name": "the other plant", **properties},
    )


async def test_an_asset_that_stands_for_a_catalog_is_shown_as_one_and_cannot_be_negotiated(space: Space) -> None:
    await nested(space, "plant-2", "https://plant-2.example.com/dsp/2025-1")
    answer = await nodes.say(space.peer, space.maker, "catalog/request", nodes.message("CatalogRequestMessage"))
    body = decode(answer.body)
    assert schemas.check(body, "Catalog", "strict") == []
    shown = next(one for one in body["catalog"] if one["@id"] == "plant-2")
    assert shown["@type"] == "Catalog"
    assert shown["https://w3id.org/edc/v0.0.1/ns/name"] == "the other plant"
    assert shown["distribution"][0]["format"] == "HttpData"
    service = shown["distribution"][0]["accessService"]
    assert (service["@type"], service["endpointURL"]) == ("DataService", "https://plant-2.example.com/dsp/2025-1")
    assert "plant-2" not in [one["@id"] for one in body.get("dataset", [])]
    assert body["service"][0]["endpointURL"] == nodes.protocol(space.maker)
    alone = await nodes.say(space.peer, space.maker, "catalog/datasets/plant-2", method="GET")
    assert alone.status == 404
    offer = {"@id": "plant-2 definition:plant-2:x", "@type": "Offer", "target": "plant-2", "permission": []}
    caller = await space.maker.counterparties.authenticate(
        await space.peer.identity.authorization(space.maker.settings.node.did)
    )
    with pytest.raises(Unknown):
        await space.maker.store.read(lambda reader: space.maker.catalog.offered(reader, offer["@id"], caller))


async def test_pages_count_nested_catalogs_too(space: Space) -> None:
    for number in range(4):
        await nodes.offer_asset(space.maker, f"paged-{number}", properties={"group": "paged"})
    await nested(space, "paged-2-catalog", "https://plant-3.example.com/dsp", group="paged")
    expression = {"operandLeft": "group", "operator": "=", "operandRight": "paged"}
    spec = {"@type": "QuerySpec", "limit": 2, "filterExpression": [expression]}
    seen, path = [], "catalog/request"
    while path:
        body = nodes.message("CatalogRequestMessage", filter=[spec])
        answer = await nodes.say(space.peer, space.maker, path, body)
        page = decode(answer.body)
        seen += [one["@id"] for name in ("dataset", "catalog") for one in page.get(name, [])]
        following = [link for link in answer.headers.getall("Link", []) if 'rel="next"' in link]
        path = following[0].partition(">")[0].split("/dsp/2025-1/")[1] if following else ""
    assert sorted(seen) == ["paged-0", "paged-1", "paged-2", "paged-2-catalog", "paged-3"]


class Partner:
    """A connector with a catalog at each of its paths."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{nodes.free_port()}"
        self.catalogs: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        found = self.catalogs.get(request.path.removesuffix("/catalog/request"))
        return web.json_response(found) if found else web.Response(status=404)

    def catalog(self, *datasets: str, nested: Any = ()) -> dict[str, Any]:
        offer = {"@id": "o", "@type": "Offer", "permission": [{"action": "use"}]}
        service = {"@id": "s", "@type": "DataService", "endpointURL": self.url}
        shown = [
            {
                "@id": name,
                "@type": "Dataset",
                "hasPolicy": [offer],
                "distribution": [{"@type": "Distribution", "format": "HttpData-PULL", "accessService": service}],
            }
            for name in datasets
        ]
        lists = {"dataset": shown, "catalog": list(nested)}
        head = {"@context": nodes.CONTEXT, "@id": "c", "@type": "Catalog", "participantId": "did:web:p"}
        return {**head, **{name: entries for name, entries in lists.items() if entries}}


def elsewhere(name: str, url: str, **more: Any) -> dict[str, Any]:
    service = {"@id": name, "@type": "DataService", "endpointURL": url}
    distribution = {"@type": "Distribution", "format": "HttpData", "accessService": service}
    return {"@id": name, "@type": "Catalog", "distribution": [distribution], **more}


@pytest_asyncio.fixture(loop_scope="module")
async def partner() -> AsyncIterator[Partner]:
    scripted = Partner()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(scripted.url.rpartition(":")[2])).start()
    yield scripted
    await runner.cleanup()


async def test_nested_catalogs_at_the_same_connector_are_read_each_once(space: Space, partner: Partner) -> None:
    inline = {"@id": "inline", "@type": "Catalog", "dataset": partner.catalog("inside")["dataset"]}
    rings = [elsewhere("a", f"{partner.url}/a"), elsewhere("root", partner.url), inline]
    partner.catalogs = {
        "": partner.catalog("own", nested=rings),
        "/a": partner.catalog("in-a", nested=[elsewhere("b", f"{partner.url}/a/b/")]),
        "/a/b": partner.catalog("in-b", nested=[elsewhere("a", f"{partner.url}/a")]),
    }
    found = await space.peer.partners.read_catalog(space.maker.settings.node.did, partner.url)
    assert sorted(entry.id for entry in found.datasets) == ["in-a", "in-b", "inside", "own"]
    assert found.nested == ()
    assert sorted(partner.asked) == ["/a/b/catalog/request", "/a/catalog/request", "/catalog/request"]


@pytest.mark.parametrize(
    "further", [{}, {"participantId": "did:web:another.example"}], ids=["another host", "another participant"]
)
async def test_our_token_for_a_partner_goes_to_nobody_whom_it_names(
    space: Space, partner: Partner, further: dict[str, str]
) -> None:
    url = partner.url if further else partner.url.replace("127.0.0.1", "localhost")
    partner.catalogs = {"": partner.catalog("own", nested=[elsewhere("x", f"{url}/x", **further)])}
    found = await space.peer.partners.read_catalog(space.maker.settings.node.did, partner.url)
    assert [entry.id for entry in found.datasets] == ["own"]
    assert [one.endpoint_url for one in found.nested] == [f"{url}/x"]
    assert partner.asked == ["/catalog/request"]


async def test_participants_whose_catalogs_are_nested_are_crawled_by_their_own_did(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await space.join("other", bpn="BPNL00000000OTHR")
    await nodes.offer_asset(other, "of-the-other")
    read, did = space.peer.partners.read_catalog, other.settings.node.did

    async def with_nested(participant: str, address: str, filters: Any = None) -> Any:
        from dataclasses import replace

        from connector.dsp.reading import NestedCatalog

        found = await read(participant, address, filters)
        far = NestedCatalog("far", did, "https://nowhere.example/dsp")
        return replace(found, nested=(far,)) if participant == space.maker.settings.node.did else found

    monkeypatch.setattr(space.peer.partners, "read_catalog", with_nested)
    told = await space.peer.federation.crawl([space.maker.settings.node.did])
    assert [one.id for one in told] == [space.maker.settings.node.did, did]
    assert [one.state for one in told] == ["ok", "ok"]
    found = await space.peer.federation.search(Wanted(provider=did), limit=10)
    assert [one.dataset_id for one in found] == ["of-the-other"]
