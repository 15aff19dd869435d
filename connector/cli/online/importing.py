"""`ionport import`: what another connector of this participant has, into this node."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(no_args_is_help=True, help="Take over what another connector of yours has.")


@app.callback()
def _group() -> None:
    """Keep `edc` a command of its own."""


@app.command()
def edc(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="EDC's management address, as https://edc.example.com/management.")
    ],
    key: Annotated[
        str, typer.Option("--key", envvar="IONPORT_IMPORT_KEY", help="Its API key; better by IONPORT_IMPORT_KEY.")
    ] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace what this node has under the same id.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what there is; nothing is written.")] = False,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Read assets, policies, contract definitions and agreements from an existing EDC (Management API v3).

    What this node could not enforce or serve is refused with its reason, and the rest goes on. EDC does not give out
    secrets: a data address that names one needs its header again (authKey, authCode).

    Example: ionport import edc https://edc.example.com/management --key password --node maker
    """
    from connector.cli import exits, screen
    from connector.cli.online import edc as source
    from connector.cli.target import Target

    told = []
    for one in source.run(Target.at(url, key), Target.of(node), replace=replace, dry_run=dry_run):
        told.append(one)
        if not as_json:
            reason = f": {one.reason} [{one.code}]" if one.code else ""
            screen.show_text(f"{one.kind} {one.id}: {one.result}{reason}")
    if as_json:
        screen.show_json(
            [{"kind": o.kind, "id": o.id, "result": o.result, "code": o.code, "reason": o.reason} for o in told]
        )
    else:
        results = [one.result for one in told]
        screen.show_text(
            ", ".join(f"{results.count(name)} {name}" for name in dict.fromkeys(results)) or "nothing there"
        )
    raise typer.Exit(exits.FINDINGS if any(one.result == "refused" for one in told) else exits.DONE)
