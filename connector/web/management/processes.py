"""EDC's contractnegotiations, contractagreements and transferprocesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from connector.dsp.transfer import is_final
from connector.notation.problems import Conflict, Invalid
from connector.ports import Also
from connector.records.exchange import Negotiation, Transfer
from connector.services.exchange.callbacks import Callbacks, Kind
from connector.services.exchange.exchanges import Exchanges
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.transfers import Transfers
from connector.web import answers
from connector.web.bodies import read_json
from connector.web.management import views
from connector.web.management.access import actor, permitted
from connector.web.management.forms import Members, read
from connector.web.management.parties import Parties
from connector.web.management.queries import optional_json, search_of


class ProcessesDoor:
    """Routes below `/management/v3` that start, show and end negotiations and transfers."""

    def __init__(
        self,
        *,
        exchanges: Exchanges,
        negotiations: Negotiations,
        transfers: Transfers,
        callbacks: Callbacks,
        parties: Parties,
        contexts: Mapping[str, Any],
    ) -> None:
        self._exchanges = exchanges
        self._negotiations = negotiations
        self._transfers = transfers
        self._callbacks = callbacks
        self._parties = parties
        self._contexts = contexts

    def routes(self) -> list[web.RouteDef]:
        """Creates answer 200 with an IdResponse, commands 204."""
        base = "/management/v3"
        negotiations, agreements, transfers = (
            f"{base}/{noun}" for noun in ("contractnegotiations", "contractagreements", "transferprocesses")
        )
        return [
            web.post(negotiations, self._negotiate),
            web.post(f"{negotiations}/request", self._find_negotiations),
            web.get(f"{negotiations}/{{id}}", self._show_negotiation),
            web.get(f"{negotiations}/{{id}}/state", self._show_negotiation_state),
            web.get(f"{negotiations}/{{id}}/agreement", self._show_agreement_of),
            web.post(f"{negotiations}/{{id}}/terminate", self._terminate_negotiation),
            web.post(f"{agreements}/request", self._find_agreements),
            web.get(f"{agreements}/{{id}}", self._show_agreement),
            web.get(f"{agreements}/{{id}}/negotiation", self._show_negotiation_of),
            web.post(transfers, self._transfer),
            web.post(f"{transfers}/request", self._find_transfers),
            web.get(f"{transfers}/{{id}}", self._show_transfer),
            web.get(f"{transfers}/{{id}}/state", self._show_transfer_state),
            web.post(f"{transfers}/{{id}}/terminate", self._terminate_transfer),
            web.post(f"{transfers}/{{id}}/suspend", self._suspend_transfer),
            web.post(f"{transfers}/{{id}}/resume", self._resume_transfer),
            web.post(f"{transfers}/{{id}}/deprovision", self._deprovision_transfer),
        ]

    # --- negotiations and agreements

    async def _negotiate(self, request: web.Request) -> web.Response:
        asked = await self._parties.contract_request(read(await read_json(request), self._contexts))
        record = await self._negotiations.request(
            counterparty=asked.counterparty,
            counterparty_address=asked.address,
            offer=asked.offer,
            actor=actor(request),
            also=self._also("negotiation", asked.callbacks),
        )
        return answers.json(views.id_response(record.id, record.created_at))

    @permitted("read")
    async def _find_negotiations(self, request: web.Request) -> web.Response:
        search = await search_of(request, self._contexts)
        found = await self._exchanges.find_negotiations(search, views.negotiation)
        return answers.json(await self._negotiation_views(*found))

    async def _show_negotiation(self, request: web.Request) -> web.Response:
        return answers.json(
            (await self._negotiation_views(await self._exchanges.negotiation(request.match_info["id"])))[0]
        )

    async def _show_negotiation_state(self, request: web.Request) -> web.Response:
        record = await self._exchanges.negotiation(request.match_info["id"])
        return answers.json(views.state(record, "NegotiationState"))

    async def _show_agreement_of(self, request: web.Request) -> web.Response:
        return answers.json(views.agreement(await self._exchanges.agreement_of(request.match_info["id"])))

    async def _terminate_negotiation(self, request: web.Request) -> web.Response:
        reason = await self._reason(request)
        await self._exchanges.negotiation(request.match_info["id"])
        await self._negotiations.terminate(request.match_info["id"], reason, actor=actor(request))
        return web.Response(status=204)

    @permitted("read")
    async def _find_agreements(self, request: web.Request) -> web.Response:
        search = await search_of(request, self._contexts)
        found = await self._exchanges.find_agreements(search, views.agreement)
        return answers.json([views.agreement(record) for record in found])

    async def _show_agreement(self, request: web.Request) -> web.Response:
        return answers.json(views.agreement(await self._exchanges.agreement(request.match_info["id"])))

    async def _show_negotiation_of(self, request: web.Request) -> web.Response:
        return answers.json(
            (await self._negotiation_views(await self._exchanges.negotiation_of(request.match_info["id"])))[0]
        )

    # --- transfers

    async def _transfer(self, request: web.Request) -> web.Response:
        members = read(await read_json(request), self._contexts)
        members.check_protocol()
        callbacks = self._parties.callbacks(members)
        agreement_id = members.need("contractId", "the id of the agreement")
        provider, known = await self._exchanges.partner_of(agreement_id)
        await self._check_partner(members, provider)
        record = await self._transfers.request(
            agreement_id=agreement_id,
            counterparty_address=self._parties.address(members) or known or await self._parties.address_of(provider),
            format_=members.need("transferType", "how the data shall come, as HttpData-PULL"),
            destination=members.object("dataDestination").plain(),
            actor=actor(request),
            also=self._also("transfer", callbacks),
        )
        return answers.json(views.id_response(record.id, record.created_at))

    async def _check_partner(self, members: Members, provider: str) -> None:
        for name in ("counterPartyId", "connectorId"):
            said = members.text(name)
            if said is not None and self._parties.did_of(said) != provider:
                detail = f"the provider of this agreement is {provider}, not {said[:200]}"
                raise Invalid("management/counterparty", detail, pointer=members.pointer(name))

    @permitted("read")
    async def _find_transfers(self, request: web.Request) -> web.Response:
        search = await search_of(request, self._contexts)
        found = await self._exchanges.find_transfers(search, views.transfer)
        return answers.json(await self._transfer_views(*found))

    async def _show_transfer(self, request: web.Request) -> web.Response:
        return answers.json((await self._transfer_views(await self._exchanges.transfer(request.match_info["id"])))[0])

    async def _show_transfer_state(self, request: web.Request) -> web.Response:
        return answers.json(views.state(await self._exchanges.transfer(request.match_info["id"]), "TransferState"))

    async def _terminate_transfer(self, request: web.Request) -> web.Response:
        reason = await self._reason(request)
        await self._exchanges.transfer(request.match_info["id"])
        await self._transfers.terminate(request.match_info["id"], reason, actor=actor(request))
        return web.Response(status=204)

    async def _suspend_transfer(self, request: web.Request) -> web.Response:
        reason = await self._reason(request)
        await self._exchanges.transfer(request.match_info["id"])
        await self._transfers.suspend(request.match_info["id"], reason, actor=actor(request))
        return web.Response(status=204)

    async def _resume_transfer(self, request: web.Request) -> web.Response:
        await self._reason(request)
        record = await self._exchanges.transfer(request.match_info["id"])
        if record.state != "SUSPENDED":
            raise Conflict("transfer/not-suspended", f"the transfer is {record.state}, not SUSPENDED")
        await self._transfers.resume(record.id, actor=actor(request))
        return web.Response(status=204)

    async def _deprovision_transfer(self, request: web.Request) -> web.Response:
        """Nothing is ever provisioned here: what is asked for holds as soon as the transfer is over."""
        record = await self._exchanges.transfer(request.match_info["id"])
        if not is_final(record.state):
            raise Conflict("transfer/not-over", f"the transfer is {record.state}: terminate or complete it first")
        return web.Response(status=204)

    def _also(self, kind: Kind, callbacks: Sequence[Mapping[str, Any]]) -> Also:
        return lambda tx, own_pid: self._callbacks.keep(tx, own_pid, kind, callbacks)

    async def _negotiation_views(self, *records: Negotiation) -> list[dict[str, Any]]:
        told = await self._callbacks.of([record.id for record in records])
        return [views.negotiation(record, told.get(record.id, ())) for record in records]

    async def _transfer_views(self, *records: Transfer) -> list[dict[str, Any]]:
        told = await self._callbacks.of([record.id for record in records])
        return [views.transfer(record, told.get(record.id, ())) for record in records]

    async def _reason(self, request: web.Request) -> str:
        """The reason in a command's body; a command without a body has none."""
        body = await optional_json(request)
        return (read(body, self._contexts).text("reason") or "") if body is not None else ""
