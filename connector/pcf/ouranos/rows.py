"""The four rows that make up a footprint in Ouranos, and what has to hold between them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connector.notation.findings import Finding
from connector.notation.problems import Invalid
from connector.pcf.ouranos.records import (
    CFP_TYPES,
    WRITABLE_TYPES,
    CfpModel,
    DqrValue,
    parse,
    refusal,
)

WRONG_COUNT = "cfp models must be 4 elements"
DIFFERENT_DQR = "different dqrValues are set for the same dqrType"
WRONG_PAIR = "ensure the combination of cfpType and dqrType is correct"
_MUST_AGREE: tuple[tuple[str, str], ...] = (
    ("cfpId", "cfp_id"),
    ("traceId", "trace_id"),
    ("ghgDeclaredUnit", "ghg_declared_unit"),
)


def dqr_type_of(cfp_type: str) -> str:
    """The dqrType that goes with a cfpType: pre with preProcessing, main with mainProcessing, and the same suffix."""
    process = "pre" if cfp_type.startswith("pre") else "main"
    suffix = next((suffix for suffix in ("Total", "Response") if cfp_type.endswith(suffix)), "")
    return f"{process}Processing{suffix}"


DQR_OF: dict[str, str] = {cfp_type: dqr_type_of(cfp_type) for cfp_type in CFP_TYPES}
NO_RATING = DqrValue(te_r=None, ge_r=None, ti_r=None)


def validate_cfp_rows(rows: Any) -> tuple[CfpModel, ...]:
    """The four writable rows of `PUT dataTarget=cfp`, in the order preProduction, mainProduction, preComponent,
    mainComponent.

    Raises Invalid `pcf/ouranos`, one finding for each rule that is broken, in the words of the platform.
    """
    if not isinstance(rows, list) or len(rows) != len(WRITABLE_TYPES):
        raise refusal(
            [Finding("pcf/rows", WRONG_COUNT, "", wanted=4, found=len(rows) if isinstance(rows, list) else None)]
        )
    parsed = _parsed(rows)
    findings = [*_check_types(parsed), *_check_agreement(parsed), *_check_quality(parsed)]
    if findings:
        raise refusal(findings)
    return tuple(sorted(parsed, key=lambda row: WRITABLE_TYPES.index(row.cfp_type)))


def by_type(rows: Iterable[CfpModel]) -> dict[str, CfpModel]:
    """Rows by their cfpType. Raises Invalid `pcf/ouranos` where one type occurs twice."""
    found: dict[str, CfpModel] = {}
    for row in rows:
        if row.cfp_type in found:
            raise refusal([Finding("pcf/rows", f"the cfpType {row.cfp_type} is given twice")])
        found[row.cfp_type] = row
    return found


def _parsed(rows: list[Any]) -> list[CfpModel]:
    parsed: list[CfpModel] = []
    findings: list[Finding] = []
    for index, row in enumerate(rows):
        try:
            parsed.append(parse(CfpModel, row))
        except Invalid as problem:
            findings += [
                Finding(one.code, f"{index}.{one.message}", f"/{index}{one.pointer}") for one in problem.findings
            ]
    if findings:
        raise refusal(findings)
    return parsed


def _check_types(rows: list[CfpModel]) -> list[Finding]:
    given = [row.cfp_type for row in rows]
    findings = [
        Finding("pcf/rows", f"cfpType {wanted} is insufficient") for wanted in WRITABLE_TYPES if wanted not in given
    ]
    for index, row in enumerate(rows):
        if row.dqr_type != DQR_OF[row.cfp_type]:
            findings.append(Finding("pcf/rows", WRONG_PAIR, f"/{index}/dqrType", found=row.dqr_type))
    return findings


def _check_agreement(rows: list[CfpModel]) -> list[Finding]:
    return [
        Finding("pcf/rows", f"ensure all objects have the same {name}")
        for name, attribute in _MUST_AGREE
        if len({getattr(row, attribute) for row in rows}) > 1
    ]


def _check_quality(rows: list[CfpModel]) -> list[Finding]:
    findings = []
    for dqr_type in ("preProcessing", "mainProcessing"):
        same = [row for row in rows if row.dqr_type == dqr_type]
        if any(row.dqr_value != same[0].dqr_value for row in same):
            findings.append(Finding("pcf/rows", DIFFERENT_DQR, found=dqr_type))
        emits = any((row.ghg_emission or Decimal(0)) > 0 for row in same)
        if not emits and any(_is_rated(row.dqr_value) for row in same):
            message = f"a dqrValue of {dqr_type} above 0 needs a ghgEmission above 0 in that process"
            findings.append(Finding("pcf/rows", message, found=dqr_type))
    return findings


def _is_rated(value: DqrValue) -> bool:
    return any((rating or Decimal(0)) > 0 for rating in (value.te_r, value.ge_r, value.ti_r))
