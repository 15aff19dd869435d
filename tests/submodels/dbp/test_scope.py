"""Which battery needs a passport (Article 77(1)), from single facts and from payloads."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from submodels.dbp.law.scope import SCOPE_BEGINS, Facts, answer, facts_of, needs_passport, scope_findings
from submodels.dbp.verdict import verdict

from .conftest import ABSENT, context, varied

BEFORE, DAY = datetime.date(2027, 2, 17), datetime.date(2027, 2, 18)
CATEGORY, ENERGY = "/identification/category", "/performance/rated/energy/value"
MADE, USED = "/generalInformation/manufacturer/manufacturingDate", "/generalInformation/intoServiceDate"


@pytest.mark.parametrize(
    ("category", "energy", "day", "is_needed"),
    [
        ("industrial", "2.000", DAY, False),
        ("industrial", "2.001", DAY, True),
        ("industrial", "2.001", BEFORE, False),
        ("EV", "0.5", DAY, True),
        ("EV", "75", BEFORE, False),
        ("LMT", "0.3", DAY, True),
        ("LMT", "0.3", datetime.date(2030, 1, 1), True),
        ("SLI", "5", DAY, False),
        ("portable", "5", DAY, False),
        ("incorporated", "5", DAY, False),
        ("", "5", DAY, False),
    ],
)
def test_the_scope_of_article_77(category: str, energy: str, day: datetime.date, is_needed: bool) -> None:
    assert needs_passport(category, Decimal(energy), day) is is_needed


def test_the_scope_begins_on_18_february_2027() -> None:
    assert SCOPE_BEGINS == DAY


@pytest.mark.parametrize(
    ("facts", "is_needed", "lacking"),
    [
        (Facts("EV", None, DAY, DAY), True, ""),
        (Facts("industrial", None, DAY, DAY), None, "energy"),
        (Facts("industrial", Decimal("2.0"), None, None), False, ""),
        (Facts("EV", Decimal(60), None, None), None, "date"),
        (Facts("EV", Decimal(60), BEFORE, None), None, "date"),
        (Facts("EV", Decimal(60), None, BEFORE), False, ""),
        (Facts("SLI"), False, ""),
        (Facts("", Decimal(60), DAY, DAY), None, "category"),
        (Facts("ev", Decimal(60), DAY, DAY), None, "category"),
    ],
)
def test_what_is_not_known_is_said_unless_another_fact_rules_it_out(
    facts: Facts, is_needed: bool | None, lacking: str
) -> None:
    found = answer(facts)
    assert (found.is_needed, found.lacking) == (is_needed, lacking)


@pytest.mark.parametrize(
    ("changes", "placed", "codes"),
    [
        ({MADE: "2027-02-18", USED: ABSENT}, None, []),
        ({MADE: "2027-02-17", USED: ABSENT}, None, ["dbp/scope-open"]),
        ({MADE: "2027-02-17", USED: ABSENT}, DAY, []),
        ({MADE: "2027-02-17", USED: ABSENT}, BEFORE, ["dbp/no-passport-needed"]),
        ({MADE: "2026-05-05", USED: "2027-02-17"}, None, ["dbp/no-passport-needed"]),
        ({MADE: "2027-03-01", USED: ABSENT, CATEGORY: "SLI"}, None, ["dbp/no-passport-needed"]),
        ({MADE: "2027-03-01", USED: ABSENT, CATEGORY: "industrial", ENERGY: 2.0}, None, ["dbp/no-passport-needed"]),
        ({MADE: "2027-03-01", USED: ABSENT, CATEGORY: "industrial", ENERGY: 2.001}, None, []),
    ],
)
def test_a_payload_gets_a_finding_where_no_passport_is_demanded_or_it_cannot_be_said(
    changes: dict[str, Any], placed: datetime.date | None, codes: list[str]
) -> None:
    payload, configured = varied(changes), context(placed_on_market=placed)
    assert [finding.code for finding in scope_findings(payload, configured)] == codes
    told = [one for one in verdict(payload, (), configured) if one.code.startswith(("dbp/scope", "dbp/no-passport"))]
    assert [(one.code, one.severity) for one in told] == [(code, "info") for code in codes]


def test_energy_that_is_not_stated_comes_of_capacity_and_voltage() -> None:
    changes = {"/performance/rated/energy": ABSENT, "/performance/rated/capacity/value": 50.0}
    assert facts_of(varied({**changes, "/performance/rated/voltage/nominal": 40.0})).energy == Decimal("2.0")
    assert facts_of(varied({**changes, "/performance/rated/voltage/nominal": 40.02})).energy == Decimal("2.001")


@pytest.mark.parametrize("payload", [None, [], "x", {"identification": []}, {"identification": {"category": 5}}])
def test_what_is_no_payload_says_nothing(payload: Any) -> None:
    assert facts_of(payload) == Facts()
