"""A text that a regular expression matches, made from its parts."""

from __future__ import annotations

import importlib
import re
from random import Random
from typing import Any

_FEW = 6
_PROPERTY = re.compile(r"\\\\|\\([pP])\{\^?(?:Is)?(\w+)\}|\\.|[\[\]]", re.ASCII | re.DOTALL)
_PROPERTIES = {"L": "A-Za-z", "N": "0-9", "D": "0-9", "P": ".,;", "Z": " ", "S": " ", "U": "A-Z", "Lu": "A-Z"}
"""The first letters of a Unicode property -> characters that have it, the longest match counting."""

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


def sample(pattern: str, random: Random, most: int = _FEW) -> str | None:
    """A text for `pattern`, or None where the pattern uses what this does not know. Look-arounds are not obeyed.

    What may be repeated without end stands up to `most` times more than it must.
    """
    reader: Any = importlib.import_module("re._parser")
    try:
        return _sequence(reader.parse(_without_properties(pattern)), random, _Groups(most))
    except (ValueError, RecursionError, OverflowError, reader.error):
        return None


class _Groups(dict[int, str]):
    """What the groups of a pattern have become, and the number of repetitions."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most


def _without_properties(pattern: str) -> str:
    """`pattern` with Unicode properties (`\\p{L}`), which Python does not know, as sets of ASCII characters."""
    depth = 0

    def plain(match: re.Match[str]) -> str:
        nonlocal depth
        depth += {"[": 1, "]": -1}.get(match.group(), 0)
        kind, name = match.groups()
        if name is None:
            return match.group()
        if kind == "P":
            return "0-9" if depth > 0 else "[0-9]"
        known = _PROPERTIES.get(name[:2], _PROPERTIES.get(name[:1], "A-Za-z"))
        return known if depth > 0 else f"[{known}]"

    return _PROPERTY.sub(plain, pattern)


def _sequence(parts: Any, random: Random, groups: _Groups) -> str:
    return "".join(_part(str(operation), argument, random, groups) for operation, argument in parts)


def _part(operation: str, argument: Any, random: Random, groups: _Groups) -> str:
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


def _repeated(argument: Any, random: Random, groups: _Groups) -> str:
    least, most, inner = argument
    times = random.randint(least, max(least, min(int(most), least + groups.most)))
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
