"""`/api/pact`: clients of the PACT facade, footprints on offer there, requests of partners and ours to them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from connector.pcf.pact.api import Criteria
from connector.services.footprints.pact import Pact, Partner
from connector.web.api.operations import Call, Form, Operation, PageQuery


class ClientForm(Form):
    """A client, and where and how it is called back."""

    client_id: str = Field(min_length=1, max_length=128)
    callback: str = Field(default="", max_length=2000, description="base address of the partner's own PACT API")
    callback_client_id: str = Field(default="", max_length=256, description="our client id there")
    callback_client_secret: str = Field(default="", max_length=2000, description="our secret there")


class OfferForm(Form):
    """A footprint in any form that `ionport pcf convert` reads."""

    document: Any
    source: str = Field(default="", max_length=40, alias="from", description="its form; default: recognised")
    assumptions: dict[str, Any] = Field(default={}, description="values that it lacks, by name")


class DecisionForm(Form):
    """What becomes of a request that waits: footprints on offer by their ids, or a rejection."""

    key: str = Field(min_length=1, description="as the list of events names it")
    footprint_ids: list[str] = Field(default=[])
    message: str = Field(default="", max_length=2000, description="why it is rejected")


class AskForm(Form):
    """Criteria of a request to a partner: productId, companyId, geography, classification, valid..., comment."""

    client_id: str = Field(min_length=1)
    data: dict[str, Any]


class EventQuery(PageQuery):
    """Which events."""

    direction: Literal["incoming", "outgoing"] | None = None


class PactApi:
    """Operations on the facade."""

    def __init__(self, pact: Pact) -> None:
        self._pact = pact

    def operations(self) -> list[Operation]:
        """See operations.py."""
        return [
            Operation("GET", "/api/pact/clients", self._clients, "List clients", "administer"),
            Operation(
                "POST", "/api/pact/clients", self._add, "Add a client", "administer", body=ClientForm, status=201
            ),
            Operation("DELETE", "/api/pact/clients/{name}", self._drop, "Remove a client", "administer", status=204),
            Operation("GET", "/api/pact/footprints", self._list, "List footprints on offer", query=PageQuery),
            Operation(
                "POST", "/api/pact/footprints", self._offer, "Offer a footprint", "operate", body=OfferForm, status=201
            ),
            Operation("DELETE", "/api/pact/footprints/{id}", self._withdraw, "Withdraw one", "operate", status=204),
            Operation("GET", "/api/pact/events", self._events, "List events, in and out", query=EventQuery),
            Operation("POST", "/api/pact/decisions", self._decide, "Answer or reject", "operate", body=DecisionForm),
            Operation("POST", "/api/pact/requests", self._ask, "Ask a partner", "operate", body=AskForm, status=201),
        ]

    async def _clients(self, _: Call) -> Any:
        return await self._pact.clients()

    async def _add(self, call: Call) -> Any:
        """The answer has the secret; it is shown once."""
        form: ClientForm = call.body
        partner = Partner(form.callback, form.callback_client_id, form.callback_client_secret)
        return await self._pact.add_client(form.client_id, partner, actor=call.actor)

    async def _drop(self, call: Call) -> None:
        await self._pact.remove_client(call.path["name"], actor=call.actor)

    async def _list(self, call: Call) -> Any:
        found, _ = await self._pact.footprints(Criteria(), limit=call.query.limit, offset=call.query.offset)
        return found

    async def _offer(self, call: Call) -> Any:
        form: OfferForm = call.body
        made, findings = await self._pact.offer(
            form.document, source=form.source, assumptions=form.assumptions, actor=call.actor
        )
        return {"document": made, "findings": [finding.as_dict() for finding in findings]}

    async def _withdraw(self, call: Call) -> None:
        await self._pact.withdraw(call.path["id"], actor=call.actor)

    async def _events(self, call: Call) -> Any:
        query: EventQuery = call.query
        return await self._pact.events(direction=query.direction or "", limit=query.limit, offset=query.offset)

    async def _decide(self, call: Call) -> Any:
        form: DecisionForm = call.body
        if form.footprint_ids:
            documents = [await self._pact.footprint(one) for one in form.footprint_ids]
            await self._pact.answer(form.key, documents, actor=call.actor)
            return {"key": form.key, "state": "answered"}
        message = form.message or "the request was rejected"
        await self._pact.reject(form.key, "AccessDenied", message, actor=call.actor)
        return {"key": form.key, "state": "rejected"}

    async def _ask(self, call: Call) -> Any:
        form: AskForm = call.body
        return {"requestEventId": await self._pact.ask(form.client_id, form.data, actor=call.actor)}
