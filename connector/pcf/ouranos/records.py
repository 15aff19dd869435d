"""The records of the Ouranos data-transaction API (OpenAPI 3.0.0), JSON names as on the wire, amounts as Decimals.

Every model is made from JSON by `parse`, which checks each member by the rules in `wire`; a struct that is encoded
has the wire names again, null members included (but for a request status).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from connector.notation.findings import Finding
from connector.notation.problems import Invalid
from connector.pcf.ouranos import wire
from connector.pcf.ouranos.wire import Rule

PRODUCTION_TYPES: tuple[str, str] = ("preProduction", "mainProduction")
COMPONENT_TYPES: tuple[str, str] = ("preComponent", "mainComponent")
WRITABLE_TYPES: tuple[str, ...] = (*PRODUCTION_TYPES, *COMPONENT_TYPES)
TOTAL_TYPES: tuple[str, ...] = tuple(f"{name}Total" for name in WRITABLE_TYPES)
RESPONSE_TYPES: tuple[str, ...] = ("preProductionResponse", "mainProductionResponse")
CFP_TYPES: tuple[str, ...] = (*WRITABLE_TYPES, *TOTAL_TYPES, *RESPONSE_TYPES)
DQR_TYPES: tuple[str, ...] = tuple(f"{p}Processing{s}" for s in ("", "Total", "Response") for p in ("pre", "main"))

NOT_COMPLETED = "NOT_COMPLETED"
COMPLETED = "COMPLETED"
REJECT = "REJECT"
CANCEL = "CANCEL"
RESPONSE_STATES: tuple[str, ...] = (NOT_COMPLETED, COMPLETED, REJECT, CANCEL)
TREE_STATES: tuple[str, ...] = ("TERMINATED", "UNTERMINATED")


class Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What all of them are: values, compared by their members."""


class OperatorAttribute(Model, frozen=True, kw_only=True):
    """Attributes of an operator; `global_operator_id` is unique across regions (a BPNL, for one)."""

    global_operator_id: str | None = None


class OperatorModel(Model, frozen=True, kw_only=True):
    """A company of the region."""

    operator_id: str
    operator_name: str
    operator_address: str
    open_operator_id: str
    operator_attribute: OperatorAttribute


class PlantAttribute(Model, frozen=True, kw_only=True):
    """Attributes of a plant."""

    global_plant_id: str | None = None


class PlantModel(Model, frozen=True, kw_only=True):
    """A site of an operator; `plant_id` is null on creation."""

    plant_id: str | None
    operator_id: str
    plant_name: str
    plant_address: str
    open_plant_id: str
    plant_attribute: PlantAttribute


class PartsModel(Model, frozen=True, kw_only=True):
    """A part of an operator's plant; `amount_required` is what one parent needs of it (null on a parent)."""

    trace_id: str | None
    operator_id: str
    plant_id: str
    parts_name: str
    support_parts_name: str | None
    terminated_flag: bool
    amount_required: Decimal | None
    amount_required_unit: str | None
    parts_label_name: str | None = None
    parts_add_info1: str | None = None
    parts_add_info2: str | None = None
    parts_add_info3: str | None = None


class PartsStructureModel(Model, frozen=True, kw_only=True):
    """A part and what it consists of, one level down."""

    parent_parts_model: PartsModel
    children_parts_model: list[PartsModel]


class TradeModel(Model, frozen=True, kw_only=True):
    """Who asks (downstream) whom (upstream) about which part; the upstream party sets `upstream_trace_id`."""

    trade_id: str | None
    downstream_operator_id: str
    downstream_trace_id: str
    upstream_operator_id: str
    upstream_trace_id: str | None


class RequestStatus(Model, frozen=True, kw_only=True, omit_defaults=True):
    """How far a request and the tree of requests beneath it are; what is not known is left out on the wire."""

    cfp_response_status: str | None = None
    trade_tree_status: str | None = None
    completed_count: int | None = None
    completed_count_modified_at: str | None = None
    trades_count: int | None = None
    trades_count_modified_at: str | None = None


class StatusModel(Model, frozen=True, kw_only=True):
    """The state of a trade request."""

    status_id: str | None
    trade_id: str | None
    request_status: RequestStatus
    message: str | None
    reply_message: str | None
    request_type: str
    response_due_date: str | None


class TradeRequestModel(Model, frozen=True, kw_only=True):
    """What the downstream party sends and sees."""

    status_model: StatusModel
    trade_model: TradeModel


class TradeResponseModel(Model, frozen=True, kw_only=True):
    """What the upstream party sees: the part as the downstream party names it, without its amount."""

    status_model: StatusModel
    trade_model: TradeModel
    parts_model: PartsModel


class DqrValue(Model, frozen=True, kw_only=True):
    """Technological, geographical and temporal representativeness."""

    te_r: Decimal | None = msgspec.field(name="TeR")
    ge_r: Decimal | None = msgspec.field(name="GeR")
    ti_r: Decimal | None = msgspec.field(name="TiR")


class CfpModel(Model, frozen=True, kw_only=True):
    """One row of a footprint: kgCO2e per one declared unit, for one process and origin."""

    cfp_id: str | None
    trace_id: str
    ghg_emission: Decimal | None
    ghg_declared_unit: str
    cfp_type: str
    dqr_type: str
    dqr_value: DqrValue


M = TypeVar("M", bound=Model)

RULES: dict[type[Model], dict[str, Rule]] = {
    OperatorAttribute: {"globalOperatorId": wire.text(0, 256, nullable=True, required=False)},
    OperatorModel: {
        "operatorId": wire.uuid(),
        "operatorName": wire.text(1, 256),
        "operatorAddress": wire.text(1, 256),
        "openOperatorId": wire.text(1, 20),
        "operatorAttribute": wire.model(OperatorAttribute),
    },
    PlantAttribute: {"globalPlantId": wire.text(0, 256, nullable=True, required=False)},
    PlantModel: {
        "plantId": wire.uuid(nullable=True),
        "operatorId": wire.uuid(),
        "plantName": wire.text(1, 256),
        "plantAddress": wire.text(1, 256),
        "openPlantId": wire.pattern(wire.OPEN_PLANT_ID, "6 to 26 characters that end with six digits"),
        "plantAttribute": wire.model(PlantAttribute),
    },
    PartsModel: {
        "traceId": wire.uuid(nullable=True),
        "operatorId": wire.uuid(),
        "plantId": wire.uuid(),
        "partsName": wire.text(1, 50),
        "supportPartsName": wire.text(0, 50, nullable=True),
        "terminatedFlag": wire.FLAG,
        "amountRequired": wire.amount(nullable=True),
        "amountRequiredUnit": wire.choice(*wire.UNITS, nullable=True),
        "partsLabelName": wire.text(0, 50, nullable=True, required=False),
        "partsAddInfo1": wire.text(0, 50, nullable=True, required=False),
        "partsAddInfo2": wire.text(0, 50, nullable=True, required=False),
        "partsAddInfo3": wire.text(0, 50, nullable=True, required=False),
    },
    PartsStructureModel: {
        "parentPartsModel": wire.model(PartsModel),
        "childrenPartsModel": wire.models(PartsModel, 50),
    },
    TradeModel: {
        "tradeId": wire.uuid(nullable=True),
        "downstreamOperatorId": wire.uuid(),
        "downstreamTraceId": wire.uuid(),
        "upstreamOperatorId": wire.uuid(),
        "upstreamTraceId": wire.uuid(nullable=True),
    },
    RequestStatus: {
        "cfpResponseStatus": wire.choice(*RESPONSE_STATES, required=False),
        "tradeTreeStatus": wire.choice(*TREE_STATES, required=False),
        "completedCount": wire.count(),
        "completedCountModifiedAt": wire.moment(),
        "tradesCount": wire.count(),
        "tradesCountModifiedAt": wire.moment(),
    },
    StatusModel: {
        "statusId": wire.uuid(nullable=True),
        "tradeId": wire.uuid(nullable=True),
        "requestStatus": wire.model(RequestStatus),
        "message": wire.text(0, 1000, nullable=True),
        "replyMessage": wire.text(0, 1000, nullable=True),
        "requestType": wire.choice("CFP"),
        "responseDueDate": wire.day(nullable=True),
    },
    TradeRequestModel: {"statusModel": wire.model(StatusModel), "tradeModel": wire.model(TradeModel)},
    TradeResponseModel: {
        "statusModel": wire.model(StatusModel),
        "tradeModel": wire.model(TradeModel),
        "partsModel": wire.model(PartsModel),
    },
    DqrValue: {name: wire.amount(nullable=True) for name in ("TeR", "GeR", "TiR")},
    CfpModel: {
        "cfpId": wire.uuid(nullable=True),
        "traceId": wire.uuid(),
        "ghgEmission": wire.amount(nullable=True),
        "ghgDeclaredUnit": wire.choice(*(f"kgCO2e/{unit}" for unit in wire.UNITS)),
        "cfpType": wire.choice(*CFP_TYPES),
        "dqrType": wire.choice(*DQR_TYPES),
        "dqrValue": wire.model(DqrValue),
    },
}
"""Wire name to rule, for each model."""


def parse(model: type[M], document: Any) -> M:
    """`document` as a `model`. Raises Invalid `pcf/ouranos` with a finding for each member that breaks its rule.

    Members that the model does not know are passed over, as the platform does.
    """
    findings: list[Finding] = []
    made = _made(model, document, "", findings)
    if made is None:
        raise refusal(findings)
    return made


def refusal(findings: list[Finding]) -> Invalid:
    """The refusal of a body: its detail joins what was wrong, for the `detail` of the region's error form."""
    detail = "; ".join(finding.message for finding in findings)
    return Invalid("pcf/ouranos", detail, pointer=findings[0].pointer, findings=findings)


def to_json(value: Model) -> dict[str, Any]:
    """`value` as plain JSON values with Decimals, wire names, null members included."""
    plain: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(Decimal,))
    return plain


def _made(model: type[M], document: Any, pointer: str, findings: list[Finding]) -> M | None:
    if not isinstance(document, Mapping):
        findings.append(Finding("pcf/type", f"{_place(pointer)}must be an object", pointer))
        return None
    members: dict[str, Any] = {}
    before = len(findings)
    attributes = {entry.encode_name: entry.name for entry in msgspec.structs.fields(model)}
    for name, rule in RULES[model].items():
        place = f"{pointer}/{name}"
        if name not in document:
            if rule.required:
                findings.append(Finding("pcf/required", f"{_place(place)}is missing", place))
            continue
        members[attributes[name]] = _member(rule, document[name], place, findings)
    return model(**members) if len(findings) == before else None


def _member(rule: Rule, value: Any, pointer: str, findings: list[Finding]) -> Any:
    if value is None and rule.nullable:
        return None
    if rule.model is not None and rule.longest is None:
        return _made(rule.model, value, pointer, findings)
    if rule.model is not None:
        return _list(rule, value, pointer, findings)
    complaint = rule.complain(value)
    if complaint is not None:
        findings.append(Finding("pcf/value", f"{_place(pointer)}{complaint}", pointer))
        return None
    return rule.load(value)


def _list(rule: Rule, value: Any, pointer: str, findings: list[Finding]) -> list[Any]:
    if not isinstance(value, list) or len(value) > (rule.longest or 0):
        findings.append(Finding("pcf/value", f"{_place(pointer)}must be a list of at most {rule.longest}", pointer))
        return []
    return [_made(rule.model, entry, f"{pointer}/{index}", findings) for index, entry in enumerate(value)]


def _place(pointer: str) -> str:
    return f"{pointer[1:].replace('/', '.')}: " if pointer else "the body "
