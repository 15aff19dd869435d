"""`make bench-aas`: reads of an AAS server beside BaSyx and FA³ST, one after the other on the same machine, in one run.

Processor time per request is the steadier figure: what else the machine does disturbs it least. Each case runs several
times; the least processor time and the most requests per second count, for every server alike.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from submodels.aas.identifiers import encoded
from tests.benchmarks import load, machine, peers
from tests.benchmarks.aas import batteries, work
from tests.conformance.aas import deployment

FOLDER = Path("build/bench")
CARBON, TECHNICAL = "CarbonFootprint", "TechnicalData"
ELEMENTS = {
    CARBON: "ProductCarbonFootprints%5B0%5D.PcfCO2eq",
    TECHNICAL: "TechnicalPropertyAreas.CapacityEnergyVoltage.RatedCapacity",
}
READS = {
    "carbon $value": (CARBON, "/$value"),
    "technical $value": (TECHNICAL, "/$value"),
    "carbon full": (CARBON, ""),
    "technical full": (TECHNICAL, ""),
    "carbon element": (CARBON, f"/submodel-elements/{ELEMENTS[CARBON]}"),
    "technical element": (TECHNICAL, f"/submodel-elements/{ELEMENTS[TECHNICAL]}"),
}
LIST = "list of 10"
WALK = "list of 10, each new"
"""Page after page, so that none was prepared."""
GOALS = {"carbon $value": 0.25, "technical $value": 0.25}
"""Processor time per request, as a share of BaSyx's; 1 where nothing is said."""
AT_A_MILLION = 2.0
"""How much a list may cost at a million submodels, as a multiple of BaSyx's at eight."""
Row = dict[str, Any]


def main() -> int:
    """Run everything, print a table, write `build/bench/aas.json`; 0 where every goal is reached."""
    asked = _asked()
    FOLDER.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"machine": machine.described(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    result["reads"], result["absent"] = _reads(asked)
    result["work"] = work.measured()
    result["ratios"] = _ratios(result["reads"])
    result["ok"] = all(ratio["reached"] for ratio in result["ratios"])
    (FOLDER / "aas.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    _show(result)
    return 0 if result["ok"] else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-aas", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run (default: 3)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each case (default: 3)")
    parser.add_argument("--million", type=int, default=1_000_000, help="submodels of the largest store")
    parser.add_argument("--without-peers", action="store_true", help="measure this node only")
    return parser.parse_args()


def _reads(asked: argparse.Namespace) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    absent: list[str] = []
    for count, cases in ((8, [*READS, LIST]), (1000, ["technical $value", LIST]), (asked.million, [LIST, WALK])):
        for server in ("ionport",) if asked.without_peers or count > 1000 else ("ionport", "basyx", "faaast"):
            print(f"... {server} with {count:,} submodels", file=sys.stderr, flush=True)
            try:
                with _serving(server, count) as (url, pid, headers):
                    rows += [_case(asked, server, count, name, url, pid, headers) for name in cases]
                    rows[-1]["residentMiB"] = round(machine.resident_mib(pid))
            except (peers.Absent, load.Unusable) as problem:
                absent.append(f"{server} with {count} submodels: {problem}")
    return rows, absent


@contextlib.contextmanager
def _serving(server: str, count: int) -> Iterator[tuple[str, int, Mapping[str, str]]]:
    """A server with so many submodels: address, process, headers of a request."""
    folder = FOLDER / f"{server}-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    environment = batteries.environment(count if count <= 1000 else 8)
    if server == "ionport":
        with _own(folder, environment, count) as own:
            yield own
    else:
        start = peers.basyx if server == "basyx" else peers.faaast
        with start(environment, folder) as peer:
            yield peer.url, peer.pid, {}


@contextlib.contextmanager
def _own(folder: Path, environment: Mapping[str, Any], count: int) -> Iterator[tuple[str, int, Mapping[str, str]]]:
    import shutil

    shutil.rmtree(folder)
    folder.mkdir(parents=True)
    files = [_written(folder, number, each) for number, each in enumerate(batteries.pieces(environment))]
    if count > 1000:
        batteries.fill(folder / "judged" / "ionport.sqlite", count)
    with deployment.running(folder, *files) as own:
        yield own.url, own.pid, {"X-Api-Key": own.key}


def _written(folder: Path, number: int, environment: Mapping[str, Any]) -> Path:
    file = folder / f"environment-{number}.json"
    file.write_text(json.dumps(environment), "utf-8")
    return file


def _case(
    asked: argparse.Namespace, server: str, count: int, name: str, url: str, pid: int, headers: Mapping[str, str]
) -> Row:
    address = _address(url, *READS[name]) if name in READS else f"{url}/submodels?limit=10"
    try:
        if name == WALK:
            return {"server": server, "submodels": count, "case": name, **_walked(asked, address, pid, headers)}
        load.run(address, headers, seconds=min(asked.seconds, 2.0))
        costs, rates = [], []
        for _ in range(asked.rounds):
            before, done = machine.cpu_ms(pid), None
            done = load.run(address, headers, seconds=asked.seconds)
            costs.append((machine.cpu_ms(pid) - before) / done.requests)
            rates.append(done)
    except load.Unusable as problem:
        return {"server": server, "submodels": count, "case": name, "unusable": str(problem)[:300]}
    best = max(rates, key=lambda each: each.per_second)
    return {
        "server": server,
        "submodels": count,
        "case": name,
        "bytes": best.size,
        "cpuMs": round(min(costs), 4),
        "perSecond": round(best.per_second),
        "p50Ms": round(best.p50, 2),
        "p99Ms": round(best.p99, 2),
    }


def _walked(asked: argparse.Namespace, address: str, pid: int, headers: Mapping[str, str]) -> Row:
    """Least processor time of a page, over rounds that each read other pages."""
    pages, costs, times = load.pages(address, headers), [], []
    for _ in range(asked.rounds):
        before, until = machine.cpu_ms(pid), time.perf_counter() + asked.seconds
        taken: list[float] = []
        while time.perf_counter() < until:
            taken.append(next(pages))
        costs.append((machine.cpu_ms(pid) - before) / len(taken))
        times += taken
    shown = sorted(times)
    return {
        "bytes": 0,
        "cpuMs": round(min(costs), 4),
        "perSecond": round(len(shown) / sum(shown)),
        "p50Ms": round(shown[len(shown) // 2] * 1000, 2),
        "p99Ms": round(shown[int(len(shown) * 0.99)] * 1000, 2),
    }


def _address(url: str, id_short: str, tail: str) -> str:
    return f"{url}/submodels/{encoded(f'urn:example:submodel:0:{id_short}')}{tail}"


def _ratios(rows: list[Row]) -> list[Row]:
    """Our processor time per request as a share of each peer's, held against the goals where that is BaSyx."""
    costs = {(row["server"], row["submodels"], row["case"]): row["cpuMs"] for row in rows if "cpuMs" in row}
    found = []
    for (server, count, case), cost in costs.items():
        if server != "ionport":
            continue
        for peer in ("basyx", "faaast"):
            theirs = costs.get((peer, 8 if count > 1000 else count, LIST if case == WALK else case))
            if theirs:
                goal = AT_A_MILLION if count > 1000 else GOALS.get(case, 1.0)
                ratio = cost / theirs
                is_reached = peer != "basyx" or count == 1000 or ratio <= goal
                found.append(
                    {"case": case, "submodels": count, "peer": peer, "ratio": round(ratio, 3), "reached": is_reached}
                    | ({"goal": goal} if peer == "basyx" and count != 1000 else {})
                )
    return found


def _show(result: Mapping[str, Any]) -> None:
    about = result["machine"]
    print(f"{about['processor']}, {about['cores']} cores, load {about['loadAtStart']} at the start")
    print(f"{'case':20} {'submodels':>9} {'server':8} {'CPU ms':>8} {'req/s':>8} {'p99 ms':>8} {'bytes':>7}")
    for row in result["reads"]:
        if "unusable" in row:
            print(f"{row['case']:20} {row['submodels']:>9,} {row['server']:8} {row['unusable'][:70]}")
            continue
        figures = f"{row['cpuMs']:>8.3f} {row['perSecond']:>8,} {row['p99Ms']:>8.2f} {row['bytes']:>7}"
        print(f"{row['case']:20} {row['submodels']:>9,} {row['server']:8} {figures}")
    for each in result["ratios"]:
        goal = f"goal {each['goal']:g}: {'reached' if each['reached'] else 'MISSED'}" if "goal" in each else ""
        print(f"{each['case']:20} {each['submodels']:>9,} / {each['peer']:8} {each['ratio']:>6.2f} {goal}")
    for name, figures in result["work"].items():
        print(f"{name}: {', '.join(f'{key} {value}' for key, value in figures.items())}")
    for each in result["absent"]:
        print(f"absent: {each[:200]}")


if __name__ == "__main__":
    begun = time.monotonic()
    status = main()
    print(f"bench-aas: {time.monotonic() - begun:.0f} s")
    sys.exit(status)
