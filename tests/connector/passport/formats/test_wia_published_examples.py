"""The examples that the format itself publishes break its own rules: exactly these findings, no others."""

import re
from datetime import date
from pathlib import Path

import pytest

from connector.notation import exact_json
from connector.passport.formats.wia import validate

SEED = Path(__file__).resolve().parents[4] / "../shared/seeds/003-wia-battery-passport-format.txt"
pytestmark = pytest.mark.skipif(not SEED.is_file(), reason="the published format is not on this machine")

NO_ROW_FOR_COBALT = ("wia/BUS-005", "/chemistry/materials")


def published() -> list[dict[str, object]]:
    blocks = re.findall(r"```json\n(.*?)```", SEED.read_text(), re.DOTALL)
    return [exact_json.decode(block) for block in blocks]


def found(record: dict[str, object]) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in validate(record, today=date(2026, 11, 21))]


def test_the_whole_records() -> None:
    base, electric_vehicle = [block for block in published() if "batteryId" in block]
    assert found(base) == [("wia/BUS-001", "/chemistry/materials"), NO_ROW_FOR_COBALT]
    assert found(electric_vehicle) == [("wia/REQ", "/chemistry/materials"), NO_ROW_FOR_COBALT]


def test_the_parts_put_into_a_whole_record() -> None:
    blocks = published()
    record = next(block for block in blocks if "batteryId" in block)
    for part in ("chemistry", "lifecycle"):
        record |= next(block for block in blocks if list(block) == [part])
    assert found(record) == [
        ("wia/BUS-001", "/chemistry/materials"),
        ("wia/BUS-002", "/lifecycle/stateOfHealth"),
    ]
