"""Source paths of the mapping table."""

from __future__ import annotations

from typing import Any

import pytest

from submodels.dbp.paths import Found, Misshapen, parse, resolve

TREE: dict[str, Any] = {
    "a": {"left": {"x": 1}, "right": 2},
    "list": [{"key": "k", "v": 1}, {"key": "other", "v": 2}, {"key": "k", "v": 3, "in": [4, 5]}],
    "50PercentLife": 7,
    "with/slash": {"x": 8},
}


def reached(path: str) -> list[tuple[str, Any]]:
    return [(found.pointer, found.value) for found in resolve(TREE, path) if isinstance(found, Found)]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a.left.x", [("/a/left/x", 1)]),
        ("a.{right,left}", [("/a/right", 2), ("/a/left", {"x": 1})]),
        ("list[].v", [("/list/0/v", 1), ("/list/1/v", 2), ("/list/2/v", 3)]),
        ("list[key=k].v", [("/list/0/v", 1), ("/list/2/v", 3)]),
        ("list[].in[]", [("/list/2/in/0", 4), ("/list/2/in/1", 5)]),
        ("50PercentLife", [("/50PercentLife", 7)]),
        ("with/slash.x", [("/with~1slash/x", 8)]),
        ("nothing.at.all", []),
        ("a.nothing", []),
    ],
)
def test_a_path_leads_to_values_with_their_pointers(path: str, values: list[tuple[str, Any]]) -> None:
    assert reached(path) == values


def test_items_are_the_entries_on_the_way() -> None:
    (_, second) = (found for found in resolve(TREE, "list[].in[]") if isinstance(found, Found))
    assert [pointer for pointer, _ in second.items] == ["/list/2", "/list/2/in/1"]


def test_a_filter_gives_no_item_and_an_at_sign_does() -> None:
    assert [found.items for found in resolve(TREE, "list[key=k].v") if isinstance(found, Found)] == [(), ()]
    (marked,) = (found for found in resolve(TREE, "a.left@.x") if isinstance(found, Found))
    assert marked.items == (("/a/left", {"x": 1}),)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a.right.x", Misshapen("/a/right", "object", "int")),
        ("a[]", Misshapen("/a", "array", "dict")),
        ("a[key=k].x", Misshapen("/a", "array", "dict")),
        ("list.v", Misshapen("/list", "object", "list")),
    ],
)
def test_a_wrong_shape_is_told_with_its_place(path: str, place: Misshapen) -> None:
    assert list(resolve(TREE, path)) == [place]


@pytest.mark.parametrize("path", ["a..b", ".a", "a[", "a]b", "a[]b"])
def test_what_is_no_path_is_our_own_fault(path: str) -> None:
    with pytest.raises(ValueError, match="not a source path"):
        parse(path)
