"""The registry on offer, who sees a twin in it, and submodels offered by type, over `/api`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.dsp.vocabulary import CX_TAXO, DCT
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS
from tests.connector.passport_rig import Doors, opened_doors

POLICIES = {"accessPolicyId": "access", "usagePolicyId": "usage"}
CONTEXT = {
    "manufacturerName": "Example Battery GmbH",
    "manufacturerPartId": "ION-E75",
    "facilityBpns": "BPNS00000075PLNT",
}
CONSUMER = "BPNL000000000CNS"


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with opened_doors(tmp_path) as doors:
        yield doors


async def publish(doors: Doors, **more: Any) -> Any:
    body = {"payload": doors.rig.example(), **POLICIES, "context": CONTEXT, **more}
    status, made = await doors.call("POST", "/api/passports", body)
    assert status == 201, made
    return made


async def test_the_registry_is_put_on_offer_and_under_other_policies(doors: Doors) -> None:
    for access in ("access", "usage"):
        status, said = await doors.call("PUT", "/api/registry", {**POLICIES, "accessPolicyId": access})
        assert (status, said) == (200, {"datasetId": "digital-twin-registry"})
    asset = await doors.rig.store.read(lambda reader: reader.need(ASSETS, said["datasetId"]))
    assert asset.properties[DCT + "type"] == {"@id": CX_TAXO + "DigitalTwinRegistry"}
    (definition,) = await doors.rig.store.read(lambda reader: reader.find(CONTRACT_DEFINITIONS))
    assert definition.access_policy_id == "usage"
    status, said = await doors.call("PUT", "/api/registry", {**POLICIES, "usagePolicyId": "none"})
    assert (status, said["code"]) == (422, "passport/policy")


async def test_who_sees_a_twin_is_said_when_publishing_and_later(doors: Doors) -> None:
    made = await publish(doors, visibleTo={"manufacturerPartId": [CONSUMER]})
    registry = doors.rig.shells.registry
    assert (await registry.described(made["shellId"], bpn=CONSUMER))["id"] == made["shellId"]
    path = f"/api/passports/{made['unitId']}/visibility"
    status, said = await doors.call("PUT", path, {"visibleTo": {"*": ["PUBLIC_READABLE"]}})
    assert (status, said["visibleTo"]) == (200, {"*": ["PUBLIC_READABLE"]})
    seen = (await registry.described(made["shellId"], bpn="BPNL00000000OTHR"))["specificAssetIds"]
    assert {"manufacturerPartId", "partInstanceId"} <= {each["name"] for each in seen}
    assert (await doors.call("GET", f"/api/passports/{made['unitId']}"))[1]["version"] == 1
    status, said = await doors.call("PUT", path, {"visibleTo": {"*": ["everybody"]}})
    assert (status, said["code"]) == (400, "passport/visibility")


async def test_submodels_offered_by_type_share_a_dataset(doors: Doors) -> None:
    first, second = [await publish(doors, datasets="per-submodel-type") for _ in range(2)]
    assert first["datasets"] == second["datasets"]
    assert (first["datasetId"], len({*first["datasets"].values()})) == ("", len(first["datasets"]))
    assert {*first["datasets"]} >= {"CarbonFootprint", "TechnicalData"}
