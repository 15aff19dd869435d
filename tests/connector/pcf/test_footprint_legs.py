"""The legs of the demo in one piece: region to Catena-X to battery, and Catena-X to region."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connector.notation import exact_json
from connector.pcf.battery import carbon_footprint_entries, roll_up
from connector.pcf.catena_x import version_9
from connector.pcf.footprint import Assumptions, Split
from connector.pcf.ouranos.mapping import Link, from_footprint, to_footprint
from connector.pcf.ouranos.models import OperatorModel, PartsModel, parse, to_json, validate_cfp_rows
from connector.pcf.ouranos.region import Release, response_rows

SUPPLIER = "15572d1c-ec13-0d78-7f92-dd4278871373"
BUYER = "b39e6248-c888-56ca-d9d0-89de1b1adc8e"
OURS = "00000000-0000-4000-8000-000000000001"
THEIRS = "00000000-0000-4000-8000-000000000002"

SETTINGS = Assumptions(
    {
        "scope": "Cradle-to-gate",
        "mass_per_declared_unit": Decimal("0.07"),
        "technology.ccs_included": False,
        "calculation": "Retrospective PCF",
        "boundary.exempted_percent": Decimal(0),
        "region": "Eastern Asia",
        "reference_start": "2025-01-01T00:00:00Z",
        "reference_end": "2025-12-31T23:59:59Z",
        "valid_until": "2028-12-31T23:59:59Z",
        "mass_balancing.used": False,
        "mass_balancing.free_attribution": "not applicable",
        "mass_balancing.scheme": "none",
        "standards.cross_sectoral": ("ISO 14067",),
        "standards.product_rules": (),
        "gwp": "AR6",
        "allocation.waste_incineration": "cut-off",
        "production.biogenic_uptake": Decimal(0),
        "packaging.included": False,
    },
    "bridge settings of the demo",
)


def operator(operator_id: str, name: str, bpnl: str) -> OperatorModel:
    attribute = {"globalOperatorId": bpnl}
    body = {"operatorId": operator_id, "operatorName": name, "operatorAddress": "x", "openOperatorId": "1"}
    return parse(OperatorModel, {**body, "operatorAttribute": attribute})


def cell(trace_id: str, owner: str) -> PartsModel:
    body: dict[str, Any] = {"traceId": trace_id, "operatorId": owner, "plantId": THEIRS, "partsName": "CELL"}
    return parse(
        PartsModel,
        body | {"supportPartsName": None, "terminatedFlag": False, "amountRequired": 1, "amountRequiredUnit": "unit"},
    )


def put_body(**emissions: str) -> list[dict[str, Any]]:
    return [
        {
            "cfpId": None,
            "traceId": THEIRS,
            "ghgEmission": Decimal(value),
            "ghgDeclaredUnit": "kgCO2e/unit",
            "cfpType": kind,
            "dqrType": "preProcessing" if kind.startswith("pre") else "mainProcessing",
            "dqrValue": {"TeR": 2, "GeR": 1, "TiR": 1},
        }
        for kind, value in emissions.items()
    ]


def test_from_the_region_to_the_passport() -> None:
    rows = validate_cfp_rows(put_body(preProduction="2.5", mainProduction="1", preComponent="0.5", mainComponent="0"))
    response = response_rows(rows, downstream_trace_id=OURS, release=Release())
    supplier = operator(SUPPLIER, "Cell Works", "BPNL00000003CSGV")
    link = Link("3893bb5d-da16-4dc1-9185-11d97476c254", created="2026-11-21T00:00:00Z")
    footprint, _ = to_footprint(response, cell(OURS, BUYER), supplier, link=link)
    document, findings = version_9.write(footprint, assumptions=SETTINGS)
    assert {f.code for f in findings} == {"pcf/assumed", "pcf/lost"}
    arrived, _ = version_9.read(exact_json.decode(exact_json.encode(document)))
    assert arrived.total_excluding == Decimal(4)
    assert arrived.company_ids == ("urn:bpn:id:BPNL00000003CSGV",)
    own = {"raw-material": 0, "main-production": 200, "distribution": 30, "end-of-life": 10}
    battery = roll_up(
        [(arrived, Decimal(100))],
        {stage: Decimal(value) for stage, value in own.items()},
        lifetime_energy_kwh=Decimal(1000),
        unsplit=Split(Decimal("0.75"), "letter of the supplier"),
    )
    entries = carbon_footprint_entries(battery, plant="BPNA0000000000JP", declaration="d", rulebook="r")
    assert [entry["value"] for entry in entries] == [Decimal("0.3"), Decimal("0.3"), Decimal("0.03"), Decimal("0.01")]
    assert battery.total_per_kwh == Decimal("0.64")


def test_from_a_document_to_the_region_the_long_amount_is_rounded_and_told() -> None:
    rows = validate_cfp_rows(put_body(preProduction="2", mainProduction="1", preComponent="0", mainComponent="0"))
    supplier = operator(SUPPLIER, "Cell Works", "BPNL00000003CSGV")
    link = Link("3893bb5d-da16-4dc1-9185-11d97476c254", created="2026-11-21T00:00:00Z")
    document, _ = version_9.write(
        to_footprint(rows, cell(THEIRS, SUPPLIER), supplier, link=link).footprint, assumptions=SETTINGS
    )
    stage = document["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]
    stage["pcfExcludingBiogenicUptake"] = stage["pcfIncludingBiogenicUptake"] = Decimal("0.10000000000000000555")
    raw = exact_json.encode(document)
    footprint, _ = version_9.read(exact_json.decode(raw))
    assert footprint.total_excluding == Decimal("0.10000000000000000555")
    made, findings = from_footprint(footprint, trace_id=OURS, split=Split(Decimal(1), "raw material only"))
    assert made[0].ghg_emission == Decimal("0.10001")
    assert [f.pointer for f in findings if f.code == "pcf/rounded"] == ["/preProduction"]
    assert len(validate_cfp_rows([to_json(row) for row in made])) == 4
