"""Where a push goes: the formats that this node moves data in, and the data addresses of receiving ends.

EDC names the target of an HttpData push as `baseUrl`, with a header `authKey` whose value is `authCode`; the protocol's
own names are `endpoint` and `authorization`. Both forms are written, either is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connector.dsp import messages
from connector.dsp.addresses import BASE_URL, DataAddress
from connector.dsp.vocabulary import EDC, HTTP_ENDPOINT, HTTP_PULL, HTTP_PUSH
from connector.notation.problems import Invalid
from connector.ports import Egress
from connector.services.usage.http_data import KIND

FORMATS: Final = (HTTP_PULL, HTTP_PUSH)
GHOSTS: Final[Mapping[str, str]] = {
    "AmazonS3-PUSH": "an S3 store",
    "AzureStorage-PUSH": "an Azure store",
}
"""Formats of Catena-X that this node knows by name, and what it lacks for them."""
METHODS: Final = ("POST", "PUT", "PATCH")
_TYPES: Final = frozenset({KIND, EDC + KIND, HTTP_ENDPOINT})
_TEXTS: Final = ("baseUrl", "authKey", "authCode", "method")


def check_format(name: str | None, pointer: str = "") -> None:
    """Raise Invalid (`transfer/format`, `transfer/format-absent`) where this node cannot move data so."""
    if name in FORMATS:
        return
    if name is not None and name in GHOSTS:
        sentence = f"{name} is not available: this node has no connection to {GHOSTS[name]}; use {' or '.join(FORMATS)}"
        raise Invalid("transfer/format-absent", sentence, pointer=pointer)
    raise Invalid(
        "transfer/format", f"the format {name!r} is not offered; known: {', '.join(FORMATS)}", pointer=pointer
    )


def from_members(members: Mapping[str, Any], egress: Egress) -> dict[str, str]:
    """A destination as EDC's management API writes it (type, baseUrl, ...). Raises Invalid."""
    said = {name: str(members[name]) for name in _TEXTS if members.get(name)}
    if members.get("type") not in (*_TYPES, None):
        raise Invalid("transfer/destination", f"{members.get('type')!r} is no {KIND}", pointer="/dataDestination/type")
    return _checked(said, egress, "/dataDestination/baseUrl")


def from_message(address: DataAddress | None, egress: Egress) -> dict[str, str]:
    """The destination in a TransferRequestMessage. Raises Invalid where a push cannot go there."""
    if address is None:
        raise Invalid("transfer/destination", "a push needs a dataAddress to go to", pointer="/dataAddress")
    if address.endpoint_type not in _TYPES:
        sentence = f"a push of HttpData goes to an {KIND} address, not to {address.endpoint_type[:200]!r}"
        raise Invalid("transfer/destination", sentence, pointer="/dataAddress/endpointType")
    said = {name: value for name in _TEXTS if (value := address.properties.get(name))}
    said.setdefault("baseUrl", address.endpoint or "")
    if address.authorization and "authKey" not in said:
        said |= {"authKey": "Authorization", "authCode": address.authorization}
    return _checked(said, egress, "/dataAddress/endpoint")


def _checked(said: dict[str, str], egress: Egress, pointer: str) -> dict[str, str]:
    if not said.get("baseUrl"):
        raise Invalid("transfer/destination", "the destination of a push needs its address (baseUrl)", pointer=pointer)
    egress.check(said["baseUrl"], pointer)
    if said.setdefault("method", "POST").upper() not in METHODS:
        raise Invalid("transfer/destination", f"a push is a {', '.join(METHODS)}, no {said['method'][:20]}")
    for name in ("authKey", "authCode"):
        value = said.get(name, "")
        if not (value.isascii() and value.isprintable()):
            raise Invalid("transfer/destination", f"{name} cannot stand in a header", pointer=pointer)
    return {**said, "method": said["method"].upper()}


def as_message(destination: Mapping[str, str]) -> dict[str, Any]:
    """The data address of a TransferRequestMessage, in both forms."""
    url, token = destination["baseUrl"], destination.get("authCode")
    named = {EDC + name: destination[name] for name in _TEXTS if name in destination and name != "baseUrl"}
    return messages.data_address(url, token, {BASE_URL: url, **named}, endpoint_type=KIND)
