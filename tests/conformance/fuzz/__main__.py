"""`make fuzz`: at least 50,000 generated requests at every endpoint of a node (build/conformance/fuzz.json).

python -m tests.conformance.fuzz [COUNT] [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import secrets
import sys
import tempfile
import time
from pathlib import Path

from connector.logs import configure
from tests.conformance.fuzz.run import Report, run
from tests.conformance.fuzz.world import opened
from tests.conformance.results import Result


def main() -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=50_000)
    parser.add_argument("--seconds", type=float, default=86_400.0, help="no new requests after so many seconds")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    options = parser.parse_args()
    print(f"seed {options.seed}: {options.count} requests", flush=True)
    start = time.monotonic()
    report = asyncio.run(_run(options.count, options.seed, options.seconds))
    print(f"by kind {dict(report.shots)}; slowest {report.slowest:.1f} s")
    print(f"statuses {dict(sorted(report.statuses.items()))} (0: the connection was closed)")
    result = Result(passed=sum(report.shots.values()) - len(report.failures), failed=len(report.failures))
    result.seconds = round(time.monotonic() - start, 1)
    result.failures = [f"seed {report.seed}", *report.failures[:100]] if report.failures else []
    for failure in report.failures[:20]:
        print(f"FAILED {failure}")
    return result.write("fuzz")


async def _run(count: int, seed: int, seconds: float) -> Report:
    held, sys.stderr = sys.stderr, io.StringIO()
    written = sys.stderr
    configure("debug")
    told = 0.0

    def tell(line: str) -> None:
        nonlocal told
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(line, flush=True)

    try:
        with tempfile.TemporaryDirectory() as folder:
            world = await opened(Path(folder))
            try:
                return await run(world, count, seed, written.getvalue, tell, seconds=seconds)
            finally:
                await world.space.close()
    finally:
        sys.stderr = held


if __name__ == "__main__":
    raise SystemExit(main())
