"""Data addresses: where and with what the data is fetched (Dataspace Protocol 2025-1, Transfer Process Protocol).

EDC reads and writes the endpoint, its type and the token only as endpoint properties named by its own IRIs; others
use the protocol's members. Written are both forms, read is either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector.dsp.vocabulary import EDC, HTTP_ENDPOINT
from connector.notation.jsonld import as_list

Json = dict[str, Any]

BASE_URL: Final = EDC + "baseUrl"
"""Where EDC names the target of a push."""


@dataclass(frozen=True, slots=True)
class DataAddress:
    """`endpoint` a URL, `authorization` the token as the peer gave it (sent verbatim), `endpoint_type` an IRI or name.

    `properties`: all other endpoint properties; EDC's namespace is cut off their names.
    """

    endpoint: str | None = None
    authorization: str | None = field(default=None, repr=False)
    endpoint_type: str = HTTP_ENDPOINT
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)


def data_address(
    endpoint: str | None,
    authorization: str | None,
    properties: Mapping[str, str] | None = None,
    *,
    endpoint_type: str = HTTP_ENDPOINT,
) -> Json:
    """A DataAddress with endpoint and token in both forms; `properties` are added under the names given."""
    entries: dict[str, str] = {}
    if authorization is not None:
        entries |= {"authorization": authorization, "authType": "bearer"}
        entries |= {EDC + "authorization": authorization, EDC + "authType": "bearer"}
    if endpoint is not None:
        entries |= {EDC + "endpoint": endpoint, EDC + "endpointType": endpoint_type}
    entries |= properties or {}
    return {
        "@type": "DataAddress",
        "endpointType": endpoint_type,
        **({"endpoint": endpoint} if endpoint is not None else {}),
        **({"endpointProperties": [_property(*entry) for entry in entries.items()]} if entries else {}),
    }


def read_address(address: Json) -> DataAddress:
    """A DataAddress in the protocol's compact form as a value; the protocol's names win over EDC's."""
    named = {entry["name"]: entry["value"] for entry in as_list(address.get("endpointProperties"))}
    found = {name.removeprefix(EDC): value for name, value in named.items() if name.startswith(EDC)}
    found |= {name: value for name, value in named.items() if not name.startswith(EDC)}
    endpoint = address.get("endpoint") or found.pop("endpoint", None) or found.get("baseUrl")
    authorization = found.pop("authorization", None)
    rest = {name: value for name, value in found.items() if name not in ("endpoint", "endpointType")}
    return DataAddress(endpoint, authorization, address["endpointType"], rest)


def _property(name: str, value: str) -> Json:
    return {"@type": "EndpointProperty", "name": name, "value": value}
