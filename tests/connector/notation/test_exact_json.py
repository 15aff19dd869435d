"""JSON that keeps amounts: what goes in comes out, digit for digit; what is no JSON is refused by reason."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.digests import digest, digest_bytes
from connector.notation.exact_json import canonical, decode, encode, pretty
from connector.notation.limits import Limits
from connector.notation.problems import Invalid, TooLarge

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | _TEXT
_VALUES = st.recursive(
    _SCALARS | st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: number + Decimal("0.5")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "written", ["0.10000000000000000555", "1.10", "-0.0", "100.00", "1E+400", "1E-400", "0." + "3" * 200]
)
def test_amounts_keep_every_digit(written: str) -> None:
    assert decode(written) == Decimal(written)
    assert encode(decode(written)).decode() == written
    assert canonical({"amount": decode(written)}) == b'{"amount":' + written.encode() + b"}"


def test_whole_numbers_beyond_64_bits_stay_whole() -> None:
    number = 10**30 + 1
    assert decode(encode({"n": number})) == {"n": number}


@given(_VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    assert decode(encode(value)) == value
    assert decode(canonical(value)) == value
    assert decode(pretty(value)) == value


@given(st.dictionaries(_TEXT, st.integers(0, 9), max_size=6))
def test_order_of_members_does_not_change_the_digest(value: dict[str, int]) -> None:
    assert digest(dict(reversed(list(value.items())))) == digest(value)
    assert canonical(value) == encode({key: value[key] for key in sorted(value, key=lambda name: name.encode())})


def test_digits_change_the_digest() -> None:
    assert digest({"a": Decimal("0.10")}) != digest({"a": Decimal("0.1")})
    assert digest_bytes(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json/syntax"),
        (b" ", "json/syntax"),
        (b"{", "json/syntax"),
        (b"{}{}", "json/syntax"),
        (b"{'a':1}", "json/syntax"),
        (b"NaN", "json/syntax"),
        (b"Infinity", "json/syntax"),
        (b"01", "json/syntax"),
        (b'"\\ud800"', "json/syntax"),
        (b'"\xed\xa0\x80"', "json/syntax"),
        (b"\xff\xfe", "json/syntax"),
        (b"\xef\xbb\xbf{}", "json/syntax"),
        (b"1e999999999999999999999", "json/syntax"),
        ("\ud800", "json/syntax"),
        (b"1" * 5000, "json/shape"),
    ],
)
def test_bad_json_is_refused_by_reason(raw: bytes | str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(raw)
    assert caught.value.code == code


def test_wrong_shape_names_the_place() -> None:
    with pytest.raises(Invalid, match=r"\$\[1\]") as caught:
        decode(b'[1,"x"]', list[int])
    assert caught.value.code == "json/shape"


@pytest.mark.parametrize("depth", [1, 3, 64])
def test_depth_is_counted_exactly(depth: int) -> None:
    limits = Limits(depth=depth)
    assert decode(b"[" * depth + b"]" * depth, limits=limits) is not None
    mixed = b'{"a":[' * depth + b"1" + b"]}" * depth
    for raw in (b"[" * (depth + 1) + b"]" * (depth + 1), mixed):
        with pytest.raises(Invalid) as caught:
            decode(raw, limits=limits)
        assert caught.value.code == "json/depth"


@pytest.mark.parametrize(
    "raw",
    [
        b'["[[[[[[", "\\"[[[[[", "\\\\"]',
        b"[" + b",".join([b"[]"] * 50) + b"]",
        b'[{"[":"]"},{"{{{{":"}}}}"}]',
    ],
)
def test_brackets_in_texts_and_in_a_row_are_no_depth(raw: bytes) -> None:
    assert decode(raw, limits=Limits(depth=3))


@given(st.lists(st.sampled_from(["[", "]", "{", "}", '"', "\\", ",", "1"]), max_size=40))
def test_the_depth_check_never_refuses_what_is_shallow(parts: list[str]) -> None:
    raw = "".join(parts).encode()
    try:
        value = decode(raw, limits=Limits(depth=1000))
    except Invalid:
        return
    assert decode(raw, limits=Limits(depth=_depth_of(value))) == value


def _depth_of(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth_of, inner), default=0)


@pytest.mark.parametrize("raw", [b"[" * 4_000_000, b"[" * 2_000_000 + b"]" * 2_000_000, b'["' + b'\\"' * 2_000_000])
def test_hostile_bodies_are_refused_without_stalling(raw: bytes) -> None:
    with pytest.raises(Invalid):
        decode(raw)


def test_size_is_bounded() -> None:
    with pytest.raises(TooLarge) as caught:
        decode(b'"' + b"x" * 20 + b'"', limits=Limits(size=21))
    assert caught.value.code == "json/size"
    assert decode(b'"' + b"x" * 19 + b'"', limits=Limits(size=21))
