"""The catalog's shelves: pages hold what a plain look at everything would show, and never repeat or skip."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import nodes
import pytest
import pytest_asyncio

from connector.notation.exact_json import decode
from connector.records.offers import (
    ASSETS,
    CONTRACT_DEFINITIONS,
    POLICY_DEFINITIONS,
    Asset,
    ContractDefinition,
    PolicyDefinition,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
TYPE = "http://purl.org/dc/terms/type"
CLOSED = nodes.rule("access", nodes.constraint("BusinessPartnerNumber", "isAnyOf", ["BPNL00000000NONE"]))
COLOURS = ("red", "green", "blue")


def criterion(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"operandLeft": left, "operator": operator, "operandRight": right}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[nodes.Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("shelves"))
    await space.maker.store.write(fill)
    yield space
    await space.close()


def fill(tx: Any) -> None:
    """300 assets, chosen by name, colour, private mark, list and pattern; most of them behind a shut gate."""
    for name, policy in {"open": nodes.ACCESS, "shut": CLOSED, "use": nodes.USAGE}.items():
        tx.put(POLICY_DEFINITIONS, PolicyDefinition(id=name, policy=policy, created_at=tx.now))
    for number in range(300):
        properties = {TYPE: {"@id": COLOURS[number % 3]}, "name": f"pack {number}", "number": number}
        private = {"mark": "m"} if number % 50 == 7 else {}
        tx.put(ASSETS, Asset(id=asset_id(number), properties=properties, private_properties=private, created_at=tx.now))
        define(tx, f"shut {number}", "shut", criterion("id", "=", asset_id(number)))
    for number in range(0, 300, 40):
        define(tx, f"named {number}", "open", criterion("id", "=", asset_id(number)))
    define(tx, "twice", "open", criterion("id", "=", asset_id(40)))
    define(tx, "red", "open", criterion(f"'{TYPE}'.'@id'", "=", "red"), criterion("number", "<", 100))
    define(tx, "marked", "open", criterion("mark", "=", "m"))
    define(tx, "listed", "open", criterion("id", "in", [asset_id(5), asset_id(8), "gone"]))
    define(tx, "like", "open", criterion("name", "like", "pack 29_"))


def asset_id(number: int) -> str:
    return f"urn:x:{number:03}"


def define(tx: Any, name: str, access: str, *selector: dict[str, Any]) -> None:
    tx.put(
        CONTRACT_DEFINITIONS,
        ContractDefinition(
            id=name, access_policy_id=access, contract_policy_id="use", selector=list(selector), created_at=tx.now
        ),
    )


def expected() -> set[str]:
    numbers = {*range(0, 300, 40), *range(0, 100, 3), *range(7, 300, 50), 5, 8, *range(290, 300)}
    return {asset_id(number) for number in numbers}


async def pages(space: nodes.Space, **spec: Any) -> list[list[str]]:
    """The ids on each page, by following `next`."""
    body = nodes.message("CatalogRequestMessage", filter=[{"@type": "QuerySpec", **spec}])
    path, found = "catalog/request", []
    while path:
        answer = await nodes.say(space.peer, space.maker, path, body)
        assert answer.status == 200, answer.body
        found.append([entry["@id"] for entry in decode(answer.body).get("dataset", [])])
        link = re.search(r'<[^>]*/(catalog/request[^>]*)>; rel="next"', answer.headers.get("Link", ""))
        path = link.group(1) if link else ""
    return found


@pytest.mark.parametrize("limit", [1, 7, 64, 100])
async def test_pages_show_everything_once_in_order(space: nodes.Space, limit: int) -> None:
    found = [each for page in await pages(space, limit=limit) for each in page]
    assert found == sorted(expected())


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ([criterion(f"'{TYPE}'.'@id'", "=", "green")], {each for each in expected() if int(each[-3:]) % 3 == 1}),
        ([criterion("name", "=", "pack 3")], {asset_id(3)}),
        ([criterion("name", "=", "pack 4")], set()),
        ([criterion("mark", "=", "m")], set()),
        ([criterion("number", ">", 250)], {each for each in expected() if int(each[-3:]) > 250}),
        ([criterion("id", "in", [asset_id(5), asset_id(10)])], {asset_id(5)}),
        ([criterion("id", "!=", asset_id(0)), criterion("name", "like", "pack 8%")],
         {asset_id(8), asset_id(80), asset_id(81), asset_id(84), asset_id(87)}),
    ],
)  # fmt: skip
async def test_filters_leave_what_meets_them(space: nodes.Space, filters: list[Any], wanted: set[str]) -> None:
    found = [each for page in await pages(space, limit=3, filterExpression=filters) for each in page]
    assert found == sorted(wanted)


async def test_an_asset_has_an_offer_of_each_open_definition(space: nodes.Space) -> None:
    shown = await space.peer.partners.read_catalog(space.maker.settings.node.did, nodes.protocol(space.maker))
    offers = {entry.id: len(entry.offers) for entry in shown.datasets}
    assert offers[asset_id(40)] == 2
    assert offers[asset_id(0)] == 2
    assert offers[asset_id(5)] == 1


async def test_a_page_never_repeats_or_skips_while_datasets_come_and_go(space: nodes.Space) -> None:
    """Datasets before the page are taken away and added between two requests: the next page begins where it did."""
    body = nodes.message("CatalogRequestMessage", filter=[{"@type": "QuerySpec", "limit": 5}])
    first = await nodes.say(space.peer, space.maker, "catalog/request", body)
    ids = [entry["@id"] for entry in decode(first.body)["dataset"]]
    link = re.search(r"/(catalog/request[^>]*)>", first.headers["Link"])
    assert link is not None

    def change(tx: Any) -> None:
        tx.remove(ASSETS, ids[0])
        tx.put(ASSETS, Asset(id="a new one", properties={"mark": "m"}, created_at=tx.now))
        tx.put(ASSETS, Asset(id="z new one", properties={"mark": "m"}, created_at=tx.now))

    await space.maker.store.write(change)
    second = await nodes.say(space.peer, space.maker, link.group(1), body)
    assert [entry["@id"] for entry in decode(second.body)["dataset"]] == sorted(expected())[5:10]
    everything = [each for page in await pages(space, limit=50) for each in page]
    assert everything == sorted((expected() - {ids[0]}) | {"a new one", "z new one"})
    await space.maker.store.write(fill)
    await space.maker.store.write(lambda tx: [tx.remove(ASSETS, name) for name in ("a new one", "z new one")])


async def test_a_change_of_a_policy_is_seen_by_the_next_request(space: nodes.Space) -> None:
    assert await pages(space) != [[]]
    shut = PolicyDefinition(id="open", policy=CLOSED, created_at=space.maker.clock.now())
    await space.maker.store.write(lambda tx: tx.put(POLICY_DEFINITIONS, shut))
    assert await pages(space) == [[]]
    await space.maker.store.write(fill)
    assert [each for page in await pages(space) for each in page] == sorted(expected())


async def test_each_of_many_requests_is_one_entry_and_has_an_id_of_its_own(space: nodes.Space) -> None:
    before = len(await nodes.audited(space.maker, "catalog.requested"))
    body = nodes.message("CatalogRequestMessage")
    answers = await asyncio.gather(*(nodes.say(space.peer, space.maker, "catalog/request", body) for _ in range(20)))
    assert len({decode(answer.body)["@id"] for answer in answers}) == 20
    assert len(await nodes.audited(space.maker, "catalog.requested")) == before + 20
