"""JSON pointers (RFC 6901)."""

from __future__ import annotations

from typing import Any


def join(pointer: str, *steps: str | int) -> str:
    """`pointer` lengthened by `steps`, each escaped."""
    return pointer + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def split(pointer: str) -> list[str]:
    """The steps of `pointer`, unescaped; `""` is the whole document."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON pointer starts with '/': {pointer!r}")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def resolve(document: Any, pointer: str) -> Any:
    """The value at `pointer`; KeyError, IndexError or ValueError where there is none."""
    for step in split(pointer):
        document = document[_index(step)] if isinstance(document, list) else document[step]
    return document


def _index(step: str) -> int:
    if not (step.isascii() and step.isdigit()):
        raise ValueError(f"not an array index: {step!r}")
    return int(step)
