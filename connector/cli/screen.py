"""What commands print: people see text and tables, scripts ask for JSON.

What comes from outside is shown as it is: no markup is read in it, control characters are made visible.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.notation.exact_json import encode, pretty
from connector.notation.findings import Finding
from connector.notation.problems import Problem

OUT: Final = Console(highlight=False)
ERR: Final = Console(stderr=True, highlight=False)
WIDEST: Final = 100_000
"""Columns where nobody looks at a terminal: nothing is cut or wrapped there."""
_COLOURS: Final = {"error": "red", "warning": "yellow", "info": "cyan"}
_CONTROLS: Final = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
}


def plain(value: Any) -> str:
    """`value` as text that cannot steer a terminal; None is empty, lists are joined, objects are JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value)
    if isinstance(value, dict):
        value = encode(value).decode()
    return str(value).translate(_CONTROLS)


def show_json(value: Any) -> None:
    """One JSON document on stdout, amounts exact."""
    sys.stdout.write(pretty(value) + "\n")


def show_text(*lines: Any) -> None:
    """Lines on stdout."""
    for line in lines:
        OUT.print(Text(plain(line)), soft_wrap=True)


def show_progress(line: str) -> None:
    """A line on stderr about what is being done."""
    ERR.print(Text(plain(line), style="dim"), soft_wrap=True)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; an empty one says so."""
    if not rows:
        OUT.print(f"{title}: nothing here yet")
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    console = OUT if OUT.is_terminal else Console(highlight=False, width=WIDEST)
    console.print(table)


def show_members(members: Iterable[tuple[str, Any]]) -> None:
    """Name and value, one a line, the values below each other; empty ones are left out."""
    shown = [(name, plain(value)) for name, value in members if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        OUT.print(Text.assemble((name.ljust(width), "bold"), "  ", value), soft_wrap=True)


def show_findings(findings: Sequence[Finding]) -> None:
    """Findings on stderr, one a line."""
    for finding in findings:
        line = Text.assemble((finding.severity, _COLOURS[finding.severity]), " ", plain(finding))
        ERR.print(line, soft_wrap=True)


def show_told(findings: Iterable[dict[str, Any]]) -> None:
    """Findings as a node's answer holds them, on stderr."""
    show_findings([Finding(**finding) for finding in findings])


def show_problem(problem: Problem) -> None:
    """What was wrong, where, and the single findings, on stderr."""
    where = f" (at {problem.pointer})" if problem.pointer else ""
    said = plain(f"{problem.detail}{where} [{problem.code}]")
    ERR.print(Text.assemble(("error", "red"), " ", said), soft_wrap=True)
    for finding in problem.findings:
        if finding.message in problem.detail:
            continue
        source = f" ({finding.source})" if finding.source else ""
        ERR.print(Text(plain(f"  {finding}{source}")), soft_wrap=True)
