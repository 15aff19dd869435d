"""Judge the compose file, start what it says as local processes, and pull one passport over HTTP/2."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.conformance.compose import file, processes, usage
from tests.conformance.compose.places import Places
from tests.conformance.ports import free_port
from tests.conformance.results import Result

HERE: Final = Path(__file__).resolve().parent
BUILD: Final = Path("build/conformance/compose").resolve()
SCHEMA: Final = BUILD / "node_modules/dclint/schemas/compose.schema.json"
FILES: Final = ("package.json", "package-lock.json")


def main() -> int:
    """Exit status 0 where all holds, or where this machine lacks a part and is no CI machine."""
    result, start = Result(), time.monotonic()
    variables = {
        "PUBLIC_HOST": "localhost",
        "DATABASE_PASSWORD": secrets.token_urlsafe(16),
        "MANUFACTURER_PORT": str(free_port()),
        "CUSTOMER_PORT": str(free_port()),
    }
    document = file.read(variables)
    _judge_file(result, document)
    lacking = processes.missing()
    if lacking:
        result.absent.append(f"run as processes: {lacking}")
        print(f"skipped: {lacking}")
    else:
        _judge_run(result, document)
    result.seconds = round(time.monotonic() - start, 1)
    status = result.write("compose")
    return 1 if result.absent and os.environ.get("CI") == "true" else status


def _judge_file(result: Result, document: dict[str, object]) -> None:
    result.judge("services, volumes and files that compose.yaml names are there", file.dangling(document))
    try:
        _fetch()
    except (OSError, subprocess.SubprocessError) as error:
        result.absent.append(f"the specification's schema: {error}")
        print(f"skipped: npm could not fetch the specification's schema: {error}")
        return
    result.judge("compose.yaml is valid by the Compose Specification's schema", file.problems(document, SCHEMA))
    broken = {**document, "services": {"front": {"image": 7, "portz": []}}}
    found = file.problems(broken, SCHEMA)
    result.judge("the schema would tell", [] if len(found) > 1 else ["it takes a service that is none"])


def _fetch() -> None:
    """The schema, as an npm package carries it, by the lock file."""
    if SCHEMA.is_file() and (BUILD / FILES[1]).read_bytes() == (HERE / FILES[1]).read_bytes():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(HERE / name, BUILD / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    subprocess.run(command, cwd=BUILD, check=True, timeout=300)


def _judge_run(result: Result, document: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory(prefix="ionport-compose-") as folder:
        places = Places(Path(folder), document)
        try:
            with processes.running(places) as up:
                result.judge("every service starts by its command and environment", [])
                for case, problem in usage.cases(up):
                    result.judge(case, [problem] if problem else [])
        except processes.NotReady as error:
            result.judge("every service starts by its command and environment", [str(error)])


if __name__ == "__main__":
    sys.exit(main())
