"""Submodels over the data plane: which path gives which bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode
from connector.notation.problems import Invalid, Problem, Unknown
from connector.ports import StreamedContent
from connector.services.passports.aspects import BATTERY_PASS
from connector.services.passports.shells import encoded, read_encoded
from connector.services.passports.shells.finding import Wanted
from connector.services.usage.content_digests import content_digest_header
from submodels.aas.paging import LONGEST, Paging, read_paging
from submodels.dbp.parts import METADATA, PARTS
from tests.connector.passport_rig import DATA, DSP, SUBMODELS_SERVED, Rig, opened, request


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(tmp_path) as rig:
        yield rig


async def body(content: StreamedContent) -> bytes:
    return b"".join([piece async for piece in content.pieces])


def address(unit_id: str) -> dict[str, Any]:
    return {"type": "Passport", "unitId": unit_id}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id_short)
async def test_every_submodel_is_served_with_its_digest(rig: Rig, part: Any) -> None:
    unit_id = (await rig.publish()).passport.id
    stored = next(one for one in await rig.passports.submodels(unit_id) if one.id_short == part.id_short)
    content = await rig.shells.serve(address(unit_id), request(f"{part.id_short}/submodel/$value"))
    raw = await body(content)
    assert (content.status, content.media_type, raw.decode()) == (200, "application/json", stored.value)
    assert content.headers["Content-Digest"] == content_digest_header(raw)
    assert content.headers["Content-Length"] == str(len(raw))
    assert stored.value_digest == digest_bytes(raw)


@pytest.mark.parametrize(
    "template",
    [
        "{name}/submodel/$value",
        "{name}/$value",
        "{name}/submodel/$value/$value",
        "submodels/{id}/$value",
        "submodels/{id}/submodel/$value",
        "/{name}/submodel/$value/",
    ],
)
async def test_ways_to_the_value(rig: Rig, template: str) -> None:
    unit_id = (await rig.publish()).passport.id
    stored = (await rig.passports.submodels(unit_id))[6]
    path = template.format(name=stored.id_short, id=encoded(stored.submodel_id))
    assert (await body(await rig.shells.serve(address(unit_id), request(path)))).decode() == stored.value


@pytest.mark.parametrize("template", ["{name}/submodel", "{name}", "submodels/{id}", "submodels/{id}/submodel"])
async def test_ways_to_the_whole(rig: Rig, template: str) -> None:
    unit_id = (await rig.publish()).passport.id
    stored = (await rig.passports.submodels(unit_id))[0]
    path = template.format(name=stored.id_short, id=encoded(stored.submodel_id))
    assert (await body(await rig.shells.serve(address(unit_id), request(path)))).decode() == stored.document


async def test_the_empty_path_lists_what_there_is(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    listed = decode(await body(await rig.shells.serve(address(unit_id), request())))
    assert tuple(entry["idShort"] for entry in listed) == SUBMODELS_SERVED
    known = {part.id_short: part.cx_semantic_id for part in (*PARTS, METADATA)} | {"BatteryPass": BATTERY_PASS}
    assert {entry["idShort"]: entry["semanticId"] for entry in listed} == known
    for entry in listed:
        assert entry["href"] == f"{DATA}/{entry['idShort']}/submodel"
        path = entry["href"].removeprefix(DATA) + "/$value"
        raw = await body(await rig.shells.serve(address(unit_id), request(path)))
        assert digest_bytes(raw) == entry["digest"]


@pytest.mark.parametrize(
    "path",
    [
        "Nothing/submodel/$value",
        "batterynameplate/$value",
        "BatteryNameplate/submodel/$everything",
        "BatteryNameplate/submodel/submodel-elements/Op/invoke",
        "BatteryNameplate/value",
        "BatteryNameplate//$value",
        "../BatteryNameplate/$value",
        "submodels/!!!/$value",
        "submodels/dXJuOnV1aWQ6MA/$value",
        "BatteryNameplate/submodel/$value%0a",
    ],
)
async def test_other_paths_lead_nowhere(rig: Rig, path: str) -> None:
    unit_id = (await rig.publish()).passport.id
    with pytest.raises(Unknown) as refused:
        await rig.shells.serve(address(unit_id), request(path))
    assert refused.value.code == "data/path"


async def test_the_submodel_of_another_unit_is_not_reached(rig: Rig) -> None:
    first, second = (await rig.publish()).passport.id, (await rig.publish()).passport.id
    foreign = (await rig.passports.submodels(second))[0].submodel_id
    with pytest.raises(Unknown):
        await rig.shells.serve(address(first), request(f"submodels/{encoded(foreign)}/$value"))


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "HEAD"])
async def test_submodels_are_only_read(rig: Rig, method: str) -> None:
    unit_id = (await rig.publish()).passport.id
    with pytest.raises(Invalid) as refused:
        await rig.shells.serve(address(unit_id), request("BatteryNameplate/$value", method))
    assert refused.value.code == "data/method"


@pytest.mark.parametrize("where", [{}, {"unitId": "nothing"}, {"unitId": None}])
async def test_an_address_without_passport_leads_nowhere(rig: Rig, where: dict[str, Any]) -> None:
    with pytest.raises(Unknown):
        await rig.shells.serve({"type": "Passport", **where}, request())


async def test_the_descriptor_leads_to_the_dataset(rig: Rig) -> None:
    passport = (await rig.publish()).passport
    descriptor = await rig.shells.registry.described(passport.shell_id)
    assert descriptor["globalAssetId"] == passport.global_asset_id
    names = {entry["name"]: entry["value"] for entry in descriptor["specificAssetIds"]}
    assert names["manufacturerId"] == "BPNL00000075MFCT"
    assert names["manufacturerPartId"] == "ION-E75"
    assert names["partInstanceId"] == "ION-E75-000123"
    assert names["digitalTwinType"] == "PartInstance"
    (endpoint,) = descriptor["submodelDescriptors"][0]["endpoints"]
    assert endpoint["interface"] == "SUBMODEL-3.1"
    assert not endpoint["protocolInformation"]["href"].endswith("$value")
    assert endpoint["protocolInformation"]["subprotocolBody"] == f"id={passport.dataset_id};dspEndpoint={DSP}"


async def test_pages_follow_each_other_without_gap_or_repeat(rig: Rig) -> None:
    for _ in range(3):
        await rig.publish()
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(20):
        page = await rig.shells.submodels.page(read_paging({"limit": "4", **cursor}))
        seen += [submodel.submodel_id for submodel in page.items]
        if not page.cursor:
            break
        cursor = {"cursor": page.cursor}
    assert len(seen) == len(set(seen)) == 3 * len(SUBMODELS_SERVED)


async def test_submodels_are_found_by_any_of_their_meanings(rig: Rig) -> None:
    await rig.publish()
    for part in PARTS:
        for meaning in (part.semantic_id, part.cx_semantic_id):
            found = (await rig.shells.submodels.page(Paging(), semantic_id=meaning)).items
            assert part.id_short in [submodel.id_short for submodel in found]
    page = rig.shells.submodels.page
    assert (await page(Paging(), semantic_id="urn:other")).items == []
    assert (await page(Paging(), semantic_id=PARTS[0].semantic_id, id_short="Circularity")).items == []


async def test_shells_are_found_by_all_links_together(rig: Rig) -> None:
    first, second = (await rig.publish()).passport, (await rig.publish()).passport

    async def found(*links: tuple[str, str], **paging: str) -> Any:
        return await rig.shells.repository.page(read_paging(paging), Wanted(links=links))

    shared = ("manufacturerPartId", "ION-E75")
    both = await found(shared)
    assert {passport.id for passport in both.items} == {first.id, second.id}
    assert [each.id for each in (await found(shared, ("globalAssetId", second.global_asset_id))).items] == [second.id]
    assert (await found(shared, ("globalAssetId", "other"))).items == []
    page = await found(shared, limit="1")
    rest = await found(shared, limit="1", cursor=page.cursor)
    assert {passport.id for passport in (*page.items, *rest.items)} == {first.id, second.id}
    assert rest.cursor == ""


@pytest.mark.parametrize("text", ["", "%", "dXJu=", "dXJuOg==", "é", "_w", "dXJuO"])
def test_an_identifier_has_one_encoding(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_encoded(text)
    assert refused.value.code == "aas/encoding"
    assert read_encoded(encoded("urn:uuid:é/?")) == "urn:uuid:é/?"


@pytest.mark.parametrize("limit", ["0", "-1", "", "1.0", "²"])
def test_a_page_has_bounds(limit: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_paging({"limit": limit})
    assert refused.value.code == "aas/limit"
    assert read_paging({"limit": "100000"}) == Paging(LONGEST)


async def test_a_parameter_given_twice_is_refused_before_it_is_lost(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    twice = dataclasses.replace(request("BatteryNameplate/submodel"), query=(("level", "core"), ("level", "deep")))
    with pytest.raises(Invalid) as caught:
        await rig.shells.serve(address(unit_id), twice)
    assert caught.value.code == "aas/query"
