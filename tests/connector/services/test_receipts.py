"""Answers that name another part: only where their product ids name parts."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.pcf.identifiers import part_urn
from connector.records.footprints import FootprintRequest
from connector.services.footprints.receipts import about_part

EXAMPLE = Path(__file__).resolve().parents[3] / "samm-models/io.catenax.pcf/9.0.0/Pcf.json"
BPNL = "BPNL00000067CELL"


def answered(*product_ids: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(EXAMPLE.read_text("utf-8"), parse_float=Decimal)
    information = document["companyAndProductInformation"][0]["productInformation"][0]
    information["productIds"] = list(product_ids)
    return document


@pytest.mark.parametrize(
    ("product_ids", "codes"),
    [
        (("urn:uuid:2680ed32-19a3-435b-a094-23ff43aaa611",), []),
        ((part_urn(BPNL, "CELL-75"),), []),
        (("urn:uuid:2680ed32-19a3-435b-a094-23ff43aaa611", part_urn(BPNL, "CELL-75")), []),
        ((part_urn(BPNL, "PACK-9"),), ["footprint/other-part"]),
    ],
)
def test_only_ids_that_name_another_part_are_a_warning(product_ids: tuple[str, ...], codes: list[str]) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    record = FootprintRequest(
        id="r",
        direction="outgoing",
        state="requested",
        counterparty="did:web:a",
        manufacturer_part_id="CELL-75",
        created_at=now,
        updated_at=now,
    )
    assert [finding.code for finding in about_part(record, answered(*product_ids))] == codes
