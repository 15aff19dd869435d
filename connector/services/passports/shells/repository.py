"""The shells of passports: paged by the store, found by asset links, by when they were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import Reader, Store
from connector.records.passports import PASSPORTS, SUBMODELS
from connector.records.shells import SHELL_PARTS
from connector.services.passports.shells import finding
from connector.services.passports.shells.finding import Shell, Wanted, shell_by_id, shell_of
from connector.services.passports.shells.pages import json_page, read_time, refuse_others
from submodels.aas.identifiers import read_encoded
from submodels.aas.paging import LONGEST, Page, Paging, read_paging

_FILTERS: Final = ("limit", "cursor", "idShort", "assetIds")


class Repository:
    """Reads of shells: those of passports and those that the owner put here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, shell_id: str) -> Shell:
        """The shell of this id. Raises Unknown (`aas/shell-unknown`)."""
        found = await self._store.read(lambda reader: shell_by_id(reader, shell_id))
        if found is None:
            raise Unknown("aas/shell-unknown", f"there is no shell {shell_id[:200]!r}")
        return found

    async def one_of(self, shell_id: str, query: Mapping[str, str]) -> bytes:
        """The list of shells beside a single shell as a service of its own: that shell."""
        refuse_others(query, "limit", "cursor")
        read_paging(query)
        return json_page([(await self.get(shell_id)).shell.encode()])

    async def holding(self, submodel_id: str, query: Mapping[str, str]) -> bytes:
        """The list of shells beside a single submodel as a service of its own: those that refer to it."""
        refuse_others(query, "limit", "cursor")
        read_paging(query)
        found = await self._store.read(lambda reader: shells_of(reader, submodel_id))
        return json_page([shell.shell.encode() for shell in found])

    async def listed(self, content: str, query: Mapping[str, str], asset_ids: Sequence[str]) -> bytes:
        """A page of shells, whole or as references; `asset_ids` are the values of that query parameter."""
        refuse_others(query, *_FILTERS)
        wanted = Wanted(links=read_asset_ids(asset_ids), id_short=query.get("idShort"))
        page = await self.page(read_paging(query), wanted)
        if content == "$reference":
            return json_page([encode(reference(shell.shell_id)) for shell in page.items], page.cursor)
        return json_page([shell.shell.encode() for shell in page.items], page.cursor)

    async def page(self, paging: Paging, wanted: Wanted = Wanted()) -> Page:  # noqa: B008 (it is frozen)
        """Shells in the order of the store."""
        return await self._store.read(lambda reader: finding.page(reader, paging, wanted))


def shells_of(reader: Reader, submodel_id: str) -> list[Shell]:
    """The shells of a submodel: its passport's, or the hosted ones that refer to it (at most as many as a page has)."""
    record = reader.one(SUBMODELS, {"submodel_id": submodel_id, "status": "current"})
    passport = reader.get(PASSPORTS, record.unit_id) if record is not None else None
    if passport is not None:
        return [passport]
    rows = reader.find(SHELL_PARTS, {"submodel_id": submodel_id}, limit=LONGEST)
    return [shell for row in rows if (shell := shell_of(reader, row.unit_id)) is not None]


def reference(shell_id: str) -> dict[str, Any]:
    """The ModelReference to a shell."""
    return {"type": "ModelReference", "keys": [{"type": "AssetAdministrationShell", "value": shell_id}]}


def read_asset_ids(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Links of the query parameter `assetIds`: repeated or with commas, each base64url of one `{name, value}` or many.

    Raises Invalid (`aas/asset-links`).
    """
    found: list[tuple[str, str]] = []
    for text in (part for value in texts for part in value.split(",")):
        try:
            said = decode(read_encoded(text))
        except Invalid:
            said = None
        found += read_links(said if isinstance(said, list) else [said])
    return found


def read_links(body: Any) -> list[tuple[str, str]]:
    """(name, value) of each asset link in a JSON array. Raises Invalid (`aas/asset-links`)."""
    try:
        links = [(link["name"], link["value"]) for link in body]
    except (TypeError, KeyError):
        links = [("", None)]
    if not isinstance(body, list) or not all(isinstance(text, str) and text for link in links for text in link):
        raise Invalid("aas/asset-links", "asset links are an array of {name, value}, both texts")
    return links


def read_created_after(query: Mapping[str, str]) -> datetime | None:
    """`createdAfter` of a look-up (Catena-X: bulk loading). Raises Invalid (`aas/query`)."""
    return read_time(query["createdAfter"], "createdAfter") if "createdAfter" in query else None
