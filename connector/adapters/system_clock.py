"""Time, ids and randomness of the machine."""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime


class SystemClock:
    """See ports.Clock."""

    def now(self) -> datetime:
        """See ports.Clock.now."""
        return datetime.now(UTC)

    def new_id(self) -> str:
        """See ports.Clock.new_id."""
        return str(uuid.uuid4())

    def random(self, size: int) -> bytes:
        """See ports.Clock.random."""
        return secrets.token_bytes(size)
