"""The canonical footprint written as a document of a form, with what was lost, assumed, derived or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import amounts
from connector.pcf.footprint import (
    ASSUMED,
    DISTRIBUTION,
    LOST,
    NOT_DERIVABLE,
    Assumptions,
    Converted,
    Footprint,
    flat,
)
from connector.pcf.forms.checking import check
from connector.pcf.forms.model import Field, Model, Values

NEVER_ASSUMED: frozenset[str] = frozenset({"id", "declared_unit", "declared_amount", "total_excluding"})
"""Without these there is no footprint; assuming one would be making it up."""
OWN_TO_A_FORM: frozenset[str] = frozenset({"spec_version", "version"})
"""Values that speak of the document, not of the footprint: each form states its own."""


def write(model: Model, footprint: Footprint, *, assumptions: Assumptions | None = None) -> Converted:
    """`footprint` as a whole document of `model`.

    A value that the footprint does not state is derived where a rule gives it, else taken from `assumptions` (finding
    `pcf/assumed` for each). Raises Unprocessable: `pcf/not-derivable` naming every required value that is left,
    `pcf/not-representable` where a value does not fit the form; Invalid `pcf/assumption` for an assumption that
    names no field or one that is never assumed.
    """
    assumed = _resolved(model, assumptions or Assumptions({}, ""))
    values, findings = _completed(model, _stated(model, footprint), assumed)
    model.fit(values, findings, footprint.provenance.source if footprint.provenance else "")
    left_out = _left_out(model, footprint, values, findings)
    _refuse_missing(model, values, left_out)
    document = _lay_out(model, values, left_out)
    noticed = check(model, document)
    if has_errors(noticed):
        errors = [finding for finding in noticed if finding.severity == "error"]
        raise Unprocessable("pcf/not-representable", f"{model.source} cannot hold this: {errors[0]}", findings=errors)
    return Converted(document, (*findings, *_lost(model, footprint, values), *noticed))


def _stated(model: Model, footprint: Footprint) -> Values:
    values = flat(footprint)
    if footprint.provenance is None or footprint.provenance.source == model.source:
        return values
    return {name: value for name, value in values.items() if name not in OWN_TO_A_FORM}


def _resolved(model: Model, assumptions: Assumptions) -> Assumptions:
    """Assumptions by canonical name; the form's own member name is read too where it names one field only."""
    values = {}
    for name, value in assumptions.values.items():
        entry = model.by_name.get(name) or _by_member(model, name)
        if entry is None:
            raise Invalid("pcf/assumption", f"{name!r} names no value of {model.source}, so it cannot be assumed")
        if entry.name in NEVER_ASSUMED:
            raise Invalid("pcf/assumption", f"{name} is never assumed: the footprint itself has to state it")
        values[entry.name] = _loaded(model, entry, value)
    return Assumptions(values, assumptions.source)


def _by_member(model: Model, member: str) -> Field | None:
    found = [entry for entry in model.fields if member in (entry.member, entry.pointer)]
    return found[0] if len(found) == 1 else None


def _loaded(model: Model, entry: Field, value: Any) -> Any:
    """An assumption as a canonical value: it may be written as the form writes it, or canonically."""
    for spelling in _spellings(entry, value):
        if entry.kind.complain(spelling) is None:
            return entry.kind.load(spelling)
    code, message = entry.kind.complain(value) or ("pcf/value", "is not what is wanted")
    finding = Finding(code, f"{entry.member} {message}", entry.pointer, source=model.semantic_id)
    raise Unprocessable(
        "pcf/not-representable", f"{model.source} cannot hold this assumption: {finding}", findings=[finding]
    )


def _spellings(entry: Field, value: Any) -> Iterator[Any]:
    yield value
    if amounts.complaint(value) is None:
        yield format(Decimal(value), "f")
    if isinstance(value, list | tuple):
        yield list(value)
        if all(isinstance(one, str) for one in value):
            yield entry.kind.dump(tuple(value))
    if isinstance(value, str) and not isinstance(made := entry.kind.dump(value), list):
        yield made


def _completed(model: Model, values: Values, assumptions: Assumptions) -> tuple[Values, list[Finding]]:
    """`values` with constants, assumptions and what follows from them; a stated value always goes first."""
    findings = []
    for name, value in assumptions.values.items():
        if name not in values and name not in model.constants:
            values[name] = value
            entry = model.by_name[name]
            message = f"{entry.member} is assumed"
            source = assumptions.source
            findings.append(Finding(ASSUMED, message, entry.pointer, "warning", found=told(value), source=source))
    for name, value in {**model.constants, **model.derive(values)}.items():
        values.setdefault(name, value)
    return values, findings


def _left_out(model: Model, footprint: Footprint, values: Values, findings: list[Finding]) -> frozenset[str]:
    """Optional groups that stay away: nothing stated in them, or too little for a proof that must be whole."""
    source = footprint.provenance.source if footprint.provenance else ""
    lenient = source.startswith("io.catenax.pcf:")
    groups = set()
    for group, needed in model.groups.items():
        if needed or not (group in model.optional_when_written or lenient or not model.wraps):
            continue
        inside = [entry for entry in model.fields if entry.group == group or entry.group.startswith(group + "/")]
        stated = [entry for entry in inside if values.get(entry.name) is not None]
        missing = [entry.member for entry in inside if entry.required and values.get(entry.name) is None]
        if stated and missing and (group in model.optional_when_written or not model.wraps):
            for entry in stated:
                message = f"{entry.member} has no place without {', '.join(missing)}"
                findings.append(Finding(LOST, message, entry.pointer, "info", found=told(values.pop(entry.name))))
            groups.add(group)
        elif not stated:
            groups.add(group)
    return frozenset(groups)


def _is_out(group: str, left_out: frozenset[str]) -> bool:
    return any(group == one or group.startswith(one + "/") for one in left_out)


def _lay_out(model: Model, values: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for group in ("", *model.groups):
        if _is_out(group, left_out):
            continue
        holder = _made(model, document, group)
        for entry in model.by_group[group].values():
            if values.get(entry.name) is not None:
                holder[entry.member] = entry.kind.dump(values[entry.name])
    return document


def _made(model: Model, document: dict[str, Any], group: str) -> dict[str, Any]:
    holder = document
    for step in group.split("/") if group else ():
        holder = holder.setdefault(step, [{}])[0] if model.wraps else holder.setdefault(step, {})
    return holder


def _refuse_missing(model: Model, values: Mapping[str, Any], left_out: frozenset[str]) -> None:
    missing = [
        entry
        for entry in model.fields
        if entry.required and values.get(entry.name) is None and not _is_out(entry.group, left_out)
    ]
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
        NOT_DERIVABLE, f"{model.source} needs values that nobody stated or assumed: {names}", findings=findings
    )


def _lost(model: Model, footprint: Footprint, values: Mapping[str, Any]) -> list[Finding]:
    """Values of the footprint that this form has no place for, each with its place in the document it came from."""

    def place(name: str) -> str:
        origin = footprint.origins.get(name, "")
        return origin if origin.startswith("/") else ""

    kept = {f"stages.{DISTRIBUTION}"} if values.get("distribution.excluding") is not None else set()
    return [
        Finding(LOST, f"{name} has no place in {model.source}", place(name), "info", found=told(value))
        for name, value in values.items()
        if name not in model.by_name and name not in kept and value not in (None, ())
    ]


def told(value: Any) -> Any:
    """A value as a finding shows it."""
    return list(value) if isinstance(value, tuple) else value
