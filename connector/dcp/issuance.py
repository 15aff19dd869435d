"""Credential issuance (DCP 1.0, 6): request, delivery, status, offer and the issuer's metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connector.dcp.credentials import PROFILE
from connector.dcp.presentations import CONTEXT, read_message
from connector.notation.jsonld import as_list
from connector.notation.problems import Invalid

REQUEST = "CredentialRequestMessage"
DELIVERY = "CredentialMessage"
OFFER = "CredentialOfferMessage"
MAX_CREDENTIALS = 64

Outcome = Literal["ISSUED", "REJECTED"]
Status = Literal["RECEIVED", "ISSUED", "REJECTED"]
OUTCOMES: tuple[Outcome, ...] = ("ISSUED", "REJECTED")

_NAME = re.compile(r"[!-~]{1,512}")


@dataclass(frozen=True, slots=True)
class Request:
    """What a holder asks for: ids out of the issuer's metadata, under the holder's own process id."""

    holder_pid: str
    credential_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an issuer delivers: (type, JWT) of each credential, or a rejection with its reason."""

    issuer_pid: str
    holder_pid: str
    status: Outcome
    credentials: tuple[tuple[str, str], ...]
    rejection_reason: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What an issuer offers: its DID and the ids of the credentials."""

    issuer: str
    credential_ids: tuple[str, ...]


def request(holder_pid: str, credential_ids: Iterable[str]) -> dict[str, Any]:
    """A holder's request (DCP 6.4.1)."""
    return _message(REQUEST, holderPid=holder_pid, credentials=[{"id": one} for one in credential_ids])


def read_request(body: Any) -> Request:
    """Raises Invalid `dcp/message` with the pointer of what is wrong."""
    message = read_message(body, REQUEST)
    return Request(_name(message, "holderPid"), _ids(message))


def delivery(
    issuer_pid: str, holder_pid: str, credentials: Sequence[tuple[str, str]], *, rejection_reason: str | None = None
) -> dict[str, Any]:
    """The message that brings `credentials` (type, JWT) to the holder, or rejects with a reason (DCP 6.5.1)."""
    pids = {"issuerPid": issuer_pid, "holderPid": holder_pid}
    if rejection_reason is not None:
        return _message(DELIVERY, **pids, status="REJECTED", rejectionReason=rejection_reason)
    containers = [{"credentialType": kind, "payload": jwt, "format": PROFILE} for kind, jwt in credentials]
    return _message(DELIVERY, **pids, status="ISSUED", credentials=containers)


def read_delivery(body: Any) -> Delivery:
    """Raises Invalid `dcp/message`, or `dcp/credential-format` for a format other than JWT of our profile."""
    message = read_message(body, DELIVERY)
    status = message.get("status")
    if status not in OUTCOMES:
        raise _invalid(f"status is {status!r:.60}, ISSUED or REJECTED was expected", "/status")
    containers = _objects(message, "credentials") if status == "ISSUED" else []
    if status == "ISSUED" and not containers:
        raise _invalid("a message with status ISSUED needs at least one credential", "/credentials")
    reason = message.get("rejectionReason")
    return Delivery(
        issuer_pid=_name(message, "issuerPid"),
        holder_pid=_name(message, "holderPid"),
        status=status,
        credentials=tuple(_container(one, index) for index, one in enumerate(containers)),
        rejection_reason=reason if isinstance(reason, str) else None,
    )


def offer(issuer: str, credential_ids: Iterable[str]) -> dict[str, Any]:
    """An issuer's offer (DCP 6.6.1)."""
    objects = [{"id": one, "type": "CredentialObject"} for one in credential_ids]
    return _message(OFFER, issuer=issuer, credentials=objects)


def read_offer(body: Any) -> Offer:
    """Raises Invalid `dcp/message`; the objects of the offer may have their id alone."""
    message = read_message(body, OFFER)
    return Offer(_name(message, "issuer"), _ids(message))


def request_status(issuer_pid: str, holder_pid: str, status: Status) -> dict[str, Any]:
    """How far a request is (DCP 6.8.1)."""
    return _message("CredentialStatus", issuerPid=issuer_pid, holderPid=holder_pid, status=status)


def issuer_metadata(issuer: str, credential_types: Mapping[str, str]) -> dict[str, Any]:
    """What an issuer can issue: credential type by the id to ask with (DCP 6.7)."""
    supported = [
        {
            "id": one,
            "type": "CredentialObject",
            "credentialType": kind,
            "bindingMethods": ["did:web"],
            "profile": PROFILE,
        }
        for one, kind in credential_types.items()
    ]
    return _message("IssuerMetadata", issuer=issuer, credentialsSupported=supported)


def _message(kind: str, **members: Any) -> dict[str, Any]:
    return {"@context": [CONTEXT], "type": kind, **members}


def _name(message: Mapping[str, Any], member: str) -> str:
    value = message.get(member)
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _invalid(f"{member} must be text of 1 to 512 characters without spaces", f"/{member}")
    return value


def _ids(message: Mapping[str, Any]) -> tuple[str, ...]:
    objects = _objects(message, "credentials")
    if not objects:
        raise _invalid("credentials must name at least one credential", "/credentials")
    return tuple(_name(one, "id") for one in objects)


def _objects(message: Mapping[str, Any], member: str) -> list[Mapping[str, Any]]:
    values = as_list(message.get(member))
    if len(values) > MAX_CREDENTIALS or not all(isinstance(one, Mapping) for one in values):
        raise _invalid(f"{member} must be at most {MAX_CREDENTIALS} objects", f"/{member}")
    return values


def _container(container: Mapping[str, Any], index: int) -> tuple[str, str]:
    pointer = f"/credentials/{index}"
    if container.get("format") not in (PROFILE, "jwt"):
        raise Invalid("dcp/credential-format", f"only the format {PROFILE} is read here", pointer=f"{pointer}/format")
    kind, payload = container.get("credentialType"), container.get("payload")
    if not isinstance(kind, str) or not isinstance(payload, str):
        raise _invalid("a credential needs credentialType and payload as text", pointer)
    return kind, payload


def _invalid(detail: str, pointer: str) -> Invalid:
    return Invalid("dcp/message", detail, pointer=pointer)
