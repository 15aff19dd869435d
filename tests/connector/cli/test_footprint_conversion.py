"""`ionport pcf convert`: both directions, exact amounts, what is lost and assumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[3] / "samm-models/io.catenax.pcf/9.0.0/Pcf.json"
OPERATOR = "b39e6248-c888-56ca-d9d0-89de1b1adc8e"
TRACE = "2680ed32-19a3-435b-a094-23ff43aaa611"


def row(kind: str, emission: str) -> str:
    quality = "preProcessing" if kind.startswith("pre") else "mainProcessing"
    return (
        f'{{"cfpId": null, "traceId": "{TRACE}", "ghgEmission": {emission}, "ghgDeclaredUnit": "kgCO2e/kilogram",'
        f' "cfpType": "{kind}", "dqrType": "{quality}", "dqrValue": {{"TeR": 1.0, "GeR": 2.0, "TiR": 3.0}}}}'
    )


def region() -> str:
    rows = [
        ("preProduction", "1.00001"),
        ("mainProduction", "2.5"),
        ("preComponent", "0.00002"),
        ("mainComponent", "0"),
    ]
    part = {
        "traceId": TRACE, "operatorId": OPERATOR, "plantId": "eedf264e-cace-4414-8bd3-e10ce1c090e0",
        "partsName": "CELL-1", "supportPartsName": None, "terminatedFlag": True, "amountRequired": None,
        "amountRequiredUnit": "kilogram",
    }  # fmt: skip
    operator = {
        "operatorId": OPERATOR, "operatorName": "Cells", "operatorAddress": "Tokyo", "openOperatorId": "1234567890123",
        "operatorAttribute": {"globalOperatorId": "BPNL00000000CELL"},
    }  # fmt: skip
    written = ", ".join(row(*one) for one in rows)
    return f'{{"rows": [{written}], "part": {json.dumps(part)}, "operator": {json.dumps(operator)}}}'


def test_a_total_is_split_by_assumption_and_that_is_told(ionport: Any) -> None:
    ended = ionport("pcf", "convert", EXAMPLE, "--to", "ouranos", "--raw-share", "0.7", "--trace-id", TRACE, "--json")
    assert ended.status == 0
    rows = {one["cfpType"]: one for one in ended.json["document"]}
    assert list(rows) == ["preProduction", "mainProduction", "preComponent", "mainComponent"]
    assert {one["traceId"] for one in rows.values()} == {TRACE}
    codes = {finding["code"] for finding in ended.json["findings"]}
    assert {"pcf/assumed", "pcf/rounded", "pcf/lost"} <= codes


def test_people_see_the_rows_and_what_was_assumed(ionport: Any) -> None:
    ended = ionport("pcf", "convert", EXAMPLE, "--to", "ouranos", "--raw-share", "0.7")
    assert len(ended.json) == 4
    assert "[pcf/assumed]" in ended.err
    assert "[pcf/lost]" in ended.err


def test_the_split_of_the_owner_is_taken_exactly(ionport: Any, tmp_path: Path) -> None:
    document = json.loads(EXAMPLE.read_text(), parse_float=str)
    total = document["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]["pcfExcludingBiogenicUptake"]
    ended = ionport(
        "pcf", "convert", EXAMPLE, "--to", "ouranos", "--stages", f"{total},0", "--trace-id", TRACE, "--json"
    )
    assert ended.status == 0
    assert [one["ghgEmission"] for one in ended.json["document"]][1] == 0


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ([], 1, "pcf/not-derivable"),
        (["--raw-share", "much"], 2, "cli/amount"),
        (["--raw-share", "1e5"], 2, "cli/amount"),
        (["--raw-share", "0.5", "--stages", "1,2"], 2, "cli/split"),
        (["--stages", "1"], 2, "cli/split"),
        (["--stages", "1,2"], 1, "pcf/stages"),
    ],
)
def test_a_total_that_cannot_be_split_is_refused(ionport: Any, options: list[str], status: int, code: str) -> None:
    ended = ionport("pcf", "convert", EXAMPLE, "--to", "ouranos", *options)
    assert ended.status == status
    assert f"[{code}]" in ended.err
    assert ended.out == ""


def test_rows_of_the_region_need_what_the_region_does_not_state(ionport: Any, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(region())
    ended = ionport("pcf", "convert", file, "--to", "catena-x-9")
    assert ended.status == 1
    assert "[pcf/not-derivable]" in ended.err
    assert "reference_start" in ended.err


ASSUMED = """{
  "scope": "Cradle-to-gate", "mass_per_declared_unit": 0.07, "technology.ccs_included": false,
  "calculation": "Retrospective PCF", "boundary.exempted_percent": 0, "region": "Eastern Asia",
  "reference_start": "2025-01-01T00:00:00Z", "reference_end": "2025-12-31T23:59:59Z",
  "valid_until": "2028-12-31T23:59:59Z", "mass_balancing.used": false,
  "mass_balancing.free_attribution": "not applicable", "mass_balancing.scheme": "none",
  "standards.cross_sectoral": ["ISO 14067"], "standards.product_rules": [], "gwp": "AR6",
  "allocation.waste_incineration": "cut-off", "production.biogenic_uptake": 0, "packaging.included": false
}"""


def test_what_is_assumed_completes_the_document_and_is_told(ionport: Any, tmp_path: Path) -> None:
    rows, assumed = tmp_path / "rows.json", tmp_path / "assumed.json"
    rows.write_text(region())
    assumed.write_text(ASSUMED)
    ended = ionport("pcf", "convert", rows, "--to", "catena-x-9", "--assume", assumed, "--source", "us", "--json")
    assert ended.status == 0, ended.err
    production = ended.json["document"]["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]
    assert production["pcfExcludingBiogenicUptake"] == "3.50003"
    told = [finding for finding in ended.json["findings"] if finding["code"] == "pcf/assumed"]
    assert len(told) >= len(json.loads(ASSUMED))


def test_a_value_that_is_no_field_cannot_be_assumed(ionport: Any, tmp_path: Path) -> None:
    rows, assumed = tmp_path / "rows.json", tmp_path / "assumed.json"
    rows.write_text(region())
    assumed.write_text('{"scopes": "x"}')
    ended = ionport("pcf", "convert", rows, "--to", "catena-x-9", "--assume", assumed)
    assert ended.status == 1
    assert "[pcf/assumption]" in ended.err


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [("[]", 1, "pcf/ouranos"), ('{"rows": [{}]}', 1, "pcf/ouranos"), ("{", 1, "json/syntax"), (None, 2, "cli/file")],
)
def test_what_is_no_footprint_is_refused(
    ionport: Any, tmp_path: Path, text: str | None, status: int, code: str
) -> None:
    file = tmp_path / "rows.json"
    if text is not None:
        file.write_text(text)
    ended = ionport("pcf", "convert", file, "--to", "catena-x-9")
    assert ended.status == status
    assert f"[{code}]" in ended.err
