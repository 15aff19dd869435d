"""From a part id to bytes: registry under a contract, descriptor, negotiation, EDR, `$value`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nodes
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from nodes import Space

from connector.adapters.library import FolderLibrary
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode
from connector.records.exchange import Transfer
from connector.records.offers import POLICY_DEFINITIONS, PolicyDefinition
from connector.services.passports.offering import REGISTRY_KIND
from connector.services.passports.passports import DatasetMode
from connector.services.passports.shells import encoded
from tests.connector.passport_rig import CONTEXT, EXAMPLE, NOW

REGISTRY = "digital-twin-registry"
PART_ID = [{"name": "manufacturerPartId", "value": "ION-E75"}]
CARBON_FOOTPRINT = "urn:samm:io.admin-shell.idta.batterypass.carbon_footprint:1.0.0#CarbonFootprintBattery"


@pytest_asyncio.fixture
async def space(tmp_path: Path) -> AsyncIterator[Space]:
    opened = await nodes.open_space(tmp_path)
    try:
        opened.maker.contents.register(REGISTRY_KIND, opened.maker.shells.serve_registry)
        await nodes.offer_asset(opened.maker, REGISTRY, data_address={"type": REGISTRY_KIND})
        yield opened
    finally:
        await opened.close()


async def publish(space: Space, *seen_by: str, datasets: DatasetMode = "per-passport") -> None:
    """A passport whose part id `seen_by` may look up."""
    maker = space.maker
    for name, policy in (("access", nodes.ACCESS), ("usage", nodes.USAGE)):
        record = PolicyDefinition(id=name, policy=policy, created_at=NOW)
        await maker.store.write(lambda tx, record=record: tx.put(POLICY_DEFINITIONS, record))
    payload = decode(FolderLibrary().text(EXAMPLE))
    payload["identification"]["idDmc"] = "a code of the maker's own"
    await maker.passports.publish(
        payload,
        actor="ops",
        access_policy_id="access",
        usage_policy_id="usage",
        context=CONTEXT,
        visible_to={"manufacturerPartId": seen_by},
        datasets=datasets,
    )


async def token_for(space: Space, dataset_id: str) -> Transfer:
    agreed = await nodes.agree(space.peer, space.maker, dataset_id)
    return await nodes.start_transfer(space.peer, space.maker, agreed.agreement_id)


async def call(edr: Transfer, url: str, body: Any = None) -> tuple[int, bytes]:
    headers = {"Authorization": str(edr.data_address["authorization"])}
    method = "GET" if body is None else "POST"
    async with ClientSession() as session, session.request(method, url, headers=headers, json=body) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("datasets", ["per-passport", "per-submodel-type"])
async def test_a_part_id_is_enough(space: Space, datasets: DatasetMode) -> None:
    await publish(space, nodes.PEER_BPN, datasets=datasets)
    registry = await token_for(space, REGISTRY)
    base = str(registry.data_address["endpoint"]).rstrip("/")
    status, raw = await call(registry, f"{base}/lookup/shellsByAssetLink", PART_ID)
    assert status == 200
    (shell_id,) = json.loads(raw)["result"]
    descriptor = json.loads((await call(registry, f"{base}/shell-descriptors/{encoded(shell_id)}"))[1])
    (wanted,) = [
        each for each in descriptor["submodelDescriptors"] if each["semanticId"]["keys"][0]["value"] == CARBON_FOOTPRINT
    ]
    protocol = wanted["endpoints"][0]["protocolInformation"]
    said = dict(part.partition("=")[::2] for part in protocol["subprotocolBody"].split(";"))
    assert (protocol["subprotocol"], said["dspEndpoint"]) == ("DSP", nodes.protocol(space.maker))
    edr = await token_for(space, said["id"])
    status, raw = await call(edr, protocol["href"] + "/$value")
    stored = await space.maker.shells.submodels.get(wanted["id"])
    assert (status, digest_bytes(raw)) == (200, stored.value_digest)
    path = f"{protocol['href']}/submodel-elements/ProductCarbonFootprints%5B0%5D.PcfCO2eq/$value"
    assert await call(edr, path) == (200, b'{"PcfCO2eq":0.0412}')
    assert await call(edr, path + "?scalar=bare") == (200, b"0.0412")


async def test_a_type_s_dataset_holds_many_batteries_and_shows_each_consumer_its_own(space: Space) -> None:
    for seen_by in (nodes.PEER_BPN, "BPNL00000000OTHR"):
        await publish(space, seen_by, datasets="per-submodel-type")
    passports = await space.maker.passports.list()
    assert len({passport.datasets["CarbonFootprint"] for passport in passports}) == 1
    edr = await token_for(space, passports[0].datasets["CarbonFootprint"])
    base = str(edr.data_address["endpoint"]).rstrip("/")
    seen = {}
    for passport in passports:
        for listed in passport.submodels:
            path = f"{base}/submodels/{encoded(listed['id'])}/submodel/$value"
            seen[passport.visible_to["manufacturerPartId"][0], listed["idShort"]] = (await call(edr, path))[0]
    assert seen.pop((nodes.PEER_BPN, "CarbonFootprint")) == 200
    assert {*seen.values()} == {404}


async def test_who_is_not_named_finds_nothing(space: Space) -> None:
    await publish(space, "BPNL00000000OTHR")
    registry = await token_for(space, REGISTRY)
    base = str(registry.data_address["endpoint"]).rstrip("/")
    for path, body in (("lookup/shellsByAssetLink", PART_ID), ("shell-descriptors", None)):
        status, raw = await call(registry, f"{base}/{path}", body)
        assert (status, json.loads(raw)) == (200, {"paging_metadata": {}, "result": []})
