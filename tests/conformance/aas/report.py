"""What the kits said, a row for each, as `build/conformance/aas.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.results import FOLDER


@dataclass
class Row:
    """One kit: its cases by name, empty problems for those that passed."""

    kit: str
    passed: int = 0
    failed: int = 0
    set_aside: list[dict[str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    absent: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def judge(self, case: str, problems: list[str]) -> None:
        """Count one case."""
        if problems:
            self.failed += 1
            self.failures += [f"{case}: {problem}" for problem in problems]
        else:
            self.passed += 1

    def as_dict(self) -> dict[str, Any]:
        """The row; what is empty is left out."""
        written = {"kit": self.kit, "passed": self.passed, "failed": self.failed, **self.detail}
        if self.set_aside:
            written["set_aside"] = len(self.set_aside)
        more = {"failures": self.failures, "absent": self.absent}
        return {**written, **{name: value for name, value in more.items() if value}}


@dataclass
class Report:
    """All rows."""

    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Keep a row, and say how it went."""
        self.rows.append(row)
        word = "absent" if row.absent else "FAILED" if row.failed else "ok    "
        aside = f", {len(row.set_aside)} set aside" if row.set_aside else ""
        print(f"{word} {row.kit}: {row.absent or f'{row.passed} passed, {row.failed} failed{aside}'}", flush=True)
        for problem in row.failures[:10]:
            print(f"         {problem}")

    def write(self) -> int:
        """Write the result; the exit status."""
        passed, failed = sum(row.passed for row in self.rows), sum(row.failed for row in self.rows)
        document = {
            "ok": failed == 0 and passed > 0,
            "passed": passed,
            "failed": failed,
            "set_aside": [case for row in self.rows for case in row.set_aside],
            "absent": [f"{row.kit}: {row.absent}" for row in self.rows if row.absent],
            "rows": [row.as_dict() for row in self.rows],
        }
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "aas.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
        print(f"aas: {passed} passed, {failed} failed, {len(document['set_aside'])} set aside")
        return 0 if document["ok"] else 1
