"""CX-0136 API 1.2.0 as plain values."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import identifiers
from connector.pcf.catena_x import exchange
from connector.pcf.catena_x.exchange import FootprintAnswer, FootprintRequest

BPN = "BPNL00000003CSGV"
ID = "2daa49aa-ee16-4df3-bca3-69ddead40419"


def test_a_request_is_read() -> None:
    query = [("manufacturerPartId", "C/21 700"), ("message", "bitte"), ("unknown", "1")]
    assert exchange.parse_request(ID, query, bpn=BPN) == FootprintRequest(ID, BPN, "C/21 700", None, "bitte")


@pytest.mark.parametrize(
    ("request_id", "query", "bpn", "code"),
    [
        (ID, [], BPN, "pcf/part-id"),
        (ID, [("manufacturerPartId", "")], BPN, "pcf/part-id"),
        (ID, [("customerPartId", "x")], None, "pcf/bpn"),
        (ID, [("customerPartId", "x")], "BPNS00000003CSGV", "pcf/bpn"),
        (ID, [("customerPartId", "x")], "BPNL00000003CSGV\n", "pcf/bpn"),
        (ID, [("customerPartId", "x"), ("customerPartId", "y")], BPN, "pcf/query"),
        (ID, [("customerPartId", "x"), ("message", "m" * 251)], BPN, "pcf/message"),
        ("../x", [("customerPartId", "x")], BPN, "pcf/request-id"),
        ("", [("customerPartId", "x")], BPN, "pcf/request-id"),
        ("x" * 129, [("customerPartId", "x")], BPN, "pcf/request-id"),
    ],
)
def test_a_request_is_refused(request_id: str, query: list[tuple[str, str]], bpn: str | None, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        exchange.parse_request(request_id, query, bpn=bpn)
    assert caught.value.code == code


def test_a_message_of_250_characters_passes() -> None:
    query = [("customerPartId", "x"), ("message", "ü" * 250)]
    assert exchange.parse_request(ID, query, bpn=BPN).message == "ü" * 250


def test_a_later_data_model_cannot_be_served() -> None:
    query = [("customerPartId", "x"), ("dataModelVersion", "urn%3Asamm%3Aio.catenax.pcf%3A10.0.0")]
    with pytest.raises(Unprocessable) as caught:
        exchange.parse_request(ID, query, bpn=BPN)
    assert caught.value.code == "pcf/data-model-version"
    query[1] = ("dataModelVersion", "urn%3Asamm%3Aio.catenax.pcf%3A9.0.0")
    assert exchange.parse_request(ID, query, bpn=BPN).customer_part_id == "x"


@pytest.mark.parametrize(("value", "expected"), [(None, False), ("false", False), ("true", True)])
def test_the_update_flag(value: str | None, expected: bool) -> None:
    query = [] if value is None else [("update", value)]
    assert exchange.parse_answer(ID, query, bpn=BPN) == FootprintAnswer(ID, BPN, expected)


@pytest.mark.parametrize("value", ["True", "1", "", "yes"])
def test_the_update_flag_is_exact(value: str) -> None:
    with pytest.raises(Invalid) as caught:
        exchange.parse_answer(ID, [("update", value)], bpn=BPN)
    assert caught.value.code == "pcf/update"


@given(part=st.text(min_size=1).filter(lambda text: text.isprintable()), message=st.text(max_size=250))
def test_a_path_is_read_back_as_it_was_meant(part: str, message: str) -> None:
    request = FootprintRequest(ID, BPN, part, None, message or None)
    address = urlsplit(exchange.request_path(request))
    assert address.path == f"/footprintExchange/{ID}"
    assert address.fragment == ""
    query = parse_qsl(address.query, keep_blank_values=True)
    assert exchange.parse_request(ID, query, bpn=BPN) == request


def test_the_path_of_an_answer() -> None:
    assert exchange.answer_path(FootprintAnswer(ID, BPN)) == f"/footprintExchange/{ID}"
    update = FootprintAnswer(ID, BPN, update=True, message="a b&c")
    assert exchange.answer_path(update) == f"/footprintExchange/{ID}?message=a%20b%26c&update=true"


def test_a_path_without_a_part_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        exchange.request_path(FootprintRequest(ID, BPN))
    assert caught.value.code == "pcf/part-id"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (exchange.asset_properties(), True),
        ({"dct:type": {"@id": "cx-taxo:PCFExchange"}, "cx-common:version": "1.2.0"}, True),
        ({exchange.TYPE: "https://w3id.org/catenax/taxonomy#PCFExchange", exchange.VERSION: "1.2.0"}, True),
        ({"dct:type": {"@id": "cx-taxo:PcfExchange"}, "cx-common:version": "1.3.0"}, False),
        ({"dct:type": {"@id": "cx-taxo:Submodel"}, "cx-common:version": "1.2.0"}, False),
        ({"cx-common:version": "1.2.0"}, False),
        ({"dct:type": 3, "cx-common:version": "1.2.0"}, False),
    ],
)
def test_the_asset_is_found_in_both_spellings(properties: dict[str, object], expected: bool) -> None:
    assert exchange.is_exchange(properties) is expected


def test_identifiers() -> None:
    assert identifiers.company_urn(BPN) == "urn:bpn:id:BPNL00000003CSGV"
    for spelling in (BPN, f"urn:bpn:id:{BPN}", f"urn:bpn:{BPN}", f"urn:{BPN}"):
        assert identifiers.bpnl_of(spelling) == BPN
    assert identifiers.bpnl_of("urn:uuid:" + ID) is None
    urn = identifiers.part_urn(BPN, "C/21 700:ä")
    assert urn == "urn:bpnl00000003csgv:product-id:C%2F21%20700%3A%C3%A4"
    assert identifiers.part_of(urn) == (BPN, "C/21 700:ä")
    assert identifiers.part_of("urn:gtin:1") is None
    with pytest.raises(Invalid):
        identifiers.company_urn("BPNL١٢٣٤٥٦٧٨٩٠١٢")
    with pytest.raises(Invalid):
        identifiers.part_urn(BPN, "")
