"""Which submodels are listed: the current ones in the order of the store, by idShort, by what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from connector.ports import Reader
from connector.records.passports import SUBMODELS, StoredSubmodel
from connector.records.shells import SUBMODEL_MEANINGS
from connector.services.passports.shells.finding import HOSTED
from connector.services.passports.shells.pages import every

_CURRENT: Final = {"status": "current"}


def fitting(
    reader: Reader, after: str, count: int, *, id_short: str | None = None, semantic_id: str = ""
) -> Iterator[tuple[str, StoredSubmodel]]:
    """(place, submodel) of what fits behind the place `after`; `count` are wanted, no more is read at once."""
    if not semantic_id:
        named = {} if id_short is None else {"id_short": id_short}
        return ((record.id, record) for record in every(reader, SUBMODELS, {**_CURRENT, **named}, after, count))
    return _meaning(reader, after, id_short, semantic_id)


def _meaning(
    reader: Reader, after: str, id_short: str | None, semantic_id: str
) -> Iterator[tuple[str, StoredSubmodel]]:
    """Passports' submodels by the names that mean it, then hosted ones by what they say."""
    names = _named(semantic_id) if id_short is None else _named(semantic_id) & {id_short}
    if names and not after.startswith(HOSTED):
        for record in every(reader, SUBMODELS, {**_CURRENT, "id_short": tuple(sorted(names))}, after):
            if record.id.startswith(HOSTED):
                break
            yield record.id, record
    last = after.partition(" ")[0]
    for row in every(reader, SUBMODEL_MEANINGS, {"value": semantic_id}, after):
        if row.submodel == last:
            continue
        last = row.submodel
        found = reader.get(SUBMODELS, row.submodel)
        if found is not None and id_short in (None, found.id_short):
            yield row.id, found


def _named(semantic_id: str) -> set[str]:
    """The idShorts of the passports' submodels that mean `semantic_id`."""
    from connector.services.passports.aspects import BATTERY_PASS
    from submodels.dbp.parts import METADATA, PARTS

    if semantic_id == BATTERY_PASS:
        return {BATTERY_PASS.rpartition("#")[2]}
    return {part.id_short for part in (*PARTS, METADATA) if semantic_id in (part.semantic_id, *part.supplemental)}
