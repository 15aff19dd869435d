"""Real nodes on loopback inside the test's process: a trust anchor, a provider (`maker`) and a consumer (`peer`)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from connector.audit import chain
from connector.dcp.credentials import subject_of
from connector.node import Node
from connector.notation.exact_json import decode, encode
from connector.ports import Answer
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Agreement, Negotiation, Transfer
from connector.records.offers import (
    ASSETS,
    CONTRACT_DEFINITIONS,
    POLICY_DEFINITIONS,
    Asset,
    ContractDefinition,
    PolicyDefinition,
)
from connector.settings import Settings, read

MAKER_BPN, PEER_BPN = "BPNL00000075MFCT", "BPNL00000067CELL"
CREDENTIALS = ("MembershipCredential", "BpnCredential", "DataExchangeGovernanceCredential")
PURPOSE = "cx.circular.dpp:1"
CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
LOOPBACK = ["127.0.0.0/8", "::1/128"]
LOCAL = {"schemes": ["https", "http"], "private": LOOPBACK, "backend_private": LOOPBACK}
"""The [egress] table of nodes that live on one machine."""
PATIENCE = 10.0
"""Seconds that a test waits for a state before it fails."""


def constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    """One constraint in short names."""
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def rule(action: str, *constraints: dict[str, Any]) -> dict[str, Any]:
    """A policy of one permission."""
    inner = {"constraint": [{"and": list(constraints)}]} if constraints else {}
    return {"@type": "Set", "permission": [{"action": action, **inner}]}


ACCESS = rule(
    "access",
    constraint("Membership", "eq", "active"),
    constraint("BusinessPartnerNumber", "isAnyOf", [PEER_BPN]),
)
USAGE_CONSTRAINTS = (
    constraint("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"),
    constraint("UsagePurpose", "isAnyOf", [PURPOSE]),
)
USAGE = rule("use", *USAGE_CONSTRAINTS)


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to clients: it stays free over a restart."""
    while True:
        port = secrets.randbelow(12_000) + 20_000
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def settings_of(
    name: str, folder: Path, *, bpn: str = "", trusted: Sequence[str] = (), tables: Mapping[str, Any] | None = None
) -> Settings:
    """Settings of a node in its own folder below `folder`; `tables` are merged into the document."""
    own = folder / name
    own.mkdir(parents=True, exist_ok=True)
    port, management = free_port(), free_port()
    document: dict[str, Any] = {
        "node": {"name": name, "did": f"did:web:localhost%3A{port}:{name}", "bpn": bpn},
        "public": {"port": port},
        "management": {"port": management},
        "identity": {"trusted_issuers": list(trusted), "unsafe_did_web_http": True, "status_max_age": 0},
        "egress": LOCAL,
        "limits": {"requests_per_second": 100_000.0, "burst": 100_000},
        "folder": own,
    }
    for table, members in (tables or {}).items():
        document[table] = {**document.get(table, {}), **members}
    return read(document)


@dataclass
class Space:
    """Nodes that trust one anchor."""

    folder: Path
    anchor: Node
    maker: Node
    peer: Node
    others: list[Node] = field(default_factory=list)

    async def join(self, name: str, *, bpn: str = "", credentials: Sequence[str] = CREDENTIALS, **tables: Any) -> Node:
        """One more participant."""
        trusted = [self.anchor.settings.node.did]
        node = Node(settings_of(name, self.folder, bpn=bpn, trusted=trusted, tables=tables))
        await node.start()
        self.others.append(node)
        await certify(self.anchor, node, credentials)
        return node

    async def close(self) -> None:
        """Stop every node; their audit chains must hold."""
        for node in (*self.others, self.peer, self.maker, self.anchor):
            if not node.store._closed:
                log = await node.store.read(lambda reader: reader.audit_entries(limit=1_000_000))
                assert chain.verify(log) == [], node.settings.node.name
            await node.stop()


async def open_space(folder: Path, *, anchor: Any = None, maker: Any = None, peer: Any = None) -> Space:
    """A trust anchor and two certified participants; the keywords are tables for their settings."""
    authority = Node(settings_of("anchor", folder, tables={"issuer": {}, **(anchor or {})}))
    trusted = [authority.settings.node.did]
    made = Node(settings_of("maker", folder, bpn=MAKER_BPN, trusted=trusted, tables=maker))
    other = Node(settings_of("peer", folder, bpn=PEER_BPN, trusted=trusted, tables=peer))
    space = Space(folder, authority, made, other)
    for node in (authority, made, other):
        await node.start()
    for node in (made, other):
        await certify(authority, node)
    return space


async def restarted(node: Node) -> Node:
    """A new life of a stopped node."""
    again = Node(node.settings)
    await again.start()
    return again


async def certify(anchor: Node, node: Node, credentials: Sequence[str] = CREDENTIALS) -> None:
    """Issue and deliver credentials."""
    assert anchor.issuer is not None
    did, bpn = node.settings.node.did, node.settings.node.bpn
    issued = [await anchor.issuer.issue(kind, did, subject_of(kind, bpn=bpn), actor="test") for kind in credentials]
    if issued:
        await anchor.issuer.deliver(issued)


async def offer_asset(
    node: Node,
    asset_id: str,
    *,
    usage: dict[str, Any] = USAGE,
    access: dict[str, Any] = ACCESS,
    data_address: dict[str, Any] | None = None,
    properties: dict[str, Any] | None = None,
) -> None:
    """Put one asset on offer under policies of its own."""
    now = datetime.now(UTC)
    address = data_address or {
        "type": "HttpData",
        "baseUrl": f"{node.settings.public.url}/{node.settings.node.name}/did.json",
    }
    selector = [{"operandLeft": "id", "operator": "=", "operandRight": asset_id}]

    def change(tx: Any) -> None:
        tx.put(ASSETS, Asset(id=asset_id, properties=properties or {}, data_address=address, created_at=now))
        tx.put(POLICY_DEFINITIONS, PolicyDefinition(id=f"{asset_id} access", policy=access, created_at=now))
        tx.put(POLICY_DEFINITIONS, PolicyDefinition(id=f"{asset_id} usage", policy=usage, created_at=now))
        definition = ContractDefinition(
            id=f"{asset_id} definition",
            access_policy_id=f"{asset_id} access",
            contract_policy_id=f"{asset_id} usage",
            selector=selector,
            created_at=now,
        )
        tx.put(CONTRACT_DEFINITIONS, definition)

    await node.store.write(change)


def protocol(node: Node) -> str:
    """The base address of a node's protocol endpoints."""
    return node.settings.dsp_url


async def offer_of(consumer: Node, provider: Node, asset_id: str) -> dict[str, Any]:
    """The first offer of an asset, as a contract request wants it."""
    _, entry = await consumer.partners.dataset(provider.settings.node.did, protocol(provider), asset_id)
    return {**entry.offers[0], "target": asset_id}


async def ask(consumer: Node, provider: Node, offer: Mapping[str, Any], address: str = "") -> Negotiation:
    """Start a negotiation, perhaps through another address than the provider's own."""
    return await consumer.negotiations.request(
        counterparty=provider.settings.node.did, counterparty_address=address or protocol(provider), offer=offer
    )


async def agree(consumer: Node, provider: Node, asset_id: str) -> Negotiation:
    """A finalized negotiation, finalized on both sides."""
    record = await ask(consumer, provider, await offer_of(consumer, provider, asset_id))
    done = await negotiated(consumer, record.id, "FINALIZED")
    await negotiated(provider, done.provider_pid, "FINALIZED")
    return done


async def start_transfer(consumer: Node, provider: Node, agreement_id: str, address: str = "", **how: Any) -> Transfer:
    """A transfer that is STARTED on both sides."""
    record = await consumer.transfers.request(
        agreement_id=agreement_id, counterparty_address=address or protocol(provider), **how
    )
    started = await transferred(consumer, record.id, "STARTED")
    await transferred(provider, started.provider_pid, "STARTED")
    return started


async def negotiated(node: Node, own_pid: str, *states: str) -> Negotiation:
    """The negotiation once it is in one of `states`."""
    return await _until(node, NEGOTIATIONS, own_pid, states)


async def transferred(node: Node, own_pid: str, *states: str) -> Transfer:
    """The transfer once it is in one of `states`."""
    return await _until(node, TRANSFERS, own_pid, states)


async def _until(node: Node, collection: Any, own_pid: str, states: Sequence[str]) -> Any:
    async def holds() -> bool:
        record = await node.store.read(lambda reader: reader.get(collection, own_pid))
        return record is not None and record.state in states

    reached = await node.events.wait_until(own_pid, holds, PATIENCE)
    record = await node.store.read(lambda reader: reader.get(collection, own_pid))
    assert reached, f"{node.settings.node.name}: {getattr(record, 'state', None)} {record}, not {states}"
    return record


async def agreement_of(node: Node, agreement_id: str) -> Agreement | None:
    """The agreement as `node` has it."""
    return await node.store.read(lambda reader: reader.get(AGREEMENTS, agreement_id))


async def provided(node: Node, consumer_pid: str) -> Negotiation:
    """The provider's negotiation of a consumer's pid, once there is one."""
    for _ in range(200):
        record = await node.store.read(lambda reader: reader.one(NEGOTIATIONS, {"consumer_pid": consumer_pid}))
        if record is not None:
            return record
        await asyncio.sleep(0.02)
    raise AssertionError(f"no negotiation for {consumer_pid}")


async def audited(node: Node, event: str, subject: str | None = None) -> list[dict[str, Any]]:
    """The details of audit entries of a kind."""
    await node.catalog.settle()
    log = await node.store.read(lambda reader: reader.audit_entries(subject=subject, limit=1_000_000))
    return [entry.detail for entry in log if entry.event == event]


async def say(
    sender: Node, receiver: Node, path: str, body: Any = None, *, method: str = "POST", token: str | None = None
) -> Answer:
    """A protocol message by hand, `path` below the base; bytes go out as they are."""
    authorization = token if token is not None else await sender.identity.authorization(receiver.settings.node.did)
    raw = body if isinstance(body, bytes | None) else encode(body)
    return await sender.transport.send(
        method,
        f"{protocol(receiver)}/{path}",
        headers={"Content-Type": "application/json", **({"Authorization": authorization} if authorization else {})},
        body=raw,
    )


def message(type_: str, **members: Any) -> dict[str, Any]:
    """A protocol message."""
    return {"@context": CONTEXT, "@type": type_, **members}


def reasons(answer: Answer) -> str:
    """Code and reasons of a protocol error in one text."""
    body = decode(answer.body)
    return f"{body.get('code')}: {body.get('reason')}"


@dataclass
class Fault:
    """What a gate does with the next request whose path contains `match`."""

    match: str
    status: int = 503
    body: bytes = b""
    is_delivered: bool = False
    seconds: float = 0.0
    times: int = 1


class Gate:
    """Stands before a node's protocol endpoints, lets everything through, and fails as told."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.port = free_port()
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, Any]] = []
        self.is_open = asyncio.Event()
        self.is_open.set()

    @property
    def url(self) -> str:
        """The address that peers are told."""
        return f"http://127.0.0.1:{self.port}"

    def paths(self, part: str) -> list[str]:
        """The requests that came by, of those that contain `part`."""
        return [path for path, _ in self.seen if part in path]

    async def reached(self, part: str) -> None:
        """Wait for a request whose path contains `part`."""
        async with asyncio.timeout(PATIENCE):
            while not self.paths(part):  # noqa: ASYNC110 - a look at a list that a request fills
                await asyncio.sleep(0.005)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Gate]:
        """Listen."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        async with ClientSession() as self._session:
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.seen.append((request.path, decode(raw) if raw else None))
        await self.is_open.wait()
        fault = next((each for each in self.faults if each.match in request.path and each.times > 0), None)
        if fault is None:
            return await self._forward(request, raw)
        fault.times -= 1
        if fault.is_delivered:
            await self._forward(request, raw)
        await asyncio.sleep(fault.seconds)
        return web.Response(status=fault.status, body=fault.body, content_type="application/json")

    async def _forward(self, request: web.Request, raw: bytes) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name in ("Authorization", "Content-Type")}
        url = f"{self.target}{request.path_qs}"
        async with self._session.request(request.method, url, data=raw, headers=headers) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)


@contextlib.contextmanager
def held(*gates: Gate) -> Iterator[None]:
    """Within, requests wait at the gates; after it they go on."""
    for gate in gates:
        gate.is_open.clear()
    try:
        yield
    finally:
        for gate in gates:
            gate.is_open.set()
