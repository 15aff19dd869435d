"""`ionport pcf`: requests for footprints, ours and those of partners, over their whole life."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, LimitOption, NodeOption, OffsetOption, PartnerArgument

RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="Its id, as `pcf inbox` and `outbox` show it.")]
_REQUESTS = "/api/footprints/requests"
_COLUMNS = ("request", "state", "part", "partner", "due", "what hinders it")
_OUTCOMES = {"answered": True, "forwarded": True, "failed": False, "cancelled": False, "rejected": False}
"""State of a request -> whether it ended well; those still under way are not here."""


def add_to(app: typer.Typer) -> None:
    """Put the commands into the group."""
    for command in (ask, inbox, outbox, requests, show, answer, accept, reject, remind):
        app.command()(command)


class DirectionChoice(StrEnum):
    """Who asked."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


def ask(
    partner: PartnerArgument,
    part: Annotated[str, typer.Option("--part", metavar="ID", help="The manufacturer's part number.")] = "",
    customer_part: Annotated[str, typer.Option("--customer-part", metavar="ID", help="Our own part number.")] = "",
    message: Annotated[str, typer.Option("--message", help="A sentence for the partner.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="Usage purpose of the contract.")] = "cx.pcf.base:1",
    due: Annotated[
        str, typer.Option("--due", metavar="DATE", help="Until when it is wanted, as 2026-12-31; kept here only.")
    ] = "",
    wait: Annotated[
        float, typer.Option("--wait", min=0, max=3600, metavar="SECONDS", help="How long to wait for the answer.")
    ] = 0.0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner for the footprint of a part; contracts are made as needed, the answer is pushed back.

    Example: ionport pcf ask did:web:localhost%3A8080:cells --part CELL-75 --wait 30
    """
    from connector.cli.target import Target
    from connector.notation.problems import Invalid

    if not (part or customer_part):
        raise Invalid("cli/part", "name the part: --part, --customer-part, or both")
    target = Target.of(node)
    asked = {
        "counterparty": partner,
        "manufacturerPartId": part,
        "customerPartId": customer_part,
        "message": message,
        "purpose": purpose,
        **({"dueAt": _end_of(due)} if due else {}),
    }
    made = target.call("POST", _REQUESTS, asked)
    found = _waited(target, made["requestId"], wait) if wait else made
    _show_request(found, as_json)
    raise typer.Exit(_status(found, has_waited=wait > 0))


def requests(
    direction: Annotated[
        DirectionChoice | None, typer.Option("--direction", help="Only what came in or went out.")
    ] = None,
    state: Annotated[str, typer.Option("--state", help="Only those in this state, as answered or failed.")] = "",
    partner: Annotated[str, typer.Option("--partner", metavar="DID", help="Only those with this partner.")] = "",
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List requests for footprints, ours and those of partners.

    Example: ionport pcf requests --direction incoming --state received
    """
    from connector.cli import screen
    from connector.cli.target import Target

    where: dict[str, Any] = {
        "direction": direction.value if direction else None,
        "state": state or None,
        "counterparty": partner or None,
    }
    found = Target.of(node).call("GET", _REQUESTS, limit=limit, offset=offset, **where)
    if as_json:
        screen.show_json(found)
        return
    rows = [
        (one["requestId"], one["direction"], one["state"], one.get("manufacturerPartId"), one["counterparty"])
        for one in found
    ]
    screen.show_table("footprint requests", ("request", "direction", "state", "part", "partner"), rows)


def show(
    request: RequestArgument,
    wait: Annotated[
        float, typer.Option("--wait", min=0, max=3600, metavar="SECONDS", help="Wait until it is settled.")
    ] = 0.0,
    document: Annotated[bool, typer.Option("--document", help="Print the answer itself, byte by byte.")] = False,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show how far a request is, and what was noticed about its answer.

    Example: ionport pcf show 0c9f... --document
    """
    from connector.cli.target import Target

    target = Target.of(node)
    found = _waited(target, request, wait)
    if not document:
        _show_request(found, as_json)
        raise typer.Exit(_status(found, has_waited=wait > 0))
    sys.stdout.buffer.write(target.send("GET", f"{_path(request)}/document").content)
    sys.stdout.flush()


def answer(
    request: RequestArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="io.catenax.pcf 9.0.0 as JSON; - is standard input.")],
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Answer a partner's request by hand (own footprints that are kept answer by themselves).

    Example: ionport pcf answer 0c9f... footprint.json
    """
    from connector.cli.offline import documents
    from connector.cli.target import Target

    body = {"document": documents.read_object(file)}
    _show_request(Target.of(node).call("POST", f"{_path(request)}/answer", body), as_json)


def inbox(
    limit: LimitOption = 100, offset: OffsetOption = 0, node: NodeOption = HERE, as_json: JsonOption = False
) -> None:
    """What partners ask of us and is not answered yet: the state of each, when it is due, what hinders it.

    Example: ionport pcf inbox --node maker
    """
    _show_open("incoming", "requests of partners that are open", node, limit, offset, as_json)


def outbox(
    limit: LimitOption = 100, offset: OffsetOption = 0, node: NodeOption = HERE, as_json: JsonOption = False
) -> None:
    """What we ask of partners and is not answered yet, when it is due, what hinders it.

    Example: ionport pcf outbox --node maker
    """
    _show_open("outgoing", "own requests that are open", node, limit, offset, as_json)


def accept(request: RequestArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Answer a partner's request with the footprint that is kept for the part (see `ionport pcf own`).

    Example: ionport pcf accept 0c9f... --node maker
    """
    from connector.cli.target import Target

    _show_request(Target.of(node).call("POST", f"{_path(request)}/accept"), as_json)


def reject(
    request: RequestArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept here, the exchange has no message for it.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say no to a partner's request; it is kept with the reason, and may still be answered later.

    Example: ionport pcf reject 0c9f... --reason "no longer made" --node maker
    """
    from connector.cli.target import Target

    _show_request(Target.of(node).call("POST", f"{_path(request)}/reject", {"reason": reason}), as_json)


def remind(request: RequestArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Ask a partner again for what is not answered: the same request goes out once more.

    Example: ionport pcf remind 0c9f... --node maker
    """
    from connector.cli.target import Target

    _show_request(Target.of(node).call("POST", f"{_path(request)}/remind"), as_json)


def _show_open(direction: str, title: str, node: Any, limit: int, offset: int, as_json: bool) -> None:
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", _REQUESTS, direction=direction, open="true", limit=limit, offset=offset)
    if as_json:
        screen.show_json(found)
        return
    screen.show_table(title, _COLUMNS, [_row(one) for one in found])


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    due = f"{one.get('dueAt', '')[:10]}{' overdue' if one.get('isOverdue') else ''}"
    part = one.get("manufacturerPartId") or one.get("customerPartId")
    return one["requestId"], one["state"], part, one["counterparty"], due, one.get("reason")


def _end_of(day: str) -> str:
    """The end of a day in UTC. Raises Invalid (`cli/date`)."""
    from datetime import UTC, date, datetime, time

    from connector.notation.problems import Invalid

    try:
        return datetime.combine(date.fromisoformat(day), time(23, 59, 59), UTC).isoformat().replace("+00:00", "Z")
    except ValueError:
        raise Invalid("cli/date", f"--due wants a date like 2026-12-31, not {day!r}") from None


def _path(request: str) -> str:
    from connector.cli.target import segment

    return f"{_REQUESTS}/{segment(request)}"


def _waited(target: Any, request: str, patience: float) -> dict[str, Any]:
    """The request once something was decided about it."""
    from connector.cli.online import exchange

    return exchange.settled(target, _path(request), lambda found: _OUTCOMES.get(found["state"]) is not None, patience)


def _status(found: dict[str, Any], *, has_waited: bool) -> int:
    """1 for what failed, 3 where waiting for the other side was in vain."""
    from connector.cli import exits

    is_well = _OUTCOMES.get(found["state"])
    if is_well is None:
        return exits.UNREACHABLE if has_waited else exits.DONE
    return exits.DONE if is_well else exits.FINDINGS


def _show_request(found: dict[str, Any], as_json: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(found)
        return
    screen.show_told(found.get("findings", []))
    screen.show_members((name, value) for name, value in found.items() if name not in ("document", "findings"))
