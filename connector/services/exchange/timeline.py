"""What happened in a negotiation or transfer, step by step, out of the audit log: messages, decisions, reasons.

Every step is an entry of the log, so it can be proved; what has not reached the counterparty yet stands in `waiting`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from connector.audit.entries import Entry
from connector.notation.problems import Unknown
from connector.ports import Reader, Store
from connector.records.exchange import NEGOTIATIONS, OUTGOING, TRANSFERS, Negotiation, Outgoing, Transfer

What = Literal["sent", "received", "decision", "event"]

_MOST: Final = 10_000
_SENT: Final = re.compile(r"(?:negotiation|transfer)\.([a-z]+)\.decided")
_DECISIONS: Final = frozenset({"negotiation.refused", "usage.refused", "agreement.retired", "agreement.reactivated"})
_ABOUT_AGREEMENT: Final = frozenset({"usage.refused", "agreement.retired", "agreement.reactivated"})
_SENTENCES: Final[Mapping[What, str]] = {
    "sent": "{by} decided to send the {word} message",
    "received": "the counterparty's message took it to {word}",
    "decision": "{by}: {word}",
    "event": "{word}",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One step. `message` is set where one was sent; `actor` is `node`, a management key's name or the counterparty."""

    sequence: int
    time: datetime
    what: What
    event: str
    actor: str
    state: str
    message: str
    code: str
    reasons: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A process, what led to its state, and the messages that its counterparty has not acknowledged."""

    record: Negotiation | Transfer
    steps: Sequence[Happening]
    waiting: Sequence[Outgoing] = field(default_factory=tuple)


async def negotiation_timeline(store: Store, own_pid: str) -> Timeline:
    """Raises Unknown `negotiation/unknown`."""
    return await store.read(lambda reader: _timeline(reader, reader.get(NEGOTIATIONS, own_pid), "negotiation", own_pid))


async def transfer_timeline(store: Store, own_pid: str) -> Timeline:
    """With the refused requests on its data, and what became of its agreement. Raises Unknown `transfer/unknown`."""
    return await store.read(lambda reader: _timeline(reader, reader.get(TRANSFERS, own_pid), "transfer", own_pid))


def _timeline(reader: Reader, record: Negotiation | Transfer | None, noun: str, own_pid: str) -> Timeline:
    if record is None:
        raise Unknown(f"{noun}/unknown", f"there is no {noun} {own_pid!r}")
    entries = reader.audit_entries(subject=own_pid, limit=_MOST)
    if isinstance(record, Transfer):
        about = reader.audit_entries(subject=record.agreement_id, limit=_MOST)
        entries = sorted([*entries, *filter(_concerns(own_pid), about)], key=lambda entry: entry.sequence)
    waiting = reader.find(OUTGOING, {"process_id": own_pid}, order="created_at")
    return Timeline(record, [_happening(entry, record.counterparty) for entry in entries], waiting)


def _concerns(transfer_id: str) -> Callable[[Entry], bool]:
    return lambda entry: entry.event in _ABOUT_AGREEMENT and entry.detail.get("transfer", transfer_id) == transfer_id


def _happening(entry: Entry, counterparty: str) -> Happening:
    sent = _SENT.fullmatch(entry.event)
    what: What = "event"
    if sent is not None:
        what = "sent"
    elif entry.event in _DECISIONS:
        what = "decision"
    elif entry.actor == counterparty:
        what = "received"
    detail = entry.detail
    reasons = tuple(str(reason) for reason in _listed(detail.get("reasons", detail.get("reason"))))
    return Happening(
        sequence=entry.sequence,
        time=datetime.fromisoformat(entry.time),
        what=what,
        event=entry.event,
        actor=entry.actor,
        state=str(detail.get("state", "")),
        message=sent.group(1) if sent else "",
        code=str(detail.get("code", "")),
        reasons=reasons,
        sentence=_sentence(what, entry, sent.group(1) if sent else "", reasons),
    )


def _sentence(what: What, entry: Entry, message: str, reasons: Sequence[str]) -> str:
    by = "the node" if entry.actor == "node" else entry.actor
    words = {"sent": message, "received": str(entry.detail.get("state", entry.event))}
    said = _SENTENCES[what].format(by=by, word=words.get(what, entry.event.replace(".", " ").replace("-", " ")))
    return f"{said}: {'; '.join(reasons)}" if reasons else said


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
