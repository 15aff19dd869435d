"""`ionport key`: the management keys of a node."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(no_args_is_help=True, help="Management keys: named, with a role, shown once, revocable.")
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Who uses it; the audit log names its actor by it.")]


class RoleChoice(StrEnum):
    """What a key may do."""

    ADMIN = "admin"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    READER = "reader"


@app.command()
def add(
    name: NameArgument,
    role: Annotated[RoleChoice, typer.Option("--role", help="What its holder may do.")],
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make a key; its text is shown this once and kept nowhere.

    Example: ionport key add erp --role operator
    """
    from connector.cli import screen
    from connector.cli.target import Target

    made = Target.of(node).call("POST", "/api/keys", {"name": name, "role": role.value})
    if as_json:
        screen.show_json(made)
    else:
        screen.show_text(made["key"])
        screen.show_progress(
            f"{made['role']} key {made['name']}: send it in the header X-Api-Key; it is not shown again"
        )


@app.command("list")
def list_keys(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List every key that was ever made.

    Example: ionport key list
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/keys")
    if as_json:
        screen.show_json(found)
    else:
        rows = [(one["name"], one["role"], one["createdAt"], one.get("revokedAt")) for one in found]
        screen.show_table("keys", ("name", "role", "made", "revoked"), rows)


@app.command()
def revoke(name: NameArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """End a key; it is refused from the next request on.

    Example: ionport key revoke erp
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    ended = Target.of(node).call("DELETE", f"/api/keys/{segment(name)}")
    if as_json:
        screen.show_json(ended)
    else:
        screen.show_text(f"{ended['name']} was revoked at {ended['revokedAt']}")
