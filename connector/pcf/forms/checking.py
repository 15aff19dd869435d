"""What is wrong with a document of a form: shape and values first, then what the rules say beyond the schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, datetime
from decimal import Decimal
from typing import Any

from connector.notation import pointers
from connector.notation.findings import Finding, Severity, has_errors
from connector.pcf import rules
from connector.pcf.forms.model import Model

RETROSPECTIVE = "Retrospective PCF"

_ORDER_OF_TIMES: tuple[tuple[str, Severity, str, str, str], ...] = (
    ("pcf/period", "error", "reference_start", "reference_end", "the reference period ends before it starts"),
    ("pcf/period", "error", "valid_from", "valid_until", "the validity ends before it starts"),
    ("pcf/validity", "warning", "reference_end", "valid_from", "the validity starts within the reference period"),
)
"""The second of each pair is not before the first; the last pair binds retrospective footprints only."""


def check(model: Model, document: Any) -> list[Finding]:
    """Everything that is wrong with `document`: errors where it cannot be used, warnings where a rule is broken."""
    if not isinstance(document, dict):
        return [Finding("pcf/type", "a footprint is a JSON object", "")]
    findings: list[Finding] = []
    _check_members(model, document, "", "", findings)
    _check_groups(model, document, "", "", findings)
    if has_errors(findings):
        return findings
    values = collect(model, document)
    findings += model.examine(values)
    if not has_errors(findings):
        model.settle(values, [])
        findings += judge(model, values)
    return findings


def judge(model: Model, values: Mapping[str, Any]) -> list[Finding]:
    """The rules beyond the schema: times, place, sums, cut-off, shares, preceding footprints."""
    findings = _check_times(model, values)
    findings += _check_place(model, values)
    for stage, including, excluding, group in model.totals:
        parts = {name: values.get(f"{stage}.{name}") for name in (*rules.COMPONENTS_OF_TOTAL, rules.UPTAKE)}
        if model.nets_land_use:
            _net_land_use(parts)
        findings += rules.check_totals(values.get(including), values.get(excluding), parts, model.pointer(group))
    if "boundary.exempted_percent" in model.by_name:
        place = model.by_name["boundary.exempted_percent"].pointer
        findings += rules.check_cut_off(values.get("boundary.exempted_percent"), place)
    return findings + _check_rulebook(model, values)


def collect(model: Model, document: dict[str, Any]) -> dict[str, Any]:
    """Every stated value of a checked document by its name, as the form's kinds load it."""
    values = {}
    for entry in model.fields:
        holder = group_in(model, document, entry.group)
        if holder is not None and entry.member in holder:
            values[entry.name] = entry.kind.load(holder[entry.member])
    return values


def group_in(model: Model, document: dict[str, Any], group: str) -> dict[str, Any] | None:
    """The one object of `group` in a checked document, or None."""
    holder: Any = document
    for step in group.split("/") if group else ():
        if step not in holder:
            return None
        holder = holder[step][0] if model.wraps else holder[step]
    return holder if isinstance(holder, dict) else None


def moment(text: Any) -> datetime | None:
    """`text` as a time that can be compared; None for the few xsd:dateTime values that Python has no date for."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def years_after(start: datetime, years: int) -> datetime | None:
    """The same day some years later (1 March for 29 February), or None past the end of the calendar."""
    if start.year + years > MAXYEAR:
        return None
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, month=3, day=1)


def _net_land_use(parts: dict[str, Any]) -> None:
    """Of a net value one half is stated; the other is none."""
    halves = ("land_management_emissions", "land_management_removals")
    if sum(parts[half] is not None for half in halves) == 1:
        for half in halves:
            parts[half] = parts[half] if parts[half] is not None else Decimal(0)


def _check_groups(model: Model, holder: dict[str, Any], parent: str, pointer: str, findings: list[Finding]) -> None:
    for group in model.children[parent]:
        name = group.rpartition("/")[2]
        place = pointers.join(pointer, name)
        if name not in holder:
            if model.groups[group]:
                message = f"the group {name} is missing"
                findings.append(Finding("pcf/required", message, place, source=model.semantic_id))
            continue
        inner = _one(model, holder[name], name, place, findings)
        if inner is None:
            continue
        place = pointers.join(place, 0) if model.wraps else place
        _check_members(model, inner, group, place, findings)
        _check_groups(model, inner, group, place, findings)


def _one(model: Model, entries: Any, name: str, place: str, findings: list[Finding]) -> dict[str, Any] | None:
    if not model.wraps:
        if isinstance(entries, dict):
            return entries
        findings.append(Finding("pcf/group", f"the group {name} must be an object", place, found=_size(entries)))
        return None
    if isinstance(entries, list) and len(entries) == 1 and isinstance(entries[0], dict):
        return entries[0]
    message = f"the group {name} must be a list of exactly one object"
    findings.append(Finding("pcf/group", message, place, wanted=1, found=_size(entries)))
    return None


def _check_members(model: Model, holder: dict[str, Any], group: str, pointer: str, findings: list[Finding]) -> None:
    for member, entry in model.by_group[group].items():
        place = pointers.join(pointer, member)
        if member not in holder:
            if entry.required:
                findings.append(Finding("pcf/required", f"{member} is missing", place, source=model.semantic_id))
            continue
        complaint = entry.kind.complain(holder[member])
        if complaint is not None:
            code, message = complaint
            findings.append(Finding(code, f"{member} {message}", place, source=model.semantic_id))


def _check_times(model: Model, values: Mapping[str, Any]) -> list[Finding]:
    findings = []
    for code, severity, first, second, message in _ORDER_OF_TIMES:
        if code == "pcf/validity" and values.get("calculation", RETROSPECTIVE) != RETROSPECTIVE:
            continue
        start, end = moment(values.get(first)), moment(values.get(second))
        if start is not None and end is not None and end < start:
            wanted = f">= {values[first]}"
            findings.append(Finding(code, message, model.by_name[second].pointer, severity, wanted, values[second]))
    return findings


def _check_place(model: Model, values: Mapping[str, Any]) -> list[Finding]:
    country, subdivision = values.get("country"), values.get("subdivision")
    if not country or not subdivision or subdivision.startswith(f"{country}-"):
        return []
    message = f"the subdivision {subdivision} does not lie in the country {country}"
    return [Finding("pcf/geography", message, model.by_name["subdivision"].pointer, "warning")]


def _check_rulebook(model: Model, values: Mapping[str, Any]) -> list[Finding]:
    """Shares of a prospective footprint, a version other than 0, a footprint that precedes itself."""
    findings = []
    for found in (rules.check_prospective(values), rules.check_version(values), rules.check_preceding(values)):
        if found is not None and found.name in model.by_name:
            pointer = model.by_name[found.name].pointer
            findings.append(
                Finding(found.code, found.message, pointer, "warning", found.wanted, found.found, rules.RULEBOOK)
            )
    return findings


def _size(entries: Any) -> Any:
    return len(entries) if isinstance(entries, list) else type(entries).__name__
