"""Concept descriptions (AAS Part 2, ConceptDescriptionRepository SSP-001), read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from connector.notation.exact_json import decode
from connector.notation.problems import Unknown
from connector.ports import Reader, Store
from connector.records.shells import CONCEPTS, Concept
from connector.services.passports.shells.pages import every, json_page, read_reference, refuse_others
from submodels.aas import trees
from submodels.aas.paging import LONGEST, cursor_after, read_paging


class Concepts:
    """What things mean, by identifier."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, concept_id: str) -> bytes:
        """The JSON of one. Raises Unknown (`aas/concept-unknown`)."""
        record = await self._store.read(lambda reader: reader.get(CONCEPTS, concept_id))
        if record is None:
            raise Unknown("aas/concept-unknown", f"there is no concept description {concept_id[:200]!r}")
        return record.document.encode()

    async def listed(self, query: Mapping[str, str]) -> bytes:
        """A page, filtered by idShort, isCaseOf and dataSpecificationRef (each a reference)."""
        refuse_others(query, "limit", "cursor", "idShort", "isCaseOf", "dataSpecificationRef")
        paging = read_paging(query)
        case, specification = (
            read_reference(query[name], name) if name in query else None
            for name in ("isCaseOf", "dataSpecificationRef")
        )

        def look(reader: Reader) -> list[Concept]:
            named = {"id_short": query["idShort"]} if "idShort" in query else {}
            behind = every(reader, CONCEPTS, named, paging.after, paging.limit + 1)
            fitting = (each for each in behind if _fits(each, case, specification))
            return list(islice(fitting, paging.limit + 1))

        found = await self._store.read(look)
        cursor = cursor_after(found[paging.limit - 1].id) if len(found) > paging.limit else ""
        return json_page([each.document.encode() for each in found[: paging.limit]], cursor)

    async def meant_in(self, texts: Iterable[str]) -> list[str]:
        """The JSON of every concept that these documents refer to."""
        meanings = sorted({meaning for text in texts for meaning in trees.all_meanings(decode(text))})
        chunks = [tuple(meanings[start : start + 500]) for start in range(0, len(meanings), 500)]

        def look(reader: Reader) -> list[str]:
            if reader.one(CONCEPTS, {}) is None:
                return []
            return [each.document for chunk in chunks for each in reader.find(CONCEPTS, {"id": chunk}, limit=LONGEST)]

        return await self._store.read(look)


def _fits(record: Concept, case: str | None, specification: str | None) -> bool:
    if case is None and specification is None:
        return True
    document = decode(record.document)
    cases = [reference["keys"][0]["value"] for reference in document.get("isCaseOf", ())]
    specifications = [
        each["dataSpecification"]["keys"][0]["value"] for each in document.get("embeddedDataSpecifications", ())
    ]
    return case in (None, *cases) and specification in (None, *specifications)
