"""The npm client: why it cannot be run here, and its installation into build/."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
BUILD: Final = Path("build/conformance/clients").resolve()
NAME: Final = "@think-it-labs/edc-connector-client"
FILES: Final = ("package.json", "package-lock.json")
OLDEST_NODE: Final = 18
"""The first that has `fetch`; the package itself asks for a newer one, which npm says as a warning."""
PATIENCE: Final = 300.0
"""Seconds for the installation."""


def version() -> str:
    """The version that is pinned."""
    pinned: str = json.loads((HERE / FILES[0]).read_text("utf-8"))["dependencies"][NAME]
    return pinned


def missing() -> str:
    """Why the client cannot be run on this machine; empty where it can."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = said.removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        return f"node {OLDEST_NODE} or newer is wanted, here is {said or 'an unknown one'}"
    return ""


def install() -> Path:
    """The folder of modules, made by `npm ci` from the lock file where it is not there yet or the lock changed."""
    modules = BUILD / "node_modules"
    if modules.is_dir() and all(_same(name) for name in FILES):
        return modules
    print(f"installing {NAME} {version()} ...", flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(HERE / name, BUILD / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    try:
        subprocess.run(command, cwd=BUILD, check=True, timeout=PATIENCE)
    except BaseException:
        (BUILD / FILES[1]).unlink(missing_ok=True)
        raise
    return modules


def _same(name: str) -> bool:
    kept = BUILD / name
    return kept.is_file() and kept.read_bytes() == (HERE / name).read_bytes()
