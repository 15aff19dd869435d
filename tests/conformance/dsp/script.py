"""What the node under test has to do for each dataset and agreement of the kit, where that is not its own rule.

The kit names no behaviour on the wire: a dataset or agreement id stands for it. Everything that a row does not say is
decided by the rule that every node has (agree to what is offered, verify, finalize, start what the contract permits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from connector.records.exchange import Transfer
from connector.services.exchange.behaviour import Occasion, Step

Whose = Literal["theirs", "ours"]

LATER: Final = 1000
"""Milliseconds before a message that the kit only listens for once its own step has returned.

To a start that arrives before the kit has kept its own request it answers 409, and it takes no second one.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """When a message of `kind` was taken (`theirs`) or acknowledged (`ours`), do `step`."""

    whose: Whose
    kind: str
    step: Step


def _theirs(kind: str, action: str, after: int = 0) -> Row:
    return Row("theirs", kind, Step(action, after=after))


def _ours(kind: str, action: str, after: int = LATER) -> Row:
    return Row("ours", kind, Step(action, after=after))


_OFFER: Final = _theirs("request", "offer")
_START: Final = _theirs("request", "proceed", LATER)

SCRIPT: Final[Mapping[str, tuple[Row, ...]]] = {
    # contract negotiation, we provide
    "ACN0101": (_OFFER,),
    "ACN0102": (_OFFER, _theirs("request", "terminate")),
    "ACN0103": (_OFFER,),
    "ACN0104": (),
    "ACN0201": (_theirs("request", "terminate", LATER),),
    "ACN0202": (_theirs("request", "wait"),),
    "ACN0203": (),
    "ACN0204": (_OFFER,),
    "ACN0205": (_OFFER, _ours("offer", "terminate")),
    "ACN0206": (_OFFER, _theirs("accepted", "terminate", LATER)),
    "ACN0207": (_theirs("verification", "terminate"),),
    "ACN0301": (),
    "ACN0302": (_OFFER,),
    "ACN0303": (_OFFER, _theirs("accepted", "wait")),
    "ACN0304": (_OFFER, _theirs("request", "wait")),
    # contract negotiation, we consume
    "ACNC0101": (),
    "ACNC0102": (_theirs("offer", "counter"),),
    "ACNC0103": (_theirs("offer", "terminate"),),
    "ACNC0104": (),
    "ACNC0201": (),
    "ACNC0202": (_ours("request", "terminate"),),
    "ACNC0203": (_theirs("agreement", "terminate"),),
    "ACNC0204": (_theirs("offer", "wait"),),
    "ACNC0205": (),
    "ACNC0206": (),
    "ACNC0301": (),
    "ACNC0302": (_theirs("offer", "wait"),),
    "ACNC0303": (_theirs("offer", "wait"),),
    "ACNC0304": (),
    "ACNC0305": (),
    "ACNC0306": (_theirs("agreement", "wait"),),
    # transfer process, we provide
    "ATP0101": (
        _START,
        _ours("start", "terminate"),
    ),
    "ATP0102": (
        _START,
        _ours("start", "complete"),
    ),
    "ATP0103": (_START, _ours("start", "suspend"), _ours("suspension", "terminate")),
    "ATP0104": (_START, _ours("start", "suspend"), _ours("suspension", "start"), _ours("start", "complete")),
    "ATP0105": (_theirs("request", "terminate", LATER),),
    "ATP0201": (_START,),
    "ATP0202": (_START,),
    "ATP0203": (_START,),
    "ATP0204": (_START,),
    "ATP0205": (_theirs("request", "wait"),),
    "ATP0301": (_theirs("request", "wait"),),
    "ATP0302": (_theirs("request", "wait"),),
    "ATP0303": (_START,),
    "ATP0304": (_START,),
    "ATP0305": (_START,),
    "ATP0306": (_START,),
    # transfer process, we consume; the kit uses ATPC0104 for two of its tests
    "ATPC0101": (),
    "ATPC0102": (),
    "ATPC0103": (),
    "ATPC0104": (),
    "ATPC0201": (_theirs("start", "terminate"),),
    "ATPC0202": (_theirs("start", "complete"),),
    "ATPC0203": (_theirs("start", "suspend"), _ours("suspension", "terminate")),
    "ATPC0204": (),
    "ATPC0205": (_ours("request", "terminate"),),
    "ATPC0301": (),
    "ATPC0302": (),
    "ATPC0303": (),
    "ATPC0304": (),
    "ATPC0305": (),
    "ATPC0306": (),
}
"""Dataset (ACN, ACNC) or agreement (ATP, ATPC) -> the rows in the order in which they happen."""


class Scripted:
    """A behaviour by SCRIPT: each process goes through its rows once."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}

    def __call__(self, occasion: Occasion) -> Step:
        """The step of the next row where it is about this message, else what the node's rule proposes."""
        record = occasion.record
        rows = SCRIPT.get(record.agreement_id if isinstance(record, Transfer) else record.dataset_id, ())
        done = self._done.get(record.id, 0)
        if done == len(rows):
            return occasion.proposed
        whose: Whose = "ours" if occasion.is_own else "theirs"
        if (rows[done].whose, rows[done].kind) != (whose, occasion.kind):
            return occasion.proposed
        self._done[record.id] = done + 1
        return rows[done].step
