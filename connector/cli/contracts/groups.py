"""`ionport group` and `ionport affiliate`: what policies ask our own books about partners."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(
    no_args_is_help=True,
    help="Groups of partners that access policies name (BusinessPartnerGroup), with their history.",
)
affiliates = typer.Typer(
    no_args_is_help=True, help="Companies that data may be given on to (AffiliatesBpnl, AffiliatesRegion)."
)
GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="Name of the group, as policies write it.")]
BpnArgument = Annotated[str, typer.Argument(metavar="BPNL", help="Business partner number of the company.")]


class RegionChoice(StrEnum):
    """Where a company sits, in the words of CX-0152."""

    EUROPE = "europe"
    NORTH_AMERICA = "northAmerica"
    SOUTH_AMERICA = "southAmerica"
    AFRICA = "africa"
    ASIA = "asia"
    OCEANIA = "oceania"
    ANTARCTICA = "antarctica"


class RelationChoice(StrEnum):
    """What a company is to a partner."""

    AFFILIATE = "affiliate"
    MANAGED_LEGAL_ENTITY = "managedLegalEntity"


@app.command("list")
def list_members(
    group: Annotated[str, typer.Argument(metavar="[GROUP]", help="Only this group; default: all.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="Who was in it then; default: now.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List who is in groups.

    Example: ionport group list gold --at 2026-06-01T00:00:00Z
    """
    from connector.cli.target import Target

    _members(Target.of(node).call("GET", "/api/groups", group=group or None, at=at or None), as_json)


@app.command()
def history(
    group: Annotated[str, typer.Argument(metavar="[GROUP]", help="Only this group; default: all.")] = "",
    bpn: Annotated[str, typer.Option("--bpn", metavar="BPNL", help="Only this partner.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List every membership there was: who put whom into which group, and until when.

    Example: ionport group history --bpn BPNL00000000CELL
    """
    from connector.cli.target import Target

    _members(Target.of(node).call("GET", "/api/groups/history", group=group or None, bpn=bpn or None), as_json)


@app.command()
def add(
    group: GroupArgument,
    bpns: Annotated[list[str], typer.Argument(metavar="BPNL...", help="Business partner numbers.")],
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Put partners into a group from now on; catalogs follow at once.

    Example: ionport group add gold BPNL00000000CELL BPNL00000000PACK
    """
    from connector.cli.target import Target, segment

    _members(Target.of(node).call("POST", f"/api/groups/{segment(group)}/members", {"bpns": bpns}), as_json)


@app.command()
def remove(group: GroupArgument, bpn: BpnArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Take a partner out of a group from now on; its history stays.

    Example: ionport group remove gold BPNL00000000CELL
    """
    from connector.cli.target import Target, segment

    path = f"/api/groups/{segment(group)}/members/{segment(bpn)}"
    _members([Target.of(node).call("DELETE", path)], as_json)


def _members(found: list[dict[str, Any]], as_json: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(found)
        return
    rows = [(one["group"], one["bpn"], one["since"], one.get("until", ""), one["actor"]) for one in found]
    screen.show_table("group members", ("group", "partner", "since", "until", "by"), rows)


@affiliates.command("list")
def list_affiliates(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List the registry.

    Example: ionport affiliate list
    """
    from connector.cli.target import Target

    _companies(Target.of(node).call("GET", "/api/affiliates"), as_json)


@affiliates.command("add")
def add_affiliate(
    bpn: BpnArgument,
    source: Annotated[str, typer.Option("--source", help="What the entry rests on: a contract, a register, a letter.")],
    region: Annotated[RegionChoice | None, typer.Option("--region", help="Where the company sits.")] = None,
    relation: Annotated[RelationChoice, typer.Option("--relation")] = RelationChoice.AFFILIATE,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Enter or correct a company.

    Example: ionport affiliate add BPNL00000000SUBS --region europe --source "annex 2 of contract 4711"
    """
    from connector.cli.target import Target, segment

    said = {"region": region.value if region else "", "relation": relation.value, "source": source}
    _companies([Target.of(node).call("PUT", f"/api/affiliates/{segment(bpn)}", said)], as_json)


@affiliates.command("remove")
def remove_affiliate(bpn: BpnArgument, node: NodeOption = HERE) -> None:
    """Strike a company out; what was said of it stays in the audit log.

    Example: ionport affiliate remove BPNL00000000SUBS
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    Target.of(node).call("DELETE", f"/api/affiliates/{segment(bpn)}")
    screen.show_progress(f"{bpn} is no longer in the registry")


@affiliates.command("history")
def affiliate_history(bpn: BpnArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Show what was entered, corrected and removed about a company, and by whom.

    Example: ionport affiliate history BPNL00000000SUBS
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    found = Target.of(node).call("GET", f"/api/affiliates/{segment(bpn)}/history")
    if as_json:
        screen.show_json(found)
        return
    rows = [(one["sequence"], one["time"], one["event"], one["actor"], one["detail"]) for one in found]
    screen.show_table("history", ("#", "time", "event", "by", "what"), rows)


def _companies(found: list[dict[str, Any]], as_json: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(found)
        return
    rows = [
        (one["bpn"], one["region"], one["relation"], one["source"], one["actor"], one["recordedAt"]) for one in found
    ]
    screen.show_table("affiliates", ("company", "region", "relation", "source", "by", "since"), rows)
