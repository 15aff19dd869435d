"""Searching records by EDC's criteria: filtered, sorted and paged by the store; what it cannot ask is compared here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connector.notation.jsonld import as_list
from connector.notation.problems import Invalid
from connector.ports import Above, Below, Like, Member, Reader, Store, Where
from connector.records.collection import Collection, R
from connector.services.catalog.criteria import Criterion, matches, steps

LIMIT = 50
MOST = 10_000
_BATCH = 500
_CREATED: Final = "createdAt"
_MILLISECOND: Final = timedelta(milliseconds=1)
_TICK: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 253_402_300_799_000
"""The last millisecond that has a date of four digits."""
_NAME: Final = re.compile(r'[^"\\\x00-\x1f\x7f\ud800-\udfff]{1,500}')


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

    `members` are names that stand in the record's body: outside name -> field. `names` are those that only the view
    has: they can be compared, not sorted by. Any other is refused, unless `open_in` names the fields whose members can
    be searched for by their own names. `translate` gives the stored values for an outside one (`CONSUMER` ->
    `consumer`), `meaning` another criterion for one (a state's number).
    """

    indexed: Mapping[str, str]
    order: str
    names: frozenset[str] = frozenset()
    members: Mapping[str, str] = field(default_factory=dict)
    open_in: tuple[str, ...] = ()
    translate: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    meaning: Mapping[str, Callable[[Criterion], Criterion]] = field(default_factory=dict)

    def knows(self, name: str) -> bool:
        """Whether the name can be searched for."""
        return bool(self.open_in) or name in {*self.indexed, *self.members, *self.names, _CREATED}

    def member(self, name: str) -> Member | None:
        """Where a name stands in the body; None where the store cannot be asked for it."""
        if name in self.indexed or name in self.members:
            return Member((self.indexed.get(name) or self.members[name],))
        if not self.open_in or not _NAME.fullmatch(name) or name == _CREATED:
            return None
        found = steps(name)
        if len(found) == 2 and found[0] in ("properties", "privateProperties"):
            folder = self.open_in[0] if found[0] == "properties" else self.open_in[-1]
            return Member((folder, found[1]))
        if "'" in name:
            return None
        paths = [(folder, name) for folder in self.open_in]
        return Member(paths[0], paths[1] if len(paths) > 1 else ())


async def find(
    store: Store,
    collection: Collection[R],
    search: Search,
    how: Searchable,
    values: Callable[[R], Mapping[str, Any]],
    always: Where | None = None,
) -> list[R]:
    """The page of records that meet every criterion, and `always`. Raises Invalid (`search/field`, `search/order`)."""
    where, rest = _split(search.criteria, how, dict(always or {}))
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
    reader: Reader, collection: Collection[R], where: Where, order: str | Member, is_descending: bool
) -> Iterator[R]:
    offset = 0
    while batch := reader.find(collection, where, order=order, descending=is_descending, limit=_BATCH, offset=offset):
        yield from batch
        offset += len(batch)


def _split(criteria: Sequence[Criterion], how: Searchable, where: dict[Any, Any]) -> tuple[Where, list[Criterion]]:
    """What the store is asked, and what is left."""
    rest = []
    for said in criteria:
        name = "id" if said.left == "@id" else said.left
        if not how.knows(name):
            known = ", ".join(sorted({*how.indexed, *how.members, *how.names}))
            raise Invalid(
                "search/field", f"{name[:100]!r} cannot be searched for; known: {known}", pointer="/operandLeft"
            )
        meaning = how.meaning.get(name)
        criterion = meaning(said) if meaning else said
        asked = _created(criterion) if name == _CREATED else _asked(criterion, name, how)
        if asked is None or asked[0] in where:
            rest.append(replace(criterion, left=name))
        else:
            where[asked[0]] = asked[1]
    return where, rest


def _asked(criterion: Criterion, name: str, how: Searchable) -> tuple[str | Member, Any] | None:
    """The criterion as a question to the store, or None where only a comparison here says it."""
    column, values = how.indexed.get(name), tuple(as_list(criterion.right))
    if column is not None and criterion.operator in ("=", "in"):
        translate = how.translate.get(name, str)
        return column, translate(values[0]) if len(values) == 1 else tuple(map(translate, values))
    member = how.member(name)
    if member is None or not all(isinstance(value, str) and "\0" not in value for value in values):
        return None
    if criterion.operator == "like" and len(values) == 1 and name not in how.translate:
        return member, Like(values[0])
    return (member, values) if criterion.operator in ("=", "in") else None


def _created(criterion: Criterion) -> tuple[str, Any] | None:
    """A bound on the time of creation, in milliseconds since 1970."""
    at = criterion.right
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < _LATEST:
        return None
    time = _EPOCH + at * _MILLISECOND
    bounds: Mapping[str, Any] = {
        "<": Below(time),
        "<=": Below(time + _MILLISECOND),
        ">": Above(time + _MILLISECOND - _TICK),
        ">=": Above(time - _TICK),
    }
    bound = bounds.get(criterion.operator)
    return None if bound is None else ("created_at", bound)


def _order(search: Search, how: Searchable) -> str | Member:
    name = search.sort_field
    if not name or name == _CREATED:
        return how.order
    if name in ("id", "@id"):
        return "id"
    found = how.indexed.get(name) or how.member(name)
    if found is None:
        known = ", ".join(sorted({*how.indexed, *how.members, _CREATED}))
        raise Invalid("search/order", f"{name[:100]!r} cannot be sorted by; known: {known}", pointer="/sortField")
    return found
