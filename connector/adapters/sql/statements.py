"""The texts of what is asked again and again; each is put together once for its shape."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from connector.adapters.sql.values import column_value, is_storable
from connector.ports import Above, Below

Shape = tuple[tuple[str, str, int], ...]
"""Of each condition: column, comparison, how many values."""

_SHAPES: Final = 4096
_COMPARISON: Final[Mapping[type, str]] = {Above: ">", Below: "<"}


@lru_cache(_SHAPES)
def by_id(table: str, mark: str) -> str:
    """The body of the record of an id."""
    return f'select body from "{table}" where id = {mark}'


@lru_cache(_SHAPES)
def remove(table: str, mark: str) -> str:
    """Without the record of an id."""
    return f'delete from "{table}" where id = {mark}'


@lru_cache(_SHAPES)
def insert(table: str, columns: tuple[str, ...], mark: str) -> str:
    """One row."""
    names = ", ".join(f'"{column}"' for column in columns)
    return f'insert into "{table}" ({names}) values ({", ".join([mark] * len(columns))})'


@lru_cache(_SHAPES)
def put(table: str, columns: tuple[str, ...], mark: str) -> str:
    """One row, instead of the one of the same id."""
    changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column != "id")
    return f"{insert(table, columns, mark)} on conflict (id) do update set {changed}"


@lru_cache(_SHAPES)
def find(table: str, shape: Shape, order: str, descending: bool, mark: str) -> str:
    """Bodies of records under conditions; the last two values are limit and offset."""
    direction = "desc nulls last" if descending else "asc nulls first"
    keys = [order] if order == "id" else [order, "id"]
    sorted_by = ", ".join(f'"{key}" {direction}' for key in keys)
    return f'select body from "{table}"{_where(shape, mark)} order by {sorted_by} limit {mark} offset {mark}'


@lru_cache(_SHAPES)
def count(table: str, shape: Shape, mark: str) -> str:
    """How many records are under conditions."""
    return f'select count(*) from "{table}"{_where(shape, mark)}'


@lru_cache(_SHAPES)
def rarity(table: str, mark: str) -> str:
    """How many records have a word, counted to a thousand."""
    return f'select count(*) from (select 1 from "{table}" where term = {mark} limit 1000) as found'


@lru_cache(_SHAPES)
def with_terms(table: str, others: int, mark: str) -> str:
    """Ids behind another that have a word and some others; the values: word, id, other words, limit."""
    too = f' and exists (select 1 from "{table}" as other where other.term = {mark} and other.id = first.id)'
    return (
        f'select first.id from "{table}" as first where first.term = {mark} and first.id > {mark}{too * others}'
        f" order by first.id limit {mark}"
    )


@lru_cache(_SHAPES)
def without_terms(table: str, terms: int, mark: str) -> str:
    """Without some words of a record; the values: its id, then the words."""
    return f'delete from "{table}" where id = {mark} and term in ({", ".join([mark] * terms)})'


@lru_cache(_SHAPES)
def entries(table: str, has_subject: bool, mark: str) -> str:
    """Audit entries behind a number; the values: number, subject where there is one, limit."""
    about = f" and subject = {mark}" if has_subject else ""
    return f'select body from "{table}" where sequence > {mark}{about} order by sequence limit {mark}'


def _where(shape: Shape, mark: str) -> str:
    said = [_condition(*each, mark) for each in shape]
    return f" where {' and '.join(said)}" if said else ""


def _condition(column: str, comparison: str, values: int, mark: str) -> str:
    if comparison == "in":
        return f'"{column}" in ({", ".join([mark] * values)})' if values else "1 = 0"
    return f'"{column}" {comparison} {mark}'


def shape_of(where: Mapping[str, Any]) -> tuple[Shape, list[Any]]:
    """The shape of conditions on columns, and their values; a value that no column can hold is found nowhere."""
    shape: list[tuple[str, str, int]] = []
    values: list[Any] = []
    for column, wanted in where.items():
        bound = wanted.value if isinstance(wanted, Above | Below) else wanted
        found = [column_value(each) for each in (bound if isinstance(bound, tuple) else (bound,)) if is_storable(each)]
        comparison = "in" if isinstance(bound, tuple) or not found else _COMPARISON.get(type(wanted), "=")
        shape.append((column, comparison, len(found)))
        values += found
    return tuple(shape), values
