"""Two nodes' logs about one agreement, side by side: what one has and the other has not, or has otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connector.audit.entries import Entry
from connector.notation.findings import Finding

AGREEMENT = "agreementId"
MATCHED_BY = ("messageId", "pullId")
"""Members of `detail` that both ends know an exchange by; an entry with none of them is a node's own matter."""
MUST_AGREE = ("digest", "agreementDigest", "messageType", "state", "outcome", "reason")
"""Members of `detail` that both ends must state alike, where both state them."""

Key = tuple[str, str]


def compare(
    entries_a: Iterable[Entry], entries_b: Iterable[Entry], *, agreement_id: str, names: tuple[str, str] = ("a", "b")
) -> list[Finding]:
    """The differences between two logs (each found whole before) about `agreement_id`.

    An entry is about it where its `subject` or `detail.agreementId` says so. Exchanges are matched by
    `detail.messageId` or `detail.pullId`. Codes: `audit/one-sided`, `audit/disagree`, `audit/nothing` (neither log
    knows the agreement). A pointer is `/<messageId or pullId>/<id>[/<member>]`;
    `wanted` is what `a` has, `found` what `b` has.
    """
    logs = [_about(entries, agreement_id) for entries in (entries_a, entries_b)]
    if not any(logs):
        return [Finding("audit/nothing", f"neither log knows the agreement {agreement_id}", severity="warning")]
    ours, theirs = (_exchanges(log) for log in logs)
    findings: list[Finding] = []
    for key in dict.fromkeys((*ours, *theirs)):
        if key in ours and key in theirs:
            findings += _disagreements(key, ours[key], theirs[key], names)
        else:
            has, lacks = names if key in ours else (names[1], names[0])
            findings.append(_one_sided(key, ours.get(key) or theirs[key], has, lacks))
    return findings


def _about(entries: Iterable[Entry], agreement_id: str) -> list[Entry]:
    return [one for one in entries if agreement_id in (one.subject, one.detail.get(AGREEMENT))]


def _exchanges(log: Iterable[Entry]) -> dict[Key, dict[str, Any]]:
    """What a log states about each exchange: the members of all entries about it, a later one wins."""
    exchanges: dict[Key, dict[str, Any]] = {}
    for one in log:
        for key in _keys(one.detail):
            stated = {member: one.detail[member] for member in MUST_AGREE if member in one.detail}
            exchanges.setdefault(key, {"sequence": one.sequence, "event": one.event}).update(stated)
    return exchanges


def _keys(detail: Mapping[str, Any]) -> Iterator[Key]:
    for member in MATCHED_BY:
        if isinstance(detail.get(member), str):
            yield member, detail[member]


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
