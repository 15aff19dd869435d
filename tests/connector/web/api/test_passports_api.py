"""`/api/passports`, `/api/readings`, `/api/formats`: as a client sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation.exact_json import decode, encode
from connector.passport.carrier import decode as read_code
from submodels.aas.packages import read_aasx
from tests.connector.passport_rig import SUBMODELS_SERVED, Doors, opened_doors

CONTEXT = {
    "manufacturerName": "Example Battery GmbH",
    "manufacturerPartId": "ION-E75",
    "functionalQuantity": Decimal("1.0"),
    "facilityBpns": "BPNS00000075PLNT",
    "manufacturerAddress": {"street": "Akkuring 12", "zipcode": "71063", "city": "Sindelfingen", "country": "DE"},
}


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with opened_doors(tmp_path) as doors:
        yield doors


def form(doors: Doors, **changes: Any) -> dict[str, Any]:
    body = {"payload": doors.rig.example(), "accessPolicyId": "access", "usagePolicyId": "usage", "context": CONTEXT}
    return {**body, **changes}


async def publish(doors: Doors, **changes: Any) -> dict[str, Any]:
    status, answer = await doors.call("POST", "/api/passports", form(doors, **changes))
    assert status == 201, answer
    found: dict[str, Any] = answer
    return found


async def test_publish_then_read(doors: Doors) -> None:
    made = await publish(doors)
    assert made["version"] == made["versionDetails"]["number"] == 1
    assert made["versionDetails"]["actor"] == "ops"
    assert "passport/unit-url" in [finding["code"] for finding in made["findings"]]
    unit = f"/api/passports/{made['unitId']}"
    _, shown = await doors.call("GET", unit, key=doors.reader)
    assert shown["payload"] == made["payload"]
    _, listed = await doors.call("GET", "/api/passports", key=doors.reader)
    assert [entry["unitId"] for entry in listed] == [made["unitId"]]
    _, submodels = await doors.call("GET", f"{unit}/submodels")
    assert len(submodels) == len(SUBMODELS_SERVED)
    stored = await doors.rig.passports.submodels(made["unitId"])
    assert "Akkuring 12" in stored[0].value


async def test_a_refused_payload_is_answered_with_its_findings(doors: Doors) -> None:
    payload = doors.rig.example()
    del payload["identification"]["category"]
    status, answer = await doors.call("POST", "/api/passports", form(doors, payload=payload))
    assert (status, answer["code"]) == (422, "passport/payload")
    assert ("samm/required", "/identification") in [
        (finding["code"], finding["pointer"]) for finding in answer["findings"]
    ]
    status, answer = await doors.call("POST", "/api/passports/validate", payload)
    assert (status, answer["ok"]) == (200, False)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"payload": []}, 400, "http/body"),
        ({"payload": None}, 400, "http/body"),
        ({"accessPolicyId": ""}, 400, "http/body"),
        ({"surprise": 1}, 400, "http/body"),
        ({"context": {"manufacturerAddress": {"street": "x"}}}, 400, "http/body"),
        ({"context": {"unitUrl": "https://x"}}, 400, "http/body"),
        ({"context": {"language": "german"}}, 400, "dbp/language"),
        ({"usagePolicyId": "nowhere"}, 422, "passport/policy"),
        ({"role": " "}, 400, "passport/actor"),
    ],
)
async def test_a_wrong_request_changes_nothing(doors: Doors, changes: dict[str, Any], status: int, code: str) -> None:
    answer = await doors.call("POST", "/api/passports", form(doors, **changes))
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert (await doors.call("GET", "/api/passports"))[1] == []


async def test_a_reader_may_not_publish(doors: Doors) -> None:
    status, answer = await doors.call("POST", "/api/passports", form(doors), key=doors.reader)
    assert (status, answer["code"]) == (403, "key/role")


@pytest.mark.parametrize(
    "way",
    [
        {"patch": [{"op": "replace", "path": "/identification/chemistry", "value": "LFP"}]},
        {"merge": {"identification": {"chemistry": "LFP"}}},
    ],
)
async def test_change_by_patch_or_merge(doors: Doors, way: dict[str, Any]) -> None:
    unit = f"/api/passports/{(await publish(doors))['unitId']}"
    body = {**way, "reason": "corrected", "expectedVersion": 1, "notes": "typing error"}
    status, answer = await doors.call("PATCH", unit, body)
    assert (status, answer["version"], answer["payload"]["identification"]["chemistry"]) == (200, 2, "LFP")
    _, versions = await doors.call("GET", f"{unit}/versions")
    assert [(one["number"], one["reason"]) for one in versions] == [(1, "issued"), (2, "corrected")]
    _, old = await doors.call("GET", f"{unit}/versions/1")
    assert old["payload"]["identification"]["chemistry"] == "NMC"
    assert (await doors.call("GET", f"{unit}/history-check"))[1] == {"ok": True, "findings": []}
    status, answer = await doors.call("PATCH", unit, body)
    assert (status, answer["code"]) == (409, "passport/version-conflict")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": "corrected"}, "passport/change"),
        ({"reason": "corrected", "patch": [], "merge": {}}, "passport/change"),
        ({"reason": "corrected", "patch": [{"op": "copy", "from": "/a", "path": "/b"}]}, "passport/delta-operation"),
        ({"reason": "corrected", "patch": [{"op": "remove", "path": "/nothing"}]}, "passport/delta-path"),
        ({"reason": "because", "merge": {"identification": {"chemistry": "LFP"}}}, "passport/reason"),
        ({"merge": {}}, "http/body"),
    ],
)
async def test_a_wrong_change_is_refused(doors: Doors, body: dict[str, Any], code: str) -> None:
    unit = f"/api/passports/{(await publish(doors))['unitId']}"
    status, answer = await doors.call("PATCH", unit, body)
    assert (status, answer["code"]) == (400, code)
    assert (await doors.call("GET", unit))[1]["version"] == 1


async def test_the_label_holds_the_unit_url_and_nothing_else(doors: Doors) -> None:
    made = await publish(doors)
    label = f"/api/passports/{made['unitId']}/label"
    _, png = await doors.call("GET", f"{label}?format=png&scale=4")
    assert read_code(png) == made["unitUrl"]
    assert (await doors.call("GET", label))[1].startswith(b"<svg")
    assert made["unitUrl"].encode() in (await doors.call("GET", f"{label}?format=text"))[1]
    assert (await doors.call("GET", f"{label}?format=gif"))[0] == 400
    assert (await doors.call("GET", f"{label}?scale=100"))[0] == 400


async def test_one_submodel_s_value_by_name(doors: Doors) -> None:
    unit_id = (await publish(doors))["unitId"]
    stored = {one.id_short: one.value for one in await doors.rig.passports.submodels(unit_id)}
    _, value = await doors.call("GET", f"/api/passports/{unit_id}/submodels/ProductCondition?version=1")
    assert value == decode(stored["ProductCondition"])
    status, answer = await doors.call("GET", f"/api/passports/{unit_id}/submodels/Nothing")
    assert (status, answer["code"]) == (404, "passport/submodel-unknown")


async def test_exports(doors: Doors) -> None:
    unit = f"/api/passports/{(await publish(doors))['unitId']}"
    _, environment = await doors.call("GET", f"{unit}/export")
    assert len(environment["submodels"]) == len(SUBMODELS_SERVED)
    _, xml = await doors.call("GET", f"{unit}/export?format=xml")
    assert b"https://admin-shell.io/aas/3/0" in xml
    _, packed = await doors.call("GET", f"{unit}/export?format=aasx&version=1")
    assert len(read_aasx(packed)[0].submodels) == len(SUBMODELS_SERVED)
    assert (await doors.call("GET", f"{unit}/export?version=2"))[0] == 404


@pytest.mark.parametrize("below", ["", "/versions", "/versions/1", "/submodels", "/label", "/export", "/devices"])
async def test_an_unknown_unit_is_not_found(doors: Doors, below: str) -> None:
    status, answer = await doors.call("GET", f"/api/passports/nothing{below}")
    assert (status, answer["code"]) == (404, "passport/unknown")


@pytest.mark.parametrize("number", ["0", "x", "-1", "1.0", "٣"])
async def test_a_version_has_a_number(doors: Doors, number: str) -> None:
    unit = f"/api/passports/{(await publish(doors))['unitId']}"
    status, answer = await doors.call("GET", f"{unit}/versions/{number}")
    assert (status, answer["code"]) == (400, "passport/version-number")


# --- readings


async def unit_with_key(doors: Doors) -> str:
    unit_id: str = (await publish(doors))["unitId"]
    status, device = await doors.call(
        "POST", f"/api/passports/{unit_id}/devices", {"jwk": doors.rig.key.public_jwk, "keyId": "bms-1"}
    )
    assert (status, device["keyId"]) == (201, "bms-1")
    return unit_id


@pytest.mark.parametrize("content_type", ["application/jose", "application/json"])
async def test_a_reading_in_either_body(doors: Doors, content_type: str) -> None:
    unit_id = await unit_with_key(doors)
    statement = doors.rig.statement(doors.rig.reading(unit_id))
    data = statement.encode() if content_type == "application/jose" else encode({"statement": statement})
    headers = {"Content-Type": content_type}
    status, answer = await doors.call("POST", "/api/readings", data=data, headers=headers)
    assert (status, answer["version"], answer["repeated"]) == (201, 2, False)
    _, again = await doors.call("POST", "/api/readings", data=data, headers=headers)
    assert (again["version"], again["repeated"]) == (2, True)
    _, listed = await doors.call("GET", f"/api/passports/{unit_id}/readings")
    assert [entry["sequence"] for entry in listed] == [1]


async def test_a_changed_reading_is_refused(doors: Doors) -> None:
    unit_id = await unit_with_key(doors)
    statement = doors.rig.statement(doors.rig.reading(unit_id))
    middle = len(statement) // 2
    changed = statement[:middle] + ("A" if statement[middle] != "A" else "B") + statement[middle + 1 :]
    status, answer = await doors.call("POST", "/api/readings", data=changed.encode())
    assert (status, answer["code"]) == (403, "condition/signature")


@pytest.mark.parametrize(
    ("content_type", "data", "code"),
    [
        ("application/json", b"{", "json/syntax"),
        ("application/json", b'{"statement": 1}', "reading/body"),
        ("application/json", b'{"statement": "a", "more": 1}', "reading/body"),
        ("application/json", b"[]", "reading/body"),
        ("application/jose", b"", "condition/signature"),
        ("application/jose", b"\xff\xfe", "reading/body"),
        ("application/jose", b"a" * 9000, "condition/size"),
        ("application/jose", b"a" * 20000, "condition/size"),
    ],
)
async def test_a_body_that_is_no_reading(doors: Doors, content_type: str, data: bytes, code: str) -> None:
    status, answer = await doors.call("POST", "/api/readings", data=data, headers={"Content-Type": content_type})
    assert 400 <= status < 500
    assert answer["code"] == code


async def test_a_revoked_key_is_shown_and_no_longer_believed(doors: Doors) -> None:
    unit_id = await unit_with_key(doors)
    status, device = await doors.call("DELETE", f"/api/passports/{unit_id}/devices/bms-1")
    assert status == 200
    assert device["revokedAt"]
    data = doors.rig.statement(doors.rig.reading(unit_id)).encode()
    assert (await doors.call("POST", "/api/readings", data=data))[0] == 403
    _, devices = await doors.call("GET", f"/api/passports/{unit_id}/devices")
    assert [entry["keyId"] for entry in devices] == ["bms-1"]


# --- formats


async def test_a_wia_record_is_checked(doors: Doors) -> None:
    status, answer = await doors.call("POST", "/api/formats/wia/validate", {"record": {"passportId": "wrong"}})
    assert (status, answer["ok"]) == (200, False)
    assert "wia/VAL-001" in [finding["code"] for finding in answer["findings"]]
    status, answer = await doors.call("POST", "/api/formats/wia/validate", {"record": [1]})
    assert (status, answer["ok"]) == (200, False)
    assert (await doors.call("POST", "/api/formats/wia/validate", {"previous": {}}))[0] == 400


async def test_a_name_given_twice_is_refused_with_its_place(doors: Doors) -> None:
    data = b'{"record": {"passportId": "a",\n "passportId": "b"}}'
    headers = {"Content-Type": "application/json"}
    status, answer = await doors.call("POST", "/api/formats/wia/validate", data=data, headers=headers)
    assert (status, answer["code"], answer["pointer"]) == (400, "json/duplicate-name", "/record/passportId")
    assert "'passportId'" in answer["detail"]
    assert "line 2" in answer["detail"]


async def test_every_operation_is_described(doors: Doors) -> None:
    _, document = await doors.call("GET", "/api/openapi.json")
    assert {"/api/passports", "/api/passports/{unit}/label", "/api/readings"} <= document["paths"].keys()
    assert decode(encode(document)) == document
