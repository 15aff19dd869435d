"""Run the SDK against two nodes, each of its calls a case."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.conformance.clients import world
from tests.conformance.results import Result

FLOW: Final = Path(__file__).resolve().with_name("flow.py")
BUILD: Final = Path("build/conformance/tractusx").resolve()
VERSION: Final = "0.8.3"
EXPECTED: Final = 17
"""Cases of the flow: a run that judges fewer broke off."""


def main() -> int:
    """Exit status 0 where all cases passed, or where this machine has no Python that the SDK runs on."""
    interpreter = _interpreter()
    if interpreter is None:
        return _absent(f"tractusx-sdk {VERSION} wants Python 3.12 or newer; none is here")
    try:
        _install(interpreter)
    except subprocess.SubprocessError as error:
        return _absent(f"pip could not install tractusx-sdk {VERSION}: {error}")
    result, start = Result(), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="ionport-tractusx-") as folder,
        world.opened(Path(folder)) as parties,
        world.backend() as address,
    ):
        said = world.description(parties, address, VERSION)
        for name, bpn in world.BPNS.items():
            said[name] |= {"bpn": bpn, "root": said[name]["protocol"].removesuffix("/2025-1")}
        file = Path(folder) / "world.json"
        file.write_text(json.dumps(said), "utf-8")
        _judge(result, file)
    result.seconds = round(time.monotonic() - start, 1)
    return result.write("tractusx")


def _interpreter() -> str | None:
    """A Python of at least 3.12, in the path or among pyenv's."""
    for name in ("python3.13", "python3.12"):
        if shutil.which(name):
            return name
    found = sorted(Path.home().glob(".pyenv/versions/3.1[2-9].*/bin/python"))
    return str(found[0]) if found else None


def _install(interpreter: str) -> None:
    noted = BUILD / "version"
    if noted.is_file() and noted.read_text("utf-8") == VERSION:
        return
    print(f"installing tractusx-sdk {VERSION} ...", flush=True)
    subprocess.run([interpreter, "-m", "venv", "--clear", str(BUILD)], check=True, timeout=120)
    pip = [str(BUILD / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, f"tractusx-sdk=={VERSION}"], check=True, timeout=300)
    noted.write_text(VERSION, "utf-8")


def _absent(why: str) -> int:
    print(f"skipped: {why}")
    Result(absent=[why]).write("tractusx")
    return 1 if os.environ.get("CI") == "true" else 0


def _judge(result: Result, description: Path) -> None:
    command = [str(BUILD / "bin/python"), str(FLOW), str(description)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
            result.judge(said["case"], [] if said["ok"] else [said["why"]])
    if done.returncode or result.passed + result.failed < EXPECTED:
        why = f"the flow ended with status {done.returncode}: {done.stderr[-800:]}"
        result.judge("the flow comes to its end", [why])


if __name__ == "__main__":
    sys.exit(main())
