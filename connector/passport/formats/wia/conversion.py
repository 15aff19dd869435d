"""From a WIA record to a payload of BatteryPass 4.0.0 and back, each with what was lost, assumed or converted.

The payload is what the record says, not a whole passport: BatteryPass demands much that WIA does not know, and nothing
is made up. Findings: `wia/lost`, `wia/assumed`, `wia/converted`, `wia/person`, `wia/no-unit`, `wia/missing`, with the
pointer of the source and, as `wanted`, the target.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import Any, Final

from connector.notation.findings import Finding, Severity
from connector.passport.formats.wia.lifecycle import last_moment
from connector.passport.formats.wia.mapping import (
    APPLICATIONS,
    BACK,
    CAS,
    MATERIAL_ROWS,
    PEOPLE,
    ROWS,
    STATUSES,
    UNIT_OF,
    UNITS,
    Row,
    why_lost,
)
from connector.passport.formats.wia.members import Record, day, number, object_at, rows
from connector.passport.formats.wia.places import leaves, read, write

LISTS: Final = frozenset({"additionalCode", "localIdentifier", "lifespan"})
_REQUIRED: Final = (
    "passportId",
    "batteryId",
    "identity.manufacturer",
    "identity.model",
    "identity.serialNumber",
    "identity.manufacturingDate",
    "chemistry.type",
    "chemistry.cathode",
    "chemistry.anode",
    "chemistry.materials",
    "specifications.nominalVoltage",
    "specifications.nominalCapacity",
)
_SEVERITIES: Final[Mapping[str, Severity]] = {
    "lost": "warning",
    "assumed": "warning",
    "converted": "info",
    "person": "warning",
    "no-unit": "error",
    "missing": "error",
}


@dataclass(slots=True)
class Converted:
    """`document` is the other side's form; `findings` say what of it is not what stood in the source."""

    document: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def tell(self, kind: str, message: str, pointer: str, *, target: str = "", found: Any = None) -> None:
        """Add a finding `wia/<kind>`."""
        self.findings.append(Finding(f"wia/{kind}", message, pointer, _SEVERITIES[kind], target or None, found))


def to_battery_pass(record: Record) -> Converted:
    """What `record` says, as a payload of BatteryPass 4.0.0, without persons."""
    out, used = Converted(), set[str]()
    for row in ROWS:
        value = read(record, row.source)
        if value is None or isinstance(value, dict | list):
            continue
        used.add(row.source)
        converted = _TO[row.way](value, row, record, out)
        if converted is not None:
            write(out.document, row.target, converted, lists=LISTS)
            if row.note:
                out.tell("assumed", row.note, _pointer(row.source), target=row.target, found=value)
    used |= _materials(record, out)
    _account(record, used | set(UNIT_OF.values()), out)
    return out


def without_people(record: Record) -> Converted:
    """A copy of `record` in which each person is a digest: what may be kept of a record that came in."""
    out = Converted(_copy(record))
    for path in PEOPLE:
        _digest_people(out.document, path.split("."), "", out)
    return out


def _digest_people(node: Any, path: list[str], pointer: str, out: Converted) -> None:
    name, each = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(node, dict) or name not in node:
        return
    if each:
        for at, row in enumerate(node[name] if isinstance(node[name], list) else ()):
            _digest_people(row, path[1:], f"{pointer}/{name}/{at}", out)
    elif len(path) > 1:
        _digest_people(node[name], path[1:], f"{pointer}/{name}", out)
    elif node[name] is not None:
        digest = hashlib.sha256(str(node[name]).encode("utf-8", "replace")).hexdigest()[:16]
        node[name] = f"person:{digest}"
        out.tell("person", f"{name} may name a person: a digest is kept", f"{pointer}/{name}")


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    return [_copy(member) for member in value] if isinstance(value, list) else value


def _account(record: Record, used: set[str], out: Converted) -> None:
    """Tell of every member that no row took."""
    for path, pointer in leaves(record):
        if path in used:
            continue
        if path in PEOPLE:
            out.tell("person", "persons are not part of a passport: left out", pointer)
        else:
            reason = why_lost(path) or "the format does not describe this member"
            out.tell("lost", reason, pointer)


def _materials(record: Record, out: Converted) -> set[str]:
    """Rows of `chemicalMaterial.otherMaterials` of the rows of materials; the paths that they take."""
    listed = rows(object_at(record, "chemistry").get("materials"))
    made = [_material(row, f"/chemistry/materials/{at}", out) for at, row in listed]
    if made:
        out.document.setdefault("chemicalMaterial", {})["otherMaterials"] = {"left": made}
    return {f"chemistry.materials[].{name}" for name in MATERIAL_ROWS} if made else set()


def _material(row: Record, pointer: str, out: Converted) -> dict[str, Any]:
    made: dict[str, Any] = {"substanceUnit": "unit:percent"}
    name, symbol, share = row.get("name"), row.get("symbol"), number(row.get("percentage"))
    if isinstance(name, str):
        made["substanceName"] = {"chemicalName": name, "type": "IUPAC"}
    if isinstance(symbol, str) and symbol in CAS:
        made["substanceIdentification"] = [{"materialid": CAS[symbol], "type": "CAS"}]
        out.tell("converted", f"{symbol} has CAS number {CAS[symbol]}", f"{pointer}/symbol", found=symbol)
    elif symbol is not None:
        out.tell("lost", "no CAS number is known for this symbol", f"{pointer}/symbol", found=symbol)
    if share is not None:
        made["concentration"] = {"right": {"value": share}}
        note = "the record does not say of what whole the percentage is: taken as by weight of the battery"
        out.tell("assumed", note, f"{pointer}/percentage", found=share)
    return made


# -- conversions: (value, row, record, out) -> the other side's value, None where there is none ------------------


def _same(value: Any, row: Row, _: Record, out: Converted) -> Any:
    if isinstance(value, str) and value:
        return value
    out.tell("lost", "a text is wanted", _pointer(row.source), found=value)
    return None


def _amount(value: Any, row: Row, record: Record, out: Converted) -> Any:
    amount, unit_path = number(value), UNIT_OF.get(row.source, "")
    if amount is None:
        out.tell("lost", "a number is wanted", _pointer(row.source), found=value)
        return None
    unit = read(record, unit_path) if unit_path else None
    if unit is None:
        return value
    factor = UNITS[unit_path].get(unit) if isinstance(unit, str) else None
    if factor is None:
        out.tell("no-unit", f"{unit} is no unit for it", _pointer(unit_path), target=row.target, found=unit)
        return None
    if factor != "1":
        out.tell("converted", f"{unit} times {factor}", _pointer(row.source), target=row.target, found=value)
        return amount * Decimal(factor)
    return value


def _day(value: Any, row: Row, _: Record, out: Converted) -> Any:
    found = day(value)
    if found is None:
        out.tell("lost", "a date is wanted", _pointer(row.source), found=value)
        return None
    if found.isoformat() != value:
        out.tell("converted", "the day of a time, in UTC", _pointer(row.source), target=row.target, found=value)
    return found.isoformat()


def _status(value: Any, row: Row, _: Record, out: Converted) -> Any:
    return _by_table(value, STATUSES, row, out)


def _category(value: Any, row: Row, _: Record, out: Converted) -> Any:
    return _by_table(value, APPLICATIONS, row, out)


def _by_table(value: Any, table: Mapping[str, str], row: Row, out: Converted) -> Any:
    found = table.get(value) if isinstance(value, str) else None
    kind, message = ("converted", f"{value} is {found}") if found else ("lost", f"{value} has no like")
    out.tell(kind, message, _pointer(row.source), target=row.target, found=value)
    return found


def _dated(value: Any, row: Row, record: Record, out: Converted) -> Any:
    amount, time = _amount(value, row, record, out), last_moment(record)
    if amount is None:
        return None
    if time is None:
        out.tell("lost", "the record says no time at which the value held", _pointer(row.source), found=value)
        return None
    out.tell("assumed", "holds at the latest time of the record", _pointer(row.source), target=row.target)
    return {"value": amount, "time": time.astimezone(UTC).isoformat().replace("+00:00", "Z")}


def _fade(value: Any, row: Row, record: Record, out: Converted) -> Any:
    dated = _dated(value, row, record, out)
    if dated is None:
        return None
    out.tell("converted", "the fade is what health lacks to 100 %", _pointer(row.source), target=row.target)
    return dated | {"value": 100 - Decimal(str(dated["value"]))}


_TO: Final[Mapping[str, Callable[[Any, Row, Record, Converted], Any]]] = {
    "same": _same,
    "amount": _amount,
    "day": _day,
    "midnight": _day,
    "country": _same,
    "status": _status,
    "category": _category,
    "dated": _dated,
    "fade": _fade,
}


# -- the way back ----------------------------------------------------------------------------------------------


def from_battery_pass(payload: Record) -> Converted:
    """What a payload of BatteryPass 4.0.0 says, as a WIA record; what WIA demands and the payload lacks is told."""
    out, used = Converted({"version": "1.0.0"}), set[str]()
    for row in ROWS:
        value = read(payload, row.target)
        if value is None or read(out.document, row.source) is not None:
            used |= _paths(row) if value is not None else set()
            continue
        used |= _paths(row)
        converted = _FROM[row.way](value, payload)
        if converted is not None:
            write(out.document, row.source, converted, lists=frozenset())
    used |= _materials_back(payload, out)
    _tell_back(payload, used, out)
    return out


def _paths(row: Row) -> set[str]:
    """The leaf paths of the payload that a row takes, without the conditions on list members."""
    bare = "".join(
        part if not part.startswith("[") else ("[]" if listed else "") for part, listed in _split(row.target)
    )
    found = {bare, f"{bare}.value", f"{bare}.time"}
    for name in ("key", "unit", "technicalKey"):
        if f"[{name}=" in row.target or f"&{name}=" in row.target:
            found.add(bare.rpartition(".")[0] + f".{name}")
    return found


def _split(target: str) -> list[tuple[str, bool]]:
    """Parts of a target; a condition stands apart, with whether it picks from a list."""
    parts: list[tuple[str, bool]] = []
    for piece in target.replace("]", "[").split("["):
        if "=" in piece or piece.isdigit():
            name = parts[-1][0].rpartition(".")[2]
            parts.append((f"[{piece}]", piece.isdigit() or name in LISTS))
        else:
            parts.append((piece, False))
    return parts


def _materials_back(payload: Record, out: Converted) -> set[str]:
    left = object_at(payload, "chemicalMaterial", "otherMaterials").get("left")
    made = []
    symbols = {cas: symbol for symbol, cas in CAS.items()}
    for _, row in rows(left):
        share = number(object_at(row, "concentration", "right").get("value"))
        name = object_at(row, "substanceName").get("chemicalName")
        ids = [one.get("materialid") for _, one in rows(row.get("substanceIdentification"))]
        symbol = next((symbols[one] for one in ids if isinstance(one, str) and one in symbols), None)
        members = {"name": name, "symbol": symbol, "percentage": share}
        made.append({member: value for member, value in members.items() if value is not None})
    if made:
        out.document.setdefault("chemistry", {})["materials"] = made
    base = "chemicalMaterial.otherMaterials.left[]"
    taken = (
        "substanceName.chemicalName",
        "substanceName.type",
        "substanceIdentification[].materialid",
        "substanceIdentification[].type",
        "concentration.right.value",
        "substanceUnit",
    )
    return {f"{base}.{name}" for name in taken} if made else set()


def _tell_back(payload: Record, used: set[str], out: Converted) -> None:
    for path, pointer in leaves(payload):
        if path not in used:
            out.tell("lost", "WIA 1.0.0 has no such member", pointer)
    if out.document.get("lifecycle", {}).get("status") in ("in_use", "manufactured"):
        message = "an original battery is in use where it was put into service, else manufactured"
        out.tell("assumed", message, "/circularity/status", target="lifecycle.status")
    for path in _REQUIRED:
        if read(out.document, path) is None:
            out.tell("missing", f"WIA 1.0.0 demands {path}, the passport does not say it", "", target=path)


def _as_is(value: Any, _: Record) -> Any:
    return value


def _midnight(value: Any, _: Record) -> Any:
    return f"{value}T00:00:00Z" if isinstance(value, str) and day(value) else None


def _status_back(value: Any, payload: Record) -> Any:
    if value == "original":
        return "in_use" if object_at(payload, "generalInformation").get("intoServiceDate") else "manufactured"
    return BACK.get(value) if isinstance(value, str) else None


def _category_back(value: Any, _: Record) -> Any:
    return next((word for word, category in APPLICATIONS.items() if category == value), None)


def _value_of(value: Any, _: Record) -> Any:
    return number(value.get("value")) if isinstance(value, dict) else None


def _health_of(value: Any, payload: Record) -> Any:
    fade = _value_of(value, payload)
    return None if fade is None else 100 - fade


_FROM: Final[Mapping[str, Callable[[Any, Record], Any]]] = {
    "same": _as_is,
    "amount": _as_is,
    "day": _as_is,
    "midnight": _midnight,
    "country": lambda value, _: value.partition("-")[0] if isinstance(value, str) else None,
    "status": _status_back,
    "category": _category_back,
    "dated": _value_of,
    "fade": _health_of,
}


def _pointer(path: str) -> str:
    return "/" + path.replace(".", "/")
