"""The OpenAPI document of EDC's management API as this node offers it: `/management/openapi.json`.

Bodies and answers are JSON-LD: what is described is the compact form under EDC's vocabulary; any other spelling of the
same is read too. What EDC has and this node has not is described with its 501.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from connector.web import answers
from connector.web.management.access import permitted
from connector.web.management.planes import ABSENT

PATH: Final = "/management/openapi.json"
Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}
_ANY: Final[Json] = {"type": "object"}
_TIME: Final[Json] = {"type": "integer", "description": "milliseconds since 1970"}
_PROTOCOL: Final[Json] = {"enum": ["dataspace-protocol-http:2025-1", "dataspace-protocol-http"]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _object(required: str = "", **members: Json) -> Json:
    """An object; `required` names members that must be there. `id_`, `type_`, `context_` are `@id` and so on."""
    names = {"id_": "@id", "type_": "@type", "context_": "@context"}
    properties = {names.get(name, name): schema for name, schema in {"context_": {}, "type_": _TEXT, **members}.items()}
    needed = [names.get(name, name) for name in required.split()]
    return {"type": "object", "properties": properties, **({"required": needed} if needed else {})}


_COUNTERPARTY: Final[dict[str, Any]] = {"counterPartyId": _TEXT, "counterPartyAddress": _TEXT, "protocol": _PROTOCOL}
_CALLBACKS: Final = _list(_ref("CallbackAddress"))
_PROCESS: Final[dict[str, Any]] = {
    "id_": _TEXT,
    "type": {"enum": ["CONSUMER", "PROVIDER"]},
    "state": _TEXT,
    "protocol": _TEXT,
    "counterPartyId": _TEXT,
    "counterPartyAddress": _TEXT,
    "assetId": _TEXT,
    "correlationId": _TEXT,
    "callbackAddresses": _CALLBACKS,
    "errorDetail": _TEXT,
    "errorCode": _TEXT,
    "errorReasons": _list(_TEXT),
    "createdAt": _TIME,
}
SCHEMAS: Final[Mapping[str, Json]] = {
    "Criterion": _object("operandLeft operator", operandLeft=_TEXT, operator=_TEXT, operandRight={}),
    "QuerySpec": _object(
        offset={"type": "integer", "minimum": 0, "default": 0},
        limit={"type": "integer", "minimum": 1, "maximum": 10000, "default": 50},
        sortOrder={"enum": ["ASC", "DESC"]},
        sortField=_TEXT,
        filterExpression=_list(_ref("Criterion")),
    ),
    "DataAddress": {**_object("type", type=_TEXT, baseUrl=_TEXT, proxyPath=_TEXT), "additionalProperties": True},
    "Asset": _object(
        "dataAddress", id_=_TEXT, properties=_ANY, privateProperties=_ANY, dataAddress=_ref("DataAddress")
    ),
    "PolicyDefinition": _object("policy", id_=_TEXT, policy=_ANY),
    "ContractDefinition": _object(
        "accessPolicyId contractPolicyId",
        id_=_TEXT,
        accessPolicyId=_TEXT,
        contractPolicyId=_TEXT,
        assetsSelector=_list(_ref("Criterion")),
    ),
    "IdResponse": _object("id_ createdAt", id_=_TEXT, createdAt=_TIME),
    "CatalogRequest": _object("counterPartyId", **_COUNTERPARTY, querySpec=_ref("QuerySpec")),
    "DatasetRequest": _object("id_ counterPartyId", id_=_TEXT, **_COUNTERPARTY),
    "CallbackAddress": _object("uri", uri=_TEXT, events=_list(_TEXT), transactional={"type": "boolean"}),
    "ContractRequest": _object("policy", **_COUNTERPARTY, policy=_ANY, callbackAddresses=_CALLBACKS),
    "ContractNegotiation": _object("id_ state", **_PROCESS, contractAgreementId=_TEXT),
    "State": _object("state", state=_TEXT),
    "Reason": _object(reason=_TEXT),
    "ContractAgreement": _object(
        "id_ policy",
        id_=_TEXT,
        agreementId=_TEXT,
        assetId=_TEXT,
        providerId=_TEXT,
        consumerId=_TEXT,
        contractSigningDate={"type": "integer", "description": "seconds since 1970"},
        policy=_ANY,
    ),
    "Retirement": _object("agreementId", agreementId=_TEXT, reason=_TEXT, agreementRetirementDate=_TIME),
    "TransferRequest": _object(
        "contractId transferType",
        **_COUNTERPARTY,
        contractId=_TEXT,
        transferType=_TEXT,
        dataDestination=_ref("DataAddress"),
        callbackAddresses=_CALLBACKS,
    ),
    "TransferProcess": _object("id_ state", **_PROCESS, contractId=_TEXT, transferType=_TEXT, stateTimestamp=_TIME),
    "EndpointDataReferenceEntry": _object(
        "transferProcessId",
        transferProcessId=_TEXT,
        agreementId=_TEXT,
        contractNegotiationId=_TEXT,
        assetId=_TEXT,
        providerId=_TEXT,
        createdAt=_TIME,
    ),
    "Edr": _object("endpoint authorization", endpoint=_TEXT, authorization=_TEXT, authType=_TEXT, endpointType=_TEXT),
    "DataPlane": _object(id_=_TEXT, url=_TEXT, state=_TEXT, allowedTransferTypes=_list(_TEXT)),
    "ProtocolVersions": _object(protocolVersions=_list(_ANY)),
    "VersionRequest": _object("", **_COUNTERPARTY, **{"tx:bpnl": _TEXT}),
    "VersionParameters": _object("", **_COUNTERPARTY),
    "Errors": _list(
        {
            "type": "object",
            "required": ["message", "type"],
            "properties": {
                "message": _TEXT,
                "type": _TEXT,
                "path": {"type": ["string", "null"]},
                "invalidValue": {},
                "code": {"type": "string", "description": "reason code, see docs/findings.md"},
            },
        }
    ),
}

_FOUND: Final = "list of "
OPERATIONS: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    # method, path below /management, what it does, body, answer (empty: 204)
    ("POST", "/v3/assets", "Create an asset", "Asset", "IdResponse"),
    ("PUT", "/v3/assets", "Replace an asset", "Asset", ""),
    ("POST", "/v3/assets/request", "Find assets", "QuerySpec", _FOUND + "Asset"),
    ("GET", "/v3/assets/{id}", "Show an asset", "", "Asset"),
    ("DELETE", "/v3/assets/{id}", "Delete an asset", "", ""),
    ("POST", "/v3/policydefinitions", "Create a policy", "PolicyDefinition", "IdResponse"),
    ("PUT", "/v3/policydefinitions/{id}", "Replace a policy", "PolicyDefinition", ""),
    ("POST", "/v3/policydefinitions/request", "Find policies", "QuerySpec", _FOUND + "PolicyDefinition"),
    ("GET", "/v3/policydefinitions/{id}", "Show a policy", "", "PolicyDefinition"),
    ("DELETE", "/v3/policydefinitions/{id}", "Delete a policy", "", ""),
    ("POST", "/v3/contractdefinitions", "Create a contract definition", "ContractDefinition", "IdResponse"),
    ("PUT", "/v3/contractdefinitions", "Replace a contract definition", "ContractDefinition", ""),
    ("POST", "/v3/contractdefinitions/request", "Find definitions", "QuerySpec", _FOUND + "ContractDefinition"),
    ("GET", "/v3/contractdefinitions/{id}", "Show a contract definition", "", "ContractDefinition"),
    ("DELETE", "/v3/contractdefinitions/{id}", "Delete a contract definition", "", ""),
    ("POST", "/v3/catalog/request", "Ask a partner for its catalog", "CatalogRequest", "any"),
    ("POST", "/v3/catalog/dataset/request", "Ask a partner for one dataset", "DatasetRequest", "any"),
    ("POST", "/v3/contractnegotiations", "Ask for a contract", "ContractRequest", "IdResponse"),
    ("POST", "/v3/contractnegotiations/request", "Find negotiations", "QuerySpec", _FOUND + "ContractNegotiation"),
    ("GET", "/v3/contractnegotiations/{id}", "Show a negotiation", "", "ContractNegotiation"),
    ("GET", "/v3/contractnegotiations/{id}/state", "Show its state", "", "State"),
    ("GET", "/v3/contractnegotiations/{id}/agreement", "Show its contract", "", "ContractAgreement"),
    ("POST", "/v3/contractnegotiations/{id}/terminate", "End a negotiation", "Reason", ""),
    ("POST", "/v3/contractagreements/request", "Find contracts", "QuerySpec", _FOUND + "ContractAgreement"),
    ("GET", "/v3/contractagreements/{id}", "Show a contract", "", "ContractAgreement"),
    ("GET", "/v3/contractagreements/{id}/negotiation", "Show how it was made", "", "ContractNegotiation"),
    ("POST", "/v3/contractagreements/retirements", "Retire a contract", "Retirement", ""),
    ("POST", "/v3/contractagreements/retirements/request", "Find retired ones", "QuerySpec", _FOUND + "Retirement"),
    ("DELETE", "/v3/contractagreements/retirements/{id}", "Take a contract up again", "", ""),
    ("POST", "/v3.1alpha/contractagreements/retirements", "As under v3", "Retirement", ""),
    ("POST", "/v3.1alpha/contractagreements/retirements/request", "As under v3", "QuerySpec", _FOUND + "Retirement"),
    ("DELETE", "/v3.1alpha/contractagreements/retirements/{id}", "As under v3", "", ""),
    ("POST", "/v3/transferprocesses", "Ask for data under a contract", "TransferRequest", "IdResponse"),
    ("POST", "/v3/transferprocesses/request", "Find transfers", "QuerySpec", _FOUND + "TransferProcess"),
    ("GET", "/v3/transferprocesses/{id}", "Show a transfer", "", "TransferProcess"),
    ("GET", "/v3/transferprocesses/{id}/state", "Show its state", "", "State"),
    ("POST", "/v3/transferprocesses/{id}/terminate", "End a transfer", "Reason", ""),
    ("POST", "/v3/transferprocesses/{id}/suspend", "Suspend a transfer", "Reason", ""),
    ("POST", "/v3/transferprocesses/{id}/resume", "Resume a transfer", "Reason", ""),
    ("POST", "/v3/transferprocesses/{id}/deprovision", "Nothing is provisioned: done when it is over", "Reason", ""),
    ("POST", "/v3/edrs", "Negotiate and ask for the data in one call", "ContractRequest", "IdResponse"),
    ("POST", "/v3/edrs/request", "Find data addresses", "QuerySpec", _FOUND + "EndpointDataReferenceEntry"),
    ("GET", "/v3/edrs/{id}/dataaddress", "Show a data address with its token (auto_refresh=true renews)", "", "Edr"),
    ("POST", "/v3/edrs/{id}/refresh", "Renew the token now", "Reason", "Edr"),
    ("DELETE", "/v3/edrs/{id}", "Forget a data address", "", ""),
    ("GET", "/v3/dataplanes", "List the data plane", "", _FOUND + "DataPlane"),
    ("POST", "/v3/protocol-versions/request", "Ask for a partner's versions", "VersionRequest", "ProtocolVersions"),
    ("POST", "/v4alpha/protocol-versions/request", "As under v3", "VersionRequest", "ProtocolVersions"),
    ("POST", "/v3/connectordiscovery/dspversionparams", "Find an address", "VersionRequest", "VersionParameters"),
    ("POST", "/v4alpha/connectordiscovery/dspversionparams", "As under v3", "VersionRequest", "VersionParameters"),
)
_REFUSALS: Final = (400, 401, 403, 404, 409, 413, 429, 503)
_OPTIONAL: Final = frozenset({"QuerySpec", "Reason"})
"""Bodies that may be left out."""


def document(*, version: str, url: str = "/") -> Json:
    """The document."""
    paths: dict[str, Json] = {}
    for method, path, summary, body, answer in OPERATIONS:
        paths.setdefault(f"/management{path}", {})[method.lower()] = _operation(method, path, summary, body, answer)
    for path, (methods, why) in ABSENT.items():
        for method in methods:
            operation = _operation(method, f"/v3{path}", "Not offered", "", "")
            operation["responses"] = {"501": _answer("Errors", f"Not offered: {why}")}
            paths.setdefault(f"/management/v3{path}", {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ionport: EDC's management API v3", "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
            "schemas": dict(SCHEMAS),
        },
    }


def _operation(method: str, path: str, summary: str, body: str, answer: str) -> Json:
    name = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", path))
    refused = {str(status): _answer("Errors", "Refused, with reason codes") for status in _REFUSALS}
    found: Json = {"operationId": f"{method.lower()}{name}", "summary": summary, "tags": [path.split("/")[2]]}
    if "{id}" in path:
        schema = {"type": "string", "minLength": 1}
        found["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": schema}]
    if body:
        content = {"application/json": {"schema": _ref(body)}}
        found["requestBody"] = {"required": body not in _OPTIONAL, "content": content}
    done = {"200": _answer(answer, summary)} if answer else {"204": {"description": summary}}
    return {**found, "responses": {**done, **refused}}


def _answer(shape: str, description: str) -> Json:
    name = shape.removeprefix(_FOUND)
    schema = _ANY if name == "any" else _ref(name)
    schema = _list(schema) if shape.startswith(_FOUND) else schema
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def route(version: str) -> web.RouteDef:
    """The route that serves the document to any key."""

    @permitted("read")
    async def show(_: web.Request) -> web.Response:
        return answers.json(document(version=version))

    return web.get(PATH, show)
