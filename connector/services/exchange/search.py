"""Searching records by EDC's criteria: what the store has an index for is asked there, the rest is compared here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.notation.jsonld import as_list
from connector.notation.problems import Invalid
from connector.ports import Reader, Store
from connector.records import Collection, R
from connector.services.exchange.criteria import Criterion, matches

LIMIT = 50
MOST = 10_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for, and which page of it."""

    criteria: Sequence[Criterion] = ()
    sort_field: str = ""
    is_descending: bool = False
    offset: int = 0
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class Searchable:
    """How a collection is searched: outside name -> indexed field; `order` is the field that sorts by default.

    `translate` gives the stored values for an outside one (`CONSUMER` -> `consumer`). Names outside `names` are
    refused, unless `is_open`: then any property can be compared.
    """

    indexed: Mapping[str, str]
    order: str
    names: frozenset[str] = frozenset()
    is_open: bool = False
    translate: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


async def find(
    store: Store,
    collection: Collection[R],
    search: Search,
    how: Searchable,
    values: Callable[[R], Mapping[str, Any]],
) -> list[R]:
    """The page of records that meet every criterion. Raises Invalid `search/field` for a name that is not known."""
    where, rest = _split(search.criteria, how)
    order = _order(search, how)

    def look(reader: Reader) -> list[R]:
        if not rest:
            return reader.find(
                collection,
                where,
                order=order,
                descending=search.is_descending,
                limit=search.limit,
                offset=search.offset,
            )
        wanted, found = search.offset + search.limit, []
        for record in _all(reader, collection, where, order, search.is_descending):
            if all(matches(criterion, record.id, values(record)) for criterion in rest):
                found.append(record)
                if len(found) >= wanted:
                    break
        return found[search.offset :]

    return await store.read(look)


def _all(
    reader: Reader, collection: Collection[R], where: Mapping[str, Any], order: str, is_descending: bool
) -> Iterator[R]:
    offset = 0
    while batch := reader.find(collection, where, order=order, descending=is_descending, limit=_BATCH, offset=offset):
        yield from batch
        offset += len(batch)


def _split(criteria: Sequence[Criterion], how: Searchable) -> tuple[dict[str, Any], list[Criterion]]:
    """What the store's indices answer, and what is left."""
    where: dict[str, Any] = {}
    rest = []
    for criterion in criteria:
        name = "id" if criterion.left == "@id" else criterion.left
        if not how.is_open and name not in how.indexed and name not in how.names:
            known = ", ".join(sorted({*how.indexed, *how.names}))
            raise Invalid(
                "search/field", f"{name[:100]!r} cannot be searched for; known: {known}", pointer="/operandLeft"
            )
        column = how.indexed.get(name)
        if column is None or column in where or criterion.operator not in ("=", "in"):
            rest.append(criterion)
            continue
        translate = how.translate.get(name, str)
        right = as_list(criterion.right)
        where[column] = translate(right[0]) if criterion.operator == "=" and right else tuple(map(translate, right))
    return where, rest


def _order(search: Search, how: Searchable) -> str:
    if not search.sort_field:
        return how.order
    if search.sort_field in ("id", "@id"):
        return "id"
    column = how.indexed.get(search.sort_field, how.order if search.sort_field == "createdAt" else "")
    if not column:
        known = ", ".join(sorted({*how.indexed, "createdAt"}))
        raise Invalid(
            "search/order", f"{search.sort_field[:100]!r} cannot be sorted by; known: {known}", pointer="/sortField"
        )
    return column
