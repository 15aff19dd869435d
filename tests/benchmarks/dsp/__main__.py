"""Measure the bare limit, two nodes of ours and two EDCs one after the other; a table with ratios, and a file."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import machine
from tests.benchmarks.dsp import limit, pairs, pulls, work
from tests.conformance.edc import runtime

OUT: Final = Path("build/bench/dsp.json")
CROWDS: Final = (50, 200)


def main() -> int:
    """Exit status 0 where everything was measured and no negotiation of ours was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dsp")
    parser.add_argument("--count", type=int, default=50, help="contracts one after the other")
    parser.add_argument("--seconds", type=float, default=8.0, help="seconds of load by small pulls")
    parser.add_argument("--large", type=int, default=500, help="MB of the large pull")
    parser.add_argument("--only", default="", help="limit, ours, edc-50ms or edc: measure this alone")
    arguments = parser.parse_args()
    found = asyncio.run(_measure(arguments))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    _print(found)
    ours = found["measured"].get("ours", {})
    return 1 if any(line["lost"] for name, line in ours.items() if name.endswith("at once")) else 0


async def _measure(arguments: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"machine": machine.described(), "measured": {}}
    measured = found["measured"]

    def is_wanted(name: str) -> bool:
        return arguments.only in ("", name)

    if is_wanted("limit"):
        measured["limit"] = await limit.measured(arguments.count, CROWDS)
    with tempfile.TemporaryDirectory(prefix="ionport-bench-") as folder:
        async with pulls.source() as source:
            for name in ("ours", "edc-50ms", "edc"):
                why = runtime.missing() if name != "ours" else ""
                if why:
                    found.setdefault("absent", []).append(f"{name}: {why}")
                elif is_wanted(name):
                    print(f"measuring {name} ...", flush=True)
                    async with _pair(name, Path(folder) / name, source) as pair:
                        count = arguments.count if name != "edc" else min(arguments.count, 5)
                        measured[name] = await _lines(pair, count, arguments.seconds, arguments.large * 1_000_000)
    found["ratios"] = ratios(measured)
    return found


@contextlib.asynccontextmanager
async def _pair(name: str, folder: Path, source: str) -> AsyncIterator[work.Pair]:
    if name == "ours":
        async with pairs.ours(folder, source) as pair:
            yield pair
        return
    settings: Mapping[str, str] = runtime.QUICK if name == "edc-50ms" else {}
    async with pairs.edcs(folder, source, settings) as pair:
        yield pair


async def _lines(pair: work.Pair, count: int, seconds: float, large: int) -> dict[str, Any]:
    lines = await work.one_by_one(pair, count)
    transfer = lines.pop("transfer")
    for size in CROWDS:
        lines[f"{size} at once"] = await work.crowd(pair, size)
    lines["pull"] = await pulls.measured(pair, transfer, seconds=seconds, large=large)
    return lines


def ratios(measured: Mapping[str, Any]) -> dict[str, float]:
    """How many times better ours is than EDC at its best, line by line, and how near to the bare limit."""
    ours = measured.get("ours")
    peers = [measured[name] for name in ("edc-50ms", "edc") if name in measured]
    if ours is None:
        return {}
    found: dict[str, float] = {}
    if peers:
        for line in ("catalog to FINALIZED, ms", "transfer request to EDR, ms"):
            found[line] = round(min(peer[line] for peer in peers) / ours[line], 1)
        for line in (f"{size} at once" for size in CROWDS):
            found[line] = round(ours[line]["per second"] / max(peer[line]["per second"] for peer in peers), 1)
        for line in ("2 KB, per second", *(line for line in ours["pull"] if line.endswith("MB per second"))):
            found[line] = round(ours["pull"][line] / max(peer["pull"][line] for peer in peers), 2)
    if "limit" in measured:
        for size in CROWDS:
            bound = measured["limit"][f"{size} at once, per second"]
            found[f"{size} at once, of the bare limit"] = round(ours[f"{size} at once"]["per second"] / bound, 2)
    return found


def _print(found: Mapping[str, Any]) -> None:
    for name, lines in found["measured"].items():
        print(f"\n{name}")
        for line, value in lines.items():
            shown = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else value
            print(f"  {line:34} {shown}")
    print("\nours against EDC at its best (times better), and against the bare limit")
    for line, ratio in found["ratios"].items():
        print(f"  {line:34} {ratio}")
    for why in found.get("absent", ()):
        print(f"not measured: {why}")
    print(f"written: {OUT}")


if __name__ == "__main__":
    sys.exit(main())
