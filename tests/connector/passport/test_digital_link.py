"""GS1 Digital Link: vectors, check digits, and the granularity that has to be the record's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid
from connector.passport.digital_link import check_digit, gtin_14, link, parse

ITEM = "https://p.lumina.at/01/09520123456788/21/000123"


@pytest.mark.parametrize(
    ("digits", "last"), [("0952012345678", "8"), ("401234500001", "6"), ("629104150021", "3"), ("9638507", "4")]
)
def test_check_digits(digits: str, last: str) -> None:
    assert check_digit(digits) == last
    assert gtin_14(digits + last) == (digits + last).zfill(14)


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 13), st.integers(1, 9))
def test_any_one_wrong_digit_is_noticed(digits: str, place: int, more: int) -> None:
    right = digits + check_digit(digits)
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    with pytest.raises(Invalid, match="check digit"):
        gtin_14(wrong)


def test_the_granularity_follows_from_the_identifiers() -> None:
    base = "https://id.example/01/09520123456788"
    for rest, granularity in (
        ("", "model"),
        ("/22/2A", "model"),
        ("/10/B1", "batch"),
        ("/21/7", "item"),
        ("/22/2A/10/B%2F1/21/7", "item"),
    ):
        found = parse(base + rest)
        assert found.granularity == granularity
        assert found.url == base + rest
    with pytest.raises(Invalid, match="the record is of a item"):
        parse(base, granularity="item")
    assert len(ITEM) == 47
    assert parse(ITEM, granularity="item").serial == "000123"


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example/01/09520123456789",
        "https://id.example/01/0952012345679",
        "https://id.example/01",
        "https://id.example/01/09520123456788/21",
        "https://id.example/01/09520123456788/21/",
        "https://id.example/01/09520123456788/21/1/10/2",
        "https://id.example/01/09520123456788/21/1/21/2",
        "https://id.example/01/09520123456788/99/1",
        "https://id.example/01/09520123456788/21/" + "1" * 21,
        "https://id.example/01/09520123456788/21/%C3%A4",
        "https://id.example/01/09520123456788?x=1",
        "https://id.example/8006/09520123456788",
        "ftp://id.example/01/09520123456788",
        "https:///01/09520123456788",
        "https://[::1/01/09520123456788",
        "",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        parse(url)


def test_a_link_is_made_of_its_parts() -> None:
    assert link("https://id.example/", "4012345000016", serial="A1").url == "https://id.example/01/04012345000016/21/A1"
