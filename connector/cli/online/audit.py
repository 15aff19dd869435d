"""`ionport audit`: the audit log of a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(no_args_is_help=True, help="The audit log: shown, and checked link by link.")


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="An exported log; default: that of the node.")
    ] = None,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Check the hash chain of a whole log: each entry altered, missing or out of order is named.

    A file is checked without a node: against its chain, and against the head that it carries.

    Example: ionport audit verify --node maker
    """
    from connector.cli import exits, screen
    from connector.cli.contracts import exported
    from connector.cli.target import Target

    if file is not None:
        verdict = exported.verdict(exported.read(file))
    else:
        verdict = Target.of(node).call("GET", "/api/audit/verify", timeout=600.0)
    if as_json:
        screen.show_json(verdict)
    else:
        screen.show_told(verdict["findings"])
        head = verdict["head"]
        said = "is whole" if verdict["ok"] else "is NOT whole"
        screen.show_text(f"the log of {head['size']} entries {said}; root {head['root']}")
    raise typer.Exit(exits.DONE if verdict["ok"] else exits.FINDINGS)


@app.command()
def show(
    subject: Annotated[
        str, typer.Option("--subject", metavar="ID", help="Only what is about this process, contract or unit.")
    ] = "",
    after: Annotated[int, typer.Option("--after", min=0, help="Only entries behind this sequence number.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 100,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show entries of the log, the oldest first.

    Example: ionport audit show --subject 6d3c... --json
    """
    from connector.cli import screen
    from connector.cli.target import Target

    answer = Target.of(node).call("GET", "/api/audit", subject=subject or None, after=after, limit=limit)
    if as_json:
        screen.show_json(answer)
        return
    columns = ("#", "time", "actor", "event", "subject", "detail")
    screen.show_table("audit log", columns, [_row(entry) for entry in answer["entries"]])
    if answer.get("next") is not None:
        screen.show_progress(f"there may be more: --after {answer['next']}")


def _row(entry: dict[str, Any]) -> tuple[Any, ...]:
    from connector.notation.exact_json import encode

    detail = encode(entry["detail"]).decode()
    return (entry["sequence"], entry["time"], entry["actor"], entry["event"], entry["subject"], detail)
