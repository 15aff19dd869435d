"""Every rule of the WIA record with a record that keeps it and one that breaks it, exact on its edges."""

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connector.notation import exact_json
from connector.notation.findings import Finding
from connector.passport.formats.wia.lifecycle import TRANSITIONS, may_follow
from connector.passport.formats.wia.rules import RULES
from connector.passport.formats.wia.schema import CHEMISTRIES, STATUSES
from connector.passport.formats.wia.validation import validate

TODAY = date(2026, 11, 21)

# our own example: an NMC battery in use, every sum right
RECORD: dict[str, Any] = {
    "version": "1.0.0",
    "passportId": "BP-2026-004711",
    "batteryId": "BAT-2026-LI-000815",
    "created": "2026-10-01T08:00:00Z",
    "identity": {
        "manufacturer": "Nordlicht Zellwerk",
        "model": "NZ-62",
        "serialNumber": "NZ62-000815",
        "manufacturingDate": "2026-09-30",
        "manufacturingLocation": {"country": "JP", "coordinates": {"lat": Decimal("35.1"), "lng": Decimal("136.9")}},
    },
    "chemistry": {
        "type": "lithium-ion",
        "cathode": "NMC622",
        "anode": "graphite",
        "materials": [
            {
                "name": "Nickel",
                "symbol": "Ni",
                "percentage": Decimal("57.5"),
                "source": {"country": "CA", "certifications": ["RMI", "IRMA"]},
            },
            {"name": "Manganese", "symbol": "Mn", "percentage": 19},
            {
                "name": "Cobalt",
                "symbol": "Co",
                "percentage": 19,
                "source": {
                    "country": "AU",
                    "certifications": ["RMI", "Fair Cobalt Alliance"],
                    "conflictFree": True,
                },
            },
            {
                "name": "Lithium",
                "symbol": "Li",
                "percentage": Decimal("4.5"),
                "source": {"country": "CL", "certifications": ["RMI"]},
            },
        ],
    },
    "specifications": {"nominalVoltage": 355, "nominalCapacity": 175, "expectedCycleLife": 2500},
    "lifecycle": {
        "status": "in_use",
        "stateOfHealth": Decimal("98.4"),
        "cycleCount": 61,
        "events": [
            {
                "type": "soh_measurement",
                "timestamp": "2026-11-01T00:00:00Z",
                "stateOfHealth": Decimal("98.9"),
                "cycleCount": 40,
                "capacity": Decimal("173.1"),
            }
        ],
    },
}

ABSENT = object()


def changed(*edits: tuple[str, Any]) -> dict[str, Any]:
    """The example with values at dotted paths replaced, or taken out (ABSENT)."""
    record = copy.deepcopy(RECORD)
    for path, value in edits:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        node: Any = record
        for step in way:
            node = node[step]
        if value is ABSENT:
            del node[last]
        else:
            node[last] = value
    return record


def errors(record: Any, **context: Any) -> list[Finding]:
    return [finding for finding in validate(record, today=TODAY, **context) if finding.severity == "error"]


def found(record: Any, **context: Any) -> list[tuple[str, str]]:
    """Rule and place of each error."""
    return [(finding.code.removeprefix("wia/"), finding.pointer) for finding in errors(record, **context)]


def test_the_example_is_valid() -> None:
    assert found(RECORD) == []
    assert found(exact_json.decode(exact_json.encode(RECORD))) == []


@pytest.mark.parametrize(
    "value", ["BP-2026-00471", "BP-2026-0047111", "BP-２026-004711", "bp-2026-004711", "BP-2026-004711\n"]
)
def test_val_001(value: str) -> None:
    assert found(changed(("passportId", value))) == [("VAL-001", "/passportId")]


@pytest.mark.parametrize("value", ["BAT-2026-NMC811-000815", "BAT-2026-li-000815", "BAT-2026-LI-000815 ", 5])
def test_val_002(value: Any) -> None:
    assert found(changed(("batteryId", value))) == [("VAL-002", "/batteryId")]


@pytest.mark.parametrize("value", [Decimal("-0.01"), Decimal("100.00000000000000000001"), "98", True, None])
def test_val_003(value: Any) -> None:
    assert ("VAL-003", "/lifecycle/stateOfHealth") in found(changed(("lifecycle.stateOfHealth", value)))
    place = "lifecycle.events.0.stateOfHealth"
    assert ("VAL-003", "/lifecycle/events/0/stateOfHealth") in found(changed((place, value)))


def test_val_003_edges_are_inside() -> None:
    assert found(changed(("lifecycle.stateOfHealth", 0))) == []
    both = changed(("lifecycle.stateOfHealth", 100), ("lifecycle.events.0.stateOfHealth", 100))
    assert found(both) == []


@pytest.mark.parametrize("value", [0, Decimal("0.0"), -1, "355", False])
def test_val_004(value: Any) -> None:
    pointer = "/specifications/nominalVoltage"
    assert found(changed(("specifications.nominalVoltage", value))) == [("VAL-004", pointer)]
    assert found(changed(("specifications.nominalVoltage", Decimal("1e-9")))) == []


@pytest.mark.parametrize(
    "value", ["2026-11-22", "2025-02-29", "30.09.2026", "2026-09", "20260930", "2026-09-30T00:00:00Z", 2026]
)
def test_val_005(value: Any) -> None:
    pointer = "/identity/manufacturingDate"
    assert found(changed(("identity.manufacturingDate", value))) == [("VAL-005", pointer)]


@pytest.mark.parametrize("value", ["2026-11-21", "2024-02-29"])
def test_val_005_today_and_leap_days_are_inside(value: str) -> None:
    assert found(changed(("identity.manufacturingDate", value))) == []


@pytest.mark.parametrize(
    ("lithium", "holds"), [("4.0", True), ("5.0", True), ("3.99", False), ("5.01", False), ("11.5", False)]
)
def test_bus_001_with_its_tolerance(lithium: str, holds: bool) -> None:
    record = changed(("chemistry.materials.3.percentage", Decimal(lithium)))
    assert found(record) == ([] if holds else [("BUS-001", "/chemistry/materials")])


def test_bus_001_the_formats_own_shares_add_up_to_107() -> None:
    shares = [("0", 80), ("1", 10), ("2", 10), ("3", 7)]
    record = changed(*((f"chemistry.materials.{at}.percentage", share) for at, share in shares))
    (finding,) = validate(record, today=TODAY)
    assert (finding.code, finding.found) == ("wia/BUS-001", 107)
    assert "ERR_MATERIAL_SUM" in finding.source


def test_bus_001_an_empty_list_adds_up_to_nothing() -> None:
    record = changed(("chemistry.materials", []), ("chemistry.cathode", "LFP"))
    assert found(record) == [("BUS-001", "/chemistry/materials")]


def test_bus_002_within_the_record() -> None:
    record = changed(("lifecycle.stateOfHealth", Decimal("98.91")))
    (finding,) = validate(record, today=TODAY)
    assert (finding.code, finding.pointer) == ("wia/BUS-002", "/lifecycle/stateOfHealth")
    assert "ERR_SOH_INCREASE" in finding.source
    assert found(changed(("lifecycle.stateOfHealth", Decimal("98.9")))) == []


def test_bus_002_orders_events_by_time_not_by_place() -> None:
    rest = {"type": "soh_measurement", "cycleCount": 40, "capacity": 174}
    early = rest | {"timestamp": "2026-10-15T00:00:00+09:00", "stateOfHealth": Decimal("99.5")}
    late = rest | {"timestamp": "2026-11-15T00:00:00Z", "stateOfHealth": Decimal("99.4")}
    events = RECORD["lifecycle"]["events"]
    assert found(changed(("lifecycle.events", [*events, early]))) == []
    assert found(changed(("lifecycle.events", [late, *events, early]))) == [
        ("BUS-002", "/lifecycle/events/0/stateOfHealth")
    ]


@pytest.mark.parametrize(("before", "holds"), [("98.4", True), ("99", True), ("98.39", False)])
def test_bus_002_after_the_record_before(before: str, holds: bool) -> None:
    previous = changed(("lifecycle.stateOfHealth", Decimal(before)))
    assert found(RECORD, previous=previous) == ([] if holds else [("BUS-002", "/lifecycle/stateOfHealth")])


@pytest.mark.parametrize(("before", "holds"), [(61, True), (0, True), (62, False)])
def test_bus_003_after_the_record_before(before: int, holds: bool) -> None:
    previous = changed(("lifecycle.cycleCount", before))
    assert found(RECORD, previous=previous) == ([] if holds else [("BUS-003", "/lifecycle/cycleCount")])


def test_bus_003_within_the_record() -> None:
    (finding,) = validate(changed(("lifecycle.cycleCount", 39)), today=TODAY)
    assert (finding.code, finding.found, finding.wanted) == ("wia/BUS-003", 39, 40)
    assert "ERR_CYCLE_DECREASE" in finding.source


@pytest.mark.parametrize("status", ["end_of_life", "recycled"])
def test_bus_004_status(status: str) -> None:
    assert found(changed(("lifecycle.status", status))) == []
    bare = changed(("lifecycle.status", status), ("lifecycle.events", []))
    (finding,) = errors(bare)
    assert (finding.code, finding.pointer) == ("wia/BUS-004", "/lifecycle/status")
    assert "ERR_MISSING_SOH" in finding.source


@pytest.mark.parametrize(
    ("declared", "holds"),
    [("2026-11-01T00:00:00Z", True), ("2026-11-02T00:00:00Z", True), ("2026-10-31T23:59:59Z", False)],
)
def test_bus_004_the_measurement_comes_before_the_declaration(declared: str, holds: bool) -> None:
    declaration = {"type": "end_of_life_declaration", "timestamp": declared, "reason": "worn", "finalSoH": 66}
    record = changed(("lifecycle.events", [*RECORD["lifecycle"]["events"], declaration]))
    assert found(record) == ([] if holds else [("BUS-004", "/lifecycle/events/1")])


@pytest.mark.parametrize(
    "source",
    [
        ABSENT,
        {},
        {"conflictFree": True},
        {"conflictFree": True, "certifications": []},
        {"conflictFree": True, "certifications": ["IRMA", "rmi"]},
        {"conflictFree": False, "certifications": ["RMI"]},
        {"certifications": ["RMI"]},
    ],
)
def test_bus_005_without_certificate(source: Any) -> None:
    (finding,) = errors(changed(("chemistry.materials.2.source", source)))
    assert (finding.code, finding.pointer) == ("wia/BUS-005", "/chemistry/materials/2/source")
    assert "ERR_COBALT_CERT" in finding.source


@pytest.mark.parametrize("certificate", ["RMI", "Fair Cobalt Alliance"])
@pytest.mark.parametrize(("symbol", "name"), [("Co", "x"), ("CO", "x"), ("x", "cobalt"), ("x", " Cobalt ")])
def test_bus_005_cobalt_by_any_name_with_either_certificate(certificate: str, symbol: str, name: str) -> None:
    row = {"symbol": symbol, "name": name, "percentage": 19}
    assert found(changed(("chemistry.materials.2", row))) == [("BUS-005", "/chemistry/materials/2/source")]
    row["source"] = {"conflictFree": True, "certifications": ["other", certificate]}
    assert found(changed(("chemistry.materials.2", row))) == []


@pytest.mark.parametrize(
    ("cathode", "hidden"),
    [("NMC811", True), ("nmc111", True), ("NCM", True), ("NCA", True), ("LCO", True), ("LFP", False), ("LCOX", False)],
)
def test_bus_005_cobalt_that_only_the_cathode_names(cathode: str, hidden: bool) -> None:
    other = {"symbol": "X", "name": "x", "percentage": 19}
    record = changed(("chemistry.cathode", cathode), ("chemistry.materials.2", other))
    assert found(record) == ([("BUS-005", "/chemistry/materials")] if hidden else [])


EDGES = {
    ("manufactured", "in_transit"),
    ("manufactured", "in_storage"),
    ("in_storage", "in_transit"),
    ("in_storage", "in_use"),
    ("in_transit", "in_storage"),
    ("in_transit", "in_use"),
    ("in_use", "maintenance"),
    ("in_use", "second_life"),
    ("in_use", "end_of_life"),
    ("maintenance", "in_use"),
    ("maintenance", "second_life"),
    ("second_life", "maintenance"),
    ("second_life", "end_of_life"),
    ("end_of_life", "recycled"),
}


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_all_64_pairs_of_statuses(before: str, after: str) -> None:
    assert may_follow(before, after) == ((before, after) in EDGES)
    record, previous = changed(("lifecycle.status", after)), changed(("lifecycle.status", before))
    expected = [] if before == after or (before, after) in EDGES else [("LIFE", "/lifecycle/status")]
    assert found(record, previous=previous) == expected


def test_the_statuses_of_schema_and_transitions_are_the_same() -> None:
    assert set(STATUSES) == set(TRANSITIONS)
    assert not may_follow("lost", "in_use")


def test_the_record_before_is_of_the_same_battery() -> None:
    previous = changed(("batteryId", "BAT-2026-LI-000816"), ("lifecycle.status", "recycled"))
    assert found(RECORD, previous=previous) == [("PREVIOUS", "/batteryId")]


def test_a_record_before_that_is_broken_does_not_crash() -> None:
    assert found(RECORD, previous={"batteryId": RECORD["batteryId"], "lifecycle": [1]}) == []
    assert found(RECORD, previous={"batteryId": RECORD["batteryId"], "lifecycle": {"status": []}}) == []
    assert found(RECORD, previous={}) == [("PREVIOUS", "/batteryId")]


REQUIRED = [
    "version",
    "passportId",
    "batteryId",
    "identity",
    "chemistry",
    "specifications",
    "identity.manufacturer",
    "identity.model",
    "identity.serialNumber",
    "identity.manufacturingDate",
    "chemistry.type",
    "chemistry.cathode",
    "chemistry.anode",
    "chemistry.materials",
    "specifications.nominalVoltage",
    "specifications.nominalCapacity",
]


@pytest.mark.parametrize("path", REQUIRED)
def test_required_members(path: str) -> None:
    assert found(changed((path, ABSENT))) == [("REQ", "/" + path.replace(".", "/"))] + (
        [("BUS-005", "/chemistry/materials")] if path == "chemistry.materials" else []
    )


@pytest.mark.parametrize("chemistry", CHEMISTRIES)
def test_chemistry_types(chemistry: str) -> None:
    assert found(changed(("chemistry.type", chemistry))) == []


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("chemistry.type", "nickel-cadmium", "ENUM"),
        ("lifecycle.status", "lost", "ENUM"),
        ("version", "1.0", "FORMAT"),
        ("version", "1.0.0\n", "FORMAT"),
        ("created", "yesterday", "FORMAT"),
        ("identity.model", "", "FORMAT"),
        ("identity.model", 7, "TYPE"),
        ("identity.manufacturingLocation.country", "JPN", "FORMAT"),
        ("identity.manufacturingLocation.coordinates.lat", Decimal("90.0001"), "RANGE"),
        ("identity.manufacturingLocation.coordinates.lng", -181, "RANGE"),
        ("specifications.nominalCapacity", -1, "RANGE"),
        ("specifications.expectedCycleLife", Decimal("1.5"), "TYPE"),
        ("lifecycle.events", {}, "TYPE"),
        ("chemistry.materials.3.percentage", "4.5", "TYPE"),
    ],
)
def test_types_ranges_and_lists(path: str, value: Any, rule: str) -> None:
    assert (rule, "/" + path.replace(".", "/")) in found(changed((path, value)))


@pytest.mark.parametrize("record", [None, [], "x", 5, Decimal("1.5"), True])
def test_what_is_no_object_is_one_finding(record: Any) -> None:
    assert found(record) == [("TYPE", "")]


@pytest.mark.parametrize("value", [None, [], {}, "x", True, [[]], [None], {"materials": 5}, {"events": [5]}])
@pytest.mark.parametrize("path", ["identity", "chemistry", "lifecycle", "chemistry.materials", "lifecycle.events"])
def test_wrong_shapes_are_findings_and_never_crashes(path: str, value: Any) -> None:
    findings = validate(changed((path, value)), today=TODAY, previous=RECORD)
    assert all(finding.code.startswith("wia/") and finding.source.startswith("WIA 1.0.0") for finding in findings)


def test_floats_that_are_no_numbers_are_found() -> None:
    for value in (float("nan"), float("inf"), Decimal("NaN")):
        assert found(changed(("specifications.nominalCapacity", value)))


def test_every_rule_can_be_found() -> None:
    source = {rule for rule in RULES if rule.startswith(("VAL", "BUS"))}
    assert source == {f"VAL-00{n}" for n in range(1, 6)} | {f"BUS-00{n}" for n in range(1, 6)}
    assert {code for _, code, _ in RULES.values() if code} == {
        "ERR_MATERIAL_SUM",
        "ERR_SOH_INCREASE",
        "ERR_CYCLE_DECREASE",
        "ERR_MISSING_SOH",
        "ERR_COBALT_CERT",
    }
