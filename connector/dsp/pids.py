"""Process ids: every later message carries both, and the path names one of them (Dataspace Protocol 2025-1, 1.4)."""

from __future__ import annotations

from connector.dsp.reading import Message
from connector.dsp.transitions import Role
from connector.notation.problems import Invalid


def check_pids(message: Message, path_pid: str, *, own: Role, counterparty_pid: str | None = None) -> None:
    """Refuse `message` where its ids are not those of the process.

    `path_pid` is this side's (`own`) id from the path; `counterparty_pid` the other side's as stored, None where it is
    not known yet. Raises Invalid `dsp/pid`.
    """
    theirs: Role = "provider" if own == "consumer" else "consumer"
    _check(f"{own}Pid", _pid(message, own), path_pid, "the path")
    if counterparty_pid is not None:
        _check(f"{theirs}Pid", _pid(message, theirs), counterparty_pid, "this process")


def _pid(message: Message, role: Role) -> str | None:
    return message.consumer_pid if role == "consumer" else message.provider_pid


def _check(name: str, found: str | None, wanted: str, place: str) -> None:
    if found != wanted:
        raise Invalid("dsp/pid", f"{name} is {found!r}, {place} has {wanted!r}", pointer="/" + name)
