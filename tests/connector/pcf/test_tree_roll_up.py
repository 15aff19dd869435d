"""A bill of materials rolled up: worked sums, the rulebook's shares, gaps, updates, order, pictures."""

from __future__ import annotations

import copy
import random
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.notation.problems import Invalid, Unknown
from connector.pcf import picture
from connector.pcf.amounts import total as exact_total
from connector.pcf.roll_up import RollUp, findings_of_cycles
from connector.pcf.tree import EXACT, Component, Part, Value, bill

D = Decimal
BILL: dict[str, Any] = {
    "root": "PACK",
    "parts": [
        {"id": "PACK", "own": {"main-production": D("50.10")}, "components": [
            {"part": "CELL", "amount": 75}, {"part": "CASE", "amount": D("12.5"), "unit": "kilogram"}]},
        {"id": "CELL", "mass": D("1.1"), "own": {"main-production": D("2.50"), "primaryDataShare": 100}, "components": [
            {"part": "CAM", "amount": D("0.4"), "unit": "kilogram"}, {"part": "FOIL", "amount": D("0.1")}]},
        {"id": "CAM", "supplier": "Cathode Co", "region": "ouranos", "unit": "kilogram", "verified": True,
         "value": {"raw-material": D("8.10"), "main-production": D("2.40"), "primaryDataShare": 40}},
        {"id": "FOIL", "supplier": "Foil AG", "unit": "kilogram", "secondary": {"total": D("9.3"), "source": "sector"}},
        {"id": "CASE", "supplier": "Press KK", "unit": "kilogram"},
    ],
}  # fmt: skip


def tree(document: Any = BILL, **options: Any) -> RollUp:
    root, parts = bill(document)
    return RollUp(root, parts, **options)


def changed(part_id: str, **members: Any) -> dict[str, Any]:
    made = copy.deepcopy(BILL)
    next(one for one in made["parts"] if one["id"] == part_id).update(members)
    return made


def codes(rolled: RollUp) -> set[str]:
    return {one.code for one in rolled.result().findings}


def test_sums_by_stage_worked_by_hand() -> None:
    result = tree().result()
    assert result.stages["raw-material"] == D("75") * D("0.4") * D("8.10")
    assert result.stages["main-production"] == D("50.10") + 75 * (D("2.50") + D("0.4") * D("2.40"))
    assert result.stages["unsplit"] == 75 * D("0.1") * D("9.3")
    assert result.total == sum(result.stages.values())


def test_the_worked_share_of_the_rulebook() -> None:
    parts = {"P": Part("P", components=tuple(Component(str(i), D(1)) for i in range(4)))}
    for index, (weight, share) in enumerate(((10, 75), (25, 25), (50, 50), (15, 100))):
        parts[str(index)] = Part(str(index), value=Value({"raw-material": D(weight)}, primary_share=D(share)))
    assert RollUp("P", parts).result().primary_share == D("53.75")
    parts["1"] = Part("1", value=Value({"raw-material": D(25)}))
    assert RollUp("P", parts).result().primary_share == D("47.5")


def test_every_gap_is_named_with_what_hangs_on_it() -> None:
    gaps = {gap.part: gap for gap in tree().result().gaps}
    assert {name: gap.why for name, gap in gaps.items()} == {"FOIL": "secondary", "CASE": "missing"}
    assert gaps["CASE"].supplier == "Press KK"
    assert gaps["CASE"].amount == D("12.5")
    assert gaps["CASE"].emissions_percent is None
    assert gaps["CASE"].mass_percent == D("25")  # 12.5 kg of 12.5 + 75 x (0.4 + 0.1) kg
    assert gaps["FOIL"].emissions_percent is not None


def test_it_is_provisional_until_every_material_value_is_verified() -> None:
    whole = changed("FOIL", value={"total": D("9.3")}, verified=True)
    next(one for one in whole["parts"] if one["id"] == "CASE").update(value={"total": D("2")})
    assert [gap.why for gap in tree(whole).result().gaps] == ["unverified"]
    assert not tree(whole, material_percent=D(50)).result().is_provisional
    next(one for one in whole["parts"] if one["id"] == "CASE").update(verified=True)
    assert not tree(whole).result().is_provisional
    next(one for one in whole["parts"] if one["id"] == "CASE").update(verified=False)
    assert tree(whole).result().is_provisional


def test_a_withdrawn_value_does_not_count() -> None:
    rolled = tree(changed("CAM", withdrawn=True, secondary={"total": D("12"), "source": "sector"}))
    assert "pcf/withdrawn" in codes(rolled)
    assert {gap.part: gap.why for gap in rolled.result().gaps}["CAM"] == "withdrawn"


def test_a_value_covers_its_components() -> None:
    rolled = tree(changed("CELL", value={"total": D("20")}))
    assert "pcf/double-count" in codes(rolled)
    assert rolled.figures("PACK")["unsplit"] == 1500


def test_units_are_converted_by_mass_or_told() -> None:
    made = changed("PACK", components=[{"part": "CELL", "amount": D("2.2"), "unit": "kilogram"}])
    assert tree(made).figures("PACK")["raw-material"] == 2 * D("0.4") * D("8.10")
    wrong = changed("PACK", components=[{"part": "CELL", "amount": 1, "unit": "liter"}])
    assert "pcf/unit" in codes(tree(wrong))


def test_a_cycle_is_cut_and_told() -> None:
    made = changed("CAM", value=None, components=[{"part": "PACK", "amount": 1}])
    assert [one.code for one in findings_of_cycles(tree(made))] == ["pcf/cycle"]


def test_an_update_recomputes_only_what_depends_on_it() -> None:
    rolled = tree()
    before = rolled.figures("FOIL")
    found = rolled.update("CAM", Value({"raw-material": D("9.50"), "main-production": D("2.40")}, is_verified=True))
    assert rolled.recomputed == 3
    assert [one.code for one in found] == ["pcf/increase"]
    fresh = tree(changed("CAM", value={"raw-material": D("9.50"), "main-production": D("2.40")}))
    assert rolled.result().stages == fresh.result().stages
    assert rolled.figures("FOIL") == before
    with pytest.raises(Unknown):
        rolled.update("NOTHING", None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.decimals("0.00000001", "9999999", places=8), min_size=2, max_size=12), st.randoms())
def test_sums_are_exact_whatever_the_order(values: list[Decimal], shuffle: random.Random) -> None:
    parts = {str(i): Part(str(i), value=Value({"raw-material": v})) for i, v in enumerate(values)}
    edges = [Component(name, D("0.333333333333333333")) for name in parts]
    totals = set()
    for _ in range(3):
        shuffle.shuffle(edges)
        totals.add(RollUp("P", {**parts, "P": Part("P", components=tuple(edges))}).result().total)
    assert totals == {EXACT.multiply(D("0.333333333333333333"), exact_total(values))}


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"root": "A", "parts": []}, {"root": "A", "parts": [{}]}, {"root": "A", "parts": [{"id": 3}]},
     {"root": "A", "parts": [{"id": "A"}, {"id": "A"}]}, {"root": "A", "parts": [{"id": "A", "value": {}}]},
     {"root": "A", "parts": [{"id": "A", "components": [{"part": "B", "amount": 0}]}]}],
)  # fmt: skip
def test_a_malformed_bill_is_refused(document: Any) -> None:
    with pytest.raises(Invalid):
        tree(document)


def test_the_picture_is_well_formed_and_escapes_names() -> None:
    made = changed("CASE", name="<script>alert(1)</script>", supplier='"&')
    rolled = tree(made)
    drawn = picture.svg(rolled, rolled.result())
    assert ET.fromstring(drawn).tag.endswith("svg")
    page = picture.html(rolled, rolled.result())
    assert "<script>" not in page
    assert "provisional" in page
    assert "missing" in page
