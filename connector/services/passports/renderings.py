"""A passport's payload as AAS: shell and seven submodels of IDTA 02035, verified, as the texts that are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import encode
from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid, Unprocessable

if TYPE_CHECKING:
    from submodels.dbp.context import PassportContext

OWN_MEMBERS: Final = frozenset({"asset_id", "unit_url", "version"})
"""Members of the context that the node sets; all others may be configured for a passport."""


@dataclass(frozen=True, slots=True)
class RenderedSubmodel:
    """One submodel: `value` is the exact JSON text of `$value`, `document` the normative JSON as plain values."""

    id_short: str
    submodel_id: str
    semantic_id: str
    value: str
    value_digest: str
    document: dict[str, Any]

    def text(self, version: int | None = None) -> str:
        """The document's JSON text, with another version in `administration.version` where one is given."""
        if version is None:
            return encode(self.document).decode()
        administration = {**self.document.get("administration", {}), "version": str(version)}
        return encode({**self.document, "administration": administration}).decode()


@dataclass(frozen=True, slots=True)
class Rendering:
    """The shell and the submodels in the order of their parts, and what was noticed on the way."""

    shell_id: str
    shell: dict[str, Any]
    submodels: tuple[RenderedSubmodel, ...]
    findings: tuple[Finding, ...]


def context_of(members: Mapping[str, Any], *, asset_id: str, unit_url: str, version: int) -> PassportContext:
    """The context of one build. Raises Invalid (`passport/context`) for members that it does not have, or misshapen."""
    from submodels.dbp.context import PassportContext

    known = {field.name for field in fields(PassportContext)} - OWN_MEMBERS
    unknown = sorted(set(members) - known)
    if unknown:
        raise Invalid("passport/context", f"the context has no {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    own = {"asset_id": asset_id, "unit_url": unit_url, "version": version}
    try:
        return msgspec.convert({**members, **own}, PassportContext)
    except msgspec.ValidationError as error:
        raise Invalid("passport/context", f"the context cannot be used: {error}") from None


def render(payload: dict[str, Any], context: PassportContext) -> Rendering:
    """Build, verify and write everything; processor time of some 20 ms, so better in a thread.

    Raises Unprocessable: `passport/incomplete` where a mandatory element has no source or a value does not fit,
    `passport/aas` where aas-core finds the result not valid; both with findings.
    """
    from submodels.aas.environment import to_jsonable, verify
    from submodels.dbp.build import build, environment_of

    built = build(payload, context=context)
    if has_errors(built.findings):
        _refuse("passport/incomplete", "the seven submodels cannot be built whole", built.findings)
    faults = verify(environment_of(built))
    if faults:
        _refuse("passport/aas", "the submodels are not valid AAS", faults)
    submodels = tuple(_rendered(submodel) for submodel in built.submodels)
    return Rendering(built.shell.id, to_jsonable(built.shell), submodels, built.findings)


def _refuse(code: str, sentence: str, findings: tuple[Finding, ...] | list[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    raise Unprocessable(code, f"{sentence}: {errors[0]}", pointer=errors[0].pointer, findings=findings)


def _rendered(submodel: Any) -> RenderedSubmodel:
    from submodels.aas.environment import to_jsonable
    from submodels.aas.value import value_only
    from submodels.dbp.parts import BY_ID_SHORT

    value = encode(value_only(submodel))
    return RenderedSubmodel(
        id_short=submodel.id_short,
        submodel_id=submodel.id,
        semantic_id=BY_ID_SHORT[submodel.id_short].cx_semantic_id,
        value=value.decode(),
        value_digest=digest_bytes(value),
        document=to_jsonable(submodel),
    )
