"""Catalogs: each sees what the other offers, whole, page by page, one by one, filtered."""

from __future__ import annotations

from typing import Any, Final

from tests.conformance.edc.connectors import CONTEXT, EDC, Connector, datasets, listed, offers, refusal
from tests.conformance.edc.world import World, address

MANY: Final = 120
PAGE: Final = 50
"""EDC's own page where nobody says how large one shall be."""


async def versions(world: World) -> None:
    """This node reads EDC's version document; its own is open, and names 2025-1 under the path that EDC is told."""
    body = {
        "@context": CONTEXT,
        "counterPartyId": world.theirs.name,
        "counterPartyAddress": world.theirs.protocol.removesuffix("/2025-1"),
        "protocol": "dataspace-protocol-http",
    }
    said = await world.ours.call("POST", "/v4alpha/protocol-versions/request", body)
    assert "2025-1" in str(said), said
    root = world.ours.protocol.removesuffix("/2025-1")
    async with world.ours.session.get(f"{root}/.well-known/dspace-version") as answer:
        own = (await answer.json())["protocolVersions"]
    assert [each for each in own if each["version"] == "2025-1" and root + each["path"] == world.ours.protocol], own


async def whole(world: World) -> None:
    """Each shows the other a dataset with its properties, an offer and a distribution whose service is its address."""
    for consumer, provider in world.ways:
        catalog = await consumer.catalog(provider)
        assert catalog.get("participantId", catalog.get("dspace:participantId")) == provider.name, catalog
        dataset = datasets(catalog)["shared"]
        assert "shown to partners" in str(dataset), dataset
        assert offers(dataset), dataset
        said = str(dataset.get("distribution", dataset.get("dcat:distribution")))
        assert "HttpData-PULL" in said, said
        assert provider.protocol in said, said


async def single(world: World) -> None:
    """Each asks for one dataset by its id; one that is not there is not found."""
    for consumer, provider in world.ways:
        assert (await consumer.dataset(provider, "shared"))["@id"] == "shared"
        told = await refusal(consumer.dataset(provider, "is not there"))
        assert told.status in (403, 404, 502), told


async def pages(world: World) -> None:
    """120 datasets: this node follows EDC's pages, EDC asks this node page by page; none twice, none missing."""
    for _, provider in world.ways:
        for number in range(MANY):
            name = f"many-{number:03}"
            await provider.offer(name, address(world.backend, name))
    wanted = {f"many-{number:03}" for number in range(MANY)}
    seen = [name for name in _ids(await world.ours.catalog(world.theirs)) if name in wanted]
    assert sorted(seen) == sorted(wanted), f"{len(seen)} datasets, {len(wanted)} were offered"
    read: list[str] = []
    while True:
        page = _ids(await world.theirs.catalog(world.ours, offset=len(read), limit=PAGE))
        read += page
        if len(page) < PAGE:
            break
    assert len(read) == len(set(read)), "a dataset came twice"
    found = [name for name in read if name in wanted]
    assert sorted(found) == sorted(wanted), f"{len(found)} datasets, {len(wanted)} were offered"


async def filtered(world: World) -> None:
    """A QuerySpec with a filter on the id gives that dataset alone, both ways."""
    for consumer, provider in world.ways:
        expression = [{"operandLeft": f"{EDC}id", "operator": "=", "operandRight": "shared"}]
        found = _ids(await consumer.catalog(provider, filterExpression=expression))
        assert found == ["shared"], f"{consumer.name} asks {provider.name} for one and is shown {found[:5]}"


def _ids(catalog: dict[str, Any]) -> list[str]:
    """The ids of a catalog's datasets as they come, doubles too."""
    return [entry["@id"] for entry in listed(catalog.get("dcat:dataset", catalog.get("dataset")))]


async def share(world: World, *names: str, policy: dict[str, Any] | None = None) -> None:
    """Put assets on offer at both."""
    for provider in (world.ours, world.theirs):
        await share_at(world, provider, *names, policy=policy)


async def share_at(world: World, provider: Connector, *names: str, policy: dict[str, Any] | None = None) -> None:
    """Put assets on offer at one of them."""
    for name in names:
        await provider.offer(name, address(world.backend, name), policy, description="shown to partners")
