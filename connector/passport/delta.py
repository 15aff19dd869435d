"""What changed between two documents, field by field, as RFC 6902 operations.

Each operation carries, beside the standard's members, `before`: the value that it replaces or removes (RFC 6902
section 4 lets a reader ignore members that it does not know). Values count as equal only if they are written alike:
0.10 is not 0.1, and true is not 1.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from connector.notation import pointers
from connector.notation.problems import Invalid

Json = Any
Operation = dict[str, Any]

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_WITH_VALUE = ("add", "replace", "test")
_OPERATIONS = (*_WITH_VALUE, "remove")


def same(one: Json, other: Json) -> bool:
    """Whether both values are written alike in canonical JSON."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Decimal):
        return bool(one.as_tuple() == other.as_tuple())
    return bool(one == other)


def delta(before: Json, after: Json) -> list[Operation]:
    """The operations that make `after` of `before`; empty where nothing changed."""
    operations: list[Operation] = []
    _compare("", before, after, operations)
    return operations


def _compare(at: str, before: Json, after: Json, operations: list[Operation]) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        _compare_objects(at, before, after, operations)
    elif isinstance(before, list) and isinstance(after, list):
        _compare_arrays(at, before, after, operations)
    elif not same(before, after):
        operations.append({"op": "replace", "path": at, "value": after, "before": before})


def _compare_objects(at: str, before: dict[str, Json], after: dict[str, Json], operations: list[Operation]) -> None:
    for key in [key for key in before if key not in after]:
        operations.append({"op": "remove", "path": pointers.join(at, key), "before": before[key]})
    for key, value in after.items():
        path = pointers.join(at, key)
        if key in before:
            _compare(path, before[key], value, operations)
        else:
            operations.append({"op": "add", "path": path, "value": value})


def _compare_arrays(at: str, before: list[Json], after: list[Json], operations: list[Operation]) -> None:
    """Items at the same place are compared, after the equal ends are set aside; the rest is removed or added."""
    first = _common(before, after)
    last = _common(before[first:][::-1], after[first:][::-1])
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    for place, (was, value) in enumerate(zip(old, new, strict=False), start=first):
        _compare(pointers.join(at, place), was, value, operations)
    for place in range(first + len(old) - 1, first + len(new) - 1, -1):
        operations.append({"op": "remove", "path": pointers.join(at, place), "before": before[place]})
    for place in range(first + len(old), first + len(new)):
        operations.append({"op": "add", "path": pointers.join(at, place), "value": after[place]})


def _common(one: list[Json], other: list[Json]) -> int:
    """How many items at the start are written alike."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if not same(left, right):
            break
        count += 1
    return count


def apply(document: Json, operations: list[Operation] | tuple[Operation, ...]) -> Json:
    """`document` after `operations` (RFC 6902 add, remove, replace, test); `document` itself stays as it is.

    Raises Invalid `passport/delta-operation` for another operation, `passport/delta-path` for a place that is not
    there, `passport/delta-test` where a test or the `before` of an operation does not hold.
    """
    for operation in operations:
        document = _apply_one(document, operation)
    return document


def _apply_one(document: Json, operation: Operation) -> Json:
    name, path = operation.get("op"), operation.get("path")
    if name not in _OPERATIONS or not isinstance(path, str) or (name in _WITH_VALUE and "value" not in operation):
        raise Invalid("passport/delta-operation", f"operation {name!r} at {path!r} is not one of {_OPERATIONS}")
    try:
        steps = pointers.split(path)
    except ValueError as error:
        raise Invalid("passport/delta-path", str(error)) from None
    return _at(document, steps, operation)


def _at(node: Json, steps: list[str], operation: Operation) -> Json:
    """A copy of `node` with `operation` done at `steps`; what lies beside the way is shared."""
    if not steps:
        return _instead(node, operation)
    step, rest = steps[0], steps[1:]
    if isinstance(node, dict):
        return _in_object(node, step, rest, operation)
    if isinstance(node, list):
        return _in_array(node, step, rest, operation)
    raise _nowhere(operation)


def _instead(node: Json, operation: Operation) -> Json:
    _must_hold(node, operation)
    if operation["op"] == "test":
        return node
    if operation["op"] == "remove":
        raise Invalid("passport/delta-operation", "the whole document cannot be removed")
    return operation["value"]


def _in_object(node: dict[str, Json], step: str, rest: list[str], operation: Operation) -> dict[str, Json]:
    if not rest and operation["op"] == "add":
        return {**node, step: operation["value"]}
    if step not in node:
        raise _nowhere(operation)
    if not rest and operation["op"] == "remove":
        _must_hold(node[step], operation)
        return {key: value for key, value in node.items() if key != step}
    return {**node, step: _at(node[step], rest, operation)}


def _in_array(node: list[Json], step: str, rest: list[str], operation: Operation) -> list[Json]:
    adds = not rest and operation["op"] == "add"
    place = len(node) if adds and step == "-" else _place(step, len(node) + adds, operation)
    if adds:
        return [*node[:place], operation["value"], *node[place:]]
    if not rest and operation["op"] == "remove":
        _must_hold(node[place], operation)
        return [*node[:place], *node[place + 1 :]]
    return [*node[:place], _at(node[place], rest, operation), *node[place + 1 :]]


def _place(step: str, count: int, operation: Operation) -> int:
    if _INDEX.fullmatch(step) is None or int(step) >= count:
        raise _nowhere(operation)
    return int(step)


def _must_hold(node: Json, operation: Operation) -> None:
    wanted = operation.get("value") if operation["op"] == "test" else operation.get("before", node)
    if operation["op"] != "add" and not same(node, wanted):
        raise Invalid("passport/delta-test", f"{operation['path'] or '/'} does not hold what the change started from")


def _nowhere(operation: Operation) -> Invalid:
    return Invalid("passport/delta-path", f"{operation['op']}: there is no {operation['path']} in the document")
