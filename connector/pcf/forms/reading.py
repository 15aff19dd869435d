"""A document of a form read into the canonical footprint, with what was noticed and where each value comes from."""

from __future__ import annotations

from typing import Any

from connector.notation import pointers
from connector.notation.digests import digest
from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid
from connector.pcf.footprint import LOST, Provenance, Read, build
from connector.pcf.forms.checking import check, collect, group_in
from connector.pcf.forms.model import Model, Values


def read(model: Model, document: Any) -> Read:
    """The footprint in `document`, with what was lost (members that the form does not know) and what looks wrong.

    Raises Invalid (the form's code) with all findings where `check` gives an error, Unprocessable `pcf/not-derivable`
    where the document has no declared unit.
    """
    findings = check(model, document)
    if has_errors(findings):
        errors = [finding for finding in findings if finding.severity == "error"]
        raise Invalid(model.refusal, f"not a valid {model.source} document: {errors[0]}", findings=findings)
    stated = collect(model, document)
    values = dict(stated)
    model.settle(values, findings)
    footprint = build(
        values, provenance=Provenance(model.source, digest(document)), origins=_origins(model, stated, values)
    )
    return Read(footprint, (*findings, *_unread(model, document)))


def _origins(model: Model, stated: Values, values: Values) -> dict[str, str]:
    """Where each value comes from: the pointer into the document, or how it follows from others."""
    return {
        name: model.by_name[name].pointer
        if name in stated and stated[name] == value
        else f"derived by the rules of {model.source}"
        for name, value in values.items()
        if value not in (None, ())
    }


def _unread(model: Model, document: dict[str, Any]) -> list[Finding]:
    """Members that the table does not know, and preceding footprints without an id: read by nobody."""
    findings = []
    for group in ("", *model.groups):
        holder = group_in(model, document, group)
        known = set(model.by_group[group]) | {child.rpartition("/")[2] for child in model.children[group]}
        for member in holder or {}:
            if member not in known:
                pointer = pointers.join(model.pointer(group), member)
                message = f"{member} is not a member of {model.source}"
                findings.append(Finding(LOST, message, pointer, "info"))
    preceding = model.by_name.get("preceding_ids")
    entries = (group_in(model, document, preceding.group) or {}).get(preceding.member, []) if preceding else []
    if preceding and any(isinstance(entry, dict) and "id" not in entry for entry in entries):
        findings.append(Finding(LOST, "a preceding footprint is listed without an id", preceding.pointer, "info"))
    return findings
