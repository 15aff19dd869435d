"""The models on the wire: every rule of every member, the four rows, the error form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation import exact_json
from connector.notation.problems import Invalid
from connector.pcf.ouranos import records
from connector.pcf.ouranos.models import (
    CfpModel,
    Model,
    OperatorModel,
    PartsModel,
    PartsStructureModel,
    PlantModel,
    StatusModel,
    TradeModel,
    TradeRequestModel,
    TradeResponseModel,
    dqr_type_of,
    error_body,
    error_detail,
    parse,
    to_json,
    validate_cfp_rows,
)

A = "b39e6248-c888-56ca-d9d0-89de1b1adc8e"
B = "15572d1c-ec13-0d78-7f92-dd4278871373"
PLANT = "00000000-0000-4000-8000-00000000000a"
TRACE = "00000000-0000-4000-8000-000000000001"

OPERATOR: dict[str, Any] = {
    "operatorId": A,
    "operatorName": "A株式会社",
    "operatorAddress": "1-1",
    "openOperatorId": "1234567890123",
    "operatorAttribute": {"globalOperatorId": None},
}
PLANT_BODY: dict[str, Any] = {
    "plantId": None,
    "operatorId": A,
    "plantName": "P",
    "plantAddress": "1-1",
    "openPlantId": "1234567890123000001",
    "plantAttribute": {},
}
PART: dict[str, Any] = {
    "traceId": TRACE,
    "operatorId": A,
    "plantId": PLANT,
    "partsName": "cell",
    "supportPartsName": None,
    "terminatedFlag": False,
    "amountRequired": Decimal("1.5"),
    "amountRequiredUnit": "kilogram",
}
STATUS: dict[str, Any] = {
    "statusId": None,
    "tradeId": None,
    "requestStatus": {"completedCount": 1, "tradesCountModifiedAt": "2024-05-24T22:33:44Z"},
    "message": "please",
    "replyMessage": None,
    "requestType": "CFP",
    "responseDueDate": "2026-12-31",
}
TRADE: dict[str, Any] = {
    "tradeId": None,
    "downstreamOperatorId": A,
    "downstreamTraceId": TRACE,
    "upstreamOperatorId": B,
    "upstreamTraceId": None,
}
BODIES: dict[type[Model], dict[str, Any]] = {
    OperatorModel: OPERATOR,
    PlantModel: PLANT_BODY,
    PartsModel: PART,
    PartsStructureModel: {"parentPartsModel": PART, "childrenPartsModel": [PART, PART]},
    StatusModel: STATUS,
    TradeModel: TRADE,
    TradeRequestModel: {"statusModel": STATUS, "tradeModel": TRADE},
    TradeResponseModel: {"statusModel": STATUS, "tradeModel": TRADE, "partsModel": PART},
}


def row(kind: str, **changed: Any) -> dict[str, Any]:
    rating = {"TeR": Decimal("2.1"), "GeR": 0, "TiR": None}
    return {
        "cfpId": None,
        "traceId": TRACE,
        "ghgEmission": Decimal("1.12345"),
        "ghgDeclaredUnit": "kgCO2e/kilogram",
        "cfpType": kind,
        "dqrType": dqr_type_of(kind),
        "dqrValue": rating,
    } | changed


def four(**changed: Any) -> list[dict[str, Any]]:
    return [row(kind, **changed) for kind in ("mainComponent", "preProduction", "preComponent", "mainProduction")]


def refused(model: type[Model], body: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse(model, body)
    assert caught.value.code == "pcf/ouranos"
    return {finding.pointer: finding.message for finding in caught.value.findings}


@pytest.mark.parametrize("model", [*BODIES, CfpModel])
def test_every_model_keeps_its_wire_form(model: type[Model]) -> None:
    body = BODIES.get(model, row("preProduction"))
    made = to_json(parse(model, body))
    assert {name: made[name] for name in body if not isinstance(body[name], dict | list)} == {
        name: value for name, value in body.items() if not isinstance(value, dict | list)
    }
    assert parse(model, made) == parse(model, body)
    assert exact_json.decode(exact_json.encode(parse(model, body))) == made


@pytest.mark.parametrize("model", [*BODIES, CfpModel])
@pytest.mark.parametrize("hostile", [None, [], "x", 1])
def test_every_model_is_an_object(model: type[Model], hostile: Any) -> None:
    assert refused(model, hostile) == {"": "the body must be an object"}


CASES: list[tuple[type[Model], str, list[Any]]] = [
    (OperatorModel, "operatorId", [None, "x", A + "0", 1, f"{{{A}}}"]),
    (OperatorModel, "operatorName", ["", "n" * 257, None, 1]),
    (OperatorModel, "operatorAddress", ["", "n" * 257]),
    (OperatorModel, "openOperatorId", ["", "1" * 21]),
    (OperatorModel, "operatorAttribute", [None, [], "x"]),
    (PlantModel, "plantId", ["", "x"]),
    (PlantModel, "plantName", ["", "n" * 257]),
    (PlantModel, "plantAddress", ["", "n" * 257]),
    (PlantModel, "openPlantId", ["12345", "abcdefg", "1" * 27, "12345x", "١٢٣٤٥٦", "123456\n", 123456]),
    (PartsModel, "traceId", ["", "x"]),
    (PartsModel, "plantId", [None]),
    (PartsModel, "partsName", ["", "n" * 51, None]),
    (PartsModel, "supportPartsName", ["n" * 51, 1]),
    (PartsModel, "terminatedFlag", [None, "false", 0]),
    (PartsModel, "amountRequired", [-1, 100000, Decimal("0.000001"), "1", True, 1.5, Decimal("NaN"),
                                    Decimal("Infinity"), Decimal("1e400")]),
    (PartsModel, "amountRequiredUnit", ["piece", "cubic meter", "", 1]),
    (PartsModel, "partsLabelName", ["n" * 51]),
    (PartsModel, "partsAddInfo1", ["n" * 51]),
    (PartsModel, "partsAddInfo2", ["n" * 51]),
    (PartsModel, "partsAddInfo3", ["n" * 51, 1]),
    (PartsStructureModel, "childrenPartsModel", [None, {}, [PART] * 51]),
    (StatusModel, "message", ["m" * 1001, 1]),
    (StatusModel, "replyMessage", ["m" * 1001]),
    (StatusModel, "requestType", [None, "cfp", "OTHER"]),
    (StatusModel, "responseDueDate", ["2026-02-30", "31.12.2026", "2026-12-31T00:00:00Z", "20261231", 1]),
    (TradeModel, "downstreamOperatorId", [None, "x"]),
    (TradeModel, "upstreamTraceId", ["x"]),
    (CfpModel, "traceId", [None]),
    (CfpModel, "ghgEmission", [-1, 100000, Decimal("1.123456"), "1", True, Decimal("NaN"), Decimal("1e400")]),
    (CfpModel, "ghgDeclaredUnit", ["kilogram", "kgCO2e/piece", None, "kgCO2e/hour"]),
    (CfpModel, "cfpType", ["Production", None]),
    (CfpModel, "dqrType", ["preProsessing", None]),
    (CfpModel, "dqrValue", [None, []]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "name", "value"), [(m, n, v) for m, n, values in CASES for v in values], ids=str)
def test_each_member_keeps_to_its_rule(model: type[Model], name: str, value: Any) -> None:
    body = BODIES.get(model, row("preProduction"))
    told = refused(model, {**body, name: value})
    assert list(told) == [f"/{name}"]
    assert told[f"/{name}"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("model", "name", "values"),
    [
        (OperatorModel, "openOperatorId", ["1", "1" * 20]),
        (PlantModel, "openPlantId", ["000000", "x" * 20 + "123456"]),
        (PartsModel, "amountRequired", [0, Decimal("99999.99999"), Decimal("1.50000000"), None]),
        (PartsModel, "amountRequiredUnit", [None, "unit", "ton-kilometer"]),
        (PartsModel, "traceId", [None]),
        (StatusModel, "responseDueDate", [None, "2028-02-29"]),
        (StatusModel, "message", ["", "m" * 1000, None]),
    ],
)
def test_the_edges_of_rules_pass(model: type[Model], name: str, values: list[Any]) -> None:
    for value in values:
        assert to_json(parse(model, {**BODIES[model], name: value}))[name] == value


def test_nested_members_are_named_by_their_place() -> None:
    body = {"statusModel": {**STATUS, "requestStatus": {"completedCount": -1}}, "tradeModel": {**TRADE, "tradeId": 1}}
    assert set(refused(TradeRequestModel, body)) == {
        "/statusModel/requestStatus/completedCount",
        "/tradeModel/tradeId",
    }
    structure = {"parentPartsModel": PART, "childrenPartsModel": [PART, {**PART, "partsName": ""}]}
    assert set(refused(PartsStructureModel, structure)) == {"/childrenPartsModel/1/partsName"}
    global_id = {**OPERATOR, "operatorAttribute": {"globalOperatorId": "x" * 257}}
    assert set(refused(OperatorModel, global_id)) == {"/operatorAttribute/globalOperatorId"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cfpResponseStatus", "DONE"),
        ("cfpResponseStatus", None),
        ("tradeTreeStatus", "OPEN"),
        ("tradesCount", Decimal("1.5")),
        ("completedCount", True),
        ("completedCountModifiedAt", "2024-05-24T22:33:44"),
        ("tradesCountModifiedAt", "2024-13-24T22:33:44Z"),
    ],
)
def test_request_status_keeps_to_its_rules(name: str, value: Any) -> None:
    told = refused(StatusModel, {**STATUS, "requestStatus": {name: value}})
    assert list(told) == [f"/requestStatus/{name}"]


def test_missing_members_are_told_and_unknown_ones_passed_over() -> None:
    assert refused(TradeModel, {}) == {f"/{name}": f"{name}: is missing" for name in TRADE}
    assert parse(TradeModel, {**TRADE, "extra": 1}) == parse(TradeModel, TRADE)


def test_ids_are_one_in_either_case() -> None:
    assert parse(TradeModel, {**TRADE, "upstreamOperatorId": B.upper()}).upstream_operator_id == B


def test_four_rows_come_in_order_whatever_order_they_are_sent_in() -> None:
    assert [made.cfp_type for made in validate_cfp_rows(four())] == [
        "preProduction",
        "mainProduction",
        "preComponent",
        "mainComponent",
    ]


def rows_refused(rows: Any) -> str:
    with pytest.raises(Invalid) as caught:
        validate_cfp_rows(rows)
    assert caught.value.code == "pcf/ouranos"
    return caught.value.detail


@pytest.mark.parametrize("rows", [[], four()[:3], four() + four()[:1], None, {}, "four", 4])
def test_there_are_four_rows(rows: Any) -> None:
    assert rows_refused(rows) == "cfp models must be 4 elements"


def replaced(index: int, **changed: Any) -> list[dict[str, Any]]:
    rows = four()
    rows[index] |= changed
    return rows


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (replaced(0, **row("preProduction")), "cfpType mainComponent is insufficient"),
        (replaced(1, cfpId=A), "ensure all objects have the same cfpId"),
        (replaced(1, traceId=A), "ensure all objects have the same traceId"),
        (replaced(1, ghgDeclaredUnit="kgCO2e/unit"), "ensure all objects have the same ghgDeclaredUnit"),
        (replaced(1, dqrValue={"TeR": 1, "GeR": 1, "TiR": 1}), "different dqrValues are set for the same dqrType"),
        (replaced(1, dqrType="mainProcessing"), "ensure the combination of cfpType and dqrType is correct"),
        (replaced(1, dqrType="preProcessingTotal"), "ensure the combination of cfpType and dqrType is correct"),
        (replaced(1, ghgEmission=Decimal("0.000001")), "1.ghgEmission: must be a value up to the 5th decimal place"),
        (four(ghgEmission=0), "a dqrValue of preProcessing above 0 needs a ghgEmission above 0 in that process"),
        (four(ghgEmission=None), "a dqrValue of mainProcessing above 0 needs a ghgEmission above 0 in that process"),
        (replaced(2, dqrValue={"TeR": 1, "GeR": 1}), "2.dqrValue.TiR: is missing"),
        (replaced(2, cfpType="preComponentTotal"), "cfpType preComponent is insufficient"),
    ],
)
def test_the_rules_of_the_four_rows(rows: list[dict[str, Any]], told: str) -> None:
    assert told in rows_refused(rows).split("; ")


def test_rows_without_emission_and_rating_pass() -> None:
    empty = {"TeR": None, "GeR": 0, "TiR": None}
    assert len(validate_cfp_rows(four(ghgEmission=0, dqrValue=empty))) == 4


def test_the_error_form() -> None:
    time = datetime(2026, 11, 21, 15, 30, 0, 7999, tzinfo=timezone(timedelta(hours=9)))
    detail = error_detail(A, time, "cfp", "PUT")
    assert detail == f"id: {A}, timeStamp: 2026-11-21T06:30:00.007Z, dataTarget: cfp, method: PUT"
    assert error_body("dataspace", "BadRequest", "Validation failed", detail) == {
        "code": "[dataspace] BadRequest",
        "message": "Validation failed",
        "detail": detail,
    }
    assert error_detail("", datetime(2026, 1, 1, tzinfo=UTC), "", "GET").startswith("id: , timeStamp: 2026-01-01T00")


@pytest.mark.parametrize(("origin", "name"), [("elsewhere", "BadRequest"), ("auth", "Conflict"), ("auth", "")])
def test_errors_that_the_api_lacks(origin: str, name: str) -> None:
    with pytest.raises(Invalid):
        error_body(origin, name, "", "")


def test_members_are_those_of_the_published_openapi() -> None:
    file = Path(__file__).resolve().parents[4] / "../shared/reference/ouranos/data-transaction-openapi.yaml"
    if not file.exists():
        pytest.skip("the reference OpenAPI is not on this machine")
    yaml = pytest.importorskip("yaml")
    schemas = yaml.safe_load(file.read_text())["components"]["schemas"]
    for model in [*BODIES, CfpModel]:
        published = schemas[f"traceability.{model.__name__}"]
        rules = records.RULES[model]
        assert set(rules) == set(published["properties"])
        assert {name for name, rule in rules.items() if rule.required} == set(published["required"])
        for name, rule in rules.items():
            assert rule.nullable == bool(published["properties"][name].get("nullable")), name
