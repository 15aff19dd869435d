"""Whatever JSON comes in: a result or a Problem with its reason, never another exception."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.notation import exact_json
from connector.notation.findings import has_errors
from connector.notation.problems import Invalid, Problem, Unprocessable
from connector.pcf.catena_x import version_9
from connector.pcf.catena_x.fields import FIELDS, GROUPS
from connector.pcf.footprint import Assumptions, Footprint
from connector.pcf.ouranos.models import (
    CfpModel,
    OperatorModel,
    PartsStructureModel,
    TradeRequestModel,
    parse,
    validate_cfp_rows,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5) | st.floats()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
MOMENTS = st.sampled_from(
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
     "2026-12-31T24:00:00Z", "2026-01-01T00:00:00.123456789Z", "0000-01-01T00:00:00Z"]
)  # fmt: skip


def sparse(changes: dict[str, Any]) -> dict[str, Any]:
    """A document with all groups and only the members in `changes`."""
    document: dict[str, Any] = {}
    for path in [*(f"{group}/" for group in GROUPS), *changes]:
        holder = document
        for step in path.split("/")[:-1]:
            holder = holder.setdefault(step, [{}])[0]
        if not path.endswith("/"):
            holder[path.rpartition("/")[2]] = changes[path]
    return document


@settings(max_examples=200, deadline=None)
@given(changes=st.dictionaries(st.sampled_from([entry.path for entry in FIELDS]), JSON | MOMENTS, max_size=12))
def test_documents(changes: dict[str, Any]) -> None:
    document = sparse(changes)
    assert has_errors(version_9.check(document))
    with pytest.raises(Invalid) as caught:
        version_9.read(document)
    assert caught.value.findings


@given(document=JSON)
def test_anything_at_all_as_a_document(document: Any) -> None:
    assert has_errors(version_9.check(document))


@given(changes=st.dictionaries(st.sampled_from([entry.name for entry in FIELDS]), JSON, max_size=5))
def test_anything_at_all_as_assumptions(changes: dict[str, Any]) -> None:
    footprint = Footprint(declared_unit="piece", declared_amount=Decimal(1), total_excluding=Decimal(1))
    with pytest.raises((Invalid, Unprocessable)) as caught:
        version_9.write(footprint, assumptions=Assumptions(changes, "fuzz"))
    assert caught.value.code.startswith("pcf/")


@given(body=JSON)
def test_anything_at_all_as_a_body_of_the_region(body: Any) -> None:
    for model in (OperatorModel, PartsStructureModel, TradeRequestModel, CfpModel):
        with pytest.raises(Invalid) as caught:
            parse(model, body)
        assert caught.value.code == "pcf/ouranos"
    with pytest.raises(Invalid):
        validate_cfp_rows([body] * 4)


@given(values=st.dictionaries(st.sampled_from(["cfpId", "traceId", "ghgEmission", "cfpType", "dqrValue"]), JSON))
def test_anything_at_all_in_a_row(values: dict[str, Any]) -> None:
    row: dict[str, Any] = {"cfpId": None, "traceId": "x", "ghgEmission": 1, "ghgDeclaredUnit": "kgCO2e/unit"}
    row |= {"cfpType": "preProduction", "dqrType": "preProcessing", "dqrValue": {"TeR": 1, "GeR": 1, "TiR": 1}}
    with pytest.raises(Invalid) as caught:
        validate_cfp_rows([{**row, **values}] * 4)
    assert caught.value.detail


@pytest.mark.parametrize("raw", [b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1', b"\xff"])
def test_what_is_no_json_does_not_reach_us(raw: bytes) -> None:
    with pytest.raises(Problem) as caught:
        exact_json.decode(raw)
    assert caught.value.code == "json/syntax"


def test_a_huge_exponent_on_the_wire_is_refused_as_an_amount() -> None:
    path = next(entry.path for entry in FIELDS if entry.name == "total_excluding")
    document = exact_json.decode(exact_json.encode(sparse({path: 1})).replace(b'Uptake":1', b'Uptake":1e400'))
    assert "pcf/amount" in {finding.code for finding in version_9.check(document)}
