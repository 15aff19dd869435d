"""Answers that are on their way under a contract: cut the moment that their transfer pauses or their contract ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from connector.ports import Store
from connector.records.exchange import Agreement, Transfer
from connector.services.events import Event, Events
from connector.services.usage.usage import Grant

_CUTTING = frozenset({"SUSPENDING", "SUSPENDED", "TERMINATING", "TERMINATED"})


@dataclass(eq=False, slots=True)
class Stream:
    """One answer under way; `cut` ends it from outside."""

    transfer_id: str
    agreement_id: str
    consumer: str
    cut: Callable[[], None]
    is_cut: bool = field(default=False)


class Streams:
    """All answers under way in this process; what another process of the node decides cuts them too."""

    def __init__(self, *, store: Store, events: Events) -> None:
        self._store = store
        self._by_transfer: dict[str, set[Stream]] = defaultdict(set)
        events.tap(self._seen)

    @contextmanager
    def running(self, grant: Grant, cut: Callable[[], None]) -> Iterator[Stream]:
        """While bytes go out under `grant`; `cut` breaks the connection off, so that half of them never look whole."""
        stream = Stream(grant.transfer.id, grant.agreement.id, grant.counterparty.did, cut)
        self._by_transfer[stream.transfer_id].add(stream)
        try:
            yield stream
        finally:
            known = self._by_transfer[stream.transfer_id]
            known.discard(stream)
            if not known:
                del self._by_transfer[stream.transfer_id]

    async def note(self, stream: Stream, why: str) -> None:
        """Write down that an answer was cut."""
        detail = {"agreementId": stream.agreement_id, "transfer": stream.transfer_id, "reason": why}
        await self._store.write(lambda tx: tx.audit("usage.cut", stream.agreement_id, detail, actor=stream.consumer))

    def _seen(self, event: Event) -> None:
        record = event.record
        if isinstance(record, Transfer) and record.state in _CUTTING:
            self._cut(list(self._by_transfer.get(record.id, ())))
        elif isinstance(record, Agreement) and record.ended_at is not None:
            every = [stream for known in self._by_transfer.values() for stream in known]
            self._cut([stream for stream in every if stream.agreement_id == record.id])

    @staticmethod
    def _cut(streams: list[Stream]) -> None:
        for stream in streams:
            if not stream.is_cut:
                stream.is_cut = True
                stream.cut()
