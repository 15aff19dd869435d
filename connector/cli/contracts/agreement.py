"""`ionport agreement`: the contracts of a node, in sentences; what a person accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, LimitOption, NodeOption, OffsetOption

app = typer.Typer(
    no_args_is_help=True,
    help="The node's contracts: parties, terms in sentences, digests, who accepted what, what is owed.",
)
IdArgument = Annotated[str, typer.Argument(metavar="AGREEMENT", help="Id of the contract; both sides know the same.")]


@app.command("list")
def list_agreements(
    partner: Annotated[str, typer.Option("--partner", metavar="DID|BPN", help="Only those with this partner.")] = "",
    dataset: Annotated[str, typer.Option("--dataset", metavar="ID", help="Only those on this dataset.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="Only those that grant this usage purpose.")] = "",
    in_force: Annotated[bool, typer.Option("--in-force", help="Only those that may be used now.")] = False,
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List contracts, the newest first.

    Example: ionport agreement list --in-force --partner BPNL00000000MAKE
    """
    from connector.cli import screen
    from connector.cli.target import Target

    asked = {"partner": partner, "datasetId": dataset, "purpose": purpose, "inForce": "true" if in_force else ""}
    query: dict[str, Any] = {name: value for name, value in asked.items() if value}
    found = Target.of(node).call("GET", "/api/agreements", limit=limit, offset=offset, **query)
    if as_json:
        screen.show_json(found)
        return
    columns = ("agreement", "our side", "state", "partner", "dataset", "purposes", "use ends", "terms")
    screen.show_table("agreements", columns, [_row(one) for one in found])


@app.command()
def show(
    agreement: IdArgument,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page for a person there (print it, mail it).")
    ] = None,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show a contract: parties, terms in sentences, digests, acceptances, what is owed at its end.

    Exit 1 where somebody should look at it: a receipt that is missing, legal terms that nobody accepted.

    Example: ionport agreement show 6d3c... --html contract.html
    """
    from connector.cli import exits, screen
    from connector.cli.offline import documents
    from connector.cli.target import Target, segment

    target = Target.of(node)
    path = f"/api/agreements/{segment(agreement)}"
    found = target.call("GET", path)
    if html is not None:
        raw = target.send("GET", f"{path}/page").content
        documents.write(html, raw)
        screen.show_progress(f"wrote {len(raw)} bytes to {html}")
    if as_json:
        screen.show_json(found)
    elif html is None:
        _show(found)
    if not as_json:
        screen.show_told(found["findings"])
    raise typer.Exit(exits.FINDINGS if found["findings"] else exits.DONE)


@app.command()
def accept(agreement: IdArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Accept the legal terms of a contract, as the person whose key this is; what waited for it goes on.

    Example: ionport agreement accept 6d3c...
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    found = Target.of(node).call("POST", f"/api/agreements/{segment(agreement)}/accept")
    if as_json:
        screen.show_json(found)
        return
    for one in found["acceptances"]:
        screen.show_text(f"accepted by {one['actor']} at {one['acceptedAt']}: {len(one['terms'])} terms")


@app.command()
def renew(
    agreement: IdArgument,
    patience: Annotated[
        float, typer.Option("--patience", min=0, max=3600, metavar="SECONDS", help="How long to wait for the partner.")
    ] = 60.0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make a contract anew before it ends: the same dataset and purposes, on the partner's offer of now.

    Example: ionport agreement renew 6d3c...
    """
    from connector.cli import exits, screen
    from connector.cli.online import exchange
    from connector.cli.target import Target, segment

    target = Target.of(node)
    made = target.call("POST", f"/api/agreements/{segment(agreement)}/renew")
    if not made["isSamePolicy"]:
        screen.show_progress("the partner offers it under another policy now: `ionport agreement show` both")
    end = exchange.negotiated(target, made["negotiation"]["id"], patience)
    if as_json:
        screen.show_json({**end, "isSamePolicy": made["isSamePolicy"]})
    else:
        screen.show_members([(name, end.get(name)) for name in ("id", "state", "agreementId", "code", "reasons")])
    raise typer.Exit(exits.DONE if end["state"] == "FINALIZED" else exits.FINDINGS)


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    partner = one["provider"] if one["role"] == "consumer" else one["consumer"]
    said = "not accepted" if one["needsAcceptance"] else "accepted" if one["acceptances"] else ""
    ends = one.get("usageEnds", "never")
    named = partner["bpn"] or partner["did"]
    return (one["id"], one["role"], one["state"], named, one["datasetId"], one["purposes"], ends, said)


def _show(one: dict[str, Any]) -> None:
    from connector.cli import screen

    screen.show_members(
        [
            ("agreement", one["id"]),
            ("state", one["state"]),
            ("provider", _party(one["provider"])),
            ("consumer", _party(one["consumer"])),
            ("our side", one["role"]),
            ("dataset", one["datasetId"]),
            ("signed", one["signedAt"]),
            ("use ends", one.get("usageEnds", "never")),
            ("provision ends", one.get("provisioningEnds", "never")),
            ("ended", one.get("endedAt")),
            ("because", f"{one['endedReason']} [{one['endedCode']}]" if one.get("endedAt") else ""),
            ("policy digest", one["policyDigest"]),
            ("deliveries", one.get("deliveries")),
            ("transfers", [f"{each['id']} ({each['state']})" for each in one["transfers"]]),
            ("items kept", one["items"]),
            ("at the end", "the data are deleted" if one["deletedAtEnd"] else "the data may be kept"),
            ("receipt", one["receipt"]),
        ]
    )
    screen.show_text("", *one["sentences"], "")
    if not one["legalTerms"]:
        screen.show_text("legal terms: none, the node decides all of it")
    for each in one["acceptances"]:
        screen.show_text(f"legal terms accepted by {each['actor']} at {each['acceptedAt']} ({each['policyDigest']})")
    if one["needsAcceptance"]:
        screen.show_text(f"legal terms not accepted yet: ionport agreement accept {one['id']}")


def _party(party: dict[str, str]) -> str:
    return f"{party['did']} ({party['bpn']})" if party["bpn"] else party["did"]
