"""What registry and discovery read (AAS Part 2: registry SSP-001, -002, -005, discovery SSP-002; Catena-X CX-0002)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import Member, Reader, Store
from connector.records.offers import ASSETS
from connector.records.passports import SUBMODELS, Passport
from connector.records.shells import HostedShell, RegisteredShell
from connector.services.passports import editions
from connector.services.passports.shells.finding import (
    AssetLinks,
    Described,
    Wanted,
    described_by_id,
    is_visible,
    specific_ids,
)
from connector.services.passports.shells.pages import json_page, refuse_others
from connector.services.passports.shells.repository import Repository, read_created_after
from connector.services.passports.stored import filled
from submodels.aas.identifiers import encoded, read_encoded
from submodels.aas.paging import page_of, read_paging

INTERFACE: Final = "SUBMODEL-3.1"
SHELL_KIND: Final = "Shell"
"""The `type` of a data address that offers a hosted shell: `{"type": "Shell", "shellId": ...}`."""
_OFFERED_SHELL: Final = Member(("data_address", "shellId"))
_KINDS: Final = ("Instance", "Type", "NotApplicable", "Role")


class Registry:
    """Descriptors of shells. `data_endpoint` is the data plane's address, `dsp_endpoint` the protocol's."""

    def __init__(self, store: Store, repository: Repository, *, data_endpoint: str, dsp_endpoint: str) -> None:
        self._store = store
        self._shells = repository
        self._data_endpoint = data_endpoint
        self._dsp_endpoint = dsp_endpoint

    async def descriptors(self, query: Mapping[str, str], *, bpn: str | None = None) -> bytes:
        """A page of shell descriptors; `bpn` is who asks (None: the owner)."""
        refuse_others(query, "limit", "cursor", "assetKind", "assetType", "createdAfter")
        wanted = Wanted(
            created_after=read_created_after(query),
            asset_kind=_asset_kind(query),
            asset_type=read_encoded(query["assetType"]) if "assetType" in query else None,
            bpn=bpn,
            is_registry=True,
        )
        page = await self._shells.page(read_paging(query), wanted)
        items = await self._store.read(
            lambda reader: [encode(self.descriptor(reader, shell, bpn=bpn)) for shell in page.items]
        )
        return json_page(items, page.cursor)

    async def described(self, shell_id: str, *, bpn: str | None = None) -> dict[str, Any]:
        """The descriptor of one shell. Raises Unknown (`aas/shell-unknown`), also for who may not see it."""

        def look(reader: Reader) -> dict[str, Any]:
            shell = described_by_id(reader, shell_id)
            if shell is None or not is_visible(shell, bpn):
                raise Unknown("aas/shell-unknown", f"there is no shell {shell_id[:200]!r}")
            return self.descriptor(reader, shell, bpn=bpn)

        return await self._store.read(look)

    async def parts(self, shell_id: str, query: Mapping[str, str], *, bpn: str | None = None) -> bytes:
        """A page of a shell's submodel descriptors."""
        refuse_others(query, "limit", "cursor")
        described = await self.described(shell_id, bpn=bpn)
        page = page_of(described.get("submodelDescriptors", []), read_paging(query))
        return json_page([encode(item) for item in page.items], page.cursor)

    async def part(self, shell_id: str, submodel_id: str, *, bpn: str | None = None) -> bytes:
        """One submodel descriptor. Raises Unknown (`aas/submodel-unknown`)."""
        for descriptor in (await self.described(shell_id, bpn=bpn)).get("submodelDescriptors", ()):
            if descriptor["id"] == submodel_id:
                return encode(descriptor)
        raise Unknown("aas/submodel-unknown", f"the shell has no submodel {submodel_id[:200]!r}")

    async def shell_ids(self, links: AssetLinks, query: Mapping[str, str], *, bpn: str | None = None) -> bytes:
        """A page of ids of shells whose asset has all these links; without links, of all shells."""
        refuse_others(query, "limit", "cursor", "assetIds", "createdAfter")
        wanted = Wanted(links=links, created_after=read_created_after(query), bpn=bpn, is_registry=True)
        page = await self._shells.page(read_paging(query), wanted)
        return json_page([encode(shell.shell_id) for shell in page.items], page.cursor)

    async def links(self, shell_id: str, *, bpn: str | None = None) -> bytes:
        """The asset links of a shell: globalAssetId, then the specific asset ids that may be seen."""
        descriptor = await self.described(shell_id, bpn=bpn)
        known = (
            [{"name": "globalAssetId", "value": descriptor["globalAssetId"]}] if "globalAssetId" in descriptor else []
        )
        specific = descriptor.get("specificAssetIds", ())
        return encode([*known, *(each for each in specific if each["name"] != "digitalTwinType")])

    def href(self, listed: Mapping[str, str], *, is_alone: bool = False) -> str:
        """Where a consumer finds a submodel on the data plane; it appends `/$value` (CX-0002, SUBMODEL-3.x).

        `is_alone`: the dataset holds one submodel of many units, so that the path must name which.
        """
        name = f"submodels/{encoded(listed['id'])}" if is_alone else listed["idShort"]
        return f"{self._data_endpoint}/{name}/submodel"

    def descriptor(self, reader: Reader, shell: Described, *, bpn: str | None = None) -> dict[str, Any]:
        """The AssetAdministrationShellDescriptor (CX-0002: interface SUBMODEL-3.1, subprotocol DSP)."""
        if isinstance(shell, RegisteredShell):
            return _of_registered(shell, bpn)
        document = decode(shell.shell)
        information = document["assetInformation"]
        plain = {name: document[name] for name in ("idShort", "displayName", "description") if name in document}
        about = {name: information[name] for name in ("assetKind", "assetType", "globalAssetId") if name in information}
        specific = [each for each in specific_ids(document) if bpn is None or editions.may_read(each, bpn)]
        if isinstance(shell, Passport):
            parts = [self._of_passport(shell, listed) for listed in shell.submodels]
            if all(each["name"] != "digitalTwinType" for each in specific_ids(document)):
                specific.append({"name": "digitalTwinType", "value": "PartInstance"})
        else:
            parts = self._of_hosted(reader, shell)
        rest = {"specificAssetIds": specific, "submodelDescriptors": parts}
        return {"id": shell.shell_id, **plain, **about, **{name: value for name, value in rest.items() if value}}

    def _of_passport(self, passport: Passport, listed: Mapping[str, str]) -> dict[str, Any]:
        dataset = passport.datasets.get(listed["idShort"])
        href = self.href(listed, is_alone=dataset is not None)
        key = {"type": "GlobalReference", "value": listed["semanticId"]}
        return {
            "id": listed["id"],
            "idShort": listed["idShort"],
            "semanticId": {"type": "ExternalReference", "keys": [key]},
            "endpoints": [self._endpoint(href, dataset or passport.dataset_id)],
        }

    def _of_hosted(self, reader: Reader, shell: HostedShell) -> list[dict[str, Any]]:
        """The submodels of a hosted shell that are here; they have an endpoint where a dataset offers the shell."""
        wanted = {"submodel_id": tuple(each["id"] for each in shell.submodels), "status": "current"}
        records = filled(reader, reader.find(SUBMODELS, wanted)) if shell.submodels else []
        found = {record.submodel_id: record for record in records}
        asset = reader.one(ASSETS, {_OFFERED_SHELL: shell.shell_id})
        described = []
        for submodel_id in (each["id"] for each in shell.submodels if each["id"] in found):
            document = decode(found[submodel_id].document)
            named = ("id", "idShort", "displayName", "description", "semanticId", "supplementalSemanticIds")
            href = self.href({"id": submodel_id}, is_alone=True)
            endpoints = [self._endpoint(href, asset.id)] if asset is not None else []
            described.append({**{name: document[name] for name in named if name in document}, "endpoints": endpoints})
        return described

    def _endpoint(self, href: str, dataset_id: str) -> dict[str, Any]:
        protocol = {
            "href": href,
            "endpointProtocol": "HTTP",
            "endpointProtocolVersion": ["1.1"],
            "subprotocol": "DSP",
            "subprotocolBody": f"id={dataset_id};dspEndpoint={self._dsp_endpoint}",
            "subprotocolBodyEncoding": "plain",
        }
        return {"interface": INTERFACE, "protocolInformation": protocol}


def _of_registered(shell: RegisteredShell, bpn: str | None) -> dict[str, Any]:
    """The descriptor as it was given, without the asset ids that who asks may not read."""
    document: dict[str, Any] = decode(shell.descriptor)
    if bpn is None or "specificAssetIds" not in document:
        return document
    readable = [each for each in document["specificAssetIds"] if editions.may_read(each, bpn)]
    return {**document, "specificAssetIds": readable}


def _asset_kind(query: Mapping[str, str]) -> str | None:
    kind = query.get("assetKind")
    if kind not in (None, *_KINDS):
        raise Invalid("aas/query", f"assetKind is one of {', '.join(_KINDS)}, not {kind[:40]!r}")
    return kind
