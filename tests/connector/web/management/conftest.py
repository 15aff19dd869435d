"""A management listener on a real store and real services; the partner is a transport that answers by the book."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connector.adapters.content_files import ContentFiles
from connector.adapters.egress import Egress
from connector.adapters.library import FolderLibrary
from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.dcp.credentials import issue_credential, subject_of
from connector.dsp import messages, reading
from connector.notation.exact_json import decode, encode
from connector.notation.limits import Limits
from connector.notation.problems import Unknown
from connector.ports import Answer, StreamedContent
from connector.records.identity import HELD_CREDENTIALS, HeldCredential
from connector.services.audit import AuditLog
from connector.services.catalog.catalog import Catalog
from connector.services.catalog.offers import Offers
from connector.services.catalog.partners import Partners
from connector.services.events import Events
from connector.services.exchange.callbacks import Callbacks
from connector.services.exchange.edrs import Edrs
from connector.services.exchange.ending.endings import open_endings
from connector.services.exchange.exchanges import Exchanges
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.transfers import Transfers
from connector.services.identity.identity import Identity, Own
from connector.services.identity.keys import Keys
from connector.services.locks import Locks
from connector.services.monitor import Monitor
from connector.services.outbox import Outbox
from connector.services.usage.inventory import Inventory
from connector.services.usage.usage import Policies, Usage
from connector.web.bodies import LIMITS
from connector.web.checks import ChecksDoor
from connector.web.guards import RateLimit, guard
from connector.web.management.access import access
from connector.web.management.discovery import DiscoveryDoor
from connector.web.management.edrs import EdrsDoor
from connector.web.management.errors import error_form
from connector.web.management.offers import OffersDoor
from connector.web.management.parties import Parties
from connector.web.management.planes import PlanesDoor
from connector.web.management.processes import ProcessesDoor
from connector.web.management.retirements import RetirementsDoor

PEER = "did:web:peer.example"
PEER_BPN = "BPNL00000000PEER"
PEER_URL = "http://peer.example/dsp/2025-1"
EDC = "https://w3id.org/edc/v0.0.1/ns/"


ISSUER = "did:web:issuer.example"
OPEN = Egress(schemes=("https", "http"), private=("127.0.0.0/8", "::1/128"))


class Peer:
    """What the partner's connector answers; `requests` is what it was sent."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.answers: dict[str, Answer] = {}

    async def send(
        self, method: str, url: str, *, headers: Any = None, body: bytes | None = None, limit: int = 0
    ) -> Answer:
        said = json.loads(body) if body else None
        self.requests.append((method, url, said))
        path = url.removeprefix("http://peer.example")
        if path in self.answers:
            return self.answers[path]
        if path.endswith("/.well-known/dspace-version"):
            return Answer(200, encode(messages.version_document("/2025-1")))
        if path.endswith("/negotiations/request"):
            return Answer(201, encode(messages.contract_negotiation("pp-1", said["consumerPid"], "REQUESTED")))
        if path.endswith("/transfers/request"):
            return Answer(201, encode(messages.transfer_process("tp-1", said["consumerPid"], "REQUESTED")))
        return Answer(200)

    async def stream(self, *_: Any, **__: Any) -> StreamedContent:
        raise AssertionError("nothing is pulled here")


class Rig:
    """The listener, its services and keys by role."""

    keys: Mapping[str, str]

    def __init__(self, folder: Path) -> None:
        clock, contexts = SystemClock(), FolderLibrary().contexts()
        self.contexts = contexts
        self.peer = Peer()
        self.store = SqlStore(f"sqlite:///{folder}/node.sqlite", clock)
        own = Own("did:web:own.example", "BPNL000000000OWN", frozenset({ISSUER}), {PEER: PEER_BPN})
        signer = SoftwareKey.load_or_create(folder / "key.pem")
        self.identity = Identity(own, store=self.store, signer=signer, clock=clock)
        events, locks, policies = Events(), Locks(), Policies(contexts)
        self.events = events
        counterparties: Any = SimpleNamespace(service_of=self._service_of)
        usage = Usage(counterparties=counterparties, clock=clock, store=self.store, policies=policies)
        self.outbox = Outbox(store=self.store, transport=self.peer, authorizer=self.identity, locks=locks)
        catalog = Catalog(
            identity=self.identity, store=self.store, policies=policies, clock=clock, endpoint="http://own/dsp/2025-1"
        )
        shared: dict[str, Any] = {
            "identity": self.identity,
            "store": self.store,
            "outbox": self.outbox,
            "events": events,
            "locks": locks,
            "clock": clock,
            "callback": "http://own/dsp/2025-1",
        }
        self.negotiations = Negotiations(**shared, catalog=catalog, policies=policies)
        self.transfers = Transfers(
            **shared,
            usage=usage,
            data_endpoint="http://own/data",
            token_secret=b"s" * 32,
            egress=OPEN,
        )
        self.inventory = Inventory(
            identity=self.identity,
            store=self.store,
            content=ContentFiles(folder / "content"),
            transport=self.peer,
            usage=usage,
            events=events,
            locks=locks,
            clock=clock,
        )
        self.callbacks = Callbacks(
            store=self.store, transport=self.peer, events=events, locks=locks, clock=clock, pauses=(0.02, 0.02, 0.02)
        )
        self.edrs = Edrs(
            store=self.store,
            negotiations=self.negotiations,
            transfers=self.transfers,
            inventory=self.inventory,
            callbacks=self.callbacks,
            events=events,
            locks=locks,
            clock=clock,
        )
        _, self.retirements, _ = open_endings(
            identity=self.identity,
            counterparties=counterparties,
            store=self.store,
            content=ContentFiles(folder / "content"),
            transport=self.peer,
            policies=policies,
            transfers=self.transfers,
            events=events,
            clock=clock,
        )
        partners = Partners(
            identity=self.identity, counterparties=counterparties, transport=self.peer, contexts=contexts
        )
        parties = Parties(partners=partners, policies=policies, egress=OPEN, backends=OPEN, bpns=own.partners)
        exchanges = Exchanges(store=self.store, events=events)
        self.key_service = Keys(store=self.store, clock=clock)
        self.log = AuditLog(store=self.store, identity=self.identity, clock=clock)
        offers = Offers(store=self.store, policies=policies, kinds=lambda: {"HttpData"})
        self.doors = [
            OffersDoor(offers=offers, clock=clock, backends=OPEN, contexts=contexts),
            ProcessesDoor(
                exchanges=exchanges,
                negotiations=self.negotiations,
                transfers=self.transfers,
                callbacks=self.callbacks,
                parties=parties,
                contexts=contexts,
            ),
            EdrsDoor(edrs=self.edrs, parties=parties, contexts=contexts),
            DiscoveryDoor(partners=partners, parties=parties, contexts=contexts),
            RetirementsDoor(retirements=self.retirements, contexts=contexts),
            PlanesDoor(kinds=lambda: {"HttpData"}, endpoint="http://own/data"),
            ChecksDoor(Monitor(store=self.store, clock=clock)),
        ]

    async def hold_credentials(self) -> None:
        """What our side needs to keep the contracts that it signs."""
        now, signer = datetime.now(UTC), self.identity.signer
        for number, kind in enumerate(("MembershipCredential", "DataExchangeGovernanceCredential")):
            jwt = issue_credential(
                kind,
                subject_of(kind, bpn="BPNL000000000OWN"),
                id=f"https://issuer.example/{number}",
                issuer=ISSUER,
                holder="did:web:own.example",
                now=now,
                valid_for=timedelta(days=1),
                status=None,
                key_id=signer.key_id,
                sign=signer.sign,
            )
            record = HeldCredential(id=kind, type=kind, issuer=ISSUER, jwt=jwt, expires_at=now + timedelta(days=1))
            await self.store.write(lambda tx, record=record: tx.put(HELD_CREDENTIALS, record))

    @staticmethod
    async def _service_of(participant: str, kind: str) -> str:
        assert participant == PEER
        if kind != "DataService":
            raise Unknown("did/service", f"{participant} has no {kind}")
        return "http://peer.example/dsp/.well-known/dspace-version"

    async def open(self) -> None:
        """Listen, and make a key for each role."""
        app = web.Application(
            middlewares=[
                guard(RateLimit(10_000, 10_000), (("/management", error_form),)),
                access(self.key_service, RateLimit(1, 200)),
            ]
        )
        app[LIMITS] = Limits(size=64 * 1024, depth=32)
        for door in self.doors:
            app.add_routes(door.routes())
        self.client: TestClient[Any, Any] = TestClient(TestServer(app))
        await self.client.start_server()
        roles = ("admin", "operator", "auditor", "reader")
        self.keys = {role: await self.key_service.create(role, role, actor="test") for role in roles}

    async def close(self) -> None:
        """Stop everything."""
        await self.client.close()
        await self.callbacks.stop()
        await self.outbox.stop()
        await self.events.settle()
        self.store.close()

    async def call(
        self, method: str, path: str, body: Any = None, *, role: str | None = "operator", **headers: str
    ) -> tuple[int, Any]:
        """Status and JSON of an answer; `body` may be bytes."""
        if role is not None:
            headers["X-Api-Key"] = self.keys.get(role, role)
        raw = body if body is None or isinstance(body, bytes) else encode(body)
        headers["Content-Type"] = "application/json"
        base = "" if path.startswith(("/check", "/metrics", "/api")) else "/management"
        async with self.client.request(method, f"{base}{path}", data=raw, headers=headers) as answer:
            said = await answer.read()
            is_json = answer.content_type.endswith("json")
            return answer.status, decode(said) if said and is_json else said or None

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of an answer that must be 200 or 204."""
        status, said = await self.call(method, path, body, **more)
        assert status in (200, 204), said
        return said

    async def snapshot(self) -> int:
        """The number of the last audit entry: equal before and after where nothing changed."""
        entries = await self.log.entries(limit=100_000)
        return entries[-1].sequence if entries else 0

    async def receive(self, service: Any, own_pid: str, kind: str, type_: str, body: dict[str, Any]) -> Any:
        """Hand a message of the peer to a service, as the protocol's door would."""
        counterparty = self.identity.counterparty(PEER, [])
        return await service.receive(own_pid, kind, reading.read(body, type_, contexts=self.contexts), counterparty)

    async def until(self, path: str, state: str) -> Any:
        """The view at `path` once it is in `state`."""
        for _ in range(200):
            view = await self.ok("GET", path)
            if view["state"] == state:
                return view
            await asyncio.sleep(0.01)
        raise AssertionError(f"{path} is {view['state']}, not {state}: {view}")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """See Rig."""
    rig = Rig(tmp_path)
    await rig.hold_credentials()
    await rig.open()
    yield rig
    await rig.close()


USAGE = {
    "@context": "http://www.w3.org/ns/odrl.jsonld",
    "@type": "Set",
    "permission": [
        {
            "action": "use",
            "constraint": {
                "and": [
                    {
                        "leftOperand": "https://w3id.org/catenax/2025/9/policy/FrameworkAgreement",
                        "operator": "eq",
                        "rightOperand": "DataExchangeGovernance:1.0",
                    },
                    {
                        "leftOperand": "https://w3id.org/catenax/2025/9/policy/UsagePurpose",
                        "operator": "isAnyOf",
                        "rightOperand": ["cx.circular.dpp:1"],
                    },
                ]
            },
        }
    ],
}


@pytest.fixture
def usage_policy() -> dict[str, Any]:
    """A policy that the Catena-X profile takes."""
    return json.loads(json.dumps(USAGE))
