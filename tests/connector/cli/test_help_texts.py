"""Help texts: what stands in brackets there is shown, not taken for markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from rich.text import Text

from connector.cli.app import app


def helps(command: Any, path: str = "ionport") -> Iterator[tuple[str, str]]:
    """Every text of the command line, with where it stands."""
    yield path, command.help or ""
    for parameter in command.params:
        yield f"{path} {parameter.name}", getattr(parameter, "help", None) or ""
    for name, inner in getattr(command, "commands", {}).items():
        yield from helps(inner, f"{path} {name}")


TEXTS = list(helps(typer.main.get_command(app)))


@pytest.mark.parametrize(("place", "text"), [each for each in TEXTS if "[" in each[1]])
def test_brackets_are_shown(place: str, text: str) -> None:
    shown = Text.from_markup(text).plain
    assert shown == text.replace("\\[", "["), f"{place}: write \\\\[ for a bracket"


def test_the_issuer_table_is_named(ionport: Any) -> None:
    assert len(TEXTS) > 200
    assert "[issuer]" in ionport("issuer", "--help").out
    assert "[issuer]" in ionport("--help").out
