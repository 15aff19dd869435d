"""Each route of export control at each of its thresholds, and rule sets that are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.adapters.export_rules import rule_sets
from connector.adapters.library import FolderLibrary
from connector.export.gate import Case, Evidence, judge
from connector.export.rules import Route, read
from connector.notation.problems import Invalid

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SETS = rule_sets(FolderLibrary())
BASE = Case(NOW, "urn:pack", "BPNL00000000CELL", "CN", "DE", "none")

# class, persons, sensitive persons, critical operator -> the routes of the rule, or the code of the refusal
CHINA: list[tuple[str, int, int, bool, tuple[str, ...], str]] = [
    ("none", 0, 0, False, ("exempt",), "cn-trade"),
    ("personal", 0, 0, False, ("exempt",), "cn-persons-exempt"),
    ("personal", 99_999, 0, False, ("exempt",), "cn-persons-exempt"),
    ("personal", 100_000, 0, False, ("contract", "certificate"), "cn-persons-contract"),
    ("personal", 999_999, 0, False, ("contract", "certificate"), "cn-persons-contract"),
    ("personal", 1_000_000, 0, False, ("assessment",), "cn-persons-assessment"),
    ("sensitive", 1, 1, False, ("contract", "certificate"), "cn-sensitive-contract"),
    ("sensitive", 9_999, 9_999, False, ("contract", "certificate"), "cn-sensitive-contract"),
    ("sensitive", 10_000, 10_000, False, ("assessment",), "cn-sensitive-assessment"),
    ("personal", 1, 0, True, ("assessment",), "cn-critical-operator"),
    ("important", 0, 0, False, ("assessment",), "cn-important"),
    ("core", 0, 0, False, ("refused",), "cn-core"),
]


def evidence(route: Route, **members: Any) -> Evidence:
    return replace(Evidence("e1", route, "cn-data-export", "No 4711"), **members)


def china(row: tuple[str, int, int, bool, tuple[str, ...], str]) -> Case:
    return replace(BASE, data_class=row[0], persons=row[1], sensitive_persons=row[2], is_critical_operator=row[3])


@pytest.mark.parametrize("row", CHINA, ids=[f"{row[5]}-{row[1]}" for row in CHINA])
def test_each_route_at_each_threshold(row: tuple[str, int, int, bool, tuple[str, ...], str]) -> None:
    case, routes, rule = china(row), row[4], row[5]
    without = judge(case, SETS, [])
    assert (without.rule, without.routes) == (rule, routes)
    assert without.permitted is ("exempt" in routes)
    assert without.source
    for route in ("contract", "certificate", "assessment"):
        found = judge(case, SETS, [evidence(route)])
        assert found.permitted is ("exempt" in routes or route in routes), route
    home = judge(replace(case, destination="CN"), SETS, [])
    assert (home.permitted, home.rule) == (True, "cn-home")


@pytest.mark.parametrize(
    ("members", "is_good"),
    [
        ({}, True),
        ({"destinations": frozenset({"DE"})}, True),
        ({"destinations": frozenset({"FR"})}, False),
        ({"partners": frozenset({"BPNL00000000CELL"})}, True),
        ({"partners": frozenset({"BPNL00000000ELSE"})}, False),
        ({"datasets": frozenset({"urn:pack"})}, True),
        ({"datasets": frozenset({"urn:other"})}, False),
        ({"valid_until": NOW}, False),
        ({"valid_until": NOW + timedelta(seconds=1)}, True),
        ({"valid_from": NOW + timedelta(seconds=1)}, False),
        ({"rule_set": "eu-data-export"}, False),
    ],
)
def test_evidence_is_good_for_what_it_names(members: dict[str, Any], is_good: bool) -> None:
    case = replace(BASE, data_class="important")
    found = judge(case, SETS, [evidence("assessment", **members)])
    assert (found.permitted, found.code) == (is_good, "export/permitted" if is_good else "export/route-missing")


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (replace(BASE, data_class="unclassified"), "export/unclassified"),
        (replace(BASE, destination=""), "export/destination-unknown"),
        (replace(BASE, origin="XX"), "export/no-rules"),
        (replace(BASE, data_class="something new"), "export/no-rule"),
    ],
)
def test_what_is_not_known_is_refused(case: Case, code: str) -> None:
    assert (judge(case, SETS, []).permitted, judge(case, SETS, []).code) == (False, code)


@pytest.mark.parametrize(
    ("origin", "destination", "data_class", "rule", "permitted"),
    [
        ("DE", "FR", "personal", "eu-home", True),
        ("DE", "JP", "personal", "eu-adequate", True),
        ("DE", "CN", "personal", "eu-safeguards", False),
        ("DE", "US", "sensitive", "eu-safeguards", False),
        ("DE", "CN", "none", "eu-other", True),
        ("DE", "CN", "core", "eu-core", False),
        ("KR", "DE", "core", "kr-national-core", False),
        ("KR", "DE", "none", "kr-other", True),
        ("KR", "KR", "core", "kr-home", True),
        ("KR", "DE", "personal", "kr-personal", False),
    ],
)
def test_europe_and_korea(origin: str, destination: str, data_class: str, rule: str, permitted: bool) -> None:
    found = judge(replace(BASE, origin=origin, destination=destination, data_class=data_class), SETS, [])
    assert (found.rule, found.permitted) == (rule, permitted)


def test_every_rule_names_its_source_and_none_claims_certainty() -> None:
    assert {one.id for one in SETS} == {"cn-data-export", "eu-data-export", "kr-k-passport"}
    for one in SETS:
        assert "no legal advice" in one.note
        assert not one.has_official_schema
        assert one.schema_note
        for rule in one.rules:
            assert rule.source.name
            assert rule.source.date
            assert rule.source.basis, rule.id


GOOD: dict[str, Any] = {
    "id": "x",
    "title": "X",
    "asOf": "2026-11-28",
    "origins": ["DE"],
    "legalCertainty": False,
    "rules": [{"id": "r", "says": "s", "routes": ["exempt"], "source": {"name": "n", "date": "2026"}}],
}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"legalCertainty": True}, "/legalCertainty"),
        ({"origins": []}, "/origins"),
        ({"rules": [{**GOOD["rules"][0], "source": {"name": "n"}}]}, "/rules/0/source/date"),
        ({"rules": [{**GOOD["rules"][0], "routes": ["maybe"]}]}, "/rules/0/routes"),
        ({"rules": [{**GOOD["rules"][0], "when": {"moon": "full"}}]}, "/rules/0/when/moon"),
        ({"rules": [{**GOOD["rules"][0], "when": {"class": ["secret"]}}]}, "/rules/0/when/class"),
        ({"rules": ["text"]}, "/rules/0"),
    ],
)
def test_a_broken_rule_set_is_refused_with_the_place(change: dict[str, Any], pointer: str) -> None:
    assert read(GOOD).id == "x"
    with pytest.raises(Invalid) as caught:
        read({**GOOD, **change})
    assert pointer in [finding.pointer for finding in caught.value.findings]
