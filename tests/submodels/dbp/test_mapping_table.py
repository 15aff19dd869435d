"""Every row of the mapping table leads from a real source to a real target, and is needed."""

from __future__ import annotations

import re

import pytest

from connector.notation.findings import Finding
from submodels.aas.environment import to_jsonable, verify
from submodels.dbp import conversions, edition
from submodels.dbp.build import BuiltPassport, environment_of
from submodels.dbp.mapping import TABLE, Row
from submodels.dbp.paths import parse
from submodels.dbp.tree import elements_by_path

from .conftest import VARIANTS, built

NEVER_PLACED = [row for row in TABLE if row.conversion is conversions.no_place]


@pytest.fixture(scope="module")
def variants() -> dict[str, BuiltPassport]:
    return {name: built(changes, **context) for name, (changes, context) in VARIANTS.items()}


def test_every_target_is_an_element_of_its_template() -> None:
    assert [row.target for row in TABLE if row.target not in elements_by_path(row.part)] == []


def test_every_source_is_a_path() -> None:
    assert all(parse(row.source) for row in TABLE)


def test_no_row_stands_there_twice() -> None:
    assert len(set(TABLE)) == len(TABLE)


def test_a_finding_has_its_note() -> None:
    assert [row for row in TABLE if bool(row.finding) != bool(row.note)] == []


def test_the_variants_use_every_row(variants: dict[str, BuiltPassport]) -> None:
    used = {row for passport in variants.values() for row in passport.rows}
    assert [row for row in TABLE if row not in used and row not in NEVER_PLACED] == []


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_passes_verification(name: str, variants: dict[str, BuiltPassport]) -> None:
    assert verify(environment_of(variants[name])) == []


@pytest.mark.parametrize("row", [row for row in TABLE if row not in NEVER_PLACED], ids=lambda row: row.target)
def test_without_the_row_the_passport_is_another(
    row: Row, variants: dict[str, BuiltPassport], monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [name for name, passport in variants.items() if row in passport.rows]
    monkeypatch.setattr(edition, "TABLE", tuple(other for other in TABLE if other is not row))
    assert any(
        _submodels(built(VARIANTS[name][0], **VARIANTS[name][1])) != _submodels(variants[name]) for name in users
    )


def test_a_used_row_with_a_finding_tells_it_once(variants: dict[str, BuiltPassport]) -> None:
    for passport in variants.values():
        for row in passport.rows:
            if row.finding and row.part != 2:
                told = [finding for finding in passport.findings if _is_of(finding, row)]
                kinds = [re.sub(r"/\d+(?=/|$)", "/-", finding.pointer) for finding in told]
                assert kinds, row
                assert len(kinds) == len(set(kinds)), row


def _is_of(finding: Finding, row: Row) -> bool:
    target = f"IDTA 02035-{row.part} {row.target}"
    same_target = finding.source == target and finding.code == f"dbp/{row.finding}" and finding.message == row.note
    return same_target and (row.source.startswith("context.") or _leads_to(row.source, finding.pointer))


def _leads_to(source: str, pointer: str) -> bool:
    names = [step.names for step in parse(source)]
    steps = [step for step in pointer.split("/")[1:] if not step.isdigit()]
    return len(names) == len(steps) and all(step in options for step, options in zip(steps, names, strict=True))


def _submodels(passport: BuiltPassport) -> list[object]:
    return [to_jsonable(submodel) for submodel in passport.submodels]
