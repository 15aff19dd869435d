"""`ionport doctor`: what is wrong between this node and a partner, or with the own set-up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

_SIDES = {"ours": "our side", "theirs": "their side", "": ""}
_SILENT = ("peer/", "did/", "cli/unreachable", "partner/failed", "partner/versions", "dcp/did-unresolved")
"""Reason codes (or their beginnings) of a partner that does not answer."""


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(doctor)


def doctor(
    partner: Annotated[
        str, typer.Argument(metavar="PARTNER-DID", help="The partner; without it the own set-up is examined.")
    ] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Walk credentials, resolve, version, token and catalog with a partner, and say which side is wrong.

    Without a partner: key files, ports, DID document, time, issuers and credentials of this node.

    Example: ionport doctor did:web:localhost%3A8080:maker --node peer
    """
    raise typer.Exit(_partner(partner, node, as_json) if partner else _own(node, as_json))


def _partner(partner: str, node: Path, as_json: bool) -> int:
    from connector.cli import exits, screen
    from connector.cli.target import Target, segment

    found = Target.of(node).call("GET", f"/api/partners/{segment(partner)}/doctor", timeout=120.0)
    if as_json:
        screen.show_json(found)
    else:
        rows = [(one["name"], one["ok"], _SIDES.get(one["side"], one["side"]), one["detail"]) for one in found["steps"]]
        screen.show_table(partner, ("step", "ok", "wrong on", "what was seen"), rows)
    if found["ok"]:
        return exits.DONE
    is_silent = found["steps"][-1]["code"].startswith(_SILENT)
    return exits.UNREACHABLE if is_silent else exits.FINDINGS


def _own(node: Path, as_json: bool) -> int:
    from connector.cli import exits, screen
    from connector.cli.online.setup_checks import examine
    from connector.cli.target import settings_of

    checks: list[dict[str, Any]] = [one.as_dict() for one in examine(settings_of(node))]
    is_well = all(one["ok"] for one in checks)
    if as_json:
        screen.show_json({"ok": is_well, "checks": checks})
    else:
        rows = [(one["name"], one["ok"], one["detail"], one["advice"]) for one in checks]
        screen.show_table("own set-up", ("check", "ok", "what was seen", "what to do"), rows)
    return exits.DONE if is_well else exits.FINDINGS
