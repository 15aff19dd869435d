"""`/api/issuer/credentials`: issue, deliver, list, revoke, and what is refused before anything is issued."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.dcp.credentials import read_credential
from connector.notation.exact_json import decode, encode
from connector.notation.limits import Limits
from connector.notation.problems import PeerFailed, Unknown
from connector.ports import Answer
from connector.services.identity.identity import Identity, Own
from connector.services.identity.issuer import Issuer
from connector.services.identity.keys import Keys
from connector.web.api.issuer import PATH, Credentials
from connector.web.api.operations import routes
from connector.web.bodies import LIMITS
from connector.web.guards import RateLimit, guard
from connector.web.management.access import access

ANCHOR = "did:web:localhost%3A1:anchor"
HOLDER = "did:web:localhost%3A2:maker"
ASKED = {"holder": HOLDER, "types": ["MembershipCredential", "BpnCredential"], "bpn": "BPNL00000000MAKE"}


class Holder:
    """The holder's side: where its credential service is, and what it says to a delivery."""

    def __init__(self) -> None:
        self.status = 200
        self.failure: Exception | None = None
        self.taken: list[Any] = []

    async def service_of(self, participant: str, kind: str) -> str:
        if isinstance(self.failure, Unknown):
            raise self.failure
        return f"http://holder/{kind}"

    async def send(self, method: str, url: str, **request: Any) -> Answer:
        if self.failure is not None:
            raise self.failure
        self.taken.append((method, url, decode(request["body"])))
        return Answer(self.status, b"no", {})


class Rig:
    def __init__(self, client: TestClient[Any, Any], key: str, reader: str, holder: Holder) -> None:
        self.client, self.key, self.reader, self.holder = client, key, reader, holder

    async def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> tuple[int, Any]:
        raw = None if body is None else encode(body)
        async with self.client.request(method, path, headers={"X-Api-Key": key or self.key}, data=raw) as answer:
            return answer.status, decode(await answer.read())

    async def listed(self) -> list[Any]:
        _, answer = await self.call("GET", PATH)
        found: list[Any] = answer["credentials"]
        return found


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    clock = SystemClock()
    store = SqlStore(f"sqlite:///{tmp_path}/node.sqlite", clock)
    holder: Any = Holder()
    signer = SoftwareKey.load_or_create(tmp_path / "key.pem")
    identity = Identity(Own(ANCHOR, "", frozenset({ANCHOR}), {}), store=store, signer=signer, clock=clock)
    issuer = Issuer(
        identity=identity,
        counterparties=holder,
        store=store,
        transport=holder,
        clock=clock,
        public_url="http://localhost:1",
        valid_for=timedelta(days=1),
    )
    keys = Keys(store=store, clock=clock)
    app = web.Application(middlewares=[guard(RateLimit(1000, 1000)), access(keys)])
    app[LIMITS] = Limits(size=65536, depth=16)
    app.add_routes(routes(Credentials(issuer).operations()))
    client = TestClient(TestServer(app))
    await client.start_server()
    admin = await keys.create("boss", "admin", actor="test")
    yield Rig(client, admin, await keys.create("r", "reader", actor="test"), holder)
    await client.close()
    store.close()


async def test_credentials_are_issued_and_delivered_in_one_message(rig: Rig) -> None:
    status, made = await rig.call("POST", PATH, ASKED)
    assert status == 201
    assert made["delivered"] is True
    assert [one["type"] for one in made["credentials"]] == ["MembershipCredential", "BpnCredential"]
    assert [one["statusIndex"] for one in made["credentials"]] == [0, 1]
    credential = read_credential(made["credentials"][1]["jwt"])
    assert (credential.issuer, credential.holder) == (ANCHOR, HOLDER)
    assert credential.subject["bpn"] == "BPNL00000000MAKE"
    (_, url, message) = rig.holder.taken[0]
    assert url == "http://holder/CredentialService/credentials"
    assert [one["payload"] for one in message["credentials"]] == [one["jwt"] for one in made["credentials"]]


async def test_a_type_that_is_named_twice_is_issued_once(rig: Rig) -> None:
    _, made = await rig.call("POST", PATH, {**ASKED, "types": ["BpnCredential", "BpnCredential"]})
    assert len(made["credentials"]) == 1


async def test_without_delivery_nothing_is_sent(rig: Rig) -> None:
    _, made = await rig.call("POST", PATH, {**ASKED, "deliver": False})
    assert "delivered" not in made
    assert rig.holder.taken == []
    assert len(await rig.listed()) == 2


@pytest.mark.parametrize(
    ("failure", "status", "reason"),
    [
        (PeerFailed("peer/unreachable", "nobody answers"), 200, "nobody answers [peer/unreachable]"),
        (Unknown("dcp/service-missing", "no such service"), 200, "no such service [dcp/service-missing]"),
        (None, 403, "did not take the credentials: 403"),
    ],
)
async def test_what_cannot_be_delivered_stays_issued_and_is_told(
    rig: Rig, failure: Exception | None, status: int, reason: str
) -> None:
    rig.holder.failure, rig.holder.status = failure, status
    answered, made = await rig.call("POST", PATH, ASKED)
    assert (answered, made["delivered"]) == (201, False)
    assert reason in made["reason"]
    assert len(await rig.listed()) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"types": []}, "http/body"),
        ({"types": ["membership credential"]}, "http/body"),
        ({"types": ["A"] * 17}, "http/body"),
        ({"holder": "maker"}, "http/body"),
        ({"holder": "did:web:a b"}, "http/body"),
        ({"bpn": "BPNL1"}, "http/body"),
        ({"bpn": "BPNL00000000MAKE\n"}, "http/body"),
        ({"surprise": 1}, "http/body"),
        ({"types": ["MembershipCredential", "DismantlerCredential"]}, "issuer/subject"),
        ({"subject": {"id": "did:web:other"}}, "issuer/subject"),
        ({"subject": {"bpn": "BPNL0000000OTHER"}}, "issuer/subject"),
        ({"subject": {"holderIdentifier": "x"}}, "issuer/subject"),
    ],
)
async def test_a_wrong_request_issues_nothing_at_all(rig: Rig, change: dict[str, Any], code: str) -> None:
    status, answer = await rig.call("POST", PATH, {**ASKED, **change})
    assert (status, answer["code"]) == (400, code)
    assert await rig.listed() == []


async def test_further_members_complete_a_subject(rig: Rig) -> None:
    asked = {**ASKED, "types": ["DismantlerCredential"], "subject": {"allowedVehicleBrands": ["x"], "kind": "y"}}
    _, made = await rig.call("POST", PATH, asked)
    subject = read_credential(made["credentials"][0]["jwt"]).subject
    assert (subject["allowedVehicleBrands"], subject["activityType"]) == (["x"], "vehicleDismantle")


async def test_a_credential_is_revoked_once(rig: Rig) -> None:
    _, made = await rig.call("POST", PATH, ASKED)
    path = f"{PATH}/{made['credentials'][0]['id']}/revoke"
    status, ended = await rig.call("POST", path)
    assert status == 200
    assert ended["revokedAt"]
    assert "jwt" not in ended
    assert (await rig.call("POST", path))[1]["code"] == "issuer/revoked"
    assert [bool(one.get("revokedAt")) for one in await rig.listed()] == [True, False]
    assert (await rig.call("POST", f"{PATH}/urn:uuid:none/revoke"))[0] == 404


async def test_lists_are_cut_to_a_holder_and_a_page(rig: Rig) -> None:
    await rig.call("POST", PATH, ASKED)
    await rig.call("POST", PATH, {**ASKED, "holder": "did:web:other"})
    _, mine = await rig.call("GET", f"{PATH}?holder={HOLDER.replace('%', '%25')}&limit=1&offset=1")
    assert [(one["holder"], one["statusIndex"]) for one in mine["credentials"]] == [(HOLDER, 1)]
    assert len(await rig.listed()) == 4


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", PATH, 200), ("POST", PATH, 403), ("POST", f"{PATH}/x/revoke", 403)]
)
async def test_only_admins_issue_and_revoke(rig: Rig, method: str, path: str, status: int) -> None:
    body = ASKED if path == PATH and method == "POST" else None
    assert (await rig.call(method, path, body, key=rig.reader))[0] == status
