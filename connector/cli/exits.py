"""Exit statuses of every command, and which problem ends with which."""

from __future__ import annotations

from typing import Final

from connector.notation.problems import Invalid, PeerFailed, Problem, Unauthenticated, Unavailable

DONE: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
FAULT: Final = 4

_STATUS: Final[dict[type[Problem], int]] = {
    Unauthenticated: USAGE,
    PeerFailed: UNREACHABLE,
    Unavailable: UNREACHABLE,
}


_MISWRITTEN: Final = ("settings/", "cli/", "http/")
"""Reason codes of what was typed or configured wrongly, as against documents with findings."""

_OWN_FILES: Final = ("key/", "store/")
"""Reason codes of a key file or store that the configuration names and that cannot be used."""


def status_of(problem: Problem) -> int:
    """2 for what the caller must write differently, 3 where the other side is not there, 4 for a fault, else 1."""
    if isinstance(problem, Invalid) and problem.code.startswith(_MISWRITTEN):
        return USAGE
    if isinstance(problem, Unavailable) and problem.code.startswith(_OWN_FILES):
        return USAGE
    if type(problem) is Problem:
        return FAULT
    return next((_STATUS[kind] for kind in type(problem).__mro__ if kind in _STATUS), FINDINGS)
