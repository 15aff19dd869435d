"""What single jobs cost: a model in a cold process, a payload that becomes eight verified submodels."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.aas import batteries

MODEL = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
_TIMES = 5


def measured() -> dict[str, dict[str, Any]]:
    """Each job's figures: seconds (least of several), MiB at most, and the goal."""
    return {
        "model to JSON Schema, cold": {**_cold("schema"), "goal": "0.4 s, 100 MiB"},
        "model to AAS, cold": {**_cold("aas"), "goal": "0.6 s, 100 MiB"},
        "payload to eight verified submodels, warm": {**_verified(), "goal": "0.03 s"},
    }


def _cold(what: str) -> dict[str, Any]:
    command = [str(Path(sys.executable).parent / "ionport"), "model", what, MODEL]
    seconds, peak = [], 0.0
    for _ in range(_TIMES):
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds.append(time.perf_counter() - begun)
        peak = max(peak, usage.ru_maxrss / 1024)
        if process.returncode not in (0, 1):
            return {"failed": process.returncode}
    return {"seconds": round(min(seconds), 3), "peakMiB": round(peak)}


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
