"""`ionport evidence`: everything about one contract in one signed package, and whether such a package holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(evidence)


def evidence(
    what: Annotated[
        str, typer.Argument(metavar="AGREEMENT|verify", help="Id of a contract; or the word `verify` before a package.")
    ],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The package to verify.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where the package goes; default: evidence-<id>.zip.")
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option(
            "--did-document", metavar="FILE", help="With verify: the maker's DID document, as it publishes it."
        ),
    ] = None,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make one signed package of a contract (terms, acceptances, decisions with proofs, receipts), or verify one.

    Verifying needs no node: digests, signatures, the policy, each decision's place in the signed log, receipts.

    Example: ionport evidence 6d3c... --out contract.zip

    Example: ionport evidence verify contract.zip --did-document did.json
    """
    if what == "verify":
        _verify(file, document, as_json)
    else:
        _make(what, out, node, as_json)


def _make(agreement: str, out: Path | None, node: Path, as_json: bool) -> None:
    from connector.cli import screen
    from connector.cli.offline import documents
    from connector.cli.target import Target, segment

    raw = Target.of(node).send("GET", f"/api/agreements/{segment(agreement)}/evidence", timeout=600.0).content
    target = out or Path(f"evidence-{''.join(each for each in agreement if each.isalnum() or each in '-_')[:80]}.zip")
    documents.write(target, raw)
    if as_json:
        screen.show_json({"file": str(target), "size": len(raw)})
    else:
        screen.show_text(f"wrote {len(raw)} bytes to {target}", f"Next: ionport evidence verify {target}")


def _verify(file: Path | None, document: Path | None, as_json: bool) -> None:
    from connector.cli import exits, screen
    from connector.cli.contracts import evidence_check
    from connector.cli.offline import documents
    from connector.notation.findings import has_errors
    from connector.notation.problems import Invalid

    if file is None:
        raise Invalid("cli/file", "name the package: ionport evidence verify FILE")
    files = evidence_check.opened(file)
    pinned = documents.read_object(str(document)) if document is not None else None
    about, findings = evidence_check.verify(files, pinned)
    is_good = not has_errors(findings)
    if as_json:
        told = [finding.as_dict() for finding in findings]
        screen.show_json({"ok": is_good, "about": about, "findings": told})
    else:
        _show(about, is_good, is_pinned=pinned is not None)
        screen.show_findings(findings)
    raise typer.Exit(exits.DONE if is_good else exits.FINDINGS)


def _show(about: dict[str, Any], is_good: bool, *, is_pinned: bool) -> None:
    from connector.cli import screen

    screen.show_members(
        [("agreement", about.get("agreementId")), ("made by", about.get("madeBy")), ("made at", about.get("madeAt"))]
    )
    screen.show_text("the package holds" if is_good else "the package does NOT hold")
    if is_good and not is_pinned:
        screen.show_text("its key is its own word: compare with the maker's DID document (--did-document)")
