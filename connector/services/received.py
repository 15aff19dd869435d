"""Messages are taken once: a repeated `@id` of the same counterparty in the same process changes nothing."""

from __future__ import annotations

from connector.notation.digests import digest
from connector.ports import Transaction
from connector.records.exchange import RECEIVED, Received


def once(tx: Transaction, counterparty: str, message_id: str | None, *, process_id: str = "", kind: str = "") -> bool:
    """Whether this message is new; it is remembered from now on. A message without `@id` always is.

    The same `@id` on another process, or on another kind of message, is another message: some peers number from one.
    """
    if not message_id:
        return True
    key = digest([counterparty, process_id, kind, message_id])
    if tx.get(RECEIVED, key) is not None:
        return False
    tx.add(RECEIVED, Received(id=key, answer={}, received_at=tx.now))
    return True
