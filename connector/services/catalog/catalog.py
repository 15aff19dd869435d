"""What is on offer, and who sees it: assets, policies and contract definitions become datasets with offers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connector.dsp import messages
from connector.notation.exact_json import encode
from connector.notation.jsonld import as_list
from connector.notation.problems import Invalid, Unknown
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.catalog_order import gate
from connector.records.contracts import GROUP_MEMBERS
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS, Asset, ContractDefinition
from connector.services.catalog import shelves
from connector.services.catalog.criteria import EDC, Criterion
from connector.services.catalog.shelves import Gate, Open, Shelves, Shown, Shut
from connector.services.identity.identity import Counterparty, Identity
from connector.services.usage import circumstances
from connector.services.usage.contents import formats_of
from connector.services.usage.usage import Policies, dry_run

PAGE = 100
MOST_HIDDEN = 50
"""How many hidden pairs of policies one audit entry names; it tells the number of all."""
NOTED_WITHIN: Final = 0.02
"""Seconds after which catalog requests stand in the audit log, those of that time in one commit."""
_LONGEST: Final = 300
_ABSENT: Final = frozenset({"catalog/unknown", "catalog/offer-unknown"})
_KEPT_PAGES: Final = 256
_PAGE_AGE: Final = timedelta(seconds=1)
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
IS_CATALOG: Final = "isCatalog"
"""The property (EDC's) of an asset that stands for a catalog elsewhere."""
_ID_MARK: Final = "urn:uuid:00000000-0000-0000-0000-00000000000f"


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer: an asset under a contract definition's usage policy."""

    offer_id: str
    asset_id: str
    policy: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """What of the catalog is asked for: datasets behind `after` (an id), `offset` of them left out."""

    criteria: Sequence[Criterion] = ()
    offset: int = 0
    limit: int = PAGE
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A catalog message as JSON, and the id of its last dataset where more follow."""

    body: bytes
    last: str = ""

    @property
    def has_more(self) -> bool:
        """Whether there is a next page."""
        return bool(self.last)


@dataclass(frozen=True, slots=True)
class _Made:
    """A page that may be shown again: its JSON around the id of the message, and what the audit log says of it."""

    at: datetime
    changes: int | None
    head: bytes
    tail: bytes
    last: str
    shown: int
    hidden: Mapping[str, Any]


class Catalog:
    """The catalog of this node."""

    def __init__(self, *, identity: Identity, store: Store, policies: Policies, clock: Clock, endpoint: str) -> None:
        self._identity = identity
        self._store = store
        self._policies = policies
        self._clock = clock
        self._endpoint = endpoint
        self._made: OrderedDict[str, _Made] = OrderedDict()
        self._gates: tuple[int | None, list[Gate]] = (None, [])
        self._unnoted: list[tuple[str, dict[str, Any]]] = []
        self._noting: asyncio.Task[None] | None = None

    async def browse(self, counterparty: Counterparty, query: Query) -> Page:
        """The datasets that `counterparty` may negotiate; the request is one audit entry, within NOTED_WITHIN.

        A page is made once for the same facts and query while nothing on offer changes, for a second at most: what a
        policy says of the time is judged anew then.
        """
        key = f"{replace(counterparty.facts, now=_ANY_TIME)!r} {query!r}"
        made = self._made.get(key)
        if made is None or not self._is_good(made):
            made = await self._store.read(lambda reader: self._make(reader, counterparty, query))
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > _KEPT_PAGES:
                self._made.popitem(last=False)
        self._note_request(counterparty, {"shown": made.shown, "from": query.offset, **made.hidden})
        return Page(made.head + f"urn:uuid:{self._clock.new_id()}".encode() + made.tail, made.last)

    def _changes(self) -> int | None:
        return self._store.changes(ASSETS, POLICY_DEFINITIONS, CONTRACT_DEFINITIONS, GROUP_MEMBERS)

    def _is_good(self, made: _Made) -> bool:
        return (
            made.changes is not None
            and made.changes == self._changes()
            and timedelta(0) <= self._clock.now() - made.at < _PAGE_AGE
        )

    def _make(self, reader: Reader, counterparty: Counterparty, query: Query) -> _Made:
        changes = self._changes()
        opened, shut = self._decided(reader, counterparty)
        wanted = query.offset + query.limit
        found = Shelves(reader, opened).page(query.criteria, after=query.after, limit=wanted + 1)
        shown = found[query.offset : wanted]
        catalog = messages.catalog(
            _ID_MARK,
            self._identity.own.did,
            datasets=[self._dataset(each) for each in shown if not is_catalog(each.asset)],
            services=[self._service()],
            catalogs=[_nested(each.asset) for each in shown if is_catalog(each.asset)],
        )
        head, _, tail = encode(catalog).partition(_ID_MARK.encode())
        last = shown[-1].asset.id if len(found) > wanted else ""
        return _Made(self._clock.now(), changes, head, tail, last, len(shown), _told(shut, counterparty.did))

    def _decided(self, reader: Reader, counterparty: Counterparty) -> tuple[list[Open], list[Shut]]:
        """The gates that a counterparty passes when it browses, and those that it does not."""
        changes = self._changes()
        if changes is None or self._gates[0] != changes:
            self._gates = (changes, shelves.gates(reader))
        facts = circumstances.in_groups(reader, counterparty.facts)
        found = [shelves.decide(reader, self._policies, each, facts, is_browsing=True) for each in self._gates[1]]
        return [one for one in found if isinstance(one, Open)], [one for one in found if isinstance(one, Shut)]

    def _note_request(self, counterparty: Counterparty, detail: dict[str, Any]) -> None:
        self._unnoted.append((counterparty.did, detail))
        if self._noting is None or self._noting.done():
            self._noting = asyncio.get_running_loop().create_task(self._note_soon())

    async def _note_soon(self) -> None:
        while self._unnoted:
            await asyncio.sleep(NOTED_WITHIN)
            await self._note_requests()

    async def _note_requests(self) -> None:
        noted, self._unnoted = self._unnoted, []

        def note(tx: Transaction) -> None:
            for did, detail in noted:
                tx.audit("catalog.requested", did, detail, actor=did)

        if noted:
            await self._store.write(note)

    async def settle(self) -> None:
        """Return when every request until now stands in the audit log."""
        if self._noting is not None:
            await self._noting

    async def dataset(self, counterparty: Counterparty, asset_id: str) -> dict[str, Any]:
        """One dataset as a message of its own. Raises Unknown where this counterparty may not see it."""

        def look(reader: Reader) -> Shown | None:
            decided = (
                self._seen(reader, each, counterparty, is_browsing=True)
                for each in shelves.definitions_about(reader, asset_id)
            )
            opened = {each.gate.key: each for each in decided if isinstance(each, Open)}
            return Shelves(reader, list(opened.values())).one(asset_id)

        async with self.noting(counterparty, asset_id=asset_id):
            shown = await self._store.read(look)
            if shown is None or is_catalog(shown.asset):
                raise Unknown("catalog/unknown", f"there is no dataset {asset_id!r}")
            return messages.dataset_answer(self._dataset(shown))

    @contextlib.asynccontextmanager
    async def noting(
        self, counterparty: Counterparty, *, offer_id: str = "", asset_id: str = ""
    ) -> AsyncIterator[None]:
        """What looks like absence outside has its reason in our audit log: `catalog.refused` where it ends so."""
        try:
            yield
        except Unknown as problem:
            if problem.code in _ABSENT:
                wanted = {"offer": offer_id[:_LONGEST]} if offer_id else {"dataset": asset_id[:_LONGEST]}
                about = asset_id or next((asset for _, asset, _ in _readings(offer_id)), "")
                told = {**wanted, "code": problem.code, "dryRun": dry_run(about[:_LONGEST], counterparty.did)}
                await self._note(counterparty, told, offer_id, asset_id)
            raise

    async def _note(self, counterparty: Counterparty, detail: dict[str, Any], offer_id: str, asset_id: str) -> None:
        def note(tx: Transaction) -> None:
            hidden = self._hidden_from(tx, counterparty, offer_id, asset_id)
            said = {**detail, **_told(hidden, counterparty.did)}
            tx.audit("catalog.refused", counterparty.did, said, actor=counterparty.did)

        await self._store.write(note)

    def _hidden_from(self, reader: Reader, counterparty: Counterparty, offer_id: str, asset_id: str) -> list[Shut]:
        """The hidden definitions that an offer names, or that select an asset."""
        named = {definition_id for definition_id, _, _ in _readings(offer_id)}
        meant = [reader.get(CONTRACT_DEFINITIONS, name) for name in sorted(named)]
        about = [each for each in meant if each is not None] + shelves.definitions_about(reader, asset_id)
        found = (self._seen(reader, each, counterparty, is_browsing=not offer_id) for each in about)
        return [each for each in found if isinstance(each, Shut)]

    def offered(self, reader: Reader, offer_id: str, counterparty: Counterparty) -> Offered:
        """The offer of this id, if this counterparty may see it and it stands as it was shown. Raises Unknown."""
        for definition_id, asset_id, version in _readings(offer_id):
            definition = reader.get(CONTRACT_DEFINITIONS, definition_id)
            offer = None if definition is None else self._offer_by(reader, definition, asset_id, counterparty)
            if offer is not None and (offer.offer_id == offer_id or version == ""):
                return offer
        raise Unknown("catalog/offer-unknown", f"there is no offer {offer_id!r} here; ask for the catalog again")

    def offered_for(self, reader: Reader, asset_id: str, counterparty: Counterparty) -> Offered:
        """The first offer of an asset that this counterparty may see. Raises Unknown."""
        about = shelves.definitions_about(reader, asset_id)
        for definition in sorted(about, key=lambda each: each.id):
            offer = self._offer_by(reader, definition, asset_id, counterparty)
            if offer is not None:
                return offer
        raise Unknown("catalog/offer-unknown", f"there is no offer for {asset_id!r}")

    def _offer_by(
        self, reader: Reader, definition: ContractDefinition, asset_id: str, counterparty: Counterparty
    ) -> Offered | None:
        """The offer that a definition makes of an asset to this counterparty, as a request for it sees it."""
        asset = reader.get(ASSETS, asset_id)
        if asset is None or is_catalog(asset) or not shelves.is_selected(definition, asset):
            return None
        seen = self._seen(reader, definition, counterparty, is_browsing=False)
        return (
            Offered(_offer_id(definition.id, asset_id, seen), asset_id, seen.policy) if isinstance(seen, Open) else None
        )

    def _seen(
        self, reader: Reader, definition: ContractDefinition, counterparty: Counterparty, *, is_browsing: bool
    ) -> Open | Shut:
        pair = (definition.access_policy_id, definition.contract_policy_id)
        own = Gate(gate(*pair), *pair, definition.id)
        facts = circumstances.in_groups(reader, counterparty.facts)
        return shelves.decide(reader, self._policies, own, facts, is_browsing=is_browsing)

    def _dataset(self, shown: Shown) -> dict[str, Any]:
        asset = shown.asset
        return messages.dataset(
            asset.id,
            offers=[messages.offer(_offer_id(name, asset.id, opened), opened.rules) for name, opened in shown.offers],
            distributions=[messages.distribution(name, self._service()) for name in formats_of(asset.data_address)],
            properties={name if ":" in name else EDC + name: value for name, value in asset.properties.items()},
        )

    def _service(self) -> dict[str, Any]:
        return messages.data_service(f"{self._identity.own.did}#dsp", self._endpoint)


def is_catalog(asset: Asset) -> bool:
    """Whether an asset stands for a catalog at another connector (EDC's CatalogAsset)."""
    return asset.properties.get(IS_CATALOG) in (True, "true")


def _nested(asset: Asset) -> dict[str, Any]:
    address, said = asset.data_address, {name: value for name, value in asset.properties.items() if name != IS_CATALOG}
    properties = {name if ":" in name else EDC + name: value for name, value in said.items()}
    return messages.nested_catalog(
        asset.id, _part(asset.id), str(address.get("baseUrl", "")), str(address.get("type", "")), properties
    )


def _told(hidden: Sequence[Shut], partner: str) -> dict[str, Any]:
    """What is hidden as an audit entry has it; nothing where nothing is."""
    if not hidden:
        return {}
    return {"hidden": [_hidden(each, partner) for each in hidden[:MOST_HIDDEN]], "hiddenCount": len(hidden)}


def _hidden(shut: Shut, partner: str) -> dict[str, str]:
    members = {"definition": shut.gate.example, "by": shut.by, "code": shut.code, "operand": shut.operand}
    members["dryRun"] = dry_run("", partner, definition_id=shut.gate.example)
    return {**{name: value for name, value in members.items() if value}, "reason": shut.reason[:_LONGEST]}


def read_query(filters: Sequence[Any]) -> Query:
    """The filter of a CatalogRequestMessage: EDC's QuerySpec (compact or full IRIs). Raises Invalid for any other."""
    if not filters:
        return Query()
    if len(filters) > 1 or not isinstance(filters[0], Mapping):
        raise Invalid("catalog/filter", "one filter of type QuerySpec is understood", pointer="/filter")
    spec = {key.rsplit("/", 1)[-1].removeprefix("edc:"): value for key, value in filters[0].items()}
    if spec and not str(spec.get("@type", "QuerySpec")).endswith("QuerySpec"):
        raise Invalid(
            "catalog/filter", f"a filter of type {spec['@type']!r} is not understood", pointer="/filter/0/@type"
        )
    criteria = [Criterion.read(item) for item in as_list(spec.get("filterExpression"))]
    return Query(criteria, _count(spec, "offset", 0, 0), _count(spec, "limit", PAGE, 1))


def _count(spec: Mapping[str, Any], name: str, default: int, least: int) -> int:
    value = spec.get(name, default)
    value = value.get("@value") if isinstance(value, Mapping) else value
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Invalid(
            "catalog/filter", f"{name} must be a whole number of at least {least}", pointer=f"/filter/0/{name}"
        )
    return min(value, 10_000)


def _offer_id(definition_id: str, asset_id: str, opened: Open) -> str:
    """Definition, asset and the policy's version, each in base64 (the shape that EDC uses)."""
    return ":".join(_part(part) for part in (definition_id, asset_id, opened.version))


def _part(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _readings(offer_id: str) -> Iterator[tuple[str, str, str]]:
    """Definition, asset and version as an offer id may be meant: our own form, then the three written as they are.

    The third part of an id written as it is says nothing here; the terms of the request are compared in any case.
    """
    with contextlib.suppress(ValueError):
        definition_id, asset_id, version = (
            base64.b64decode(part, validate=True).decode() for part in offer_id.split(":")
        )
        yield definition_id, asset_id, version
    definition_id, _, rest = offer_id.partition(":")
    asset_id, colon, _ = rest.rpartition(":")
    if definition_id and asset_id and colon:
        yield definition_id, asset_id, ""
