"""What single values become, and what is told about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from submodels.aas.value import value_only
from submodels.dbp.build import BuiltPassport

from .conftest import ABSENT, MAKER, MATERIAL, built, codes

AREAS = ("TechnicalData", "TechnicalPropertyAreas")
EFFICIENCY = (*AREAS, "RoundTripEnergyEfficiency")
FOOTPRINT = "/circularity/carbonFootprint/0"
HAZARD = "/chemicalMaterial/hazardousSubstance/lead/left"


def at(passport: BuiltPassport, submodel: str, *way: Any) -> Any:
    value: Any = value_only(passport.submodel(submodel))
    for step in way:
        value = value[step] if isinstance(step, int) else value.get(step)
    return value


@pytest.mark.parametrize(
    ("pointer", "value", "way", "wanted", "code"),
    [
        # amounts keep every digit
        (f"{FOOTPRINT}/value", Decimal("0.10000000000000000555"),
         ("CarbonFootprint", "ProductCarbonFootprints", 0, "PcfCO2eq"), Decimal("0.10000000000000000555"), ""),
        ("/performance/rated/voltage/nominal", Decimal("374.10"),
         (*AREAS, "CapacityEnergyVoltage", "NominalVoltage"), Decimal("374.10"), ""),
        # integers: half to even and told, or left out where the target is optional
        ("/performance/rated/roundTripEfficiency/initial", Decimal("96.5"),
         (*EFFICIENCY, "InitialRoundTripEnergyEfficiency"), 96, "dbp/rounded"),
        ("/performance/rated/roundTripEfficiency/50PercentLife", Decimal("93.51"),
         (*EFFICIENCY, "RoundTripEnergyEfficiencyAt50PercentOfCycleLife"), 94, "dbp/rounded"),
        ("/performance/rated/selfDischargingRate", Decimal("0.25"),
         (*EFFICIENCY, "InitialSelfDischargingRate"), None, "dbp/left-out"),
        # mass
        ("/physicalDimension/weight", {"value": Decimal("456000"), "unit": "unit:gram"},
         ("TechnicalData", "GeneralInformation", "BatteryMass"), Decimal("456.000"), ""),
        ("/physicalDimension/weight", {"value": Decimal("1000"), "unit": "unit:pound"},
         ("TechnicalData", "GeneralInformation", "BatteryMass"), Decimal("453.59237"), ""),
        ("/physicalDimension/weight", {"value": 1, "unit": "unit:stone"},
         ("TechnicalData", "GeneralInformation", "BatteryMass"), None, "dbp/unit"),
        # value lists
        ("/identification/category", "LMT", ("TechnicalData", "GeneralInformation", "BatteryCategory"), "lmt", ""),
        ("/identification/category", "SLI",
         ("TechnicalData", "GeneralInformation", "BatteryCategory"), None, "dbp/not-in-value-list"),
        ("/circularity/status", "re-used", ("BatteryNameplate", "LifeCycleStage"), "re-used", ""),
        ("/circularity/status", "Original", ("BatteryNameplate", "LifeCycleStage"), None, "dbp/not-in-value-list"),
        # chemistry
        ("/identification/chemistry", "LFP",
         ("MaterialComposition", "BatteryChemistry", "ClearName"), "Lithium iron phosphate", ""),
        ("/identification/chemistry", "XYZ",
         ("MaterialComposition", "BatteryChemistry", "ClearName"), "XYZ", "dbp/repeated"),
        # warranty
        ("/generalInformation/lifespan/0", {"key": "guaranteed lifetime", "unit": "unit:year", "value": 8},
         ("TechnicalData", "GeneralInformation", "WarrantyInformation", "WarrantyPeriod"), "P8Y", ""),
        ("/generalInformation/lifespan/0", {"key": "guaranteed lifetime", "unit": "unit:cycle", "value": 8},
         ("TechnicalData", "GeneralInformation", "WarrantyInformation"), None, "dbp/left-out"),
        # time
        ("/performance/dynamic/stateOfCharge/time", "2026-10-05T08:15:00",
         ("ProductCondition", "StateOfCharge", "LastUpdate"), "2026-10-05T08:15:00", "dbp/no-zone"),
        # footprint
        (f"{FOOTPRINT}/lifecycle", "End of Life  and recycling",
         ("CarbonFootprint", "ProductCarbonFootprints", 0, "LifeCyclePhases", 0), "C1-C4", ""),
        (f"{FOOTPRINT}/lifecycle", "use",
         ("CarbonFootprint", "ProductCarbonFootprints", 0, "LifeCyclePhases"), ["use"], "dbp/not-in-value-list"),
    ],
)  # fmt: skip
def test_a_value_becomes(pointer: str, value: Any, way: tuple[Any, ...], wanted: Any, code: str) -> None:
    passport = built({pointer: value})
    assert at(passport, *way) == wanted
    assert {code} - {""} <= codes(passport, pointer)
    assert codes(passport, pointer) - {code, "dbp/derived", "dbp/meaning"} == set()


def test_a_footprint_in_another_unit_is_told() -> None:
    assert "dbp/unit" in codes(built({f"{FOOTPRINT}/unit": "g CO2 eq/kWh"}), f"{FOOTPRINT}/value")
    assert "dbp/unit" not in codes(built({f"{FOOTPRINT}/unit": "kgCO2e / kWh"}), f"{FOOTPRINT}/value")


def test_only_climate_change_total_has_a_place() -> None:
    passport = built({f"{FOOTPRINT}/type": "Acidification"})
    entries = at(passport, "CarbonFootprint", "ProductCarbonFootprints")
    assert [entry["LifeCyclePhases"][0][:2] for entry in entries] == ["A3", "A4", "C1"]
    assert codes(passport, FOOTPRINT) == {"dbp/left-out"}


def test_the_functional_unit_is_that_of_the_configuration() -> None:
    passport = built(functional_unit="piece", functional_quantity=Decimal("75200"))
    (entry, *_) = at(passport, "CarbonFootprint", "ProductCarbonFootprints")
    assert (entry["ReferenceImpactUnitForCalculation"], entry["QuantityOfMeasureForCalculation"]) == ("piece", 75200)


@pytest.mark.parametrize(
    ("location", "facility", "told"), [("right", "BPNS00000075PLNT", False), ("left", "BPNA00000075PLNT", True)]
)
def test_a_facility_that_is_no_bpns_is_told(location: str, facility: str, told: bool) -> None:
    passport = built(
        {"/generalInformation/manufacturer/facility": {"right": {"locationIdentifier": {location: facility}}}},
        facility_bpns="",
    )
    assert at(passport, "BatteryNameplate", "UniqueFacilityIdentifier") == facility
    warnings = [finding for finding in passport.findings if finding.source.endswith("UniqueFacilityIdentifier")]
    others = [(finding.code, finding.severity) for finding in warnings if finding.code != "dbp/left-out"]
    assert others == [("dbp/meaning", "warning")] * told


def test_a_manufacturer_by_id_takes_name_and_address_from_the_configuration() -> None:
    passport = built({MAKER: {"right": [{"businessIdentifier": {"left": "BPNL00000075MFCT"}}]}})
    assert at(passport, "BatteryNameplate", "AddressInformation", "CityTown") == [{"en": "Sindelfingen"}]
    assert at(passport, "BatteryNameplate", "AddressInformation", "Email", "EmailAddress") == "a@b.example"
    assert at(passport, "TechnicalData", "GeneralInformation", "ManufacturerName") == "Example Battery GmbH"


@pytest.mark.parametrize(
    ("setting", "source"),
    [
        ("manufacturer_name", "ManufacturerName"),
        ("manufacturer_address", "AddressInformation"),
        ("manufacturer_bpnl", "ManufacturerIdentifier"),
    ],
)
def test_what_neither_payload_nor_configuration_says_is_an_error_that_names_the_setting(
    setting: str, source: str
) -> None:
    blank = {"manufacturer_address": None}.get(setting, "")
    passport = built({MAKER: {}}, **{setting: blank})
    (told,) = [f for f in passport.findings if f.source == f"IDTA 02035-1 {source}" and f.severity == "error"]
    assert told.code == "dbp/mandatory-missing"
    assert f"`{setting}`" in told.message


def test_the_latest_time_stands_for_figures_without_their_own() -> None:
    passport = built({"/performance/dynamic/fullCycles/time": "2026-10-05T10:00:00+02:00",
                      "/performance/dynamic/energy/soce/time": "2026-10-05T08:15:01Z"})  # fmt: skip
    assert at(passport, "ProductCondition", "CurrentSelfDischargingRate", "LastUpdate") == "2026-10-05T08:15:01Z"


@pytest.mark.parametrize("rated", [0, ABSENT, "210000"])
def test_remaining_power_without_a_rated_power_is_left_out(rated: Any) -> None:
    passport = built({"/performance/rated/power/value": rated})
    at_ = at(passport, "ProductCondition", "RemainingPowerCapability", "RemainingPowerCapabilityDynamicAt")
    assert "PowerCapabilityAt" not in at_


@pytest.mark.parametrize(
    ("unit", "amount", "percent"),
    [
        ("unit:percent", "0.3", "0.3"),
        ("unit:partPerThousand", "3", "0.3"),
        ("unit:partPerMillion", "12.5", "0.00125"),
        ("unit:partPerBillionUs", "1", "1E-7"),
        ("unit:partPerTrillionUs", "1.00000000000000000000000000000001", "1.00000000000000000000000000000001E-10"),
    ],
)
def test_a_concentration_becomes_percent_exactly(unit: str, amount: str, percent: str) -> None:
    passport = built(
        {f"{HAZARD}/substanceUnit": unit, f"{HAZARD}/concentration": {"right": {"value": Decimal(amount)}}}
    )
    hazards = at(passport, "MaterialComposition", "HazardousSubstances")
    assert hazards[0]["HazardousSubstanceConcentration"] == Decimal(percent)


def test_an_unknown_hazard_class_is_left_out_and_told() -> None:
    place = "/chemicalMaterial/hazardousSubstance/other/left/0/hazardClass"
    passport = built({place: "Carcinogenicity"})
    assert "HazardousSubstanceClass" not in at(passport, "MaterialComposition", "HazardousSubstances", 1)
    assert codes(passport, place) == {"dbp/not-in-value-list"}


@pytest.mark.parametrize(
    ("ids", "identifier", "code"),
    [
        (
            [{"type": "EC", "materialid": "202-510-0"}, {"type": "CAS", "materialid": "96-49-1"}],
            "96-49-1",
            "dbp/left-out",
        ),
        ([{"type": "CAS", "materialid": "96-49-2"}], "96-49-2", "dbp/cas-check-digit"),
        ([{"type": "EC", "materialid": "202-510-0"}], None, "dbp/no-cas"),
        ([{"type": "CAS", "materialid": "201-004-7"}], None, "dbp/no-cas"),
        ([{"type": "CAS", "materialid": "９６-49-1"}], None, "dbp/no-cas"),
        ([], None, "dbp/no-cas"),
    ],
)
def test_only_a_cas_number_identifies_a_material(ids: Any, identifier: str | None, code: str | None) -> None:
    place = "/chemicalMaterial/otherMaterials/left/0/substanceIdentification"
    passport = built({place: ids})
    assert at(passport, "MaterialComposition", "BatteryMaterials", 5).get("BatteryMaterialIdentifier") == identifier
    assert codes(passport, place) == ({code} if code else set())


def test_a_critical_material_is_matched_by_cas_or_by_name_and_listed_once() -> None:
    critical = [
        {"criticalName": "something", "substanceIdentification": [{"type": "CAS", "materialid": "7440-02-0"}]},
        {"criticalName": "Cobalt"},
        {"criticalName": "Magnesium"},
    ]
    materials = at(built({"/chemicalMaterial/criticalMaterial": critical}), "MaterialComposition", "BatteryMaterials")
    named = {material["BatteryMaterialName"]: material["IsCriticalRawMaterial"] for material in materials}
    assert len(named) == len(materials)
    assert [name for name, is_critical in named.items() if is_critical] == ["Nickel", "Cobalt", "Magnesium"]


def test_a_hazard_that_is_listed_already_stands_there_once() -> None:
    both = {
        "/chemicalMaterial/hazardousSubstance/other": {"left": [MATERIAL]},
        "/chemicalMaterial/otherMaterials": {"left": [MATERIAL]},
    }
    hazards = at(built(both), "MaterialComposition", "HazardousSubstances")
    assert [hazard["HazardousSubstanceName"] for hazard in hazards] == ["Lead", "dimethyl carbonate"]


def test_not_applicable_gives_an_empty_list() -> None:
    nothing = {"right": "not applicable"}
    passport = built({"/circularity/spareParts": nothing, "/chemicalMaterial/hazardousSubstance": {"lead": nothing}})
    assert at(passport, "Circularity", "SparePartSources") == []
    assert at(passport, "MaterialComposition", "HazardousSubstances") == []
    missing = {finding.source for finding in passport.findings if finding.code == "dbp/mandatory-missing"}
    assert missing == set()


def test_recycled_content_is_declared_as_configured() -> None:
    post, pre = built(), built(recycled_share="PreConsumerShare")
    assert set(at(post, "Circularity", "RecycledContentInformation", 0)) == {"RecycledMaterial", "PostConsumerShare"}
    assert set(at(pre, "Circularity", "RecycledContentInformation", 0)) == {"RecycledMaterial", "PreConsumerShare"}


def test_the_lowest_renewable_share_stands_for_all_and_is_told() -> None:
    passport = built({"/chemicalMaterial/activeMaterials/otherMaterials/left/0/renewable": Decimal("-0.5")})
    assert at(passport, "Circularity", "RenewableContent") == Decimal("-0.5")
    assert "dbp/aggregated" in codes(passport, "/chemicalMaterial")


def test_one_renewable_share_is_exact_and_needs_no_word() -> None:
    passport = built(
        {
            "/chemicalMaterial/activeMaterials/otherMaterials": {"right": "not applicable"},
            "/chemicalMaterial/otherMaterials": {"left": [{**MATERIAL, "renewable": Decimal("23.50")}]},
        }
    )
    assert at(passport, "Circularity", "RenewableContent") == Decimal("23.50")
    assert "dbp/aggregated" not in codes(passport)


def test_a_configured_unit_url_that_differs_from_the_label_is_told() -> None:
    passport = built(unit_url="https://other.example/1")
    assert at(passport, "BatteryNameplate", "URIOfTheProduct") == "https://id.battery.example/p/7EE53R3T5N4FDG85B"
    assert codes(passport, "/identification/idDmc") == {"dbp/unit-url"}


def test_texts_are_in_the_configured_language() -> None:
    assert at(built(language="de-AT"), "BatteryNameplate", "ManufacturerName") == [{"de-AT": "Example Battery GmbH"}]
