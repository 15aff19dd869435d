"""PACT's API v3 as plain values: what a list is narrowed to, events in and out, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid
from connector.pcf.forms.checking import moment, years_after
from connector.pcf.pact import version_3
from connector.pcf.pact.fields import ID

TYPE: Final = "org.wbcsd.pact.ProductFootprint."
CREATED: Final = TYPE + "RequestCreatedEvent.3"
FULFILLED: Final = TYPE + "RequestFulfilledEvent.3"
REJECTED: Final = TYPE + "RequestRejectedEvent.3"
PUBLISHED: Final = TYPE + "PublishedEvent.3"
MEDIA_TYPE: Final = "application/cloudevents+json"

LISTS: Final = ("productId", "companyId", "geography", "classification")
TIMES: Final = ("validOn", "validAfter", "validBefore")
_ENVELOPE: Final = ("type", "specversion", "id", "source", "time")
ERROR_CODES: Final = ("BadRequest", "AccessDenied", "TokenExpired", "NotFound", "InternalError", "NotImplemented")
LONGEST_VALIDITY: Final = 3
"""Years after the reference period in which a footprint is valid that states no validity."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What footprints have to be: any of the values of each list, and all of the rest. Texts are compared caseless."""

    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)
    status: str = ""


def criteria_of_query(query: Iterable[tuple[str, str]]) -> Criteria:
    """The criteria in query parameters; empty values narrow nothing. Raises Invalid `pact/query`."""
    given: dict[str, list[str]] = {}
    for name, value in query:
        if name in (*LISTS, *TIMES, "status") and value:
            given.setdefault(name, []).append(value)
    # A "+" that was not escaped arrives as a blank.
    return _criteria({n: [v.replace(" ", "+") for v in vs] if n in TIMES else vs for n, vs in given.items()})


def criteria_of_event(data: Mapping[str, Any]) -> Criteria:
    """The criteria of a request event. Raises Invalid `pact/query`."""
    given: dict[str, list[str]] = {}
    for name in (*LISTS, *TIMES, "status"):
        value = data.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(one, str) for one in values):
            raise Invalid("pact/query", f"{name} holds texts", pointer=f"/data/{name}")
        if values:
            given[name] = values
    return _criteria(given)


def matches(document: Mapping[str, Any], criteria: Criteria) -> bool:
    """Whether a ProductFootprint is what the criteria ask for."""
    return (
        all(_has(document, name, wanted) for name, wanted in criteria.lists.items())
        and (not criteria.status or str(document.get("status", "")).lower() == criteria.status)
        and _in_time(document, criteria.times)
    )


def asks_for_products(criteria: Criteria) -> frozenset[str]:
    """The product ids asked for, in lower case; empty where any product will do."""
    return criteria.lists.get("productId", frozenset())


@dataclass(frozen=True, slots=True)
class Event:
    """An event that arrived."""

    type: str
    id: str
    source: str
    data: Mapping[str, Any]


def parse_event(body: Any) -> Event:
    """A CloudEvent of one of the four types, its data checked. Raises Invalid `pact/event` with findings."""
    if not isinstance(body, dict):
        raise Invalid("pact/event", "an event is a JSON object")
    findings = [
        Finding("pact/event", f"{name} is missing or no text", f"/{name}")
        for name in _ENVELOPE
        if not isinstance(body.get(name), str) or not body[name]
    ]
    if body.get("type") not in (CREATED, FULFILLED, REJECTED, PUBLISHED):
        findings.append(Finding("pact/event", f"{body.get('type')!r} is none of the four types", "/type"))
    if isinstance(body.get("time"), str) and moment(body["time"]) is None:
        findings.append(Finding("pact/event", "time is no date-time", "/time"))
    data = body.get("data")
    if not isinstance(data, dict):
        findings.append(Finding("pact/event", "data is no object", "/data"))
    elif not findings:
        findings += _CHECKS[body["type"]](data)
    if findings:
        raise Invalid("pact/event", f"not a valid event: {findings[0]}", findings=findings)
    assert isinstance(data, dict)
    return Event(body["type"], body["id"], body["source"], data)


def event(kind: str, data: Mapping[str, Any], *, event_id: str, source: str, time: str) -> dict[str, Any]:
    """An event to send."""
    return {"type": kind, "specversion": "1.0", "id": event_id, "source": source, "time": time, "data": dict(data)}


def validity(document: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From when until when a footprint is valid: as stated, else for three years after its reference period."""
    inner = document.get("pcf")
    end = moment(inner.get("referencePeriodEnd")) if isinstance(inner, dict) else None
    start = moment(document.get("validityPeriodStart")) or end
    last = moment(document.get("validityPeriodEnd")) or (years_after(end, LONGEST_VALIDITY) if end else None)
    return start, last


def _criteria(given: Mapping[str, Sequence[str]]) -> Criteria:
    times = {}
    for name in TIMES:
        for value in given.get(name, ()):
            found = moment(value)
            if found is None:
                raise Invalid("pact/query", f"{name} wants a date-time with zone, not {value[:80]!r}")
            times[name] = found
    lists = {name: frozenset(one.lower() for one in given[name]) for name in LISTS if given.get(name)}
    return Criteria(lists, times, (given.get("status") or [""])[0].lower())


def _has(document: Mapping[str, Any], name: str, wanted: frozenset[str]) -> bool:
    if name == "geography":
        inner = document.get("pcf", {})
        members = ("geographyCountry", "geographyCountrySubdivision", "geographyRegionOrSubregion")
        stated: Iterable[str] = [inner[member] for member in members if member in inner]
    else:
        member = {"productId": "productIds", "companyId": "companyIds", "classification": "productClassifications"}
        stated = document.get(member[name], ())
    return any(one.lower() in wanted for one in stated)


def _in_time(document: Mapping[str, Any], times: Mapping[str, datetime]) -> bool:
    if not times:
        return True
    start, end = validity(document)
    if start is None or end is None:
        return False
    return (
        ("validOn" not in times or start <= times["validOn"] <= end)
        and ("validAfter" not in times or start > times["validAfter"])
        and ("validBefore" not in times or end < times["validBefore"])
    )


def _check_created(data: Mapping[str, Any]) -> list[Finding]:
    try:
        criteria_of_event(data)
    except Invalid as problem:
        return [Finding("pact/event", problem.detail, problem.pointer or "/data")]
    comment = data.get("comment")
    wrong = comment is not None and not isinstance(comment, str)
    return [Finding("pact/event", "comment is no text", "/data/comment")] if wrong else []


def _check_published(data: Mapping[str, Any]) -> list[Finding]:
    ids = data.get("pfIds")
    if not isinstance(ids, list) or not ids:
        return [Finding("pact/event", "pfIds is no list of ids", "/data/pfIds")]
    return [
        Finding("pact/event", f"{one!r} is no UUID", f"/data/pfIds/{index}")
        for index, one in enumerate(ids)
        if ID.complain(one) is not None
    ]


def _check_fulfilled(data: Mapping[str, Any]) -> list[Finding]:
    findings = _check_request_id(data)
    documents = data.get("pfs")
    if not isinstance(documents, list) or not documents:
        return [*findings, Finding("pact/event", "pfs is no list of footprints", "/data/pfs")]
    for index, document in enumerate(documents):
        noticed = version_3.check(document)
        if has_errors(noticed):
            findings += [
                Finding(one.code, one.message, f"/data/pfs/{index}{one.pointer}")
                for one in noticed
                if one.severity == "error"
            ]
    return findings


def _check_rejected(data: Mapping[str, Any]) -> list[Finding]:
    error = data.get("error")
    good = isinstance(error, dict) and error.get("code") in ERROR_CODES and isinstance(error.get("message"), str)
    found = [] if good else [Finding("pact/event", "error has no code and message", "/data/error")]
    return [*_check_request_id(data), *found]


def _check_request_id(data: Mapping[str, Any]) -> list[Finding]:
    if isinstance(data.get("requestEventId"), str) and data["requestEventId"]:
        return []
    return [Finding("pact/event", "requestEventId is missing", "/data/requestEventId")]


_CHECKS: Final = {
    CREATED: _check_created,
    FULFILLED: _check_fulfilled,
    REJECTED: _check_rejected,
    PUBLISHED: _check_published,
}
