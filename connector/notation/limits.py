"""How large and how deep a document from outside may be."""

from __future__ import annotations

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
            raise TooLarge("json/size", f"the document has {len(raw)} bytes, {self.size} are allowed")
        if raw.count(b"[") + raw.count(b"{") > self.depth and _depth(raw) > self.depth:
            raise Invalid("json/depth", f"the document nests deeper than {self.depth} levels")


def _depth(raw: bytes) -> int:
    """The deepest nesting in `raw`, brackets inside strings not counted."""
    deepest = level = 0
    in_string = escaped = False
    for byte in raw:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in (0x5B, 0x7B):
            level += 1
            deepest = max(deepest, level)
        elif byte in (0x5D, 0x7D):
            level -= 1
    return deepest


DEFAULT_LIMITS = Limits()
