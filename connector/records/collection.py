"""What every record of a node is, and a set of them as a store keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec


class Record(msgspec.Struct, kw_only=True):
    """Anything with an id."""

    id: str


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Collection(Generic[R]):
    """A named set of records of one type; `unique` fields of `index` admit one record a value.

    `paged`: sets of fields by whose values records are paged in the order of their ids, whatever their number.
    `terms` are words that a record is found by (see ports.Reader.with_terms).
    """

    name: str
    type: type[R]
    index: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    paged: tuple[tuple[str, ...], ...] = ()
    terms: Callable[[R], Iterator[str]] | None = None
