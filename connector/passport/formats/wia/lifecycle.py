"""The life cycle of a WIA record: statuses (5.3), measurements in order (8.2), events (7.1), health (5.4), warranty.

A repair resets what BUS-002 and BUS-003 compare, and only a repair with evidence: an event `repair`, or `maintenance`
whose `maintenanceType` is one of REPAIRS, with a filled `evidence`. 5.3 has no way from maintenance to the end of life,
or from use back to storage: such moves are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from connector.notation.findings import Finding
from connector.passport.formats.wia.members import (
    Record,
    day,
    events,
    is_filled,
    moment,
    number,
    number_at,
    object_at,
    text_at,
)
from connector.passport.formats.wia.rules import finding

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
ENDED: Final = frozenset({"end_of_life", "recycled"})

# event type -> what it needs: (what 7.1 calls it, members any of which hold it)
EVENTS: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = MappingProxyType(
    {
        "manufacturing_complete": (("location", ("location",)), ("QA status", ("qaStatus", "qualityStatus", "result"))),
        "quality_inspection": (
            ("inspector", ("inspector",)),
            ("result", ("result",)),
            ("metrics", ("metrics",)),
        ),
        "installation": (("application type", ("application", "applicationType")), ("installer", ("installer",))),
        "soh_measurement": (
            ("SoH", ("stateOfHealth",)),
            ("cycle count", ("cycleCount",)),
            ("capacity", ("capacity",)),
        ),
        "maintenance": (
            ("type", ("maintenanceType",)),
            ("technician", ("technician",)),
            ("findings", ("findings",)),
        ),
        "relocation": (
            ("from", ("from",)),
            ("to", ("to",)),
            ("transport mode", ("transportMode", "mode")),
        ),
        "second_life_conversion": (
            ("new application", ("newApplication", "application")),
            ("modifications", ("modifications",)),
        ),
        "end_of_life_declaration": (
            ("reason", ("reason",)),
            ("final SoH", ("finalSoH", "finalStateOfHealth", "stateOfHealth")),
        ),
        "recycling_complete": (
            ("recovery %", ("recoveryPercentage", "materialRecovery", "recovery", "recoveryRate")),
            ("materials", ("materials", "recoveredMaterials")),
        ),
        "repair": (("evidence", ("evidence",)),),
    }
)
"""The nine of 7.1; `repair` is ours, since the format has no event that may reset a measurement."""
REPAIRS: Final = frozenset(
    {"repair", "cell_replacement", "module_replacement", "bms_replacement", "remanufacturing", "recalibration"}
)
SOH_WARNING: Final = 80
SOH_END: Final = 70
SOH_TOLERANCE: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class _Measured:
    """A value at its place; `time` is None for the one that the life cycle itself states, which is the last."""

    pointer: str
    value: Decimal
    time: datetime | None


def may_follow(status: str, next_status: str) -> bool:
    """Whether 5.3 leads from `status` to `next_status`; staying is no move, unknown ones lead nowhere."""
    return next_status in TRANSITIONS.get(status, frozenset())


def health_never_rises(record: Record, previous: Record | None) -> Iterable[Finding]:
    """BUS-002, within the record and after the previous one."""
    yield from _ordered(record, previous, "stateOfHealth", "BUS-002", lambda before, after: after <= before)


def cycles_never_fall(record: Record, previous: Record | None) -> Iterable[Finding]:
    """BUS-003, within the record and after the previous one."""
    yield from _ordered(record, previous, "cycleCount", "BUS-003", lambda before, after: after >= before)


def _ordered(
    record: Record, previous: Record | None, member: str, rule: str, holds: Callable[[Decimal, Decimal], bool]
) -> Iterable[Finding]:
    series, repairs = _measurements(record, member), _repairs(record)
    for before, after in pairwise(series):
        if not holds(before.value, after.value) and not _is_reset(repairs, before.time, after.time):
            message = f"{member} went from {before.value} to {after.value}"
            yield finding(rule, message, after.pointer, wanted=before.value, found=after.value)
    earlier = _measurements(previous, member) if previous and is_same_battery(record, previous) else []
    if earlier and series and series[-1].time is None:
        yield from _after_previous(earlier[-1], series[-1], _new_repairs(repairs, previous), member, rule, holds)


def _after_previous(
    before: _Measured,
    after: _Measured,
    repairs: list[datetime],
    member: str,
    rule: str,
    holds: Callable[[Decimal, Decimal], bool],
) -> Iterable[Finding]:
    if not holds(before.value, after.value) and not repairs:
        message = f"{member} went from {before.value} in the record before to {after.value}"
        yield finding(rule, message, after.pointer, wanted=before.value, found=after.value)


def _measurements(record: Record | None, member: str) -> list[_Measured]:
    """`member` in the dated events, oldest first, and last in the life cycle itself."""
    dated = sorted(
        (time, at, value)
        for at, event in events(record)
        if (time := moment(event.get("timestamp"))) is not None and (value := number(event.get(member))) is not None
    )
    series = [_Measured(f"/lifecycle/events/{at}/{member}", value, time) for time, at, value in dated]
    current = number_at(record, "lifecycle", member)
    return series if current is None else [*series, _Measured(f"/lifecycle/{member}", current, None)]


def _repairs(record: Record | None) -> list[datetime]:
    """When repairs with evidence were made."""
    return [
        time
        for _, event in events(record)
        if (kind := text_at(event, "type")) == "repair"
        or (kind == "maintenance" and text_at(event, "maintenanceType") in REPAIRS)
        if is_filled(event.get("evidence")) and (time := moment(event.get("timestamp"))) is not None
    ]


def _is_reset(repairs: list[datetime], before: datetime | None, after: datetime | None) -> bool:
    return any((before is None or before <= time) and (after is None or time <= after) for time in repairs)


def _new_repairs(repairs: list[datetime], previous: Record | None) -> list[datetime]:
    known = set(_repairs(previous))
    return [time for time in repairs if time not in known]


def is_same_battery(record: Record, previous: Record | None) -> bool:
    """Whether both records are of one battery."""
    return previous is not None and previous.get("batteryId") == record.get("batteryId")


def status_follows(record: Record, previous: Record | None) -> Iterable[Finding]:
    """LIFE against the previous record; PREVIOUS where that is of another battery."""
    if previous is None:
        return
    if not is_same_battery(record, previous):
        message = f"the record before is of {previous.get('batteryId')!r}"
        yield finding("PREVIOUS", message, "/batteryId", found=record.get("batteryId"))
        return
    before, after = text_at(previous, "lifecycle", "status"), text_at(record, "lifecycle", "status")
    if not before or before == after or after not in TRANSITIONS or may_follow(before, after):
        return
    wanted = sorted(TRANSITIONS.get(before, frozenset()))
    yield finding("LIFE", f"no way leads from {before} to {after}", "/lifecycle/status", wanted=wanted, found=after)


def end_of_life_measured(record: Record) -> Iterable[Finding]:
    """BUS-004: a soh_measurement stands before each declaration, and behind a status that has ended."""
    measured = [
        time
        for _, event in events(record)
        if event.get("type") == "soh_measurement" and number(event.get("stateOfHealth")) is not None
        if (time := moment(event.get("timestamp"))) is not None
    ]
    declared = [(at, event) for at, event in events(record) if event.get("type") == "end_of_life_declaration"]
    for at, event in declared:
        time = moment(event.get("timestamp"))
        if not any(time is None or earlier <= time for earlier in measured):
            message = "the end of life is declared without a state of health measured before"
            yield finding("BUS-004", message, f"/lifecycle/events/{at}")
    status = text_at(record, "lifecycle", "status")
    if not declared and status in ENDED and not measured:
        yield finding("BUS-004", f"status {status} needs a soh_measurement event", "/lifecycle/status", found=status)


def events_complete(record: Record) -> Iterable[Finding]:
    """EVT: each event has what 7.1 asks of its type; a type that 7.1 does not know is a warning."""
    for at, event in events(record):
        kind, pointer = event.get("type"), f"/lifecycle/events/{at}"
        if not isinstance(kind, str):
            continue
        if kind not in EVENTS:
            message = f"{kind} is no event of 7.1"
            yield finding("EVT", message, f"{pointer}/type", severity="warning", wanted=sorted(EVENTS), found=kind)
        for what, names in EVENTS.get(kind, ()):
            if not any(is_filled(event.get(name)) for name in names):
                yield finding("EVT", f"{kind} needs {what} ({' or '.join(names)})", f"{pointer}/{names[0]}")


def health_levels(record: Record) -> Iterable[Finding]:
    """SOH: below 80 warns, below 70 is the end of life; a measured value is current by original capacity."""
    current = number_at(record, "lifecycle", "stateOfHealth")
    if current is not None and 0 <= current < SOH_WARNING:
        end = current < SOH_END
        message = f"state of health {current} is below {SOH_END if end else SOH_WARNING}: " + (
            "the end-of-life threshold" if end else "the warning threshold"
        )
        yield finding("SOH", message, "/lifecycle/stateOfHealth", severity="warning", found=current)
    original = number_at(record, "specifications", "nominalCapacity")
    for at, event in events(record):
        capacity, stated = number(event.get("capacity")), number(event.get("stateOfHealth"))
        if original and capacity is not None and stated is not None:
            computed = capacity / original * 100
            if abs(computed - stated) > SOH_TOLERANCE:
                message = f"{capacity} of {original} is {computed:.4g} %, not {stated} %"
                pointer = f"/lifecycle/events/{at}/stateOfHealth"
                yield finding("SOH", message, pointer, severity="warning", wanted=round(computed, 4), found=stated)


def warranty(record: Record, today: date) -> Iterable[Finding]:
    """WARR: the end is the start and its years; a claim stands where health fell below the floor before the end."""
    info, at = object_at(record, "lifecycle", "warrantyInfo"), "/lifecycle/warrantyInfo"
    start, end, years = day(info.get("startDate")), day(info.get("endDate")), number(info.get("durationYears"))
    if start and end and end < start:
        yield finding("WARR", f"the warranty ends {end}, before it starts {start}", f"{at}/endDate", found=str(end))
    elif start and end and years is not None and years == int(years) and end != _years_on(start, int(years)):
        wanted = str(_years_on(start, int(years)))
        message = f"{years} years from {start} end {wanted}, not {end}"
        yield finding("WARR", message, f"{at}/endDate", severity="warning", wanted=wanted, found=str(end))
    floor, health = number(info.get("minSoHGuarantee")), number_at(record, "lifecycle", "stateOfHealth")
    if floor is not None and health is not None and health < floor and (end is None or today < end):
        message = f"state of health {health} is below the {floor} that are guaranteed until {end or 'ever'}: a claim"
        yield finding("WARR", message, "/lifecycle/stateOfHealth", severity="warning", wanted=floor, found=health)


def _years_on(start: date, years: int) -> date | None:
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        leap = start.month == 2 and start.day == 29 and 1 <= start.year + years <= 9999
        return date(start.year + years, 2, 28) if leap else None


def last_moment(record: Record) -> datetime | None:
    """The latest time that the record itself speaks of."""
    times = [moment(event.get("timestamp")) for _, event in events(record)]
    times += [moment(record.get("updated")), moment(record.get("created"))]
    return max((time for time in times if time is not None), default=None)


def first_use(record: Record) -> datetime | None:
    """When use began: the installation, else the day of manufacture."""
    for text in (text_at(record, "lifecycle", "installationDate"), text_at(record, "identity", "manufacturingDate")):
        if (time := moment(text)) is not None:
            return time
        if (found := day(text)) is not None:
            return datetime(found.year, found.month, found.day, tzinfo=UTC)
    return None
