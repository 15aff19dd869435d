"""Every form of a footprint: each field of each table in both directions, required fields, hostile values."""

from __future__ import annotations

import copy
import importlib.util
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation import exact_json
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import conversion
from connector.pcf.catena_x import battery_component, version_7, version_9, version_10
from connector.pcf.conversion import Wish, convert, recognise
from connector.pcf.footprint import flat
from connector.pcf.forms import checking, reading, writing
from connector.pcf.forms.model import Field, Model
from connector.pcf.pact import version_2, version_3

_spec = importlib.util.spec_from_file_location("form_documents", Path(__file__).with_name("documents.py"))
assert _spec is not None
assert _spec.loader is not None
documents = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(documents)

ROOT = Path(__file__).resolve().parents[4]
CATENA_X_9: dict[str, Any] = exact_json.decode((ROOT / "samm-models/io.catenax.pcf/9.0.0/Pcf.json").read_bytes())
NEW_ID = "9893bb5d-da16-4dc1-9185-11d97476c254"


def version_10_document() -> dict[str, Any]:
    """The example of 9.0.0 with every field, as 10.0.0 writes it."""
    spec = importlib.util.spec_from_file_location(
        "example_document", Path(__file__).parents[1] / "catena_x/example_document.py"
    )
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    made: dict[str, Any] = example.document()
    for path, value in {
        "scopeOfPcfForm/specVersion": "urn:io.catenax.pcf:datamodel:version:10.0.0",
        "pcfAssessmentAndMethodology/pcfAssessmentInformation/idAndVersion/precedingPfIds": [NEW_ID],
        "pcfAssessmentAndMethodology/pcfMethodology/massBalancingInformation/freeAttributionInMassBalancing": True,
        "pcfAssessmentAndMethodology/pcfMethodology/standards/crossSectoralStandards": "ISO 14067",
    }.items():
        made = documents.put(made, path, value)
    production = made["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]
    del production["packagingLandManagementBiogenicCO2Emissions"]
    return made


FORMS: dict[str, tuple[Model, dict[str, Any]]] = {
    "catena-x-7": (version_7.MODEL, documents.VERSION_7),
    "catena-x-10": (version_10.MODEL, version_10_document()),
    "battery-component-1": (battery_component.MODEL, documents.COMPONENT_1),
    "pact-3": (version_3.MODEL, documents.PACT_3),
}
"""The forms that are read and written, each with a document that states every field it can."""
READ = {**FORMS, "pact-2": (version_2.MODEL, documents.PACT_2), "catena-x-9": (version_9.MODEL, CATENA_X_9)}
FIELDS = [(name, entry) for name, (model, _) in FORMS.items() for entry in model.fields]
PLACES = {"geographyRegionOrSubregion", "geographyCountry"}


def ids(value: Any) -> str | None:
    return value.path if isinstance(value, Field) else None


def with_field(form: str, entry: Field) -> dict[str, Any]:
    """The document of the form, stating `entry`: of the three places PACT takes one at a time."""
    model, document = FORMS[form]
    if form == "pact-3" and entry.member in PLACES:
        made = copy.deepcopy(document)
        del made["pcf"]["geographyCountrySubdivision"]
        made["pcf"][entry.member] = {"geographyCountry": "JP"}.get(entry.member, "Eastern Asia")
        return made
    assert checking.group_in(model, document, entry.group) is not None
    return document


def wish(target: str, **changed: Any) -> Wish:
    return Wish(target=target, assumed_by="test", new_id=NEW_ID, now="2026-11-28T06:00:00Z", **changed)


@pytest.mark.parametrize(("form", "entry"), FIELDS, ids=ids)
def test_each_field_is_read_to_its_canonical_name_and_written_back(form: str, entry: Field) -> None:
    model = FORMS[form][0]
    document = with_field(form, entry)
    group = checking.group_in(model, document, entry.group)
    assert group is not None
    assert entry.member in group, f"the document of {form} states no {entry.path}"
    footprint = reading.read(model, document).footprint
    changed = checking.group_in(model, writing.write(model, footprint).document, entry.group)
    assert changed is not None
    assert exact_json.canonical(changed[entry.member]) == exact_json.canonical(group[entry.member])


@pytest.mark.parametrize(("form", "entry"), FIELDS, ids=ids)
def test_each_value_knows_where_it_comes_from(form: str, entry: Field) -> None:
    model = FORMS[form][0]
    footprint = reading.read(model, with_field(form, entry)).footprint
    stated = flat(footprint)
    assert set(stated) <= set(footprint.origins)
    if entry.name in stated:
        assert footprint.origins[entry.name] in (entry.pointer, f"derived by the rules of {model.source}")


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_document_survives_to_the_digit(form: str) -> None:
    model, document = FORMS[form]
    read = reading.read(model, document)
    made = writing.write(model, read.footprint)
    assert exact_json.canonical(made.document) == exact_json.canonical(document)
    assert [f for f in made.findings if f.code in ("pcf/lost", "pcf/assumed")] == []


@pytest.mark.parametrize(("form", "entry"), [(f, e) for f, e in FIELDS if e.required], ids=ids)
def test_each_required_field_is_missed_where_it_was(form: str, entry: Field) -> None:
    model, document = FORMS[form]
    made = copy.deepcopy(document)
    group = checking.group_in(model, made, entry.group)
    assert group is not None
    del group[entry.member]
    found = {(f.code, f.pointer) for f in checking.check(model, made) if f.severity == "error"}
    assert ("pcf/required", entry.pointer) in found
    with pytest.raises(Invalid):
        reading.read(model, made)


HOSTILE = [None, Decimal("NaN"), Decimal("1e400"), {"a": 1}, [[]], "\x00", True, -1]


@pytest.mark.parametrize(("form", "entry"), FIELDS, ids=ids)
def test_no_hostile_value_makes_anything_but_a_finding(form: str, entry: Field) -> None:
    model = FORMS[form][0]
    document = with_field(form, entry)
    for hostile in HOSTILE:
        made = copy.deepcopy(document)
        group = checking.group_in(model, made, entry.group)
        assert group is not None
        group[entry.member] = hostile
        findings = checking.check(model, made)
        if entry.kind.complain(hostile) is not None:
            assert entry.pointer in {f.pointer for f in findings if f.severity == "error"}


@pytest.mark.parametrize("form", READ)
def test_a_document_is_recognised(form: str) -> None:
    assert recognise(READ[form][1]) == form


@pytest.mark.parametrize("document", [{}, {"pcf": {}}, 3, None, "x", {"specVersion": "9"}])
def test_what_is_no_footprint_is_not_recognised(document: Any) -> None:
    with pytest.raises(Invalid) as caught:
        recognise(document)
    assert caught.value.code == "pcf/form"


# Between forms -------------------------------------------------------------------------------------------------------

COMPLETING = {
    "calculation": "Retrospective PCF",
    "technology.ccs_included": False,
    "mass_balancing.used": False,
    "mass_balancing.free_attribution": "not applicable",
    "mass_balancing.scheme": "none",
    "allocation.waste_incineration": "cut-off",
    "production.land_management_removals": Decimal(0),
    "mass_per_declared_unit": Decimal("0.140"),
}


def completing(target: str) -> dict[str, Any]:
    names = {"catena-x-9": version_9.MODEL, "catena-x-10": version_10.MODEL}.get(target)
    given = {k: v for k, v in COMPLETING.items() if names is not None and k in names.by_name}
    if target == "catena-x-10":
        given.pop("mass_balancing.free_attribution")
    return given


PAIRS = [
    (source, target)
    for source in ("catena-x-7", "catena-x-9", "catena-x-10", "pact-3")
    for target in ("catena-x-7", "catena-x-9", "catena-x-10", "pact-3")
    if source != target
]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_between_forms_each_stated_value_arrives_equal_or_is_told(source: str, target: str) -> None:
    document = READ[source][1]
    given = completing(target)
    if target == "catena-x-7":
        given = {"allocation.waste_incineration": "cut-off"} if source == "pact-3" else {}
    made = convert(document, wish(target, assumptions=given))
    before = flat(conversion.read_document(document, source).footprint)
    after = flat(conversion.read_document(made.document, target).footprint)
    told = " ".join(f"{f.message} {f.pointer}" for f in made.findings)
    own = {"spec_version", "version", "created", "production.fossil_and_aircraft", "stages.distribution"}
    own |= {"scope"} if target == "pact-3" else set()  # what PACT states always ends at the gate
    for name, value in before.items():
        same_time = _moment(value) is not None and _moment(value) == _moment(after.get(name))
        if name in own or after.get(name) == value or same_time:
            continue
        last = name.rpartition(".")[2]
        respelled = name in RESPELLED and after.get(RESPELLED[name]) is not None
        assert (
            respelled
            or name in told
            or last in told
            or name.partition(".")[0] in told
            or name.replace("_", " ") in told
        ), (name, value)


def _moment(text: Any) -> Any:
    if isinstance(text, str) and "T24:" in text:
        return checking.moment(text.replace("T24:", "T00:")) + timedelta(days=1)  # type: ignore[operator]
    return checking.moment(text)


RESPELLED = {
    "standards.cross_sectoral": "standards.cross_sectoral",
    "standards.product_rules": "standards.rule_sets",
    "standards.rule_sets": "standards.product_rules",
    "secondary_sources": "secondary_pairs",
    "secondary_pairs": "secondary_sources",
    "gwp": "gwp_factors",
    "gwp_factors": "gwp",
    "id": "id",
    "preceding_ids": "preceding_ids",
    "product_classifications": "product_code_cpc",
    "product_code_cpc": "product_classifications",
}
"""Values that a form holds under another canonical name or in another spelling."""


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_amounts_keep_their_digits_between_forms(source: str, target: str) -> None:
    given = completing(target)
    if target == "catena-x-7":
        given = {"allocation.waste_incineration": "cut-off"} if source == "pact-3" else {}
    document = READ[source][1]
    made = convert(document, wish(target, assumptions=given)).document
    before = conversion.read_document(document, source).footprint
    after = conversion.read_document(made, target).footprint
    for name in ("total_excluding", "total_including", "declared_amount", "mass_per_declared_unit"):
        assert str(getattr(after, name)) == str(getattr(before, name)), name


def test_thirty_digits_go_from_catena_x_to_pact_and_back() -> None:
    long = Decimal("1.100000000000000000000000000010")
    path = "productLifeCycleStagesAndEmissions/productionStage/"
    document = copy.deepcopy(CATENA_X_9)
    for member in ("pcfExcludingBiogenicUptake", "pcfIncludingBiogenicUptake"):
        document = documents.put(document, path + member, long)
    there = convert(document, wish("pact-3")).document
    assert there["pcf"]["pcfExcludingBiogenicUptake"] == "1.100000000000000000000000000010"
    back = convert(there, wish("catena-x-9", assumptions=completing("catena-x-9"))).document
    found = documents.holder(back, path + "pcfExcludingBiogenicUptake")["pcfExcludingBiogenicUptake"]
    assert str(found) == str(long)


def test_exponents_become_plain_digits_for_pact() -> None:
    path = "companyAndProductInformation/productInformation/declaredUnitAmount"
    document = documents.put(CATENA_X_9, path, Decimal("1E+3"))
    assert convert(document, wish("pact-3")).document["pcf"]["declaredUnitAmount"] == "1000"


def test_version_2_is_multiplied_by_its_amount() -> None:
    made = convert(documents.PACT_2, wish("pact-3"))
    inner = made.document["pcf"]
    assert inner["declaredUnitAmount"] == "12.5"
    assert inner["pcfExcludingBiogenicUptake"] == "13.750"
    assert inner["fossilGhgEmissions"] == "8.75"
    assert inner["aircraftGhgEmissions"] == "0.625"
    assert inner["biogenicCO2Uptake"] == "-1.250"
    assert "dqi" not in inner
    assert any(f.code == "pcf/lost" and "quality_3" in f.message for f in made.findings)


def test_the_share_of_another_total_is_not_carried_over() -> None:
    document = documents.put(documents.PACT_3, "pcf/biogenicCO2Uptake", "-1.0")
    document = documents.put(document, "pcf/pcfIncludingBiogenicUptake", "3.10")
    made = convert(document, wish("catena-x-9", assumptions=completing("catena-x-9")))
    quality = made.document["pcfAssessmentAndMethodology"][0]["dataSourcesAndQuality"][0]
    assert "primaryDataShare" not in quality
    assert any(f.code == "pcf/not-derivable" for f in made.findings)


def test_aircraft_is_inside_fossil_for_pact_and_beside_it_for_catena_x() -> None:
    made = convert(documents.PACT_3, wish("catena-x-9", assumptions=completing("catena-x-9"))).document
    production = made["productLifeCycleStagesAndEmissions"][0]["productionStage"][0]
    assert production["fossilGhgEmissions"] == Decimal("3.10")
    assert production["aircraftGhgEmissions"] == Decimal("0.50")


def test_what_the_target_needs_and_nobody_stated_is_refused_by_name() -> None:
    with pytest.raises(Unprocessable) as caught:
        convert(documents.VERSION_7, wish("catena-x-9"))
    assert "calculation" in str(caught.value)


def test_a_form_without_the_unit_refuses() -> None:
    document = documents.put(documents.PACT_3, "pcf/declaredUnitOfMeasurement", "megabit second")
    with pytest.raises(Unprocessable, match="megabit second"):
        convert(document, wish("catena-x-7", assumptions={"allocation.waste_incineration": "cut-off"}))
    with pytest.raises(Unprocessable, match="megabit second"):
        convert(document, wish("ouranos"))


def test_stages_of_a_supplier_go_to_the_region_without_an_assumption() -> None:
    rows = {row["cfpType"]: row for row in convert(documents.COMPONENT_1, wish("ouranos")).document}
    assert rows["preProduction"]["ghgEmission"] == Decimal("8.1")
    assert rows["mainProduction"]["ghgEmission"] == Decimal("2.4")
    assert rows["preProduction"]["ghgDeclaredUnit"] == "kgCO2e/kilogram"


def test_a_new_id_names_the_old_one() -> None:
    made = convert(documents.PACT_3, wish("pact-3", footprint_id=NEW_ID)).document
    assert made["id"] == NEW_ID
    assert made["precedingPfIds"][0] == documents.PACT_3["id"]


REGEX_TRAPS = ["12kg", "x0.5", "-5abc", "1e5", "", "1,5", "٣", "1.", ".5", " 1", "1\n", "0x10", "NaN", "Infinity"]


@pytest.mark.parametrize("text", REGEX_TRAPS)
def test_the_open_patterns_of_pact_let_nothing_pass_here(text: str) -> None:
    for member in ("declaredUnitAmount", "biogenicCO2Uptake", "fossilGhgEmissions", "exemptedEmissionsPercent"):
        assert checking.check(version_3.MODEL, documents.put(documents.PACT_3, f"pcf/{member}", text))


def test_documents_are_json_and_nothing_else() -> None:
    for model, document in FORMS.values():
        made = writing.write(model, reading.read(model, document).footprint).document
        assert json.loads(exact_json.encode(made))
