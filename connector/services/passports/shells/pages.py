"""Queries and pages of the AAS API (Part 2): what all lists have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid
from connector.ports import Above, Reader, Where
from submodels.aas.identifiers import read_encoded

BATCH: Final = 200
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def json_page(items: Sequence[bytes], cursor: str = "") -> bytes:
    """The standard's page out of JSON texts as they are stored."""
    metadata = encode({"cursor": cursor} if cursor else {})
    return b'{"paging_metadata":%b,"result":[%b]}' % (metadata, b",".join(items))


def refuse_others(query: Mapping[str, str], *known: str) -> None:
    """A filter that is not understood would answer with too much. Raises Invalid (`aas/query`)."""
    others = sorted(set(query) - set(known))
    if others:
        raise Invalid("aas/query", f"the query parameter {others[0]!r} is not known here; known: {', '.join(known)}")


def read_time(text: str, name: str) -> datetime:
    """A time of RFC 3339 in UTC. Raises Invalid (`aas/query`)."""
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid("aas/query", f"{name} is a time such as 2026-11-21T12:00:00Z, not {text[:40]!r}")


def read_reference(text: str, name: str = "semanticId") -> str:
    """The first key's value of a reference, base64url of its JSON. Raises Invalid (`aas/semanticId`)."""
    try:
        return str(decode(read_encoded(text))["keys"][0]["value"])
    except (Invalid, KeyError, IndexError, TypeError):
        raise Invalid("aas/semanticId", f"{name} must be the JSON of a reference with one key, in base64url") from None


def every(reader: Reader, collection: Any, where: Where, after: str = "", count: int = BATCH) -> Iterator[Any]:
    """Every record behind the id `after` in the order of ids, batch by batch: what nobody looks at is not read.

    `count` is how many are wanted: the first batch reads no more.
    """
    size = min(count, BATCH)
    while True:
        bound = {"id": Above(after)} if after else {}
        batch = reader.find(collection, {**where, **bound}, limit=size)
        yield from batch
        if len(batch) < size:
            return
        after, size = batch[-1].id, BATCH
