"""Two nodes' logs about one agreement, side by side: what one has and the other has not, or has otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.audit.entries import Entry
from connector.notation.findings import Finding

AGREEMENT = "agreementId"
MATCHED_BY = ("messageId", "pullId")
"""Members of `detail` that both ends know an exchange by; an entry with none of them is a node's own matter."""
MUST_AGREE = ("digest", "policy", "messageType", "code", "reasons", "outcome")
"""Members of `detail` that both ends must state alike, where both state them."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message or pull as the two logs have it; a side that has nothing of it is None. `time` is the earlier one."""

    key: Key
    time: str
    ours: Mapping[str, Any] | None
    theirs: Mapping[str, Any] | None


def compare(
    entries_a: Iterable[Entry], entries_b: Iterable[Entry], *, agreement_id: str, names: tuple[str, str] = ("a", "b")
) -> list[Finding]:
    """The differences between two logs (each found whole before) about `agreement_id`.

    An entry is about it where its `subject` or `detail.agreementId` says so, or where it is about a process (a
    negotiation, a transfer) of which another entry says so. Exchanges are matched by `detail.messageId` or
    `detail.pullId`. Codes: `audit/one-sided`, `audit/disagree`, `audit/nothing` (neither log knows the agreement). A
    pointer is `/<messageId or pullId>/<id>[/<member>]`; `wanted` is what `a` has, `found` what `b` has.
    """
    exchanges = story(entries_a, entries_b, agreement_id=agreement_id)
    if exchanges is None:
        return [Finding("audit/nothing", f"neither log knows the agreement {agreement_id}", severity="warning")]
    return [finding for exchange in exchanges for finding in _differences(exchange, names)]


def story(entries_a: Iterable[Entry], entries_b: Iterable[Entry], *, agreement_id: str) -> list[Exchange] | None:
    """What was exchanged under an agreement, in the order of time; None where neither log knows it."""
    logs = [about(entries, agreement_id) for entries in (entries_a, entries_b)]
    if not any(logs):
        return None
    ours, theirs = (_exchanges(log) for log in logs)
    found = []
    for key in dict.fromkeys((*ours, *theirs)):
        one, other = ours.get(key), theirs.get(key)
        found.append(Exchange(key, min(each["time"] for each in (one, other) if each), one, other))
    return sorted(found, key=lambda exchange: exchange.time)


def agreements_in(*logs: Iterable[Entry]) -> list[str]:
    """The agreements that every one of these logs knows, in the order of the first."""
    known = [list(dict.fromkeys(str(one.detail[AGREEMENT]) for one in log if AGREEMENT in one.detail)) for log in logs]
    return [each for each in known[0] if all(each in other for other in known[1:])] if known else []


def about(entries: Iterable[Entry], agreement_id: str) -> list[Entry]:
    """The entries about an agreement: its own, and all those about a process that led to it or ran under it."""
    log = list(entries)
    named = {one.subject for one in log if one.detail.get(AGREEMENT) == agreement_id and _is_process(one)}
    wanted = {agreement_id, *named}
    return [one for one in log if one.subject in wanted or one.detail.get(AGREEMENT) == agreement_id]


def _is_process(one: Entry) -> bool:
    return one.event.startswith(("negotiation.", "transfer."))


def _exchanges(log: Iterable[Entry]) -> dict[Key, dict[str, Any]]:
    """What a log states about each exchange: the members of all entries about it, a later one wins."""
    exchanges: dict[Key, dict[str, Any]] = {}
    for one in log:
        for key in _keys(one.detail):
            stated = {member: one.detail[member] for member in MUST_AGREE if member in one.detail}
            first = {"sequence": one.sequence, "event": one.event, "time": one.time}
            exchanges.setdefault(key, first).update(stated)
    return exchanges


def _keys(detail: Mapping[str, Any]) -> Iterator[Key]:
    for member in MATCHED_BY:
        if isinstance(detail.get(member), str):
            yield member, detail[member]


def _differences(exchange: Exchange, names: tuple[str, str]) -> Sequence[Finding]:
    if exchange.ours is not None and exchange.theirs is not None:
        return _disagreements(exchange.key, exchange.ours, exchange.theirs, names)
    has, lacks = names if exchange.ours is not None else (names[1], names[0])
    return [_one_sided(exchange.key, exchange.ours or exchange.theirs or {}, has, lacks)]


def _disagreements(
    key: Key, ours: Mapping[str, Any], theirs: Mapping[str, Any], names: tuple[str, str]
) -> list[Finding]:
    findings = []
    for member in MUST_AGREE:
        if member in ours and member in theirs and ours[member] != theirs[member]:
            message = (
                f"{member} of {key[0]} {key[1]}: {names[0]} (entry {ours['sequence']}) and {names[1]} "
                f"(entry {theirs['sequence']}) disagree"
            )
            pointer = f"/{key[0]}/{key[1]}/{member}"
            findings.append(Finding("audit/disagree", message, pointer, wanted=ours[member], found=theirs[member]))
    return findings


def _one_sided(key: Key, stated: Mapping[str, Any], has: str, lacks: str) -> Finding:
    message = f"{has} has {stated['event']} ({key[0]} {key[1]}, entry {stated['sequence']}), {lacks} has nothing of it"
    return Finding("audit/one-sided", message, pointer=f"/{key[0]}/{key[1]}")
