"""The examples that the format itself publishes break its own rules: exactly these findings, no others.

They are fixtures, not valid samples. Each row is the example's clause, the finding's code, its pointer.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connector.notation import exact_json
from connector.passport.formats.wia.validation import validate

SEED = Path(__file__).resolve().parents[4] / "../shared/seeds/003-wia-battery-passport-format.txt"
pytestmark = pytest.mark.skipif(not SEED.is_file(), reason="the published format is not on this machine")

# the record of 3.1 has an empty list of materials, and its hashes are written with dots
EMPTY = [("wia/BUS-001", "/chemistry/materials"), ("wia/BUS-005", "/chemistry/materials")]
DOTS = [("wia/DIG", "/verification/dataIntegrity"), ("wia/DIG", "/verification/blockchainHash")]

FINDINGS = {
    "3.1": [*EMPTY, *DOTS],
    "8.1": [
        ("wia/REQ", "/chemistry/materials"),
        ("wia/BUS-005", "/chemistry/materials"),
        ("wia/PLAUS", "/specifications/energyDensity"),
        ("wia/PLAUS", "/lifecycle/cycleCount"),
        ("wia/PLAUS", "/lifecycle/vehicleVIN"),
    ],
    "4.2": [("wia/BUS-001", "/chemistry/materials"), *DOTS, ("wia/PLAUS", "/specifications/energyDensity")],
    "4.3": [
        *EMPTY,
        *DOTS,
        ("wia/BUS-002", "/lifecycle/stateOfHealth"),
        ("wia/EVT", "/lifecycle/events/0/qaStatus"),
        ("wia/EVT", "/lifecycle/events/1/metrics"),
        ("wia/PLAUS", "/lifecycle/totalEnergyThroughput"),
        ("wia/PLAUS", "/lifecycle/operatingHours"),
        ("wia/PLAUS", "/lifecycle/cycleCount"),
        ("wia/PLAUS", "/lifecycle/vehicleVIN"),
        ("wia/PLAUS", "/lifecycle/ownershipHistory/1/startDate"),
    ],
    "4.4": [
        *EMPTY,
        *DOTS,
        ("wia/CO2", "/carbonFootprint/transportationEmissions"),
        ("wia/CO2", "/carbonFootprint/cradleToGate"),
        ("wia/CO2", "/carbonFootprint/totalCO2e"),
    ],
}
PARTS = {"4.2": "chemistry", "4.3": "lifecycle", "4.4": "carbonFootprint"}


def example(clause: str) -> dict[str, Any]:
    """The record of 3.1 or 8.1; a part of chapter 4 put into the record of 3.1."""
    blocks = [exact_json.decode(block) for block in re.findall(r"```json\n(.*?)```", SEED.read_text(), re.DOTALL)]
    whole, electric_vehicle = [block for block in blocks if "batteryId" in block]
    if clause in PARTS:
        return whole | next(block for block in blocks if list(block) == [PARTS[clause]])
    return {"3.1": whole, "8.1": electric_vehicle}[clause]


@pytest.mark.parametrize("clause", sorted(FINDINGS))
def test_an_example_has_exactly_its_findings(clause: str) -> None:
    found = validate(example(clause), today=date(2026, 11, 28))
    assert sorted((finding.code, finding.pointer) for finding in found) == sorted(FINDINGS[clause])
