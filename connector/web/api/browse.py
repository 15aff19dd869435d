"""`/api/catalog` and `/api/partners/{did}/catalog`: what others offer, in sentences, with what we lack for it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from connector.dsp.vocabulary import expand
from connector.odrl.facts import Facts
from connector.records.found_datasets import CrawledProvider, FoundDataset
from connector.services.catalog.browsing import Browsing
from connector.services.catalog.federation import Federation, Wanted
from connector.services.catalog.partners import Partners
from connector.web.api.operations import Call, Form, Instant, Operation


class OfferForm(Form):
    """An offer. `lacks` is what this node has no credential for; `findings` why it could not be agreed here at all."""

    id: str
    explained: list[str]
    lacks: list[str]
    findings: list[str]
    offer: dict[str, Any]


class DatasetForm(Form):
    """A dataset of another participant; `foundAt` is when it was seen."""

    provider: str
    id: str
    properties: dict[str, Any]
    formats: list[str]
    offers: list[OfferForm]
    found_at: Instant | None = None


class SearchQuery(Form):
    """What is searched for; all that is said must be met. Names match whole IRIs or their ends, in any case."""

    type: str = Field(default="", max_length=500, description="dct:type, as BatteryPass or a whole IRI")
    semantic_id: str = Field(default="", max_length=500, description="semantic id of a submodel or aspect")
    category: str = Field(default="", max_length=500, description="category, theme or keyword")
    model: str = Field(default="", max_length=500, description="aspect model, as its URN or BatteryPass")
    text: str = Field(default="", max_length=500, description="words in ids and properties, in any order")
    provider: str = Field(default="", max_length=2048, description="DID of the participant that offers")
    after: str = Field(default="", max_length=4096, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=1000)


class FoundForm(Form):
    """A page of datasets; `next` is there where more may follow."""

    datasets: list[DatasetForm]
    next: str | None = None


class CrawlForm(Form):
    """Whom to look at; nobody named: all that are listed or were looked at before."""

    participants: list[str] = Field(default=[], max_length=1000)


class ProviderForm(Form):
    """How the last look at a participant went; after a failure its datasets stay as they were at `foundAt`."""

    did: str
    state: str
    address: str
    datasets: int
    code: str
    reason: str
    failures: int
    tried_at: Instant
    found_at: Instant | None = None


class BrowseApi:
    """Operations that look at what others offer."""

    def __init__(self, *, federation: Federation, browsing: Browsing, partners: Partners) -> None:
        self._federation = federation
        self._browsing = browsing
        self._partners = partners

    def operations(self) -> list[Operation]:
        """Asking others needs `operate`; what was found can be read by all."""
        return [
            Operation(
                "GET",
                "/api/partners/{did}/catalog",
                self._of_partner,
                "Show what a partner offers us now, in sentences, with what we lack",
                "operate",
                answers=DatasetForm,
                is_list=True,
            ),
            Operation(
                "GET",
                "/api/catalog",
                self._search,
                "Search the federated catalogue",
                query=SearchQuery,
                answers=FoundForm,
            ),
            Operation(
                "GET",
                "/api/catalog/providers",
                self._providers,
                "List the participants that were looked at",
                answers=ProviderForm,
                is_list=True,
            ),
            Operation(
                "POST",
                "/api/catalog/crawl",
                self._crawl,
                "Look at participants now",
                "operate",
                CrawlForm,
                body_optional=True,
                answers=ProviderForm,
                is_list=True,
            ),
        ]

    async def _of_partner(self, call: Call) -> list[DatasetForm]:
        did = call.path["did"]
        catalog = await self._partners.read_catalog(did, await self._partners.address_of(did))
        facts = await self._browsing.own_facts()
        return [
            DatasetForm(
                provider=did,
                id=entry.id,
                properties={expand(name): value for name, value in entry.properties.items()},
                formats=sorted({name for name, _ in entry.distributions}),
                offers=[self._offer({**offer, "target": entry.id}, facts) for offer in entry.offers],
            )
            for entry in catalog.datasets
        ]

    async def _search(self, call: Call) -> FoundForm:
        asked: SearchQuery = call.query
        found = await self._federation.search(wanted_of(asked), limit=asked.limit, after=asked.after)
        facts = await self._browsing.own_facts()
        following = found[-1].id if len(found) == asked.limit else None
        return FoundForm(datasets=[self._found(one, facts) for one in found], next=following)

    async def _providers(self, _: Call) -> list[ProviderForm]:
        return [_provider(one) for one in await self._federation.providers()]

    async def _crawl(self, call: Call) -> list[ProviderForm]:
        participants = call.body.participants if call.body is not None else []
        return [_provider(one) for one in await self._federation.crawl(participants)]

    def _found(self, found: FoundDataset, facts: Facts) -> DatasetForm:
        return DatasetForm(
            provider=found.provider,
            id=found.dataset_id,
            properties=found.properties,
            formats=found.formats,
            offers=[self._offer(offer, facts) for offer in found.offers],
            found_at=found.found_at,
        )

    def _offer(self, offer: dict[str, Any], facts: Facts) -> OfferForm:
        one = self._browsing.weigh(offer, facts)
        return OfferForm(
            id=one.id,
            explained=list(one.explained),
            lacks=list(one.lacks),
            findings=list(one.findings),
            offer=dict(one.offer),
        )


def wanted_of(asked: SearchQuery) -> Wanted:
    """The search that a query asks for."""
    named = {"type": asked.type, "semanticId": asked.semantic_id, "category": asked.category, "model": asked.model}
    return Wanted(provider=asked.provider, named=named, text=asked.text)


def _provider(one: CrawledProvider) -> ProviderForm:
    return ProviderForm(
        did=one.id,
        state=one.state,
        address=one.address,
        datasets=one.datasets,
        code=one.code,
        reason=one.reason,
        failures=one.failures,
        tried_at=one.tried_at,
        found_at=one.found_at,
    )
