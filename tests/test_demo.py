"""The whole demo, as a newcomer plays it: its exit status, its report, and that nothing is left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_demo_holds_in_every_step(tmp_path: Path) -> None:
    played = subprocess.run(
        [sys.executable, "-m", "connector", "demo", "--json", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    report = json.loads((tmp_path / "report.json").read_text())
    assert [step["name"] for step in report["steps"] if not step["ok"]] == [], played.stdout + played.stderr
    assert len(report["steps"]) == 13
    assert report["ok"] is True
    assert played.returncode == 0
    assert json.loads(played.stdout) == report
    assert not list(tmp_path.glob("nodes-*"))
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
