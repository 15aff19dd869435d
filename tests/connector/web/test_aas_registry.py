"""The registry written over the AAS API: descriptors of shells that stand elsewhere (Part 2, registry SSP-001)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.notation.exact_json import decode, encode
from connector.services.passports.shells import encoded
from tests.connector.passport_rig import Doors, opened_doors

SHELL = "urn:example:elsewhere:1"
PART = "urn:example:elsewhere:1:nameplate"
BPN = "BPNL00000075READ"


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with opened_doors(tmp_path) as doors:
        yield doors


async def call(doors: Doors, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
    headers = {"X-Api-Key": key or doors.operator}
    data = None if body is None else encode(body)
    async with doors.aas.request(method, f"/api/v3{path}", headers=headers, data=data) as answer:
        raw = await answer.read()
        return answer.status, decode(raw) if raw else None, answer.headers


def endpoint(href: str = "https://elsewhere.example/api/v3/submodel") -> dict[str, Any]:
    return {"interface": "SUBMODEL-3.1", "protocolInformation": {"href": href, "endpointProtocol": "HTTP"}}


def part(identifier: str = PART) -> dict[str, Any]:
    key = {"type": "GlobalReference", "value": "urn:example:nameplate"}
    return {
        "id": identifier,
        "idShort": "Nameplate",
        "semanticId": {"type": "ExternalReference", "keys": [key]},
        "endpoints": [endpoint()],
    }


def descriptor(identifier: str = SHELL, **more: Any) -> dict[str, Any]:
    reader = {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": BPN}]}
    return {
        "id": identifier,
        "idShort": "Elsewhere",
        "assetKind": "Instance",
        "globalAssetId": f"{identifier}:asset",
        "specificAssetIds": [
            {"name": "manufacturerPartId", "value": "P-9", "externalSubjectId": reader},
            {"name": "secret", "value": "s"},
        ],
        "submodelDescriptors": [part()],
        **more,
    }


async def test_a_descriptor_is_put_read_found_changed_and_gone(doors: Doors) -> None:
    path = f"/shell-descriptors/{encoded(SHELL)}"
    status, _, headers = await call(doors, "POST", "/shell-descriptors", descriptor())
    assert (status, headers["Location"]) == (201, f"/api/v3{path}")
    assert (await call(doors, "POST", "/shell-descriptors", descriptor()))[0] == 409
    assert (await call(doors, "GET", path))[1] == descriptor()
    link = encoded(encode({"name": "manufacturerPartId", "value": "P-9"}).decode())
    assert (await call(doors, "GET", f"/lookup/shells?assetIds={link}"))[1]["result"] == [SHELL]
    assert (await call(doors, "GET", "/shells"))[1]["result"] == []  # it stands elsewhere
    assert (await call(doors, "GET", f"/shells/{encoded(SHELL)}"))[0] == 404
    assert (await call(doors, "PUT", path, descriptor(idShort="Changed")))[0] == 204
    assert (await call(doors, "GET", path))[1]["idShort"] == "Changed"
    assert (await call(doors, "PUT", path, descriptor("urn:example:other")))[0] == 400
    assert (await call(doors, "DELETE", path))[0] == 204
    assert (await call(doors, "GET", path))[0] == (await call(doors, "DELETE", path))[0] == 404
    assert (await call(doors, "GET", f"/lookup/shells?assetIds={link}"))[1]["result"] == []
    assert (await call(doors, "PUT", path, descriptor()))[0] == 201
    events = [event for event, _ in await doors.rig.audited(SHELL)]
    assert events == ["descriptor.put", "descriptor.put", "descriptor.deleted", "descriptor.put"]


async def test_submodel_descriptors_come_and_go_one_by_one(doors: Doors) -> None:
    await call(doors, "POST", "/shell-descriptors", descriptor())
    parts = f"/shell-descriptors/{encoded(SHELL)}/submodel-descriptors"
    other = part("urn:example:second")
    one = f"{parts}/{encoded('urn:example:second')}"
    assert (await call(doors, "POST", parts, other))[0] == 201
    assert (await call(doors, "POST", parts, other))[0] == 409
    assert (await call(doors, "GET", one))[1] == other
    moved = {**other, "endpoints": [endpoint("https://new.example/submodel")]}
    assert (await call(doors, "PUT", one, moved))[0] == 204
    assert (await call(doors, "GET", one))[1] == moved
    assert [each["id"] for each in (await call(doors, "GET", parts))[1]["result"]] == [PART, "urn:example:second"]
    assert (await call(doors, "DELETE", one))[0] == 204
    assert (await call(doors, "DELETE", one))[0] == 404
    assert (await call(doors, "PUT", one, other))[0] == 201


async def test_descriptors_are_paged_behind_the_shells_that_stand_here(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    wanted = [f"urn:example:elsewhere:{number}" for number in range(5)]
    for identifier in wanted:
        await call(doors, "POST", "/shell-descriptors", descriptor(identifier))
    seen, cursor = [], ""
    while True:
        page = (await call(doors, "GET", f"/shell-descriptors?limit=2{cursor}"))[1]
        seen += [each["id"] for each in page["result"]]
        if "cursor" not in page["paging_metadata"]:
            break
        cursor = f"&cursor={page['paging_metadata']['cursor']}"
    assert seen[0] == passport.shell_id
    assert sorted(seen[1:]) == wanted
    assert [each["id"] for each in (await call(doors, "GET", "/shells"))[1]["result"]] == [passport.shell_id]


async def test_partners_see_what_names_them(doors: Doors) -> None:
    await call(doors, "POST", "/shell-descriptors", descriptor())
    registry = doors.rig.shells.registry
    shown = await registry.described(SHELL, bpn=BPN)
    assert [each["name"] for each in shown["specificAssetIds"]] == ["manufacturerPartId"]
    assert decode(await registry.descriptors({}, bpn="BPNL0000000OTHER"))["result"] == []
    assert decode(await registry.shell_ids([("secret", "s")], {}, bpn=BPN))["result"] == []
    assert decode(await registry.shell_ids([("manufacturerPartId", "P-9")], {}, bpn=BPN))["result"] == [SHELL]


async def test_what_stands_here_describes_itself(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    path = f"/shell-descriptors/{encoded(passport.shell_id)}"
    for method, place, body in (
        ("POST", "/shell-descriptors", descriptor(passport.shell_id)),
        ("PUT", path, descriptor(passport.shell_id)),
        ("DELETE", path, None),
        ("POST", f"{path}/submodel-descriptors", part()),
    ):
        status, said, _ = await call(doors, method, place, body)
        assert (status, said["messages"][0]["code"]) == (403, "aas/of-shell")
    assert (await call(doors, "POST", "/shell-descriptors", descriptor(), key=doors.reader))[0] == 403


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": ""}, "/id"),
        ({"idShort": "1 bad"}, "/idShort"),
        ({"assetKind": "Thing"}, ""),
        ({"specificAssetIds": [{"name": "", "value": "x"}]}, "/specificAssetIds/0/name"),
        ({"submodelDescriptors": {}}, "/submodelDescriptors"),
        ({"submodelDescriptors": [{"id": "urn:example:x"}]}, "/submodelDescriptors/0/endpoints"),
        ({"submodelDescriptors": [{**part(), "endpoints": []}]}, "/submodelDescriptors/0/endpoints"),
        ({"submodelDescriptors": [part(), part()]}, "/submodelDescriptors/1/id"),
        (
            {"submodelDescriptors": [{**part(), "endpoints": [endpoint("")]}]},
            "/submodelDescriptors/0/endpoints/0/protocolInformation/href",
        ),
        ({"endpoints": [{"interface": "AAS-3.0"}]}, "/endpoints/0/protocolInformation"),
        (
            {"endpoints": [{"interface": "AAS-3.0", "protocolInformation": {"href": "x", "securityAttributes": [{}]}}]},
            "/endpoints/0/protocolInformation/securityAttributes/0",
        ),
    ],
)
async def test_bad_descriptors_are_refused_with_their_place(doors: Doors, change: Any, pointer: str) -> None:
    status, said, _ = await call(doors, "POST", "/shell-descriptors", descriptor(**change))
    assert status == 400
    assert any(pointer in each["text"] for each in said["messages"]), said
    assert (await call(doors, "GET", "/shell-descriptors"))[1]["result"] == []


async def test_bodies_of_another_shape(doors: Doors) -> None:
    for body in ([], 5, "x", {"id": 5}):
        assert (await call(doors, "POST", "/shell-descriptors", body))[0] == 400
    no_asset = {"id": SHELL, "submodelDescriptors": []}
    assert (await call(doors, "POST", "/shell-descriptors", no_asset))[0] == 201
    path = f"/shell-descriptors/{encoded(SHELL)}/submodel-descriptors"
    for body in ([], {}, {"id": 5}, "x"):
        assert (await call(doors, "POST", path, body))[0] == 400
