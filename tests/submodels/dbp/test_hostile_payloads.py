"""Whatever stands in a payload: findings, never a traceback, and what is built passes verification."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.notation import pointers
from connector.notation.problems import Invalid
from submodels.aas.environment import to_json, to_xml, verify
from submodels.aas.value import value_only
from submodels.dbp.build import BuiltPassport, build, environment_of

from .conftest import ABSENT, built, codes, context, example

EXAMPLE = example()


def _pointers(value: Any, pointer: str = "") -> list[str]:
    members: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [found for name, member in members for found in _pointers(member, pointers.join(pointer, name))]
    return ([pointer] if pointer else []) + below


PLACES = _pointers(EXAMPLE)
BRANCHES = [place for place in PLACES if place.count("/") <= 2]
HOSTILE: list[Any] = [
    None, True, 0, -1, 10**40, Decimal("1E+399"), Decimal("1E+999999"), Decimal("NaN"), Decimal("-Infinity"),
    Decimal("0.1"), float("inf"), "", " ", "x" * 5000, "\x00", "\ud800", "https://[", "https://a b/%zz", "http://é",
    "../../etc/passwd", "0000-00-00", "9999-12-31T24:00:00+14:30", "0001-01-01T00:00:00+14:00", "٣", "50PercentLife",
    [], [[]], [None], ["x", "x"], {}, {"left": []}, {"right": {}}, {"a-b": {"_": 1}}, [{"content": 3}], {"value": {}},
]  # fmt: skip


def _is_sound(passport: BuiltPassport) -> None:
    environment = environment_of(passport)
    assert verify(environment) == []
    assert to_json(environment)
    assert to_xml(environment)
    assert all(isinstance(value_only(submodel), dict) for submodel in passport.submodels)
    assert all(finding.as_dict() for finding in passport.findings)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(PLACES), st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20), st.decimals())),
        min_size=1,
        max_size=4,
    )
)
def test_any_value_in_any_place_is_survived(changes: list[tuple[str, Any]]) -> None:
    payload = copy.deepcopy(EXAMPLE)
    for pointer, value in changes:
        *way, last = pointers.split(pointer)
        try:
            parent = pointers.resolve(payload, pointers.join("", *way))
            parent[int(last) if isinstance(parent, list) else last] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier change took the place away
    _is_sound(build(payload, context=context()))


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_one_hostile_value_in_all_texts_at_once(value: Any) -> None:
    def replaced(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: replaced(member) for name, member in node.items()}
        return [replaced(entry) for entry in node] if isinstance(node, list) else copy.deepcopy(value)

    _is_sound(build(replaced(EXAMPLE), context=context()))


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_missing_branch_is_survived(branch: str) -> None:
    _is_sound(built({branch: ABSENT}))


def test_an_empty_payload_names_what_is_mandatory() -> None:
    passport = build({}, context=context())
    _is_sound(passport)
    missing = {finding.source for finding in passport.findings if finding.code == "dbp/mandatory-missing"}
    assert "IDTA 02035-1 SerialNumber" in missing
    assert "IDTA 02035-2 Documents[]" in missing
    assert "IDTA 02035-4 TechnicalPropertyAreas" in missing
    assert "IDTA 02035-5 StateOfCharge" in missing
    assert "IDTA 02035-6 BatteryChemistry" in missing
    assert "IDTA 02035-7 SafetyMeasures" in missing


@pytest.mark.parametrize("payload", [None, [], "text", 7])
def test_a_payload_that_is_no_object_is_refused(payload: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        build(payload, context=context())
    assert refusal.value.code == "dbp/payload"


@pytest.mark.parametrize("asset_id", ["", "x" * 2001, "a\x00b"])
def test_an_unusable_asset_id_is_refused(asset_id: str) -> None:
    with pytest.raises(Invalid) as refusal:
        build(EXAMPLE, context=context(asset_id=asset_id))
    assert refusal.value.code == "dbp/asset-id"


@pytest.mark.parametrize("language", ["", "english", "d", "de_AT", "dé"])
def test_an_unusable_language_is_refused(language: str) -> None:
    with pytest.raises(Invalid) as refusal:
        build(EXAMPLE, context=context(language=language))
    assert refusal.value.code == "dbp/language"


def test_a_wrong_shape_is_told_once_at_its_place() -> None:
    passport = built({"/performance/rated": "none"})
    told = [finding for finding in passport.findings if finding.code == "dbp/shape"]
    assert [(finding.pointer, finding.wanted, finding.found) for finding in told] == [
        ("/performance/rated", "object", "str")
    ]


@pytest.mark.parametrize(
    ("pointer", "value", "target"),
    [
        ("/performance/rated/voltage/nominal", "374", "NominalVoltage"),
        ("/performance/rated/voltage/nominal", Decimal("1E+100"), "NominalVoltage"),
        ("/generalInformation/manufacturer/manufacturingDate", "2026-02-30", "DateOfManufacture"),
        ("/performance/rated/lifetime/expectedYears", -1, "ExpectedLifetimeInCalendarYears"),
        ("/performance/dynamic/stateOfCharge/time", "yesterday", "StateOfCharge.LastUpdate"),
        ("/identification/localIdentifier/0/value", "A\x01B", "SerialNumber"),
        ("/conformity/declarationOfConformity/0", "https://x.example", "EUDeclarationOfConformity[]"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error_at_its_place_and_leaves_its_element_missing(
    pointer: str, value: Any, target: str
) -> None:
    passport = built({pointer: value})
    at_place = [finding for finding in passport.findings if finding.pointer == pointer and finding.severity == "error"]
    assert [finding.code for finding in at_place] == ["dbp/value"]
    assert at_place[0].source.endswith(target)
    missing = [finding for finding in passport.findings if finding.code == "dbp/mandatory-missing"]
    assert [finding.source.endswith(target) for finding in missing] == [True]


def test_a_text_longer_than_a_language_text_may_be_is_left_out_not_cut() -> None:
    passport = built({"/generalInformation/manufacturer/manufacturer/left/companyName": ["x" * 1024]})
    assert value_only(passport.submodel("BatteryNameplate"))["ManufacturerName"] == [{"en": "Example Battery GmbH"}]
    assert "dbp/value" in codes(passport, "/generalInformation/manufacturer/manufacturer/left/companyName")


@pytest.mark.parametrize("unit_url", ["no link", "https://[::1]/p", "https://x.example/%zz", "javascript:alert(1)"])
def test_a_configured_unit_url_that_is_none_is_told_and_not_published(unit_url: str) -> None:
    passport = built({"/identification/idDmc": "34567890"}, unit_url=unit_url)
    _is_sound(passport)
    assert "URIOfTheProduct" not in value_only(passport.submodel("BatteryNameplate"))
    assert {"dbp/not-a-uri", "dbp/value", "dbp/mandatory-missing"} <= codes(passport)
