"""EDC's criteria over assets: every operator, every spelling, and patterns that mean what they say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid
from connector.services.catalog.criteria import EDC, Criterion, matches, selects_ids

PROPERTIES = {"name": "pack_1", "n": 7, "tags": ["a"], "dct:type": {"@id": "t"}, "a.b": "dotted", "wild": "a*b[c]?"}


def holds(left: str, operator: str, right: Any) -> bool:
    return matches(
        Criterion.read({"operandLeft": left, "operator": operator, "operandRight": right}), "id1", PROPERTIES
    )


@pytest.mark.parametrize(
    ("left", "operator", "right", "wanted"),
    [
        ("id", "=", "id1", True),
        ("@id", "in", ["x", "id1"], True),
        (EDC + "id", "=", "id1", True),
        ("edc:id", "!=", "id1", False),
        ("name", "=", "pack_1", True),
        ("name", "=", {"@value": "pack_1"}, True),
        ("name", "in", {"@list": ["pack_1"]}, True),
        ("none", "=", "x", False),
        ("none", "!=", "x", True),
        ("n", "=", 7, True),
        ("n", "=", "7", False),
        ("'dct:type'.'@id'", "=", "t", True),
        ("'dct:type'.'none'", "=", "t", False),
        ("a.b", "=", "dotted", True),
        ("name", "like", "pack%", True),
        ("name", "like", "%1", True),
        ("name", "like", "pack_1", True),
        ("name", "like", "pack_", False),
        ("name", "like", "PACK%", False),
        ("name", "like", "pack*", False),
        ("wild", "like", "a*b[c]?", True),
        ("wild", "like", "a*b[a-z]?", False),
        ("n", "like", "7", False),
    ],
)
def test_operators(left: str, operator: str, right: Any, wanted: bool) -> None:
    assert holds(left, operator, right) is wanted


@given(st.text(st.characters(exclude_characters="%_", exclude_categories=["Cs"]), max_size=30))
def test_a_pattern_without_signs_matches_itself_alone(text: str) -> None:
    criterion = Criterion.read({"operandLeft": "x", "operator": "like", "operandRight": text})
    assert matches(criterion, "i", {"x": text})
    assert not matches(criterion, "i", {"x": text + "!"})


def test_a_pattern_of_many_signs_does_not_stall() -> None:
    criterion = Criterion.read({"operandLeft": "x", "operator": "like", "operandRight": "%a" * 200 + "b"})
    assert not matches(criterion, "i", {"x": "a" * 5000})


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "criteria/shape"),
        ([], "criteria/shape"),
        ({}, "criteria/shape"),
        ({"operandLeft": "a"}, "criteria/shape"),
        ({"operandLeft": 7, "operandRight": 1}, "criteria/shape"),
        ({"operandLeft": "a", "operator": "~", "operandRight": 1}, "criteria/operator"),
        ({"operandLeft": "a", "operator": None, "operandRight": 1}, "criteria/operator"),
        ({"operandLeft": "a", "operator": "like", "operandRight": "x" * 501}, "criteria/pattern"),
    ],
)
def test_what_is_no_criterion_is_refused(document: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        Criterion.read(document)
    assert caught.value.code == code


def test_full_names_are_read_as_short_ones() -> None:
    full = {
        EDC + "operandLeft": [{"@value": "a"}],
        EDC + "operator": [{"@value": "="}],
        EDC + "operandRight": [{"@value": 1}],
    }
    assert Criterion.read(full) == Criterion("a", "=", [1])


def test_which_ids_criteria_select() -> None:
    def read(left: str, operator: str, right: Any) -> Criterion:
        return Criterion(left, operator, right)

    assert selects_ids([read("id", "=", "a")]) == {"a"}
    assert selects_ids([read("n", "=", 1), read("@id", "in", ["a", "b", 3])]) == {"a", "b"}
    assert selects_ids([read("id", "!=", "a")]) is None
    assert selects_ids([]) is None
