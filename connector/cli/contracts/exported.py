"""Exported audit logs (`ionport audit export`): read, checked link by link, and told where they do not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connector.audit import chain, heads
from connector.audit.entries import Entry, read_entry
from connector.dcp import jws
from connector.notation.exact_json import decode
from connector.notation.findings import Finding
from connector.notation.limits import Limits
from connector.notation.problems import Invalid, Problem

FORMAT: Final = "ionport-audit/1"
_LIMITS: Final = Limits(size=1 << 30, depth=200)


@dataclass(frozen=True, slots=True)
class Exported:
    """A log as a file holds it; `head` and `signature` are empty where the file has none."""

    log: str
    entries: list[Entry]
    head: Mapping[str, Any]
    signature: str


def read(file: Path) -> Exported:
    """Raises Invalid (`audit/file`, `audit/entry`) with the line that is wrong."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Invalid("audit/file", f"{file} cannot be read: {error.strerror}") from None
    return parse(raw, file.name)


def parse(raw: bytes, name: str) -> Exported:
    """A log in its exported form. Raises as `read`."""
    lines = [line for line in raw.splitlines() if line.strip()]
    first = decode(lines[0], limits=_LIMITS) if lines else {}
    is_headed = isinstance(first, dict) and first.get("format") == FORMAT
    entries = [_entry(line, number) for number, line in enumerate(lines, 1) if not (is_headed and number == 1)]
    if not is_headed:
        return Exported(name, entries, {}, "")
    return Exported(str(first.get("log", name)), entries, first.get("head", {}), str(first.get("signature", "")))


def _entry(line: bytes, number: int) -> Entry:
    try:
        return read_entry(line)
    except Problem as problem:
        raise Invalid("audit/entry", f"line {number}: {problem.detail}", pointer=f"/{number}") from None


def findings(log: Exported) -> list[Finding]:
    """What is wrong with the chain, and with the head that the file carries."""
    found = chain.verify(log.entries)
    if not log.head:
        return [
            *found,
            Finding("audit/head", "the file has no head: what was cut off at its end is not seen", "", "info"),
        ]
    if jws.peek(log.signature)[1] != dict(log.head):
        found.append(Finding("audit/head-differs", "the head in the file is not the one that was signed", "/head"))
    return [*found, *heads.check(log.head, log.entries)]


def verdict(log: Exported) -> dict[str, Any]:
    """The form of `audit verify`."""
    told = findings(log)
    is_whole = not any(finding.severity == "error" for finding in told)
    root = log.head.get("root", "")
    return {
        "ok": is_whole,
        "head": {"size": len(log.entries), "root": root, "iss": log.log},
        "findings": [finding.as_dict() for finding in told],
    }
