"""What a passport must hold by strictness and category."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connector.notation.findings import Finding, has_errors
from submodels.aas.value import value_only
from submodels.dbp.build import build
from submodels.dbp.coverage import single_paths
from submodels.dbp.law.completeness import (
    KINDS,
    STRICTNESSES,
    Strictness,
    data_point_findings,
    judged,
    kind_of,
)
from submodels.dbp.law.datapoints import CATEGORIES, DATA_POINTS
from submodels.dbp.paths import parse
from submodels.samm.model import Aspect
from submodels.samm.outline import lines

from .conftest import ABSENT, TEMPLATES, context, varied

GUIDANCE = TEMPLATES / "../en18222/ec-datapoint-applicability.json"


def weighed(strictness: Strictness, changes: dict[str, Any] | None = None, **context_changes: Any) -> list[Finding]:
    payload, configured = varied(changes or {}), context(**context_changes)
    passport = build(payload, context=configured)
    identifiers = value_only(passport.submodel("BatteryNameplate"))
    return judged(payload, passport.findings, identifiers, context=configured, strictness=strictness)


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


# -- strictnesses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strictness", STRICTNESSES)
def test_a_whole_passport_passes_every_strictness(strictness: Strictness) -> None:
    assert not has_errors(weighed(strictness))


def test_a_draft_may_lack_what_is_mandatory() -> None:
    lacking = {"/identification/localIdentifier": ABSENT}
    assert has_errors(weighed("catena-x", lacking))
    draft = weighed("draft", lacking)
    assert not has_errors(draft)
    assert "dbp/mandatory-missing" in codes(draft)


def test_a_draft_may_have_a_word_that_the_template_does_not_list() -> None:
    starter = {"/identification/category": "SLI"}
    assert has_errors(weighed("catena-x", starter))
    draft = weighed("draft", starter)
    assert not has_errors(draft)
    assert "dbp/not-in-value-list" in codes(draft)


def test_a_draft_may_not_be_wrong() -> None:
    assert has_errors(weighed("draft", {"/generalInformation/manufacturer/manufacturingDate": "2026-02-30"}))


@pytest.mark.parametrize(
    ("changes", "context_changes", "element"),
    [
        (
            {"/generalInformation/manufacturer/facility": {"right": {"locationIdentifier": {"right": "P7"}}}},
            {"facility_bpns": ""},
            "UniqueFacilityIdentifier",
        ),
        (
            {
                "/generalInformation/manufacturer/manufacturer": {
                    "right": [{"businessIdentifier": {"right": "DE123"}, "businessIdentifierType": "VAT"}]
                }
            },
            {"manufacturer_bpnl": ""},
            "ManufacturerIdentifier",
        ),
    ],
)
def test_an_exchange_wants_numbers_of_business_partners(
    changes: dict[str, Any], context_changes: dict[str, Any], element: str
) -> None:
    found = [one for one in weighed("catena-x", changes, **context_changes) if one.code == "dbp/partner-number"]
    assert [one.source.split()[-1] for one in found] == [element]
    assert found[0].severity == "error"
    assert "dbp/partner-number" not in codes(weighed("draft", changes, **context_changes))


def test_only_the_regulatory_use_asks_for_data_points() -> None:
    lacking = {"/identification/typeId": ABSENT}
    assert "dbp/data-point" not in codes(weighed("catena-x", lacking))
    (missing,) = (one for one in weighed("regulatory", lacking) if one.code == "dbp/data-point")
    assert (missing.severity, missing.wanted) == ("error", "identification.typeId")
    assert missing.source.startswith("data point 7 ")


def test_what_waits_for_an_act_is_told_and_refuses_nothing() -> None:
    told = [one for one in weighed("regulatory") if one.code == "dbp/not-allowed-yet"]
    assert {one.severity for one in told} == {"info"}
    assert any("carbon footprint" in one.message for one in told)


@pytest.mark.parametrize("point", DATA_POINTS, ids=lambda point: f"{point.number} {point.name}")
@pytest.mark.parametrize("category", CATEGORIES)
def test_each_data_point_is_asked_for_where_it_is_mandatory(category: str, point: Any) -> None:
    """An empty payload lacks them all."""
    found = data_point_findings({"identification": {"category": category}}, context(unit_url="", facility_bpns=""))
    asked = {int(one.source.split()[2]) for one in found if one.code == "dbp/data-point"}
    configured = {3, 4}  # the configuration of these tests has the manufacturer's name and address
    is_asked = point.answer(category) == "mandatory" and point.number not in {*configured, 6}
    assert (point.number in asked) is is_asked


@pytest.mark.parametrize("category", ["SLI", "portable", "incorporated", None, 5])
def test_nothing_is_asked_of_other_batteries(category: Any) -> None:
    assert data_point_findings({"identification": {"category": category}}, context()) == []


def test_that_there_is_none_of_a_metal_is_an_answer() -> None:
    none = {"/chemicalMaterial/activeMaterials/lead": {"right": "not applicable"}}
    assert not has_errors(weighed("regulatory", none))
    gone = {"/chemicalMaterial/activeMaterials/lead": ABSENT}
    assert "dbp/data-point" in codes(weighed("regulatory", gone))


# -- tables --------------------------------------------------------------------------------------------------------


def test_there_are_71_data_points_with_real_sources() -> None:
    assert [point.number for point in DATA_POINTS] == list(range(1, 72))
    sources = [path for point in DATA_POINTS for source in point.sources for path in source.split(" | ")]
    assert all(parse(path) for path in sources)


def test_every_source_is_a_place_of_the_model(battery_pass: Aspect) -> None:
    known = {line.path.removesuffix("[]") for line in lines(battery_pass)}
    paths = [path for point in DATA_POINTS for source in point.sources for path in source.split(" | ")]
    plain = [one.replace("[key=guaranteed lifetime]", "[]") for path in paths for one in single_paths(path)]
    assert [one for one in plain if not one.startswith("context.") and one.removesuffix("[]") not in known] == []


@pytest.mark.skipif(not GUIDANCE.is_file(), reason="the matrix of the guidance is not at hand")
def test_the_answers_are_those_of_the_guidance() -> None:
    words = {"notToBeFilled": "not-to-be-filled"}
    audiences = {"legitimateInterest": "legitimate-interest", "notifiedBodiesAndAuthorities": "authorities"}
    told = json.loads(GUIDANCE.read_text("utf-8"))
    for ours, theirs in zip(DATA_POINTS, told["dataPoints"], strict=True):
        answers = [theirs["applicability"][category.lower()]["status"] for category in CATEGORIES]
        assert ours.number == theirs["nr"]
        assert list(ours.answers) == [words.get(answer, answer) for answer in answers]
        assert plain_law(ours.law) == plain_law(theirs.get("source") or "XIII(1)(b)")  # the matrix leaves one out
        assert ours.audience == audiences.get(theirs["accessTier"], theirs["accessTier"])


def plain_law(text: str) -> str:
    """`BR Annex XIII 1 (c)` and `XIII(1)(c)` alike: `XIII1c`."""
    return re.sub(r"BR |Annex |Article |\W", "", text)


def test_each_finding_comes_down_to_a_kind() -> None:
    assert kind_of(Finding("dbp/mandatory-missing", "")) == "missing-mandatory"
    assert kind_of(Finding("dbp/left-out", "")) == "lost"
    assert kind_of(Finding("dbp/cas-check-digit", "")) == "faulty"
    assert set(KINDS.values()) == {"lost", "assumed", "converted", "missing-mandatory", "not-allowed-yet"}
