"""What peers send, read into values (Dataspace Protocol 2025-1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from connector.dsp import forms, schemas
from connector.dsp.addresses import DataAddress, read_address
from connector.dsp.vocabulary import BINDING, USAGE_PURPOSE, expand
from connector.notation.jsonld import Contexts, as_list, id_of
from connector.notation.problems import Invalid, Problem

Json = dict[str, Any]

KINDS: Final[dict[str, str]] = {
    "ContractRequestMessage": "request",
    "ContractOfferMessage": "offer",
    "ContractAgreementMessage": "agreement",
    "ContractAgreementVerificationMessage": "verification",
    "ContractNegotiationTerminationMessage": "termination",
    "TransferRequestMessage": "request",
    "TransferStartMessage": "start",
    "TransferCompletionMessage": "completion",
    "TransferSuspensionMessage": "suspension",
    "TransferTerminationMessage": "termination",
}
"""Message type -> kind in the transition tables; the kind of an event is its event type."""

_MEMBERS: Final[dict[str, frozenset[str]]] = {
    type_: frozenset(schemas.WIRE_NAMES.get(row, row) for row in (*required, *optional))
    for type_, (required, optional) in schemas.MESSAGES.items()
}
"""Message type -> its members; no schema has looked at any other that a message brings along."""

EVENT_KINDS: Final[dict[str, str]] = {"ACCEPTED": "accepted", "FINALIZED": "finalized"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message received; members that its type does not have, or that were left out, are None or empty.

    `body` is the message in the exact compact form, `offer` and `agreement` are policies in standard form (see
    `connector.dsp.policies`), `timestamp` the agreement's time as written, `filter` as received.
    """

    type: str
    body: Json = field(repr=False)
    message_id: str | None = None
    consumer_pid: str | None = None
    provider_pid: str | None = None
    callback_address: str | None = None
    offer: Json | None = None
    agreement: Json | None = None
    timestamp: str | None = None
    event_type: str | None = None
    state: str | None = None
    code: str | None = None
    reasons: tuple[str, ...] = ()
    data_address: DataAddress | None = None
    format: str | None = None
    agreement_id: str | None = None
    dataset: str | None = None
    filter: tuple[Any, ...] = ()
    purposes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind that the transition tables know the message by; empty for what is no step of a process."""
        return EVENT_KINDS.get(self.event_type or "", "") or KINDS.get(self.type, "")


@dataclass(frozen=True, slots=True)
class Ack:
    """A ContractNegotiation or TransferProcess as an answer."""

    provider_pid: str
    consumer_pid: str
    state: str


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A dataset on offer: `offers` in standard form, `distributions` as pairs of format and endpoint URL (or None).

    `properties`: `prefix:suffix` or IRI -> value; a reference is `{"@id": IRI}`.
    """

    id: str
    properties: Json
    offers: tuple[Json, ...]
    distributions: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class NestedCatalog:
    """A catalog within a catalog that is to be had at another address; of the same participant where none is named."""

    id: str
    participant_id: str | None
    endpoint_url: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """A peer's catalog: `services` are its data services as id -> endpoint URL.

    What nested catalogs hold is folded in; those that only say where they are stand in `nested`.
    """

    participant_id: str | None
    datasets: tuple[DatasetEntry, ...]
    services: dict[str, str]
    nested: tuple[NestedCatalog, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One entry of a version document; `auth` as (protocol, version, profiles), all empty where it is not said."""

    version: str
    path: str
    binding: str = BINDING
    identifier_type: str | None = None
    service_id: str | None = None
    auth: tuple[str, str, tuple[str, ...]] = ("", "", ())


def read(body: Any, expected_type: str, *, contexts: Contexts | None = None) -> Message:
    """`body` as a message of `expected_type` (such as ContractRequestMessage), in whatever spelling.

    Raises Invalid `dsp/schema` with findings, or `jsonld/...` where it is no JSON-LD that can be read here.
    """
    form = forms.standard_form(body, expected_type, contexts)
    said = {name: form[name] for name in _MEMBERS[expected_type] if name in form}
    address = said.get("dataAddress")
    agreement = said.get("agreement")
    return Message(
        type=expected_type,
        body=form,
        message_id=form.get("@id"),
        consumer_pid=said.get("consumerPid"),
        provider_pid=said.get("providerPid"),
        callback_address=_without_slash(said.get("callbackAddress")),
        offer=said.get("offer"),
        agreement=agreement,
        timestamp=(agreement or {}).get("timestamp"),
        event_type=said.get("eventType"),
        state=said.get("state"),
        code=said.get("code"),
        reasons=read_reasons(said.get("reason")),
        data_address=read_address(address) if address is not None else None,
        format=said.get("format"),
        agreement_id=said.get("agreementId"),
        dataset=said.get("dataset"),
        filter=tuple(as_list(said.get("filter"))),
        purposes=_purposes(form),
    )


def read_catalog(body: Any, *, contexts: Contexts | None = None) -> Catalog:
    """A Catalog with all its datasets. Raises Invalid as `read` does."""
    form = forms.standard_form(body, "Catalog", contexts)
    services: dict[str, str] = {}
    datasets, elsewhere = _catalog_entries(form, services)
    return Catalog(
        form.get("participantId"),
        tuple(_entry(entry, services) for entry in datasets),
        services,
        tuple(found for entry in elsewhere for found in _nested(entry, services)),
    )


def read_dataset(body: Any, *, contexts: Contexts | None = None) -> DatasetEntry:
    """The answer to a request for one dataset. Raises Invalid as `read` does."""
    return _entry(forms.standard_form(body, "Dataset", contexts), {})


def read_ack(body: Any, expected_type: str = "", *, contexts: Contexts | None = None) -> Ack | None:
    """The acknowledgement in the answer to a message; None where it is empty or says nothing that can be used.

    The protocol leaves the bodies of later acknowledgements open; the first one has to be there: ask `expected_type`
    (ContractNegotiation or TransferProcess) to have Invalid `dsp/schema` raised instead of None.
    """
    if not expected_type:
        return _any_ack(body, contexts)
    message = read(body, expected_type, contexts=contexts)
    return Ack(message.provider_pid or "", message.consumer_pid or "", message.state or "")


def read_error(body: Any) -> tuple[str | None, tuple[str, ...]]:
    """Code and reasons of an error document in whatever shape; nothing where it is none (peers answer HTML too)."""
    if not isinstance(body, dict):
        return None, ()
    found = {forms.MEMBERS.get(name, (name.rpartition(":")[2],))[0]: value for name, value in body.items()}
    code = found.get("code")
    return (str(code) if isinstance(code, str | int) else id_of(code)), read_reasons(found.get("reason"))


def read_versions(body: Any) -> tuple[Version, ...]:
    """The entries of a version document. Raises Invalid `dsp/schema`."""
    findings = schemas.check(body, "VersionResponse", "lenient")
    if findings:
        raise Invalid("dsp/schema", f"not a version document: {findings[0]}", findings=findings)
    return tuple(_version(entry) for entry in body["protocolVersions"])


def read_reasons(value: Any) -> tuple[str, ...]:
    """Reasons as texts, whatever they were written as (text, `{"@value"}`, a language map, a single one)."""
    return tuple(_reason(entry) for entry in as_list(value))


def _purposes(form: Json) -> tuple[str, ...]:
    """What a transfer request says that the data are for: an extension term, read in whatever spelling."""
    found = (value for name, value in form.items() if ":" in name and expand(name) == USAGE_PURPOSE)
    texts = (entry.get("@value") if isinstance(entry, dict) else entry for each in found for entry in as_list(each))
    return tuple(dict.fromkeys(text[:200] for text in texts if isinstance(text, str)))[:50]


def _any_ack(body: Any, contexts: Contexts | None) -> Ack | None:
    for type_ in ("ContractNegotiation", "TransferProcess"):
        try:
            return read_ack(body, type_, contexts=contexts)
        except Problem:
            continue
    return None


def _reason(entry: Any) -> str:
    if isinstance(entry, dict):
        texts = [value for value in (entry.get("@value"), *entry.values()) if isinstance(value, str)]
        return texts[0] if texts else str(entry)
    return str(entry)


def _without_slash(address: str | None) -> str | None:
    return address.rstrip("/") if address else address


def _catalog_entries(form: Json, services: dict[str, str]) -> tuple[list[Json], list[Json]]:
    """The datasets of `form` and its nested catalogs, and those of these with a distribution; fills `services`."""
    for service in form.get("service", []):
        services[service["@id"]] = service["endpointURL"]
    entries, elsewhere = list(form.get("dataset", [])), []
    for nested in form.get("catalog", []):
        inner, deeper = _catalog_entries(nested, services)
        entries += inner
        elsewhere += [*([nested] if nested.get("distribution") else []), *deeper]
    return entries, elsewhere


def _nested(form: Json, services: dict[str, str]) -> list[NestedCatalog]:
    found = (_endpoint(entry["accessService"], services) for entry in form["distribution"])
    return [NestedCatalog(form["@id"], form.get("participantId"), url) for url in dict.fromkeys(found) if url]


def _entry(form: Json, services: dict[str, str]) -> DatasetEntry:
    properties = {name: value for name, value in form.items() if name not in forms.KNOWN}
    distributions = tuple(
        (entry["format"], _endpoint(entry["accessService"], services)) for entry in form["distribution"]
    )
    return DatasetEntry(form["@id"], properties, tuple(form["hasPolicy"]), distributions)


def _endpoint(service: Any, services: dict[str, str]) -> str | None:
    return services.get(service) if isinstance(service, str) else service["endpointURL"]


def _version(entry: Json) -> Version:
    auth = entry.get("auth") or {}
    return Version(
        version=entry["version"],
        path=entry["path"],
        binding=entry.get("binding", BINDING),
        identifier_type=entry.get("identifierType"),
        service_id=entry.get("serviceId"),
        auth=(auth.get("protocol", ""), auth.get("version", ""), tuple(auth.get("profile", ()))),
    )
