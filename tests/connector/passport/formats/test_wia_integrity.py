"""The integrity hash: RFC 8785 by its own vectors, a changed record is detected, claims of others stay claims."""

from decimal import Decimal
from typing import Any

import pytest

from connector.notation.problems import Invalid
from connector.passport.formats.wia.integrity import canonical, integrity
from tests.connector.passport.formats.test_wia_advice import told
from tests.connector.passport.formats.test_wia_validation import RECORD


def hashed(record: dict[str, Any], **verification: Any) -> dict[str, Any]:
    return record | {"verification": {"dataIntegrity": integrity(record), **verification}}


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (Decimal("-0.0"), "0"),
        (Decimal("1.10"), "1.1"),
        (Decimal("1E+2"), "100"),
        (Decimal("4.50"), "4.5"),
        (Decimal("2e-3"), "0.002"),
        (Decimal("0.000001"), "0.000001"),
        (Decimal("0.0000001"), "1e-7"),
        (Decimal("1e-27"), "1e-27"),
        (333333333.33333329, "333333333.3333333"),
        (10**20, "100000000000000000000"),
        (10**21, "1e+21"),
        (Decimal("1E30"), "1e+30"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992, "9007199254740992"),
        (-123456.789, "-123456.789"),
    ],
)
def test_numbers_stand_as_ecmascript_writes_them(number: Any, written: str) -> None:
    assert canonical(number).decode() == written


def test_keys_are_ordered_by_utf_16_units() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical(dict.fromkeys(keys, 1)).decode()
    order = [
        written.index(canonical(key).decode() + ":")
        for key in ("\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33")
    ]
    assert order == sorted(order)


def test_strings_and_literals() -> None:
    value = {"b": [56, {"d": True, "10": None, "1": []}], "a": '\u20ac$\u000f\nA\'B"\\\\"/'}
    assert canonical(value) == '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","b":[56,{"1":[],"10":null,"d":true}]}'.encode()


def test_a_number_beyond_doubles_is_refused() -> None:
    with pytest.raises(Invalid, match="beyond"):
        integrity({"a": Decimal("1e400")})


def test_the_hash_of_the_record_holds_and_that_of_another_does_not() -> None:
    record = hashed(RECORD)
    assert told(record, "DIG") == []
    same = record | {"verification": record["verification"] | {"verifiedBy": "somebody"}}
    assert told(same, "DIG") == []
    other = record | {"passportId": "BP-2026-004712"}
    assert told(other, "DIG") == [("error", "/verification/dataIntegrity")]


@pytest.mark.parametrize("text", ["sha256:...", "sha256:" + "A" * 64, "md5:" + "0" * 32, "0" * 64])
def test_a_malformed_hash_is_told(text: str) -> None:
    assert told(RECORD | {"verification": {"dataIntegrity": text}}, "DIG") == [("error", "/verification/dataIntegrity")]


def test_a_hash_on_a_chain_is_never_verified() -> None:
    assert told(hashed(RECORD, blockchainHash="0xabc"), "DIG") == [("info", "/verification/blockchainHash")]


@pytest.mark.parametrize("link", ["http://a.example/p", "javascript:alert(1)", "https://", "p/1", "https://[::1"])
def test_links_are_https(link: str) -> None:
    assert told(RECORD | {"digitalAccess": {"publicUrl": link}}, "DIG") == [("error", "/digitalAccess/publicUrl")]
    assert told(RECORD | {"digitalAccess": {"qrCode": "https://id.example/p/1"}}, "DIG") == []
