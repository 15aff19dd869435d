"""`ionport issuer`: the credentials that a trust anchor issues."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, LimitOption, NodeOption, OffsetOption

app = typer.Typer(no_args_is_help=True, help="Issue, list and revoke credentials (only a node with \\[issuer]).")
MEMBER_TYPES = ("MembershipCredential", "BpnCredential", "DataExchangeGovernanceCredential")
_PATH = "/api/issuer/credentials"


@app.command()
def issue(
    holder: Annotated[str, typer.Argument(metavar="HOLDER-DID", help="Whom the credentials are about.")],
    bpn: Annotated[str, typer.Option("--bpn", metavar="BPNL", help="The holder's business partner number.")],
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Can be repeated; default: membership, BPN and governance."),
    ] = None,
    subject: Annotated[
        str, typer.Option("--subject", metavar="FILE", help="JSON object with further members of the subject.")
    ] = "",
    deliver: Annotated[bool, typer.Option("--deliver/--no-deliver", help="Bring them to the holder.")] = True,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Issue credentials and bring them to their holder.

    Example: ionport issuer issue did:web:localhost%3A8080:maker --bpn BPNL00000000MAKE --node anchor
    """
    from connector.cli import exits, screen
    from connector.cli.offline import documents
    from connector.cli.target import Target

    asked: dict[str, Any] = {"holder": holder, "types": list(kind or MEMBER_TYPES), "bpn": bpn, "deliver": deliver}
    if subject:
        asked["subject"] = documents.read_object(subject)
    made = Target.of(node).call("POST", _PATH, asked)
    if as_json:
        screen.show_json(made)
    else:
        _show(made["credentials"])
        if made.get("delivered") is False:
            screen.show_progress(f"issued, but not delivered: {made.get('reason')}")
    raise typer.Exit(exits.UNREACHABLE if made.get("delivered") is False else exits.DONE)


@app.command("list")
def list_credentials(
    holder: Annotated[str, typer.Option("--holder", metavar="DID", help="Only those about this holder.")] = "",
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List what was issued, revoked ones too.

    Example: ionport issuer list --node anchor
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", _PATH, holder=holder or None, limit=limit, offset=offset)["credentials"]
    if as_json:
        screen.show_json(found)
    else:
        _show(found)


@app.command()
def revoke(
    credential: Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Its id, as `issuer list` shows it.")],
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """End a credential; the status list says so at once, partners notice within a minute.

    Example: ionport issuer revoke urn:uuid:0c9f... --node anchor
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    ended = Target.of(node).call("POST", f"{_PATH}/{segment(credential)}/revoke")
    if as_json:
        screen.show_json(ended)
    else:
        screen.show_text(f"{ended['type']} of {ended['holder']} was revoked at {ended['revokedAt']}")


def _show(credentials: list[dict[str, Any]]) -> None:
    from connector.cli import screen

    rows = [(one["id"], one["type"], one["holder"], one["expiresAt"], one.get("revokedAt")) for one in credentials]
    screen.show_table("credentials", ("id", "type", "holder", "valid until", "revoked"), rows)
