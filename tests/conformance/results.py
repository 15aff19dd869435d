"""The one shape of a conformance result, and where it goes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path("build/conformance")


@dataclass
class Result:
    """`set_aside`: cases that do not count, each with its reason; `absent`: parts that this machine lacks.

    `rows`: the cases that were timed, one by one.
    """

    passed: int = 0
    failed: int = 0
    seconds: float = 0.0
    set_aside: list[dict[str, str]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether something was judged and nothing failed."""
        return self.failed == 0 and self.passed > 0

    def judge(self, case: str, problems: list[str], *, seconds: float | None = None) -> None:
        """Count one case, and say how it went; with how long it took, it gets a row."""
        if seconds is not None:
            self.rows.append({"case": case, "ok": not problems, "seconds": round(seconds, 2)})
        if problems:
            self.failed += 1
            self.failures += [f"{case}: {problem}" for problem in problems]
        else:
            self.passed += 1
        print(f"{'FAILED' if problems else 'ok    '} {case}", flush=True)
        for problem in problems[:5]:
            print(f"         {problem}")

    def write(self, name: str) -> int:
        """Write `<name>.json`, print the closing line; the exit status."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        document = {"ok": self.ok, **asdict(self)}
        (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        print(f"{name}: {self.passed} passed, {self.failed} failed")
        return 0 if self.ok else 1
