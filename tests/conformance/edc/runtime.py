"""An EDC connector: its jars out of Maven's repository, its configuration, one JVM until the block ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conformance.ports import free_port

HERE: Final = Path(__file__).resolve().parent
BUILD: Final = Path("build/conformance/edc-runtime")
JAVA: Final = 17
VERSION: Final = os.environ.get("EDC_VERSION", "0.15.1")
"""The release that is run; the environment may name an older one."""
COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
MAIN: Final = "org.eclipse.edc.boot.system.runtime.BaseRuntime"
PATIENCE: Final = 120.0
"""Seconds until the runtime must be ready, and until Maven must have made progress."""
LISTENERS: Final = {"": "/api", "control": "/control", "management": "/management", "protocol": "/protocol"} | {
    "version": "/version",
    "public": "/public",
}
"""EDC's web contexts and where each is served; the unnamed one is the default."""
QUICK: Final[Mapping[str, str]] = {
    f"edc.{machine}.state-machine.iteration-wait-millis": "50"
    for machine in ("negotiation.consumer", "negotiation.provider", "negotiation", "transfer", "policy.monitor")
} | {
    "edc.dataplane.state-machine-iteration-wait-millis": "50",
    "edc.dataplane.state-machine.iteration-wait-millis": "50",
}
"""Its state machines look for work every 50 ms instead of every second; releases differ in the names."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A connector that runs: its participant id, its two addresses, its process and what it logs."""

    name: str
    management: str
    protocol: str
    pid: int
    log: Path
    seconds: float


def missing() -> str:
    """Why no EDC can be run on this machine; empty where one can."""
    if shutil.which("java") is None:
        return f"java is not installed (EDC wants {JAVA} or newer)"
    version = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', version)
    if found is None or int(found[1]) < JAVA:
        return f"java {JAVA} or newer is wanted, here is {version.splitlines()[0] if version else 'an unknown one'}"
    if shutil.which("mvn") is None and not _is_fetched():
        return "mvn is not installed: EDC's artifacts come from Maven's repository"
    return ""


def jars() -> Path:
    """The folder of the jars of VERSION, fetched where they are not there yet or the list of them changed."""
    folder = BUILD / VERSION
    if not _is_fetched():
        print(f"fetching EDC {VERSION} with Maven (some 250 jars) ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml"), COPY, "-DincludeScope=runtime"]
        versions = [f"-Dedc.version={VERSION}", f"-DoutputDirectory={(folder / 'lib').resolve()}"]
        subprocess.run([*command, *versions], check=True)
        shutil.copyfile(HERE / "pom.xml", folder / "pom.xml")
    return folder / "lib"


def _is_fetched() -> bool:
    noted = BUILD / VERSION / "pom.xml"
    return noted.is_file() and noted.read_bytes() == (HERE / "pom.xml").read_bytes()


@contextlib.asynccontextmanager
async def running(
    name: str, folder: Path, settings: Mapping[str, str] = QUICK, heap: str = "1500m"
) -> AsyncIterator[Runtime]:
    """The participant `name`, ready; `settings` are added to its configuration. Stopped when the block ends."""
    ports = {listener: free_port() for listener in LISTENERS}
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
    configuration, log = folder / f"{name}.properties", folder / f"{name}.log"
    configuration.write_text(_text(_configuration(name, ports) | dict(settings)), "utf-8")
    start = time.monotonic()
    command = ["java", f"-Xmx{heap}", f"-Dedc.fs.config={configuration}", "-cp", f"{jars()}/*", MAIN]
    with log.open("wb") as lines:
        process = await asyncio.create_subprocess_exec(*command, stdout=lines, stderr=asyncio.subprocess.STDOUT)
    try:
        await _ready(process, log)
        address = {listener: f"http://localhost:{port}{LISTENERS[listener]}" for listener, port in ports.items()}
        protocol = f"{address['protocol']}/2025-1"
        yield Runtime(name, address["management"], protocol, process.pid, log, round(time.monotonic() - start, 2))
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        while "ready" not in (said := _said(log)):
            if process.returncode is not None:
                raise RuntimeError(f"EDC ended with status {process.returncode}: see {log}\n{said[-2000:]}")
            await asyncio.sleep(0.1)


def _said(log: Path) -> str:
    """What is logged so far, `ready` after it where the runtime says so."""
    text = log.read_text("utf-8", "replace")
    return "ready" if re.search("Runtime .* ready", text) else text.replace("ready", "")


def _configuration(name: str, ports: Mapping[str, int]) -> dict[str, str]:
    """Who it is, where it listens, and the key pair of the tokens that its data plane gives."""
    found = {
        "edc.participant.id": name,
        "edc.hostname": "localhost",
        "edc.dsp.callback.address": f"http://localhost:{ports['protocol']}{LISTENERS['protocol']}",
        "edc.dataplane.api.public.baseurl": f"http://localhost:{ports['public']}{LISTENERS['public']}",
        "edc.transfer.proxy.token.signer.privatekey.alias": "token-key",
        "edc.transfer.proxy.token.verifier.publickey.alias": "token-public-key",
        "edc.iam.publickeys.token.id": "token-public-key",
    }
    for listener, port in ports.items():
        prefix = f"web.http.{listener}".rstrip(".")
        found |= {f"{prefix}.port": str(port), f"{prefix}.path": LISTENERS[listener]}
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return found | {"token-key": private.decode(), "edc.iam.publickeys.token.value": public.decode()}


def _text(settings: Mapping[str, str]) -> str:
    """A Java properties file; a value of several lines is written on one."""
    return "".join(f"{key}={value.replace(chr(10), chr(92) + 'n')}\n" for key, value in settings.items())
