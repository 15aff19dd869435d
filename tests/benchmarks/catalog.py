"""Catalog requests: 1 and 100 datasets, and the first page among 1,000 and 1,000,000 datasets.

A provider in a process of its own, credentials cached as after the first request, a fresh ES256 token on every request
(made beforehand: they are the client's work). Results go to build/bench/catalog.json. EDC's figures are those that were
measured for EDC 0.14.1 in memory with its mock identity (README of the run: 8 connections); give others by `--edc`.

    python -m tests.benchmarks.catalog [--seconds 5] [--connections 8] [--many 1000000] [--edc 669,13]
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
from urllib.parse import urlsplit

from connector.adapters.library import FolderLibrary
from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql import statements
from connector.adapters.sql.store import SqlStore
from connector.adapters.sql.transaction import _row
from connector.adapters.sql.values import term_number, terms_of
from connector.adapters.system_clock import SystemClock
from connector.cli.demo.parties import Party
from connector.notation.exact_json import decode, encode
from connector.records.catalog_order import asset_terms
from connector.records.offers import (
    ASSETS,
    CONTRACT_DEFINITIONS,
    POLICY_DEFINITIONS,
    Asset,
    ContractDefinition,
    PolicyDefinition,
)
from connector.services.identity.identity import Identity, Own
from tests.conformance.clients import world

OUT: Final = Path("build/bench/catalog.json")
SEEN: Final = 10
"""Datasets that the partner sees among many."""
_BODY: Final = encode(
    {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": "CatalogRequestMessage",
        "filter": [],
    }
)
CLOSED: Final = {
    "@type": "Set",
    "permission": [
        {
            "action": "access",
            "constraint": [
                {"leftOperand": "BusinessPartnerNumber", "operator": "isAnyOf", "rightOperand": ["BPNL00000000NONE"]}
            ],
        }
    ],
}


def main() -> None:
    """Run it, print a table, write the figures."""
    options = _options()
    edc = [float(each) for each in options.edc.split(",")]
    figures: dict[str, Any] = {"connections": options.connections}
    for count, baseline in zip((1, 100), edc, strict=True) if "rate" in options.only else ():
        rate = _in_world(count, count, options, _rate)
        figures[f"{count} datasets"] = {"per_second": round(rate), "edc": baseline, "times": round(rate / baseline, 1)}
    for name, seen in {"all seen": None, f"{SEEN} seen": SEEN}.items() if "page" in options.only else ():
        few, many = (
            _in_world(count, count if seen is None else seen, options, _first_page) for count in (1000, options.many)
        )
        figures[f"first page, {name}"] = {"1000": few, str(options.many): many, "times": round(many / few, 2)}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(json.dumps(figures, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--only", default="rate,page", help="rate, page")
    parser.add_argument("--edc", default="669,13")
    return parser.parse_args()


def _in_world(count: int, seen: int, options: argparse.Namespace, measure: Any) -> float:
    """Measure on a provider with `count` datasets, of which the consumer sees `seen`."""
    with tempfile.TemporaryDirectory() as folder, world.opened(Path(folder)) as parties:
        provider, consumer = parties["provider"], parties["consumer"]
        provider.stop()
        asyncio.run(_stock(provider, count, seen))
        provider.start(IONPORT_LIMITS__REQUESTS_PER_SECOND="1000000", IONPORT_LIMITS__BURST="1000000")
        provider.wait_ready()
        value: float = asyncio.run(measure(provider, consumer, options))
        return value


async def _stock(provider: Party, count: int, seen: int) -> None:
    """Half of what is seen is named by definitions of its own, the other half chosen by a property."""
    store = SqlStore(provider.settings.store_url, SystemClock())
    library = FolderLibrary()
    policies = {name: decode(library.text(f"policies/{path}")) for name, path in _POLICIES.items()}

    def begin(tx: Any) -> None:
        for name, policy in {**policies, "closed": CLOSED}.items():
            tx.put(POLICY_DEFINITIONS, PolicyDefinition(id=name, policy=policy, created_at=tx.now))
        for name, access in {"seen": "open", "unseen": "closed"}.items():
            selector = [{"operandLeft": "shelf", "operator": "=", "operandRight": name}]
            tx.put(CONTRACT_DEFINITIONS, _definition(f"by property {name}", access, selector, tx.now))

    def some(first: int, last: int) -> Any:
        numbers = range(first, last)
        return lambda tx: _bulk(tx, [_made(n, tx.now, n * seen // count != (n + 1) * seen // count) for n in numbers])

    await store.write(begin)
    for first in range(0, count, 10_000):
        await store.write(some(first, min(count, first + 10_000)))
    store.close()


_POLICIES: Final = {"open": "access/members.json", "usage": "usage/battery-passport.json"}


def _made(number: int, now: Any, is_seen: bool) -> tuple[Asset, ContractDefinition | None]:
    name = f"urn:uuid:00000000-0000-4000-8000-{number:012}"
    properties = {
        "http://purl.org/dc/terms/type": {"@id": "https://w3id.org/catenax/taxonomy#BatteryPass"},
        "name": f"pack {number}",
        "shelf": ("seen" if is_seen else "unseen") if number % 2 else "none",
    }
    asset = Asset(id=name, properties=properties, data_address={"type": "HttpData"}, created_at=now)
    if number % 2:
        return asset, None
    selector = [{"operandLeft": "id", "operator": "=", "operandRight": name}]
    return asset, _definition(f"d{number}", "open" if is_seen else "closed", selector, now)


def _bulk(tx: Any, made: list[tuple[Asset, ContractDefinition | None]]) -> None:
    """What `tx.add` would write, many rows a statement: a million datasets take minutes otherwise."""
    records: dict[Any, list[Any]] = {ASSETS: [asset for asset, _ in made]}
    records[CONTRACT_DEFINITIONS] = [definition for _, definition in made if definition is not None]
    for collection, rows in records.items():
        if rows:
            columns = _row(collection, rows[0])[0]
            text = statements.insert(collection.name, columns, tx._asking.mark)
            tx._asking.many(text, [_row(collection, one)[1] for one in rows])
    words = [(term_number(term), asset.id) for asset, _ in made for term in asset_terms(asset)]
    tx._asking.many(statements.insert(terms_of(ASSETS.name), ("term", "id"), tx._asking.mark), words)


def _definition(name: str, access: str, selector: list[dict[str, Any]], now: Any) -> ContractDefinition:
    return ContractDefinition(
        id=name, access_policy_id=access, contract_policy_id="usage", selector=selector, created_at=now
    )


# --- the client: prepared requests over kept-alive connections


async def _requests(provider: Party, consumer: Party, count: int) -> list[bytes]:
    """Whole requests as bytes, each with a token of its own."""
    settings = consumer.settings
    own = Own(did=consumer.did, bpn="", trusted_issuers=frozenset(), partners={})
    signer = SoftwareKey.load_or_create(settings.path(settings.identity.key_file))
    identity = Identity(own, store=None, signer=signer, clock=SystemClock())  # type: ignore[arg-type]
    address = urlsplit(f"{provider.settings.dsp_url}/catalog/request")
    head = f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    made = []
    for _ in range(count):
        token = await identity.authorization(provider.did)
        made.append(f"{head}Content-Length: {len(_BODY)}\r\nAuthorization: {token}\r\n\r\n".encode() + _BODY)
    return made


async def _rate(provider: Party, consumer: Party, options: argparse.Namespace) -> float:
    """Answers a second, over the given connections."""
    prepared = await _requests(provider, consumer, 200)
    warm = time.perf_counter()
    await _over(provider, iter(prepared), options.connections)
    expected = 200 / (time.perf_counter() - warm)
    wanted = max(200, int(expected * 1.3 * options.seconds))
    requests = iter(await _requests(provider, consumer, wanted))
    start = time.perf_counter()
    await _over(provider, requests, options.connections)
    return wanted / (time.perf_counter() - start)


async def _first_page(provider: Party, consumer: Party, _: argparse.Namespace) -> float:
    """Milliseconds of a first page, the median of 15; between two of them what is on offer changes."""
    requests = await _requests(provider, consumer, 16)
    await _over(provider, iter(requests[:1]), 1)
    taken = []
    for number, request in enumerate(requests[1:]):
        asset = {
            "@id": f"zz{number}",
            "properties": {"name": "x"},
            "dataAddress": {"type": "HttpData", "baseUrl": "https://x.example"},
        }
        provider.target.call("POST", "/management/v3/assets", asset)
        start = time.perf_counter()
        await _over(provider, iter([request]), 1)
        taken.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(taken), 2)


async def _over(provider: Party, requests: Iterator[bytes], connections: int) -> None:
    await asyncio.gather(*(_connection(provider.settings.public.port, requests) for _ in range(connections)))


async def _connection(port: int, requests: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        body = await reader.readexactly(int(length.split(b":")[1]))
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the provider answered {head[:40]!r} {body[:300]!r}")
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    main()
