"""Single requests, drawn at random: by strangers, by a partner, by own keys, and on data with tokens of others."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import quote

from connector.notation.exact_json import encode
from tests.conformance.fuzz import rig, values
from tests.conformance.fuzz.world import Target, World


@dataclass(frozen=True, slots=True)
class Shot:
    """One request."""

    kind: str
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


_LISTENER: Final = {"stranger": ("public", "management"), "keys": ("management",), "partner": ("public",)}
_LONG: Final = ("/api/partners/", "/api/catalog/crawl", "/api/events")
"""Operations that ask others: drawn rarely, they wait for peers that are not there."""


class Draw:
    """Draws shots at a world."""

    def __init__(self, world: World, random: Random, documents: dict[str, Any]) -> None:
        """`documents`: the OpenAPI documents of the management listener, by prefix."""
        self.world = world
        self.random = random
        self.targets = world.targets()
        self._documents = documents

    async def shot(self, kind: str) -> Shot:
        """One of a kind: stranger, partner, keys, data."""
        found: Shot = await getattr(self, f"_{kind}")()
        return found

    def _target(self, kind: str) -> Target:
        fitting = [one for one in self.targets if one.listener in _LISTENER[kind]]
        if kind == "partner":
            fitting = [one for one in fitting if one.template.startswith("/dsp/")]
        found = self.random.choice(fitting)
        return found if not found.template.startswith(_LONG) or self.random.random() < 0.02 else self._target(kind)

    def _value(self) -> str:
        """What stands in a path: an id that there is, or anything."""
        known = [self.world.negotiation.provider_pid, *(one.provider_pid for one in self.world.transfers), "pack"]
        text = self.random.choice((*known, *values.TEXTS, "..", "%2e%2e", "a/b"))
        return quote(text.encode("utf-8", "replace")[:300], safe="")

    async def _stranger(self) -> Shot:
        target = self._target("stranger")
        node = self.world.node
        own = await node.identity.authorization(node.settings.node.did)
        wrong = (
            {},
            {"Authorization": "Bearer"},
            {"Authorization": f"Bearer {self.random.choice(('a.b.c', 'x' * 9000, 'eyJhbGciOiJub25lIn0.e30.'))}"},
            {"Authorization": own[:-4] + "AAAA"},
            {"X-Api-Key": "ion_admin_" + "0" * 43},
            {"X-Api-Key": "x" * 4000},
            {"Authorization": "Basic YTpi"},
        )
        body = values.raw(self.random, values.anything(self.random))
        return self._made("stranger", target, dict(self.random.choice(wrong)), body)

    async def _partner(self) -> Shot:
        target = self._target("partner")
        token = await self.world.space.peer.identity.authorization(self.world.node.settings.node.did)
        document = values.mutated(self.random, self._message())
        return self._made("partner", target, {"Authorization": token}, values.raw(self.random, document))

    def _message(self) -> dict[str, Any]:
        transfer, negotiation = self.random.choice(self.world.transfers), self.world.negotiation
        pids = {"consumerPid": transfer.consumer_pid, "providerPid": transfer.provider_pid}
        deal = {"consumerPid": negotiation.consumer_pid, "providerPid": negotiation.provider_pid}
        offer = {"@id": "a:b:c", "@type": "Offer", "target": "pack", "permission": [{"action": "use"}]}
        opening = {"consumerPid": self.random.choice(values.TEXTS), "callbackAddress": self.random.choice(values.SSRF)}
        messages = (
            rig.message("CatalogRequestMessage", filter=[{"@type": "QuerySpec", "limit": 5}]),
            rig.message("ContractRequestMessage", offer=offer, **opening),
            rig.message("ContractOfferMessage", offer=offer, **deal),
            rig.message("ContractAgreementMessage", agreement={"@id": "x", "@type": "Agreement"}, **deal),
            rig.message("ContractNegotiationEventMessage", eventType="FINALIZED", **deal),
            rig.message("ContractNegotiationTerminationMessage", **deal),
            rig.message("TransferRequestMessage", agreementId="x", format="HttpData-PULL", **opening),
            rig.message(
                "TransferStartMessage", dataAddress={"@type": "DataAddress", "endpoint": "http://10.0.0.1"}, **pids
            ),
            rig.message("TransferSuspensionMessage", **pids),
            rig.message("TransferCompletionMessage", **pids),
        )
        return self.random.choice(messages)

    async def _keys(self) -> Shot:
        target = self._target("keys")
        key = self.world.key if self.random.random() < 0.8 else self.world.reader
        return self._made("keys", target, {"X-Api-Key": key}, values.raw(self.random, self._body(target)))

    def _body(self, target: Target) -> Any:
        """A body by the operation's schema, where it is described."""
        for document in self._documents.values():
            operation = document["paths"].get(target.template, {}).get(target.method.lower())
            content = (operation or {}).get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            if schema is not None:
                return values.by_schema(self.random, schema, document["components"]["schemas"])
        return values.anything(self.random)

    async def _data(self) -> Shot:
        """Data and refresh with tokens of other transfers, bent ones, and none."""
        own, other = self.random.sample(list(self.world.transfers), 2)
        token = str(other.data_address["authorization"])
        bent = (token[:-3] + "abc", token.swapcase(), f"Bearer {token}x", "Bearer", token[: len(token) // 2], "")
        path = self.random.choice(("/data/refresh", "/data/token", f"/data/{quote(own.id)}", "/data/../api/keys"))
        headers = {"Authorization": self.random.choice(bent)}
        method = self.random.choice(("GET", "POST", "PUT", "DELETE"))
        body = encode({"grant_type": "refresh_token", "refresh_token": token, "transferId": own.id})
        url = f"{self.world.node.settings.public.url}{path}"
        return Shot("data", method, url, headers, body if method != "GET" else None)

    def _made(self, kind: str, target: Target, headers: dict[str, str], body: bytes) -> Shot:
        path = target.path(self._value())
        if self.random.random() < 0.2:
            path += "?" + quote(self.random.choice(values.TEXTS).encode("utf-8", "replace")[:200], safe="=&")
        if target.method in ("GET", "DELETE"):
            return Shot(kind, target.method, self.world.url(target, path), headers)
        media = self.random.choice(values.CONTENT_TYPES) if self.random.random() < 0.2 else "application/json"
        media = media.encode("ascii", "ignore").decode()
        typed = {"Content-Type": media} if media else {}
        return Shot(kind, target.method, self.world.url(target, path), {**headers, **typed}, body)
