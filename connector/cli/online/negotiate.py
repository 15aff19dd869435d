"""`ionport negotiate` and `ionport pull`: a contract, and the data under it."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption, PartnerArgument, named

PatienceOption = Annotated[
    float, typer.Option("--patience", min=0, max=3600, metavar="SECONDS", help="How long to wait for the partner.")
]
_PATIENCE = 60.0


def add_to(app: typer.Typer) -> None:
    """Put the commands at the top level."""
    app.command()(negotiate)
    app.command()(pull)


def negotiate(
    partner: PartnerArgument,
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="Id of the dataset, as `ionport catalog` shows it.")
    ],
    purpose: Annotated[
        str, typer.Option("--purpose", help="Take the offer for this UsagePurpose, or ask for it instead of another.")
    ] = "",
    offer: Annotated[str, typer.Option("--offer", metavar="ID", help="Take this offer, where there are several.")] = "",
    new: Annotated[
        bool, typer.Option("--new", help="Make a new contract even where one in force serves the purpose.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until there is a contract or a refusal.")] = True,
    patience: PatienceOption = _PATIENCE,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Ask for a contract on an offer of the partner's catalog; one in force for the purpose is used again.

    Example: ionport negotiate did:web:localhost%3A8080:maker urn:uuid:4f9b... --purpose cx.circular.dpp:1
    """
    from connector.cli import exits, screen
    from connector.cli.online import exchange
    from connector.cli.target import Target

    target = Target.of(node)
    wanted = exchange.offer_for(exchange.dataset_of(target, partner, dataset), purpose, offer)
    known = None if new else exchange.in_force(target, partner, dataset, wanted)
    if known is not None:
        _show_known(known, node, as_json)
        return
    made = exchange.request_contract(target, partner, wanted)
    screen.show_progress(f"negotiation {made}")
    end = exchange.negotiated(target, made, patience if wait else 0.0)
    if as_json:
        screen.show_json(end)
    else:
        screen.show_members(_members(end, "agreementId", "datasetId"))
        if end["state"] == "FINALIZED":
            screen.show_text(f"Next: ionport pull {end['agreementId']}{named(node)}")
    raise typer.Exit(exits.DONE if not wait or end["state"] == "FINALIZED" else _status(end))


def _show_known(known: dict[str, Any], node: Any, as_json: bool) -> None:
    """A contract that is used again."""
    from connector.cli import screen

    if as_json:
        screen.show_json({"state": "FINALIZED", "agreementId": known["id"], "isReused": True, "agreement": known})
        return
    ends = known.get("usageEnds", "never")
    screen.show_members([("agreementId", known["id"]), ("signed", known["signedAt"]), ("use ends", ends)])
    screen.show_text(
        f"This contract is in force and used again (--new makes another). Next: ionport pull {known['id']}{named(node)}"
    )


def pull(
    process: Annotated[
        str,
        typer.Argument(
            metavar="AGREEMENT|NEGOTIATION|TRANSFER",
            help="Id of a contract or of its negotiation (a transfer is started), or of a transfer.",
        ),
    ],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Paths below the data address; default: the address.")
    ] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="What for; default: the contract's own purposes.")] = "",
    patience: PatienceOption = _PATIENCE,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Pull data under a contract into the node's inventory, and compare its digests with the provider's.

    Example: ionport pull 6d3c... ProductCondition/submodel/\\$value
    """
    from connector.cli import exits, screen
    from connector.cli.target import Target

    target = Target.of(node)
    transfer = _transfer(target, process, patience)
    if transfer["state"] != "STARTED":
        screen.show_members(_members(transfer, "agreementId"))
        raise typer.Exit(_status(transfer))
    asked = {"transferId": transfer["id"], "paths": list(paths or [""]), **({"purpose": purpose} if purpose else {})}
    results = target.call("POST", "/api/pulls", asked, timeout=600.0)
    if as_json:
        screen.show_json({"transferId": transfer["id"], "agreementId": transfer["agreementId"], "pulled": results})
    else:
        screen.show_progress(f"transfer {transfer['id']}")
        screen.show_table("pulled", ("path", "item", "size", "digest", "as sent"), [_row(one) for one in results])
    is_whole = all(one["ok"] and one.get("matchesSource") is not False for one in results)
    raise typer.Exit(exits.DONE if is_whole else exits.FINDINGS)


def _transfer(target: Any, process: str, patience: float) -> dict[str, Any]:
    """The transfer that `process` is, or a new one under the contract that it is or that its negotiation made."""
    from connector.cli.online import exchange
    from connector.notation.problems import Unknown

    with contextlib.suppress(Unknown):
        return exchange.started(target, process, patience)
    agreement = _agreement(target, process)
    try:
        made = exchange.request_transfer(target, agreement)
    except Unknown as problem:
        sentence = f"no agreement, negotiation or transfer of this node has the id {process!r}"
        raise Unknown(problem.code, sentence) from None
    return exchange.started(target, made, patience)


def _agreement(target: Any, process: str) -> str:
    """The agreement of a negotiation; any other id is taken for an agreement's."""
    from connector.cli.online import exchange
    from connector.notation.problems import Conflict, Unknown

    try:
        negotiation = exchange.negotiated(target, process, 0.0)
    except Unknown:
        return process
    if negotiation["state"] != "FINALIZED":
        raise Conflict("cli/no-contract", f"the negotiation {process} is {negotiation['state']}: it made no contract")
    return str(negotiation["agreementId"])


def _members(process: dict[str, Any], *more: str) -> list[tuple[str, Any]]:
    names = ("id", "state", *more, "code", "terminatedBy")
    reasons = [("reason", reason) for reason in process.get("reasons", [])]
    return [*((name, process.get(name)) for name in names), *reasons]


def _status(process: dict[str, Any]) -> int:
    """How a process that is not what was wanted counts: ended is refused, still waiting is a silent partner."""
    from connector.cli import exits, screen

    if process["state"] in ("TERMINATED", "TERMINATING", "COMPLETED", "SUSPENDED"):
        return exits.FINDINGS
    screen.show_progress(f"the partner has not answered: the process is {process['state']} and goes on by itself")
    return exits.UNREACHABLE


def _row(result: dict[str, Any]) -> tuple[Any, ...]:
    item = result.get("item")
    if not item:
        return (result["path"], "", "", f"{result.get('detail')} [{result.get('code')}]", "no")
    return (result["path"], item["id"], item["size"], item["digest"], result.get("matchesSource"))
