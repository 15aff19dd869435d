"""The federated catalogue: 20 participants with 500 datasets each, searched by every name, warm.

python -m tests.benchmarks.federation [--providers 20] [--datasets 500]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.records.found_datasets import FOUND_DATASETS, FoundDataset
from connector.services.catalog.federation import Federation, Wanted

OUT: Final = Path("build/bench/federation.json")
KINDS: Final = ("BatteryPass", "PcfExchange", "DigitalTwinRegistry", "TransmissionPass")
SEARCHES: Final = {
    "type": Wanted(named={"type": "BatteryPass"}),
    "semantic id": Wanted(named={"semanticId": "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"}),
    "category": Wanted(named={"category": "cells"}),
    "model": Wanted(named={"model": "BatteryPass"}),
    "text": Wanted(text="traction pack 499"),
    "provider, type and text": Wanted(provider="did:web:p7.example", named={"type": "PcfExchange"}, text="pack"),
    "nothing": Wanted(named={"type": "BatteryPass", "category": "none"}),
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--providers", type=int, default=20)
    parser.add_argument("--datasets", type=int, default=500)
    options = parser.parse_args()
    figures = asyncio.run(_measured(options.providers, options.datasets))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(json.dumps(figures, indent=2))


async def _measured(providers: int, datasets: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        store = SqlStore(f"sqlite:///{folder}/store.sqlite", clock)
        found = list(_datasets(providers, datasets, clock.now()))
        start = time.perf_counter()
        for first in range(0, len(found), 500):
            await store.write(
                lambda tx, batch=found[first : first + 500]: [tx.put(FOUND_DATASETS, one) for one in batch]
            )
        figures: dict[str, Any] = {"datasets": len(found), "kept in seconds": round(time.perf_counter() - start, 2)}
        partners: Any = None
        federation = Federation(partners=partners, store=store, clock=clock, own="", listed=(), every=0)
        for name, wanted in SEARCHES.items():
            figures[name] = await _timed(federation, wanted)
        store.close()
        return figures


def _kept(batch: list[FoundDataset]) -> Any:
    return lambda tx: [tx.put(FOUND_DATASETS, one) for one in batch]


async def _timed(federation: Federation, wanted: Wanted) -> dict[str, Any]:
    """The median of 20 searches in milliseconds, after one that warms up, and how many were found on the first page."""
    await federation.search(wanted, limit=50)
    taken, found = [], 0
    for _ in range(20):
        start = time.perf_counter()
        found = len(await federation.search(wanted, limit=50))
        taken.append((time.perf_counter() - start) * 1000)
    return {"milliseconds": round(statistics.median(taken), 2), "found": found}


def _datasets(providers: int, datasets: int, now: Any) -> Iterator[FoundDataset]:
    for provider in range(providers):
        for number in range(datasets):
            kind = KINDS[number % len(KINDS)]
            did, name = f"did:web:p{provider}.example", f"urn:uuid:{provider:04}-{number:04}"
            properties = {
                "http://purl.org/dc/terms/type": {"@id": f"https://w3id.org/catenax/taxonomy#{kind}"},
                "http://purl.org/dc/terms/title": f"Traction pack {number} of plant {provider}",
                "https://admin-shell.io/aas/3/0/HasSemantics/semanticId": {
                    "@id": f"urn:samm:io.catenax.battery.battery_pass:4.0.0#{kind}"
                },
                "category": "cells" if number % 2 else "packs",
            }
            yield FoundDataset(
                id=f"{did} {name}",
                provider=did,
                dataset_id=name,
                properties=properties,
                offers=[],
                formats=["HttpData-PULL"],
                found_at=now,
            )


if __name__ == "__main__":
    main()
