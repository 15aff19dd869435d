"""The AAS services of a node together, and what they answer over the data plane."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import Clock, ContentRequest, ContentStore, Reader, Store, StreamedContent
from connector.records.passports import PASSPORTS, SUBMODELS
from connector.services.locks import Locks
from connector.services.passports.shells.attachments import Attachments
from connector.services.passports.shells.concepts import Concepts
from connector.services.passports.shells.files import Files
from connector.services.passports.shells.finding import is_visible, shell_by_id
from connector.services.passports.shells.hosting import Hosting
from connector.services.passports.shells.packages import Packages
from connector.services.passports.shells.registrations import Registrations
from connector.services.passports.shells.registry import Registry
from connector.services.passports.shells.repository import Repository, read_asset_ids, read_links
from connector.services.passports.shells.serialization import Serialization
from connector.services.passports.shells.submodels import Submodels
from connector.services.usage.content_digests import content_digest_header
from submodels.aas.identifiers import read_encoded
from submodels.aas.interface import ATTACHMENT, Target, read_target
from submodels.aas.modifiers import SCALARS
from submodels.aas.packages import BOUNDS, Bounds

MEDIA_TYPE: Final = "application/json"
WITHHELD_HEADER: Final = "Ionport-Withheld"
"""Names the elements that export control withheld from an answer."""
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
    """`data_endpoint` is the data plane's address, `dsp_endpoint` the protocol's; both stand in descriptors.

    `content` keeps the files of hosted shells; `scalar`: see `Submodels`.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        locks: Locks,
        content: ContentStore,
        data_endpoint: str,
        dsp_endpoint: str,
        scalar: str = SCALARS[0],
        bounds: Bounds = BOUNDS,
    ) -> None:
        self._store = store
        self.submodels = Submodels(store, scalar)
        self.repository = Repository(store)
        self.registry = Registry(store, self.repository, data_endpoint=data_endpoint, dsp_endpoint=dsp_endpoint)
        self.registrations = Registrations(store=store, clock=clock, locks=locks)
        self.concepts = Concepts(store)
        self.files = Files(store=store, content=content)
        self.hosting = Hosting(store=store, clock=clock, locks=locks, files=self.files)
        self.attachments = Attachments(store=store, hosting=self.hosting, files=self.files)
        self.packages = Packages(store=store, hosting=self.hosting, files=self.files, bounds=bounds)
        self.serialization = Serialization(self.repository, self.submodels, self.concepts, self.packages)

    async def serve(self, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: data addresses `{"type": "Passport", "unitId": ...}`, current versions.

        Paths: none (list of the submodels), `<idShort>/submodel` or `submodels/<base64url id>/submodel` (with or
        without `/submodel`), and below each what the read half of the Submodel interface has: `/$value`,
        `/submodel-elements/...`, with level, extent, scalar, limit, cursor and date. Raises Invalid (`data/method`),
        Unknown (`data/path`), else as `Submodels.answer`.
        """
        _check_method(request, "GET")
        unit_id = str(address.get("unitId", ""))
        return await self._part({"unit_id": unit_id}, request) if _path(request) else await self._listed(unit_id)

    async def serve_shell(self, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: data addresses `{"type": "Shell", "shellId": ...}`, a hosted shell.

        Paths: none (the shell), and `submodels/<base64url id>/submodel` for each submodel that it refers to. Raises as
        `serve`.
        """
        _check_method(request, "GET")
        shell = await self._store.read(lambda reader: shell_by_id(reader, str(address.get("shellId", ""))))
        if shell is None:
            raise Unknown("data/path", "the shell is no longer here")
        if not _path(request):
            return _content(shell.shell.encode())
        asked = _asked(_path(request))
        if asked.where.get("submodel_id") not in {each["id"] for each in shell.submodels}:
            raise _nothing_at(_path(request))
        return await self._part({}, request)

    async def serve_type(self, address: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: data addresses `{"type": "SubmodelType", "idShort": ..., "dataset": ...}`.

        One submodel of many passports: `submodels/<base64url id>/submodel` and below, of those that are offered so and
        that the consumer may see in the registry. Raises as `serve`.
        """
        _check_method(request, "GET")
        where = _asked(_path(request)).where

        def may(reader: Reader) -> bool:
            record = reader.one(SUBMODELS, {**where, "status": "current"}) if "submodel_id" in where else None
            passport = reader.get(PASSPORTS, record.unit_id) if record is not None else None
            if record is None or passport is None:
                return False
            is_offered = passport.datasets.get(record.id_short) == address.get("dataset")
            return is_offered and is_visible(passport, request.consumer_bpn)

        if not await self._store.read(may):
            raise _nothing_at(_path(request))
        return await self._part({}, request)

    async def _listed(self, unit_id: str) -> StreamedContent:
        passport = await self._store.read(lambda reader: reader.get(PASSPORTS, unit_id))
        if passport is None:
            raise Unknown("data/path", "the passport is no longer here")
        return _content(encode([{**each, "href": self.registry.href(each)} for each in passport.submodels]))

    async def _part(self, of: Mapping[str, str], request: ContentRequest) -> StreamedContent:
        asked, query = _asked(_path(request)), _single(request.query)
        where = {**of, **asked.where}
        if asked.rest == _DESCRIPTION:
            return _content(encode({"profiles": list(SUBMODEL_PROFILES)}))
        target = _check_target(asked.rest, _path(request))
        try:
            if target.suffix == ATTACHMENT and not request.withheld:
                return await self.files.attachment(where, target.path)
            part = await self.submodels.part_of(where, asked.rest, query, request.withheld)
            return _content(part.body, withheld=part.withheld)
        except Unknown as problem:
            if problem.code == "aas/submodel-unknown" and "date" not in query:
                raise _nothing_at(_path(request)) from None
            raise

    async def serve_registry(self, _: Mapping[str, Any], request: ContentRequest) -> StreamedContent:
        """See ports.ContentSource: the registry and discovery as one participant may see them (CX-0002).

        Raises Invalid (`data/method`), Unknown (`data/path`), else as `Registry`.
        """
        bpn, query = request.consumer_bpn, _single(request.query, "assetIds")
        segments = request.path.strip("/").split("/")
        if segments == ["lookup", "shellsByAssetLink"] or (segments == ["lookup", "shells"] and request.body):
            _check_method(request, "POST")
            links = read_links(_asset_links(decode(request.body)))
            return _content(await self.registry.shell_ids(links, query, bpn=bpn))
        _check_method(request, "GET")
        match segments:
            case ["shell-descriptors"]:
                return _content(await self.registry.descriptors(query, bpn=bpn))
            case ["shell-descriptors", shell]:
                return _content(encode(await self.registry.described(read_encoded(shell), bpn=bpn)))
            case ["shell-descriptors", shell, "submodel-descriptors"]:
                return _content(await self.registry.parts(read_encoded(shell), query, bpn=bpn))
            case ["shell-descriptors", shell, "submodel-descriptors", part]:
                return _content(await self.registry.part(read_encoded(shell), read_encoded(part), bpn=bpn))
            case ["lookup", "shells"]:
                links = read_asset_ids([value for name, value in request.query if name == "assetIds"])
                return _content(await self.registry.shell_ids(links, query, bpn=bpn))
            case ["lookup", "shells", shell]:
                return _content(await self.registry.links(read_encoded(shell), bpn=bpn))
            case ["description"]:
                return _content(encode({"profiles": list(REGISTRY_PROFILES)}))
        raise _nothing_at(request.path)


def _asset_links(body: Any) -> Any:
    """The array, or (CX-0160, bulk loading) the object that holds it."""
    return body.get("assetIds", []) if isinstance(body, dict) else body


def _single(query: Iterable[tuple[str, str]], *lists: str) -> dict[str, str]:
    """The parameters, of which none but `lists` may be given twice. Raises Invalid (`aas/query`)."""
    found: dict[str, str] = {}
    for name, value in query:
        if name in found and name not in lists:
            raise Invalid("aas/query", f"the parameter {name!r} is given twice")
        found[name] = value
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which submodel, and what of it."""

    where: dict[str, str]
    rest: str


def _path(request: ContentRequest) -> str:
    return request.path.strip("/")


def _asked(path: str) -> _Asked:
    """What a path below a data address means. Raises Unknown (`data/path`)."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise _nothing_at(path)
    rest = _AGAIN.sub("/$value", match["rest"])
    if match["name"] is not None:
        return _Asked({"id_short": match["name"]}, rest)
    try:
        return _Asked({"submodel_id": read_encoded(match["id"])}, rest)
    except Invalid:
        raise _nothing_at(path) from None


def _check_target(rest: str, path: str) -> Target:
    try:
        target = read_target(rest)
    except Unknown:
        raise _nothing_at(path) from None
    if target.is_operation:
        raise _nothing_at(path)
    return target


def _check_method(request: ContentRequest, method: str) -> None:
    if request.method != method:
        raise Invalid("data/method", f"this is read with {method}, not {request.method}")


def _nothing_at(path: str) -> Unknown:
    return Unknown("data/path", f"there is nothing at {path[:200]!r}; the empty path lists the submodels")


def _content(body: bytes, *, withheld: Sequence[str] = ()) -> StreamedContent:
    headers = {"Content-Digest": content_digest_header(body), "Content-Length": str(len(body))}
    headers |= {WITHHELD_HEADER: ", ".join(withheld)} if withheld else {}
    return StreamedContent(200, MEDIA_TYPE, _once(body), headers)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
