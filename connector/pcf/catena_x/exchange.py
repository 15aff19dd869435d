"""The footprint exchange of CX-0136, API 1.2.0, as plain values: request (GET), answer or update (PUT), asset.

The one who asks sends GET through the other's asset (202); the answer comes as PUT through the asset of the one who
asked (200). An update is a PUT with `update=true` and the request id of old. No message refuses a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

from connector.notation.jsonld import id_of
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf.identifiers import is_bpnl

API_VERSION: Final = "1.2.0"
PATH: Final = "/footprintExchange/"
ACCEPTED: Final = 202
RECEIVED: Final = 200
LONGEST_MESSAGE: Final = 250

TYPE: Final = "http://purl.org/dc/terms/type"
VERSION: Final = "https://w3id.org/catenax/ontology/common#version"
PCF_EXCHANGE: Final = "https://w3id.org/catenax/taxonomy#PcfExchange"
USAGE_PURPOSE: Final = "cx.pcf.base:1"

_TYPE_KEYS = (TYPE, "dct:type")
_VERSION_KEYS = (VERSION, "cx-common:version")
_TYPE_VALUES = (PCF_EXCHANGE.lower(), "cx-taxo:pcfexchange")
_MODEL_9 = "urn:samm:io.catenax.pcf:9.0.0"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:~-]{1,128}", re.ASCII)
_FLAGS = {"true": True, "false": False}

Query = Iterable[tuple[str, str]]
"""Decoded query parameters in their order, duplicates included."""


@dataclass(frozen=True, slots=True)
class FootprintRequest:
    """`GET /footprintExchange/{requestId}`: somebody (`bpn`) asks for the footprint of a part."""

    request_id: str
    bpn: str
    manufacturer_part_id: str | None = None
    customer_part_id: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class FootprintAnswer:
    """`PUT /footprintExchange/{requestId}`: `bpn` answers a request, or with `update` changes an answer of old."""

    request_id: str
    bpn: str
    update: bool = False
    message: str | None = None


def parse_request(request_id: str, query: Query, *, bpn: str | None) -> FootprintRequest:
    """The request in path and query; `bpn` is the `edc-bpn` that the data plane set, never one that the caller wrote.

    Raises Invalid (`pcf/request-id`, `pcf/bpn`, `pcf/part-id`, `pcf/message`, `pcf/query`), Unprocessable
    `pcf/data-model-version` where a later data model than 9.0.0 is asked for.
    """
    parameters = _single(query)
    wanted = parameters.get("dataModelVersion")
    if wanted is not None and unquote(wanted) != _MODEL_9:
        raise Unprocessable("pcf/data-model-version", f"this interface answers with {_MODEL_9} only, not {wanted}")
    request = FootprintRequest(
        _request_id(request_id),
        _bpn(bpn),
        parameters.get("manufacturerPartId") or None,
        parameters.get("customerPartId") or None,
        _message(parameters.get("message")),
    )
    if request.manufacturer_part_id is None and request.customer_part_id is None:
        raise Invalid("pcf/part-id", "a footprint request needs manufacturerPartId or customerPartId")
    return request


def parse_answer(request_id: str, query: Query, *, bpn: str | None) -> FootprintAnswer:
    """The answer in path and query (its body is a footprint). Raises as `parse_request` does, and `pcf/update`."""
    parameters = _single(query)
    update = parameters.get("update", "false")
    if update not in _FLAGS:
        raise Invalid("pcf/update", f"update is true or false, not {update!r}")
    return FootprintAnswer(_request_id(request_id), _bpn(bpn), _FLAGS[update], _message(parameters.get("message")))


def request_path(request: FootprintRequest) -> str:
    """Path and query of the GET that carries `request`."""
    if request.manufacturer_part_id is None and request.customer_part_id is None:
        raise Invalid("pcf/part-id", "a footprint request needs manufacturerPartId or customerPartId")
    return _path(
        request.request_id,
        manufacturerPartId=request.manufacturer_part_id,
        customerPartId=request.customer_part_id,
        message=_message(request.message),
    )


def answer_path(answer: FootprintAnswer) -> str:
    """Path and query of the PUT that carries `answer`."""
    return _path(answer.request_id, message=_message(answer.message), update="true" if answer.update else None)


def asset_properties() -> dict[str, Any]:
    """Properties by which a footprint exchange is found in a catalog, as expanded IRIs."""
    return {TYPE: {"@id": PCF_EXCHANGE}, VERSION: API_VERSION}


def is_exchange(properties: Mapping[str, Any]) -> bool:
    """Whether a dataset is a footprint exchange of this version; both spellings of the type are read."""
    kind = next((id_of(properties[key]) for key in _TYPE_KEYS if key in properties), None)
    version = next((id_of(properties[key]) for key in _VERSION_KEYS if key in properties), None)
    return kind is not None and kind.lower() in _TYPE_VALUES and version == API_VERSION


def _single(query: Query) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in query:
        if name in parameters:
            raise Invalid("pcf/query", f"the parameter {name} is given twice")
        parameters[name] = value
    return parameters


def _request_id(text: str) -> str:
    if not _REQUEST_ID.fullmatch(text):
        raise Invalid("pcf/request-id", "a request id has 1 to 128 of the characters A-Z a-z 0-9 . _ : ~ -")
    return text


def _bpn(text: str | None) -> str:
    if text is None:
        raise Invalid("pcf/bpn", "the header Edc-Bpn is missing")
    if not is_bpnl(text):
        raise Invalid("pcf/bpn", f"the header Edc-Bpn holds {text!r}, a BPNL is needed")
    return text


def _message(text: str | None) -> str | None:
    if text is not None and len(text) > LONGEST_MESSAGE:
        raise Invalid("pcf/message", f"the message has {len(text)} characters, {LONGEST_MESSAGE} are allowed")
    return text or None


def _path(request_id: str, **parameters: str | None) -> str:
    stated = {name: value for name, value in parameters.items() if value is not None}
    query = urlencode(stated, quote_via=quote)
    return PATH + quote(_request_id(request_id), safe="") + (f"?{query}" if query else "")
