"""What EDC has no word for in an exchange: waiting for its end, pulling into the inventory, asking what is wrong."""

from __future__ import annotations

import asyncio
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import Field

from connector.dsp.negotiation import FINAL_STATES as NEGOTIATION_ENDS
from connector.dsp.transfer import FINAL_STATES as TRANSFER_ENDS
from connector.notation.problems import Problem
from connector.records.contracts import InventoryItem
from connector.records.exchange import Negotiation, Transfer
from connector.services.catalog.doctor import Doctor
from connector.services.exchange.exchanges import Exchanges
from connector.services.exchange.transfers import Transfers
from connector.services.usage.inventory import Inventory, Pulled
from connector.services.usage.usage import dry_run
from connector.web.api.operations import Call, Form, Instant, Operation, PageQuery, Raw

F = TypeVar("F", bound=Form)

AT_ONCE = 8
"""Pulls of one request under way at the same time."""


class WaitQuery(Form):
    """How long the answer may take."""

    wait: float = Field(default=0.0, ge=0.0, le=120.0, description="seconds to wait for the process to settle")


class NegotiationForm(Form):
    """A contract negotiation; `isFinal` once it is FINALIZED or TERMINATED. `reasons` are the peer's too.

    `offer` are the terms on the table, by whoever spoke last.
    """

    id: str
    role: str
    state: str
    is_final: bool
    counterparty: str
    counterparty_address: str
    consumer_pid: str
    provider_pid: str
    dataset_id: str
    offer: dict[str, Any]
    agreement_id: str
    code: str
    reasons: list[str]
    dry_run: str | None = Field(default=None, description="where to find out at which moment it fails")
    terminated_by: str
    created_at: Instant
    updated_at: Instant


class TransferForm(Form):
    """A transfer process, without its token; `isFinal` once it is COMPLETED or TERMINATED."""

    id: str
    role: str
    state: str
    is_final: bool
    counterparty: str
    counterparty_address: str
    consumer_pid: str
    provider_pid: str
    agreement_id: str
    dataset_id: str
    format: str
    code: str
    reasons: list[str]
    dry_run: str | None = Field(default=None, description="where to find out at which moment it fails")
    created_at: Instant
    updated_at: Instant


class PullForm(Form):
    """What to pull from a started transfer: paths below its data address, `""` the address itself."""

    transfer_id: str = Field(min_length=1, max_length=1000)
    paths: list[str] = Field(default=[""], min_length=1, max_length=1000)
    purpose: str = Field(default="", max_length=200, description="what for; default: what the transfer was asked for")


class ItemForm(Form):
    """Received bytes; `digest` is over what arrived, `sourceDigest` what the provider said of what it sent."""

    id: str
    agreement_id: str
    transfer_id: str
    provider: str
    dataset_id: str
    path: str
    media_type: str
    size: int
    digest: str
    source_digest: str
    received_at: Instant
    deleted_at: Instant | None = None


class PulledForm(Form):
    """One path: its item and whether the digests agree (absent where the provider gave none), or why not."""

    path: str
    ok: bool
    item: ItemForm | None = None
    matches_source: bool | None = None
    code: str | None = None
    detail: str | None = None
    dry_run: str | None = None


class InventoryQuery(PageQuery):
    """Which items."""

    agreement_id: str = Field(default="", max_length=1000, description="only those under this agreement")


class ContentQuery(Form):
    """For what the bytes are wanted; the contract decides."""

    purpose: str = Field(default="", max_length=200, description="usage purpose; default: the agreement's own")
    use: Literal["", "share", "manipulate", "derive", "analyse", "remove-provider"] = Field(
        default="", description="what is done with them beyond reading"
    )
    recipient: str = Field(
        default="", pattern=r"^(BPNL[0-9A-Z]{12})?$", description="the company that they reach (BPNL): sharing"
    )


class StepForm(Form):
    """One step of an examination."""

    name: str
    ok: bool
    detail: str
    side: str = Field(description="whose side is wrong: ours, theirs, or empty")
    code: str
    seconds: float


class ExaminationForm(Form):
    """What an examination found: the steps up to the first that failed."""

    did: str
    ok: bool
    steps: list[StepForm]


class ExchangeApi:
    """Operations on processes, pulls, inventory and partners."""

    def __init__(self, *, exchanges: Exchanges, transfers: Transfers, inventory: Inventory, doctor: Doctor) -> None:
        self._exchanges = exchanges
        self._transfers = transfers
        self._inventory = inventory
        self._doctor = doctor

    def operations(self) -> list[Operation]:
        """Reading content and asking partners need `operate`."""
        inventory, transfer = "/api/inventory", "/api/transfers/{id}"
        return [
            Operation(
                "GET",
                "/api/negotiations/{id}",
                self._negotiation,
                "Show a negotiation, once it is final",
                query=WaitQuery,
                answers=NegotiationForm,
            ),
            Operation(
                "GET",
                transfer,
                self._transfer,
                "Show a transfer, once it has started or ended",
                query=WaitQuery,
                answers=TransferForm,
            ),
            Operation(
                "POST",
                f"{transfer}/complete",
                self._complete,
                "Say that all was transferred",
                "operate",
                answers=TransferForm,
            ),
            Operation(
                "POST",
                "/api/pulls",
                self._pull,
                "Pull into the inventory",
                "operate",
                PullForm,
                answers=PulledForm,
                is_list=True,
            ),
            Operation(
                "GET",
                inventory,
                self._list,
                "List received items",
                query=InventoryQuery,
                answers=ItemForm,
                is_list=True,
            ),
            Operation("GET", f"{inventory}/{{id}}", self._item, "Show a received item", answers=ItemForm),
            Operation(
                "GET",
                f"{inventory}/{{id}}/content",
                self._content,
                "Give out received bytes under their contract",
                "operate",
                query=ContentQuery,
                answers=Raw,
                media_type="*/*",
            ),
            Operation(
                "GET",
                "/api/partners/{did}/doctor",
                self._examine,
                "Find out why an exchange with a partner does not work",
                "operate",
                answers=ExaminationForm,
            ),
        ]

    async def _negotiation(self, call: Call) -> NegotiationForm:
        return negotiation_form(await self._exchanges.settled_negotiation(call.path["id"], call.query.wait))

    async def _transfer(self, call: Call) -> TransferForm:
        return transfer_form(await self._exchanges.settled_transfer(call.path["id"], call.query.wait))

    async def _complete(self, call: Call) -> TransferForm:
        record = await self._exchanges.transfer(call.path["id"])
        return transfer_form(await self._transfers.complete(record.id, actor=call.actor))

    async def _pull(self, call: Call) -> list[PulledForm]:
        """Every path is tried; only where none came is the answer the first one's problem."""
        wanted: PullForm = call.body
        await self._exchanges.transfer(wanted.transfer_id)
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(path: str) -> Pulled | Problem:
            async with turn:
                try:
                    return await self._inventory.pull(wanted.transfer_id, path, purpose=wanted.purpose)
                except Problem as problem:
                    return problem

        results = await asyncio.gather(*map(one, wanted.paths))
        problems = [result for result in results if isinstance(result, Problem)]
        if len(problems) == len(results):
            raise problems[0]
        return [_pulled(path, result) for path, result in zip(wanted.paths, results, strict=True)]

    async def _list(self, call: Call) -> list[ItemForm]:
        asked: InventoryQuery = call.query
        found = await self._inventory.list(asked.agreement_id, limit=asked.limit, offset=asked.offset)
        return [_item(record) for record in found]

    async def _item(self, call: Call) -> ItemForm:
        return _item(await self._inventory.item(call.path["id"]))

    async def _content(self, call: Call) -> web.Response:
        asked: ContentQuery = call.query
        uses = frozenset({asked.use}) if asked.use else frozenset()
        record, raw = await self._inventory.open(call.path["id"], asked.purpose, uses=uses, recipient=asked.recipient)
        headers = {
            "Content-Type": record.media_type or "application/octet-stream",
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return web.Response(body=raw, headers=headers)

    async def _examine(self, call: Call) -> ExaminationForm:
        steps = await self._doctor.examine(call.path["did"])
        return ExaminationForm(
            did=call.path["did"],
            ok=all(step.ok for step in steps),
            steps=[
                StepForm(
                    name=step.name,
                    ok=step.ok,
                    detail=step.detail,
                    side=step.side,
                    code=step.code,
                    seconds=step.seconds,
                )
                for step in steps
            ],
        )


def negotiation_form(record: Negotiation) -> NegotiationForm:
    """The form of a negotiation."""
    return _shown(NegotiationForm, record, is_final=record.state in NEGOTIATION_ENDS, dry_run=_dry_run(record))


def transfer_form(record: Transfer) -> TransferForm:
    """The form of a transfer."""
    return _shown(TransferForm, record, is_final=record.state in TRANSFER_ENDS, dry_run=_dry_run(record))


def _dry_run(record: Negotiation | Transfer) -> str | None:
    return dry_run(record.dataset_id, record.counterparty) if record.code else None


def _item(record: InventoryItem) -> ItemForm:
    return _shown(ItemForm, record)


def _pulled(path: str, result: Pulled | Problem) -> PulledForm:
    if isinstance(result, Problem):
        return PulledForm(path=path, ok=False, code=result.code, detail=result.detail, dry_run=result.dry_run or None)
    return PulledForm(path=path, ok=True, item=_item(result.item), matches_source=result.matches_source)


def _shown(form: type[F], record: Any, **more: Any) -> F:
    """The members of a record that its form has."""
    members = {name: getattr(record, name) for name in form.model_fields if name not in more}
    return form(**members, **more)
