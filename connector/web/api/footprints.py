"""`/api/footprints`: ask partners for product carbon footprints, answer them, convert, roll up a battery's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from aiohttp import web
from pydantic import AwareDatetime, Field

from connector.notation.findings import Finding
from connector.notation.problems import Invalid
from connector.pcf.catena_x.exchange import LONGEST_MESSAGE, USAGE_PURPOSE
from connector.pcf.footprint import Assumptions, Split, StageData
from connector.ports import Clock
from connector.records.footprints import FootprintRequest, StoredFootprint
from connector.services.footprints.battery import Component, Energy, Statement, rolled_up
from connector.services.footprints.conversion import to_document, to_rows
from connector.services.footprints.footprints import Footprints, Wish
from connector.services.footprints.own import OwnFootprints
from connector.services.footprints.states import UNSETTLED, is_overdue
from connector.services.trades.links import assumed_values
from connector.web.api.operations import Amount, Call, Form, Operation, PageQuery, Raw

REQUEST: Final = "/api/footprints/requests/{id}"
OWN: Final = "/api/footprints/own/{part:.+}"
_NO_TRACE: Final = "00000000-0000-4000-8000-000000000000"


class OfferForm(Form):
    """Under which policies partners may ask for and send footprints."""

    access_policy_id: str = Field(min_length=1, description="policy definition: who sees the offer")
    usage_policy_id: str = Field(min_length=1, description="policy definition: under which contract")


class AskForm(Form):
    """A footprint to be asked for; one part number at least."""

    counterparty: str = Field(min_length=1, description="the partner's DID")
    manufacturer_part_id: str = Field(default="", max_length=512)
    customer_part_id: str = Field(default="", max_length=512)
    message: str = Field(default="", max_length=LONGEST_MESSAGE)
    purpose: str = Field(default=USAGE_PURPOSE, min_length=1, description="usage purpose of the contract")
    due_at: AwareDatetime | None = Field(default=None, description="until when the answer is wanted; kept here only")


class RequestsQuery(PageQuery):
    """Which requests are listed."""

    direction: Literal["incoming", "outgoing"] | None = None
    state: str | None = None
    counterparty: str | None = None
    open: bool = Field(default=False, description="only those that something is still to come of")


class WaitQuery(Form):
    """How long an answer is waited for."""

    wait: float = Field(default=0, ge=0, le=60, description="seconds; answers earlier when the request is settled")


class SplitForm(Form):
    """Stages of a total: an assumed share of raw material (0 to 1), or both amounts as their owner states them."""

    raw_material_share: Amount | None = None
    raw_material: Amount | None = None
    main_production: Amount | None = None
    source: str = Field(min_length=1, description="who assumes or states this")


class RejectForm(Form):
    """Why a request is not answered."""

    reason: str = Field(default="", max_length=1000, description="kept here: the exchange has no message for it")


class AnswerForm(Form):
    """An answer written by hand."""

    document: dict[str, Any] = Field(description="io.catenax.pcf:9.0.0")


class OwnForm(Form):
    """The footprint of an own product."""

    document: dict[str, Any] = Field(description="io.catenax.pcf:9.0.0")
    stages: SplitForm | None = Field(default=None, description="the stages, where the document's owner knows them")
    is_told: bool = Field(default=True, description="send a change to every partner that was given another value")


class ConvertForm(Form):
    """To `ouranos`: `document`, `split`, `traceId`. To `catena-x`: `rows`, `part`, `operator`, `assumptions`."""

    to: Literal["ouranos", "catena-x"]
    document: dict[str, Any] | None = None
    split: SplitForm | None = None
    trace_id: str = _NO_TRACE
    rows: list[dict[str, Any]] = Field(default=[])
    part: dict[str, Any] | None = None
    operator: dict[str, Any] | None = None
    assumptions: dict[str, Any] = Field(default={})
    source: str = "the caller"


class ComponentForm(Form):
    """So much of what the answer to a request is about."""

    request_id: str = Field(min_length=1)
    quantity: Amount = Field(description="in the declared unit of the answer, for one battery")
    split: SplitForm | None = None


class EnergyForm(Form):
    """The energy over the service life: declared, or usable energy x full cycles a year x years."""

    lifetime_kwh: Amount | None = None
    usable_kwh: Amount | None = None
    full_cycles_per_year: Amount | None = None
    years: Amount | None = None


class RollUpForm(Form):
    """A battery: components, own stages (kgCO2e per battery), energy, and what its declaration says."""

    components: list[ComponentForm] = Field(min_length=1)
    own_stages: dict[str, Amount] = Field(
        default={}, description="raw-material, main-production, distribution, end-of-life"
    )
    energy: EnergyForm
    plant: str | dict[str, Any]
    declaration: str = Field(min_length=1)
    rulebook: str = Field(min_length=1)
    performance_class: str | None = None
    total_lifecycle: str | None = Field(default=None, description="name of a further entry with the total")


class FootprintDoor:
    """Operations on footprints."""

    def __init__(self, *, footprints: Footprints, own: OwnFootprints, clock: Clock) -> None:
        self._footprints = footprints
        self._own = own
        self._clock = clock

    def operations(self) -> list[Operation]:
        """See operations.py."""
        return [
            Operation("POST", "/api/footprints/offer", self._offer, "Offer the exchange", "operate", body=OfferForm),
            Operation("GET", "/api/footprints/requests", self._list, "List requests", query=RequestsQuery),
            Operation(
                "POST", "/api/footprints/requests", self._ask, "Ask a partner", "operate", body=AskForm, status=201
            ),
            Operation("GET", REQUEST, self._show, "Show a request, or wait for its answer", query=WaitQuery),
            Operation("GET", f"{REQUEST}/document", self._document, "The answer, byte by byte", answers=Raw),
            Operation("POST", f"{REQUEST}/answer", self._answer, "Answer by hand", "operate", body=AnswerForm),
            Operation("POST", f"{REQUEST}/accept", self._accept, "Answer with the own footprint", "operate"),
            Operation("POST", f"{REQUEST}/reject", self._reject, "Say no, with a reason", "operate", body=RejectForm),
            Operation("POST", f"{REQUEST}/remind", self._remind, "Ask again for what is not answered", "operate"),
            Operation("POST", f"{REQUEST}/update", self._update, "Send a changed own footprint again", "operate"),
            Operation("POST", f"{REQUEST}/cancel", self._cancel, "Close without an answer", "operate"),
            Operation("POST", f"{REQUEST}/retry", self._retry, "Send again what failed", "operate"),
            Operation("GET", "/api/footprints/own", self._list_own, "List own footprints", query=PageQuery),
            Operation("PUT", OWN, self._put_own, "Keep an own footprint", "operate", body=OwnForm),
            Operation("GET", OWN, self._show_own, "Show an own footprint"),
            Operation("DELETE", OWN, self._remove_own, "Forget an own footprint", "operate", status=204),
            Operation("POST", "/api/footprints/convert", self._convert, "Convert", "read", body=ConvertForm),
            Operation(
                "POST", "/api/footprints/roll-up", self._roll_up, "Roll up a battery", "operate", body=RollUpForm
            ),
        ]

    async def _offer(self, call: Call) -> Any:
        form: OfferForm = call.body
        return await self._own.offer(
            actor=call.actor, access_policy_id=form.access_policy_id, usage_policy_id=form.usage_policy_id
        )

    async def _ask(self, call: Call) -> Any:
        form: AskForm = call.body
        wish = Wish(
            counterparty=form.counterparty,
            manufacturer_part_id=form.manufacturer_part_id,
            customer_part_id=form.customer_part_id,
            message=form.message,
            purpose=form.purpose,
            due_at=form.due_at,
        )
        return self._shown(await self._footprints.ask(wish, actor=call.actor))

    def _shown(self, record: FootprintRequest) -> dict[str, Any]:
        return shown(record, self._clock.now())

    async def _list(self, call: Call) -> Any:
        query: RequestsQuery = call.query
        stated = {"direction": query.direction, "state": query.state, "counterparty": query.counterparty}
        where: dict[str, Any] = {name: value for name, value in stated.items() if value is not None}
        if query.open and not query.state:
            where["state"] = (*UNSETTLED["incoming"], *UNSETTLED["outgoing"])
        found = await self._footprints.book.list(where, limit=query.limit, offset=query.offset)
        return [self._shown(record) for record in found]

    async def _show(self, call: Call) -> Any:
        request_id = call.path["id"]
        if call.query.wait:
            return self._shown(await self._footprints.book.settled(request_id, call.query.wait))
        return self._shown(await self._footprints.book.show(request_id))

    async def _document(self, call: Call) -> bytes:
        return await self._footprints.document(call.path["id"])

    async def _answer(self, call: Call) -> Any:
        return self._shown(await self._footprints.answer(call.path["id"], call.body.document, actor=call.actor))

    async def _accept(self, call: Call) -> Any:
        return self._shown(await self._footprints.accept(call.path["id"], actor=call.actor))

    async def _reject(self, call: Call) -> Any:
        return self._shown(await self._footprints.reject(call.path["id"], call.body.reason, actor=call.actor))

    async def _remind(self, call: Call) -> Any:
        return self._shown(await self._footprints.book.remind(call.path["id"], actor=call.actor))

    async def _update(self, call: Call) -> Any:
        return self._shown(await self._footprints.update(call.path["id"], actor=call.actor))

    async def _cancel(self, call: Call) -> Any:
        return self._shown(await self._footprints.book.cancel(call.path["id"], actor=call.actor))

    async def _retry(self, call: Call) -> Any:
        return self._shown(await self._footprints.book.retry(call.path["id"], actor=call.actor))

    async def _list_own(self, call: Call) -> Any:
        found = await self._own.list(limit=call.query.limit, offset=call.query.offset)
        return [{name: value for name, value in _own(one).items() if name != "document"} for one in found]

    async def _put_own(self, call: Call) -> Any:
        form: OwnForm = call.body
        stages = form.stages.model_dump(by_alias=True, exclude_none=True) if form.stages else None
        record, findings = await self._own.put(
            call.path["part"], form.document, stages=stages, actor=call.actor, is_told=form.is_told
        )
        return {**_own(record), "findings": _findings(findings)}

    async def _show_own(self, call: Call) -> Any:
        return _own(await self._own.get(call.path["part"]))

    async def _remove_own(self, call: Call) -> web.Response:
        await self._own.remove(call.path["part"], actor=call.actor)
        return web.Response(status=204)

    async def _convert(self, call: Call) -> Any:
        form: ConvertForm = call.body
        if form.to == "ouranos":
            if form.document is None:
                raise Invalid("http/body", "a conversion to ouranos needs the document", pointer="/document")
            made, findings = to_rows(form.document, trace_id=form.trace_id, split=split_of(form.split))
            return {"rows": made, "findings": _findings(findings)}
        assumptions = Assumptions(assumed_values(form.assumptions), form.source)
        document, findings = to_document(
            form.rows, form.part, form.operator, assumptions=assumptions, clock=self._clock
        )
        return {"document": document, "findings": _findings(findings)}

    async def _roll_up(self, call: Call) -> Any:
        form: RollUpForm = call.body
        energy = form.energy
        battery, entries = await rolled_up(
            self._footprints,
            [Component(one.request_id, one.quantity, split_of(one.split)) for one in form.components],
            form.own_stages,
            Energy(energy.lifetime_kwh, energy.usable_kwh, energy.full_cycles_per_year, energy.years),
            Statement(form.plant, form.declaration, form.rulebook, form.performance_class, form.total_lifecycle),
        )
        return {
            "perKwh": battery.per_kwh,
            "totalPerKwh": battery.total_per_kwh,
            "perBattery": battery.per_battery,
            "lifetimeEnergyKwh": battery.lifetime_energy_kwh,
            "isProvisional": battery.is_provisional,
            "rounding": battery.rounding,
            "assumptions": _findings(battery.assumptions),
            "sources": list(battery.sources),
            "carbonFootprint": entries,
        }


def split_of(form: SplitForm | None) -> StageData | Split | None:
    """The split that a form states. Raises Invalid where it states both or half of one."""
    if form is None:
        return None
    if form.raw_material_share is not None and form.raw_material is None and form.main_production is None:
        return Split(form.raw_material_share, form.source)
    if form.raw_material_share is None and form.raw_material is not None and form.main_production is not None:
        return StageData(form.raw_material, form.main_production, form.source)
    raise Invalid("http/body", "a split is rawMaterialShare, or rawMaterial and mainProduction", pointer="/split")


def shown(record: FootprintRequest, now: datetime) -> dict[str, Any]:
    """A request as JSON; empty members are left out."""
    members = {
        "requestId": record.id,
        "direction": record.direction,
        "state": record.state,
        "counterparty": record.counterparty,
        "counterpartyBpn": record.counterparty_bpn,
        "manufacturerPartId": record.manufacturer_part_id,
        "customerPartId": record.customer_part_id,
        "message": record.message,
        "purpose": record.purpose,
        "agreementId": record.agreement_id,
        "answerAgreementId": record.answer_agreement_id,
        "tradeId": record.trade_id,
        "traceId": record.trace_id,
        "document": record.document,
        "documentDigest": record.document_digest,
        "itemId": record.item_id,
        "isUpdate": record.is_update or None,
        "findings": record.findings,
        "code": record.code,
        "reason": record.reason,
        "dueAt": record.due_at,
        "isOverdue": is_overdue(record, now) or None,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
    }
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def _own(record: StoredFootprint) -> dict[str, Any]:
    return {
        "manufacturerPartId": record.id,
        "documentDigest": record.document_digest,
        "stages": record.stages,
        "createdAt": record.created_at,
        "document": record.document,
    }


def _findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [finding.as_dict() for finding in findings]
