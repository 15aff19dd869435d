"""A battery's footprint in its two forms: read, written, and never taken for a product's without the energy."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.exact_json import canonical, decode
from connector.notation.problems import Invalid, Problem, Unprocessable
from connector.pcf.battery import LIFECYCLES
from connector.pcf.conversion import Wish, convert, recognise
from connector.pcf.footprint import Converted
from submodels.aas.value import value_only
from submodels.dbp.build import build
from submodels.dbp.context import PassportContext

ROOT = Path(__file__).resolve().parents[3]
PAYLOAD: dict[str, Any] = decode(
    (ROOT / "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json").read_bytes()
)
CATENA_X_9: dict[str, Any] = decode((ROOT / "samm-models/io.catenax.pcf/9.0.0/Pcf.json").read_bytes())
ENTRIES = PAYLOAD["circularity"]["carbonFootprint"]
PLANT = "BPNA00000075PLNT"
WHOLE = {
    "battery.lifetime_energy_kwh": Decimal(90000),
    "battery.plant": PLANT,
    "battery.declaration": "https://docs.example/declaration.pdf",
    "battery.rulebook": "draft method",
    "stages.distribution": Decimal("12.5"),
    "stages.end-of-life": Decimal("-3"),
    "raw_material_share": Decimal("0.6"),
}


def converted(document: Any, target: str, **assumptions: Any) -> Converted:
    wish = Wish(
        target=target,
        assumptions={name.replace("__", "."): value for name, value in assumptions.items()},
        assumed_by="a study",
        new_id="9893bb5d-da16-4dc1-9185-11d97476c254",
        now="2026-11-28T06:00:00Z",
    )
    return convert(document, wish)


def codes(made: Converted) -> list[str]:
    return [finding.code for finding in made.findings]


@pytest.mark.parametrize("document", [PAYLOAD, PAYLOAD["circularity"], ENTRIES], ids=["payload", "object", "list"])
def test_every_holder_of_the_entries_is_recognised(document: Any) -> None:
    assert recognise(document) == "battery-pass-4"
    made = converted(document, "battery-pass-4")
    assert [(one["lifecycle"], one["value"]) for one in made.document] == [
        (one["lifecycle"], one["value"]) for one in ENTRIES
    ]
    assert codes(made) == []


def test_the_submodel_is_what_publication_makes_of_the_same_entries() -> None:
    context = PassportContext(
        manufacturer_name="Example Battery GmbH",
        manufacturer_part_id="ION-E75",
        manufacturer_bpnl="BPNL00000075MFCT",
        facility_bpns="BPNS00000075PLNT",
        asset_id="https://id.example/p/1",
        unit_url="https://id.example/p/1",
        functional_unit="kWh",
        functional_quantity=Decimal(1),
    )
    published = value_only(build(PAYLOAD, context=context).submodel("CarbonFootprint"))
    made = converted(PAYLOAD, "carbon-footprint-1")
    assert canonical(made.document) == canonical(decode(canonical(published)))
    assert codes(made) == ["pcf/lost"]  # the plant: Part 1 has it


def test_from_the_submodel_and_back() -> None:
    submodel = converted(PAYLOAD, "carbon-footprint-1").document
    assert recognise(submodel) == "carbon-footprint-1"
    back = converted(submodel, "battery-pass-4", battery__plant=PLANT)
    wanted = [{**one, "unit": "kg CO2 eq / kWh"} for one in ENTRIES]
    assert canonical(back.document) == canonical(wanted)
    assert codes(back) == ["pcf/assumed"]
    with pytest.raises(Unprocessable, match=r"battery\.plant"):
        converted(submodel, "battery-pass-4")


@pytest.mark.parametrize("target", ["catena-x-9", "pact-3", "ouranos", "battery-component-1"])
def test_a_value_per_kwh_is_no_products_without_the_energy(target: str) -> None:
    with pytest.raises(Unprocessable, match=r"battery\.lifetime_energy_kwh") as told:
        converted(PAYLOAD, target)
    assert told.value.code == "pcf/not-derivable"


def test_with_the_energy_it_is_that_of_one_battery() -> None:
    made = converted(PAYLOAD, "ouranos", battery__lifetime_energy_kwh=Decimal(90000))
    assert [row["ghgEmission"] for row in made.document[:2]] == [Decimal(3708), Decimal(1809)]
    assert made.document[0]["ghgDeclaredUnit"] == "kgCO2e/unit"
    assert "pcf/assumed" in codes(made)


def per(unit: str) -> dict[str, Any]:
    """The product footprint with another declared unit."""
    text = canonical(CATENA_X_9).replace(b'"piece"', f'"{unit}"'.encode())
    document: dict[str, Any] = decode(text)
    return document


def test_a_products_footprint_becomes_a_provisional_battery_footprint() -> None:
    made = converted(per("piece"), "battery-pass-4", **WHOLE)
    assert [one["lifecycle"] for one in made.document] == list(LIFECYCLES.values())
    assert all(one["rulebook"] == "draft method (provisional)" for one in made.document)
    assert codes(made).count("pcf/assumed") >= len(WHOLE)
    again = converted(made.document, "battery-pass-4")
    assert canonical(again.document) == canonical(made.document)


@pytest.mark.parametrize("name", sorted(set(WHOLE) - {"stages.distribution"}))
def test_what_nobody_states_is_named(name: str) -> None:
    stated = {key: value for key, value in WHOLE.items() if key != name}
    with pytest.raises(Unprocessable) as told:
        converted(per("piece"), "battery-pass-4", **stated)
    assert told.value.code == "pcf/not-derivable"
    assert name in told.value.detail


def test_a_footprint_per_kilogram_is_no_batterys() -> None:
    with pytest.raises(Unprocessable, match="roll it up") as told:
        converted(per("kilogram"), "battery-pass-4", **WHOLE)
    assert told.value.code == "pcf/unit"


def test_an_unknown_assumption_is_refused() -> None:
    with pytest.raises(Invalid, match="cannot be assumed of a battery"):
        converted(PAYLOAD, "battery-pass-4", id="x")


def changed(place: int = 0, **members: Any) -> list[Any]:
    made = copy.deepcopy(ENTRIES)
    for name, value in members.items():
        if value is None:
            del made[place][name]
        else:
            made[place][name] = value
    return made


@pytest.mark.parametrize(
    ("document", "code", "pointer"),
    [
        (changed(value="0.1"), "pcf/amount", "/0/value"),
        (changed(value=True), "pcf/amount", "/0/value"),
        (changed(value=None), "pcf/amount", "/0/value"),
        (changed(unit="kg CO2 eq"), "pcf/unit", "/0/unit"),
        (changed(1, lifecycle=ENTRIES[0]["lifecycle"]), "pcf/battery", "/1"),
        (changed(2, manufacturingPlant={"right": {"locationIdentifier": {"right": "x"}}}), "pcf/battery", "/2"),
        ([*ENTRIES, 5], "pcf/battery", "/4"),
        (ENTRIES[1:], "pcf/not-derivable", ""),
        ({"carbonFootprint": []}, "pcf/battery", "/carbonFootprint"),
        ({"ProductCarbonFootprints": "none"}, "pcf/battery", "/ProductCarbonFootprints"),
    ],
)
def test_bad_entries_are_refused_with_their_place(document: Any, code: str, pointer: str) -> None:
    with pytest.raises(Problem) as told:
        converted(document, "carbon-footprint-1")
    assert (told.value.code, told.value.pointer) == (code, pointer)


def test_other_impacts_and_stages_are_told() -> None:
    more = [*ENTRIES, {**ENTRIES[0], "type": "Climate Change Fossil"}, {**ENTRIES[0], "lifecycle": "use"}]
    made = converted(more, "battery-pass-4")
    assert codes(made) == ["pcf/lost", "pcf/lost"]
    assert len(made.document) == len(ENTRIES)


_VALUE = st.decimals(min_value=0, max_value=1000, allow_nan=False, places=6)


@given(_VALUE, _VALUE, _VALUE, _VALUE)
def test_every_amount_goes_there_and_back_exactly(raw: Decimal, main: Decimal, way: Decimal, end: Decimal) -> None:
    document = [{**entry, "value": value} for entry, value in zip(ENTRIES, (raw, main, way, -end), strict=True)]
    submodel = converted(document, "carbon-footprint-1").document
    back = converted(submodel, "battery-pass-4", battery__plant=PLANT).document
    assert [one["value"] for one in back] == [raw, main, way, -end]
