"""Builders of catalog documents (Dataspace Protocol 2025-1, Catalog Protocol)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector.dsp.vocabulary import CONTEXT, WIRE_PREFIXES, expand

Json = dict[str, Any]


def catalog_request(filter: Sequence[Any] = (), *, message_id: str | None = None) -> Json:  # noqa: A002 - the wire's word
    """CatalogRequestMessage; an empty filter is left out."""
    head = {"@context": list(CONTEXT), "@type": "CatalogRequestMessage"}
    return {**head, **({"@id": message_id} if message_id else {}), **({"filter": list(filter)} if filter else {})}


def catalog(
    catalog_id: str,
    participant_id: str,
    *,
    datasets: Iterable[Json],
    services: Iterable[Json],
    catalogs: Iterable[Json] = (),
) -> Json:
    """Catalog; empty lists of datasets and of nested catalogs are left out, as the protocol wants it."""
    lists = {"service": list(services), "catalog": list(catalogs), "dataset": list(datasets)}
    return {
        "@context": list(CONTEXT),
        "@id": catalog_id,
        "@type": "Catalog",
        "participantId": participant_id,
        **{name: entries for name, entries in lists.items() if entries},
    }


def dataset(
    dataset_id: str,
    *,
    offers: Iterable[Json],
    distributions: Iterable[Json],
    properties: Mapping[str, Any] | None = None,
) -> Json:
    """A dataset as it stands in a catalog; offers as `messages.offer` builds them, their target is left out.

    `properties`: keys as IRIs or `prefix:suffix` (`dct:type`, `cx-common:version`, `aas-semantics:semanticId`), values
    texts, numbers or `{"@id": IRI}`. The protocol forbids objects in `@context`, so names that its context does not
    define are written as full IRIs, which every peer reads without fetching anything.
    """
    return {
        "@id": dataset_id,
        "@type": "Dataset",
        **{_key(name): _value(value) for name, value in (properties or {}).items()},
        "hasPolicy": [{name: value for name, value in entry.items() if name != "target"} for entry in offers],
        "distribution": list(distributions),
    }


def nested_catalog(
    catalog_id: str,
    service_id: str,
    endpoint_url: str,
    format: str,  # noqa: A002 - the protocol's word
    properties: Mapping[str, Any] | None = None,
) -> Json:
    """A catalog within a catalog that is to be had at another connector: `endpoint_url` is its protocol base."""
    return {
        "@id": catalog_id,
        "@type": "Catalog",
        **{_key(name): _value(value) for name, value in (properties or {}).items()},
        "distribution": [distribution(format, data_service(service_id, endpoint_url))],
    }


def dataset_answer(entry: Json) -> Json:
    """`entry`, a dataset, as a document of its own: the answer to a request for one dataset."""
    return {"@context": list(CONTEXT), **entry}


def distribution(format: str, service: Json | str) -> Json:  # noqa: A002 - the protocol's word
    """A distribution in `format` (HttpData-PULL, ...) that `service` (a data service or its id) gives access to."""
    return {"@type": "Distribution", "format": format, "accessService": service}


def data_service(service_id: str, endpoint_url: str) -> Json:
    """The connector as a data service; `endpoint_url` is the protocol's base (root and version path)."""
    members = {"endpointDescription": "dspace:connector", "endpointURL": endpoint_url}
    return {"@id": service_id, "@type": "DataService", **members}


def catalog_error(code: str, reasons: Sequence[str]) -> Json:
    """CatalogError."""
    return {"@context": list(CONTEXT), "@type": "CatalogError", "code": code, "reason": list(reasons)}


def _key(name: str) -> str:
    return name if name.partition(":")[0] in WIRE_PREFIXES else expand(name)


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(entry) for entry in value]
    if isinstance(value, dict) and isinstance(value.get("@id"), str):
        return {**value, "@id": expand(value["@id"])}
    return value
