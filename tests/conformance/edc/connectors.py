"""Either side of an exchange, asked over EDC's management API: the same calls for a real EDC and for a node of ours."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientSession

EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
CONTEXT: Final = {"@vocab": EDC}
ODRL_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
PROTOCOL: Final = "dataspace-protocol-http:2025-1"
ENDS: Final = frozenset({"FINALIZED", "TERMINATED", "COMPLETED", "DEPROVISIONED", "DEPROVISIONING"})
NEGOTIATIONS: Final = "/v3/contractnegotiations"
TRANSFERS: Final = "/v3/transferprocesses"
PATIENCE: Final = 40.0
"""Seconds that a process may take to get where it shall."""

Json = dict[str, Any]


class Told(AssertionError):
    """An answer that says no, with its status and text."""

    def __init__(self, what: str, status: int, text: str) -> None:
        super().__init__(f"{what} answered {status}: {text[:600]}")
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Connector:
    """A participant: where it is managed, where partners reach it; `root` is above `/management` where it is ours."""

    name: str
    management: str
    protocol: str
    session: ClientSession
    key: str = ""

    @property
    def is_edc(self) -> bool:
        """Whether this is the EDC."""
        return not self.key

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """One management request, its answer as JSON. Raises Told."""
        base = self.management if path.startswith("/v") else self.management.removesuffix("/management")
        headers = {"Content-Type": "application/json", **({"X-Api-Key": self.key} if self.key else {})}
        data = None if body is None else json.dumps(body).encode()
        async with self.session.request(method, base + path, data=data, headers=headers) as answer:
            raw = await answer.read()
            if answer.status >= 300:
                raise Told(f"{self.name}: {method} {path}", answer.status, raw.decode("utf-8", "replace"))
            return json.loads(raw) if raw and "json" in answer.content_type else raw

    # --- what is on offer

    async def offer(self, asset_id: str, address: Json, policy: Json | None = None, **properties: Any) -> None:
        """Put one asset on offer, under a policy of its own."""
        rules = policy or {"permission": [{"action": "use"}]}
        document = {"@context": ODRL_CONTEXT, "@type": "Set", **rules}
        selector = {"@type": "Criterion", "operandLeft": f"{EDC}id", "operator": "=", "operandRight": asset_id}
        asset = {"@id": asset_id, "properties": properties, "dataAddress": {"type": "HttpData", **address}}
        await self.call("POST", "/v3/assets", {"@context": CONTEXT, **asset})
        await self.call(
            "POST", "/v3/policydefinitions", {"@context": CONTEXT, "@id": f"p-{asset_id}", "policy": document}
        )
        await self._define(asset_id, f"p-{asset_id}", [selector])

    async def _define(self, name: str, policy_id: str, selector: Sequence[Json]) -> None:
        policies = {"accessPolicyId": policy_id, "contractPolicyId": policy_id}
        body = {"@context": CONTEXT, "@id": f"d-{name}", **policies, "assetsSelector": list(selector)}
        await self.call("POST", "/v3/contractdefinitions", body)

    # --- as a consumer

    async def catalog(self, peer: Connector, **query: Any) -> Json:
        """What `peer` shows."""
        body = {"@context": CONTEXT, **self._at(peer), **({"querySpec": query} if query else {})}
        found: Json = await self.call("POST", "/v3/catalog/request", body)
        return found

    async def dataset(self, peer: Connector, asset_id: str) -> Json:
        """One dataset that `peer` shows."""
        body = {"@context": CONTEXT, "@type": "DatasetRequest", "@id": asset_id, **self._at(peer)}
        found: Json = await self.call("POST", "/v3/catalog/dataset/request", body)
        return found

    async def negotiate(self, peer: Connector, asset_id: str, offer: Mapping[str, Any] | None = None) -> str:
        """Ask for a contract on the first offer of an asset (or on `offer`); our id of the negotiation."""
        terms = offer if offer is not None else offers(await self.dataset(peer, asset_id))[0]
        policy = {**terms, "@context": ODRL_CONTEXT, "@type": "Offer", "assigner": peer.name, "target": asset_id}
        body = {"@context": CONTEXT, "@type": "ContractRequest", **self._at(peer), "policy": policy}
        return str((await self.call("POST", NEGOTIATIONS, body))["@id"])

    async def agree(self, peer: Connector, asset_id: str) -> str:
        """A finalized contract on an asset; our id of the agreement."""
        own_pid = await self.negotiate(peer, asset_id)
        await self.settled(NEGOTIATIONS, own_pid, "FINALIZED")
        return str((await self.call("GET", f"{NEGOTIATIONS}/{own_pid}/agreement"))["@id"])

    async def transfer(self, peer: Connector, agreement_id: str, kind: str = "HttpData-PULL", **more: Any) -> str:
        """Ask for a transfer; our id of it."""
        asked = {"contractId": agreement_id, "transferType": kind, **self._at(peer), **more}
        return str(
            (await self.call("POST", TRANSFERS, {"@context": CONTEXT, "@type": "TransferRequest", **asked}))["@id"]
        )

    @staticmethod
    def _at(peer: Connector) -> Json:
        return {"counterPartyId": peer.name, "counterPartyAddress": peer.protocol, "protocol": PROTOCOL}

    # --- what became of it

    async def shown(self, kind: str, own_pid: str) -> Json:
        """A negotiation or transfer."""
        found: Json = await self.call("GET", f"{kind}/{own_pid}")
        return found

    async def settled(self, kind: str, own_pid: str, *wanted: str, patience: float = PATIENCE) -> Json:
        """The process once it is in one of the states. Raises AssertionError where it ends in another, or too late."""
        end, pauses = time.monotonic() + patience, _pauses()
        while True:
            record = await self.shown(kind, own_pid)
            if record["state"] in wanted:
                return record
            if record["state"] in ENDS or time.monotonic() > end:
                why = record.get("errorDetail", "")
                raise AssertionError(f"{self.name}: {own_pid} is {record['state']}, not {'/'.join(wanted)}: {why}")
            await asyncio.sleep(next(pauses))

    async def counterpart(self, kind: str, correlation: str) -> str:
        """Our id of the process that the partner knows as `correlation`, once there is one."""
        criterion = {"operandLeft": "correlationId", "operator": "=", "operandRight": correlation}
        end, pauses = time.monotonic() + PATIENCE, _pauses()
        while time.monotonic() < end:
            found = await self.call("POST", f"{kind}/request", {"@context": CONTEXT, "filterExpression": [criterion]})
            if found:
                return str(found[0]["@id"])
            await asyncio.sleep(next(pauses))
        raise AssertionError(f"{self.name} has no process that the partner calls {correlation}")

    async def command(self, kind: str, own_pid: str, name: str, reason: str = "") -> None:
        """suspend, resume, terminate."""
        type_ = {"suspend": "SuspendTransfer", "terminate": "TerminateTransfer"}.get(name, "")
        type_ = "TerminateNegotiation" if kind == NEGOTIATIONS else type_
        body = {"@context": CONTEXT, "@type": type_, "@id": own_pid, "reason": reason} if reason else None
        await self.call("POST", f"{kind}/{own_pid}/{name}", body)

    async def address(self, transfer_id: str) -> Json:
        """The data address of a started transfer, once there is one; members by EDC's short names."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                found = await self.call("GET", f"/v3/edrs/{transfer_id}/dataaddress")
                return {name.removeprefix(EDC): value for name, value in found.items()}
            except Told as told:
                if told.status != 404 or time.monotonic() > end:
                    raise
                await asyncio.sleep(0.03)

    async def pull(self, transfer_id: str, path: str = "") -> bytes:
        """The bytes below the data address; ours goes through its inventory, whose digest has to agree."""
        if not self.is_edc:
            pulled = (await self.call("POST", "/api/pulls", {"transferId": transfer_id, "paths": [path]}))[0]
            assert pulled["ok"], pulled
            assert pulled.get("matchesSource") is not False, pulled
            return bytes(await self.call("GET", f"/api/inventory/{pulled['item']['id']}/content"))
        address = await self.address(transfer_id)
        return await self.fetch(address, path)

    async def fetch(self, address: Json, path: str = "") -> bytes:
        """The bytes at a data address, with its token verbatim. Raises Told."""
        url = address["endpoint"].rstrip("/") + (f"/{path}" if path else "")
        async with self.session.get(url, headers={"Authorization": address["authorization"]}) as answer:
            raw = await answer.read()
            if answer.status >= 300:
                raise Told(f"GET {url}", answer.status, raw.decode("utf-8", "replace"))
            return raw


async def refusal(asked: Awaitable[Any]) -> Told:
    """How a request is answered with no. Raises AssertionError where it is not."""
    try:
        found = await asked
    except Told as told:
        return told
    raise AssertionError(f"this was answered with {str(found)[:300]}")


def _pauses() -> Iterator[float]:
    """Seconds between two looks at a process: short ones first, so that a crowd does not live on being looked at."""
    pause = 0.03
    while True:
        yield pause
        pause = min(pause * 1.5, 1.5)


def listed(value: Any) -> list[Any]:
    """One or many as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def datasets(catalog: Mapping[str, Any]) -> dict[str, Json]:
    """The datasets of a catalog by id, whether its members are prefixed or not."""
    return {entry["@id"]: entry for entry in listed(catalog.get("dcat:dataset", catalog.get("dataset")))}


def offers(dataset: Mapping[str, Any]) -> list[Json]:
    """The offers of a dataset."""
    return listed(dataset.get("odrl:hasPolicy", dataset.get("hasPolicy")))
