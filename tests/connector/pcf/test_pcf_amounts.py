"""Amounts and rulebook formulas."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import amounts, rules, units

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)


@given(value=st.fractions(min_value=-1000, max_value=1000), places=st.integers(0, 9))
def test_ceiling_never_rounds_down_and_by_less_than_one_unit(value: Fraction, places: int) -> None:
    rounded = amounts.ceiling(value, places)
    assert 0 <= Fraction(rounded) - value < Fraction(1, 10**places)
    assert amounts.decimals(rounded) <= places


@given(value=NUMBERS)
def test_half_even_stays_within_half_a_unit(value: Decimal) -> None:
    assert abs(Fraction(amounts.half_even(value, 4)) - Fraction(value)) <= Fraction(1, 20000)


@given(values=st.lists(NUMBERS, max_size=8), data=st.data())
def test_a_total_is_exact_and_independent_of_the_order(values: list[Decimal], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(values))
    expected = sum((Fraction(value) for value in values), Fraction(0))
    assert Fraction(amounts.total(values)) == expected == Fraction(amounts.total(shuffled))


def test_a_total_keeps_more_digits_than_the_default_context() -> None:
    assert str(amounts.total((Decimal(10**20), Decimal("1E-40")))) == "1" + "0" * 20 + "." + "0" * 39 + "1"


@pytest.mark.parametrize(
    "hostile",
    ["1", 1.5, True, None, Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("1e400"), 10**31,
     Decimal("1e-400"), Decimal("1" * 65), Decimal("0e999999"), [1]],
)  # fmt: skip
def test_what_is_no_amount(hostile: Any) -> None:
    with pytest.raises(Invalid) as caught:
        amounts.amount(hostile, "mass")
    assert caught.value.code == "pcf/amount"
    assert caught.value.detail.startswith("mass ")


def test_amounts_keep_their_digits() -> None:
    assert str(amounts.amount(Decimal("0.10000000000000000555"), "x")) == "0.10000000000000000555"
    assert amounts.amount(3, "x") == Decimal(3)
    assert str(amounts.plain(Decimal("1.500"))) == "1.5"
    assert str(amounts.plain(Decimal("-0.00"))) == "0"
    assert str(amounts.plain(Decimal("1E+2"))) == "100"
    assert amounts.decimals(Decimal("1.50")) == 1
    assert amounts.exact(Fraction(1, 3)) is None
    assert amounts.exact(Fraction(1, 8)) == Decimal("0.125")


def test_the_worked_value_of_the_rulebook() -> None:
    shares = [(10, 75), (25, 25), (50, 50), (15, 100)]
    assert rules.primary_data_share([(Decimal(w), Decimal(s)) for w, s in shares]) == Decimal("53.75")


def test_missing_shares_and_ratings_count_as_the_worst() -> None:
    assert rules.primary_data_share([(Decimal(1), Decimal(100)), (Decimal(-3), None)]) == Decimal(25)
    assert rules.data_quality([(Decimal(1), Decimal(1)), (Decimal(-3), None)]) == Decimal(4)
    assert rules.data_quality([]) is None
    assert rules.primary_data_share([(Decimal(0), Decimal(1))]) is None


@pytest.mark.parametrize(("days", "rating"), [(0, 1), (366, 1), (367, 2), (731, 2), (1096, 3), (1461, 4), (1462, 5)])
def test_temporal_rating(days: int, rating: int) -> None:
    assert rules.temporal_rating(days) == rating


@pytest.mark.parametrize(("unit", "word"), units.OURANOS_UNITS.items())
def test_units_have_one_spelling_on_each_side(unit: str, word: str) -> None:
    assert units.to_ouranos(unit) == word
    assert units.from_ouranos(word) == unit == units.from_ouranos(f"kgCO2e/{word}")


@pytest.mark.parametrize("unit", ["hour", "megabit second", "megabit", "second", "unit", ""])
def test_units_without_a_form_are_refused(unit: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        units.to_ouranos(unit)
    assert caught.value.code == "pcf/unit"


@pytest.mark.parametrize("word", ["piece", "kgCO2e/piece", "kgCO2e/", "cubic meter"])
def test_words_that_ouranos_lacks_are_refused(word: str) -> None:
    with pytest.raises(Unprocessable):
        units.from_ouranos(word)
