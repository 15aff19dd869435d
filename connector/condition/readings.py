"""Readings of one battery, and the signed statements in which they arrive.

A statement is a compact JWS (RFC 7515; ES256 by the caller's `verify`) whose payload is the canonical JSON of a
reading: `{"quantities": {...}, "sequence": n, "time": "...Z", "unit": "..."}` and, if given, `method`. Only the
canonical bytes are read, so that one reading has one statement: repeated members, other spellings and white space are
refused. The signature proves who sent it and that it is whole; it does not prove that the sensor was right.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connector.condition.quantities import QUANTITIES, Quantity
from connector.notation import exact_json, pointers
from connector.notation.findings import Finding
from connector.notation.limits import Limits
from connector.notation.problems import Conflict, Invalid, Problem, Refused, TooLarge, Unprocessable

STATEMENT_LIMIT: Final = 8192
LEEWAY: Final = timedelta(minutes=5)
FRESH_FOR: Final = timedelta(hours=24)
LAST_SEQUENCE: Final = 2**53 - 1

_LIMITS = Limits(size=STATEMENT_LIMIT, depth=3)
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?Z", re.ASCII)
_UNIT = re.compile(r"[!-~]{1,100}", re.ASCII)
_METHOD = re.compile(r"[!-~]{0,100}", re.ASCII)
_MEMBERS = frozenset({"unit", "time", "sequence", "quantities"})

# rule -> what a reading that breaks it is answered with
_ANSWERS: Final[Mapping[str, type[Problem]]] = MappingProxyType(
    {
        "condition/replayed": Conflict,
        "condition/older": Conflict,
        "condition/counter-decreased": Conflict,
        "condition/other-unit": Refused,
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one battery reported once: `time` in aware UTC, `sequence` grows by each reading, `method` names how."""

    unit_id: str
    time: datetime
    sequence: int
    quantities: Mapping[str, Decimal]
    method: str = ""


def sign_bytes(reading: Reading) -> bytes:
    """The bytes that the battery's key signs: canonical JSON, every digit of an amount kept."""
    members: dict[str, Any] = {
        "unit": reading.unit_id,
        "time": written_time(reading.time),
        "sequence": reading.sequence,
        "quantities": dict(reading.quantities),
    }
    if reading.method:
        members["method"] = reading.method
    return exact_json.canonical(members)


def written_time(time: datetime) -> str:
    """RFC 3339 in UTC with `Z`; microseconds only where there are any."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_statement(payload: bytes) -> Reading:
    """The reading in a statement's payload.

    Raises Invalid: `json/...` for no JSON, `condition/shape` for missing, foreign or wrongly typed members,
    `condition/not-canonical` for bytes that differ from `sign_bytes` of what they say.
    """
    document = exact_json.decode(payload, limits=_LIMITS)
    if not isinstance(document, dict) or not _MEMBERS <= document.keys() <= _MEMBERS | {"method"}:
        raise Invalid("condition/shape", "a reading has the members unit, time, sequence, quantities (and method)")
    reading = Reading(
        unit_id=_read_text(document["unit"], _UNIT, "/unit"),
        time=_read_time(document["time"]),
        sequence=_read_sequence(document["sequence"]),
        quantities=MappingProxyType(_read_quantities(document["quantities"])),
        method=_read_text(document.get("method", ""), _METHOD, "/method"),
    )
    if sign_bytes(reading) != payload:
        raise Invalid(
            "condition/not-canonical", "the payload is not the canonical JSON of its reading: sort keys, no white space"
        )
    return reading


def _read_text(value: Any, pattern: re.Pattern[str], pointer: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise Invalid(
            "condition/shape", f"{pointer} must be printable ASCII of at most 100 characters", pointer=pointer
        )
    return value


def _read_time(value: Any) -> datetime:
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise Invalid("condition/shape", "/time must be a UTC time such as 2027-02-18T00:00:00Z", pointer="/time")


def _read_sequence(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LAST_SEQUENCE:
        raise Invalid("condition/shape", f"/sequence must be a whole number up to {LAST_SEQUENCE}", pointer="/sequence")
    return value


def _read_quantities(value: Any) -> dict[str, Decimal]:
    if not isinstance(value, dict) or not value:
        raise Invalid(
            "condition/shape", "/quantities must be an object with at least one amount", pointer="/quantities"
        )
    for name, amount in value.items():
        if type(amount) not in (int, Decimal):
            pointer = pointers.join("/quantities", name)
            raise Invalid("condition/shape", f"{pointer} must be a number", pointer=pointer)
    return {name: Decimal(amount) for name, amount in value.items()}


def check(reading: Reading, previous: Reading | None, now: datetime) -> list[Finding]:
    """Whether `reading` can be true, alone and after `previous` (the last accepted one of the same unit).

    Errors: `condition/unknown-quantity`, `/bounds`, `/future` (beyond 5 min of leeway), `/other-unit`, `/replayed`
    (sequence not above the last one), `/older`, `/counter-decreased`. Warning: `condition/stale` (older than 24 h;
    Art. 14 with recital 46: at least daily).
    """
    findings = [finding for name, amount in reading.quantities.items() for finding in _check_amount(name, amount)]
    findings += _check_time(reading, now)
    if previous is not None:
        findings += _check_order(reading, previous)
    return findings


def _check_amount(name: str, amount: Decimal) -> list[Finding]:
    pointer = pointers.join("/quantities", name)
    quantity = QUANTITIES.get(name)
    if quantity is None:
        return [
            Finding("condition/unknown-quantity", f"no quantity {name!r} is known", pointer, wanted=list(QUANTITIES))
        ]
    if _fits(amount, quantity):
        return []
    whole = "a whole number " if quantity.is_whole else ""
    span = f"{quantity.minimum} to {quantity.maximum} {quantity.unit}"
    return [Finding("condition/bounds", f"{name} must be {whole}from {span}", pointer, wanted=span, found=amount)]


def _fits(amount: Decimal, quantity: Quantity) -> bool:
    if not amount.is_finite() or not quantity.minimum <= amount <= quantity.maximum:
        return False
    return not quantity.is_whole or amount == amount.to_integral_value()


def _check_time(reading: Reading, now: datetime) -> list[Finding]:
    found = written_time(reading.time)
    if reading.time > now + LEEWAY:
        return [Finding("condition/future", "the reading is from the future: set the clock", "/time", found=found)]
    if reading.time < now - FRESH_FOR:
        return [Finding("condition/stale", "the reading is older than 24 hours", "/time", "warning", found=found)]
    return []


def _check_order(reading: Reading, previous: Reading) -> list[Finding]:
    if reading.unit_id != previous.unit_id:
        return [Finding("condition/other-unit", "the reading is of another battery", "/unit", found=reading.unit_id)]
    findings = []
    if reading.sequence <= previous.sequence:
        message = f"sequence {reading.sequence} was used: the last reading has {previous.sequence}"
        findings.append(Finding("condition/replayed", message, "/sequence", found=reading.sequence))
    if reading.time < previous.time:
        last = written_time(previous.time)
        message = f"the reading is older than the last one ({last})"
        findings.append(Finding("condition/older", message, "/time", wanted=last, found=written_time(reading.time)))
    return findings + _check_counters(reading, previous)


def _check_counters(reading: Reading, previous: Reading) -> list[Finding]:
    return [
        Finding(
            "condition/counter-decreased",
            f"{name} fell from {last} to {reading.quantities[name]}; it can only grow",
            pointers.join("/quantities", name),
            wanted=last,
            found=reading.quantities[name],
        )
        for name, last in previous.quantities.items()
        if name in QUANTITIES and QUANTITIES[name].is_counter and name in reading.quantities
        if reading.quantities[name] < last
    ]


def accept(
    statement: str, *, verify: Callable[[str], bytes], previous: Reading | None = None, now: datetime
) -> Reading:
    """The reading in a signed `statement` (compact JWS), if signature, form and plausibility hold.

    `verify` returns the payload that the battery's key signed, or raises. Raises TooLarge `condition/size`, Refused
    `condition/signature` (also for what is no JWS), Invalid as `read_statement`, and for errors of `check` a problem
    with the code of the first and all findings: Conflict, Refused or Unprocessable.
    """
    payload = _verified(statement, verify)
    reading = read_statement(payload)
    errors = [finding for finding in check(reading, previous, now) if finding.severity == "error"]
    if errors:
        kind = _ANSWERS.get(errors[0].code, Unprocessable)
        raise kind(errors[0].code, errors[0].message, pointer=errors[0].pointer, findings=errors)
    return reading


def _verified(statement: str, verify: Callable[[str], bytes]) -> bytes:
    if len(statement) > STATEMENT_LIMIT:
        raise TooLarge("condition/size", f"a statement has at most {STATEMENT_LIMIT} characters")
    refusal = Refused("condition/signature", "the statement is not signed by a key of this battery, or was changed")
    if _COMPACT.fullmatch(statement) is None:
        raise refusal
    segments = [_decoded(segment) for segment in statement.split(".")]
    try:
        payload = verify(statement)
    except Problem:
        raise
    except Exception:  # a verifier speaks of a bad signature in its own words; any of them refuses
        raise refusal from None
    if None in segments or payload != segments[1]:
        raise refusal
    return payload


def _decoded(segment: str) -> bytes | None:
    """The bytes of a base64url segment, None where the text is not the one spelling of its bytes."""
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == segment else None
