"""Points in time as JWTs (NumericDate) and credentials (ISO 8601) write them, and whether now lies between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.notation.problems import Problem, Unauthenticated

LEEWAY = timedelta(seconds=5)
"""How far two clocks may be apart."""

_STARTS = ("issuanceDate", "validFrom")
_ENDS = ("expirationDate", "validUntil")

_END_OF_TIME = 253_402_300_800
"""The first second of the year 10000, which datetime cannot hold."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The reason codes of one kind of document; `name` is what the sentences call it."""

    name: str
    expired: str
    not_yet: str
    issued_later: str
    malformed: str


def seconds(moment: datetime) -> int:
    """`moment` as NumericDate (RFC 7519, 2), whole seconds, rounded down."""
    return int(moment.timestamp() // 1)


def iso(moment: datetime) -> str:
    """`moment` in UTC with whole seconds, as credentials write it: `2026-11-21T06:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def numeric_date(claims: Mapping[str, Any], name: str, codes: Codes) -> datetime | None:
    """The claim `name` as a moment; None where it is absent. Raises Unauthenticated where it is no NumericDate."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < _END_OF_TIME:
        raise Unauthenticated(
            codes.malformed, f"the claim {name} of the {codes.name} is not a date in seconds: {value!r:.60}"
        )
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(value * 1_000_000))


def read_iso(text: Any, where: str, codes: Codes) -> datetime | None:
    """An ISO 8601 date-time with zone; None where absent. `where` names the member in the sentence of the refusal."""
    if text is None:
        return None
    if isinstance(text, str) and text.isascii() and len(text) <= 64:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise Unauthenticated(codes.malformed, f"{where} of the {codes.name} is not a date-time with a zone: {text!r:.60}")


def period(
    claims: Mapping[str, Any], document: Mapping[str, Any], codes: Codes
) -> tuple[datetime | None, datetime | None]:
    """The narrower of the periods that a JWT (`nbf` or else `iat`, `exp`) and the credential in it state."""
    starts = [numeric_date(claims, "nbf", codes), *(read_iso(document.get(name), name, codes) for name in _STARTS)]
    ends = [numeric_date(claims, "exp", codes), *(read_iso(document.get(name), name, codes) for name in _ENDS)]
    issued = numeric_date(claims, "iat", codes)
    start = max((moment for moment in starts if moment is not None), default=issued)
    return start, min((moment for moment in ends if moment is not None), default=None)


def check_window(
    codes: Codes,
    *,
    starts: datetime | None,
    ends: datetime | None,
    issued: datetime | None,
    now: datetime,
    leeway: timedelta = LEEWAY,
    kind: type[Problem] = Unauthenticated,
) -> None:
    """Raise `kind` where `now` lies, by more than `leeway`, before `starts`, before `issued` or after `ends`."""
    if ends is not None and now >= ends + leeway:
        raise kind(codes.expired, f"the {codes.name} expired at {iso(ends)}; ask for a new one")
    if starts is not None and now + leeway < starts:
        raise kind(codes.not_yet, f"the {codes.name} is not valid before {iso(starts)}, now it is {iso(now)}")
    if issued is not None and now + leeway < issued:
        raise kind(codes.issued_later, f"the {codes.name} says it was issued at {iso(issued)}, now it is {iso(now)}")
