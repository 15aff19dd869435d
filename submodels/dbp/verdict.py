"""The verdict on one passport: what its model says of the payload, and what the build says of the submodels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from connector.notation.findings import Finding, has_errors
from submodels.aas.value import value_only
from submodels.dbp.build import BuiltPassport, build
from submodels.dbp.context import PassportContext
from submodels.dbp.edition import SEVEN, Edition
from submodels.dbp.law.completeness import Strictness, judged
from submodels.dbp.law.scope import scope_findings


def tolerated(findings: Iterable[Finding], strictness: Strictness) -> list[Finding]:
    """The findings of the aspect model: a draft may lack properties that it demands."""
    is_draft = strictness == "draft"
    return [
        replace(finding, severity="warning") if is_draft and finding.code == "samm/required" else finding
        for finding in findings
    ]


def weighed(
    payload: dict[str, Any], built: BuiltPassport, context: PassportContext, strictness: Strictness
) -> tuple[Finding, ...]:
    """The findings of a build as `strictness` weighs them, and whether the law demands a passport at all."""
    nameplate = value_only(built.submodel("BatteryNameplate"))
    identifiers = {name: value for name, value in nameplate.items() if isinstance(value, str)}
    told = judged(payload, built.findings, identifiers, context=context, strictness=strictness)
    return (*told, *scope_findings(payload, context))


def verdict(
    payload: Any,
    model_findings: Iterable[Finding],
    context: PassportContext,
    *,
    edition: Edition = SEVEN,
    strictness: Strictness | None = None,
) -> list[Finding]:
    """Everything that is wrong with a payload; the submodels are looked at where its model has no errors.

    Without a strictness the model counts as it stands, and what the submodels lack is a warning.
    """
    findings = tolerated(model_findings, strictness or "catena-x")
    if has_errors(findings):
        return findings
    built = build(payload, context=context, edition=edition)
    return [*findings, *weighed(payload, built, context, strictness or "draft")]
