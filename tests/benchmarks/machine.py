"""What a process costs, and on what machine: read from /proc."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


def described() -> dict[str, Any]:
    """The machine, so that figures can be compared: processor, cores, memory, how busy it was at the start."""
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memoryMiB": int(_field("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "loadAtStart": round(os.getloadavg()[0], 2),
    }


def cpu_ms(pid: int) -> float:
    """Milliseconds of processor time that a process and its children have used."""
    pids = [pid, *_children(pid)]
    return sum(_ticks(each) for each in pids) * 1000 / _TICKS


def resident_mib(pid: int) -> float:
    """MiB of memory that a process holds now."""
    return int(_field(f"/proc/{pid}/status", "VmRSS").split()[0]) / 1024


def peak_mib(pid: int) -> float:
    """MiB of memory that a process held at most."""
    return int(_field(f"/proc/{pid}/status", "VmHWM").split()[0]) / 1024


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return int(fields[11]) + int(fields[12])


def _field(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown 0"
