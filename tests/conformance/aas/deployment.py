"""A node of its own process with a seeded store: `python -m tests.conformance.aas.deployment FOLDER [ENVIRONMENT]`.

ENVIRONMENT is a file of JSON; without it, `environment.environment()` is served.

It prints one JSON line (`url` of the AAS API, `key`), and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector import logs
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import encode
from connector.records import ASSET_LINKS, PASSPORTS, SUBMODELS, AssetLink, Passport, StoredSubmodel
from connector.services.passports import editions
from submodels.aas.environment import to_jsonable
from submodels.aas.value import submodel_value
from tests.conformance.aas.environment import environment
from tests.connector.nodes import settings_of

if TYPE_CHECKING:
    from connector.ports import Transaction

MADE_AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Deployment:
    """A node under test: the address of its AAS API, a key that may read, its process."""

    url: str
    key: str
    pid: int


@contextmanager
def running(folder: Path, *environments: Path) -> Iterator[Deployment]:
    """A seeded node in a process of its own, until the block ends."""
    command = [sys.executable, "-m", "tests.conformance.aas.deployment", *map(str, (folder, *environments))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        yield Deployment(said["url"], said["key"], process.pid)
    finally:
        process.stdin.close()
        process.wait(20)


def seed(tx: Transaction, shells: Sequence[dict[str, Any]], submodels: Sequence[dict[str, Any]]) -> None:
    """Put a foreign environment into the store as if its shells were passports of this node."""
    by_id = {submodel["id"]: submodel for submodel in submodels}
    for number, shell in enumerate(shells, 1):
        unit_id = f"unit-{number:04}"
        parts = [by_id[reference["keys"][0]["value"]] for reference in shell["submodels"]]
        tx.put(PASSPORTS, _passport(unit_id, shell, parts))
        for part in parts:
            tx.put(SUBMODELS, _stored(unit_id, part))
        for name, value in editions.asset_links(shell).items():
            tx.put(ASSET_LINKS, AssetLink(id=f"{unit_id} {name}", unit_id=unit_id, name=name, value=value))


def _passport(unit_id: str, shell: dict[str, Any], parts: Sequence[dict[str, Any]]) -> Passport:
    return Passport(
        id=unit_id,
        global_asset_id=shell["assetInformation"]["globalAssetId"],
        unit_url=f"https://id.battery.example/p/{unit_id}",
        dataset_id=f"urn:example:dataset:{unit_id}",
        shell_id=shell["id"],
        shell=encode(shell).decode(),
        submodels=[
            {"idShort": part["idShort"], "id": part["id"], "semanticId": _meaning(part), "digest": _digest(part)}
            for part in parts
        ],
        version=1,
        created_at=MADE_AT,
        updated_at=MADE_AT,
    )


def _stored(unit_id: str, part: dict[str, Any]) -> StoredSubmodel:
    return StoredSubmodel(
        id=f"{unit_id}#1/{part['idShort']}",
        unit_id=unit_id,
        number=1,
        id_short=part["idShort"],
        submodel_id=part["id"],
        semantic_id=_meaning(part),
        value=encode(submodel_value(part)).decode(),
        value_digest=_digest(part),
        document=encode(part).decode(),
        created_at=MADE_AT,
    )


def _meaning(part: dict[str, Any]) -> str:
    return str(part["semanticId"]["keys"][0]["value"])


def _digest(part: dict[str, Any]) -> str:
    return digest_bytes(encode(submodel_value(part)))


async def _serve(folder: Path, written: dict[str, Any]) -> None:
    from connector.node import Node

    settings = settings_of("judged", folder)
    node = Node(settings)
    await node.store.write(lambda tx: seed(tx, written["assetAdministrationShells"], written["submodels"]))
    key = await node.keys.create("judge", "reader", actor="conformance")
    await node.start()
    print(json.dumps({"url": f"{settings.management.url}/api/v3", "key": key}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await node.stop()


if __name__ == "__main__":
    import uvloop

    logs.configure("warning")
    asked = [json.loads(Path(name).read_text("utf-8")) for name in sys.argv[2:]]
    uvloop.run(_serve(Path(sys.argv[1]), asked[0] if asked else to_jsonable(environment())))
