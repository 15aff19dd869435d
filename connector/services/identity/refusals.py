"""Refusals at the identity door in the audit log, bounded: a stranger must not be able to fill it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from connector.notation.problems import Invalid, Problem, Refused, Unauthenticated, Unknown
from connector.ports import Clock, Store

EVENT: Final = "identity.refused"
WINDOW: Final = timedelta(minutes=1)
MOST_OF_ONE: Final = 5
"""Entries about one DID in a minute; further refusals are counted and told by a later entry."""
MOST: Final = 60
"""Entries in a minute about everybody together."""
MOST_COUNTED: Final = 1000
"""DIDs whose refusals are counted one by one; those beyond are counted together."""
LONGEST: Final = 500
OTHERS: Final = "others"
_KINDS: Final = (Refused, Unauthenticated, Invalid, Unknown)
"""What is a refusal; an own part that is missing for a moment is none."""


class Refusals:
    """Notes who was refused and why; `did` is claimed unless `is_proven`."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._since: datetime | None = None
        self._written: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    async def note(self, did: str, problem: Problem, *, is_proven: bool) -> None:
        """Write an entry, durable before the answer, or count where there were enough within this minute."""
        if not isinstance(problem, _KINDS):
            return
        subject = did[:LONGEST]
        if self._is_new_minute(self._clock.now()):
            await self.tell(but=subject)
        if self._written[subject] >= MOST_OF_ONE or self._written.total() >= MOST:
            is_known = subject in self._left_out or len(self._left_out) < MOST_COUNTED
            self._left_out[subject if is_known else OTHERS] += 1
            return
        self._written[subject] += 1
        detail: dict[str, Any] = {"code": problem.code, "reason": problem.detail[:LONGEST], "isProven": is_proven}
        before = self._left_out.pop(subject, 0)
        await self._write(subject, {**detail, "unwrittenBefore": before} if before else detail)

    async def tell(self, *, but: str = "") -> None:
        """Write what was only counted, one entry for all (at shutdown, and when a new minute begins)."""
        left, self._left_out = self._left_out, Counter()
        if but in left:
            self._left_out[but] = left.pop(but)
        if left:
            most = [{"did": did, "count": count} for did, count in left.most_common(20)]
            await self._write(OTHERS, {"code": "dcp/refusals-counted", "count": left.total(), "most": most})

    def _is_new_minute(self, now: datetime) -> bool:
        if self._since is not None and now - self._since < WINDOW:
            return False
        self._since = now
        self._written.clear()
        return True

    async def _write(self, subject: str, detail: dict[str, Any]) -> None:
        await self._store.write(lambda tx: tx.audit(EVENT, subject, detail, actor=subject))
