"""`ionport audit export` and `ionport audit compare`: two logs of one exchange, which must tell the same story."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption


def add_to(app: typer.Typer) -> None:
    """Put the commands beside those on the log."""
    app.command()(export)
    app.command()(compare)
    app.command()(clearing)


def export(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to stdout.")] = None,
    node: NodeOption = HERE,
) -> None:
    """Export the whole log with its signed head, as JSON lines.

    Example: ionport audit export --out maker.jsonl --node maker
    """
    from connector.cli import screen
    from connector.cli.offline import documents
    from connector.cli.target import Target

    raw = Target.of(node).send("GET", "/api/audit/export", timeout=600.0).content
    if out is not None:
        documents.write(out, raw)
        screen.show_progress(f"wrote {len(raw)} bytes to {out}")
    else:
        sys.stdout.buffer.write(raw)
        sys.stdout.flush()


def compare(
    ours: Annotated[Path, typer.Argument(metavar="LOG", help="An exported log, or the folder of a node.")],
    theirs: Annotated[Path, typer.Argument(metavar="LOG", help="The other party's.")],
    agreement: Annotated[
        str, typer.Option("--agreement", metavar="ID", help="Only this contract; default: all that both logs know.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Compare two nodes' logs of one exchange: every message and pull, told alike by both or not.

    Each log is checked first: one that was altered, cut or reordered proves nothing. Exit 1 where they differ.

    Example: ionport audit compare maker.jsonl buyer.jsonl --agreement 6d3c...
    """
    from connector.audit import comparison
    from connector.cli import exits, screen
    from connector.cli.contracts import exported
    from connector.notation.findings import has_errors

    logs = [_log(place) for place in (ours, theirs)]
    names = (logs[0].log, logs[1].log)
    broken = [finding for log in logs for finding in exported.findings(log) if finding.severity == "error"]
    entries = [log.entries for log in logs]
    wanted = [agreement] if agreement else comparison.agreements_in(*entries)
    told: list[dict[str, Any]] = []
    found = list(broken)
    for each in wanted:
        differences = comparison.compare(*entries, agreement_id=each, names=names)
        story = comparison.story(*entries, agreement_id=each) or []
        told.append(_told(each, story, differences))
        found += differences
    is_alike = bool(wanted) and not has_errors(found) and not any(one.code == "audit/nothing" for one in found)
    if as_json:
        findings = [finding.as_dict() for finding in broken]
        screen.show_json({"ok": is_alike, "logs": list(names), "findings": findings, "agreements": told})
    else:
        _show(names, told)
        screen.show_findings(found)
        screen.show_text("both logs tell the same story" if is_alike else "the logs do NOT tell the same story")
    raise typer.Exit(exits.DONE if is_alike else exits.FINDINGS)


def clearing(
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT", help="Id of the contract.")],
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Ask a clearing house what the parties of a contract told it, compared. Exit 1 where they differ.

    Example: ionport audit clearing 6d3c... --node house
    """
    from connector.cli import exits, screen
    from connector.cli.target import Target, segment

    found = Target.of(node).call("GET", f"/api/clearing/{segment(agreement)}")
    if as_json:
        screen.show_json(found)
    else:
        names = (*found["logs"], "the other party")[:2]
        _show((names[0], names[1]), [{"agreementId": agreement, "exchanges": found["exchanges"]}])
        screen.show_told(found["findings"])
        screen.show_text(
            "both told the same story" if found["ok"] else "they did NOT tell the same story, or not both told"
        )
    raise typer.Exit(exits.DONE if found["ok"] else exits.FINDINGS)


def _log(place: Path) -> Any:
    """A log from a file, or asked of the node whose folder it is."""
    from connector.cli.contracts import exported
    from connector.cli.target import Target

    if not place.is_dir():
        return exported.read(place)
    raw = Target.of(place).send("GET", "/api/audit/export", timeout=600.0).content
    return exported.parse(raw, str(place))


def _told(agreement: str, story: list[Any], differences: list[Any]) -> dict[str, Any]:
    return {
        "agreementId": agreement,
        "exchanges": [
            {"by": one.key[0], "id": one.key[1], "time": one.time, "ours": one.ours, "theirs": one.theirs}
            for one in story
        ],
        "findings": [finding.as_dict() for finding in differences],
    }


def _show(names: tuple[str, str], told: list[dict[str, Any]]) -> None:
    from connector.cli import screen

    for each in told:
        rows = [
            (one["time"], _said(one["ours"]), _said(one["theirs"]), _word(one["ours"] or one["theirs"]))
            for one in each["exchanges"]
        ]
        screen.show_table(f"agreement {each['agreementId']}", ("time", *names, "what both know"), rows)


def _said(side: dict[str, Any] | None) -> str:
    return "-" if side is None else f"{side['event']} (#{side['sequence']})"


def _word(side: dict[str, Any]) -> str:
    return " ".join(str(side[name]) for name in ("outcome", "code", "digest", "policy") if name in side)
