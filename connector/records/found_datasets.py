"""What other participants offer, as it was found: the books of the federated catalogue, and the words in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Literal

from connector.records.collection import Collection, Record

SEARCHED: Final = ("type", "semanticId", "category", "model")
"""What datasets can be asked for by name, beside their text."""
_PROPERTIES: Final = {
    "http://purl.org/dc/terms/type": "type",
    "https://admin-shell.io/aas/3/0/HasSemantics/semanticId": "semanticId",
    "http://www.w3.org/ns/dcat#theme": "category",
    "http://www.w3.org/ns/dcat#keyword": "category",
    "http://purl.org/dc/terms/conformsTo": "model",
}
"""Property -> what it is searched as; any other is found by the end of its name."""
_ENDS: Final = {
    "category": "category",
    "keyword": "category",
    "theme": "category",
    "aspectmodel": "model",
    "model": "model",
}
_WORD: Final = re.compile(r"[^\W_]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class FoundDataset(Record, kw_only=True):
    """One dataset of another participant; `id` is `<provider> <dataset id>`. `offers` are in standard form."""

    provider: str
    dataset_id: str
    properties: dict[str, Any]
    offers: list[dict[str, Any]]
    formats: list[str]
    found_at: datetime


class CrawledProvider(Record, kw_only=True):
    """How the last look at a participant went; `id` is its DID. After a failure its datasets stay, as they were."""

    state: Literal["ok", "failed"]
    address: str = ""
    datasets: int = 0
    code: str = ""
    reason: str = ""
    failures: int = 0
    tried_at: datetime
    found_at: datetime | None = None


def texts(value: Any) -> Iterator[str]:
    """Every text in a property's value; references stand for their IRI."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        yield from texts(value.get("@id", value.get("@value")))


def said_of(found: FoundDataset, what: str) -> list[str]:
    """The values that a dataset has for one of SEARCHED. A semantic id says which model a dataset follows, too."""
    values = [text for name, value in found.properties.items() if _kind(name) == what for text in texts(value)]
    if what == "model":
        values += [text for text in said_of(found, "semanticId") if text.startswith("urn:samm:")]
    return values


def _kind(name: str) -> str:
    return _PROPERTIES.get(name) or _ENDS.get(short(name).lower(), "")


def short(iri: str) -> str:
    """The end of an IRI, as people say it."""
    return re.split(r"[/#:]", iri.rstrip("/#:"))[-1]


def spellings(value: str) -> set[str]:
    """How a value may be asked for: whole, or by its end; case does not count."""
    return {value.casefold(), short(value).casefold()}


def words(text: str) -> set[str]:
    """The words of a text in small letters; BatteryPass is one word, and two."""
    found = set()
    for word in _WORD.findall(text):
        found.add(word.casefold())
        found |= {part.casefold() for part in _HUMP.split(word)}
    return found


def _terms(found: FoundDataset) -> Iterator[str]:
    yield f"provider\x1f{found.provider}"
    for what in SEARCHED:
        for value in said_of(found, what):
            yield from (f"{what}\x1f{spelling}" for spelling in spellings(value))
    everything = [found.dataset_id, *(text for value in found.properties.values() for text in texts(value))]
    yield from (f"text\x1f{word}" for word in {word for text in everything for word in words(text)})


FOUND_DATASETS = Collection("found_dataset", FoundDataset, index=("provider",), terms=_terms)
CRAWLED_PROVIDERS = Collection("crawled_provider", CrawledProvider, index=("state",))
