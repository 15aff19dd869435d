"""The Dataspace Protocol's door (2025-1, HTTPS binding): messages in, typed answers and errors out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from connector.dsp import errors, messages, negotiation, reading, transfer
from connector.dsp.errors import Protocol
from connector.notation.jsonld import id_of
from connector.notation.problems import Problem
from connector.ports import Egress
from connector.records.exchange import Negotiation, Transfer
from connector.services.catalog.catalog import Catalog, Page, Query, read_query
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.transfers import Transfers
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Counterparty
from connector.web import answers
from connector.web.bodies import BODY, as_object, read_bytes, read_object

VERSION_PATH = "/2025-1"

NEGOTIATION_MESSAGES: Mapping[str, tuple[str, str]] = {
    "request": ("ContractRequestMessage", "request"),
    "offers": ("ContractOfferMessage", "offer"),
    "agreement": ("ContractAgreementMessage", "agreement"),
    "agreement/verification": ("ContractAgreementVerificationMessage", "verification"),
    "termination": ("ContractNegotiationTerminationMessage", "termination"),
}
"""Path below `/negotiations/{pid}/` -> message type, kind. `events` carries its kind in the body."""

TRANSFER_MESSAGES: Mapping[str, tuple[str, str]] = {
    "start": ("TransferStartMessage", "start"),
    "completion": ("TransferCompletionMessage", "completion"),
    "suspension": ("TransferSuspensionMessage", "suspension"),
    "termination": ("TransferTerminationMessage", "termination"),
}
"""Path below `/transfers/{pid}/` -> message type, kind."""

EVENTS: Mapping[str, str] = {"ACCEPTED": "accepted", "FINALIZED": "finalized"}


class DspDoor:
    """Routes below `/dsp`."""

    def __init__(
        self,
        *,
        counterparties: Counterparties,
        catalog: Catalog,
        negotiations: Negotiations,
        transfers: Transfers,
        egress: Egress,
        contexts: Mapping[str, Any],
    ) -> None:
        self._egress = egress
        self._queries: dict[bytes, Query] = {}
        self._counterparties = counterparties
        self._catalog = catalog
        self._negotiations = negotiations
        self._transfers = transfers
        self._contexts = contexts

    def routes(self) -> list[web.RouteDef]:
        """Everything under `/dsp`; the version document alone needs no token."""
        base = VERSION_PATH
        found = [
            web.get("/.well-known/dspace-version", self._versions),
            web.get("", self._versions),
            web.post(f"{base}/catalog/request", self._browse),
            web.get(f"{base}/catalog/datasets/{{id:.+}}", self._dataset),
            web.post(f"{base}/negotiations/request", self._open_negotiation),
            web.post(f"{base}/negotiations/offers", self._open_by_offer),
            web.get(f"{base}/negotiations/{{pid}}", self._show_negotiation),
            web.post(f"{base}/negotiations/{{pid}}/events", self._negotiation_event),
            web.post(f"{base}/transfers/request", self._open_transfer),
            web.get(f"{base}/transfers/{{pid}}", self._show_transfer),
        ]
        for path, (type_, kind) in NEGOTIATION_MESSAGES.items():
            found.append(web.post(f"{base}/negotiations/{{pid}}/{path}", self._negotiation_message(type_, kind)))
        for path, (type_, kind) in TRANSFER_MESSAGES.items():
            found.append(web.post(f"{base}/transfers/{{pid}}/{path}", self._transfer_message(type_, kind)))
        return found

    async def _caller(self, request: web.Request) -> Counterparty:
        return await self._counterparties.authenticate(request.headers.get("Authorization"))

    async def _message(self, request: web.Request, type_: str) -> Any:
        return reading.read(await read_object(request), type_, contexts=self._contexts)

    async def _opening(self, request: web.Request, type_: str) -> Any:
        """A message that opens a process: it says where answers go, so that must be somewhere we may call."""
        message = await self._message(request, type_)
        if message.callback_address:
            self._egress.check(message.callback_address, "/callbackAddress")
        return message

    # --- metadata and catalog

    async def _versions(self, _: web.Request) -> web.Response:
        return answers.json(messages.version_document(VERSION_PATH))

    async def _browse(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        query = _page(request, await self._query(request))
        page = await self._catalog.browse(caller, query)
        return web.Response(body=page.body, content_type="application/json", headers=_links(request, query, page))

    async def _query(self, request: web.Request) -> Query:
        """What a catalog request asks for; most requests are the same few bodies, which are read once."""
        raw = await read_bytes(request)
        known = self._queries.get(raw)
        if known is None:
            message = reading.read(as_object(request, raw), "CatalogRequestMessage", contexts=self._contexts)
            known = read_query(message.filter)
            if len(raw) <= _SMALL:
                self._queries = {**(self._queries if len(self._queries) < _KEPT_QUERIES else {}), raw: known}
        return known

    async def _dataset(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        return answers.json(await self._catalog.dataset(caller, request.match_info["id"]))

    # --- negotiations

    async def _open_negotiation(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        message = await self._opening(request, "ContractRequestMessage")
        return answers.json(_negotiation(await self._negotiations.receive_request(message, caller)), 201)

    async def _open_by_offer(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        message = await self._opening(request, "ContractOfferMessage")
        return answers.json(_negotiation(await self._negotiations.receive_offer(message, caller)), 201)

    async def _show_negotiation(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        return answers.json(_negotiation(await self._negotiations.show(request.match_info["pid"], caller)))

    async def _negotiation_event(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        message = await self._message(request, "ContractNegotiationEventMessage")
        await self._negotiations.receive(request.match_info["pid"], EVENTS[message.event_type], message, caller)
        return web.Response()

    def _negotiation_message(self, type_: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            caller = await self._caller(request)
            message = await self._message(request, type_)
            record = await self._negotiations.receive(request.match_info["pid"], kind, message, caller)
            return answers.json(_negotiation(record)) if kind == "request" else web.Response()

        return handle

    # --- transfers

    async def _open_transfer(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        message = await self._opening(request, "TransferRequestMessage")
        return answers.json(_transfer(await self._transfers.receive_request(message, caller)), 201)

    async def _show_transfer(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        return answers.json(_transfer(await self._transfers.show(request.match_info["pid"], caller)))

    def _transfer_message(self, type_: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            caller = await self._caller(request)
            message = await self._message(request, type_)
            await self._transfers.receive(request.match_info["pid"], kind, message, caller)
            return web.Response()

        return handle


def _negotiation(record: Negotiation) -> dict[str, Any]:
    state = negotiation.wire_state(record.state)
    return messages.contract_negotiation(record.provider_pid, record.consumer_pid, state, own_pid=record.id)


def _transfer(record: Transfer) -> dict[str, Any]:
    state = transfer.wire_state(record.state)
    return messages.transfer_process(record.provider_pid, record.consumer_pid, state, own_pid=record.id)


def error_form(request: web.Request, problem: Problem) -> web.Response:
    """A problem as the protocol's own error document."""
    protocol: Protocol = "catalog"
    for name in ("negotiation", "transfer"):
        if f"/{name}s" in request.path:
            protocol = "negotiation" if name == "negotiation" else "transfer"
    status = int(getattr(problem, "status", errors.status(problem)))  # a path or method that is not there has its own
    headers = {"Retry-After": "2"} if status in (429, 503) else None
    return answers.json(errors.error_body(protocol, problem, **_pids(request)), status, headers)


def _pids(request: web.Request) -> dict[str, str | None]:
    """The process ids that the message itself named, as `error_body` takes them."""
    body = request.get(BODY, {})
    said = {re.split("[:/]", name)[-1]: id_of(value) for name, value in body.items()}
    return {"provider_pid": said.get("providerPid"), "consumer_pid": said.get("consumerPid")}


def _page(request: web.Request, query: Query) -> Query:
    """`query`, on the page that a `Link` of ours named; the filter of the message stays."""
    offset, limit = request.query.get("offset", ""), request.query.get("limit", "")
    if not (_PAGE_NUMBER.fullmatch(offset) and _PAGE_NUMBER.fullmatch(limit)):
        return query
    most, after = max(1, min(int(limit), 10_000)), request.query.get("after", "")
    return replace(query, offset=0 if after else int(offset), limit=most, after=after)


_SMALL = 4096
_KEPT_QUERIES = 64
_PAGE_NUMBER = re.compile(r"[0-9]{1,9}")


def _links(request: web.Request, query: Query, page: Page) -> CIMultiDict[str] | None:
    """`Link` headers to the pages beside this one (DSP 2025-1, pagination).

    The next page begins behind the last dataset of this one, so that none comes twice or is left out while datasets
    come and go; `offset` counts along, and leads back.
    """
    links: CIMultiDict[str] = CIMultiDict()
    base = request.url.with_query(None)
    said = request.query.get("offset", "") if query.after else ""
    offset = int(said) if _PAGE_NUMBER.fullmatch(said) else query.offset
    if page.has_more:
        following = base.with_query(after=page.last, offset=offset + query.limit, limit=query.limit)
        links.add("Link", f'<{following}>; rel="next"')
    if offset:
        before = base.with_query(offset=max(0, offset - query.limit), limit=query.limit)
        links.add("Link", f'<{before}>; rel="previous"')
    return links or None
