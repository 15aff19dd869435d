"""The filter of a catalog request as EDC writes it: a QuerySpec with criteria, and whether a dataset matches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.dsp.vocabulary import EDC, shorten
from connector.notation.jsonld import as_list, id_of
from connector.notation.problems import Unprocessable

DEFAULT_LIMIT: Final = 50
MEMBERS: Final = frozenset({"@type", "offset", "limit", "sortOrder", "sortField", "filterExpression"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """`left` is a property name as `vocabulary.shorten` gives it (`edc:id`), `right` the texts to compare with."""

    left: str
    operator: str
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A page of the datasets that meet all criteria; `limit` None: the sender did not say."""

    offset: int = 0
    limit: int | None = None
    sort_field: str | None = None
    descending: bool = False
    criteria: tuple[Criterion, ...] = ()


OPERATORS: Final[Mapping[str, Callable[[str, Sequence[str]], bool]]] = {
    "=": lambda value, right: value in right,
    "!=": lambda value, right: value not in right,
    "in": lambda value, right: value in right,
    "like": lambda value, right: any(_like(value, pattern) for pattern in right),
    "ilike": lambda value, right: any(_like(value.lower(), pattern.lower()) for pattern in right),
}
"""Operator -> whether one value of the left operand meets the right ones."""


def read_filter(filter: Sequence[Any]) -> Query:  # noqa: A002 - the wire's word
    """The query in `filter` (`Message.filter`). Raises Unprocessable `dsp/filter` for what is not supported (400)."""
    if len(filter) > 1:
        raise _unsupported("more than one query")
    return _query(filter[0]) if filter else Query()


def matches(query: Query, values_of: Callable[[str], Sequence[str]]) -> bool:
    """Whether a dataset meets all criteria; `values_of(name)` gives its values of a property (none: empty)."""
    return all(_meets(criterion, values_of(criterion.left)) for criterion in query.criteria)


def _meets(criterion: Criterion, values: Sequence[str]) -> bool:
    test = OPERATORS[criterion.operator]
    if criterion.operator == "!=":
        return all(test(value, criterion.right) for value in values)
    return any(test(value, criterion.right) for value in values)


def _query(entry: Any) -> Query:
    if not isinstance(entry, dict):
        raise _unsupported("an entry that is no QuerySpec")
    spec = _plain(entry)
    if _local(id_of(spec.get("@type")) or "QuerySpec") != "QuerySpec" or not set(spec) <= MEMBERS:
        raise _unsupported(f"a filter with {', '.join(sorted(set(spec) - MEMBERS)) or 'another type'}")
    return Query(
        offset=_count(spec.get("offset"), "offset") or 0,
        limit=_count(spec.get("limit"), "limit"),
        sort_field=_name(spec["sortField"]) if spec.get("sortField") is not None else None,
        descending=id_of(spec.get("sortOrder")) == "DESC",
        criteria=tuple(_criterion(criterion) for criterion in as_list(spec.get("filterExpression"))),
    )


def _criterion(entry: Any) -> Criterion:
    members = _plain(entry) if isinstance(entry, dict) else {}
    operator = id_of(members.get("operator")) or ""
    right = tuple(_text(value) for value in as_list(members.get("operandRight")))
    if operator not in OPERATORS:
        raise _unsupported(f"the operator {operator!r}")
    return Criterion(_name(members.get("operandLeft")), operator, right)


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {_local(name): value for name, value in entry.items()}


def _local(name: str) -> str:
    return name.removeprefix(EDC).removeprefix("edc:")


def _name(value: Any) -> str:
    name = id_of(value)
    if name is None:
        raise _unsupported("a criterion without a property name")
    # EDC writes a path with quoted steps: 'http://purl.org/dc/terms/type'.'@id'
    name = name.split("'")[1] if name.startswith("'") and name.count("'") > 1 else name
    return shorten(name) if ":" in name else f"edc:{name}"


def _text(value: Any) -> str:
    found = value.get("@value", value.get("@id")) if isinstance(value, dict) else value
    if isinstance(found, dict | list) or found is None:
        raise _unsupported("a criterion without a plain right operand")
    return ("true" if found else "false") if isinstance(found, bool) else str(found)


def _count(value: Any, name: str) -> int | None:
    found = value.get("@value") if isinstance(value, dict) else value
    if found is None or (type(found) is int and found >= 0):
        return found
    raise _unsupported(f"the {name} {found!r}")


def _like(value: str, pattern: str) -> bool:
    """Whether `value` is `pattern`, in which `%` stands for any text; in linear time whatever the pattern."""
    first, *rest = pattern.split("%")
    if not rest:
        return value == first
    *middle, last = rest
    start, end = len(first), len(value) - len(last)
    if start > end or not (value.startswith(first) and value.endswith(last)):
        return False
    for part in middle:
        start = value.find(part, start, end) + len(part)
        if start < len(part):
            return False
    return True


def _unsupported(what: str) -> Unprocessable:
    return Unprocessable("dsp/filter", f"the catalog filter has {what}, which is not supported here")
