"""What ends soon: contracts, credentials, footprints, certificates, open routes; and what renews each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from connector.odrl.instants import spelled
from connector.odrl.terms import ends_of
from connector.ports import Clock, Reader, Store
from connector.records.exchange import AGREEMENTS
from connector.records.export import EXPORT_APPROVALS
from connector.records.footprints import FOOTPRINT_REQUESTS, STORED_FOOTPRINTS
from connector.records.identity import HELD_CREDENTIALS, ISSUED_CREDENTIALS
from connector.services.usage.usage import Policies

Kind = Literal["contract", "credential", "issued-credential", "footprint", "certificate", "export-route"]
WARNINGS: Final = (30, 60, 90)
"""Days before an end at which one is warned."""
_ALL: Final = 1_000_000
_LONGEST_LINE: Final = 70


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing that ends; `renew` is the command that renews it, or what to do where no command can."""

    kind: Kind
    id: str
    name: str
    ends_at: datetime
    days_left: int
    renew: str
    partner: str = ""

    @property
    def level(self) -> int:
        """The smallest of WARNINGS that it falls within; 0 where it has ended, -1 where it is further away."""
        if self.days_left < 0:
            return 0
        return next((days for days in WARNINGS if self.days_left < days), -1)


class Expiries:
    """Looks through the books of this node; `certificates` gives each TLS certificate's file and end."""

    def __init__(
        self,
        *,
        store: Store,
        policies: Policies,
        clock: Clock,
        certificates: Callable[[], Iterable[tuple[str, datetime]]] = tuple,
    ) -> None:
        self._store = store
        self._policies = policies
        self._clock = clock
        self._certificates = certificates

    async def within(self, days: int = WARNINGS[-1], kinds: Sequence[str] = ()) -> list[Ending]:
        """What ends within so many days, or ended in the last of them and is still here; the soonest first."""
        now = self._clock.now()
        found = await self._store.read(lambda reader: [*self._in_books(reader, now)])
        found += [
            _ending("certificate", file, file, end, now, "put a new certificate there and restart the node")
            for file, end in self._certificates()
        ]
        near = [each for each in found if -WARNINGS[0] <= each.days_left < days and (not kinds or each.kind in kinds)]
        return sorted(near, key=lambda each: (each.ends_at, each.kind, each.id))

    def _in_books(self, reader: Reader, now: datetime) -> Iterator[Ending]:
        yield from self._contracts(reader, now)
        for held in reader.find(HELD_CREDENTIALS, limit=_ALL):
            command = f"ask the issuer: ionport issuer issue (there), by {held.issuer}"
            yield _ending("credential", held.id, held.type, held.expires_at, now, command, held.issuer)
        for issued in reader.find(ISSUED_CREDENTIALS, limit=_ALL):
            if issued.revoked_at is None:
                command = f"ionport issuer issue {issued.holder}"
                yield _ending(
                    "issued-credential", issued.id, issued.type, issued.expires_at, now, command, issued.holder
                )
        for route in reader.find(EXPORT_APPROVALS, limit=_ALL):
            if route.valid_until is not None:
                command = f"ionport export approve {route.route} --rule-set {route.rule_set} --reference NEW"
                yield _ending("export-route", route.id, route.reference, route.valid_until, now, command)
        yield from _footprints(reader, now)

    def _contracts(self, reader: Reader, now: datetime) -> Iterator[Ending]:
        for record in reader.find(AGREEMENTS, limit=_ALL):
            end = None
            if record.ended_at is None:
                policy = self._policies.policy(record.policy)
                end = ends_of(policy, record.signed_at, self._policies.profile).usage
            if end is not None:
                is_ours = record.role == "consumer"
                partner = record.provider if is_ours else record.consumer
                command = f"ionport agreement renew {record.id}" if is_ours else "the consumer asks for a new one"
                yield _ending("contract", record.id, record.dataset_id, end, now, command, partner)


def _footprints(reader: Reader, now: datetime) -> Iterator[Ending]:
    for own in reader.find(STORED_FOOTPRINTS, limit=_ALL):
        end = _validity(own.document)
        if end is not None:
            yield _ending("footprint", own.id, own.id, end, now, f"ionport pcf own {own.id} FILE")
    for asked in reader.find(FOOTPRINT_REQUESTS, {"direction": "outgoing"}, limit=_ALL):
        end = _validity(asked.document or {})
        if end is not None:
            part = asked.manufacturer_part_id or asked.customer_part_id
            command = f"ionport pcf ask {asked.counterparty} --part {part}"
            yield _ending("footprint", asked.id, part, end, now, command, asked.counterparty)


def _validity(document: Mapping[str, Any]) -> datetime | None:
    """When a footprint's validity ends, in whichever version of the model it is written."""
    inner = document.get("pcf") if isinstance(document.get("pcf"), Mapping) else {}
    for place in (document, inner or {}):
        value = place.get("validityPeriodEnd")
        if isinstance(value, str):
            return _moment(value)
    return None


def _moment(text: str) -> datetime | None:
    """A time with zone; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _ending(kind: Kind, item_id: str, name: str, end: datetime, now: datetime, renew: str, partner: str = "") -> Ending:
    return Ending(kind, item_id, name, end, (end - now) // timedelta(days=1), renew, partner)


def calendar(endings: Sequence[Ending], node: str, now: datetime) -> str:
    """The same as iCalendar (RFC 5545): an event at each end, an alarm 90, 60 and 30 days before."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Ionport//{_text(node)}//EN", "CALSCALE:GREGORIAN"]
    for each in endings:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(each.kind)}-{_text(each.id)}@{_text(node)}",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART:{_stamp(each.ends_at)}",
            f"SUMMARY:{_text(f'{each.kind} {each.name} ends')}",
            f"DESCRIPTION:{_text(f'{each.partner} Renew: {each.renew}'.strip())}",
        ]
        for days in WARNINGS:
            alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{days}D", "DESCRIPTION:ends", "END:VALARM")
            lines += alarm
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _stamp(moment: datetime) -> str:
    return spelled(moment)[:19].replace("-", "").replace(":", "") + "Z"


def _text(text: str) -> str:
    """Escaped as TEXT (RFC 5545, 3.3.11)."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n"), ("\r", "")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> Iterator[str]:
    """A content line in pieces of at most 75 octets (3.1); letters stay whole."""
    piece, begins = "", ""
    for letter in line:
        if len((begins + piece + letter).encode()) > _LONGEST_LINE:
            yield begins + piece
            piece, begins = "", " "
        piece += letter
    yield begins + piece
