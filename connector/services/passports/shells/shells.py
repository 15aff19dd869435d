"""The AAS services of a node together, and what they answer over the data plane."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import ContentRequest, Store, StreamedContent
from connector.records import PASSPORTS
from connector.services.passports.shells.registry import Registry
from connector.services.passports.shells.repository import Repository, read_asset_ids, read_links
from connector.services.passports.shells.serialization import Serialization
from connector.services.passports.shells.submodels import Submodels
from connector.services.usage.inventory import content_digest_header
from submodels.aas.identifiers import read_encoded
from submodels.aas.interface import read_target

MEDIA_TYPE: Final = "application/json"
REGISTRY_KIND: Final = "ShellRegistry"
"""The `type` of a data address whose content is the registry; `Shells.serve_registry` answers for it."""

PROFILE: Final = "https://admin-shell.io/aas/API/3/"
SUBMODEL_PROFILES: Final = tuple(
    f"{PROFILE}{minor}/SubmodelServiceSpecification/SSP-{number}" for minor in "10" for number in ("002", "003")
)
REGISTRY_PROFILES: Final = (
    *(f"{PROFILE}1/AssetAdministrationShellRegistryServiceSpecification/SSP-{number}" for number in ("002", "005")),
    f"{PROFILE}0/AssetAdministrationShellRegistryServiceSpecification/SSP-002",
    f"{PROFILE}1/DiscoveryServiceSpecification/SSP-002",
)

# path below a passport's data address: one submodel by idShort or by base64url id, then what the Submodel interface has
_PATH: Final = re.compile(r"(?:submodels/(?P<id>[^/]+)|(?P<name>[^/]+))(?:/submodel)?(?P<rest>(?:/[^/]+)*)", re.ASCII)
# A consumer that appends /$value to an address that has it already means the same value (CX-0002).
_AGAIN: Final = re.compile(r"(?:/\$value)+\Z", re.ASCII)
_DESCRIPTION: Final = "/description"


class Shells:
    """`data_endpoint` is the data plane's address, `dsp_endpoint` the protocol's; both stand in descriptors."""

    def __init__(self, *, store: Store, data_endpoint: str, dsp_endpoint: str) -> None:
        self._store = store
        self.submodels = Submodels(store)
        self.repository = Repository(store)
        self.registry = Registry(self.repository, data_endpoint=data_endpoint, dsp_endpoint=dsp_endpoint)
        self.serialization = Serialization(self.repository, self.submodels)

    async def serve(self, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: data addresses `{"type": "Passport", "unitId": ...}`, current versions.

        Paths: none (list of the submodels), `<idShort>/submodel` or `submodels/<base64url id>/submodel` (with or
        without `/submodel`), and below each what the read half of the Submodel interface has: `/$value`,
        `/submodel-elements/...`, with level, extent, limit, cursor and date. Raises Invalid (`data/method`), Unknown
        (`data/path`), else as `Submodels.answer`.
        """
        _check_method(request, "GET")
        unit_id = str(address.get("unitId", ""))
        path = request.path.strip("/")
        return _content(await (self._part(unit_id, path, _single(request.query)) if path else self._listed(unit_id)))

    async def _listed(self, unit_id: str) -> bytes:
        passport = await self._store.read(lambda reader: reader.get(PASSPORTS, unit_id))
        if passport is None:
            raise Unknown("data/path", "the passport is no longer here")
        return encode([{**each, "href": self.registry.href(each)} for each in passport.submodels])

    async def _part(self, unit_id: str, path: str, query: Mapping[str, str]) -> bytes:
        match = _PATH.fullmatch(path)
        where = _wanted(match) if match is not None else None
        if match is None or where is None:
            raise _nothing_at(path)
        if match["rest"] == _DESCRIPTION:
            return encode({"profiles": list(SUBMODEL_PROFILES)})
        rest = _AGAIN.sub("/$value", match["rest"])
        _check_target(rest, path)
        try:
            return await self.submodels.answer({"unit_id": unit_id, **where}, rest, query)
        except Unknown as problem:
            if problem.code == "aas/submodel-unknown" and "date" not in query:
                raise _nothing_at(path) from None
            raise

    async def serve_registry(self, _: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: the registry and discovery as one participant may see them (CX-0002).

        Raises Invalid (`data/method`), Unknown (`data/path`), else as `Registry`.
        """
        bpn, query = request.consumer_bpn, _single(request.query, "assetIds")
        segments = request.path.strip("/").split("/")
        if segments == ["lookup", "shellsByAssetLink"]:
            _check_method(request, "POST")
            return _content(await self.registry.shell_ids(read_links(decode(request.body)), query, bpn=bpn))
        _check_method(request, "GET")
        match segments:
            case ["shell-descriptors"]:
                return _content(await self.registry.descriptors(query, bpn=bpn))
            case ["shell-descriptors", shell]:
                return _content(encode(await self.registry.described(read_encoded(shell), bpn=bpn)))
            case ["lookup", "shells"]:
                links = read_asset_ids([value for name, value in request.query if name == "assetIds"])
                return _content(await self.registry.shell_ids(links, query, bpn=bpn))
            case ["lookup", "shells", shell]:
                return _content(await self.registry.links(read_encoded(shell), bpn=bpn))
            case ["description"]:
                return _content(encode({"profiles": list(REGISTRY_PROFILES)}))
        raise _nothing_at(request.path)


def _single(query: Iterable[tuple[str, str]], *lists: str) -> dict[str, str]:
    """The parameters, of which none but `lists` may be given twice. Raises Invalid (`aas/query`)."""
    found: dict[str, str] = {}
    for name, value in query:
        if name in found and name not in lists:
            raise Invalid("aas/query", f"the parameter {name!r} is given twice")
        found[name] = value
    return found


def _wanted(match: re.Match[str]) -> dict[str, str] | None:
    if match["name"] is not None:
        return {"id_short": match["name"]}
    try:
        return {"submodel_id": read_encoded(match["id"])}
    except Invalid:
        return None


def _check_target(rest: str, path: str) -> None:
    try:
        is_operation = read_target(rest).is_operation
    except Unknown:
        raise _nothing_at(path) from None
    if is_operation:
        raise _nothing_at(path)


def _check_method(request: ContentRequest, method: str) -> None:
    if request.method != method:
        raise Invalid("data/method", f"this is read with {method}, not {request.method}")


def _nothing_at(path: str) -> Unknown:
    return Unknown("data/path", f"there is nothing at {path[:200]!r}; the empty path lists the submodels")


def _content(body: bytes) -> StreamedContent:
    headers = {"Content-Digest": content_digest_header(body), "Content-Length": str(len(body))}
    return StreamedContent(200, MEDIA_TYPE, _once(body), headers)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
