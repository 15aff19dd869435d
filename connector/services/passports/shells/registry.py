"""Registry and discovery (AAS Part 2: registry SSP-002 and SSP-005, discovery SSP-002; Catena-X CX-0002)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.records import Passport
from connector.services.passports import editions
from connector.services.passports.shells.pages import json_page, refuse_others
from connector.services.passports.shells.repository import (
    AssetLinks,
    Repository,
    Sees,
    everything,
    read_created_after,
)
from submodels.aas.identifiers import read_encoded
from submodels.aas.paging import page_of, read_paging

ANYBODY: Final = "PUBLIC_READABLE"
"""The externalSubjectId that the registries of Catena-X read as everybody in the data space."""

INTERFACE: Final = "SUBMODEL-3.1"


class Registry:
    """Descriptors of shells. `data_endpoint` is the data plane's address, `dsp_endpoint` the protocol's."""

    def __init__(self, repository: Repository, *, data_endpoint: str, dsp_endpoint: str) -> None:
        self._shells = repository
        self._data_endpoint = data_endpoint
        self._dsp_endpoint = dsp_endpoint

    async def descriptors(self, query: Mapping[str, str], *, bpn: str | None = None) -> bytes:
        """A page of shell descriptors; `bpn` is who asks (None: the owner)."""
        refuse_others(query, "limit", "cursor", "assetKind", "assetType", "createdAfter")
        paging = read_paging(query)
        if _is_other_asset(query):
            return json_page([])
        page = await self._shells.page(paging, created_after=read_created_after(query), sees=visible_to(bpn))
        return json_page([encode(self.descriptor(passport, bpn=bpn)) for passport in page.items], page.cursor)

    async def described(self, shell_id: str, *, bpn: str | None = None) -> dict[str, Any]:
        """The descriptor of one shell. Raises Unknown (`aas/shell-unknown`), also for who may not see it."""
        passport = await self._shells.get(shell_id)
        if not visible_to(bpn)(passport):
            raise Unknown("aas/shell-unknown", f"there is no shell {shell_id[:200]!r}")
        return self.descriptor(passport, bpn=bpn)

    async def parts(self, shell_id: str, query: Mapping[str, str], *, bpn: str | None = None) -> bytes:
        """A page of a shell's submodel descriptors."""
        refuse_others(query, "limit", "cursor")
        page = page_of((await self.described(shell_id, bpn=bpn))["submodelDescriptors"], read_paging(query))
        return json_page([encode(item) for item in page.items], page.cursor)

    async def part(self, shell_id: str, submodel_id: str, *, bpn: str | None = None) -> bytes:
        """One submodel descriptor. Raises Unknown (`aas/submodel-unknown`)."""
        for descriptor in (await self.described(shell_id, bpn=bpn))["submodelDescriptors"]:
            if descriptor["id"] == submodel_id:
                return encode(descriptor)
        raise Unknown("aas/submodel-unknown", f"the shell has no submodel {submodel_id[:200]!r}")

    async def shell_ids(self, links: AssetLinks, query: Mapping[str, str], *, bpn: str | None = None) -> bytes:
        """A page of ids of shells whose asset has all these links; without links, of all shells."""
        refuse_others(query, "limit", "cursor", "assetIds", "createdAfter")
        page = await self._shells.page(
            read_paging(query), links, created_after=read_created_after(query), sees=visible_to(bpn)
        )
        return json_page([encode(passport.shell_id) for passport in page.items], page.cursor)

    async def links(self, shell_id: str, *, bpn: str | None = None) -> bytes:
        """The asset links of a shell: globalAssetId, then the specific asset ids that may be seen."""
        descriptor = await self.described(shell_id, bpn=bpn)
        known = [{"name": "globalAssetId", "value": descriptor["globalAssetId"]}]
        return encode([*known, *(each for each in descriptor["specificAssetIds"] if each["name"] != "digitalTwinType")])

    def href(self, listed: Mapping[str, str]) -> str:
        """Where a consumer finds a submodel on the data plane; it appends `/$value` (CX-0002, SUBMODEL-3.x)."""
        return f"{self._data_endpoint}/{listed['idShort']}/submodel"

    def descriptor(self, passport: Passport, *, bpn: str | None = None) -> dict[str, Any]:
        """The AssetAdministrationShellDescriptor of a passport (CX-0002: interface SUBMODEL-3.1, subprotocol DSP)."""
        shell = decode(passport.shell)
        specific = [each for each in _specific(shell) if bpn is None or _names(each, bpn)]
        links = {name: value for name, value in editions.asset_links(shell).items() if name != "globalAssetId"}
        if "digitalTwinType" not in links:
            specific.append({"name": "digitalTwinType", "value": "PartInstance"})
        return {
            "id": passport.shell_id,
            "idShort": shell["idShort"],
            "assetKind": "Instance",
            "globalAssetId": passport.global_asset_id,
            "specificAssetIds": specific,
            "submodelDescriptors": [self._submodel(passport, listed) for listed in passport.submodels],
        }

    def _submodel(self, passport: Passport, listed: Mapping[str, str]) -> dict[str, Any]:
        protocol = {
            "href": self.href(listed),
            "endpointProtocol": "HTTP",
            "endpointProtocolVersion": ["1.1"],
            "subprotocol": "DSP",
            "subprotocolBody": f"id={passport.dataset_id};dspEndpoint={self._dsp_endpoint}",
            "subprotocolBodyEncoding": "plain",
        }
        key = {"type": "GlobalReference", "value": listed["semanticId"]}
        return {
            "id": listed["id"],
            "idShort": listed["idShort"],
            "semanticId": {"type": "ExternalReference", "keys": [key]},
            "endpoints": [{"interface": INTERFACE, "protocolInformation": protocol}],
        }


def visible_to(bpn: str | None) -> Sees:
    """Who sees a shell: its owner (None); others where one of its specific asset ids names them.

    An id without externalSubjectId is the owner's alone (CX-0002: read access defaults to the provider).
    """
    if bpn is None:
        return everything
    return lambda passport: any(_names(each, bpn) for each in _specific(decode(passport.shell)))


def _specific(shell: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(shell["assetInformation"].get("specificAssetIds", ()))


def _names(specific: Mapping[str, Any], bpn: str) -> bool:
    subject = specific.get("externalSubjectId") or {}
    named = {key.get("value") for key in subject.get("keys", ())}
    return bool(named & {bpn, ANYBODY}) if bpn else ANYBODY in named


def _is_other_asset(query: Mapping[str, str]) -> bool:
    """Whether only assets are wanted that this node has not: it describes instances, of no asset type."""
    kind = query.get("assetKind", "Instance")
    if kind not in ("Instance", "Type", "NotApplicable", "Role"):
        raise Invalid("aas/query", f"assetKind is Instance or Type, not {kind[:40]!r}")
    if "assetType" in query:
        read_encoded(query["assetType"])
    return kind != "Instance" or "assetType" in query
