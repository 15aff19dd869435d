"""JSON Schemas (2020-12) of the protocol's documents, generated from small tables and compiled once.

Two readings of each: `strict` judges like the schemas published with Dataspace Protocol 2025-1 and holds for what this
node sends; `lenient` holds for what is received, with the additions that peers in the field need (LENIENCIES).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Literal

import jsonschema_rs

from connector.dsp.vocabulary import BINDING, DSPACE_CONTEXT
from connector.notation import pointers
from connector.notation.findings import Finding

Mode = Literal["strict", "lenient"]
Schema = dict[str, Any]

LENIENCIES: Final[dict[str, str]] = {
    "empty rules": "EDC leaves out empty rule arrays: an offer may have neither permission nor prohibition",
    "number operand": "a right operand may be a number or a truth value",
    "both addresses": "a request or offer may repeat callbackAddress beside the other side's process id",
    "bare errors": "EDC's error documents carry no process ids; ours write one that is not known as an empty text",
    "inline context": "`@context` may hold objects beside the protocol's IRI",
    "empty lists": "an empty catalog may say so with an empty list",
    "bare properties": "endpoint properties need no `@type`, and their list may be empty",
    "bare versions": "a version entry may lack its binding, as before 2025-1",
}
"""What `lenient` lets pass beyond `strict`, and why."""

PROSE: Final[dict[str, str]] = {
    "offer target": "the offer of a request names its target",
    "callback": "callbackAddress is an http or https URL, or no answer could be sent",
    "names": "process ids, agreement ids, formats and policy ids are not empty",
}
"""What `lenient` wants beyond `strict`, because the protocol's text does."""

TEXT: Final[Schema] = {"type": "string"}
NAME: Final[Schema] = {"type": "string", "minLength": 1}
URL: Final[Schema] = {"type": "string", "pattern": "^https?://[^\\s]+$"}
ANY_LIST: Final[Schema] = {"type": "array"}

OPERATORS: Final = (
    *("eq", "neq", "gt", "gteq", "lt", "lteq", "term-lteq"),
    *("isA", "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf"),
)
LOGICAL: Final = ("and", "andSequence", "or", "xone")
RULES: Final = ("permission", "prohibition", "obligation")
NEGOTIATION_STATES: Final = ("REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED")
TRANSFER_STATES: Final = ("REQUESTED", "STARTED", "SUSPENDED", "COMPLETED", "TERMINATED")
EVENTS: Final = ("ACCEPTED", "FINALIZED")
TIMESTAMP: Final = (
    "^-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "T(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?|24:00:00(\\.0+)?)"
    "(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?$"
)
"""xsd:dateTime, from end to end."""

PIDS: Final = ("providerPid", "consumerPid")

MESSAGES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "CatalogRequestMessage": ((), ("filter",)),
    "DatasetRequestMessage": (("dataset",), ()),
    "CatalogError": ((), ("code", "anyReason")),
    "ContractRequestMessage": (("consumerPid", "offer"), ("providerPid", "callbackAddress")),
    "ContractOfferMessage": (("providerPid", "targetedOffer"), ("consumerPid", "callbackAddress")),
    "ContractAgreementMessage": ((*PIDS, "agreement"), ()),
    "ContractAgreementVerificationMessage": (PIDS, ()),
    "ContractNegotiationEventMessage": ((*PIDS, "eventType"), ()),
    "ContractNegotiationTerminationMessage": (PIDS, ("code", "reason")),
    "ContractNegotiation": ((*PIDS, "negotiationState"), ()),
    "ContractNegotiationError": (PIDS, ("code", "reason")),
    "TransferRequestMessage": (("consumerPid", "agreementId", "format", "callbackAddress"), ("dataAddress",)),
    "TransferStartMessage": (PIDS, ("dataAddress",)),
    "TransferCompletionMessage": (PIDS, ()),
    "TransferSuspensionMessage": (PIDS, ("code", "reason")),
    "TransferTerminationMessage": (PIDS, ("code", "reason")),
    "TransferProcess": ((*PIDS, "transferState"), ()),
    "TransferError": (PIDS, ("code", "reason")),
}
"""Message type -> required members, optional members; each name is a row of `_members`."""

EITHER: Final[dict[str, tuple[str, str]]] = {
    "ContractRequestMessage": ("callbackAddress", "providerPid"),
    "ContractOfferMessage": ("callbackAddress", "consumerPid"),
}
"""The first opens a process, the second names a process that is open: exactly one of them is there."""

WIRE_NAMES: Final[dict[str, str]] = {
    "anyReason": "reason",
    "targetedOffer": "offer",
    "negotiationState": "state",
    "transferState": "state",
}
"""Rows of `_members` whose name on the wire is another."""

ERRORS: Final = frozenset({"CatalogError", "ContractNegotiationError", "TransferError"})
OTHER_DOCUMENTS: Final = ("Catalog", "Dataset", "DataAddress", "VersionResponse")
DOCUMENTS: Final = (*MESSAGES, *OTHER_DOCUMENTS)


def check(document: Any, type_: str, mode: Mode = "strict") -> list[Finding]:
    """What is wrong with `document` as a `type_` (a name in DOCUMENTS); an empty list where nothing is."""
    return [_finding(error) for error in _errors(document, type_, mode)]


def is_valid(document: Any, type_: str, mode: Mode = "strict") -> bool:
    """Whether `check` would find nothing; faster."""
    return validator(type_, mode).is_valid(document)


@cache
def validator(type_: str, mode: Mode = "strict") -> jsonschema_rs.Draft202012Validator:
    """The compiled schema of `type_`."""
    return jsonschema_rs.Draft202012Validator(schema(type_, mode))


def schema(type_: str, mode: Mode = "strict") -> Schema:
    """The JSON Schema of `type_` with all that it refers to under `$defs`."""
    lenient = mode == "lenient"
    root = _message(type_, lenient) if type_ in MESSAGES else {"$ref": f"#/$defs/Root{type_}"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": _definitions(lenient)}


def _errors(document: Any, type_: str, mode: Mode) -> Iterator[jsonschema_rs.ValidationError]:
    return iter(validator(type_, mode).iter_errors(document))


def _finding(error: jsonschema_rs.ValidationError) -> Finding:
    return Finding("dsp/schema", error.message[:500], pointers.join("", *error.instance_path), source="DSP 2025-1")


def _message(type_: str, lenient: bool) -> Schema:
    required, optional = MESSAGES[type_]
    table = _members(lenient)
    members = {WIRE_NAMES.get(row, row): table[row] for row in (*required, *optional)}
    if lenient and type_ in ERRORS:
        members |= {pid: TEXT for pid in PIDS if pid in members}
    wanted = [] if lenient and type_ in ERRORS else [WIRE_NAMES.get(row, row) for row in required]
    found = _object(
        ["@context", "@type", *wanted], {"@context": _context(lenient), "@type": {"const": type_}, **members}
    )
    if type_ in EITHER:
        found["anyOf" if lenient else "oneOf"] = [{"required": [name]} for name in EITHER[type_]]
    return found


def _members(lenient: bool) -> dict[str, Schema]:
    """Member (or its row, see WIRE_NAMES) -> schema of its value."""
    name = NAME if lenient else TEXT
    offer: Schema = {"$ref": "#/$defs/MessageOffer"}
    targeted = _object(["@id", "target"], {"@id": name, "target": name}, offer)
    return {
        **dict.fromkeys((*PIDS, "agreementId", "dataset", "format"), name),
        "callbackAddress": URL if lenient else TEXT,
        "code": TEXT,
        "reason": {"type": "array", "minItems": 1},
        "anyReason": ANY_LIST,
        "filter": ANY_LIST,
        "eventType": {"enum": list(EVENTS)},
        "negotiationState": {"enum": list(NEGOTIATION_STATES)},
        "transferState": {"enum": list(TRANSFER_STATES)},
        "offer": targeted if lenient else offer,
        "targetedOffer": targeted,
        "agreement": {"$ref": "#/$defs/Agreement"},
        "dataAddress": {"$ref": "#/$defs/RootDataAddress"},
    }


def _object(required: list[str], properties: Schema, *parts: Schema) -> Schema:
    found: Schema = {"type": "object", "required": required, "properties": properties}
    return {**found, "allOf": list(parts)} if parts else found


def _list(definition: str, least: int = 1) -> Schema:
    items = {"$ref": f"#/$defs/{definition}"}
    return {"type": "array", "items": items, "minItems": least} if least else {"type": "array", "items": items}


def _context(lenient: bool) -> Schema:
    items: Schema = {"type": ["string", "object"]} if lenient else TEXT
    return {"type": "array", "items": items, "contains": {"const": DSPACE_CONTEXT}}


def _definitions(lenient: bool) -> dict[str, Schema]:
    return {**_policies(lenient), **_catalogs(lenient), **_addresses(lenient), **_versions(lenient)}


def _policies(lenient: bool) -> dict[str, Schema]:
    some: Schema = {} if lenient else {"anyOf": [{"required": ["permission"]}, {"required": ["prohibition"]}]}
    rule = _object(["action"], {"action": TEXT, "constraint": _list("Constraint", 0)})
    operand: Schema = {"type": ["string", "object", "array", *(["number", "boolean"] if lenient else [])]}
    logical = {"required": ["operator", "leftOperand", "rightOperand"]}
    policy = {
        "@id": NAME if lenient else TEXT,
        "profile": {"type": ["string", "array"], "items": TEXT},
        **{name: _list("Rule", 0 if lenient else 1) for name in RULES},
    }
    parties = {
        **dict.fromkeys(("target", "assigner", "assignee"), TEXT),
        "timestamp": {"type": "string", "pattern": TIMESTAMP},
    }
    offer = _object(["@id"], {**policy, "@type": {"const": "Offer"}}) | some
    return {
        "Rule": rule,
        "Constraint": {
            "type": "object",
            "oneOf": [
                {
                    "oneOf": [{"required": [name]} for name in LOGICAL],
                    "properties": {name: _list("Constraint", 0) for name in LOGICAL},
                },
                {
                    **logical,
                    "properties": {"operator": {"enum": list(OPERATORS)}, "leftOperand": TEXT, "rightOperand": operand},
                },
            ],
        },
        "Offer": offer | ({} if lenient else {"not": {"required": ["target"]}}),
        "MessageOffer": offer | {"required": ["@id", "@type"], "properties": {**offer["properties"], "target": TEXT}},
        "Agreement": _object(
            ["@id", "@type", "target", "assigner", "assignee"], {**policy, **parties, "@type": {"const": "Agreement"}}
        )
        | some,
    }


def _catalogs(lenient: bool) -> dict[str, Schema]:
    least = 0 if lenient else 1
    service = _object(
        ["@id", "@type", "endpointURL"],
        {"@id": TEXT, "@type": {"const": "DataService"}, "endpointURL": TEXT, "servesDataset": _list("Dataset")},
    )
    dataset = _object(
        ["@id", "hasPolicy", "distribution"],
        {"@id": TEXT, "hasPolicy": _list("Offer", least), "distribution": _list("Distribution", least)},
    )
    catalog = _object(
        ["@id", "@type"],
        {
            "@id": TEXT,
            "@type": {"const": "Catalog"},
            "distribution": _list("Distribution", least),
            "dataset": _list("Dataset", least),
            "catalog": _list("Catalog", least),
            "service": _list("DataService", least),
        },
    ) | {"not": {"required": ["hasPolicy"]}}
    access: Schema = {"oneOf": [TEXT, {"$ref": "#/$defs/DataService"}]}
    root = {"@context": _context(lenient)}
    return {
        "DataService": service,
        "Distribution": _object(
            ["accessService", "format"], {"accessService": access, "format": TEXT, "hasPolicy": _list("Offer")}
        ),
        "Dataset": dataset,
        "RootDataset": _object(["@context"], root, {"$ref": "#/$defs/Dataset"}),
        "Catalog": catalog,
        "RootCatalog": _object(
            ["@context", "participantId"], {**root, "participantId": TEXT}, {"$ref": "#/$defs/Catalog"}
        ),
    }


def _addresses(lenient: bool) -> dict[str, Schema]:
    required = ["name", "value"] if lenient else ["@type", "name", "value"]
    return {
        "EndpointProperty": _object(required, {"@type": {"const": "EndpointProperty"}, "name": TEXT, "value": TEXT}),
        "RootDataAddress": _object(
            ["@type", "endpointType"],
            {
                "@type": {"const": "DataAddress"},
                "endpointType": TEXT,
                "endpoint": TEXT,
                "endpointProperties": _list("EndpointProperty", 0 if lenient else 1),
            },
        ),
    }


def _versions(lenient: bool) -> dict[str, Schema]:
    auth = _object(
        ["protocol", "version"], {"protocol": TEXT, "version": TEXT, "profile": {"type": "array", "items": TEXT}}
    )
    version = _object(
        ["version", "path"] if lenient else ["version", "path", "binding"],
        {
            **dict.fromkeys(("version", "path", "identifierType", "serviceId"), TEXT),
            "binding": TEXT if lenient else {"const": BINDING},
            "auth": auth,
        },
    )
    return {
        "Version": version,
        "RootVersionResponse": _object(["protocolVersions"], {"protocolVersions": _list("Version")}),
    }
