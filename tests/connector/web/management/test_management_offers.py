"""Assets, policy definitions and contract definitions through EDC's management API."""

from __future__ import annotations

from typing import Any

import pytest

from connector.adapters.library import FolderLibrary
from connector.notation.jsonld import expand
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS

EDC = "https://w3id.org/edc/v0.0.1/ns/"
CTX = {"@vocab": EDC}
ADDRESS = {"type": "HttpData", "baseUrl": "http://backend.example/x", "proxyPath": "true"}

SPELLINGS: dict[str, Any] = {
    "terms": {
        "@context": CTX,
        "@id": "a1",
        "properties": {"name": "x", "http://purl.org/dc/terms/type": {"@id": "https://w3id.org/catenax/taxonomy#Pcf"}},
        "dataAddress": ADDRESS,
    },
    "no context": {
        "@id": "a1",
        "properties": {"name": "x", "dct:type": {"@id": "https://w3id.org/catenax/taxonomy#Pcf"}},
        "dataAddress": ADDRESS,
    },
    "prefixes": {
        "@context": {"e": EDC, "d": "http://purl.org/dc/terms/", "cx": "https://w3id.org/catenax/taxonomy#"},
        "@id": "a1",
        "@type": "e:Asset",
        "e:properties": {"e:name": "x", "d:type": {"@id": "https://w3id.org/catenax/taxonomy#Pcf"}},
        "e:dataAddress": {
            "@type": "e:DataAddress",
            "e:type": "HttpData",
            "e:baseUrl": "http://backend.example/x",
            "e:proxyPath": "true",
        },
    },
    "expanded": [
        {
            "@id": "a1",
            "@type": [EDC + "Asset"],
            EDC + "properties": [
                {
                    EDC + "name": [{"@value": "x"}],
                    "http://purl.org/dc/terms/type": [{"@id": "https://w3id.org/catenax/taxonomy#Pcf"}],
                }
            ],
            EDC + "dataAddress": [
                {
                    EDC + "type": [{"@value": "HttpData"}],
                    EDC + "baseUrl": [{"@value": "http://backend.example/x"}],
                    EDC + "proxyPath": [{"@value": "true"}],
                }
            ],
        }
    ],
    "own terms": {
        "@context": [
            CTX,
            {"what": {"@id": "http://purl.org/dc/terms/type", "@type": "@id"}, "called": EDC + "name"},
        ],
        "@id": "a1",
        "properties": {"called": "x", "what": "https://w3id.org/catenax/taxonomy#Pcf"},
        "dataAddress": ADDRESS,
    },
}


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_every_spelling_of_an_asset_is_the_same_asset(rig: Any, spelling: str) -> None:
    created = await rig.ok("POST", "/v3/assets", SPELLINGS[spelling])
    assert (created["@type"], created["@id"]) == ("IdResponse", "a1")
    assert isinstance(created["createdAt"], int)
    view = await rig.ok("GET", "/v3/assets/a1")
    assert view["properties"] == {
        "name": "x",
        "http://purl.org/dc/terms/type": {"@id": "https://w3id.org/catenax/taxonomy#Pcf"},
        "id": "a1",
    }
    assert view["dataAddress"] == {"@type": "DataAddress", **ADDRESS}


@pytest.mark.parametrize("type_", ["CatalogAsset", "edc:CatalogAsset", EDC + "CatalogAsset"])
async def test_an_asset_that_is_a_catalog_stays_one(rig: Any, type_: str) -> None:
    address = {"type": "HttpData", "baseUrl": "https://plant-2.example.com/dsp"}
    body = {"@context": {"@vocab": EDC, "edc": EDC}, "@type": type_, "@id": "plant-2", "properties": {"name": "x"}}
    assert (await rig.call("POST", "/v3/assets", {**body, "dataAddress": address}))[0] == 200
    _, shown = await rig.call("GET", "/v3/assets/plant-2")
    assert shown["@type"] == "CatalogAsset"
    assert shown["properties"]["isCatalog"] is True
    assert (await rig.call("PUT", "/v3/assets", shown))[0] == 204
    assert (await rig.call("GET", "/v3/assets/plant-2"))[1]["@type"] == "CatalogAsset"


async def test_answers_are_json_ld_that_needs_no_fetching(rig: Any, usage_policy: Any) -> None:
    await rig.ok("POST", "/v3/policydefinitions", {"@context": CTX, "@id": "p1", "policy": usage_policy})
    view = await rig.ok("GET", "/v3/policydefinitions/p1")
    [node] = expand(view, FolderLibrary().contexts())
    [policy] = node[EDC + "policy"]
    [permission] = policy["http://www.w3.org/ns/odrl/2/permission"]
    assert permission["http://www.w3.org/ns/odrl/2/action"] == [{"@id": "http://www.w3.org/ns/odrl/2/use"}]
    assert policy["@type"] == ["http://www.w3.org/ns/odrl/2/Set"]


async def test_what_is_shown_can_be_put_back(rig: Any, usage_policy: Any) -> None:
    await rig.ok("POST", "/v3/assets", SPELLINGS["terms"])
    await rig.ok("POST", "/v3/policydefinitions", {"@context": CTX, "@id": "p1", "policy": usage_policy})
    criterion = {"@type": "Criterion", "operandLeft": EDC + "id", "operator": "=", "operandRight": "a1"}
    definition = {
        "@context": CTX,
        "@id": "c1",
        "accessPolicyId": "p1",
        "contractPolicyId": "p1",
        "assetsSelector": [criterion],
    }
    await rig.ok("POST", "/v3/contractdefinitions", definition)
    for noun, record_id, put in (
        ("assets", "a1", "assets"),
        ("policydefinitions", "p1", "policydefinitions/p1"),
        ("contractdefinitions", "c1", "contractdefinitions"),
    ):
        view = await rig.ok("GET", f"/v3/{noun}/{record_id}")
        await rig.ok("PUT", f"/v3/{put}", view)
        assert await rig.ok("GET", f"/v3/{noun}/{record_id}") == view
    assert view["assetsSelector"] == [criterion]


async def test_changes_name_their_actor(rig: Any) -> None:
    await rig.ok("POST", "/v3/assets", SPELLINGS["terms"])
    await rig.ok("DELETE", "/v3/assets/a1", role="admin")
    entries = await rig.log.entries(limit=1000, subject="a1")
    assert [(entry.event, entry.actor) for entry in entries] == [
        ("asset.created", "operator"),
        ("asset.deleted", "admin"),
    ]


async def test_queries_page_in_order_and_filter(rig: Any) -> None:
    for number in range(7):
        asset = {**SPELLINGS["terms"], "@id": f"a{number}"}
        asset["properties"] = {"name": "even" if number % 2 == 0 else "odd"}
        await rig.ok("POST", "/v3/assets", asset)
    shown = await rig.ok("POST", "/v3/assets/request", {"@context": CTX, "offset": 2, "limit": 3})
    assert [view["@id"] for view in shown] == ["a2", "a3", "a4"]
    spec = {
        "@context": CTX,
        "@type": "QuerySpec",
        "sortField": "id",
        "sortOrder": "DESC",
        "offset": 1,
        "limit": 2,
        "filterExpression": {"operandLeft": EDC + "name", "operator": "=", "operandRight": "even"},
    }
    shown = await rig.ok("POST", "/v3/assets/request", spec)
    assert [view["@id"] for view in shown] == ["a4", "a2"]
    spec = {"filterExpression": [{"operandLeft": "id", "operator": "in", "operandRight": ["a1", "a5", "no"]}]}
    shown = await rig.ok("POST", "/v3/assets/request", spec)
    assert [view["@id"] for view in shown] == ["a1", "a5"]


@pytest.mark.parametrize("body", [None, b"", b"  ", b"{}", b"null"])
async def test_an_empty_query_asks_for_everything(rig: Any, body: bytes | None) -> None:
    await rig.ok("POST", "/v3/assets", SPELLINGS["terms"])
    assert len(await rig.ok("POST", "/v3/assets/request?", body, role="reader")) == 1


async def test_policy_findings_name_operand_and_place(rig: Any, usage_policy: Any) -> None:
    usage_policy["permission"][0]["constraint"]["and"] += [
        {"leftOperand": "cx-policy:NoSuchThing", "operator": "eq", "rightOperand": "x"},
    ]
    status, errors = await rig.call("POST", "/v3/policydefinitions", {"@id": "p1", "policy": usage_policy})
    assert status == 400
    assert any("NoSuchThing" in error["message"] and "/and/2" in (error["path"] or "") for error in errors)
    assert {error["type"] for error in errors} == {"ValidationFailure"}
    assert await rig.store.read(lambda reader: reader.count(POLICY_DEFINITIONS)) == 0


async def test_what_is_in_use_stays(rig: Any, usage_policy: Any) -> None:
    await rig.ok("POST", "/v3/assets", SPELLINGS["terms"])
    await rig.ok("POST", "/v3/policydefinitions", {"@id": "p1", "policy": usage_policy})
    definition = {
        "@id": "c1",
        "accessPolicyId": "p1",
        "contractPolicyId": "p1",
        "assetsSelector": {"operandLeft": "id", "operator": "=", "operandRight": "a1"},
    }
    await rig.ok("POST", "/v3/contractdefinitions", definition)
    for path, code in (("assets/a1", "asset/in-use"), ("policydefinitions/p1", "policy/in-use")):
        status, errors = await rig.call("DELETE", f"/v3/{path}")
        assert (status, errors[0]["type"], errors[0]["code"]) == (409, "ObjectConflict", code)
    for path in ("contractdefinitions/c1", "policydefinitions/p1", "assets/a1"):
        await rig.ok("DELETE", f"/v3/{path}")


async def test_secrets_of_a_back_end_are_for_operators(rig: Any) -> None:
    asset = {"@id": "a1", "properties": {}, "dataAddress": {**ADDRESS, "authKey": "X", "authCode": "s3cret"}}
    await rig.ok("POST", "/v3/assets", asset)
    assert (await rig.ok("GET", "/v3/assets/a1"))["dataAddress"]["authCode"] == "s3cret"
    assert "authCode" not in (await rig.ok("GET", "/v3/assets/a1", role="reader"))["dataAddress"]
    [shown] = await rig.ok("POST", "/v3/assets/request", role="auditor")
    assert "authCode" not in shown["dataAddress"]


WRONG: list[tuple[str, Any, str]] = [
    ("/v3/assets", b"{", "json/syntax"),
    ("/v3/assets", b"", "json/syntax"),
    ("/v3/assets", b"\xff\xfe", "json/syntax"),
    ("/v3/assets", b"[]", "management/object"),
    ("/v3/assets", b"17", "management/object"),
    ("/v3/assets", b"[" * 40 + b"]" * 40, "json/depth"),
    ("/v3/assets", {"@id": "x", "properties": {}}, "management/missing"),
    ("/v3/assets", {"@id": 5, "properties": {}, "dataAddress": ADDRESS}, "management/type"),
    ("/v3/assets", {"@id": "x", "properties": "p", "dataAddress": ADDRESS}, "management/type"),
    ("/v3/assets", {"@id": "x", "properties": {}, "dataAddress": [ADDRESS, ADDRESS]}, "management/type"),
    ("/v3/assets", {"@id": "x\n", "properties": {}, "dataAddress": ADDRESS}, "management/id"),
    ("/v3/assets", {"@id": "x", "dataAddress": {"baseUrl": "http://x"}}, "asset/address-type"),
    ("/v3/assets", {"@id": "x", "dataAddress": {"type": "AmazonS3"}}, "asset/address-type"),
    ("/v3/assets", {"@id": "x", "dataAddress": {"type": "HttpData", "baseUrl": "file:///etc"}}, "asset/base-url"),
    ("/v3/assets", {"@id": "x", "dataAddress": ADDRESS, "edc:dataAddress": ADDRESS}, "management/twice"),
    (
        "/v3/assets",
        {"@id": "x", "properties": {"a": 1}, "privateProperties": {"a": 1}, "dataAddress": ADDRESS},
        "asset/property-twice",
    ),
    ("/v3/assets", {"@context": "https://evil.example/c", "@id": "x", "dataAddress": ADDRESS}, "jsonld/context"),
    ("/v3/assets", {"@context": [None], "@id": "x", "dataAddress": ADDRESS}, "jsonld/context"),
    ("/v3/assets", {"@context": {"a": {"@id": 7}}, "@id": "x", "dataAddress": ADDRESS}, "jsonld/expand"),
    ("/v3/policydefinitions", {"@id": "x"}, "management/missing"),
    ("/v3/policydefinitions", {"@id": "x", "policy": "use"}, "management/type"),
    ("/v3/policydefinitions", {"@id": "x", "policy": {"permission": [{"action": "fly"}]}}, "policy/refused"),
    ("/v3/policydefinitions", {"@id": "x", "policy": {"permissions": []}}, "policy/refused"),
    ("/v3/contractdefinitions", {"@id": "x", "accessPolicyId": "p"}, "management/missing"),
    (
        "/v3/contractdefinitions",
        {"@id": "x", "accessPolicyId": "no", "contractPolicyId": "no"},
        "contract-definition/policy",
    ),
    (
        "/v3/contractdefinitions",
        {"@id": "x", "accessPolicyId": "p", "contractPolicyId": "p", "assetsSelector": [7]},
        "management/type",
    ),
    (
        "/v3/contractdefinitions",
        {
            "@id": "x",
            "accessPolicyId": "p",
            "contractPolicyId": "p",
            "assetsSelector": [{"operandLeft": "id", "operator": "~", "operandRight": "x"}],
        },
        "criteria/operator",
    ),
    ("/v3/assets/request", {"limit": "ten"}, "management/type"),
    ("/v3/assets/request", {"limit": 0}, "management/type"),
    ("/v3/assets/request", {"offset": -1}, "management/type"),
    ("/v3/assets/request", {"sortOrder": "UP"}, "management/sort-order"),
    ("/v3/policydefinitions/request", {"sortField": "colour"}, "search/order"),
    ("/v3/policydefinitions/request", {"filterExpression": {"operandLeft": "x", "operandRight": 1}}, "search/field"),
    ("/v3/assets/request", {"filterExpression": {"operandRight": 1}}, "criteria/shape"),
    ("/v3/assets/request", b"{", "json/syntax"),
    ("/v3/assets/request", b"7", "management/object"),
]


@pytest.mark.parametrize(("path", "body", "code"), WRONG)
async def test_wrong_input_is_refused_in_edcs_form_and_changes_nothing(
    rig: Any, path: str, body: Any, code: str
) -> None:
    before = await rig.snapshot()
    status, errors = await rig.call("POST", path, body)
    assert status == 400, errors
    assert {"message", "type", "path", "invalidValue"} <= errors[0].keys()
    assert errors[0]["code"] == code or (code == "policy/refused" and errors[0]["code"].startswith("odrl/")), errors
    assert await rig.snapshot() == before


async def test_unknown_and_doubled_ids(rig: Any, usage_policy: Any) -> None:
    for noun in ("assets", "policydefinitions", "contractdefinitions"):
        for method in ("GET", "DELETE"):
            status, errors = await rig.call(method, f"/v3/{noun}/nope%00%2F")
            assert (status, errors[0]["type"]) == (404, "ObjectNotFound")
    assert (await rig.call("PUT", "/v3/assets", SPELLINGS["terms"]))[0] == 404
    assert (await rig.call("PUT", "/v3/policydefinitions/p1", {"policy": usage_policy}))[0] == 404
    await rig.ok("POST", "/v3/assets", SPELLINGS["terms"])
    status, errors = await rig.call("POST", "/v3/assets", SPELLINGS["terms"])
    assert (status, errors[0]["type"], errors[0]["code"]) == (409, "ObjectConflict", "asset/exists")
    body = {"@id": "other", "policy": usage_policy}
    assert (await rig.call("PUT", "/v3/policydefinitions/p1", body))[0] == 400


async def test_keys_and_roles_guard_every_route(rig: Any) -> None:
    revoked = await rig.key_service.create("gone", "admin", actor="test")
    await rig.key_service.revoke("gone", actor="test")
    before = await rig.snapshot()
    for door in rig.doors:
        for route in door.routes():
            path = route.path.replace("{id}", "x").removeprefix("/management")
            if path.endswith("/liveness"):
                assert (await rig.call(route.method, path, role=None))[0] == 200
                continue
            for key, code in ((None, "key/missing"), (revoked, "key/wrong"), ("ion_admin_x", "key/wrong")):
                status, answer = await rig.call(route.method, path, role=key)
                problem = answer[0] if isinstance(answer, list) else answer
                assert (status, problem["code"]) == (401, code), path
    assert await rig.snapshot() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v3/assets"),
        ("PUT", "/v3/assets"),
        ("DELETE", "/v3/assets/a"),
        ("POST", "/v3/policydefinitions"),
        ("PUT", "/v3/policydefinitions/a"),
        ("POST", "/v3/contractdefinitions"),
        ("POST", "/v3/catalog/request"),
        ("POST", "/v3/contractnegotiations"),
        ("POST", "/v3/contractnegotiations/a/terminate"),
        ("POST", "/v3/transferprocesses"),
        ("POST", "/v3/transferprocesses/a/suspend"),
        ("POST", "/v3/edrs"),
        ("GET", "/v3/edrs/a/dataaddress"),
        ("DELETE", "/v3/edrs/a"),
        ("POST", "/v4alpha/protocol-versions/request"),
    ],
)
@pytest.mark.parametrize("role", ["reader", "auditor"])
async def test_readers_change_nothing(rig: Any, method: str, path: str, role: str) -> None:
    status, errors = await rig.call(method, path, b"{}", role=role)
    assert (status, errors[0]["type"], errors[0]["code"]) == (403, "NotAuthorized", "key/role")
    entries = await rig.log.entries(limit=1000)
    assert (entries[-1].event, entries[-1].actor) == ("key.refused", role)
    for collection in (ASSETS, POLICY_DEFINITIONS, CONTRACT_DEFINITIONS):
        assert await rig.store.read(lambda reader, held=collection: reader.count(held)) == 0


async def test_unknown_routes_and_methods_in_edcs_form(rig: Any) -> None:
    status, errors = await rig.call("GET", "/v3/nothing")
    assert (status, errors[0]["type"]) == (404, "InvalidRequest")
    status, errors = await rig.call("PATCH", "/v3/assets")
    assert (status, errors[0]["type"]) == (405, "InvalidRequest")


async def test_bodies_are_bounded(rig: Any) -> None:
    status, errors = await rig.call("POST", "/v3/assets", b"{" + b" " * 70_000 + b"}")
    assert (status, errors[0]["code"]) == (413, "http/size")


async def test_wrong_keys_are_counted(rig: Any) -> None:
    statuses = [(await rig.call("GET", "/v3/assets/x", role="ion_admin_wrong"))[0] for _ in range(210)]
    assert statuses[:200] == [401] * 200
    assert 429 in statuses[200:]
    assert (await rig.call("GET", "/v3/assets/x"))[0] == 404


async def test_bearer_header_carries_a_key_too(rig: Any) -> None:
    status, _ = await rig.call("GET", "/v3/assets/x", role=None, Authorization=f"Bearer {rig.keys['reader']}")
    assert status == 404
