"""The shells of passports: paged by the store, found by asset links, by when they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import Above, Reader, Store
from connector.records import ASSET_LINKS, PASSPORTS, Passport
from connector.services.passports.shells.pages import json_page, read_time, refuse_others
from submodels.aas.identifiers import read_encoded
from submodels.aas.paging import LONGEST, Page, Paging, cursor_after, read_paging

AssetLinks = Sequence[tuple[str, str]]
Sees = Callable[[Passport], bool]
_FILTERS: Final = ("limit", "cursor", "idShort", "assetIds")


def everything(_: Passport) -> bool:
    """What the owner sees."""
    return True


class Repository:
    """Reads of passports as shells."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, shell_id: str) -> Passport:
        """The passport of a shell. Raises Unknown (`aas/shell-unknown`)."""
        found = await self._store.read(lambda reader: reader.one(PASSPORTS, {"shell_id": shell_id}))
        if found is None:
            raise Unknown("aas/shell-unknown", f"there is no shell {shell_id[:200]!r}")
        return found

    async def listed(self, content: str, query: Mapping[str, str], asset_ids: Sequence[str]) -> bytes:
        """A page of shells, whole or as references; `asset_ids` are the values of that query parameter."""
        refuse_others(query, *_FILTERS)
        paging, links = read_paging(query), read_asset_ids(asset_ids)
        page = Page([]) if _is_strange(query.get("idShort")) else await self.page(paging, links)
        if content == "$reference":
            return json_page([encode(reference(passport)) for passport in page.items], page.cursor)
        return json_page([passport.shell.encode() for passport in page.items], page.cursor)

    async def page(
        self,
        paging: Paging,
        links: AssetLinks = (),
        *,
        created_after: datetime | None = None,
        sees: Sees = everything,
    ) -> Page:
        """Passports whose asset has all these (name, value) links, in the order of the store."""

        def look(reader: Reader) -> Page:
            found: list[Passport] = []
            after = paging.after
            while True:
                candidates, last, is_end = _candidates(reader, links, after, paging.limit + 1, created_after)
                for passport in candidates:
                    if created_after is not None and passport.created_at <= created_after:
                        continue
                    if not sees(passport):
                        continue
                    if len(found) == paging.limit:
                        return Page(found, cursor_after(_place(found[-1], links)))
                    found.append(passport)
                if is_end:
                    return Page(found)
                after = last

        return await self._store.read(look)


def reference(passport: Passport) -> dict[str, Any]:
    """The ModelReference to a shell."""
    return {"type": "ModelReference", "keys": [{"type": "AssetAdministrationShell", "value": passport.shell_id}]}


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


def _candidates(
    reader: Reader, links: AssetLinks, after: str, limit: int, created_after: datetime | None
) -> tuple[list[Passport], str, bool]:
    """The next passports that may fit, the place behind them, and whether that is the end."""
    limit = min(limit, LONGEST)
    where: dict[str, Any] = {"id": Above(after)} if after else {}
    if not links:
        if created_after is not None:
            where["created_at"] = Above(created_after)
        passports = reader.find(PASSPORTS, where, limit=limit)
        return passports, passports[-1].id if passports else after, len(passports) < limit
    (name, value), *others = links
    rows = reader.find(ASSET_LINKS, {"name": name, "value": value, **where}, limit=limit)
    fitting = [row.unit_id for row in rows if all(_has_link(reader, row.unit_id, *other) for other in others)]
    found = [passport for unit_id in fitting if (passport := reader.get(PASSPORTS, unit_id)) is not None]
    return found, rows[-1].id if rows else after, len(rows) < limit


def _place(passport: Passport, links: AssetLinks) -> str:
    """Where the list stands behind this passport: the id of its link where it is found by one."""
    return f"{passport.id} {links[0][0]}" if links else passport.id


def _has_link(reader: Reader, unit_id: str, name: str, value: str) -> bool:
    link = reader.get(ASSET_LINKS, f"{unit_id} {name}")
    return link is not None and link.value == value


def _is_strange(id_short: str | None) -> bool:
    """Whether no shell here can have this idShort: every passport's shell has the same."""
    from submodels.dbp.build import SHELL_ID_SHORT

    return id_short not in (None, SHELL_ID_SHORT)
