"""What stands before every door: a rate for each caller, errors in the door's own form, a log line for each request."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from connector.notation.problems import Problem, TooMany
from connector.web import answers

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ErrorForm = Callable[[web.Request, Problem], web.Response]
Forms = Sequence[tuple[str, ErrorForm]]
"""Path prefix -> the form of errors below it; everything else is answered by `problem_form`."""

_LOG = structlog.get_logger("http")
_CALLERS = 10_000


class RateLimit:
    """A token bucket for each caller address; bounded, the longest silent caller is forgotten first."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._rate = per_second
        self._burst = float(burst)
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, now: float) -> None:
        """Count one request. Raises TooMany (`http/rate`)."""
        tokens, since = self._callers.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        if len(self._callers) >= _CALLERS:
            self._callers.popitem(last=False)
        if tokens < 1.0:
            self._callers[caller] = (tokens, now)
            raise TooMany("http/rate", f"more than {self._rate:g} requests a second: wait, then repeat")
        self._callers[caller] = (tokens - 1.0, now)


def guard(limit: RateLimit, forms: Forms = ()) -> Middleware:
    """The middleware of an application: rate, errors, log. Nothing unexpected leaves as a traceback."""

    log = _LOG.bind()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        start = time.perf_counter()
        try:
            limit.take(request.remote or "", time.monotonic())
            response = await handler(request)
        except Problem as problem:
            response = _form(forms, request)(request, problem)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            response = _form(forms, request)(request, _routing_problem(request, error))
        except Exception:
            log.exception("request failed", method=request.method, path=request.path)
            response = web.json_response({"title": answers.TITLES[500], "status": 500}, status=500)
        if log.is_enabled_for(logging.DEBUG):
            spent = round((time.perf_counter() - start) * 1000, 1)
            log.debug("request", method=request.method, path=request.path, status=response.status, milliseconds=spent)
        return response

    return middleware


def _form(forms: Forms, request: web.Request) -> ErrorForm:
    return next((form for prefix, form in forms if request.path.startswith(prefix)), problem_form)


class _Routing(Problem):
    """No route, or not with this method; `status` is aiohttp's."""

    status = 404
    allowed = ""


def _routing_problem(request: web.Request, error: web.HTTPException) -> Problem:
    problem = _Routing("http/route", f"there is no {request.method} {request.path} here")
    problem.status = error.status
    problem.allowed = error.headers.get("Allow", "")
    return problem


def own_form(request: web.Request, problem: Problem) -> web.Response:
    """The form of our own listeners: as `problem_form`, with where a dry run says more."""
    if isinstance(problem, _Routing) or not problem.dry_run:
        return problem_form(request, problem)
    return answers.problem(problem, dryRun=problem.dry_run)


def problem_form(_: web.Request, problem: Problem) -> web.Response:
    """The form of `/api`, `/data` and `/management`: RFC 9457."""
    if not isinstance(problem, _Routing):
        return answers.problem(problem)
    response = answers.problem(problem, status=problem.status, title=problem.detail)
    response.set_status(problem.status)
    if problem.allowed:
        response.headers["Allow"] = problem.allowed
    return response
