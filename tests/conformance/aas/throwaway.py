"""Judges that do not share our packages: each in a virtual environment of its own below build/, made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path("build/judges")


class NotHere(Exception):
    """The judge cannot be had on this machine; the text says why."""


def environment(requirement: str, *more: str) -> Path:
    """The folder of programs of an environment with this requirement (`name==version`). Raises NotHere."""
    home = FOLDER / requirement.replace("==", "-")
    if not (home / "ready").is_file():
        _make(home, requirement, *more)
    return (home / "bin").resolve()


def _make(home: Path, *requirements: str) -> None:
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", "--clear", str(home)], [*pip, *requirements]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise NotHere(f"{' '.join(requirements)} cannot be installed: {' '.join(last)[:200]}")
    (home / "ready").touch()
