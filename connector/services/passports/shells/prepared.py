"""Answers that were made once: bytes by key, as much as a bound allows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

SIZE: Final = 64 * 1024 * 1024
_OVERHEAD: Final = 300
"""Bytes that an entry costs beside its own."""


class Prepared:
    """Bytes of what never changes under its key; the longest unused are forgotten first, past `size` bytes."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._used = 0
        self._bodies: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable) -> bytes | None:
        """The bytes, if they are still here."""
        body = self._bodies.get(key)
        if body is not None:
            self._bodies.move_to_end(key)
        return body

    def put(self, key: Hashable, body: bytes) -> None:
        """Keep the bytes; what is larger than an eighth of all is not kept, it would drive out too much."""
        if key in self._bodies or len(body) > self._size // 8:
            return
        self._bodies[key] = body
        self._used += len(body) + _OVERHEAD
        while self._used > self._size:
            _, forgotten = self._bodies.popitem(last=False)
            self._used -= len(forgotten) + _OVERHEAD

    @property
    def used(self) -> int:
        """Bytes in use."""
        return self._used
