"""The messages of a contract negotiation, from its record: where each goes and what it says (DSP 2025-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.dsp import messages
from connector.dsp.transitions import Role
from connector.records.exchange import Negotiation
from connector.services.exchange.terms import Terms

PATHS: Mapping[tuple[Role, str], str] = {
    ("consumer", "request"): "negotiations/{provider_pid}/request",
    ("consumer", "accepted"): "negotiations/{provider_pid}/events",
    ("consumer", "verification"): "negotiations/{provider_pid}/agreement/verification",
    ("consumer", "termination"): "negotiations/{provider_pid}/termination",
    ("provider", "offer"): "negotiations/{consumer_pid}/offers",
    ("provider", "agreement"): "negotiations/{consumer_pid}/agreement",
    ("provider", "finalized"): "negotiations/{consumer_pid}/events",
    ("provider", "termination"): "negotiations/{consumer_pid}/termination",
}
"""Where a role posts a message of a kind, below the counterparty's base address (HTTPS binding)."""

OPENING_PATHS: Mapping[str, str] = {"request": "negotiations/request", "offer": "negotiations/offers"}
"""Where the message that opens a negotiation is posted."""


def is_opening(record: Negotiation) -> bool:
    """Whether the counterparty does not know this negotiation yet."""
    return not (record.provider_pid and record.consumer_pid)


def url(record: Negotiation, kind: str) -> str:
    """Where a message of `kind` goes."""
    path = (is_opening(record) and OPENING_PATHS.get(kind)) or PATHS[record.role, kind]
    pids = {"consumer_pid": record.consumer_pid, "provider_pid": record.provider_pid}
    return f"{record.counterparty_address}/{path.format(**pids)}"


def body(record: Negotiation, kind: str, message_id: str, *, terms: Terms, own: str, callback: str) -> dict[str, Any]:
    """A message of `kind`; `own` is our participant id, `callback` where the counterparty's messages shall come."""
    provider = record.counterparty if record.role == "consumer" else own
    pids: dict[str, Any] = {"consumer_pid": record.consumer_pid, "provider_pid": record.provider_pid}
    match kind:
        case "request" | "offer":
            build = messages.contract_request if kind == "request" else messages.contract_offer
            if is_opening(record):
                pids = {name: pid for name, pid in pids.items() if pid} | {"callback_address": callback}
            rules = terms.rules(record.offer)
            offer = messages.offer(record.offer["@id"], rules, target=record.dataset_id, assigner=provider)
            return build(message_id=message_id, offer=offer, **pids)
        case "agreement":
            agreement = messages.agreement(
                record.agreement_id,
                terms.rules(record.offer),
                target=record.dataset_id,
                assigner=own,
                assignee=record.counterparty,
                timestamp=record.updated_at,
            )
            return messages.contract_agreement(message_id=message_id, agreement=agreement, **pids)
        case "verification":
            return messages.verification(message_id=message_id, **pids)
        case "accepted" | "finalized":
            event: messages.Event = "ACCEPTED" if kind == "accepted" else "FINALIZED"
            return messages.negotiation_event(message_id=message_id, event=event, **pids)
        case _:
            return messages.negotiation_termination(
                message_id=message_id, code=record.code, reasons=record.reasons, **pids
            )
