"""Run the kit against the node under test, or (`--serve`) only keep that node up for a kit that is run elsewhere."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.conformance.dsp import kit, properties
from tests.conformance.dsp.deployment import deployed
from tests.conformance.results import Result

EXPECTED = 65
"""Tests that every version of the kit runs so far; it finds two more that it has switched off itself."""


def main() -> int:
    """Exit status 0 where all tests passed, or where this machine lacks the kit's needs and is no CI machine."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.dsp")
    parser.add_argument("--serve", action="store_true", help="keep the node up, print where its properties file is")
    parser.add_argument("--kit-port", type=int, default=0, help="port of the kit's own listener (default: a free one)")
    parser.add_argument("--only", default="", help="run the tests whose name begins so, as CN:01")
    parser.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    arguments = parser.parse_args()
    kit.BUILD.mkdir(parents=True, exist_ok=True)
    if arguments.serve:
        return asyncio.run(_serve(arguments))
    lacking = kit.missing()
    if lacking:
        return _absent(lacking)
    kit.jars()
    return asyncio.run(_judge(arguments))


def _absent(why: str) -> int:
    print(f"skipped: {why}")
    Result(absent=[why]).write("dsp")
    return 1 if os.environ.get("CI") == "true" else 0


async def _judge(arguments: argparse.Namespace) -> int:
    result, start = Result(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ionport-dsp-") as folder:
        async with deployed(Path(folder), arguments.kit_port, arguments.log_level) as target:
            file = kit.BUILD / "kit.properties"
            file.write_text(properties.text(target), "utf-8")
            said = await kit.run(file, arguments.only)
    result.passed, result.failed = len(said.passed), len(said.failed)
    result.failures = [f"{name}: see {said.log}" for name in said.failed]
    result.seconds = round(time.monotonic() - start, 1)
    _check_whole(result, said, arguments.only)
    return result.write("dsp")


def _check_whole(result: Result, said: kit.Said, only: str) -> None:
    """A run that broke off, or that judged less than the kit has, is no success."""
    if said.status != 0 and not said.failed:
        result.failed += 1
        result.failures.append(f"the kit ended with status {said.status}: see {said.log}")
    if not only and result.passed + result.failed < EXPECTED:
        result.failures.append(f"{result.passed + result.failed} tests were run, not {EXPECTED}: see {said.log}")
        result.failed += 1


async def _serve(arguments: argparse.Namespace) -> int:
    folder = Path(tempfile.mkdtemp(prefix="ionport-dsp-"))
    try:
        async with deployed(folder, arguments.kit_port or 8083, arguments.log_level) as target:
            file = kit.BUILD / "kit.properties"
            file.write_text(properties.text(target), "utf-8")
            print(f"participant {target.participant}\nprotocol    {target.protocol}\nproperties  {file}", flush=True)
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
