"""`ionport sandbox`: a counterparty for integrators, that accepts, refuses, delays or counters on demand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connector.cli.options import JsonOption


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(sandbox)


def sandbox(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Its folder; made if it is not there.")] = (
        Path("sandbox")
    ),
    for_: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="DID=BPN", help="Give this participant credentials of the sandbox. Repeatable."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a counterparty to try your own connector against, until Ctrl-C.

    It is a node and its own trust anchor. Which of its datasets you ask for says how it answers: accept, refuse, delay,
    counter, silent; transfers refused or delayed. Your node must trust its DID (identity.trusted_issuers), and gets
    credentials with --for. For another connector with EDC's mock identity see docs/how-to.md.

    Example: ionport sandbox --for did:web:localhost%3A8080:mine=BPNL00000000MINE
    """
    from connector.cli import sandbox_node, screen
    from connector.cli.life import partners_of

    made = sandbox_node.made(folder)
    told = sandbox_node.told(made)
    if as_json:
        screen.show_json(told)
    else:
        screen.show_members([("did", told["did"]), ("protocol", told["protocol"]), ("management", told["management"])])
        screen.show_table("datasets", ("id", "what it does"), [(one["id"], one["does"]) for one in told["datasets"]])
        screen.show_text(f'Your node believes it with: trusted_issuers = ["{told["did"]}"]')
    sandbox_node.run(made, partners_of(for_ or []))
