"""What commands print: people see text and tables, scripts ask for JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from connector.notation.exact_json import pretty
from connector.notation.findings import Finding
from connector.notation.problems import Problem

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)


def show_json(value: Any) -> None:
    """One JSON document on stdout, amounts exact."""
    sys.stdout.write(pretty(value) + "\n")


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; an empty one says so."""
    if not rows:
        OUT.print(f"{title}: nothing here yet")
        return
    table = Table(*columns, title=title, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*(str(cell) if cell is not None else "" for cell in row))
    OUT.print(table)


def show_findings(findings: Sequence[Finding]) -> None:
    """Findings on stderr, one a line."""
    colours = {"error": "red", "warning": "yellow", "info": "cyan"}
    for finding in findings:
        ERR.print(f"[{colours[finding.severity]}]{finding.severity}[/] {finding}", markup=True, soft_wrap=True)


def show_problem(problem: Problem) -> None:
    """What was wrong, where, and the single findings, on stderr."""
    ERR.print("[red]error[/] ", end="")
    ERR.print(f"{problem.detail} [{problem.code}]", markup=False, soft_wrap=True)
    for finding in problem.findings:
        ERR.print(f"  {finding}", markup=False, soft_wrap=True)
