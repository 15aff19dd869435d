"""Whether a log is whole: every entry there, unaltered, in order, each linked to the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connector.audit.entries import FIRST, GENESIS_HASH, Entry, digest_of
from connector.notation.findings import Finding


def verify(entries: Iterable[Entry], *, after: Entry | None = None) -> list[Finding]:
    """The faults of a log, in its order; `after` is the trusted entry before the first, None for a whole log.

    Codes: `audit/altered`, `audit/wrong-previous`, `audit/gap`, `audit/reordered`, `audit/repeated`; each names the
    sequence. What was cut off at the end only a head shows: see `heads.check`.
    """
    log = list(entries)
    findings = _order(log, FIRST if after is None else after.sequence + 1)
    before = after
    for place, one in enumerate(log):
        findings += _altered(one, place)
        findings += _unlinked(one, before, place)
        before = one
    return sorted(findings, key=lambda finding: int(finding.pointer.removeprefix("/")))


def _altered(one: Entry, place: int) -> list[Finding]:
    expected = digest_of(one)
    if expected == one.hash:
        return []
    return [
        _finding("audit/altered", place, f"entry {one.sequence} was altered after it was written", one.hash, expected)
    ]


def _unlinked(one: Entry, before: Entry | None, place: int) -> list[Finding]:
    """The link is only judged between neighbours: where one is missing or misplaced, that is the finding."""
    if one.sequence == FIRST:
        wanted = GENESIS_HASH
    elif before is not None and before.sequence + 1 == one.sequence:
        wanted = before.hash
    else:
        return []
    if one.previous_hash == wanted:
        return []
    message = f"entry {one.sequence} does not continue entry {one.sequence - 1}: its previous hash is another"
    return [_finding("audit/wrong-previous", place, message, one.previous_hash, wanted)]


def _order(log: Sequence[Entry], first: int) -> list[Finding]:
    present = {one.sequence for one in log}
    seen: set[int] = set()
    findings: list[Finding] = []
    highest = first - 1
    for place, one in enumerate(log):
        if one.sequence in seen:
            findings.append(_finding("audit/repeated", place, f"entry {one.sequence} is there twice", one.sequence))
        elif one.sequence <= highest:
            message = f"entry {one.sequence} stands after entry {highest}"
            findings.append(_finding("audit/reordered", place, message, one.sequence, highest + 1))
        elif missing := _missing(present, highest + 1, one.sequence):
            message = f"entries {missing} are missing before entry {one.sequence}"
            findings.append(_finding("audit/gap", place, message, one.sequence, highest + 1))
        seen.add(one.sequence)
        highest = max(highest, one.sequence)
    return findings


def _missing(present: set[int], start: int, end: int) -> str:
    """The sequences from `start` up to `end` that are nowhere in the log, as `3, 5-9`; empty where there are none."""
    runs: list[list[int]] = []
    known = sorted(sequence for sequence in present if start <= sequence < end)
    for edge in [*known, end]:
        if edge > start:
            runs.append([start, edge - 1])
        start = edge + 1
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def _finding(code: str, place: int, message: str, found: object, wanted: object = None) -> Finding:
    return Finding(code, message, pointer=f"/{place}", found=found, wanted=wanted)
