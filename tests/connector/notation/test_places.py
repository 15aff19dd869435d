"""Line and column of JSON pointers, and names given twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.places import Lines, decode_unrepeated, locate, repeated
from connector.notation.pointers import join, resolve
from connector.notation.problems import Invalid

TEXT = '{"a": {"b": [1, {"c": "x\\"y"}], "e": 2},\n\t"d~/": null, "e": {}, "f": [ ]}'
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


def pointers_of(value: Any, pointer: str = "") -> list[str]:
    below: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [pointer] + [found for step, member in below for found in pointers_of(member, join(pointer, step))]


def test_a_place_is_line_column_and_length() -> None:
    place = locate(TEXT, ["/a/b/1/c"])["/a/b/1/c"]
    assert (place.line, place.column, place.length) == (1, 23, 6)
    assert place.text == TEXT.splitlines()[0]
    assert locate(TEXT, ["/d~0~1"])["/d~0~1"].line == 2


def test_what_is_not_there_has_the_place_of_what_would_hold_it() -> None:
    found = locate(TEXT, ["/a/nothing/below", "/f/7", "/nothing"])
    assert [found[pointer].column for pointer in ("/a/nothing/below", "/nothing")] == [7, 1]
    assert found["/f/7"].text[found["/f/7"].column - 1] == "["


def test_an_empty_text_has_no_places() -> None:
    assert locate("  ", [""]) == {}


@given(DOCUMENTS, st.sampled_from([None, 0, 2]))
def test_every_value_of_a_document_is_found_where_it_stands(document: Any, indent: int | None) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    lines = Lines(text)
    found = locate(text, pointers_of(document))
    for pointer, place in found.items():
        offset = lines._begins[place.line - 1] + place.column - 1
        assert json.JSONDecoder().raw_decode(text, offset)[0] == resolve(document, pointer)
    assert repeated(text) == []


def test_names_given_twice_are_named_with_the_later_place() -> None:
    text = '[{"a": 1, "b": {"c": 1,\n "c": 2}, "a": [{"x": 0, "x": 0, "x": 0}]}]'
    assert [(pointer, place.line) for pointer, place in repeated(text)] == [
        ("/0/b/c", 2),
        ("/0/a", 2),
        ("/0/a/0/x", 2),
        ("/0/a/0/x", 2),
    ]


@given(DOCUMENTS)
def test_what_has_no_name_twice_is_read_as_ever(document: Any) -> None:
    assert decode_unrepeated(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ('{"a": 1, "a": 1}', ["/a"]),
        ('{"p": [{"x/y": "\\u0022", "x/y": ""}]}', ["/p/0/x~1y"]),
        ('{"a": {}, "\\u0061": {"b": 1, "b": 2}}', ["/a", "/a/b"]),
    ],
)
def test_a_name_given_twice_is_refused_with_its_pointer(text: str, pointers: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        decode_unrepeated(text.encode())
    assert (caught.value.code, caught.value.pointer) == ("json/duplicate-name", pointers[0])
    assert [finding.pointer for finding in caught.value.findings] == pointers
