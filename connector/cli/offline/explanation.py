"""`ionport explain`: what a reason code means and what to do, from the findings catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Final

import typer

from connector.cli.options import JsonOption

CATALOGUE: Final = "docs/findings.md"
_ROW: Final = re.compile(r"\|\s*(`[^|]*)\s\|\s*(.*?)\s*\|\s*(.*?)\s*\|")


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(explain)


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of the catalogue: what it means, what to do, and where the catalogue has it."""

    code: str
    meaning: str
    action: str
    address: str


def entries(catalogue: str) -> Iterator[Entry]:
    """Every code of a catalogue in Markdown, in its order; codes that share a row share its words."""
    for line in catalogue.splitlines():
        row = _ROW.fullmatch(line)
        if row is None:
            continue
        for code in re.findall(r"`([^`]+)`", row.group(1)):
            yield Entry(code, row.group(2), row.group(3), f"{CATALOGUE}#{code.partition('/')[0]}")


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A reason code, as in brackets: passport/terms.")],
    as_json: JsonOption = False,
) -> None:
    """Say what a reason code means and what to do about it; a room (passport) lists its codes.

    Example: ionport explain passport/terms
    """
    from connector.adapters.library import FolderLibrary
    from connector.cli import screen
    from connector.notation.problems import Unknown

    known = list(entries(FolderLibrary().text(CATALOGUE)))
    found = [entry for entry in known if code in (entry.code, entry.code.partition("/")[0])]
    if not found:
        raise Unknown("cli/code", f"there is no reason code {code!r}{_near(code, [entry.code for entry in known])}")
    if as_json:
        screen.show_json([asdict(entry) for entry in found])
    elif len(found) == 1:
        (entry,) = found
        screen.show_members([("code", entry.code), ("meaning", entry.meaning), ("to do", entry.action)])
        screen.show_members([("page", entry.address)])
    else:
        rows = [(entry.code, entry.meaning, entry.action) for entry in found]
        screen.show_table(code, ("code", "what it means", "what to do"), rows)


def _near(code: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(code, known, n=3)
    return f"; near it: {', '.join(close)}" if close else "; all are in docs/findings.md"
