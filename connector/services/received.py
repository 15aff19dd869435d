"""Messages are taken once: a repeated `@id` of the same counterparty changes nothing."""

from __future__ import annotations

from connector.ports import Transaction
from connector.records import RECEIVED, Received


def once(tx: Transaction, counterparty: str, message_id: str | None) -> bool:
    """Whether this message is new; it is remembered from now on. A message without `@id` always is."""
    if not message_id:
        return True
    key = f"{counterparty} {message_id}"
    if tx.get(RECEIVED, key) is not None:
        return False
    tx.add(RECEIVED, Received(id=key, answer={}, received_at=tx.now))
    return True
