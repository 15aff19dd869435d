"""`/api/expiries`: what ends within 30, 60, 90 days, as JSON and as a calendar."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field

from connector.ports import Clock
from connector.services.contracts.expiries import WARNINGS, Ending, Expiries, calendar
from connector.web.api.operations import Call, Form, Instant, Operation, Raw


class ExpiriesQuery(Form):
    """How far to look."""

    within: int = Field(default=WARNINGS[-1], ge=0, le=36_500, description="days")
    kind: list[str] = Field(
        default=[], description="contract, credential, issued-credential, footprint, certificate, export-route"
    )


class EndingForm(Form):
    """Something that ends. `level` is 0 (ended), 30, 60, 90 or -1 (later); `renew` what renews it."""

    kind: str
    id: str
    name: str
    partner: str
    ends_at: Instant
    days_left: int
    level: int
    renew: str


class ExpiriesApi:
    """Operations on what ends."""

    def __init__(self, expiries: Expiries, clock: Clock, node: str) -> None:
        self._expiries = expiries
        self._clock = clock
        self._node = node

    def operations(self) -> list[Operation]:
        """Both only read."""
        query = ExpiriesQuery
        return [
            Operation(
                "GET", "/api/expiries", self._list, "List what ends soon", query=query, answers=EndingForm, is_list=True
            ),
            Operation(
                "GET",
                "/api/expiries.ics",
                self._calendar,
                "The same as a calendar, with alarms 90, 60 and 30 days before",
                query=query,
                answers=Raw,
                media_type="text/calendar",
                tag="expiries",
            ),
        ]

    async def _list(self, call: Call) -> list[EndingForm]:
        return [_form(each) for each in await self._expiries.within(call.query.within, call.query.kind)]

    async def _calendar(self, call: Call) -> web.Response:
        found = await self._expiries.within(call.query.within, call.query.kind)
        text = calendar(found, self._node, self._clock.now())
        return web.Response(body=text.encode(), content_type="text/calendar", charset="utf-8")


def _form(one: Ending) -> EndingForm:
    return EndingForm(
        kind=one.kind,
        id=one.id,
        name=one.name,
        partner=one.partner,
        ends_at=one.ends_at,
        days_left=one.days_left,
        level=one.level,
        renew=one.renew,
    )
