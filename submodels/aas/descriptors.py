"""Descriptors of shells (AAS Part 2, clause on descriptors): what is said of a shell elsewhere, checked.

What Part 1 defines (identifiers, asset ids, names, references) is judged by aas-core: the descriptor is put into the
shell and the submodels that it is about. Endpoints are judged here. Members that are not known stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.pointers import join
from submodels.aas import trees

Json = Any
SOURCE: Final = "AAS Part 2 V3.1, descriptors"
_PLAIN: Final = ("id", "idShort", "displayName", "description", "administration", "extensions")
_ASSET: Final = ("assetKind", "assetType", "globalAssetId", "specificAssetIds")
_MEANING: Final = ("semanticId", "supplementalSemanticIds")
_TEXTS: Final = {"endpointProtocol": 128, "subprotocol": 128, "subprotocolBody": 2048, "subprotocolBodyEncoding": 128}
"""Optional texts of an endpoint's protocol information, and their longest."""
_HREF: Final = 2048
_SHORT: Final = 128
_SECURITY: Final = ("NONE", "RFC_TLSA", "W3C_DID")
_UNKNOWN_ASSET: Final = "urn:example:not-said"


def shell_of(descriptor: Json) -> Json:
    """The shell that a descriptor describes, as far as it says: id, names, asset."""
    plain = {name: descriptor[name] for name in _PLAIN if name in descriptor}
    information = {name: descriptor[name] for name in _ASSET if name in descriptor}
    return {
        "modelType": "AssetAdministrationShell",
        **plain,
        "assetInformation": {"assetKind": "NotApplicable", **information},
    }


def check(descriptor: Json) -> list[Finding]:
    """What is wrong with a shell descriptor: `aas/json`, `aas/verification` (Part 1), `aas/descriptor` (Part 2)."""
    if not isinstance(descriptor, dict):
        return [_wrong("a descriptor is an object", "")]
    found = [_placed(each) for each in trees.check(_whole(shell_of(descriptor)), "AssetAdministrationShell")]
    if "endpoints" in descriptor:
        found += _endpoints(descriptor["endpoints"], "/endpoints")
    parts = descriptor.get("submodelDescriptors", [])
    if not isinstance(parts, list):
        return [*found, _wrong("submodelDescriptors is a list", "/submodelDescriptors")]
    for place, part in enumerate(parts):
        at = f"/submodelDescriptors/{place}"
        found += [replace(each, pointer=at + each.pointer) for each in check_part(part)]
    ids = [part.get("id") for part in parts if isinstance(part, dict)]
    for place, each in enumerate(ids):
        if each is not None and each in ids[:place]:
            found.append(_wrong(f"the submodel {each!r} is described twice", f"/submodelDescriptors/{place}/id"))
    return found


def check_part(part: Json) -> list[Finding]:
    """What is wrong with a submodel descriptor."""
    if not isinstance(part, dict):
        return [_wrong("a descriptor is an object", "")]
    names = {**part}
    if "supplementalSemanticId" in names:  # how V3.0 spells it
        names.setdefault("supplementalSemanticIds", names["supplementalSemanticId"])
    submodel = {"modelType": "Submodel", **{name: names[name] for name in (*_PLAIN, *_MEANING) if name in names}}
    found = trees.check(submodel, "Submodel")
    if "endpoints" not in part:
        return [*found, _wrong("a submodel descriptor has endpoints", "/endpoints")]
    return [*found, *_endpoints(part["endpoints"], "/endpoints", least=1)]


def _whole(shell: Json) -> Json:
    """A descriptor need not name its asset, a shell must."""
    information = shell["assetInformation"]
    if "globalAssetId" in information or "specificAssetIds" in information:
        return shell
    return {**shell, "assetInformation": {**information, "globalAssetId": _UNKNOWN_ASSET}}


def _placed(finding: Finding) -> Finding:
    """A place in the shell as the place in the descriptor, which has the asset's members at its root."""
    return replace(finding, pointer=finding.pointer.removeprefix("/assetInformation"))


def _endpoints(endpoints: Json, at: str, *, least: int = 0) -> Iterator[Finding]:
    if not isinstance(endpoints, list) or len(endpoints) < least:
        yield _wrong("endpoints is a list of at least one endpoint" if least else "endpoints is a list", at)
        return
    for place, endpoint in enumerate(endpoints):
        here = join(at, place)
        if not isinstance(endpoint, dict):
            yield _wrong("an endpoint is an object", here)
            continue
        yield from _text(endpoint, "interface", here, _SHORT, is_needed=True)
        protocol = endpoint.get("protocolInformation")
        if not isinstance(protocol, dict):
            yield _wrong("protocolInformation is an object", join(here, "protocolInformation"))
        else:
            yield from _protocol(protocol, join(here, "protocolInformation"))


def _protocol(protocol: dict[str, Json], at: str) -> Iterator[Finding]:
    yield from _text(protocol, "href", at, _HREF, is_needed=True)
    for name, longest in _TEXTS.items():
        yield from _text(protocol, name, at, longest)
    versions = protocol.get("endpointProtocolVersion", [])
    if not isinstance(versions, list) or not all(
        isinstance(each, str) and 0 < len(each) <= _SHORT for each in versions
    ):
        yield _wrong("endpointProtocolVersion is a list of texts", join(at, "endpointProtocolVersion"))
    security = protocol.get("securityAttributes", [])
    for place, each in enumerate(security if isinstance(security, list) else [None]):
        fits = isinstance(each, dict) and all(isinstance(each.get(name), str) for name in ("type", "key", "value"))
        if not fits or each["type"] not in _SECURITY:
            message = f"a security attribute has type ({', '.join(_SECURITY)}), key and value"
            yield _wrong(message, join(at, "securityAttributes", place))


def _text(holder: dict[str, Json], name: str, at: str, longest: int, *, is_needed: bool = False) -> Iterator[Finding]:
    if name not in holder and not is_needed:
        return
    value = holder.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        yield _wrong(f"{name} is a text of 1 to {longest} characters", join(at, name))


def _wrong(message: str, pointer: str) -> Finding:
    return Finding("aas/descriptor", message, pointer, source=SOURCE)
