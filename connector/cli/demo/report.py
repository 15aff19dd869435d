"""What the demo observed: a line a step while it runs, a table and a report file at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connector.cli.screen import OUT
from connector.notation.exact_json import encode
from connector.notation.problems import Problem


class StepFailed(Exception):
    """A step did not observe what it had to."""


def expect(holds: bool, what: str) -> None:
    """Raise StepFailed, naming `what` was expected, unless it holds."""
    if not holds:
        raise StepFailed(f"expected: {what}")


@dataclass(slots=True)
class Step:
    """One step as it went."""

    name: str
    ok: bool
    seconds: float
    detail: str


@dataclass(slots=True)
class Report:
    """All steps so far."""

    quiet: bool = False
    steps: list[Step] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every step held."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    def prepare(self, name: str, action: Callable[[], str]) -> bool:
        """Run what comes before the first step; it counts as a step only where it fails."""
        if self.play(name, action):
            self.steps.pop()
            return True
        return False

    def play(self, name: str, action: Callable[[], str]) -> bool:
        """Run one step; whatever it raises makes it not ok, and the next one is still tried."""
        start = time.perf_counter()
        try:
            detail, ok = action(), True
        except (StepFailed, Problem) as failure:
            detail, ok = _said(failure), False
        except Exception as failure:
            detail, ok = f"{type(failure).__name__}: {failure}", False
        self.steps.append(Step(name, ok, time.perf_counter() - start, detail))
        self._show(self.steps[-1])
        return ok

    def _show(self, step: Step) -> None:
        if self.quiet:
            return
        mark = "[green]ok[/]    " if step.ok else "[red]FAILED[/]"
        OUT.print(f"{mark} [bold]{step.name}[/]  ({step.seconds:.2f} s)")
        OUT.print(Padding(Text(step.detail), (0, 0, 0, 7)))

    def table(self) -> Table:
        """The steps with their times."""
        table = Table("", "step", "seconds", "result", header_style="bold")
        for number, step in enumerate(self.steps, 1):
            table.add_row(str(number), step.name, f"{step.seconds:.2f}", "ok" if step.ok else "[red]not ok[/]")
        total = sum(step.seconds for step in self.steps)
        table.add_row("", "all", f"{total:.2f}", "ok" if self.ok else "[red]not ok[/]", style="bold")
        return table

    def as_dict(self) -> dict[str, Any]:
        """The report file's document."""
        return {
            "ok": self.ok,
            "steps": [
                {"name": step.name, "ok": step.ok, "seconds": round(step.seconds, 3), "detail": step.detail}
                for step in self.steps
            ],
        }

    def write(self, folder: Path) -> Path:
        """Write `report.json`, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".report-{time.monotonic_ns()}.json"
        aside.write_bytes(encode(self.as_dict()) + b"\n")
        return aside.replace(folder / "report.json")


def _said(failure: Exception) -> str:
    code = f" [{failure.code}]" if isinstance(failure, Problem) else ""
    findings = "; ".join(str(one) for one in getattr(failure, "findings", ())[:3])
    return f"{failure}{code}{' - ' + findings if findings else ''}"
