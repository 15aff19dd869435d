"""`ionport expiring`: what ends within 30, 60, 90 days, and the command that renews it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption


class KindChoice(StrEnum):
    """What can end."""

    CONTRACT = "contract"
    CREDENTIAL = "credential"
    ISSUED_CREDENTIAL = "issued-credential"
    FOOTPRINT = "footprint"
    CERTIFICATE = "certificate"
    EXPORT_ROUTE = "export-route"


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(expiring)


def expiring(
    within: Annotated[int, typer.Option("--within", min=0, max=36_500, metavar="DAYS", help="How far to look.")] = 90,
    kind: Annotated[list[KindChoice] | None, typer.Option("--kind", help="Only these; repeatable.")] = None,
    ical: Annotated[
        Path | None, typer.Option("--ical", metavar="FILE", help="Write a calendar with alarms 90, 60, 30 days before.")
    ] = None,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List contracts, credentials, footprints, certificates and export routes that end soon, and what renews each.

    Exit 1 where something ends within 30 days or has ended.

    Example: ionport expiring --within 60 --ical ends.ics
    """
    from connector.cli import exits, screen
    from connector.cli.offline import documents
    from connector.cli.target import Target

    target = Target.of(node)
    query: dict[str, Any] = {"within": within}
    if kind:
        query["kind"] = [each.value for each in kind]
    found = target.call("GET", "/api/expiries", **query)
    if ical is not None:
        documents.write(ical, target.send("GET", "/api/expiries.ics", **query).content)
        screen.show_progress(f"wrote {len(found)} events to {ical}")
    if as_json:
        screen.show_json(found)
    else:
        rows = [
            (one["daysLeft"], one["endsAt"], one["kind"], one["name"], one["partner"], one["renew"]) for one in found
        ]
        screen.show_table("ends soon", ("days", "at", "what", "name", "partner", "renew by"), rows)
    is_near = any(one["level"] in (0, 30) for one in found)
    raise typer.Exit(exits.FINDINGS if is_near else exits.DONE)
