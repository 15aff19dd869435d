"""`ionport passport scope` and the finding of `validate` and `publish`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path("samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json")


@pytest.mark.parametrize(
    ("category", "energy", "day", "said"),
    [
        ("industrial", "2.000", "2027-02-18", "needs no passport"),
        ("industrial", "2.001", "2027-02-18", "needs a passport"),
        ("industrial", "2.001", "2027-02-17", "needs no passport"),
        ("ev", "", "2027-02-18", "needs a passport"),
        ("SLI", "5", "2027-02-18", "needs no passport"),
        ("portable", "", "", "needs no passport"),
    ],
)
def test_single_facts_are_answered(ionport: Any, category: str, energy: str, day: str, said: str) -> None:
    ended = ionport("passport", "scope", "--category", category, "--energy", energy, "--placed-on-market", day)
    assert (ended.status, said in ended.out, "Article 77(1)" in ended.out) == (0, True, True)


def test_what_lacks_a_fact_ends_with_findings(ionport: Any) -> None:
    ended = ionport("passport", "scope", "--category", "industrial", "--placed-on-market", "2027-02-18", "--json")
    assert (ended.status, ended.json["needsPassport"], ended.json["lacking"]) == (1, None, "energy")


def test_a_payload_is_answered_and_typed_facts_count_over_it(ionport: Any) -> None:
    assert ionport("passport", "scope", EXAMPLE, "--json").json["needsPassport"] is False
    ended = ionport("passport", "scope", EXAMPLE, "--placed-on-market", "2027-02-18", "--json")
    assert ended.json["needsPassport"] is True


@pytest.mark.parametrize(
    "options",
    [(), ("--category", "electric"), ("--energy", "two"), ("--placed-on-market", "18.02.2027")],
)
def test_what_cannot_be_asked_is_refused(ionport: Any, options: tuple[str, ...]) -> None:
    assert ionport("passport", "scope", *options).status == 2


def test_validation_says_it_too(ionport: Any, tmp_path: Path) -> None:
    ended = ionport("passport", "validate", EXAMPLE, "--node", tmp_path, "--json")
    assert "dbp/no-passport-needed" in {finding["code"] for finding in ended.json["findings"]}
    placed = tmp_path / "context.json"
    placed.write_text(json.dumps({"placedOnMarket": "2027-02-18"}))
    ended = ionport("passport", "validate", EXAMPLE, "--node", tmp_path, "--context", placed, "--json")
    assert "dbp/no-passport-needed" not in {finding["code"] for finding in ended.json["findings"]}
