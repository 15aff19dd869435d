"""Over 300 policies that nobody wrote by hand: code, shapes and the published schemas judge each of them alike."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from connector.odrl.policy import check, digest, parse
from connector.odrl.shapes import shacl_findings_of
from connector.odrl.vocabulary import CX_POLICY
from tests.connector.odrl import policy_corpus

ROOT = Path(__file__).resolve().parents[3]
SHAPES = (ROOT / "policies/shapes.ttl").read_text()
REFERENCE = ROOT / "../shared/reference"
CORPUS = policy_corpus.corpus()
GOOD = sorted(name for name, (_, rules) in CORPUS.items() if not rules)
SHAPED = list(CORPUS)[:: 1 if os.environ.get("CI") == "true" else 12]
"""Judging by shapes takes a quarter of a second a policy: all of them where `CI=true`, else every twelfth."""
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published schemas are not on this machine")

LOOSER = {
    "text in durations": "CX-0152 1.2.0 writes durations as text, the published schemas (1.0.0) as integers only",
    "days of an obligation": "the protocol's schema takes text, the profile's (1.0.0) integers: nothing passes both",
    "a single and": "the schemas want two entries in `constraint`, the standard and its samples one `and`",
}
"""What code takes and the published schemas do not."""
STRICTER = {
    "places": "the members of AccessPolicy and UsagePolicy stand without `properties`: the schemas never look at them",
    "empty text": "the schemas take any string, of no length too, as a group, reference, purpose or place",
    "months as text": "a number is none of the integers of the schema, and none of our digits",
}
"""What the published schemas take and code does not."""


def broken(findings: Any) -> set[str]:
    return {each.code.removeprefix("odrl/") for each in findings if each.severity == "error"}


def test_the_corpus_is_large_and_mixed() -> None:
    assert len(CORPUS) >= 300
    assert len(GOOD) >= 40


@pytest.fixture(scope="module")
def shaped() -> dict[str, set[str]]:
    """The rules that the shapes name, by policy."""
    found = shacl_findings_of([CORPUS[name][0] for name in SHAPED], SHAPES)
    return {name: broken(findings) for name, findings in zip(SHAPED, found, strict=True)}


@pytest.mark.parametrize("name", CORPUS)
def test_code_and_shapes_name_the_same_rule(name: str, shaped: dict[str, set[str]]) -> None:
    document, rules = CORPUS[name]
    assert broken(check(parse(document))) == rules
    assert shaped.get(name, rules) == rules


@pytest.mark.parametrize("name", GOOD)
def test_every_spelling_of_a_sound_policy_is_that_policy(name: str) -> None:
    document, _ = CORPUS[name]
    wanted = digest(parse(document))
    for spelling, written in policy_corpus.spellings(document).items():
        policy = parse(json.loads(json.dumps(written)))
        assert broken(check(policy)) == set(), spelling
        assert digest(policy) == wanted, spelling


@pytest.mark.parametrize("name", [name for name in CORPUS if name not in GOOD])
def test_no_spelling_makes_a_broken_policy_sound(name: str) -> None:
    document, rules = CORPUS[name]
    for spelling, written in policy_corpus.spellings(document).items():
        if spelling != "single":
            assert broken(check(parse(json.loads(json.dumps(written))))) == rules, spelling


def published() -> dict[str, Any]:
    """The published schemas by address; what they import from the protocol comes along."""
    files = [*(REFERENCE / "catena-x/policy-2025-9").glob("*.json")]
    files += [*(REFERENCE / "catena-x/policy-2025-9/constraint").glob("*.json")]
    files += [REFERENCE / "dsp-2025-1/negotiation/contract-schema.json"]
    return {schema["$id"]: schema for schema in map(json.loads, (file.read_text() for file in files))}


def judge(places: str) -> jsonschema_rs.Validator:
    known = published()
    atoms = f"{CX_POLICY}schema/atomic-constraint-schemas.json#/definitions/Atomic{places}Constraint"
    schema = {"$schema": "https://json-schema.org/draft/2019-09/schema", "$ref": atoms}
    return jsonschema_rs.validator_for(schema, retriever=lambda uri: known[uri.partition("#")[0]])


@pytest.fixture(scope="module")
def schemas() -> dict[str, jsonschema_rs.Validator]:
    """The one level at which the published schemas look: single constraints, by the kind of rule that holds them."""
    names = {
        ("permission", "access"): "AccessPermission",
        ("permission", "use"): "UsagePermission",
        ("prohibition", "use"): "Prohibition",
        ("obligation", "use"): "Obligation",
    }
    return {f"{kind} {action}": judge(name) for (kind, action), name in names.items()}


def by_schema(document: dict[str, Any], schemas: dict[str, jsonschema_rs.Validator]) -> bool:
    return all(
        schemas[f"{kind} {rule['action']}"].is_valid(atom)
        for kind in ("permission", "prohibition", "obligation")
        for rule in document.get(kind, [])
        for joint in rule["constraint"]
        for atom in joint["and"]
    )


@needs_reference
@pytest.mark.parametrize("name", CORPUS)
def test_the_published_schemas_agree_or_the_difference_is_listed(
    name: str, schemas: dict[str, jsonschema_rs.Validator]
) -> None:
    document, rules = CORPUS[name]
    operand, _, rest = name.partition(" ")
    is_duration = operand.endswith(("DurationDays", "DurationMonths"))
    if not rules and is_duration and isinstance(_value(document, operand), str):
        assert "text in durations" in LOOSER
        return
    if not rules and operand == "DataProvisioningEndDurationDays":
        assert "days of an obligation" in LOOSER
        return
    if rules == {"value"} and any(value in ("", [""]) for value in (_value(document, operand),)):
        assert "empty text" in STRICTER
        return
    assert by_schema(document, schemas) is (not rules), rest


def _value(document: dict[str, Any], operand: str) -> Any:
    atoms = (
        atom
        for kind in ("permission", "prohibition", "obligation")
        for rule in document.get(kind, [])
        for atom in rule["constraint"][0]["and"]
    )
    return next(atom["rightOperand"] for atom in atoms if atom["leftOperand"] == operand)
