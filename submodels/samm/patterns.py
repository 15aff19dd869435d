"""A text that a regular expression matches, made from its parts."""

from __future__ import annotations

import importlib
from random import Random
from typing import Any

_MOST_REPEATS = 6
_ANY = "abcdefghijkmnopqrstuvwxyz0123456789"
_CLASSES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": _ANY + "_",
    "CATEGORY_NOT_DIGIT": "abcdefgh",
    "CATEGORY_NOT_SPACE": _ANY,
    "CATEGORY_NOT_WORD": "-. ",
}
_PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
_EMPTY = frozenset({"AT", "ASSERT", "ASSERT_NOT"})


def sample(pattern: str, random: Random) -> str | None:
    """A text for `pattern`, or None where the pattern uses what this does not know. Look-arounds are not obeyed."""
    reader: Any = importlib.import_module("re._parser")
    try:
        return _sequence(reader.parse(pattern), random, {})
    except (ValueError, RecursionError, OverflowError, reader.error):
        return None


def _sequence(parts: Any, random: Random, groups: dict[int, str]) -> str:
    return "".join(_part(str(operation), argument, random, groups) for operation, argument in parts)


def _part(operation: str, argument: Any, random: Random, groups: dict[int, str]) -> str:
    if operation in _EMPTY:
        return ""
    if operation == "LITERAL":
        return chr(argument)
    if operation == "ANY":
        return random.choice(_ANY)
    if operation == "NOT_LITERAL":
        return random.choice([char for char in _ANY if char != chr(argument)])
    if operation == "IN":
        return random.choice(_members(argument))
    if operation == "BRANCH":
        return _sequence(random.choice(argument[1]), random, groups)
    if operation == "SUBPATTERN":
        groups[argument[0]] = text = _sequence(argument[-1], random, groups)
        return text
    if operation == "ATOMIC_GROUP":
        return _sequence(argument, random, groups)
    if operation == "GROUPREF":
        return groups.get(argument, "")
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _repeated(argument, random, groups)
    raise ValueError(f"{operation} is not known")


def _repeated(argument: Any, random: Random, groups: dict[int, str]) -> str:
    least, most, inner = argument
    times = random.randint(least, max(least, min(int(most), least + _MOST_REPEATS)))
    if times > 10_000:
        raise ValueError("too many repetitions")
    return "".join(_sequence(inner, random, groups) for _ in range(times))


def _members(items: Any) -> list[str]:
    """The characters of a class, printable ASCII only where it is negated."""
    found: set[str] = set()
    negated = False
    for operation, argument in items:
        name = str(operation)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found.add(chr(argument))
        elif name == "RANGE":
            found.update(chr(code) for code in range(argument[0], min(argument[1], argument[0] + 255) + 1))
        elif name == "CATEGORY":
            found.update(_CLASSES[str(argument)])
    if negated:
        found = set(_PRINTABLE) - found
    if not found:
        raise ValueError("an empty class")
    return sorted(found)
