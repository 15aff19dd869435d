"""Whether the node lives, is ready and well (`/check/...`, EDC's form), and its figures for Prometheus (`/metrics`)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from connector.services.monitor import Component, Monitor
from connector.web import answers
from connector.web.management.access import permitted


class ChecksDoor:
    """Routes `/check/...` (`liveness` alone is open) and `/metrics`."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def routes(self) -> list[web.RouteDef]:
        """`/api/check/...` too: EDC's clients look for it there."""
        found = [web.get("/metrics", self._metrics)]
        for base in ("/check", "/api/check"):
            found += [
                web.get(f"{base}/liveness", self._liveness),
                web.get(f"{base}/readiness", self._health),
                web.get(f"{base}/startup", self._health),
                web.get(f"{base}/health", self._health),
            ]
        return found

    @permitted("open")
    async def _liveness(self, _: web.Request) -> web.Response:
        return answers.json(_health([Component("process")]))

    @permitted("read")
    async def _health(self, _: web.Request) -> web.Response:
        components = await self._monitor.health()
        is_well = all(one.is_healthy for one in components)
        headers = None if is_well else {"Retry-After": "2"}
        return answers.json(_health(components), 200 if is_well else 503, headers)

    @permitted("read")
    async def _metrics(self, _: web.Request) -> web.Response:
        from connector.web import figures

        found = figures.Figures(
            await self._monitor.backlog(), await self._monitor.processes(), dict(await self._monitor.told())
        )
        return web.Response(body=figures.document(found), headers={"Content-Type": figures.MEDIA_TYPE})


def _health(components: list[Component]) -> dict[str, Any]:
    return {
        "isSystemHealthy": all(one.is_healthy for one in components),
        "componentResults": [
            {"component": one.name, "isHealthy": one.is_healthy, "failure": {"messages": [one.failure]}}
            if one.failure
            else {"component": one.name, "isHealthy": True, "failure": None}
            for one in components
        ],
    }
