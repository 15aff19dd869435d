"""Validation of a WIA Battery Passport record 1.0.0 (seed 003): its rules as tables, its findings by rule.

A finding's code is `wia/<rule>`; its `source` names the clause and, where the format has one, its error code. The
format contradicts itself in places, and this is how each is read:

* The example materials of 4.2 add up to 107 % (lithium at 7 % beside nickel, manganese and cobalt at 100 %): BUS-001
  holds, so that example is an error. The tolerance, which the format leaves open, is 0.5.
* An empty list of materials (example 3.1) adds up to 0 and breaks BUS-001; example 8.1 lacks the list: `wia/REQ`.
* VAL-004 asks for more than 0 volt, the published schema lets 0 pass: the rule wins.
* BUS-002 speaks of state of health that never rises; example 4.3 says 100.0 beside a measurement of 99.8, which is
  refused. Real estimates jitter and rise after a repair: a reset by a repair event with evidence is not built yet.
* BUS-005 counts certificates of RMI or the Fair Cobalt Alliance together with `conflictFree`; cobalt that only the
  cathode code tells of (NMC, NCA, LCO) without a material row has no certificate and breaks the rule.
* 5.3 has no way from maintenance to end of life, or from use back to storage: such moves are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from connector.notation import pointers
from connector.notation.findings import Finding
from connector.passport.formats.wia_schema import SCHEMA

Record = dict[str, Any]

# rule -> (clause, error code of the format or "", what it asks)
RULES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "VAL-001": ("8.1", "", "passportId is BP-, four digits, -, six digits"),
        "VAL-002": ("8.1", "", "batteryId is BAT-, four digits, -, two capitals, -, six digits"),
        "VAL-003": ("8.1", "", "a state of health lies between 0 and 100"),
        "VAL-004": ("8.1", "", "the nominal voltage is above 0"),
        "VAL-005": ("8.1", "", "the manufacturing date exists and is not in the future"),
        "BUS-001": ("8.2", "ERR_MATERIAL_SUM", "the percentages of the materials add up to 100"),
        "BUS-002": ("8.2", "ERR_SOH_INCREASE", "the state of health stays or falls"),
        "BUS-003": ("8.2", "ERR_CYCLE_DECREASE", "the cycle count stays or rises"),
        "BUS-004": ("8.2", "ERR_MISSING_SOH", "the end of life needs a state of health measured before"),
        "BUS-005": ("8.2", "ERR_COBALT_CERT", "cobalt has a certificate of being free of conflict"),
        "LIFE": ("5.3", "", "a status follows one that leads to it"),
        "REQ": ("4.1 and 5", "", "required members are there"),
        "ENUM": ("5", "", "a value is one of its list"),
        "TYPE": ("4.1", "", "a value has its type"),
        "RANGE": ("4.1", "", "a number lies in its range"),
        "FORMAT": ("4.1", "", "a text has its form"),
        "PREVIOUS": ("3.2", "", "the record before is one of the same battery"),
    }
)

# status -> statuses that may follow (5.3)
TRANSITIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "manufactured": frozenset({"in_transit", "in_storage"}),
        "in_storage": frozenset({"in_transit", "in_use"}),
        "in_transit": frozenset({"in_storage", "in_use"}),
        "in_use": frozenset({"maintenance", "second_life", "end_of_life"}),
        "maintenance": frozenset({"in_use", "second_life"}),
        "second_life": frozenset({"maintenance", "end_of_life"}),
        "end_of_life": frozenset({"recycled"}),
        "recycled": frozenset(),
    }
)

SUM_TOLERANCE: Final = Decimal("0.5")
COBALT_CERTIFICATES: Final = frozenset({"RMI", "Fair Cobalt Alliance"})
ENDED: Final = frozenset({"end_of_life", "recycled"})

_COBALT_CATHODE = re.compile(r"(?:NMC|NCM|NCA|LCO)[0-9]*", re.ASCII)
_HEALTH_POINTER = re.compile(r"/lifecycle/(?:events/[0-9]+/)?stateOfHealth", re.ASCII)
_POINTER_RULES = {
    "/passportId": "VAL-001",
    "/batteryId": "VAL-002",
    "/specifications/nominalVoltage": "VAL-004",
    "/identity/manufacturingDate": "VAL-005",
}
# kind of schema error -> rule
_KIND_RULES = {
    "required": "REQ",
    "enum": "ENUM",
    "type": "TYPE",
    "minimum": "RANGE",
    "maximum": "RANGE",
    "exclusiveMinimum": "RANGE",
}


@dataclass(frozen=True, slots=True)
class _Context:
    """What the rules look at beside the record."""

    today: date
    previous: Record | None


def may_follow(status: str, next_status: str) -> bool:
    """Whether 5.3 leads from `status` to `next_status`; staying is no move, unknown ones lead nowhere."""
    return next_status in TRANSITIONS.get(status, frozenset())


def validate(record: Record, *, today: date, previous: Record | None = None) -> list[Finding]:
    """Every rule that `record` breaks, in the order of the tables; empty for a valid one.

    `today` is the date against which VAL-005 holds (UTC); `previous` the record of the same battery that came before
    (BUS-002, BUS-003 and LIFE compare with it). Where the schema already refuses the record, the other rules look only
    at the members that have their type.
    """
    context = _Context(today, previous)
    findings = _schema_findings(record)
    if isinstance(record, dict):
        findings += [finding for rule in _CHECKS for finding in rule(record, context)]
    return findings


def _finding(rule: str, message: str, pointer: str, *, wanted: Any = None, found: Any = None) -> Finding:
    clause, error_code, _ = RULES[rule]
    source = f"WIA 1.0.0, {clause}" + (f", {error_code}" if error_code else "")
    return Finding(f"wia/{rule}", message, pointer, wanted=wanted, found=found, source=source)


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def _schema_findings(record: Any) -> list[Finding]:
    try:
        errors = list(_validator().iter_errors(record))
    except ValueError as error:
        return [_finding("TYPE", f"the record is no JSON document: {error}", "")]
    return [_schema_finding(error) for error in errors]


def _schema_finding(error: Any) -> Finding:
    pointer = pointers.join("", *error.instance_path)
    kind = error.kind.name
    if kind == "required":
        missing = error.kind.as_dict()["property"]
        return _finding("REQ", f"{missing} is required", pointers.join(pointer, missing))
    rule = _POINTER_RULES.get(pointer) or ("VAL-003" if _HEALTH_POINTER.fullmatch(pointer) else "")
    rule = rule or _KIND_RULES.get(kind, "FORMAT")
    return _finding(rule, f"{error.message}: {RULES[rule][2]}", pointer, found=error.instance)


def _object(record: Any, *path: str) -> Record:
    """The object at `path`, an empty one where there is none."""
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record if isinstance(record, dict) else {}


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


def _rows(value: Any) -> list[tuple[int, Record]]:
    return [(at, row) for at, row in enumerate(value) if isinstance(row, dict)] if isinstance(value, list) else []


def _manufacturing_date(record: Record, context: _Context) -> Iterable[Finding]:
    text = _object(record, "identity").get("manufacturingDate")
    try:
        made = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return
    if made is not None and made > context.today:
        message = f"the manufacturing date {made} is in the future"
        yield _finding("VAL-005", message, "/identity/manufacturingDate", wanted=f"up to {context.today}", found=text)


def _material_sum(record: Record, _: _Context) -> Iterable[Finding]:
    materials = _object(record, "chemistry").get("materials")
    if not isinstance(materials, list):
        return
    total = sum((_number(row.get("percentage")) or Decimal(0) for _, row in _rows(materials)), Decimal(0))
    if abs(total - 100) > SUM_TOLERANCE:
        message = f"the percentages of the materials add up to {total}, not 100 (within {SUM_TOLERANCE})"
        yield _finding("BUS-001", message, "/chemistry/materials", wanted=100, found=total)


def _measurements(record: Record, member: str) -> list[tuple[str, Decimal]]:
    """Pointer and value of `member` in the dated events and, last, in the life cycle itself, oldest first."""
    lifecycle = _object(record, "lifecycle")
    dated = []
    for at, event in _rows(lifecycle.get("events")):
        time, value = _time(event.get("timestamp")), _number(event.get(member))
        if time is not None and value is not None:
            dated.append((time, at, value))
    series = [(f"/lifecycle/events/{at}/{member}", value) for _, at, value in sorted(dated)]
    current = _number(lifecycle.get(member))
    return series if current is None else [*series, (f"/lifecycle/{member}", current)]


def _time(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo is not None else None


def _health_never_rises(record: Record, context: _Context) -> Iterable[Finding]:
    yield from _ordered(record, context, "stateOfHealth", "BUS-002", lambda before, after: after <= before)


def _cycles_never_fall(record: Record, context: _Context) -> Iterable[Finding]:
    yield from _ordered(record, context, "cycleCount", "BUS-003", lambda before, after: after >= before)


def _ordered(
    record: Record, context: _Context, member: str, rule: str, holds: Callable[[Decimal, Decimal], bool]
) -> Iterable[Finding]:
    """Findings where a value does not follow from the one before, in the record itself and after the previous one."""
    series = _measurements(record, member)
    for (_, before), (pointer, after) in pairwise(series):
        if not holds(before, after):
            yield _finding(rule, f"{member} went from {before} to {after}", pointer, wanted=before, found=after)
    last = _previous_value(record, context, member)
    now = _number(_object(record, "lifecycle").get(member))
    if last is not None and now is not None and not holds(last, now):
        message = f"{member} went from {last} in the record before to {now}"
        yield _finding(rule, message, f"/lifecycle/{member}", wanted=last, found=now)


def _is_same_battery(record: Record, context: _Context) -> bool:
    return context.previous is not None and context.previous.get("batteryId") == record.get("batteryId")


def _previous_value(record: Record, context: _Context, member: str) -> Decimal | None:
    return _number(_object(context.previous, "lifecycle").get(member)) if _is_same_battery(record, context) else None


def _end_of_life_measured(record: Record, _: _Context) -> Iterable[Finding]:
    lifecycle = _object(record, "lifecycle")
    events = _rows(lifecycle.get("events"))
    measured = [
        time
        for _, event in events
        if event.get("type") == "soh_measurement" and _number(event.get("stateOfHealth")) is not None
        if (time := _time(event.get("timestamp"))) is not None
    ]
    declared = [(at, event) for at, event in events if event.get("type") == "end_of_life_declaration"]
    for at, event in declared:
        time = _time(event.get("timestamp"))
        if not any(time is None or moment <= time for moment in measured):
            message = "the end of life is declared without a state of health measured before"
            yield _finding("BUS-004", message, f"/lifecycle/events/{at}")
    status = lifecycle.get("status")
    if not declared and isinstance(status, str) and status in ENDED and not measured:
        yield _finding("BUS-004", f"status {status} needs a soh_measurement event", "/lifecycle/status", found=status)


def _cobalt_certified(record: Record, _: _Context) -> Iterable[Finding]:
    chemistry = _object(record, "chemistry")
    cobalt = [(at, row) for at, row in _rows(chemistry.get("materials")) if _is_cobalt(row)]
    for at, row in cobalt:
        if not _is_certified(_object(row, "source")):
            message = "cobalt needs conflictFree true and a certificate of RMI or the Fair Cobalt Alliance"
            pointer = f"/chemistry/materials/{at}/source"
            yield _finding("BUS-005", message, pointer, wanted=sorted(COBALT_CERTIFICATES), found=row.get("source"))
    cathode = chemistry.get("cathode")
    if not cobalt and isinstance(cathode, str) and _COBALT_CATHODE.fullmatch(cathode.strip().upper()):
        message = f"the cathode {cathode} holds cobalt, but no material row certifies it"
        yield _finding("BUS-005", message, "/chemistry/materials", wanted="a row for Co", found=cathode)


def _is_cobalt(row: Record) -> bool:
    names = (row.get("symbol"), row.get("name"))
    return any(isinstance(name, str) and name.strip().casefold() in ("co", "cobalt") for name in names)


def _is_certified(source: Record) -> bool:
    certificates = source.get("certifications")
    named = {name for name in certificates if isinstance(name, str)} if isinstance(certificates, list) else set()
    return source.get("conflictFree") is True and bool(named & COBALT_CERTIFICATES)


def _status_follows(record: Record, context: _Context) -> Iterable[Finding]:
    if context.previous is None:
        return
    if not _is_same_battery(record, context):
        message = f"the record before is of {context.previous.get('batteryId')!r}"
        yield _finding("PREVIOUS", message, "/batteryId", found=record.get("batteryId"))
        return
    before, after = _object(context.previous, "lifecycle").get("status"), _object(record, "lifecycle").get("status")
    if not (isinstance(before, str) and isinstance(after, str)) or before == after or after not in TRANSITIONS:
        return
    if not may_follow(before, after):
        wanted = sorted(TRANSITIONS.get(before, frozenset()))
        yield _finding(
            "LIFE", f"no way leads from {before} to {after}", "/lifecycle/status", wanted=wanted, found=after
        )


_CHECKS: Final[tuple[Callable[[Record, _Context], Iterable[Finding]], ...]] = (
    _manufacturing_date,
    _material_sum,
    _health_never_rises,
    _cycles_never_fall,
    _end_of_life_measured,
    _cobalt_certified,
    _status_follows,
)
