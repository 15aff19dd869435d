"""A passport's payload as AAS: the seven submodels of IDTA 02035, DppMetadata, and the payload's own submodel.

All of them are verified and stand in one shell; the last one holds what has no place in the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import encode
from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Unprocessable
from connector.records.submodel_texts import SubmodelText, shared

if TYPE_CHECKING:
    from connector.services.passports.terms import Terms
    from submodels.dbp.build import BuiltPassport
    from submodels.dbp.context import PassportContext
    from submodels.samm.model import Aspect


@dataclass(frozen=True, slots=True)
class RenderedSubmodel:
    """One submodel; `text` holds what it says, with marks in place of what is the unit's own (`submodel_texts`)."""

    id_short: str
    submodel_id: str
    semantic_id: str
    value_digest: str
    text: SubmodelText


@dataclass(frozen=True, slots=True)
class Rendering:
    """The shell and the submodels in the order of their parts, and what was noticed on the way."""

    shell_id: str
    shell: dict[str, Any]
    submodels: tuple[RenderedSubmodel, ...]
    findings: tuple[Finding, ...]


def render(payload: dict[str, Any], context: PassportContext, terms: Terms, aspect: Aspect) -> Rendering:
    """Build, verify and write everything; processor time of some 30 ms, so better in a thread.

    Raises Unprocessable: `passport/incomplete` where a mandatory element has no source, a value does not fit, or the
    strictness demands more; `passport/aas` where aas-core finds the result not valid; both with findings.
    """
    from submodels.aas.environment import to_jsonable, verify
    from submodels.dbp.build import build, environment_of
    from submodels.dbp.verdict import weighed

    built = build(payload, context=context, edition=terms.edition())
    findings = weighed(payload, built, context, terms.strictness)
    if has_errors(findings):
        _refuse_incomplete(payload, findings, terms.strictness)
    generic, lost = _generic(payload, context, aspect)
    built = with_submodel(built, generic)
    faults = verify(environment_of(built))
    if faults:
        raise Unprocessable("passport/aas", f"the submodels are not valid AAS: {faults[0]}", findings=faults)
    catalog = {part.id_short: part.cx_semantic_id for part in terms.edition().parts} | {generic.id_short: aspect.urn}
    submodels = tuple(_rendered(submodel, catalog, context.version) for submodel in built.submodels)
    return Rendering(built.shell.id, to_jsonable(built.shell), submodels, (*findings, *lost))


def _refuse_incomplete(payload: dict[str, Any], findings: tuple[Finding, ...], strictness: str) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    category = payload.get("identification", {}).get("category", "unknown")
    detail = f"the passport of this battery ({category}) is not complete ({strictness}): {errors[0]}{more}"
    raise Unprocessable("passport/incomplete", detail, pointer=errors[0].pointer, findings=findings)


def _generic(payload: dict[str, Any], context: PassportContext, aspect: Aspect) -> tuple[Any, tuple[Finding, ...]]:
    """The payload's own submodel: every value that the others have no place for stays there."""
    from submodels.aspect_submodel.build import instance, instance_id

    built = instance(aspect, payload, submodel_id=instance_id(aspect, context.asset_id))
    return built.submodel, built.findings


def with_submodel(built: BuiltPassport, submodel: Any) -> BuiltPassport:
    """The passport with one more submodel in its shell."""
    from submodels.dbp.build import reference_to

    built.shell.submodels = [*(built.shell.submodels or ()), reference_to(submodel)]
    return replace(built, submodels=(*built.submodels, submodel))


def _rendered(submodel: Any, catalog: Mapping[str, str], version: int) -> RenderedSubmodel:
    from submodels.aas.environment import to_jsonable
    from submodels.aas.value import submodel_value

    document = to_jsonable(submodel)
    value = encode(submodel_value(document))
    return RenderedSubmodel(
        id_short=submodel.id_short,
        submodel_id=submodel.id,
        semantic_id=catalog[submodel.id_short],
        value_digest=digest_bytes(value),
        text=shared(value.decode(), document, version),
    )
