"""Unit ids and their URLs: opaque, checked, short enough for a label."""

import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid
from connector.passport.identifiers import (
    ALPHABET,
    check_character,
    is_unit_id,
    new_unit_id,
    parse_unit_url,
    read_typed_id,
    unit_url,
)

SEEDS = st.binary(min_size=10, max_size=10)
ZEROS = new_unit_id(bytes(10))
SOME = new_unit_id(bytes(range(7, 17)))


@given(SEEDS)
def test_every_new_id_is_valid_and_gives_back_its_bits(seed: bytes) -> None:
    unit_id = new_unit_id(seed)
    number = 0
    for letter in unit_id[:-1]:
        number = number * 32 + ALPHABET.index(letter)
    assert is_unit_id(unit_id)
    assert number.to_bytes(10, "big") == seed


def test_ten_thousand_ids_are_unique() -> None:
    assert len({new_unit_id(os.urandom(10)) for _ in range(10_000)}) == 10_000


def test_the_alphabet_has_no_letters_that_look_alike() -> None:
    assert not set("ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32
    assert new_unit_id(b"\xff" * 10)[:-1] == "Z" * 16


@pytest.mark.parametrize("count", [0, 9, 11, 16])
def test_other_numbers_of_random_bytes_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        new_unit_id(bytes(count))


@given(SEEDS, st.integers(0, 16), st.integers(1, 31))
def test_any_single_wrong_character_is_noticed(seed: bytes, place: int, shift: int) -> None:
    unit_id = new_unit_id(seed)
    wrong = ALPHABET[(ALPHABET.index(unit_id[place]) + shift) % 32]
    assert not is_unit_id(unit_id[:place] + wrong + unit_id[place + 1 :])


def test_single_errors_are_noticed_exhaustively_for_one_id() -> None:
    wrong = [SOME[:i] + c + SOME[i + 1 :] for i in range(17) for c in string.printable if c != SOME[i]]
    assert not [candidate for candidate in wrong if is_unit_id(candidate)]


@given(SEEDS, st.integers(0, 16), st.integers(0, 16))
def test_any_two_exchanged_characters_are_noticed(seed: bytes, one: int, other: int) -> None:
    letters = list(new_unit_id(seed))
    if letters[one] == letters[other]:
        return
    letters[one], letters[other] = letters[other], letters[one]
    assert not is_unit_id("".join(letters))


@pytest.mark.parametrize("text", ["", ZEROS[:-1], ZEROS + "0", ZEROS + "\n", SOME.lower(), "٠" * 17, "U" * 17])
def test_malformed_ids_are_no_unit_ids(text: str) -> None:
    assert not is_unit_id(text)


@pytest.mark.parametrize("body", ["I", "0" * 31, "é"])
def test_check_character_refuses_what_is_no_body(body: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_character(body)
    assert refusal.value.code == "passport/unit-id"


def test_typed_ids_forgive_case_hyphens_and_look_alikes() -> None:
    typed = f" {ZEROS[:4]}-{ZEROS[4:]} ".lower().replace("0", "o")
    assert read_typed_id(typed) == ZEROS
    with pytest.raises(Invalid) as refusal:
        read_typed_id(SOME[:-1] + ("0" if SOME[-1] != "0" else "1"))
    assert refusal.value.code == "passport/unit-id"


@pytest.mark.parametrize("base", ["http://localhost:8101", "https://p.ionport.example", "http://[::1]:8101"])
def test_url_round_trip(base: str) -> None:
    url = unit_url(base, SOME)
    assert len(url) <= 50
    assert url == f"{base}/p/{SOME}"
    assert parse_unit_url(url) == (base, SOME)


def test_fifty_characters_pass_and_fifty_one_do_not() -> None:
    base = "https://" + "a" * 22
    assert len(unit_url(base, SOME)) == 50
    with pytest.raises(Invalid) as refusal:
        unit_url(base + "a", SOME)
    assert refusal.value.code == "passport/url-too-long"
    assert "at most 30" in refusal.value.detail


@pytest.mark.parametrize(
    "base",
    [
        "https://host.example/prod",
        "https://host.example/",
        "ftp://host.example",
        "https://user@host.example",
        "https://host.example?x",
        "https://Host.example",
        "https://",
        "https://host:0",
        "https://host..example",
        "https://host\n",
        "javascript:alert(1)",
    ],
)
def test_bases_that_do_not_belong_on_a_label_are_refused(base: str) -> None:
    with pytest.raises(Invalid) as refusal:
        unit_url(base, SOME)
    assert refusal.value.code == "passport/base-url"


def test_url_of_a_wrong_id_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        unit_url("https://p.example", SOME[::-1])
    assert refusal.value.code == "passport/unit-id"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"https://p.example/q/{SOME}", "passport/unit-url"),
        (f"https://p.example/p/{SOME}?v=2", "passport/unit-url"),
        (f"https://p.example/p/{SOME}#a", "passport/unit-url"),
        (f"https://p.example/p/{SOME}/", "passport/unit-url"),
        (f"https://p.example/p/{SOME}\n", "passport/unit-id"),
        (f"https://p.example/p/{SOME[:-1]}", "passport/unit-id"),
        ("https://p.example/p/", "passport/unit-id"),
        ("https://p.example/p/" + "0" * 200, "passport/unit-url"),
        ("", "passport/unit-url"),
    ],
)
def test_foreign_urls_are_refused(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_unit_url(url)
    assert refusal.value.code == code
