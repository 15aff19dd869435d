"""Start an EDC and a node, play every scenario, say how each went."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from tests.conformance.edc import browsing, crowd, negotiating, pushing, runtime, transferring
from tests.conformance.edc.world import World, opened
from tests.conformance.results import Result

Scenario = Callable[[World], Awaitable[list[dict[str, str]] | None]]

SCENARIOS: Final[tuple[Scenario, ...]] = (
    browsing.versions,
    browsing.whole,
    browsing.single,
    browsing.filtered,
    negotiating.agreed,
    negotiating.other_terms_are_refused,
    negotiating.changed_terms_are_noticed,
    negotiating.unknown_offers,
    negotiating.ended_before_agreement,
    negotiating.ended_after_agreement,
    negotiating.offered_first,
    negotiating.proposed,
    transferring.pulled,
    transferring.paused_by_the_consumer,
    transferring.paused_by_the_provider,
    transferring.ended_by_the_consumer,
    transferring.ended_by_the_provider,
    transferring.completed,
    transferring.foreign_format,
    pushing.into_our_inventory,
    pushing.to_our_back_end,
    pushing.to_edcs_back_end,
    pushing.refused_at_the_end,
    crowd.crowd,
    browsing.pages,
)


def main() -> int:
    """Exit status 0 where all scenarios passed, or where this machine lacks Java or Maven and is no CI machine."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.edc")
    parser.add_argument("--only", default="", help="play the scenarios whose name contains this")
    parser.add_argument("--log-level", default="error", choices=("debug", "info", "warning", "error"))
    arguments = parser.parse_args()
    lacking = runtime.missing()
    if lacking:
        return _absent(lacking)
    try:
        runtime.jars()
    except subprocess.CalledProcessError as error:
        return _absent(f"Maven could not fetch EDC {runtime.VERSION}: {error}")
    return asyncio.run(_judge(arguments.only, arguments.log_level))


def _absent(why: str) -> int:
    print(f"skipped: {why}")
    Result(absent=[why]).write("edc")
    return 1 if os.environ.get("CI") == "true" else 0


async def _judge(only: str, log_level: str) -> int:
    result, start = Result(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ionport-edc-") as folder:
        async with opened(Path(folder), log_level) as world:
            print(f"EDC {runtime.VERSION} was ready after {world.edc.seconds} s", flush=True)
            await browsing.share(world, "shared")
            for scenario in SCENARIOS:
                if only in _name(scenario):
                    await _play(result, scenario, world)
            if result.failed:
                runtime.BUILD.joinpath("last.log").write_bytes(world.edc.log.read_bytes())
    result.seconds = round(time.monotonic() - start, 1)
    return result.write("edc")


async def _play(result: Result, scenario: Scenario, world: World) -> None:
    """One row of the result: the scenario's name, what it shows, how long it took."""
    start, problems = time.monotonic(), []
    try:
        result.set_aside += await scenario(world) or []
    except Exception as error:
        problems = [str(error) or "".join(traceback.format_exception(error))[-600:]]
    said = " ".join((scenario.__doc__ or "").split())
    result.judge(f"{_name(scenario)}: {said}", problems, seconds=time.monotonic() - start)


def _name(scenario: Scenario) -> str:
    return f"{scenario.__module__.rpartition('.')[2]}.{scenario.__name__}"


if __name__ == "__main__":
    sys.exit(main())
