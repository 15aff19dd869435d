"""`make bench-models`: an aspect model to JSON Schema and to AAS, each as a cold process, beside ESMF in the same run.

The best of several rounds counts, for both alike; processor time is the steadier figure on a machine that others use.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks import machine
from tests.benchmarks.aas_models import esmf
from tests.benchmarks.peers import Absent
from tests.benchmarks.processes import Cost, cost

FOLDER = Path("build/bench")
ROOT = Path("samm-models")
URN = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
OWN = ("-m", "connector", "model")
LOADING = """
import time
from connector.adapters.library import FolderLibrary
from submodels.samm.loader import load
from submodels.samm.turtle import parse
from submodels.samm.validation import validator
library, urn = FolderLibrary(), {urn!r}
for _ in range({times}):
    parse.cache_clear()
    begun = time.perf_counter()
    validator(load(urn, library.turtle))
    took = time.perf_counter() - begun
print(took)
"""
GOALS = {"schema": 0.4, "aas": 0.6, "load and compile, cold": 0.4, "load and compile, warm": 0.2}
"""Seconds."""
MOST_MIB = 100
Row = dict[str, Any]


def main() -> int:
    """Run everything, print a table, write `build/bench/models.json`; 0 where every goal is reached."""
    asked = _asked()
    FOLDER.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"machine": machine.described(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    result["urn"] = asked.urn
    rows = [_best("ionport", case, _own(case, asked.urn), asked.rounds) for case in ("schema", "aas")]
    rows.append(_best("ionport", "load and compile, cold", _loading(asked.urn, 1), asked.rounds))
    rows.append(_warm(asked.urn, asked.rounds))
    result["absent"] = "" if not asked.without_peers else "not asked for"
    try:
        if not asked.without_peers:
            rows += [_best("esmf", case, _peer(case, asked.urn), asked.rounds) for case in ("schema", "aas")]
    except Absent as problem:
        result["absent"] = str(problem)
    result["rows"], result["ratios"] = rows, _ratios(rows)
    result["ok"] = all(row.get("reached", True) for row in rows)
    (FOLDER / "models.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    _show(result)
    return 0 if result["ok"] else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-models", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="processes of each case (default: 5)")
    parser.add_argument("--urn", default=URN, help=f"a model below {ROOT}")
    parser.add_argument("--without-peers", action="store_true", help="measure this product only")
    return parser.parse_args()


def _own(case: str, urn: str) -> list[str]:
    return [sys.executable, *OWN, case, urn]


def _loading(urn: str, times: int) -> list[str]:
    return [sys.executable, "-c", LOADING.format(urn=urn, times=times)]


def _peer(case: str, urn: str) -> list[str]:
    return [*esmf.command(), str(ROOT), urn, case, str((FOLDER / f"esmf-{case}.json").resolve())]


def _best(who: str, case: str, words: Sequence[str], rounds: int) -> Row:
    """The quickest of `rounds` processes; one before them warms the disk's cache."""
    _process(words)
    runs = [_process(words) for _ in range(rounds)]
    row = {
        "who": who,
        "case": case,
        "seconds": round(min(run.seconds for run in runs), 3),
        "cpuSeconds": round(min(run.cpu_seconds for run in runs), 3),
        "peakMiB": round(max(run.peak_mib for run in runs)),
    }
    if who != "ionport":
        return row
    return row | {"goal": GOALS[case], "reached": row["seconds"] <= GOALS[case] and row["peakMiB"] <= MOST_MIB}


def _process(words: Sequence[str]) -> Cost:
    """One process that must succeed."""
    done = cost(words)
    if done.status:
        raise SystemExit(f"{words[0]} ended with {done.status}")
    return done


def _warm(urn: str, rounds: int) -> Row:
    """Reading and compiling in a process that did so before, the files parsed anew."""
    took = min(float(subprocess.check_output(_loading(urn, 3), text=True)) for _ in range(rounds))
    goal = GOALS["load and compile, warm"]
    return {
        "who": "ionport",
        "case": "load and compile, warm",
        "seconds": round(took, 3),
        "goal": goal,
        "reached": took <= goal,
    }


def _ratios(rows: Sequence[Row]) -> dict[str, Mapping[str, float]]:
    """How much less time and memory than the peer a process takes."""
    found = {}
    for case in ("schema", "aas"):
        by = {row["who"]: row for row in rows if row["case"] == case}
        if "esmf" in by:
            names = ("seconds", "cpuSeconds", "peakMiB")
            found[case] = {name: round(by["esmf"][name] / by["ionport"][name], 1) for name in names}
    return found


def _show(result: Mapping[str, Any]) -> None:
    about = result["machine"]
    print(f"{about['processor']}, {about['cores']} cores, load {about['loadAtStart']} at the start; {result['urn']}")
    for row in result["rows"]:
        goal = f"goal {row['goal']:g} s: {'reached' if row['reached'] else 'MISSED'}" if "goal" in row else ""
        cpu = f"{row['cpuSeconds']:>7.2f} s CPU {row['peakMiB']:>5} MiB" if "cpuSeconds" in row else " " * 24
        print(f"{row['case']:24} {row['who']:8} {row['seconds']:>7.3f} s {cpu}  {goal}")
    for case, ratio in result["ratios"].items():
        print(f"{case}: ESMF takes {ratio['seconds']} times as long, {ratio['peakMiB']} times the memory")
    if result["absent"]:
        print(f"absent: {result['absent']}")


if __name__ == "__main__":
    sys.exit(main())
