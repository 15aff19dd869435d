"""io.catenax.pcf 9.0.0: read into the canonical footprint, written from it, checked beyond its schema.

The schema is draft-04 with unanchored patterns and open arrays; what it means (one object in each group, whole
matches, times with zone, sums that add up) is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.notation import pointers
from connector.notation.digests import digest
from connector.notation.findings import Finding, Severity, has_errors
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import amounts, rules
from connector.pcf.catena_x.fields import (
    BY_GROUP,
    BY_NAME,
    CHILDREN,
    FIELDS,
    GROUPS,
    OPTIONAL_WHEN_WRITTEN,
    RETROSPECTIVE,
    SEMANTIC_ID,
    SPEC_VERSION,
    Field,
    pointer_of,
)
from connector.pcf.footprint import (
    ASSUMED,
    DISTRIBUTION,
    LOST,
    NOT_DERIVABLE,
    Assumptions,
    Converted,
    Footprint,
    Provenance,
    Read,
    build,
    flat,
)

SOURCE = "io.catenax.pcf:9.0.0"
NEVER_ASSUMED: frozenset[str] = frozenset({"id", "declared_unit", "declared_amount", "total_excluding"})
"""Without these there is no footprint; assuming one would be making it up."""

CONSTANTS: dict[str, Any] = {"spec_version": SPEC_VERSION, "version": Decimal(0), "status": "Active"}
"""What every current document of this version says (rulebook: the version stays 0, a change makes a new id)."""

_ORDER_OF_TIMES: tuple[tuple[str, Severity, str, str, str], ...] = (
    ("pcf/period", "error", "reference_start", "reference_end", "the reference period ends before it starts"),
    ("pcf/period", "error", "valid_from", "valid_until", "the validity ends before it starts"),
    ("pcf/validity", "warning", "reference_end", "valid_from", "the validity starts within the reference period"),
)
"""The second of each pair is not before the first; the last pair binds retrospective footprints only."""

_STAGE_POINTER = "/productLifeCycleStagesAndEmissions/0/"
_TOTALS: tuple[tuple[str, str, str, str], ...] = (
    ("production", "total_including", "total_excluding", _STAGE_POINTER + "productionStage/0"),
    ("distribution", "distribution.including", "distribution.excluding", _STAGE_POINTER + "distributionStage/0"),
    ("packaging", "packaging.including", "packaging.excluding", _STAGE_POINTER + "packagingStage/0"),
)


def read(document: Any) -> Read:
    """The footprint in `document`, with what was lost (members that the model does not know) and what looks wrong.

    Raises Invalid `pcf/catena-x` with all findings where `check` gives an error, Unprocessable `pcf/not-derivable`
    where the document has no declared unit.
    """
    findings = check(document)
    if has_errors(findings):
        errors = [finding for finding in findings if finding.severity == "error"]
        raise Invalid("pcf/catena-x", f"not a valid {SOURCE} document: {errors[0]}", findings=findings)
    values = _collect(document)
    if values.get("distribution.included") and "distribution.excluding" in values:
        values[f"stages.{DISTRIBUTION}"] = values["distribution.excluding"]
    footprint = build(values, provenance=Provenance(SOURCE, digest(document)))
    return Read(footprint, (*findings, *_unread(document)))


def write(footprint: Footprint, *, assumptions: Assumptions | None = None) -> Converted:
    """`footprint` as a whole document: every group of the rulebook, each an array of one object.

    A value that the footprint does not state is derived where a rule gives it, else taken from `assumptions` (finding
    `pcf/assumed` for each). Raises Unprocessable `pcf/not-derivable` naming every required value that is left,
    `pcf/not-representable` where a value does not fit the model; Invalid `pcf/assumption` for an assumption that
    names no field or one that is never assumed.
    """
    assumed = assumptions or Assumptions({}, "")
    _check_assumptions(assumed)
    values, findings = _completed(flat(footprint), assumed)
    document = _lay_out(values)
    _refuse_missing(values)
    noticed = check(document)
    if has_errors(noticed):
        errors = [finding for finding in noticed if finding.severity == "error"]
        raise Unprocessable("pcf/not-representable", f"{SOURCE} cannot hold this: {errors[0]}", findings=errors)
    return Converted(document, (*findings, *_lost(values), *noticed))


def check(document: Any) -> list[Finding]:
    """Everything that is wrong with `document`: errors where it cannot be used, warnings where a rule is broken."""
    if not isinstance(document, dict):
        return [Finding("pcf/type", "a footprint is a JSON object", "")]
    findings: list[Finding] = []
    _check_groups(document, "", "", findings)
    if has_errors(findings):
        return findings
    values = _collect(document)
    findings += _check_times(values)
    findings += _check_place(values)
    for stage, including, excluding, pointer in _TOTALS:
        parts = {name: values.get(f"{stage}.{name}") for name in (*rules.COMPONENTS_OF_TOTAL, rules.UPTAKE)}
        findings += rules.check_totals(values.get(including), values.get(excluding), parts, pointer)
    cut_off = BY_NAME["boundary.exempted_percent"]
    return findings + rules.check_cut_off(values.get(cut_off.name), cut_off.pointer)


# Checking ------------------------------------------------------------------------------------------------------------


def _check_groups(holder: dict[str, Any], parent: str, pointer: str, findings: list[Finding]) -> None:
    for group in CHILDREN[parent]:
        name = group.rpartition("/")[2]
        place = pointers.join(pointer, name)
        if name not in holder:
            if GROUPS[group]:
                findings.append(Finding("pcf/required", f"the group {name} is missing", place, source=SEMANTIC_ID))
            continue
        entries = holder[name]
        if not (isinstance(entries, list) and len(entries) == 1 and isinstance(entries[0], dict)):
            message = f"the group {name} must be a list of exactly one object"
            findings.append(Finding("pcf/group", message, place, wanted=1, found=_size(entries)))
            continue
        inner = pointers.join(place, 0)
        _check_members(entries[0], group, inner, findings)
        _check_groups(entries[0], group, inner, findings)


def _check_members(holder: dict[str, Any], group: str, pointer: str, findings: list[Finding]) -> None:
    for member, entry in BY_GROUP[group].items():
        place = pointers.join(pointer, member)
        if member not in holder:
            if entry.required:
                findings.append(Finding("pcf/required", f"{member} is missing", place, source=SEMANTIC_ID))
            continue
        complaint = entry.kind.complain(holder[member])
        if complaint is not None:
            code, message = complaint
            findings.append(Finding(code, f"{member} {message}", place, source=SEMANTIC_ID))


def _check_times(values: Mapping[str, Any]) -> list[Finding]:
    findings = []
    for code, severity, first, second, message in _ORDER_OF_TIMES:
        if code == "pcf/validity" and values.get("calculation") != RETROSPECTIVE:
            continue
        start, end = _moment(values.get(first)), _moment(values.get(second))
        if start is not None and end is not None and end < start:
            wanted = f">= {values[first]}"
            findings.append(Finding(code, message, BY_NAME[second].pointer, severity, wanted, values[second]))
    return findings


def _check_place(values: Mapping[str, Any]) -> list[Finding]:
    country, subdivision = values.get("country"), values.get("subdivision")
    if not country or not subdivision or subdivision.startswith(f"{country}-"):
        return []
    message = f"the subdivision {subdivision} does not lie in the country {country}"
    return [Finding("pcf/geography", message, BY_NAME["subdivision"].pointer, "warning")]


def _moment(text: str | None) -> datetime | None:
    """`text` as a time that can be compared; None for the few xsd:dateTime values that Python has no date for."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _size(entries: Any) -> Any:
    return len(entries) if isinstance(entries, list) else type(entries).__name__


# Reading -------------------------------------------------------------------------------------------------------------


def _collect(document: dict[str, Any]) -> dict[str, Any]:
    """Every stated value of a checked document by its canonical name."""
    values = {}
    for entry in FIELDS:
        holder = _group(document, entry.group)
        if holder is not None and entry.member in holder:
            values[entry.name] = entry.kind.load(holder[entry.member])
    return values


def _group(document: dict[str, Any], group: str) -> dict[str, Any] | None:
    holder: Any = document
    for step in group.split("/"):
        if step not in holder:
            return None
        holder = holder[step][0]
    return holder if isinstance(holder, dict) else None


def _unread(document: dict[str, Any]) -> list[Finding]:
    """Members that the table does not know, and preceding footprints without an id: read by nobody."""
    findings = []
    for group in ("", *GROUPS):
        holder = _group(document, group) if group else document
        known = set(BY_GROUP.get(group, ())) | {child.rpartition("/")[2] for child in CHILDREN[group]}
        for member in holder or {}:
            if member not in known:
                pointer = pointers.join(pointer_of(group) if group else "", member)
                findings.append(_lost_finding(f"{member} is not a member of {SOURCE}", pointer))
    preceding = BY_NAME["preceding_ids"]
    entries = (_group(document, preceding.group) or {}).get(preceding.member, [])
    if any("id" not in entry for entry in entries):
        findings.append(_lost_finding("a preceding footprint is listed without an id", preceding.pointer))
    return findings


# Writing -------------------------------------------------------------------------------------------------------------


def _check_assumptions(assumptions: Assumptions) -> None:
    for name in assumptions.values:
        if name not in BY_NAME:
            raise Invalid("pcf/assumption", f"{name!r} names no value of {SOURCE}, so it cannot be assumed")
        if name in NEVER_ASSUMED:
            raise Invalid("pcf/assumption", f"{name} is never assumed: the footprint itself has to state it")


def _completed(values: dict[str, Any], assumptions: Assumptions) -> tuple[dict[str, Any], list[Finding]]:
    """`values` with constants, assumptions and what follows from them; a stated value always goes first."""
    findings = []
    for name, value in assumptions.values.items():
        if name not in values and name not in CONSTANTS:
            values[name] = value
            message = f"{BY_NAME[name].member} is assumed"
            findings.append(
                Finding(
                    ASSUMED, message, BY_NAME[name].pointer, "warning", found=_told(value), source=assumptions.source
                )
            )
    for name, value in {**CONSTANTS, **_derived(values)}.items():
        values.setdefault(name, value)
    return values, findings


def _derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from stated values alone: T1 = T2 + D, the mass of a kilogram, the distribution stage."""
    derived: dict[str, Any] = {}
    uptake = values.get("production.biogenic_uptake")
    if uptake is not None:
        derived["total_including"] = amounts.total((values["total_excluding"], amounts.amount(uptake, "the uptake")))
    if values["declared_unit"] == "kilogram":
        derived["mass_per_declared_unit"] = values["declared_amount"]
    distribution = values.get(f"stages.{DISTRIBUTION}")
    derived["distribution.included"] = distribution is not None
    if distribution is not None:
        derived["distribution.excluding"] = distribution
    return derived


def _lay_out(values: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for group in GROUPS:
        stated = [entry for entry in BY_GROUP[group].values() if values.get(entry.name) is not None]
        if group in OPTIONAL_WHEN_WRITTEN and not stated:
            continue
        holder = _made(document, group)
        for entry in stated:
            holder[entry.member] = _dumped(entry, values[entry.name])
    return document


def _made(document: dict[str, Any], group: str) -> dict[str, Any]:
    holder = document
    for step in group.split("/"):
        holder = holder.setdefault(step, [{}])[0]
    return holder


def _dumped(entry: Field, value: Any) -> Any:
    return entry.kind.dump(value) if isinstance(value, tuple) else value


def _refuse_missing(values: Mapping[str, Any]) -> None:
    required = [
        entry
        for entry in FIELDS
        if entry.required and (entry.group not in OPTIONAL_WHEN_WRITTEN or _any_stated(entry.group, values))
    ]
    missing = [entry for entry in required if values.get(entry.name) is None]
    if not missing:
        return
    findings = [
        Finding(
            NOT_DERIVABLE, f"{entry.member} is required and neither stated nor assumed ({entry.name})", entry.pointer
        )
        for entry in missing
    ]
    names = ", ".join(entry.name for entry in missing)
    raise Unprocessable(
        NOT_DERIVABLE, f"{SOURCE} needs values that nobody stated or assumed: {names}", findings=findings
    )


def _any_stated(group: str, values: Mapping[str, Any]) -> bool:
    return any(values.get(entry.name) is not None for entry in BY_GROUP[group].values())


def _lost(values: Mapping[str, Any]) -> list[Finding]:
    """Values of the footprint that this model has no place for."""
    kept = {f"stages.{DISTRIBUTION}"} if values.get("distribution.included") else set()
    return [
        _lost_finding(f"{name} has no place in {SOURCE}", "", _told(value))
        for name, value in values.items()
        if name not in BY_NAME and name not in kept
    ]


def _lost_finding(message: str, pointer: str, found: Any = None) -> Finding:
    return Finding(LOST, message, pointer, "info", found=found)


def _told(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
