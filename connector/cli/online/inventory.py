"""`ionport inventory`: what arrived under contracts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, LimitOption, NodeOption, OffsetOption

app = typer.Typer(no_args_is_help=True, help="What the node received under contracts, and giving it out under them.")
ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item, as `inventory list` shows it.")]


@app.command("list")
def list_items(
    agreement: Annotated[str, typer.Option("--agreement", metavar="ID", help="Only those under this contract.")] = "",
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List received items.

    Example: ionport inventory list --agreement 6d3c...
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/inventory", agreementId=agreement or None, limit=limit, offset=offset)
    if as_json:
        screen.show_json(found)
    else:
        names = ("id", "path", "size", "provider", "agreementId", "receivedAt")
        rows = [tuple(one.get(name) for name in names) for one in found]
        screen.show_table("inventory", ("item", "path", "size", "provider", "agreement", "received"), rows)


@app.command()
def show(item: ItemArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Show where an item came from, under which contract, and its digests.

    Example: ionport inventory show 0c9f...
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    found = Target.of(node).call("GET", f"/api/inventory/{segment(item)}")
    if as_json:
        screen.show_json(found)
    else:
        screen.show_members(found.items())


@app.command("open")
def open_item(
    item: ItemArgument,
    purpose: Annotated[str, typer.Option("--purpose", help="What for; default: the contract's own purpose.")] = "",
    use: Annotated[
        str, typer.Option("--use", help="Beyond reading: share, manipulate, derive, analyse, remove-provider.")
    ] = "",
    recipient: Annotated[str, typer.Option("--recipient", metavar="BPNL", help="The company that they reach.")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to stdout.")] = None,
    node: NodeOption = HERE,
) -> None:
    """Give out received bytes, if the contract still allows it for this purpose, use and recipient; it is recorded.

    Example: ionport inventory open 0c9f... --out condition.json
    """
    from connector.cli import screen
    from connector.cli.offline import documents
    from connector.cli.target import Target, segment

    path = f"/api/inventory/{segment(item)}/content"
    asked: dict[str, Any] = {"purpose": purpose or None, "use": use or None, "recipient": recipient or None}
    raw = Target.of(node).send("GET", path, **asked).content
    if out is not None:
        documents.write(out, raw)
        screen.show_progress(f"wrote {len(raw)} bytes to {out}")
    else:
        sys.stdout.buffer.write(raw)
        sys.stdout.flush()
