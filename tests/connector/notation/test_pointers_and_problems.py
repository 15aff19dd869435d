"""JSON pointers, findings and problems: the small values that every room writes with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation import pointers
from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid, Problem, Refused


@given(st.lists(st.text(max_size=8), max_size=5))
def test_joined_steps_are_split_again(steps: list[str]) -> None:
    assert pointers.split(pointers.join("", *steps)) == steps


def test_values_are_found_by_pointer() -> None:
    document = {"a/b": [{"~": 1}, {"x": None}], "": 2}
    assert pointers.resolve(document, "") is document
    assert pointers.resolve(document, "/a~1b/0/~0") == 1
    assert pointers.resolve(document, "/a~1b/1/x") is None
    assert pointers.resolve(document, "/") == 2


@pytest.mark.parametrize(
    ("pointer", "error"),
    [("/no", KeyError), ("/a~1b/9", IndexError), ("/a~1b/-1", ValueError), ("/a~1b/٣", ValueError), ("a", ValueError)],
)
def test_what_is_not_there_is_an_error(pointer: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        pointers.resolve({"a/b": [1]}, pointer)


def test_a_finding_leaves_empty_members_out() -> None:
    finding = Finding("room/rule", "wrong", "/a", wanted=0, found=None)
    assert finding.as_dict() == {
        "code": "room/rule", "message": "wrong", "pointer": "/a", "severity": "error", "wanted": 0,
    }  # fmt: skip
    assert str(finding) == "/a: wrong [room/rule]"
    assert str(Finding("room/rule", "wrong")) == "/: wrong [room/rule]"


def test_only_errors_count_as_errors() -> None:
    notes = [Finding("a/b", "x", severity="warning"), Finding("a/b", "x", severity="info")]
    assert not has_errors(notes)
    assert has_errors([*notes, Finding("a/b", "x")])


def test_a_problem_carries_code_place_and_findings() -> None:
    problem = Invalid("a/b", "so it is", pointer="/p", findings=[Finding("a/c", "y")])
    assert isinstance(problem, Problem)
    assert not isinstance(problem, Refused)
    assert problem.as_dict() == {
        "code": "a/b",
        "detail": "so it is",
        "pointer": "/p",
        "findings": [{"code": "a/c", "message": "y", "severity": "error"}],
    }
    assert Problem("a/b", "x").as_dict() == {"code": "a/b", "detail": "x"}
