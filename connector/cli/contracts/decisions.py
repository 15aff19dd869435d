"""`ionport dry-run`, `ionport approval`, `ionport policy accept`: what would happen, and what a person decides."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(
    no_args_is_help=True, help="Negotiations that wait for a person: approval by hand, other terms, legal terms."
)
NegotiationArgument = Annotated[str, typer.Argument(metavar="NEGOTIATION", help="Id, as `approval list` shows it.")]


def add_to(top: typer.Typer) -> None:
    """Put the top-level command."""
    top.command("dry-run")(dry_run)


def add_policies_to(policies: typer.Typer) -> None:
    """Put the commands on the accept-list beside those on policies."""
    policies.command("accept")(accept_policy)
    policies.command("accepted")(accepted_policies)
    policies.command("unaccept")(unaccept_policy)


def dry_run(
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's DID, or a BPN that the node knows.")],
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Id of the dataset: ours, or the partner's.")],
    purpose: Annotated[str, typer.Option("--purpose", help="What for; default: what the offer grants.")] = "",
    use: Annotated[str, typer.Option("--use", help="share, manipulate, derive, analyse or remove-provider.")] = "",
    recipient: Annotated[str, typer.Option("--recipient", metavar="BPNL", help="The company that data reach.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="Would it work then? Default: now.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Would this partner see this dataset, and at which moment does it fail? Nothing is changed by asking.

    Exit 0: some way leads to the data; 1: it fails, with the moment and the reason.

    Example: ionport dry-run did:web:buyer.example:buyer urn:uuid:4f9b...
    """
    from connector.cli import exits, screen
    from connector.cli.target import Target

    asked = {"purpose": purpose, "use": use, "recipient": recipient, "at": at}
    query: dict[str, Any] = {name: value for name, value in asked.items() if value}
    found = Target.of(node).call("GET", "/api/dry-run", partner=partner, dataset=dataset, **query)
    if as_json:
        screen.show_json(found)
    else:
        _show(found)
    raise typer.Exit(exits.FINDINGS if found["failsAt"] else exits.DONE)


def _show(found: dict[str, Any]) -> None:
    from connector.cli import screen

    if found["isOurs"]:
        screen.show_text(f"sees it in our catalog: {'yes' if found['sees'] else 'no'}")
    screen.show_text(f"fails at: {found['failsAt'] or 'no moment'}")
    rows = [("", _said(found["identity"]))]
    for way in found["ways"]:
        rows += [
            (f"{way['kind']} {way['id']}" if not number else "", _said(one))
            for number, one in enumerate(way["moments"])
        ]
    screen.show_table("moments", ("way", "moment", "outcome", "why"), [(way, *said) for way, said in rows])
    for note in found["notes"]:
        screen.show_progress(note)


def _said(moment: dict[str, Any]) -> tuple[str, str, str]:
    why = "" if moment["permitted"] and moment["moment"] != "identity" else moment["sentence"]
    code = "" if moment["permitted"] else f" [{moment['code']}]"
    duties = f"owed at the end: {', '.join(moment['duties'])}" if moment["permitted"] and moment["duties"] else ""
    return (moment["moment"], moment["outcome"], (why or duties) + code)


@app.command("list")
def list_waiting(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List what waits for a yes or no, with the terms in sentences.

    Example: ionport approval list
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/approvals")
    if as_json:
        screen.show_json(found)
        return
    columns = ("negotiation", "our side", "partner", "dataset", "a yes will", "our policy says")
    rows = [
        (one["id"], one["role"], one["counterparty"], one["datasetId"], one["action"], one["objection"] or "yes")
        for one in found
    ]
    screen.show_table("waiting", columns, rows)
    for one in found:
        screen.show_text(f"{one['id']}:", *one["sentences"])


@app.command()
def approve(
    negotiation: NegotiationArgument,
    force: Annotated[bool, typer.Option("--force", help="Also where our own policy says no at this moment.")] = False,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say yes to what is on the table; legal terms are accepted by it.

    Example: ionport approval approve 0c9f...
    """
    _decide(negotiation, "approve", {"force": force}, node, as_json)


@app.command()
def reject(
    negotiation: NegotiationArgument,
    reason: Annotated[str, typer.Option("--reason", help="The partner reads it.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say no.

    Example: ionport approval reject 0c9f... --reason "no capacity this year"
    """
    _decide(negotiation, "reject", {"reason": reason}, node, as_json)


def _decide(negotiation: str, what: str, body: dict[str, Any], node: Any, as_json: bool) -> None:
    from connector.cli import screen
    from connector.cli.target import Target, segment

    found = Target.of(node).call("POST", f"/api/approvals/{segment(negotiation)}/{what}", body)
    if as_json:
        screen.show_json(found)
    else:
        screen.show_members([(name, found.get(name)) for name in ("id", "state", "agreementId")])


def accept_policy(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A policy as JSON(-LD); - is stdin.")],
    name: Annotated[str, typer.Option("--name", help="What people call it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it is accepted: which review, by whom.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Put a policy on the node's accept-list: offers under it are accepted without asking, legal terms included.

    Example: ionport policy accept policies/usage/pcf.json --reason "legal review 2026-11"
    """
    from connector.cli import screen
    from connector.cli.offline.policy import policy_in
    from connector.cli.target import Target

    said = {"policy": policy_in(file), "name": name, "reason": reason}
    found = Target.of(node).call("POST", "/api/accepted-policies", said)
    if as_json:
        screen.show_json(found)
    else:
        screen.show_text(f"accepted: {found['digest']} by {found['actor']}", *found["sentences"])


def accepted_policies(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List the policies on the node's accept-list.

    Example: ionport policy accepted
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/accepted-policies")
    if as_json:
        screen.show_json(found)
        return
    rows = [(one["digest"], one["name"], one["actor"], one["acceptedAt"], one["reason"]) for one in found]
    screen.show_table("accepted policies", ("digest", "name", "by", "since", "why"), rows)


def unaccept_policy(
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="As `ionport policy accepted` shows it.")],
    node: NodeOption = HERE,
) -> None:
    """Take a policy off the node's accept-list; contracts that were made go on.

    Example: ionport policy unaccept sha256:4f9b...
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    Target.of(node).call("DELETE", f"/api/accepted-policies/{segment(digest)}")
    screen.show_progress(f"{digest} is no longer accepted")
