"""The literal table of the seven parts."""

from __future__ import annotations

from submodels.aas.environment import to_jsonable
from submodels.dbp.build import BuiltPassport
from submodels.dbp.parts import BY_ID_SHORT, BY_NUMBER, PARTS

CX_0160 = {
    1: "digital_nameplate:1.0.0#BatteryNameplate",
    2: "handover_documentation:1.0.0#HandoverDocumentation",
    3: "carbon_footprint:1.0.0#CarbonFootprintBattery",
    4: "technical_data:1.0.1#TechnicalData",
    5: "product_condition:1.0.1#ProductCondition",
    6: "material_composition:1.0.1#MaterialComposition",
    7: "circularity:1.0.0#Circularity",
}


def test_seven_parts_numbered_from_one() -> None:
    assert [part.number for part in PARTS] == [1, 2, 3, 4, 5, 6, 7]
    assert BY_NUMBER[3] is BY_ID_SHORT["CarbonFootprint"]


def test_the_ids_of_the_catalog_are_those_of_cx_0160() -> None:
    prefix = "urn:samm:io.admin-shell.idta.batterypass."
    assert {part.number: part.cx_semantic_id.removeprefix(prefix) for part in PARTS} == CX_0160


def test_an_instance_carries_the_id_of_the_catalog_as_well(passport: BuiltPassport) -> None:
    for part in PARTS:
        jsonable = to_jsonable(passport.submodel(part.id_short))
        ids = [jsonable["semanticId"], *jsonable.get("supplementalSemanticIds", [])]
        values = [reference["keys"][0]["value"] for reference in ids]
        assert part.cx_semantic_id in values
        assert len(set(values)) == len(values)


def test_only_the_condition_changes_with_readings() -> None:
    assert [part.id_short for part in PARTS if part.is_dynamic] == ["ProductCondition"]


def test_each_instance_names_its_own_standard_as_template(passport: BuiltPassport) -> None:
    named = [to_jsonable(submodel)["administration"]["templateId"] for submodel in passport.submodels]
    assert named == [f"https://admin-shell.io/idta-02035-{number}" for number in range(1, 8)]
