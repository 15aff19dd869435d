"""The kit itself: its jars out of Maven's repository into build/, one run of it, and what it said."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
BUILD: Final = Path("build/conformance/dsp-kit")
JAVA: Final = 17
PATIENCE: Final = 580.0
"""Seconds for one run."""
COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
OTHER_JARS: Final = "DSP_KIT_JARS"
"""Environment variable: a folder with the jars of another version of the kit, run instead."""

_PASSED = re.compile(r"SUCCESSFUL: (\S+)")
_FAILED = re.compile(r"FAILED: (\S+)")
_SHOWN = re.compile(r"SUCCESSFUL:|FAILED:|Passed tests:|Failed tests:|All tests passed|^found=")


@dataclass
class Said:
    """One run: ids of the tests that passed and failed, the exit status, and where every line is."""

    log: Path
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    status: int = -1


def missing() -> str:
    """Why the kit cannot be run on this machine; empty where it can."""
    if shutil.which("java") is None:
        return f"java is not installed (the kit wants {JAVA} or newer)"
    version = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', version)
    if found is None or int(found[1]) < JAVA:
        return f"java {JAVA} or newer is wanted, here is {version.splitlines()[0] if version else 'an unknown one'}"
    if not os.environ.get(OTHER_JARS) and shutil.which("mvn") is None and not _jars():
        return "mvn is not installed: the kit's jars come from Maven's repository"
    return ""


def jars() -> Path:
    """The folder of the kit's jars, fetched where they are not there yet or the list of them changed."""
    other = os.environ.get(OTHER_JARS)
    if other:
        return Path(other)
    folder, pom, noted = BUILD / "lib", HERE / "pom.xml", BUILD / "pom.xml"
    if not _jars() or not noted.is_file() or noted.read_bytes() != pom.read_bytes():
        print("fetching the kit with Maven ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        command = ["mvn", "-B", "-q", "-f", str(pom), COPY, "-DincludeScope=runtime"]
        subprocess.run([*command, f"-DoutputDirectory={folder.resolve()}"], check=True)
        shutil.copyfile(pom, noted)
    return folder


def _jars() -> list[Path]:
    return sorted((BUILD / "lib").glob("*.jar"))


async def run(properties: Path, only: str = "") -> Said:
    """Run the kit (`only`: the tests whose name begins so), print its verdicts as they come, keep every line."""
    said = Said(BUILD / "kit.log")
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{jars()}/*", str(HERE / "Suite.java"), str(properties)]
    kit = await asyncio.create_subprocess_exec(
        *command, *([only] if only else []), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert kit.stdout is not None
    try:
        with said.log.open("wb") as log:
            async with asyncio.timeout(PATIENCE):
                async for line in kit.stdout:
                    log.write(line)
                    _note(said, line.decode("utf-8", "replace").strip())
                said.status = await kit.wait()
    finally:
        if kit.returncode is None:
            kit.kill()
            await kit.wait()
    return said


def _note(said: Said, line: str) -> None:
    if _SHOWN.search(line):
        print(re.sub(r"^\[[^]]*\] ", "", line), flush=True)
    for pattern, names in ((_PASSED, said.passed), (_FAILED, said.failed)):
        if (found := pattern.search(line)) is not None:
            names.append(found[1])
