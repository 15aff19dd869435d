"""Findings as a good compiler prints them: place, what was found, what is expected, how to mend it."""

from __future__ import annotations

import difflib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

from connector.cli import screen
from connector.cli.offline.payloads import Document
from connector.notation.exact_json import encode
from connector.notation.findings import Finding
from connector.notation.places import Place, locate
from connector.notation.pointers import split

Located = tuple[Finding, Place | None]
Missing = dict[str, list[str]]
SHOWN: Final = 50
_WIDEST: Final = 110
_COLOURS: Final = {"error": "31;1", "warning": "33;1", "info": "36"}
_MENDS: Final = {
    "samm/required": "add the member {wanted} to this object",
    "samm/type": "write a JSON {wanted} here",
    "samm/either": "keep one of the members left and right and take the other away",
    "samm/pattern": "write it in the form {wanted}",
    "samm/format": "write it as {wanted}",
    "samm/unique": "take the repeated element away",
    "samm/language": "use a language tag such as en or de-AT as the name",
    "samm/length": "bring it within the length of {wanted}",
    "samm/range": "check value and unit; the bound is {wanted}",
    "json/duplicate-name": "keep one of the two members and take the other away",
    "dbp/mandatory-missing": "state it at a place that is expected, or configure it where the message names a setting",
    "dbp/data-point": "state it at {wanted}",
    "dbp/partner-number": "state the {wanted}, or configure it in [passports] or --context",
    "dbp/value": "correct the value, or leave it out where it is optional",
    "dbp/not-a-link": "give an absolute https address",
    "dbp/not-in-value-list": "use one of the words that the message lists",
    "dbp/no-zone": "write the time with Z or an offset, as 2026-11-28T12:00:00Z",
    "dbp/unit": "use a unit of the model, as unit:kilogram",
    "dbp/no-cas": "add the substance's CAS number to substanceIdentification, with the type CAS",
    "dbp/scope-open": "state the {wanted}; ionport passport scope answers for single facts",
    "dbp/meaning": "check that the value is meant so",
}
"""Reason code -> what to do; what is not here is told by the message itself."""


def located(document: Document, findings: Sequence[Finding]) -> list[Located]:
    """Each finding with its place in the text; what the text itself does wrongly comes first."""
    places = locate(document.text, {finding.pointer for finding in findings}) if document.value is not None else {}
    found = [(finding, places.get(finding.pointer)) for finding in findings]
    found.sort(
        key=lambda one: (one[0].severity != "error", one[1].line if one[1] else 0, one[1].column if one[1] else 0)
    )
    return [*document.slips, *found]


def show(document: Document, told: Sequence[Located], most: int = SHOWN, with_info: bool = False) -> None:
    """Print findings on stderr, the gravest first, at most `most` (0: all) and then how many of each code are left."""
    wanted = [one for one in told if with_info or one[0].severity != "info"]
    shown = wanted if most == 0 else wanted[:most]
    missing = _missing(finding for finding, _ in told)
    text = "\n".join(_block(document.name, finding, place, missing) for finding, place in shown)
    if text:
        sys.stderr.write(text + "\n")
    left = Counter((finding.severity, finding.code) for finding, _ in wanted[len(shown) :])
    for (severity, code), count in left.most_common():
        screen.show_progress(f"... and {count} more {severity} [{code}]; --most 0 shows all, --json too")
    hidden = Counter(
        finding.kind or finding.code for finding, _ in told if finding.severity == "info" and not with_info
    )
    if hidden:
        counted = ", ".join(f"{count} {kind}" for kind, count in hidden.most_common())
        screen.show_progress(f"for information: {counted}; --info shows each")


def as_dicts(told: Sequence[Located]) -> list[dict[str, Any]]:
    """Findings as JSON, with line, column and what would mend them."""
    missing = _missing(finding for finding, _ in told)
    found = []
    for finding, place in told:
        where = {"line": place.line, "column": place.column} if place else {}
        help_ = mend(finding, missing)
        found.append({**finding.as_dict(), **where, **({"help": help_} if help_ else {})})
    return found


def _missing(findings: Iterable[Finding]) -> Missing:
    """The members that are missing, by the object that lacks them."""
    found: Missing = {}
    for finding in findings:
        if finding.code == "samm/required":
            found.setdefault(finding.pointer, []).append(str(finding.wanted))
    return found


def mend(finding: Finding, missing: Missing) -> str:
    """How to mend it, in one line; empty where the message says it all. A misspelt name is like a missing one."""
    special = _SPECIAL.get(finding.code)
    said = special(finding, missing) if special else ""
    return said or _MENDS.get(finding.code, "").format(wanted=_listed(finding.wanted))


def _unquote(finding: Finding, _: Missing) -> str:
    """A number in quotes is the commonest slip of all."""
    if finding.wanted in ("number", "integer") and isinstance(finding.found, str) and _is_number(finding.found):
        return f"take the quotes away: {finding.found}"
    return ""


def _nearest(finding: Finding, _: Missing) -> str:
    wanted = finding.wanted if isinstance(finding.wanted, list) else []
    words = tuple(word for word in wanted if isinstance(word, str))
    close = _close(str(finding.found), words)
    if close:
        return f"did you mean {close[0]!r}?"
    return "use one of the values that are expected" if words else ""


@cache
def _close(word: str, words: tuple[str, ...]) -> list[str]:
    """The word of `words` that is nearest, if any is near."""
    return difflib.get_close_matches(word, words, n=1, cutoff=0.5)


def _unknown(finding: Finding, missing: Missing) -> str:
    names = str(finding.found).split(", ")
    close = {name: _close(name, tuple(missing.get(finding.pointer, ()))) for name in names[:10]}
    guesses = [f"did you mean {found[0]!r} for {name!r}?" for name, found in close.items() if found]
    return " ".join(guesses) or f"take {finding.found} away, or spell it as the model does"


_SPECIAL: Final = {"samm/type": _unquote, "samm/enumeration": _nearest, "samm/unknown-property": _unknown}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _listed(wanted: Any) -> str:
    if isinstance(wanted, list):
        return ", ".join(str(one) for one in wanted[:12]) + (", ..." if len(wanted) > 12 else "")
    return screen.plain(wanted)


def _block(name: str, finding: Finding, place: Place | None, missing: Missing) -> str:
    where = f"{name}:{place.line}:{place.column}" if place else name
    lines = [f"{_paint(where, '1')}: {_paint(f'{finding.severity}[{finding.code}]', _COLOURS[finding.severity])}: "]
    lines[0] += screen.plain(finding.message)
    if place:
        lines += _excerpt(place)
    facts = {
        "at": finding.pointer if split(finding.pointer) else "",
        "target": finding.target,
        "model": finding.source if finding.source.startswith("urn:") else "",
        "found": _found(finding.found),
        "expected": _listed(finding.wanted),
        "help": mend(finding, missing),
    }
    lines += [f"  {label + ':':<10}{screen.plain(said)}" for label, said in facts.items() if said]
    return "\n".join(lines)


def _found(value: Any) -> str:
    return "" if value is None else encode(value).decode()[:_WIDEST]


def _excerpt(place: Place) -> list[str]:
    """The line, cut around the place, and the place marked below it."""
    begin = max(0, place.column - 1 - _WIDEST // 2) if len(place.text) > _WIDEST else 0
    shown = screen.plain(place.text[begin : begin + _WIDEST]).replace("\t", " ")
    number = f"{place.line:>6} | "
    marks = "^" * max(1, min(place.length, len(shown) - (place.column - 1 - begin)))
    return [number + shown, " " * (len(number) - 2) + "| " + " " * (place.column - 1 - begin) + _paint(marks, "31;1")]


def _paint(text: str, colour: str) -> str:
    is_plain = not sys.stderr.isatty() or "NO_COLOR" in os.environ
    return text if is_plain else f"\x1b[{colour}m{text}\x1b[0m"
