"""WIA to BatteryPass and back: every member is mapped or accounted for, nothing is made up, persons stay out."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation import exact_json
from connector.notation.pointers import resolve
from connector.passport.formats.wia.conversion import from_battery_pass, to_battery_pass, without_people
from connector.passport.formats.wia.lifecycle import TRANSITIONS
from connector.passport.formats.wia.mapping import (
    APPLICATIONS,
    BACK,
    MATERIAL_ROWS,
    PEOPLE,
    ROWS,
    STATUSES,
    UNIT_OF,
    why_lost,
)
from connector.passport.formats.wia.places import leaves, read
from tests.connector.passport.formats.test_wia_validation import changed

ROOT = Path(__file__).resolve().parents[4]
SEED = ROOT / "../shared/seeds/003-wia-battery-passport-format.txt"
PAYLOAD = exact_json.decode((ROOT / "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json").read_bytes())

FULL: dict[str, Any] = changed(
    ("updated", "2026-11-10T12:00:00+09:00"),
    ("identity.manufacturingLocation.city", "Nagoya"),
    ("identity.manufacturingLocation.facility", "Hall 2"),
    ("chemistry.weight", {"total": 310, "unit": "kg", "packaging": 60}),
    ("chemistry.recycledContent", {"nickel": 12, "cobalt": Decimal("16.50"), "lithium": 6, "lead": 0, "unit": "%"}),
    ("specifications.energyCapacity", Decimal("62.1")),
    ("specifications.operatingTemperatureMin", -25),
    ("specifications.operatingTemperatureMax", 55),
    ("lifecycle.installationDate", "2026-10-20T09:00:00Z"),
    ("lifecycle.application", "electric_vehicle"),
    ("lifecycle.stateOfCharge", Decimal("55.5")),
    ("lifecycle.totalEnergyThroughput", Decimal("3788.10")),
    ("lifecycle.warrantyInfo", {"durationYears": 8}),
    ("digitalAccess", {"qrCode": "https://id.example/p/1"}),
)  # fmt: skip


def lost(findings: Any) -> set[str]:
    return {finding.pointer for finding in findings if finding.code == "wia/lost"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.source}>{row.target}")
def test_each_row_carries_its_value_there_and_back(row: Any) -> None:
    there = to_battery_pass(FULL).document
    assert read(FULL, row.source) is not None
    assert read(there, row.target) is not None
    back = read(from_battery_pass(there).document, row.source)
    wanted = {
        "created": "2026-10-01T00:00:00Z",
        "lifecycle.installationDate": "2026-10-20",
    }.get(row.source, read(FULL, row.source))
    assert back == wanted


def test_amounts_keep_their_digits() -> None:
    written = exact_json.encode(to_battery_pass(FULL).document)
    assert b'"recycled":16.50' in written
    assert b'"value":3788.10' in written
    assert b"1.6" in written


def test_dynamic_values_hold_at_the_latest_time_of_the_record() -> None:
    fade = to_battery_pass(FULL).document["performance"]["dynamic"]["capacity"]["fade"]
    assert fade == {"value": Decimal("1.6"), "time": "2026-11-10T03:00:00Z"}
    no_time = {name: value for name, value in FULL.items() if name not in ("created", "updated")}
    no_time["lifecycle"] = FULL["lifecycle"] | {"events": []}
    made = to_battery_pass(no_time)
    assert "dynamic" not in made.document.get("performance", {})
    assert "/lifecycle/stateOfHealth" in lost(made.findings)


@pytest.mark.parametrize(
    ("unit", "value", "wanted"),
    [("Wh", 62100, Decimal("62.100")), ("MWh", Decimal("0.0621"), Decimal("62.1")), ("kWh", 5, 5)],
)
def test_units_are_converted(unit: str, value: Any, wanted: Any) -> None:
    record = FULL | {"specifications": FULL["specifications"] | {"energyCapacity": value, "energyCapacityUnit": unit}}
    assert to_battery_pass(record).document["performance"]["rated"]["energy"]["value"] == wanted


def test_an_unknown_unit_is_an_error_and_the_value_stays_out() -> None:
    record = FULL | {"specifications": FULL["specifications"] | {"energyCapacityUnit": "BTU"}}
    made = to_battery_pass(record)
    assert "energy" not in made.document["performance"]["rated"]
    assert [(one.code, one.severity) for one in made.findings if one.pointer.endswith("energyCapacityUnit")] == [
        ("wia/no-unit", "error")
    ]


def test_every_status_has_a_like_in_the_law_and_back() -> None:
    assert set(STATUSES) == set(TRANSITIONS)
    eu = {"original", "repurposed", "re-used", "remanufactured", "waste"}
    assert set(STATUSES.values()) <= eu
    assert set(BACK) == eu - {"original"}
    in_use = {"circularity": {"status": "original"}, "generalInformation": {"intoServiceDate": "2026-01-01"}}
    assert from_battery_pass(in_use).document["lifecycle"]["status"] == "in_use"
    new = {"circularity": {"status": "original"}}
    assert from_battery_pass(new).document["lifecycle"]["status"] == "manufactured"
    assert set(APPLICATIONS.values()) <= {"SLI", "LMT", "EV", "industrial", "portable"}


def test_no_person_comes_through() -> None:
    people = {
        "currentOwner": "Jane Roe",
        "vehicleVIN": "WVWZZZ1JZXW000001",
        "ownershipHistory": [{"owner": "Jane Roe", "ownerType": "end_user"}],
        "events": [
            {"type": "quality_inspection", "inspector": "J. Inspector", "installer": "I. N.", "technician": "T"}
        ],
        "maintenanceHistory": [{"technician": "T. Echnician", "inspector": "X. Y."}],
    }
    record = FULL | {"lifecycle": FULL["lifecycle"] | people}
    made = to_battery_pass(record)
    names = ("Jane Roe", "WVWZZZ1JZXW000001", "J. Inspector", "T. Echnician")
    assert not any(name in exact_json.encode(made.document).decode() for name in names)
    kept = without_people(record)
    assert not any(name in exact_json.encode(kept.document).decode() for name in names)
    assert record["lifecycle"]["currentOwner"] == "Jane Roe"
    told = {finding.pointer for finding in made.findings if finding.code == "wia/person"}
    assert len(told) == len(PEOPLE)
    assert told == {finding.pointer for finding in kept.findings}
    same = without_people(record).document["lifecycle"]
    assert same["currentOwner"] == same["ownershipHistory"][0]["owner"]


def test_what_is_not_mapped_is_told_and_what_is_told_is_not_mapped() -> None:
    made = to_battery_pass(FULL)
    sources = {row.source for row in ROWS} | {f"chemistry.materials[].{name}" for name in MATERIAL_ROWS}
    for path, pointer in leaves(FULL):
        assert (pointer in lost(made.findings)) == (path not in sources | set(UNIT_OF.values())), pointer


def test_a_member_that_nobody_knows_is_told() -> None:
    made = to_battery_pass(FULL | {"surprise": {"deep": [1]}})
    assert "/surprise/deep/0" in lost(made.findings)


def test_back_every_leaf_is_carried_or_lost() -> None:
    made = from_battery_pass(PAYLOAD)
    for pointer in lost(made.findings):
        resolve(PAYLOAD, pointer)
    carried = {pointer for _, pointer in leaves(PAYLOAD)} - lost(made.findings)
    assert "/performance/rated/voltage/nominal" in carried
    assert "/performance/rated/voltage/max" not in carried
    assert 25 < len(carried) < 60
    missing = {finding.wanted for finding in made.findings if finding.code == "wia/missing"}
    assert missing == {"passportId", "batteryId", "chemistry.type", "chemistry.anode"}


def test_targets_are_elements_of_the_model() -> None:
    shown = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "samm-models").rglob("*.ttl")))
    known = set(re.findall(r"[a-zA-Z0-9]+", shown)) | {"left", "right"}
    for row in ROWS:
        names = re.sub(r"\[[^\]]*\]", "", row.target).split(".")
        assert set(names) <= known, row.target


@pytest.mark.skipif(not SEED.is_file(), reason="the published format is not on this machine")
def test_every_member_of_the_published_examples_is_mapped_a_person_or_lost_with_a_reason() -> None:
    blocks = [exact_json.decode(block) for block in re.findall(r"```json\n(.*?)```", SEED.read_text(), re.DOTALL)]
    known = {row.source for row in ROWS} | set(UNIT_OF.values()) | set(PEOPLE)
    known |= {f"chemistry.materials[].{name}" for name in MATERIAL_ROWS}
    documents = [block for block in blocks if "$id" not in block]
    homeless = {path for block in documents for path, _ in leaves(block) if path not in known and not why_lost(path)}
    assert len(documents) == 5
    assert homeless == set()


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [[]], [5], True, {"value": {}}])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.source)
def test_rubbish_at_any_place_breaks_nothing(row: Any, value: Any) -> None:
    *way, last = row.source.split(".")
    record: dict[str, Any] = {}
    node = record
    for step in way:
        node = node.setdefault(step, {})
    node[last] = value
    from_battery_pass(to_battery_pass(record).document)
    assert to_battery_pass({"lifecycle": value, "chemistry": value, "identity": value}) is not None
    assert from_battery_pass({"identification": value, "performance": value, "chemicalMaterial": value}) is not None
