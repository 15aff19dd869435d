"""The PACT facade of a running node: every case of PACT's conformance suite for v3, over http and over its own TLS."""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connector.node import Node
from connector.notation.exact_json import decode
from connector.pcf.pact import api
from connector.services.footprints.pact import Partner
from tests.connector.nodes import free_port, settings_of

_spec = importlib.util.spec_from_file_location(
    "form_documents", Path(__file__).resolve().parents[2] / "pcf/forms/documents.py"
)
assert _spec is not None
assert _spec.loader is not None
documents = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(documents)

REFERENCE = Path(__file__).resolve().parents[4] / "../shared/reference/pact/v3-openapi.yaml"
FIRST, SECOND, THIRD = (f"{digit}893bb5d-da16-4dc1-9185-11d97476c254" for digit in "678")
NOBODY = "00000000-0000-0000-0000-000000000000"
JSON = "application/json"


@dataclass
class Listener:
    """A partner that takes events, as the suite does: credentials of its own, `/3/events` and nothing else."""

    address: str
    events: list[dict[str, Any]] = field(default_factory=list)
    fails: int = 0

    async def wait(self, kind: str, request_id: str = "") -> dict[str, Any]:
        for _ in range(400):
            for one in self.events:
                if one["type"] == kind and one["data"].get("requestEventId", "") in ("", request_id):
                    return one
            await asyncio.sleep(0.025)
        raise AssertionError(f"no {kind} arrived: {self.events}")


@dataclass
class Host:
    """The node's facade, a client of it, and the partner that is called back."""

    node: Node
    address: str
    client: httpx.AsyncClient
    credentials: dict[str, str]
    partner: Listener
    token: str = ""

    async def login(self, secret: str = "") -> httpx.Response:
        basic = b64encode(f"suite:{secret or self.credentials['clientSecret']}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        found = await self.client.get("/.well-known/openid-configuration")
        return await self.client.post(
            decode(found.content)["token_endpoint"], headers=headers, content="grant_type=client_credentials"
        )

    async def get(self, path: str, token: str = "", **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return await self.client.get(path, headers=headers, params=query or None)

    async def list(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.get("/3/footprints", **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = decode(answer.content)["data"]
        return found

    async def send(self, kind: str, data: Any, event_id: str = "run/13", token: str = "", **changed: Any) -> Any:
        time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = api.event(kind, {}, event_id=event_id, source=self.partner.address, time=time)
        body |= {"data": data, **changed}
        headers = {
            "Authorization": f"Bearer {token or self.token}",
            "Content-Type": "application/cloudevents+json; charset=UTF-8",
        }
        return await self.client.post("/3/events", headers=headers, json=body)


def footprint(footprint_id: str, **changed: Any) -> dict[str, Any]:
    made = deepcopy(documents.PACT_3)
    made.pop("precedingPfIds")
    inner = changed.pop("pcf", {})
    made |= {"id": footprint_id, **changed}
    made["pcf"] |= inner
    return made


def certificate(folder: Path) -> tuple[str, str]:
    """A self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain, pkcs8 = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    (folder / "chain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    return str(folder / "chain.pem"), str(folder / "tls.pem")


async def listener() -> tuple[web.AppRunner, Listener]:
    port = free_port()
    found = Listener(f"http://localhost:{port}")

    async def token(request: web.Request) -> web.Response:
        good = (
            request.headers.get("Authorization") == "Basic " + b64encode(b"test_client_id:test_client_secret").decode()
        )
        return web.json_response(
            {"access_token": "theirs"} if good else {"error": "invalid_client"}, status=200 if good else 401
        )

    async def take(request: web.Request) -> web.Response:
        if found.fails or request.headers.get("Authorization") != "Bearer theirs":
            found.fails = max(0, found.fails - 1)
            return web.Response(status=500)
        found.events.append(decode(await request.read()))
        return web.Response(status=200)

    app = web.Application()
    app.add_routes([web.post("/auth/token", token), web.post("/3/events", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    return runner, found


@pytest.fixture(params=["http", "https"])
async def host(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Host]:
    facade: dict[str, Any] = {"port": free_port()}
    verify: Any = True
    if request.param == "https":
        chain, key = certificate(tmp_path)
        facade |= {"certificate": chain, "private_key": key}
        verify = ssl.create_default_context(cafile=chain)
    runner, partner = await listener()
    node = Node(settings_of("host", tmp_path, tables={"pact_listener": facade}))
    await node.start()
    assert node.pact is not None
    assert node.settings.pact_listener is not None
    called_back = Partner(partner.address, "test_client_id", "test_client_secret")
    credentials = await node.pact.add_client("suite", called_back, actor="test")
    for one in (
        footprint(FIRST),
        footprint(SECOND, productIds=["urn:gtin:4712345060508"], companyIds=["urn:example:other"]),
    ):
        await node.pact.offer(one, actor="test")
    address = node.settings.pact_listener.url
    async with httpx.AsyncClient(base_url=address, trust_env=False, verify=verify) as client:
        made = Host(node, address, client, credentials, partner)
        made.token = decode((await made.login()).content)["access_token"]
        yield made
    await node.stop()
    await runner.cleanup()


def schema_of(name: str) -> jsonschema_rs.Draft202012Validator:
    """A schema of the published OpenAPI; its open decimal patterns are left as they are (ours are stricter)."""
    whole = yaml.safe_load(REFERENCE.read_text("utf-8"))
    schemas = {key: value for key, value in whole["components"]["schemas"].items() if key in _NEEDED}
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    )


_NEEDED = (
    "ProductFootprint",
    "CarbonFootprint",
    "DataModelExtension",
    "ProductOrSectorSpecificRule",
    "EmissionFactorSource",
    "Error",
    "DataQualityIndicators",
    "Verification",
    "NonEmptyString",
    "Urn",
    "Uri",
    "Decimal",
    "PositiveNonZeroDecimal",
    "PositiveOrZeroDecimal",
    "NegativeOrZeroDecimal",
    "NegativeNonZeroDecimal",
)


async def test_cases_1_2_18_19_credentials(host: Host) -> None:
    assert (await host.login()).status_code == 200
    wrong = await host.login("wrong")
    assert wrong.status_code == 401
    assert set(decode(wrong.content)) == {"error", "error_description"}
    bad_grant = await host.client.post("/auth/token", auth=("suite", host.credentials["clientSecret"]), data={})
    assert (bad_grant.status_code, decode(bad_grant.content)["error"]) == (400, "unsupported_grant_type")


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the published OpenAPI is not beside the project")
async def test_cases_3_4_get_and_list_by_the_published_schema(host: Host) -> None:
    found = await host.list()
    assert [one["id"] for one in found] == [FIRST, SECOND]
    answer = await host.get(f"/3/footprints/{FIRST}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON)
    one = decode(answer.content)["data"]
    assert one == documents.put(footprint(FIRST), "id", FIRST)
    assert list(schema_of("ProductFootprint").iter_errors(one)) == []


async def test_case_5_a_page_leads_to_the_next(host: Host) -> None:
    first = await host.get("/3/footprints", limit=1)
    link = first.headers["link"].split(", ")[0]
    assert link.endswith('; rel="next"')
    address = link[1 : link.index(">")]
    assert address.startswith(host.address)
    second = await host.client.get(address, headers={"Authorization": f"Bearer {host.token}"})
    assert [one["id"] for one in decode(second.content)["data"]] == [SECOND]
    assert "link" not in second.headers


async def test_cases_6_7_16_a_token_of_nobody(host: Host) -> None:
    for answer in (
        await host.get("/3/footprints", token="very-invalid"),
        await host.get(f"/3/footprints/{FIRST}", token="very-invalid"),
        await host.send(api.PUBLISHED, {"pfIds": [FIRST]}, token="very-invalid"),
        await host.client.get("/3/footprints"),
    ):
        assert answer.status_code == 401
        assert decode(answer.content)["code"] == "BadRequest"


async def test_case_8_a_footprint_that_is_not_there(host: Host) -> None:
    for name in (NOBODY, "x"):
        answer = await host.get(f"/3/footprints/{name}")
        assert (answer.status_code, decode(answer.content)["code"]) == (404, "NotFound")


@pytest.mark.parametrize("host", ["https"], indirect=True)
async def test_cases_9_10_11_17_nothing_over_plain_http(host: Host) -> None:
    async with httpx.AsyncClient(base_url=host.address.replace("https", "http"), trust_env=False) as plain:
        for method, path in (
            ("POST", "/auth/token"),
            ("GET", "/3/footprints"),
            ("GET", f"/3/footprints/{FIRST}"),
            ("POST", "/3/events"),
        ):
            with pytest.raises(httpx.HTTPError):
                await plain.request(method, path, headers={"Authorization": f"Bearer {host.token}"})


async def test_cases_12_13_a_request_is_fulfilled(host: Host) -> None:
    wanted = footprint(FIRST)["productIds"]
    answer = await host.send(api.CREATED, {"productId": wanted, "comment": "for this year"}, "run/13")
    assert (answer.status_code, answer.content) == (200, b"")
    told = await host.partner.wait(api.FULFILLED, "run/13")
    assert [one["id"] for one in told["data"]["pfs"]] == [FIRST]
    assert all(set(one["productIds"]) <= set(wanted) for one in told["data"]["pfs"])
    assert api.parse_event(told).type == api.FULFILLED
    await host.send(api.CREATED, {"productId": wanted}, "run/13")
    await asyncio.sleep(0.2)
    assert sum(one["type"] == api.FULFILLED for one in host.partner.events) == 1


async def test_cases_14_a_and_b_a_request_is_rejected(host: Host) -> None:
    host.partner.fails = 2
    answer = await host.send(api.CREATED, {"productId": ["urn:pact:null"]}, "run/14.B")
    assert answer.status_code == 200
    told = await host.partner.wait(api.REJECTED, "run/14.B")
    assert told["data"]["error"]["code"] == "NotFound"
    assert told["data"]["error"]["message"]


async def test_cases_15_40_published(host: Host) -> None:
    assert (await host.send(api.PUBLISHED, {"pfIds": [FIRST]}, "a")).status_code == 200
    wrong = await host.send(api.PUBLISHED, {"pfIds": ["urn:gtin:1"]}, "b")
    assert (wrong.status_code, decode(wrong.content)["code"]) == (400, "BadRequest")


VALID = footprint(FIRST)
START, END = VALID["validityPeriodStart"], VALID["validityPeriodEnd"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"productId": "URN:gtin:4712345060507"}, [FIRST]),
        ({"companyId": "urn:bpn:id:BPNL00000003CSGV"}, [FIRST]),
        ({"geography": "jp-23"}, [FIRST, SECOND]),
        ({"classification": "urn:un-cpc:46420"}, [FIRST, SECOND]),
        ({"validOn": START}, [FIRST, SECOND]),
        ({"validAfter": "2025-12-31T00:00:00.000Z"}, [FIRST, SECOND]),
        ({"validBefore": "2029-01-01T00:00:00.000Z"}, [FIRST, SECOND]),
        ({"status": "active"}, [FIRST, SECOND]),
        ({"productId": "urn:gtin:4712345060507", "companyId": "urn:example:other"}, []),
        ({"productId": ["urn:gtin:4712345060507", "urn:gtin:4712345060508"]}, [FIRST, SECOND]),
        ({"productId": "urn:x:y"}, []),
        ({"companyId": "urn:x:y"}, []),
        ({"geography": "XX"}, []),
        ({"classification": "urn:x:y"}, []),
        ({"validOn": "1999-01-01T00:00:00Z"}, []),
        ({"validAfter": START}, []),
        ({"validBefore": END}, []),
        ({"status": "Obsolete"}, []),
        ({"geography": ""}, [FIRST, SECOND]),
        ({"validOn": "2026-06-01T00:00:00+00:00"}, [FIRST, SECOND]),
    ],
    ids=str,
)
async def test_cases_20_to_39_filters(host: Host, query: dict[str, Any], found: list[str]) -> None:
    assert [one["id"] for one in await host.list(**query)] == found


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=-1", "validOn=today", "offset=-3", "limit=%F0%9F%92%A5"]
)
async def test_a_malformed_query_is_a_bad_request(host: Host, query: str) -> None:
    answer = await host.get(f"/3/footprints?{query}")
    assert (answer.status_code, decode(answer.content)["code"]) == (400, "BadRequest")


BAD_EVENTS: list[dict[str, Any]] = [
    {"type": "org.wbcsd.pact.Nothing.3"},
    {"data": 3},
    {"data": {"pfIds": []}},
    {"id": ""},
    {"time": "now"},
    {"type": api.FULFILLED, "data": {"requestEventId": "x", "pfs": []}},
    {"type": api.FULFILLED, "data": {"requestEventId": "x", "pfs": [{"id": "1"}]}},
    {"type": api.FULFILLED, "data": {"requestEventId": "never asked", "pfs": [VALID]}},
    {"type": api.REJECTED, "data": {"requestEventId": "x", "error": {"code": "Strange", "message": ""}}},
    {"type": api.CREATED, "data": {"productId": [3]}},
    {"type": api.CREATED, "data": {"validOn": "today"}},
]


@pytest.mark.parametrize("changed", BAD_EVENTS, ids=str)
async def test_a_bad_event_is_refused_and_not_kept(host: Host, changed: dict[str, Any]) -> None:
    body = {"kind": api.PUBLISHED, "data": {"pfIds": [FIRST]}} | {k: v for k, v in changed.items() if k == "data"}
    answer = await host.send(**body, **{k: v for k, v in changed.items() if k != "data"})
    assert (answer.status_code, decode(answer.content)["code"]) == (400, "BadRequest")
    assert host.node.pact is not None
    assert await host.node.pact.events(direction="incoming") == []


async def test_other_paths_and_methods_have_the_form_of_the_standard(host: Host) -> None:
    for method, path in (("DELETE", f"/3/footprints/{FIRST}"), ("GET", "/2/footprints"), ("GET", "/3/events")):
        answer = await host.client.request(method, path, headers={"Authorization": f"Bearer {host.token}"})
        assert answer.status_code in (400, 404)
        assert set(decode(answer.content)) == {"code", "message"}
    body = await host.client.post("/3/events", content=b"{", headers={"Authorization": f"Bearer {host.token}"})
    assert body.status_code == 400


async def test_a_new_footprint_deprecates_the_old_one_and_partners_are_told(host: Host) -> None:
    assert host.node.pact is not None
    await host.node.pact.offer(footprint(THIRD, precedingPfIds=[FIRST]), actor="test")
    told = {one["id"]: one["status"] for one in await host.list()}
    assert told == {FIRST: "Deprecated", SECOND: "Active", THIRD: "Active"}
    for _ in range(200):
        if any(one["data"].get("pfIds") == [THIRD] for one in host.partner.events):
            break
        await asyncio.sleep(0.025)
    else:
        raise AssertionError(host.partner.events)


async def test_a_client_that_was_removed_is_out_at_once(host: Host) -> None:
    assert host.node.pact is not None
    await host.node.pact.remove_client("suite", actor="test")
    assert (await host.get("/3/footprints")).status_code == 401


async def test_an_answer_to_our_request_is_kept(host: Host) -> None:
    assert host.node.pact is not None
    asked = await host.node.pact.ask("suite", {"productId": ["urn:gtin:1"]}, actor="test")
    await host.partner.wait(api.CREATED)
    answer = await host.send(api.FULFILLED, {"requestEventId": asked, "pfs": [VALID]}, "theirs")
    assert answer.status_code == 200
    kept = await host.node.pact.events(direction="incoming")
    assert kept[0]["data"]["pfs"][0]["pcf"]["pcfExcludingBiogenicUptake"] == "4.10"
