"""WIA records and labels on the command line, in a process of its own: no node is there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from connector.notation import exact_json
from tests.connector.passport.formats.test_wia_conversion import FULL, PAYLOAD
from tests.connector.passport.formats.test_wia_validation import RECORD


def run(folder: Path, *words: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "connector", "passport", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def put(folder: Path, name: str, value: Any) -> str:
    (folder / name).write_bytes(exact_json.encode(value))
    return name


def test_a_valid_record_and_a_broken_one(tmp_path: Path) -> None:
    status, out, _ = run(tmp_path, "validate", "--format", "wia", put(tmp_path, "good.json", RECORD), "--json")
    assert (status, json.loads(out)["findings"]) == (0, [])
    chemistry = RECORD["chemistry"] | {"materials": RECORD["chemistry"]["materials"][1:]}
    broken = put(tmp_path, "broken.json", RECORD | {"passportId": "BP-26-1", "chemistry": chemistry})
    status, out, _ = run(tmp_path, "validate", "--format", "wia", broken, "--json")
    told = [(one["code"], one["rule"], one["pointer"]) for one in json.loads(out)["findings"]]
    assert status == 1
    assert told == [
        ("wia/VAL-001", "VAL-001", "/passportId"),
        ("ERR_MATERIAL_SUM", "BUS-001", "/chemistry/materials"),
    ]
    status, out, error = run(tmp_path, "validate", "--format", "wia", broken)
    assert (status, "not valid" in out) == (1, True)
    assert "wanted 100" in error


def test_against_the_record_before(tmp_path: Path) -> None:
    now, before = put(tmp_path, "now.json", RECORD), RECORD["lifecycle"] | {"cycleCount": 62}
    earlier = put(tmp_path, "before.json", RECORD | {"lifecycle": before})
    status, out, _ = run(tmp_path, "validate", "--format", "wia", now, "--previous", earlier, "--json")
    assert (status, [one["code"] for one in json.loads(out)["findings"]]) == (1, ["ERR_CYCLE_DECREASE"])


def test_no_file_and_no_json_are_told(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text('{"passportId": ')
    for name in ("missing.json", "torn.json"):
        status, out, error = run(tmp_path, "validate", "--format", "wia", name, "--json")
        assert status in (1, 2)
        assert name in out + error


def test_there_and_back(tmp_path: Path) -> None:
    status, out, error = run(tmp_path, "convert", put(tmp_path, "wia.json", FULL), "--to", "battery-pass")
    assert status == 0
    assert "wia/lost" in error
    (tmp_path / "pass.json").write_text(out)
    status, out, _ = run(tmp_path, "convert", "pass.json", "--to", "wia", "--json")
    made = exact_json.decode(out)
    assert made["document"]["specifications"]["energyCapacity"] == FULL["specifications"]["energyCapacity"]
    assert status == 1  # WIA demands a chemistry by name and an anode
    status, out, _ = run(tmp_path, "convert", put(tmp_path, "own.json", PAYLOAD), "--to", "wia", "--json")
    assert {one["wanted"] for one in exact_json.decode(out)["findings"] if one["code"] == "wia/missing"} >= {
        "passportId"
    }


def test_labels_are_judged_without_a_node(tmp_path: Path) -> None:
    good, bad = "https://id.battery.example/p/7EE53R3T5N4FDG85B", "https://id.battery.example/units/7?soh=99"
    assert run(tmp_path, "lint", good)[0] == 0
    status, out, _ = run(tmp_path, "lint", good, bad, "--json")
    told = json.loads(out)
    assert (status, [one["ok"] for one in told]) == (1, [True, False])
    assert {one["code"] for one in told[1]["findings"]} == {"passport/label-fields", "passport/label-deep-link"}
