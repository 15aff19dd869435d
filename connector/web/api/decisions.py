"""What a person decides on negotiations and transfers that wait, and offers that we make first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from connector.services.catalog.partners import Partners
from connector.services.exchange.behaviour import Step
from connector.services.exchange.exchanges import Exchanges
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.transfers import Transfers
from connector.web.api.exchange import NegotiationForm, TransferForm, negotiation_form, transfer_form
from connector.web.api.operations import Call, Form, Handle, Operation

ACTIONS: Final[Mapping[str, str]] = {
    "accept": "Accept the provider's offer",
    "agree": "Agree to the terms on the table, as the provider",
    "verify": "Verify the provider's agreement",
    "finalize": "Finalize a verified agreement, as the provider",
}
"""Steps that say nothing more than themselves."""


class OfferForm(Form):
    """An offer to one partner: `offer` is an ODRL offer with `target`, our dataset; its `@id` may be left out."""

    counterparty: str = Field(min_length=1, max_length=2048, description="the partner's participant id")
    counterparty_address: str = Field(default="", max_length=2048, description="its 2025-1 base; default: looked up")
    offer: dict[str, Any]


class CounterForm(Form):
    """The terms that we want instead: an ODRL offer about the same dataset."""

    offer: dict[str, Any]


class EndForm(Form):
    """Why a process is ended; the partner is told."""

    reason: str = Field(default="", max_length=2000)


class Decisions:
    """Operations on what waits for a person."""

    def __init__(
        self, *, exchanges: Exchanges, negotiations: Negotiations, transfers: Transfers, partners: Partners
    ) -> None:
        self._exchanges = exchanges
        self._negotiations = negotiations
        self._transfers = transfers
        self._partners = partners

    def operations(self) -> list[Operation]:
        """All of them need `operate`; a step that the state does not allow is answered 409."""
        one = "/api/negotiations/{id}"
        steps: list[tuple[str, Handle, str, type[Form] | None]] = [
            ("/api/negotiations", self._offer, "Offer a contract to one partner", OfferForm),
            (f"{one}/counter", self._counter, "Ask for other terms, or offer them", CounterForm),
            (f"{one}/terminate", self._end, "End a negotiation and say why", EndForm),
            *((f"{one}/{action}", self._plain(action), summary, None) for action, summary in ACTIONS.items()),
        ]
        start = "/api/transfers/{id}/start"
        return [
            *(Operation("POST", *step[:3], "operate", step[3], answers=NegotiationForm) for step in steps),
            Operation(
                "POST", start, self._start, "Start or resume a transfer that waits", "operate", answers=TransferForm
            ),
        ]

    async def _offer(self, call: Call) -> NegotiationForm:
        wanted: OfferForm = call.body
        address = wanted.counterparty_address or await self._partners.address_of(wanted.counterparty)
        record = await self._negotiations.propose(
            counterparty=wanted.counterparty, counterparty_address=address, offer=wanted.offer, actor=call.actor
        )
        return negotiation_form(record)

    async def _counter(self, call: Call) -> NegotiationForm:
        return await self._decide(call, Step("counter", offer=call.body.offer))

    async def _end(self, call: Call) -> NegotiationForm:
        return await self._decide(call, Step("terminate", reasons=(call.body.reason,) if call.body.reason else ()))

    def _plain(self, action: str) -> Handle:
        async def decide(call: Call) -> NegotiationForm:
            return await self._decide(call, Step(action))

        return decide

    async def _decide(self, call: Call, step: Step) -> NegotiationForm:
        known = await self._exchanges.negotiation(call.path["id"])
        return negotiation_form(await self._negotiations.decide(known.id, step, actor=call.actor))

    async def _start(self, call: Call) -> TransferForm:
        known = await self._exchanges.transfer(call.path["id"])
        return transfer_form(await self._transfers.resume(known.id, actor=call.actor))
