"""An AAS environment: put together, verified, and read and written as JSON and XML (AAS Part 1, V3.0)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector.notation.findings import Finding
from connector.notation.pointers import join
from submodels.aas.serialization import read_json, read_xml, to_json, to_jsonable, to_xml

if TYPE_CHECKING:
    from aas_core3 import types

__all__ = [
    "environment",
    "read_json",
    "read_xml",
    "to_json",
    "to_jsonable",
    "to_xml",
    "verify",
]

MAX_FINDINGS = 1000


def environment(
    shells: Iterable[types.AssetAdministrationShell],
    submodels: Iterable[types.Submodel],
    concept_descriptions: Iterable[types.ConceptDescription] = (),
) -> types.Environment:
    """An Environment; what is empty is left out, as the metamodel demands."""
    from aas_core3 import types

    return types.Environment(list(shells) or None, list(submodels) or None, list(concept_descriptions) or None)


def verify(thing: types.Class) -> list[Finding]:
    """What aas-core finds wrong in an environment, shell or submodel: `aas/verification`, pointers into its JSON."""
    from submodels.aas.verifying import errors

    findings = []
    for error in errors(thing):
        findings.append(Finding("aas/verification", error.cause, _pointer(error.path), source="AAS Part 1 V3.0"))
        if len(findings) == MAX_FINDINGS:
            break
    return findings


def _pointer(path: Any) -> str:
    steps = (segment.name if hasattr(segment, "name") else segment.index for segment in path.segments)
    return join("", *(_json_name(step) for step in steps))


def _json_name(step: str | int) -> str | int:
    """aas-core names members in Python's way (`submodel_elements`)."""
    if isinstance(step, int):
        return step
    first, *rest = step.split("_")
    return first + "".join(word.capitalize() for word in rest)
