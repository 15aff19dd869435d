"""The federated catalogue and its pages: real nodes are crawled, one of them dead, and searched by all names."""

import base64
import re
from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio

from connector.notation.exact_json import decode
from connector.records.found_datasets import FoundDataset, said_of, words
from connector.services.catalog.federation import Wanted

pytestmark = pytest.mark.asyncio(loop_scope="module")
TYPE, MODEL = "http://purl.org/dc/terms/type", "https://admin-shell.io/aas/3/0/HasSemantics/semanticId"
PASS = "https://w3id.org/catenax/taxonomy#BatteryPass"
URN = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
SCRIPT = "<script>alert(1)</script>"
KEYS: dict[str, str] = {}
DEAD = "did:web:localhost%3A1:dead"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[nodes.Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("federation"))
    other = await space.join("other", bpn="BPNL0000000OTHER")
    battery = {TYPE: {"@id": PASS}, MODEL: [{"@id": URN}], "http://purl.org/dc/terms/title": f"Cell pack {SCRIPT}"}
    await nodes.offer_asset(space.maker, "urn:x:pack", properties=battery)
    footprint = {TYPE: {"@id": "https://w3id.org/catenax/taxonomy#PcfExchange"}, "category": "Footprints"}
    unlimited = nodes.rule("access", nodes.constraint("Membership", "eq", "active"))
    await nodes.offer_asset(other, "urn:x:pcf", properties=footprint, access=unlimited)
    await space.peer.federation.crawl([space.maker.settings.node.did, other.settings.node.did, DEAD])
    yield space
    await space.close()


async def found(space: nodes.Space, **asked: Any) -> list[str]:
    text, provider = asked.pop("text", ""), asked.pop("provider", "")
    wanted = Wanted(provider=provider, named=asked, text=text)
    return [one.dataset_id for one in await space.peer.federation.search(wanted, limit=50)]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["urn:x:pack", "urn:x:pcf"]),
        ({"type": "BatteryPass"}, ["urn:x:pack"]),
        ({"type": PASS}, ["urn:x:pack"]),
        ({"semanticId": URN}, ["urn:x:pack"]),
        ({"model": "batterypass"}, ["urn:x:pack"]),
        ({"category": "footprints"}, ["urn:x:pcf"]),
        ({"text": "PACK cell"}, ["urn:x:pack"]),
        ({"text": "battery"}, ["urn:x:pack"]),
        ({"text": "pack nothing"}, []),
        ({"type": "BatteryPass", "category": "footprints"}, []),
    ],
)
async def test_datasets_are_found_by_what_they_say(space: nodes.Space, asked: dict[str, str], ids: list[str]) -> None:
    assert sorted(await found(space, **asked)) == ids


async def test_a_dead_participant_costs_the_others_nothing_and_says_why(space: nodes.Space) -> None:
    told = {one.id: one for one in await space.peer.federation.providers()}
    assert (told[DEAD].state, told[DEAD].datasets) == ("failed", 0)
    assert told[DEAD].code == "dcp/did-unresolved"
    assert told[space.maker.settings.node.did].state == "ok"


async def test_what_a_participant_showed_stays_when_it_dies_and_goes_when_it_shows_less(space: nodes.Space) -> None:
    third = await space.join("third", bpn="BPNL0000000THIRD")
    did = third.settings.node.did
    unlimited = nodes.rule("access", nodes.constraint("Membership", "eq", "active"))
    for name in ("urn:x:one", "urn:x:two"):
        await nodes.offer_asset(third, name, access=unlimited, properties={"note": "passing"})
    await space.peer.federation.crawl([did])
    assert sorted(await found(space, provider=did)) == ["urn:x:one", "urn:x:two"]
    await third.offers.delete_definition("urn:x:two definition", actor="test")
    await space.peer.federation.crawl([did])
    assert await found(space, text="passing") == ["urn:x:one"]
    await third.stop()
    space.others.remove(third)
    (told,) = await space.peer.federation.crawl([did])
    assert (told.state, told.failures, told.datasets) == ("failed", 1, 1)
    assert await found(space, provider=did) == ["urn:x:one"]


async def test_offers_come_with_sentences_and_what_we_lack(space: nodes.Space) -> None:
    """The usage policy wants a framework agreement; a node without that credential is told so, one with it is not."""
    poor = await space.join("poor", bpn=nodes.PEER_BPN, credentials=("MembershipCredential", "BpnCredential"))
    offer = (await space.peer.federation.search(Wanted(), limit=50))[0].offers[0]
    lacking = poor.browsing.weigh(offer, await poor.browsing.own_facts())
    assert any("FrameworkAgreement" in sentence for sentence in lacking.lacks)
    assert any("cx.circular.dpp:1" in sentence for sentence in lacking.explained)
    holding = space.peer.browsing.weigh(offer, await space.peer.browsing.own_facts())
    assert holding.lacks == ()
    nonsense = poor.browsing.weigh({"@id": "x", "permission": [{"action": 7}]}, await poor.browsing.own_facts())
    assert nonsense.findings


async def test_words_and_names() -> None:
    assert words("BatteryPass, cell-pack: Größe_7") == {
        "batterypass", "battery", "pass", "cell", "pack", "grösse", "7",
    }  # fmt: skip
    at = nodes.datetime.now(nodes.UTC)
    one = FoundDataset(
        id="p d", provider="p", dataset_id="d", properties={MODEL: {"@id": URN}}, offers=[], formats=[], found_at=at
    )
    assert said_of(one, "model") == [URN]


# --- pages


async def browsed(space: nodes.Space, path: str, key: str | None = "") -> Any:
    node = space.peer
    key = KEYS["page"] if key == "" else key
    headers = {} if key is None else {"Authorization": "Basic " + base64.b64encode(f"me:{key}".encode()).decode()}
    return await node.transport.send("GET", f"{node.settings.management.url}{path}", headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def key(space: nodes.Space) -> None:
    KEYS["page"] = await space.peer.keys.create("page", "reader", actor="test")


async def test_pages_show_datasets_terms_and_timelines_without_script(space: nodes.Space) -> None:
    done = await nodes.agree(space.peer, space.maker, "urn:x:pack")
    page = await browsed(space, "/browse?type=BatteryPass")
    assert page.status == 200
    text = page.body.decode()
    assert "Cell pack &lt;script&gt;" in text
    assert "<script" not in text
    assert "urn:x:pcf" not in text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    link = re.search(r'href="(/browse/dataset[^"]*)"', text)
    assert link is not None
    terms = (await browsed(space, link.group(1).replace("&amp;", "&"))).body.decode()
    assert "cx.circular.dpp:1" in terms
    listed = (await browsed(space, "/browse/negotiations")).body.decode()
    assert f"/browse/negotiations/{done.id}" in listed
    timeline = (await browsed(space, f"/browse/negotiations/{done.id}")).body.decode()
    assert "FINALIZED" in timeline
    assert "REQUEST" in timeline.upper()
    assert DEAD in (await browsed(space, "/browse/participants")).body.decode()
    assert (await browsed(space, "/browse/transfers")).status == 200


async def test_pages_need_a_key_and_basic_opens_nothing_else(space: nodes.Space) -> None:
    for wrong in (None, "no", "ion_admin_x"):
        refused = await browsed(space, "/browse", wrong)
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
    assert (await browsed(space, "/api/catalog")).status == 401
    assert (await browsed(space, "/browse/negotiations/none")).status == 404
    assert (await browsed(space, "/browse/dataset?provider=x&id=y")).status == 404


async def test_the_api_searches_and_pages(space: nodes.Space) -> None:
    key = KEYS["page"]
    url = f"{space.peer.settings.management.url}/api/catalog"
    first = decode((await space.peer.transport.send("GET", f"{url}?limit=1", headers={"X-Api-Key": key})).body)
    assert len(first["datasets"]) == 1
    assert first["datasets"][0]["offers"][0]["explained"]
    assert first["next"]
    refused = await space.peer.transport.send("POST", f"{url}/crawl", headers={"X-Api-Key": key}, body=b"{}")
    assert refused.status == 403
