"""Who sees which assets, and in which order: the catalog's datasets without looking at all of them.

Contract definitions under the same pair of policies stand behind one gate: a counterparty sees all of them or none, so
policies are decided once a gate. Behind an open gate, definitions that name one asset are read in the order of assets;
those that select by properties ask for the words of assets. A page costs what it shows, not what there is.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

import structlog

from connector.notation.digests import digest
from connector.notation.problems import Problem
from connector.odrl.facts import Facts
from connector.odrl.operands import Phase
from connector.ports import Above, Reader
from connector.records.catalog_order import GATE
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS, POLICY_DEFINITIONS, Asset, ContractDefinition
from connector.services.catalog.criteria import Criterion, matches, selectable, selects_ids, terms_of
from connector.services.usage.usage import Policies

_LOG = structlog.get_logger("catalog")

_BATCH: Final = 128
_ALL: Final = 1_000_000
_LAST: Final = "\U0010ffff"
_BUDGETS: Final = (512, 4096, 32768)
"""Assets that each way of looking may judge before the other way is tried; after the last, the first goes on."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A pair of policies, and one of the definitions behind it."""

    key: str
    access_policy_id: str
    contract_policy_id: str
    example: str


@dataclass(frozen=True, slots=True)
class Open:
    """A gate that a counterparty may pass: the usage policy behind it, as it is sent and by its version."""

    gate: Gate
    policy: Mapping[str, Any]
    rules: Mapping[str, Any]
    version: str


@dataclass(frozen=True, slots=True)
class Shut:
    """A gate that a counterparty may not pass: which of the policies says so, and why."""

    gate: Gate
    by: Literal["access", "usage", "definition"]
    code: str
    reason: str
    operand: str = ""


@dataclass(frozen=True, slots=True)
class _Broad:
    """A definition that does not name one asset."""

    definition: ContractDefinition
    criteria: Sequence[Criterion]
    open: Open


def gates(reader: Reader) -> list[Gate]:
    """Every gate that has a definition, by one step in the index for each."""
    found: list[Gate] = []
    last = ""
    while definition := next(iter(_behind(reader, last, 1)), None):
        key = definition.slot[:GATE]
        found.append(Gate(key, definition.access_policy_id, definition.contract_policy_id, definition.id))
        last = key + _LAST
    return found


def _behind(reader: Reader, slot: str, limit: int) -> list[ContractDefinition]:
    return reader.find(CONTRACT_DEFINITIONS, {"slot": Above(slot)}, order="slot", limit=limit)


def decide(reader: Reader, policies: Policies, gate: Gate, facts: Facts, *, is_browsing: bool) -> Open | Shut:
    """Whether a counterparty passes a gate; the access policy decides first.

    A catalog leaves out what its usage policy would refuse in any case; a request for it is told that reason. A
    definition that cannot be read offers nothing: its fault is ours, and no peer can mend it.
    """
    access = reader.get(POLICY_DEFINITIONS, gate.access_policy_id)
    usage = reader.get(POLICY_DEFINITIONS, gate.contract_policy_id)
    if access is None or usage is None:
        return Shut(gate, "definition", "policy/unknown", "one of its policies is no longer here")
    by: Literal["access", "usage"] = "access"
    try:
        decision = policies.decide(access.policy, facts, Phase.CATALOG)
        if decision.permitted and is_browsing:
            by, decision = "usage", policies.decide(usage.policy, facts, Phase.CATALOG)
        if not decision.permitted:
            return Shut(gate, by, decision.code, decision.sentence, decision.operand)
        return Open(gate, usage.policy, policies.wire(usage.policy), digest(usage.policy)[-16:])
    except Problem as problem:
        _LOG.error("contract definition cannot be used", definition=gate.example, code=problem.code)
        return Shut(gate, "definition", problem.code, problem.detail)


@dataclass(frozen=True, slots=True)
class Shown:
    """An asset, and the definitions that offer it, each with its open gate, in the order of their ids."""

    asset: Asset
    offers: Sequence[tuple[str, Open]]


class Shelves:
    """What stands behind a counterparty's open gates, in one look at the store."""

    def __init__(self, reader: Reader, opened: Sequence[Open]) -> None:
        self._reader = reader
        self._open = {one.gate.key: one for one in opened}
        self._broad = [one for each in opened for one in _broad(reader, each)]

    def page(self, criteria: Sequence[Criterion], *, after: str = "", limit: int) -> list[Shown]:
        """The first `limit` assets behind `after` that are shown and meet every criterion, in the order of ids."""
        named = selects_ids(criteria)
        if named is not None:
            return list(islice(self._judged(iter(sorted(each for each in named if each > after)), criteria), limit))
        terms = [term for criterion in criteria for term in terms_of(criterion)]
        if not terms:
            return list(islice(self._judged(self._walk(after), criteria), limit))
        return self._either_way(criteria, terms, after, limit)

    def one(self, asset_id: str) -> Shown | None:
        """One asset, if it is shown."""
        return next(self._judged(iter((asset_id,)), ()), None)

    def _either_way(self, criteria: Sequence[Criterion], terms: Sequence[str], after: str, limit: int) -> list[Shown]:
        """By what is shown or by what is asked for, whichever is over first: few of either make a short way."""
        for budget in _BUDGETS:
            for ids in (self._walk(after), self._worded(terms, after)):
                bounded = _Bounded(ids, budget)
                found = list(islice(self._judged(bounded, criteria), limit))
                if len(found) == limit or not bounded.is_cut:
                    return found
        return list(islice(self._judged(self._worded(terms, after), criteria), limit))

    def _judged(self, ids: Iterator[str], criteria: Sequence[Criterion]) -> Iterator[Shown]:
        while batch := list(islice(ids, _BATCH)):
            assets = self._reader.find(ASSETS, {"id": tuple(batch)}, limit=len(batch))
            offers = self._offers(assets)
            for asset in assets:
                if offers[asset.id] and all(matches(each, asset.id, asset.properties) for each in criteria):
                    yield Shown(asset, sorted(offers[asset.id], key=lambda offer: offer[0]))

    def _offers(self, assets: Sequence[Asset]) -> dict[str, list[tuple[str, Open]]]:
        found: dict[str, list[tuple[str, Open]]] = {asset.id: [] for asset in assets}
        by_id = {asset.id: asset for asset in assets}
        for definition in self._reader.find(CONTRACT_DEFINITIONS, {"only": tuple(by_id)}, limit=_ALL):
            opened = self._open_for(definition)
            if opened is not None and is_selected(definition, by_id[definition.only]):
                found[definition.only].append((definition.id, opened))
        for asset in assets:
            found[asset.id] += [
                (each.definition.id, each.open) for each in self._broad if selects(each.criteria, asset)
            ]
        return found

    def _open_for(self, definition: ContractDefinition) -> Open | None:
        opened = self._open.get(definition.slot[:GATE])
        if opened is None:
            return None
        own = (definition.access_policy_id, definition.contract_policy_id)
        return opened if own == (opened.gate.access_policy_id, opened.gate.contract_policy_id) else None

    # --- ids in order, perhaps of assets that are not shown

    def _walk(self, after: str) -> Iterator[str]:
        """The ids of all that the open definitions select, each once."""
        ways = [self._named(key, after) for key in self._open]
        ways += [self._selected(each, after) for each in self._broad]
        last = None
        for each in heapq.merge(*ways):
            if each != last:
                last = each
                yield each

    def _named(self, key: str, after: str) -> Iterator[str]:
        """The assets that definitions behind a gate name."""
        size = 8
        while True:
            found = [one for one in _behind(self._reader, key + after, size) if one.slot.startswith(key)]
            yield from (one.only for one in found)
            if len(found) < size:
                return
            after, size = found[-1].only, _BATCH

    def _selected(self, broad: _Broad, after: str) -> Iterator[str]:
        named = selects_ids(broad.criteria)
        if named is not None:
            return iter(sorted(each for each in named if each > after))
        terms = [term for criterion in broad.criteria for term in terms_of(criterion)]
        return self._worded(terms, after) if terms else self._every(after)

    def _worded(self, terms: Sequence[str], after: str) -> Iterator[str]:
        while found := self._reader.with_terms(ASSETS, terms, after=after, limit=_BATCH):
            yield from found
            after = found[-1]

    def _every(self, after: str) -> Iterator[str]:
        while found := self._reader.find(ASSETS, {"id": Above(after)}, limit=_BATCH):
            yield from (asset.id for asset in found)
            after = found[-1].id


class _Bounded(Iterator[str]):
    """The first of `ids`; `is_cut` says whether there were more."""

    def __init__(self, ids: Iterator[str], most: int) -> None:
        self._ids = ids
        self._left = most
        self.is_cut = False

    def __next__(self) -> str:
        following = next(self._ids)
        if self._left == 0:
            self.is_cut = True
            raise StopIteration
        self._left -= 1
        return following


def _broad(reader: Reader, opened: Open) -> Iterator[_Broad]:
    for definition in reader.find(CONTRACT_DEFINITIONS, {"slot": opened.gate.key}, limit=_ALL):
        try:
            yield _Broad(definition, [Criterion.read(each) for each in definition.selector], opened)
        except Problem as problem:
            _LOG.error("contract definition cannot be used", definition=definition.id, code=problem.code)


def is_selected(definition: ContractDefinition, asset: Asset) -> bool:
    """Whether a definition selects an asset; one that cannot be read selects nothing."""
    try:
        return selects([Criterion.read(each) for each in definition.selector], asset)
    except Problem as problem:
        _LOG.error("contract definition cannot be used", definition=definition.id, code=problem.code)
        return False


def selects(criteria: Sequence[Criterion], asset: Asset) -> bool:
    """A selector is the owner's: it may go by private properties, which no counterparty sees or can filter by."""
    found = selectable(asset.properties, asset.private_properties)
    return all(matches(criterion, asset.id, found) for criterion in criteria)


def definitions_about(reader: Reader, asset_id: str) -> list[ContractDefinition]:
    """Every definition that selects an asset, whoever sees it."""
    asset = reader.get(ASSETS, asset_id)
    if asset is None:
        return []
    found = [
        *reader.find(CONTRACT_DEFINITIONS, {"only": asset_id}, limit=_ALL),
        *reader.find(CONTRACT_DEFINITIONS, {"only": ""}, limit=_ALL),
    ]
    return [each for each in found if is_selected(each, asset)]
