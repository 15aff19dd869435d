"""The libraries of ESMF (the newest release for Java 17), fetched from Maven Central once and compiled against once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.benchmarks.peers import FOLDER, Absent

VERSION = "2.9.8"
_ARTIFACTS = ("esmf-aspect-model-aas-generator", "esmf-aspect-model-document-generators")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_SOURCE = Path(__file__).with_name("Esmf.java")
_HERE = FOLDER / f"esmf-{VERSION}"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>ionport.bench</groupId><artifactId>esmf</artifactId><version>1</version><dependencies>{}
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.16</version></dependency>
</dependencies></project>
"""


def command() -> list[str]:
    """How the peer is started; ROOT URN schema|aas FILE follow. Raises Absent where it cannot be had."""
    if shutil.which("java") is None or shutil.which("javac") is None or shutil.which("mvn") is None:
        raise Absent("Java (with its compiler) and Maven are not on this machine")
    jars, classes = (_HERE / "jars").resolve(), (_HERE / "classes").resolve()
    if not jars.is_dir():
        _fetch(jars)
    path = f"{classes}:{jars}/*"
    if not (classes / "Esmf.class").is_file():
        _run(["javac", "-cp", path, "-d", str(classes), str(_SOURCE)])
    return ["java", "-cp", path, "Esmf"]


def _fetch(jars: Path) -> None:
    _HERE.mkdir(parents=True, exist_ok=True)
    pom = _HERE / "pom.xml"
    listed = "".join(
        f"<dependency><groupId>org.eclipse.esmf</groupId><artifactId>{name}</artifactId><version>{VERSION}</version>"
        f"</dependency>"
        for name in _ARTIFACTS
    )
    pom.write_text(_POM.format(listed), "utf-8")
    _run(["mvn", "-B", "-ntp", "-q", "-f", str(pom), _COPY, f"-DoutputDirectory={jars}"])


def _run(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Absent(f"ESMF cannot be had: {(done.stdout + done.stderr).strip()[-300:]}")
