"""What a WIA record is warned of, event data, sums of the footprint, resets by repairs: each on its edges."""

from decimal import Decimal
from typing import Any

import pytest

from connector.passport.formats.wia.lifecycle import EVENTS
from connector.passport.formats.wia.materials import CATHODES
from connector.passport.formats.wia.rules import RULES, finding, report
from connector.passport.formats.wia.validation import validate
from tests.connector.passport.formats.test_wia_validation import RECORD, TODAY, changed, found


def told(record: Any, rule: str, **context: Any) -> list[tuple[str, str]]:
    """Severity and place of what `rule` says."""
    return [
        (one.severity, one.pointer) for one in validate(record, today=TODAY, **context) if one.code == f"wia/{rule}"
    ]


def with_event(**members: Any) -> dict[str, Any]:
    event = {"timestamp": "2026-11-02T00:00:00Z", **members}
    return changed(("lifecycle.events", [*RECORD["lifecycle"]["events"], event]))


COMPLETE: dict[str, dict[str, Any]] = {
    kind: {names[0]: {"cycleCount": 61, "stateOfHealth": Decimal("98.4")}.get(names[0], "x") for _, names in needs}
    for kind, needs in EVENTS.items()
} | {"soh_measurement": {"stateOfHealth": Decimal("98.4"), "cycleCount": 61, "capacity": Decimal("172.2")}}


@pytest.mark.parametrize("kind", EVENTS)
def test_evt_a_complete_event_passes_and_each_datum_is_needed(kind: str) -> None:
    assert told(with_event(type=kind, **COMPLETE[kind]), "EVT") == []
    for _, names in EVENTS[kind]:
        for empty in ({}, {names[0]: None}, {names[0]: []}, {names[0]: ""}):
            rest = {name: value for name, value in COMPLETE[kind].items() if name not in names} | empty
            place = f"/lifecycle/events/1/{names[0]}"
            assert told(with_event(type=kind, **rest), "EVT") == [("error", place)]


def test_evt_every_event_of_the_format_is_known() -> None:
    assert len([kind for kind in EVENTS if kind != "repair"]) == 9
    assert told(with_event(type="sold"), "EVT") == [("warning", "/lifecycle/events/1/type")]


@pytest.mark.parametrize(
    ("value", "severity"),
    [("80", []), ("79.99", ["warning"]), ("70", ["warning"]), ("69.9", ["warning"]), ("100", [])],
)
def test_soh_thresholds_are_strict(value: str, severity: list[str]) -> None:
    record = changed(("lifecycle.stateOfHealth", Decimal(value)))
    assert [level for level, place in told(record, "SOH") if place == "/lifecycle/stateOfHealth"] == severity
    said = [one.message for one in validate(record, today=TODAY) if one.code == "wia/SOH"]
    assert any("end-of-life" in text for text in said) == (Decimal(value) < 70)


@pytest.mark.parametrize(("capacity", "holds"), [("173.1", True), ("173.95", True), ("173.96", False), ("170", False)])
def test_soh_is_current_by_original_capacity(capacity: str, holds: bool) -> None:
    record = changed(("lifecycle.events.0.capacity", Decimal(capacity)))
    assert told(record, "SOH") == ([] if holds else [("warning", "/lifecycle/events/0/stateOfHealth")])


@pytest.mark.parametrize("evidence", [["https://acme.example/report.pdf"], {"digest": "sha256:0"}, "report 7"])
@pytest.mark.parametrize(
    "event", [{"type": "repair"}, {"type": "maintenance", "maintenanceType": "module_replacement"}]
)
def test_a_repair_with_evidence_resets_health_and_cycles(event: dict[str, Any], evidence: Any) -> None:
    repair = event | {"timestamp": "2026-11-03T00:00:00Z", "technician": "T", "findings": "F"}
    events = RECORD["lifecycle"]["events"]
    after = [
        ("lifecycle.stateOfHealth", Decimal("99.9")),
        ("lifecycle.cycleCount", 0),
        ("lifecycle.events", [*events, repair | {"evidence": evidence}]),
    ]
    assert found(changed(*after)) == []
    assert found(changed(*after), previous=RECORD) == []
    bare = changed(*after[:2], ("lifecycle.events", [*events, repair]))
    assert {rule for rule, _ in found(bare)} - {"EVT"} == {"BUS-002", "BUS-003"}


def test_a_repair_resets_once() -> None:
    repaired = with_event(type="repair", evidence="e")
    higher = repaired | {"lifecycle": repaired["lifecycle"] | {"stateOfHealth": Decimal("98.6")}}
    assert ("BUS-002", "/lifecycle/stateOfHealth") in found(higher, previous=repaired)


SUMS: dict[str, Any] = {
    "unit": "kg CO2e",
    "totalCO2e": 24180,
    "cradleToGate": 11000,
    "productionPhase": {"rawMaterialExtraction": 4000, "materialProcessing": 3000, "cellManufacturing": 3200},
    "transportationEmissions": 800,
    "transportationDetails": [{"co2e": 300}, {"co2e": 500}],
    "usePhaseEstimate": {"energyConsumption": 30000, "gridEmissionFactor": Decimal("0.5"), "estimatedUseCO2e": 15000},
    "endOfLifeRecycling": {"recyclingCO2e": 180, "materialRecoveryCredit": 2000},
}


def footprint(**members: Any) -> dict[str, Any]:
    return RECORD | {"carbonFootprint": SUMS | members}


def test_co2_terms_add_up() -> None:
    assert told(footprint(), "CO2") == []
    assert told(footprint(totalCO2e=11000), "CO2") == []
    assert told(footprint(totalCO2e=26000), "CO2") == []


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"totalCO2e": 25000}, "totalCO2e"),
        ({"cradleToGate": 12000}, "cradleToGate"),
        ({"transportationDetails": [{"co2e": 300}, {"co2e": 400}]}, "transportationEmissions"),
        (
            {"usePhaseEstimate": SUMS["usePhaseEstimate"] | {"gridEmissionFactor": Decimal("0.4")}},
            "usePhaseEstimate/estimatedUseCO2e",
        ),
        ({"unit": "t CO2e"}, "unit"),
    ],
)
def test_co2_each_term(members: dict[str, Any], place: str) -> None:
    assert told(footprint(**members), "CO2") == [("error", f"/carbonFootprint/{place}")]


@pytest.mark.parametrize("cathode", CATHODES)
def test_cath_windows(cathode: str) -> None:
    _, least, most = CATHODES[cathode]
    for density, holds in ((least, True), (most, True), (least - 1, False), (most + Decimal("0.1"), False)):
        record = changed(("chemistry.cathode", cathode), ("specifications.energyDensity", density))
        wanted = [] if holds else [("warning", "/specifications/energyDensity")]
        assert told(record, "CATH") == wanted
    low = changed(("chemistry.cathode", cathode), ("specifications.nominalVoltage", 2))
    assert told(low, "CATH") == [("warning", "/specifications/nominalVoltage")]


@pytest.mark.parametrize("at", [0, 2, 3])
def test_src_a_certificate_is_missed(at: int) -> None:
    record = changed((f"chemistry.materials.{at}.source.certifications", []))
    assert told(record, "SRC") == [("warning", f"/chemistry/materials/{at}/source/certifications")]


def warranty(**members: Any) -> dict[str, Any]:
    info = {"startDate": "2026-10-01", "endDate": "2034-10-01", "durationYears": 8, "minSoHGuarantee": 70}
    return changed(("lifecycle.warrantyInfo", info | members))


def test_warr_dates_and_claims() -> None:
    assert told(warranty(), "WARR") == []
    assert told(warranty(endDate="2034-10-02"), "WARR") == [("warning", "/lifecycle/warrantyInfo/endDate")]
    assert told(warranty(endDate="2026-09-30"), "WARR") == [("error", "/lifecycle/warrantyInfo/endDate")]
    claim = [("warning", "/lifecycle/stateOfHealth")]
    assert told(warranty(minSoHGuarantee=Decimal("98.5")), "WARR") == claim
    assert told(warranty(minSoHGuarantee=Decimal("98.4")), "WARR") == []
    ended = {"startDate": "2018-11-21", "endDate": TODAY.isoformat(), "minSoHGuarantee": 99}
    assert told(warranty(**ended), "WARR") == []
    leap = {"startDate": "2024-02-29", "endDate": "2025-02-28", "durationYears": 1}
    assert told(warranty(**leap), "WARR") == []


def test_plausible_figures() -> None:
    dense = changed(("chemistry.weight", {"total": 400}), ("specifications.energyDensity", 155))
    assert told(dense, "PLAUS") == []
    assert told(changed(("chemistry.weight", {"total": 200}), ("specifications.energyDensity", 155)), "PLAUS") != []
    assert told(changed(("lifecycle.vehicleVIN", "WVWZZZ1JZXW000001")), "PLAUS") == []
    assert told(changed(("lifecycle.vehicleVIN", "WVWZZZ1JZXW00000O")), "PLAUS") != []
    owners = [{"owner": "a", "endDate": "2026-10-02"}, {"owner": "b", "startDate": "2026-10-02"}]
    assert told(changed(("lifecycle.ownershipHistory", owners)), "PLAUS") == []


def test_a_report_speaks_with_the_codes_of_the_format() -> None:
    for rule, (_, error_code, _) in RULES.items():
        said = report(finding(rule, "m", ""))
        assert (said["code"], said["rule"], said["pointer"]) == (error_code or f"wia/{rule}", rule, "")
