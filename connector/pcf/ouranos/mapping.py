"""Ouranos rows to the canonical footprint and back: what has a place, what is lost, what is rounded.

Ouranos knows two stages (raw material as `pre`, main production as `main`), one unit of the part, no negative amounts
and five decimals; it states neither periods nor methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from connector.notation.digests import digest
from connector.notation.findings import Finding
from connector.notation.problems import Unprocessable
from connector.pcf import amounts, identifiers
from connector.pcf.footprint import (
    ASSUMED,
    LOST,
    MAIN_PRODUCTION,
    NOT_DERIVABLE,
    RAW_MATERIAL,
    ROUNDED,
    Converted,
    Footprint,
    Provenance,
    Quality,
    Read,
    Split,
    StageData,
    flat,
    split_stages,
)
from connector.pcf.ouranos import wire
from connector.pcf.ouranos.records import (
    RESPONSE_TYPES,
    WRITABLE_TYPES,
    CfpModel,
    DqrValue,
    Model,
    OperatorModel,
    PartsModel,
    to_json,
)
from connector.pcf.ouranos.rows import DQR_OF, NO_RATING, by_type
from connector.pcf.units import EMISSION_UNIT_PREFIX, from_ouranos, to_ouranos

SOURCE = "ouranos"
PROCESS_STAGES: dict[str, str] = {"pre": RAW_MATERIAL, "main": MAIN_PRODUCTION}
INDICATOR_OF: dict[str, str] = {"te_r": "technological", "ge_r": "geographical", "ti_r": "temporal"}

NOT_READ: dict[type[Model], dict[str, str]] = {
    OperatorModel: {
        "operator_address": "the address of the operator",
        "open_operator_id": "the operator's number in its country",
    },
    PartsModel: {
        "plant_id": "the plant",
        "support_parts_name": "the second name of the part",
        "terminated_flag": "whether the part has suppliers",
        "amount_required": "the amount that a parent needs",
        "amount_required_unit": "the unit of that amount",
        "parts_add_info2": "the second remark on the part",
        "parts_add_info3": "the third remark on the part",
    },
}
"""Members that the canonical footprint has no place for; each one stated is told as lost."""

WRITTEN: frozenset[str] = frozenset(
    {"declared_unit", "declared_amount", "total_excluding", f"stages.{RAW_MATERIAL}", f"stages.{MAIN_PRODUCTION}"}
    | {f"quality.{p}.{i}" for p in ("total", RAW_MATERIAL, MAIN_PRODUCTION) for i in INDICATOR_OF.values()}
)
"""Canonical values that four rows can tell; everything else that a footprint states is lost on the way."""


@dataclass(frozen=True, slots=True)
class Link:
    """The row of the link table that joins a part of the region to the outside.

    `footprint_id` is a fresh UUID for this state of the rows (a change makes a new one), `company_ids` and
    `product_ids` are URNs of operator and part, `created` is when the rows were read (RFC 3339). Without
    `company_ids` the operator's global id counts where it is a BPNL, else its id in the region.
    """

    footprint_id: str
    company_ids: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    created: str | None = None


def to_footprint(
    rows: Sequence[CfpModel], part: PartsModel | None, operator: OperatorModel | None, *, link: Link
) -> Read:
    """The footprint of `part`: from its four own rows, or from the two rows of a response to the one who asked.

    `operator` is the one whose footprint it is: the owner of the part for own rows, the upstream operator for a
    response. Rows alone tell the amounts, not whose product it is. Own and component emissions of a process are
    summed. Raises Unprocessable: `pcf/not-derivable` where a process was not disclosed, `pcf/rows` where the rows
    are neither set, `pcf/link` where part or operator differ.
    """
    found = _recognised(rows, part, operator)
    findings: list[Finding] = []
    stages = {stage: _emission(process, found, findings) for process, stage in PROCESS_STAGES.items()}
    quality = {stage: _quality(process, found) for process, stage in PROCESS_STAGES.items()}
    quality["total"] = _merged(stages, quality, findings)
    footprint = Footprint(
        id=link.footprint_id,
        created=link.created,
        company_name=operator.operator_name if operator else None,
        company_ids=_company_ids(operator, link) if operator else link.company_ids,
        product_name=(part.parts_label_name or part.parts_name) if part else None,
        product_ids=(f"urn:uuid:{rows[0].trace_id}", *link.product_ids),
        product_description=(part.parts_add_info1 or None) if part else None,
        declared_unit=from_ouranos(rows[0].ghg_declared_unit),
        declared_amount=Decimal(1),
        total_excluding=amounts.total(stages.values()),
        stages=dict(stages),
        quality={process: rating for process, rating in quality.items() if rating != Quality()},
        provenance=Provenance(SOURCE, digest([to_json(row) for row in rows])),
    )
    return Read(footprint, (*findings, *_unread_operator(operator), *_unread_part(part)))


def _unread_operator(operator: OperatorModel | None) -> list[Finding]:
    return [*_unread(operator), *_unread_global_id(operator)] if operator else []


def _unread_part(part: PartsModel | None) -> list[Finding]:
    return [*_unread(part), *_unread_names(part)] if part else []


def from_footprint(
    footprint: Footprint, *, trace_id: str, split: StageData | Split | None = None, cfp_id: str | None = None
) -> Converted:
    """Four rows (`list[CfpModel]`) for `trace_id`, per one declared unit, rounded up at five decimals.

    Findings: `pcf/rounded` for each value that lost digits, `pcf/assumed` for an assumed split and for counting all of
    it as the operator's own, `pcf/lost` for each stated value without a place. Raises Unprocessable: `pcf/unit` (hour,
    megabit, second), `pcf/range` (not within 0 to 99999.99999), and as `split_stages` does.
    """
    unit = EMISSION_UNIT_PREFIX + to_ouranos(footprint.declared_unit)
    divided = split_stages(footprint, split)
    findings = list(divided.findings)
    per_unit = {"pre": divided.raw_material, "main": divided.main_production}
    emissions = {
        process: _fitted(value / Fraction(footprint.declared_amount), f"{process}Production", findings)
        for process, value in per_unit.items()
    }
    ratings = {process: _rating(footprint, process, emissions[process], findings) for process in PROCESS_STAGES}
    findings.append(_own_only())
    rows = [
        CfpModel(
            cfp_id=cfp_id,
            trace_id=trace_id,
            ghg_emission=emissions[process] if kind.endswith("Production") else Decimal(0),
            ghg_declared_unit=unit,
            cfp_type=kind,
            dqr_type=DQR_OF[kind],
            dqr_value=ratings[process],
        )
        for kind in WRITABLE_TYPES
        for process in ("pre" if kind.startswith("pre") else "main",)
    ]
    return Converted(rows, (*findings, *_lost(footprint)))


# Reading -------------------------------------------------------------------------------------------------------------


def _recognised(
    rows: Sequence[CfpModel], part: PartsModel | None, operator: OperatorModel | None
) -> dict[str, CfpModel]:
    found = by_type(rows)
    if set(found) not in (set(WRITABLE_TYPES), set(RESPONSE_TYPES)):
        raise Unprocessable("pcf/rows", f"a footprint has the rows {', '.join(WRITABLE_TYPES)} or those of a response")
    if len({(row.trace_id, row.ghg_declared_unit) for row in rows}) > 1:
        raise Unprocessable("pcf/rows", "the rows of a footprint have one traceId and one ghgDeclaredUnit")
    if part is not None and part.trace_id != rows[0].trace_id:
        raise Unprocessable("pcf/link", f"the rows are about {rows[0].trace_id}, the part is {part.trace_id}")
    owned = part is not None and operator is not None and set(found) == set(WRITABLE_TYPES)
    if owned and part and operator and part.operator_id != operator.operator_id:
        raise Unprocessable("pcf/link", f"the part belongs to operator {part.operator_id}, not {operator.operator_id}")
    return found


def _company_ids(operator: OperatorModel, link: Link) -> tuple[str, ...]:
    stated = identifiers.bpnl_of(operator.operator_attribute.global_operator_id or "")
    linked = {identifiers.bpnl_of(one) for one in link.company_ids} - {None}
    if stated and linked and stated not in linked:
        raise Unprocessable("pcf/link", f"the operator calls itself {stated}, the link table says {linked.pop()}")
    if link.company_ids:
        return link.company_ids
    return (identifiers.company_urn(stated) if stated else f"urn:uuid:{operator.operator_id}",)


def _unread_global_id(operator: OperatorModel) -> list[Finding]:
    stated = operator.operator_attribute.global_operator_id
    if not stated or identifiers.bpnl_of(stated):
        return []
    pointer = "/operatorAttribute/globalOperatorId"
    return [Finding(LOST, "a global operator id that is no BPNL has no place", pointer, "info", found=stated)]


def _emission(process: str, rows: dict[str, CfpModel], findings: list[Finding]) -> Decimal:
    stated = {kind: row.ghg_emission for kind, row in rows.items() if kind.startswith(process)}
    given = [value for value in stated.values() if value is not None]
    if not given:
        stage = PROCESS_STAGES[process]
        raise Unprocessable(NOT_DERIVABLE, f"the emissions of {stage} were not disclosed, so there is no total")
    for kind, value in stated.items():
        if value is None:
            message = f"{kind} states no emission and is counted as none"
            findings.append(Finding(ASSUMED, message, f"/{kind}/ghgEmission", "warning"))
    return amounts.total(amounts.amount(value, process) for value in given)


def _quality(process: str, rows: dict[str, CfpModel]) -> Quality:
    """The rating of a process; the rows of one process share it, and 0 stands for none."""
    rated = next((row.dqr_value for kind, row in rows.items() if kind.startswith(process)), None)
    return Quality(**{name: getattr(rated, member) or None for member, name in INDICATOR_OF.items()})


def _merged(stages: dict[str, Decimal], quality: dict[str, Quality], findings: list[Finding]) -> Quality:
    """The two processes in one rating, weighted by their emissions; only where every process that emits is rated."""
    merged: dict[str, Decimal | None] = {}
    for indicator in INDICATOR_OF.values():
        rated = [(stages[stage], getattr(quality[stage], indicator)) for stage in stages if stages[stage] > 0]
        merged[indicator] = _weighted(rated, indicator, findings)
    return Quality(**merged)


def _weighted(rated: list[tuple[Decimal, Decimal | None]], indicator: str, findings: list[Finding]) -> Decimal | None:
    pointer = f"/quality/total/{indicator}"
    stated = [(weight, rating) for weight, rating in rated if rating is not None]
    if len(stated) < len(rated) or not rated:
        message = f"no {indicator} rating of the whole: a process has none"
        findings.append(Finding(NOT_DERIVABLE, message, pointer, "info"))
        return None
    whole = sum((Fraction(weight) for weight, _ in stated), Fraction(0))
    value = sum((Fraction(weight) * Fraction(rating) for weight, rating in stated), Fraction(0)) / whole
    if not 1 <= value <= 5:
        found = amounts.half_even(value, wire.DECIMALS)
        message = f"the {indicator} rating of the whole, {found}, lies outside the scale from 1 to 5"
        findings.append(Finding(NOT_DERIVABLE, message, pointer, "warning", found=found))
        return None
    rounded = amounts.ceiling(value, wire.DECIMALS)
    if Fraction(rounded) != value:
        message = f"the {indicator} rating of the whole is rounded up at five decimals"
        findings.append(Finding(ROUNDED, message, pointer, "info", found=rounded))
    return rounded


def _unread(model: Model) -> list[Finding]:
    names = {entry.name: entry.encode_name for entry in _fields(model)}
    return [
        Finding(LOST, f"{what} has no place in a footprint", f"/{names[member]}", "info", found=getattr(model, member))
        for member, what in NOT_READ[type(model)].items()
        if getattr(model, member) not in (None, "")
    ]


def _unread_names(part: PartsModel) -> list[Finding]:
    """Of two names a footprint keeps the label."""
    if not part.parts_label_name or part.parts_label_name == part.parts_name:
        return []
    return [Finding(LOST, "the label goes before the name of the part", "/partsName", "info", found=part.parts_name)]


def _fields(model: Model) -> Any:
    return msgspec.structs.fields(type(model))


# Writing -------------------------------------------------------------------------------------------------------------


def _fitted(value: Fraction, name: str, findings: list[Finding]) -> Decimal:
    """`value` rounded up to five decimals, within the range of the region."""
    if not 0 <= value <= Fraction(wire.LARGEST):
        told = amounts.half_even(value, wire.DECIMALS)
        raise Unprocessable("pcf/range", f"{name} would be {told}, Ouranos holds 0 to {wire.LARGEST}")
    rounded = amounts.ceiling(value, wire.DECIMALS)
    if Fraction(rounded) != value:
        exact = amounts.exact(value)
        message = f"{name} is rounded up at five decimals"
        findings.append(Finding(ROUNDED, message, f"/{name}", "info", wanted=str(exact or value), found=rounded))
    return rounded


def _rating(footprint: Footprint, process: str, emission: Decimal, findings: list[Finding]) -> DqrValue:
    """The rating of the process, or of the whole for both (told as assumed); none where the process emits nothing."""
    stage = PROCESS_STAGES[process]
    own, whole = footprint.quality.get(stage, Quality()), footprint.quality.get("total", Quality())
    if emission == 0:
        if own != Quality():
            message = f"a rating of {stage} has no place, because that process emits nothing"
            findings.append(Finding(LOST, message, f"/quality/{stage}", "info"))
        return NO_RATING
    members: dict[str, Decimal | None] = {}
    for member, indicator in INDICATOR_OF.items():
        rating = getattr(own, indicator)
        if rating is None and getattr(whole, indicator) is not None:
            rating = getattr(whole, indicator)
            message = f"the {indicator} rating of the whole is taken for {stage}"
            findings.append(Finding(ASSUMED, message, f"/quality/{stage}/{indicator}", "info", found=rating))
        members[member] = None if rating is None else _fitted(Fraction(rating), member, findings)
    return DqrValue(**members)


def _own_only() -> Finding:
    message = "all emissions are written as the operator's own: the source does not tell own from supplied"
    return Finding(ASSUMED, message, "/preComponent", "info", found="preComponent and mainComponent are 0")


def _lost(footprint: Footprint) -> list[Finding]:
    return [
        Finding(LOST, f"{name} has no place in Ouranos", "", "info", found=list(v) if isinstance(v, tuple) else v)
        for name, v in flat(footprint).items()
        if name not in WRITTEN
    ]
