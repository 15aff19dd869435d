"""Rows to footprints and back: every member, every canonical value, rounding, refusals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid, Unprocessable
from connector.pcf.footprint import Footprint, Quality, Split, StageData, flat
from connector.pcf.ouranos.mapping import NOT_READ, WRITTEN, Link, from_footprint, to_footprint
from connector.pcf.ouranos.models import CfpModel, DqrValue, OperatorModel, PartsModel, parse, to_json
from connector.pcf.ouranos.models import validate_cfp_rows as validate

A = "b39e6248-c888-56ca-d9d0-89de1b1adc8e"
PLANT = "00000000-0000-4000-8000-00000000000a"
TRACE = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
BPN = "BPNL00000003CSGV"
LINK = Link("3893bb5d-da16-4dc1-9185-11d97476c254", created="2026-11-21T00:00:00Z")

OPERATOR = parse(
    OperatorModel,
    {
        "operatorId": A,
        "operatorName": "Cell Works",
        "operatorAddress": "1-1 Nagoya",
        "openOperatorId": "1234567890123",
        "operatorAttribute": {"globalOperatorId": BPN},
    },
)
PART = parse(
    PartsModel,
    {
        "traceId": TRACE,
        "operatorId": A,
        "plantId": PLANT,
        "partsName": "CELL-21700",
        "supportPartsName": "model A",
        "terminatedFlag": True,
        "amountRequired": Decimal("96"),
        "amountRequiredUnit": "unit",
        "partsLabelName": "Cell 21700",
        "partsAddInfo1": "cylindrical",
        "partsAddInfo2": "2025",
        "partsAddInfo3": "free",
    },
)
NONE = {"TeR": None, "GeR": None, "TiR": None}


def row(kind: str, emission: Any, rating: dict[str, Any] | None = None, **changed: Any) -> CfpModel:
    process = "pre" if kind.startswith("pre") else "main"
    suffix = "Response" if kind.endswith("Response") else ""
    return parse(
        CfpModel,
        {
            "cfpId": None,
            "traceId": TRACE,
            "ghgEmission": emission,
            "ghgDeclaredUnit": "kgCO2e/unit",
            "cfpType": kind,
            "dqrType": f"{process}Processing{suffix}",
            "dqrValue": rating or NONE,
        }
        | changed,
    )


PRE = {"TeR": Decimal("2"), "GeR": Decimal("3"), "TiR": Decimal("1")}
MAIN = {"TeR": Decimal("4"), "GeR": Decimal("1"), "TiR": Decimal("1")}
ROWS = [
    row("preProduction", Decimal("1.5"), PRE),
    row("mainProduction", Decimal("0.75"), MAIN),
    row("preComponent", Decimal("1.5"), PRE),
    row("mainComponent", Decimal("0.25"), MAIN),
]
RESPONSE = [row("preProductionResponse", Decimal(3), PRE), row("mainProductionResponse", Decimal(1), MAIN)]

READ_TABLE: dict[str, tuple[str, Any]] = {
    # member of the region: canonical name and its value
    "operator.operatorName": ("company_name", "Cell Works"),
    "operator.operatorAttribute.globalOperatorId": ("company_ids", ("urn:bpn:id:BPNL00000003CSGV",)),
    "part.partsLabelName": ("product_name", "Cell 21700"),
    "part.partsAddInfo1": ("product_description", "cylindrical"),
    "row.traceId": ("product_ids", (f"urn:uuid:{TRACE}",)),
    "row.ghgDeclaredUnit": ("declared_unit", "piece"),
    "row.ghgEmission": ("total_excluding", Decimal(4)),
    "row.cfpType pre": ("stages.raw-material", Decimal(3)),
    "row.cfpType main": ("stages.main-production", Decimal(1)),
    "row.dqrValue.TeR pre": ("quality.raw-material.technological", Decimal(2)),
    "row.dqrValue.GeR pre": ("quality.raw-material.geographical", Decimal(3)),
    "row.dqrValue.TiR pre": ("quality.raw-material.temporal", Decimal(1)),
    "row.dqrValue.TeR main": ("quality.main-production.technological", Decimal(4)),
    "row.dqrValue.GeR main": ("quality.main-production.geographical", Decimal(1)),
    "row.dqrValue.TiR main": ("quality.main-production.temporal", Decimal(1)),
    "row.dqrValue.TeR": ("quality.total.technological", Decimal("2.5")),  # (3 x 2 + 1 x 4) / 4
    "row.dqrValue.GeR": ("quality.total.geographical", Decimal("2.5")),  # (3 x 3 + 1 x 1) / 4
    "row.dqrValue.TiR": ("quality.total.temporal", Decimal(1)),
    "one declared unit": ("declared_amount", Decimal(1)),
    "link.footprint_id": ("id", LINK.footprint_id),
    "link.created": ("created", LINK.created),
}
LOST = {
    "/operatorAddress": "1-1 Nagoya",
    "/openOperatorId": "1234567890123",
    "/plantId": PLANT,
    "/partsName": "CELL-21700",
    "/supportPartsName": "model A",
    "/terminatedFlag": True,
    "/amountRequired": Decimal(96),
    "/amountRequiredUnit": "unit",
    "/partsAddInfo2": "2025",
    "/partsAddInfo3": "free",
}


@pytest.mark.parametrize("rows", [ROWS, RESPONSE], ids=["own", "response"])
@pytest.mark.parametrize("member", READ_TABLE)
def test_each_member_has_its_canonical_value(rows: list[CfpModel], member: str) -> None:
    name, value = READ_TABLE[member]
    assert flat(to_footprint(rows, PART, OPERATOR, link=LINK).footprint)[name] == value


def test_the_table_is_all_that_is_read_and_the_rest_is_told_as_lost() -> None:
    footprint, findings = to_footprint(ROWS, PART, OPERATOR, link=LINK)
    assert set(flat(footprint)) == {name for name, _ in READ_TABLE.values()}
    assert {f.pointer: f.found for f in findings} == LOST
    assert {f.code for f in findings} == {"pcf/lost"}
    wire_names = {entry.encode_name for model in (OperatorModel, PartsModel) for entry in msgspec.structs.fields(model)}
    read = {"operatorId", "operatorName", "operatorAttribute", "traceId", "partsLabelName", "partsAddInfo1"}
    assert {name for name in wire_names if f"/{name}" in LOST} == wire_names - read
    assert set(NOT_READ) == {OperatorModel, PartsModel}


def test_company_ids_come_from_the_link_the_operator_or_its_id() -> None:
    def ids(global_id: str | None, linked: tuple[str, ...]) -> tuple[str, ...]:
        body = to_json(OPERATOR)
        body["operatorAttribute"]["globalOperatorId"] = global_id
        link = replace(LINK, company_ids=linked)
        return to_footprint(ROWS, PART, parse(OperatorModel, body), link=link).footprint.company_ids

    assert ids(None, ()) == (f"urn:uuid:{A}",)
    assert ids("LEI-1", ()) == (f"urn:uuid:{A}",)
    assert ids(None, ("urn:bpn:id:BPNL00000003XXXX",)) == ("urn:bpn:id:BPNL00000003XXXX",)
    assert ids(f"urn:bpn:id:{BPN}", ()) == (f"urn:bpn:id:{BPN}",)
    with pytest.raises(Unprocessable) as caught:
        ids(BPN, ("urn:bpn:id:BPNL00000003XXXX",))
    assert caught.value.code == "pcf/link"


def unreadable(rows: list[CfpModel], part: PartsModel = PART, operator: OperatorModel = OPERATOR) -> str:
    with pytest.raises((Unprocessable, Invalid)) as caught:
        to_footprint(rows, part, operator, link=LINK)
    return caught.value.code


def test_what_is_no_answer() -> None:
    assert unreadable(ROWS[:3]) == "pcf/rows"
    assert unreadable([]) == "pcf/rows"
    assert unreadable([*ROWS, *RESPONSE]) == "pcf/rows"
    assert unreadable([*ROWS, ROWS[0]]) == "pcf/ouranos"
    assert unreadable([*ROWS[:3], row("mainComponent", 1, traceId=OTHER)]) == "pcf/rows"
    assert unreadable([*ROWS[:3], row("mainComponent", 1, ghgDeclaredUnit="kgCO2e/liter")]) == "pcf/rows"
    assert unreadable(ROWS, msgspec.structs.replace(PART, trace_id=OTHER)) == "pcf/link"
    assert unreadable(ROWS, msgspec.structs.replace(PART, operator_id=OTHER)) == "pcf/link"
    assert unreadable([row("preProductionResponse", None), RESPONSE[1]]) == "pcf/not-derivable"


def test_a_response_is_about_the_part_of_the_one_who_asked() -> None:
    part = msgspec.structs.replace(PART, operator_id=OTHER)
    assert to_footprint(RESPONSE, part, OPERATOR, link=LINK).footprint.total_excluding == Decimal(4)


def test_a_row_left_null_is_told() -> None:
    rows = [ROWS[0], ROWS[1], row("preComponent", None, PRE), ROWS[3]]
    footprint, findings = to_footprint(rows, PART, OPERATOR, link=LINK)
    assert footprint.total_excluding == Decimal("2.5")
    assert ("pcf/assumed", "/preComponent/ghgEmission") in {(f.code, f.pointer) for f in findings}


def test_a_rating_of_the_whole_is_never_made_up() -> None:
    refused_rating = [RESPONSE[0], row("mainProductionResponse", 1, {**MAIN, "TeR": None, "GeR": 0})]
    footprint, findings = to_footprint(refused_rating, PART, OPERATOR, link=LINK)
    assert footprint.quality["total"] == Quality(temporal=Decimal(1))
    told = {(f.code, f.pointer) for f in findings if f.code == "pcf/not-derivable"}
    assert told == {
        ("pcf/not-derivable", "/quality/total/technological"),
        ("pcf/not-derivable", "/quality/total/geographical"),
    }
    outside = [row("preProductionResponse", 3, {**PRE, "TeR": 7}), row("mainProductionResponse", 0)]
    footprint, findings = to_footprint(outside, PART, OPERATOR, link=LINK)
    assert footprint.quality["total"].technological is None
    assert "scale from 1 to 5" in next(f.message for f in findings if f.severity == "warning")


def test_a_rating_that_does_not_end_is_rounded_up_and_told() -> None:
    rows = [row("preProductionResponse", 1, PRE), row("mainProductionResponse", 2, MAIN)]
    footprint, findings = to_footprint(rows, PART, OPERATOR, link=LINK)
    assert footprint.quality["total"].technological == Decimal("3.33334")
    assert ("pcf/rounded", "/quality/total/technological") in {(f.code, f.pointer) for f in findings}


STAGED = Footprint(
    id="3893bb5d-da16-4dc1-9185-11d97476c254",
    product_name="Pack",
    declared_unit="kilowatt hour",
    declared_amount=Decimal(2),
    total_excluding=Decimal(5),
    stages={"raw-material": Decimal(4), "main-production": Decimal(1)},
    quality={"raw-material": Quality(Decimal(2), Decimal(3), Decimal(1)), "total": Quality(Decimal(4), None, None)},
)


def by_kind(footprint: Footprint, split: Any = None) -> tuple[dict[str, CfpModel], set[tuple[str, str]]]:
    rows, findings = from_footprint(footprint, trace_id=TRACE, split=split, cfp_id=OTHER)
    return {made.cfp_type: made for made in rows}, {(f.code, f.pointer) for f in findings}


def test_a_staged_footprint_becomes_four_rows() -> None:
    rows, told = by_kind(STAGED)
    assert {kind: made.ghg_emission for kind, made in rows.items()} == {
        "preProduction": Decimal(2),
        "mainProduction": Decimal("0.5"),
        "preComponent": Decimal(0),
        "mainComponent": Decimal(0),
    }
    assert {made.ghg_declared_unit for made in rows.values()} == {"kgCO2e/kilowatt-hour"}
    assert {made.trace_id for made in rows.values()} == {TRACE}
    assert {made.cfp_id for made in rows.values()} == {OTHER}
    assert rows["preProduction"].dqr_value == DqrValue(te_r=Decimal(2), ge_r=Decimal(3), ti_r=Decimal(1))
    assert rows["mainComponent"].dqr_value == DqrValue(te_r=Decimal(4), ge_r=None, ti_r=None)
    assert told == {
        ("pcf/assumed", "/preComponent"),
        ("pcf/assumed", "/quality/main-production/technological"),
        ("pcf/lost", ""),
    }


def test_what_is_written_is_a_valid_put_and_reads_back() -> None:
    rows, _ = from_footprint(STAGED, trace_id=TRACE)
    assert list(validate([to_json(made) for made in rows])) == rows
    back = to_footprint(rows, PART, OPERATOR, link=LINK).footprint
    assert back.total_excluding == Decimal("2.5")
    assert back.stages == {"raw-material": Decimal(2), "main-production": Decimal("0.5")}
    assert back.declared_unit == "kilowatt hour"


def test_every_canonical_value_is_written_or_told_as_lost() -> None:
    text = "2026-01-01T00:00:00Z"
    names = {"status", "created", "reference_start", "reference_end", "valid_from", "valid_until", "scope"}
    names |= {"company_name", "product_description", "region", "country", "subdivision"}
    lists = {"preceding_ids", "company_ids", "product_ids", "product_classifications"}
    sums = {"mass_per_declared_unit", "total_including", "primary_data_share"}
    full = replace(
        STAGED,
        stages={**STAGED.stages, "distribution": Decimal(1), "end-of-life": Decimal(0)},
        details={"gwp": "AR6"},
        **dict.fromkeys(names, text),
        **dict.fromkeys(lists, (text,)),
        **dict.fromkeys(sums, Decimal(5)),
    )
    _, findings = from_footprint(full, trace_id=TRACE)
    lost = {f.message.split()[0] for f in findings if f.code == "pcf/lost"}
    others = {"id", "product_name", "stages.distribution", "stages.end-of-life", "gwp"}
    assert lost == names | lists | sums | others
    assert lost == set(flat(full)) - WRITTEN


def test_the_long_amount_is_rounded_up_and_told() -> None:
    long = Decimal("0.10000000000000000555")
    footprint = replace(STAGED, declared_amount=Decimal(1), total_excluding=long + 1, stages={})
    split = StageData(long, Decimal(1), "supplier")
    rows, findings = from_footprint(footprint, trace_id=TRACE, split=split)
    assert rows[0].ghg_emission == Decimal("0.10001")
    rounded = [f for f in findings if f.code == "pcf/rounded"]
    assert [(f.pointer, f.wanted, f.found) for f in rounded] == [
        ("/preProduction", "0.10000000000000000555", Decimal("0.10001"))
    ]


@given(
    total=st.decimals(0, 9999, places=12),
    amount=st.decimals("0.5", 900, places=3),
    share=st.decimals(0, 1, places=4),
)
def test_rounding_never_goes_down(total: Decimal, amount: Decimal, share: Decimal) -> None:
    footprint = replace(STAGED, declared_amount=amount, total_excluding=total, stages={}, quality={})
    rows, findings = from_footprint(footprint, trace_id=TRACE, split=Split(share, "half and half"))
    exact = Fraction(total) / Fraction(amount)
    whole = sum((Fraction(made.ghg_emission or 0) for made in rows), Fraction(0))
    assert 0 <= whole - exact < Fraction(2, 10**5)
    assert list(validate([to_json(made) for made in rows])) == rows
    is_exact = whole == exact
    assert is_exact is not any(f.code == "pcf/rounded" for f in findings)
    assert [f.source for f in findings if f.pointer == "/stages"] == ["half and half"]


def unwritable(footprint: Footprint, split: Any = None) -> str:
    with pytest.raises((Unprocessable, Invalid)) as caught:
        from_footprint(footprint, trace_id=TRACE, split=split)
    return caught.value.code


def test_what_cannot_be_written() -> None:
    unsplit = replace(STAGED, stages={})
    assert unwritable(unsplit) == "pcf/not-derivable"
    assert unwritable(replace(STAGED, stages={"raw-material": Decimal(5)})) == "pcf/not-derivable"
    assert unwritable(unsplit, StageData(Decimal(4), Decimal(2), "x")) == "pcf/stages"
    assert unwritable(unsplit, StageData(Decimal(6), Decimal(-1), "x")) == "pcf/stages"
    assert unwritable(unsplit, StageData(Decimal("NaN"), Decimal(1), "x")) == "pcf/amount"
    assert unwritable(unsplit, Split(Decimal(2), "x")) == "pcf/stages"
    assert unwritable(replace(STAGED, stages={"raw-material": Decimal(3), "main-production": Decimal(1)})) == (
        "pcf/stages"
    )
    for unit in ("hour", "megabit", "second", "megabit second"):
        assert unwritable(replace(STAGED, declared_unit=unit)) == "pcf/unit"
    assert unwritable(replace(STAGED, declared_amount=Decimal("0.00001"))) == "pcf/range"


def test_the_largest_value_fits_and_the_next_does_not() -> None:
    def total(value: str) -> Footprint:
        return replace(STAGED, declared_amount=Decimal(1), total_excluding=Decimal(value), stages={})

    everything = Split(Decimal(1), "all raw material")
    rows, _ = from_footprint(total("99999.99999"), trace_id=TRACE, split=everything)
    assert rows[0].ghg_emission == Decimal("99999.99999")
    assert unwritable(total("99999.999991"), everything) == "pcf/range"


def test_a_rating_of_a_process_without_emissions_is_lost() -> None:
    idle = replace(STAGED, stages={"raw-material": Decimal(0), "main-production": Decimal(5)})
    rows, told = by_kind(idle)
    assert rows["preProduction"].dqr_value == DqrValue(te_r=None, ge_r=None, ti_r=None)
    assert ("pcf/lost", "/quality/raw-material") in told
