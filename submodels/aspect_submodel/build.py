"""The generic submodel of an aspect, its concept descriptions, and the two in one environment with a shell."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, TooLarge
from submodels.aas import environment as aas
from submodels.aspect_submodel.concepts import concept_descriptions
from submodels.aspect_submodel.instance import InstanceBuilder
from submodels.aspect_submodel.names import described, legal, reference
from submodels.aspect_submodel.template import TemplateBuilder
from submodels.samm.model import Aspect, Event, Json, Operation

if TYPE_CHECKING:
    from aas_core3 import types

__all__ = ["Built", "concept_descriptions", "environment", "instance", "instance_id", "template"]


@dataclass(frozen=True, slots=True)
class Built:
    """A submodel and what the payload has that it has not: `aspect-submodel/value|unknown` (lost) and `converted`."""

    submodel: types.Submodel
    findings: tuple[Finding, ...]


def instance(aspect: Aspect, payload: Json, *, submodel_id: str) -> Built:
    """The submodel (kind Instance) of `payload`, as `exact_json.decode` gives it, under the id `submodel_id`.

    Only the chosen side of an Either stands in it, lists are typed, an empty list has no value. Raises Invalid
    (`aspect-submodel/payload`) for a payload that is no object, TooLarge (`aspect-submodel/depth`).
    """
    if not isinstance(payload, dict):
        raise Invalid("aspect-submodel/payload", f"a payload of {aspect.name} is a JSON object")
    builder = InstanceBuilder()
    try:
        elements = builder.members(aspect.properties, payload, ())
    except RecursionError:
        raise TooLarge("aspect-submodel/depth", f"the payload of {aspect.name} nests too deep") from None
    return Built(_submodel(aspect, submodel_id, "INSTANCE", elements), tuple(builder.findings))


def instance_id(aspect: Aspect, asset_id: str) -> str:
    """The id of the instance for an asset: UUID v5 of both, the same for every version of the payload."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{asset_id}#{aspect.urn}").urn


def template(aspect: Aspect, *, submodel_id: str = "") -> types.Submodel:
    """The submodel (kind Template) of a model: each property once, both sides of an Either, examples of the model.

    Cardinality, bounds, patterns and alternatives stand in qualifiers of IDTA. The default id is `<urn>/template`.
    Raises TooLarge (`aspect-submodel/depth`).
    """
    try:
        elements = TemplateBuilder().members(aspect.properties)
    except RecursionError:
        raise TooLarge("aspect-submodel/depth", f"the model {aspect.name} nests too deep for a submodel") from None
    return _submodel(aspect, submodel_id or f"{aspect.urn}/template", "TEMPLATE", elements)


def environment(aspect: Aspect, submodel: types.Submodel, *, asset_id: str = "") -> types.Environment:
    """A shell, `submodel` and the concept descriptions; the default asset id is `<urn>/asset`."""
    from aas_core3 import types

    is_template = submodel.kind is types.ModellingKind.TEMPLATE
    kind = types.AssetKind.TYPE if is_template else types.AssetKind.INSTANCE
    asset = asset_id or f"{aspect.urn}/asset"
    key = types.Key(types.KeyTypes.SUBMODEL, submodel.id)
    shell = types.AssetAdministrationShell(
        id=f"{asset}/shell",
        id_short=f"{legal(aspect.name)[:100]}Shell",
        asset_information=types.AssetInformation(kind, global_asset_id=asset),
        submodels=[types.Reference(types.ReferenceTypes.MODEL_REFERENCE, [key])],
    )
    return aas.environment([shell], [submodel], concept_descriptions(aspect))


def _submodel(aspect: Aspect, submodel_id: str, kind: str, elements: list[Any]) -> types.Submodel:
    from aas_core3 import types

    taken = {str(element.id_short) for element in elements}
    asides: list[Any] = [_operation(operation) for operation in aspect.operations]
    asides += [_event(event, submodel_id) for event in aspect.events]
    for called, element in zip((*aspect.operations, *aspect.events), asides, strict=True):
        element.id_short = _beside(legal(called.name), taken)
        elements.append(element)
    return types.Submodel(
        id=submodel_id,
        id_short=legal(aspect.name),
        kind=types.ModellingKind[kind],
        administration=_administration(aspect),
        semantic_id=reference(aspect.urn),
        submodel_elements=elements or None,
        **described(aspect),
    )


def _administration(aspect: Aspect) -> types.AdministrativeInformation | None:
    """Version and revision of the model: the first two numbers of its namespace."""
    from aas_core3 import types

    numbers = aspect.urn.partition("#")[0].rpartition(":")[2].split(".")
    is_plain = len(numbers) == 3 and all(number.isdecimal() and len(number) <= 4 for number in numbers)
    return types.AdministrativeInformation(version=numbers[0], revision=numbers[1]) if is_plain else None


def _operation(operation: Operation) -> types.Operation:
    from aas_core3 import types

    taken: set[str] = set()
    builder = TemplateBuilder()
    inputs = [_variable(builder, prop, taken) for prop in operation.inputs]
    outputs = [_variable(builder, operation.output, taken)] if operation.output else []
    return types.Operation(
        semantic_id=reference(operation.urn),
        input_variables=inputs or None,
        output_variables=outputs or None,
        **described(operation),
    )


def _variable(builder: TemplateBuilder, prop: Any, taken: set[str]) -> types.OperationVariable:
    from aas_core3 import types

    element = builder.property(prop, _beside(legal(prop.payload_name), taken))
    _without_qualifiers(element)
    return types.OperationVariable(element)


def _without_qualifiers(element: Any) -> None:
    """Variables stand in instances too, where template qualifiers must not be (AASd-129)."""
    for held in (element, *element.descend()):
        if hasattr(held, "qualifiers"):
            held.qualifiers = None


def _event(event: Event, submodel_id: str) -> types.BasicEventElement:
    """An event of the submodel; its parameters have no place in an AAS event."""
    from aas_core3 import types

    observed = types.Reference(types.ReferenceTypes.MODEL_REFERENCE, [types.Key(types.KeyTypes.SUBMODEL, submodel_id)])
    return types.BasicEventElement(
        observed,
        types.Direction.OUTPUT,
        types.StateOfEvent.ON,
        semantic_id=reference(event.urn),
        **described(event),
    )


def _beside(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:120]}_{number}"
    taken.add(free)
    return free
