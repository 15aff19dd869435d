"""The bridge to a regional platform: footprint requests become trade requests there, and the other way round.

In: a partner's request (through `footprints`) is asked of the region's operator in the name of the operator that
stands for the partner; its rows become a Catena-X document. Out: an operator of the region asks the one that stands
for a partner; the bridge asks the partner and writes the answer back as rows. The platform is polled, with back-off:
its protocol has no other way.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Invalid, PeerFailed, Problem, Unauthenticated, Unavailable
from connector.pcf.catena_x import version_9
from connector.pcf.identifiers import bpnl_of, part_urn
from connector.pcf.ouranos import mapping
from connector.pcf.ouranos.models import (
    CANCEL,
    COMPLETED,
    NOT_COMPLETED,
    REJECT,
    OperatorModel,
    PartsModel,
    PartsStructureModel,
    PlantAttribute,
    PlantModel,
    RequestStatus,
    StatusModel,
    TradeModel,
    TradeRequestModel,
    TradeResponseModel,
)
from connector.pcf.ouranos.records import RESPONSE_TYPES
from connector.pcf.ouranos.region import state_of
from connector.ports import Clock, Reader, Region, Store
from connector.records.footprints import FOOTPRINT_REQUESTS, LINKS, FootprintRequest, Link
from connector.services.events import Event, Events
from connector.services.footprints.footprints import Footprints, Wish
from connector.services.trades import links
from connector.services.workers import Workers

LONGEST_NAME: Final = 50
LONGEST_MESSAGE: Final = 250
RESPONSE_DAYS: Final = 30
PARENT_NAME: Final = "not disclosed"
PLANT: Final = {"plantName": "not disclosed", "plantAddress": "not disclosed", "openPlantId": "000000"}
"""The plant under which the operator that stands for a partner keeps its parts, where the link names none."""

_PASSING: Final = (PeerFailed, Unavailable, Unauthenticated)
"""What may be over soon: tried again by the worker."""
_NOWHERE: Final = "00000000-0000-0000-0000-000000000000"


class Trades:
    """The bridge of this node. `account` is the default account there; an answer is due after `response_days`."""

    def __init__(
        self,
        *,
        store: Store,
        events: Events,
        clock: Clock,
        footprints: Footprints,
        region: Region,
        workers: Workers,
        account: str = "",
        response_days: int = RESPONSE_DAYS,
    ) -> None:
        self._response_time = timedelta(days=response_days)
        self._store = store
        self._clock = clock
        self._footprints = footprints
        self._region = region
        self._workers = workers
        self._account = account
        events.subscribe("footprint.unanswered", self._on_request)
        events.subscribe("footprint.answered", self._on_answer)
        events.subscribe("link.put", self._on_link)
        events.subscribe("link.removed", self._on_link)

    async def start(self) -> None:
        """Watch the region for those who are linked, and take up what a former life left undone."""
        for link in await self._store.read(lambda reader: reader.find(LINKS, {"kind": links.OPERATOR}, limit=100_000)):
            self._watch(link.left)
        for record in await self._store.read(_open_requests):
            self._take_up(record)

    async def stop(self) -> None:
        """Stop polling."""
        await self._workers.stop()

    async def look(self) -> None:
        """Ask the region now instead of at the end of a pause, and quickly for a while."""
        await self.start()
        self._workers.nudge_all()

    async def _on_request(self, event: Event) -> None:
        self._take_up(event.record)

    async def _on_answer(self, event: Event) -> None:
        self._take_up(event.record)

    async def _on_link(self, _: Event) -> None:
        await self.look()

    def _take_up(self, record: FootprintRequest) -> None:
        """Begin (or hurry) what the state of a request calls for."""
        if record.direction == "incoming" and record.state in ("received", "forwarded"):
            self._workers.start(f"in {record.id}", lambda: self._bring(record.id))
        if record.direction == "outgoing" and record.trade_id and record.state == "answered":
            self._workers.start(f"out {record.id}", lambda: self._pass_on(record.id))

    def _watch(self, counterparty: str) -> None:
        self._workers.start(f"watch {counterparty}", lambda: self._look_for_requests(counterparty))

    # --- in: a partner asks for a part of the region

    async def _bring(self, request_id: str) -> bool:
        """One step for an incoming request: ask in the region, then look whether the answer is there."""
        record = await self._footprints.book.show(request_id)
        part, operator = await self._store.read(lambda reader: _links_in(reader, record))
        missing = _missing(record, part, operator)
        if missing is not None or part is None or operator is None:
            await self._footprints.book.note(request_id, "trade/unlinked", missing or "")
            return True
        try:
            if record.state == "received":
                record = await self._request_trade(record, part, operator)
            return record.state != "forwarded" or await self._fetch(record, part, operator)
        except _PASSING:
            raise
        except Problem as problem:
            return await self._stuck(record, problem)

    async def _stuck(self, record: FootprintRequest, problem: Problem) -> bool:
        """What cannot be converted or is refused waits, with the reason, for a changed link or a restart."""
        await self._footprints.book.note(record.id, problem.code, problem.detail)
        return True

    async def _request_trade(self, record: FootprintRequest, part: Link, operator: Link) -> FootprintRequest:
        account = self._account_of(operator)
        child = await self._child(record, part, operator)
        trace_id = child.trace_id or ""
        known = await self._region.trades(account, trace_id)
        trade = known[0] if known else (await self._asked(account, record, part, operator, trace_id)).trade_model
        return await self._footprints.book.advance(
            record.id, "forwarded", trade_id=trade.trade_id or "", trace_id=trace_id, code="", reason=""
        )

    async def _child(self, record: FootprintRequest, part: Link, operator: Link) -> PartsModel:
        """The part that the partner buys, as a child of a part of the operator that stands for it.

        Its second name is the request id: each request is a part of its own, so that asking again after a crash
        finds the same part, and a later request is a new one.
        """
        plant_id = await self._plant(operator, operator.attributes.get("plant", PLANT))
        unit = part.attributes.get("unit", "unit")
        child = _part(operator.right, plant_id, part.left, record.id, unit=unit, amount=Decimal(1))
        parent = _part(operator.right, plant_id, PARENT_NAME, record.id)
        structure = PartsStructureModel(parent_parts_model=parent, children_parts_model=[child])
        return (await self._region.put_structure(self._account_of(operator), structure)).children_parts_model[0]

    async def _asked(
        self, account: str, record: FootprintRequest, part: Link, operator: Link, trace_id: str
    ) -> TradeRequestModel:
        due = (self._clock.now() + self._response_time).date().isoformat()
        trade = TradeModel(
            trade_id=None,
            downstream_operator_id=operator.right,
            downstream_trace_id=trace_id,
            upstream_operator_id=part.right,
            upstream_trace_id=None,
        )
        status = StatusModel(
            status_id=None,
            trade_id=None,
            request_status=RequestStatus(),
            message=record.message or None,
            reply_message=None,
            request_type="CFP",
            response_due_date=due,
        )
        return await self._region.request_trade(account, TradeRequestModel(status_model=status, trade_model=trade))

    async def _fetch(self, record: FootprintRequest, part: Link, operator: Link) -> bool:
        """Whether the region's answer was there, and is on its way to the partner."""
        account = self._account_of(operator)
        statuses = await self._region.statuses(account, "REQUEST", record.trace_id)
        status = next((one for one in statuses if one.trade_id == record.trade_id), None)
        if status is None:
            raise Conflict("trade/gone", f"the region no longer knows the trade {record.trade_id}")
        state = state_of(status)
        if state in (REJECT, CANCEL):
            reason = status.reply_message or f"the operator of the region ended the request ({state})"
            await self._footprints.book.advance(record.id, "rejected", code=f"trade/{state.lower()}", reason=reason)
            return True
        if state != COMPLETED:
            return False
        document, findings = await self._document(account, record, part)
        await self._footprints.answer(record.id, document, findings=findings)
        return True

    async def _document(self, account: str, record: FootprintRequest, part: Link) -> tuple[Any, list[Finding]]:
        rows = await self._region.cfp(account, record.trace_id)
        answered = [row for row in rows if row.cfp_type in RESPONSE_TYPES]
        supplier = await self._region.operator(account, part.right)
        child = await self._region.part(account, record.trace_id)
        link = mapping.Link(
            footprint_id=self._clock.new_id(),
            company_ids=tuple(part.attributes.get("companyIds", ())),
            product_ids=_product_ids(part, supplier),
            created=self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        read = mapping.to_footprint(answered, child, supplier, link=link)
        written = version_9.write(read.footprint, assumptions=links.assumptions_of(part))
        return written.document, [*read.findings, *written.findings]

    # --- out: an operator of the region asks for a partner's product

    async def _look_for_requests(self, counterparty: str) -> bool:
        """Ask the partner for each new request to the operator that stands for it; ends with the link."""
        operator = await self._store.read(lambda reader: links.linked(reader, links.OPERATOR, counterparty))
        if operator is None:
            return True
        news = False
        for response in await self._region.responses(self._account_of(operator)):
            if state_of(response.status_model) == NOT_COMPLETED:
                news |= await self._ask_partner(operator, response)
        if news:
            self._workers.nudge(f"watch {counterparty}")
        return False

    async def _ask_partner(self, operator: Link, response: TradeResponseModel) -> bool:
        """Whether this request of the region was new (and could be asked)."""
        trade_id = response.trade_model.trade_id or ""
        where = {"trade_id": trade_id, "direction": "outgoing"}
        if await self._store.read(lambda reader: reader.one(FOOTPRINT_REQUESTS, where)) is not None:
            return False
        left = f"{operator.right} {response.parts_model.parts_name}"
        product = await self._product(left)
        if product is None:
            return False
        wish = Wish(
            counterparty=operator.left,
            manufacturer_part_id=product.right,
            customer_part_id=response.parts_model.parts_name,
            message=(response.status_model.message or "")[:LONGEST_MESSAGE],
            trade_id=trade_id,
        )
        await self._footprints.ask(wish, actor=response.trade_model.downstream_operator_id)
        return True

    async def unlinked(self) -> list[dict[str, Any]]:
        """Requests of the region that nobody can ask on, because no `product` link names their part."""
        waiting = []
        for operator in await self._store.read(lambda reader: reader.find(LINKS, {"kind": links.OPERATOR})):
            for response in await self._region.responses(self._account_of(operator)):
                left = f"{operator.right} {response.parts_model.parts_name}"
                is_open = state_of(response.status_model) == NOT_COMPLETED
                if is_open and await self._product(left) is None:
                    waiting.append({"tradeId": response.trade_model.trade_id, "left": left})
        return waiting

    async def _product(self, left: str) -> Link | None:
        return await self._store.read(lambda reader: links.linked(reader, links.PRODUCT, left))

    async def _pass_on(self, request_id: str) -> bool:
        """Write a partner's answer into the region: its part, the link of the trade, the four rows."""
        record = await self._footprints.book.show(request_id)
        if record.state != "answered" or record.document is None:
            return True
        operator = await self._store.read(lambda reader: links.linked(reader, links.OPERATOR, record.counterparty))
        if operator is None:
            await self._footprints.book.note(
                request_id, "trade/unlinked", f"no operator stands for {record.counterparty}"
            )
            return True
        try:
            trace_id, findings = await self._write(record, operator)
        except _PASSING:
            raise
        except Problem as problem:
            return await self._stuck(record, problem)
        said = [*record.findings, *(finding.as_dict() for finding in findings)]
        await self._footprints.book.advance(
            request_id, "forwarded", trace_id=trace_id, findings=said, code="", reason=""
        )
        return True

    async def _write(self, record: FootprintRequest, operator: Link) -> tuple[str, list[Finding]]:
        account = self._account_of(operator)
        product = await self._product(f"{operator.right} {record.customer_part_id}")
        read = version_9.read(record.document)
        split = links.split_of(product) if product is not None else None
        mapping.from_footprint(read.footprint, trace_id=_NOWHERE, split=split)  # refuses before anything is written
        plant_id = await self._plant(operator, operator.attributes.get("plant", PLANT))
        wanted = msgspec.structs.replace(
            _part(operator.right, plant_id, record.manufacturer_part_id, record.trade_id, is_last=True),
            parts_label_name=(read.footprint.product_name or "")[:LONGEST_NAME] or None,
        )
        part = await self._region.put_part(account, wanted)
        trace_id = part.trace_id or ""
        written = mapping.from_footprint(read.footprint, trace_id=trace_id, split=split)
        await self._region.link_part(account, record.trade_id, trace_id)
        await self._region.put_cfp(account, written.document)
        return trace_id, [*read.findings, *written.findings]

    # --- both

    def _account_of(self, operator: Link) -> str:
        account = str(operator.attributes.get("account", "")) or self._account
        if not account:
            raise Invalid(
                "trade/account", f"the link {operator.id!r} names no account of the region, nor do the settings"
            )
        return account

    async def _plant(self, operator: Link, wanted: Any) -> str:
        """The id of the plant that the operator keeps its parts under; made where it is missing."""
        account = self._account_of(operator)
        for plant in await self._region.plants(account):
            if plant.open_plant_id == wanted.get("openPlantId"):
                return plant.plant_id or ""
        made = await self._region.put_plant(account, _new_plant(operator.right, {**PLANT, **wanted}))
        return made.plant_id or ""


def _open_requests(reader: Reader) -> list[FootprintRequest]:
    """Requests that the bridge may have something to do for."""
    incoming = {"direction": "incoming", "state": ("received", "forwarded")}
    outgoing = {"direction": "outgoing", "state": "answered"}
    found = [reader.find(FOOTPRINT_REQUESTS, where, limit=1_000_000) for where in (incoming, outgoing)]
    return [record for records in found for record in records]


def _links_in(reader: Reader, record: FootprintRequest) -> tuple[Link | None, Link | None]:
    """The links of part and operator for an incoming request."""
    names = [name for name in (record.manufacturer_part_id, record.customer_part_id) if name]
    parts = [links.linked(reader, links.PART, name) for name in names]
    part = next((link for link in parts if link is not None), None)
    return part, links.linked(reader, links.OPERATOR, record.counterparty)


def _missing(record: FootprintRequest, part: Link | None, operator: Link | None) -> str | None:
    if part is None:
        name = record.manufacturer_part_id or record.customer_part_id
        return f"no operator of the region is linked with the part {name!r}: add a link of kind part"
    if operator is None:
        return f"no operator of the region stands for {record.counterparty}: add a link of kind operator"
    return None


def _part(
    operator_id: str,
    plant_id: str,
    name: str,
    second_name: str,
    *,
    unit: str | None = None,
    amount: Decimal | None = None,
    is_last: bool = False,
) -> PartsModel:
    return PartsModel(
        trace_id=None,
        operator_id=operator_id,
        plant_id=plant_id,
        parts_name=name[:LONGEST_NAME],
        support_parts_name=second_name[:LONGEST_NAME],
        terminated_flag=is_last,
        amount_required=amount,
        amount_required_unit=unit,
    )


def _new_plant(operator_id: str, stated: Any) -> PlantModel:
    return PlantModel(
        plant_id=None,
        operator_id=operator_id,
        plant_name=stated["plantName"],
        plant_address=stated["plantAddress"],
        open_plant_id=stated["openPlantId"],
        plant_attribute=PlantAttribute(global_plant_id=None),
    )


def _product_ids(part: Link, supplier: OperatorModel) -> tuple[str, ...]:
    """What the link states, else the part number under the supplier's BPNL, else none."""
    stated = tuple(part.attributes.get("productIds", ()))
    if stated:
        return stated
    bpnl = bpnl_of(supplier.operator_attribute.global_operator_id or "")
    return (part_urn(bpnl, part.left),) if bpnl else ()
