"""How records look to clients: EDC's compact form, with a context that needs no fetching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from connector.dsp.vocabulary import EDC, HTTP_ENDPOINT, ODRL, ODRL_PROFILE_CONTEXT, PROTOCOL
from connector.records.exchange import Agreement, Negotiation, Transfer
from connector.records.offers import Asset, ContractDefinition, PolicyDefinition
from connector.services.catalog.catalog import is_catalog
from connector.services.catalog.criteria import selectable
from connector.services.usage.usage import dry_run

Json = dict[str, Any]

TX: Final = "https://w3id.org/tractusx/v0.0.1/ns/"
TX_AUTH: Final = "https://w3id.org/tractusx/auth/"
CONTEXT: Final = {"@vocab": EDC, "edc": EDC, "odrl": ODRL}
SECRETS: Final = ("authCode", "secret", "password", "token")
"""Members of a data address that only keys with `operate` see."""


SHOWN_PROPERTIES: Final = (f"{TX_AUTH}expiresIn", f"{TX_AUTH}audience", f"{TX_AUTH}refreshEndpoint")


def milliseconds(time: datetime) -> int:
    """Milliseconds since 1970."""
    return int(time.timestamp() * 1000)


def id_response(record_id: str, created_at: datetime) -> Json:
    """IdResponse: what a create answers."""
    return {
        "@type": "IdResponse",
        "@id": record_id,
        "createdAt": milliseconds(created_at),
        "@context": CONTEXT,
    }


def asset(record: Asset, *, with_secrets: bool = True) -> Json:
    """Asset."""
    address = {key: value for key, value in record.data_address.items() if with_secrets or key not in SECRETS}
    view: Json = {
        "@id": record.id,
        "@type": "CatalogAsset" if is_catalog(record) else "Asset",
        "properties": {**record.properties, "id": record.id},
        "dataAddress": {"@type": "DataAddress", **address},
        "createdAt": milliseconds(record.created_at),
        "@context": CONTEXT,
    }
    if record.private_properties:
        view["privateProperties"] = record.private_properties
    return view


def searched_asset(record: Asset) -> Mapping[str, Any]:
    """What criteria on assets compare with."""
    found = selectable(record.properties, record.private_properties)
    return {**found, "createdAt": milliseconds(record.created_at)}


def policy_definition(record: PolicyDefinition) -> Json:
    """PolicyDefinition."""
    return {
        "@id": record.id,
        "@type": "PolicyDefinition",
        "createdAt": milliseconds(record.created_at),
        "policy": policy(record.policy),
        "@context": CONTEXT,
    }


def policy(document: Mapping[str, Any], **parties: str) -> Json:
    """A policy under the ODRL context that every client bundles, so that its names need no prefix."""
    members = {key: value for key, value in document.items() if key != "@context"}
    return {"@context": ODRL_PROFILE_CONTEXT, **members, **parties}


def contract_definition(record: ContractDefinition) -> Json:
    """ContractDefinition."""
    return {
        "@id": record.id,
        "@type": "ContractDefinition",
        "accessPolicyId": record.access_policy_id,
        "contractPolicyId": record.contract_policy_id,
        "assetsSelector": [_criterion(criterion) for criterion in record.selector],
        "createdAt": milliseconds(record.created_at),
        "@context": CONTEXT,
    }


def negotiation(record: Negotiation, callbacks: Sequence[Json] = ()) -> Json:
    """ContractNegotiation; `errorDetail` tells the code and every reason, the counterparty's too."""
    return {
        "@id": record.id,
        "@type": "ContractNegotiation",
        "type": record.role.upper(),
        "protocol": PROTOCOL,
        "state": record.state,
        "counterPartyId": record.counterparty,
        "counterPartyAddress": record.counterparty_address,
        "assetId": record.dataset_id,
        "correlationId": record.provider_pid if record.role == "consumer" else record.consumer_pid,
        "callbackAddresses": [{"@type": "CallbackAddress", **one} for one in callbacks],
        "createdAt": milliseconds(record.created_at),
        **({"contractAgreementId": record.agreement_id} if record.agreement_id else {}),
        **_error(record),
        "@context": CONTEXT,
    }


def agreement(record: Agreement) -> Json:
    """ContractAgreement; `contractSigningDate` in seconds, as EDC has it."""
    parties = {"assigner": record.provider, "assignee": record.consumer, "target": record.dataset_id}
    return {
        "@id": record.id,
        "@type": "ContractAgreement",
        "agreementId": record.id,
        "assetId": record.dataset_id,
        "providerId": record.provider,
        "consumerId": record.consumer,
        "contractSigningDate": int(record.signed_at.timestamp()),
        "policy": policy({"@type": "Agreement", "@id": record.id, **record.policy}, **parties),
        **({"endedAt": milliseconds(record.ended_at), "endedReason": record.ended_reason} if record.ended_at else {}),
        "@context": CONTEXT,
    }


def transfer(record: Transfer, callbacks: Sequence[Json] = ()) -> Json:
    """TransferProcess."""
    return {
        "@id": record.id,
        "@type": "TransferProcess",
        "type": record.role.upper(),
        "protocol": PROTOCOL,
        "state": record.state,
        "stateTimestamp": milliseconds(record.updated_at),
        "correlationId": record.provider_pid if record.role == "consumer" else record.consumer_pid,
        "counterPartyId": record.counterparty,
        "counterPartyAddress": record.counterparty_address,
        "assetId": record.dataset_id,
        "contractId": record.agreement_id,
        "contractAgreementId": record.agreement_id,
        "transferType": record.format,
        "callbackAddresses": [{"@type": "CallbackAddress", **one} for one in callbacks],
        "createdAt": milliseconds(record.created_at),
        **_error(record),
        "@context": CONTEXT,
    }


def edr(record: Transfer, negotiation_id: str) -> Json:
    """EndpointDataReferenceEntry: which data address stands for which contract."""
    return {
        "@id": record.id,
        "@type": "EndpointDataReferenceEntry",
        "transferProcessId": record.id,
        "agreementId": record.agreement_id,
        "contractNegotiationId": negotiation_id,
        "assetId": record.dataset_id,
        "providerId": record.counterparty,
        "createdAt": milliseconds(record.updated_at),
        "@context": CONTEXT,
    }


def data_address(record: Transfer) -> Json:
    """The data address of a started transfer with its token; how long that lasts, but not what renews it."""
    address = record.data_address
    properties = address.get("properties", {})
    return {
        "@type": "DataAddress",
        "type": HTTP_ENDPOINT,
        "endpointType": address.get("endpointType") or HTTP_ENDPOINT,
        "endpoint": address.get("endpoint"),
        "authType": "bearer",
        "authorization": address.get("authorization"),
        **{name: properties[name] for name in SHOWN_PROPERTIES if name in properties},
        "@context": CONTEXT,
    }


def data_plane(endpoint: str, source_types: Sequence[str], transfer_types: Sequence[str]) -> Json:
    """DataPlaneInstance: the one that is part of this node."""
    return {
        "@id": "embedded",
        "@type": "DataPlaneInstance",
        "url": endpoint,
        "allowedSourceTypes": list(source_types),
        "allowedDestTypes": [],
        "allowedTransferTypes": list(transfer_types),
        "state": "AVAILABLE",
        "properties": {},
        "@context": CONTEXT,
    }


def retirement(record: Agreement) -> Json:
    """AgreementsRetirementEntry (Tractus-X), its date in milliseconds."""
    ended = milliseconds(record.ended_at) if record.ended_at else 0
    return {
        "@id": record.id,
        "@type": "tx:AgreementsRetirementEntry",
        "agreementId": record.id,
        "reason": record.ended_reason,
        "tx:reason": record.ended_reason,
        "agreementRetirementDate": ended,
        "tx:agreementRetirementDate": ended,
        "@context": {**CONTEXT, "tx": TX},
    }


def state(record: Negotiation | Transfer, type_: str) -> Json:
    """NegotiationState, TransferState."""
    return {"@type": type_, "state": record.state, "@context": CONTEXT}


def _error(record: Negotiation | Transfer) -> Json:
    if not record.code and not record.reasons:
        return {}
    detail = ": ".join(part for part in (record.code, "; ".join(record.reasons)) if part)
    told = {"errorDetail": detail, "errorCode": record.code, "errorReasons": record.reasons}
    return {**told, "dryRun": dry_run(record.dataset_id, record.counterparty)}


def _criterion(criterion: Mapping[str, Any]) -> Json:
    left = str(criterion["operandLeft"])
    full = left if ":" in left or "'" in left else EDC + left
    return {"@type": "Criterion", **criterion, "operandLeft": full}
