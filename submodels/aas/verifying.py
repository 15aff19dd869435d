"""aas-core's verification, with each reference looked at once: elements that we build share those of one meaning."""

from __future__ import annotations

from collections.abc import Iterator

from aas_core3 import types, verification


class _Once(verification._Transformer):
    """The library's own rules. `_sound` holds references of the thing at hand in which nothing was wrong."""

    def __init__(self) -> None:
        self._sound: set[int] = set()

    def transform_reference(self, that: types.Reference) -> Iterator[verification.Error]:
        if id(that) in self._sound:
            return
        is_sound = True
        for error in super().transform_reference(that):
            is_sound = False
            yield error
        if is_sound:
            self._sound.add(id(that))


def errors(thing: types.Class) -> Iterator[verification.Error]:
    """As `aas_core3.verification.verify`: every error, each with its path."""
    return _Once().transform(thing)
