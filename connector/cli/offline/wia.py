"""WIA records on this machine: judged by the format's rules, converted to BatteryPass 4.0.0 and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connector.cli import exits, screen
from connector.cli.offline import documents
from connector.notation.findings import Finding, has_errors


def validate(file: str, previous: str, as_json: bool) -> int:
    """Judge a record, against the one before it where `previous` names a file; the exit status."""
    from connector.passport.formats.wia.rules import report
    from connector.passport.formats.wia.validation import validate as judge

    record = documents.read_json(file)
    before = documents.read_object(previous) if previous else None
    findings = judge(record, today=datetime.now(UTC).date(), previous=before)
    is_valid = not has_errors(findings)
    if as_json:
        told = [report(finding) for finding in findings]
        screen.show_json({"ok": is_valid, "format": "wia", "version": "1.0.0", "findings": told})
    else:
        _show(findings)
        screen.show_text(f"{file}: {'valid' if is_valid else 'not valid'} as WIA 1.0.0")
    return exits.DONE if is_valid else exits.FINDINGS


def convert(file: str, to_wia: bool, as_json: bool) -> int:
    """The other side's form of a document on stdout, findings on stderr; the exit status."""
    from connector.passport.formats.wia.conversion import from_battery_pass, to_battery_pass

    document = documents.read_object(file)
    made = from_battery_pass(document) if to_wia else to_battery_pass(document)
    if as_json:
        told = [finding.as_dict() for finding in made.findings]
        screen.show_json({"document": made.document, "findings": told})
    else:
        screen.show_json(made.document)
        screen.show_findings(made.findings)
    return exits.FINDINGS if has_errors(made.findings) else exits.DONE


def _show(findings: Sequence[Finding]) -> None:
    """Each finding with what was wanted and found there, and the clause."""
    screen.show_findings(findings)
    for finding in findings:
        wanted: Any = finding.wanted
        if finding.severity == "error" and wanted is not None:
            screen.show_progress(f"  {finding.pointer or '/'}: wanted {screen.plain(wanted)}; {finding.source}")
