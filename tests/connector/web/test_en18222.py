"""EN 18222 at both listeners: the public part for anybody, everything and changes for the operator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient, TestServer

from connector.notation.exact_json import decode, encode
from connector.services.passports.dpps import Dpps
from connector.services.passports.terms import Defaults, Terms
from connector.web import en18222
from connector.web.en18222 import DppDoor
from connector.web.management.access import access
from tests.connector.passport_rig import CONTEXT, DID, Rig, _guarded, opened


class Listeners:
    """A rig with one passport, and both listeners."""

    def __init__(self, rig: Rig, clients: dict[str, Any], keys: dict[str, str]) -> None:
        self.rig, self.clients, self.keys = rig, clients, keys
        self.unit = self.url = ""

    async def call(
        self, method: str, path: str, body: Any = None, *, at: str = "owner", key: str = "operator", **headers: str
    ) -> tuple[int, Any, Any]:
        sent = {"Content-Type": "application/json"} | headers
        if at == "owner" and key:
            sent["X-Api-Key"] = self.keys[key]
        data = None if body is None else body if isinstance(body, bytes) else encode(body)
        async with self.clients[at].request(method, path, headers=sent, data=data) as answer:
            raw = await answer.read()
            return answer.status, decode(raw) if raw else None, answer.headers

    def dpp(self, rest: str = "") -> str:
        return f"/v1/dpps/{quote(self.url, safe='')}{rest}"


@pytest.fixture
async def listeners(tmp_path: Path) -> AsyncIterator[Listeners]:
    async with opened(tmp_path, Defaults(Terms(), CONTEXT)) as rig:
        dpps = Dpps(store=rig.store, passports=rig.passports)
        public = _guarded(en18222.error_form)
        public.add_routes(DppDoor(dpps, operator=DID, is_owner=False).routes())
        owner = _guarded(en18222.error_form, access(rig.keys))
        owner.add_routes(DppDoor(dpps, operator=DID, is_owner=True).routes())
        keys = {role: await rig.keys.create(role, role, actor="test") for role in ("operator", "reader")}
        async with TestClient(TestServer(public)) as first, TestClient(TestServer(owner)) as second:
            found = Listeners(rig, {"public": first, "owner": second}, keys)
            edition = await rig.publish()
            found.unit, found.url = edition.passport.id, edition.passport.unit_url
            yield found


async def test_the_envelope_and_the_public_part(listeners: Listeners) -> None:
    status, shown, _ = await listeners.call("GET", listeners.dpp(), at="public")
    assert status == 200
    assert shown["digitalProductPassportId"] == "urn:uuid:2f4d1c7e-8a53-4b0e-9d61-5c3e7ab90f18"
    assert shown["uniqueProductIdentifier"] == listeners.url
    assert (shown["granularity"], shown["dppStatus"]) == ("item", "active")
    assert (shown["economicOperatorId"], shown["facilityId"]) == ("BPNL00000075MFCT", "BPNA00000075PLNT")
    assert shown["lastUpdated"] == "2026-11-21T12:00:00.123456Z"
    assert "dynamic" not in shown["performance"]
    status, own, _ = await listeners.call("GET", listeners.dpp(), key="reader")
    assert own["performance"]["dynamic"]["stateOfCharge"]["value"] == 68.5


@pytest.mark.parametrize("kind", ["unit", "url", "asset", "own"])
async def test_a_passport_is_found_by_each_of_its_identifiers(listeners: Listeners, kind: str) -> None:
    passport = await listeners.rig.passports.get(listeners.unit)
    identifier = {
        "unit": listeners.unit,
        "url": listeners.url,
        "asset": passport.global_asset_id,
        "own": "urn:uuid:2f4d1c7e-8a53-4b0e-9d61-5c3e7ab90f18",
    }[kind]
    for path in ("/v1/dpps/", "/v1/dppsByProductId/"):
        status, shown, _ = await listeners.call("GET", path + quote(identifier, safe=""), at="public")
        assert (status, shown["uniqueProductIdentifier"]) == (200, listeners.url)


async def test_full_form_holds_what_the_compressed_one_does(listeners: Listeners) -> None:
    _, compressed, _ = await listeners.call("GET", listeners.dpp())
    _, full, _ = await listeners.call("GET", listeners.dpp("?representation=full"))
    from connector.passport.formats.en18223 import read

    assert read(full, "full") == read(compressed, "compressed")
    assert {one["objectType"] for one in full["elements"]} == {"DataElementCollection", "MultiValuedDataElement"}


async def test_elements_by_path(listeners: Listeners) -> None:
    path = quote("$.performance.rated['voltage'].nominal", safe="")
    _, shown, _ = await listeners.call("GET", listeners.dpp(f"/elements/{path}"), at="public")
    assert shown == {"elementId": "nominal", "value": 374}
    _, shown, _ = await listeners.call("GET", listeners.dpp(f"/elements/{path}?representation=full"), at="public")
    assert (shown["objectType"], shown["valueDataType"]) == ("SingleValuedDataElement", "xsd:decimal")
    held_back = quote("$.performance.dynamic.stateOfCharge", safe="")
    absent = quote("$.performance.nowhere", safe="")
    refused = await listeners.call("GET", listeners.dpp(f"/elements/{held_back}"), at="public")
    missing = await listeners.call("GET", listeners.dpp(f"/elements/{absent}"), at="public")
    assert refused[0] == missing[0] == 404
    assert refused[1]["message"][0]["text"] == missing[1]["message"][0]["text"]


@pytest.mark.parametrize("path", ["x", "$", "$..a", "$[*]", "$.a[?@.b]", "$.a[-1]", "$.a.", "$['a", "$.a[1:2]"])
async def test_a_path_that_names_no_single_element_is_malformed(listeners: Listeners, path: str) -> None:
    status, answer, _ = await listeners.call("GET", listeners.dpp(f"/elements/{quote(path, safe='')}"))
    assert (status, answer["statusCode"]) == (400, "ClientErrorBadRequest")


async def test_versions_by_date(listeners: Listeners) -> None:
    before = listeners.rig.clock.time
    listeners.rig.clock.move(days=1)
    status, changed, _ = await listeners.call("PATCH", listeners.dpp(), {"circularity": {"status": "re-used"}})
    assert (status, changed["circularity"]["status"]) == (200, "re-used")
    base = f"/v1/dppsByIdAndDate/{quote(listeners.url, safe='')}?date="
    for moment, wanted in ((before, "original"), (before + timedelta(days=1), "re-used")):
        text = quote(moment.isoformat().replace("+00:00", "Z"))
        _, shown, _ = await listeners.call("GET", base + text)
        assert shown["circularity"]["status"] == wanted
    status, _, _ = await listeners.call("GET", base + "2020-01-01T00:00:00Z", at="public")
    assert status == 404
    for wrong in ("", "yesterday", "2026-11-21T12:00:00"):
        status, _, _ = await listeners.call("GET", base + wrong, at="public")
        assert status == 400


async def test_pages_of_identifiers(listeners: Listeners) -> None:
    other = await listeners.rig.publish(
        listeners.rig.example()
        | {
            "metadata": {
                **listeners.rig.example()["metadata"],
                "passportIdentifier": {"left": "urn:uuid:00000000-0000-4000-8000-000000000002"},
            }
        }
    )
    wanted = ["https://nobody.example/p/1", listeners.url, other.passport.unit_url]
    _, first, _ = await listeners.call("POST", "/v1/dppsByProductIds?limit=1", {"productIds": wanted}, at="public")
    assert first["dppIds"] == ["urn:uuid:2f4d1c7e-8a53-4b0e-9d61-5c3e7ab90f18"]
    more = f"/v1/dppsByProductIds?limit=1&cursor={first['nextCursor']}"
    _, second, _ = await listeners.call("POST", more, {"productIds": wanted}, at="public")
    assert second == {"dppIds": ["urn:uuid:00000000-0000-4000-8000-000000000002"]}
    for body in ({}, {"productIds": []}, {"productIds": "x"}, {"productIds": [1]}, [], b"{"):
        status, answer, _ = await listeners.call("POST", "/v1/dppsByProductIds", body, at="public")
        assert (status, answer["statusCode"]) == (400, "ClientErrorBadRequest")
    for query in ("limit=0", "limit=x", "cursor=", "cursor=99", "cursor=abc"):
        status, _, _ = await listeners.call("POST", f"/v1/dppsByProductIds?{query}", {"productIds": wanted})
        assert status == 400


async def test_nobody_writes_without_a_key_and_a_reader_neither(listeners: Listeners) -> None:
    for method, path in (("POST", "/v1/dpps"), ("PATCH", listeners.dpp()), ("DELETE", listeners.dpp())):
        status, answer, _ = await listeners.call(method, path, {}, at="public")
        assert (status, answer["statusCode"]) == (401, "ClientNotAuthorized")
        status, answer, _ = await listeners.call(method, path, {}, key="")
        assert (status, answer["statusCode"]) == (401, "ClientNotAuthorized")
        status, answer, _ = await listeners.call(method, path, {}, key="reader")
        assert (status, answer["statusCode"]) == (403, "ClientForbidden")
    assert (await listeners.rig.passports.get(listeners.unit)).version == 1


async def test_create_in_both_forms(listeners: Listeners) -> None:
    from connector.passport.formats.en18223 import passport

    policies = "accessPolicyId=access&usagePolicyId=usage"
    for form in ("compressed", "full"):
        body = passport({"granularity": "item"}, listeners.rig.example(), form)
        status, made, headers = await listeners.call("POST", f"/v1/dpps?{policies}&representation={form}", body)
        assert status == 201, made
        status, shown, _ = await listeners.call("GET", headers["Location"], at="public")
        assert (status, shown["digitalProductPassportId"]) == (200, made["digitalProductPassportId"])
    status, answer, _ = await listeners.call("POST", "/v1/dpps", listeners.rig.example())
    assert (status, answer["message"][0]["code"]) == (400, "passport/policies")
    status, answer, _ = await listeners.call("POST", f"/v1/dpps?{policies}", {"identification": 5})
    assert status == 400
    assert len(answer["message"]) > 1


async def test_one_element_is_changed_added_and_taken_out(listeners: Listeners) -> None:
    path = listeners.dpp("/elements/" + quote("$.circularity.status", safe=""))
    status, shown, _ = await listeners.call("PATCH", path, {"elementId": "status", "value": "repurposed"})
    assert (status, shown) == (200, {"elementId": "status", "value": "repurposed"})
    status, _, _ = await listeners.call("PATCH", path, b'"waste"')
    assert status == 200
    status, _, _ = await listeners.call("PATCH", path, b"null")
    assert status == 400  # the model demands a status
    sources = listeners.dpp("/elements/" + quote("$.sources", safe=""))
    status, _, _ = await listeners.call("PATCH", sources, b"null")
    assert status == 200
    assert (await listeners.call("GET", sources))[0] == 404
    nowhere = listeners.dpp("/elements/" + quote("$.nowhere.deep", safe=""))
    assert (await listeners.call("PATCH", nowhere, b"1"))[0] == 404
    history = await listeners.rig.passports.versions(listeners.unit)
    assert [(one.number, one.actor, len(one.delta)) for one in history] == [
        (1, "ops", 0),
        (2, "operator", 1),
        (3, "operator", 1),
        (4, "operator", 1),
    ]


async def test_a_failed_change_changes_nothing(listeners: Listeners) -> None:
    status, answer, _ = await listeners.call(
        "PATCH", listeners.dpp(), {"circularity": {"status": "sold"}, "sources": None}
    )
    assert status == 400
    assert any("/circularity/status" in one["text"] for one in answer["message"])
    assert (await listeners.rig.passports.get(listeners.unit)).version == 1


async def test_the_end_is_a_version_and_said_once(listeners: Listeners) -> None:
    for _ in range(2):
        assert (await listeners.call("DELETE", listeners.dpp()))[0] == 204
    _, public, _ = await listeners.call("GET", listeners.dpp(), at="public")
    assert public["dppStatus"] == "archived"
    _, shown, _ = await listeners.call("GET", listeners.dpp())
    assert shown["circularity"]["status"] == "waste"
    history = await listeners.rig.passports.versions(listeners.unit)
    assert [one.reason for one in history] == ["issued", "ceased"]
    by_product = f"/v1/dppsByProductId/{quote(listeners.url, safe='')}"
    assert (await listeners.call("GET", by_product, at="public"))[0] == 404


async def test_errors_are_the_standards_result(listeners: Listeners) -> None:
    for method, path, status, symbol in (
        ("GET", "/v1/dpps/unknown", 404, "ClientErrorResourceNotFound"),
        ("GET", "/v1/dpps/" + "x" * 3000, 404, "ClientErrorResourceNotFound"),
        ("GET", "/v1/dpps/%00", 404, "ClientErrorResourceNotFound"),
        ("GET", "/v1/nothing", 404, "ClientErrorResourceNotFound"),
        ("PUT", "/v1/dpps", 405, "ClientMethodNotAllowed"),
        ("GET", listeners.dpp("?representation=short"), 400, "ClientErrorBadRequest"),
    ):
        found, answer, _ = await listeners.call(method, path, at="public")
        assert (found, answer["statusCode"]) == (status, symbol), path
        assert answer["message"][0]["messageType"] == "Error"
    assert (await listeners.call("POST", "/v1/registerDPP", {}))[0] == 501
