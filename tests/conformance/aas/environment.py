"""An environment of every kind of element, made here: what the API suites need to be asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from submodels.dbp.build import SHELL_ID_SHORT

if TYPE_CHECKING:
    from aas_core3 import types

SHELL_1 = "urn:example:shell:1"
SUBMODEL_1_1 = "urn:example:submodel:1-1/ä?"
SHELLS = 3
SUBMODELS_EACH = 2


def environment() -> types.Environment:
    """Three shells of two submodels each, all kinds of element in every submodel, and what the submodels mean."""
    from aas_core3 import types

    shells = [_shell(number) for number in range(1, SHELLS + 1)]
    submodels = [_submodel(shell, part) for shell in range(1, SHELLS + 1) for part in range(1, SUBMODELS_EACH + 1)]
    return types.Environment(shells, submodels, [_concept(part) for part in range(1, SUBMODELS_EACH + 1)])


def _concept(part: int) -> types.ConceptDescription:
    from aas_core3 import types

    text = types.LangStringTextType("en", f"Part {part} of a battery that there is not.")
    return types.ConceptDescription(_meaning(part), id_short=f"Meaning{part}", description=[text])


def _meaning(part: int) -> str:
    return f"urn:example:meaning:{part}"


def _shell(number: int) -> types.AssetAdministrationShell:
    from aas_core3 import types

    information = types.AssetInformation(
        types.AssetKind.INSTANCE,
        global_asset_id=f"urn:example:battery:{number}",
        specific_asset_ids=[types.SpecificAssetID("partInstanceId", f"SN-{number:04}")],
    )
    return types.AssetAdministrationShell(
        f"urn:example:shell:{number}",
        information,
        id_short=SHELL_ID_SHORT,
        submodels=[_to_submodel(_submodel_id(number, part)) for part in range(1, SUBMODELS_EACH + 1)],
    )


def _submodel(shell: int, part: int) -> types.Submodel:
    from aas_core3 import types

    own = _submodel_id(shell, part)
    return types.Submodel(
        own,
        id_short=f"Part{part}",
        kind=types.ModellingKind.INSTANCE,
        semantic_id=_external(_meaning(part)),
        submodel_elements=[*_values(), *_containers(), *_relations(own), *_callables()],
    )


def _submodel_id(shell: int, part: int) -> str:
    return f"urn:example:submodel:{shell}-{part}/ä?"


def _values() -> list[types.SubmodelElement]:
    from aas_core3 import types

    xsd = types.DataTypeDefXSD
    texts = [types.LangStringTextType("en", "rated capacity"), types.LangStringTextType("ja", "定格容量")]
    return [
        types.Property(xsd.DECIMAL, id_short="Capacity", value="75.10"),
        types.Property(xsd.BOOLEAN, id_short="Removable", value="true"),
        types.Property(xsd.DATE_TIME, id_short="MadeAt", value="2026-11-21T08:00:00Z"),
        types.MultiLanguageProperty(id_short="Naming", value=texts),
        types.Range(xsd.INT, id_short="Temperature", min="-20", max="60"),
        types.File("application/pdf", id_short="Manual", value="https://docs.battery.example/manual.pdf"),
        types.Blob("text/plain", id_short="Note", value=b"kept in place"),
        types.ReferenceElement(id_short="Source", value=_external("urn:example:source")),
    ]


def _containers() -> list[types.SubmodelElement]:
    from aas_core3 import types

    xsd, kinds = types.DataTypeDefXSD, types.AASSubmodelElements
    cells = [
        types.SubmodelElementCollection(
            value=[
                types.Property(xsd.DOUBLE, id_short="Voltage", value=f"3.{place}"),
                types.SubmodelElementList(
                    kinds.PROPERTY,
                    id_short="Log",
                    value_type_list_element=xsd.STRING,
                    value=[types.Property(xsd.STRING, value="charged"), types.Property(xsd.STRING, value="shipped")],
                ),
            ]
        )
        for place in range(3)
    ]
    inner = types.SubmodelElementCollection(
        id_short="Inner", value=[types.Property(xsd.STRING, id_short="Deep", value="below")]
    )
    blob = types.Blob("text/plain", id_short="Seal", value=b"\x00\x01")
    return [
        types.SubmodelElementCollection(id_short="Module", value=[inner, blob]),
        types.SubmodelElementList(kinds.SUBMODEL_ELEMENT_COLLECTION, id_short="Cells", value=cells),
        types.Entity(
            types.EntityType.SELF_MANAGED_ENTITY,
            id_short="Pack",
            global_asset_id="urn:example:pack",
            statements=[types.Property(xsd.STRING, id_short="Position", value="rear"), _nested_entity()],
        ),
    ]


def _nested_entity() -> types.Entity:
    from aas_core3 import types

    statement = types.Property(types.DataTypeDefXSD.UNSIGNED_INT, id_short="Count", value="4294967295")
    return types.Entity(types.EntityType.CO_MANAGED_ENTITY, id_short="Housing", statements=[statement])


def _relations(submodel_id: str) -> list[types.SubmodelElement]:
    from aas_core3 import types

    first, second = _external("urn:example:one"), _external("urn:example:two")
    note = types.Property(types.DataTypeDefXSD.STRING, id_short="Why", value="wired")
    return [
        types.RelationshipElement(first, second, id_short="Joins"),
        types.AnnotatedRelationshipElement(first, second, id_short="JoinsWithNote", annotations=[note]),
        types.BasicEventElement(
            _to_submodel(submodel_id), types.Direction.OUTPUT, types.StateOfEvent.ON, id_short="Changed"
        ),
    ]


def _callables() -> list[types.SubmodelElement]:
    from aas_core3 import types

    argument = types.Property(types.DataTypeDefXSD.INT, id_short="Level", value="1")
    return [
        types.Capability(id_short="StoresEnergy"),
        types.Operation(id_short="Balance", input_variables=[types.OperationVariable(argument)]),
    ]


def _external(value: str) -> types.Reference:
    from aas_core3 import types

    return types.Reference(types.ReferenceTypes.EXTERNAL_REFERENCE, [types.Key(types.KeyTypes.GLOBAL_REFERENCE, value)])


def _to_submodel(submodel_id: str) -> types.Reference:
    from aas_core3 import types

    return types.Reference(types.ReferenceTypes.MODEL_REFERENCE, [types.Key(types.KeyTypes.SUBMODEL, submodel_id)])
