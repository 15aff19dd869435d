"""XSD lexical forms: exact, within range, and back to typed JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submodels.aas.lexical import NotLexical, has_zone, is_link, is_uri, is_xml_text, lexical, typed


@pytest.mark.parametrize(
    ("value", "value_type", "text"),
    [
        (Decimal("0.10000000000000000555"), "xs:decimal", "0.10000000000000000555"),
        (Decimal("0.10000000000000000555"), "xs:double", "0.10000000000000000555"),
        (Decimal("1E+2"), "xs:decimal", "100"),
        (Decimal("1E-7"), "xs:decimal", "0.0000001"),
        (Decimal("1E-7"), "xs:float", "1E-7"),
        (Decimal("374.0"), "xs:float", "374.0"),
        (0.1, "xs:double", "0.1"),
        (7, "xs:float", "7"),
        (Decimal("96.0"), "xs:integer", "96"),
        (Decimal("8E+1"), "xs:unsignedInt", "80"),
        (2**32 - 1, "xs:unsignedInt", "4294967295"),
        (True, "xs:boolean", "true"),
        (False, "xs:boolean", "false"),
        ("2024-02-29", "xs:date", "2024-02-29"),
        ("2026-10-05T08:15:00.123456789Z", "xs:dateTime", "2026-10-05T08:15:00.123456789Z"),
        ("urn:uuid:2f4d1c7e-8a53-4b0e-9d61-5c3e7ab90f18", "xs:anyURI", "urn:uuid:2f4d1c7e-8a53-4b0e-9d61-5c3e7ab90f18"),
        ("any\ttext €", "xs:string", "any\ttext €"),
    ],
)
def test_a_value_is_written_with_all_its_digits(value: Any, value_type: str, text: str) -> None:
    assert lexical(value, value_type) == text


@pytest.mark.parametrize(
    ("value", "value_type", "reason"),
    [
        (Decimal("0.5"), "xs:integer", "whole number"),
        (-1, "xs:unsignedInt", "range"),
        (2**32, "xs:unsignedInt", "range"),
        (True, "xs:integer", "a number was wanted"),
        (True, "xs:float", "a number was wanted"),
        ("1", "xs:float", "a number was wanted"),
        (1, "xs:string", "a text was wanted"),
        (1, "xs:boolean", "true or false"),
        (Decimal("NaN"), "xs:double", "finite"),
        (Decimal("1E+999999"), "xs:decimal", "beyond"),
        (Decimal("1E+399"), "xs:double", "range"),
        (Decimal("1E+39"), "xs:float", "range"),
        ("2026-02-30", "xs:date", "calendar"),
        ("26-02-03", "xs:date", "YYYY-MM-DD"),
        ("２０２６-02-03", "xs:date", "YYYY-MM-DD"),
        ("2026-02-03\n", "xs:date", "YYYY-MM-DD"),
        ("2026-10-05 08:15:00", "xs:dateTime", "date and time"),
        ("2026-10-05T25:15:00Z", "xs:dateTime", "calendar"),
        ("2026-10-05T08:15:00+15:00", "xs:dateTime", "date and time"),
        ("a\x00", "xs:string", "XML"),
        ("\ud800", "xs:string", "XML"),
        ("www.example.com", "xs:anyURI", "web address"),
    ],
)
def test_what_has_no_form_is_refused_with_the_reason(value: Any, value_type: str, reason: str) -> None:
    with pytest.raises(NotLexical, match=reason):
        lexical(value, value_type)


@pytest.mark.parametrize(
    ("text", "value_type", "value"),
    [
        ("0.10000000000000000555", "xs:decimal", Decimal("0.10000000000000000555")),
        ("+12", "xs:integer", 12),
        ("007", "xs:unsignedByte", 7),
        ("1e3", "xs:double", Decimal("1e3")),
        ("INF", "xs:double", "INF"),
        ("NaN", "xs:float", "NaN"),
        ("1", "xs:boolean", True),
        ("false", "xs:boolean", False),
        ("yes", "xs:boolean", "yes"),
        ("12", "xs:string", "12"),
        ("2024-02-29", "xs:date", "2024-02-29"),
    ],
)
def test_text_becomes_typed_json(text: str, value_type: str, value: Any) -> None:
    assert typed(text, value_type) == value
    assert type(typed(text, value_type)) is type(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e30"), max_value=Decimal("1e30")))
def test_an_amount_survives_the_way_there_and_back(amount: Decimal) -> None:
    assert typed(lexical(amount, "xs:decimal"), "xs:decimal") == amount
    assert typed(lexical(amount, "xs:double"), "xs:double") == amount


@pytest.mark.parametrize(
    ("text", "zoned"), [("2026-10-05T08:15:00Z", True), ("2026-10-05T08:15:00", False), ("x", False)]
)
def test_a_zone_is_seen(text: str, zoned: bool) -> None:
    assert has_zone(text) is zoned


@pytest.mark.parametrize(
    ("text", "link", "uri"),
    [
        ("https://docs.example/a.pdf?x=1#p", True, True),
        ("http://localhost:8080", True, True),
        ("urn:uuid:1", False, True),
        ("https://[::1]/", False, False),
        ("https://a/%zz", False, False),
        ("https://a b", False, False),
        ("ftp://a", False, False),
        ("//a/b", False, False),
        ("https://é.example", False, False),
    ],
)
def test_links_and_uris(text: str, link: bool, uri: bool) -> None:
    assert (is_link(text), is_uri(text)) == (link, uri)


@given(st.text())
def test_xml_text_is_what_an_xml_parser_takes(text: str) -> None:
    from xml.etree import ElementTree
    from xml.sax.saxutils import escape

    try:
        ElementTree.fromstring(f"<a>{escape(text)}</a>".encode())
    except (ElementTree.ParseError, UnicodeEncodeError):
        assert not is_xml_text(text)
    else:
        assert is_xml_text(text)
