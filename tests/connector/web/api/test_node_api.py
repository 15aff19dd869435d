"""/api: keys, audit, processes that are waited for, pulls, inventory, examination of partners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connector.adapters.content_files import ContentFiles
from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.audit import merkle
from connector.audit.entries import read_entry
from connector.dcp import jws
from connector.notation.exact_json import decode, encode
from connector.notation.limits import Limits
from connector.notation.problems import PeerFailed, Refused, Unauthenticated
from connector.ports import StreamedContent
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Agreement, Negotiation, Transfer
from connector.records.identity import HELD_CREDENTIALS, HeldCredential
from connector.services.audit import AuditLog
from connector.services.catalog.doctor import Doctor
from connector.services.events import Events
from connector.services.exchange.exchanges import Exchanges
from connector.services.identity.identity import Identity, Own
from connector.services.identity.keys import Keys
from connector.services.locks import Locks
from connector.services.usage.content_digests import content_digest_header
from connector.services.usage.inventory import Inventory
from connector.web.api import openapi
from connector.web.api.audit import AuditApi
from connector.web.api.exchange import ExchangeApi
from connector.web.api.keys import KeysApi
from connector.web.api.operations import Operation, routes
from connector.web.bodies import LIMITS
from connector.web.guards import RateLimit, guard
from connector.web.management.access import access

PEER = "did:web:peer.example"
CONTENT = {"": b"{}", "one": b'{"n": 1}', "bad": b"changed"}


class Source:
    """A provider's data plane: `bad` announces another digest than it sends."""

    async def stream(self, method: str, url: str, *, headers: Any = None, body: Any = None) -> StreamedContent:
        path = url.removeprefix("http://peer.example/data").lstrip("/")
        if path not in CONTENT:
            return StreamedContent(404, "application/json", _pieces(b'{"code": "data/none", "detail": "not there"}'))
        said = content_digest_header(b"original" if path == "bad" else CONTENT[path])
        return StreamedContent(200, "application/json", _pieces(CONTENT[path]), {"Content-Digest": said})

    async def send(self, *_: Any, **__: Any) -> Any:
        raise PeerFailed("peer/unreachable", "nobody there")


async def _pieces(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


class Permits:
    """Stands for Usage: every purpose but `forbidden` is permitted."""

    def decide(self, _: Any, agreement: Any, own: Any, phase: Any, stated: frozenset[str], **asked: Any) -> Any:
        return SimpleNamespace(permitted="forbidden" not in stated, code="odrl/purpose", sentence="not for this")

    def stated(self, _: Any, purposes: Any = ()) -> list[str]:
        """What is asked for goes out as it is."""
        return list(purposes)

    def told(self, *_: Any) -> dict[str, Any]:
        """What the log says of a decision."""
        return {}

    def over(self, _: Any) -> None:
        """No contract has ended."""


class Rig:
    """The doors on a real store."""

    def __init__(self, folder: Path) -> None:
        clock = SystemClock()
        self.store = SqlStore(f"sqlite:///{folder}/node.sqlite", clock)
        own = Own("did:web:own.example", "", frozenset(), {})
        self.identity = Identity(
            own, store=self.store, signer=SoftwareKey.load_or_create(folder / "key.pem"), clock=clock
        )
        self.events = Events()
        self.service_keys = Keys(store=self.store, clock=clock)
        self.transfers: list[Any] = []
        self.partners = SimpleNamespace(address_of=self._says("version"), read_catalog=self._says("catalog"))
        self.counterparties = SimpleNamespace(document=self._says("resolve"), check_own=self._says("credentials"))
        self.trouble: dict[str, Exception] = {}
        usage: Any = Permits()
        self.inventory = Inventory(
            identity=self.identity,
            store=self.store,
            content=ContentFiles(folder / "content"),
            transport=Source(),
            usage=usage,
            events=self.events,
            locks=Locks(),
            clock=clock,
        )
        doctor_parts: Any = {"counterparties": self.counterparties, "partners": self.partners}
        exchange: Any = ExchangeApi(
            exchanges=Exchanges(store=self.store, events=self.events),
            transfers=SimpleNamespace(complete=self._complete),  # type: ignore[arg-type]
            inventory=self.inventory,
            doctor=Doctor(identity=self.identity, **doctor_parts),
        )
        self.log = AuditLog(store=self.store, identity=self.identity, clock=clock)
        self.doors = [KeysApi(self.service_keys), AuditApi(self.log), exchange]

    def _says(self, step: str) -> Any:
        """A partner's part in one step of an examination."""

        async def say(*_: Any, **__: Any) -> Any:
            if step in self.trouble:
                raise self.trouble[step]
            return SimpleNamespace(keys={"k": 1}, services={"DataService": "u"}, datasets=(1, 2))

        return say

    async def _complete(self, own_pid: str, *, actor: str) -> Transfer:
        self.transfers.append((own_pid, actor))
        return await self.store.read(lambda reader: reader.need(TRANSFERS, own_pid))

    @property
    def operations(self) -> list[Operation]:
        return [operation for door in self.doors for operation in door.operations()]

    async def open(self) -> None:
        app = web.Application(
            middlewares=[guard(RateLimit(10_000, 10_000)), access(self.service_keys, RateLimit(1, 500))]
        )
        app[LIMITS] = Limits(size=64 * 1024, depth=32)
        app.add_routes([*routes(self.operations), openapi.route(self.operations, version="1")])
        self.client: TestClient[Any, Any] = TestClient(TestServer(app))
        await self.client.start_server()
        roles = ("admin", "operator", "auditor", "reader")
        self.keys = {role: await self.service_keys.create(role, role, actor="test") for role in roles}

    async def call(self, method: str, path: str, body: Any = None, *, role: str = "admin") -> tuple[int, Any]:
        headers = {"X-Api-Key": self.keys.get(role, role)}
        raw = body if body is None or isinstance(body, bytes) else encode(body)
        async with self.client.request(method, path, data=raw, headers=headers) as answer:
            said = await answer.read()
            return answer.status, decode(said) if answer.content_type.endswith("json") and said else said

    async def negotiation(self, state: str, **more: Any) -> Negotiation:
        """A negotiation in our books."""
        now = SystemClock().now()
        record = Negotiation(
            id="n-1",
            role="consumer",
            state=state,
            counterparty=PEER,
            counterparty_address="http://peer.example/dsp/2025-1",
            created_at=now,
            updated_at=now,
            **more,
        )
        await self.store.write(lambda tx: tx.put(NEGOTIATIONS, record))
        self.events.publish(f"negotiation.{state.lower()}", record.id, record)
        return record

    async def transfer(self, state: str = "STARTED") -> None:
        """A transfer and its agreement."""
        now = SystemClock().now()
        agreement = Agreement(
            id="ag-1",
            negotiation_id="n-1",
            role="consumer",
            consumer="did:web:own.example",
            provider=PEER,
            dataset_id="asset-1",
            policy={},
            signed_at=now,
        )
        record = Transfer(
            id="t-1",
            role="consumer",
            state=state,
            counterparty=PEER,
            counterparty_address="http://peer.example/dsp/2025-1",
            agreement_id="ag-1",
            dataset_id="asset-1",
            format="HttpData-PULL",
            data_address={"endpoint": "http://peer.example/data", "authorization": "secret-token"},
            created_at=now,
            updated_at=now,
        )

        def keep(tx: Any) -> None:
            tx.put(AGREEMENTS, agreement)
            tx.put(TRANSFERS, record)

        await self.store.write(keep)
        self.events.publish(f"transfer.{state.lower()}", record.id, record)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path)
    await rig.open()
    yield rig
    await rig.client.close()
    await rig.events.settle()
    rig.store.close()


# --- keys


async def test_keys_are_made_listed_and_revoked(rig: Rig) -> None:
    status, made = await rig.call("POST", "/api/keys", {"name": "ci", "role": "operator"})
    assert (status, made["name"], made["role"]) == (201, "ci", "operator")
    assert (await rig.call("GET", "/api/inventory", role=made["key"]))[0] == 200
    status, listed = await rig.call("GET", "/api/keys")
    assert [key["name"] for key in listed] == ["admin", "auditor", "ci", "operator", "reader"]
    assert not any("key" in key or "digest" in key for key in listed)
    status, gone = await rig.call("DELETE", "/api/keys/ci")
    assert (status, "revokedAt" in gone) == (200, True)
    status, problem = await rig.call("GET", "/api/inventory", role=made["key"])
    assert (status, problem["code"]) == (401, "key/wrong")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/keys", {"name": "admin", "role": "reader"}, 409, "key/exists"),
        ("POST", "/api/keys", {"name": "A", "role": "reader"}, 400, "http/body"),
        ("POST", "/api/keys", {"name": "a\n", "role": "reader"}, 400, "http/body"),
        ("POST", "/api/keys", {"name": "a", "role": "root"}, 400, "http/body"),
        ("POST", "/api/keys", {"name": ["a"], "role": "reader"}, 400, "http/body"),
        ("POST", "/api/keys", {"name": "a"}, 400, "http/body"),
        ("POST", "/api/keys", [], 400, "http/body"),
        ("POST", "/api/keys", b"{", 400, "json/syntax"),
        ("DELETE", "/api/keys/nobody", None, 404, "key/unknown"),
        ("DELETE", "/api/keys/admin", None, 409, "key/last-admin"),
    ],
)
async def test_wrong_key_requests(rig: Rig, method: str, path: str, body: Any, status: int, code: str) -> None:
    before = await rig.log.entries(limit=1000)
    said, problem = await rig.call(method, path, body)
    assert (said, problem["status"], problem["code"]) == (status, status, code)
    assert await rig.log.entries(limit=1000) == before


async def test_roles_guard_each_operation(rig: Rig) -> None:
    allowed = {"read": "reader", "operate": "operator", "audit": "auditor"}
    for operation in rig.operations:
        path = operation.path.replace("{", "").replace("}", "")
        for role in ("operator", "auditor", "reader"):
            if allowed.get(operation.needs) in (role, "reader"):
                continue
            status, problem = await rig.call(operation.method, path, b"{}", role=role)
            assert (status, problem["code"]) == (403, "key/role"), (operation.path, role)


# --- audit


async def test_log_is_paged_verified_and_proved(rig: Rig) -> None:
    status, page = await rig.call("GET", "/api/audit?limit=3", role="auditor")
    assert status == 200
    assert [entry["sequence"] for entry in page["entries"]] == [1, 2, 3]
    _, rest = await rig.call("GET", f"/api/audit?after={page['next']}", role="auditor")
    assert rest["entries"][0]["sequence"] == 4
    assert "next" not in rest
    _, about = await rig.call("GET", "/api/audit?subject=auditor", role="auditor")
    assert [entry["subject"] for entry in about["entries"]] == ["auditor"]
    _, verdict = await rig.call("GET", "/api/audit/verify", role="auditor")
    assert (verdict["ok"], verdict["findings"]) == (True, [])
    _, proof = await rig.call("GET", "/api/audit/2/proof", role="auditor")
    claims = jws.verify(proof["signature"], rig.identity.signer.public_jwk)
    assert claims == proof["head"]
    leaf = read_entry(proof["entry"]).leaf
    path = [bytes.fromhex(node.removeprefix("sha256:")) for node in proof["path"]]
    root = bytes.fromhex(proof["head"]["root"].removeprefix("sha256:"))
    assert merkle.verify_inclusion(leaf, proof["index"], proof["head"]["size"], path, root)
    _, head = await rig.call("GET", "/api/audit/head", role="auditor")
    assert head["head"]["root"] == proof["head"]["root"]


async def test_amounts_in_entries_keep_their_digits(rig: Rig) -> None:
    amount = Decimal("0.10000000000000000555")
    await rig.store.write(lambda tx: tx.audit("test.noted", "s", {"amount": amount}))
    _, page = await rig.call("GET", "/api/audit?subject=s")
    assert page["entries"][0]["detail"]["amount"] == amount


async def test_a_tampered_log_is_found(rig: Rig) -> None:
    import sqlalchemy as sa

    with rig.store._engine.begin() as connection:
        connection.execute(sa.text("update audit_entry set body = replace(body, 'reader', 'admin') where sequence = 4"))
    _, verdict = await rig.call("GET", "/api/audit/verify")
    assert verdict["ok"] is False
    assert {finding["code"] for finding in verdict["findings"]} >= {"audit/altered"}


@pytest.mark.parametrize("sequence", ["0", "99999", "x", "-1", "٣", "1" * 40])
async def test_entries_that_are_not_there(rig: Rig, sequence: str) -> None:
    status, problem = await rig.call("GET", f"/api/audit/{sequence}/proof")
    assert (status, problem["code"]) == (404, "audit/unknown")


# --- processes


async def test_waiting_ends_when_the_negotiation_does(rig: Rig) -> None:
    await rig.negotiation("REQUESTED")
    status, shown = await rig.call("GET", "/api/negotiations/n-1", role="reader")
    assert (status, shown["state"], shown["isFinal"]) == (200, "REQUESTED", False)
    waiting = asyncio.create_task(rig.call("GET", "/api/negotiations/n-1?wait=30"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await rig.negotiation("TERMINATED", code="odrl/purpose", reasons=["not for this"])
    status, shown = await asyncio.wait_for(waiting, 5)
    assert (shown["state"], shown["isFinal"], shown["reasons"]) == ("TERMINATED", True, ["not for this"])


async def test_waiting_has_an_end(rig: Rig) -> None:
    await rig.transfer("REQUESTED")
    status, shown = await asyncio.wait_for(rig.call("GET", "/api/transfers/t-1?wait=0.1"), 5)
    assert (status, shown["state"]) == (200, "REQUESTED")
    await rig.transfer("STARTED")
    status, shown = await asyncio.wait_for(rig.call("GET", "/api/transfers/t-1?wait=60"), 5)
    assert (shown["state"], shown["isFinal"]) == ("STARTED", False)
    assert "secret-token" not in str(shown)


async def test_complete_names_the_actor(rig: Rig) -> None:
    await rig.transfer()
    assert (await rig.call("POST", "/api/transfers/t-1/complete", role="operator"))[0] == 200
    assert rig.transfers == [("t-1", "operator")]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/negotiations/no", 404, "negotiation/unknown"),
        ("/api/transfers/no?wait=1", 404, "transfer/unknown"),
        ("/api/negotiations/no?wait=x", 400, "http/query"),
        ("/api/negotiations/no?wait=nan", 400, "http/query"),
        ("/api/negotiations/no?wait=-1", 400, "http/query"),
        ("/api/negotiations/no?wait=9999", 400, "http/query"),
        ("/api/negotiations/no?weit=1", 400, "http/query"),
        ("/api/inventory/no", 404, "inventory/unknown"),
        ("/api/inventory/no/content", 404, "inventory/unknown"),
        ("/api/inventory?limit=0", 400, "http/query"),
    ],
)
async def test_unknown_processes_and_wrong_queries(rig: Rig, path: str, status: int, code: str) -> None:
    said, problem = await rig.call("GET", path)
    assert (said, problem["code"]) == (status, code)


# --- pulls


async def test_pulls_compare_digests_and_keep_what_came(rig: Rig) -> None:
    await rig.transfer()
    body = {"transferId": "t-1", "paths": ["one", "bad", "none"]}
    status, pulled = await rig.call("POST", "/api/pulls", body, role="operator")
    assert status == 200
    assert [(one["path"], one["ok"], one.get("matchesSource")) for one in pulled] == [
        ("one", True, True),
        ("bad", True, False),
        ("none", False, None),
    ]
    assert (pulled[2]["code"], "not there" in pulled[2]["detail"]) == ("data/none", True)
    _, items = await rig.call("GET", "/api/inventory?agreementId=ag-1", role="reader")
    assert {item["path"] for item in items} == {"one", "bad"}
    item = pulled[0]["item"]
    assert (await rig.call("GET", f"/api/inventory/{item['id']}", role="reader"))[1] == item


async def test_content_is_given_out_under_its_contract(rig: Rig) -> None:
    await rig.transfer()
    _, [pulled] = await rig.call("POST", "/api/pulls", {"transferId": "t-1", "paths": ["one"]})
    path = f"/api/inventory/{pulled['item']['id']}/content"
    assert await rig.call("GET", path, role="operator") == (200, {"n": 1})
    status, problem = await rig.call("GET", f"{path}?purpose=forbidden")
    assert (status, problem["code"]) == (403, "odrl/purpose")
    entries = await rig.log.entries(subject="ag-1", limit=100)
    assert entries[-1].event == "inventory.refused"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"transferId": "t-1", "paths": ["none"]}, 403, "data/none"),
        ({"transferId": "no"}, 404, "transfer/unknown"),
        ({"transferId": "t-1", "paths": []}, 400, "http/body"),
        ({"transferId": "t-1", "paths": "one"}, 400, "http/body"),
        ({"transferId": "t-1", "paths": [1]}, 400, "http/body"),
        ({"paths": ["one"]}, 400, "http/body"),
        (b"", 400, "json/syntax"),
    ],
)
async def test_wrong_pulls_keep_nothing(rig: Rig, body: Any, status: int, code: str) -> None:
    await rig.transfer()
    said, problem = await rig.call("POST", "/api/pulls", body)
    assert (said, problem["code"]) == (status, code)
    assert (await rig.call("GET", "/api/inventory"))[1] == []


async def test_a_transfer_that_did_not_start_cannot_be_pulled(rig: Rig) -> None:
    await rig.transfer("SUSPENDED")
    status, problem = await rig.call("POST", "/api/pulls", {"transferId": "t-1"})
    assert (status, problem["code"]) == (409, "pull/not-started")


# --- doctor


async def held(rig: Rig) -> None:
    """A credential of our own."""
    expires = SystemClock().now() + timedelta(days=1)
    record = HeldCredential(id="M", type="MembershipCredential", issuer="did:web:i", jwt="", expires_at=expires)
    await rig.store.write(lambda tx: tx.put(HELD_CREDENTIALS, record))


@pytest.mark.parametrize(
    ("trouble", "names", "side"),
    [
        ({}, ["credentials", "resolve", "version", "token", "catalog"], ""),
        (
            {"version": PeerFailed("partner/versions", "silent")},
            ["credentials", "resolve", "version"],
            "theirs",
        ),
        (
            {"catalog": Refused("dcp/no-membership", "no membership")},
            ["credentials", "resolve", "version", "token"],
            "ours",
        ),
        (
            {"catalog": PeerFailed("partner/failed", "503")},
            ["credentials", "resolve", "version", "token", "catalog"],
            "theirs",
        ),
    ],
)
async def test_doctor_says_which_side_is_wrong(rig: Rig, trouble: Any, names: list[str], side: str) -> None:
    await held(rig)
    rig.trouble = trouble
    status, said = await rig.call("GET", f"/api/partners/{PEER}/doctor", role="operator")
    assert status == 200
    assert [step["name"] for step in said["steps"]] == names
    assert said["steps"][-1]["side"] == side
    assert said["ok"] is (side == "")


async def test_doctor_starts_at_home(rig: Rig) -> None:
    _, said = await rig.call("GET", f"/api/partners/{PEER}/doctor")
    [step] = said["steps"]
    assert (step["name"], step["ok"], step["side"], step["code"]) == (
        "credentials",
        False,
        "ours",
        "doctor/no-credentials",
    )


async def test_doctor_names_a_did_that_cannot_be_resolved(rig: Rig) -> None:
    await held(rig)
    rig.trouble = {"resolve": Unauthenticated("dcp/did-unresolved", "no such host")}
    _, said = await rig.call("GET", f"/api/partners/{PEER}/doctor")
    step = said["steps"][-1]
    assert (step["name"], step["side"], step["code"]) == ("resolve", "theirs", "dcp/did-unresolved")
