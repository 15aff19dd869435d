"""A node of its own process, filled over its API: `python -m tests.conformance.aas.deployment FOLDER [ENVIRONMENT...]`.

Each ENVIRONMENT is a file of JSON; without any, `environment.environment()` is served.

It prints one JSON line (`url` of the AAS API, `key`), and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from connector import logs
from connector.notation.exact_json import decode, encode
from submodels.aas import trees
from submodels.aas.aasx import Part, write_aasx
from submodels.aas.environment import to_jsonable
from tests.conformance.aas.environment import environment
from tests.connector.nodes import settings_of

MADE_AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Deployment:
    """A node under test: the address of its AAS API, a key that may read, its process."""

    url: str
    key: str
    pid: int


@contextmanager
def running(folder: Path, *environments: Path) -> Iterator[Deployment]:
    """A filled node in a process of its own, until the block ends."""
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


def _package(written: dict[str, Any]) -> bytes:
    """The environment as an AASX package, with a thumbnail of each shell and a file of each File element in it."""
    tree = decode(encode(written))
    for shell in tree["assetAdministrationShells"]:
        picture = {"path": "/aasx/files/pack.png", "contentType": "image/png"}
        shell["assetInformation"].setdefault("defaultThumbnail", picture)
    for submodel in tree["submodels"]:
        for element in submodel["submodelElements"]:
            if element["modelType"] == "File":
                element["value"] = "/aasx/files/manual.pdf"
    parts = [
        Part("aasx/files/pack.png", "image/png", lambda: io.BytesIO(PNG)),
        Part("aasx/files/manual.pdf", "application/pdf", lambda: io.BytesIO(b"%PDF-1.7")),
    ]
    target = io.BytesIO()
    write_aasx(target, trees.write_xml(tree), parts, thumbnail="aasx/files/pack.png")
    return target.getvalue()


async def _import(url: str, key: str, package: bytes) -> None:
    headers = {"X-Api-Key": key}
    async with ClientSession() as session, session.post(f"{url}/packages", data=package, headers=headers) as answer:
        assert answer.status == 201, await answer.text()


async def _serve(folder: Path, environments: list[dict[str, Any]]) -> None:
    from connector.node import Node

    settings = settings_of("judged", folder)
    node = Node(settings)
    key = await node.keys.create("judge", "operator", actor="conformance")
    await node.start()
    url = f"{settings.management.url}/api/v3"
    for each in environments:
        await _import(url, key, _package(each))
    print(json.dumps({"url": url, "key": key}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await node.stop()


if __name__ == "__main__":
    import uvloop

    logs.configure("warning")
    asked = [json.loads(Path(name).read_text("utf-8")) for name in sys.argv[2:]]
    uvloop.run(_serve(Path(sys.argv[1]), asked or [to_jsonable(environment())]))
