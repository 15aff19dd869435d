"""io.catenax.pcf 9.0.0: every field in both directions, exact amounts, assumptions, refusals."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.notation import exact_json
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf.catena_x import version_9
from connector.pcf.catena_x.fields import FIELDS, GROUPS, OPTIONAL_WHEN_WRITTEN
from connector.pcf.footprint import Assumptions, Footprint, Quality, flat
from connector.pcf.forms.model import pointer_of

BY_NAME = version_9.MODEL.by_name

_spec = importlib.util.spec_from_file_location("example_document", Path(__file__).with_name("example_document.py"))
assert _spec is not None
assert _spec.loader is not None
example = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(example)

REFERENCE = Path(__file__).resolve().parents[4] / "../shared/reference/samm/io.catenax.pcf/9.0.0/gen"

BARE = Footprint(
    id="3893bb5d-da16-4dc1-9185-11d97476c254",
    company_name="Cell Works",
    company_ids=("urn:bpn:id:BPNL00000003CSGV",),
    product_name="Cell",
    product_ids=("urn:uuid:3893bb5d-da16-4dc1-9185-11d97476c250",),
    declared_unit="piece",
    declared_amount=Decimal(1),
    total_excluding=Decimal("4.5"),
    created="2026-01-10T08:00:00Z",
)
ASSUMED: dict[str, Any] = {
    "scope": "Cradle-to-gate",
    "mass_per_declared_unit": Decimal("0.07"),
    "technology.ccs_included": False,
    "calculation": "Retrospective PCF",
    "boundary.exempted_percent": Decimal(0),
    "region": "Eastern Asia",
    "reference_start": "2025-01-01T00:00:00Z",
    "reference_end": "2025-12-31T23:59:59Z",
    "valid_until": "2028-12-31T23:59:59Z",
    "mass_balancing.used": False,
    "mass_balancing.free_attribution": "not applicable",
    "mass_balancing.scheme": "none",
    "standards.cross_sectoral": ["ISO 14067"],
    "standards.product_rules": [],
    "gwp": "AR6",
    "allocation.waste_incineration": "cut-off",
    "production.biogenic_uptake": Decimal(0),
    "packaging.included": False,
}


def assumptions(**changed: Any) -> Assumptions:
    return Assumptions({**ASSUMED, **changed}, "demo settings")


def errors(document: Any) -> set[tuple[str, str]]:
    return {(f.code, f.pointer) for f in version_9.check(document) if f.severity == "error"}


def test_the_example_has_every_field_of_the_table() -> None:
    assert {entry.path for entry in FIELDS} == set(example.VALUES)
    assert len({entry.name for entry in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize("entry", FIELDS, ids=lambda entry: entry.path)
def test_each_field_is_read_and_written_back(entry: Any) -> None:
    wire, canonical = example.VALUES[entry.path]
    footprint, _ = version_9.read(example.document())
    value = flat(footprint)[entry.name]
    assert value == canonical
    assert type(value) is type(canonical)
    written = example.group_of(version_9.write(footprint).document, entry.path)[entry.member]
    assert written == wire


def test_the_whole_document_survives_to_the_byte() -> None:
    raw = exact_json.canonical(example.document())
    footprint, noticed = version_9.read(exact_json.decode(raw))
    converted = version_9.write(footprint)
    assert exact_json.canonical(converted.document) == raw
    assert noticed == ()
    assert converted.findings == ()


def test_an_amount_keeps_all_of_its_digits() -> None:
    document = example.document()
    path = "productLifeCycleStagesAndEmissions/productionStage/"
    for member in ("fossilGhgEmissions", "pcfExcludingBiogenicUptake", "pcfIncludingBiogenicUptake"):
        example.put(document, path + member, example.LONG)
    raw = exact_json.encode(document)
    footprint, _ = version_9.read(exact_json.decode(raw))
    assert footprint.total_excluding == Decimal("0.10000000000000000555")
    assert b'"pcfExcludingBiogenicUptake":0.10000000000000000555' in exact_json.encode(
        version_9.write(footprint).document
    )


def test_distribution_becomes_a_stage_and_source_digest_is_kept() -> None:
    document = example.document()
    footprint, _ = version_9.read(document)
    assert footprint.stages == {"distribution": example.EXCLUDING}
    assert footprint.provenance is not None
    assert footprint.provenance.digest.startswith("sha256:")
    example.put(document, "productLifeCycleStagesAndEmissions/distributionStage/distributionStageIncluded", False)
    assert version_9.read(document).footprint.stages == {}


@pytest.mark.parametrize("entry", [e for e in FIELDS if e.required], ids=lambda entry: entry.path)
def test_each_required_field_is_missed(entry: Any) -> None:
    document = example.document()
    del example.group_of(document, entry.path)[entry.member]
    assert ("pcf/required", entry.pointer) in errors(document)
    with pytest.raises(Invalid) as caught:
        version_9.read(document)
    assert caught.value.code == "pcf/catena-x"


@pytest.mark.parametrize("entry", FIELDS, ids=lambda entry: entry.path)
@pytest.mark.parametrize(
    "hostile", [None, Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), 1.5, {"a": 1}, [[]]], ids=str
)
def test_no_field_takes_a_hostile_value(entry: Any, hostile: Any) -> None:
    document = example.put(example.document(), entry.path, hostile)
    assert any(pointer == entry.pointer for _, pointer in errors(document))


AMOUNTS = [e for e in FIELDS if isinstance(example.VALUES[e.path][1], Decimal)]


@pytest.mark.parametrize("entry", AMOUNTS, ids=lambda entry: entry.path)
def test_amounts_are_no_texts_and_no_booleans(entry: Any) -> None:
    for hostile in ("1.5", True):
        assert errors(example.put(example.document(), entry.path, hostile)) >= {("pcf/amount", entry.pointer)}


RANGES = {
    "declared_amount": (0, "-1"),
    "mass_per_declared_unit": ("-0.1",),
    "primary_data_share": ("-0.1", "100.01"),
    "quality.total.temporal": ("0.99", "5.01"),
    "boundary.exempted_percent": ("-1", "10.1"),
    "total_excluding": ("-0.00001",),
    "production.biogenic_uptake": ("0.1",),
    "distribution.land_management_removals": ("0.1",),
    "packaging.including": ("-0.1",),
    "version": ("-1",),
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in RANGES.items() for v in values])
def test_ranges(name: str, value: Any) -> None:
    entry = BY_NAME[name]
    assert ("pcf/range", entry.pointer) in errors(example.put(example.document(), entry.path, Decimal(value)))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("country", "xxDEyy", "pcf/value"),
        ("country", "de", "pcf/value"),
        ("subdivision", "JP-2345", "pcf/value"),
        ("id", "urn:uuid:3893bb5d-da16-4dc1-9185-11d97476c254x", "pcf/value"),
        ("id", "3893bb5d", "pcf/value"),
        ("created", "2026-01-10T08:00:00", "pcf/zone"),
        ("created", "2026-02-30T08:00:00Z", "pcf/value"),
        ("created", "10.01.2026", "pcf/value"),
        ("declared_unit", "unit", "pcf/value"),
        ("declared_unit", "megabit second", "pcf/value"),
        ("region", "Atlantis", "pcf/value"),
        ("company_ids", [], "pcf/value"),
        ("company_ids", ["BPNL00000003CSGV"], "pcf/value"),
        ("company_ids", ["urn:a:b", "urn:a:b"], "pcf/value"),
        ("company_name", "", "pcf/value"),
        ("preceding_ids", [{"id": "x"}], "pcf/value"),
        ("mass_balancing.free_attribution", True, "pcf/type"),
        ("technology.ccs_included", "false", "pcf/type"),
    ],
)
def test_values_are_matched_from_end_to_end(name: str, value: Any, code: str) -> None:
    entry = BY_NAME[name]
    assert (code, entry.pointer) in errors(example.put(example.document(), entry.path, value))


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_holds_exactly_one_object(group: str) -> None:
    name = group.rpartition("/")[2]
    pointer = (pointer_of(group.rpartition("/")[0]) if "/" in group else "") + "/" + name
    for wrong in ([], [{}, {}], {}, [1], None):
        document = example.document()
        holder = example.group_of(document, group)
        holder[name] = wrong if wrong != [{}, {}] else holder[name] * 2
        assert errors(document) == {("pcf/group", pointer)}
    document = example.document()
    del example.group_of(document, group)[name]
    assert (("pcf/required", pointer) in errors(document)) is GROUPS[group]


@pytest.mark.parametrize("document", [None, [], "x", 3])
def test_a_document_is_an_object(document: Any) -> None:
    assert errors(document) == {("pcf/type", "")}


@pytest.mark.parametrize("stage", ["production", "distribution", "packaging"])
def test_sums_that_do_not_add_up_are_told_but_readable(stage: str) -> None:
    group = f"productLifeCycleStagesAndEmissions/{stage}Stage"
    spelled = {"production": "", "distribution": "distributionStage", "packaging": "packaging"}[stage]
    fossil, total = f"{spelled}FossilGhgEmissions", f"{spelled}PcfIncludingBiogenicUptake"
    if not spelled:
        fossil, total = "fossilGhgEmissions", "pcfIncludingBiogenicUptake"
    for member, code in ((fossil, "pcf/t2"), (total, "pcf/t1")):
        document = example.put(example.document(), f"{group}/{member}", Decimal("9.9"))
        assert [(f.code, f.severity) for f in version_9.read(document).findings] == [(code, "warning")]


def test_a_sum_of_binary_floats_is_let_pass() -> None:
    path = BY_NAME["production.fossil"].path
    document = example.put(example.document(), path, Decimal("1.6000000000000003"))
    assert version_9.check(document) == []


def test_periods_place_and_cut_off() -> None:
    def codes(name: str, value: Any) -> list[tuple[str, str]]:
        made = example.put(example.document(), BY_NAME[name].path, value)
        return [(f.code, f.severity) for f in version_9.check(made)]

    assert codes("reference_end", "2024-12-31T23:59:59Z") == [("pcf/period", "error")]
    assert codes("valid_until", "2025-12-31T23:59:59Z") == [("pcf/period", "error")]
    assert codes("valid_from", "2025-06-01T00:00:00Z") == [("pcf/validity", "warning")]
    assert codes("subdivision", "US-NY") == [("pcf/geography", "warning")]
    assert codes("boundary.exempted_percent", 3) == [("pcf/cut-off", "warning")]
    assert codes("boundary.exempted_percent", Decimal("2.9")) == []


EDGES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
         "2026-12-31T24:00:00Z", "2026-01-01T00:00:00.123456789Z"]  # fmt: skip


@pytest.mark.parametrize("start", EDGES)
@pytest.mark.parametrize("end", EDGES)
def test_times_at_the_edge_of_the_calendar_are_compared_or_left_alone(start: str, end: str) -> None:
    document = example.put(example.document(), BY_NAME["reference_start"].path, start)
    codes = [f.code for f in version_9.check(example.put(document, BY_NAME["reference_end"].path, end))]
    assert set(codes) <= {"pcf/period", "pcf/validity"}
    if (start, end) == (EDGES[1], EDGES[0]):
        assert "pcf/period" in codes


def test_unknown_members_are_told_as_lost() -> None:
    document = example.document()
    document["extra"] = 1
    document["general"][0]["a/b"] = 2
    example.put(document, BY_NAME["preceding_ids"].path, [{}])
    found = {(f.code, f.pointer) for f in version_9.read(document).findings}
    assert found == {
        ("pcf/lost", "/extra"),
        ("pcf/lost", "/general/0/a~1b"),
        ("pcf/lost", BY_NAME["preceding_ids"].pointer),
    }


def test_without_a_product_there_is_no_footprint() -> None:
    document = example.document()
    del document["companyAndProductInformation"][0]["productInformation"]
    with pytest.raises(Unprocessable) as caught:
        version_9.read(document)
    assert caught.value.code == "pcf/not-derivable"
    assert "declared_unit" in caught.value.detail


def test_assumptions_are_used_and_each_is_told() -> None:
    document, findings = version_9.write(BARE, assumptions=assumptions())
    assert version_9.check(document) == []
    told = {f.pointer for f in findings if f.code == "pcf/assumed"}
    assert told == {BY_NAME[name].pointer for name in ASSUMED}
    assert {f.source for f in findings if f.code == "pcf/assumed"} == {"demo settings"}
    assert flat(version_9.read(document).footprint)["total_including"] == Decimal("4.5")


@pytest.mark.parametrize("name", ASSUMED)
def test_each_required_value_is_refused_without_its_assumption(name: str) -> None:
    left = {key: value for key, value in ASSUMED.items() if key != name}
    with pytest.raises(Unprocessable) as caught:
        version_9.write(BARE, assumptions=Assumptions(left, "x"))
    assert caught.value.code == "pcf/not-derivable"
    missing = "total_including" if name == "production.biogenic_uptake" else name
    assert [f.pointer for f in caught.value.findings] == [BY_NAME[missing].pointer]


def test_a_stated_value_goes_before_an_assumption() -> None:
    stated = replace(BARE, region="Europe")
    document, findings = version_9.write(stated, assumptions=assumptions())
    assert version_9.read(document).footprint.region == "Europe"
    assert BY_NAME["region"].pointer not in {f.pointer for f in findings}


@pytest.mark.parametrize("name", ["total_excluding", "declared_unit", "declared_amount", "id", "colour"])
def test_what_is_never_assumed(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        version_9.write(BARE, assumptions=assumptions(**{name: "x"}))
    assert caught.value.code == "pcf/assumption"
    assert name in caught.value.detail


def test_an_assumption_must_fit_the_model() -> None:
    with pytest.raises(Unprocessable) as caught:
        version_9.write(BARE, assumptions=assumptions(region="Mars"))
    assert caught.value.code == "pcf/not-representable"
    assert caught.value.findings[0].pointer == BY_NAME["region"].pointer


def test_the_mass_of_kilograms_follows_from_the_amount() -> None:
    left = {key: value for key, value in ASSUMED.items() if key != "mass_per_declared_unit"}
    kilograms = replace(BARE, declared_unit="kilogram", declared_amount=Decimal("2.50"))
    document, _ = version_9.write(kilograms, assumptions=Assumptions(left, "x"))
    assert version_9.read(document).footprint.mass_per_declared_unit == Decimal("2.50")


def test_stages_and_ratings_without_a_place_are_told_as_lost() -> None:
    rich = replace(
        BARE,
        stages={"raw-material": Decimal(3), "main-production": Decimal("1.5"), "distribution": Decimal("0.25")},
        quality={"raw-material": Quality(technological=Decimal(2))},
        details={"pact.extension": "x"},
    )
    document, findings = version_9.write(rich, assumptions=assumptions())
    lost = {f.message.split()[0] for f in findings if f.code == "pcf/lost"}
    assert lost == {"stages.raw-material", "stages.main-production", "quality.raw-material.technological",
                    "pact.extension"}  # fmt: skip
    stage = document["productLifeCycleStagesAndEmissions"][0]["distributionStage"][0]
    assert stage == {"distributionStageIncluded": True, "distributionStagePcfExcludingBiogenicUptake": Decimal("0.25")}


def test_optional_groups_are_left_out_when_empty() -> None:
    document, _ = version_9.write(BARE, assumptions=assumptions())
    for group in OPTIONAL_WHEN_WRITTEN:
        parent, _, name = group.rpartition("/")
        holder = document[parent][0] if parent else document
        assert name not in holder


def test_documents_satisfy_the_published_schema() -> None:
    schema_file = REFERENCE / "Pcf-schema.json"
    if not schema_file.exists():
        pytest.skip("the reference schema is not on this machine")
    import jsonschema_rs

    validator = jsonschema_rs.Draft4Validator(json.loads(schema_file.read_text()))
    for document in (example.document(), version_9.write(BARE, assumptions=assumptions()).document):
        validator.validate(json.loads(exact_json.encode(document)))


def test_the_published_example_is_read_with_its_wrong_sums_told() -> None:
    example_file = REFERENCE / "Pcf.json"
    if not example_file.exists():
        pytest.skip("the reference example is not on this machine")
    document = exact_json.decode(example_file.read_bytes())
    footprint, findings = version_9.read(document)
    assert footprint.total_excluding == Decimal("2.9")
    codes = {finding.code for finding in findings}
    assert codes == {"pcf/t2", "pcf/t1", "pcf/geography", "pcf/validity", "pcf/lost"}


def test_the_table_is_the_published_schema() -> None:
    schema_file = REFERENCE / "Pcf-schema.json"
    if not schema_file.exists():
        pytest.skip("the reference schema is not on this machine")
    schema = json.loads(schema_file.read_text())
    shapes = schema["components"]["schemas"]
    found: dict[str, bool] = {}

    def walk(shape: dict[str, Any], path: str) -> None:
        for member, inner in shape.get("properties", {}).items():
            target = shapes[inner["$ref"].rpartition("/")[2]]
            place = f"{path}/{member}".lstrip("/")
            items = target.get("items", {}).get("$ref", "").rpartition("/")[2]
            if items and "properties" in shapes[items] and shapes[items]["properties"]:
                walk(shapes[items], place)
            else:
                found[place] = member in shape.get("required", [])

    walk(schema, "")
    assert {entry.path: entry.required for entry in FIELDS} == found
