"""A bulk publication at a real node: the command is killed in the middle, then the node, and nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.cli import nodes

ROOT = Path(__file__).resolve().parents[3]
PAYLOAD = ROOT / "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json"
RECORDS = 24


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Passports as JSON lines, each of a battery of its own."""
    file, payload = tmp_path / "batteries.jsonl", json.loads(PAYLOAD.read_text("utf-8"))
    with file.open("w") as target:
        for number in range(RECORDS):
            payload["identification"]["localIdentifier"][0]["value"] = f"SN-{number:04}"
            target.write(json.dumps(payload) + "\n")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return nodes.init(tmp_path / "maker", name="maker", bpn="BPNL00000000MAKE").folder


def serving(folder: Path) -> subprocess.Popen[bytes]:
    """A node in a process of its own, ready."""
    process = subprocess.Popen([sys.executable, "-m", "connector", "serve", str(folder)], stderr=subprocess.PIPE)
    assert process.stderr is not None
    for line in process.stderr:
        if b'"ready"' in line:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process
    raise AssertionError("the node ended before it was ready")


@pytest.fixture
def command(lines: Path, folder: Path, tmp_path: Path) -> list[str]:
    context = tmp_path / "context.json"
    context.write_text(json.dumps({"facilityBpns": "BPNS00000075PLNT", "manufacturerPartId": "PACK-1"}))
    policies = ("--access", "policies/access/members.json", "--usage", "policies/usage/battery-passport.json")
    typed = ("passport", "bulk", lines, *policies, "--context", context, "--node", folder, "--jobs", "2", "--json")
    return [sys.executable, "-m", "connector", *map(str, typed)]


def published(lines: Path) -> list[str]:
    """The units that the state file calls published, in their order."""
    state = Path(f"{lines}.ionport-state")
    written = state.read_text().splitlines() if state.is_file() else []
    entries = [json.loads(line) for line in written if line.endswith("}")]
    return [entry["unit"] for entry in entries if entry["result"] == "published"]


def until(running: subprocess.Popen[Any], lines: Path, count: int) -> None:
    """Wait for so many publications; the command must still be at work then."""
    while len(published(lines)) < count:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(0.02)


def units(folder: Path, ionport: Any) -> list[str]:
    """The passports that the node has."""
    listed = ionport("passport", "list", "--limit", "1000", "--json", "--node", folder)
    return [passport["unitId"] for passport in listed.json]


@pytest.fixture
def node(folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The node's processes, one after the other; the last one is ended."""
    processes = [serving(folder)]
    yield processes
    processes[-1].terminate()
    assert processes[-1].wait(30) == 0


def test_neither_command_nor_node_loses_or_doubles_a_passport(
    node: list[subprocess.Popen[bytes]], lines: Path, folder: Path, command: list[str], ionport: Any
) -> None:
    first = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(first, lines, 5)
    first.kill()
    first.wait()

    second = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until(second, lines, 11)
    node[-1].kill()
    node[-1].wait()
    _, said = second.communicate()
    assert (second.returncode, b"goes on where it was" in said) == (3, True)

    node.append(serving(folder))
    last = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    report = json.loads(last.stdout)
    assert (last.returncode, report["total"], report["skipped"] >= 11) == (0, RECORDS, True)
    assert report["skipped"] + report["published"] == RECORDS
    kept = units(folder, ionport)
    assert len(kept) == len(set(kept)) == RECORDS
    again = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert json.loads(again.stdout)["skipped"] == RECORDS
