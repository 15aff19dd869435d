"""What partners offer and speak: EDC's catalog requests, protocol versions and connector discovery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from connector.dsp.reading import Version
from connector.dsp.vocabulary import EDC, PREFIXES, PROTOCOL, VERSION_PATH
from connector.notation.jsonld import compact
from connector.notation.problems import Invalid
from connector.services.catalog.partners import Partners
from connector.web import answers
from connector.web.bodies import read_json
from connector.web.management.forms import Members, read
from connector.web.management.parties import VERSION_SUFFIX, Parties
from connector.web.management.queries import query_spec
from connector.web.management.views import CONTEXT

UNVERSIONED: Final = "dataspace-protocol-http"
"""The protocol as older clients name it; they read `dcat:dataset`, where newer ones read `dataset`."""
PREFIXED_CONTEXT: Final[dict[str, str]] = {
    "@vocab": EDC,
    **{name: PREFIXES[name] for name in ("edc", "dcat", "dct", "odrl", "dspace") if name in PREFIXES},
}
TX_BPNL: Final = "https://w3id.org/tractusx/v0.0.1/ns/bpnl"


class DiscoveryDoor:
    """Routes that ask partners."""

    def __init__(self, *, partners: Partners, parties: Parties, contexts: Mapping[str, Any]) -> None:
        self._partners = partners
        self._parties = parties
        self._contexts = contexts

    def routes(self) -> list[web.RouteDef]:
        """All of them send messages in our name: they need `operate`."""
        base = "/management/v3/catalog"
        found = [web.post(f"{base}/request", self._catalog), web.post(f"{base}/dataset/request", self._dataset)]
        for version in ("v3", "v4alpha"):
            prefix = f"/management/{version}"
            found.append(web.post(f"{prefix}/protocol-versions/request", self._versions))
            found.append(web.post(f"{prefix}/connectordiscovery/dspversionparams", self._version_parameters))
        return found

    async def _members(self, request: web.Request) -> Members:
        return read(await read_json(request), self._contexts)

    async def _catalog(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        members.refuse("additionalScopes")
        filters = query_spec(members.object("querySpec"))
        did, address = await self._parties.counterparty(members)
        return answers.json(self._formed(members, await self._partners.catalog(did, address, filters)))

    def _formed(self, members: Members, body: dict[str, Any]) -> dict[str, Any]:
        """As the partner wrote it; with prefixes for clients that ask for the protocol by its name before 2025-1."""
        if members.text("protocol") != UNVERSIONED:
            return body
        return compact(body, PREFIXED_CONTEXT, self._contexts)

    async def _dataset(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        dataset_id = members.need("@id", "the dataset")
        did, address = await self._parties.counterparty(members)
        body, _ = await self._partners.dataset(did, address, dataset_id)
        return answers.json(self._formed(members, body))

    async def _versions(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        address = await self._base(members)
        found = [_version(version) for version in await self._partners.versions(address)]
        return answers.json({"protocolVersions": found, "@context": CONTEXT})

    async def _version_parameters(self, request: web.Request) -> web.Response:
        members = await self._members(request)
        did = self._parties.did_of(_partner(members))
        given = self._parties.address(members)
        address = await self._partners.address_at(_root(given)) if given else await self._parties.address_of(did)
        return answers.json(
            {
                "@id": did,
                "counterPartyId": did,
                "counterPartyAddress": address,
                "protocol": PROTOCOL,
                "@context": CONTEXT,
            }
        )

    async def _base(self, members: Members) -> str:
        given = self._parties.address(members)
        return _root(given or await self._parties.address_of(self._parties.did_of(_partner(members))))


def _partner(members: Members) -> str:
    name = members.text("counterPartyId") or members.text(TX_BPNL) or members.text("bpnl")
    if name is None:
        raise Invalid(
            "management/missing", "counterPartyId is missing: the DID of the partner", pointer="/counterPartyId"
        )
    return name


def _root(address: str) -> str:
    """Where the version document hangs: the address without the version's own path."""
    return address.removesuffix(VERSION_PATH).removesuffix(VERSION_SUFFIX)


def _version(version: Version) -> dict[str, Any]:
    entry = {"version": version.version, "path": version.path, "binding": version.binding}
    return {**entry, **({"serviceId": version.service_id} if version.service_id else {})}
