"""What every record of a node is."""

from __future__ import annotations

from typing import TypeVar

import msgspec


class Record(msgspec.Struct, kw_only=True):
    """Anything with an id."""

    id: str


R = TypeVar("R", bound=Record)
