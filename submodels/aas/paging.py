"""Pages of a list (AAS Part 2, "Pagination"): limit and cursor, and pages of what stands in one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.problems import Invalid
from submodels.aas.identifiers import encoded, read_encoded

USUAL: Final = 100
LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Paging:
    """How much is asked for; `after` is what the cursor holds, "" for the beginning."""

    limit: int = USUAL
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list in its order, and the cursor behind which the rest follows ("" at the end)."""

    items: Sequence[Any]
    cursor: str = ""


def read_paging(query: Mapping[str, str]) -> Paging:
    """`limit` and `cursor`; a longer page than LONGEST is cut to it. Raises Invalid (`aas/limit`, `aas/cursor`)."""
    limit = query.get("limit")
    if limit is not None and not (limit.isascii() and limit.isdigit() and len(limit) < 10 and int(limit) > 0):
        raise Invalid("aas/limit", f"limit must be a whole number from 1, not {limit[:40]!r}")
    cursor = query.get("cursor")
    after = "" if cursor is None else _read_cursor(cursor)
    return Paging(USUAL if limit is None else min(int(limit), LONGEST), after)


def cursor_after(last: str) -> str:
    """The opaque cursor of a page that ends with `last`."""
    return encoded(last)


def page_of(items: Sequence[Any], paging: Paging) -> Page:
    """A page of what stands in one document: the cursor holds a place in it."""
    start = place_in(paging.after, len(items))
    end = start + paging.limit
    return Page(items[start:end], cursor_after(str(end)) if end < len(items) else "")


def place_in(text: str, size: int) -> int:
    """The place that a cursor holds, 0 to `size`. Raises Invalid (`aas/cursor`)."""
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None if text else 0
    if place is None or place > size:
        raise Invalid("aas/cursor", "the cursor is not one that this list gave")
    return place


def _read_cursor(text: str) -> str:
    try:
        return read_encoded(text)
    except Invalid:
        raise Invalid("aas/cursor", "the cursor is not one that this server gave: begin again without it") from None
