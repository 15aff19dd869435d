"""The roll-up to kgCO2e/kWh, by hand and by property."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation import exact_json
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import battery
from connector.pcf.battery import carbon_footprint_entries, roll_up
from connector.pcf.footprint import STAGES, Footprint, Provenance, Split, StageData

CELL = Footprint(
    product_name="cell",
    declared_unit="piece",
    declared_amount=Decimal(1),
    total_excluding=Decimal("5"),
    stages={"raw-material": Decimal("3.5"), "main-production": Decimal("1.5")},
    provenance=Provenance("ouranos", "sha256:00"),
)
HOUSING = Footprint(
    product_name="housing",
    declared_unit="kilogram",
    declared_amount=Decimal(10),
    total_excluding=Decimal(80),
    stages={"distribution": Decimal("0.5")},
)
OWN = {
    "raw-material": Decimal(0),
    "main-production": Decimal(700),
    "distribution": Decimal("45.5"),
    "end-of-life": Decimal(-20),
}


def test_worked_by_hand() -> None:
    # cells: 96 x 3.5 = 336 and 96 x 1.5 = 144; housing: 25 kg of 10 kg steps = 2.5 x 80 = 200, 60 % of it raw material:
    # 120 and 80, its distribution 2.5 x 0.5 = 1.25. Energy: 75 kWh x 60 x 8 = 36000 kWh.
    result = roll_up(
        [(CELL, Decimal(96)), (HOUSING, Decimal(25))],
        OWN,
        usable_energy_kwh=Decimal(75),
        full_cycles_per_year=Decimal(60),
        years=Decimal(8),
        unsplit=Split(Decimal("0.6"), "engineering estimate"),
    )
    assert result.lifetime_energy_kwh == Decimal(36000)
    assert result.per_battery == {
        "raw-material": Decimal(456),
        "main-production": Decimal(924),
        "distribution": Decimal("46.75"),
        "end-of-life": Decimal(-20),
    }
    assert result.per_kwh == {
        "raw-material": Decimal("0.012666667"),
        "main-production": Decimal("0.025666667"),
        "distribution": Decimal("0.001298611"),
        "end-of-life": Decimal("-0.000555556"),
    }
    assert result.total_per_kwh == Decimal("0.039076389")
    assert result.is_provisional
    assert result.sources == ("sha256:00", None)
    told = [(f.code, f.pointer, f.source) for f in result.assumptions]
    assert told == [
        ("pcf/assumed", "/components/0", ""),  # the distribution of the cell
        ("pcf/assumed", "/components/1/stages", "engineering estimate"),
        ("pcf/rounded", "", ""),
    ]


def test_a_declared_lifetime_energy_gives_the_same() -> None:
    result = roll_up([(CELL, Decimal(96))], OWN, lifetime_energy_kwh=Decimal(480))
    assert result.per_kwh["raw-material"] == Decimal("0.7")
    assert result.per_kwh["end-of-life"] == Decimal("-0.041666667")


@given(order=st.permutations(range(6)), tail=st.decimals("0.001", "999", places=3))
def test_the_order_of_components_does_not_matter(order: list[int], tail: Decimal) -> None:
    components = [(CELL, Decimal(1) / (index + 1) + tail) for index in range(6)]
    one = roll_up(components, OWN, lifetime_energy_kwh=Decimal(7))
    other = roll_up([components[index] for index in order], OWN, lifetime_energy_kwh=Decimal(7))
    assert one.per_kwh == other.per_kwh
    assert one.total_per_kwh == sum(one.per_kwh.values())
    for stage in STAGES:
        exact = Fraction(OWN[stage]) + sum(
            (Fraction(CELL.stages.get(stage) or 0) * Fraction(quantity) for _, quantity in components), Fraction(0)
        )
        assert abs(Fraction(one.per_kwh[stage]) - exact / 7) <= Fraction(1, 2 * 10**battery.PLACES)


def test_stage_data_of_the_owner_for_one_component() -> None:
    stated = StageData(Decimal(50), Decimal(30), "supplier letter 7")
    result = roll_up([(HOUSING, Decimal(10))], OWN, lifetime_energy_kwh=Decimal(1), unsplit={0: stated})
    assert result.per_battery["raw-material"] == Decimal(50)
    assert result.per_battery["main-production"] == Decimal(730)
    assert result.assumptions == ()


@pytest.mark.parametrize(
    ("split", "code"),
    [(None, "pcf/not-derivable"), (StageData(Decimal(50), Decimal(31), "x"), "pcf/stages")],
)
def test_a_total_is_never_split_silently(split: Any, code: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        roll_up([(HOUSING, Decimal(1))], OWN, lifetime_energy_kwh=Decimal(1), unsplit=split)
    assert caught.value.code == code
    assert caught.value.detail.startswith("housing: ")


@pytest.mark.parametrize("share", ["-0.1", "1.1"])
def test_a_share_lies_between_none_and_all(share: str) -> None:
    with pytest.raises(Invalid) as caught:
        roll_up([(HOUSING, Decimal(1))], OWN, lifetime_energy_kwh=Decimal(1), unsplit=Split(Decimal(share), "x"))
    assert caught.value.code == "pcf/stages"


def test_a_stage_that_nobody_states_is_a_gap() -> None:
    own = {stage: value for stage, value in OWN.items() if stage != "end-of-life"}
    with pytest.raises(Unprocessable) as caught:
        roll_up([(CELL, Decimal(1))], own, lifetime_energy_kwh=Decimal(1))
    assert caught.value.code == "pcf/not-derivable"
    assert "end-of-life" in caught.value.detail


def test_an_own_stage_left_out_is_told() -> None:
    own = {stage: value for stage, value in OWN.items() if stage != "raw-material"}
    result = roll_up([(CELL, Decimal(1))], own, lifetime_energy_kwh=Decimal(1))
    assert any("raw-material" in finding.message for finding in result.assumptions)


ENERGY: list[dict[str, Any]] = [
    {},
    {"usable_energy_kwh": Decimal(1)},
    {"usable_energy_kwh": Decimal(1), "full_cycles_per_year": Decimal(1)},
    {"lifetime_energy_kwh": Decimal(0)},
    {"lifetime_energy_kwh": Decimal(-1)},
    {"usable_energy_kwh": Decimal(-1), "full_cycles_per_year": Decimal(-1), "years": Decimal(1)},
    {"lifetime_energy_kwh": Decimal(1), "years": Decimal(1)},
    dict.fromkeys(("usable_energy_kwh", "full_cycles_per_year", "years", "lifetime_energy_kwh"), Decimal(1)),
]


@pytest.mark.parametrize("energy", ENERGY)
def test_the_energy_is_stated_in_exactly_one_way(energy: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        roll_up([(CELL, Decimal(1))], OWN, **energy)
    assert caught.value.code == "pcf/energy"


@pytest.mark.parametrize(
    "hostile", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), 1.5, "1", True, Decimal(-1), Decimal(0)]
)
def test_hostile_quantities(hostile: Any) -> None:
    with pytest.raises(Invalid) as caught:
        roll_up([(CELL, hostile)], OWN, lifetime_energy_kwh=Decimal(1))
    assert caught.value.code == "pcf/amount"
    assert "cell" in caught.value.detail


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ({**OWN, "use": Decimal(1)}, "pcf/stages"),
        ({**OWN, "distribution": Decimal(-1)}, "pcf/stages"),
        ({**OWN, "distribution": 0.1}, "pcf/amount"),
        ({**OWN, "distribution": Decimal("NaN")}, "pcf/amount"),
    ],
)
def test_hostile_own_stages(own: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        roll_up([(CELL, Decimal(1))], own, lifetime_energy_kwh=Decimal(1))
    assert caught.value.code == code


def entries(**changed: Any) -> list[dict[str, Any]]:
    result = roll_up([(CELL, Decimal(96))], OWN, lifetime_energy_kwh=Decimal(480))
    given_values = {"plant": "BPNA0000000000JP", "declaration": "https://example.com/d", "rulebook": "Rulebook 4"}
    return carbon_footprint_entries(result, **(given_values | changed))


def test_entries_of_the_battery_passport() -> None:
    made = entries(performance_class="B")
    assert [entry["lifecycle"] for entry in made] == [
        "raw material acquisition and pre-processing",
        "main product production",
        "distribution",
        "end of life and recycling",
    ]
    assert made[0] == {
        "value": Decimal("0.7"),
        "lifecycle": "raw material acquisition and pre-processing",
        "rulebook": "Rulebook 4 (provisional)",
        "unit": "kg CO2 eq / kWh",
        "type": "Climate Change Total",
        "manufacturingPlant": {
            "right": {"locationIdentifier": {"left": "BPNA0000000000JP"}, "locationIdentifierType": "BPNA"}
        },
        "declaration": "https://example.com/d",
        "performanceClass": "B",
    }
    assert b'"value":0.7,' in exact_json.encode(made)
    assert "performanceClass" not in entries()[0]


def test_the_total_is_an_entry_on_demand_only() -> None:
    made = entries(total_lifecycle="total")
    assert len(made) == 5
    assert made[4]["value"] == sum(entry["value"] for entry in made[:4])


def test_plants_by_another_id_and_by_address() -> None:
    assert entries(plant="plant 7")[0]["manufacturingPlant"] == {
        "right": {"locationIdentifier": {"right": "plant 7"}, "locationIdentifierType": "other"}
    }
    address = {"left": {"locality": {"technicalKey": "CITY", "value": "Toyota"}}}
    assert entries(plant=address)[0]["manufacturingPlant"] == address


@pytest.mark.parametrize("name", ["plant", "declaration", "rulebook"])
def test_entries_need_their_texts(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        entries(**{name: ""})
    assert caught.value.code == "pcf/entry"
    assert name in caught.value.detail


@pytest.mark.parametrize(
    "wrong",
    [
        {"declared_amount": Decimal(0)},
        {"declared_amount": 1},
        {"total_excluding": 1.5},
        {"total_excluding": Decimal("NaN")},
        {"stages": {"use": Decimal(1)}},
        {"stages": {"distribution": "1"}},
    ],
)
def test_a_footprint_holds_amounts_only(wrong: dict[str, Any]) -> None:
    sound: dict[str, Any] = {"declared_unit": "piece", "declared_amount": Decimal(1), "total_excluding": Decimal(1)}
    with pytest.raises(Invalid):
        Footprint(**(sound | wrong))
