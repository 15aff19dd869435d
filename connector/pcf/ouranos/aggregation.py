"""Totals over a part and its components, and the rows that the one who asked gets to see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec

from connector.notation.problems import Unprocessable
from connector.pcf import amounts
from connector.pcf.ouranos import wire
from connector.pcf.ouranos.records import RESPONSE_TYPES, TOTAL_TYPES, CfpModel, DqrValue, PartsModel
from connector.pcf.ouranos.rows import DQR_OF, NO_RATING, by_type

Child = tuple[PartsModel, Sequence[CfpModel]]
"""A child part and its rows: the own four (terminatedFlag) or the two of a response; none when unanswered."""

_RATINGS: tuple[str, ...] = ("te_r", "ge_r", "ti_r")


@dataclass(frozen=True, slots=True)
class Release:
    """What the upstream party discloses of a part to one downstream operator."""

    cfp: bool = True
    dqr: bool = True


class Contribution(NamedTuple):
    """What one row adds to a process: kgCO2e per parent (None where not disclosed) and its rating."""

    emission: Fraction | None
    rating: DqrValue


def total_rows(rows: Sequence[CfpModel], children: Iterable[Child]) -> tuple[CfpModel, ...]:
    """The four Total rows of a parent with its own four `rows`.

    Own emissions stay under Production; under Component stand the parent's own component rows and, for each child,
    amountRequired times what it emits in that process. One child that is not disclosed leaves the Component total of
    its process null: a partial sum is no total. Five decimals, rounded up.
    Raises Unprocessable `pcf/unit` where a child is counted in another unit than its footprint is declared in.
    """
    own = by_type(rows)
    below = list(children)
    made = []
    for kind in TOTAL_TYPES:
        single = own[kind.removesuffix("Total")]
        parts = _contributions([single], below if "Component" in kind else [], _process(kind))
        made.append(_row(kind, parts, cfp_id=single.cfp_id, trace_id=single.trace_id, unit=single.ghg_declared_unit))
    return tuple(made)


def response_rows(
    rows: Sequence[CfpModel], children: Iterable[Child] = (), *, downstream_trace_id: str, release: Release
) -> tuple[CfpModel, ...]:
    """The two Response rows that the requester sees under its own trace id: the whole of each process, no cfpId.

    `rows` and `children` are the answering operator's. What is not released is null: the emission without
    `release.cfp`, the rating without `release.dqr`. Raises as `total_rows` does.
    """
    below = list(children)
    made = []
    for kind in RESPONSE_TYPES:
        process = _process(kind)
        parts = _contributions([row for row in rows if _process(row.cfp_type) == process], below, process)
        row = _row(kind, parts, cfp_id=None, trace_id=downstream_trace_id, unit=rows[0].ghg_declared_unit)
        made.append(_released(row, release))
    return tuple(made)


def overall_rating(value: DqrValue) -> Decimal | None:
    """The mean of the three ratings, five decimals; None where one is missing."""
    ratings = [value.te_r, value.ge_r, value.ti_r]
    stated = [Fraction(rating) for rating in ratings if rating is not None]
    if len(stated) < len(ratings):
        return None
    return amounts.ceiling(sum(stated, Fraction(0)) / len(stated), wire.DECIMALS)


def _process(kind: str) -> str:
    return "pre" if kind.startswith("pre") else "main"


def _released(row: CfpModel, release: Release) -> CfpModel:
    return msgspec.structs.replace(
        row,
        ghg_emission=row.ghg_emission if release.cfp else None,
        dqr_value=row.dqr_value if release.dqr else NO_RATING,
    )


def _contributions(own: Sequence[CfpModel], children: Sequence[Child], process: str) -> list[Contribution]:
    """Own rows and children of one process. An own row left null adds nothing, unless there is nothing else."""
    stated = [_own(row) for row in own if row.ghg_emission is not None]
    below = [one for part, rows in children for one in _of_child(part, by_type(rows), process)]
    return [*stated, *below] or [Contribution(None, NO_RATING)]


def _own(row: CfpModel) -> Contribution:
    return Contribution(None if row.ghg_emission is None else Fraction(row.ghg_emission), row.dqr_value)


def _of_child(part: PartsModel, rows: dict[str, CfpModel], process: str) -> list[Contribution]:
    """What `part` adds: its response where there is one, else what the operator entered for it."""
    row = rows.get(f"{process}ProductionResponse", rows.get(f"{process}Component"))
    if row is None or part.amount_required is None:
        return [Contribution(None, NO_RATING)]
    if part.amount_required_unit is not None and row.ghg_declared_unit != f"kgCO2e/{part.amount_required_unit}":
        message = f"{part.parts_name} is counted in {part.amount_required_unit}, its footprint is declared in"
        raise Unprocessable("pcf/unit", f"{message} {row.ghg_declared_unit}; the region converts no units")
    single = _own(row)
    if single.emission is None:
        return [single]
    return [Contribution(Fraction(part.amount_required) * single.emission, single.rating)]


def _row(kind: str, parts: Sequence[Contribution], *, cfp_id: str | None, trace_id: str, unit: str) -> CfpModel:
    emissions = [one.emission for one in parts if one.emission is not None]
    whole = sum(emissions, Fraction(0)) if len(emissions) == len(parts) else None
    return CfpModel(
        cfp_id=cfp_id,
        trace_id=trace_id,
        ghg_emission=None if whole is None else _within(whole, kind),
        ghg_declared_unit=unit,
        cfp_type=kind,
        dqr_type=DQR_OF[kind],
        dqr_value=NO_RATING if whole is None else DqrValue(**{name: _rating(name, parts, whole) for name in _RATINGS}),
    )


def _rating(name: str, parts: Sequence[Contribution], whole: Fraction) -> Decimal | None:
    """One indicator, weighted by emissions; 0 where nothing is emitted, None where an emitting part has no rating."""
    if whole == 0:
        return Decimal(0)
    weighted = Fraction(0)
    for part in parts:
        rating = getattr(part.rating, name)
        if part.emission and rating is None:
            return None
        weighted += (part.emission or Fraction(0)) * Fraction(rating or 0)
    return amounts.ceiling(weighted / whole, wire.DECIMALS)


def _within(value: Fraction, kind: str) -> Decimal:
    rounded = amounts.ceiling(value, wire.DECIMALS)
    if rounded > wire.LARGEST:
        raise Unprocessable("pcf/range", f"{kind} would be {rounded}, Ouranos holds 0 to {wire.LARGEST}")
    return rounded
