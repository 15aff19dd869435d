"""How large and how deep a document from outside may be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.notation.problems import Invalid, TooLarge


@dataclass(frozen=True, slots=True)
class Limits:
    """`size` in bytes, `depth` in nested arrays and objects."""

    size: int = 16 * 1024 * 1024
    depth: int = 64

    def check(self, raw: bytes) -> None:
        """Raise TooLarge or Invalid where `raw` exceeds a limit, before anything is built from it."""
        if len(raw) > self.size:
            raise TooLarge("json/size", f"the document has {len(raw)} bytes; the limit 'size' is {self.size}")
        if raw.count(b"[") + raw.count(b"{") > self.depth and _is_deeper(raw, self.depth):
            raise Invalid("json/depth", f"the document nests deeper than the limit 'depth', {self.depth} levels")


def _is_deeper(raw: bytes, depth: int) -> bool:
    """Whether `raw` nests deeper than `depth`, brackets inside strings not counted.

    Each pass takes the innermost level away, so that the work is done on bytes and not byte by byte: a body of
    brackets alone does not hold up the node.
    """
    left = _STRING.sub(b"", raw).translate(_ONE_KIND, _NO_BRACKETS)
    too_many = b"[" * (depth + 1)
    for _ in range(depth):
        if not left or too_many in left:
            return bool(left)
        left = left.replace(b"[]", b"")
    return b"[]" in left or left.count(b"[") > depth


_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A JSON string; one that never ends reaches to the end, so that the search stays linear."""
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")

DEFAULT_LIMITS = Limits()
