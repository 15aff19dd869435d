"""schemathesis on one description: what it found, as text; empty where it found nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[3] / "../shared/reference"


def run(
    description: Path, url: str, *, headers: Mapping[str, str], checks: Sequence[str], examples: int, seed: int = 1
) -> str:
    """Run it on `url` with the same cases each time."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "run", str(description), "--url", url, "--no-color", "--seed", str(seed)]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    command += ["--checks", ",".join(checks), "--phases", "fuzzing"]
    command += ["--max-examples", str(examples), "--generation-database", "none", "--suppress-health-check", "all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=description.parent)
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-4000:]
