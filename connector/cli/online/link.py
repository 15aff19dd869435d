"""`ionport link`: what joins identities of the data space with those of the region behind a node."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from connector.cli.options import HERE, JsonOption, LimitOption, NodeOption, OffsetOption

app = typer.Typer(no_args_is_help=True, help="Links between the data space and the region (profile ouranos).")


class KindChoice(StrEnum):
    """What a link joins."""

    OPERATOR = "operator"
    PART = "part"
    PRODUCT = "product"


@app.command()
def add(
    kind: Annotated[KindChoice, typer.Argument(metavar="KIND", help="operator, part or product.")],
    left: Annotated[str, typer.Argument(metavar="LEFT", help="A DID; a part number; `OPERATOR-ID PART-NAME`.")],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="An operator id; an operator id; a part number.")],
    attributes: Annotated[
        str, typer.Option("--attributes", metavar="FILE", help="JSON object: what the bridge needs beyond the pair.")
    ] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Add or change a link.

    Example: ionport link add part CELL-75 b39e6248-c888-56ca-d9d0-89de1b1adc8e --attributes cell.json
    """
    from connector.cli import screen
    from connector.cli.offline import documents
    from connector.cli.target import Target

    asked = {"kind": kind.value, "left": left, "right": right}
    more = {"attributes": documents.read_object(attributes)} if attributes else {}
    made = Target.of(node).call("POST", "/api/links", {**asked, **more})
    if as_json:
        screen.show_json(made)
    else:
        attributes_shown = [(f"attributes.{name}", value) for name, value in made.get("attributes", {}).items()]
        screen.show_members([*((name, made.get(name)) for name in ("kind", "left", "right")), *attributes_shown])


@app.command("list")
def list_links(
    kind: Annotated[KindChoice | None, typer.Option("--kind", help="Only those of this kind.")] = None,
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List links.

    Example: ionport link list --kind part
    """
    from connector.cli import screen
    from connector.cli.target import Target

    wanted = kind.value if kind else None
    found = Target.of(node).call("GET", "/api/links", kind=wanted, limit=limit, offset=offset)
    if as_json:
        screen.show_json(found)
    else:
        rows = [(one["kind"], one["left"], one["right"], ", ".join(one["attributes"])) for one in found]
        screen.show_table("links", ("kind", "left", "right", "attributes"), rows)


@app.command()
def remove(
    kind: Annotated[KindChoice, typer.Argument(metavar="KIND", help="operator, part or product.")],
    left: Annotated[str, typer.Argument(metavar="LEFT", help="The left side, as `link list` shows it.")],
    node: NodeOption = HERE,
) -> None:
    """Forget a link.

    Example: ionport link remove part CELL-75
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    Target.of(node).call("DELETE", f"/api/links/{kind.value}/{segment(left)}")
    screen.show_text(f"the {kind.value} link from {left} is forgotten")
