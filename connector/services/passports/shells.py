"""The shells and submodels of passports as others read them: over the data plane, and through the owner's AAS door."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import Above, ContentRequest, Reader, Store, StreamedContent
from connector.records import ASSET_LINKS, PASSPORTS, SUBMODELS, Passport, StoredSubmodel
from connector.services.passports import editions
from connector.services.usage.inventory import content_digest_header

MEDIA_TYPE: Final = "application/json"
PAGE: Final = 100
LONGEST_PAGE: Final = 1000

# path below the data address: one submodel by idShort or by base64url id, whole or its value.
# A consumer that appends /$value to an address that has it already means the same value (CX-0002).
_PATH: Final = re.compile(
    r"(?:submodels/(?P<id>[^/]+)|(?P<name>[^/]+))(?:/submodel)?(?P<value>(?:/\$value)*)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list in the order of the store, and the cursor behind which the rest follows ("" at the end)."""

    items: Sequence[Any]
    cursor: str = ""


class Shells:
    """Reads of what `Passports` keeps. `data_endpoint` is the data plane's address, `dsp_endpoint` the protocol's."""

    def __init__(self, *, store: Store, data_endpoint: str, dsp_endpoint: str) -> None:
        self._store = store
        self._data_endpoint = data_endpoint
        self._dsp_endpoint = dsp_endpoint

    # --- the data plane

    async def serve(self, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: data addresses `{"type": "Passport", "unitId": ...}`, current version.

        Paths: none (list of the submodels), `<idShort>/submodel/$value`, `<idShort>/$value`, `<idShort>/submodel`, and
        the same below `submodels/<base64url id>`. Raises Invalid (`data/method`), Unknown (`data/path`).
        """
        if request.method != "GET":
            raise Invalid("data/method", f"submodels are read with GET, not {request.method}")
        unit_id = str(address.get("unitId", ""))
        body = await self._store.read(lambda reader: self._content(reader, unit_id, request.path.strip("/")))
        return StreamedContent(200, MEDIA_TYPE, _once(body), _headers(body))

    def _content(self, reader: Reader, unit_id: str, path: str) -> bytes:
        passport = reader.get(PASSPORTS, unit_id)
        if passport is None:
            raise Unknown("data/path", "the passport is no longer here")
        if not path:
            return encode([{**listed, "href": self._href(listed)} for listed in passport.submodels])
        match = _PATH.fullmatch(path)
        where = _wanted(match) if match is not None else None
        submodel = reader.one(SUBMODELS, {"unit_id": unit_id, "status": "current", **where}) if where else None
        if match is None or submodel is None:
            raise Unknown("data/path", f"there is nothing at {path[:200]!r}; the empty path lists the submodels")
        return (submodel.value if match["value"] else submodel.document).encode()

    def _href(self, listed: Mapping[str, str]) -> str:
        return f"{self._data_endpoint}/{listed['idShort']}/submodel"

    # --- the owner's door

    async def shells(self, *, limit: int = PAGE, cursor: str = "") -> Page:
        """Passports (their `shell` is the JSON text), all versions current."""
        return await self._page(PASSPORTS, {}, limit, cursor)

    async def shell(self, shell_id: str) -> Passport:
        """The passport of a shell. Raises Unknown (`aas/shell-unknown`)."""
        found = await self._store.read(lambda reader: reader.one(PASSPORTS, {"shell_id": shell_id}))
        if found is None:
            raise Unknown("aas/shell-unknown", f"there is no shell {shell_id[:200]!r}")
        return found

    async def submodels(
        self, *, id_short: str = "", semantic_id: str = "", limit: int = PAGE, cursor: str = ""
    ) -> Page:
        """Current submodels; `semantic_id` also matches supplemental ones."""
        where: dict[str, Any] = {"status": "current"}
        names = _named(semantic_id) if semantic_id else None
        if id_short:
            names = {id_short} if names is None else names & {id_short}
        if names is not None:
            where["id_short"] = tuple(sorted(names))
        return await self._page(SUBMODELS, where, limit, cursor)

    async def submodel(self, submodel_id: str) -> StoredSubmodel:
        """The current submodel of this id. Raises Unknown (`aas/submodel-unknown`)."""
        where = {"submodel_id": submodel_id, "status": "current"}
        found = await self._store.read(lambda reader: reader.one(SUBMODELS, where))
        if found is None:
            raise Unknown("aas/submodel-unknown", f"there is no submodel {submodel_id[:200]!r}")
        return found

    async def by_asset_links(self, links: Sequence[tuple[str, str]], *, limit: int = PAGE, cursor: str = "") -> Page:
        """Ids of shells whose asset has all these (name, value) links; without links, of all shells."""
        if not links:
            page = await self.shells(limit=limit, cursor=cursor)
            return Page([passport.shell_id for passport in page.items], page.cursor)
        return await self._store.read(lambda reader: _linked(reader, links, _checked(limit), _after(cursor)))

    def descriptor(self, passport: Passport) -> dict[str, Any]:
        """The AssetAdministrationShellDescriptor of a passport (CX-0002: interface SUBMODEL-3.1, subprotocol DSP)."""
        shell = decode(passport.shell)
        links = {**editions.asset_links(shell), "digitalTwinType": "PartInstance"}
        links.pop("globalAssetId")
        return {
            "id": passport.shell_id,
            "idShort": shell["idShort"],
            "assetKind": "Instance",
            "globalAssetId": passport.global_asset_id,
            "specificAssetIds": [{"name": name, "value": value} for name, value in links.items()],
            "submodelDescriptors": [self._submodel_descriptor(passport, listed) for listed in passport.submodels],
        }

    def _submodel_descriptor(self, passport: Passport, listed: Mapping[str, str]) -> dict[str, Any]:
        protocol = {
            "href": self._href(listed),
            "endpointProtocol": "HTTP",
            "endpointProtocolVersion": ["1.1"],
            "subprotocol": "DSP",
            "subprotocolBody": f"id={passport.dataset_id};dspEndpoint={self._dsp_endpoint}",
            "subprotocolBodyEncoding": "plain",
        }
        return {
            "id": listed["id"],
            "idShort": listed["idShort"],
            "semanticId": _external(listed["semanticId"]),
            "endpoints": [{"interface": "SUBMODEL-3.1", "protocolInformation": protocol}],
        }

    async def _page(self, collection: Any, where: Mapping[str, Any], limit: int, cursor: str) -> Page:
        count, after = _checked(limit), _after(cursor)
        bounds = {**where, **({"id": Above(after)} if after else {})}
        found = await self._store.read(lambda reader: reader.find(collection, bounds, limit=count + 1))
        return Page(found[:count], _cursor(found[count - 1].id) if len(found) > count else "")


def _wanted(match: re.Match[str]) -> dict[str, str] | None:
    if match["name"] is not None:
        return {"id_short": match["name"]}
    try:
        return {"submodel_id": read_encoded(match["id"])}
    except Invalid:
        return None


def read_encoded(text: str) -> str:
    """The identifier in its base64url form without padding (AAS Part 2). Raises Invalid (`aas/encoding`)."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        plain = raw.decode()
    except (UnicodeError, binascii.Error):
        plain = ""
    if not plain or encoded(plain) != text:
        raise Invalid("aas/encoding", f"{text[:100]!r} is not an identifier in base64url without padding")
    return plain


def encoded(text: str) -> str:
    """An identifier as paths carry it."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _named(semantic_id: str) -> set[str]:
    """The idShorts of the submodels that mean `semantic_id`."""
    from submodels.dbp.parts import PARTS

    return {part.id_short for part in PARTS if semantic_id in (part.semantic_id, *part.supplemental)}


def _linked(reader: Reader, links: Sequence[tuple[str, str]], limit: int, after: str) -> Page:
    """Walk the units that have the first link; keep those that have the others, until the page is full."""
    (name, value), *others = links
    found: list[str] = []
    while True:
        bound = {"id": Above(after)} if after else {}
        rows = reader.find(ASSET_LINKS, {"name": name, "value": value, **bound}, limit=LONGEST_PAGE)
        for row in rows:
            if all(_has_link(reader, row.unit_id, *other) for other in others):
                if len(found) == limit:
                    return Page([_shell_id(reader, unit_id) for unit_id in found], _cursor(after))
                found.append(row.unit_id)
            after = row.id
        if len(rows) < LONGEST_PAGE:
            return Page([_shell_id(reader, unit_id) for unit_id in found])


def _has_link(reader: Reader, unit_id: str, name: str, value: str) -> bool:
    link = reader.get(ASSET_LINKS, f"{unit_id} {name}")
    return link is not None and link.value == value


def _shell_id(reader: Reader, unit_id: str) -> str:
    return reader.need(PASSPORTS, unit_id).shell_id


def _external(iri: str) -> dict[str, Any]:
    return {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": iri}]}


def _checked(limit: int) -> int:
    if not 1 <= limit <= LONGEST_PAGE:
        raise Invalid("aas/limit", f"a page has 1 to {LONGEST_PAGE} items, not {limit}")
    return limit


def _cursor(last: str) -> str:
    return encoded(last)


def _after(cursor: str) -> str:
    return read_encoded(cursor) if cursor else ""


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _headers(body: bytes) -> dict[str, str]:
    return {"Content-Digest": content_digest_header(body), "Content-Length": str(len(body))}
