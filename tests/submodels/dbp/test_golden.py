"""The example payload in the seven submodels: what stands where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connector.notation.findings import has_errors
from submodels.aas.environment import to_jsonable, to_xml, verify
from submodels.aas.value import value_only
from submodels.dbp.build import BuiltPassport, environment_of
from submodels.dbp.parts import PARTS

from .conftest import built

DOCS = "https://docs.example-battery.example/ion-e75"
TECHNICAL = ("TechnicalData", "TechnicalPropertyAreas")
FACTS: list[tuple[tuple[Any, ...], Any]] = [
    (("BatteryNameplate", "URIOfTheProduct"), "https://id.battery.example/p/7EE53R3T5N4FDG85B"),
    (("BatteryNameplate", "ManufacturerName"), [{"en": "Example Battery GmbH"}]),
    (("BatteryNameplate", "SerialNumber"), "ION-E75-000123"),
    (("BatteryNameplate", "DateOfManufacture"), "2026-02-09"),
    (("BatteryNameplate", "DateOfPuttingIntoService"), "2026-03-02"),
    (("BatteryNameplate", "UniqueFacilityIdentifier"), "BPNS00000075PLNT"),
    (("BatteryNameplate", "ManufacturerIdentifier"), "BPNL00000075MFCT"),
    (("BatteryNameplate", "OperatorIdentifier"), "BPNL00000075MFCT"),
    (("BatteryNameplate", "LifeCycleStage"), "original"),
    (("BatteryNameplate", "AddressInformation", "Street"), [{"en": "Akkuring 12"}]),
    (("BatteryNameplate", "AddressInformation", "NationalCode"), [{"en": "DE"}]),
    (("BatteryNameplate", "Markings", 0, "MarkingName"), "separate collection symbol"),
    (("BatteryNameplate", "EUDeclarationOfConformity"), ["DOC-ION-E75-2026-01"]),
    (("BatteryNameplate", "ResultsOfTestReportsProvingCompliance", 1), f"{DOCS}/un-38-3-test-summary.pdf"),
    (("CarbonFootprint", "ProductCarbonFootprints", 0, "PcfCO2eq"), Decimal("0.0412")),
    (("CarbonFootprint", "ProductCarbonFootprints", 0, "PcfCalculationMethods"), ["ISO 14067"]),
    (("CarbonFootprint", "ProductCarbonFootprints", 1, "LifeCyclePhases"), ["A3 - production"]),
    (("CarbonFootprint", "ProductCarbonFootprints", 2, "ReferenceImpactUnitForCalculation"), "kWh"),
    (("CarbonFootprint", "ProductCarbonFootprints", 2, "QuantityOfMeasureForCalculation"), Decimal(1)),
    (("CarbonFootprint", "ProductCarbonFootprints", 3, "PerformanceClass"), "B"),
    (("TechnicalData", "GeneralInformation", "BatteryCategory"), "ev"),
    (("TechnicalData", "GeneralInformation", "BatteryMass"), Decimal("456.0")),
    (("TechnicalData", "GeneralInformation", "WarrantyInformation", "WarrantyPeriod"), "P96M"),
    ((*TECHNICAL, "CapacityEnergyVoltage", "NominalVoltage"), Decimal("374.0")),
    ((*TECHNICAL, "CapacityEnergyVoltage", "CertifiedUsableBatteryEnergy"), Decimal("75.2")),
    ((*TECHNICAL, "RoundTripEnergyEfficiency", "InitialRoundTripEnergyEfficiency"), 96),
    ((*TECHNICAL, "RoundTripEnergyEfficiency", "InitialSelfDischargingRate"), 2),
    ((*TECHNICAL, "PowerCapability", "RatioNorminalBatteryPowerAndBatteryEnergy"), Decimal("2.7926")),
    ((*TECHNICAL, "PowerCapability", "OriginalPowerCapability", 1, "atSoc"), 80),
    ((*TECHNICAL, "PowerCapability", "OriginalPowerCapability", 1, "powerCapabilityAt"), Decimal("205000.0")),
    ((*TECHNICAL, "Lifetime", "ExpectedNumberOfCycles"), 1800),
    ((*TECHNICAL, "Lifetime", "CRateOfRelevantCycleLifeTest"), Decimal("0.5")),
    (("ProductCondition", "StateOfCharge", "StateOfChargeValue"), Decimal("68.5")),
    (("ProductCondition", "StateOfCharge", "LastUpdate"), "2026-10-05T08:15:00Z"),
    (("ProductCondition", "NumberOfFullCycles", "NumberOfFullCyclesValue"), 58),
    (("ProductCondition", "InformationOnAccidents"), [f"{DOCS}/units/000123/events"]),
    (("ProductCondition", "TemperatureInformation"), {"LastUpdate": "2026-10-05T08:15:00Z"}),
    (
        ("ProductCondition", "RemainingPowerCapability", "RemainingPowerCapabilityDynamicAt", "PowerCapabilityAt"),
        Decimal("99.2"),
    ),
    (("MaterialComposition", "BatteryChemistry", "ShortName"), "NMC"),
    (("MaterialComposition", "BatteryMaterials", 0, "BatteryMaterialName"), "Nickel"),
    (("MaterialComposition", "BatteryMaterials", 0, "BatteryMaterialIdentifier"), "7440-02-0"),
    (("MaterialComposition", "BatteryMaterials", 0, "IsCriticalRawMaterial"), True),
    (("MaterialComposition", "BatteryMaterials", 5, "IsCriticalRawMaterial"), False),
    (("MaterialComposition", "HazardousSubstances", 0, "HazardousSubstanceName"), "Lead"),
    (("MaterialComposition", "HazardousSubstances", 0, "HazardousSubstanceConcentration"), Decimal("0.00125")),
    (("MaterialComposition", "HazardousSubstances", 1, "HazardousSubstanceClass"), "AcuteToxicity"),
    (("MaterialComposition", "HazardousSubstances", 1, "HazardousSubstanceConcentration"), Decimal("1.4")),
    (
        ("Circularity", "RecycledContentInformation", 0),
        {"RecycledMaterial": "Nickel", "PostConsumerShare": Decimal("14.5")},
    ),
    (("Circularity", "SparePartSources", 0, "Components", 2, "PartNumber"), "SP-4802-00"),
    (("Circularity", "SparePartSources", 0, "AddressOfSupplier", "NationalCode"), [{"en": "NL"}]),
    (("Circularity", "SafetyMeasures", "ExtinguishingAgents"), ["Water mist", "Carbon dioxide"]),
    (("Circularity", "EndOfLifeInformation", "InformationOnCollection"), [f"{DOCS}/return-and-collection.pdf"]),
    (("Circularity", "RenewableContent"), Decimal("0.0")),
]


@pytest.fixture(scope="module")
def values(passport: BuiltPassport) -> dict[str, Any]:
    return {submodel.id_short or "": value_only(submodel) for submodel in passport.submodels}


@pytest.mark.parametrize(
    ("way", "wanted"), FACTS, ids=lambda fact: "/".join(map(str, fact)) if isinstance(fact, tuple) else ""
)
def test_fact(way: tuple[Any, ...], wanted: Any, values: dict[str, Any]) -> None:
    value: Any = values
    for step in way:
        value = value[step]
    assert value == wanted
    assert type(value) is type(wanted)


def test_the_example_is_complete(passport: BuiltPassport) -> None:
    assert not has_errors(passport.findings)
    assert [finding for finding in passport.findings if finding.code == "dbp/mandatory-missing"] == []


def test_aas_core_has_no_finding(passport: BuiltPassport) -> None:
    assert verify(environment_of(passport)) == []


def test_the_seven_in_order(passport: BuiltPassport) -> None:
    assert [submodel.id_short for submodel in passport.submodels] == [part.id_short for part in PARTS]


def test_building_twice_gives_the_same_bytes(passport: BuiltPassport) -> None:
    assert to_xml(environment_of(built())) == to_xml(environment_of(passport))


def test_ids_are_of_the_asset_and_the_part_not_of_the_version() -> None:
    first, second, other = built(), built(version=2), built(asset_id="urn:other")
    assert [submodel.id for submodel in first.submodels] == [submodel.id for submodel in second.submodels]
    ids = {thing.id for passport in (first, other) for thing in (passport.shell, *passport.submodels)}
    assert len(ids) == 16
    assert all(identifier.startswith("urn:uuid:") and identifier[23] == "5" for identifier in ids)


@pytest.mark.parametrize(("version", "text"), [(1, "1"), (9999, "9999"), (10000, None), (-1, None)])
def test_the_version_stands_in_the_administration_as_far_as_four_digits_go(version: int, text: str | None) -> None:
    passport = built(version=version)
    assert {submodel.administration.version for submodel in passport.submodels if submodel.administration} == {text}
    assert verify(environment_of(passport)) == []


def test_the_shell_refers_to_the_seven_and_names_the_asset(passport: BuiltPassport) -> None:
    shell = to_jsonable(passport.shell)
    assert [reference["keys"][0]["value"] for reference in shell["submodels"]] == [sm.id for sm in passport.submodels]
    assert shell["assetInformation"]["globalAssetId"] == "https://id.battery.example/p/7EE53R3T5N4FDG85B"
    named = {entry["name"]: entry["value"] for entry in shell["assetInformation"]["specificAssetIds"]}
    assert named == {
        "manufacturerId": "BPNL00000075MFCT",
        "manufacturerPartId": "ION-E75",
        "partInstanceId": "ION-E75-000123",
        "batchId": "B-2026-007",
        "modelId": "ION-E75",
    }


def test_instances_have_no_qualifiers_no_names_in_lists_and_no_empty_lists(passport: BuiltPassport) -> None:
    for submodel in passport.submodels:
        jsonable = to_jsonable(submodel)
        assert jsonable["kind"] == "Instance"
        _check(jsonable, is_listed=False)


def _check(node: Any, *, is_listed: bool) -> None:
    if not isinstance(node, dict):
        return
    assert "qualifiers" not in node
    assert is_listed is not ("idShort" in node) or "keys" in node
    assert node.get("value") != []
    for member in (*node.get("submodelElements", ()), *(node["value"] if _has_elements(node) else ())):
        _check(member, is_listed=node.get("modelType") == "SubmodelElementList")


def _has_elements(node: dict[str, Any]) -> bool:
    return str(node.get("modelType")).startswith("SubmodelElement") and "value" in node


@pytest.mark.parametrize("form", ["json", "xml", "aasx"])
def test_the_outside_judge_has_no_error(form: str, passport: BuiltPassport) -> None:
    import io

    from aas_test_engines import file

    from submodels.aas.aasx import to_aasx

    environment = environment_of(passport)
    checks = {
        "json": lambda: file.check_json_data(to_jsonable(environment)),
        "xml": lambda: file.check_xml_file(io.StringIO(to_xml(environment).decode())),
        "aasx": lambda: file.check_aasx_file(io.BytesIO(to_aasx(environment))),
    }
    result = checks[form]()
    assert result.ok(), str(result.to_dict())[:2000]
