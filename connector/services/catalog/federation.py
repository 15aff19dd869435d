"""The federated catalogue: what listed participants offer us, looked up now and then, kept, and searched here.

A participant is found by the DataService of its DID document. One that is silent, slow or talks nonsense costs the
others nothing, and what it offered before stays, with the time when that was true.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from connector.dsp.reading import Catalog, DatasetEntry
from connector.dsp.vocabulary import expand
from connector.notation.problems import Invalid, PeerFailed, Problem, Unknown
from connector.ports import Above, Clock, Reader, Store, Transaction
from connector.records.found_datasets import (
    CRAWLED_PROVIDERS,
    FOUND_DATASETS,
    CrawledProvider,
    FoundDataset,
    said_of,
    spellings,
    words,
)
from connector.services.catalog.partners import Partners

_LOG = structlog.get_logger("federation")

AT_ONCE: Final = 8
"""Participants that are looked at at the same time."""
PATIENCE: Final = 60.0
"""Seconds that the look at one participant may take."""
MOST: Final = 50_000
"""Datasets of one participant that are kept."""
MOST_FURTHER: Final = 100
"""Participants that are looked at because others have their catalogs nested in their own."""
_BATCH: Final = 200
_REASON: Final = 500
_ALL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for: every member that says something must be met. `text` are words, in any order."""

    provider: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def terms(self) -> list[str]:
        """The words of the index for it."""
        found = [f"provider\x1f{self.provider}"] if self.provider else []
        found += [f"{what}\x1f{value.casefold()}" for what, value in self.named.items() if value]
        return [*found, *(f"text\x1f{word}" for word in sorted(_asked(self.text)))]

    def meets(self, found: FoundDataset) -> bool:
        """Whether a dataset is named as it is asked for (words were looked up, and are not compared again)."""
        return all(
            value.casefold() in {one for said in said_of(found, what) for one in spellings(said)}
            for what, value in self.named.items()
            if value
        )


def _asked(text: str) -> set[str]:
    return {word.casefold() for part in text.split() for word in words(part) if word}


class Federation:
    """Crawls and searches."""

    def __init__(
        self, *, partners: Partners, store: Store, clock: Clock, own: str, listed: Sequence[str], every: int
    ) -> None:
        """`listed` are DIDs; they are looked at every `every` seconds (0: only when somebody asks)."""
        self._partners = partners
        self._store = store
        self._clock = clock
        self._own = own
        self._listed = tuple(dict.fromkeys(did for did in listed if did != own))
        self._every = every
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look at the listed participants now and then; once."""
        if self._listed and self._every and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._go_on())

    async def stop(self) -> None:
        """Stop looking; what was found stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            await self.crawl()
            await asyncio.sleep(self._every)

    async def crawl(self, participants: Sequence[str] = ()) -> list[CrawledProvider]:
        """Look at these participants, or at those listed and all that were looked at before; how each went."""
        wanted = list(dict.fromkeys(participants)) or await self._known()
        looks = list(await asyncio.gather(*map(self._look, wanted)))
        named = {each for _, others in looks for each in others if each.startswith("did:")}
        further = sorted(named - {self._own, *wanted})[:MOST_FURTHER]
        return [told for told, _ in (*looks, *(await asyncio.gather(*map(self._look, further))))]

    async def _known(self) -> list[str]:
        before = await self._store.read(lambda reader: reader.find(CRAWLED_PROVIDERS, limit=_ALL))
        return list(dict.fromkeys([*self._listed, *(one.id for one in before)]))

    async def _look(self, participant: str) -> tuple[CrawledProvider, Sequence[str]]:
        """How it went, and whose catalogs are nested in this one: each is found by its own DID."""
        async with self._turn:
            try:
                async with asyncio.timeout(PATIENCE):
                    address = await self._partners.address_of(participant)
                    catalog = await self._partners.read_catalog(participant, address)
                others = [one.participant_id for one in catalog.nested if one.participant_id]
                return await self._keep(participant, address, catalog), others
            except TimeoutError:
                late = PeerFailed("peer/unreachable", f"no catalog within {PATIENCE:g} seconds")
                return await self._failed(participant, late), ()
            except Problem as problem:
                return await self._failed(participant, problem), ()
            except Exception as error:  # whatever a stranger's catalog holds, the others are looked at
                _LOG.exception("catalog could not be taken", participant=participant)
                unreadable = Invalid("catalog/unreadable", f"{type(error).__name__}: {error}")
                return await self._failed(participant, unreadable), ()

    async def _keep(self, participant: str, address: str, catalog: Catalog) -> CrawledProvider:
        """Exchange what is kept of a participant for what it shows now, in bites that others can wait for."""
        now = self._clock.now()
        entries = {entry.id: entry for entry in catalog.datasets[:MOST]}
        found = [_found(participant, entry, now) for entry in entries.values()]
        for first in range(0, len(found), _BATCH):
            batch = found[first : first + _BATCH]
            await self._store.write(lambda tx, batch=batch: [tx.put(FOUND_DATASETS, each) for each in batch])  # type: ignore[misc]
        kept = {each.id for each in found}

        def finish(tx: Transaction) -> CrawledProvider:
            for gone in tx.find(FOUND_DATASETS, {"provider": participant}, limit=_ALL):
                if gone.id not in kept:
                    tx.remove(FOUND_DATASETS, gone.id)
            told = CrawledProvider(
                id=participant, state="ok", address=address, datasets=len(found), tried_at=now, found_at=now
            )
            tx.put(CRAWLED_PROVIDERS, told)
            return told

        return await self._store.write(finish)

    async def _failed(self, participant: str, problem: Problem) -> CrawledProvider:
        def note(tx: Transaction) -> CrawledProvider:
            told = tx.get(CRAWLED_PROVIDERS, participant)
            told = told or CrawledProvider(id=participant, state="failed", tried_at=tx.now)
            told.state, told.code, told.reason = "failed", problem.code, problem.detail[:_REASON]
            told.failures += 1
            told.tried_at = tx.now
            tx.put(CRAWLED_PROVIDERS, told)
            return told

        return await self._store.write(note)

    async def providers(self) -> list[CrawledProvider]:
        """Every participant that was looked at."""
        return await self._store.read(lambda reader: reader.find(CRAWLED_PROVIDERS, limit=_ALL))

    async def search(self, wanted: Wanted, *, limit: int, after: str = "") -> list[FoundDataset]:
        """Datasets that meet `wanted`, in the order of provider and id, behind the id `after`."""
        return await self._store.read(lambda reader: _search(reader, wanted, limit, after))

    async def dataset(self, provider: str, dataset_id: str) -> FoundDataset:
        """One dataset as it was found. Raises Unknown (`catalog/not-found-there`)."""
        name = f"{provider} {dataset_id}"
        found = await self._store.read(lambda reader: reader.get(FOUND_DATASETS, name))
        if found is None:
            raise Unknown("catalog/not-found-there", f"no dataset {dataset_id!r} of {provider} was found; crawl again")
        return found


def _search(reader: Reader, wanted: Wanted, limit: int, after: str) -> list[FoundDataset]:
    terms = wanted.terms()
    if not terms:
        where = {"id": Above(after)} if after else None
        return reader.find(FOUND_DATASETS, where, limit=limit)
    found: list[FoundDataset] = []
    while len(found) < limit:
        ids = reader.with_terms(FOUND_DATASETS, terms, after=after, limit=limit)
        if not ids:
            break
        found += [one for one in reader.find(FOUND_DATASETS, {"id": tuple(ids)}, limit=limit) if wanted.meets(one)]
        after = ids[-1]
    return found[:limit]


def _found(participant: str, entry: DatasetEntry, now: Any) -> FoundDataset:
    return FoundDataset(
        id=f"{participant} {entry.id}",
        provider=participant,
        dataset_id=entry.id,
        properties={expand(name): value for name, value in entry.properties.items()},
        offers=[{**offer, "target": entry.id} for offer in entry.offers],
        formats=sorted({name for name, _ in entry.distributions}),
        found_at=now,
    )
