"""A stand-in of the Ouranos platform: operators, plants, parts, structures, trades and footprints of a small region.

Built after the published API, not a copy of the platform. What an operator discloses is decided per trade there; here
a linked part's rows are disclosed to the one who asked. The rules are `connector.pcf.ouranos.region`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from connector.notation.problems import Invalid, Refused, Unknown
from connector.pcf.ouranos import region
from connector.pcf.ouranos.errors import NO_PRIVILEGES
from connector.pcf.ouranos.models import (
    COMPLETED,
    NOT_COMPLETED,
    CfpModel,
    OperatorModel,
    PartsModel,
    PartsStructureModel,
    PlantModel,
    StatusModel,
    TradeModel,
    TradeRequestModel,
    TradeResponseModel,
    parse,
    to_json,
)
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.footprints import REGION_ITEMS
from connector.services.trades import rows as rows
from connector.services.trades.accounts import operator_item

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a list: `after` is the identifier behind which it starts."""

    limit: int = 100
    after: str = ""


@dataclass(frozen=True, slots=True)
class PartsQuery:
    """Which parts are asked for."""

    trace_id: str = ""
    parts_name: str = ""
    plant_id: str = ""
    parent_flag: bool | None = None


class Platform:
    """The stand-in; every method takes the operator that is logged in."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # --- operators and plants

    async def operators(self, _: str, *, open_id: str = "", ids: Sequence[str] = ()) -> list[OperatorModel]:
        """Operators by number in their country or by ids; unknown ids are left out. Raises Unknown for a number."""

        def look(reader: Reader) -> list[OperatorModel]:
            if open_id:
                found = reader.one(REGION_ITEMS, {"kind": "operator", "parent": open_id})
                if found is None:
                    raise Unknown("region/operator", "no operator has this openOperatorId")
                return [parse(OperatorModel, found.document)]
            items = [operator_item(reader, one) for one in ids]
            return [parse(OperatorModel, one.document) for one in items if one is not None]

        return await self._store.read(look)

    async def put_operator(self, own: str, operator: OperatorModel) -> OperatorModel:
        """Change the own operator; its number in its country never changes. Raises Refused, Invalid."""
        if operator.operator_id != own:
            raise Refused("region/privileges", NO_PRIVILEGES)

        def put(tx: Transaction) -> OperatorModel:
            known = tx.need(REGION_ITEMS, f"operator/{own}")
            if known.parent != operator.open_operator_id:
                raise Invalid("region/operator", "openOperatorId: cannot be changed")
            global_id = operator.operator_attribute.global_operator_id or ""
            same = tx.one(REGION_ITEMS, {"kind": "operator", "partner": global_id}) if global_id else None
            if same is not None and same.owner != own:
                raise Invalid("region/operator", f"globalOperatorId: {global_id} exists already")
            known.document, known.partner = to_json(operator), global_id
            tx.put(REGION_ITEMS, known)
            return operator

        return await self._store.write(put)

    async def plants(self, own: str) -> list[PlantModel]:
        """Own plants."""
        found = await self._store.read(lambda reader: rows.find(reader, "plant", owner=own))
        return [parse(PlantModel, one.document) for one in found]

    async def put_plant(self, own: str, plant: PlantModel) -> PlantModel:
        """Make or change an own plant. Raises Refused, Unknown, Invalid."""
        region.check_owner(plant.operator_id, own, "the plant")

        def put(tx: Transaction) -> PlantModel:
            if plant.plant_id is not None:
                _own_plant(tx, own, plant.plant_id)
            same = tx.one(REGION_ITEMS, {"kind": "plant", "owner": own, "parent": plant.open_plant_id})
            if same is not None and same.id != f"plant/{plant.plant_id}":
                raise Invalid("region/plant", f"openPlantId: {plant.open_plant_id} exists already")
            made = msgspec.structs.replace(plant, plant_id=plant.plant_id or self._clock.new_id())
            document = to_json(made)
            tx.put(REGION_ITEMS, rows.item(tx, "plant", made.plant_id or "", own, document, parent=made.open_plant_id))
            return made

        return await self._store.write(put)

    # --- parts

    async def parts(self, own: str, query: PartsQuery, page: Page) -> tuple[list[PartsModel], str]:
        """Own parts; beside them the identifier behind which the next page starts, or empty."""

        def look(reader: Reader) -> list[PartsModel]:
            found = [parse(PartsModel, one.document) for one in rows.find(reader, "part", owner=own)]
            below = {child for one in rows.find(reader, "structure", owner=own) for child in one.document}
            return [one for one in found if _matches(one, query, below)]

        return _paged(await self._store.read(look), page, lambda one: one.trace_id)

    async def put_part(self, own: str, part: PartsModel) -> PartsModel:
        """Make or change an own part. Raises Refused, Unknown."""
        region.check_owner(part.operator_id, own, "the part")
        return await self._store.write(lambda tx: self._kept_part(tx, own, part))

    async def delete_part(self, own: str, trace_id: str) -> None:
        """Forget an own part that nothing refers to. Raises Unknown, Invalid."""

        def forget(tx: Transaction) -> None:
            _own_part(tx, own, trace_id)
            structures = rows.find(tx, "structure", owner=own)
            if any(one.id == f"structure/{trace_id}" or trace_id in one.document for one in structures):
                raise Invalid("region/part-used", "MSGAECP0014: the part belongs to a structure")
            if rows.about(tx, trace_id):
                raise Invalid("region/part-used", "MSGAECP0015: the part has been asked for")
            if any(one.trade_model.upstream_trace_id == trace_id for one in _received(tx, own)):
                raise Invalid("region/part-used", "MSGAECP0016: the part is linked with a received request")
            tx.remove(REGION_ITEMS, f"part/{trace_id}")
            tx.remove(REGION_ITEMS, f"cfp/{trace_id}")

        await self._store.write(forget)

    async def structure(self, own: str, trace_id: str) -> PartsStructureModel:
        """An own part and its children. Raises Unknown."""

        def look(reader: Reader) -> PartsStructureModel:
            parent = _own_part(reader, own, trace_id)
            return PartsStructureModel(parent_parts_model=parent, children_parts_model=rows.children(reader, trace_id))

        return await self._store.read(look)

    async def put_structure(self, own: str, structure: PartsStructureModel) -> PartsStructureModel:
        """Make or change an own part with its children. Raises Refused, Unknown, Invalid."""
        region.check_structure(structure, own)

        def put(tx: Transaction) -> PartsStructureModel:
            parent = self._kept_part(tx, own, structure.parent_parts_model)
            below = [self._kept_part(tx, own, child) for child in structure.children_parts_model]
            ids = [child.trace_id or "" for child in below]
            if parent.trace_id in ids or len(set(ids)) < len(ids):
                raise Invalid("region/structure", "a part cannot be its own child, nor be a child twice")
            tx.put(REGION_ITEMS, rows.item(tx, "structure", parent.trace_id or "", own, ids))
            return PartsStructureModel(parent_parts_model=parent, children_parts_model=below)

        return await self._store.write(put)

    def _kept_part(self, tx: Transaction, own: str, part: PartsModel) -> PartsModel:
        """The part with its id: the one given, that of the part with the same names at the same plant, or a new one."""
        _own_plant(tx, own, part.plant_id)
        if part.trace_id is not None:
            _own_part(tx, own, part.trace_id)
        same = next(
            (one for one in rows.find(tx, "part", owner=own, parent=part.plant_id) if _is_same(one, part)), None
        )
        if same is not None and part.trace_id not in (None, same.document["traceId"]):
            raise Invalid("region/part", "another part has these names at this plant")
        trace_id = part.trace_id or (same.document["traceId"] if same is not None else self._clock.new_id())
        made = msgspec.structs.replace(part, trace_id=trace_id)
        tx.put(REGION_ITEMS, rows.item(tx, "part", trace_id, own, to_json(made), parent=made.plant_id))
        return made

    # --- trades

    async def requests(self, own: str, trace_ids: Sequence[str], page: Page) -> tuple[list[TradeModel], str]:
        """Trades that the operator asked for, of certain parts or all."""
        found = await self._store.read(
            lambda reader: [rows.trade(one) for one in rows.find(reader, "trade", owner=own)]
        )
        shown = [one.trade_model for one in region.visible_requests(found, own)]
        wanted = [one for one in shown if not trace_ids or one.downstream_trace_id in trace_ids]
        return _paged(wanted, page, lambda one: one.trade_id)

    async def request_trade(self, own: str, request: TradeRequestModel) -> TradeRequestModel:
        """Ask for a footprint. Raises Refused, Unknown, Invalid."""

        def put(tx: Transaction) -> TradeRequestModel:
            trace_id = request.trade_model.downstream_trace_id
            made = region.request_trade(
                request,
                operator_id=own,
                part=rows.part(tx, trace_id),
                is_known_upstream=operator_item(tx, request.trade_model.upstream_operator_id) is not None,
                existing=rows.about(tx, trace_id),
                trade_id=self._clock.new_id(),
                status_id=self._clock.new_id(),
            )
            rows.put_trade(tx, made)
            detail = {"upstream": made.trade_model.upstream_operator_id, "part": trace_id}
            tx.audit("region.trade.requested", made.trade_model.trade_id or "", detail, actor=own)
            return made

        return await self._store.write(put)

    async def responses(self, own: str, page: Page) -> tuple[list[TradeResponseModel], str]:
        """Requests that others made to the operator."""

        def look(reader: Reader) -> list[TradeResponseModel]:
            received = _received(reader, own)
            parts = {
                one.trade_model.downstream_trace_id: rows.part(reader, one.trade_model.downstream_trace_id)
                for one in received
            }
            return region.visible_responses(
                received, {key: part for key, part in parts.items() if part is not None}, own
            )

        return _paged(await self._store.read(look), page, lambda one: one.trade_model.trade_id)

    async def link_part(self, own: str, trade_id: str, trace_id: str) -> TradeModel:
        """Say which own part a request is about; rows that the part has answer it. Raises Unknown, Refused, Invalid."""

        def link(tx: Transaction) -> TradeModel:
            request = _trade(tx, trade_id)
            linked = region.link_part(
                request.trade_model, request.status_model, operator_id=own, part=rows.part(tx, trace_id)
            )
            request = msgspec.structs.replace(request, trade_model=linked)
            rows.put_trade(tx, request)
            if rows.own_rows(tx, trace_id):
                self._answer(tx, own, request)
            return linked

        return await self._store.write(link)

    async def statuses(
        self, own: str, page: Page, *, target: str = "", status_id: str = "", trace_id: str = ""
    ) -> tuple[list[StatusModel], str]:
        """States of requests made (REQUEST), received (RESPONSE) or both, with the counts of the trees beneath."""

        def look(reader: Reader) -> list[StatusModel]:
            known = rows.requests_by_id(reader)
            below = {one.id.partition("/")[2]: one.document for one in rows.find(reader, "structure")}
            return [
                msgspec.structs.replace(one.status_model, request_status=region.tree_status(key, known, below))
                for key, one in known.items()
                if _is_wanted(one, own, target, status_id, trace_id)
            ]

        return _paged(await self._store.read(look), page, lambda one: one.status_id)

    async def put_status(self, own: str, status: StatusModel) -> None:
        """Cancel (downstream) or reject (upstream) a request. Raises Unknown, Refused, Invalid."""

        def put(tx: Transaction) -> None:
            request = _trade(tx, status.trade_id or "")
            if status.status_id != request.status_model.status_id:
                raise Unknown("pcf/trade", "no such trade is known")
            changed = region.change(
                request.status_model,
                request.trade_model,
                region.state_of(status),
                operator_id=own,
                reply=status.reply_message,
            )
            rows.put_trade(tx, msgspec.structs.replace(request, status_model=changed))
            detail = {"state": region.state_of(changed), "reply": changed.reply_message}
            tx.audit("region.trade.ended", request.trade_model.trade_id or "", detail, actor=own)

        await self._store.write(put)

    # --- footprints

    async def cfp(self, own: str, trace_ids: Sequence[str]) -> list[CfpModel]:
        """All rows about own parts; parts of others are passed over."""

        def look(reader: Reader) -> list[CfpModel]:
            parts = [rows.part(reader, one) for one in dict.fromkeys(trace_ids)]
            owned = [one for one in parts if one is not None and region.may_see_part(one, own)]
            return [row for one in owned for row in rows.rows_about(reader, one)]

        return await self._store.read(look)

    async def put_cfp(self, own: str, stated: Sequence[CfpModel]) -> list[CfpModel]:
        """State the four rows of an own part; linked requests are answered by it. Raises Unknown, Invalid."""

        def put(tx: Transaction) -> list[CfpModel]:
            trace_id = stated[0].trace_id
            _own_part(tx, own, trace_id)
            known = tx.get(REGION_ITEMS, f"cfp/{trace_id}")
            if stated[0].cfp_id is not None and (known is None or known.parent != stated[0].cfp_id):
                raise Unknown("region/cfp", "no such cfpId is known for this part")
            cfp_id = known.parent if known is not None else self._clock.new_id()
            made = [msgspec.structs.replace(row, cfp_id=cfp_id) for row in stated]
            tx.put(REGION_ITEMS, rows.item(tx, "cfp", trace_id, own, rows.plain(made), parent=cfp_id))
            for request in _received(tx, own):
                if request.trade_model.upstream_trace_id == trace_id:
                    self._answer(tx, own, request)
            return made

        return await self._store.write(put)

    @staticmethod
    def _answer(tx: Transaction, own: str, request: TradeRequestModel) -> None:
        """Complete a request (again) that is not ended."""
        if region.state_of(request.status_model) not in (NOT_COMPLETED, COMPLETED):
            return
        changed = region.change(request.status_model, request.trade_model, region.ANSWER, operator_id=own)
        rows.put_trade(tx, msgspec.structs.replace(request, status_model=changed))
        detail = {"part": request.trade_model.upstream_trace_id}
        tx.audit("region.trade.answered", request.trade_model.trade_id or "", detail, actor=own)


def _own_plant(reader: Reader, own: str, plant_id: str) -> None:
    found = reader.get(REGION_ITEMS, f"plant/{plant_id}")
    if found is None or found.owner != own:
        raise Unknown("region/plant", "no such plant is known")


def _own_part(reader: Reader, own: str, trace_id: str) -> PartsModel:
    found = rows.part(reader, trace_id)
    if found is None or not region.may_see_part(found, own):
        raise Unknown("pcf/part", "no such part is known")
    return found


def _trade(reader: Reader, trade_id: str) -> TradeRequestModel:
    found = reader.get(REGION_ITEMS, f"trade/{trade_id}")
    if found is None:
        raise Unknown("pcf/trade", "no such trade is known")
    return rows.trade(found)


def _received(reader: Reader, own: str) -> list[TradeRequestModel]:
    return [rows.trade(one) for one in rows.find(reader, "trade", partner=own)]


def _is_same(known: Any, part: PartsModel) -> bool:
    names = (known.document["partsName"], known.document["supportPartsName"] or "")
    return names == (part.parts_name, part.support_parts_name or "")


def _matches(part: PartsModel, query: PartsQuery, below: set[str]) -> bool:
    return (
        query.trace_id in ("", part.trace_id)
        and query.parts_name in ("", part.parts_name)
        and query.plant_id in ("", part.plant_id)
        and query.parent_flag in (None, part.trace_id not in below)
    )


def _is_wanted(request: TradeRequestModel, own: str, target: str, status_id: str, trace_id: str) -> bool:
    side = region.side(request.trade_model, own)
    wanted = {"REQUEST": (region.DOWNSTREAM,), "RESPONSE": (region.UPSTREAM,)}.get(
        target, (region.DOWNSTREAM, region.UPSTREAM)
    )
    trade = request.trade_model
    own_part = trade.downstream_trace_id if side == region.DOWNSTREAM else trade.upstream_trace_id
    return side in wanted and status_id in ("", request.status_model.status_id) and trace_id in ("", own_part)


def _paged(found: list[T], page: Page, identify: Callable[[T], str | None]) -> tuple[list[T], str]:
    """A page of `found`, and the identifier behind which the next one starts."""
    start = 0
    if page.after:
        names = [identify(one) for one in found]
        if page.after not in names:
            raise Invalid("region/query", "after: names nothing in this list")
        start = names.index(page.after) + 1
    shown = found[start : start + page.limit]
    has_more = len(found) > start + page.limit
    return shown, (identify(shown[-1]) or "") if has_more else ""
