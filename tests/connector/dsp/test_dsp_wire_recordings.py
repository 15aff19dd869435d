"""34 exchanges recorded between two EDC 0.15.1: every body in them can be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from connector.dsp import reading
from connector.dsp.addresses import BASE_URL
from connector.notation.exact_json import decode

FOLDER = Path(__file__).resolve().parents[3] / "../shared/reference/edc/wire-0.15.1"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings of EDC 0.15.1 are not here")


def _bodies(path: Path) -> list[Any]:
    """The JSON bodies of request and answer, in this order; None for an empty or foreign one."""
    request, _, answer = path.read_text(encoding="utf-8").replace("\r", "").partition("==== response")
    found = []
    for part in (request, answer):
        body = part.partition("\n\n")[2].strip()
        found.append(decode(body) if body.startswith("{") else None)
    return found


FILES = sorted(FOLDER.glob("*.http")) if FOLDER.is_dir() else []
ERRORS = {"CatalogError", "ContractNegotiationError", "TransferError"}


def _named(pattern: str) -> list[Path]:
    return [path for path in FILES if re.search(pattern, path.name)]


def test_all_exchanges_are_here() -> None:
    assert len(FILES) == 34


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:3])
@pytest.mark.parametrize("with_contexts", [False, True])
def test_every_body_is_read(path: Path, with_contexts: bool, contexts: dict[str, Any]) -> None:
    known = contexts if with_contexts else None
    for body in filter(None, _bodies(path)):
        type_ = body.get("@type")
        if type_ == "Catalog":
            catalog = reading.read_catalog(body, contexts=known)
            assert catalog.participant_id == "provider"
            assert len(catalog.services) == 1
        elif type_ == "Dataset":
            assert reading.read_dataset(body, contexts=known).id == "asset1"
        elif type_ in ERRORS:
            code, reasons = reading.read_error(body)
            assert code in {"400", "404"}
            assert reasons
            assert reading.read(body, type_, contexts=known).reasons == reasons
        elif "protocolVersions" in body:
            assert [v.version for v in reading.read_versions(body)] == ["2025-1", "2024/1", "v0.8"]
        else:
            message = reading.read(body, type_, contexts=known)
            assert message.message_id == body.get("@id")
            assert message.consumer_pid == body.get("consumerPid")
            assert message.provider_pid == body.get("providerPid")
            assert message.callback_address == body.get("callbackAddress")


def test_a_catalog_gives_datasets_offers_and_endpoints() -> None:
    body = _bodies(_named("002-POST")[0])[1]
    first, second = reading.read_catalog(body).datasets
    assert first.properties == {"edc:name": "asset1", "edc:id": "asset1", "edc:contenttype": "application/json"}
    assert first.distributions == (
        ("HttpData-PULL", "http://localhost:39294/protocol/2025-1"),
        ("HttpData-PUSH", "http://localhost:39294/protocol/2025-1"),
    )
    (constraint,) = second.offers[0]["permission"][0]["constraint"]
    assert constraint["leftOperand"] == "https://w3id.org/edc/v0.0.1/ns/inForceDate"


def test_the_filter_of_edc_comes_through_as_it_was_sent() -> None:
    body = _bodies(_named("001-POST")[0])[0]
    (query,) = reading.read(body, "CatalogRequestMessage").filter
    assert query == body["filter"][0]
    assert query["filterExpression"][0]["operandRight"] == "asset1"


def test_addresses_named_by_edc_only_are_whole() -> None:
    starts = [
        message.data_address
        for path in _named("transfers_start")
        if (message := reading.read(_bodies(path)[0], "TransferStartMessage")).data_address
    ]
    assert len(starts) >= 4
    for address in starts:
        assert address.endpoint == "http://localhost:39196/public"
        assert (address.authorization or "").startswith("eyJ")
        assert address.properties == {"authType": "bearer"}
        assert (address.authorization or "") not in repr(address)
    assert len({address.authorization for address in starts}) == len(starts)


def test_the_target_of_a_push_is_the_endpoint() -> None:
    address = reading.read(_bodies(_named("024-POST")[0])[0], "TransferRequestMessage").data_address
    assert address is not None
    assert address.endpoint == "http://localhost:19801/sink"
    assert address.endpoint_type == "HttpData"
    assert BASE_URL.endswith("baseUrl")


def test_acknowledgements_first_and_later() -> None:
    first = reading.read_ack(_bodies(_named("005-POST")[0])[1], "ContractNegotiation")
    assert first is not None
    assert first.state == "REQUESTED"
    assert reading.read_ack(_bodies(_named("006-POST")[0])[1]) is None
