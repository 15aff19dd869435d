"""`/api/agreements`: contracts shown to people, accepted by them, used again, and taken over from elsewhere."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field

from connector.services.catalog.imports import Foreign, Imports
from connector.services.contracts.agreements import AgreementBook, Sheet
from connector.services.contracts.evidence import EvidenceMaker
from connector.services.contracts.renewals import Renewals
from connector.web.api.contracts import page
from connector.web.api.exchange import NegotiationForm, negotiation_form
from connector.web.api.operations import Call, Form, Instant, Operation, PageQuery, Raw


class AgreementForm(Form):
    """A contract as it was agreed elsewhere; `policy` in any spelling of ODRL."""

    id: str = Field(min_length=1, max_length=1000, description="the id that both sides know")
    provider: str = Field(min_length=1, max_length=1000, description="DID, or a BPN that this node knows")
    consumer: str = Field(min_length=1, max_length=1000, description="DID, or a BPN that this node knows")
    dataset_id: str = Field(min_length=1, max_length=1000)
    policy: dict[str, Any]
    signed_at: Instant


class ImportedForm(Form):
    """What was kept."""

    id: str
    role: str
    provider: str
    consumer: str
    dataset_id: str
    signed_at: Instant


class AgreementsQuery(PageQuery):
    """Which contracts."""

    partner: str = Field(default="", max_length=2048, description="only those with this DID or BPN")
    dataset_id: str = Field(default="", max_length=2048, description="only those on this dataset")
    purpose: str = Field(default="", max_length=200, description="only those that grant this usage purpose")
    in_force: bool = Field(default=False, description="only those that may be used now")


class PartyForm(Form):
    """Who signed; `bpn` empty where it is not known."""

    did: str
    bpn: str


class AcceptanceForm(Form):
    """That a person accepted the legal terms of a policy of this digest."""

    actor: str
    accepted_at: Instant
    policy_digest: str
    terms: list[str]


class ContractTransferForm(Form):
    """A transfer under the contract."""

    id: str
    state: str
    format: str
    created_at: Instant


class SheetForm(Form):
    """A contract; `usageEnds` and `provisioningEnds` are absent where there is no end.

    `receipt` is none, expected, missing, made, sent or received.
    """

    id: str
    role: str
    state: str
    provider: PartyForm
    consumer: PartyForm
    dataset_id: str
    negotiation_id: str
    signed_at: Instant
    usage_ends: Instant | None = None
    provisioning_ends: Instant | None = None
    ended_at: Instant | None = None
    ended_reason: str = ""
    ended_code: str = ""
    purposes: list[str]
    policy_digest: str
    sentences: list[str]
    legal_terms: list[str]
    needs_acceptance: bool
    acceptances: list[AcceptanceForm]
    deliveries: int | None = Field(default=None, description="made so far, where the contract limits them")
    deleted_at_end: bool
    receipt: str
    transfers: list[ContractTransferForm]
    items: int = Field(description="received items that are kept under it")
    findings: list[dict[str, Any]]
    policy: dict[str, Any]


class RenewalForm(Form):
    """A new negotiation; `isSamePolicy`: under the very policy of the old contract."""

    negotiation: NegotiationForm
    is_same_policy: bool


class AgreementsApi:
    """Operations on contracts."""

    def __init__(self, imports: Imports, book: AgreementBook, evidence: EvidenceMaker, renewals: Renewals) -> None:
        self._renewals = renewals
        self._evidence = evidence
        self._imports = imports
        self._book = book

    def operations(self) -> list[Operation]:
        """A contract gives rights: only an admin states one that no negotiation of this node led to."""
        base = "/api/agreements"
        return [
            Operation(
                "GET", base, self._list, "List contracts", query=AgreementsQuery, answers=SheetForm, is_list=True
            ),
            Operation(
                "POST",
                base,
                self._import,
                "Take over a contract that this participant made with another connector",
                "administer",
                AgreementForm,
                answers=ImportedForm,
                status=201,
            ),
            Operation("GET", f"{base}/{{id}}", self._show, "Show a contract in sentences", answers=SheetForm),
            Operation(
                "GET",
                f"{base}/{{id}}/page",
                self._page,
                "Show a contract as a page for a person",
                answers=Raw,
                media_type="text/html",
            ),
            Operation(
                "GET",
                f"{base}/{{id}}/evidence",
                self._package,
                "One signed package that an auditor verifies offline",
                "audit",
                answers=Raw,
                media_type="application/zip",
            ),
            Operation(
                "POST",
                f"{base}/{{id}}/renew",
                self._renew,
                "Ask for the contract anew; the old one goes on until its end",
                "operate",
                answers=RenewalForm,
            ),
            Operation(
                "POST",
                f"{base}/{{id}}/accept",
                self._accept,
                "Accept the legal terms of a contract, by the person whose key this is",
                "operate",
                answers=SheetForm,
            ),
        ]

    async def _renew(self, call: Call) -> RenewalForm:
        made = await self._renewals.renew(call.path["id"], actor=call.actor)
        return RenewalForm(negotiation=negotiation_form(made.negotiation), is_same_policy=made.is_same)

    async def _package(self, call: Call) -> web.Response:
        raw = await self._evidence.make(call.path["id"])
        headers = {"Content-Disposition": 'attachment; filename="evidence.zip"', "Cache-Control": "no-store"}
        return web.Response(body=raw, content_type="application/zip", headers=headers)

    async def _list(self, call: Call) -> list[SheetForm]:
        asked: AgreementsQuery = call.query
        found = await self._book.sheets(
            partner=asked.partner,
            dataset_id=asked.dataset_id,
            purpose=asked.purpose,
            is_in_force=asked.in_force,
            limit=asked.limit,
            offset=asked.offset,
        )
        return [sheet_form(sheet) for sheet in found]

    async def _show(self, call: Call) -> SheetForm:
        return sheet_form(await self._book.show(call.path["id"]))

    async def _page(self, call: Call) -> web.Response:
        shown = page.render(sheet_form(await self._book.show(call.path["id"])).model_dump())
        headers = {"Content-Security-Policy": page.POLICY, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=shown, content_type="text/html", headers=headers)

    async def _accept(self, call: Call) -> SheetForm:
        return sheet_form(await self._book.accept(call.path["id"], actor=call.actor))

    async def _import(self, call: Call) -> ImportedForm:
        said: AgreementForm = call.body
        foreign = Foreign(said.id, said.provider, said.consumer, said.dataset_id, said.policy, said.signed_at)
        record = await self._imports.agreement(foreign, actor=call.actor)
        return ImportedForm(
            id=record.id,
            role=record.role,
            provider=record.provider,
            consumer=record.consumer,
            dataset_id=record.dataset_id,
            signed_at=record.signed_at,
        )


def sheet_form(sheet: Sheet) -> SheetForm:
    """The form of a contract."""
    record = sheet.record
    return SheetForm(
        id=record.id,
        role=record.role,
        state=sheet.state,
        provider=PartyForm(did=sheet.provider.did, bpn=sheet.provider.bpn),
        consumer=PartyForm(did=sheet.consumer.did, bpn=sheet.consumer.bpn),
        dataset_id=record.dataset_id,
        negotiation_id=record.negotiation_id,
        signed_at=record.signed_at,
        usage_ends=sheet.usage_ends,
        provisioning_ends=sheet.provisioning_ends,
        ended_at=record.ended_at,
        ended_reason=record.ended_reason,
        ended_code=record.ended_code,
        purposes=list(sheet.purposes),
        policy_digest=sheet.policy_digest,
        sentences=list(sheet.sentences),
        legal_terms=list(sheet.legal_terms),
        needs_acceptance=sheet.needs_acceptance,
        acceptances=[_acceptance(one) for one in sheet.acceptances],
        deliveries=sheet.deliveries,
        deleted_at_end=sheet.is_deleted_at_end,
        receipt=sheet.receipt,
        transfers=[
            ContractTransferForm(id=one.id, state=one.state, format=one.format, created_at=one.created_at)
            for one in sheet.transfers
        ],
        items=sheet.items,
        findings=[finding.as_dict() for finding in sheet.findings],
        policy=record.policy,
    )


def _acceptance(one: Any) -> AcceptanceForm:
    return AcceptanceForm(
        actor=one.actor, accepted_at=one.accepted_at, policy_digest=one.policy_digest, terms=one.terms
    )
