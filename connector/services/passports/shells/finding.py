"""Which shells are found, and by whom: passports' and hosted ones in one stable order, filtered as the store reads."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from connector.notation.exact_json import decode
from connector.ports import Above, Reader
from connector.records.collection import Collection
from connector.records.passports import PASSPORTS, Passport
from connector.records.shells import (
    ASSET_LINKS,
    HOSTED_SHELLS,
    REGISTERED_SHELLS,
    SHELL_READERS,
    HostedShell,
    RegisteredShell,
)
from connector.services.passports.editions import ANYBODY, may_read
from connector.services.passports.shells.pages import every
from submodels.aas.paging import Page, Paging, cursor_after

Shell = Passport | HostedShell
Described = Shell | RegisteredShell
AssetLinks = Sequence[tuple[str, str]]

HOSTED: Final = "~"
"""The first letter of hosted shells' and submodels' unit ids: behind every letter that a passport's may begin with."""
REGISTERED: Final = "~~"
"""How ids of registered shells begin: behind those of hosted ones."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; `bpn` is who asks (None: the owner, who sees everything)."""

    links: AssetLinks = ()
    id_short: str | None = None
    created_after: datetime | None = None
    asset_kind: str | None = None
    asset_type: str | None = None
    bpn: str | None = None
    is_registry: bool = False
    """Whether shells that stand elsewhere are found too."""


def shell_of(reader: Reader, unit_id: str) -> Shell | None:
    """The shell of a unit: a passport's, or a hosted one."""
    return reader.get(HOSTED_SHELLS, unit_id) if unit_id.startswith(HOSTED) else reader.get(PASSPORTS, unit_id)


def shell_by_id(reader: Reader, shell_id: str) -> Shell | None:
    """The shell of this identifier."""
    where = {"shell_id": shell_id}
    return reader.one(PASSPORTS, where) or reader.one(HOSTED_SHELLS, where)


def described_by_id(reader: Reader, shell_id: str) -> Described | None:
    """The shell of this identifier, here or elsewhere."""
    return shell_by_id(reader, shell_id) or reader.one(REGISTERED_SHELLS, {"shell_id": shell_id})


def _described(reader: Reader, unit_id: str, wanted: Wanted) -> Described | None:
    if unit_id.startswith(REGISTERED):
        return reader.get(REGISTERED_SHELLS, unit_id) if wanted.is_registry else None
    return shell_of(reader, unit_id)


def is_visible(shell: Described, bpn: str | None) -> bool:
    """Whether who asks sees the shell: its owner (None), or whom one of its specific asset ids names.

    An id without externalSubjectId is the owner's alone (CX-0002: read access defaults to the provider).
    """
    return bpn is None or any(may_read(each, bpn) for each in specific_ids(decode(shell.shell)))


def specific_ids(shell: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The specific asset ids of a shell's JSON."""
    return list(shell["assetInformation"].get("specificAssetIds", ()))


def page(reader: Reader, paging: Paging, wanted: Wanted) -> Page:
    """A page of shells. The cursor holds the place of the last one in the store's order."""
    count = paging.limit + 1
    found = list(islice(_fitting(reader, paging.after, wanted, count), count))
    cursor = cursor_after(found[paging.limit - 1][0]) if len(found) > paging.limit else ""
    return Page([shell for _, shell in found[: paging.limit]], cursor)


def _fitting(reader: Reader, after: str, wanted: Wanted, count: int) -> Iterator[tuple[str, Described]]:
    if wanted.links:
        candidates = _linked(reader, after, wanted, count)
    elif wanted.bpn is not None:
        candidates = _readable(reader, after, wanted, wanted.bpn, count)
    else:
        candidates = _everything(reader, after, wanted, count)
    return (each for each in candidates if _fits(each[1], wanted))


def _fits(shell: Described, wanted: Wanted) -> bool:
    if wanted.created_after is not None and shell.created_at <= wanted.created_after:
        return False
    if wanted.id_short is None and wanted.asset_kind is None and wanted.asset_type is None:
        return True
    document = decode(shell.shell)
    information = document["assetInformation"]
    asked = (
        (wanted.id_short, document.get("idShort")),
        (wanted.asset_kind, information["assetKind"]),
        (wanted.asset_type, information.get("assetType")),
    )
    return all(value is None or value == found for value, found in asked)


def _everything(reader: Reader, after: str, wanted: Wanted, count: int) -> Iterator[tuple[str, Described]]:
    newer = {} if wanted.created_after is None else {"created_at": Above(wanted.created_after)}
    elsewhere = (REGISTERED_SHELLS,) if wanted.is_registry else ()
    collections: tuple[Collection[Any], ...] = (PASSPORTS, HOSTED_SHELLS, *elsewhere)
    for collection in collections:
        if collection is HOSTED_SHELLS and after.startswith(REGISTERED):
            continue
        if collection is PASSPORTS and (after.startswith(HOSTED) or _is_no_passport(wanted.id_short)):
            continue
        named = {"id_short": wanted.id_short} if collection is HOSTED_SHELLS and wanted.id_short is not None else {}
        for shell in every(reader, collection, {**newer, **named}, after, count):
            yield shell.id, shell


def _is_no_passport(id_short: str | None) -> bool:
    """Every passport's shell has the same idShort."""
    from submodels.dbp.build import SHELL_ID_SHORT

    return id_short not in (None, SHELL_ID_SHORT)


def _readable(reader: Reader, after: str, wanted: Wanted, bpn: str, count: int) -> Iterator[tuple[str, Described]]:
    """By the rows of each subject, both in the order of units; the cursor names the unit."""
    # A row's id is its unit's and the subject: behind every row of the unit `after` comes the next unit.
    behind = f"{after} \uffff" if after else ""
    streams = [every(reader, SHELL_READERS, {"subject": each}, behind, count) for each in _subjects(bpn)]
    last = ""
    for row in heapq.merge(*streams, key=attrgetter("unit_id")):
        if row.unit_id == last:
            continue
        last = row.unit_id
        shell = _described(reader, row.unit_id, wanted)
        if shell is not None:
            yield row.unit_id, shell


def _subjects(bpn: str) -> tuple[str, ...]:
    return tuple({bpn, ANYBODY} - {""})


def _linked(reader: Reader, after: str, wanted: Wanted, count: int) -> Iterator[tuple[str, Described]]:
    (name, value), *others = wanted.links
    for row in every(reader, ASSET_LINKS, {"name": name, "value": value}, after, count):
        if _may_use(row.readers, wanted.bpn) and all(_has(reader, row.unit_id, link, wanted.bpn) for link in others):
            shell = _described(reader, row.unit_id, wanted)
            if shell is not None:
                yield row.id, shell


def _has(reader: Reader, unit_id: str, link: tuple[str, str], bpn: str | None) -> bool:
    rows = reader.find(ASSET_LINKS, {"unit_id": unit_id, "name": link[0], "value": link[1]})
    return any(_may_use(row.readers, bpn) for row in rows)


def _may_use(readers: Iterable[str], bpn: str | None) -> bool:
    return bpn is None or not {*_subjects(bpn)}.isdisjoint(readers)
