"""The book of footprint requests, both directions: one record each, every change with its audit entry and event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.ports import Store, Transaction
from connector.records.footprints import FOOTPRINT_REQUESTS, FootprintRequest
from connector.services.events import Events
from connector.services.footprints.receipts import unknown
from connector.services.footprints.states import is_settled, next_state


class FootprintBook:
    """The requests of this node. Each change is told as `footprint.<new state>`, each remark as `footprint.noted`."""

    def __init__(self, *, store: Store, events: Events) -> None:
        self._store = store
        self._events = events

    async def show(self, request_id: str) -> FootprintRequest:
        """One request. Raises Unknown (`footprint/request-unknown`)."""
        record = await self._store.read(lambda reader: reader.get(FOOTPRINT_REQUESTS, request_id))
        if record is None:
            raise unknown(request_id)
        return record

    async def settled(self, request_id: str, patience: float) -> FootprintRequest:
        """The request when nothing more is to be waited for, or as it stands after `patience` seconds."""

        async def holds() -> bool:
            return is_settled(await self.show(request_id))

        await self._events.wait_until(request_id, holds, patience)
        return await self.show(request_id)

    async def list(self, where: Mapping[str, Any], *, limit: int = 100, offset: int = 0) -> list[FootprintRequest]:
        """Requests, the newest first; `where` by direction, state, counterparty, trade_id."""
        return await self._store.read(
            lambda reader: reader.find(
                FOOTPRINT_REQUESTS, where, order="created_at", descending=True, limit=limit, offset=offset
            )
        )

    async def advance(self, request_id: str, happens: str, *, actor: str = "node", **members: Any) -> FootprintRequest:
        """The request after `happens` (see footprint_states), `members` changed with it. Raises Conflict, Unknown."""

        def change(tx: Transaction) -> FootprintRequest:
            record = tx.get(FOOTPRINT_REQUESTS, request_id)
            if record is None:
                raise unknown(request_id)
            record.state = next_state(record, happens)
            _set(record, members)
            why = {"code": record.code, "reason": record.reason} if record.code else {}
            keep(tx, record, f"footprint.{happens}", actor, why)
            return record

        return self.tell(await self._store.write(change))

    async def remind(self, request_id: str, *, actor: str) -> FootprintRequest:
        """Ask once more for what was asked and not answered: the same request under the same id goes out again."""
        return await self.advance(request_id, "reminded", actor=actor, code="", reason="")

    async def cancel(self, request_id: str, *, actor: str) -> FootprintRequest:
        """Close a request without an answer; one that comes later is refused."""
        return await self.advance(request_id, "cancelled", actor=actor)

    async def retry(self, request_id: str, *, actor: str) -> FootprintRequest:
        """Send again what failed."""
        return await self.advance(request_id, "retried", actor=actor, code="", reason="")

    async def note(self, request_id: str, code: str, reason: str) -> None:
        """Say why a request does not get on; its state stays."""
        record = await self.show(request_id)
        if (record.code, record.reason) != (code, reason):
            await self.amend(request_id, code=code, reason=reason)

    async def amend(self, request_id: str, **members: Any) -> None:
        """Change members of a request; its state stays."""

        def change(tx: Transaction) -> FootprintRequest:
            record = tx.need(FOOTPRINT_REQUESTS, request_id)
            _set(record, members)
            keep(tx, record, "footprint.noted", "node", members)
            return record

        record = await self._store.write(change)
        self._events.publish("footprint.noted", record.id, record)

    def tell(self, record: FootprintRequest) -> FootprintRequest:
        """Tell everyone what was committed."""
        self._events.publish(f"footprint.{record.state}", record.id, record)
        return record


def keep(
    tx: Transaction, record: FootprintRequest, event: str, actor: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Store a request with the audit entry of what happened to it."""
    record.updated_at = tx.now
    tx.put(FOOTPRINT_REQUESTS, record)
    members = {
        "direction": record.direction,
        "state": record.state,
        "counterparty": record.counterparty,
        "part": record.manufacturer_part_id or record.customer_part_id,
        "agreementId": record.answer_agreement_id or record.agreement_id,
        "tradeId": record.trade_id,
    }
    said = {name: value for name, value in members.items() if value}
    tx.audit(event, record.id, {**said, **(detail or {})}, actor=actor)
    tx.mark(f"FOOTPRINT{record.state.upper()}")


def _set(record: FootprintRequest, members: Mapping[str, Any]) -> None:
    for name, value in members.items():
        setattr(record, name, value)
