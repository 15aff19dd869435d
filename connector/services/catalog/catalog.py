"""What is on offer, and who sees it: assets, policies and contract definitions become datasets with offers."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from connector.dsp import messages
from connector.notation.digests import digest
from connector.notation.jsonld import as_list
from connector.notation.problems import Invalid, Problem, Unknown
from connector.odrl import policy as policies_of
from connector.odrl.operands import Phase
from connector.ports import Clock, Reader, Store, Transaction
from connector.records import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS, Asset, ContractDefinition
from connector.services.catalog.criteria import EDC, Criterion, matches, selectable, selects_ids
from connector.services.identity.identity import Counterparty, Identity
from connector.services.usage.usage import Policies

_LOG = structlog.get_logger("catalog")

PAGE = 100
MOST_HIDDEN = 50
"""How many hidden contract definitions one audit entry names; it tells the number of all."""
_LONGEST = 300
_ABSENT = frozenset({"catalog/unknown", "catalog/offer-unknown"})
FORMATS = ("HttpData-PULL",)


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer: an asset under a contract definition's usage policy."""

    offer_id: str
    asset_id: str
    policy: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Visible:
    """A contract definition that a counterparty may see: what it selects, and under which usage policy."""

    id: str
    criteria: Sequence[Criterion]
    policy: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Hidden:
    """A contract definition that a counterparty may not see: which of its policies says so, and why."""

    id: str
    by: Literal["access", "usage", "definition"]
    code: str
    reason: str
    operand: str = ""

    def as_dict(self) -> dict[str, str]:
        """As it stands in the audit log."""
        members = {"definition": self.id, "by": self.by, "code": self.code, "operand": self.operand}
        return {**{name: value for name, value in members.items() if value}, "reason": self.reason[:_LONGEST]}


@dataclass(frozen=True, slots=True)
class Query:
    """What of the catalog is asked for."""

    criteria: Sequence[Criterion] = ()
    offset: int = 0
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Page:
    """A catalog message, and whether more follows."""

    catalog: dict[str, Any]
    has_more: bool


class Catalog:
    """The catalog of this node."""

    def __init__(self, *, identity: Identity, store: Store, policies: Policies, clock: Clock, endpoint: str) -> None:
        self._identity = identity
        self._store = store
        self._policies = policies
        self._clock = clock
        self._endpoint = endpoint

    async def browse(self, counterparty: Counterparty, query: Query) -> Page:
        """The datasets that `counterparty` may negotiate; the request is one audit entry."""
        entries, hidden = await self._store.read(lambda reader: self._browsed(reader, counterparty))
        found = [
            entry for entry in entries if all(matches(c, entry[0].id, entry[0].properties) for c in query.criteria)
        ]
        shown = found[query.offset : query.offset + query.limit]
        detail = {"shown": len(shown), "from": query.offset, **_told(hidden)}
        await self._store.write(
            lambda tx: tx.audit("catalog.requested", counterparty.did, detail, actor=counterparty.did)
        )
        catalog = messages.catalog(
            f"urn:uuid:{self._clock.new_id()}",
            self._identity.own.did,
            datasets=[self._dataset(asset, offers) for asset, offers in shown],
            services=[self._service()],
        )
        return Page(catalog, len(found) > query.offset + query.limit)

    async def dataset(self, counterparty: Counterparty, asset_id: str) -> dict[str, Any]:
        """One dataset as a message of its own. Raises Unknown where this counterparty may not see it."""
        async with self.noting(counterparty, asset_id=asset_id):
            entries, _ = await self._store.read(lambda reader: self._browsed(reader, counterparty, asset_id))
            if not entries:
                raise Unknown("catalog/unknown", f"there is no dataset {asset_id!r}")
            return messages.dataset_answer(self._dataset(*entries[0]))

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
                await self._note(counterparty, {**wanted, "code": problem.code}, offer_id, asset_id)
            raise

    async def _note(self, counterparty: Counterparty, detail: dict[str, Any], offer_id: str, asset_id: str) -> None:
        def note(tx: Transaction) -> None:
            hidden = self._hidden_from(tx, counterparty, offer_id, asset_id)
            tx.audit("catalog.refused", counterparty.did, {**detail, **_told(hidden)}, actor=counterparty.did)

        await self._store.write(note)

    def _hidden_from(self, reader: Reader, counterparty: Counterparty, offer_id: str, asset_id: str) -> list[_Hidden]:
        """The hidden definitions that an offer names, or that select an asset."""
        named = {definition_id for definition_id, _, _ in _readings(offer_id)}
        asset = reader.get(ASSETS, asset_id) if asset_id else None
        found = []
        for definition in reader.find(CONTRACT_DEFINITIONS, limit=1_000_000):
            seen = self._seen(reader, definition, counterparty, is_browsing=not offer_id)
            if isinstance(seen, _Hidden) and (definition.id in named or _is_about(definition, asset)):
                found.append(seen)
        return found

    def offered(self, reader: Reader, offer_id: str, counterparty: Counterparty) -> Offered:
        """The offer of this id, if this counterparty may see it and it stands as it was shown. Raises Unknown."""
        for definition_id, asset_id, version in _readings(offer_id):
            for _, offers in self._entries(reader, self._visible(reader, counterparty), asset_id):
                for offer in offers:
                    is_newest = version == "" and offer.offer_id.startswith(_part(definition_id) + ":")
                    if offer.offer_id == offer_id or is_newest:
                        return offer
        raise Unknown("catalog/offer-unknown", f"there is no offer {offer_id!r} here; ask for the catalog again")

    def offered_for(self, reader: Reader, asset_id: str, counterparty: Counterparty) -> Offered:
        """The first offer of an asset that this counterparty may see. Raises Unknown."""
        for _, offers in self._entries(reader, self._visible(reader, counterparty), asset_id):
            return offers[0]
        raise Unknown("catalog/offer-unknown", f"there is no offer for {asset_id!r}")

    def _browsed(
        self, reader: Reader, counterparty: Counterparty, asset_id: str | None = None
    ) -> tuple[list[tuple[Asset, list[Offered]]], list[_Hidden]]:
        """What a catalog lists, only what can be negotiated (CX-0018 2.6), and what it does not."""
        seen = [
            self._seen(reader, definition, counterparty, is_browsing=True)
            for definition in reader.find(CONTRACT_DEFINITIONS, limit=1_000_000)
        ]
        visible = [each for each in seen if isinstance(each, _Visible)]
        hidden = [each for each in seen if isinstance(each, _Hidden)]
        return list(self._entries(reader, visible, asset_id)), hidden

    def _entries(
        self, reader: Reader, definitions: Sequence[_Visible], asset_id: str | None = None
    ) -> Iterator[tuple[Asset, list[Offered]]]:
        """Each asset with the offers that these definitions make of it."""
        for asset in self._candidates(reader, definitions, asset_id):
            offers = [
                Offered(_offer_id(visible.id, asset.id, visible.policy), asset.id, visible.policy)
                for visible in definitions
                if _selects(visible.criteria, asset)
            ]
            if offers:
                yield asset, offers

    def _visible(self, reader: Reader, counterparty: Counterparty) -> list[_Visible]:
        """The contract definitions whose access policy lets this counterparty see what they offer."""
        definitions = reader.find(CONTRACT_DEFINITIONS, limit=1_000_000)
        found = (self._seen(reader, each, counterparty, is_browsing=False) for each in definitions)
        return [each for each in found if isinstance(each, _Visible)]

    def _seen(
        self, reader: Reader, definition: ContractDefinition, counterparty: Counterparty, *, is_browsing: bool
    ) -> _Visible | _Hidden:
        """Whether a counterparty sees what a definition offers; the access policy decides first.

        A catalog leaves out what its usage policy would refuse in any case; a request for it is told that reason. A
        definition that cannot be read offers nothing: its fault is ours, and no peer can mend it.
        """
        access = reader.get(POLICY_DEFINITIONS, definition.access_policy_id)
        usage = reader.get(POLICY_DEFINITIONS, definition.contract_policy_id)
        if access is None or usage is None:
            return _Hidden(definition.id, "definition", "policy/unknown", "one of its policies is no longer here")
        by: Literal["access", "usage"] = "access"
        try:
            decision = self._policies.decide(access.policy, counterparty.facts, Phase.CATALOG)
            if decision.permitted and is_browsing:
                by, decision = "usage", self._policies.decide(usage.policy, counterparty.facts, Phase.CATALOG)
            if not decision.permitted:
                return _Hidden(definition.id, by, decision.code, decision.sentence, decision.operand)
            self._policies.policy(usage.policy)
            return _Visible(definition.id, [Criterion.read(each) for each in definition.selector], usage.policy)
        except Problem as problem:
            _LOG.error("contract definition cannot be used", definition=definition.id, code=problem.code)
            return _Hidden(definition.id, "definition", problem.code, problem.detail)

    @staticmethod
    def _candidates(reader: Reader, definitions: Sequence[_Visible], asset_id: str | None) -> list[Asset]:
        """The assets that any definition can select: by id where all of them say ids, else all of them."""
        if asset_id is not None:
            asset = reader.get(ASSETS, asset_id)
            return [asset] if asset else []
        wanted: set[str] = set()
        for visible in definitions:
            ids = selects_ids(visible.criteria)
            if ids is None:
                return reader.find(ASSETS, limit=1_000_000)
            wanted |= ids
        return [asset for name in sorted(wanted) if (asset := reader.get(ASSETS, name)) is not None]

    def _dataset(self, asset: Asset, offers: Sequence[Offered]) -> dict[str, Any]:
        rules = ((offer.offer_id, policies_of.wire(self._policies.policy(offer.policy))) for offer in offers)
        return messages.dataset(
            asset.id,
            offers=[messages.offer(offer_id, wire) for offer_id, wire in rules],
            distributions=[messages.distribution(name, self._service()) for name in FORMATS],
            properties={name if ":" in name else EDC + name: value for name, value in asset.properties.items()},
        )

    def _service(self) -> dict[str, Any]:
        return messages.data_service(f"{self._identity.own.did}#dsp", self._endpoint)


def _is_about(definition: ContractDefinition, asset: Asset | None) -> bool:
    if asset is None:
        return False
    try:
        return _selects([Criterion.read(each) for each in definition.selector], asset)
    except Problem:
        return False


def _told(hidden: Sequence[_Hidden]) -> dict[str, Any]:
    """The hidden definitions as an audit entry has them; nothing where there are none."""
    if not hidden:
        return {}
    return {"hidden": [each.as_dict() for each in hidden[:MOST_HIDDEN]], "hiddenCount": len(hidden)}


def _selects(criteria: Sequence[Criterion], asset: Asset) -> bool:
    """A selector is the owner's: it may go by private properties, which no counterparty sees or can filter by."""
    found = selectable(asset.properties, asset.private_properties)
    return all(matches(criterion, asset.id, found) for criterion in criteria)


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


def _offer_id(definition_id: str, asset_id: str, policy: Mapping[str, Any]) -> str:
    """Definition, asset and the policy's digest, each in base64 (the shape that EDC uses)."""
    return ":".join(_part(part) for part in (definition_id, asset_id, digest(policy)[-16:]))


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
