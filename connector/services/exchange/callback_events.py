"""EDC's events about negotiations and transfers: their names, their order, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connector.dsp.vocabulary import EDC, PROTOCOL
from connector.records.exchange import Negotiation, Transfer

Json = dict[str, Any]

CHAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "negotiation": tuple(
        f"contract.negotiation.{name}" for name in ("initiated", "requested", "agreed", "verified", "finalized")
    ),
    "transfer": tuple(f"transfer.process.{name}" for name in ("initiated", "requested", "started")),
}
"""Kind of process -> the events that lie before one another in every consumer's process."""

_PREFIXES: Final[Mapping[str, str]] = {"negotiation": "contract.negotiation", "transfer": "transfer.process"}
_STATES: Final[Mapping[str, str]] = {
    "REQUESTING": "initiated",
    "REQUESTED": "requested",
    "OFFERED": "offered",
    "ACCEPTED": "accepted",
    "AGREED": "agreed",
    "VERIFIED": "verified",
    "FINALIZED": "finalized",
    "STARTED": "started",
    "SUSPENDED": "suspended",
    "COMPLETED": "completed",
    "TERMINATED": "terminated",
}
"""State -> the last word of its event; states that are not here are not told."""


def event_of(kind: str, state: str) -> str | None:
    """The event that a state brings about, as `contract.negotiation.finalized`."""
    word = _STATES.get(state)
    return None if word is None else f"{_PREFIXES[kind]}.{word}"


def type_of(event: str) -> str:
    """The `type` of an event's envelope: `ContractNegotiationFinalized`."""
    return "".join(word.capitalize() for word in event.split("."))


def payload(record: Negotiation | Transfer, addresses: Sequence[Mapping[str, Any]]) -> Json:
    """What an event says about a process."""
    said: Json = {
        "counterPartyId": record.counterparty,
        "counterPartyAddress": record.counterparty_address,
        "protocol": PROTOCOL,
        "assetId": record.dataset_id,
        "callbackAddresses": [dict(address) for address in addresses],
        **({"code": record.code, "reason": "; ".join(record.reasons)} if record.code or record.reasons else {}),
    }
    if isinstance(record, Negotiation):
        agreement = {"id": record.agreement_id, "assetId": record.dataset_id} if record.agreement_id else None
        return {
            "contractNegotiationId": record.id,
            **said,
            "contractOffers": [{"id": record.offer.get("@id"), "assetId": record.dataset_id}],
            **({"contractAgreement": agreement} if agreement else {}),
        }
    return {
        "transferProcessId": record.id,
        **said,
        "contractId": record.agreement_id,
        "type": record.role.upper(),
        "transferType": record.format,
    }


def with_address(body: Json, record: Transfer | None) -> Json:
    """A started event with the data address that is in force when it is sent; it is not kept with the event."""
    if record is None or record.state != "STARTED" or not record.data_address:
        return body
    address = record.data_address
    properties = {
        f"{EDC}type": address.get("endpointType"),
        f"{EDC}endpoint": address.get("endpoint"),
        f"{EDC}authorization": address.get("authorization"),
        f"{EDC}authType": "bearer",
        **address.get("properties", {}),
    }
    return {**body, "payload": {**body["payload"], "dataAddress": {"properties": properties}}}
