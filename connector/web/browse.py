"""`/browse`: the federated catalogue and own processes as read-only pages, without script.

A browser signs in with Basic authentication, any name and a management key as the password; Basic counts here alone,
where nothing can be changed, so that no page elsewhere could act in the name of who is signed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from connector.notation.problems import Problem
from connector.ports import Store
from connector.records.exchange import Negotiation, Transfer
from connector.records.found_datasets import FoundDataset, said_of, short, texts
from connector.services.catalog.browsing import Browsing
from connector.services.catalog.federation import Federation, Wanted
from connector.services.catalog.search import Search
from connector.services.exchange.exchanges import Exchanges
from connector.services.exchange.timeline import Timeline, negotiation_timeline, transfer_timeline
from connector.web import answers
from connector.web.management import views
from connector.web.management.access import permitted
from connector.web.resolver import page

PREFIX: Final = "/browse"
SEARCHED: Final = (
    ("text", "Words"),
    ("type", "Type"),
    ("semanticId", "Semantic id"),
    ("category", "Category"),
    ("model", "Aspect model"),
)
PAGE: Final = 50
_TEMPLATE: Final = "browse.html"
_SAFE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_TITLES: Final = ("http://purl.org/dc/terms/title", "http://purl.org/dc/terms/description")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, and where it leads."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Sentences or a table below a heading."""

    title: str
    sentences: Sequence[str] = ()
    lacks: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What the template shows."""

    title: str
    node: str
    search: Sequence[Mapping[str, str]] = ()
    notes: Sequence[str] = ()
    datasets: Sequence[Mapping[str, Any]] = ()
    sections: Sequence[Section] = ()
    next: str = ""


@dataclass(frozen=True)
class BrowseDoor:
    """Routes below `/browse`; any key may read them."""

    federation: Federation
    browsing: Browsing
    exchanges: Exchanges
    store: Store
    node: str
    _seen: dict[str, Any] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """Only GET: nothing here changes anything."""
        return [
            web.get(PREFIX, self._datasets),
            web.get(f"{PREFIX}/dataset", self._dataset),
            web.get(f"{PREFIX}/participants", self._participants),
            web.get(f"{PREFIX}/negotiations", self._negotiations),
            web.get(f"{PREFIX}/negotiations/{{id}}", self._negotiation),
            web.get(f"{PREFIX}/transfers", self._transfers),
            web.get(f"{PREFIX}/transfers/{{id}}", self._transfer),
        ]

    @permitted("read")
    async def _datasets(self, request: web.Request) -> web.Response:
        asked = {name: request.query.get(name, "")[:500] for name, _ in SEARCHED}
        wanted = Wanted(
            named={name: value.strip() for name, value in asked.items() if name != "text"}, text=asked["text"]
        )
        after = request.query.get("after", "")
        found = await self.federation.search(wanted, limit=PAGE, after=after)
        facts = await self.browsing.own_facts()
        more = {**{name: value for name, value in asked.items() if value}, "after": found[-1].id} if found else {}
        return self._shown(
            "What others offer",
            search=[{"name": name, "label": label, "value": asked[name]} for name, label in SEARCHED],
            notes=[]
            if found
            else ["Nothing was found. Participants are looked at by: ionport catalog --all --refresh"],
            datasets=[self._summary(one, facts) for one in found],
            next=f"{PREFIX}?{urlencode(more)}" if len(found) == PAGE else "",
        )

    def _summary(self, found: FoundDataset, facts: Any) -> dict[str, Any]:
        weighed = [self.browsing.weigh(offer, facts) for offer in found.offers]
        is_open = any(not one.lacks and not one.findings for one in weighed)
        lacks = [] if is_open else [each for one in weighed for each in (*one.lacks, *one.findings)]
        kinds = [short(text) for what in ("type", "model") for text in said_of(found, what)]
        link = f"{PREFIX}/dataset?{urlencode({'provider': found.provider, 'id': found.dataset_id})}"
        about = ", ".join(dict.fromkeys(kinds))
        return {"name": _name(found), "provider": found.provider, "about": about, "lacks": lacks[:5], "link": link}

    @permitted("read")
    async def _dataset(self, request: web.Request) -> web.Response:
        found = await self.federation.dataset(request.query.get("provider", ""), request.query.get("id", ""))
        facts = await self.browsing.own_facts()
        rows = [[Cell(name), Cell(", ".join(texts(value)) or str(value))] for name, value in found.properties.items()]
        facts_of_it = [[Cell("Offered by"), Cell(found.provider)], [Cell("Id"), Cell(found.dataset_id)]]
        facts_of_it += [[Cell("Formats"), Cell(", ".join(found.formats))], [Cell("Seen"), _time(found.found_at)]]
        sections = [Section("Dataset", columns=("property", "value"), rows=[*facts_of_it, *rows])]
        for number, offer in enumerate(found.offers, 1):
            one = self.browsing.weigh(offer, facts)
            sections.append(Section(f"Offer {number}: terms", [*one.explained, *one.findings], one.lacks))
        return self._shown(_name(found), sections=sections)

    @permitted("read")
    async def _participants(self, _: web.Request) -> web.Response:
        rows = [
            [
                Cell(one.id),
                Cell(one.state),
                Cell(str(one.datasets)),
                _time(one.found_at),
                Cell(_reason(one.code, [one.reason])),
            ]
            for one in await self.federation.providers()
        ]
        columns = ("participant", "last look", "datasets", "seen", "reason")
        return self._shown("Participants", sections=[Section("Looked at", columns=columns, rows=rows)])

    @permitted("read")
    async def _negotiations(self, request: web.Request) -> web.Response:
        found = await self.exchanges.find_negotiations(_latest(request), views.negotiation)
        return self._processes("Negotiations", "negotiations", found, request)

    @permitted("read")
    async def _transfers(self, request: web.Request) -> web.Response:
        found = await self.exchanges.find_transfers(_latest(request), views.transfer)
        return self._processes("Transfers", "transfers", found, request)

    def _processes(
        self, title: str, path: str, found: Sequence[Negotiation | Transfer], request: web.Request
    ) -> web.Response:
        rows = [
            [
                Cell(one.id, f"{PREFIX}/{path}/{quote(one.id, safe='')}"),
                Cell(one.role),
                Cell(one.state),
                Cell(one.counterparty),
                Cell(one.dataset_id),
                _time(one.updated_at),
            ]
            for one in found
        ]
        columns = ("process", "our role", "state", "counterparty", "dataset", "changed")
        offset = _latest(request).offset + PAGE
        following = f"{PREFIX}/{path}?{urlencode({'offset': offset})}" if len(found) == PAGE else ""
        notes = [] if rows else ["There is none."]
        return self._shown(
            title, notes=notes, sections=[Section("Latest first", columns=columns, rows=rows)], next=following
        )

    @permitted("read")
    async def _negotiation(self, request: web.Request) -> web.Response:
        return self._timeline("Negotiation", await negotiation_timeline(self.store, request.match_info["id"]))

    @permitted("read")
    async def _transfer(self, request: web.Request) -> web.Response:
        return self._timeline("Transfer", await transfer_timeline(self.store, request.match_info["id"]))

    def _timeline(self, what: str, timeline: Timeline) -> web.Response:
        record = timeline.record
        about = {"State": record.state, "Our role": record.role, "Counterparty": record.counterparty}
        about |= {
            "Dataset": record.dataset_id,
            "Contract": record.agreement_id,
            "Why": _reason(record.code, record.reasons),
        }
        rows = [[Cell(name), Cell(value)] for name, value in about.items() if value]
        steps = [
            [
                _time(step.time),
                Cell(step.sentence),
                Cell(step.state),
                Cell(step.actor),
                Cell(_reason(step.code, step.reasons)),
            ]
            for step in timeline.steps
        ]
        sections = [
            Section(what, columns=("", ""), rows=rows),
            Section("Timeline", columns=("time", "step", "state", "by", "reason"), rows=steps),
        ]
        notes = [f"{one.message}: not acknowledged since {one.created_at.isoformat()}" for one in timeline.waiting]
        return self._shown(f"{what} {record.id}", notes=notes, sections=sections)

    def _shown(self, title: str, **members: Any) -> web.Response:
        return shown(View(title, self.node, **members))


def shown(view: View, status: int = 200) -> web.Response:
    """A view as a page."""
    template = page(_TEMPLATE)
    policy = template.policy.replace("form-action 'none'", "form-action 'self'")
    headers = {**_SAFE, "Content-Security-Policy": policy}
    body = template.render(view=view)
    return web.Response(body=body, status=status, content_type="text/html", charset="utf-8", headers=headers)


def error_form(_: web.Request, problem: Problem) -> web.Response:
    """A problem as a page; without a key a browser asks for one."""
    status = int(getattr(problem, "status", answers.status_of(problem)))
    response = shown(
        View(answers.TITLES.get(status, "refused"), "ionport", notes=[f"{problem.detail} [{problem.code}]"]), status
    )
    if status == 401:
        response.headers["WWW-Authenticate"] = (
            'Basic realm="ionport: any name, a management key as password", charset="UTF-8"'
        )
    return response


def _latest(request: web.Request) -> Search:
    said = request.query.get("offset", "")
    offset = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    return Search(is_descending=True, offset=offset, limit=PAGE)


def _name(found: FoundDataset) -> str:
    titles = [text for name in _TITLES for text in texts(found.properties.get(name))]
    kinds = [short(text) for text in said_of(found, "type")]
    return next(iter([*titles, *kinds]), found.dataset_id)


def _reason(code: str, reasons: Sequence[str]) -> str:
    said = "; ".join(each for each in reasons if each)
    return f"{said} [{code}]" if code else said


def _time(time: Any) -> Cell:
    return Cell("" if time is None else time.strftime("%Y-%m-%d %H:%M:%S UTC"))
