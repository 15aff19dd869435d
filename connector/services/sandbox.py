"""A counterparty that does as an integrator wants: the id of a dataset says how it is answered (`ionport sandbox`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from connector.records.exchange import Negotiation, Transfer
from connector.services.exchange.behaviour import PROCEED, WAIT, Occasion, Step

DELAY: Final = 5_000
"""Milliseconds that a delayed answer takes."""
COUNTERED: Final = "cx.core.industrycore:1"
"""The usage purpose of every counter-offer."""
_REFUSED: Final = ("sandbox/refused", ("this dataset of the sandbox is always refused",))


def _refuse(_: Occasion) -> Step:
    return Step("terminate", code=_REFUSED[0], reasons=_REFUSED[1])


def _delay(_: Occasion) -> Step:
    return Step("proceed", after=DELAY)


def _counter(occasion: Occasion) -> Step:
    """Other terms, until they are what is on the table."""
    record = occasion.record
    assert isinstance(record, Negotiation)
    other = _exchanged(record.offer)
    return PROCEED if other == record.offer else Step("counter", offer=other)


NEGOTIATIONS: Final[Mapping[str, tuple[Callable[[Occasion], Step], str]]] = {
    "sandbox:accept": (lambda _: PROCEED, "every request for its offer is agreed with at once"),
    "sandbox:refuse": (_refuse, "every request is refused, with a code and a reason"),
    "sandbox:delay": (_delay, f"agreed with after {DELAY // 1000} seconds"),
    "sandbox:counter": (_counter, f"answered by a counter-offer for {COUNTERED}; agreed with when you accept it"),
    "sandbox:silent": (lambda _: WAIT, "taken, and never answered until a person decides"),
}
"""Dataset -> how a request for it is answered, and that in words."""
TRANSFERS: Final[Mapping[str, tuple[Step, str]]] = {
    "sandbox:transfer-refuse": (
        Step("terminate", code=_REFUSED[0], reasons=("transfers of this dataset of the sandbox are always refused",)),
        "agreed with at once; every transfer is refused",
    ),
    "sandbox:transfer-delay": (
        Step("proceed", after=DELAY),
        f"agreed with at once; transfers start after {DELAY // 1000} s",
    ),
}
"""Dataset -> how a request for a transfer of it is answered."""


def behave(occasion: Occasion) -> Step:
    """The behaviour of a sandbox. Whatever else happens goes by the node's rule."""
    record = occasion.record
    if occasion.is_own or occasion.kind != "request" or record.role != "provider":
        return PROCEED
    if isinstance(record, Transfer):
        return TRANSFERS[record.dataset_id][0] if record.dataset_id in TRANSFERS else PROCEED
    how = NEGOTIATIONS.get(record.dataset_id)
    return how[0](occasion) if how else PROCEED


def _exchanged(value: Any) -> Any:
    """The same terms with the purpose of counter-offers."""
    if isinstance(value, list):
        return [_exchanged(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if str(value.get("leftOperand", "")).endswith("UsagePurpose"):
        right = value.get("rightOperand")
        return {**value, "rightOperand": [COUNTERED] if isinstance(right, list) else COUNTERED}
    return {name: _exchanged(item) for name, item in value.items()}
