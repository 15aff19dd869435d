"""Memory while a package with large files is imported and exported again by a node of its own process."""

from __future__ import annotations

import http.client
import io
import random
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from submodels.aas import trees
from submodels.aas.aasx import Part, write_aasx
from submodels.aas.identifiers import encoded
from tests.benchmarks import machine
from tests.conformance.aas import deployment

FILES: Final = 19
FILE_BYTES: Final = 10_000_000
MOST_GROWTH: Final = 48
"""MiB that a node may hold beyond what it held before, whatever the size of the files."""
_SHELL: Final = "urn:example:large:shell"
_SUBMODEL: Final = "urn:example:large:submodel"
_PIECE: Final = 1 << 20


def measured(folder: Path) -> dict[str, Any]:
    """MiB that the node held before, and at most during import and export; whether that is flat."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    package = folder / "large.aasx"
    with package.open("wb") as target:
        write_aasx(target, trees.write_xml(_environment()), list(_parts()))
    with deployment.running(folder) as node:
        before = machine.resident_mib(node.pid)
        _forget_peak(node.pid)
        _post(node, package)
        at_import = machine.peak_mib(node.pid)
        _forget_peak(node.pid)
        size = _get(node)
        at_export = machine.peak_mib(node.pid)
    growth = max(at_import, at_export) - before
    shutil.rmtree(folder)
    return {
        "MB": round(package_bytes() / 1e6),
        "exportedMB": round(size / 1e6),
        "beforeMiB": round(before),
        "importMiB": round(at_import),
        "exportMiB": round(at_export),
        "goal": f"at most {MOST_GROWTH} MiB more: {'reached' if growth <= MOST_GROWTH else 'MISSED'}",
    }


def package_bytes() -> int:
    """Bytes of the supplementary files together."""
    return FILES * FILE_BYTES


def _environment() -> dict[str, Any]:
    files = [
        {
            "modelType": "File",
            "idShort": f"File{number}",
            "contentType": "application/octet-stream",
            "value": f"/{_name(number)}",
        }
        for number in range(FILES)
    ]
    key = {"type": "Submodel", "value": _SUBMODEL}
    shell = {
        "modelType": "AssetAdministrationShell",
        "id": _SHELL,
        "assetInformation": {"assetKind": "Instance", "globalAssetId": "urn:example:large:asset"},
        "submodels": [{"type": "ModelReference", "keys": [key]}],
    }
    submodel = {"modelType": "Submodel", "id": _SUBMODEL, "submodelElements": files}
    return {"assetAdministrationShells": [shell], "submodels": [submodel]}


def _name(number: int) -> str:
    return f"aasx/files/large-{number}.bin"


def _parts() -> Iterator[Part]:
    for number in range(FILES):
        yield Part(_name(number), "application/octet-stream", partial(_noise, number))


def _noise(number: int) -> IO[bytes]:
    """What compressing does not make small."""
    return io.BytesIO(random.Random(number).randbytes(FILE_BYTES))


def _forget_peak(pid: int) -> None:
    """Let the kernel count the most memory anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _connection(node: deployment.Deployment) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(node.url).netloc, timeout=300)


def _post(node: deployment.Deployment, package: Path) -> None:
    headers = {"X-Api-Key": node.key, "Content-Type": "application/octet-stream"}
    headers["Content-Length"] = str(package.stat().st_size)
    connection = _connection(node)
    with package.open("rb") as file:
        connection.request("POST", f"{urlsplit(node.url).path}/packages", file, headers)
        answer = connection.getresponse()
        said = answer.read()
    connection.close()
    if answer.status != 201:
        raise SystemExit(f"the package is refused: {answer.status} {said[:300]!r}")


def _get(node: deployment.Deployment) -> int:
    """Bytes of the package that comes back, read piece by piece."""
    connection = _connection(node)
    path = f"{urlsplit(node.url).path}/packages/{encoded(_SHELL)}"
    connection.request("GET", path, headers={"X-Api-Key": node.key})
    answer = connection.getresponse()
    size = 0
    while piece := answer.read(_PIECE):
        size += len(piece)
    connection.close()
    if answer.status != 200 or size < package_bytes():
        raise SystemExit(f"the package does not come back: {answer.status}, {size} bytes")
    return size
