"""Every leaf of the BatteryPass model, both sides of each Either included, is mapped or said to have no home."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from submodels.dbp import coverage as coverage_module
from submodels.dbp import homeless as homeless_module
from submodels.dbp.build import build
from submodels.dbp.coverage import BELOW, BESIDE, ELSEWHERE, Leaf, coverage, covers, reason_of, single_paths, taken_by
from submodels.dbp.homeless import HOMELESS, IN_METADATA, Homeless
from submodels.dbp.mapping import TABLE
from submodels.samm.model import Aspect
from submodels.samm.outline import Line, leaf_paths, lines

from .conftest import built, codes, context, example


@pytest.fixture(scope="module")
def leaves(battery_pass: Aspect) -> list[Leaf]:
    return coverage(leaf_paths(battery_pass))


def test_every_leaf_is_mapped_or_homeless(leaves: list[Leaf]) -> None:
    assert len(leaves) == 414
    assert [leaf.path for leaf in leaves if not leaf.rows and not leaf.reason] == []


def test_no_leaf_is_mapped_and_homeless_at_once(leaves: list[Leaf]) -> None:
    assert [leaf.path for leaf in leaves if leaf.rows and leaf.reason] == []


def test_the_walk_finds_a_leaf_that_nobody_takes(leaves: list[Leaf], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        coverage_module, "TABLE", tuple(row for row in TABLE if not row.source.endswith("manufacturingDate"))
    )
    forgotten = [leaf.path for leaf in coverage([leaf.path for leaf in leaves]) if not leaf.rows and not leaf.reason]
    assert forgotten == ["generalInformation.manufacturer.manufacturingDate"]


def test_no_homeless_pattern_is_out_of_date(leaves: list[Leaf]) -> None:
    paths = [leaf.path for leaf in leaves]
    patterns = [Homeless(one, each.reason) for each in (*HOMELESS, *IN_METADATA) for one in single_paths(each.path)]
    by_key = [replace(one, path=re.sub(r"\[\w+=[^\]]*\]", "[]", one.path)) for one in patterns]
    assert [one.path for one in by_key if not any(covers(one, path) for path in paths)] == []


def test_every_row_has_a_source_in_the_model_and_so_a_urn(battery_pass: Aspect) -> None:
    known = {_plain(line): line.prop.urn for line in lines(battery_pass)}
    for row in TABLE:
        if not row.source.startswith("context."):
            sources = [re.sub(r"\[\w+=[^\]]*\]", "[]", source) for source in single_paths(row.source)]
            assert all(known[source.removesuffix("[]")].startswith("urn:samm:io.catenax.") for source in sources), row


def _plain(line: Line) -> str:
    return line.path.removesuffix("[]")


def test_what_conversions_are_said_to_read_exists(battery_pass: Aspect) -> None:
    known = set(leaf_paths(battery_pass))
    for row in TABLE:
        if row.conversion in {*BELOW, *BESIDE, *ELSEWHERE}:
            strange = [path for path in taken_by(row) if path not in known and not _is_above(path, known)]
            assert strange == [], row


def _is_above(path: str, known: set[str]) -> bool:
    return any(one.startswith((path + ".", path + "[")) for one in known)


SAID: list[Callable[[], dict[Any, Any]]] = [lambda: BELOW, lambda: BESIDE, lambda: ELSEWHERE]


@pytest.mark.parametrize("table", SAID)
def test_every_conversion_said_to_read_more_is_used(table: Callable[[], dict[Any, Any]]) -> None:
    assert table().keys() <= {row.conversion for row in TABLE}


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("a.b", ["a.b"]),
        ("a.{b,c}.d@", ["a.b.d", "a.c.d"]),
        ("{a,b}.{c,d}", ["a.c", "a.d", "b.c", "b.d"]),
        ("a[].b[key=X].c", ["a[].b[key=X].c"]),
    ],
)
def test_paths_with_choices_are_written_out(source: str, paths: list[str]) -> None:
    assert single_paths(source) == paths


def test_a_pattern_covers_what_is_below_it_and_nothing_beside() -> None:
    assert reason_of("identification.typology.class.code")
    assert not reason_of("identification.typologyOfOthers")
    assert not reason_of("identification.category")


# -- what a build tells of it --------------------------------------------------------------------------------------


def test_what_the_payload_has_and_no_part_takes_is_told_once_for_each_pattern() -> None:
    passport = built()
    told = [
        finding for finding in passport.findings if finding.code == "dbp/left-out" and finding.source == "IDTA 02035"
    ]
    assert len(told) == len({finding.pointer for finding in told}) > 15
    assert {finding.severity for finding in told} == {"info"}
    at = {finding.pointer: finding.message for finding in told}
    assert "designation" in at["/identification/typeId"]
    assert "/metadata/passportIdentifier/left" not in at
    assert any(pointer.startswith("/metadata/version") for pointer in at)


def test_what_the_payload_does_not_have_is_not_told() -> None:
    payload = example()
    del payload["identification"]["typeId"]
    findings = build(payload, context=context()).findings
    assert "/identification/typeId" not in {finding.pointer for finding in findings}


def test_that_there_is_none_of_something_is_no_loss() -> None:
    passport = built({"/chemicalMaterial/activeMaterials/lead": {"right": "not applicable"}})
    assert "dbp/left-out" not in codes(passport, "/chemicalMaterial/activeMaterials/lead/right")
    assert [one for one in homeless_module.HOMELESS if not one.is_lost]
