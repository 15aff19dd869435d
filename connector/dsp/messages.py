"""Builders of the protocol's messages in their exact compact form (Dataspace Protocol 2025-1, HTTPS binding).

Every builder returns a new JSON object under `@context: CONTEXT`. Ids, times and addresses come in as arguments.
`message_id` becomes the message's `@id`: peers take a second message with the same one for the same message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from connector.dsp.addresses import data_address
from connector.dsp.catalogs import (
    catalog,
    catalog_error,
    catalog_request,
    data_service,
    dataset,
    dataset_answer,
    distribution,
    nested_catalog,
)
from connector.dsp.vocabulary import BINDING, CONTEXT, USAGE_PURPOSE, VERSION
from connector.notation.problems import Invalid

Json = dict[str, Any]
Event = Literal["ACCEPTED", "FINALIZED"]

__all__ = [
    "agreement",
    "catalog",
    "catalog_error",
    "catalog_request",
    "contract_agreement",
    "contract_negotiation",
    "contract_offer",
    "contract_request",
    "data_address",
    "data_service",
    "dataset",
    "dataset_answer",
    "distribution",
    "instant",
    "negotiation_error",
    "negotiation_event",
    "negotiation_termination",
    "nested_catalog",
    "offer",
    "transfer_completion",
    "transfer_error",
    "transfer_process",
    "transfer_request",
    "transfer_start",
    "transfer_suspension",
    "transfer_termination",
    "verification",
    "version_document",
]

RULES = ("permission", "prohibition", "obligation")


# --- policies inside messages


def offer(offer_id: str, rules: Mapping[str, Any], *, target: str | None = None, assigner: str | None = None) -> Json:
    """An Offer of `rules` (permission, prohibition, obligation, profile), with `target` only outside a catalog."""
    return {"@id": offer_id, "@type": "Offer", **_present(assigner=assigner, target=target), **_rules(rules)}


def agreement(
    agreement_id: str, rules: Mapping[str, Any], *, target: str, assigner: str, assignee: str, timestamp: datetime
) -> Json:
    """An Agreement; `timestamp` is an aware time, written in UTC to the second."""
    parties = {"target": target, "assigner": assigner, "assignee": assignee}
    return {"@id": agreement_id, "@type": "Agreement", **parties, "timestamp": instant(timestamp), **_rules(rules)}


def instant(time: datetime) -> str:
    """`time` as xsd:dateTime in UTC, to the second. Raises Invalid `dsp/time` where it has no zone."""
    if time.tzinfo is None:
        raise Invalid("dsp/time", f"the time {time.isoformat()} has no zone; give an aware time")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rules(rules: Mapping[str, Any]) -> Json:
    """The rules that are there; none of either kind is written as the permission to use, as peers want one."""
    found = {name: rules[name] for name in ("profile", *RULES) if rules.get(name)}
    if "permission" in found or "prohibition" in found:
        return found
    return {**found, "permission": [{"action": "use"}]}


# --- contract negotiation


def contract_request(
    message_id: str,
    consumer_pid: str,
    offer: Json,
    *,
    callback_address: str | None = None,
    provider_pid: str | None = None,
) -> Json:
    """ContractRequestMessage: initial with `callback_address`, a counter-offer with `provider_pid`; never both."""
    _one_of("contract request", callback_address, provider_pid)
    members = _present(providerPid=provider_pid, consumerPid=consumer_pid, callbackAddress=callback_address)
    return _message("ContractRequestMessage", message_id, **members, offer=offer)


def contract_offer(
    message_id: str,
    provider_pid: str,
    offer: Json,
    *,
    callback_address: str | None = None,
    consumer_pid: str | None = None,
) -> Json:
    """ContractOfferMessage: initial with `callback_address`, in a negotiation with `consumer_pid`; never both."""
    _one_of("contract offer", callback_address, consumer_pid)
    members = _present(providerPid=provider_pid, consumerPid=consumer_pid, callbackAddress=callback_address)
    return _message("ContractOfferMessage", message_id, **members, offer=offer)


def contract_agreement(message_id: str, provider_pid: str, consumer_pid: str, agreement: Json) -> Json:
    """ContractAgreementMessage with an Agreement as `agreement` builds it."""
    return _between("ContractAgreementMessage", message_id, provider_pid, consumer_pid, agreement=agreement)


def verification(message_id: str, provider_pid: str, consumer_pid: str) -> Json:
    """ContractAgreementVerificationMessage."""
    return _between("ContractAgreementVerificationMessage", message_id, provider_pid, consumer_pid)


def negotiation_event(message_id: str, provider_pid: str, consumer_pid: str, event: Event) -> Json:
    """ContractNegotiationEventMessage: ACCEPTED comes from the consumer, FINALIZED from the provider."""
    return _between("ContractNegotiationEventMessage", message_id, provider_pid, consumer_pid, eventType=event)


def negotiation_termination(
    message_id: str, provider_pid: str, consumer_pid: str, code: str | None = None, reasons: Sequence[str] = ()
) -> Json:
    """ContractNegotiationTerminationMessage."""
    fault = _fault(code, reasons)
    return _between("ContractNegotiationTerminationMessage", message_id, provider_pid, consumer_pid, **fault)


def contract_negotiation(provider_pid: str, consumer_pid: str, state: str, *, own_pid: str | None = None) -> Json:
    """ContractNegotiation: the answer to an initial message and to a GET; `state` is one of the wire's."""
    return _between("ContractNegotiation", own_pid, provider_pid, consumer_pid, state=state)


def negotiation_error(provider_pid: str | None, consumer_pid: str | None, code: str, reasons: Sequence[str]) -> Json:
    """ContractNegotiationError; a process id that is not known is written as an empty text."""
    fault = _fault(code, reasons)
    return _between("ContractNegotiationError", None, provider_pid or "", consumer_pid or "", **fault)


# --- transfer process


def transfer_request(
    message_id: str,
    consumer_pid: str,
    agreement_id: str,
    format: str,  # noqa: A002 - the protocol's word
    callback_address: str,
    *,
    data_address: Json | None = None,
    purposes: Sequence[str] = (),
) -> Json:
    """TransferRequestMessage; `data_address` only for a push.

    `purposes` go along as a term of Catena-X's policy vocabulary, which peers that do not know it leave aside.
    """
    members = _present(callbackAddress=callback_address, dataAddress=data_address)
    members |= {USAGE_PURPOSE: list(purposes)} if purposes else {}
    process = {"consumerPid": consumer_pid, "agreementId": agreement_id, "format": format}
    return _message("TransferRequestMessage", message_id, **process, **members)


def transfer_start(message_id: str, provider_pid: str, consumer_pid: str, *, data_address: Json | None = None) -> Json:
    """TransferStartMessage; a provider that is pulled from gives the data address."""
    address = _present(dataAddress=data_address)
    return _between("TransferStartMessage", message_id, provider_pid, consumer_pid, **address)


def transfer_completion(message_id: str, provider_pid: str, consumer_pid: str) -> Json:
    """TransferCompletionMessage."""
    return _between("TransferCompletionMessage", message_id, provider_pid, consumer_pid)


def transfer_suspension(
    message_id: str, provider_pid: str, consumer_pid: str, code: str | None = None, reasons: Sequence[str] = ()
) -> Json:
    """TransferSuspensionMessage."""
    return _between("TransferSuspensionMessage", message_id, provider_pid, consumer_pid, **_fault(code, reasons))


def transfer_termination(
    message_id: str, provider_pid: str, consumer_pid: str, code: str | None = None, reasons: Sequence[str] = ()
) -> Json:
    """TransferTerminationMessage."""
    return _between("TransferTerminationMessage", message_id, provider_pid, consumer_pid, **_fault(code, reasons))


def transfer_process(provider_pid: str, consumer_pid: str, state: str, *, own_pid: str | None = None) -> Json:
    """TransferProcess: the answer to a request and to a GET; `state` is one of the wire's."""
    return _between("TransferProcess", own_pid, provider_pid, consumer_pid, state=state)


def transfer_error(provider_pid: str | None, consumer_pid: str | None, code: str, reasons: Sequence[str]) -> Json:
    """TransferError; a process id that is not known is written as an empty text."""
    return _between("TransferError", None, provider_pid or "", consumer_pid or "", **_fault(code, reasons))


# --- versions


def version_document(path: str, **extra: Any) -> Json:
    """The version document with this one version under `path` (from the root that serves the document).

    `extra`: identifierType, serviceId, auth (an object with protocol, version, profile).
    """
    return {"protocolVersions": [{"version": VERSION, "path": path, "binding": BINDING, **extra}]}


# --- parts


def _message(type_: str, message_id: str | None, **members: Any) -> Json:
    return {"@context": list(CONTEXT), "@type": type_, **_present(**{"@id": message_id}), **members}


def _between(type_: str, message_id: str | None, provider_pid: str, consumer_pid: str, **members: Any) -> Json:
    return _message(type_, message_id, providerPid=provider_pid, consumerPid=consumer_pid, **members)


def _present(**members: Any) -> Json:
    return {name: value for name, value in members.items() if value is not None}


def _fault(code: str | None, reasons: Sequence[str]) -> Json:
    return _present(code=code, reason=list(reasons) or None)


def _one_of(what: str, callback_address: str | None, pid: str | None) -> None:
    if (callback_address is None) == (pid is None):
        raise Invalid(
            "dsp/message", f"a {what} carries either a callback address (it opens a process) or the other side's pid"
        )
