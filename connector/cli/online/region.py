"""`ionport region`: the platform stand-in behind a node of profile ouranos."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(no_args_is_help=True, help="The region behind a node (profile ouranos): accounts of its stand-in.")
account = typer.Typer(no_args_is_help=True, help="Accounts of operators.")
app.add_typer(account, name="account")
_PATH = "/api/region/accounts"


@account.command()
def add(
    name: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name, an e-mail address.")],
    operator: Annotated[
        str, typer.Option("--operator", metavar="FILE", help="The operator (OperatorModel) as JSON; - is stdin.")
    ],
    password: Annotated[
        str,
        typer.Option(
            "--password",
            envvar="IONPORT_REGION_PASSWORD",
            show_envvar=True,
            prompt=True,
            hide_input=True,
            help="8 to 20 characters; asked for where it is not given.",
        ),
    ],
    bridge: Annotated[bool, typer.Option("--bridge", help="This node's bridge uses the account.")] = False,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make an operator's account; its API key is shown this once.

    Example: ionport region account add cells@example.jp --operator operator.json --bridge
    """
    from connector.cli import screen
    from connector.cli.offline import documents
    from connector.cli.target import Target

    asked = {
        "operatorAccountId": name,
        "password": password,
        "operator": documents.read_object(operator),
        "forBridge": bridge,
    }
    made = Target.of(node).call("POST", _PATH, asked)
    if as_json:
        screen.show_json(made)
    else:
        screen.show_members(made.items())
        screen.show_progress("send the API key in the header apiKey; it is not shown again")


@account.command("list")
def list_accounts(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List accounts and their operators.

    Example: ionport region account list
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", _PATH)
    if as_json:
        screen.show_json(found)
    else:
        rows = [(one["operatorAccountId"], one["operatorId"]) for one in found]
        screen.show_table("accounts", ("account", "operator"), rows)
