"""The submodels of passports in every form of the AAS API: current versions, or those of a date, prepared once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import Reader, Store
from connector.records.passports import SUBMODELS, StoredSubmodel
from connector.records.shells import SUBMODEL_MEANINGS
from connector.services.passports.shells import listing
from connector.services.passports.shells.pages import json_page, read_reference, read_time, refuse_others
from connector.services.passports.shells.prepared import Prepared
from connector.services.passports.shells.withheld import Part, partly
from connector.services.passports.stored import filled, one
from submodels.aas.elements import Json
from submodels.aas.interface import Target, answer, read_target
from submodels.aas.modifiers import SCALARS, read_modifiers, submodel_form
from submodels.aas.paging import Page, Paging, cursor_after, place_in, read_paging

Where = Mapping[str, Any]

_KNOWN: Final = 100_000
_TREES: Final = 256
_READY: Final = 32 * 1024 * 1024
_CHUNK: Final = 20
_FILTERS: Final = ("limit", "cursor", "idShort", "semanticId", "level", "extent")
_SOURCES: Final = (SUBMODELS, SUBMODEL_MEANINGS)
_DATED: Final = frozenset({Target(), Target(suffix="$value")})


class Submodels:
    """Reads of stored submodels. A version never changes: its answers are kept as bytes, as many as a bound allows."""

    def __init__(self, store: Store, scalar: str = SCALARS[0]) -> None:
        """`scalar`: how one value is answered where a request does not say (`submodels.aas.modifiers.SCALARS`)."""
        self._store = store
        self._usual = {} if scalar == SCALARS[0] else {"scalar": scalar}
        self._bodies = Prepared()
        self._trees: dict[str, Json] = {}
        self._current: dict[tuple[Any, ...], str] = {}
        self._ready = Prepared(_READY)
        self._seen: int | None = None

    async def prompt(self, request: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """What `make` makes, from what submodels are stored, for a request (path and query) of whoever may see all.

        It is kept until a submodel is written. Where other processes write too, it is made each time.
        """
        ready = self._fresh()
        body = ready.get(request)
        if body is None:
            body = await make()
            ready.put(request, body)
        return body

    def ready(self, request: str) -> bytes | None:
        """What `prompt` made for this request, if it holds still."""
        return self._fresh().get(request)

    def _fresh(self) -> Prepared:
        """Answers of which nothing has changed; what was made while something changes goes into a former set."""
        changes = self._store.changes(*_SOURCES)
        if changes is None or changes != self._seen:
            self._ready, self._seen = Prepared(_READY), changes
            if changes is not None:
                self._current = {}
        return self._ready

    async def get(self, submodel_id: str) -> StoredSubmodel:
        """The current submodel of this id. Raises Unknown (`aas/submodel-unknown`)."""
        return await self._store.read(lambda reader: _need(reader, {"submodel_id": submodel_id}))

    async def part_of(self, where: Where, path: str, query: Mapping[str, str], withheld: Sequence[str]) -> Part:
        """As `answer`, without the elements that export control withholds (`<submodel>/<idShortPath>`).

        Raises Refused (`export/withheld`) where a submodel would not be one of its template without them, or cannot be
        judged element by element.
        """
        if not withheld:
            return Part(await self.answer(where, path, query))
        target, query = read_target(path), {**self._usual, **query}
        found = await (self._at(where, target, query["date"]) if "date" in query else self._now(where))
        record = found if isinstance(found, StoredSubmodel) else await self._record(found)
        return partly(record.id_short, self._tree(record), target, query, withheld)

    async def answer(self, where: Where, path: str, query: Mapping[str, str]) -> bytes:
        """JSON for a GET of `path` (as `/submodel-elements/A/$value`) below the current submodel that `where` names.

        `date` (RFC 3339) asks for the version of that time, of the whole and of its value only (V3.2). Raises Invalid
        and Unknown as `submodels.aas.interface.answer`, Unknown (`aas/submodel-unknown`).
        """
        target, query = read_target(path), {**self._usual, **query}
        if target.is_operation:
            raise Unknown("aas/path", "operations are not called here")
        found = await (self._at(where, target, query["date"]) if "date" in query else self._now(where))
        record_id = found if isinstance(found, str) else found.id
        key = (record_id, target, *sorted(query.items()))
        body = self._bodies.get(key)
        if body is None:
            record = found if isinstance(found, StoredSubmodel) else await self._record(record_id)
            body = self._made(record, target, query)
            self._bodies.put(key, body)
        return body

    async def listed(self, content: str, query: Mapping[str, str]) -> bytes:
        """A page of current submodels as `content` (`submodels.aas.modifiers.CONTENTS`) has them."""
        refuse_others(query, *_FILTERS)
        read_modifiers(content, query)
        paging = read_paging(query)
        if content == "$path":
            page = await self._paths(paging, query)
            return json_page([encode(path) for path in page.items], page.cursor)
        page = await self.page(paging, id_short=query.get("idShort"), semantic_id=_semantic_id(query))
        shown = {name: query[name] for name in ("level", "extent") if name in query}
        target = Target(suffix=content)
        return json_page([self._body(record, target, shown) for record in page.items], page.cursor)

    async def page(self, paging: Paging, *, id_short: str | None = None, semantic_id: str = "") -> Page:
        """Current submodels in the order of the store; `semantic_id` also matches supplemental ones."""

        def look(reader: Reader) -> list[tuple[str, StoredSubmodel]]:
            found = listing.fitting(reader, paging.after, paging.limit + 1, id_short=id_short, semantic_id=semantic_id)
            taken = list(islice(found, paging.limit + 1))
            records = filled(reader, (record for _, record in taken))
            return [(place, record) for (place, _), record in zip(taken, records, strict=True)]

        found = await self._store.read(look)
        cursor = cursor_after(found[paging.limit - 1][0]) if len(found) > paging.limit else ""
        return Page([record for _, record in found[: paging.limit]], cursor)

    async def _paths(self, paging: Paging, query: Mapping[str, str]) -> Page:
        """`$path` of many submodels is one flat list: the limit counts paths, the cursor says where in a submodel."""
        done, _, place_text = paging.after.rpartition("\n")
        place = place_in(place_text, 1_000_000)
        items: list[str] = []
        while True:
            chunk = await self.page(
                Paging(_CHUNK, done), id_short=query.get("idShort"), semantic_id=_semantic_id(query)
            )
            for record in chunk.items:
                modifiers = read_modifiers("$path", query)
                found = submodel_form(self._tree(record), modifiers)
                taken = found[place : place + paging.limit - len(items)]
                items += taken
                if place + len(taken) < len(found):
                    return Page(items, cursor_after(f"{done}\n{place + len(taken)}"))
                done, place = record.id, 0
            if not chunk.cursor:
                return Page(items)

    async def _now(self, where: Where) -> str | StoredSubmodel:
        """The id of the current record; the record itself where it had to be read anyway."""
        self._fresh()
        key, current = tuple(where.items()), self._current
        known = current.get(key)
        if known is not None and self._seen is not None:
            return known
        if known is not None:
            still = {"id": known, "status": "current"}
            if await self._store.read(lambda reader: reader.count(SUBMODELS, still)):
                return known
        record = await self._store.read(lambda reader: _need(reader, where))
        if len(current) >= _KNOWN:
            current.clear()
        current[key] = record.id
        return record

    async def _at(self, where: Where, target: Target, date: str) -> StoredSubmodel:
        if target not in _DATED:
            raise Invalid("aas/query", "date is for a whole submodel and for its $value only")
        time = read_time(date, "date")
        return await self._store.read(lambda reader: _version_at(reader, where, time))

    async def _record(self, record_id: str) -> StoredSubmodel:
        return await self._store.read(lambda reader: filled(reader, [reader.need(SUBMODELS, record_id)])[0])

    def _body(self, record: StoredSubmodel, target: Target, query: Mapping[str, str]) -> bytes:
        key = (record.id, target, *sorted(query.items()))
        body = self._bodies.get(key)
        if body is None:
            body = self._made(record, target, query)
            self._bodies.put(key, body)
        return body

    def _made(self, record: StoredSubmodel, target: Target, query: Mapping[str, str]) -> bytes:
        """What is stored as it will be sent is sent as it is stored."""
        is_usual = query.keys() <= {"date", "scalar"}
        if is_usual and target == Target(suffix="$value"):
            return record.value.encode()
        if is_usual and target == Target() and '"Blob"' not in record.document:
            return record.document.encode()
        found = answer(self._tree(record), target, query)
        return (
            json_page([encode(item) for item in found.items], found.cursor)
            if isinstance(found, Page)
            else encode(found)
        )

    def _tree(self, record: StoredSubmodel) -> Json:
        tree = self._trees.get(record.id)
        if tree is None:
            while len(self._trees) >= _TREES:
                del self._trees[next(iter(self._trees))]
            tree = self._trees[record.id] = decode(record.document)
        return tree


def _need(reader: Reader, where: Where) -> StoredSubmodel:
    record = one(reader, {**where, "status": "current"})
    if record is None:
        raise Unknown("aas/submodel-unknown", f"there is no submodel {_name(where)!r}")
    return record


def _version_at(reader: Reader, where: Where, time: datetime) -> StoredSubmodel:
    """The version in force at `time`: the youngest that was made before it."""
    offset = 0
    while True:
        found = reader.find(SUBMODELS, where, order="number", descending=True, limit=_CHUNK, offset=offset)
        for record in found:
            if record.created_at <= time:
                return filled(reader, [record])[0]
        if len(found) < _CHUNK:
            raise Unknown(
                "aas/submodel-unknown", f"there was no submodel {_name(where)!r} at {time:%Y-%m-%dT%H:%M:%SZ}"
            )
        offset += _CHUNK


def _name(where: Where) -> str:
    return str(where.get("submodel_id") or where.get("id_short"))[:200]


def _semantic_id(query: Mapping[str, str]) -> str:
    """The first key's value of the reference in `semanticId` (base64url of JSON)."""
    return read_reference(query["semanticId"]) if "semanticId" in query else ""
