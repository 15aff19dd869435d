"""Other AAS servers, fetched from Maven Central once and started on free ports: BaSyx and FA³ST, in memory."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.connector.nodes import free_port

FOLDER = Path("build/bench/peers")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
BASYX = "org.eclipse.digitaltwin.basyx:basyx.submodelrepository.component:2.0.0-milestone-05:jar:exec"
FAAAST = "de.fraunhofer.iosb.ilt.faaast.service:starter:1.3.0"
_READY = 300.0


class Absent(Exception):
    """The peer cannot be had on this machine; the text says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer: its base address and process."""

    url: str
    pid: int


def jar(artifact: str) -> Path:
    """The peer's jar, fetched by Maven where it is not here yet. Raises Absent."""
    name, *rest = artifact.split(":")[1:]
    file = FOLDER / f"{name}{'-' + rest[2] if len(rest) > 2 else ''}.jar"
    if file.is_file():
        return file.resolve()
    if shutil.which("java") is None or shutil.which("mvn") is None:
        raise Absent("Java and Maven are not on this machine")
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["mvn", "-B", "-ntp", "-q", _COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={FOLDER.resolve()}"]
    done = subprocess.run([*command, "-Dmdep.stripVersion=true"], capture_output=True, text=True, check=False)
    if done.returncode or not file.is_file():
        raise Absent(f"{artifact} cannot be fetched: {(done.stdout + done.stderr).strip()[-300:]}")
    return file.resolve()


@contextlib.contextmanager
def basyx(environment: Mapping[str, Any], folder: Path) -> Iterator[Peer]:
    """BaSyx's submodel repository with the submodels of `environment`."""
    file, port = jar(BASYX), free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["java", "-jar", str(file), f"--server.port={port}", "--server.address=127.0.0.1"]
    with _started(command, f"{url}/submodels?limit=1", folder) as pid:
        _post(f"{url}/submodels", environment["submodels"])
        yield Peer(url, pid)


@contextlib.contextmanager
def faaast(environment: Mapping[str, Any], folder: Path) -> Iterator[Peer]:
    """FA³ST with `environment` as its model."""
    file, port = jar(FAAAST), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "environment.json"
    model.write_text(json.dumps(environment), "utf-8")
    url = f"http://127.0.0.1:{port}/api/v3.0"
    options = ["-q", f"endpoints[0].port={port}", "endpoints[0].sslEnabled=false"]
    command = ["java", "-jar", str(file), "-m", str(model.resolve()), *options]
    with _started(command, f"{url}/submodels?limit=1", folder) as pid:
        yield Peer(url, pid)


@contextlib.contextmanager
def _started(command: Sequence[str], url: str, folder: Path) -> Iterator[int]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            _wait(process, url, folder / "log")
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _READY
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = _connection(url)
            connection.request("GET", urlsplit(url).path + "?limit=1")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise Absent(f"the peer does not start: {log.read_text(errors='replace')[-500:]}")


def _post(url: str, submodels: Sequence[Any]) -> None:
    connection = _connection(url)
    for submodel in submodels:
        body = json.dumps(submodel).encode()
        connection.request("POST", urlsplit(url).path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise Absent(f"the peer refuses {submodel['id']}: {answer.status} {said[:300]!r}")


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
