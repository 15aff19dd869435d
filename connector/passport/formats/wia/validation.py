"""Validation of a WIA record: its rules as tables, its findings by rule.

A finding's code is `wia/<rule>`; its `source` names the clause and, where the format has one, its error code. Errors
are what the format forbids (REQ, ENUM, TYPE, RANGE, FORMAT, VAL, BUS, LIFE, EVT, sums of CO2, a wrong hash); warnings
what it advises or what contradicts itself (SOH, CATH, SRC, WARR, PLAUS). The format contradicts itself in places, and
this is how each is read:

* The example materials of 4.2 add up to 107 % (lithium at 7 % beside nickel, manganese and cobalt at 100 %): BUS-001
  holds, so that example is an error. The tolerance, which the format leaves open, is 0.5.
* An empty list of materials (example 3.1) adds up to 0 and breaks BUS-001; example 8.1 lacks the list: `wia/REQ`.
* VAL-004 asks for more than 0 volt, the published schema lets 0 pass: the rule wins.
* BUS-002 speaks of state of health that never rises; example 4.3 says 100.0 beside a measurement of 99.8, which is
  refused. Only a repair event with evidence resets it.
* BUS-005 counts certificates of RMI or the Fair Cobalt Alliance together with `conflictFree`; cobalt that only the
  cathode code tells of (NMC, NCA, LCO) without a material row has no certificate and breaks the rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from connector.notation import pointers
from connector.notation.findings import Finding
from connector.passport.formats.wia import footprint, integrity, lifecycle, materials, plausibility
from connector.passport.formats.wia.members import Record, text_at
from connector.passport.formats.wia.rules import RULES, finding
from connector.passport.formats.wia.schema import SCHEMA

MOST_FINDINGS = 1000
"""Of the schema, in one answer: a record of many faults is told so, not for ever."""

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


def validate(record: Any, *, today: date, previous: Record | None = None) -> list[Finding]:
    """Every rule that `record` breaks, in the order of the tables; empty for a valid one.

    `today` is the date against which VAL-005 and WARR hold (UTC); `previous` the record of the same battery that came
    before (BUS-002, BUS-003 and LIFE compare with it). Where the schema already refuses the record, the other rules
    look only at the members that have their type.
    """
    findings = _schema_findings(record)
    if isinstance(record, dict):
        findings += _rule_findings(record, today, previous)
    return findings


def _rule_findings(record: Record, today: date, previous: Record | None) -> Iterable[Finding]:
    yield from _manufacturing_date(record, today)
    yield from materials.material_sum(record)
    yield from lifecycle.health_never_rises(record, previous)
    yield from lifecycle.cycles_never_fall(record, previous)
    yield from lifecycle.end_of_life_measured(record)
    yield from materials.cobalt_certified(record)
    yield from lifecycle.status_follows(record, previous)
    yield from lifecycle.events_complete(record)
    yield from footprint.footprint_sums(record)
    yield from integrity.digital(record)
    yield from lifecycle.health_levels(record)
    yield from lifecycle.warranty(record, today)
    yield from materials.cathode(record)
    yield from materials.sources(record)
    for check in (
        plausibility.energy_density,
        plausibility.throughput,
        plausibility.time_of_use,
        plausibility.vehicle,
        plausibility.ownership,
    ):
        yield from check(record)


def _manufacturing_date(record: Record, today: date) -> Iterable[Finding]:
    """VAL-005, as far as the schema does not say it: the day is not after today."""
    text = text_at(record, "identity", "manufacturingDate")
    try:
        made = date.fromisoformat(text)
    except ValueError:
        return
    if made > today:
        message = f"the manufacturing date {made} is in the future"
        yield finding("VAL-005", message, "/identity/manufacturingDate", wanted=f"up to {today}", found=text)


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def _schema_findings(record: Any) -> list[Finding]:
    found: list[Finding] = []
    try:
        for error in _validator().iter_errors(record):
            found.append(_schema_finding(error))
            if len(found) == MOST_FINDINGS:
                break
    except ValueError as error:
        return [finding("TYPE", f"the record is no JSON document: {error}", "")]
    return found


def _schema_finding(error: Any) -> Finding:
    pointer = pointers.join("", *error.instance_path)
    kind = error.kind.name
    if kind == "required":
        missing = error.kind.as_dict()["property"]
        return finding("REQ", f"{missing} is required", pointers.join(pointer, missing))
    rule = _POINTER_RULES.get(pointer) or ("VAL-003" if _HEALTH_POINTER.fullmatch(pointer) else "")
    rule = rule or _KIND_RULES.get(kind, "FORMAT")
    return finding(rule, f"{error.message}: {RULES[rule][2]}", pointer, found=error.instance)
