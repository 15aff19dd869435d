"""What a whole process costs: clock, processor time, memory at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

_RUNNER = """
import json, os, sys, time
begun = time.perf_counter()
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, used = os.wait4(child, 0)
took = time.perf_counter() - begun
status = os.waitstatus_to_exitcode(status)
print(json.dumps([status, took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""A child's peak counts what its parent held when it began: so a parent that holds nearly nothing starts it."""


class Cost(NamedTuple):
    """Exit status, seconds of the clock and of the processor, MiB at most."""

    status: int
    seconds: float
    cpu_seconds: float
    peak_mib: float


def cost(words: Sequence[str]) -> Cost:
    """Run a command to its end, what it prints thrown away. Byte code is kept, as that of an installed program is."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runner = [sys.executable, "-I", "-S", "-c", _RUNNER, *words]
    return Cost(*json.loads(subprocess.check_output(runner, text=True, env=environment)))
