"""`/api/approvals`: the queue of negotiations that wait for a person's yes or no."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from connector.services.contracts.approvals import Approvals
from connector.web.api.exchange import NegotiationForm, negotiation_form
from connector.web.api.operations import Call, Form, Instant, Operation


class WaitingForm(Form):
    """A negotiation that waits: `action` is what a yes does, `objection` what our own policy says against it now."""

    id: str
    role: str
    state: str
    counterparty: str
    dataset_id: str
    action: str
    objection: str
    sentences: list[str]
    since: Instant
    offer: dict[str, Any]


class YesForm(Form):
    """A yes."""

    force: bool = Field(default=False, description="also where our own policy says no at this moment")


class NoForm(Form):
    """A no; the partner reads the reason."""

    reason: str = Field(default="", max_length=2000)


class ApprovalsApi:
    """Operations on the queue."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    def operations(self) -> list[Operation]:
        """Deciding needs `operate`."""
        base = "/api/approvals"
        return [
            Operation("GET", base, self._list, "List what waits for a person", answers=WaitingForm, is_list=True),
            Operation(
                "POST",
                f"{base}/{{id}}/approve",
                self._approve,
                "Say yes to what is on the table",
                "operate",
                YesForm,
                body_optional=True,
                answers=NegotiationForm,
            ),
            Operation(
                "POST",
                f"{base}/{{id}}/reject",
                self._reject,
                "Say no",
                "operate",
                NoForm,
                body_optional=True,
                answers=NegotiationForm,
            ),
        ]

    async def _list(self, _: Call) -> list[WaitingForm]:
        return [
            WaitingForm(
                id=one.record.id,
                role=one.record.role,
                state=one.record.state,
                counterparty=one.record.counterparty,
                dataset_id=one.record.dataset_id,
                action=one.action,
                objection=one.objection,
                sentences=list(one.sentences),
                since=one.record.updated_at,
                offer=one.record.offer,
            )
            for one in await self._approvals.waiting()
        ]

    async def _approve(self, call: Call) -> NegotiationForm:
        is_forced = call.body is not None and call.body.force
        return negotiation_form(await self._approvals.approve(call.path["id"], actor=call.actor, is_forced=is_forced))

    async def _reject(self, call: Call) -> NegotiationForm:
        reason = call.body.reason if call.body is not None else ""
        return negotiation_form(await self._approvals.reject(call.path["id"], reason, actor=call.actor))
