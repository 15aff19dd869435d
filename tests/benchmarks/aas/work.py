"""What single jobs cost: a model in a cold process, a payload that becomes eight verified submodels."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.aas import batteries, packages
from tests.benchmarks.processes import cost

MODEL = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
_TIMES = 5
MOST_MIB = 100


def measured() -> dict[str, dict[str, Any]]:
    """Each job's figures, the least of several rounds, and whether the goal is reached."""
    return {
        "model to JSON Schema, cold": _judged(_cold("schema"), 0.4),
        "model to AAS, cold": _judged(_cold("aas"), 0.6),
        "payload to eight verified submodels, warm": _judged(_verified(), 0.03),
        "package of 190 MB in and out": packages.measured(Path("build/bench/large")),
    }


def _judged(figures: dict[str, Any], most: float) -> dict[str, Any]:
    """The figures with their goal: seconds at most, and MiB at most of a process."""
    is_reached = figures.get("seconds", most + 1) <= most and figures.get("peakMiB", 0) <= MOST_MIB
    return {**figures, "goal": f"{most:g} s, {MOST_MIB} MiB: {'reached' if is_reached else 'MISSED'}"}


def _cold(what: str) -> dict[str, Any]:
    command = [str(Path(sys.executable).parent / "ionport"), "model", what, MODEL]
    runs = [cost(command) for _ in range(_TIMES)]
    if runs[0].status:
        return {"failed": runs[0].status}
    return {"seconds": round(min(run.seconds for run in runs), 3), "peakMiB": round(max(run.peak_mib for run in runs))}


def _verified() -> dict[str, Any]:
    from submodels.aas.environment import verify
    from submodels.dbp.build import build, environment_of
    from submodels.dbp.edition import Edition

    payload, context, edition = batteries.payload(), batteries.context(), Edition(with_metadata=True)
    seconds = []
    for _ in range(20):
        begun = time.perf_counter()
        made = build(payload, context=context, edition=edition)
        faults = verify(environment_of(made))
        seconds.append(time.perf_counter() - begun)
        assert not faults
        assert len(made.submodels) == 8
    return {"seconds": round(min(seconds), 4)}
