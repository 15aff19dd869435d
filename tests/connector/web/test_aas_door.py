"""The AAS API of the owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.notation.exact_json import decode, encode
from connector.services.passports.shells import encoded
from connector.services.passports.shells.shells import SUBMODEL_PROFILES
from connector.web.aas import PROFILES, SHELL_PROFILES
from submodels.dbp.parts import BY_ID_SHORT
from tests.connector.passport_rig import SUBMODELS_SERVED, Doors, opened_doors

FOOTPRINT = "ProductCarbonFootprints"


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with opened_doors(tmp_path) as doors:
        yield doors


async def ask(doors: Doors, path: str, *, key: str | None = None, method: str = "GET", body: Any = None) -> Any:
    """(status, raw bytes, decoded)."""
    headers = {"X-Api-Key": doors.reader if key is None else key}
    data = encode(body) if body is not None else None
    async with doors.aas.request(method, f"/api/v3{path}", headers=headers, data=data) as answer:
        raw = await answer.read()
        return answer.status, raw, decode(raw)


async def id_of(doors: Doors, unit_id: str, id_short: str) -> str:
    stored = await doors.rig.passports.submodels(unit_id)
    return encoded(next(one for one in stored if one.id_short == id_short).submodel_id)


def is_error(document: Any, code: str) -> bool:
    """Part 2's form, nothing beside `messages`."""
    assert document.keys() == {"messages"}
    members = {"code", "correlationId", "messageType", "text", "timestamp"}
    assert all(message.keys() == members and message["messageType"] == "Error" for message in document["messages"])
    return all(message["code"] == code for message in document["messages"])


async def test_shells_and_their_submodels(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    _, _, page = await ask(doors, "/shells")
    assert page["paging_metadata"] == {}
    (shell,) = page["result"]
    assert (shell["id"], shell["assetInformation"]["globalAssetId"]) == (passport.shell_id, passport.global_asset_id)
    shell_path = f"/shells/{encoded(passport.shell_id)}"
    assert (await ask(doors, shell_path))[2] == shell
    assert (await ask(doors, f"{shell_path}/asset-information"))[2] == shell["assetInformation"]
    _, _, references = await ask(doors, f"{shell_path}/submodel-refs")
    assert references["result"] == shell["submodels"]
    for reference in references["result"]:
        status, _, submodel = await ask(doors, f"/submodels/{encoded(reference['keys'][0]['value'])}")
        assert (status, submodel["modelType"]) == (200, "Submodel")


async def test_submodels_are_paged_by_the_store(doors: Doors) -> None:
    for _ in range(2):
        await doors.rig.publish()
    seen: list[str] = []
    path = "/submodels?limit=5"
    while path:
        _, _, page = await ask(doors, path)
        seen += [submodel["id"] for submodel in page["result"]]
        cursor = page["paging_metadata"].get("cursor")
        path = f"/submodels?limit=5&cursor={cursor}" if cursor else ""
    assert len(seen) == len(set(seen)) == 2 * len(SUBMODELS_SERVED)


async def test_only_current_submodels_are_shown(doors: Doors) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    await doors.rig.telemetry.register(unit_id, doors.rig.key.public_jwk, actor="ops", key_id="bms-1")
    await doors.rig.telemetry.take(doors.rig.statement(doors.rig.reading(unit_id)), actor="ops")
    _, _, page = await ask(doors, "/submodels?idShort=ProductCondition")
    (condition,) = page["result"]
    assert condition["administration"]["version"] == "2"


async def test_the_filters(doors: Doors) -> None:
    await doors.rig.publish()
    part = BY_ID_SHORT["Circularity"]
    reference = {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": part.cx_semantic_id}]}
    text = encoded(encode(reference).decode())
    _, _, page = await ask(doors, f"/submodels?semanticId={text}")
    assert [submodel["idShort"] for submodel in page["result"]] == ["Circularity"]
    _, _, page = await ask(doors, "/submodels?idShort=Nothing")
    assert page["result"] == []


async def test_the_value_is_what_is_stored(doors: Doors) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    for stored in await doors.rig.passports.submodels(unit_id):
        status, raw, _ = await ask(doors, f"/submodels/{encoded(stored.submodel_id)}/$value")
        assert (status, raw.decode()) == (200, stored.value)


async def test_elements_by_path_and_by_value(doors: Doors) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    base = f"/submodels/{await id_of(doors, unit_id, 'CarbonFootprint')}/submodel-elements"
    _, _, page = await ask(doors, base)
    assert [element["idShort"] for element in page["result"]] == [FOOTPRINT]
    status, _, element = await ask(doors, f"{base}/{FOOTPRINT}%5B0%5D.PcfCO2eq")
    assert (status, element["idShort"], element["value"]) == (200, "PcfCO2eq", "0.0412")
    assert (await ask(doors, f"{base}/{FOOTPRINT}[0].PcfCO2eq/$value"))[1] == b'{"PcfCO2eq":0.0412}'
    assert (await ask(doors, f"{base}/{FOOTPRINT}[0].PcfCO2eq/$value?scalar=bare"))[1] == b"0.0412"
    _, _, first = await ask(doors, f"{base}/{FOOTPRINT}[0]/$value")
    assert first["PcfCalculationMethods"] == ["ISO 14067"]
    _, raw, _ = await ask(doors, f"{base}/{FOOTPRINT}[0].PcfCalculationMethods[0]/$value")
    assert raw == b'"ISO 14067"'


async def test_elements_are_paged(doors: Doors) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    base = f"/submodels/{await id_of(doors, unit_id, 'BatteryNameplate')}/submodel-elements"
    _, _, whole = await ask(doors, base)
    _, _, first = await ask(doors, f"{base}?limit=5")
    _, _, rest = await ask(doors, f"{base}?limit=500&cursor={first['paging_metadata']['cursor']}")
    assert first["result"] + rest["result"] == whole["result"]
    assert rest["paging_metadata"] == {}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Nothing", 404, "aas/element-unknown"),
        (f"{FOOTPRINT}[99]", 404, "aas/element-unknown"),
        (f"{FOOTPRINT}.PcfCO2eq", 404, "aas/element-unknown"),
        (f"{FOOTPRINT}[0].PcfCO2eq.Below", 404, "aas/element-unknown"),
        (f"{FOOTPRINT}[-1]", 400, "aas/path"),
        (f"{FOOTPRINT}[01]", 400, "aas/path"),
        ("A..B", 400, "aas/path"),
        ("A" * 3000, 400, "aas/path"),
    ],
)
@pytest.mark.parametrize("suffix", ["", "/$value"])
async def test_paths_that_lead_nowhere(doors: Doors, path: str, status: int, code: str, suffix: str) -> None:
    unit_id = (await doors.rig.publish()).passport.id
    submodel = await id_of(doors, unit_id, "CarbonFootprint")
    answer = await ask(doors, f"/submodels/{submodel}/submodel-elements/{path}{suffix}")
    assert answer[0] == status
    assert is_error(answer[2], code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/shells/{encoded('urn:other')}", 404, "aas/shell-unknown"),
        (f"/submodels/{encoded('urn:other')}", 404, "aas/submodel-unknown"),
        (f"/submodels/{encoded('urn:other')}/$value", 404, "aas/submodel-unknown"),
        ("/shells/!", 400, "aas/encoding"),
        ("/submodels/dXJuOg==", 400, "aas/encoding"),
        ("/submodels?limit=0", 400, "aas/limit"),
        ("/submodels?limit=many", 400, "aas/limit"),
        ("/submodels?limit=99999999999999999999", 400, "aas/limit"),
        ("/submodels?cursor=", 400, "aas/cursor"),
        ("/shells?cursor=%25", 400, "aas/cursor"),
        ("/submodels?level=half", 400, "aas/level"),
        ("/submodels/$metadata?level=core", 400, "aas/level"),
        ("/submodels/$reference?level=deep", 400, "aas/level"),
        ("/submodels/$metadata?extent=withBlobValue", 400, "aas/extent"),
        ("/submodels/$all", 404, "aas/path"),
        ("/shells/$metadata", 501, "http/route"),
        ("/lookup/shells?assetIds=e30", 400, "aas/asset-links"),
        ("/lookup/shells?createdAfter=yesterday", 400, "aas/query"),
        ("/shells?assetIds=!", 400, "aas/asset-links"),
        ("/serialization?includeConceptDescriptions=perhaps", 400, "aas/query"),
        ("/serialization?aasIds=dXJuOng", 404, "aas/shell-unknown"),
        ("/submodel-descriptors", 501, "http/route"),
        ("/submodels?extent=some", 400, "aas/extent"),
        ("/submodels?semanticId=!", 400, "aas/semanticId"),
        ("/submodels?semanticId=bnVsbA", 400, "aas/semanticId"),
        ("/shells?semanticId=x", 400, "aas/query"),
        ("/shell-descriptors?assetKind=Nothing", 400, "aas/query"),
        ("/nothing", 404, "http/route"),
    ],
)
async def test_wrong_requests_are_answered_in_the_form_of_part_2(
    doors: Doors, path: str, status: int, code: str
) -> None:
    answer = await ask(doors, path)
    assert answer[0] == status
    assert is_error(answer[2], code)


async def test_the_door_is_the_owner_s(doors: Doors) -> None:
    for key in ("", "ion_ops_" + "0" * 43):
        status, _, document = await ask(doors, "/shells", key=key)
        assert status == 401
        assert document.keys() == {"messages"}


async def test_descriptors_and_lookup(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    _, _, page = await ask(doors, "/shell-descriptors")
    (descriptor,) = page["result"]
    assert tuple(entry["idShort"] for entry in descriptor["submodelDescriptors"]) == SUBMODELS_SERVED
    path = encoded(passport.shell_id)
    assert (await ask(doors, f"/shell-descriptors/{path}"))[2] == descriptor
    links = [{"name": "manufacturerPartId", "value": "ION-E75"}, {"name": "partInstanceId", "value": "ION-E75-000123"}]
    _, _, found = await ask(doors, "/lookup/shellsByAssetLink", method="POST", body=links)
    assert found["result"] == [passport.shell_id]
    _, _, none = await ask(doors, "/lookup/shellsByAssetLink", method="POST", body=[{"name": "a", "value": "b"}])
    assert none["result"] == []
    _, _, known = await ask(doors, f"/lookup/shells/{path}")
    assert all(link in known for link in links)
    assert known[0] == {"name": "globalAssetId", "value": passport.global_asset_id}


@pytest.mark.parametrize("body", [{}, "x", [1], [{"name": "a"}], [{"name": 1, "value": "b"}], None])
async def test_links_that_are_none_are_refused(doors: Doors, body: Any) -> None:
    status, _, document = await ask(doors, "/lookup/shellsByAssetLink", method="POST", body=body)
    assert status == 400
    assert document["messages"][0]["code"] in ("aas/asset-links", "json/syntax")


async def test_the_description_says_no_more_than_is_there(doors: Doors) -> None:
    assert (await ask(doors, "/description"))[2] == {"profiles": list(PROFILES)}


# --- the same submodel through every door


@pytest.mark.parametrize(
    "rest", ["", "/$value", "/$metadata", "/$path", "/submodel-elements", "/submodel-elements/$path"]
)
async def test_a_submodel_is_the_same_through_every_door(doors: Doors, rest: str) -> None:
    passport = (await doors.rig.publish()).passport
    submodel = await id_of(doors, passport.id, "CarbonFootprint")
    shell = encoded(passport.shell_id)
    bases = (
        f"/submodels/{submodel}",
        f"/submodels/{submodel}/submodel",
        f"/shells/{shell}/submodels/{submodel}",
        f"/shells/{shell}/aas/submodels/{submodel}",
    )
    answers = [await ask(doors, base + rest) for base in bases]
    assert [status for status, _, _ in answers] == [200] * len(bases)
    assert len({raw for _, raw, _ in answers}) == 1


async def test_a_shell_does_not_lead_to_another_s_submodel(doors: Doors) -> None:
    first, second = (await doors.rig.publish()).passport, (await doors.rig.publish()).passport
    foreign = await id_of(doors, second.id, "CarbonFootprint")
    status, _, document = await ask(doors, f"/shells/{encoded(first.shell_id)}/submodels/{foreign}/$value")
    assert status == 404
    assert is_error(document, "aas/submodel-unknown")


async def test_a_shell_is_a_service_of_its_own(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    base = f"/shells/{encoded(passport.shell_id)}"
    for rest in ("", "/", "/$reference", "/asset-information", "/submodel-refs"):
        assert (await ask(doors, f"{base}/aas{rest}"))[1] == (await ask(doors, base + rest))[1]
    assert (await ask(doors, f"{base}/description"))[2] == {"profiles": list(SHELL_PROFILES)}
    _, _, whole = await ask(doors, f"{base}/aas/serialization")
    assert len(whole["submodels"]) == len(SUBMODELS_SERVED)
    submodel = await id_of(doors, passport.id, "Circularity")
    assert (await ask(doors, f"/submodels/{submodel}/description"))[2] == {"profiles": list(SUBMODEL_PROFILES)}


async def test_shells_by_reference_and_by_asset(doors: Doors) -> None:
    first, second = (await doors.rig.publish()).passport, (await doors.rig.publish()).passport
    _, _, page = await ask(doors, "/shells/$reference?limit=1")
    assert page["result"][0]["keys"][0]["value"] in (first.shell_id, second.shell_id)
    assert page["paging_metadata"]["cursor"]
    link = encode({"name": "globalAssetId", "value": second.global_asset_id}).decode()
    for path in (
        f"/shells?assetIds={encoded(link)}",
        f"/shells?assetIds={encoded(f'[{link}]')}&idShort=BatteryPassport",
    ):
        assert [shell["id"] for shell in (await ask(doors, path))[2]["result"]] == [second.shell_id]
    both = encoded(encode({"name": "manufacturerPartId", "value": "ION-E75"}).decode())
    for path in (
        f"/lookup/shells?assetIds={both}&assetIds={encoded(link)}",
        f"/lookup/shells?assetIds={both},{encoded(link)}",
    ):
        assert (await ask(doors, path))[2]["result"] == [second.shell_id]
    assert (await ask(doors, "/shells?idShort=Other"))[2]["result"] == []


async def test_bulk_loading_by_post_as_catena_x_shows_it(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    body = {"assetIds": [{"name": "manufacturerPartId", "value": "ION-E75"}]}
    path = "/lookup/shells?createdAfter="
    assert (await ask(doors, path + "2026-11-21T00:00:00Z", method="POST", body=body))[2]["result"] == [
        passport.shell_id
    ]
    assert (await ask(doors, path + "2026-11-22T00:00:00Z", method="POST", body=body))[2]["result"] == []


async def test_submodel_descriptors_of_a_shell(doors: Doors) -> None:
    passport = (await doors.rig.publish()).passport
    base = f"/shell-descriptors/{encoded(passport.shell_id)}"
    _, _, page = await ask(doors, f"{base}/submodel-descriptors?limit=3")
    assert len(page["result"]) == 3
    (one,) = [each for each in page["result"] if each["idShort"] == "BatteryNameplate"]
    assert (await ask(doors, f"{base}/submodel-descriptors/{encoded(one['id'])}"))[2] == one
    assert (await ask(doors, f"{base}/submodel-descriptors/{encoded('urn:other')}"))[0] == 404


@pytest.mark.parametrize(
    ("accept", "begins"),
    [
        ("", b'{"assetAdministrationShells":['),
        ("*/*", b'{"assetAdministrationShells":['),
        ("application/xml", b"<?xml"),
        ("application/asset-administration-shell-package+xml", b"PK"),
        ("text/html, application/json;q=0.9", b'{"assetAdministrationShells":['),
    ],
)
async def test_serializations(doors: Doors, accept: str, begins: bytes) -> None:
    passport = (await doors.rig.publish()).passport
    headers = {"X-Api-Key": doors.reader, "Accept": accept}
    path = f"/api/v3/serialization?aasIds={encoded(passport.shell_id)}"
    async with doors.aas.get(path, headers=headers) as answer:
        raw = await answer.read()
    assert (answer.status, raw[: len(begins)]) == (200, begins)


async def test_only_what_is_named_is_serialized(doors: Doors) -> None:
    first, _ = (await doors.rig.publish()).passport, (await doors.rig.publish()).passport
    submodel = await id_of(doors, first.id, "Circularity")
    _, _, found = await ask(doors, f"/serialization?submodelIds={submodel}&includeConceptDescriptions=false")
    assert (found.keys(), found["submodels"][0]["idShort"]) == ({"submodels"}, "Circularity")
    _, _, everything = await ask(doors, "/serialization")
    assert (len(everything["assetAdministrationShells"]), len(everything["submodels"])) == (
        2,
        2 * len(SUBMODELS_SERVED),
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/submodels/dXJuOng/submodel-elements/Op/invoke"),
        ("GET", "/submodels/dXJuOng/submodel-elements/Op/operation-results/aQ"),
        ("POST", "/bulk/shell-descriptors"),
        ("POST", "/query/shells"),
        ("GET", "/submodel-descriptors"),
        ("POST", "/lookup/shells/dXJuOng"),
    ],
)
async def test_what_is_not_offered_is_said_so(doors: Doors, method: str, path: str) -> None:
    status, _, document = await ask(doors, path, method=method, key=doors.operator)
    assert (status, document.keys()) == (501, {"messages"})


async def test_a_method_of_no_standard_is_not_allowed(doors: Doors) -> None:
    assert (await ask(doors, "/shells", method="TRACE", key=doors.operator))[0] == 405
