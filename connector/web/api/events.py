"""Events instead of polling: `/api/events` as server-sent events, and the timeline of each process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from pydantic import Field

from connector.notation.exact_json import encode
from connector.notation.problems import TooMany
from connector.ports import Store
from connector.records.exchange import Negotiation, Outgoing, Transfer
from connector.services.exchange.timeline import Happening, Timeline, negotiation_timeline, transfer_timeline
from connector.services.feed import Feed, Told
from connector.web.api.operations import Call, Form, Instant, Operation, Raw

MEDIA_TYPE: Final = "text/event-stream"
RETRY: Final = 2000
"""Milliseconds after which a client that lost the stream comes back."""


class EventsQuery(Form):
    """Which events; without any, all."""

    subject: str = Field(default="", max_length=1000, description="only those about this process, agreement or unit")
    name: str = Field(
        default="", max_length=100, description="only names that begin so: `transfer`, `transfer.started`"
    )
    after: str = Field(default="", max_length=100, description="id of the last event known; Last-Event-ID wins")


class StepForm(Form):
    """One step; `sequence` is its number in the audit log. `what` is sent, received, decision or event."""

    sequence: int
    time: Instant
    what: str
    event: str
    actor: str
    state: str
    message: str
    code: str
    reasons: list[str]
    sentence: str


class WaitingForm(Form):
    """A message that the counterparty has not acknowledged yet."""

    message: str
    url: str
    since: Instant


class TimelineForm(Form):
    """A process from its first step to now."""

    id: str
    role: str
    state: str
    counterparty: str
    steps: list[StepForm]
    waiting: list[WaitingForm]


class EventsApi:
    """Operations that tell what happens and what happened."""

    def __init__(self, *, feed: Feed, store: Store) -> None:
        self._feed = feed
        self._store = store

    def operations(self) -> list[Operation]:
        """All of them only read; no token or content is told."""
        return [
            Operation(
                "GET",
                "/api/events",
                self._stream,
                "Listen to what happens (server-sent events)",
                query=EventsQuery,
                answers=Raw,
                media_type=MEDIA_TYPE,
                description="Each event has an `id`; a client that comes back with it in Last-Event-ID gets what it "
                "missed, or `feed.gap` where that is not kept any more: then look at the states anew.",
            ),
            Operation(
                "GET",
                "/api/negotiations/{id}/timeline",
                self._negotiation,
                "Show a negotiation step by step",
                answers=TimelineForm,
            ),
            Operation(
                "GET",
                "/api/transfers/{id}/timeline",
                self._transfer,
                "Show a transfer step by step",
                answers=TimelineForm,
            ),
        ]

    async def _negotiation(self, call: Call) -> TimelineForm:
        return _timeline(await negotiation_timeline(self._store, call.path["id"]))

    async def _transfer(self, call: Call) -> TimelineForm:
        return _timeline(await transfer_timeline(self._store, call.path["id"]))

    async def _stream(self, call: Call) -> web.StreamResponse:
        if self._feed.is_full:
            raise TooMany("http/listeners", "too many listen already: close a stream, then try again")
        wanted: EventsQuery = call.query
        response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        response.content_type = MEDIA_TYPE
        await response.prepare(call.request)
        try:
            await response.write(f"retry: {RETRY}\n\n".encode())
            async for told in self._feed.listen(call.request.headers.get("Last-Event-ID", wanted.after)):
                if told is None:
                    await response.write(b": still here\n\n")
                elif told.is_gap or _is_wanted(told, wanted):
                    await response.write(_line(told))
            await response.write_eof()
        except (ConnectionError, asyncio.CancelledError):
            response.force_close()
        return response


def _is_wanted(told: Told, query: EventsQuery) -> bool:
    is_about = query.subject in ("", told.subject) or query.subject == getattr(told.record, "agreement_id", None)
    return is_about and told.name.startswith(query.name)


def _line(told: Told) -> bytes:
    """The event as the stream has it; JSON has no line breaks."""
    said = {"name": told.name, "subject": told.subject, "time": told.time, **_process(told.record)}
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (told.id.encode(), told.name.encode(), encode(said))


def _process(record: Any) -> Mapping[str, Any]:
    """What is told of a negotiation or transfer: never its token."""
    if not isinstance(record, Negotiation | Transfer):
        return {}
    return {
        "role": record.role,
        "state": record.state,
        "counterparty": record.counterparty,
        "datasetId": record.dataset_id,
        "agreementId": record.agreement_id,
        "code": record.code,
        "reasons": record.reasons,
    }


def _timeline(timeline: Timeline) -> TimelineForm:
    record = timeline.record
    return TimelineForm(
        id=record.id,
        role=record.role,
        state=record.state,
        counterparty=record.counterparty,
        steps=[_step(one) for one in timeline.steps],
        waiting=[_waiting(one) for one in timeline.waiting],
    )


def _step(one: Happening) -> StepForm:
    return StepForm(
        sequence=one.sequence,
        time=one.time,
        what=one.what,
        event=one.event,
        actor=one.actor,
        state=one.state,
        message=one.message,
        code=one.code,
        reasons=list(one.reasons),
        sentence=one.sentence,
    )


def _waiting(one: Outgoing) -> WaitingForm:
    return WaitingForm(message=one.message, url=one.url, since=one.created_at)
