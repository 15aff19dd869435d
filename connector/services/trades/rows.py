"""What the stand-in of a regional platform keeps, read into the region's models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.pcf.ouranos.models import (
    COMPLETED,
    CfpModel,
    Model,
    PartsModel,
    TradeRequestModel,
    parse,
    to_json,
)
from connector.pcf.ouranos.region import Release, response_rows, state_of, total_rows
from connector.ports import Reader, Transaction
from connector.records.footprints import REGION_ITEMS, RegionItem

_EVERYTHING = 1_000_000


def item(tx: Transaction, kind: str, name: str, owner: str, document: Any, **columns: str) -> RegionItem:
    """A record as it is put; one that exists keeps the time that it was made."""
    known = tx.get(REGION_ITEMS, f"{kind}/{name}")
    created = known.created_at if known is not None else tx.now
    return RegionItem(id=f"{kind}/{name}", kind=kind, owner=owner, document=document, created_at=created, **columns)


def find(reader: Reader, kind: str, **columns: str) -> list[RegionItem]:
    """Records of a kind in the order in which they were made."""
    return reader.find(REGION_ITEMS, {"kind": kind, **columns}, order="created_at", limit=_EVERYTHING)


def part(reader: Reader, trace_id: str | None) -> PartsModel | None:
    """A part by its trace id."""
    found = reader.get(REGION_ITEMS, f"part/{trace_id}")
    return None if found is None else parse(PartsModel, found.document)


def children(reader: Reader, trace_id: str | None) -> list[PartsModel]:
    """The child parts of a part."""
    found = reader.get(REGION_ITEMS, f"structure/{trace_id}")
    parts = [part(reader, child) for child in (found.document if found is not None else ())]
    return [one for one in parts if one is not None]


def own_rows(reader: Reader, trace_id: str | None) -> tuple[CfpModel, ...]:
    """The four rows that a part's owner stated, or none."""
    found = reader.get(REGION_ITEMS, f"cfp/{trace_id}")
    return () if found is None else tuple(parse(CfpModel, row) for row in found.document)


def trade(found: RegionItem) -> TradeRequestModel:
    """The trade request of a record."""
    return parse(TradeRequestModel, found.document)


def put_trade(tx: Transaction, request: TradeRequestModel) -> None:
    """Keep a trade request."""
    said = request.trade_model
    tx.put(
        REGION_ITEMS,
        item(
            tx,
            "trade",
            said.trade_id or "",
            said.downstream_operator_id,
            to_json(request),
            parent=said.downstream_trace_id,
            partner=said.upstream_operator_id,
        ),
    )


def about(reader: Reader, trace_id: str) -> list[TradeRequestModel]:
    """The requests about a downstream part."""
    return [trade(one) for one in find(reader, "trade", parent=trace_id)]


def rows_about(reader: Reader, owned: PartsModel) -> list[CfpModel]:
    """Everything that the owner of a part sees of its footprint: own rows, totals, the upstream party's answer."""
    rows = own_rows(reader, owned.trace_id)
    below = children(reader, owned.trace_id)
    found = list(rows)
    if rows and below:
        found += total_rows(rows, _with_rows(reader, below, frozenset()))
    return [*found, *_answered(reader, owned, frozenset())]


def _answered(reader: Reader, owned: PartsModel, seen: frozenset[str]) -> Sequence[CfpModel]:
    """The two response rows about a part, where an upstream party has completed a request for it."""
    trace_id = owned.trace_id or ""
    done = [one for one in about(reader, trace_id) if state_of(one.status_model) == COMPLETED]
    if not done or trace_id in seen:
        return ()
    upstream = done[-1].trade_model.upstream_trace_id
    rows = own_rows(reader, upstream)
    if not rows:
        return ()
    below = _with_rows(reader, children(reader, upstream), seen | {trace_id})
    return response_rows(rows, below, downstream_trace_id=trace_id, release=Release())


def _with_rows(
    reader: Reader, parts: Sequence[PartsModel], seen: frozenset[str]
) -> list[tuple[PartsModel, Sequence[CfpModel]]]:
    """Child parts with the rows that count for them: their owner's own, or what was answered."""
    return [
        (one, own_rows(reader, one.trace_id) if one.terminated_flag else _answered(reader, one, seen)) for one in parts
    ]


def requests_by_id(reader: Reader) -> Mapping[str, TradeRequestModel]:
    """Every trade of the region by its id."""
    return {one.id.partition("/")[2]: trade(one) for one in find(reader, "trade")}


def plain(value: Model | Sequence[Model]) -> Any:
    """A model, or a list of them, as JSON."""
    return to_json(value) if isinstance(value, Model) else [to_json(one) for one in value]
