"""The options and arguments that several commands share, each explained once."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

NodeOption = Annotated[
    Path,
    typer.Option(
        "--node",
        envvar="IONPORT_NODE",
        metavar="FOLDER",
        help="Folder of the node to talk to; IONPORT_URL and IONPORT_KEY together replace it.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, amounts with every digit.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many to show at most.")]
OffsetOption = Annotated[int, typer.Option("--offset", min=0, help="How many to leave out first.")]
PartnerArgument = Annotated[
    str, typer.Argument(metavar="PARTNER-DID", help="The partner's DID, as did:web:example.com:name.")
]
HERE = Path()
"""The default of `--node`: the folder one stands in."""


def named(node: Path) -> str:
    """The option with which a next command finds the same node; empty for the folder one stands in."""
    return "" if node == HERE else f" --node {shlex.quote(str(node))}"
