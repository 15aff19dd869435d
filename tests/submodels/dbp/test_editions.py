"""Older templates, DppMetadata as part 8, and the two profiles of semantic ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.notation.findings import has_errors
from connector.notation.problems import Invalid
from submodels.aas.environment import to_jsonable, verify
from submodels.aas.value import value_only
from submodels.dbp.build import BuiltPassport, build, environment_of
from submodels.dbp.coverage import coverage, taken_by
from submodels.dbp.edition import FIRST, OLDER, ONLY_FIRST, SEVEN, Edition
from submodels.dbp.homeless import HOMELESS, IN_METADATA
from submodels.dbp.mapping import TABLE
from submodels.dbp.metadata import ROWS, STATUSES
from submodels.dbp.parts import BY_ID_SHORT, BY_NUMBER, METADATA, PARTS
from submodels.dbp.templates.element import walk
from submodels.dbp.tree import elements_by_path

from .conftest import ABSENT, TEMPLATES, context, varied

ALL_FIRST = dict.fromkeys((4, 5, 6, 7), FIRST)
OPERATOR = "/metadata/economicOperator/economicOperatorId"
SCHEMAS = TEMPLATES / "../idta-dbp-schemas"


def made(edition: Edition, changes: dict[str, Any] | None = None, **context_changes: Any) -> BuiltPassport:
    return build(varied(changes or {}), context=context(**context_changes), edition=edition)


def ids(passport: BuiltPassport, id_short: str) -> list[str]:
    jsonable = to_jsonable(passport.submodel(id_short))
    return [one["keys"][0]["value"] for one in [jsonable["semanticId"], *jsonable.get("supplementalSemanticIds", [])]]


# -- profiles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id_short)
def test_each_profile_puts_its_id_first_and_the_others_behind(part: Any) -> None:
    idta = ids(made(Edition(profile="idta")), part.id_short)
    catena_x = ids(made(Edition(profile="catena-x")), part.id_short)
    assert (idta[0], catena_x[0]) == (part.semantic_id, part.cx_semantic_id)
    assert set(idta) == set(catena_x)
    assert len(set(catena_x)) == len(catena_x)


def test_profiles_differ_in_nothing_else() -> None:
    def without_ids(passport: BuiltPassport) -> Any:
        documents = [to_jsonable(submodel) for submodel in passport.submodels]
        return [{**one, "semanticId": 0, "supplementalSemanticIds": 0} for one in documents]

    assert without_ids(made(Edition(profile="idta"))) == without_ids(made(Edition(profile="catena-x")))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"profile": "edc"}, "'edc'"),
        ({"versions": {4: "2.0.0"}}, "part 4 has no version '2.0.0'"),
        ({"versions": {1: FIRST}}, "part 1"),
        ({"versions": {9: FIRST}}, "part 9"),
    ],
)
def test_an_edition_that_there_is_not_is_refused(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(Invalid, match=named) as caught:
        Edition(**arguments)
    assert caught.value.code == "dbp/edition"


# -- versions ------------------------------------------------------------------------------------------------------


def test_the_newest_templates_are_the_default() -> None:
    assert SEVEN.parts == PARTS
    assert [part.template_version for part in Edition(versions=ALL_FIRST).parts] == ["1.0"] * 3 + [FIRST] * 4
    assert SEVEN.rows is TABLE


@pytest.mark.parametrize("number", OLDER)
def test_every_row_of_an_older_version_has_its_target(number: int) -> None:
    edition = Edition(versions={number: FIRST})
    parts = {part.number: part for part in edition.parts}
    assert [row.target for row in edition.rows if row.target not in elements_by_path(parts[row.part])] == []


def test_the_first_technical_data_name_things_in_their_own_way() -> None:
    passport = made(Edition(versions={4: FIRST}))
    value = value_only(passport.submodel("TechnicalData"))
    general, areas = value["GeneralInformation"], value["TechnicalPropertyAreas"]
    assert general["WarrantyPeriod"] == "2034-02"  # made 2026-02, guaranteed for 96 months
    assert "WarrantyInformation" not in general
    assert general["ManufacturerArticleNumber"] == "ION-E75"
    assert general["ManufacturerProductDesignation"][0].keys() == {"en"}
    assert all("AtBattery" in name for name in areas["Resistance"])
    assert areas["Lifetime"]["cycleLifeReferenceTest"]
    assert not has_errors(passport.findings)


@pytest.mark.parametrize(
    ("lifespan", "ends"),
    [
        ({"unit": "unit:month", "value": 1}, "2026-03"),
        ({"unit": "unit:month", "value": 10}, "2026-12"),
        ({"unit": "unit:month", "value": 11}, "2027-01"),
        ({"unit": "unit:year", "value": 8}, "2034-02"),
        ({"unit": "unit:year", "value": 0}, "2026-02"),
        ({"unit": "unit:cycle", "value": 8}, None),
        ({"unit": "unit:year", "value": -1}, None),
        ({"unit": "unit:year", "value": 10**9}, None),
    ],
)
def test_a_guarantee_ends_in_a_month(lifespan: dict[str, Any], ends: str | None) -> None:
    guarantee = [{"key": "guaranteed lifetime", **lifespan}]
    passport = made(Edition(versions={4: FIRST}), {"/generalInformation/lifespan": guarantee})
    general = value_only(passport.submodel("TechnicalData"))["GeneralInformation"]
    assert general.get("WarrantyPeriod") == ends
    missing = [one for one in passport.findings if (one.code, one.source) == ("dbp/mandatory-missing", PERIOD)]
    assert len(missing) == (1 if ends is None else 0)


PERIOD = "IDTA 02035-4 GeneralInformation.WarrantyPeriod"


@pytest.mark.parametrize("number", [5, 6])
def test_the_first_conditions_and_materials_have_ids_of_the_first_version(number: int) -> None:
    older = [element.semantic_id for _, element in walk(OLDER[number].elements)]
    newer = [element.semantic_id for _, element in walk(BY_NUMBER[number].elements)]
    assert not [one for one in older if ":1.0.1#" in one]
    assert [one.replace(":1.0.1#", ":1.0.0#") for one in newer] == older


def test_what_the_first_materials_demand_and_the_source_lacks_is_a_warning() -> None:
    passport = made(Edition(versions={6: FIRST}))
    missing = {one.source: one.severity for one in passport.findings if one.code == "dbp/mandatory-missing"}
    assert missing["IDTA 02035-6 BatteryMaterials[].BatteryMaterialMass"] == "warning"
    assert not has_errors(passport.findings)


@pytest.mark.parametrize("profile", ["idta", "catena-x"])
@pytest.mark.parametrize("versions", [{}, ALL_FIRST], ids=["newest", "first"])
@pytest.mark.parametrize("with_metadata", [False, True])
def test_every_edition_passes_verification(profile: Any, versions: dict[int, str], with_metadata: bool) -> None:
    passport = made(Edition(profile, versions, with_metadata))
    assert verify(environment_of(passport)) == []
    assert not has_errors(passport.findings)


# -- part 8 --------------------------------------------------------------------------------------------------------

EIGHT = Edition(with_metadata=True)


def metadata_of(changes: dict[str, Any] | None = None, **context_changes: Any) -> dict[str, Any]:
    return value_only(made(EIGHT, changes, **context_changes).submodel("DppMetadata"))


def test_part_8_tells_of_the_passport_itself() -> None:
    assert metadata_of(last_update="2026-11-20T10:00:00Z") == {
        "digitalProductPassportId": "urn:uuid:2f4d1c7e-8a53-4b0e-9d61-5c3e7ab90f18",
        "uniqueProductIdentifier": "https://id.battery.example/p/7EE53R3T5N4FDG85B",
        "granularity": "Item",
        "dppSchemaVersion": "EN 18223:2026",
        "dppStatus": "active",
        "lastUpdate": "2026-11-20T10:00:00Z",
        "economicOperatorId": "BPNL00000075MFCT",
        "facilityId": "BPNS00000075PLNT",
        "contentSpecificationIds": [part.semantic_id for part in PARTS],
    }


def test_part_8_names_the_submodels_by_the_ids_that_they_have() -> None:
    passport = made(Edition("catena-x", {5: FIRST}, with_metadata=True))
    named = value_only(passport.submodel("DppMetadata"))["contentSpecificationIds"]
    assert named == [ids(passport, part.id_short)[0] for part in PARTS]
    assert OLDER[5].cx_semantic_id in named


@pytest.mark.parametrize(
    ("changes", "context_changes", "name", "value"),
    [
        ({}, {}, "lastUpdate", "2026-10-05T08:15:00Z"),
        ({"/identification/idDmc": "12345"}, {}, "uniqueProductIdentifier", context().unit_url),
        ({OPERATOR: ABSENT}, {"operator_id": "OP-1"}, "economicOperatorId", "OP-1"),
        ({OPERATOR: {"left": {"companyName": ["Maker"]}}}, {}, "economicOperatorId", "Maker"),
        ({}, {"granularity": "Batch"}, "granularity", "Batch"),
        *(({"/metadata/status": theirs}, {}, "dppStatus", ours) for theirs, ours in STATUSES.items()),
    ],
)
def test_part_8_takes_what_there_is(
    changes: dict[str, Any], context_changes: dict[str, Any], name: str, value: str
) -> None:
    assert metadata_of(changes, **context_changes)[name] == value


def test_what_part_8_demands_and_the_payload_does_not_say_is_configured_or_an_error() -> None:
    passport = made(EIGHT, {"/metadata/status": ABSENT, "/metadata/passportIdentifier": ABSENT})
    value = value_only(passport.submodel("DppMetadata"))
    assert (value["dppStatus"], value["digitalProductPassportId"]) == ("active", value["uniqueProductIdentifier"])
    told = {one.target: one.kind for one in passport.findings}
    assert told["IDTA 02099-1 dppStatus"] == told["IDTA 02099-1 digitalProductPassportId"] == "assumed"
    nothing = made(EIGHT, {OPERATOR: {}})
    missing = {one.source for one in nothing.findings if one.code == "dbp/mandatory-missing"}
    assert "IDTA 02099-1 economicOperatorId" in missing


def test_an_unknown_status_is_told() -> None:
    passport = made(EIGHT, {"/metadata/status": "lost"})
    assert "dbp/not-in-value-list" in {one.code for one in passport.findings if one.pointer == "/metadata/status"}


def test_what_only_part_8_takes_is_homeless_without_it() -> None:
    reasons = {one.reason for one in IN_METADATA}
    with_it, without = ({one.message for one in made(edition).findings} for edition in (EIGHT, SEVEN))
    assert not any(message.startswith(tuple(reasons)) for message in with_it)
    assert any(message.startswith(tuple(reasons)) for message in without)
    taken = {path for row in (*ROWS, *ONLY_FIRST) for path in taken_by(row)}
    assert [
        one for one in coverage(["metadata.status", "metadata.passportIdentifier.left"]) if one.path not in taken
    ] == []
    assert not [one for one in HOMELESS if one.path.startswith("metadata.status")]


def test_part_8_stands_in_the_tables_but_not_among_the_seven() -> None:
    assert BY_NUMBER[8] is BY_ID_SHORT["DppMetadata"] is METADATA
    assert METADATA not in PARTS
    assert METADATA.template_id == "https://admin-shell.io/idta-02099-1"


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason="the IDTA templates are not at hand")
def test_part_8_says_what_its_template_says() -> None:
    submodel = json.loads((TEMPLATES / "8-DppMetadata.json").read_text("utf-8"))["submodels"][0]
    assert submodel["semanticId"]["keys"][0]["value"] == METADATA.semantic_id
    wanted = [
        (
            one["idShort"],
            one["modelType"],
            next(q["value"] for q in one["qualifiers"] if q["type"] == "SMT/Cardinality"),
            one["semanticId"]["keys"][0]["value"],
            [ref["keys"][0]["value"] for ref in one.get("supplementalSemanticIds", [])],
            one.get("valueType", ""),
        )
        for one in submodel["submodelElements"]
    ]
    told = [
        (
            one.id_short,
            one.kind,
            one.cardinality,
            one.semantic_id,
            [keys[0] for keys in one.supplemental],
            one.value_type,
        )
        for one in METADATA.elements
    ]
    assert told == wanted


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the IDTA schemas are not at hand")
def test_the_value_of_part_8_fits_its_schema() -> None:
    import jsonschema_rs

    schema = json.loads((SCHEMAS / "DppMetadata-schema.json").read_text("utf-8"))
    judge = jsonschema_rs.Draft4Validator(schema)
    assert judge.is_valid(metadata_of())
    assert not judge.is_valid({**metadata_of(), "granularity": "Pallet"})
