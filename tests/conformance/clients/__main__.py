"""Run the npm client against two nodes, each of its calls a case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from tests.conformance.clients import package, world
from tests.conformance.results import Result

FLOW: Final = package.HERE / "flow.cjs"
PATIENCE: Final = 120.0
"""Seconds for all calls."""
EXPECTED: Final = 62
"""Cases of the flow: a run that judges fewer broke off."""


def main() -> int:
    """Exit status 0 where all cases passed, or where this machine lacks node and is no CI machine."""
    lacking = package.missing()
    if lacking:
        return _absent(lacking)
    try:
        modules = package.install()
    except subprocess.SubprocessError as error:
        return _absent(f"npm could not install {package.NAME} {package.version()}: {error}")
    result, start = Result(), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="ionport-clients-") as folder,
        world.opened(Path(folder)) as parties,
        world.backend() as address,
    ):
        file = Path(folder) / "world.json"
        file.write_text(json.dumps(world.description(parties, address, package.version())), "utf-8")
        _judge(result, modules, file)
    result.seconds = round(time.monotonic() - start, 1)
    return result.write("clients")


def _absent(why: str) -> int:
    print(f"skipped: {why}")
    Result(absent=[why]).write("clients")
    return 1 if os.environ.get("CI") == "true" else 0


def _judge(result: Result, modules: Path, description: Path) -> None:
    """Run the flow, count its cases, and see that it came to its end."""
    environment = {**os.environ, "NODE_PATH": str(modules), "NO_PROXY": "*", "NODE_NO_WARNINGS": "1"}
    command = ["node", str(FLOW), str(description)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as flow:
        assert flow.stdout is not None
        patience = threading.Timer(PATIENCE, flow.kill)
        patience.start()
        for line in flow.stdout:
            said = json.loads(line)
            result.judge(said["case"], [] if said["ok"] else [said["why"]])
        status = flow.wait()
        patience.cancel()
    judged = result.passed + result.failed
    if status != 0 or judged < EXPECTED:
        why = f"the flow ended with status {status} after {judged} of {EXPECTED} cases"
        result.judge("the flow comes to its end", [why])


if __name__ == "__main__":
    sys.exit(main())
