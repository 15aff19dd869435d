"""`ionport passport scope`: whether the law demands a passport, from payloads or single facts; needs no node."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from connector.cli import exits
from connector.cli.options import JsonOption
from connector.notation.problems import Invalid

if TYPE_CHECKING:
    from submodels.dbp.law.scope import Answer, Facts

_KWH: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WORDS: Final = {True: "needs a passport", False: "needs no passport", None: "cannot be said"}


def add_to(app: typer.Typer) -> None:
    """Add the command to `ionport passport`."""
    app.command("scope")(scope)


def scope(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Payloads of BatteryPass 4.0.0; - is standard input."),
    ] = None,
    category: Annotated[
        str, typer.Option("--category", help="EV, LMT, industrial, SLI, portable; over what a payload says.")
    ] = "",
    energy: Annotated[str, typer.Option("--energy", metavar="KWH", help="Energy in kWh, as 2.001.")] = "",
    placed_on_market: Annotated[
        str, typer.Option("--placed-on-market", metavar="DATE", help="Day of placing on the market, as 2027-02-18.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Say whether a battery needs a passport: Article 77(1) of Regulation (EU) 2023/1542. Needs no node.

    Electric vehicle and light means of transport batteries need one, industrial batteries above 2 kWh, from
    18 February 2027 on. Exit status 0 where the answer is yes or no, 1 where a fact is missing for it.

    Example: ionport passport scope battery.json
    Example: ionport passport scope --category industrial --energy 2.001 --placed-on-market 2027-02-18
    """
    raise typer.Exit(answer_all(files or [], category, energy, placed_on_market, as_json))


def answer_all(files: Sequence[str], category: str, energy: str, day: str, as_json: bool) -> int:
    """Answer for each file, or for what was typed; typed facts count over a payload's. The exit status."""
    from connector.cli import screen
    from submodels.dbp.law.scope import LAW, answer

    given = _typed(category, energy, day)

    answers = [(name, answer(facts)) for name, facts in _facts(files, given)]
    if as_json:
        told = [_told(name, found) for name, found in answers]
        screen.show_json(told[0] if len(told) == 1 else told)
    else:
        for name, found in answers:
            screen.show_text(f"{f'{name}: ' if name else ''}{_WORDS[found.is_needed]}: {found.reason} ({LAW})")
    return exits.FINDINGS if any(found.is_needed is None for _, found in answers) else exits.DONE


def _facts(files: Sequence[str], given: Facts) -> Iterator[tuple[str, Facts]]:
    from connector.cli.offline import documents
    from submodels.dbp.law.scope import Facts, facts_of

    if not files:
        if given == Facts():
            raise Invalid("cli/scope", "name a payload, or --category, --energy and --placed-on-market")
        yield "", given
    for name in files:
        facts = facts_of(documents.read_object(name), given.earliest)
        yield name, replace(facts, category=given.category or facts.category, energy=_first(given.energy, facts.energy))


def _first(*amounts: Decimal | None) -> Decimal | None:
    return next((amount for amount in amounts if amount is not None), None)


def _typed(category: str, energy: str, day: str) -> Facts:
    """Raises Invalid (`cli/amount`, `cli/category`, `cli/date`)."""
    from submodels.dbp.law.scope import SCOPE, WITHOUT, Facts

    known = {name.lower(): name for name in (*SCOPE, *WITHOUT)}
    if category and category.lower() not in known:
        raise Invalid("cli/category", f"--category is one of {', '.join(known.values())}, not {category!r}")
    if energy and not _KWH.fullmatch(energy):
        raise Invalid("cli/amount", f"--energy wants kWh as 2.001, not {energy!r}")
    placed = _day(day) if day else None
    return Facts(known.get(category.lower(), ""), Decimal(energy) if energy else None, placed, placed)


def _day(text: str) -> datetime.date:
    try:
        if _DAY.fullmatch(text):
            return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    raise Invalid("cli/date", f"--placed-on-market wants a day as 2027-02-18, not {text!r}")


def _told(name: str, found: Answer) -> dict[str, Any]:
    from submodels.dbp.law.scope import LAW

    lacking = {"lacking": found.lacking} if found.lacking else {}
    payload = {"payload": name} if name else {}
    return {**payload, "needsPassport": found.is_needed, "reason": found.reason, "law": LAW, **lacking}
