"""EDC's numbers for states: clients that filter as its database does write 1200 where the API says FINALIZED."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from connector.notation.jsonld import as_list
from connector.services.catalog.criteria import Criterion

NEGOTIATION: Final[Mapping[str, int]] = {
    "INITIAL": 50,
    "REQUESTING": 100,
    "REQUESTED": 200,
    "OFFERING": 300,
    "OFFERED": 400,
    "ACCEPTING": 700,
    "ACCEPTED": 800,
    "AGREEING": 825,
    "AGREED": 850,
    "VERIFYING": 1050,
    "VERIFIED": 1100,
    "FINALIZING": 1150,
    "FINALIZED": 1200,
    "TERMINATING": 1300,
    "TERMINATED": 1400,
}
TRANSFER: Final[Mapping[str, int]] = {
    "INITIAL": 100,
    "PROVISIONING": 200,
    "PROVISIONING_REQUESTED": 250,
    "PROVISIONED": 300,
    "REQUESTING": 400,
    "REQUESTED": 500,
    "STARTING": 550,
    "STARTED": 600,
    "SUSPENDING": 650,
    "SUSPENDED": 700,
    "RESUMING": 720,
    "RESUMED": 725,
    "COMPLETING": 750,
    "COMPLETED": 800,
    "TERMINATING": 825,
    "TERMINATED": 850,
    "DEPROVISIONING": 900,
    "DEPROVISIONING_REQUESTED": 950,
    "DEPROVISIONED": 1000,
}

_ORDERS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def named(numbers: Mapping[str, int]) -> Callable[[Criterion], Criterion]:
    """What turns a criterion on a state's number into one on its name; a name stays, in whatever case.

    A number that no state has stays what it is, and meets none.
    """
    names = {number: name for name, number in numbers.items()}

    def name_of(value: Any) -> Any:
        if isinstance(value, str) and not (value.isascii() and value.isdigit()):
            return value.upper()
        return names.get(_number(value), str(value))

    def translate(criterion: Criterion) -> Criterion:
        order = _ORDERS.get(criterion.operator)
        if order is not None:
            bound = _number(criterion.right) if str(criterion.right).isdigit() else numbers.get(str(criterion.right))
            met = [] if bound is None else [name for name, number in numbers.items() if order(number, bound)]
            return replace(criterion, operator="in", right=met)
        if criterion.operator in ("=", "!=", "in"):
            right = [name_of(value) for value in as_list(criterion.right)]
            return replace(criterion, right=right if criterion.operator == "in" or len(right) != 1 else right[0])
        return criterion

    return translate


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, ArithmeticError):
        return -1
